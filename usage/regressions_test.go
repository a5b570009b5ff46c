package usage_test

import (
	"encoding/json"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/usage"
	"github.com/billhatch/billhatch/usage/civil"
	"github.com/billhatch/billhatch/usage/pricing"
)

func amountsOf(st *usage.Statement) (out []string) {
	for row := range st.Tenants[0].Groups[0].Rows() {
		out = append(out, row.User+" "+row.Amount.String())
	}
	return out
}

// A whole month costs 10.00; rounding the group must not make it 10.01. Exact: 10.00, 0.3226, 0.3226 = 10.6452 -> 10.65.
func TestAWholeMonthNeverCostsMoreThanTheSeat(t *testing.T) {
	in := october(t, user(t, "a", "2026-01-01", ""), user(t, "b", "2026-10-31", ""), user(t, "c", "2026-10-31", ""))
	in.Plan.Seats, in.Plan.Stage = flat("10.00"), usage.PerGroup
	require.Equal(t, []string{"a 10.00 USD", "b 0.33 USD", "c 0.32 USD"}, amountsOf(compute(t, in)))
}

// RoundingStage: "ties in order of user id". 2 cents, 1 and 3 days: exact 0.005 and 0.015; both are cut by half a cent.
func TestTiesGoInOrderOfUserID(t *testing.T) {
	in := october(t, user(t, "a", "2026-10-31", ""), user(t, "b", "2026-10-29", ""))
	in.Plan.Seats, in.Plan.Stage = flat("0.155"), usage.PerGroup
	require.Equal(t, []string{"a 0.01 USD", "b 0.01 USD"}, amountsOf(compute(t, in)))
}

// The zone skipped the only day of the period: no seconds to divide by.
func TestAPeriodWithoutSecondsIsAnError(t *testing.T) {
	zone, err := civil.LoadZone("Pacific/Apia")
	require.NoError(t, err)
	in := october(t, user(t, "a", "2011-12-01", ""))
	in.Period, err = civil.NewPeriod(date(t, "2011-12-30"), date(t, "2011-12-31"), zone)
	require.NoError(t, err)
	in.Plan.Policy = usage.Seconds
	require.NotPanics(t, func() { _, err = usage.Compute(in) })
	require.ErrorIs(t, err, usage.ErrInterval)
}

// 60 users with two records each are 60 users: all fit into Users, More is 0.
func TestAUserIsNamedOnce(t *testing.T) {
	var users []usage.Record
	for i := range 60 {
		id := fmt.Sprintf("u%03d", i)
		users = append(users, member(t, id, "x@gmail.com"), member(t, id, "x@gmail.com"))
	}
	_, err := usage.Compute(campusInput(t, campus(t, users...)))
	var e *usage.Error
	require.ErrorAs(t, err, &e)
	require.Len(t, e.Users, 60)
	require.Zero(t, e.More)
}

// Error.Users: "every user that is in no group or in several".
func TestUsersInNoneAndUsersInSeveralAreBothNamed(t *testing.T) {
	_, err := usage.Compute(campusInput(t, campus(t,
		member(t, "none", "x@gmail.com"), member(t, "two", "x@lakeside.edu"), member(t, "two", "x@students.lakeside.edu"))))
	var e *usage.Error
	require.ErrorAs(t, err, &e)
	require.Equal(t, []string{"none", "two"}, e.Users)
	require.Equal(t, "1 in no group, 1 in several", e.Detail)
}

// On the first day of a month nothing is counted yet, which is no partial coverage.
func TestTheFirstDayOfAMonthToDate(t *testing.T) {
	in := october(t)
	in.Finality, in.AsOf = usage.ToDate, date(t, "2026-10-01")
	in.Tenants = each(usage.Tenant{ID: "t1", Accounts: 1, Users: each(user(t, "a", "2026-01-01", ""))})
	_, err := usage.Compute(in)
	require.NoError(t, err)
}

// Interval.Valid: "an interval that ends where it starts is valid".
func TestTheEpochIsAnInstant(t *testing.T) {
	require.True(t, usage.Times(time.Unix(0, 0), time.Unix(0, 0)).Valid())
	require.True(t, usage.Times(time.Unix(0, 1), time.Unix(0, 1)).Valid())
}

// Decimals of a plan, a discount and a reading are not bounded (34 digits, exponent -18 to 18) before arithmetic.
func TestNumbersAreBoundedBeforeArithmetic(t *testing.T) {
	meters := func(p *usage.Plan, included string) {
		p.Metered = []usage.MeteredPlan{{Name: "m", Meters: []usage.Meter{{Name: "x", Price: flat("1"), Included: num(included)}}}}
	}
	for _, c := range []struct {
		name string
		set  func(*usage.Input)
	}{
		{"an allowance", func(in *usage.Input) { meters(&in.Plan, "1e9999") }},
		{"an allowance in JSON", func(in *usage.Input) {
			require.NoError(t, json.Unmarshal([]byte(`{"metered":[{"name":"m","meters":[{"name":"x","included":"1e9999","unlimited":true}]}]}`), &in.Plan))
		}},
		{"a reading", func(in *usage.Input) {
			meters(&in.Plan, "0")
			in.Projects = each(usage.Project{ID: "p", Plan: "m", Active: span(t, "2026-01-01", ""), Readings: []usage.Reading{reading("x", "1e-9999")}})
		}},
		{"a percentage", func(in *usage.Input) {
			in.Discounts = []usage.Discount{{ID: "d", Percent: num("1e-9999"), Valid: span(t, "2026-01-01", "")}}
		}},
		{"a threshold", func(in *usage.Input) {
			in.Plan.Thresholds = usage.Thresholds{Approaching: num("1e-9999"), ActionNeeded: num("90")}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			in := october(t, user(t, "a", "2026-10-01", ""))
			c.set(&in)
			_, err := usage.Compute(in)
			require.Error(t, err)
		})
	}
}

// What was read is what was read, also where all projects share the allowance; the expected rest is MeterStatement.Forecast.
func TestASharedMeterShowsWhatWasRead(t *testing.T) {
	in := october(t)
	in.Tenants = nil
	in.Finality, in.AsOf = usage.Forecast, date(t, "2026-10-11")
	m := usage.Meter{Name: "minutes", Included: num("100"), Price: flat("1")}
	in.Plan.Metered = []usage.MeteredPlan{{Name: "m", Meters: []usage.Meter{m}}}
	in.Plan.Shared = []usage.Meter{m}
	in.Projects = each(usage.Project{ID: "p", Plan: "m", Active: span(t, "2026-01-01", ""), Readings: []usage.Reading{reading("minutes", "50")}})
	st := compute(t, in)
	require.Equal(t, "155", st.Charges[0].Meter.Forecast.Value.String())
	require.Equal(t, "50", st.Charges[0].Meter.Reading.Used.Value.String())
	require.Equal(t, usage.StateActive, st.Charges[0].Meter.State, "like the same meter of a project, which goes by the reading")
}

// Settings that do not exist are accepted when they come from Go, other than Policy and Finality.
func TestSettingsThatDoNotExist(t *testing.T) {
	for _, c := range []struct {
		name string
		set  func(*usage.Input)
	}{
		{"a rounding stage", func(in *usage.Input) { in.Plan.Stage = 9 }},
		{"a rounding", func(in *usage.Input) { in.Plan.Rounding = 99 }},
		{"a unit mode", func(in *usage.Input) {
			in.Plan.Policy, in.Plan.WholeUnits, in.Plan.UnitMode = usage.TenantShare, true, 99
		}},
		{"a tier scope", func(in *usage.Input) { in.Plan.Tier.Scope = 9 }},
		{"a tier basis", func(in *usage.Input) { in.Plan.Tier.Basis = 9 }},
		{"the target of a discount", func(in *usage.Input) {
			in.Discounts = []usage.Discount{{ID: "d", Percent: num("10"), On: 9, Valid: span(t, "2026-01-01", "")}}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			in := october(t, user(t, "a", "2026-10-01", ""))
			c.set(&in)
			_, err := usage.Compute(in)
			require.Error(t, err)
		})
	}
}

// Zero values of exported types do not panic.
func TestZeroValues(t *testing.T) {
	t.Run("units", func(t *testing.T) {
		require.NotPanics(t, func() { require.Zero(t, usage.Units{}.Rat().Cmp(new(big.Rat))) })
	})
	t.Run("a group", func(t *testing.T) {
		require.NotPanics(t, func() {
			require.False(t, (&usage.GroupStatement{}).HasRows())
			require.Empty(t, slices.Collect((&usage.GroupStatement{}).Rows()))
		})
	})
	t.Run("a derivation", func(t *testing.T) {
		require.NotPanics(t, func() { usage.Derivation{}.Lines() })
	})
	t.Run("a statement", func(t *testing.T) {
		require.NotPanics(t, func() {
			require.Error(t, (&usage.Statement{}).Verify())
			_, err := (&usage.Statement{}).Explain("t", "u")
			require.ErrorIs(t, err, usage.ErrNotFound)
		})
	})
	t.Run("a statement that was stored and read again", func(t *testing.T) {
		text, err := json.Marshal(compute(t, october(t, user(t, "a", "2026-10-01", ""))))
		require.NoError(t, err)
		var st usage.Statement
		require.NotPanics(t, func() {
			if json.Unmarshal(text, &st) == nil {
				_ = st.Verify()
				_, _ = st.Explain("t1", "a")
			}
		})
	})
}

// Messages stay on one line whatever the ids are.
func TestMessagesAreOneShortLine(t *testing.T) {
	long := fmt.Sprintf("%01000d", 7)
	for _, id := range []string{"a\nb", "a\x1b[31m", long} {
		for _, in := range []usage.Input{
			october(t, usage.Record{User: id}),
			{Account: usage.Account{ID: "a"}, Period: month(t, "2026-10", "UTC"), Plan: usage.Plan{Currency: "USD"}, Tenants: each(usage.Tenant{ID: id})},
			{Account: usage.Account{ID: "a"}, Period: month(t, "2026-10", "UTC"), Plan: usage.Plan{Currency: "USD", Groups: map[string]pricing.Price{id: {}}}},
			{Account: usage.Account{ID: "a"}, Period: month(t, "2026-10", "UTC"), Plan: usage.Plan{Currency: id}},
			campusInput(t, campus(t, member(t, id, "x@gmail.com"))),
			{Account: usage.Account{ID: "a"}, Period: month(t, "2026-10", "UTC"), Plan: usage.Plan{Currency: "USD"}, Projects: each(usage.Project{ID: id, Plan: id})},
		} {
			_, err := usage.Compute(in)
			require.Error(t, err)
			if strings.ContainsAny(err.Error(), "\n\x1b") || len(err.Error()) > 300 {
				t.Errorf("%q", err.Error())
			}
		}
	}
}

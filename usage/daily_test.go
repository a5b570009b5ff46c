package usage_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/billhatch/billhatch/usage"
	"github.com/billhatch/billhatch/usage/civil"
)

// daily counts the users of each day by the oracle. A day that the zone leaves out has no seconds.
func (h *history) daily(n *tenantPast) []int {
	told := *h
	days := h.world.period.Days()
	if h.finality == usage.ToDate {
		days = h.asOf.Sub(h.world.period.From()) + 1
		told.asOf = h.asOf.AddDays(1)
	}
	out := make([]int, days)
	billable := told.billable(n)
	for _, records := range n.users(h.plan.BillableKinds) {
		for i, covered := range told.covered(records, billable)[:days] {
			if covered && (h.plan.Policy != usage.Seconds || h.seconds(records, i) > 0) {
				out[i]++
			}
		}
	}
	return out
}

// TestLawDaysAreThoseOfTheOracle (C5, O11): users by day, for every policy, trial, pause, kind and order of the roster.
func TestLawDaysAreThoseOfTheOracle(t *testing.T) {
	law(t, func(rt *rapid.T, c chooser, h *history) {
		shuffled := c.bool()
		for i := range h.tenants {
			if n := &h.tenants[i]; shuffled {
				shuffle(c, n.records)
			} else {
				n.Ordered = true
				slices.SortStableFunc(n.records, func(a, b past) int { return strings.Compare(a.id(), b.id()) })
			}
		}
		in := h.input()
		in.Daily, in.TotalsOnly = true, c.bool()
		st := must(rt, in)
		for i := range h.tenants {
			got, found := st.Tenant(h.tenants[i].ID)
			require.True(rt, found)
			require.Equal(rt, h.daily(&h.tenants[i]), got.Daily, "tenant %s of %v", got.ID, h)
		}
	})
}

// TestLawDaysChangeNothingElse, and add up to the units where days are what is charged.
func TestLawDaysChangeNothingElse(t *testing.T) {
	law(t, func(rt *rapid.T, _ chooser, h *history) {
		want := look(must(rt, h.input()))
		in := h.input()
		in.Daily = true
		st := must(rt, in)
		for i := range st.Tenants {
			part := &st.Tenants[i]
			charged := part.Daily
			if h.finality == usage.ToDate {
				charged = charged[:len(charged)-1] // asOf is told and not charged
			}
			days, units := 0, int64(0)
			for _, users := range charged {
				days += users
			}
			for g := range part.Groups {
				units += part.Groups[g].Units.Covered
			}
			if h.plan.Policy == usage.HalfOpenDays || h.plan.Policy == usage.TouchedDays {
				require.Equal(rt, units, int64(days), "%v", h)
			}
			part.Daily = nil
		}
		require.Equal(rt, want, look(st))
	})
}

func TestUsersByDay(t *testing.T) {
	t.Parallel()
	day := func(s string) civil.Date { return date(t, s) }
	for _, c := range []struct {
		name   string
		asOf   string
		tenant usage.Tenant
		want   []int
		users  []usage.Record
	}{
		{
			name: "the day of joining counts, the day of leaving does not, and today is told", asOf: "2026-10-05",
			users: []usage.Record{user(t, "a", "2026-10-02", "2026-10-04"), user(t, "b", "2026-10-03", "")}, want: []int{0, 1, 2, 1, 1},
		},
		{
			name: "records that overlap are one user", asOf: "2026-10-04",
			users: []usage.Record{user(t, "a", "2026-10-01", "2026-10-03"), user(t, "a", "2026-10-02", ""), user(t, "a", "2026-09-01", "2026-10-02")},
			want:  []int{1, 1, 1, 1},
		},
		{
			name: "on the first day of the period today is told", asOf: "2026-10-01",
			users: []usage.Record{user(t, "a", "2026-09-01", ""), user(t, "b", "2026-10-02", "")}, want: []int{1},
		},
		{
			name: "a trial and a pause are not counted", asOf: "2026-10-08",
			tenant: usage.Tenant{FirstBillable: day("2026-10-03"), Pauses: []civil.Span{span(t, "2026-10-05", "2026-10-08")}},
			users:  []usage.Record{user(t, "a", "2026-09-01", "")}, want: []int{0, 0, 1, 1, 0, 0, 0, 1},
		},
		{
			name: "a tenant that states to have no users has none on each day", asOf: "2026-10-02",
			tenant: usage.Tenant{NoUsers: true}, want: []int{0, 0},
		},
		{
			name: "a tenant that begins today and has no roster yet is not known today", asOf: "2026-10-03",
			tenant: usage.Tenant{Onboarded: day("2026-10-03")}, want: []int{0, 0},
		},
		{
			name: "a tenant that is paused needs no roster", asOf: "2026-10-03",
			tenant: usage.Tenant{Pauses: []civil.Span{span(t, "2026-09-01", "")}}, want: []int{0, 0, 0},
		},
	} {
		for _, ordered := range []bool{true, false} {
			t.Run(c.name, func(t *testing.T) {
				t.Parallel()
				in := october(t)
				tenant := c.tenant
				tenant.ID, tenant.Ordered, tenant.Users = "t", ordered, each(c.users...)
				in.Tenants, in.Finality, in.AsOf = each(tenant), usage.ToDate, day(c.asOf)
				in.Daily, in.TotalsOnly = true, true
				require.Equal(t, c.want, compute(t, in).Tenants[0].Daily)
				in.Daily = false
				require.Nil(t, compute(t, in).Tenants[0].Daily, "days that are not asked for")
			})
		}
	}
}

// A roster that fails or is missing gives no days, as it gives no statement.
func TestUsersByDayOfAFinalStatement(t *testing.T) {
	t.Parallel()
	in := october(t, user(t, "a", "2026-10-01", ""))
	in.Daily = true
	require.Len(t, compute(t, in).Tenants[0].Daily, 31, "every day of the period")
	in.Tenants = each(usage.Tenant{ID: "t", Users: failing(errors.New("gone"), user(t, "a", "2026-10-01", ""))})
	require.Equal(t, "t", refused(t, in, usage.ErrUsageIncomplete).Tenant)
	in.Tenants = each(usage.Tenant{ID: "t"})
	require.Equal(t, "t", refused(t, in, usage.ErrUsageIncomplete).Tenant)
}

// TestPartsOfADayAreOneDay: by the second a user may come and go several times a day; the day counts once, also where
// the stretches reach into the next one.
func TestPartsOfADayAreOneDay(t *testing.T) {
	t.Parallel()
	times := func(from, to string) usage.Record {
		return usage.Record{User: "a", Covered: usage.Times(instant(t, from), instant(t, to))}
	}
	in := october(t,
		times("2026-10-02T09:00:00-04:00", "2026-10-02T10:00:00-04:00"), times("2026-10-02T12:00:00-04:00", "2026-10-03T09:00:00-04:00"),
		times("2026-10-03T10:00:00-04:00", "2026-10-03T11:00:00-04:00"), times("2026-10-03T23:00:00-04:00", "2026-10-04T00:00:00-04:00"),
	)
	in.Plan.Policy, in.Daily, in.Finality, in.AsOf = usage.Seconds, true, usage.ToDate, date(t, "2026-10-05")
	require.Equal(t, []int{0, 1, 1, 0, 0}, compute(t, in).Tenants[0].Daily)
}

func TestQuantitiesThatCanBeCountedWith(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"0": true, "12.5": true, "1e18": true, "-1": false, "1e99": false, "1e-99": false, "12345678901234567890123456789012345": false,
	} {
		require.Equal(t, want, usage.Known(num(text)).Valid(), text)
	}
	require.True(t, usage.Quantity{}.Valid(), "what is unknown is no wrong number")
}

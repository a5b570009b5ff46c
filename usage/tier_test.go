package usage_test

import (
	"fmt"
	"testing"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/money"
	"github.com/billhatch/billhatch/usage"
	"github.com/billhatch/billhatch/usage/pricing"
)

func tiers(model pricing.Model, bounds ...string) pricing.Price {
	p := pricing.Price{Model: model}
	for i := 0; i+1 < len(bounds); i += 2 {
		tier := pricing.Tier{Unit: usd(bounds[i+1])}
		if bounds[i] != "" {
			tier.UpTo = decimal.RequireFromString(bounds[i])
		}
		p.Tiers = append(p.Tiers, tier)
	}
	return p
}

func crowd(t *testing.T, prefix string, n int, from, to string) []usage.Record {
	t.Helper()
	out := make([]usage.Record, n)
	for i := range out {
		out[i] = user(t, fmt.Sprintf("%s%03d", prefix, i), from, to)
	}
	return out
}

// TestO11TheTierComesFromAllTenants (O11) of the organisation, and every seat is then billed at its rate.
func TestO11TheTierComesFromAllTenants(t *testing.T) {
	t.Parallel()
	volume := tiers(pricing.Volume, "10", "31.00", "20", "15.50", "", "3.10")
	for _, c := range []struct {
		name  string
		price pricing.Price
		rule  usage.TierRule
		total string
	}{
		{"over the account, by head count: 15 users are in the second tier", volume, usage.TierRule{}, "186.00"}, // (9 + 6/2) x 15.50
		{"by prorated units: 12 units are in the second tier too", volume, usage.TierRule{Basis: usage.ProratedUnits}, "186.00"},
		{"every tenant by itself: 9 and 6 users are in the first tier", volume, usage.TierRule{Scope: usage.OverTenant}, "372.00"},
		{"graduated: 10 units at 31.00 and 2 at 15.50", tiers(pricing.Graduated, "10", "31.00", "", "15.50"), usage.TierRule{}, "341.00"},
		{"packages of 5: 12 units need 3", pricing.Price{Model: pricing.Package, Size: decimal.NewFromInt(5), Unit: usd("100")}, usage.TierRule{}, "300.00"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			in := october(t)
			in.Period = month(t, "2026-11", "UTC") // 30 days: half a month is 15 days
			in.Plan.Seats, in.Plan.Tier = c.price, c.rule
			in.Tenants = each(
				usage.Tenant{ID: "a", Users: each(crowd(t, "a", 9, "2026-01-01", "")...)},
				usage.Tenant{ID: "b", Users: each(crowd(t, "b", 6, "2026-11-16", "")...)},
			)
			require.Equal(t, c.total+" USD", compute(t, in).Total.String())
		})
	}
}

// TestTheBasisOfTheTierIsStated: more users may lower the bill, and the derivation says why.
func TestTheBasisOfTheTierIsStated(t *testing.T) {
	t.Parallel()
	in := october(t)
	in.Plan.Seats = tiers(pricing.Volume, "10", "31.00", "", "15.50")
	in.Tenants = each(usage.Tenant{ID: "t1", Users: each(crowd(t, "a", 10, "2026-01-01", "")...)})
	ten := compute(t, in)
	in.Tenants = each(usage.Tenant{ID: "t1", Users: each(crowd(t, "a", 11, "2026-01-01", "")...)})
	eleven := compute(t, in)
	require.Equal(t, "310.00 USD", ten.Total.String())
	require.Equal(t, "170.50 USD", eleven.Total.String())

	d, err := eleven.Explain("t1", "a003")
	require.NoError(t, err)
	text := fmt.Sprint(d.Lines())
	require.Contains(t, text, "head count 11 at period end")
	require.Contains(t, text, "over all tenants of the account")
	require.Contains(t, text, "15.50 USD a seat")
}

// TestTheHeadCountIsTakenAtTheEnd of the period: who has left does not choose the tier, but pays by it.
func TestTheHeadCountIsTakenAtTheEnd(t *testing.T) {
	t.Parallel()
	in := october(t)
	in.Plan.Seats = tiers(pricing.Volume, "10", "31.00", "", "15.50")
	users := append(crowd(t, "a", 10, "2026-01-01", ""), crowd(t, "b", 5, "2026-01-01", "2026-10-11")...)
	in.Tenants = each(usage.Tenant{ID: "t1", Users: each(users...)})
	st := compute(t, in)
	require.Equal(t, "360.00 USD", st.Total.String()) // 10 x 31.00 + 5 x 10.00
	require.Equal(t, 10, st.Tenants[0].Groups[0].Heads)
	require.Equal(t, 15, st.Tenants[0].Groups[0].Users)
}

// TestSharedAmountsAddUp: where a price has no single price of a seat, or is rounded once, the rows are parts of it by
// largest remainder.
func TestSharedAmountsAddUp(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		set  func(*usage.Plan)
		rows []string
	}{
		{"each row rounded by itself", func(*usage.Plan) {}, []string{"3.33", "3.33", "3.33"}},
		{"half even", func(p *usage.Plan) { p.Rounding = money.HalfEven }, []string{"3.33", "3.33", "3.33"}},
		{"rounded up", func(p *usage.Plan) { p.Rounding = money.Up }, []string{"3.34", "3.34", "3.34"}},
		{"the group rounded once: the first rows get the rest", func(p *usage.Plan) { p.Stage = usage.PerGroup }, []string{"3.34", "3.33", "3.33"}},
		{"a graduated price is shared out", func(p *usage.Plan) {
			p.Seats = tiers(pricing.Graduated, "0.5", "4.00", "", "16.00")
		}, []string{"3.34", "3.33", "3.33"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			in := october(t, crowd(t, "u", 3, "2026-06-01", "2026-06-11")...)
			in.Period = month(t, "2026-06", "UTC") // 10 of 30 days
			in.Plan.Seats = flat("10.00")
			c.set(&in.Plan)
			var got []string
			for row := range compute(t, in).Tenants[0].Groups[0].Rows() {
				got = append(got, row.Amount.Decimal().StringFixed(2))
			}
			require.Equal(t, c.rows, got)
		})
	}
}

// TestAPriceMayAskSomethingWithoutUsers: then it is a charge of the account, because there is no row to carry it.
func TestAPriceMayAskSomethingWithoutUsers(t *testing.T) {
	t.Parallel()
	in := october(t)
	in.Plan.Seats = pricing.Price{Model: pricing.Flat, Unit: usd("31.00"), Minimum: usd("50.00")}
	in.Tenants = each(usage.Tenant{ID: "t1", NoUsers: true})
	st := compute(t, in)
	require.Equal(t, "50.00 USD", st.Total.String())
	require.Len(t, st.Charges, 1)
	require.Equal(t, usage.ChargeMinimum, st.Charges[0].Kind)

	in.Tenants = each(usage.Tenant{ID: "t1", Users: each(user(t, "a", "2026-01-01", ""))})
	st = compute(t, in)
	require.Equal(t, "50.00 USD", st.Total.String())
	require.Empty(t, st.Charges)
}

// TestWholeUnits: a share of the month lands in whole units for each group (O11).
func TestWholeUnits(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		mode  money.Rounding
		total string
	}{
		{"half up: 5 x 21/31 = 3.39 is 3 units", money.HalfUp, "93.00"},
		{"up: 4 units", money.Up, "124.00"},
		{"down: 3 units", money.Down, "93.00"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			in := october(t)
			in.Plan.Policy, in.Plan.WholeUnits, in.Plan.UnitMode = usage.TenantShare, true, c.mode
			in.Tenants = each(usage.Tenant{ID: "t1", Onboarded: date(t, "2026-10-11"), Users: each(crowd(t, "u", 5, "2026-01-01", "")...)})
			require.Equal(t, c.total+" USD", compute(t, in).Total.String())
		})
	}
}

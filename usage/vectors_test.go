package usage_test

import (
	"encoding/json"
	"fmt"
	"math/big"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/money"
	"github.com/billhatch/billhatch/usage"
	"github.com/billhatch/billhatch/usage/civil"
	"github.com/billhatch/billhatch/usage/pricing"
)

// vector is one case of testdata/vectors; the fields in use depend on the kind. Intervals are half-open.
type vector struct {
	ID, Kind, About, Timezone, Currency, Rule string

	Period   stretch
	Segments []segment
	Users    []struct {
		User                  string
		Intervals, Normalised []stretch
	}
	Initial string
	Events  []struct {
		At    time.Time
		Delta string
	}
	ChangeAt time.Time `json:"change_at"`
	Old, New *struct{ Price, Quantity string }
	Interval stretch
	Covered  []stretch
	Answers  []struct{ Peer, Rule, Ratio string }
	Inputs   struct {
		Start, End  time.Time
		PeriodStart time.Time `json:"period_start"`
		PeriodEnd   time.Time `json:"period_end"`
		DivisorDays string    `json:"divisor_days"`
	}
	Price, Quantity string

	Usage             []string
	Included          string
	IncludedUnlimited bool   `json:"included_unlimited"`
	UnitPrice         string `json:"unit_price"`
	Commitment        string
	UsedBefore        string `json:"used_before"`
	OverageFactor     string `json:"overage_factor"`

	ReproducedBy []string `json:"reproduced_by"`
	Expect       struct {
		Ratio, Units, Amount, Billable, Credit, Charge, Net string
		AmountUnrounded                                     string `json:"amount_unrounded"`
		NetIfRoundedOnce                                    string `json:"net_if_rounded_once"`
		Rounding                                            scale
		UnitsRounding                                       scale `json:"units_rounding"`
		RatioDecimal                                        struct {
			scale
			Value string
		} `json:"ratio_decimal"`
		IntervalAmounts []string `json:"interval_amounts"`
		BillableEach    []string `json:"billable_each"`
	}
}

type stretch struct{ Start, End time.Time }

type segment struct {
	Period              stretch
	Covered, Normalised []stretch
}

type scale struct {
	Mode  string
	Scale int64
}

// vectorPolicies are the policies that vectors name. A change that counts from the start of its day is half-open days.
var vectorPolicies = []struct {
	policy usage.Policy
	names  []string
}{
	{usage.HalfOpenDays, []string{"half_open_days", "whole_days"}},
	{usage.TouchedDays, []string{"touched_days"}},
	{usage.Seconds, []string{"seconds"}},
}

func (v *vector) reproducedBy(names []string) bool {
	return slices.ContainsFunc(names, func(n string) bool { return slices.Contains(v.ReproducedBy, n) })
}

// notOurs are the vectors whose rule is not offered, and why.
var notOurs = map[string]string{
	"fx-cap-03": "a statement charges what was covered; it knows no payments and caps no credit",
	"fx-cap-04": "a statement charges what was covered; it knows no payments and caps no credit",
	"fx-cap-07": "a statement charges what was covered; it knows no payments and caps no credit",
	"kb-x-01":   "months of a fixed thirty days; the denominator is always the period",
	"kb-x-02":   "months of a fixed thirty days; the denominator is always the period",
	"kb-x-03":   "months of a fixed thirty days; the denominator is always the period",
	"kb-x-04":   "months of a fixed thirty days; the denominator is always the period",
	"kb-x-05":   "months of a fixed thirty days; the denominator is always the period",
	"kb-x-06":   "months of a fixed thirty days; the denominator is always the period",
	"kb-x-09":   "days by months of a fixed length; days are those of the calendar",
	"kb-x-13":   "days by months of a fixed length; days are those of the calendar",
	"kb-x-14":   "days by months of a fixed length; days are those of the calendar",
	"kb-x-16":   "days by months of a fixed length; days are those of the calendar",
	"kb-x-19":   "months of a fixed thirty days; the denominator is always the period",
	"kb-x-20":   "months of a fixed thirty days; the denominator is always the period",
	"kb-x-22":   "months of a fixed thirty days; the denominator is always the period",
	"fx-x-01":   "both end dates are counted, of the period too; periods are half-open",
	"fx-x-04":   "a period that ends one second early; periods are half-open",
	"om-cv-04":  "conversion of units is no part of a statement; the package pricing tests it",
	"om-cv-07":  "conversion of units is no part of a statement; the package pricing tests it",
	"om-cv-08":  "conversion of units is no part of a statement; the package pricing tests it",
	"om-cv-11":  "conversion of units is no part of a statement; the package pricing tests it",
	"om-cv-12":  "conversion of units is no part of a statement; the package pricing tests it",
	"om-cv-14":  "conversion of units is no part of a statement; the package pricing tests it",
	"om-cv-15":  "conversion of units is no part of a statement; the package pricing tests it",
}

// TestVectorsOfOtherBillingSystems: each vector is computed, or it is in notOurs and none of the policies happens to
// give its figure.
func TestVectorsOfOtherBillingSystems(t *testing.T) {
	t.Parallel()
	checks := map[string]func(*testing.T, *vector){
		"prorate": checkProrate, "seats": checkSeats, "stock": checkStock, "change": checkChange,
		"invalid": checkInvalid, "conflict": checkConflict, "quirk": checkQuirk, "allowance": checkAllowance,
	}
	seen := map[string]bool{}
	for _, file := range []string{"proration", "seats", "changes", "quirks", "allowance"} {
		data, err := os.ReadFile("testdata/vectors/" + file + ".json")
		require.NoError(t, err)
		var list struct{ Vectors []vector }
		require.NoError(t, json.Unmarshal(data, &list))
		require.NotEmpty(t, list.Vectors)
		for i := range list.Vectors {
			v := &list.Vectors[i]
			require.False(t, seen[v.ID], "%s stands twice", v.ID)
			seen[v.ID] = true
			t.Run(v.ID+" "+v.About, func(t *testing.T) {
				t.Parallel()
				if _, listed := notOurs[v.ID]; listed {
					checkNotOurs(t, v)
					return
				}
				require.Contains(t, checks, v.Kind, "neither computed nor listed")
				checks[v.Kind](t, v)
			})
		}
	}
	require.Len(t, seen, 71+23+7+23+14)
	for id := range notOurs {
		require.True(t, seen[id], "%s is listed and does not exist", id)
	}
}

// vectorInput is an account with one tenant; the users are covered at the stretches given.
func vectorInput(t *testing.T, v *vector, policy usage.Policy, p stretch, price money.Amount, users ...[]stretch) usage.Input {
	t.Helper()
	zone, err := civil.LoadZone(v.Timezone)
	require.NoError(t, err)
	period, err := civil.NewPeriod(civilDay(p.Start, zone), civilDay(p.End, zone), zone)
	require.NoError(t, err)
	var records []usage.Record
	for i, stretches := range users {
		for _, s := range stretches {
			records = append(records, usage.Record{User: fmt.Sprintf("u%06d", i), Covered: usage.Times(s.Start, s.End)})
		}
	}
	in := october(t)
	in.Period = period
	in.Plan = usage.Plan{Currency: price.Currency(), Policy: policy, Seats: pricing.Price{Model: pricing.Flat, Unit: price}}
	in.Tenants = each(usage.Tenant{ID: "t1", NoUsers: len(records) == 0, Users: each(records...)})
	return in
}

// share computes the units of the users.
func (v *vector) share(t *testing.T, policy usage.Policy, p stretch, users ...[]stretch) *big.Rat {
	t.Helper()
	st := compute(t, vectorInput(t, v, policy, p, usd("1"), users...))
	return st.Tenants[0].Groups[0].Units.Rat()
}

func ratio(t *testing.T, text string) *big.Rat {
	t.Helper()
	r, ok := new(big.Rat).SetString(text)
	require.True(t, ok, text)
	return r
}

// rounded rounds to decimal places.
func (s scale) rounded(t *testing.T, v *big.Rat) string {
	t.Helper()
	var mode money.Rounding
	require.NoError(t, mode.UnmarshalText([]byte(s.Mode)))
	ten := new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(s.Scale), nil))
	whole := new(big.Rat).SetInt(nearest(new(big.Rat).Mul(v, ten), mode))
	return whole.Quo(whole, ten).FloatString(int(s.Scale))
}

func (v *vector) money(t *testing.T, price, quantity string) money.Amount {
	t.Helper()
	if v.Currency == "" {
		v.Currency = "USD"
	}
	a, err := money.MustParse(price, v.Currency).Mul(decimal.RequireFromString(quantity))
	require.NoError(t, err)
	return a
}

func same(t *testing.T, want string, got *big.Rat) bool {
	t.Helper()
	return ratio(t, want).Cmp(got) == 0
}

func checkProrate(t *testing.T, v *vector) {
	for _, p := range vectorPolicies {
		got := v.prorates(t, p.policy, false)
		require.Equal(t, v.reproducedBy(p.names), got, "%v", p.policy)
		if slices.ContainsFunc(v.Segments, func(s segment) bool { return s.Normalised != nil }) {
			require.True(t, v.prorates(t, p.policy, true), "%v of whole days", p.policy)
		}
	}
}

// prorates tells whether a policy gives all figures that the vector states; normalised takes the coverage in whole days
// where the vector says how to.
func (v *vector) prorates(t *testing.T, policy usage.Policy, normalised bool) bool {
	t.Helper()
	sum, amount := new(big.Rat), new(big.Rat)
	for _, s := range v.Segments {
		covered := s.Covered
		if normalised && len(s.Normalised) > 0 {
			covered = s.Normalised
		}
		sum.Add(sum, v.share(t, policy, s.Period, covered))
		if v.Price != "" {
			st := compute(t, vectorInput(t, v, policy, s.Period, v.money(t, v.Price, v.Quantity), covered))
			amount.Add(amount, st.Total.Rat())
		}
	}
	e := &v.Expect
	ok := e.Ratio == "" || same(t, e.Ratio, sum)
	if e.RatioDecimal.Value != "" {
		ok = ok && e.RatioDecimal.rounded(t, sum) == e.RatioDecimal.Value
	}
	if e.Amount != "" {
		ok = ok && same(t, e.Amount, amount)
		exact := new(big.Rat).Mul(sum, v.money(t, v.Price, v.Quantity).Rat())
		ok = ok && same(t, e.Amount, ratio(t, e.Rounding.rounded(t, exact)))
		if e.AmountUnrounded != "" { // stated in floating point
			off := new(big.Rat).Sub(exact, ratio(t, e.AmountUnrounded))
			ok = ok && off.Abs(off).Cmp(big.NewRat(1, 1e12)) < 0
		}
	}
	return ok
}

func checkSeats(t *testing.T, v *vector) {
	var raw, normalised [][]stretch
	for _, u := range v.Users {
		raw = append(raw, u.Intervals)
		if u.Normalised == nil {
			u.Normalised = u.Intervals
		}
		normalised = append(normalised, u.Normalised)
	}
	for _, p := range vectorPolicies {
		units := v.share(t, p.policy, v.Period, raw...)
		require.Equal(t, v.reproducedBy(p.names), same(t, v.Expect.Ratio, units), "%v", p.policy)
		units = v.share(t, p.policy, v.Period, normalised...)
		require.True(t, same(t, v.Expect.Ratio, units), "%v of whole days", p.policy)
		if v.Expect.Units != "" {
			require.True(t, same(t, v.Expect.Units, ratio(t, v.Expect.UnitsRounding.rounded(t, units))))
		}
		if v.Price == "" {
			continue
		}
		require.Len(t, raw, 1)
		price := v.money(t, v.Price, "1")
		st := compute(t, vectorInput(t, v, p.policy, v.Period, price, raw...))
		require.True(t, same(t, v.Expect.Amount, st.Total.Rat()))
		var alone [][]stretch // each piece a row of its own, which is rounded by itself
		for _, s := range raw[0] {
			alone = append(alone, []stretch{s})
		}
		st = compute(t, vectorInput(t, v, p.policy, v.Period, price, alone...))
		require.True(t, same(t, v.Expect.Amount, st.Total.Rat()))
		for i, want := range v.Expect.IntervalAmounts {
			require.True(t, same(t, want, rows(t, st, "t1")[fmt.Sprintf("u%06d", i)].Amount.Rat()))
		}
	}
}

// checkStock turns a number of seats over time into users who join and leave. A seat is whole; where the vector counts
// in parts, a part is a seat.
func checkStock(t *testing.T, v *vector) {
	parts := int64(1)
	for _, e := range v.Events {
		parts = max(parts, ratio(t, e.Delta).Denom().Int64())
	}
	count := func(text string) int {
		n, err := strconv.Atoi(new(big.Rat).Mul(ratio(t, text), big.NewRat(parts, 1)).FloatString(0))
		require.NoError(t, err)
		return n
	}
	var users [][]stretch
	var open []int // who is there now
	change := func(at time.Time, by int) {
		for ; by > 0; by-- {
			open = append(open, len(users))
			users = append(users, []stretch{{Start: at}})
		}
		for ; by < 0; by++ {
			users[open[len(open)-1]][0].End = at
			open = open[:len(open)-1]
		}
	}
	change(v.Period.Start.AddDate(-1, 0, 0), count(v.Initial))
	for _, e := range v.Events {
		change(e.At, count(e.Delta))
	}
	for _, p := range vectorPolicies {
		if p.policy == usage.TouchedDays {
			continue // says nothing about seats that change within a day
		}
		units := v.share(t, p.policy, v.Period, users...)
		units.Quo(units, big.NewRat(parts, 1))
		got := v.Expect.UnitsRounding.rounded(t, units)
		require.Equal(t, v.reproducedBy(p.names), got == v.Expect.Units, "%v gives %s", p.policy, got)
		if v.Price != "" {
			st := compute(t, vectorInput(t, v, p.policy, v.Period, v.money(t, v.Price, "1"), users...))
			require.True(t, same(t, v.Expect.Amount, st.Total.Rat()))
		}
	}
}

// checkChange: the old price for the time that is left is the credit, the new one the charge; each is rounded.
func checkChange(t *testing.T, v *vector) {
	left := []stretch{{Start: v.ChangeAt, End: v.Period.End}}
	side := func(policy usage.Policy, item *struct{ Price, Quantity string }) *big.Rat {
		if item == nil {
			return new(big.Rat)
		}
		return compute(t, vectorInput(t, v, policy, v.Period, v.money(t, item.Price, item.Quantity), left)).Total.Rat()
	}
	for _, p := range vectorPolicies {
		credit, charge := side(p.policy, v.Old), side(p.policy, v.New)
		require.True(t, same(t, v.Expect.Credit, credit), "credit %v", credit)
		require.True(t, same(t, v.Expect.Charge, charge), "charge %v", charge)
		require.True(t, same(t, v.Expect.Net, new(big.Rat).Sub(charge, credit)))
		units := v.share(t, p.policy, v.Period, left)
		if v.Expect.Ratio != "" {
			require.True(t, same(t, v.Expect.Ratio, units))
		}
		if v.Expect.NetIfRoundedOnce != "" {
			more := new(big.Rat).Sub(ratio(t, v.New.Price), ratio(t, v.Old.Price))
			require.Equal(t, v.Expect.NetIfRoundedOnce, scale{"half_up", 2}.rounded(t, more.Mul(more, units)))
		}
	}
}

func checkInvalid(t *testing.T, v *vector) {
	require.False(t, usage.Times(v.Interval.Start, v.Interval.End).Valid())
	zone, err := civil.LoadZone(v.Timezone)
	require.NoError(t, err)
	from, to := civilDay(v.Interval.Start, zone), civilDay(v.Interval.End, zone)
	require.False(t, usage.Days(from, to).Valid())
	_, err = civil.NewPeriod(from, to, zone)
	require.ErrorIs(t, err, civil.ErrPeriod)
	in := october(t, usage.Record{User: "u", Covered: usage.Times(v.Interval.Start, v.Interval.End)})
	_, err = usage.Compute(in)
	require.ErrorIs(t, err, usage.ErrInterval)
}

// checkConflict: where systems answer a question differently, the policies give the answers of their namesakes.
func checkConflict(t *testing.T, v *vector) {
	policies := map[string]usage.Policy{
		"half_open_days": usage.HalfOpenDays, "touched_days": usage.TouchedDays, "seconds": usage.Seconds, "full": usage.FullPeriod,
	}
	for _, a := range v.Answers {
		require.Contains(t, policies, a.Rule)
		got := v.share(t, policies[a.Rule], v.Period, v.Covered)
		require.True(t, same(t, a.Ratio, got), "%s by %s: %v", a.Peer, a.Rule, got)
	}
}

// checkQuirk: the rules of one system that fall together with a policy for a period that can be stated.
func checkQuirk(t *testing.T, v *vector) {
	covered := []stretch{{v.Inputs.Start, v.Inputs.End}}
	policy, period := usage.FullPeriod, stretch{v.Inputs.PeriodStart, v.Inputs.PeriodEnd}
	switch v.Rule {
	case "given_divisor": // that of its month
		policy = usage.HalfOpenDays
		y, m, _ := v.Inputs.Start.Date()
		first := time.Date(y, m, 1, 0, 0, 0, 0, v.Inputs.Start.Location())
		period = stretch{first, v.Inputs.End}
		require.Equal(t, v.Inputs.DivisorDays, strconv.Itoa(int(period.End.Sub(period.Start).Hours()/24)))
	case "full_when_empty_or_longer":
	default:
		t.Fatalf("rule %s is neither computed nor listed", v.Rule)
	}
	st := compute(t, vectorInput(t, v, policy, period, v.money(t, v.Price, "1"), covered))
	require.True(t, same(t, v.Expect.Amount, st.Total.Rat()), "%v", st.Total)
}

// checkNotOurs fails when a listed vector with a period would come out by one of the policies after all.
func checkNotOurs(t *testing.T, v *vector) {
	if v.Kind != "quirk" || v.Inputs.PeriodStart.IsZero() {
		return
	}
	period := stretch{v.Inputs.PeriodStart, v.Inputs.PeriodEnd}
	for _, p := range vectorPolicies {
		got := v.share(t, p.policy, period, []stretch{{v.Inputs.Start, v.Inputs.End}})
		require.False(t, same(t, v.Expect.Ratio, got), "%v gives the figure of %s", p.policy, v.ID)
	}
}

// checkAllowance: an allowance is what a meter includes, a commitment a tier. Windows are periods of their own.
func checkAllowance(t *testing.T, v *vector) {
	meter := usage.Meter{Name: "units", Unit: "unit", Unlimited: v.IncludedUnlimited}
	if v.UnitPrice != "" {
		meter.Price = flat(v.UnitPrice)
	}
	if v.Included != "" {
		meter.Included = num(v.Included)
	}
	charge := func(used decimal.Decimal) (billable decimal.Decimal, amount *big.Rat) {
		in := october(t)
		in.Tenants = nil
		in.Plan.Metered = []usage.MeteredPlan{{Name: "m", Meters: []usage.Meter{meter}}}
		in.Projects = each(usage.Project{
			ID: "p", Plan: "m", Active: span(t, "2026-01-01", ""),
			Readings: []usage.Reading{{Meter: "units", Used: usage.Known(used)}},
		})
		st := compute(t, in)
		over := st.Projects[0].Meters[0].Overage
		require.True(t, over.Known)
		return over.Value, st.Total.Rat()
	}
	switch v.Rule {
	case "per_period", "per_window":
		billable, amount := decimal.Zero, new(big.Rat)
		for i, used := range v.Usage {
			b, a := charge(num(used))
			if v.Expect.BillableEach != nil {
				require.Equal(t, v.Expect.BillableEach[i], b.String())
			}
			billable = billable.Add(b)
			amount.Add(amount, a)
		}
		require.Equal(t, v.Expect.Billable, billable.String())
		require.True(t, same(t, v.Expect.Amount, amount))
	case "commitment_with_overage_factor": // what the units add to those used before
		meter.Price = tiers(pricing.Graduated, v.Commitment, "1", "", v.OverageFactor)
		_, before := charge(num(v.UsedBefore))
		_, after := charge(num(v.UsedBefore).Add(num(v.Usage[0])))
		require.True(t, same(t, v.Expect.Amount, after.Sub(after, before)))
	default:
		t.Fatalf("rule %s is neither computed nor listed", v.Rule)
	}
}

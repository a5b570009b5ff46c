package usage_test

import (
	"maps"
	"math/big"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/billhatch/billhatch/money"
	"github.com/billhatch/billhatch/usage"
	"github.com/billhatch/billhatch/usage/civil"
	"github.com/billhatch/billhatch/usage/pricing"
)

// law checks a property of many histories. A tune may change what was drawn before the property is asked.
func law(t *testing.T, property func(rt *rapid.T, c chooser, h *history)) {
	t.Helper()
	t.Parallel()
	m := newMenu(t)
	rapid.Check(t, func(rt *rapid.T) {
		c := chooser(func(n int) int { return rapid.IntRange(0, n-1).Draw(rt, "choice") })
		property(rt, c, m.history(c))
	})
}

// must computes a history that has nothing wrong with it.
func must(rt *rapid.T, in usage.Input) *usage.Statement {
	st, err := usage.Compute(in)
	require.NoError(rt, err)
	require.NoError(rt, st.Verify())
	return st
}

// view is everything that can be seen of a statement.
type view struct {
	usage.Statement
	tenants []usage.TenantStatement
	groups  []usage.GroupStatement
	rows    []usage.Row
}

// look copies what can be seen of a statement.
func look(st *usage.Statement) view {
	v := view{Statement: *st}
	v.Tenants = nil
	for _, tenant := range st.Tenants {
		for i := range tenant.Groups {
			g := &tenant.Groups[i]
			v.rows = append(v.rows, slices.Collect(g.Rows())...)
			v.groups = append(v.groups, usage.GroupStatement{
				Name: g.Name, Users: g.Users, Heads: g.Heads, Merged: g.Merged, Units: g.Units, Pricing: g.Pricing, Subtotal: g.Subtotal,
			})
		}
		tenant.Groups = nil
		v.tenants = append(v.tenants, tenant)
	}
	return v
}

// byUser gives the rows of all tenants by tenant and user.
func byUser(rt *rapid.T, st *usage.Statement) map[string]usage.Row {
	out := map[string]usage.Row{}
	for i := range st.Tenants {
		for user, row := range ofTenant(rt, &st.Tenants[i]) {
			out[st.Tenants[i].ID+"/"+user] = row
		}
	}
	return out
}

// ofTenant gives the rows of a tenant by user.
func ofTenant(rt *rapid.T, t *usage.TenantStatement) map[string]usage.Row {
	out := map[string]usage.Row{}
	for g := range t.Groups {
		for row := range t.Groups[g].Rows() {
			require.NotContains(rt, out, row.User, "a user has one row")
			out[row.User] = row
		}
	}
	return out
}

// flatten gives every seat of the plan one price, so that each row stands for itself.
func (h *history) flatten(unit money.Amount) {
	h.plan.Currency, h.plan.Seats = unit.Currency(), pricing.Price{Model: pricing.Flat, Unit: unit}
	h.plan.Stage, h.plan.WholeUnits = usage.PerRow, false
	h.plan.Groups = map[string]pricing.Price{"staff": h.plan.Seats, "students": h.plan.Seats}
}

func minor(rt *rapid.T, a money.Amount) int64 {
	m, err := a.Minor()
	require.NoError(rt, err)
	return m
}

func TestLawEveryAmountIsThatOfTheOracle(t *testing.T) {
	law(t, func(rt *rapid.T, _ chooser, h *history) {
		require.Empty(rt, h.compare(must(rt, h.input()), h.bill()), "%v", h)
	})
}

func TestLawOrderChangesNothing(t *testing.T) {
	law(t, func(rt *rapid.T, c chooser, h *history) {
		before := look(must(rt, h.input()))
		shuffle(c, h.tenants)
		for i := range h.tenants {
			shuffle(c, h.tenants[i].records)
			shuffle(c, h.tenants[i].Pauses)
		}
		require.Equal(rt, before, look(must(rt, h.input())), "%v", h)
	})
}

func TestLawASecondRunIsTheSame(t *testing.T) {
	law(t, func(rt *rapid.T, _ chooser, h *history) {
		in := h.input()
		st := must(rt, in)
		first := look(st)
		require.Equal(rt, first, look(must(rt, in)))
		require.Equal(rt, first, look(st), "rows can be read again")
	})
}

func TestLawTotalsNeedNoRows(t *testing.T) {
	law(t, func(rt *rapid.T, c chooser, h *history) {
		want := look(must(rt, h.input()))
		want.rows = nil
		in := h.input()
		in.TotalsOnly = true
		require.Equal(rt, want, look(must(rt, in)), "%v", h)
		for i := range h.tenants {
			h.tenants[i].Ordered = true
			slices.SortStableFunc(h.tenants[i].records, func(a, b past) int { return strings.Compare(a.id(), b.id()) })
		}
		in = h.input()
		in.TotalsOnly = c.bool()
		got := look(must(rt, in))
		if !in.TotalsOnly {
			require.Len(rt, got.rows, must(rt, in).Users())
		}
		got.rows = nil
		require.Equal(rt, want, got, "an ordered roster: %v", h)
	})
}

// TestLawAPeriodMayBeCutAnywhere: what is covered in two neighbouring periods is what is covered in both together.
func TestLawAPeriodMayBeCutAnywhere(t *testing.T) {
	law(t, func(rt *rapid.T, c chooser, h *history) {
		h.plan.Policy, h.finality, h.asOf = pick(c, []usage.Policy{usage.HalfOpenDays, usage.TouchedDays, usage.Seconds}), usage.Final, civil.Date{}
		h.flatten(usd("31"))
		period := h.world.period
		if period.Days() < 2 {
			return
		}
		whole, parts := map[string]int64{}, map[string]int64{}
		in := h.input()
		for id, row := range byUser(rt, must(rt, in)) {
			whole[id] = row.Units.Covered
		}
		cut := period.From().AddDays(1 + c(period.Days()-1))
		var of int64
		for _, span := range []civil.Span{{From: period.From(), To: cut}, {From: cut, To: period.To()}} {
			var err error
			in.Period, err = civil.NewPeriod(span.From, span.To, period.Zone())
			require.NoError(rt, err)
			if h.plan.Policy == usage.Seconds && h.world.empty(span) {
				continue // a day that the zone left out has no seconds to divide by
			}
			st := must(rt, in)
			for id, row := range byUser(rt, st) {
				parts[id] += row.Units.Covered
			}
			if len(st.Tenants) > 0 {
				of += st.Tenants[0].Groups[0].Units.Of
			}
		}
		require.Equal(rt, whole, parts, "cut at %s: %v", cut, h)
		require.Equal(rt, h.whole(), of)
	})
}

// empty tells whether no time passes in a stretch of days.
func (w *world) empty(s civil.Span) bool {
	first := w.period.From()
	return w.starts[s.From.Sub(first)] == w.starts[s.To.Sub(first)]
}

// TestLawGroupsAreTheWhole: at one price, split and unsplit tenants cost the same, row by row.
func TestLawGroupsAreTheWhole(t *testing.T) {
	law(t, func(rt *rapid.T, c chooser, h *history) {
		h.flatten(pick(c, []money.Amount{usd("31"), usd("4.30"), usd("0.01")}))
		whole := h.tenants
		h.tenants = slices.Clone(h.tenants)
		for i := range h.tenants {
			h.campus(c, nil, &h.tenants[i])
		}
		split := must(rt, h.input())
		h.tenants = whole
		for i := range h.tenants {
			h.tenants[i].Split = usage.Split{}
		}
		one := must(rt, h.input())
		require.Equal(rt, byUser(rt, one), byUser(rt, split))
		require.Equal(rt, one.Total, split.Total)
		for i := range split.Tenants {
			sum, err := money.Sum("USD", split.Tenants[i].Groups[0].Subtotal, split.Tenants[i].Groups[1].Subtotal)
			require.NoError(rt, err)
			require.Equal(rt, one.Tenants[i].Subtotal, sum)
		}
	})
}

func TestLawNobodyPaysMoreThanOnePeriod(t *testing.T) {
	law(t, func(rt *rapid.T, _ chooser, h *history) {
		for id, row := range byUser(rt, must(rt, h.input())) {
			require.Positive(rt, row.Units.Covered)
			require.LessOrEqual(rt, row.Units.Covered, row.Units.Of, id)
			if row.Unit.IsSet() {
				require.LessOrEqual(rt, minor(rt, row.Amount), minor(rt, row.Unit.Round(money.Up)), "%s: %v", id, h)
			}
		}
	})
}

// TestLawAFurtherDayNeverLowersARow, and changes nobody else's.
func TestLawAFurtherDayNeverLowersARow(t *testing.T) {
	law(t, func(rt *rapid.T, c chooser, h *history) {
		h.flatten(pick(c, []money.Amount{usd("31"), usd("4.30"), usd("0.01")}))
		n := &h.tenants[c(len(h.tenants))]
		if len(n.records) == 0 {
			return
		}
		before := must(rt, h.input())
		r := pick(c, n.records)
		r.timed, r.from = false, h.day(c)
		r.to = r.from.AddDays(1)
		r.Covered = usage.Days(r.from, r.to)
		n.records = append(n.records, r)
		after := must(rt, h.input())
		old, now := byUser(rt, before), byUser(rt, after)
		own := n.ID + "/" + r.id()
		if row, had := old[own]; had {
			require.Contains(rt, now, own)
			require.GreaterOrEqual(rt, minor(rt, now[own].Amount), minor(rt, row.Amount))
		}
		require.GreaterOrEqual(rt, minor(rt, after.Total), minor(rt, before.Total))
		delete(old, own)
		delete(now, own)
		require.Equal(rt, old, now)
	})
}

// TestLawAmountsScaleWithThePrice: where a tick costs whole minor units, exactly; else to within the rounding.
func TestLawAmountsScaleWithThePrice(t *testing.T) {
	law(t, func(rt *rapid.T, c chooser, h *history) {
		k := int64(1 + c(1000))
		tick, err := money.FromMinor(h.whole(), "USD")
		require.NoError(rt, err)
		many, err := money.FromMinor(k*h.whole(), "USD")
		require.NoError(rt, err)
		h.flatten(tick)
		one := byUser(rt, must(rt, h.input()))
		h.flatten(many)
		scaled := byUser(rt, must(rt, h.input()))
		require.ElementsMatch(rt, slices.Collect(maps.Keys(one)), slices.Collect(maps.Keys(scaled)))
		for id, row := range one {
			require.Equal(rt, row.Units.Covered, minor(rt, row.Amount))
			require.Equal(rt, k*row.Units.Covered, minor(rt, scaled[id].Amount))
		}

		h.plan.Rounding = pick(c, []money.Rounding{money.HalfUp, money.HalfEven})
		h.flatten(usd("9.99"))
		one = byUser(rt, must(rt, h.input()))
		h.flatten(money.MustParse(big.NewRat(999*k, 100).FloatString(2), "USD"))
		for id, row := range byUser(rt, must(rt, h.input())) {
			require.InDelta(rt, k*minor(rt, one[id].Amount), minor(rt, row.Amount), float64(k+1)/2)
		}
	})
}

// TestLawZonesChangeNothingInDays for coverage that is stated in civil days.
func TestLawZonesChangeNothingInDays(t *testing.T) {
	law(t, func(rt *rapid.T, c chooser, h *history) {
		if h.plan.Policy == usage.Seconds {
			h.plan.Policy = usage.HalfOpenDays
		}
		for i := range h.tenants {
			for j := range h.tenants[i].records {
				r := &h.tenants[i].records[j]
				r.timed, r.Covered = false, usage.Days(r.from, r.to)
			}
		}
		here := must(rt, h.input())
		zone, err := civil.LoadZone(pick(c, []string{"UTC", "Pacific/Apia", "America/Sao_Paulo", "Australia/Lord_Howe", "Africa/Cairo"}))
		require.NoError(rt, err)
		in := h.input()
		in.Period, err = civil.NewPeriod(in.Period.From(), in.Period.To(), zone)
		require.NoError(rt, err)
		there := must(rt, in)
		there.Period = here.Period
		require.Equal(rt, look(here), look(there), "%s: %v", zone, h)
	})
}

// TestLawEveryRowIsExplained: the exact amount rounds to the row, or a shared row is its exact part to within one unit.
func TestLawEveryRowIsExplained(t *testing.T) {
	law(t, func(rt *rapid.T, _ chooser, h *history) {
		st := must(rt, h.input())
		unitsPerOne := new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(minorDigits[h.plan.Currency]), nil))
		for i := range st.Tenants {
			tenant := st.Tenants[i].ID
			for user, row := range ofTenant(rt, &st.Tenants[i]) {
				d, err := st.Explain(tenant, user)
				require.NoError(rt, err)
				require.Equal(rt, row.Amount, d.Amount)
				require.Equal(rt, row.Units, d.Units)
				require.NotEmpty(rt, d.Lines())
				amount, err := money.RoundRat(d.Exact, h.plan.Currency, h.plan.Rounding)
				require.NoError(rt, err)
				if !d.Shared {
					require.Equal(rt, amount, row.Amount, "%s: %v", user, h)
					continue
				}
				off := new(big.Rat).Sub(d.Exact, row.Amount.Rat())
				off.Mul(off.Abs(off), unitsPerOne)
				require.Negative(rt, off.Cmp(big.NewRat(1, 1)), "%s is %s units off: %v", user, off, h)
			}
			_, err := st.Explain(tenant, "nobody")
			require.ErrorIs(rt, err, usage.ErrNotFound)
		}
	})
}

// TestLawEveryRowShowsItsDays: the stretches of a row are those of the set of days that the oracle finds.
func TestLawEveryRowShowsItsDays(t *testing.T) {
	law(t, func(rt *rapid.T, _ chooser, h *history) {
		if h.plan.Policy == usage.Seconds {
			return
		}
		st := must(rt, h.input())
		for i := range h.tenants {
			n := &h.tenants[i]
			part, ok := st.Tenant(n.ID)
			require.True(rt, ok)
			always := slices.Repeat([]bool{true}, h.world.period.Days())
			present := 0
			for _, records := range n.users(nil) {
				if last := h.lastDay(); last >= 0 && h.covered(records, always)[last] {
					present++
				}
			}
			require.Equal(rt, present, part.Covered, "covered at the end: %v", h)
			merged := 0
			users, got := n.users(h.plan.BillableKinds), ofTenant(rt, part)
			for id, row := range got {
				runs := h.runs(h.covered(users[id], h.billable(n)))
				d, err := st.Explain(n.ID, id)
				require.NoError(rt, err)
				require.Equal(rt, runs, d.Covered)
				require.Len(rt, runs, row.Pieces)
				require.Equal(rt, civil.Span{From: runs[0].From, To: runs[len(runs)-1].To}, row.Covered)
				if h.overlap(users[id], always) {
					merged++
				}
			}
			total := 0
			for g := range part.Groups {
				total += part.Groups[g].Merged
			}
			require.Equal(rt, merged, total, "merged: %v", h)
			require.Equal(rt, h.runs(h.billable(n)), append([]civil.Span(nil), part.Billable...))
		}
	})
}

// runs gives the stretches of days that are set.
func (h *history) runs(days []bool) (out []civil.Span) {
	for i, set := range days {
		day := h.world.period.From().AddDays(i)
		switch {
		case !set:
		case i > 0 && days[i-1]:
			out[len(out)-1].To = day.AddDays(1)
		default:
			out = append(out, civil.Span{From: day, To: day.AddDays(1)})
		}
	}
	return out
}

// overlap tells whether two records cover one day of the period.
func (h *history) overlap(records []*past, always []bool) bool {
	seen := make([]bool, len(always))
	for _, r := range records {
		for i, c := range h.covered([]*past{r}, always) {
			if c && seen[i] {
				return true
			}
			seen[i] = seen[i] || c
		}
	}
	return false
}

package pricing_test

import (
	"math/big"
	"slices"
	"testing"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/billhatch/billhatch/money"
	"github.com/billhatch/billhatch/usage/pricing"
)

// The oracle lays a quantity out in grains of an eighth of a unit, numbered from 1, and asks for each grain in
// which tier it lies. Bounds and quantities of these laws are whole numbers of grains.
const grains = 8

// step is a tier of the oracle: money in cents, bound in grains, 0 for none.
type step struct{ upTo, unit, flat int64 }

func (s step) has(grain int64) bool { return s.upTo == 0 || grain <= s.upTo }

func tierOf(steps []step, grain int64) int {
	return slices.IndexFunc(steps, func(s step) bool { return s.has(grain) })
}

// graduatedCents adds up grain by grain; the fee of a tier is due with its first grain.
func graduatedCents(steps []step, grain int64, atZero bool) *big.Rat {
	total := new(big.Rat)
	entered := map[int]bool{0: grain > 0 || atZero}
	for g := int64(1); g <= grain; g++ {
		tier := tierOf(steps, g)
		entered[tier] = true
		total.Add(total, big.NewRat(steps[tier].unit, grains))
	}
	for tier, in := range entered {
		if in {
			total.Add(total, big.NewRat(steps[tier].flat, 1))
		}
	}
	return total
}

// volumeCents prices all grains as the one that chooses the tier; no grain at all chooses the first.
func volumeCents(steps []step, grain, chooses int64, atZero bool) *big.Rat {
	s := steps[tierOf(steps, chooses)]
	total := new(big.Rat)
	for range grain {
		total.Add(total, big.NewRat(s.unit, grains))
	}
	if grain > 0 || atZero {
		total.Add(total, big.NewRat(s.flat, 1))
	}
	return total
}

func anySteps() *rapid.Generator[[]step] {
	return rapid.Custom(func(t *rapid.T) []step {
		steps := make([]step, rapid.IntRange(1, 5).Draw(t, "tiers"))
		bound := int64(0)
		for i := range steps {
			bound += rapid.Int64Range(1, 60).Draw(t, "width")
			steps[i] = step{upTo: bound, unit: rapid.Int64Range(0, 500).Draw(t, "unit"), flat: rapid.Int64Range(0, 300).Draw(t, "flat")}
		}
		steps[len(steps)-1].upTo = 0
		return steps
	})
}

func cents(t require.TestingT, n int64) money.Amount {
	a, err := money.FromMinor(n, "USD")
	require.NoError(t, err)
	return a
}

func priceOf(t require.TestingT, m pricing.Model, steps []step, atZero bool) pricing.Price {
	p := pricing.Price{Model: m, FlatAtZero: atZero}
	for _, s := range steps {
		p.Tiers = append(p.Tiers, pricing.Tier{
			UpTo: decimal.New(s.upTo*125, -3), Unit: cents(t, s.unit), Flat: cents(t, s.flat),
		})
	}
	require.NoError(t, p.Validate())
	return p
}

// inCents is a charge of so many grains, in cents.
func inCents(t require.TestingT, p pricing.Price, grain int64, chooses *big.Rat) *big.Rat {
	charge, err := p.Charge(big.NewRat(grain, grains), chooses)
	require.NoError(t, err)
	require.Zero(t, sum(charge).Cmp(charge.Exact), "the parts are the charge")
	return new(big.Rat).Mul(charge.Exact, big.NewRat(100, 1))
}

func TestGraduatedIsTheSumOfItsGrains(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		steps, atZero := anySteps().Draw(t, "steps"), rapid.Bool().Draw(t, "at zero")
		q := rapid.Int64Range(0, 400).Draw(t, "grains")
		p := priceOf(t, pricing.Graduated, steps, atZero)
		require.Equal(t, graduatedCents(steps, q, atZero).RatString(), inCents(t, p, q, nil).RatString())

		charge, err := p.Charge(big.NewRat(q, grains), nil)
		require.NoError(t, err)
		all := new(big.Rat)
		for i, part := range charge.Parts {
			require.Equal(t, i, part.Tier)
			require.True(t, part.Quantity.Sign() > 0 || q == 0)
			all.Add(all, part.Quantity)
		}
		require.Equal(t, big.NewRat(q, grains).RatString(), all.RatString(), "nothing is lost or priced twice")
		require.Equal(t, tierOf(steps, q), charge.Tier)
	})
}

func TestGraduatedRisesWithoutJumps(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		steps := anySteps().Draw(t, "steps")
		for i := range steps {
			steps[i].flat = 0 // a fee is a jump
		}
		p := priceOf(t, pricing.Graduated, steps, false)
		dearest := slices.MaxFunc(steps, func(a, b step) int { return int(a.unit - b.unit) }).unit
		q := new(big.Rat).SetFrac64(rapid.Int64Range(0, 1_000_000).Draw(t, "n"), rapid.Int64Range(1, 50_000).Draw(t, "d"))
		more := new(big.Rat).SetFrac64(rapid.Int64Range(0, 1000).Draw(t, "n more"), rapid.Int64Range(1, 100_000).Draw(t, "d more"))
		before, err := p.Charge(q, nil)
		require.NoError(t, err)
		after, err := p.Charge(new(big.Rat).Add(q, more), nil)
		require.NoError(t, err)
		rise := new(big.Rat).Sub(after.Exact, before.Exact)
		require.GreaterOrEqual(t, rise.Sign(), 0)
		require.LessOrEqual(t, rise.Cmp(new(big.Rat).Mul(more, big.NewRat(dearest, 100))), 0, "no more than the dearest tier asks")
	})
}

func TestVolumePricesAllUnitsAsOne(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		steps, atZero := anySteps().Draw(t, "steps"), rapid.Bool().Draw(t, "at zero")
		q, chooses := rapid.Int64Range(0, 400).Draw(t, "grains"), rapid.Int64Range(0, 400).Draw(t, "chooses")
		p := priceOf(t, pricing.Volume, steps, atZero)
		require.Equal(t, volumeCents(steps, q, q, atZero).RatString(), inCents(t, p, q, nil).RatString())
		require.Equal(t, volumeCents(steps, q, chooses, atZero).RatString(), inCents(t, p, q, big.NewRat(chooses, grains)).RatString())

		charge, err := p.Charge(big.NewRat(q, grains), big.NewRat(chooses, grains))
		require.NoError(t, err)
		require.Equal(t, tierOf(steps, chooses), charge.Tier)
		unit, tier, err := p.UnitFor(big.NewRat(chooses, grains))
		if steps[charge.Tier].flat != 0 {
			require.ErrorIs(t, err, pricing.ErrNoUnit)
			return
		}
		require.NoError(t, err)
		require.Equal(t, charge.Tier, tier)
		require.Equal(t, charge.Exact.RatString(), new(big.Rat).Mul(charge.Quantity, unit.Rat()).RatString(), "unit times quantity is the charge")
	})
}

// At a bound itself the tier that ends there applies; the smallest step beyond it is in the next one.
func TestTheBoundIsTheLastOfItsTier(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		steps := anySteps().Draw(t, "steps")
		for _, m := range []pricing.Model{pricing.Volume, pricing.Graduated} {
			p := priceOf(t, m, steps, false)
			for i := range steps[:len(steps)-1] {
				at := p.Tiers[i].UpTo.Rat()
				on, err := p.Charge(at, nil)
				require.NoError(t, err)
				require.Equal(t, i, on.Tier)
				beyond, err := p.Charge(new(big.Rat).Add(at, big.NewRat(1, 1<<60)), nil)
				require.NoError(t, err)
				require.Equal(t, i+1, beyond.Tier)
			}
		}
	})
}

// Take away one package after the other until nothing is left.
func TestPackagesAreWhole(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		size := rapid.Int64Range(1, 5000).Draw(t, "size in thousandths")
		n, d := rapid.Int64Range(0, 50_000).Draw(t, "n"), rapid.Int64Range(1, 1000).Draw(t, "d")
		p := pricing.Price{Model: pricing.Package, Size: decimal.New(size, -3), Unit: usd("1")}
		count, left := int64(0), n*1000 // in thousandths of 1/d
		for left > 0 {
			left -= size * d
			count++
		}
		charge, err := p.Charge(big.NewRat(n, d), nil)
		require.NoError(t, err)
		require.Equal(t, big.NewRat(count, 1).RatString(), charge.Exact.RatString())
		require.Equal(t, charge.Exact.RatString(), charge.Parts[0].Quantity.RatString())
	})
}

func TestFlatPricesAddUp(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p := pricing.Price{Model: pricing.Flat, Unit: cents(t, rapid.Int64Range(0, 1e12).Draw(t, "unit"))}
		whole, parts := new(big.Rat), new(big.Rat)
		for range rapid.IntRange(1, 8).Draw(t, "parts") {
			q := big.NewRat(rapid.Int64Range(0, 1e12).Draw(t, "n"), rapid.Int64Range(1, 1e6).Draw(t, "d"))
			whole.Add(whole, q)
			charge, err := p.Charge(q, nil)
			require.NoError(t, err)
			parts.Add(parts, charge.Exact)
		}
		charge, err := p.Charge(whole, nil)
		require.NoError(t, err)
		require.Equal(t, charge.Exact.RatString(), parts.RatString())
	})
}

func TestBoundsHold(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		steps := anySteps().Draw(t, "steps")
		m := rapid.SampledFrom([]pricing.Model{pricing.Graduated, pricing.Volume}).Draw(t, "model")
		p := priceOf(t, m, steps, false)
		q := rapid.Int64Range(0, 400).Draw(t, "grains")
		free := inCents(t, p, q, nil)
		low := rapid.Int64Range(0, 30_000).Draw(t, "minimum")
		high := low + rapid.Int64Range(0, 30_000).Draw(t, "more")
		p.Minimum, p.Maximum = cents(t, low), cents(t, high)
		charge, err := p.Charge(big.NewRat(q, grains), nil)
		require.NoError(t, err)
		want := free
		if want.Cmp(big.NewRat(low, 1)) < 0 {
			want = big.NewRat(low, 1)
		}
		if want.Cmp(big.NewRat(high, 1)) > 0 {
			want = big.NewRat(high, 1)
		}
		require.Equal(t, want.RatString(), new(big.Rat).Mul(charge.Exact, big.NewRat(100, 1)).RatString())
		require.Equal(t, want != free, charge.Limit.IsSet())
	})
}

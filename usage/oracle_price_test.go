package usage_test

import (
	"math/big"
	"slices"

	"github.com/billhatch/billhatch/money"
	"github.com/billhatch/billhatch/usage"
	"github.com/billhatch/billhatch/usage/pricing"
)

// price gives the rows of the groups that are priced together their amounts. It returns what is asked without users.
func (h *history) price(groups []*groupBill) int64 {
	price := h.plan.Seats
	if groups[0].name != "" {
		price = h.plan.Groups[groups[0].name]
	}
	var units, basis big.Rat // what is priced, what chooses a volume tier
	for _, g := range groups {
		units.Add(&units, h.units(g))
		basis.Add(&basis, new(big.Rat).SetInt64(int64(g.heads)))
	}
	if h.plan.Tier.Basis == usage.ProratedUnits {
		basis.Set(&units)
	}
	unit := seatPrice(price, &basis)
	if unit == nil {
		return h.pool(h.round(exactPrice(price, &units, &basis)), groups)
	}
	for _, g := range groups {
		total := h.round(new(big.Rat).Mul(unit, h.units(g)))
		if h.plan.WholeUnits {
			g.share(total)
			continue
		}
		if h.plan.Stage == usage.PerGroup {
			exact := make([]*big.Rat, len(g.rows))
			for i, r := range g.rows {
				exact[i] = h.minor(new(big.Rat).Mul(unit, big.NewRat(r.ticks, h.whole())))
			}
			for i, part := range largestRemainder(total, exact) {
				g.rows[i].amount = part
			}
			continue
		}
		for i := range g.rows {
			g.rows[i].amount = h.round(new(big.Rat).Mul(unit, big.NewRat(g.rows[i].ticks, h.whole())))
		}
	}
	return 0
}

// units of a group, in whole numbers where the plan says so.
func (h *history) units(g *groupBill) *big.Rat {
	units := big.NewRat(g.ticks, h.whole())
	if h.plan.WholeUnits {
		units.SetInt(nearest(units, h.plan.UnitMode))
	}
	return units
}

// seatPrice is the one price of every seat, nil where there is none.
func seatPrice(p pricing.Price, basis *big.Rat) *big.Rat {
	if p.Minimum.IsSet() || p.Maximum.IsSet() {
		return nil
	}
	switch p.Model {
	case pricing.Flat:
		return p.Unit.Rat()
	case pricing.Volume:
		if tier := tierOf(p.Tiers, basis); !tier.Flat.IsSet() {
			return tier.Unit.Rat()
		}
	}
	return nil
}

func tierOf(tiers []pricing.Tier, q *big.Rat) pricing.Tier {
	for _, t := range tiers {
		if t.UpTo.IsZero() || q.Cmp(t.UpTo.Rat()) <= 0 {
			return t
		}
	}
	panic("the generator made a price without an open tier")
}

// exactPrice is what a quantity costs.
func exactPrice(p pricing.Price, q, basis *big.Rat) *big.Rat {
	sum := new(big.Rat)
	zero := q.Sign() == 0
	switch p.Model {
	case pricing.Flat:
		sum.Mul(p.Unit.Rat(), q)
	case pricing.Package:
		packages := nearest(new(big.Rat).Quo(q, p.Size.Rat()), money.Up)
		sum.Mul(p.Unit.Rat(), new(big.Rat).SetInt(packages))
	case pricing.Volume:
		tier := tierOf(p.Tiers, basis)
		sum.Mul(tier.Unit.Rat(), q)
		if !zero || p.FlatAtZero {
			sum.Add(sum, tier.Flat.Rat())
		}
	case pricing.Graduated:
		below := new(big.Rat)
		for i, tier := range p.Tiers {
			in := new(big.Rat).Sub(q, below)
			if !tier.UpTo.IsZero() && q.Cmp(tier.UpTo.Rat()) > 0 {
				in.Sub(tier.UpTo.Rat(), below)
			}
			if in.Sign() > 0 || i == 0 && p.FlatAtZero {
				sum.Add(sum, new(big.Rat).Mul(tier.Unit.Rat(), in))
				sum.Add(sum, tier.Flat.Rat())
			}
			if tier.UpTo.IsZero() || q.Cmp(tier.UpTo.Rat()) <= 0 {
				break
			}
			below = tier.UpTo.Rat()
		}
	}
	if p.Minimum.IsSet() && sum.Cmp(p.Minimum.Rat()) < 0 {
		return p.Minimum.Rat()
	}
	if p.Maximum.IsSet() && sum.Cmp(p.Maximum.Rat()) > 0 {
		return p.Maximum.Rat()
	}
	return sum
}

// pool gives an amount to groups by their units, and within each group to its rows.
func (h *history) pool(total int64, groups []*groupBill) (unclaimed int64) {
	weights, any := make([]*big.Rat, len(groups)), false
	for i, g := range groups {
		weights[i] = h.units(g)
		any = any || weights[i].Sign() > 0
	}
	if !any {
		return total // nobody to give it to
	}
	for i, part := range largestRemainder(total, proportion(total, weights)) {
		groups[i].share(part)
	}
	return 0
}

// share gives an amount to the rows of a group by their ticks.
func (g *groupBill) share(total int64) {
	if len(g.rows) == 0 {
		return
	}
	weights := make([]*big.Rat, len(g.rows))
	for i, r := range g.rows {
		weights[i] = new(big.Rat).SetInt64(r.ticks)
	}
	for i, part := range largestRemainder(total, proportion(total, weights)) {
		g.rows[i].amount = part
	}
}

// proportion is what each weight has of a total, exactly.
func proportion(total int64, weights []*big.Rat) []*big.Rat {
	all, out := new(big.Rat), make([]*big.Rat, len(weights))
	for _, w := range weights {
		all.Add(all, w)
	}
	for i, w := range weights {
		out[i] = new(big.Rat).Mul(new(big.Rat).SetInt64(total), w)
		out[i].Quo(out[i], all)
	}
	return out
}

// largestRemainder cuts exact shares to minor units, and gives what is left of the total to those that were cut most;
// where they are equal, to the first.
func largestRemainder(total int64, exact []*big.Rat) []int64 {
	parts, cut, order := make([]int64, len(exact)), make([]*big.Rat, len(exact)), make([]int, len(exact))
	left := total
	for i, e := range exact {
		down := new(big.Int).Quo(e.Num(), e.Denom())
		parts[i], order[i] = down.Int64(), i
		cut[i] = new(big.Rat).Sub(e, new(big.Rat).SetInt(down))
		left -= parts[i]
	}
	slices.SortStableFunc(order, func(a, b int) int { return cut[b].Cmp(cut[a]) })
	for i := range left {
		parts[order[i]]++
	}
	return parts
}

// minor is an exact amount in minor units.
func (h *history) minor(exact *big.Rat) *big.Rat {
	scale := new(big.Int).Exp(big.NewInt(10), big.NewInt(minorDigits[h.plan.Currency]), nil)
	return new(big.Rat).Mul(exact, new(big.Rat).SetInt(scale))
}

// round makes minor units of an exact amount.
func (h *history) round(exact *big.Rat) int64 {
	return nearest(h.minor(exact), h.plan.Rounding).Int64()
}

// nearest rounds a number that is not negative to an integer.
func nearest(v *big.Rat, mode money.Rounding) *big.Int {
	down, rest := new(big.Int).QuoRem(v.Num(), v.Denom(), new(big.Int))
	half := new(big.Int).Lsh(rest, 1).Cmp(v.Denom())
	up := false
	switch mode {
	case money.HalfUp:
		up = half >= 0
	case money.HalfEven:
		up = half > 0 || half == 0 && down.Bit(0) == 1
	case money.HalfDown:
		up = half > 0
	case money.Up, money.Ceiling:
		up = rest.Sign() > 0
	}
	if up {
		down.Add(down, big.NewInt(1))
	}
	return down
}

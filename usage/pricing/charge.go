package pricing

import (
	"math/big"

	"github.com/shopspring/decimal"

	"github.com/billhatch/billhatch/money"
)

// Part is one product of a charge: Quantity times Unit, plus Flat.
type Part struct {
	Tier     int             `json:"tier"`     // index of the tier, -1 for a price without tiers
	Over     decimal.Decimal `json:"over"`     // lower bound of the tier, which does not belong to it
	UpTo     decimal.Decimal `json:"up_to"`    // upper bound, which does; 0: none
	Quantity *big.Rat        `json:"quantity"` // units priced here; for a package price the number of packages
	Unit     money.Amount    `json:"unit"`     // not set: the tier has only a flat fee
	Flat     money.Amount    `json:"flat"`     // not set: none is due
}

// Exact is the amount of the part, not rounded.
func (p *Part) Exact() *big.Rat {
	sum := new(big.Rat)
	if p.Unit.IsSet() && p.Quantity != nil {
		sum = p.Unit.Rat()
		sum.Mul(sum, p.Quantity)
	}
	if p.Flat.IsSet() {
		sum.Add(sum, p.Flat.Rat())
	}
	return sum
}

// Charge is what a quantity costs and how that came about.
type Charge struct {
	Model        Model        `json:"model"`
	Currency     string       `json:"currency"`      // ISO 4217
	Quantity     *big.Rat     `json:"quantity"`      // what was priced
	TierQuantity *big.Rat     `json:"tier_quantity"` // Volume: what chose the tier; nil for other models
	Tier         int          `json:"tier"`          // Volume: index of the tier chosen. Graduated: of the last one entered. Otherwise -1
	Parts        []Part       `json:"parts"`         // at least one
	Limit        money.Amount `json:"limit"`         // the minimum or maximum that took the place of the sum; not set: none did
	Exact        *big.Rat     `json:"exact"`         // the amount in Currency, not rounded
}

// Charge prices a quantity. The tier of a volume price is chosen by tierQ, or by q when tierQ is nil; the other
// models do not look at tierQ. The result is exact and shares nothing with the arguments.
//
// Errors: those of [Price.Validate], and [ErrQuantity] when q is nil, either quantity is negative, or the one that
// chooses the tier is above a bounded last tier.
func (p Price) Charge(q, tierQ *big.Rat) (Charge, error) {
	if err := p.Validate(); err != nil {
		return Charge{}, err
	}
	if err := checkQuantity("quantity", q); err != nil {
		return Charge{}, err
	}
	if tierQ == nil || p.Model != Volume {
		tierQ = q
	}
	if err := checkQuantity("tier quantity", tierQ); err != nil {
		return Charge{}, err
	}
	c := Charge{Model: p.Model, Currency: p.Currency(), Quantity: new(big.Rat).Set(q), Tier: -1}
	switch p.Model {
	case Graduated, Volume:
		tier, err := p.tierOf(tierQ)
		if err != nil {
			return Charge{}, err
		}
		c.Tier = tier
		if p.Model == Volume {
			c.TierQuantity = new(big.Rat).Set(tierQ)
			c.Parts = []Part{p.part(tier, c.Quantity, p.flatDue(c.Quantity))}
		} else {
			c.Parts = p.graduate(c.Quantity, tier)
		}
	case Package:
		c.Parts = []Part{{Tier: -1, Quantity: packages(q, p.Size.Rat()), Unit: p.Unit}}
	default:
		c.Parts = []Part{{Tier: -1, Quantity: c.Quantity, Unit: p.Unit}}
	}
	c.Exact = c.Parts[0].Exact()
	for i := range c.Parts[1:] {
		c.Exact.Add(c.Exact, c.Parts[i+1].Exact())
	}
	c.limit(p.Minimum, -1)
	c.limit(p.Maximum, +1)
	return c, nil
}

// UnitFor is the one price that every unit has, and the index of its tier (-1 for a flat price), when there is
// one: for a flat price, and for a volume price whose tier asks no flat fee. Then an amount is quantity times
// unit, and rows may be priced one by one. The tier is chosen by tierQ; a flat price does not look at it.
//
// Errors: [ErrNoUnit] when the amount depends on more than that, also because the price has a minimum or a
// maximum; those of [Price.Validate]; [ErrQuantity] as in [Price.Charge].
func (p Price) UnitFor(tierQ *big.Rat) (unit money.Amount, tier int, err error) {
	if err := p.Validate(); err != nil {
		return money.Amount{}, -1, err
	}
	switch {
	case p.Model != Flat && p.Model != Volume:
		return money.Amount{}, -1, fail(ErrNoUnit, "model", "the price is "+p.Model.String())
	case p.Minimum.IsSet():
		return money.Amount{}, -1, fail(ErrNoUnit, "minimum", "applies to the whole quantity")
	case p.Maximum.IsSet():
		return money.Amount{}, -1, fail(ErrNoUnit, "maximum", "applies to the whole quantity")
	case p.Model == Flat:
		return p.Unit, -1, nil
	}
	if err := checkQuantity("tier quantity", tierQ); err != nil {
		return money.Amount{}, -1, err
	}
	tier, err = p.tierOf(tierQ)
	if err != nil {
		return money.Amount{}, -1, err
	}
	if t := &p.Tiers[tier]; !t.Unit.IsSet() || t.Flat.Sign() != 0 {
		return money.Amount{}, -1, fail(ErrNoUnit, field(tier, "flat"), "applies to the whole quantity")
	}
	return p.Tiers[tier].Unit, tier, nil
}

// tierOf is the index of the first tier whose bound is not below q.
func (p *Price) tierOf(q *big.Rat) (int, error) {
	for i := range p.Tiers {
		if up := &p.Tiers[i].UpTo; up.Sign() == 0 || up.Rat().Cmp(q) >= 0 {
			return i, nil
		}
	}
	last := p.Tiers[len(p.Tiers)-1].UpTo
	return 0, fail(ErrQuantity, "", "above the last tier, which ends at "+last.String())
}

// graduate splits q over the tiers up to the last one that it enters.
func (p *Price) graduate(q *big.Rat, last int) []Part {
	parts := make([]Part, last+1)
	over := new(big.Rat)
	for i := range parts {
		in := new(big.Rat)
		if i < last {
			upTo := p.Tiers[i].UpTo.Rat()
			in.Sub(upTo, over)
			over = upTo
		} else {
			in.Sub(q, over)
		}
		parts[i] = p.part(i, in, p.flatDue(q))
	}
	return parts
}

// flatDue tells whether flat fees are due for a quantity.
func (p *Price) flatDue(q *big.Rat) bool { return q.Sign() > 0 || p.FlatAtZero }

func (p *Price) part(tier int, q *big.Rat, flat bool) Part {
	t := &p.Tiers[tier]
	part := Part{Tier: tier, UpTo: t.UpTo, Quantity: q, Unit: t.Unit}
	if tier > 0 {
		part.Over = p.Tiers[tier-1].UpTo
	}
	if flat {
		part.Flat = t.Flat
	}
	return part
}

// limit replaces the sum by a bound that it breaks: sign is -1 for a minimum, +1 for a maximum.
func (c *Charge) limit(bound money.Amount, sign int) {
	if !bound.IsSet() {
		return
	}
	if b := bound.Rat(); c.Exact.Cmp(b) == sign {
		c.Limit, c.Exact = bound, b
	}
}

// packages is q / size rounded up to a whole number.
func packages(q, size *big.Rat) *big.Rat {
	r := new(big.Rat).Quo(q, size)
	n, rest := new(big.Int).QuoRem(r.Num(), r.Denom(), new(big.Int))
	if rest.Sign() > 0 {
		n.Add(n, big.NewInt(1))
	}
	return r.SetInt(n)
}

func checkQuantity(name string, q *big.Rat) error {
	switch {
	case q == nil:
		return fail(ErrQuantity, name, "missing")
	case q.Sign() < 0:
		return fail(ErrQuantity, name, "negative")
	}
	return nil
}

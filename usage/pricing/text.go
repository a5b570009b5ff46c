package pricing

import (
	"math/big"
	"strconv"
	"strings"
)

// String is the calculation on one line, such as
//
//	160 × 3.00 USD + 10.00 USD = 490 USD, tier 2 (over 100, up to 200)
//
// Quantities and the amount are exact: a fraction that has no end as a decimal is written as one (31/3).
func (c Charge) String() string {
	if c.Exact == nil {
		return ""
	}
	var b strings.Builder
	sum := new(big.Rat)
	for i := range c.Parts {
		if i > 0 {
			b.WriteString(" + ")
		}
		c.Parts[i].write(&b, c.Model)
		sum.Add(sum, c.Parts[i].Exact())
	}
	b.WriteString(" = " + ratText(sum) + " " + c.Currency)
	if tier := c.TierText(); tier != "" && c.Model == Volume {
		b.WriteString(", tier " + tier)
		if c.TierQuantity != nil && c.Quantity != nil && c.TierQuantity.Cmp(c.Quantity) != 0 {
			b.WriteString(" by " + ratText(c.TierQuantity))
		}
	}
	if c.Limit.IsSet() {
		bound := ", at most "
		if sum.Cmp(c.Exact) < 0 {
			bound = ", at least "
		}
		b.WriteString(bound + c.Limit.String())
	}
	return b.String()
}

// TierText names the tier that [Charge.Tier] means, counted from 1, with its bounds: "2 (over 100, up to
// 200)". It is "" for a price without tiers.
func (c Charge) TierText() string {
	if c.Tier < 0 || len(c.Parts) == 0 {
		return ""
	}
	p := &c.Parts[len(c.Parts)-1]
	n := strconv.Itoa(c.Tier + 1)
	switch {
	case p.Over.Sign() == 0 && p.UpTo.Sign() == 0:
		return n + " (any quantity)"
	case p.Over.Sign() == 0:
		return n + " (up to " + p.UpTo.String() + ")"
	case p.UpTo.Sign() == 0:
		return n + " (over " + p.Over.String() + ")"
	}
	return n + " (over " + p.Over.String() + ", up to " + p.UpTo.String() + ")"
}

func (p *Part) write(b *strings.Builder, m Model) {
	if p.Unit.IsSet() {
		text := ratText(p.Quantity)
		b.WriteString(text)
		switch {
		case m == Package && text == "1":
			b.WriteString(" package")
		case m == Package:
			b.WriteString(" packages")
		}
		b.WriteString(" × " + p.Unit.String())
	}
	switch {
	case p.Flat.IsSet() && p.Unit.IsSet():
		b.WriteString(" + " + p.Flat.String())
	case p.Flat.IsSet():
		b.WriteString(p.Flat.String())
	case !p.Unit.IsSet():
		b.WriteString("0") // a tier with nothing but a flat fee that is not due
	}
}

// ratText is the decimal of a fraction, or the fraction when the decimal has no end or more than 18 places.
func ratText(r *big.Rat) string {
	if r == nil {
		return "?" // a charge that was read from somewhere and lacks it
	}
	if places, exact := r.FloatPrec(); exact && places <= 18 {
		return r.FloatString(places)
	}
	return r.RatString()
}

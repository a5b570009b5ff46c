package wire

import (
	"math/big"

	"github.com/billhatch/billhatch/usage/pricing"
)

// Price is a price. Unlike the JSON of package pricing it holds prices that are not valid, too: that of a meter which
// includes everything is never looked at.
type Price struct {
	Model      pricing.Model `json:"model,omitempty"`
	Unit       Amount        `json:"unit,omitzero"`
	Tiers      []Tier        `json:"tiers,omitempty"`
	Size       *Number       `json:"size,omitempty"`
	Minimum    Amount        `json:"minimum,omitzero"`
	Maximum    Amount        `json:"maximum,omitzero"`
	FlatAtZero bool          `json:"flat_at_zero,omitempty"`
}

// Tier is one step of a price.
type Tier struct {
	UpTo *Number `json:"up_to,omitempty"`
	Unit Amount  `json:"unit,omitzero"`
	Flat Amount  `json:"flat,omitzero"`
}

// PriceOf gives a price; nil where nothing of it is set.
func PriceOf(p pricing.Price) *Price {
	out := &Price{
		Model: p.Model, Unit: Amount(p.Unit), Size: NumberOf(p.Size), Minimum: Amount(p.Minimum), Maximum: Amount(p.Maximum),
		FlatAtZero: p.FlatAtZero,
	}
	for i := range p.Tiers {
		t := &p.Tiers[i]
		out.Tiers = append(out.Tiers, Tier{UpTo: NumberOf(t.UpTo), Unit: Amount(t.Unit), Flat: Amount(t.Flat)})
	}
	if len(out.Tiers) == 0 && out.Model == 0 && out.Size == nil && !out.FlatAtZero &&
		!p.Unit.IsSet() && !p.Minimum.IsSet() && !p.Maximum.IsSet() {
		return nil
	}
	return out
}

// Pricing is the price.
func (p *Price) Pricing() pricing.Price {
	if p == nil {
		return pricing.Price{}
	}
	out := pricing.Price{
		Model: p.Model, Unit: p.Unit.Money(), Size: p.Size.Decimal(), Minimum: p.Minimum.Money(), Maximum: p.Maximum.Money(),
		FlatAtZero: p.FlatAtZero,
	}
	if len(p.Tiers) > 0 {
		out.Tiers = make([]pricing.Tier, len(p.Tiers))
	}
	for i := range p.Tiers {
		t := &p.Tiers[i]
		out.Tiers[i] = pricing.Tier{UpTo: t.UpTo.Decimal(), Unit: t.Unit.Money(), Flat: t.Flat.Money()}
	}
	return out
}

// Charge is what a quantity costs and how that came about.
type Charge struct {
	Model        pricing.Model `json:"model,omitempty"`
	Currency     Text          `json:"currency"`
	Quantity     *Ratio        `json:"quantity,omitempty"`
	TierQuantity *Ratio        `json:"tier_quantity,omitempty"`
	Tier         int           `json:"tier"`
	Parts        []Part        `json:"parts,omitempty"`
	Limit        Amount        `json:"limit,omitzero"`
	Exact        *Ratio        `json:"exact,omitempty"`
}

// Part is one product of a charge.
type Part struct {
	Tier     int     `json:"tier"`
	Over     *Number `json:"over,omitempty"`
	UpTo     *Number `json:"up_to,omitempty"`
	Quantity *Ratio  `json:"quantity,omitempty"`
	Unit     Amount  `json:"unit,omitzero"`
	Flat     Amount  `json:"flat,omitzero"`
}

// ChargeOf gives a charge.
func ChargeOf(c *pricing.Charge) *Charge {
	out := &Charge{
		Model: c.Model, Currency: Text(c.Currency), Quantity: (*Ratio)(c.Quantity), TierQuantity: (*Ratio)(c.TierQuantity),
		Tier: c.Tier, Limit: Amount(c.Limit), Exact: (*Ratio)(c.Exact),
	}
	for i := range c.Parts {
		p := &c.Parts[i]
		out.Parts = append(out.Parts, Part{
			Tier: p.Tier, Over: NumberOf(p.Over), UpTo: NumberOf(p.UpTo), Quantity: (*Ratio)(p.Quantity),
			Unit: Amount(p.Unit), Flat: Amount(p.Flat),
		})
	}
	return out
}

// Pricing is the charge. Nothing of it is shared.
func (c *Charge) Pricing() pricing.Charge {
	out := pricing.Charge{
		Model: c.Model, Currency: string(c.Currency), Quantity: rat(c.Quantity), TierQuantity: rat(c.TierQuantity),
		Tier: c.Tier, Limit: c.Limit.Money(), Exact: rat(c.Exact),
	}
	for i := range c.Parts {
		p := &c.Parts[i]
		out.Parts = append(out.Parts, pricing.Part{
			Tier: p.Tier, Over: p.Over.Decimal(), UpTo: p.UpTo.Decimal(), Quantity: rat(p.Quantity),
			Unit: p.Unit.Money(), Flat: p.Flat.Money(),
		})
	}
	return out
}

func rat(r *Ratio) *big.Rat { return r.Rat() }

package pricing

import (
	"strconv"

	"github.com/shopspring/decimal"

	"github.com/billhatch/billhatch/money"
)

// Validate tells whether the price can be used: everything its model needs is there and nothing else, the
// bounds of its tiers ascend, all amounts have one currency and none is negative. Prices of 0 are allowed when
// they are written down. [Price.Charge], [Price.UnitFor] and the JSON methods check the same. Errors: [ErrPrice] with
// [ErrMissing], [ErrNegative], [ErrTiers], [ErrMixed] or [ErrFields].
func (p Price) Validate() error {
	if err := p.validateModel(); err != nil {
		return err
	}
	v := validator{}
	v.first, _ = p.firstAmount()
	for i := range p.Tiers {
		if err := v.tier(p.Tiers, i); err != nil {
			return err
		}
	}
	if p.Model == Package {
		if err := v.bound("size", p.Size); err != nil {
			return err
		}
	}
	if err := v.amount(-1, "unit", p.Unit); err != nil {
		return err
	}
	return v.limits(&p)
}

// validateModel checks that the fields of the model are set and those of other models are not.
func (p *Price) validateModel() error {
	tiered := p.Model == Graduated || p.Model == Volume
	switch {
	case p.Model == 0:
		return fail(ErrMissing, "model", "")
	case p.Model < 0 || int(p.Model) >= len(modelNames):
		return fail(ErrFields, "model", "unknown")
	case tiered && len(p.Tiers) == 0:
		return fail(ErrMissing, "tiers", "a "+p.Model.String()+" price needs them")
	case tiered && p.Unit.IsSet():
		return fail(ErrFields, "unit", "the unit prices of a "+p.Model.String()+" price are in its tiers")
	case !tiered && !p.Unit.IsSet():
		return fail(ErrMissing, "unit", "a "+p.Model.String()+" price needs it")
	case !tiered && len(p.Tiers) > 0:
		return fail(ErrFields, "tiers", "a "+p.Model.String()+" price has none")
	case !tiered && p.FlatAtZero:
		return fail(ErrFields, "flat_at_zero", "a "+p.Model.String()+" price has no flat fees")
	case p.Model == Package && p.Size.Sign() == 0:
		return fail(ErrMissing, "size", "a package price needs it")
	case p.Model != Package && p.Size.Sign() != 0:
		return fail(ErrFields, "size", "a "+p.Model.String()+" price has none")
	}
	return nil
}

// validator compares the amounts of a price with the first of them.
type validator struct{ first money.Amount }

func (v *validator) tier(tiers []Tier, i int) error {
	t := &tiers[i]
	if !t.Unit.IsSet() && !t.Flat.IsSet() {
		return fail(ErrMissing, field(i, "unit"), "neither a unit price nor a flat fee")
	}
	if err := v.amount(i, "unit", t.Unit); err != nil {
		return err
	}
	if err := v.amount(i, "flat", t.Flat); err != nil {
		return err
	}
	if t.UpTo.Sign() == 0 {
		if i < len(tiers)-1 {
			return fail(ErrTiers, field(i, "up_to"), "only the last tier may be without a bound")
		}
		return nil
	}
	if err := v.bound(field(i, "up_to"), t.UpTo); err != nil {
		return err
	}
	if i > 0 && t.UpTo.Cmp(tiers[i-1].UpTo) <= 0 {
		return fail(ErrTiers, field(i, "up_to"), t.UpTo.String()+" is not above "+tiers[i-1].UpTo.String())
	}
	return nil
}

// amount checks an amount that may be unset. Tier is -1 for a field of the price itself.
func (v *validator) amount(tier int, name string, a money.Amount) error {
	switch {
	case !a.IsSet():
		return nil
	case a.Sign() < 0:
		return fail(ErrNegative, field(tier, name), a.String())
	case a.Currency() != v.first.Currency():
		return &Error{Kind: ErrMixed, Field: field(tier, name), Err: &money.MismatchError{A: v.first, B: a}}
	}
	return nil
}

// bound checks a number other than 0. The limits are those of package money, and are looked at before
// anything is computed with the number: a decimal may hold 1e2147483647.
func (v *validator) bound(name string, d decimal.Decimal) error {
	if d.Sign() < 0 {
		return fail(ErrNegative, name, "must be above 0")
	}
	if e := d.Exponent(); e <= 0 && e >= -18 && d.NumDigits() <= 18 {
		return nil
	}
	if _, err := money.New(d, v.first.Currency()); err != nil {
		return &Error{Kind: ErrTiers, Field: name, Reason: "out of range", Err: err}
	}
	return nil
}

func (v *validator) limits(p *Price) error {
	if err := v.amount(-1, "minimum", p.Minimum); err != nil {
		return err
	}
	if err := v.amount(-1, "maximum", p.Maximum); err != nil {
		return err
	}
	if !p.Minimum.IsSet() || !p.Maximum.IsSet() {
		return nil
	}
	if c, err := p.Minimum.Cmp(p.Maximum); err != nil || c > 0 {
		return &Error{Kind: ErrFields, Field: "minimum", Reason: "above the maximum", Err: err}
	}
	return nil
}

// field is the JSON name of a field of a tier, or of the price when tier is -1.
func field(tier int, name string) string {
	if tier < 0 {
		return name
	}
	return tierField(tier) + "." + name
}

func tierField(tier int) string { return "tiers[" + strconv.Itoa(tier) + "]" }

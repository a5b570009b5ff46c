package usage

import (
	"cmp"
	"fmt"
	"math/big"
	"slices"

	"github.com/shopspring/decimal"

	"github.com/billhatch/billhatch/money"
	"github.com/billhatch/billhatch/usage/civil"
)

// Target says what a discount is taken from.
type Target uint8

// The targets of a discount.
const (
	OnEverything Target = iota
	OnSeats
	OnFees
	OnMetered
)

var targetNames = []string{"everything", "seats", "fees", "metered"}

// String gives the name as it stands in configuration.
func (t Target) String() string { return nameOf(targetNames, t) }

// MarshalText writes the name.
func (t Target) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// UnmarshalText reads a name; the empty text is [OnEverything].
func (t *Target) UnmarshalText(text []byte) error { return readName(t, targetNames, text) }

// Discount lowers what is owed while it is valid: by a percentage or by a fixed amount. Valid for k of the n days of a
// period, it has k/n of its effect. Discounts are applied in the order in which they are stated, each to what the
// ones before it have left, and never lower anything below zero.
type Discount struct {
	ID      string          `json:"id"`
	Name    string          `json:"name"`
	Percent decimal.Decimal `json:"percent"` // 0 to 100; 0 when Amount is set
	Amount  money.Amount    `json:"amount"`  // per whole period; unset when Percent is not 0
	On      Target          `json:"on"`
	Valid   civil.Span      `json:"valid"` // half-open; an open end is valid until further notice
}

// DiscountDetail says how a discount came to its amount.
type DiscountDetail struct {
	Discount Discount
	Base     money.Amount // what it was taken from
	Days, Of int          // days of the period on which it was valid
	Capped   bool         // the fixed amount was more than there was to lower
}

// Adjustment is a credit (negative) or a charge (positive) of its own, dated on a day.
type Adjustment struct {
	ID     string       `json:"id"`
	Name   string       `json:"name"`
	On     civil.Date   `json:"on"`
	Amount money.Amount `json:"amount"` // whole minor units
}

// Validate tells whether the discount can be applied in a currency.
func (d *Discount) Validate(currency string) error {
	hundred := decimal.New(100, 0)
	switch {
	case d.ID == "":
		return &Error{Kind: ErrDiscount, Detail: "no id"}
	case (d.Percent.Sign() != 0) == d.Amount.IsSet():
		return &Error{Kind: ErrDiscount, Detail: fmt.Sprintf("discount %s needs either a percentage or an amount", cut(d.ID))}
	case int(d.On) >= len(targetNames):
		return &Error{Kind: ErrDiscount, Detail: fmt.Sprintf("discount %s is on nothing that there is", cut(d.ID))}
	case !bounded(d.Percent) || d.Percent.Sign() < 0 || d.Percent.GreaterThan(hundred):
		return &Error{Kind: ErrDiscount, Detail: fmt.Sprintf("discount %s is not between 0 and 100 percent", cut(d.ID))}
	case d.Amount.IsSet() && d.Amount.Sign() < 0:
		return &Error{Kind: ErrDiscount, Detail: fmt.Sprintf("discount %s is negative", cut(d.ID))}
	case d.Amount.IsSet() && d.Amount.Currency() != currency:
		return &Error{Kind: ErrCurrency, Detail: fmt.Sprintf("discount %s is in %s, the plan in %s", cut(d.ID), d.Amount.Currency(), currency)}
	}
	if err := d.Valid.Valid(); err != nil {
		return &Error{Kind: ErrDiscount, Detail: fmt.Sprintf("discount %s: validity", cut(d.ID)), Err: err}
	}
	return nil
}

// bases are the amounts that discounts can still lower.
type bases struct{ seats, fees, metered money.Amount }

// addCharges adds the fees of the account, then discounts, then adjustments.
func (c *computation) addCharges() error {
	ids := map[string]bool{}
	for _, fee := range c.in.Plan.Fees {
		c.st.Charges = append(c.st.Charges, Charge{Key: "fee/" + fee.ID, Kind: ChargeFee, Name: fee.Name, Amount: fee.Amount})
		var err error
		if c.bases.fees, err = c.add(c.bases.fees, fee.Amount); err != nil {
			return err
		}
		if ids["fee/"+fee.ID] {
			return &Error{Kind: ErrDuplicate, Detail: "fee " + cut(fee.ID)}
		}
		ids["fee/"+fee.ID] = true
	}
	for i := range c.in.Discounts {
		d := &c.in.Discounts[i]
		if err := d.Validate(c.in.Plan.Currency); err != nil {
			return err
		}
		if ids["discount/"+d.ID] {
			return &Error{Kind: ErrDuplicate, Detail: "discount " + cut(d.ID)}
		}
		ids["discount/"+d.ID] = true
		if err := c.discount(d); err != nil {
			return err
		}
	}
	return c.adjust()
}

// discount applies one discount to what is left.
func (c *computation) discount(d *Discount) error {
	valid, some := c.in.Period.Span().Intersect(d.Valid)
	if !some {
		return nil
	}
	targets := c.targets(d.On)
	amounts := make([]money.Amount, len(targets))
	for i, t := range targets {
		amounts[i] = *t
	}
	base, err := c.add(amounts...)
	if err != nil {
		return err
	}
	detail := DiscountDetail{Discount: *d, Base: base, Days: valid.Days(), Of: c.in.Period.Days()}
	off, err := c.off(&detail)
	if err != nil {
		return err
	}
	if err := c.lower(targets, base, off); err != nil {
		return err
	}
	c.st.Charges = append(c.st.Charges, Charge{
		Key: "discount/" + d.ID, Kind: ChargeDiscount, Name: d.Name, Amount: off.Neg(), Discount: &detail,
	})
	return nil
}

// off is what a discount takes from its base.
func (c *computation) off(detail *DiscountDetail) (money.Amount, error) {
	d := &detail.Discount
	const hundredth = -2
	var whole *big.Rat
	if d.Amount.IsSet() {
		whole = d.Amount.Rat()
	} else {
		whole = detail.Base.Rat()
		whole.Mul(whole, d.Percent.Shift(hundredth).Rat())
	}
	if detail.Days != detail.Of {
		whole.Mul(whole, big.NewRat(int64(detail.Days), int64(detail.Of)))
	}
	off, err := money.RoundRat(whole, c.in.Plan.Currency, c.in.Plan.Rounding)
	if err != nil {
		return off, &Error{Kind: ErrAmountOutOfRange, Err: err}
	}
	order, err := off.Cmp(detail.Base)
	if err != nil { // guard: both are in the currency of the plan
		return off, &Error{Kind: ErrCurrency, Err: err}
	}
	if order > 0 {
		detail.Capped = true
		return detail.Base, nil
	}
	return off, nil
}

// targets gives the amounts that a discount may lower.
func (c *computation) targets(on Target) []*money.Amount {
	b := &c.bases
	switch on {
	case OnSeats:
		return []*money.Amount{&b.seats}
	case OnFees:
		return []*money.Amount{&b.fees}
	case OnMetered:
		return []*money.Amount{&b.metered}
	default:
		return []*money.Amount{&b.seats, &b.fees, &b.metered}
	}
}

// lower takes an amount off the targets in proportion to what they hold.
func (c *computation) lower(targets []*money.Amount, base, off money.Amount) error {
	if base.IsZero() || off.IsZero() {
		return nil
	}
	weights := make([]int64, len(targets))
	for i, t := range targets {
		minor, err := t.Minor()
		if err != nil {
			return &Error{Kind: ErrAmountOutOfRange, Err: err}
		}
		weights[i] = minor
	}
	parts, err := off.Allocate(weights...)
	if err != nil {
		return &Error{Kind: ErrAmountOutOfRange, Err: err}
	}
	for i, t := range targets {
		if *t, err = t.Sub(parts[i]); err != nil {
			return &Error{Kind: ErrAmountOutOfRange, Err: err}
		}
	}
	return nil
}

// adjust adds the adjustments that are dated inside the period, in order of date and id.
func (c *computation) adjust() error {
	var due []Adjustment
	for _, a := range c.in.Adjustments {
		switch {
		case a.ID == "" || a.On.IsZero():
			return &Error{Kind: ErrDiscount, Detail: fmt.Sprintf("adjustment %q has no id or no date", cut(a.ID))}
		case !a.Amount.IsSet():
			return &Error{Kind: ErrPriceMissing, Detail: "adjustment " + cut(a.ID)}
		case a.Amount.Currency() != c.in.Plan.Currency:
			return &Error{Kind: ErrCurrency, Detail: fmt.Sprintf("adjustment %s is in %s, the plan in %s", cut(a.ID), a.Amount.Currency(), c.in.Plan.Currency)}
		}
		if _, err := a.Amount.Minor(); err != nil {
			return &Error{Kind: ErrDiscount, Detail: fmt.Sprintf("adjustment %s is not in whole minor units", cut(a.ID)), Err: err}
		}
		if c.in.Period.ContainsDate(a.On) {
			due = append(due, a)
		}
	}
	slices.SortStableFunc(due, func(a, b Adjustment) int {
		return cmp.Or(a.On.Compare(b.On), cmp.Compare(a.ID, b.ID))
	})
	for i, a := range due {
		if i > 0 && slices.ContainsFunc(due[:i], func(b Adjustment) bool { return a.ID == b.ID }) {
			return &Error{Kind: ErrDuplicate, Detail: "adjustment " + cut(a.ID)}
		}
		c.st.Charges = append(c.st.Charges, Charge{
			Key: "adjustment/" + a.ID, Kind: ChargeAdjustment, Name: a.Name, Amount: a.Amount, On: a.On,
		})
	}
	return nil
}

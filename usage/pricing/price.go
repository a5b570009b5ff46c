package pricing

import (
	"strconv"

	"github.com/shopspring/decimal"

	"github.com/billhatch/billhatch/money"
)

// Model is how a quantity becomes an amount. The zero Model is none: a price without a model is missing.
type Model int

// The models; the package documentation says what they do.
const (
	Flat      Model = iota + 1 // every unit costs the same
	Graduated                  // every unit costs what its own tier says
	Volume                     // all units cost what one tier says
	Package                    // units are sold in whole packages
)

var modelNames = [...]string{Flat: "flat", Graduated: "graduated", Volume: "volume", Package: "package"}

// String is the text form: "flat", "graduated", "volume" or "package"; "unset" for the zero Model.
func (m Model) String() string {
	switch {
	case m == 0:
		return "unset"
	case m < 0 || int(m) >= len(modelNames):
		return "Model(" + strconv.Itoa(int(m)) + ")"
	}
	return modelNames[m]
}

// MarshalText writes the text form; the zero Model is empty. Errors: [ErrFields] for a number that is no model.
func (m Model) MarshalText() ([]byte, error) {
	switch {
	case m == 0:
		return nil, nil
	case m < 0 || int(m) >= len(modelNames):
		return nil, fail(ErrFields, "model", "unknown")
	}
	return []byte(modelNames[m]), nil
}

// UnmarshalText reads what MarshalText writes. Errors: [ErrFormat]; m is then unchanged.
func (m *Model) UnmarshalText(text []byte) error {
	for i, name := range modelNames {
		if name == string(text) { // the name of the zero Model is empty
			*m = Model(i)
			return nil
		}
	}
	return fail(ErrFormat, "model", "unknown model "+strconv.Quote(clip(string(text))))
}

// Tier is one step of a graduated or volume price. Unit, Flat or both are set. The lower bound of a tier is
// the bound of the one before, which does not belong to it.
type Tier struct {
	UpTo decimal.Decimal // the last quantity that belongs to the tier; 0: no bound, which only the last tier may say
	Unit money.Amount    // for each unit; not set: only the Flat fee is due
	Flat money.Amount    // once for the tier; not set: nothing
}

// Price is what a quantity costs. Which fields are used depends on the Model; the others must not be set.
// The zero Price is "no price", and an error wherever a price is needed.
type Price struct {
	Model Model
	Unit  money.Amount    // Flat: for each unit. Package: for each package
	Tiers []Tier          // Graduated, Volume: ascending. A bound on the last tier makes every quantity above it an error
	Size  decimal.Decimal // Package: units in a package

	Minimum money.Amount // the charge is at least this, also without usage; not set: no minimum
	Maximum money.Amount // the charge is at most this; not set: no maximum

	FlatAtZero bool // Graduated, Volume: the Flat fee is due without usage, too
}

// Currency is the ISO 4217 code of the first amount that is set, "" when none is. In a valid price all amounts
// have it.
func (p Price) Currency() string {
	first, _ := p.firstAmount()
	return first.Currency()
}

// firstAmount is the first amount that is set, and whether there is one.
func (p *Price) firstAmount() (money.Amount, bool) {
	if p.Unit.IsSet() {
		return p.Unit, true
	}
	for i := range p.Tiers {
		switch t := &p.Tiers[i]; {
		case t.Unit.IsSet():
			return t.Unit, true
		case t.Flat.IsSet():
			return t.Flat, true
		}
	}
	if p.Minimum.IsSet() {
		return p.Minimum, true
	}
	return p.Maximum, p.Maximum.IsSet()
}

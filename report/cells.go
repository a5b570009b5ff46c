package report

import (
	"math/big"
	"strings"

	"github.com/shopspring/decimal"

	"github.com/billhatch/billhatch/money"
	"github.com/billhatch/billhatch/report/xlsx"
	"github.com/billhatch/billhatch/usage"
	"github.com/billhatch/billhatch/usage/civil"
)

// price is an amount prepared for many cells.
type price struct {
	set      bool
	unscaled int64
	scale    int
	text     string // instead, when it does not fit
}

// priceOf prepares an amount with any number of digits.
func priceOf(a money.Amount) price {
	if !a.IsSet() {
		return price{}
	}
	d := a.Decimal()
	if c := d.Coefficient(); c.IsInt64() {
		return price{set: true, unscaled: c.Int64(), scale: int(-d.Exponent())}
	}
	return price{set: true, text: numberText(a)}
}

func (p *price) cell(r *xlsx.Row) {
	switch {
	case !p.set:
		r.Blank()
	case p.text != "":
		r.Decimal(p.text)
	default:
		r.Number(p.unscaled, p.scale)
	}
}

// numberText is an amount without its currency.
func numberText(a money.Amount) string {
	if !a.IsSet() {
		return ""
	}
	number, _, _ := strings.Cut(a.String(), " ")
	return number
}

// The bounds of numbers that a cell takes as such; see xlsx.Row.Decimal.
const (
	maxCellDigits = 34
	maxCellPlaces = 18
)

// quantityText writes a quantity out, but not an exponent that is out of all proportion.
func quantityText(d decimal.Decimal) string {
	if exp := d.Exponent(); exp > 64 || exp < -64 {
		return d.Coefficient().String() + "e" + decimal.NewFromInt32(exp).String()
	}
	return d.String()
}

// quantityCell writes a quantity as a number, or as text when a cell cannot take it.
func quantityCell(r *xlsx.Row, d decimal.Decimal) {
	text := quantityText(d)
	_, places, _ := strings.Cut(text, ".")
	if len(text) <= maxCellDigits && len(places) <= maxCellPlaces && !strings.Contains(text, "e") {
		r.Decimal(text)
		return
	}
	r.Text(text)
}

// epoch is the ordinal of the day that spreadsheets count as 0.
const epoch = 693594

// The days that spreadsheets know: 1 March 1900 to 31 December 9999.
const (
	firstSerial = 61
	lastSerial  = 2958465
)

// dateCell writes a civil day; days that spreadsheets do not know stand as text.
func dateCell(r *xlsx.Row, d civil.Date) {
	serial := int(d.Ordinal()) - epoch
	if serial < firstSerial || serial > lastSerial {
		r.Text(d.String())
		return
	}
	r.Day(serial)
}

// last is the last day of a half-open span.
func last(s civil.Span) civil.Date { return s.To.AddDays(-1) }

// unitPlaces is how exactly units are shown.
const unitPlaces = 4

// unitsCell writes the units of a group, rounded unless they are charged in whole numbers.
func unitsCell(r *xlsx.Row, g *usage.GroupStatement) {
	if g.Pricing.IsWhole {
		r.Number(g.Pricing.Whole, 0)
		return
	}
	u := g.Units
	switch {
	case u.Of <= 0:
		r.Number(0, unitPlaces)
	default:
		// (2 * covered * 10^4 + of) / (2 * of), exactly
		n := new(big.Int).Mul(big.NewInt(u.Covered), big.NewInt(20_000))
		n.Add(n, big.NewInt(u.Of))
		n.Quo(n, new(big.Int).Lsh(big.NewInt(u.Of), 1))
		if n.IsInt64() {
			r.Number(n.Int64(), unitPlaces)
		} else {
			r.Text(u.String())
		}
	}
}

// hours rounds seconds to hundredths of an hour.
func hours(seconds int64) int64 { return (seconds + 18) / 36 }

package words

import (
	"math/big"
	"strconv"
	"strings"

	"github.com/shopspring/decimal"

	"github.com/billhatch/billhatch/money"
)

// maxPlaces is how far from the point digits are written out. Beyond it a number is shown with an exponent: nobody reads
// more zeros, and a number of a few bytes must not fill a page.
const maxPlaces = 100

// digits is a number as its digits.
type digits struct {
	negative        bool
	whole, fraction string // whole is at least "0"; fraction has no zeros at its end
	scientific      bool   // whole is complete in itself, with an exponent
}

// digitsOf takes a decimal apart, without settings of package decimal having a say in it.
func digitsOf(d decimal.Decimal) digits {
	exponent := int(d.Exponent())
	out := digits{negative: d.Sign() < 0, whole: magnitude(d)}
	if d.Sign() == 0 || exponent == 0 && len(out.whole) <= maxPlaces {
		return out
	}
	significant := strings.TrimRight(out.whole, "0")
	exponent += len(out.whole) - len(significant)
	switch {
	case exponent > maxPlaces, exponent < -maxPlaces:
		out.whole, out.scientific = significant+"E"+strconv.Itoa(exponent), true
	case exponent >= 0:
		out.whole = significant + strings.Repeat("0", exponent)
	default:
		significant = strings.Repeat("0", max(0, 1-exponent-len(significant))) + significant
		point := len(significant) + exponent
		out.whole, out.fraction = significant[:point], significant[point:]
	}
	return out
}

// magnitude gives the digits of the coefficient without its sign.
func magnitude(d decimal.Decimal) string {
	const fits = 18 // digits that an int64 always has room for
	if d.NumDigits() <= fits {
		return strconv.FormatInt(max(d.CoefficientInt64(), -d.CoefficientInt64()), 10)
	}
	return new(big.Int).Abs(d.Coefficient()).String()
}

// text writes a number with the marks of the language.
func (f *format) text(d digits) string {
	if !d.negative && !f.grouped(d) && d.fraction == "" {
		return d.whole
	}
	var b strings.Builder
	b.Grow(len(f.minus) + len(d.whole)*2 + len(d.fraction) + 2)
	if d.negative {
		b.WriteString(f.minus)
	}
	f.writeMagnitude(&b, d)
	return b.String()
}

// grouped tells whether the whole part is written in groups.
func (f *format) grouped(d digits) bool { return !d.scientific && len(d.whole) >= 3+f.minGroup }

func (f *format) writeMagnitude(b *strings.Builder, d digits) {
	if !f.grouped(d) {
		b.WriteString(d.whole)
	} else {
		first := (len(d.whole)-1)%3 + 1
		b.WriteString(d.whole[:first])
		for i := first; i < len(d.whole); i += 3 {
			b.WriteString(f.group)
			b.WriteString(d.whole[i : i+3])
		}
	}
	if d.fraction != "" {
		b.WriteString(f.decimal)
		b.WriteString(d.fraction)
	}
}

// percent writes a number with the sign of percent.
func (f *format) percent(d digits) string {
	var b strings.Builder
	if d.negative {
		b.WriteString(f.minus)
	}
	b.WriteString(f.percentBefore)
	f.writeMagnitude(&b, d)
	b.WriteString(f.percentAfter)
	return b.String()
}

// unknownLanguage is one that package money does not know.
const unknownLanguage = "und"

// hasMoney tells whether package money knows a language: what it writes then is never what it writes for an unknown one.
func hasMoney(language string) bool {
	a, err := money.New(decimal.New(1, 0), "USD")
	return err == nil && a.Display(language) != a.Display(unknownLanguage)
}

// money writes an amount for a language that package money does not know and writes in plain ASCII: the number gets the
// marks of the language, so that it reads like the other numbers of the page.
func (f *format) money(a money.Amount) string {
	value := strings.ReplaceAll(strings.TrimPrefix(strings.TrimPrefix(a.Display(unknownLanguage), "-"), a.Currency()+" "), ",", "")
	d := digits{negative: a.Sign() < 0}
	d.whole, d.fraction, _ = strings.Cut(value, ".")
	return a.Currency() + "\u00a0" + f.text(d)
}

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
	coefficient, exponent := d.Coefficient(), int(d.Exponent())
	out := digits{negative: coefficient.Sign() < 0, whole: new(big.Int).Abs(coefficient).String()}
	if coefficient.Sign() == 0 {
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

// text writes a number with the marks of the language.
func (f *format) text(d digits) string {
	var b strings.Builder
	if d.negative {
		b.WriteString(f.minus)
	}
	f.writeMagnitude(&b, d)
	return b.String()
}

func (f *format) writeMagnitude(b *strings.Builder, d digits) {
	if d.scientific || len(d.whole) < 3+f.minGroup {
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

// money writes an amount as package money does. Where that does not know the language and writes plain ASCII, the
// number gets the marks of the language, so that it reads like the other numbers of the page.
func (f *format) money(a money.Amount, language string) string {
	const unknown = "und"
	shown := a.Display(language)
	if shown != a.Display(unknown) {
		return shown
	}
	value := strings.ReplaceAll(strings.TrimPrefix(strings.TrimPrefix(shown, "-"), a.Currency()+" "), ",", "")
	d := digits{negative: a.Sign() < 0}
	d.whole, d.fraction, _ = strings.Cut(value, ".")
	return a.Currency() + "\u00a0" + f.text(d)
}

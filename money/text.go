package money

import (
	"fmt"
	"strconv"
)

// String returns the amount as "12.50 USD": plain digits without grouping, padded to the digits of the
// currency, with more decimals where the amount has them. The zero Amount is "no amount".
func (a Amount) String() string {
	if !a.IsSet() {
		return "no amount"
	}
	var buf [numberLen + 4]byte
	return string(a.appendText(buf[:0]))
}

// Format prints the amount for every verb that suits text: %s and %v as [Amount.String], %q quoted, %#v
// as Go source. Width and the minus flag are kept; other verbs report themselves as fmt does.
func (a Amount) Format(f fmt.State, verb rune) {
	s := a.String()
	switch {
	case verb == 'v' && f.Flag('#'):
		s = "money.Amount{}"
		if a.IsSet() {
			s = "money.MustParse(" + strconv.Quote(a.number()) + ", " + strconv.Quote(a.Currency()) + ")"
		}
	case verb == 'q':
		s = strconv.Quote(s)
	case verb != 'v' && verb != 's':
		s = "%!" + string(verb) + "(money.Amount=" + s + ")"
	}
	width, _ := f.Width()
	if f.Flag('-') {
		width = -width
	}
	fmt.Fprintf(f, "%*s", width, s)
}

// MarshalText writes the amount as [Amount.String]. The zero Amount is an [ErrCurrency].
func (a Amount) MarshalText() ([]byte, error) {
	if !a.IsSet() {
		return nil, &CurrencyError{}
	}
	return a.appendText(make([]byte, 0, 24)), nil
}

// UnmarshalText reads a number, one space and a currency code, as "12.50 USD". Errors: [ErrFormat],
// [ErrInvalidNumber], [ErrCurrency]; the amount is then unchanged.
func (a *Amount) UnmarshalText(text []byte) error {
	at := len(text) - 4
	if at < 0 || text[at] != ' ' || len(text) > maxText+4 {
		return &FormatError{Input: clip(string(text)), Reason: "want a number, a space and a currency code"}
	}
	parsed, err := Parse(string(text[:at]), string(text[at+1:]))
	if err != nil {
		return err
	}
	*a = parsed
	return nil
}

// numberLen is the length of the longest number: a sign, 52 digits, a point, 18 decimals.
const numberLen = 1 + maxMagnitude + 1 + maxPlaces

func (a Amount) appendText(b []byte) []byte {
	b = a.appendNumber(b)
	b = append(b, ' ')
	return append(b, a.cur.code()...)
}

func (a Amount) number() string {
	var buf [numberLen]byte
	return string(a.appendNumber(buf[:0]))
}

func (a Amount) appendNumber(b []byte) []byte {
	if a.Sign() < 0 {
		b = append(b, '-')
	}
	var buf [numberLen]byte
	whole, places := a.digits(buf[:0])
	b = append(b, whole...)
	if len(places) > 0 {
		b = append(b, '.')
		b = append(b, places...)
	}
	return b
}

// digits appends the decimal digits of the magnitude to b and cuts them at the point. There is at least
// one digit before the point.
func (a Amount) digits(b []byte) (whole, places []byte) {
	if a.wide != nil {
		b = a.wide.Append(b, 10)
		if b[0] == '-' {
			b = b[1:]
		}
	} else {
		b = strconv.AppendUint(b, magnitude(a.units), 10)
	}
	scale := int(a.scale)
	if short := scale + 1 - len(b); short > 0 {
		n := len(b)
		for range short {
			b = append(b, '0')
		}
		copy(b[short:], b[:n])
		for i := range short {
			b[i] = '0'
		}
	}
	point := len(b) - scale
	return b[:point], b[point:]
}

package money

import (
	"math/big"

	"github.com/shopspring/decimal"
)

// maxText is longer than the longest number within the bounds (52 digits, point, 18 decimals, sign); a
// longer text is refused without being read.
const maxText = 96

// ParseDecimal reads a number from outside. It is written as in JSON, in plain ASCII: an optional minus,
// digits without leading zeros or grouping, optional decimals after a point, and an optional exponent
// from -18 to 18. The value has at most 34 significant digits, 18 decimal places and 52 digits before
// the point. Nothing is computed before these bounds are checked. All errors are [ErrInvalidNumber].
//
// The result is normalised: its exponent is not positive and as near to 0 as it can be.
func ParseDecimal(s string) (decimal.Decimal, error) {
	a, err := parseNumber(s, 0)
	if err != nil {
		return decimal.Decimal{}, err
	}
	return a.Decimal(), nil
}

// parseNumber reads s as an amount of c; with no currency it is a bare number.
func parseNumber(s string, c currency) (Amount, error) {
	if len(s) > maxText {
		return Amount{}, &NumberError{Input: clip(s), Reason: "too long"}
	}
	n, reason := scanNumber(s)
	if reason == "" {
		var a Amount
		if a, reason = n.value(c).fit(); reason == "" {
			return a, nil
		}
	}
	return Amount{}, &NumberError{Input: clip(s), Reason: reason}
}

// scanned is the shape of a number: its digits without the point and the power of ten they count.
type scanned struct {
	digits   [maxText]byte
	count    int    // digits in use, without leading zeros
	head     uint64 // their value while count <= 18
	places   int    // decimal places that were written
	exponent int
	negative bool
}

// scanNumber checks the spelling of s, of at most maxText bytes. The reason is "" when it is right.
func scanNumber(s string) (n scanned, reason string) {
	i := 0
	if i < len(s) && s[i] == '-' {
		n.negative = true
		i++
	}
	from := i
	i = n.take(s, i)
	switch {
	case i == from && s == "":
		return n, "empty"
	case i == from:
		return n, "not a number"
	case i-from > 1 && s[from] == '0':
		return n, "leading zero"
	}
	if i < len(s) && s[i] == '.' {
		from = i + 1
		if i = n.take(s, from); i == from {
			return n, "no digit after the point"
		}
		n.places = i - from
	}
	if i < len(s) && (s[i] == 'e' || s[i] == 'E') {
		if i, reason = n.takeExponent(s, i+1); reason != "" {
			return n, reason
		}
	}
	if i < len(s) {
		return n, "not a number"
	}
	return n, ""
}

// take reads digits from i on and returns the index after them.
func (n *scanned) take(s string, i int) int {
	for ; i < len(s) && s[i] >= '0' && s[i] <= '9'; i++ {
		if n.count == 0 && s[i] == '0' {
			continue
		}
		n.digits[n.count] = s[i]
		n.count++
		if n.count <= 18 {
			n.head = n.head*10 + uint64(s[i]-'0')
		}
	}
	return i
}

func (n *scanned) takeExponent(s string, i int) (int, string) {
	sign := 1
	if i < len(s) && (s[i] == '+' || s[i] == '-') {
		if s[i] == '-' {
			sign = -1
		}
		i++
	}
	from := i
	for ; i < len(s) && s[i] >= '0' && s[i] <= '9'; i++ {
		if n.exponent = n.exponent*10 + int(s[i]-'0'); n.exponent > maxPlaces {
			return i, "exponent beyond 18"
		}
	}
	n.exponent *= sign
	if i == from {
		return i, "no digit in the exponent"
	}
	return i, ""
}

// value returns the number, not yet normalised.
func (n *scanned) value(c currency) Amount {
	a := Amount{scale: int16(n.places - n.exponent), cur: c}
	switch {
	case n.count <= 18 && n.negative:
		a.units = -int64(n.head)
	case n.count <= 18:
		a.units = int64(n.head)
	default:
		a.wide, _ = new(big.Int).SetString(string(n.digits[:n.count]), 10)
		if n.negative {
			a.wide.Neg(a.wide)
		}
	}
	return a
}

package wire

import (
	"math/big"
	"strconv"
	"strings"

	"github.com/shopspring/decimal"

	"github.com/billhatch/billhatch/money"
)

// The bounds of numbers: far beyond what the library computes with, and small enough to compute with.
const (
	maxExponent = 64
	maxBits     = 512
	maxNumber   = 256  // characters of a decimal
	maxRatio    = 1024 // characters of a fraction
)

// Number is a decimal. Its text keeps the places that it has: 1.50 stays 1.50. A positive exponent is written as one.
type Number decimal.Decimal

// NumberOf gives a number that is left out where it is 0.
func NumberOf(d decimal.Decimal) *Number {
	if d.IsZero() {
		return nil
	}
	return (*Number)(&d)
}

// Decimal is the value; 0 where there is none.
func (n *Number) Decimal() decimal.Decimal {
	if n == nil {
		return decimal.Decimal{}
	}
	return decimal.Decimal(*n)
}

// MarshalText writes the number. One that is out of bounds is an error.
func (n Number) MarshalText() ([]byte, error) {
	d := decimal.Decimal(n)
	exp := d.Exponent()
	switch {
	case exp > maxExponent || exp < -maxExponent || d.Coefficient().BitLen() > maxBits:
		return nil, errBounds
	case exp > 0:
		return []byte(d.Coefficient().String() + "e" + strconv.Itoa(int(exp))), nil
	}
	return []byte(d.StringFixed(-exp)), nil
}

// UnmarshalText reads what MarshalText writes.
func (n *Number) UnmarshalText(text []byte) error {
	s := string(text)
	if s == "" || len(s) > maxNumber || strings.Trim(s, "-.e0123456789") != "" {
		return ErrForm
	}
	d, err := decimal.NewFromString(s)
	if err != nil {
		return ErrForm
	}
	again, err := Number(d).MarshalText()
	if err != nil || string(again) != s {
		return ErrForm
	}
	*n = Number(d)
	return nil
}

// Ratio is an exact fraction, "31/3" or "3".
type Ratio big.Rat

// Rat is the value; nil where there is none.
func (r *Ratio) Rat() *big.Rat { return (*big.Rat)(r) }

// MarshalText writes the fraction.
func (r *Ratio) MarshalText() ([]byte, error) {
	text := r.Rat().RatString()
	if len(text) > maxRatio {
		return nil, errBounds
	}
	return []byte(text), nil
}

// UnmarshalText reads what MarshalText writes. It knows no exponents, so that a short text is no long number.
func (r *Ratio) UnmarshalText(text []byte) error {
	s := string(text)
	if len(s) > maxRatio || strings.Trim(s, "-/0123456789") != "" {
		return ErrForm
	}
	num, denom, split := strings.Cut(s, "/")
	if !split {
		denom = "1"
	}
	a, ok1 := new(big.Int).SetString(num, 10)
	b, ok2 := new(big.Int).SetString(denom, 10)
	if !ok1 || !ok2 || b.Sign() <= 0 {
		return ErrForm
	}
	v := new(big.Rat).SetFrac(a, b)
	if v.RatString() != s {
		return ErrForm
	}
	r.Rat().Set(v)
	return nil
}

// Amount is an amount with its currency, "12.50 USD". Tag it omitzero: only an amount that is not set is left out.
type Amount money.Amount

// Money is the amount.
func (a Amount) Money() money.Amount { return money.Amount(a) }

// MarshalText writes the amount.
func (a Amount) MarshalText() ([]byte, error) { return a.Money().MarshalText() }

// UnmarshalText reads what MarshalText writes.
func (a *Amount) UnmarshalText(text []byte) error {
	var v money.Amount
	if v.UnmarshalText(text) != nil || v.String() != string(text) {
		return ErrForm
	}
	*a = Amount(v)
	return nil
}

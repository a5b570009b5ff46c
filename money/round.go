package money

import (
	"math"
	"math/big"
	"math/bits"
	"strconv"
)

// Rounding says which neighbour an inexact value becomes. An unknown value acts as HalfUp.
type Rounding int

// The rounding modes. A tie is a value exactly between two neighbours.
const (
	// HalfUp rounds to the nearer neighbour and ties away from zero: 0.125 to 0.13, -0.125 to -0.13.
	HalfUp Rounding = iota
	// HalfEven rounds to the nearer neighbour and ties to the even one: 0.125 to 0.12, 0.135 to 0.14.
	HalfEven
	// HalfDown rounds to the nearer neighbour and ties toward zero: 0.125 to 0.12.
	HalfDown
	// Up rounds away from zero.
	Up
	// Down rounds toward zero: it cuts.
	Down
	// Ceiling rounds toward plus infinity.
	Ceiling
	// Floor rounds toward minus infinity.
	Floor
)

var roundingNames = [...]string{"half_up", "half_even", "half_down", "up", "down", "ceiling", "floor"}

// String returns the name of the mode, such as "half_up".
func (m Rounding) String() string {
	if m < 0 || int(m) >= len(roundingNames) {
		return "Rounding(" + strconv.Itoa(int(m)) + ")"
	}
	return roundingNames[m]
}

// MarshalText writes the name of the mode. An unknown mode is an [ErrFormat].
func (m Rounding) MarshalText() ([]byte, error) {
	if m < 0 || int(m) >= len(roundingNames) {
		return nil, &FormatError{Input: m.String(), Reason: "unknown rounding mode"}
	}
	return []byte(m.String()), nil
}

// UnmarshalText reads the name of a mode, exactly as String writes it. Any other text is an
// [ErrFormat].
func (m *Rounding) UnmarshalText(text []byte) error {
	for i, name := range roundingNames {
		if name == string(text) {
			*m = Rounding(i)
			return nil
		}
	}
	return &FormatError{Input: clip(string(text)), Reason: "unknown rounding mode"}
}

// away decides for a value between two neighbours whether the one further from zero is taken. Half is
// the comparison of the discarded part with one half; odd and negative describe the nearer-to-zero
// neighbour and the value.
func (m Rounding) away(half int, odd, negative bool) bool {
	switch m {
	case HalfEven:
		return half > 0 || half == 0 && odd
	case HalfDown:
		return half > 0
	case Up:
		return true
	case Down:
		return false
	case Ceiling:
		return !negative
	case Floor:
		return negative
	}
	return half >= 0
}

// Round returns a rounded to the currency's minor unit.
func (a Amount) Round(m Rounding) Amount { return a.RoundTo(a.cur.digits(), m) }

// RoundTo returns a rounded to that many decimal places; negative places round to tens, hundreds and so
// on. Places below -18 count as -18. The result still prints with the currency's digits.
func (a Amount) RoundTo(places int, m Rounding) Amount {
	places = max(places, -maxPlaces)
	drop := int(a.scale) - places
	if drop <= 0 || !a.IsSet() {
		return a
	}
	if a.wide == nil && drop < len(pow10) {
		d := pow10[drop]
		u := magnitude(a.units)
		q, _ := rounded(u/d, u%d, d, a.units < 0, m) // fits, because d is at least 10
		a.units = signed(q, a.units < 0)
	} else {
		a.wide, a.units = roundedBig(a.coefficient(), bigPow10(drop), m), 0
	}
	a.scale = int16(places)
	a, _ = a.fit() // rounding cannot leave the bounds
	return a
}

// MulRat returns a times num/den, computed exactly and rounded once to the currency's minor unit.
// Errors: [ErrCurrency] when a is not set, [ErrInvalidNumber] when den is 0, [ErrOutOfRange].
func (a Amount) MulRat(num, den int64, m Rounding) (Amount, error) {
	switch {
	case !a.IsSet():
		return Amount{}, &CurrencyError{}
	case den == 0:
		return Amount{}, &NumberError{Input: strconv.FormatInt(num, 10) + "/0", Reason: "zero denominator"}
	}
	below := int(a.scale) - a.cur.digits() // digits below the minor unit
	if a.wide == nil {
		over, d := bits.Mul64(magnitude(den), pow10[below])
		hi, lo := bits.Mul64(magnitude(a.units), magnitude(num))
		if over == 0 && hi < d {
			negative := (a.units < 0) != (num < 0) != (den < 0)
			q, r := bits.Div64(hi, lo, d)
			if q, ok := rounded(q, r, d, negative, m); ok {
				return minorAmount(signed(q, negative), a.cur), nil
			}
		}
	}
	n := new(big.Int).Mul(a.coefficient(), big.NewInt(num))
	d := new(big.Int).Mul(big.NewInt(den), bigPow10(below))
	if d.Sign() < 0 {
		n.Neg(n)
		d.Neg(d)
	}
	return bounded(Amount{wide: roundedBig(n, d, m), scale: int16(a.cur.digits()), cur: a.cur})
}

// RoundRat rounds an exact fraction once to the minor unit of a currency. Errors: [ErrCurrency],
// [ErrInvalidNumber] when v is nil, [ErrOutOfRange].
func RoundRat(v *big.Rat, currency string, m Rounding) (Amount, error) {
	c, err := find(currency)
	if err != nil {
		return Amount{}, err
	}
	if v == nil {
		return Amount{}, &NumberError{Reason: "no fraction"}
	}
	num, den := v.Num(), v.Denom()
	if num.IsInt64() && den.IsUint64() {
		d := den.Uint64()
		hi, lo := bits.Mul64(magnitude(num.Int64()), pow10[c.digits()])
		if hi < d {
			q, r := bits.Div64(hi, lo, d)
			if q, ok := rounded(q, r, d, num.Sign() < 0, m); ok {
				return minorAmount(signed(q, num.Sign() < 0), c), nil
			}
		}
	}
	if num.BitLen()-den.BitLen() > 4*maxMagnitude {
		return Amount{}, &RangeError{Reason: reasonMagnitude}
	}
	n := new(big.Int).Mul(num, bigPow10(c.digits()))
	return bounded(Amount{wide: roundedBig(n, den, m), scale: int16(c.digits()), cur: c})
}

// rounded returns the rounded quotient of magnitudes, given the cut quotient q and its remainder r by d.
// It reports false when the result does not fit in int64.
func rounded(q, r, d uint64, negative bool, m Rounding) (uint64, bool) {
	if r != 0 {
		half := 0
		switch rest := d - r; {
		case r > rest:
			half = 1
		case r < rest:
			half = -1
		}
		if q <= math.MaxInt64 && m.away(half, q&1 == 1, negative) {
			q++
		}
	}
	return q, q <= math.MaxInt64
}

// roundedBig is rounded without a limit; d is positive, the arguments are not changed.
func roundedBig(n, d *big.Int, m Rounding) *big.Int {
	q, r := new(big.Int).QuoRem(n, d, new(big.Int))
	if r.Sign() == 0 {
		return q
	}
	negative := n.Sign() < 0
	r.Abs(r)
	half := r.Lsh(r, 1).Cmp(d)
	if m.away(half, q.Bit(0) == 1, negative) {
		step := int64(1)
		if negative {
			step = -1
		}
		q.Add(q, big.NewInt(step))
	}
	return q
}

package money

import (
	"cmp"
	"math"
	"math/big"
	"math/bits"

	"github.com/shopspring/decimal"
)

// Add returns a + b, exact. Errors: [ErrMismatch], [ErrCurrency] when either is not set,
// [ErrOutOfRange].
func (a Amount) Add(b Amount) (Amount, error) {
	if err := sameCurrency(a, b); err != nil {
		return Amount{}, err
	}
	if x, y, scale, ok := aligned(a, b); ok {
		if sum := x + y; (x^sum)&(y^sum) >= 0 {
			return bounded(Amount{units: sum, scale: scale, cur: a.cur})
		}
	}
	x, y, scale := alignedWide(a, b)
	return bounded(Amount{wide: new(big.Int).Add(x, y), scale: scale, cur: a.cur})
}

// Sub returns a - b, exact. Errors as [Amount.Add].
func (a Amount) Sub(b Amount) (Amount, error) {
	if err := sameCurrency(a, b); err != nil {
		return Amount{}, err
	}
	return a.Add(b.Neg())
}

// Neg returns -a. It is the zero Amount when a is not set.
func (a Amount) Neg() Amount {
	if a.wide == nil && a.units != math.MinInt64 {
		a.units = -a.units
		return a
	}
	a.wide, a.units = new(big.Int).Neg(a.coefficient()), 0
	if a.wide.IsInt64() {
		a.units, a.wide = a.wide.Int64(), nil
	}
	return a
}

// Cmp returns -1, 0 or +1 as a is less than, equal to or more than b. Errors: [ErrMismatch],
// [ErrCurrency] when either is not set.
func (a Amount) Cmp(b Amount) (int, error) {
	if err := sameCurrency(a, b); err != nil {
		return 0, err
	}
	if x, y, _, ok := aligned(a, b); ok {
		return cmp.Compare(x, y), nil
	}
	x, y, _ := alignedWide(a, b)
	return x.Cmp(y), nil
}

// Equal tells whether both have the same currency and value, or are both not set.
func (a Amount) Equal(b Amount) bool {
	if a.cur != b.cur || a.scale != b.scale || a.units != b.units {
		return false
	}
	if a.wide == nil || b.wide == nil {
		return a.wide == b.wide
	}
	return a.wide.Cmp(b.wide) == 0
}

// Mul returns a times f, exact and not rounded. Errors: [ErrCurrency] when a is not set,
// [ErrOutOfRange] when f or the product is beyond the bounds of the package; for shares use
// [Amount.MulRat], which needs no exact product.
func (a Amount) Mul(f decimal.Decimal) (Amount, error) {
	if !a.IsSet() {
		return Amount{}, &CurrencyError{}
	}
	b, err := fromDecimal(f, 0)
	if err != nil {
		return Amount{}, err
	}
	p := Amount{scale: a.scale + b.scale, cur: a.cur}
	if a.wide == nil && b.wide == nil {
		hi, lo := bits.Mul64(magnitude(a.units), magnitude(b.units))
		if hi == 0 && lo <= math.MaxInt64 {
			p.units = signed(lo, a.units < 0 != (b.units < 0))
			return bounded(p)
		}
	}
	p.wide = new(big.Int).Mul(a.coefficient(), b.coefficient())
	return bounded(p)
}

// Sum adds amounts of one currency; without amounts it is 0. Errors as [Amount.Add].
func Sum(currency string, amounts ...Amount) (Amount, error) {
	total, err := Zero(currency)
	if err != nil {
		return Amount{}, err
	}
	for _, a := range amounts {
		if total, err = total.Add(a); err != nil {
			return Amount{}, err
		}
	}
	return total, nil
}

func sameCurrency(a, b Amount) error {
	switch {
	case a.cur == 0 || b.cur == 0:
		return &CurrencyError{}
	case a.cur != b.cur:
		return &MismatchError{A: a, B: b}
	}
	return nil
}

// bounded is fit with the error of the package.
func bounded(a Amount) (Amount, error) {
	if a.wide == nil && int(a.scale) == a.cur.digits() {
		return a, nil
	}
	a, reason := a.fit()
	if reason != "" {
		return Amount{}, &RangeError{Reason: reason}
	}
	return a, nil
}

// aligned returns both values at one scale when that is possible in int64.
func aligned(a, b Amount) (x, y int64, scale int16, ok bool) {
	if a.wide != nil || b.wide != nil {
		return 0, 0, 0, false
	}
	x, y = a.units, b.units
	switch {
	case a.scale < b.scale:
		x, ok = scaled(x, b.scale-a.scale)
		return x, y, b.scale, ok
	case a.scale > b.scale:
		y, ok = scaled(y, a.scale-b.scale)
		return x, y, a.scale, ok
	}
	return x, y, a.scale, true
}

// scaled returns x times 10^n when it fits.
func scaled(x int64, n int16) (int64, bool) {
	hi, lo := bits.Mul64(magnitude(x), pow10[n])
	if hi != 0 || lo > math.MaxInt64 {
		return 0, false
	}
	return signed(lo, x < 0), true
}

// alignedWide is aligned without a limit. The results must not be written to.
func alignedWide(a, b Amount) (x, y *big.Int, scale int16) {
	x, y = a.coefficient(), b.coefficient()
	switch {
	case a.scale < b.scale:
		return new(big.Int).Mul(x, bigPow10(int(b.scale-a.scale))), y, b.scale
	case a.scale > b.scale:
		return x, new(big.Int).Mul(y, bigPow10(int(a.scale-b.scale))), a.scale
	}
	return x, y, a.scale
}

// signed returns a magnitude of at most MaxInt64 with its sign.
func signed(magnitude uint64, negative bool) int64 {
	if negative {
		return -int64(magnitude)
	}
	return int64(magnitude)
}

package money

import (
	"math"
	"math/big"

	"github.com/shopspring/decimal"
)

// The bounds of every amount and of every parsed number.
const (
	maxDigits    = 34 // significant digits
	maxPlaces    = 18 // decimal places
	maxMagnitude = 52 // digits before the decimal point
)

// Reasons of errors about the bounds.
const (
	reasonDigits    = "more than 34 digits"
	reasonPlaces    = "more than 18 decimal places"
	reasonMagnitude = "more than 52 digits before the decimal point"
	reasonInt64     = "minor units do not fit in int64"
)

// Amount is an exact amount of money in one currency. It is immutable and normalised: two amounts that
// are equal have the same representation, also for reflect.DeepEqual. Compare with [Amount.Equal].
//
// The zero Amount is "no amount": [Amount.IsSet] is false and arithmetic with it is an [ErrCurrency].
type Amount struct {
	// The value is units / 10^scale, or wide / 10^scale when wide is set. Wide is only set beyond int64
	// and is never written to. Scale is the smallest that is exact and not below the currency's digits.
	wide  *big.Int
	units int64
	scale int16
	cur   currency
}

// New makes an amount of v in an ISO 4217 currency. It is exact: v may have more decimals than the
// currency's minor unit. Errors: [ErrCurrency], and [ErrOutOfRange] for a value beyond the bounds of the
// package, which is found before any arithmetic on it.
func New(v decimal.Decimal, currency string) (Amount, error) {
	c, err := find(currency)
	if err != nil {
		return Amount{}, err
	}
	return fromDecimal(v, c)
}

// Parse reads a number (see [ParseDecimal]) as an amount in an ISO 4217 currency. Errors:
// [ErrCurrency], [ErrInvalidNumber].
func Parse(value, currency string) (Amount, error) {
	c, err := find(currency)
	if err != nil {
		return Amount{}, err
	}
	return parseNumber(value, c)
}

// MustParse is [Parse] for constants and tests: it panics on an error. Never give it input.
func MustParse(value, currency string) Amount {
	a, err := Parse(value, currency)
	if err != nil {
		panic(err)
	}
	return a
}

// FromMinor makes an amount of units of the currency's ISO 4217 minor unit (1250 USD is 12.50 USD, 1250
// JPY is 1250 JPY). Errors: [ErrCurrency].
func FromMinor(units int64, currency string) (Amount, error) {
	c, err := find(currency)
	if err != nil {
		return Amount{}, err
	}
	return minorAmount(units, c), nil
}

// Zero returns 0 in a currency. Errors: [ErrCurrency].
func Zero(currency string) (Amount, error) { return FromMinor(0, currency) }

// Currency returns the ISO 4217 code, or "" when the amount is not set.
func (a Amount) Currency() string { return a.cur.code() }

// IsSet tells an amount from the zero Amount, which is none. 0.00 USD is set.
func (a Amount) IsSet() bool { return a.cur != 0 }

// IsZero tells whether the amount is set and its value is 0. It is false for the zero Amount, so a
// missing figure never reads as "nothing to pay". (Do not use the omitzero tag on an Amount.)
func (a Amount) IsZero() bool { return a.IsSet() && a.Sign() == 0 }

// Sign returns -1, 0 or +1. It is 0 when the amount is not set.
func (a Amount) Sign() int {
	switch {
	case a.wide != nil:
		return a.wide.Sign()
	case a.units < 0:
		return -1
	case a.units > 0:
		return 1
	}
	return 0
}

// Decimal returns the value without its currency; the exponent is minus the decimal places that
// [Amount.String] prints. It is 0 when the amount is not set: ask [Amount.IsSet] first.
func (a Amount) Decimal() decimal.Decimal {
	if a.wide != nil {
		return decimal.NewFromBigInt(a.wide, -int32(a.scale))
	}
	return decimal.New(a.units, -int32(a.scale))
}

// Rat returns the value as a fraction that the caller may change. It is 0 when the amount is not set:
// ask [Amount.IsSet] first.
func (a Amount) Rat() *big.Rat {
	if a.wide != nil {
		return new(big.Rat).SetFrac(a.wide, bigPow10(int(a.scale)))
	}
	return big.NewRat(a.units, int64(pow10[a.scale]))
}

// Minor returns the exact number of minor units (12.50 USD is 1250). Errors: [ErrCurrency] when the
// amount is not set, [ErrInexact] when it has digits below the minor unit, [ErrOutOfRange] beyond int64.
func (a Amount) Minor() (int64, error) {
	switch {
	case !a.IsSet():
		return 0, &CurrencyError{}
	case int(a.scale) > a.cur.digits():
		return 0, &InexactError{Amount: a}
	case a.wide != nil:
		return 0, &RangeError{Reason: reasonInt64}
	}
	return a.units, nil
}

// find is lookup with the error of the package.
func find(code string) (currency, error) {
	c, ok := lookup(code)
	if !ok {
		return 0, &CurrencyError{Code: clip(code)}
	}
	return c, nil
}

func minorAmount(units int64, c currency) Amount {
	return Amount{units: units, scale: int16(c.digits()), cur: c}
}

// fromDecimal bounds v before it computes with it: a decimal may hold 1e2147483647.
func fromDecimal(v decimal.Decimal, c currency) (Amount, error) {
	const spare = 128 // digits and zeros that are worth looking at before they are counted exactly
	if v.Sign() == 0 {
		return minorAmount(0, c), nil
	}
	exp := v.Exponent()
	switch {
	case exp > maxMagnitude:
		return Amount{}, &RangeError{Reason: reasonMagnitude}
	case exp < -spare:
		return Amount{}, &RangeError{Reason: reasonPlaces}
	}
	coef := v.Coefficient()
	if coef.BitLen() > 4*spare {
		return Amount{}, &RangeError{Reason: reasonDigits}
	}
	a, reason := Amount{wide: coef, scale: int16(-exp), cur: c}.fit()
	if reason != "" {
		return Amount{}, &RangeError{Reason: reason}
	}
	return a, nil
}

// fit normalises a value whose scale may be anything and whose wide, if set, is owned by the caller. The
// reason is "" when the result is within the bounds. With no currency the scale is the smallest that is
// not negative.
func (a Amount) fit() (Amount, string) {
	least := int16(a.cur.digits())
	if a.wide != nil && a.wide.IsInt64() {
		a.units, a.wide = a.wide.Int64(), nil
	}
	if a.wide == nil {
		a = a.fitSmall(least)
		if a.wide == nil {
			if a.scale > maxPlaces {
				return Amount{}, reasonPlaces
			}
			return a, ""
		}
	}
	return a.fitWide(least)
}

// fitSmall brings the scale of a value in int64 to what it should be; the value becomes wide when it has
// to grow beyond int64.
func (a Amount) fitSmall(least int16) Amount {
	for a.scale > least && a.units%10 == 0 {
		if a.units == 0 {
			a.scale = least
			return a
		}
		a.units /= 10
		a.scale--
	}
	for a.scale < least {
		if a.units > math.MaxInt64/10 || a.units < math.MinInt64/10 {
			a.wide, a.units = big.NewInt(a.units), 0
			return a
		}
		a.units *= 10
		a.scale++
	}
	return a
}

// fitWide does the same beyond int64 and checks the bounds, on the decimal digits.
func (a Amount) fitWide(least int16) (Amount, string) {
	if a.scale < least {
		a.wide = new(big.Int).Mul(a.wide, bigPow10(int(least-a.scale)))
		a.scale = least
	}
	var buf [192]byte
	text := a.wide.Append(buf[:0], 10)
	if text[0] == '-' {
		text = text[1:]
	}
	zeros := 0
	for zeros < len(text)-1 && text[len(text)-1-zeros] == '0' {
		zeros++
	}
	if cut := min(zeros, int(a.scale-least)); cut > 0 {
		a.wide = new(big.Int).Quo(a.wide, bigPow10(cut))
		a.scale -= int16(cut)
		zeros -= cut
		text = text[:len(text)-cut]
	}
	switch {
	case a.scale > maxPlaces:
		return Amount{}, reasonPlaces
	case len(text)-int(a.scale) > maxMagnitude:
		return Amount{}, reasonMagnitude
	case len(text)-zeros > maxDigits:
		return Amount{}, reasonDigits
	}
	if a.wide.IsInt64() {
		a.units, a.wide = a.wide.Int64(), nil
	}
	return a, ""
}

// pow10 are the powers of ten that fit in 64 bits.
var pow10 = [...]uint64{
	1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9,
	1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19,
}

func bigPow10(n int) *big.Int {
	if n < len(pow10) {
		return new(big.Int).SetUint64(pow10[n])
	}
	return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil)
}

// coefficient returns the value times 10^scale; the caller must not write to it.
func (a Amount) coefficient() *big.Int {
	if a.wide != nil {
		return a.wide
	}
	return big.NewInt(a.units)
}

// magnitude is the absolute value of x; it is right for the smallest int64 too.
func magnitude(x int64) uint64 {
	if x < 0 {
		return -uint64(x)
	}
	return uint64(x)
}

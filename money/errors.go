package money

import (
	"errors"
	"strconv"
	"strings"
)

// The kinds of error of this package, for errors.Is.
var (
	// ErrCurrency: the code is not an upper-case ISO 4217 code with a minor unit, or an amount without
	// a currency (the zero Amount) was used. See [CurrencyError].
	ErrCurrency = errors.New("money: invalid currency")
	// ErrInvalidNumber: the text is not a number within the bounds of the package. See [NumberError].
	ErrInvalidNumber = errors.New("money: invalid number")
	// ErrFormat: the JSON or text around number and code has the wrong shape. See [FormatError].
	ErrFormat = errors.New("money: malformed amount")
	// ErrMismatch: the operands have different currencies. See [MismatchError].
	ErrMismatch = errors.New("money: currencies differ")
	// ErrInexact: the amount is not a whole number of minor units. See [InexactError].
	ErrInexact = errors.New("money: amount has digits below the minor unit")
	// ErrOutOfRange: the value is beyond the bounds of the package, or of int64 where minor units are
	// asked for. See [RangeError].
	ErrOutOfRange = errors.New("money: amount out of range")
	// ErrWeights: weights that cannot share an amount. See [WeightsError].
	ErrWeights = errors.New("money: invalid weights")
)

// CurrencyError is an [ErrCurrency] with the refused code; the code is "" when an amount had none.
type CurrencyError struct{ Code string }

func (e *CurrencyError) Error() string {
	if e.Code == "" {
		return "money: no currency"
	}
	return "money: invalid currency " + strconv.Quote(clip(e.Code))
}

// Unwrap returns [ErrCurrency].
func (e *CurrencyError) Unwrap() error { return ErrCurrency }

// NumberError is an [ErrInvalidNumber] with the refused text, cut to 40 runes, and the reason.
type NumberError struct{ Input, Reason string }

func (e *NumberError) Error() string {
	return "money: invalid number " + strconv.Quote(e.Input) + ": " + e.Reason
}

// Unwrap returns [ErrInvalidNumber].
func (e *NumberError) Unwrap() error { return ErrInvalidNumber }

// FormatError is an [ErrFormat] with the refused text, cut to 40 runes, and the reason.
type FormatError struct{ Input, Reason string }

func (e *FormatError) Error() string {
	return "money: malformed amount " + strconv.Quote(e.Input) + ": " + e.Reason
}

// Unwrap returns [ErrFormat].
func (e *FormatError) Unwrap() error { return ErrFormat }

// MismatchError is an [ErrMismatch] with both operands.
type MismatchError struct{ A, B Amount }

func (e *MismatchError) Error() string {
	return "money: " + e.A.String() + " and " + e.B.String() + " differ in currency"
}

// Unwrap returns [ErrMismatch].
func (e *MismatchError) Unwrap() error { return ErrMismatch }

// InexactError is an [ErrInexact] with the amount.
type InexactError struct{ Amount Amount }

func (e *InexactError) Error() string {
	return "money: " + e.Amount.String() + " has digits below the minor unit"
}

// Unwrap returns [ErrInexact].
func (e *InexactError) Unwrap() error { return ErrInexact }

// RangeError is an [ErrOutOfRange] with the bound that was broken.
type RangeError struct{ Reason string }

func (e *RangeError) Error() string { return "money: amount out of range: " + e.Reason }

// Unwrap returns [ErrOutOfRange].
func (e *RangeError) Unwrap() error { return ErrOutOfRange }

// WeightsError is an [ErrWeights]; Index is the position of the bad weight, or -1 when all of them
// together are wrong.
type WeightsError struct {
	Index  int
	Reason string
}

func (e *WeightsError) Error() string {
	if e.Index < 0 {
		return "money: invalid weights: " + e.Reason
	}
	return "money: invalid weight at " + strconv.Itoa(e.Index) + ": " + e.Reason
}

// Unwrap returns [ErrWeights].
func (e *WeightsError) Unwrap() error { return ErrWeights }

// clip copies the first 40 runes of s, so that input can neither make a message long nor be kept alive
// by it.
func clip(s string) string {
	const limit = 40
	n := 0
	for i := range s {
		if n == limit {
			return s[:i] + "…"
		}
		n++
	}
	return strings.Clone(s)
}

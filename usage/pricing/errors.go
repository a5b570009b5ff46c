package pricing

import (
	"errors"
	"fmt"
)

// The kinds of error of this package, for errors.Is. Each comes as an [*Error].
var (
	// ErrPrice: the price cannot be used. All errors of [Price.Validate] are this and one of the next five.
	ErrPrice = errors.New("pricing: invalid price")
	// ErrMissing: the model, a unit price, the tiers or the package size is not set.
	ErrMissing = fmt.Errorf("%w: missing", ErrPrice)
	// ErrNegative: a price, a fee or a bound is below zero.
	ErrNegative = fmt.Errorf("%w: negative", ErrPrice)
	// ErrTiers: the bounds of the tiers do not ascend, a tier before the last has none, or a bound or the package
	// size is out of range.
	ErrTiers = fmt.Errorf("%w: tiers", ErrPrice)
	// ErrMixed: the amounts of one price have different currencies. It is money.ErrMismatch too.
	ErrMixed = fmt.Errorf("%w: currencies are mixed", ErrPrice)
	// ErrFields: a field is set that the model does not use, or the minimum is above the maximum.
	ErrFields = fmt.Errorf("%w: fields contradict each other", ErrPrice)

	// ErrQuantity: the quantity is missing, negative, or above the last tier of a price whose last tier is bounded.
	ErrQuantity = errors.New("pricing: invalid quantity")
	// ErrNoUnit: no single unit price applies; use [Price.Charge].
	ErrNoUnit = errors.New("pricing: no single unit price")
	// ErrFormat: the JSON is not that of a price.
	ErrFormat = errors.New("pricing: malformed price")
)

// Error says which field was refused and why.
type Error struct {
	Kind   error  // one of the kinds above other than ErrPrice
	Field  string // as in JSON, such as "tiers[1].unit"; "" for the price as a whole
	Reason string
	Err    error // a cause, or nil
}

func (e *Error) Error() string {
	s := e.Kind.Error()
	if e.Field != "" {
		s += ": " + e.Field
	}
	if e.Reason != "" {
		s += ": " + e.Reason
	}
	if e.Err != nil {
		s += ": " + clipTo(e.Err.Error(), 200) // encoding/json repeats what it was given
	}
	return s
}

// Unwrap returns the kind and the cause.
func (e *Error) Unwrap() []error {
	if e.Err == nil {
		return []error{e.Kind}
	}
	return []error{e.Kind, e.Err}
}

func fail(kind error, field, reason string) error {
	return &Error{Kind: kind, Field: field, Reason: reason}
}

// clip cuts s to 40 runes, so that a message cannot be made long by its input.
func clip(s string) string { return clipTo(s, 40) }

func clipTo(s string, limit int) string {
	n := 0
	for i := range s {
		if n == limit {
			return s[:i] + "…"
		}
		n++
	}
	return s
}

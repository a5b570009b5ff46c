package civil

import (
	"errors"
	"strconv"
)

// The kinds of error of this package, for errors.Is. Each comes as an [*Error].
var (
	// ErrDate: the text or the numbers are not a day in the years 1 to 9999.
	ErrDate = errors.New("civil: invalid date")
	// ErrPeriod: the period, span, month or cycle has no days, ends before it begins, lacks an end, or
	// leaves the years 1 to 9999.
	ErrPeriod = errors.New("civil: invalid period")
	// ErrZone: the time zone is missing, is the zone of this machine, or is not in the IANA database.
	ErrZone = errors.New("civil: invalid time zone")
)

// Error is one of the kinds above with what was refused and why.
type Error struct {
	Kind   error  // ErrDate, ErrPeriod or ErrZone
	Value  string // the offending text, cut to 40 runes
	Reason string
	Err    error // a cause, or nil
}

func (e *Error) Error() string {
	return e.Kind.Error() + " " + strconv.Quote(e.Value) + ": " + e.Reason
}

// Unwrap returns the kind and the cause.
func (e *Error) Unwrap() []error {
	if e.Err == nil {
		return []error{e.Kind}
	}
	return []error{e.Kind, e.Err}
}

func fail(kind error, value, reason string) error {
	return &Error{Kind: kind, Value: clip(value), Reason: reason}
}

// clip cuts s to 40 runes, so that a message cannot be made long by its input.
func clip(s string) string {
	const limit = 40
	n := 0
	for i := range s {
		if n == limit {
			return s[:i] + "…"
		}
		n++
	}
	return s
}

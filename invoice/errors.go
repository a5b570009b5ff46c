package invoice

import "errors"

// The kinds of errors of this package, for errors.Is.
var (
	ErrNotFinal      = errors.New("statement is not final")
	ErrTotals        = errors.New("totals do not add up")
	ErrLines         = errors.New("too many lines")
	ErrNegativeTotal = errors.New("total is negative")
	ErrTerms         = errors.New("invalid payment terms")
)

// Error says which kind of error it is and what exactly was wrong.
type Error struct {
	Kind   error // one of the sentinels
	Detail string
	Err    error // the cause, if there is one
}

// Error gives the kind and the detail.
func (e *Error) Error() string {
	msg := "invoice: " + e.Kind.Error()
	if e.Detail != "" {
		msg += ": " + e.Detail
	}
	if e.Err != nil {
		msg += ": " + e.Err.Error()
	}
	return msg
}

// Unwrap gives the kind and the cause, so that errors.Is finds both.
func (e *Error) Unwrap() []error {
	if e.Err == nil {
		return []error{e.Kind}
	}
	return []error{e.Kind, e.Err}
}

package pdf

import "errors"

// The kinds of errors of this package, for errors.Is.
var (
	ErrOptions  = errors.New("invalid options")
	ErrFace     = errors.New("unusable face")
	ErrLogo     = errors.New("unusable logo")
	ErrInvoice  = errors.New("invoice cannot be printed")
	ErrTooLarge = errors.New("document is too large")
	ErrEngine   = errors.New("drawing failed")
	ErrWrite    = errors.New("writing failed")
)

// Error says which kind of error it is and what exactly was wrong. Its text holds no name, address or amount.
type Error struct {
	Kind   error // one of the sentinels
	Detail string
	Err    error // the cause, if there is one
}

// Error gives the kind, the detail and the cause.
func (e *Error) Error() string {
	msg := "pdf: " + e.Kind.Error()
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

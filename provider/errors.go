package provider

import (
	"errors"
	"time"
)

// The closed set of error kinds, for errors.Is.
var (
	ErrNotFound      = errors.New("not found")           // absent, or not the caller's to see: the two look the same
	ErrInvalid       = errors.New("invalid")             // the request can never work
	ErrConflict      = errors.New("conflict")            // somebody else changed it meanwhile
	ErrUnsupported   = errors.New("not supported")       // the ability is missing for this account
	ErrInvalidCursor = errors.New("invalid page cursor") // not ours, or of another customer, account or filter
	ErrRateLimited   = errors.New("rate limited")        // too many requests; see Error.RetryAfter
	ErrUnavailable   = errors.New("unavailable")         // for now; reading may be tried again
	ErrTimeout       = errors.New("timed out")           // no answer in time
	ErrUnknown       = errors.New("outcome unknown")     // a write may or may not have happened: look before trying again
	ErrNotConfigured = errors.New("not configured")      // there is no billing for this account yet
	ErrMisconfigured = errors.New("misconfigured")       // the provider's configuration needs attention
	ErrForeign       = errors.New("foreign object")      // the provider answered with another customer, currency or mode
	ErrSyncing       = errors.New("still synchronising") // recipients are not there yet
	ErrNoDocument    = errors.New("no document")         // there is no PDF to be had
	ErrTooLarge      = errors.New("too large")           // a document beyond its limit
	ErrNotPDF        = errors.New("not a pdf")           // a document that is something else
	ErrSignature     = errors.New("invalid signature")   // a webhook that cannot be trusted
	ErrIncomplete    = errors.New("incomplete")          // usage, price or currency is missing
)

var kinds = []error{
	ErrNotFound, ErrInvalid, ErrConflict, ErrUnsupported, ErrInvalidCursor, ErrRateLimited, ErrUnavailable, ErrTimeout,
	ErrUnknown, ErrNotConfigured, ErrMisconfigured, ErrForeign, ErrSyncing, ErrNoDocument, ErrTooLarge, ErrNotPDF,
	ErrSignature, ErrIncomplete,
}

// Kinds gives the closed set of error kinds.
func Kinds() []error { return append([]error(nil), kinds...) }

// Kind gives the one kind of an error: that of the outermost [Error], whatever its cause is. It is nil when the error is
// not of the set.
func Kind(err error) error {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	for _, kind := range kinds {
		if errors.Is(err, kind) {
			return kind
		}
	}
	return nil
}

// IsKind tells whether the one kind of an error is the given one. Unlike errors.Is it does not look at causes.
func IsKind(err, kind error) bool {
	return err != nil && Kind(err) == kind //nolint:errorlint // Kind has unwrapped it
}

// Error is what every method of a provider returns when it fails.
type Error struct {
	Op         string        // the method, such as "Invoices"
	Kind       error         // one of the sentinels
	Field      string        // ErrInvalid: which field, such as "email"
	Message    string        // safe to show and to log; may be empty
	RequestID  string        // of the provider, for its support; may be empty
	RetryAfter time.Duration // ErrRateLimited: when to try again; 0: not told
	Err        error         // the cause: found by errors.As, never printed
}

// Error gives the operation, the kind and the safe message. The cause is left out, because nobody vouches for its text.
func (e *Error) Error() string {
	msg := "provider: "
	if e.Op != "" {
		msg += e.Op + ": "
	}
	msg += e.Kind.Error()
	if e.Field != "" {
		msg += ": " + e.Field
	}
	if e.Message != "" {
		msg += ": " + e.Message
	}
	if e.RequestID != "" {
		msg += " (request " + e.RequestID + ")"
	}
	return msg
}

// Unwrap gives the kind and the cause.
func (e *Error) Unwrap() []error {
	if e.Err == nil {
		return []error{e.Kind}
	}
	return []error{e.Kind, e.Err}
}

// NotFound is the one way to say that something does not exist or is not the caller's to see.
func NotFound(op string) error { return &Error{Op: op, Kind: ErrNotFound} }

// RetryAfter tells how long a rate-limited caller should wait; 0 when the error does not tell.
func RetryAfter(err error) time.Duration {
	var e *Error
	if errors.As(err, &e) && errors.Is(e.Kind, ErrRateLimited) {
		return e.RetryAfter
	}
	return 0
}

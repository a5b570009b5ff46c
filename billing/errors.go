package billing

import (
	"errors"
	"time"

	"github.com/billhatch/billhatch/provider"
)

// The kinds of errors that the facade adds to those of package provider, for errors.Is.
var (
	ErrForbidden        = errors.New("forbidden")                 // an act that the role may not do in its own account
	ErrNotFound         = provider.ErrNotFound                    // absent, or not the caller's: the two look the same
	ErrAuditUnavailable = errors.New("audit trail unavailable")   // an audited act that did not happen for that reason
	ErrAuthority        = errors.New("authority unavailable")     // role or assignment could not be looked up: denied for now
	ErrConfirmation     = errors.New("confirmation needed")       // the portal was not confirmed, or too long ago
	ErrSharedEmail      = errors.New("address is used elsewhere") // another customer has the same billing email (O5)
	ErrConfig           = errors.New("invalid configuration")     // New
)

// Error is what every operation returns when it fails. Its text holds nothing that the principal may not see.
type Error struct {
	Op      string // the operation, such as "Invoices"; empty for not found, which always looks the same
	Kind    error  // a sentinel of this package, of provider or of usage
	Field   string // which field of the request is wrong; may be empty
	Message string // safe to show; may be empty
	// RetryAfter tells a rate-limited caller when to try again; 0: not told.
	RetryAfter time.Duration
	Err        error // the cause: found by errors.As, never printed
}

// Error gives the operation, the kind, the field and the safe message.
func (e *Error) Error() string {
	msg := "billing: "
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
	return msg
}

// Unwrap gives the kind and the cause.
func (e *Error) Unwrap() []error {
	if e.Err == nil {
		return []error{e.Kind}
	}
	return []error{e.Kind, e.Err}
}

// Kind gives the one kind of an error of this package: what a host maps to a status. It is nil for other errors. Unlike
// errors.Is it does not look at causes: an authority that failed because something was not found is ErrAuthority.
func Kind(err error) error {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return nil
}

// kindOf is the kind of an error of this package, or else of package provider.
func kindOf(err error) error {
	if kind := Kind(err); kind != nil {
		return kind
	}
	return provider.Kind(err)
}

// isKind tells whether the one kind of an error is the given one.
func isKind(err, kind error) bool {
	return err != nil && kindOf(err) == kind //nolint:errorlint // kindOf has unwrapped it
}

// notFound is the one way to say that something is absent or not the caller's. It has no cause: nothing of how it was
// found out may be told.
func notFound() error { return &Error{Kind: ErrNotFound} }

// wrap gives an error of a provider to the caller, once.
func wrap(op string, err error) error {
	var ours *Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &ours):
		return err
	case provider.IsKind(err, ErrNotFound):
		return notFound()
	}
	kind := provider.Kind(err)
	if kind == nil {
		kind = provider.ErrUnavailable
	}
	out := &Error{Op: op, Kind: kind, RetryAfter: provider.RetryAfter(err), Err: err}
	var theirs *provider.Error
	if errors.As(err, &theirs) {
		out.Field, out.Message = theirs.Field, theirs.Message
	}
	return out
}

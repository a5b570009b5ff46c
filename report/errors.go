package report

import (
	"errors"
	"fmt"
	"strings"
)

// The kinds of errors of this package, for errors.Is.
var (
	// ErrNoRows: the statement was computed without rows; see usage.Input.TotalsOnly.
	ErrNoRows = errors.New("statement has no rows")
	// ErrStatement: there is no statement, or it does not add up.
	ErrStatement = errors.New("statement does not add up")
	// ErrOptions: an option has no such value.
	ErrOptions = errors.New("invalid option")
)

// Error is one of the kinds, with where it was found. Its message may name tenants that a reader may not see: it is for
// the host.
type Error struct {
	Kind   error  // one of the sentinels
	Tenant string // id, if it is about a tenant
	Group  string
	Detail string
	Err    error // the cause, if there is one
}

// Error gives one line with the place and the reason.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString("report: ")
	if e.Tenant != "" {
		fmt.Fprintf(&b, "tenant %q: ", clip(e.Tenant))
	}
	if e.Group != "" {
		fmt.Fprintf(&b, "group %q: ", clip(e.Group))
	}
	b.WriteString(e.Kind.Error())
	if e.Detail != "" {
		b.WriteString(": " + e.Detail)
	}
	if e.Err != nil {
		b.WriteString(": " + e.Err.Error())
	}
	return b.String()
}

// Unwrap gives the kind and the cause, so that errors.Is finds both.
func (e *Error) Unwrap() []error {
	if e.Err == nil {
		return []error{e.Kind}
	}
	return []error{e.Kind, e.Err}
}

// wrap names the package in an error of another one.
func wrap(err error) error { return fmt.Errorf("report: %w", err) }

// clip cuts a foreign text to 40 runes.
func clip(s string) string {
	n := 0
	for i := range s {
		if n == 40 {
			return s[:i] + "…"
		}
		n++
	}
	return s
}

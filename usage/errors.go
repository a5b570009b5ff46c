package usage

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The kinds of errors of this package, for errors.Is. None of them is ever turned into a zero amount.
var (
	ErrPeriodUnavailable = errors.New("period is not available") // before the earliest month, or in the future
	ErrPeriodOpen        = errors.New("period is still running")
	ErrInterval          = errors.New("invalid interval")
	ErrPlan              = errors.New("invalid plan")
	ErrPriceMissing      = errors.New("price is missing")
	ErrCurrency          = errors.New("currencies differ")
	ErrAmountOutOfRange  = errors.New("amount is out of range")
	ErrUsageIncomplete   = errors.New("usage is incomplete")
	ErrPartialCoverage   = errors.New("partial coverage is refused") // O9
	ErrSplitNotApproved  = errors.New("split is not approved")       // O10
	ErrSplitDomain       = errors.New("tenant is not on an educational domain")
	ErrSplitAmbiguous    = errors.New("users are not in exactly one group")
	ErrDuplicate         = errors.New("duplicate id")
	ErrRoster            = errors.New("invalid roster record")
	ErrReading           = errors.New("invalid meter reading")
	ErrDiscount          = errors.New("invalid discount")
	ErrNotFound          = errors.New("not in the statement")
	ErrStatement         = errors.New("statement does not add up")
	ErrFormat            = errors.New("malformed statement")       // DecodeStatement; EncodeStatement: it cannot be written
	ErrVersion           = errors.New("unknown statement version") // written by a later version of the library
	ErrTransfer          = errors.New("reading or writing failed") // of the reader or writer of a codec
)

// Error says what was wrong and where. Fields that do not apply are empty.
type Error struct {
	Kind    error    // one of the sentinels of this package
	Tenant  string   // id of the tenant
	Project string   // id of the project
	User    string   // id of the user
	Users   []string // ErrSplitAmbiguous: every user that is in no group or in several, at most MaxNamed
	More    int      // how many further users there are beyond Users
	Detail  string
	Err     error // the cause, if there is one
}

// MaxNamed bounds how many users an error names.
const MaxNamed = 100

// Error gives one line that names the place and the reason.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString("usage: ")
	for _, part := range [...]struct{ label, id string }{
		{"tenant", e.Tenant}, {"project", e.Project}, {"user", e.User},
	} {
		if part.id != "" {
			fmt.Fprintf(&b, "%s %q: ", part.label, cut(part.id))
		}
	}
	b.WriteString(e.Kind.Error())
	if e.Detail != "" {
		b.WriteString(": " + e.Detail)
	}
	if len(e.Users) > 0 {
		b.WriteString(": ")
		for i, id := range e.Users {
			if i > 0 {
				b.WriteString(", ")
			}
			b.WriteString(cut(id))
		}
		if e.More > 0 {
			fmt.Fprintf(&b, " and %d more", e.More)
		}
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

// cut keeps a foreign text short and on one line.
func cut(s string) string {
	const most = 60
	n := 0
	for i, r := range s {
		if n == most {
			s = s[:i] + "…"
			break
		}
		n++
		if unicode.IsControl(r) || r == utf8.RuneError || r == '\u2028' || r == '\u2029' {
			return cut(strings.Map(func(r rune) rune {
				if unicode.IsControl(r) || r == utf8.RuneError || r == '\u2028' || r == '\u2029' {
					return '?'
				}
				return r
			}, s[:min(len(s), 4*most)]))
		}
	}
	return s
}

package provider

import (
	"fmt"
	"log/slog"
	"net/url"

	"github.com/billhatch/billhatch/internal/mailaddr"
)

// Email is a mail address that is not shown by accident: printed, logged or written as JSON it is masked. The zero value
// is no address.
type Email struct{ address string }

// NewEmail reads one address, strictly: no display name, no comment, no quotes. Anything else is [ErrInvalid] with the
// field "email".
func NewEmail(s string) (Email, error) {
	a, err := mailaddr.Parse(s)
	if err != nil {
		return Email{}, &Error{Kind: ErrInvalid, Field: "email", Message: "not a mail address", Err: err}
	}
	return Email{a.String()}, nil
}

// Reveal gives the address itself. Whoever calls it answers for where it goes.
func (e Email) Reveal() string { return e.address }

// IsZero tells whether there is no address.
func (e Email) IsZero() bool { return e.address == "" }

// Equal tells whether two addresses are the same mailbox: case does not matter.
func (e Email) Equal(other Email) bool {
	a, errA := mailaddr.Key(e.address)
	b, errB := mailaddr.Key(other.address)
	return errA == nil && errB == nil && a == b || e.address == "" && other.address == ""
}

// Masked gives a form that tells people who know the address which one it is, and nobody else, such as "j***@e***.com".
func (e Email) Masked() string {
	if e.address == "" {
		return ""
	}
	a, err := mailaddr.Parse(e.address)
	if err != nil {
		return "***"
	}
	return a.Masked()
}

// String gives the masked form.
func (e Email) String() string { return e.Masked() }

// GoString gives the masked form.
func (e Email) GoString() string { return "Email(" + e.Masked() + ")" }

// Format prints the masked form for every verb.
func (e Email) Format(f fmt.State, verb rune) { format(f, verb, e.Masked(), e.GoString()) }

// LogValue gives the masked form.
func (e Email) LogValue() slog.Value { return slog.StringValue(e.Masked()) }

// MarshalText gives the masked form, also for JSON.
func (e Email) MarshalText() ([]byte, error) { return []byte(e.Masked()), nil }

// SecretURL is a URL that is a credential, such as that of a portal session: whoever has it is let in. Printed, logged
// or written as JSON only its host shows.
type SecretURL struct{ u url.URL }

// NewSecretURL reads an absolute https URL with a host and without user information. Anything else is [ErrInvalid].
func NewSecretURL(s string) (SecretURL, error) {
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "https" || u.Hostname() == "" || u.User != nil || u.Opaque != "" {
		return SecretURL{}, &Error{Kind: ErrInvalid, Field: "url", Message: "not an absolute https url"}
	}
	return SecretURL{*u}, nil
}

// Reveal gives the URL itself, for one redirect of the one who asked for it.
func (s SecretURL) Reveal() string { return s.u.String() }

// Host gives the host name, which is not secret.
func (s SecretURL) Host() string { return s.u.Hostname() }

// IsZero tells whether there is no URL.
func (s SecretURL) IsZero() bool { return s.u == url.URL{} }

// String gives the host only.
func (s SecretURL) String() string {
	if s.IsZero() {
		return ""
	}
	return "https://" + s.u.Hostname() + "/***"
}

// GoString gives the host only.
func (s SecretURL) GoString() string { return "SecretURL(" + s.String() + ")" }

// Format prints the host only, for every verb.
func (s SecretURL) Format(f fmt.State, verb rune) { format(f, verb, s.String(), s.GoString()) }

// LogValue gives the host only.
func (s SecretURL) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalText gives the host only, also for JSON.
func (s SecretURL) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// format prints a masked text for any verb and flag.
func format(f fmt.State, verb rune, text, goText string) {
	switch {
	case verb == 'v' && f.Flag('#'):
		text = goText
	case verb == 'q':
		text = `"` + text + `"`
	}
	_, _ = f.Write([]byte(text))
}

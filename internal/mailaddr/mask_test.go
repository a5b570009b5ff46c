package mailaddr_test

import (
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/internal/mailaddr"
)

// maskShape is all that a mask can look like: at most a sign, three asterisks,
// and after the @ the same with at most one label behind them.
var maskShape = regexp.MustCompile(`^[A-Za-z0-9]?\*{3}(@(\*{3}|[a-z0-9]?\*{3}\.[a-z0-9-]{1,63}))?$`)

func TestMasked(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name, local, domain, want string
	}{
		{"the plain case", "jane.doe", "example.com", "j***@e***.com"},
		{"a sub-domain", "jane", "mail.example.com", "j***@m***.com"},
		{"a local part of two signs", "jo", "example.com", "j***@e***.com"},
		{"a local part of one sign", "j", "example.com", "***@e***.com"},
		{"a first label of one sign", "jane", "x.com", "j***@***.com"},
		{"a first label of one sign in a sub-domain", "jane", "x.example.com", "j***@***.com"},
		{"the shortest address", "a", "b.c", "***@***.c"},
		{"a local part that starts with a sign", "+jane", "example.com", "***@e***.com"},
		{"a local part of asterisks", "****", "example.com", "***@e***.com"},
		{"an internationalised name", "jane", "xn--chool-k1e.edu", "j***@x***.edu"},
		{"upper case in the local part", "Jane", "example.com", "J***@e***.com"},
		{"the zero value", "", "", "***@***"},
		{"no local part", "", "example.com", "***@e***.com"},
		{"one label", "jane", "localhost", "j***@***"},
		{"a domain that is none", "jane", "exa mple.com", "j***@***"},
		{"a domain in upper case, made by hand", "jane", "EXAMPLE.COM.", "j***@e***.com"},
		{"a local part outside ASCII, made by hand", "\u00e9ric", "example.com", "***@e***.com"},
		{"line ends, made by hand", "\r\nBcc: x", "example.com\r\n", "***@***"},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			got := mailaddr.Address{Local: tc.local, Domain: tc.domain}.Masked()
			require.Equal(t, tc.want, got)
			require.Regexp(t, maskShape, got)
			_, err := mailaddr.Parse(got)
			require.ErrorIs(t, err, mailaddr.ErrAddress, "a mask is no address")
		})
	}
}

func TestErrorsShowTheInputMasked(t *testing.T) {
	t.Parallel()
	cases := []struct{ name, in, want string }{
		{"a valid domain is masked as usual", "jane doe@example.com", "j***@e***.com"},
		{"a refused domain is hidden", "jane@exam_ple.com", "j***@***"},
		{"a domain of one label is hidden", "jane@localhost", "j***@***"},
		{"a display name shows its first sign", "Jane Doe <jane@example.com>", "J***@***"},
		{"what stands between two at signs is hidden", "jane@evil.com@school.edu", "j***@s***.edu"},
		{"a string without an at sign", "hunter2", "h***"},
		{"one sign is hidden", "x", "***"},
		{"nothing", "", "***"},
		{"a long string shows its first sign", million + "@school.edu", "a***"},
		{"a sign outside ASCII is hidden", "\u0455chool@school.edu", "***@s***.edu"},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			_, err := mailaddr.Parse(tc.in)
			var refused *mailaddr.Error
			require.ErrorAs(t, err, &refused)
			require.Equal(t, tc.want, refused.Input)
			require.Equal(t, "mail address "+tc.want+": "+refused.Reason, err.Error())
		})
	}
}

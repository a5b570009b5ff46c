package mailaddr_test

import (
	"net/mail"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/internal/mailaddr"
)

// The grammar a second time, as expressions and a split into labels.
var (
	localShape = regexp.MustCompile("^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*$")
	labelShape = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$`)
	onlyDigits = regexp.MustCompile(`^[0-9]+$`)
)

// wantDomain returns the labels of s in normal form, or nil.
func wantDomain(s string) []string {
	s = strings.TrimSuffix(s, ".")
	labels := strings.Split(s, ".")
	for _, label := range labels {
		if !labelShape.MatchString(label) {
			return nil
		}
	}
	if len(s) > 253 || onlyDigits.MatchString(labels[len(labels)-1]) {
		return nil
	}
	for i := range labels {
		labels[i] = strings.ToLower(labels[i])
	}
	return labels
}

// wantAddress returns the parts of s, ok if it is an address.
func wantAddress(s string) (local, domain string, ok bool) {
	parts := strings.Split(s, "@")
	if len(parts) != 2 || len(s) > 254 || len(parts[0]) > 64 ||
		!localShape.MatchString(parts[0]) || strings.Contains(parts[0], "=?") {
		return "", "", false
	}
	labels := wantDomain(parts[1])
	if len(labels) < 2 {
		return "", "", false
	}
	return parts[0], strings.Join(labels, "."), true
}

var addressSeeds = []string{
	"", "@", "a@b.c", "jane@school.edu", "Jane.Doe@SCHOOL.EDU.", "a+b@x.edu", `"a@school.edu"@evil.com`, "a@evil.com(@school.edu)",
	"a@\u0455chool.edu", "a@\u017fchool.edu", "a@\u212aings.edu", "a@school.edu/x", "a@-school.edu", "a@school.edu:25", "a@[192.0.2.1]",
	"a@192.0.2.1", "=?utf-8?q?a?=@x.edu", "Jane <a@x.edu>", "a@x.edu\r\nBcc: b@y.edu", "a\x00@x.edu", "a@x.edu ", ".a@x.edu", "a..b@x.edu",
	"a@x..edu", "a@x.edu..", "a@localhost", "****@x.edu", "!#$%&'*+-/?=^_`{|}~@x.edu", "a@\xff.edu", "a@school\uff0eedu", "a=?@x.edu",
}

func FuzzParse(f *testing.F) {
	for _, seed := range append(addressSeeds, addr254, addr254+".", "e"+addr254, local64+"l@x.edu", "a@"+domain61) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, in string) {
		a, err := mailaddr.Parse(in)
		key, keyErr := mailaddr.Key(in)
		local, domain, ok := wantAddress(in)
		require.Equal(t, ok, err == nil, "%q: %v", in, err)
		if !ok {
			require.Zero(t, a)
			require.Empty(t, key)
			require.ErrorIs(t, err, mailaddr.ErrAddress)
			require.Equal(t, err, keyErr)
			requireMasked(t, err)
			return
		}
		require.Equal(t, mailaddr.Address{Local: local, Domain: domain}, a)
		again, err := mailaddr.Parse(a.String())
		require.NoError(t, err)
		require.Equal(t, a, again)

		// The standard library, which takes more, reads the same address.
		std, err := mail.ParseAddress(a.String())
		require.NoError(t, err)
		require.Equal(t, a.String(), std.Address)
		require.Empty(t, std.Name)

		require.NoError(t, keyErr)
		require.Equal(t, strings.ToLower(local)+"@"+domain, key)
		upper, err := mailaddr.Key(strings.ToUpper(in))
		require.NoError(t, err)
		require.Equal(t, key, upper)
	})
}

func FuzzParseDomain(f *testing.F) {
	for _, seed := range []string{
		"", ".", "..", "edu", "School.EDU.", "-a.edu", "a-.edu", "xn--p1ai", "xn--", "1.2.3.4", "1a", ".edu", "a..b", "\u017fchool.edu",
		"a_b.edu", "*.edu", "a@b.edu", "\u212a.edu", "a b", "a\n", domain61, domain61 + ".", domain61 + "e", label63 + "d",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, in string) {
		got, err := mailaddr.ParseDomain(in)
		labels := wantDomain(in)
		require.Equal(t, labels != nil, err == nil, "%q: %v", in, err)
		if err != nil {
			require.Empty(t, got)
			require.ErrorIs(t, err, mailaddr.ErrDomain)
			require.NotErrorIs(t, err, mailaddr.ErrAddress)
			requireMasked(t, err)
			return
		}
		require.Equal(t, strings.Join(labels, "."), got)
		again, err := mailaddr.ParseDomain(got)
		require.NoError(t, err)
		require.Equal(t, got, again)
	})
}

// requireMasked requires that an error holds nothing of its input but a mask.
func requireMasked(t *testing.T, err error) {
	t.Helper()
	var refused *mailaddr.Error
	require.ErrorAs(t, err, &refused)
	require.Regexp(t, maskShape, refused.Input)
	require.Regexp(t, `^[a-zA-Z0-9@, ]+$`, refused.Reason)
	require.Less(t, len(refused.Reason), 80)
	text := strings.TrimPrefix(strings.TrimPrefix(err.Error(), "mail address "), "mail domain ")
	require.Equal(t, refused.Input+": "+refused.Reason, text)
}

func FuzzWithin(f *testing.F) {
	for _, seed := range [][2]string{
		{"school.edu", "school.edu"},
		{"a.school.edu", "school.edu"},
		{"evil-school.edu", "school.edu"},
		{"evilschool.edu", "school.edu"},
		{"school.edu.evil.com", "school.edu"},
		{"edu", "edu"},
		{"EDU.", "edu"},
		{"a.edu", "EDU"},
		{".edu", "edu"},
		{"", ""},
		{"a.b.c", "b.c"},
		{"\u017fchool.edu", "edu"},
		{"school.edu", ""},
		{"school.edu", ".edu"},
	} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, domain, parent string) {
		d, p := wantDomain(domain), wantDomain(parent)
		inside := len(d) > 0 && len(p) > 0 && len(d) >= len(p) && slices.Equal(d[len(d)-len(p):], p)
		if d != nil && p != nil {
			require.Equal(t, inside, mailaddr.Within(strings.Join(d, "."), strings.Join(p, ".")))
		}
		// Qualifies takes a domain in any form; a suffix must be normal, or it matches nothing.
		normal := p != nil && strings.Join(p, ".") == parent
		below := inside && normal && len(d) > len(p)
		require.Equal(t, below, mailaddr.Qualifies(domain, []string{parent}))
		require.Equal(t, below, mailaddr.Qualifies(domain, []string{"", ".", "no such suffix", parent}))
	})
}

func FuzzMasked(f *testing.F) {
	for _, seed := range addressSeeds {
		local, domain, _ := strings.Cut(seed, "@")
		f.Add(local, domain)
	}
	f.Add("jo", "x.jo")
	f.Add("j***", "example.com")
	f.Fuzz(func(t *testing.T, local, domain string) {
		a := mailaddr.Address{Local: local, Domain: domain}
		masked := a.Masked()
		require.Regexp(t, maskShape, masked)
		left, right, _ := strings.Cut(masked, "@")
		// Asterisks are all that a local part can have in common with its mask.
		if len(local) > 1 && strings.Trim(local[1:], "*") != "" {
			require.NotContains(t, left, local)
		}
		if domain != "" && strings.Trim(domain, ".*") != "" {
			require.NotContains(t, right, domain)
			require.NotContains(t, right, strings.ToLower(strings.TrimSuffix(domain, "."))+".")
		}
		// Nothing but the first signs and the last label: an address that shares
		// these and nothing more has the same mask.
		parsed, err := mailaddr.Parse(local + "@" + domain)
		if err != nil {
			return
		}
		require.Equal(t, masked, parsed.Masked())
		labels := strings.Split(parsed.Domain, ".")
		twin := mailaddr.Address{Local: twinOf(local), Domain: twinOf(labels[0]) + ".other." + labels[len(labels)-1]}
		require.Equal(t, masked, twin.Masked())
	})
}

// twinOf returns another string with the first sign of s, where s is long
// enough to show it.
func twinOf(s string) string {
	if len(s) > 1 && labelShape.MatchString(s[:1]) {
		return s[:1] + "other"
	}
	return "z"
}

// The same grammar, asked for each byte in each place of an address.
func TestEveryByteInEveryPlace(t *testing.T) {
	t.Parallel()
	for b := range 256 {
		c := string([]byte{byte(b)})
		for _, in := range []string{
			c + "@x.edu", c + "a@x.edu", "a" + c + "a@x.edu", "a" + c + "@x.edu",
			"a@" + c + ".edu", "a@" + c + "x.edu", "a@x" + c + "y.edu", "a@x" + c + ".edu", "a@x." + c, "a@x.e" + c, "a@x.e" + c + "u",
			"a@x.edu" + c,
		} {
			local, domain, ok := wantAddress(in)
			a, err := mailaddr.Parse(in)
			require.Equal(t, ok, err == nil, "%q: %v", in, err)
			if !ok {
				requireMasked(t, err)
				if b != '@' && b != '.' {
					require.Equal(t, b >= 0x80, strings.HasSuffix(err.Error(), "outside ASCII"), "%q: %v", in, err)
					require.Equal(t, b < ' ' || b == 0x7f, strings.HasSuffix(err.Error(), "control character"), "%q: %v", in, err)
				}
				continue
			}
			require.Equal(t, mailaddr.Address{Local: local, Domain: domain}, a)
			key, err := mailaddr.Key(in)
			require.NoError(t, err)
			require.Equal(t, strings.ToLower(local)+"@"+domain, key)
			shown := len(local) > 1 && labelShape.MatchString(local[:1])
			require.Equal(t, shown, a.Masked()[0] != '*', "%q is masked as %q", in, a.Masked())
		}
	}
}

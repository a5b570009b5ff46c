package mailaddr_test

import (
	"net/mail"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/billhatch/billhatch/internal/mailaddr"
)

var (
	local64  = strings.Repeat("l", 64)
	label63  = strings.Repeat("d", 63)
	domain   = strings.Repeat(label63+".", 3) // 192 bytes with its last dot
	addr254  = local64 + "@" + domain[:128] + strings.Repeat("e", 57) + ".edu"
	domain61 = domain + strings.Repeat("e", 61) // 253 bytes
)

func TestParseAcceptsOnePlainAddress(t *testing.T) {
	t.Parallel()
	require.Len(t, addr254, 254)
	require.Len(t, domain61, 253)
	cases := []struct{ name, in, local, domain string }{
		{"the plain case", "jane@school.edu", "jane", "school.edu"},
		{"a domain in upper case is lowered", "jane@SCHOOL.Edu", "jane", "school.edu"},
		{"the case of a local part is kept", "Jane@school.edu", "Jane", "school.edu"},
		{"one trailing dot is dropped", "jane@school.edu.", "jane", "school.edu"},
		{"a trailing dot goes with upper case too", "jane@School.EDU.", "jane", "school.edu"},
		{"a tag is a part of the local part", "jane+tag@school.edu", "jane+tag", "school.edu"},
		{"dots in the local part are kept", "j.a.n.e@school.edu", "j.a.n.e", "school.edu"},
		{"the shortest address", "a@b.c", "a", "b.c"},
		{"a local part of digits", "123@school.edu", "123", "school.edu"},
		{"every sign of an atom", "!#$%&'*+-/?=^_`{|}~@school.edu", "!#$%&'*+-/?=^_`{|}~", "school.edu"},
		{"an equals sign away from a question mark", "a=b?c@school.edu", "a=b?c", "school.edu"},
		{"a percent sign routes nowhere", "jane%evil.com@school.edu", "jane%evil.com", "school.edu"},
		{"an exclamation mark routes nowhere", "evil.com!jane@school.edu", "evil.com!jane", "school.edu"},
		{"a sub-domain", "jane@mail.students.school.edu", "jane", "mail.students.school.edu"},
		{"a domain with digits", "jane@3com.com", "jane", "3com.com"},
		{"labels of digits before a name", "jane@1.2.3.edu", "jane", "1.2.3.edu"},
		{"an inner hyphen", "jane@my-school.edu", "jane", "my-school.edu"},
		{"two inner hyphens", "jane@my--school.edu", "jane", "my--school.edu"},
		{"an internationalised name as it is written", "jane@xn--chool-k1e.edu", "jane", "xn--chool-k1e.edu"},
		{"its prefix in upper case", "jane@XN--chool-k1e.edu", "jane", "xn--chool-k1e.edu"},
		{"a local part of 64 bytes", local64 + "@school.edu", local64, "school.edu"},
		{"a label of 63 bytes", "jane@" + label63 + ".edu", "jane", label63 + ".edu"},
		{"an address of 254 bytes", addr254, local64, addr254[65:]},
		{"a look-alike is an address, of another domain", "jane@evil-school.edu", "jane", "evil-school.edu"},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			got, err := mailaddr.Parse(tc.in)
			require.NoError(t, err)
			require.Equal(t, mailaddr.Address{Local: tc.local, Domain: tc.domain}, got)
			require.Equal(t, tc.local+"@"+tc.domain, got.String())
		})
	}
}

func TestParseRefusesEverythingElse(t *testing.T) {
	t.Parallel()
	const (
		none   = ""
		inName = "domain" // the domain is at fault: ErrDomain as well
	)
	cases := []struct{ name, in, fault, reason string }{
		{"nothing", "", none, "no @"},
		{"no at sign", "jane.school.edu", none, "no @"},
		{"only an at sign", "@", none, "local part is empty"},
		{"no local part", "@school.edu", none, "local part is empty"},
		{"no domain", "jane@", inName, "domain is empty"},
		{"a domain of one dot", "jane@.", inName, "domain is empty"},
		{"two at signs", "jane@evil.com@school.edu", none, "more than one @"},
		{"two at signs side by side", "jane@@school.edu", none, "more than one @"},
		{"an at sign at the end", "jane@school.edu@", none, "more than one @"},
		{"an at sign within quotes", `"a@school.edu"@evil.com`, none, "quoted"},
		{"a quoted local part", `"jane"@school.edu`, none, "quoted"},
		{"an empty quoted local part", `""@school.edu`, none, "quoted"},
		{"a quoted sign", `ja\ne@school.edu`, none, "quoted"},
		{"a school in a comment", "a@evil.com(@school.edu)", none, "more than one @"},
		{"a comment after the domain", "a@evil.com(school.edu)", inName, "comment"},
		{"a comment before the local part", "(x)a@school.edu", none, "comment"},
		{"a comment before the domain", "a@(x)school.edu", inName, "comment"},
		{"a display name", "Jane Doe <jane@school.edu>", none, "space"},
		{"a display name without a space", "Jane<jane@school.edu>", none, "angle"},
		{"angle brackets", "<jane@school.edu>", none, "angle"},
		{"a list of addresses", "a@school.edu,b@evil.com", none, "more than one @"},
		{"a list within the local part", "a,b@school.edu", none, "not allowed"},
		{"a group", "staff:jane@school.edu;", none, "colon"},
		{"a mailto URL", "mailto:jane@school.edu", none, "colon"},
		{"an encoded word", "=?utf-8?q?jane?=@school.edu", none, "encoded word"},
		{"an encoded word that hides a domain", "=?x?q?jane=40school.edu=3e=00?=@evil.com", none, "encoded word"},
		{"an encoded word in base64", "=?utf-8?b?amFuZQ==?=@school.edu", none, "encoded word"},
		{"an encoded word in the domain", "jane@=?utf-8?q?school?=.edu", inName, "not allowed"},
		{"a domain literal", "jane@[192.0.2.1]", inName, "literal"},
		{"a domain literal of version 6", "jane@[IPv6:2001:db8::1]", inName, "literal"},
		{"a bare address of version 4", "jane@192.0.2.1", inName, "number"},
		{"a bare address with a trailing dot", "jane@192.0.2.1.", inName, "number"},
		{"a last label of digits", "jane@school.123", inName, "number"},
		{"a port", "jane@school.edu:25", inName, "colon"},
		{"a path", "jane@school.edu/x", inName, "not allowed"},
		{"a query", "jane@school.edu?x", inName, "not allowed"},
		{"a fragment", "jane@evil.com#school.edu", inName, "not allowed"},
		{"a percent sign in the domain", "jane@school%2eedu", inName, "not allowed"},
		{"an underscore in the domain", "jane@my_school.edu", inName, "not allowed"},
		{"one label", "jane@localhost", inName, "one label"},
		{"one label with a trailing dot", "jane@edu.", inName, "one label"},
		{"a leading hyphen", "jane@-school.edu", inName, "hyphen"},
		{"a trailing hyphen", "jane@school-.edu", inName, "hyphen"},
		{"a hyphen at the very end", "jane@school.edu-", inName, "hyphen"},
		{"the bare prefix of an internationalised name", "jane@xn--.edu", inName, "hyphen"},
		{"a leading dot in the domain", "jane@.school.edu", inName, "empty label"},
		{"two dots in the domain", "jane@school..edu", inName, "empty label"},
		{"two trailing dots", "jane@school.edu..", inName, "empty label"},
		{"a leading dot in the local part", ".jane@school.edu", none, "dot"},
		{"a trailing dot in the local part", "jane.@school.edu", none, "dot"},
		{"two dots in the local part", "ja..ne@school.edu", none, "dot"},
		{"a local part of one dot", ".@school.edu", none, "dot"},
		{"a Cyrillic letter in the domain", "jane@\u0455chool.edu", inName, "outside ASCII"},
		{"a long s in the domain", "jane@\u017fchool.edu", inName, "outside ASCII"},
		{"a Kelvin sign in the domain", "jane@\u212aings.edu", inName, "outside ASCII"},
		{"a full-width letter in the domain", "jane@\uff33chool.edu", inName, "outside ASCII"},
		{"a full-width dot in the domain", "jane@school\uff0eedu", inName, "outside ASCII"},
		{"an ideographic dot in the domain", "jane@school\u3002edu", inName, "outside ASCII"},
		{"a full-width at sign", "jane\uff20school.edu", none, "outside ASCII"},
		{"a small at sign", "jane\ufe6bschool.edu", none, "outside ASCII"},
		{"a composed accent in the local part", "jos\u00e9@school.edu", none, "outside ASCII"},
		{"a decomposed accent in the local part", "jose\u0301@school.edu", none, "outside ASCII"},
		{"a zero-width space in the domain", "jane@school\u200b.edu", inName, "outside ASCII"},
		{"a soft hyphen in the domain", "jane@sch\u00adool.edu", inName, "outside ASCII"},
		{"a right-to-left override", "jane\u202e@school.edu", none, "outside ASCII"},
		{"a byte order mark", "\ufeffjane@school.edu", none, "outside ASCII"},
		{"bytes that are no UTF-8", "jane@\xffschool.edu", inName, "outside ASCII"},
		{"a byte with its high bit set in the local part", "j\xe1ne@school.edu", none, "outside ASCII"},
		{"a space at the end", "jane@school.edu ", inName, "space"},
		{"a space at the start", " jane@school.edu", none, "space"},
		{"a space beside the at sign", "jane @school.edu", none, "space"},
		{"a tab", "jane\t@school.edu", none, "control"},
		{"a line end", "jane@school.edu\r\nBcc: x@evil.com", none, "more than one @"},
		{"a line end at the end", "jane@school.edu\n", inName, "control"},
		{"a carriage return in the local part", "ja\rne@school.edu", none, "control"},
		{"folding white space", "jane@school.edu\r\n ", inName, "control"},
		{"a NUL in the local part", "jane\x00@school.edu", none, "control"},
		{"a NUL in the domain", "jane@school.edu\x00.evil.com", inName, "control"},
		{"a delete character", "jane\x7f@school.edu", none, "control"},
		{"a local part of 65 bytes", local64 + "l@school.edu", none, "longer than 64"},
		{"a label of 64 bytes", "jane@" + label63 + "d.edu", inName, "longer than 63"},
		{"an address of 255 bytes", "e" + addr254, none, "longer than 254"},
		{"254 bytes and a trailing dot", addr254 + ".", none, "longer than 254"},
		{"a million bytes", strings.Repeat("a", 1<<20) + "@school.edu", none, "longer than 254"},
		{"a million brackets", "a@" + strings.Repeat("[", 1<<20), none, "longer than 254"},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			got, err := mailaddr.Parse(tc.in)
			require.ErrorIs(t, err, mailaddr.ErrAddress)
			require.ErrorContains(t, err, tc.reason)
			require.Zero(t, got)
			var refused *mailaddr.Error
			require.ErrorAs(t, err, &refused)
			if tc.fault == inName {
				require.ErrorIs(t, err, mailaddr.ErrDomain)
				require.Equal(t, mailaddr.ErrDomain, refused.Kind)
			} else {
				require.NotErrorIs(t, err, mailaddr.ErrDomain)
				require.Equal(t, mailaddr.ErrAddress, refused.Kind)
			}
			require.Regexp(t, maskShape, refused.Input)

			key, err := mailaddr.Key(tc.in)
			require.ErrorIs(t, err, mailaddr.ErrAddress)
			require.Empty(t, key)
		})
	}
}

// The addresses that the standard library takes for those of a school, or
// prints so that they look like it, are the reason for a parser of our own.
func TestParseRefusesWhatTheStandardLibraryTakes(t *testing.T) {
	t.Parallel()
	for _, in := range []string{
		`"a@school.edu"@evil.com`, "a@evil.com(@school.edu)", "a@\u0455chool.edu", "a@school.edu/x", "a@-school.edu",
	} {
		_, err := mail.ParseAddress(in)
		require.NoError(t, err, "%q no longer shows the difference", in)
		_, err = mailaddr.Parse(in)
		require.ErrorIs(t, err, mailaddr.ErrAddress, in)
	}
}

func TestKeyIsOnePerUser(t *testing.T) {
	t.Parallel()
	same := [][]string{
		{"a@x.edu", "A@x.edu", "a@X.edu", "A@X.EDU", "a@x.edu.", "A@X.EDU."},
		{"jane+tag@school.edu", "Jane+TAG@school.edu"},
		{"j.doe@school.edu", "J.Doe@School.Edu"},
		{"jdoe@school.edu"},
		{"jane@school.edu"},
		{"jane@mail.school.edu"},
		{"{|}~@school.edu"}, // the codes beside A-Z and a-z are not folded
		{"^_`@school.edu"},
	}
	seen := map[string]int{}
	for i, group := range same {
		for _, in := range group {
			key, err := mailaddr.Key(in)
			require.NoError(t, err)
			require.Equal(t, group[0], key, "the first of each group is its normal form")
			if j, ok := seen[key]; ok {
				require.Equal(t, i, j, "%q merges two users", in)
			}
			seen[key] = i
		}
	}
	require.Len(t, seen, len(same))
}

func TestKeyAndParseAllocateNothingForNormalInput(t *testing.T) {
	for name, tc := range map[string]struct {
		want float64
		f    func()
	}{
		"parse, normal":              {0, func() { _, _ = mailaddr.Parse("jane.doe@students.school.edu") }},
		"parse, trailing dot":        {0, func() { _, _ = mailaddr.Parse("jane.doe@students.school.edu.") }},
		"parse, upper-case domain":   {1, func() { _, _ = mailaddr.Parse("jane.doe@Students.School.edu") }},
		"key, normal":                {0, func() { _, _ = mailaddr.Key("jane.doe@students.school.edu") }},
		"key, trailing dot":          {0, func() { _, _ = mailaddr.Key("jane.doe@students.school.edu.") }},
		"key, upper case":            {1, func() { _, _ = mailaddr.Key("Jane.Doe@Students.School.edu") }},
		"domain, normal":             {0, func() { _, _ = mailaddr.ParseDomain("students.school.edu") }},
		"within":                     {0, func() { _ = mailaddr.Within("students.school.edu", "school.edu") }},
		"qualifies":                  {0, func() { _ = mailaddr.Qualifies("students.school.edu", []string{"ac.uk", "edu"}) }},
		"refused, a million letters": {3, func() { _, _ = mailaddr.Parse(million) }}, // the error, its mask
	} {
		require.LessOrEqual(t, testing.AllocsPerRun(100, tc.f), tc.want, name)
	}
}

var million = strings.Repeat("a", 1<<20)

func TestErrorMatchesOnlyItsKind(t *testing.T) {
	t.Parallel()
	_, err := mailaddr.ParseDomain("-school.edu")
	require.ErrorIs(t, err, mailaddr.ErrDomain)
	require.NotErrorIs(t, err, mailaddr.ErrAddress)
	require.EqualError(t, err, "mail domain ***: domain has a label that starts or ends with a hyphen")

	_, err = mailaddr.Parse("jane@-school.edu")
	require.EqualError(t, err, "mail address j***@***: domain has a label that starts or ends with a hyphen")
	require.NotErrorIs(t, err, mail.ErrHeaderNotPresent)

	_, err = mailaddr.Parse("ja ne@school.edu")
	require.EqualError(t, err, "mail address j***@s***.edu: holds a space")
}

func TestStringOfTheZeroValueIsEmpty(t *testing.T) {
	t.Parallel()
	require.Empty(t, mailaddr.Address{}.String())
	_, err := mailaddr.Parse(mailaddr.Address{}.String())
	require.ErrorIs(t, err, mailaddr.ErrAddress)
}

func TestLawsOfParseAndKey(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		in := drawAddress(t)
		a, err := mailaddr.Parse(in)
		require.NoError(t, err)
		require.True(t, strings.HasPrefix(in, a.Local+"@"))
		require.Equal(t, strings.ToLower(strings.TrimSuffix(in[len(a.Local)+1:], ".")), a.Domain)
		again, err := mailaddr.Parse(a.String())
		require.NoError(t, err)
		require.Equal(t, a, again)

		key, err := mailaddr.Key(in)
		require.NoError(t, err)
		for _, form := range []string{key, a.String(), strings.ToUpper(in), strings.ToLower(in)} {
			other, err := mailaddr.Key(form)
			require.NoError(t, err)
			require.Equal(t, key, other)
		}
		// Any one byte that is neither changed by case nor a dropped dot makes another user.
		i := rapid.IntRange(0, len(a.Local)-1).Draw(t, "place")
		swapped := in[:i] + "0" + in[i+1:]
		other, err := mailaddr.Key(swapped)
		require.NoError(t, err)
		require.Equal(t, key[i] == '0', other == key)
	})
}

// drawAddress draws an address of any accepted form.
func drawAddress(t *rapid.T) string {
	label := rapid.StringMatching(`[A-Za-z0-9]([A-Za-z0-9-]{0,8}[A-Za-z0-9])?`)
	local := rapid.StringMatching("[A-Za-z0-9!#$%&'*+/^_`{|}~-]{1,9}(\\.[A-Za-z0-9!#$%&'*+/=^_`{|}~-]{1,9}){0,3}").Draw(t, "local")
	labels := rapid.SliceOfN(label, 1, 4).Draw(t, "labels")
	tld := rapid.SampledFrom([]string{"edu", "EDU", "com", "uk", "xn--p1ai"}).Draw(t, "tld")
	dot := rapid.SampledFrom([]string{"", "."}).Draw(t, "dot")
	return local + "@" + strings.Join(labels, ".") + "." + tld + dot
}

package mailaddr_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/billhatch/billhatch/internal/mailaddr"
)

func TestParseDomainNormalises(t *testing.T) {
	t.Parallel()
	cases := []struct{ name, in, want string }{
		{"the plain case", "school.edu", "school.edu"},
		{"one label, as a suffix has", "edu", "edu"},
		{"upper case", "ScHoOl.EDU", "school.edu"},
		{"one trailing dot", "school.edu.", "school.edu"},
		{"a single sign", "a", "a"},
		{"the top level of Russia", "xn--P1AI", "xn--p1ai"},
		{"a label of 63 bytes", label63, label63},
		{"253 bytes", domain61, domain61},
		{"253 bytes and a trailing dot", domain61 + ".", domain61},
		{"digits before a name", "163.com", "163.com"},
		{"a last label with one letter", "school.1a", "school.1a"},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			got, err := mailaddr.ParseDomain(tc.in)
			require.NoError(t, err)
			require.Equal(t, tc.want, got)
		})
	}
}

func TestParseDomainRefuses(t *testing.T) {
	t.Parallel()
	cases := []struct{ name, in, reason string }{
		{"nothing", "", "empty"},
		{"a dot", ".", "empty"},
		{"two dots", "..", "empty label"},
		{"a leading dot, as suffixes are often written", ".edu", "empty label"},
		{"a wildcard", "*.school.edu", "not allowed"},
		{"an address", "jane@school.edu", "not allowed"},
		{"254 bytes", domain61 + "e", "longer than 253"},
		{"254 bytes and a trailing dot", domain61 + "e.", "longer than 253"},
		{"a label of 64 bytes", label63 + "d.edu", "longer than 63"},
		{"a last label of 64 bytes", "school." + label63 + "d", "longer than 63"},
		{"a leading hyphen", "-school.edu", "hyphen"},
		{"a trailing hyphen", "school-.edu", "hyphen"},
		{"a hyphen alone", "-", "hyphen"},
		{"digits alone", "123", "number"},
		{"a number as the last label", "school.0", "number"},
		{"a long s", "\u017fchool.edu", "outside ASCII"},
		{"a Kelvin sign", "\u212aings.edu", "outside ASCII"},
		{"a dotless i", "un\u0131.edu", "outside ASCII"},
		{"a dotted capital I", "UN\u0130.edu", "outside ASCII"},
		{"a URL", "https://school.edu", "colon"},
		{"a backslash", `school.edu\evil.com`, "quoted"},
		{"a space", "school .edu", "space"},
		{"a line end", "school.edu\n", "control"},
		{"a million letters", million, "longer than 253"},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			got, err := mailaddr.ParseDomain(tc.in)
			require.ErrorIs(t, err, mailaddr.ErrDomain)
			require.ErrorContains(t, err, tc.reason)
			require.Empty(t, got)
		})
	}
}

func TestWithinComparesWholeLabels(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name, domain, parent string
		want                 bool
	}{
		{"a domain is within itself", "school.edu", "school.edu", true},
		{"a sub-domain", "students.school.edu", "school.edu", true},
		{"a sub-domain of a sub-domain", "a.b.school.edu", "school.edu", true},
		{"a parent is not within its child", "school.edu", "students.school.edu", false},
		{"the same end within a label", "evil-school.edu", "school.edu", false},
		{"the same end without a hyphen", "evilschool.edu", "school.edu", false},
		{"the school as a sub-domain of another", "school.edu.evil.com", "school.edu", false},
		{"a sibling", "staff.school.edu", "students.school.edu", false},
		{"another last label", "school.edu", "school.com", false},
		{"the encoded look-alike", "xn--chool-k1e.edu", "school.edu", false},
		{"an internationalised name that is listed", "a.xn--chool-k1e.edu", "xn--chool-k1e.edu", true},
		{"an empty parent", "school.edu", "", false},
		{"nothing in nothing", "", "", false},
		{"an empty label before the parent", ".edu", "edu", false},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, tc.want, mailaddr.Within(tc.domain, tc.parent))
		})
	}
}

func TestQualifies(t *testing.T) {
	t.Parallel()
	edu := []string{"edu"}
	cases := []struct {
		name     string
		domain   string
		suffixes []string
		want     bool
	}{
		{"a school", "school.edu", edu, true},
		{"a sub-domain of a school", "students.school.edu", edu, true},
		{"a school in upper case with a trailing dot", "School.EDU.", edu, true},
		{"the bare suffix", "edu", edu, false},
		{"the bare suffix with a trailing dot", "edu.", edu, false},
		{"the suffix as a first label", "edu.example.com", edu, false},
		{"the suffix in the middle", "school.edu.evil.com", edu, false},
		{"a country's suffix that is not listed", "school.edu.au", edu, false},
		{"a country's suffix that is listed", "school.edu.au", []string{"edu", "edu.au"}, true},
		{"a bare listed suffix of two labels", "edu.au", []string{"edu.au"}, false},
		{"a bare suffix below another listed one", "edu.au", []string{"edu.au", "au"}, true},
		{"an end that is not a whole label", "myedu", edu, false},
		{"an end of the last label", "school.xedu", edu, false},
		{"an end of the label of a listed suffix", "school.nac.uk", []string{"ac.uk"}, false},
		{"no suffix", "school.edu", nil, false},
		{"an empty suffix", "school.edu", []string{""}, false},
		{"a suffix with a leading dot", "school.edu", []string{".edu"}, false},
		{"a suffix in upper case", "school.edu", []string{"EDU"}, false},
		{"a suffix with a trailing dot", "school.edu.", []string{"edu."}, false},
		{"a domain with a Cyrillic letter", "\u0455chool.edu", edu, false},
		{"a domain with a long s", "\u017fchool.edu", edu, false},
		{"an empty label before the suffix", ".edu", edu, false},
		{"two dots before the suffix", "school..edu", edu, false},
		{"an address", "jane@school.edu", edu, false},
		{"nothing", "", edu, false},
		{"the encoded look-alike is a domain under edu", "xn--chool-k1e.edu", edu, true},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, tc.want, mailaddr.Qualifies(tc.domain, tc.suffixes))
		})
	}
}

func TestLawsOfWithin(t *testing.T) {
	t.Parallel()
	label := rapid.StringMatching(`[ab-]{0,3}[ab]`).Filter(func(s string) bool { return s[0] != '-' })
	draw := func(t *rapid.T, name string) string {
		return strings.Join(rapid.SliceOfN(label, 1, 4).Draw(t, name), ".")
	}
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := draw(t, "a"), draw(t, "b"), draw(t, "c")
		require.True(t, mailaddr.Within(a, a))
		require.True(t, mailaddr.Within(b+"."+a, a))
		require.True(t, mailaddr.Within(c+"."+b+"."+a, a), "within is transitive")
		require.False(t, mailaddr.Within(b+a, a), "no dot between")
		require.False(t, mailaddr.Within(b+"-"+a, a))
		require.False(t, mailaddr.Within(a, b+"."+a), "within is antisymmetric")
		require.Equal(t, a != b && mailaddr.Within(a, b), mailaddr.Qualifies(a, []string{b}))
	})
}

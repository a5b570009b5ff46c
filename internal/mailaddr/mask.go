package mailaddr

import "strings"

const stars = "***"

// Masked returns the address for logs and error texts, such as "j***@e***.com"
// for "jane.doe@example.com" and "j***@m***.com" for "jane@mail.example.com".
//
// It reveals four things and nothing else, not even a length: the first sign of
// the local part, the first sign of the domain, the last label of the domain,
// and that there is one. A first sign is hidden as well when it is the whole
// local part or the whole first label, or is no letter or digit: "a@b.com" is
// "***@***.com". A domain that [ParseDomain] refuses, or of one label, is
// "***"; the zero value is "***@***". No result is an address that [Parse]
// takes.
func (a Address) Masked() string {
	return maskPart(a.Local) + "@" + maskDomain(a.Domain)
}

// maskPart shows the first sign of s if s has a second one.
func maskPart(s string) string {
	if len(s) < 2 || !isAlnum(s[0]) {
		return stars
	}
	return s[:1] + stars
}

// maskDomain shows the first sign and the last label of a valid domain.
func maskDomain(s string) string {
	d, err := ParseDomain(s)
	first, last := strings.IndexByte(d, '.'), strings.LastIndexByte(d, '.')
	if err != nil || first < 0 {
		return stars
	}
	return maskPart(d[:first]) + d[last:]
}

// maskRefused masks a string that is not an address. Beyond the greatest
// length only the first sign is looked at.
func maskRefused(s string) string {
	if len(s) > maxAddress {
		return maskPart(s)
	}
	first := strings.IndexByte(s, '@')
	if first < 0 {
		return maskPart(s)
	}
	return maskPart(s[:first]) + "@" + maskDomain(s[strings.LastIndexByte(s, '@')+1:])
}

func isAlnum(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

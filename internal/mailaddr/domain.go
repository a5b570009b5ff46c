package mailaddr

const (
	maxDomain = 253
	maxLabel  = 63
)

// ParseDomain returns the normal form of a domain name: ASCII labels of
// letters, digits and inner hyphens, 1 to 63 bytes each, 253 together,
// lower-cased, one trailing dot dropped. A single label ("edu") is accepted,
// because it can be a suffix.
//
// Everything else is [ErrDomain]: an empty label, a sign outside ASCII, a last
// label of digits only (an IPv4 address). Internationalised names are taken in
// their "xn--" form alone, and only as the bytes that they are: nothing is
// decoded, so such a name matches itself and nothing that looks like it.
func ParseDomain(s string) (string, error) {
	d, upper, reason := scanDomain(s)
	if reason != "" {
		return "", &Error{Kind: ErrDomain, Reason: reason, Input: maskPart(s)}
	}
	if upper {
		return lower(d), nil
	}
	return d, nil
}

// scanDomain returns s without one trailing dot and whether it holds A-Z; the
// reason is empty when s is a domain.
func scanDomain(s string) (domain string, upper bool, reason string) {
	if len(s) > 0 && s[len(s)-1] == '.' {
		s = s[:len(s)-1]
	}
	switch {
	case len(s) == 0:
		return "", false, reasonNoDomain
	case len(s) > maxDomain:
		return "", false, reasonLongDomain
	}
	start, digits := 0, true
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c >= 'a' && c <= 'z', c == '-':
			digits = false
		case c >= '0' && c <= '9':
		case c >= 'A' && c <= 'Z':
			digits, upper = false, true
		case c == '.':
			if reason := checkLabel(s[start:i]); reason != "" {
				return "", false, reason
			}
			start, digits = i+1, true
		default:
			return "", false, reasonOf(c)
		}
	}
	if reason := checkLabel(s[start:]); reason != "" {
		return "", false, reason
	}
	if digits {
		return "", false, reasonNumeric
	}
	return s, upper, ""
}

// checkLabel checks what concerns a label as a whole, not its signs.
func checkLabel(label string) string {
	switch {
	case len(label) == 0:
		return reasonEmptyLabel
	case len(label) > maxLabel:
		return reasonLongLabel
	case label[0] == '-' || label[len(label)-1] == '-':
		return reasonHyphen
	}
	return ""
}

// Within reports whether domain is parent or lies below it by whole labels:
// "a.school.edu" is within "school.edu", "evil-school.edu" is not. Both must
// come from [ParseDomain] or [Parse]; the comparison is byte by byte. An empty
// parent holds nothing.
func Within(domain, parent string) bool {
	if parent == "" || len(domain) < len(parent) {
		return false
	}
	cut := len(domain) - len(parent)
	if domain[cut:] != parent {
		return false
	}
	return cut == 0 || (cut > 1 && domain[cut-1] == '.')
}

// Qualifies reports whether domain lies below one of the suffixes, with at
// least one label of its own before it (the .edu rule of O10): "school.edu"
// qualifies for "edu"; "edu", "edu.example.com" and "school.edu.au" do not.
//
// The domain may be in any form that [ParseDomain] takes; one that it refuses
// qualifies for nothing. A suffix must be in normal form; any other (".edu",
// "EDU", "") matches nothing. Without suffixes nothing qualifies.
func Qualifies(domain string, suffixes []string) bool {
	d, err := ParseDomain(domain)
	if err != nil {
		return false
	}
	for _, suffix := range suffixes {
		if len(d) > len(suffix) && Within(d, suffix) {
			return true
		}
	}
	return false
}

package mailaddr

import "strings"

const (
	maxAddress = 254
	maxLocal   = 64
)

// Address is one plain e-mail address. The zero value is no address.
type Address struct {
	// Local is what stands before the @, as given: its case is kept.
	Local string
	// Domain is in the normal form of ParseDomain and has two labels or more.
	Domain string
}

// Parse reads one address of the form local@domain and nothing else.
//
// The local part is a dot-atom: 1 to 64 ASCII letters, digits and
// !#$%&'*+-/=?^_`{|}~ with single dots between them; "=?", with which an
// encoded word starts, is refused. The domain is what [ParseDomain] takes, with
// at least two labels. Spaces are refused also at the ends: a caller that takes
// typed input trims it first. Every error is [ErrAddress], and [ErrDomain] too
// when the domain is at fault.
func Parse(s string) (Address, error) {
	at, domain, upper, err := split(s)
	if err != nil {
		return Address{}, err
	}
	if upper {
		domain = lower(domain)
	}
	return Address{Local: s[:at], Domain: domain}, nil
}

// Key returns the identity of a user who is known by an address alone: the
// address with A-Z lowered in both parts, so that "A@x.edu" and "a@X.edu" are
// one user. The standard lets a mail server tell the case of local parts apart;
// hardly one does, and billing one person twice is the worse mistake. Nothing
// else is merged: "a+tag" and "a.b" differ from "a" and "ab". Composed and
// decomposed accents cannot differ, since [Parse] refuses both; the errors are
// those of Parse.
func Key(s string) (string, error) {
	at, domain, upper, err := split(s)
	if err != nil {
		return "", err
	}
	s = s[:at+1+len(domain)] // without the trailing dot
	if upper || hasUpper(s[:at]) {
		s = lower(s)
	}
	return s, nil
}

// String returns local@domain, or "" for the zero value. It is the address in
// full: logs and error texts take [Address.Masked].
func (a Address) String() string {
	if a == (Address{}) {
		return ""
	}
	return a.Local + "@" + a.Domain
}

// split checks s and returns the place of its @ and the domain without its
// trailing dot, not yet lowered; upper says that the domain holds A-Z.
func split(s string) (at int, domain string, upper bool, err error) {
	if len(s) > maxAddress {
		return 0, "", false, refuse(s, ErrAddress, reasonTooLong)
	}
	at = strings.IndexByte(s, '@')
	if reason := checkLocal(s, at); reason != "" {
		return 0, "", false, refuse(s, ErrAddress, reason)
	}
	domain, upper, reason := scanDomain(s[at+1:])
	switch {
	case reason != "" && strings.IndexByte(s[at+1:], '@') >= 0:
		return 0, "", false, refuse(s, ErrAddress, reasonManyAt)
	case reason != "":
		return 0, "", false, refuse(s, ErrDomain, reason)
	case strings.IndexByte(domain, '.') < 0:
		return 0, "", false, refuse(s, ErrDomain, reasonOneLabel)
	}
	return at, domain, upper, nil
}

// checkLocal returns why s[:at] is not a local part, or "".
func checkLocal(s string, at int) string {
	end := at
	if end < 0 {
		end = len(s) // a wrong sign is a better answer than the missing @
	}
	local := s[:end]
	prev := byte('.')
	for i := 0; i < len(local); i++ {
		c := local[i]
		switch {
		case c == '.':
			if prev == '.' {
				return reasonDots
			}
		case !isAtext(c):
			return reasonOf(c)
		case c == '?' && prev == '=':
			return reasonEncodedWord
		}
		prev = c
	}
	switch {
	case at < 0:
		return reasonNoAt
	case at == 0:
		return reasonNoLocal
	case prev == '.':
		return reasonDots
	case at > maxLocal:
		return reasonLongLocal
	}
	return ""
}

// The signs of an atom (RFC 5322 section 3.2.3) as two sets of bits, one for
// the codes 0 to 63 and one for 64 to 127.
const (
	atextLow = uint64(0x3ff)<<'0' |
		1<<'!' | 1<<'#' | 1<<'$' | 1<<'%' | 1<<'&' | 1<<'\'' | 1<<'*' | 1<<'+' | 1<<'-' | 1<<'/' | 1<<'=' | 1<<'?'
	atextHigh = uint64(0x3ffffff)<<('A'-64) | uint64(0x3ffffff)<<('a'-64) |
		1<<('^'-64) | 1<<('_'-64) | 1<<('`'-64) | 1<<('{'-64) | 1<<('|'-64) | 1<<('}'-64) | 1<<('~'-64)
)

func isAtext(c byte) bool {
	switch {
	case c < 64:
		return atextLow>>c&1 != 0
	case c < 128:
		return atextHigh>>(c-64)&1 != 0
	}
	return false
}

func hasUpper(s string) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c >= 'A' && c <= 'Z' {
			return true
		}
	}
	return false
}

// lower folds A-Z, in one allocation and without a table of Unicode; s is at
// most maxAddress long.
func lower(s string) string {
	var buf [maxAddress]byte
	b := buf[:len(s)]
	for i := range b {
		c := s[i]
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		b[i] = c
	}
	return string(b)
}

func refuse(s string, kind error, reason string) *Error {
	return &Error{Kind: kind, Reason: reason, Input: maskRefused(s), inAddress: true}
}

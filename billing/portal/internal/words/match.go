package words

import (
	"slices"
	"strings"
)

// Bounds of Match: what lies beyond them is not looked at.
const (
	maxAccept = 1024 // bytes of a header
	maxRanges = 32   // languages in a header
	maxTag    = 35   // bytes of a language tag, as in RFC 5646
)

// Match finds the printer for an Accept-Language header or a single BCP 47 tag: the language that the reader likes best
// of those that there are. A variant that there is not is answered with its language, and else with another variant of
// it. English is for everybody else.
func (c *Catalog) Match(accept string) *Printer {
	best, weight := c.printers[english], 0
	rest := accept[:min(len(accept), maxAccept)]
	for range maxRanges {
		entry, after, more := strings.Cut(rest, ",")
		if p, q := c.rank(entry); p != nil && q > weight {
			best, weight = p, q
		}
		if !more {
			break
		}
		rest = after
	}
	return best
}

// rank reads one language of a header with its weight in thousandths; nil for what there is not.
func (c *Catalog) rank(entry string) (*Printer, int) {
	name, params, weighted := strings.Cut(entry, ";")
	weight := 1000
	if weighted {
		q := trim(params)
		if len(q) < 2 || !strings.EqualFold(q[:2], "q=") {
			return nil, 0
		}
		var ok bool
		if weight, ok = parseWeight(q[2:]); !ok {
			return nil, 0
		}
	}
	return c.lookup(trim(name)), weight
}

// trim removes what RFC 9110 calls optional white space.
func trim(s string) string { return strings.Trim(s, " \t") }

// lookup finds the printer for one tag; nil when there is none.
func (c *Catalog) lookup(name string) *Printer {
	if name == "*" {
		return c.printers[english]
	}
	tag := strings.ToLower(parseTag(name))
	for t := tag; t != ""; t = shorter(t) {
		if p := c.printers[t]; p != nil {
			return p
		}
	}
	return c.primary[primaryOf(tag)]
}

// parseWeight reads a weight as in RFC 9110, in thousandths: 0 to 1 with at most three decimals.
func parseWeight(s string) (int, bool) {
	if s == "" || len(s) > 5 || len(s) > 1 && s[1] != '.' || s[0] != '0' && s[0] != '1' {
		return 0, false
	}
	weight, unit := int(s[0]-'0')*1000, 100
	for _, digit := range []byte(s[min(len(s), 2):]) {
		if digit < '0' || digit > '9' {
			return 0, false
		}
		weight += int(digit-'0') * unit
		unit /= 10
	}
	return weight, weight <= 1000
}

// parseTag reads a language tag and gives its canonical spelling, such as "pt-BR" or "zh-Hant"; empty for what is none.
// An underscore is taken for a hyphen.
func parseTag(s string) string {
	if len(s) > maxTag {
		return ""
	}
	subtags := strings.Split(strings.ReplaceAll(s, "_", "-"), "-")
	for i, sub := range subtags {
		if sub == "" || len(sub) > 8 || strings.IndexFunc(sub, func(r rune) bool { return !isAlphanumeric(r) }) >= 0 {
			return ""
		}
		sub = strings.ToLower(sub)
		switch {
		case i == 0 && (len(sub) < 2 || len(sub) > 3 || !isLetters(sub)):
			return ""
		case i == 0:
		case isScript(sub):
			sub = strings.ToUpper(sub[:1]) + sub[1:]
		case len(sub) == 2 && isLetters(sub):
			sub = strings.ToUpper(sub)
		}
		subtags[i] = sub
	}
	return strings.Join(subtags, "-")
}

// isScript tells whether a subtag names a script, such as "Latn". A variant of four characters begins with a digit.
func isScript(sub string) bool { return len(sub) == 4 && isLetters(sub) }

func isLetters(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return !isAlphanumeric(r) || r <= '9' }) < 0
}

// shorter takes the last subtag away; the result is empty when only one is left.
func shorter(tag string) string { return tag[:max(0, strings.LastIndexByte(tag, '-'))] }

// primaryOf gives the language alone.
func primaryOf(tag string) string {
	first, _, _ := strings.Cut(tag, "-")
	return first
}

// Languages and scripts that are written from right to left.
var (
	rightToLeft = []string{"ar", "arc", "ckb", "dv", "fa", "he", "ks", "ps", "sd", "syr", "ug", "ur", "yi"}
	rtlScripts  = []string{"Adlm", "Arab", "Hebr", "Nkoo", "Rohg", "Syrc", "Thaa"}
)

// directionOf tells in which direction a language is written. A script in the tag decides.
func directionOf(tag string) string {
	subtags := strings.Split(tag, "-")
	rtl := slices.Contains(rightToLeft, subtags[0])
	if len(subtags) > 1 && isScript(strings.ToLower(subtags[1])) {
		rtl = slices.Contains(rtlScripts, subtags[1])
	}
	if rtl {
		return "rtl"
	}
	return "ltr"
}

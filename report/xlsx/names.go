package xlsx

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// defaultTab is the name for what has no visible name.
const defaultTab = "Tenant"

// maxInput bounds how much of a wanted name is looked at, in bytes.
const maxInput = 1024

// Namer makes names for tabs: valid ones, and no two that a spreadsheet would take for the same. The zero value is
// ready. It is for one workbook and one goroutine.
type Namer struct {
	// Fallback replaces names without anything to see; empty means "Tenant".
	Fallback string

	taken map[string]bool
	next  map[stem]int
}

// stem is what names with a number of so many digits share.
type stem struct {
	key    string
	digits int
}

// Name gives the name for a tab that should bear the wanted one. It takes out what a tab cannot hold, cuts to
// [MaxTab] UTF-16 units without parting a character, keeps the reserved name "History" free, and appends
// " (2)" and so on until no earlier name is the same under case folding. Every call gives a new name; the
// same calls in the same order give the same names.
func (n *Namer) Name(wanted string) string {
	name := cleanTab(wanted)
	if name == "" {
		if name = cleanTab(n.Fallback); name == "" {
			name = defaultTab
		}
	}
	if n.take(name) {
		return name
	}
	if n.next == nil {
		n.next = map[stem]int{}
	}
	for digits, first := 1, 2; ; digits++ {
		limit := power10(digits)
		base := trimTab(cutUnits(name, MaxTab-len(" ()")-digits))
		at := stem{foldTab(base), digits}
		i := max(n.next[at], first)
		for ; i < limit; i++ {
			if next := base + " (" + strconv.Itoa(i) + ")"; n.take(next) {
				n.next[at] = i + 1
				return next
			}
		}
		n.next[at] = limit
		first = limit
	}
}

// take reserves a name if it is free.
func (n *Namer) take(name string) bool {
	key := foldTab(name)
	if n.taken[key] {
		return false
	}
	if n.taken == nil {
		n.taken = map[string]bool{}
	}
	n.taken[key] = true
	return true
}

// claim reserves a name that must be valid and free.
func (n *Namer) claim(name string) error {
	if name == "" || len(name) > maxInput || cleanTab(name) != name {
		return errorf(ErrName, "the name has no form that a tab can bear")
	}
	if !n.take(name) {
		return errorf(ErrName, "another tab has this name under case folding")
	}
	return nil
}

func power10(n int) int {
	p := 1
	for range n {
		p *= 10
	}
	return p
}

// cleanTab gives the valid name nearest to the wanted one, or nothing. A valid name stays as it is.
func cleanTab(s string) string {
	if len(s) > maxInput {
		s = cutBytes(s, maxInput)
	}
	var b strings.Builder
	space := false
	for _, r := range s {
		r = cleanRune(r)
		switch {
		case r < 0:
			continue
		case r == ' ':
			space = true
			continue
		case space && b.Len() > 0:
			b.WriteByte(' ')
		}
		space = false
		b.WriteRune(r)
	}
	name := trimTab(cutUnits(trimTab(breakEscapes(b.String())), MaxTab))
	if !hasInk(name) {
		return ""
	}
	if foldTab(name) == "history" {
		if name += "_"; units(name) > MaxTab { // padded with what cannot be seen
			name = "History_"
		}
	}
	return name
}

// cutBytes cuts between characters.
func cutBytes(s string, most int) string {
	for most > 0 && !utf8.RuneStart(s[most]) {
		most--
	}
	return s[:most]
}

// cleanRune gives what stands for a character of a name, -1 for nothing. Of the signs that a tab cannot hold, the
// full-width forms go too, which Japanese editions refuse.
func cleanRune(r rune) rune {
	switch r {
	case '[', '［':
		return '('
	case ']', '］':
		return ')'
	case ':', '\\', '/', '?', '*', '：', '＼', '／', '？', '＊', '￥':
		return '-'
	case '\u200c', '\u200d': // join and part letters and emoji
		return r
	case '\ufffe', '\uffff':
		return utf8.RuneError
	}
	switch {
	case unicode.IsSpace(r), unicode.In(r, unicode.Zl, unicode.Zp):
		return ' '
	case unicode.In(r, unicode.Cc, unicode.Cf): // control, direction, invisible
		return -1
	}
	return r
}

// breakEscapes changes what programs would read as another character (_x0041_).
func breakEscapes(s string) string {
	for i := range len(s) {
		if s[i] == '_' && isEscape(s[i:]) {
			s = s[:i] + "-" + s[i+1:]
		}
	}
	return s
}

// trimTab takes away what a name must not begin or end with.
func trimTab(s string) string {
	return strings.Trim(s, " '＇")
}

// hasInk tells a name in which there is something to see.
func hasInk(s string) bool {
	for _, r := range s {
		switch r {
		case ' ', '\u200c', '\u200d', '\u115f', '\u1160', '\u2800', '\u3164', '\uffa0':
			continue
		}
		if !unicode.Is(unicode.Mn, r) {
			return true
		}
	}
	return false
}

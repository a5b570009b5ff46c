package xlsx

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// cutMark ends a text that was too long for a cell.
const cutMark = " […]"

// visible replaces what a cell cannot hold.
const visible = "\uFFFD"

// special marks the bytes that need a closer look.
var special = func() (table [256]bool) {
	for c := range table {
		table[c] = c < ' ' && c != '\t' && c != '\n' || c >= 0x7f
	}
	for _, c := range []byte("&<>_") {
		table[c] = true
	}
	return table
}()

// appendText appends a text as XML content. Characters that XML cannot hold or nobody can see become
// U+FFFD; with escapes, a text that looks like the format's own escape (_x0041_) is escaped with it.
func appendText(b []byte, s string, escapes bool) []byte {
	from := 0
	for i := 0; i < len(s); {
		c := s[i]
		if !special[c] {
			i++
			continue
		}
		if c >= utf8.RuneSelf {
			r, n := utf8.DecodeRuneInString(s[i:])
			if r == utf8.RuneError && n == 1 || unwritable(r) {
				b = append(append(b, s[from:i]...), visible...)
				from = i + n
			}
			i += n
			continue
		}
		if esc := asciiEscape(s, i, escapes); esc != "" {
			b = append(append(b, s[from:i]...), esc...)
			from = i + 1
		}
		i++
	}
	return append(b, s[from:]...)
}

// asciiEscape gives what stands for the character at i, or nothing if it may stand for itself.
func asciiEscape(s string, i int, escapes bool) string {
	switch c := s[i]; {
	case c == '&':
		return "&amp;"
	case c == '<':
		return "&lt;"
	case c == '>':
		return "&gt;"
	case c == '\r':
		return "&#13;" // bare, it would be read as a line feed
	case c == '_' && escapes && isEscape(s[i:]):
		return "_x005F_"
	case c < ' ' && c != '\t' && c != '\n', c == 0x7f:
		return visible
	}
	return ""
}

// unwritable tells the control characters and non-characters beyond ASCII.
func unwritable(r rune) bool {
	return r <= 0x9f || r == 0xfffe || r == 0xffff
}

// isEscape tells a text that starts like _x0041_.
func isEscape(s string) bool {
	if len(s) < 7 || s[1] != 'x' || s[6] != '_' {
		return false
	}
	for _, c := range []byte(s[2:6]) {
		if (c < '0' || c > '9') && (c|0x20 < 'a' || c|0x20 > 'f') {
			return false
		}
	}
	return true
}

// appendAttr appends text as the value of an attribute in double quotes. The apostrophe stays as it is:
// escaped in a tab name, it was reported to trigger repair.
func appendAttr(b []byte, s string) []byte {
	for {
		i := strings.IndexByte(s, '"')
		if i < 0 {
			return appendText(b, s, false)
		}
		b = append(appendText(b, s[:i], false), "&quot;"...)
		s = s[i+1:]
	}
}

// spaced tells a text whose outer white space must be kept.
func spaced(s string) bool {
	return s[0] <= ' ' || s[len(s)-1] <= ' '
}

// formulaLike tells a text that a spreadsheet would take for a formula if it were typed in.
func formulaLike(s string) bool {
	switch c := s[0]; {
	case c == '\t', c == '\r':
		return true
	case c > '@' && c < 0xef, c >= '0' && c <= '9':
		return false
	}
	s = strings.TrimLeftFunc(s, unicode.IsSpace)
	r, _ := utf8.DecodeRuneInString(s)
	switch r {
	case '=', '+', '-', '@', '＝', '＋', '－', '＠':
		return true
	}
	return false
}

// fitText cuts a text to what a cell can hold and says whether it did.
func fitText(s string) (string, bool) {
	if len(s) <= MaxText || units(s) <= MaxText {
		return s, false
	}
	return cutUnits(s, MaxText-units(cutMark)) + cutMark, true
}

// units counts UTF-16 units; a byte that is not UTF-8 counts as the one that replaces it.
func units(s string) int {
	n := 0
	for _, r := range s {
		n++
		if r > 0xffff {
			n++
		}
	}
	return n
}

// cutUnits gives the longest start of a text with at most that many UTF-16 units and whole characters.
func cutUnits(s string, most int) string {
	n := 0
	for i, r := range s {
		n++
		if r > 0xffff {
			n++
		}
		if n > most {
			return s[:graphemeStart(s, i)]
		}
	}
	return s
}

// graphemeStart steps back from a cut at i, so that no mark is parted from its letter and no joined
// sign from its partner. It gives up on a heap of marks and cuts at i.
func graphemeStart(s string, i int) int {
	const most = 16
	at := i
	for range most {
		next, _ := utf8.DecodeRuneInString(s[at:])
		last, n := utf8.DecodeLastRuneInString(s[:at])
		if n == 0 {
			return i
		}
		if next < 0x300 || !joins(next) && last != '\u200d' {
			return at
		}
		at -= n
	}
	return i
}

// joins tells a character that belongs to the one before it.
func joins(r rune) bool {
	return unicode.Is(unicode.M, r) || r == '\u200d' || r >= 0x1f3fb && r <= 0x1f3ff
}

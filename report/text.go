package report

import (
	"strconv"
	"unicode"
	"unicode/utf8"

	"github.com/billhatch/billhatch/usage/civil"
)

// appendMinor appends minor units as a decimal number with scale digits after the point.
func appendMinor(b []byte, minor int64, scale int) []byte {
	magnitude := uint64(minor)
	if minor < 0 {
		b = append(b, '-')
		magnitude = -magnitude
	}
	start := len(b)
	b = strconv.AppendUint(b, magnitude, 10)
	if scale == 0 {
		return b
	}
	for len(b)-start <= scale {
		b = append(b, 0)
		copy(b[start+1:], b[start:])
		b[start] = '0'
	}
	point := len(b) - scale
	b = append(b, 0)
	copy(b[point+1:], b[point:])
	b[point] = '.'
	return b
}

// appendField appends a text as a field of a record.
func appendField(b []byte, s string) []byte {
	if plainField(s) {
		return append(b, s...)
	}
	start := len(b)
	b = append(b, '"')
	quoted := false
	if formulaLike(s) {
		b = append(b, '\'')
	}
	if s != "" && (s[0] == ' ' || s[len(s)-1] == ' ') {
		quoted = true // some readers trim
	}
	for _, r := range s {
		switch r {
		case '"':
			b = append(b, '"', '"')
			quoted = true
		case ',', '\n', '\r':
			b = append(b, byte(r))
			quoted = true
		default:
			b = utf8.AppendRune(b, visible(r))
		}
	}
	if !quoted {
		return append(b[:start], b[start+1:]...)
	}
	return append(b, '"')
}

// plainField tells the texts that can be written as they are.
func plainField(s string) bool {
	i := 0
	for ; i+8 <= len(s); i += 8 {
		w := s[i : i+8]
		if !plainWord(uint64(w[0]) | uint64(w[1])<<8 | uint64(w[2])<<16 | uint64(w[3])<<24 |
			uint64(w[4])<<32 | uint64(w[5])<<40 | uint64(w[6])<<48 | uint64(w[7])<<56) {
			return false
		}
	}
	for ; i < len(s); i++ {
		c := s[i]
		if c >= utf8.RuneSelf || c < ' ' || c == 0x7f || c == '"' || c == ',' {
			return false
		}
	}
	if s == "" {
		return true
	}
	switch s[0] {
	case ' ', '\'', '=', '+', '-', '@':
		return false
	}
	return s[len(s)-1] != ' '
}

// plainWord looks at eight bytes at once: none is a control character, a quote, a comma, or beyond ASCII. A byte b below n
// sets its top bit in w - n*ones, and a byte that is 0 does so in w - ones.
func plainWord(w uint64) bool {
	const (
		ones = 0x0101010101010101
		tops = 0x80 * ones
	)
	quote, comma, del := w^'"'*ones, w^','*ones, w^0x7f*ones
	found := w | (w-' '*ones)&^w | (quote-ones)&^quote | (comma-ones)&^comma | (del-ones)&^del
	return found&tops == 0
}

// days are the texts of the days of a period, which nearly all dates in a report are.
type days struct {
	first int32
	text  []byte // ten bytes a day
}

// maxDays bounds the table.
const maxDays = 1000

func newDays(p civil.Period) *days {
	d := &days{first: p.From().Ordinal()}
	for i := range min(p.Days(), maxDays) {
		d.text, _ = p.From().AddDays(i).AppendText(d.text) // never fails
	}
	return d
}

// append appends a day in the form 2006-01-02.
func (d *days) append(b []byte, day civil.Date) []byte {
	const size = len("2006-01-02")
	if i := int(day.Ordinal()-d.first) * size; i >= 0 && i+size <= len(d.text) {
		return append(b, d.text[i:i+size]...)
	}
	b, _ = day.AppendText(b) // never fails
	return b
}

// formulaLike tells the texts that get an apostrophe: those that a spreadsheet could run, and those that look like one
// that has got it. So taking one apostrophe away from a text of that form always gives the text back.
func formulaLike(s string) bool {
	for _, r := range s {
		switch r = visible(r); r {
		case '=', '+', '-', '@', '＝', '＋', '－', '＠', '\t', '\r', '\n':
			return true
		case '\'':
			continue
		}
		if !unicode.IsSpace(r) && !unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) {
			return false
		}
	}
	return false
}

// visible gives the sign itself, or U+FFFD for control characters, for what is no character and for bad UTF-8.
func visible(r rune) rune {
	switch {
	case r == '\t' || r == '\n' || r == '\r':
		return r
	case r < ' ' || r == 0x7f || r == 0xfffe || r == 0xffff:
		return utf8.RuneError
	}
	return r
}

const hex = "0123456789abcdef"

// appendString appends a text as a string of JSON. Bytes that are not UTF-8 become U+FFFD.
func appendString(b []byte, s string) []byte {
	b = append(b, '"')
	from := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			if c >= ' ' && c != '"' && c != '\\' && c != 0x7f {
				i++
				continue
			}
			b = append(b, s[from:i]...)
			switch c {
			case '"', '\\':
				b = append(b, '\\', c)
			default:
				b = append(b, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
			}
			i++
			from = i
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			b = append(append(b, s[from:i]...), `\ufffd`...)
			from = i + size
		case r == '\u2028' || r == '\u2029': // line ends for some readers of lines
			b = append(append(b, s[from:i]...), '\\', 'u', '2', '0', '2', hex[r&15])
			from = i + size
		}
		i += size
	}
	b = append(b, s[from:]...)
	return append(b, '"')
}

package pdf

import (
	"math/bits"
	"strings"
	"unicode"
	"unicode/utf8"
)

// typeface is one face of the chain in both weights; bold may be the regular face.
type typeface struct{ regular, bold *font }

// fontKey names one font of the chain: twice the place of the typeface, plus one for bold.
type fontKey int

// chain is the list of typefaces in which a sign is looked up, in order. It is never changed after New.
type chain struct {
	faces       []typeface
	replacement rune // drawn for a sign that no face has
}

// find gives the font that draws a sign, and its glyph there; 0 when no face has it.
func (c *chain) find(r rune, bold bool) (fontKey, int) {
	for i, face := range c.faces {
		if bold && face.bold != face.regular {
			if gid := face.bold.cmap.glyph(r); gid != 0 {
				return fontKey(2*i + 1), gid
			}
		}
		if gid := face.regular.cmap.glyph(r); gid != 0 {
			return fontKey(2 * i), gid
		}
	}
	return 0, 0
}

func (c *chain) has(r rune) bool {
	_, gid := c.find(r, false)
	if gid == 0 {
		_, gid = c.find(r, true)
	}
	return gid != 0
}

func (c *chain) font(key fontKey) *font {
	if key%2 == 1 {
		return c.faces[key/2].bold
	}
	return c.faces[key/2].regular
}

// advance is the width of a sign in thousandths of the size.
func (c *chain) advance(r rune, bold bool) int {
	key, gid := c.find(r, bold)
	return c.font(key).width(gid)
}

// measure is the width of a clean text in points.
func (c *chain) measure(s string, bold bool, size float64) float64 {
	sum := 0
	for _, r := range s {
		sum += c.advance(r, bold)
	}
	return float64(sum) * size / 1000
}

// signSet is a set of code points of the basic plane.
type signSet [1024]uint64

func (s *signSet) add(r rune) { s[r>>6] |= 1 << (r & 63) }

func (s *signSet) list() []rune {
	var out []rune
	for i, word := range s {
		for ; word != 0; word &= word - 1 {
			out = append(out, rune(i<<6+bits.TrailingZeros64(word)))
		}
	}
	return out
}

// similar gives the sign that can be drawn for another one without changing what is read; 0 when there is none.
func similar(r rune) rune {
	switch r {
	case '\u2010', '\u2011', '\u2212':
		return '-'
	case '\u2007', '\u202F':
		return '\u00A0'
	}
	return 0
}

// clean turns any text into one that the chain can draw: valid UTF-8 of the basic plane, every sign in some face,
// line feeds as the only controls. What it had to change is noted.
func (c *chain) clean(s string, notes *notes) string {
	if plain(s) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	for i, r := range s {
		switch r {
		case '\n', '\u2028', '\u2029', '\u0085', '\v', '\f':
			b.WriteByte('\n')
			continue
		case '\r':
			if i+1 == len(s) || s[i+1] != '\n' {
				b.WriteByte('\n')
			}
			continue
		case '\t':
			b.WriteByte(' ')
			continue
		}
		if out, ok := c.sign(r, notes); ok {
			b.WriteRune(out)
		}
	}
	return b.String()
}

// plain tells whether a text is printable ASCII, which every chain can draw.
func plain(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

// sign gives what is drawn for a sign; false when nothing is, because the sign is invisible by definition.
func (c *chain) sign(r rune, notes *notes) (rune, bool) {
	if unicode.Is(unicode.Cf, r) && !unicode.Is(unicode.Prepended_Concatenation_Mark, r) ||
		unicode.Is(unicode.Variation_Selector, r) || unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r) {
		notes.add(Dropped, r, "")
		return 0, false
	}
	if r == utf8.RuneError || unicode.IsControl(r) {
		notes.add(Replaced, r, "")
		return c.replacement, true
	}
	if c.has(r) {
		if script := shapedScript(r); script != "" {
			notes.add(Unshaped, r, script)
		}
		return r, true
	}
	if other := similar(r); other != 0 && c.has(other) {
		return other, true
	}
	if unicode.Is(unicode.Zs, r) {
		return ' ', true
	}
	notes.add(Replaced, r, "")
	return c.replacement, true
}

// shapedScripts are the scripts whose letters change or move by their neighbours, or that run from right to left.
var shapedScripts = []struct {
	name  string
	table *unicode.RangeTable
}{
	{"Arabic", unicode.Arabic},
	{"Hebrew", unicode.Hebrew},
	{"Syriac", unicode.Syriac},
	{"Thaana", unicode.Thaana},
	{"Nko", unicode.Nko},
	{"Mandaic", unicode.Mandaic},
	{"Samaritan", unicode.Samaritan},
	{"Devanagari", unicode.Devanagari},
	{"Bengali", unicode.Bengali},
	{"Gurmukhi", unicode.Gurmukhi},
	{"Gujarati", unicode.Gujarati},
	{"Oriya", unicode.Oriya},
	{"Tamil", unicode.Tamil},
	{"Telugu", unicode.Telugu},
	{"Kannada", unicode.Kannada},
	{"Malayalam", unicode.Malayalam},
	{"Sinhala", unicode.Sinhala},
	{"Thai", unicode.Thai},
	{"Lao", unicode.Lao},
	{"Tibetan", unicode.Tibetan},
	{"Myanmar", unicode.Myanmar},
	{"Khmer", unicode.Khmer},
	{"Mongolian", unicode.Mongolian},
	{"Balinese", unicode.Balinese},
	{"Javanese", unicode.Javanese},
	{"Meetei_Mayek", unicode.Meetei_Mayek},
}

// shapedScript names the script of a sign that needs shaping; empty for all others.
func shapedScript(r rune) string {
	if r < 0x0590 || r >= 0x2000 && r < 0xA800 || !unicode.IsLetter(r) && !unicode.IsMark(r) {
		return ""
	}
	for _, s := range shapedScripts {
		if unicode.Is(s.table, r) {
			return s.name
		}
	}
	return ""
}

// run is a piece of text in one font.
type run struct {
	key   fontKey
	text  string
	width float64 // points
}

// runs splits a clean line into pieces of one font each, in the order in which they are drawn.
func (c *chain) runs(line string, bold bool, size float64) []run {
	line = visual(line)
	var out []run
	start, sum := 0, 0
	var current fontKey
	flush := func(end int) {
		if end > start {
			out = append(out, run{current, line[start:end], float64(sum) * size / 1000})
		}
		start, sum = end, 0
	}
	for i, r := range line {
		key, gid := c.find(r, bold)
		if key != current {
			flush(i)
			current = key
		}
		sum += c.font(key).width(gid)
	}
	flush(len(line))
	return out
}

// wrap breaks a clean text into lines of at most width points; words that are too long are broken anywhere.
func (c *chain) wrap(s string, bold bool, size, width float64) []string {
	limit := int(width * 1000 / size)
	var lines []string
	for paragraph := range strings.SplitSeq(strings.Trim(s, "\n "), "\n") {
		if strings.Trim(paragraph, " ") == "" {
			lines = append(lines, "")
			continue
		}
		for rest := strings.Trim(paragraph, " "); rest != ""; {
			n := c.fit(rest, bold, limit)
			lines = append(lines, strings.TrimRight(rest[:n], " "))
			rest = strings.TrimLeft(rest[n:], " ")
		}
	}
	return lines
}

// fit gives the length in bytes of the first line of a text, at least one sign.
func (c *chain) fit(s string, bold bool, limit int) int {
	sum, gap := 0, 0 // gap: where the line can end
	var before rune
	for i, r := range s {
		if i > 0 && canBreak(before, r) {
			gap = i
		}
		sum += c.advance(r, bold)
		if sum > limit && i > 0 && r != ' ' && !unicode.IsMark(r) {
			if gap > 0 {
				return gap
			}
			return i
		}
		before = r
	}
	return len(s)
}

// canBreak tells whether a line may end between two signs.
func canBreak(before, after rune) bool {
	switch {
	case after == ' ':
		return false // the break comes after the space
	case before == ' ':
		return true
	case before == '-' || before == '/' || before == '_' || before == '@':
		return unicode.IsLetter(after)
	case strings.ContainsRune("、。，．・：；！？）」』】〉》…ー％", after) || strings.ContainsRune("（「『【〈《", before):
		return false
	}
	return ideographic(before) && !unicode.IsMark(after) || ideographic(after) && before != 0xA0
}

// ideographic tells whether a script without spaces is written in this sign.
func ideographic(r rune) bool {
	return r >= 0x2E80 && (unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana) || r >= 0x3000 && r <= 0x303F ||
		r >= 0xFF00 && r <= 0xFFEF)
}

package chart

import (
	"html/template"
	"strconv"
	"strings"
	"unicode/utf8"
)

// whole is the width and the height of a plot: positions are hundredths of a percent.
const whole = 10000

// canvas writes the markup. Horizontal positions count in the direction of reading; the canvas mirrors them.
type canvas struct {
	strings.Builder
	id  string
	rtl bool
}

func (c *canvas) html() template.HTML {
	return template.HTML(c.String()) // #nosec G203 -- every text went through canvas.text
}

func (c *canvas) put(parts ...string) {
	for _, part := range parts {
		c.WriteString(part)
	}
}

// text writes a text of the caller, for content and for attributes in double quotes. What XML cannot hold becomes
// U+FFFD.
func (c *canvas) text(s string) {
	if len(s) > maxText && utf8.RuneCountInString(s) > maxText {
		s = string([]rune(s)[:maxText-1]) + "…"
	}
	from := 0
	for i := 0; i < len(s); {
		if plainASCII(s[i]) {
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		if instead := escape(r); instead != "" {
			c.put(s[from:i], instead)
			from = i + size
		}
		i += size
	}
	c.WriteString(s[from:])
}

// plainASCII tells whether a byte is a character that stands for itself.
func plainASCII(c byte) bool {
	return c >= ' ' && c < utf8.RuneSelf && c != '&' && c != '<' && c != '>' && c != '"' && c != '\''
}

// escape is what stands for a character in content and in attributes; empty: the character itself.
func escape(r rune) string {
	switch r {
	case '&':
		return "&amp;"
	case '<':
		return "&lt;"
	case '>':
		return "&gt;"
	case '"':
		return "&#34;"
	case '\'':
		return "&#39;"
	case '\t', '\n':
		return ""
	case utf8.RuneError, 0xFFFE, 0xFFFF:
		return "\ufffd"
	}
	if r < ' ' {
		return "\ufffd"
	}
	return ""
}

func (c *canvas) num(n int) {
	var buf [20]byte
	c.Write(strconv.AppendInt(buf[:0], int64(n), 10))
}

// pct writes an attribute that is a percentage: 1234 is 12.34%.
func (c *canvas) pct(name string, at int) {
	var buf [32]byte
	b := append(append(append(buf[:0], ' '), name...), '=', '"')
	if at < 0 {
		b, at = append(b, '-'), -at
	}
	b = strconv.AppendInt(b, int64(at/100), 10)
	if rest := at % 100; rest != 0 {
		b = append(b, '.', byte('0'+rest/10))
		if rest%10 != 0 {
			b = append(b, byte('0'+rest%10))
		}
	}
	c.Write(append(b, '%', '"'))
}

// x is a horizontal position on the page.
func (c *canvas) x(at int) int {
	if c.rtl {
		return whole - at
	}
	return at
}

// span writes x and width of something that begins at a position.
func (c *canvas) span(at, width int) {
	if c.rtl {
		at = whole - at - width
	}
	c.pct("x", at)
	c.pct("width", width)
}

// point writes a position of a path.
func (c *canvas) point(verb string, x, y int) {
	c.WriteString(verb)
	c.num(c.x(x))
	c.WriteByte(' ')
	c.num(y)
}

// begin opens the picture.
func (c *canvas) begin(f Frame, class string) {
	c.id, c.rtl = f.ID, f.RightToLeft
	dir := "ltr"
	if c.rtl {
		dir = "rtl"
	}
	c.put(`<div class="bh-chart `, class, `" dir="`, dir, `">`)
}

// svg opens the drawing with its accessible name. A group has links in it that must stay reachable, an img is one thing.
func (c *canvas) svg(f Frame, class, height, role string) {
	c.put(`<svg class="bh-chart-svg `, class, `" width="100%" height="`, height, `" role="`, role, `" aria-labelledby="`, c.id, `-title`)
	if f.Description != "" {
		c.put(` `, c.id, `-desc`)
	}
	c.put(`"><title id="`, c.id, `-title">`)
	c.text(f.Title)
	c.WriteString(`</title>`)
	if f.Description != "" {
		c.put(`<desc id="`, c.id, `-desc">`)
		c.text(f.Description)
		c.WriteString(`</desc>`)
	}
}

// lines writes texts that are there as the lines of a native tooltip.
func (c *canvas) lines(texts []string) {
	some := false
	for _, text := range texts {
		if text == "" {
			continue
		}
		if some {
			c.WriteByte('\n')
		}
		c.text(text)
		some = true
	}
}

// label writes a text that hangs below or above a point of the plot.
func (c *canvas) label(class, anchor string, x, y int, dy, text string) {
	c.put(`<text class="`, class, `" aria-hidden="true" text-anchor="`, anchor, `"`)
	c.pct("x", c.x(x))
	c.pct("y", y)
	c.put(` dy="`, dy, `">`)
	c.text(text)
	c.WriteString(`</text>`)
}

// pattern is a fill that is told apart without its colour. Its parts get their colours from the stylesheet.
type pattern struct {
	name, turn, parts string
}

var (
	hatched = pattern{"hatch", "45", `<path class="bh-chart-hatch" d="M3 0V6"/>`}
	striped = pattern{"stripe", "-45", `<path class="bh-chart-alarm" d="M0 0H6V6H0z"/><path class="bh-chart-stripe" d="M1 0V6"/>`}
	crossed = pattern{"cross", "45", `<path class="bh-chart-hatch" d="M3 0V6M0 3H6"/>`}
	dotted  = pattern{"dot", "0", `<circle class="bh-chart-speck" cx="3" cy="3" r="1.2"/>`}
)

func (c *canvas) define(p pattern) {
	c.put(`<pattern id="`, c.id, `-`, p.name, `" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(`,
		p.turn, `)">`, p.parts, `</pattern>`)
}

// fill writes the attribute that fills with a defined pattern.
func (c *canvas) fill(p pattern) { c.put(` fill="url(#`, c.id, `-`, p.name, `)"`) }

// key writes an entry of the legend: the drawing is 18 by 12.
func (c *canvas) key(text string, draw func()) {
	c.WriteString(`<li><svg class="bh-chart-key" width="18" height="12" aria-hidden="true">`)
	draw()
	c.WriteString(`</svg><span>`)
	c.text(text)
	c.WriteString(`</span></li>`)
}

package pdf

import (
	"io"
	"time"
)

// rgb is a colour.
type rgb struct{ r, g, b uint8 }

// canvas is what the layout needs of a PDF engine. Positions are points from the upper left corner of the page; the
// y of a text is its baseline. Texts hold only signs of the fonts that the document was opened with. Errors are
// kept by the canvas and come out of finish.
type canvas interface {
	page()
	text(x, y float64, key fontKey, size float64, color rgb, s string)
	line(x1, y1, x2, y2, width float64, color rgb)
	fill(x, y, w, h float64, color rgb)
	logo(x, y, w, h float64)
	finish(w io.Writer) error
}

// document is what an engine must know before the first page.
type document struct {
	width, height float64 // points
	title, author string
	language      string // BCP 47, checked
	created       time.Time
	fonts         map[fontKey][]byte // TrueType, reduced to the signs that are used
	logo          *logo
}

// opKind says what an op draws.
type opKind uint8

const (
	opText opKind = iota
	opLine
	opFill
	opLogo
)

// op is one thing on a page. The layout makes lists of them, so that the number of pages and the signs that are
// used are known before the engine starts. Later ones lie on top of earlier ones.
type op struct {
	kind       opKind
	key        fontKey
	color      rgb
	x, y, w, h float64 // w, h are the other end of a line
	size       float64 // of the text, or width of the line
	str        string
}

// replay draws the pages on a canvas.
func replay(c canvas, pages [][]op) {
	for _, ops := range pages {
		c.page()
		for i := range ops {
			switch o := &ops[i]; o.kind {
			case opText:
				c.text(o.x, o.y, o.key, o.size, o.color, o.str)
			case opLine:
				c.line(o.x, o.y, o.w, o.h, o.size, o.color)
			case opFill:
				c.fill(o.x, o.y, o.w, o.h, o.color)
			case opLogo:
				c.logo(o.x, o.y, o.w, o.h)
			}
		}
	}
}

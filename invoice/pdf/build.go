package pdf

import (
	"context"
	"strings"

	"github.com/billhatch/billhatch/invoice"
	"github.com/billhatch/billhatch/money"
)

// Measures of the page, in points.
const (
	margin     = 48.0 // left, right and top
	footerRoom = 62.0 // kept free at the bottom
	footerLine = 44.0 // rule above the footer, from the bottom
	leading    = 1.32 // height of a line, in sizes
)

// The colours beside the accent.
func ink() rgb    { return rgb{0x1b, 0x21, 0x2b} }
func grey() rgb   { return rgb{0x6a, 0x72, 0x7f} }
func hair() rgb   { return rgb{0xdd, 0xe1, 0xe6} }
func tint() rgb   { return rgb{0xf4, 0xf6, 0xf8} }
func amber() rgb  { return rgb{0x8a, 0x4b, 0x08} }
func amberB() rgb { return rgb{0xfe, 0xf3, 0xd6} }
func green() rgb  { return rgb{0x0b, 0x5d, 0x3b} }
func greenB() rgb { return rgb{0xe6, 0xf6, 0xee} }

// style is how a text looks.
type style struct {
	size  float64
	bold  bool
	color rgb
}

func (s style) height() float64 { return s.size * leading }

// builder lays one invoice out as lists of things to draw.
type builder struct {
	*Renderer
	ctx   context.Context
	inv   *invoice.Invoice
	notes notes
	used  map[fontKey]*signSet

	pages       [][]op
	y           float64 // upper edge of what comes next on the page
	left, right float64
	bottom      float64

	mark    string // printed on every page of an invoice that is not simply open
	columns columns
	rows    []row
	carry   []money.Amount // sum of the lines before the one of that place; one more than there are lines
	due     money.Amount
	failed  error // the first failure while pages are begun
}

func (b *builder) emit(o op) { b.pages[len(b.pages)-1] = append(b.pages[len(b.pages)-1], o) }

// text draws a clean line with its left end at x and its baseline at y.
func (b *builder) text(x, y float64, s style, line string) {
	for _, run := range b.chain.runs(line, s.bold, s.size) {
		set := b.used[run.key]
		if set == nil {
			set = new(signSet)
			b.used[run.key] = set
		}
		for _, r := range run.text {
			set.add(r)
		}
		b.emit(op{kind: opText, key: run.key, color: s.color, x: x, y: y, size: s.size, str: run.text})
		x += run.width
	}
}

// textRight draws a clean line with its right end at x.
func (b *builder) textRight(x, y float64, s style, line string) {
	b.text(x-b.chain.measure(line, s.bold, s.size), y, s, line)
}

func (b *builder) rule(y, width float64, color rgb) {
	b.emit(op{kind: opLine, x: b.left, y: y, w: b.right, h: y, size: width, color: color})
}

func (b *builder) fill(x, y, w, h float64, color rgb) {
	b.emit(op{kind: opFill, x: x, y: y, w: w, h: h, color: color})
}

// clean makes any text drawable and notes what had to be changed.
func (b *builder) clean(s string) string { return b.chain.clean(s, &b.notes) }

// block draws a text wrapped to the width, the upper edge at y, and gives the lower edge.
func (b *builder) block(x, y, width float64, s style, text string) float64 {
	for _, line := range b.chain.wrap(b.clean(text), s.bold, s.size, width) {
		b.text(x, y+s.size*0.93, s, line)
		y += s.height()
	}
	return y
}

// blockRight is block with the lines set flush right.
func (b *builder) blockRight(right, y, width float64, s style, text string) float64 {
	for _, line := range b.chain.wrap(b.clean(text), s.bold, s.size, width) {
		b.textRight(right, y+s.size*0.93, s, line)
		y += s.height()
	}
	return y
}

// shrink gives the style with which a clean line fits the width, but not below the least size.
func (b *builder) shrink(s style, least, width float64, line string) style {
	if w := b.chain.measure(line, s.bold, s.size); w > width {
		s.size = max(least, 0.998*s.size*width/w)
	}
	return s
}

// page begins a page; pages after the first carry a short head.
func (b *builder) page() {
	if b.failed != nil {
		return
	}
	if b.failed = b.ctx.Err(); b.failed != nil {
		return
	}
	if len(b.pages) == MaxPages {
		b.failed = &Error{Kind: ErrTooLarge, Detail: "more than " + itoa(MaxPages) + " pages"}
		return
	}
	b.pages = append(b.pages, make([]op, 0, 64))
	b.fill(0, 0, b.width, 5, b.accentColor)
	b.y = margin
	if len(b.pages) == 1 {
		return
	}
	small := style{8.5, false, grey()}
	head := b.clean(b.labels.Title)
	if b.inv.Number != "" {
		head += " " + b.clean(b.inv.Number)
	}
	room := (b.right - b.left) / 2
	fitted := b.shrink(small, 4, room-10, head)
	b.text(b.left, b.y, fitted, firstLine(b.chain.wrap(head, false, fitted.size, room-10)))
	if b.mark != "" {
		mark := b.shrink(style{8.5, true, amber()}, 4, room, b.mark)
		b.textRight(b.right, b.y, mark, firstLine(b.chain.wrap(b.mark, true, mark.size, room)))
	}
	b.y += 22
}

// firstLine keeps a line that is repeated on every page to one line.
func firstLine(lines []string) string {
	if len(lines) == 0 {
		return ""
	}
	return lines[0]
}

// footers draws the foot of every page, when the number of pages is known.
func (b *builder) footers() {
	small := style{8, false, grey()}
	pages := b.pages
	seller := b.clean(strings.Join(strings.Fields(b.inv.Seller.Name), " "))
	for i := range pages {
		b.pages = pages[:i+1]
		y := b.height - footerLine
		b.rule(y, 0.5, hair())
		label := b.clean(replace(b.labels.Page, "{page}", itoa(i+1), "{pages}", itoa(len(pages))))
		label = firstLine(b.chain.wrap(label, false, small.size, 150))
		b.textRight(b.right, y+14, small, label)
		room := b.right - b.left - 160
		fitted := b.shrink(small, 5, room, seller)
		b.text(b.left, y+14, fitted, firstLine(b.chain.wrap(seller, false, fitted.size, room)))
	}
	b.pages = pages
}

// replace puts values into a label.
func replace(label string, pairs ...string) string {
	return strings.NewReplacer(pairs...).Replace(label)
}

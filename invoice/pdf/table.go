package pdf

import (
	"github.com/billhatch/billhatch/invoice"
)

// Measures of the table, in points.
const (
	rowPad     = 5.0 // above and below the text of a row
	columnGap  = 14.0
	leastText  = 150.0 // room that the description gets before the figures are made smaller
	leastScale = 0.55  // how much smaller the figures may be
	figureSize = 9.5
	titleSize  = 8.0
)

// row is a line of the invoice, cleaned.
type row struct{ text, quantity, unit, amount string }

// columns are the widths of the columns of figures and their right ends.
type columns struct {
	text                   float64 // width of the description
	quantity, unit, amount float64 // widths
	quantityX, unitX       float64 // right ends; the amounts end at the right margin
	figures                style
}

// newRow prints a line as text.
func (b *builder) newRow(line *invoice.Line) row {
	text := line.Description
	if text == "" {
		text = string(line.Kind)
	}
	if text == "" {
		text = "–"
	}
	r := row{text: b.clean(text), quantity: b.clean(b.number(line.Quantity)), amount: b.clean(b.amount(line.Amount))}
	if line.Unit.IsSet() {
		r.unit = b.clean(b.amount(line.Unit))
	}
	return r
}

// measureColumns gives every figure its room. Where that leaves too little for the description the figures are made
// smaller; figures that are still too wide go over several lines. Nothing is ever cut.
func (b *builder) measureColumns() {
	c := columns{figures: style{figureSize, false, ink()}}
	quantity := b.widest(func(r *row) string { return r.quantity })
	unit := b.widest(func(r *row) string { return r.unit })
	amount := b.widest(func(r *row) string { return r.amount })
	room := b.right - b.left - 3*columnGap
	if sum := quantity + unit + amount; sum > room-leastText {
		scale := max(leastScale, (room-leastText)/sum)
		c.figures.size *= scale
		quantity, unit, amount = quantity*scale, unit*scale, amount*scale
		if most := (room - leastText/2) / 3; quantity+unit+amount > 3*most {
			quantity, unit, amount = min(quantity, most), min(unit, most), min(amount, most)
		}
	}
	const spare = 0.5 // against rounding
	c.quantity = max(quantity+spare, b.titleWidth(b.labels.Quantity))
	c.unit = max(unit+spare, b.titleWidth(b.labels.UnitPrice), 62)
	c.amount = max(amount+spare, b.titleWidth(b.labels.Amount), 74)
	c.unitX = b.right - c.amount - columnGap
	c.quantityX = c.unitX - c.unit - columnGap
	c.text = c.quantityX - c.quantity - columnGap - b.left
	b.columns = c
}

// widest measures one column of figures.
func (b *builder) widest(figure func(*row) string) float64 {
	w := 0.0
	for i := range b.rows {
		w = max(w, b.chain.measure(figure(&b.rows[i]), false, figureSize))
	}
	return w
}

// titleWidth is the room that the title of a column gets; a longer one goes over several lines.
func (b *builder) titleWidth(label string) float64 {
	const most = 80
	return min(most, b.chain.measure(b.clean(label), true, titleSize)+0.5)
}

// tableHead draws the titles of the columns.
func (b *builder) tableHead() {
	s := style{titleSize, true, grey()}
	c, l, y := &b.columns, &b.labels, b.y
	lowest := b.block(b.left, y, c.text, s, l.Description)
	lowest = max(lowest, b.blockRight(c.quantityX, y, c.quantity, s, l.Quantity))
	lowest = max(lowest, b.blockRight(c.unitX, y, c.unit, s, l.UnitPrice))
	lowest = max(lowest, b.blockRight(b.right, y, c.amount, s, l.Amount))
	b.y = lowest + 4
	b.rule(b.y, 0.9, b.accentColor)
	b.y += 1
}

// limit is where the rows of a page must end, the line with the carried total included.
func (b *builder) limit() float64 { return b.bottom - b.carryHeight() }

func (b *builder) carryHeight() float64 { return style{size: 9}.height() + 2*rowPad }

// table draws the lines over as many pages as they need.
func (b *builder) table() error {
	b.measureColumns()
	b.tableHead()
	text := style{figureSize, false, ink()}
	if len(b.rows) == 0 {
		b.y = b.block(b.left, b.y+rowPad, b.columns.text, style{figureSize, false, grey()}, b.labels.NoLines) + rowPad
		b.rule(b.y, 0.5, hair())
	}
	for i := range b.rows {
		if err := b.ctx.Err(); err != nil {
			return err
		}
		lines := b.chain.wrap(b.rows[i].text, text.bold, text.size, b.columns.text)
		height := max(float64(max(len(lines), 1))*text.height(), b.figuresHeight(&b.rows[i])) + 2*rowPad
		if b.y+height > b.limit() && (height < (b.bottom-margin)/3 || b.y > b.limit()-60) {
			b.breakTable(i)
		}
		b.y += rowPad
		b.figures(&b.rows[i], b.y)
		end := b.y + b.figuresHeight(&b.rows[i])
		for _, line := range lines {
			if b.y+text.height()+rowPad > b.limit()+0.01 {
				b.breakTable(i + 1) // the amount of this line stands on the page that ends here
				b.y += rowPad
				end = b.y
			}
			if b.failed != nil {
				return b.failed
			}
			b.text(b.left, b.y+text.size*0.93, text, line)
			b.y += text.height()
		}
		b.y = max(b.y, end) + rowPad
		b.rule(b.y, 0.5, hair())
	}
	return b.failed
}

func (b *builder) figuresHeight(r *row) float64 {
	c, n := &b.columns, 1
	n = max(n, len(b.chain.wrap(r.quantity, false, c.figures.size, c.quantity)))
	n = max(n, len(b.chain.wrap(r.unit, false, c.figures.size, c.unit)))
	n = max(n, len(b.chain.wrap(r.amount, false, c.figures.size, c.amount)))
	return float64(n) * c.figures.height()
}

func (b *builder) figures(r *row, y float64) {
	c := &b.columns
	y += (figureSize - c.figures.size) * 0.93 // smaller figures keep the baseline
	b.blockRight(c.quantityX, y, c.quantity, c.figures, r.quantity)
	b.blockRight(c.unitX, y, c.unit, c.figures, r.unit)
	b.blockRight(b.right, y, c.amount, c.figures, r.amount)
}

// breakTable ends the page with the sum of the lines before line n and begins the next one with it.
func (b *builder) breakTable(n int) {
	if b.failed != nil {
		return
	}
	sum := b.clean(b.amount(b.carry[n]))
	b.carried(b.labels.CarriedForward, sum)
	b.page()
	if b.failed != nil {
		return
	}
	b.tableHead()
	b.carried(b.labels.BroughtForward, sum)
	b.rule(b.y, 0.5, hair())
}

func (b *builder) carried(label, sum string) {
	s := style{9, true, grey()}
	b.y += rowPad
	width := b.chain.measure(sum, s.bold, s.size)
	figure := b.shrink(s, 5, (b.right-b.left)*0.6, sum)
	b.textRight(b.right, b.y+s.size*0.93, figure, sum)
	b.block(b.left, b.y, b.right-b.left-min(width, (b.right-b.left)*0.6)-columnGap, s, label)
	b.y += s.height() + rowPad
}

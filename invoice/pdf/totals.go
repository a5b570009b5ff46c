package pdf

import (
	"github.com/billhatch/billhatch/invoice"
)

// sumKind says how a line of the sums is set apart.
type sumKind uint8

const (
	plainSum sumKind = iota
	grandSum         // the total
	dueSum           // what is to be paid
)

// total is one line of the sums.
type total struct {
	label, value string
	kind         sumKind
	figure       style   // of the value
	room         float64 // width of the label
	height       float64
}

// sums lists what stands below the table, the amount due last.
func (b *builder) sums() []total {
	inv, l := b.inv, &b.labels
	list := []total{{label: l.Subtotal, value: b.amount(inv.Subtotal)}}
	for i := range inv.Taxes {
		tax := &inv.Taxes[i]
		label := tax.Name
		if tax.Base.IsSet() {
			label = replace(l.Tax, "{name}", tax.Name, "{rate}", b.number(tax.Rate), "{base}", b.amount(tax.Base))
		}
		list = append(list, total{label: label, value: b.amount(tax.Amount)})
	}
	list = append(list, total{label: l.Total, value: b.amount(inv.Total), kind: grandSum})
	if inv.Credited.IsSet() && inv.Credited.Sign() != 0 {
		list = append(list, total{label: l.AmountCredited, value: b.amount(inv.Credited.Neg())})
	}
	if inv.Paid.IsSet() && inv.Paid.Sign() != 0 {
		list = append(list, total{label: l.AmountPaid, value: b.amount(inv.Paid.Neg())})
	}
	if inv.Status == invoice.Open || inv.Status == invoice.Paid {
		list = append(list, total{label: l.AmountDue, value: b.amount(b.due), kind: dueSum})
	}
	return list
}

// totals draws the sums, all on one page when a page can hold them.
func (b *builder) totals() {
	list := b.sums()
	width, height := 218.0, 22.0
	for i := range list {
		t := &list[i]
		t.label, t.value = b.clean(t.label), b.clean(t.value)
		width = max(width, b.chain.measure(t.value, t.kind != plainSum, t.style(b).size)+90)
	}
	width = min(width, b.right-b.left)
	for i := range list {
		height += list[i].place(b, width)
	}
	if b.y+height > b.bottom {
		b.breakTable(len(b.rows))
	}
	b.y += 8
	for i := range list {
		if b.y+list[i].height > b.bottom {
			b.page()
		}
		if b.failed != nil {
			return
		}
		b.drawTotal(&list[i], width)
	}
	b.y += 22
}

// style is the look of the line before it is made to fit.
func (t *total) style(b *builder) style {
	switch t.kind {
	case grandSum:
		return style{11, true, ink()}
	case dueSum:
		return style{13, true, b.accentColor}
	}
	return style{figureSize, false, ink()}
}

// place makes the value fit and gives the height of the line.
func (t *total) place(b *builder, width float64) float64 {
	s := t.style(b)
	t.figure = b.shrink(s, 4, width*0.62, t.value)
	t.room = width - b.chain.measure(t.value, s.bold, t.figure.size) - 16
	t.height = float64(max(1, len(b.chain.wrap(t.label, s.bold, s.size, t.room))))*s.height() + 7
	if t.kind != plainSum {
		t.height += 5
	}
	return t.height
}

func (b *builder) drawTotal(t *total, width float64) {
	s, left, y := t.style(b), b.right-width, b.y
	switch t.kind {
	case grandSum:
		b.emit(op{kind: opLine, x: left, y: y, w: b.right, h: y, size: 0.5, color: hair()})
		y += 5
	case dueSum:
		b.emit(op{kind: opLine, x: left, y: y, w: b.right, h: y, size: 0.9, color: b.accentColor})
		y += 5
	}
	b.block(left, y+2, t.room, s, t.label)
	b.textRight(b.right, y+2+s.size*0.93, t.figure, t.value)
	b.y += t.height
}

// note draws the payment note; it may go over the end of the page.
func (b *builder) note() {
	if b.inv.Note == "" {
		return
	}
	s := style{9, false, ink()}
	width := (b.right - b.left) * 0.8
	lines := b.chain.wrap(b.clean(b.inv.Note), s.bold, s.size, width)
	if b.y+16+float64(min(len(lines), 3))*s.height() > b.bottom {
		b.page()
	}
	if b.failed != nil {
		return
	}
	b.y = b.block(b.left, b.y, width, style{8, true, grey()}, b.labels.Note) + 3
	for _, line := range lines {
		if b.y+s.height() > b.bottom {
			if b.page(); b.failed != nil {
				return
			}
		}
		b.text(b.left, b.y+s.size*0.93, s, line)
		b.y += s.height()
	}
}

package pdf

import (
	"github.com/billhatch/billhatch/invoice"
)

// fact is a label with its value.
type fact struct{ label, value string }

// header draws what stands above the table on the first page.
func (b *builder) header() {
	top := b.y
	lowest := b.brand(top)
	lowest = max(lowest, b.title(top)) + 16
	lowest = b.band(lowest)

	const gap = 20.0
	wide := b.right - b.left
	party := (wide - 2*gap) * 0.31
	facts := wide - 2*gap - 2*party
	y := b.party(b.left, lowest, party, b.labels.Seller, &b.inv.Seller)
	y = max(y, b.party(b.left+party+gap, lowest, party, b.labels.Customer, &b.inv.Customer))
	y = max(y, b.facts(b.right-facts, lowest, facts))
	b.y = y + 20
	b.summary()
}

// brand draws the logo, or the name of the seller where there is none.
func (b *builder) brand(top float64) float64 {
	const width, height = 180.0, 46.0
	if b.logo != nil {
		w, h := b.logo.fit(width, height)
		b.emit(op{kind: opLogo, x: b.left, y: top, w: w, h: h})
		return top + h
	}
	return b.block(b.left, top+2, 270, style{14, true, ink()}, b.inv.Seller.Name)
}

func (b *builder) title(top float64) float64 {
	room := b.right - b.left - 290
	title := style{24, true, b.accentColor}
	text := b.clean(b.labels.Title)
	title = b.shrink(title, 9, room, text)
	return b.blockRight(b.right, top-3, room, title, text)
}

// band draws the mark of an invoice that is not simply open.
func (b *builder) band(y float64) float64 {
	if b.mark == "" {
		return y
	}
	text, back := amber(), amberB()
	if b.inv.Status == invoice.Paid {
		text, back = green(), greenB()
	}
	s := style{9.5, true, text}
	lines := b.chain.wrap(b.mark, s.bold, s.size, b.right-b.left-24)
	height := float64(len(lines))*s.height() + 11
	b.fill(b.left, y, b.right-b.left, height, back)
	b.block(b.left+12, y+5.5, b.right-b.left-24, s, b.mark)
	return y + height + 16
}

func (b *builder) party(x, y, width float64, label string, p *invoice.Party) float64 {
	y = b.block(x, y, width, style{8, true, grey()}, label) + 3
	y = b.block(x, y, width, style{10, true, ink()}, p.Name) + 1
	normal := style{9, false, ink()}
	for _, line := range p.Lines {
		y = b.block(x, y, width, normal, line)
	}
	if p.Email != "" {
		y = b.block(x, y, width, normal, p.Email)
	}
	for i, id := range p.TaxIDs {
		if i == 0 {
			y += 3
		}
		y = b.block(x, y, width, style{9, false, grey()}, id)
	}
	return y
}

// facts draws the list at the right: labels left, values flush right.
func (b *builder) facts(x, y, width float64) float64 {
	inv, l := b.inv, &b.labels
	list := []fact{{l.Number, inv.Number}, {l.Issued, b.date(inv.Issued)}}
	if inv.Status != invoice.Open {
		list = append(list, fact{l.Due, b.date(inv.Due())}) // else it stands in the summary
	}
	list = append(list, fact{l.Terms, b.terms()}, fact{l.Reference, inv.Reference}, fact{l.Currency, inv.Currency})
	label, value := style{9, false, grey()}, style{9, false, ink()}
	y -= 0.9 // the first line stands on the line of the parties' titles
	for _, f := range list {
		if f.value == "" {
			continue
		}
		left := width * 0.42
		after := b.block(x, y, left, label, f.label)
		after = max(after, b.blockRight(b.right, y, width-left-6, value, f.value))
		y = after + 2.5
	}
	return y
}

// summary draws the strip with what matters most: how much, until when, for what.
func (b *builder) summary() {
	inv, l := b.inv, &b.labels
	cells := []fact{{l.AmountDue, b.amount(b.due)}, {l.Due, b.date(inv.Due())}}
	switch inv.Status {
	case invoice.Paid:
		cells = []fact{{l.Total, b.amount(inv.Total)}, {l.PaidOn, b.date(inv.PaidOn)}}
	case invoice.Open:
	default:
		cells = []fact{{l.Total, b.amount(inv.Total)}}
	}
	cells = append(cells, fact{l.Period, b.period()})
	const height, pad = 48.0, 14.0
	wide := b.right - b.left
	b.fill(b.left, b.y, wide, height, tint())
	b.fill(b.left, b.y, 3, height, b.accentColor)
	x := b.left + pad
	for i, cell := range cells {
		if cell.value == "" {
			continue
		}
		s, room := style{12, true, ink()}, 0.32*wide
		if i == 0 {
			s, room = style{17, true, b.accentColor}, 0.36*wide
		}
		if i == len(cells)-1 {
			room = b.right - x
		}
		label := b.clean(cell.label)
		small := b.shrink(style{8, false, grey()}, 4, room-pad, label)
		b.text(x, b.y+16.4, small, firstLine(b.chain.wrap(label, false, small.size, room-pad)))
		value := b.clean(cell.value)
		s = b.shrink(s, 4, room-pad, value)
		b.text(x, b.y+37, s, value)
		x += room
	}
	b.y += height + 24
}

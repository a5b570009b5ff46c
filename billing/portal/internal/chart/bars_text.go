package chart

// Width of a picture in digits, with the room beside the plot: of a narrow one, of others, and the most that a few bars
// get. The stylesheet draws the borders at 56 and 48 times the size of the letters.
const (
	narrowWidth = 41
	otherWidth  = 98
	fewWidth    = 82
)

// labels writes what stands under the bars. Where there is no room for all, every second, third and so on stays, counted
// from the newest.
func (d *barDrawing) labels() {
	longest := 1
	for i := range d.Items {
		longest = max(longest, width(d.Items[i].Label)+1)
	}
	other := otherWidth
	if d.slots == leastSlots {
		other = fewWidth
	}
	wide := ceilDiv(longest*d.slots, other-d.scale.longest)
	narrow := ceilDiv(ceilDiv(longest*d.slots, narrowWidth-d.scale.longest), wide) * wide // what stays there stays everywhere
	newest := len(d.Items) - 1
	for i := range d.Items {
		class := "bh-chart-tick"
		switch back := newest - i; {
		case back%wide != 0:
			continue
		case back%narrow != 0:
			class = "bh-chart-tick bh-chart-wide"
		}
		d.label(class, "middle", (2*i+1)*whole/(2*d.slots), whole, "1.7em", d.Items[i].Label)
	}
}

// legend explains the statuses that are drawn.
func (d *barDrawing) legend() {
	drawn, unknown := d.statuses()
	if len(d.Items) == 0 {
		return
	}
	d.WriteString(`<ul class="bh-chart-legend">`)
	for _, s := range []Status{StatusPaid, StatusOpen, StatusOverdue, StatusVoid, StatusUncollectible, StatusUnknown} {
		if drawn[s] {
			d.keyOf(s.look(), d.status(s))
		}
	}
	if unknown {
		d.keyOf(look{class: "bh-chart-amount-unknown"}, d.Texts.Unknown)
	}
	d.WriteString(`</ul>`)
}

func (d *barDrawing) keyOf(l look, text string) {
	d.key(text, func() {
		d.put(`<rect class="bh-chart-bar `, l.class, `" x="2" y="1" width="14" height="10" rx="2"`)
		d.paint(l)
		d.WriteString(`/>`)
	})
}

func (b *Bars) status(s Status) string {
	if b.Status == nil {
		return s.String()
	}
	return b.Status(s.orUnknown())
}

// row is a bar in words: its name, amount and status.
func (b *Bars) row(i int) [3]string {
	bar := &b.Items[i]
	row := [3]string{bar.Name, b.Texts.Unknown, b.status(bar.Status)}
	if bar.Name == "" {
		row[0] = bar.Label
	}
	if bar.Amount.IsSet() {
		row[1] = formatAmount(b.Format, bar.Amount)
	}
	return row
}

// Table gives the same data as text.
func (b Bars) Table() (caption string, head []string, rows [][]string) {
	rows = make([][]string, len(b.Items))
	for i := range rows {
		row := b.row(i)
		rows[i] = row[:]
	}
	return b.Title, []string{b.Texts.Name, b.Texts.Amount, b.Texts.Status}, rows
}

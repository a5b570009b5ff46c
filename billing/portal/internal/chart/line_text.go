package chart

import "github.com/billhatch/billhatch/usage/civil"

// dates writes the first and the last day of the period under the plot.
func (d *lineDrawing) dates() {
	short := d.Short
	if short == nil {
		short = d.Date
	}
	first, last := d.Period.From(), d.Period.To().AddDays(-1)
	if first == last {
		d.label("bh-chart-tick", "middle", whole/2, whole, "1.7em", formatDate(short, first))
		return
	}
	d.label("bh-chart-tick", "start", 0, whole, "1.7em", formatDate(short, first))
	d.label("bh-chart-tick", "end", whole, whole, "1.7em", formatDate(short, last))
}

// lastValue labels the last value, or says that there is none.
func (d *lineDrawing) lastValue() {
	if d.last < 0 {
		d.label("bh-chart-empty", "middle", whole/2, whole/2, ".32em", d.Texts.Empty)
		return
	}
	x, y := d.middle(d.last), int(d.y[d.last])
	anchor, dy := "middle", "-.9em"
	switch {
	case d.falls() && x < whole*7/10:
		anchor = "start" // the line comes from above, on the other side
	case x > whole*2/3:
		anchor = "end"
	case d.paced() && y > d.paceY(d.last) && y < whole*5/6:
		anchor, dy = "start", "1.7em" // under the point, where neither the line nor the pace is
	case x < whole/3:
		anchor = "start"
	}
	d.label("bh-chart-figure", anchor, x, y, dy, formatNumber(d.Format, d.Days[d.last].Value.Value))
}

// falls tells whether the last value is below the one of the day before.
func (d *lineDrawing) falls() bool { return d.drawn(d.last-1) && d.y[d.last-1] < d.y[d.last] }

// legend explains what is drawn beside the line itself. A line alone needs none.
func (d *lineDrawing) legend() {
	partial, unknown := d.has(partialDay), d.has(unknownDay)
	if d.last < 0 || !d.limit && !partial && !unknown {
		return
	}
	path := func(class string) func() {
		return func() { d.put(`<path class="`, class, `" fill="none" d="M1 6H17"/>`) }
	}
	d.WriteString(`<ul class="bh-chart-legend">`)
	d.key(d.Texts.Series, path("bh-chart-series"))
	if partial {
		d.key(d.Texts.Partial, func() {
			d.WriteString(`<path class="bh-chart-series bh-chart-partial" fill="none" d="M0 6H18"/><circle class="bh-chart-dot bh-chart-hollow" cx="9" cy="6" r="3.5"/>`)
		})
	}
	if d.limit {
		d.key(d.Texts.Limit, path("bh-chart-limit"))
	}
	if d.paced() {
		d.key(d.Texts.Pace, path("bh-chart-pace"))
	}
	if unknown {
		d.key(d.Texts.Unknown, func() {
			d.WriteString(`<rect class="bh-chart-missing" width="18" height="12"`)
			d.fill(hatched)
			d.WriteString(`/>`)
		})
	}
	d.WriteString(`</ul>`)
}

// rows are the days in words, without those ahead: the day, its value, and what is to be said about it.
func (l *Line) rows() [][]string {
	const columns = 3
	rows := make([][]string, min(len(l.Days), l.Period.Days()))
	cells := make([]string, columns*len(rows))
	for i := range rows {
		row := cells[i*columns : (i+1)*columns : (i+1)*columns]
		rows[i] = row
		row[0], row[1] = formatDate(l.Date, l.Period.From().AddDays(i)), l.Texts.Unknown
		if day := l.Days[i]; known(day.Value) {
			row[1] = formatNumber(l.Format, day.Value.Value)
			if day.Partial {
				row[2] = l.Texts.Partial
			}
		}
	}
	return rows
}

// Head is the head of the table: the titles of the columns of Table and Draw.
func (l Line) Head() []string { return []string{l.Texts.Day, l.Texts.Series, l.Texts.Note} }

// Table gives the same data as text, without the days ahead.
func (l Line) Table() (caption string, head []string, rows [][]string) {
	return l.Title, l.Head(), l.rows()
}

func formatDate(format func(civil.Date) string, d civil.Date) string {
	if format == nil {
		return d.String()
	}
	return format(d)
}

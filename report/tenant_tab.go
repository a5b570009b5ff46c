package report

import (
	"github.com/billhatch/billhatch/report/xlsx"
	"github.com/billhatch/billhatch/usage"
)

// tenantTab writes the rows of one tenant, on as many tabs as they need.
type tenantTab struct {
	b      *book
	index  int
	t      *usage.TenantStatement
	split  bool // the tenant has groups
	amount int  // columns before the amount

	s      *xlsx.Sheet
	first  int   // first row of the table in this tab
	sum    int64 // of this tab, in minor units
	groups []groupRange
}

// groupRange is where the rows of a group stand in the last tab that they reach.
type groupRange struct {
	g           *usage.GroupStatement
	tab         int // number of the tab in which they begin
	first, last int
}

// reserved is how many rows stay free at the end of a tab besides one for each group.
const reserved = 4

// tenant writes all tabs of a tenant.
func (b *book) tenant(index int) error {
	t := b.tenants[index]
	w := &tenantTab{b: b, index: index, t: t, split: len(t.Groups) > 1 || len(t.Groups) == 1 && t.Groups[0].Name != ""}
	if err := w.open(); err != nil {
		return err
	}
	for g := range t.Groups {
		if err := w.group(&t.Groups[g]); err != nil {
			return err
		}
	}
	return w.finish()
}

func (w *tenantTab) columns() []xlsx.Column {
	say := w.b.say
	c := []xlsx.Column{
		{Title: say(wordName), Width: 26}, {Title: say(wordAddress), Width: 34}, {Title: say(wordUser), Width: 22},
	}
	if w.split {
		c = append(c, xlsx.Column{Title: say(wordGroup), Width: 14})
	}
	c = append(c, xlsx.Column{Title: say(wordFrom), Width: 12, Right: true}, xlsx.Column{Title: say(wordTo), Width: 14, Right: true})
	if w.b.st.Policy == usage.Seconds {
		c = append(c, xlsx.Column{Title: say(wordHours), Width: 16, Right: true}, xlsx.Column{Title: say(wordSecs), Width: 16, Right: true})
	} else {
		c = append(c, xlsx.Column{Title: say(wordDays), Width: 13, Right: true})
	}
	c = append(c, xlsx.Column{Title: say(wordStretches), Width: 11, Right: true}, xlsx.Column{Title: say(wordPrice), Width: 12, Right: true})
	w.amount = len(c)
	return append(c, xlsx.Column{Title: say(wordAmount), Width: 16, Right: true})
}

// part is the number of the tab that is being written, from 1.
func (w *tenantTab) part() int { return len(w.b.tabs[w.index]) }

// open begins a tab, up to the header of the table.
func (w *tenantTab) open() error {
	b := w.b
	head := 4
	billable := b.billable(w.t)
	if billable != "" {
		head++
	}
	var err error
	w.s, err = b.sheet(b.tabs[w.index][w.part()-1], xlsx.SheetOptions{Columns: w.columns(), Freeze: head, Filter: true})
	if err != nil {
		return err
	}
	title := tenantName(w.t)
	if w.part() > 1 {
		title += ", " + b.say(wordContinues)
	}
	if err := line(w.s, xlsx.Title, title); err != nil {
		return err
	}
	if err := line(w.s, b.statusStyle(), b.periodText()+", "+b.st.Currency+". "+b.status()); err != nil {
		return err
	}
	if billable != "" {
		if err := line(w.s, xlsx.Note, billable); err != nil {
			return err
		}
	}
	r := w.s.Row()
	r.Link(b.say(wordBack), b.summary)
	if err := end(r); err != nil {
		return err
	}
	if err := w.s.Header(); err != nil {
		return wrap(err)
	}
	w.first, w.sum = w.s.Rows()+1, 0
	return nil
}

// group writes the rows of a group.
func (w *tenantTab) group(g *usage.GroupStatement) error {
	unit := priceOf(g.Pricing.Unit)
	w.groups = append(w.groups, groupRange{g: g, tab: w.part(), first: w.s.Rows() + 1})
	seconds := w.b.st.Policy == usage.Seconds
	limit := w.b.opt.rowsPerTab - reserved - len(w.t.Groups)
	err := w.b.each(w.b.ctx, w.t, g, func(row *usage.Row, minor int64) error {
		if w.s.Rows() >= limit && w.s.Rows() >= w.first {
			if err := w.turn(); err != nil {
				return err
			}
		}
		w.sum += minor
		r := w.s.Row()
		r.Text(row.Name)
		r.Text(row.Address)
		r.Text(row.User)
		if w.split {
			r.Text(g.Name)
		}
		dateCell(r, row.Covered.From)
		dateCell(r, last(row.Covered))
		if seconds {
			r.Number(hours(row.Units.Covered), 2)
		}
		r.Number(row.Units.Covered, 0)
		if row.Pieces > 1 {
			r.Number(int64(row.Pieces), 0)
		} else {
			r.Blank()
		}
		unit.cell(r)
		r.Number(minor, w.b.scale)
		return end(r)
	})
	w.groups[len(w.groups)-1].last = w.s.Rows()
	return err
}

// turn ends a full tab and goes on in a new one.
func (w *tenantTab) turn() error {
	w.s.EndTable()
	if err := w.total(xlsx.Subtotal, w.b.say(wordThisTab), w.sum, w.first, w.s.Rows()); err != nil {
		return err
	}
	if err := line(w.s, xlsx.Note, w.b.say(wordContinued)); err != nil {
		return err
	}
	if err := closeSheet(w.s); err != nil {
		return err
	}
	w.b.tabs[w.index] = append(w.b.tabs[w.index], w.b.names.Name(tenantName(w.t)))
	return w.open()
}

// total writes a line with a sum. It is a formula over the rows first to last, or only a number where last is below
// first.
func (w *tenantTab) total(style xlsx.Style, label string, minor int64, first, last int) error {
	r := w.s.Row()
	r.Style(style)
	r.Text(label)
	blanks(r, w.amount-1)
	r.Total(minor, w.b.scale, first, last)
	return end(r)
}

// finish writes what stands below the table and ends the last tab.
func (w *tenantTab) finish() error {
	b := w.b
	if w.s.Rows() < w.first {
		if err := line(w.s, xlsx.Note, b.say(wordNoUsers)); err != nil {
			return err
		}
	}
	w.s.EndTable()
	bottom := w.s.Rows()
	if w.part() > 1 {
		if err := w.total(xlsx.Subtotal, b.say(wordThisTab), w.sum, w.first, bottom); err != nil {
			return err
		}
	}
	for _, g := range w.groups {
		if !w.split {
			break
		}
		sum, err := minor(g.g.Subtotal)
		if err != nil {
			return err
		}
		if g.tab != w.part() {
			g.first, g.last = 1, 0 // a formula reaches its own tab only
		}
		if err := w.total(xlsx.Subtotal, b.say(wordSubtotalOf, "{name}", g.g.Name), sum, g.first, g.last); err != nil {
			return err
		}
	}
	sum, err := minor(w.t.Subtotal)
	if err != nil {
		return err
	}
	first := w.first
	if w.part() > 1 {
		first = bottom + 1
	}
	if err := w.total(xlsx.Total, b.say(wordTenantSum), sum, first, bottom); err != nil {
		return err
	}
	return closeSheet(w.s)
}

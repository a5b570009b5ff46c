package report

import (
	"cmp"
	"strings"

	"github.com/billhatch/billhatch/money"
	"github.com/billhatch/billhatch/report/xlsx"
	"github.com/billhatch/billhatch/usage"
	"github.com/billhatch/billhatch/usage/pricing"
)

// projectsTab lists the meters and fees of all projects.
func (b *book) projectsTab() error {
	forecast := b.st.Finality == usage.Forecast
	columns := []xlsx.Column{
		{Title: b.say(wordProject), Width: 28},
		{Title: b.say(wordID), Width: 18},
		{Title: b.say(wordPlan), Width: 16},
		{Title: b.say(wordState), Width: 18},
		{Title: b.say(wordMeter), Width: 22},
		{Title: b.say(wordUnit), Width: 12},
		{Title: b.say(wordRemarks), Width: 26},
		{Title: b.say(wordUsed), Width: 14, Right: true},
	}
	if forecast {
		columns = append(columns, xlsx.Column{Title: b.say(wordExpected), Width: 16, Right: true})
	}
	columns = append(columns, xlsx.Column{Title: b.say(wordIncluded), Width: 14, Right: true},
		xlsx.Column{Title: b.say(wordOverage), Width: 14, Right: true}, xlsx.Column{Title: b.say(wordRate), Width: 12, Right: true},
		xlsx.Column{Title: b.say(wordAmount), Width: 16, Right: true})
	s, err := b.sheet(b.projects, xlsx.SheetOptions{Columns: columns, Rank: rankProjects, Freeze: 4, Filter: true})
	if err != nil {
		return err
	}
	if err := b.projectsHead(s); err != nil {
		return err
	}
	first := s.Rows() + 1
	subtotals := make([]money.Amount, len(b.st.Projects))
	for i := range b.st.Projects {
		if err := b.ctx.Err(); err != nil {
			return wrap(err)
		}
		p := &b.st.Projects[i]
		subtotals[i] = p.Subtotal
		if err := b.project(s, p, forecast); err != nil {
			return err
		}
	}
	s.EndTable()
	all, err := money.Sum(b.st.Currency, subtotals...)
	if err != nil {
		return &Error{Kind: ErrStatement, Err: err}
	}
	sum, err := minor(all)
	if err != nil {
		return err
	}
	bottom := s.Rows()
	r := s.Row()
	r.Style(xlsx.Total)
	r.Text(b.say(wordTenantSum))
	blanks(r, len(columns)-2)
	r.Total(sum, b.scale, first, bottom)
	if err := end(r); err != nil {
		return err
	}
	return closeSheet(s)
}

func (b *book) projectsHead(s *xlsx.Sheet) error {
	if err := line(s, xlsx.Title, b.say(wordProjects)); err != nil {
		return err
	}
	if err := line(s, b.statusStyle(), b.periodText()+", "+b.st.Currency+". "+b.status()); err != nil {
		return err
	}
	r := s.Row()
	r.Link(b.say(wordBack), b.summary)
	if err := end(r); err != nil {
		return err
	}
	if err := s.Header(); err != nil {
		return wrap(err)
	}
	return nil
}

// project writes a row for each meter and the fee, or one row when there is neither.
func (b *book) project(s *xlsx.Sheet, p *usage.ProjectStatement, forecast bool) error {
	begin := func(state usage.State) *xlsx.Row {
		r := s.Row()
		r.Text(cmp.Or(p.Name, p.ID))
		r.Text(p.ID)
		r.Text(p.Plan)
		r.Text(b.say(stateWord(state)))
		return r
	}
	for i := range p.Meters {
		m := &p.Meters[i]
		r := begin(m.State)
		r.Text(m.Meter.Name)
		r.Text(m.Meter.Unit)
		if err := b.meter(r, m, forecast); err != nil {
			return err
		}
	}
	between := 6 // unit, remarks, used, included, overage, rate
	if forecast {
		between++
	}
	if p.Fee != nil {
		sum, err := minor(p.Fee.Amount)
		if err != nil {
			return err
		}
		r := begin(p.State)
		r.Text(cmp.Or(p.Fee.Name, p.Fee.Key))
		blanks(r, between)
		r.Number(sum, b.scale)
		return end(r)
	}
	if len(p.Meters) == 0 {
		return end(begin(p.State))
	}
	return nil
}

// meter writes the cells of a meter from its remarks on.
func (b *book) meter(r *xlsx.Row, m *usage.MeterStatement, forecast bool) error {
	r.Text(b.remarks(m))
	known(r, m.Reading.Used)
	if forecast {
		known(r, m.Forecast)
	}
	known(r, usage.Quantity{Value: m.Meter.Included, Known: !m.Meter.Unlimited})
	known(r, m.Overage)
	unit := price{}
	if m.Meter.Price.Model == pricing.Flat && !m.Meter.Unlimited {
		unit = priceOf(m.Meter.Price.Unit)
	}
	unit.cell(r)
	if !m.Amount.IsSet() {
		return end(r)
	}
	sum, err := minor(m.Amount)
	if err != nil {
		return err
	}
	r.Number(sum, b.scale)
	return end(r)
}

// remarks say why figures are missing.
func (b *book) remarks(m *usage.MeterStatement) string {
	var out []string
	if !m.Reading.Used.Known {
		out = append(out, b.say(wordNoReading))
	}
	switch {
	case m.Meter.Unlimited:
		out = append(out, b.say(wordUnlimited))
	case m.Meter.Price.Model == pricing.Package:
		out = append(out, b.say(wordPackages))
	case m.Meter.Price.Model != pricing.Flat:
		out = append(out, b.say(wordTiers))
	}
	if m.Shared {
		out = append(out, b.say(wordShareRow))
	}
	return strings.Join(out, ", ")
}

// known writes a quantity, or nothing where it is unknown.
func known(r *xlsx.Row, q usage.Quantity) {
	if !q.Known {
		r.Blank()
		return
	}
	quantityCell(r, q.Value)
}

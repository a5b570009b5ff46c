package report

import (
	"cmp"
	"strconv"
	"strings"

	"github.com/billhatch/billhatch/money"
	"github.com/billhatch/billhatch/report/xlsx"
	"github.com/billhatch/billhatch/usage"
)

// Columns of the summary before the amount: tenant, id, tab, group, users, units, price.
const summaryColumns = 7

// summaryTab writes the summary. It comes last, when the tabs of all tenants are known.
func (b *book) summaryTab() error {
	s, err := b.sheet(b.summary, xlsx.SheetOptions{Rank: rankSummary, Columns: []xlsx.Column{
		{Title: b.say(wordTenant), Width: 38},
		{Title: b.say(wordID), Width: 20},
		{Title: b.say(wordTab), Width: 32},
		{Title: b.say(wordGroup), Width: 18},
		{Title: b.say(wordUsers), Width: 10, Right: true},
		{Title: b.say(wordUnits), Width: 14, Right: true},
		{Title: b.say(wordPrice), Width: 12, Right: true},
		{Title: b.say(wordAmount), Width: 18, Right: true},
	}})
	if err != nil {
		return err
	}
	if err := b.summaryHead(s); err != nil {
		return err
	}
	first := s.Rows() + 2 // below the header of the table
	for _, step := range []func(*xlsx.Sheet) error{b.summaryTenants, b.summaryProjects, b.summaryCharges} {
		if err := step(s); err != nil {
			return err
		}
	}
	total, err := minor(b.shown)
	if err != nil {
		return err
	}
	if err := line(s, xlsx.Body); err != nil {
		return err
	}
	label := wordTotal
	if b.partial() {
		label = wordShown
	}
	if err := b.sum(s, xlsx.Total, b.say(label), -1, total, first); err != nil {
		return err
	}
	if err := b.notes(s); err != nil {
		return err
	}
	return closeSheet(s)
}

// summaryHead says what the report is about, and everything that the reader must know before the figures.
func (b *book) summaryHead(s *xlsx.Sheet) error {
	st := b.st
	account := st.Account.ID
	if st.Account.Name != "" && st.Account.Name != account {
		account = st.Account.Name + " (" + account + ")"
	}
	if err := line(s, xlsx.Title, b.say(wordTitle)); err != nil {
		return err
	}
	for _, pair := range [][2]string{
		{wordAccount, account},
		{wordPeriod, b.periodText()},
		{wordZone, st.Period.Zone().String()},
		{wordCurrency, st.Currency},
		{wordPolicy, b.counting()},
		{wordPlan, st.Plan},
	} {
		if pair[1] == "" {
			continue
		}
		if err := b.pair(s, pair[0], pair[1], xlsx.Body); err != nil {
			return err
		}
	}
	style := xlsx.Strong
	if st.Finality != usage.Final {
		style = xlsx.Alert
	}
	if err := b.pair(s, wordStatus, b.status(), style); err != nil {
		return err
	}
	for _, alert := range b.alerts() {
		if err := line(s, xlsx.Alert, alert); err != nil {
			return err
		}
	}
	return line(s, xlsx.Body)
}

func (b *book) pair(s *xlsx.Sheet, word, value string, style xlsx.Style) error {
	r := s.Row()
	r.Style(xlsx.Strong)
	r.Text(b.say(word))
	r.Style(style)
	r.Text(value)
	return end(r)
}

// counting describes the policy, and the length of the period in its terms.
func (b *book) counting() string {
	text := b.say(policyWord(b.st.Policy))
	if b.st.Policy == usage.Seconds {
		start, stop := b.st.Period.Bounds()
		text += ", " + b.say(wordSeconds, "{n}", strconv.FormatInt(stop.Unix()-start.Unix(), 10))
	}
	return text
}

// alerts are the ways in which the total is not what it seems.
func (b *book) alerts() []string {
	var out []string
	if b.partial() {
		out = append(out,
			b.say(wordPartial, "{n}", strconv.Itoa(b.hidden), "{total}", b.shown.Display("")),
			b.say(wordLeftOut))
	}
	if b.st.Incomplete {
		out = append(out, b.say(wordIncomplete))
	}
	return out
}

// summaryTenants lists tenants and groups.
func (b *book) summaryTenants(s *xlsx.Sheet) error {
	if err := s.Header(); err != nil {
		return wrap(err)
	}
	first := s.Rows() + 1
	if len(b.tenants) == 0 {
		return line(s, xlsx.Note, b.say(wordNoTenants))
	}
	subtotals := make([]money.Amount, len(b.tenants))
	for i, t := range b.tenants {
		if err := b.ctx.Err(); err != nil {
			return wrap(err)
		}
		subtotals[i] = t.Subtotal
		if err := b.summaryTenant(s, t, b.tabs[i]); err != nil {
			return err
		}
	}
	all, err := money.Sum(b.st.Currency, subtotals...)
	if err != nil {
		return &Error{Kind: ErrStatement, Err: err}
	}
	sum, err := minor(all)
	if err != nil {
		return err
	}
	label := wordTenantsSum
	if b.partial() {
		label = wordShownSum
	}
	return b.sum(s, xlsx.Subtotal, b.say(label), b.rows, sum, first)
}

func (b *book) summaryTenant(s *xlsx.Sheet, t *usage.TenantStatement, tabs []string) error {
	first := s.Rows() + 1
	users := 0
	for i := range t.Groups {
		g := &t.Groups[i]
		users += g.Users
		sum, err := minor(g.Subtotal)
		if err != nil {
			return err
		}
		r := s.Row()
		r.Link(tenantName(t), tabs[0])
		r.Text(t.ID)
		r.Text(strings.Join(tabs, ", "))
		r.Text(g.Name)
		r.Number(int64(g.Users), 0)
		unitsCell(r, g)
		unit := priceOf(g.Pricing.Unit)
		unit.cell(r)
		r.Number(sum, b.scale)
		if err := end(r); err != nil {
			return err
		}
	}
	if len(t.Groups) == 1 {
		return nil
	}
	sum, err := minor(t.Subtotal)
	if err != nil {
		return err
	}
	return b.sum(s, xlsx.Strong, b.say(wordSubtotalOf, "{name}", tenantName(t)), users, sum, first)
}

// sum writes a line with the sum of the rows from first on. Users below 0 are not written.
func (b *book) sum(s *xlsx.Sheet, style xlsx.Style, label string, users int, minor int64, first int) error {
	bottom := s.Rows()
	r := s.Row()
	r.Style(style)
	r.Text(label)
	blanks(r, 3)
	if users < 0 {
		r.Blank()
	} else {
		r.Total(int64(users), 0, first, bottom)
	}
	blanks(r, summaryColumns-5)
	r.Total(minor, b.scale, first, bottom)
	return end(r)
}

// summaryProjects lists the projects.
func (b *book) summaryProjects(s *xlsx.Sheet) error {
	if len(b.st.Projects) == 0 {
		return nil
	}
	if err := line(s, xlsx.Body); err != nil {
		return err
	}
	if err := line(s, xlsx.Header, b.say(wordProject), b.say(wordID), b.say(wordPlan), b.say(wordState)); err != nil {
		return err
	}
	for i := range b.st.Projects {
		p := &b.st.Projects[i]
		if err := b.ctx.Err(); err != nil {
			return wrap(err)
		}
		sum, err := minor(p.Subtotal)
		if err != nil {
			return err
		}
		r := s.Row()
		r.Link(cmp.Or(p.Name, p.ID), b.projects)
		r.Text(p.ID)
		r.Text(p.Plan)
		r.Text(b.say(stateWord(p.State)))
		blanks(r, summaryColumns-4)
		r.Number(sum, b.scale)
		if err := end(r); err != nil {
			return err
		}
	}
	return nil
}

// summaryCharges lists the charges of the account.
func (b *book) summaryCharges(s *xlsx.Sheet) error {
	if len(b.charges) == 0 {
		return nil
	}
	if err := line(s, xlsx.Body); err != nil {
		return err
	}
	if err := line(s, xlsx.Header, b.say(wordCharges), "", b.say(wordDetails)); err != nil {
		return err
	}
	for _, c := range b.charges {
		sum, err := minor(c.Amount)
		if err != nil {
			return err
		}
		r := s.Row()
		r.Text(cmp.Or(c.Name, c.Key))
		r.Text(b.say(kindWord(c.Kind)))
		r.Text(b.details(c))
		blanks(r, summaryColumns-3)
		r.Number(sum, b.scale)
		if err := end(r); err != nil {
			return err
		}
	}
	return nil
}

// details says how a charge came about.
func (b *book) details(c *usage.Charge) string {
	switch {
	case c.Discount != nil:
		d := c.Discount
		word, pairs := wordPercent, []string{"{percent}", quantityText(d.Discount.Percent), "{base}", d.Base.Display("")}
		if d.Discount.Amount.IsSet() {
			word, pairs = wordFixed, []string{"{amount}", d.Discount.Amount.Display("")}
		}
		text := b.say(word, append(pairs, "{days}", strconv.Itoa(d.Days), "{of}", strconv.Itoa(d.Of))...)
		if d.Capped {
			text += ", " + b.say(wordCapped)
		}
		return text
	case c.Meter != nil:
		m := c.Meter
		return b.say(wordUsage, "{used}", b.quantityWord(m.Reading.Used), "{included}", b.included(&m.Meter), "{over}", b.quantityWord(m.Overage))
	case !c.On.IsZero():
		return c.On.String()
	}
	return c.Group
}

func (b *book) included(m *usage.Meter) string {
	if m.Unlimited {
		return b.say(wordUnlimited)
	}
	return quantityText(m.Included)
}

func (b *book) quantityWord(q usage.Quantity) string {
	if !q.Known {
		return b.say(wordNoReading)
	}
	return quantityText(q.Value)
}

// notes explain the figures, and what could not be written as it was.
func (b *book) notes(s *xlsx.Sheet) error {
	var notes []string
	if len(b.tenants) > 0 {
		notes = append(notes, b.say(wordRounded), b.say(wordShared))
	}
	counts := b.x.Counts()
	if counts.CutTexts > 0 {
		notes = append(notes, b.say(wordCut, "{n}", strconv.Itoa(counts.CutTexts)))
	}
	if counts.LongNumbers > 0 {
		notes = append(notes, b.say(wordLong, "{n}", strconv.Itoa(counts.LongNumbers)))
	}
	if len(notes) > 0 {
		if err := line(s, xlsx.Body); err != nil {
			return err
		}
	}
	for _, note := range notes {
		if err := line(s, xlsx.Note, note); err != nil {
			return err
		}
	}
	return nil
}

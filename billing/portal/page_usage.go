package portal

import (
	"fmt"
	"html/template"
	"slices"

	"github.com/shopspring/decimal"

	"github.com/billhatch/billhatch/billing"
	"github.com/billhatch/billhatch/billing/portal/internal/chart"
	"github.com/billhatch/billhatch/money"
	"github.com/billhatch/billhatch/usage"
	"github.com/billhatch/billhatch/usage/civil"
)

// UsageView is the panel of the page "usage" (C4, C5).
type UsageView struct {
	billing.UsagePanel

	page *Page
}

func (v *UsageView) bind(p *Page) { v.page = p }

// Why gives the state of the panel, with everything that is missing in words (C11). Where nothing could be loaded that is
// said once: there is no rest that would still be good.
func (v *UsageView) Why() StatusView {
	view := v.page.Status("usage", v.Status)
	if v.State != billing.Partial {
		return view
	}
	for _, what := range v.Missing {
		view.Missing = append(view.Missing, v.page.T("usage.missing."+what))
	}
	return view
}

// Figure is one figure of a page.
type Figure struct {
	Label, Value string
	Note         string // may be empty
	Strong       bool   // the most important one
}

// Figures gives what the period costs so far. What should be there and is not known is "not available"; what the account
// does not have is left out.
func (v *UsageView) Figures() []Figure {
	var out []Figure
	p := v.page
	add := func(key string, a money.Amount, expected bool, note string) {
		if a.IsSet() || expected {
			out = append(out, Figure{Label: p.T(key), Value: p.Money(a), Note: note, Strong: key == "usage.expected"})
		}
	}
	metered := len(v.Projects) > 0
	add("usage.expected", v.Expected, metered, p.T("usage.expected_hint"))
	add("usage.overage", v.Overage, metered, "")
	add("usage.monthly_fee", v.MonthlyFee, metered, "")
	add("usage.discounted_monthly_fee", v.DiscountedFee, metered, "")
	if v.Seats != nil {
		add("usage.seat_cost", v.Seats.Cost, true,
			p.T("usage.seat_count", "count", v.Seats.Users)+", "+p.T("usage.tenant_count", "count", v.Seats.Tenants))
	}
	add("usage.last_invoice", v.LastInvoice, v.State == billing.Partial && slices.Contains(v.Missing, billing.MissingLastInvoice), "")
	return out
}

// ProjectView is the card of a project as it is shown.
type ProjectView struct {
	billing.ProjectCard
	Title  string // its name, or its id while the name cannot be had
	Tone   string // "over", "warn" or empty
	Badge  template.HTML
	Meta   template.HTML // plan, state in the second vocabulary, and the day on which the usage begins anew
	Meters []MeterView
}

// MeterView is a meter of a project as it is shown.
type MeterView struct {
	Name      string
	Drawing   template.HTML
	Rate      string // what a unit beyond the allowance costs
	Overage   string
	Freshness template.HTML
	ReadAt    template.HTML
}

// Cards gives the projects as they are shown.
func (v *UsageView) Cards() ([]ProjectView, error) {
	p, out := v.page, make([]ProjectView, len(v.Projects))
	for i, card := range v.Projects {
		view := ProjectView{ProjectCard: card, Title: card.Name, Badge: p.Badge("usage.state", card.State.String())}
		if card.Name == "" {
			view.Title = p.T("usage.project_unnamed", "id", card.ID)
		}
		switch card.State {
		case usage.StateOver:
			view.Tone = "over"
		case usage.StateApproaching:
			view.Tone = "warn"
		}
		view.Meta = v.cardMeta(card)
		for j, meter := range card.Meters {
			m, err := v.cardMeter(fmt.Sprintf("bh-card-%d-%d", i, j), &view, meter)
			if err != nil {
				return nil, err
			}
			view.Meters = append(view.Meters, m)
		}
		out[i] = view
	}
	return out, nil
}

// cardMeta is the line under the name of a project. One that is not active has no health to speak of.
func (v *UsageView) cardMeta(card billing.ProjectCard) template.HTML {
	p, line := v.page, template.HTML("")
	if card.Plan != "" {
		line = escaped(p.T("usage.plan")+": "+card.Plan) + " · "
	}
	if len(card.Meters) > 0 {
		line += escaped(p.T("usage.status")+": "+p.Term("usage.health", card.Health.String())) + " · "
	}
	return line + escaped(p.T("usage.resets")+" ") + p.Day(v.Resets)
}

func (v *UsageView) cardMeter(id string, card *ProjectView, m billing.MeterCard) (MeterView, error) {
	p, level := v.page, chart.LevelOfHealth(m.Health)
	if card.State == usage.StateNotActive {
		level = chart.LevelNotActive
	}
	view := MeterView{
		Name: p.Term("meter", m.Meter), Rate: v.rate(m), Overage: p.Money(m.Overage),
		Freshness: p.Badge("usage.freshness", m.Freshness.String()), ReadAt: p.Time(m.ReadAt, v.Period.Zone()),
	}
	var err error
	view.Drawing, err = p.meter(meterOf{
		id: id, name: card.Title + ", " + view.Name, unit: m.Unit, used: m.Used, included: m.Included, limited: m.HasLimit, level: level,
	})
	return view, err
}

// rate gives what a unit beyond the allowance costs.
func (v *UsageView) rate(m billing.MeterCard) string {
	if !m.Rate.IsSet() {
		return v.page.T("usage.rate_unknown")
	}
	if key := "usage.rate." + m.Unit; v.page.say.Has(key) {
		return v.page.T(key, "rate", m.Rate)
	}
	return v.page.T("usage.rate.other", "rate", m.Rate, "unit", m.Unit)
}

// units words a number of units, such as "12 minutes".
func (p *Page) units(v decimal.Decimal, unit string) string {
	switch key := "quantity." + unit; {
	case unit == "":
		return p.say.Number(v)
	case unit == billing.UnitSeat:
		return p.say.Count("usage.seat_count", v)
	case p.say.Has(key):
		return p.say.Count(key, v)
	}
	return p.say.T("quantity.other", "count", v, "unit", unit)
}

// TotalView is the usage of a meter over all projects as it is shown.
type TotalView struct {
	billing.MeterTotal
	Name    string
	Badge   template.HTML
	Drawing template.HTML
	Note    string // that it is not the total of all projects; may be empty
}

// Sums gives the totals as they are shown.
func (v *UsageView) Sums() ([]TotalView, error) {
	p, out := v.page, make([]TotalView, len(v.Totals))
	for i, t := range v.Totals {
		view := TotalView{MeterTotal: t, Name: p.Term("meter", t.Meter), Badge: p.Badge("usage.state", t.State.String())}
		if t.Partial && t.Used.Known {
			view.Note = p.T("usage.totals_partial")
		}
		var err error
		if view.Drawing, err = p.meter(meterOf{
			id: fmt.Sprintf("bh-total-%d", i), name: view.Name, unit: t.Unit,
			used: t.Used, included: t.Included, limited: t.HasLimit, level: chart.LevelOfHealth(t.Health),
		}); err != nil {
			return nil, err
		}
		out[i] = view
	}
	return out, nil
}

// meterOf is a meter to draw.
type meterOf struct {
	id, name, unit string
	used           usage.Quantity
	included       usage.Allowance
	limited        bool
	level          chart.Level
}

// meter draws the use of an allowance.
func (p *Page) meter(m meterOf) (template.HTML, error) {
	value, note, description := p.meterTexts(m)
	return chart.Meter{
		Frame: chart.Frame{
			ID: m.id, Title: p.T("picture.allowance_title", "meter", m.name), Description: description, RightToLeft: p.rightToLeft(),
		},
		Used: m.used, Included: m.included, HasLimit: m.limited, Level: m.level,
		Texts: chart.MeterTexts{Value: value, Note: note, Limit: p.Number(m.included.Included)},
	}.HTML()
}

// meterTexts words a meter: beside the bar, and for those who do not see it.
func (p *Page) meterTexts(m meterOf) (value, note, description string) {
	if !m.used.Known {
		return p.T("usage.used_unknown"), "", p.T("picture.allowance_unknown")
	}
	used, included := p.units(m.used.Value, m.unit), p.units(m.included.Included, m.unit)
	switch {
	case m.limited && m.included.Unlimited:
		return p.T("usage.used_unlimited", "used", used), "", p.T("picture.allowance_unlimited", "used", used)
	case !m.limited:
		return p.T("usage.used_only", "used", used), "", p.T("picture.allowance_unlimited", "used", used)
	}
	value = p.T("usage.used_of", "used", p.Number(m.used.Value), "included", included)
	if m.used.Value.GreaterThan(m.included.Included) {
		over := p.units(m.used.Value.Sub(m.included.Included), m.unit)
		return value, p.T("usage.over_by", "quantity", over), p.T("picture.allowance_over", "used", used, "included", included)
	}
	if m.included.Included.Sign() == 0 {
		return value, "", p.T("picture.allowance", "used", used, "included", included, "percent", p.Percent(decimal.Zero))
	}
	percent := p.Percent(m.used.Value.Mul(decimal.New(100, 0)).Div(m.included.Included).Floor())
	return value, p.T("usage.percent_used", "percent", percent),
		p.T("picture.allowance", "used", used, "included", included, "percent", percent)
}

func (p *Page) rightToLeft() bool { return p.Direction == "rtl" }

// DailyLines draws a line for each meter, and for seats, over the days of the period.
func (v *UsageView) DailyLines() ([]PictureView, error) {
	var out []PictureView
	for i, series := range v.Daily {
		line := v.dailyLine(fmt.Sprintf("bh-daily-%d", i), series)
		drawing, rows, err := line.Draw()
		if err != nil {
			return nil, err
		}
		view := PictureView{ID: line.ID, Caption: line.Title, Drawing: drawing}
		if slices.ContainsFunc(line.Days, func(d chart.Day) bool { return d.Value.Known }) {
			view.Table = dataTable(line.Title, line.Head(), rows)
		}
		out = append(out, view)
	}
	return out, nil
}

// dailyLine is the line of a series. The last day is not over, so that what was used on it is partial; seats are counted
// as they are on a day.
func (v *UsageView) dailyLine(id string, series billing.DailySeries) chart.Line {
	p, seats := v.page, series.Name == billing.SeriesSeats
	name := p.Term("meter", series.Name)
	if seats {
		name = p.T("usage.seats")
	}
	line := chart.Line{
		Frame:  chart.Frame{ID: id, Title: p.T("picture.daily_title", "meter", name), RightToLeft: p.rightToLeft()},
		Period: v.Period,
		Texts: chart.LineTexts{
			Series: name, Partial: p.T("usage.to_date"), Unknown: p.T("picture.legend.unknown"), Empty: p.T("picture.none"),
			Day: p.T("usage.day"), Note: p.T("usage.status"),
		},
		Format: func(d decimal.Decimal) string { return p.units(d, series.Unit) },
		Tick:   p.Number, Date: p.say.Date,
	}
	line.Days = make([]chart.Day, len(series.Days))
	for i, day := range series.Days {
		partial := day.Partial || !seats && i == len(series.Days)-1
		line.Days[i] = chart.Day{Value: day.Used, Partial: partial}
	}
	line.Description = v.dailyText(series)
	return line
}

// dailyText says in a sentence what is to be seen in a line.
func (v *UsageView) dailyText(series billing.DailySeries) string {
	p := v.page
	var total, peak decimal.Decimal
	var first, last, most civil.Date
	for _, day := range series.Days {
		if first.IsZero() {
			first = day.Day
		}
		last = day.Day
		if !day.Used.Known {
			continue
		}
		total = total.Add(day.Used.Value)
		if most.IsZero() || day.Used.Value.GreaterThan(peak) {
			most, peak = day.Day, day.Used.Value
		}
	}
	switch {
	case most.IsZero(), series.Name == billing.SeriesSeats: // seats of several days do not add up
		return ""
	case total.IsZero():
		return p.T("picture.daily_empty", "from", first, "until", last)
	}
	return p.T("picture.daily", "from", first, "until", last, "total", p.units(total, series.Unit), "date", most, "peak", p.units(peak, series.Unit))
}

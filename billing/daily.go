package billing

import (
	"cmp"
	"iter"
	"maps"
	"slices"

	"github.com/shopspring/decimal"

	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/usage"
	"github.com/billhatch/billhatch/usage/civil"
)

// DailySeries is the line of a meter, or of seats, over the days of the running period so far (C4, C5).
type DailySeries struct {
	Name string     // the meter, or SeriesSeats
	Unit string     // what is counted, such as "minute" or UnitSeat; empty: not known
	Days []DayValue // every day from the first of the period up to and including today in the account's zone
}

// SeriesSeats names the series of users who are billable on each day, over all tenants.
const SeriesSeats = "seats"

// UnitSeat is the unit of SeriesSeats.
const UnitSeat = "seat"

// DayValue is one day of a series.
type DayValue struct {
	Day     civil.Date
	Used    usage.Quantity // units on that day alone; unknown where there is no figure, which is never zero
	Partial bool           // known, but some project or tenant has no figure for the day: the sum of the others
}

// readDaily makes the series of the meters. An account without projects costs no look-up.
func (p *usagePanel) readDaily() error {
	reader, ok := provider.As[provider.DailyReader](p.run.service.cfg.Records)
	if !ok || len(p.projects) == 0 && !p.cutShort {
		return &provider.Error{Kind: provider.ErrUnsupported}
	}
	sums := p.dailySums()
	if err := sums.read(reader.Daily(p.ctx, p.run.account.ID, p.Period)); err != nil {
		if _, _, ok := stateOf(err); !ok { // the account itself was found: without its line the panel is still good
			return &provider.Error{Op: p.run.op.Name, Kind: provider.ErrUnavailable, Err: err}
		}
		return err
	}
	p.Daily = append(p.Daily, sums.series()...)
	return nil
}

// dailySums adds the figures of projects up, by meter and day.
type dailySums struct {
	panel    *usagePanel
	projects map[string]int // their places in the panel, by id
	meters   map[string]*dailySum
}

// dailySum is the series of one meter in the making.
type dailySum struct {
	days []DayValue
	got  []int // projects that should have a figure on the day and have one
	want []int // projects that should have one, as differences: they begin on a day and end before another
}

// dailySums prepares a series for every meter that a project should have figures of.
func (p *usagePanel) dailySums() *dailySums {
	s := &dailySums{panel: p, projects: make(map[string]int, len(p.projects)), meters: map[string]*dailySum{}}
	for i := range p.projects {
		s.projects[p.projects[i].ID] = i
		active, _ := p.Period.Span().Intersect(p.projects[i].Active)
		for _, m := range p.Projects[i].Meters { // none unless it is active in the period
			sum := s.of(m.Meter)
			from, to := active.From.Sub(p.Period.From()), active.To.Sub(p.Period.From())
			sum.want[min(from, len(sum.days))]++
			sum.want[min(to, len(sum.days))]--
		}
	}
	return s
}

// of gives the series of a meter; it is made when it is first asked for.
func (s *dailySums) of(meter string) *dailySum {
	if sum, ok := s.meters[meter]; ok {
		return sum
	}
	days := s.panel.daysSoFar()
	sum := &dailySum{days: days, got: make([]int, len(days)), want: make([]int, len(days)+1)}
	s.meters[meter] = sum
	return sum
}

// read adds all figures up. What is not of the period, comes twice or out of order, or is no amount of usage is refused
// as a whole: a line that might be wrong is not drawn.
func (s *dailySums) read(figures iter.Seq2[provider.DayUsage, error]) error {
	var last provider.DayUsage
	for f, err := range figures {
		if err != nil {
			return err
		}
		inOrder := cmp.Or(f.Day.Compare(last.Day), cmp.Compare(f.Project, last.Project), cmp.Compare(f.Meter, last.Meter)) > 0
		if !inOrder || !s.panel.Period.ContainsDate(f.Day) || !f.Used.Valid() {
			return &provider.Error{Op: s.panel.run.op.Name, Kind: provider.ErrForeign}
		}
		last = f
		s.add(&f)
	}
	return nil
}

// add adds one figure; days ahead and figures that are unknown are none.
func (s *dailySums) add(f *provider.DayUsage) {
	sum, i := s.of(f.Meter), f.Day.Sub(s.panel.Period.From())
	if i >= len(sum.days) || !f.Used.Known {
		return
	}
	day := &sum.days[i]
	day.Used = usage.Known(day.Used.Value.Add(f.Used.Value))
	if s.awaits(f) {
		sum.got[i]++
	}
}

// awaits tells whether a figure is one of those that the projects of the account should have.
func (s *dailySums) awaits(f *provider.DayUsage) bool {
	i, known := s.projects[f.Project]
	return known && s.panel.projects[i].Active.Contains(f.Day) &&
		slices.ContainsFunc(s.panel.Projects[i].Meters, func(m MeterCard) bool { return m.Meter == f.Meter })
}

// series gives the lines in order of meter.
func (s *dailySums) series() []DailySeries {
	var out []DailySeries
	for _, meter := range slices.Sorted(maps.Keys(s.meters)) {
		sum, want := s.meters[meter], 0
		for i := range sum.days {
			want += sum.want[i]
			sum.days[i].Partial = sum.days[i].Used.Known && (sum.got[i] < want || s.panel.cutShort)
		}
		out = append(out, DailySeries{Name: meter, Unit: s.panel.unitOf(meter), Days: sum.days})
	}
	return out
}

// unitOf gives the unit of a meter by the plan; empty: the plan does not know it.
func (p *usagePanel) unitOf(meter string) string {
	if p.plan == nil {
		return ""
	}
	for _, mp := range p.plan.Plan.Metered {
		for i := range mp.Meters {
			if mp.Meters[i].Name == meter {
				return mp.Meters[i].Unit
			}
		}
	}
	return ""
}

// seatLine makes the series of seats from what the statement to date has counted anyway.
func (p *usagePanel) seatLine(st *usage.Statement) DailySeries {
	line := DailySeries{Name: SeriesSeats, Unit: UnitSeat, Days: p.daysSoFar()}
	for i := range line.Days {
		day := &line.Days[i]
		users, told := 0, 0
		for t := range st.Tenants {
			if i < len(st.Tenants[t].Daily) {
				users, told = users+st.Tenants[t].Daily[i], told+1
			}
		}
		if told > 0 {
			day.Used, day.Partial = usage.Known(decimal.NewFromInt(int64(users))), told < len(st.Tenants)
		}
	}
	return line
}

// daysSoFar gives the days of a series, all of them unknown.
func (p *usagePanel) daysSoFar() []DayValue {
	days := make([]DayValue, max(0, min(p.asOf.Sub(p.Period.From())+1, p.Period.Days())))
	for i := range days {
		days[i].Day = p.Period.From().AddDays(i)
	}
	return days
}

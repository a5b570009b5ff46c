package main

import (
	"context"
	"fmt"
	"hash/fnv"
	"time"

	"github.com/shopspring/decimal"

	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/provider/memory"
	"github.com/billhatch/billhatch/usage"
	"github.com/billhatch/billhatch/usage/civil"
)

// meters stand for the part of a voice product that counts minutes and messages: they go on as the clock moves, each
// project at its own pace.
type meters struct {
	world    *memory.World
	projects []metered
}

// metered is a project of an account.
type metered struct {
	account, id string
	zone        *time.Location
	active      civil.Span
	lag         time.Duration // how old its readings are
	late        bool          // there is none before the month is over
	paces       []pace        // of each meter
}

// pace is how much of a meter a project uses.
type pace struct {
	meter string
	month decimal.Decimal // in a month
	since time.Time       // when the demonstration began
	used  decimal.Decimal // in the month of since, until then
	today decimal.Decimal // on the day of since, until then
}

// learn finds out from the records how much the projects of an account use.
func (m *meters) learn(ctx context.Context, account string, zone *time.Location) error {
	now := m.world.Now()
	running, err := civil.MonthOf(now, zone)
	if err != nil {
		return err
	}
	months, err := m.lastMonth(ctx, account, running.Prev())
	if err != nil {
		return err
	}
	today, err := m.today(ctx, account, running, civil.DateOf(now, zone))
	if err != nil {
		return err
	}
	for p, err := range m.world.Records().Projects(ctx, account, running) {
		if err != nil {
			return err
		}
		project := metered{account: account, id: p.ID, zone: zone, active: p.Active}
		for _, r := range p.Readings {
			month, ok := months[p.ID][r.Meter]
			if !ok { // its first month
				month = r.Used.Value
			}
			project.lag = now.Sub(r.At)
			project.paces = append(project.paces, pace{r.Meter, month, now, r.Used.Value, today[p.ID][r.Meter]})
		}
		if len(project.paces) == 0 {
			project.late = true
			for meter, month := range months[p.ID] {
				project.paces = append(project.paces, pace{meter: meter, month: month})
			}
		}
		m.projects = append(m.projects, project)
	}
	return nil
}

// figures are quantities by project and meter.
type figures map[string]map[string]decimal.Decimal

func (f figures) set(project, meter string, used decimal.Decimal) {
	if f[project] == nil {
		f[project] = map[string]decimal.Decimal{}
	}
	f[project][meter] = used
}

func (m *meters) lastMonth(ctx context.Context, account string, month civil.Period) (figures, error) {
	out := figures{}
	for p, err := range m.world.Records().Projects(ctx, account, month) {
		if err != nil {
			return nil, err
		}
		for _, r := range p.Readings {
			out.set(p.ID, r.Meter, r.Used.Value)
		}
	}
	return out, nil
}

func (m *meters) today(ctx context.Context, account string, month civil.Period, day civil.Date) (figures, error) {
	out := figures{}
	for f, err := range m.world.Records().Daily(ctx, account, month) {
		if err != nil {
			return nil, err
		}
		if f.Day == day {
			out.set(f.Project, f.Meter, f.Used.Value)
		}
	}
	return out, nil
}

// read sets the readings of the month that runs at an instant, and what was used on its days.
func (m *meters) read(account string, month civil.Period, at time.Time) {
	for i := range m.projects {
		if p := &m.projects[i]; p.account == account && !p.late {
			m.set(p, month, at.Add(-p.lag))
		}
	}
}

// final sets the readings of a month that is over. None is missing.
func (m *meters) final(account string, month civil.Period) {
	_, end := month.Bounds()
	for i := range m.projects {
		if p := &m.projects[i]; p.account == account {
			p.late = false
			m.set(p, month, end)
		}
	}
}

func (m *meters) set(p *metered, month civil.Period, at time.Time) {
	start, _ := month.Bounds()
	_, active := month.Span().Intersect(p.active)
	if p.active.From.IsZero() || !active || len(p.paces) == 0 {
		return
	}
	at = latest(at, start)
	var readings []usage.Reading
	var days []provider.DayUsage
	for i := range p.paces {
		pace := &p.paces[i]
		readings = append(readings, usage.Reading{Meter: pace.meter, Used: usage.Known(pace.until(p, month, at)), At: at})
		days = append(days, pace.days(p, month, at)...)
	}
	m.world.SetReadings(p.account, p.id, month, readings...)
	m.world.SetDaily(p.account, days...)
}

// until is what was used from the beginning of a month until an instant.
func (c *pace) until(p *metered, month civil.Period, at time.Time) decimal.Decimal {
	start, end := month.Bounds()
	used, quota := decimal.Zero, c.month
	if month.Contains(c.since) {
		if at.Before(c.since) {
			return c.used
		}
		start, used = c.since, c.used
	} else {
		quota = quota.Mul(decimal.NewFromInt(percent(p.id, month))).Div(decimal.NewFromInt(100))
	}
	first, _ := month.Bounds()
	share := decimal.NewFromInt(busy(p.zone, start, at)).Div(decimal.NewFromInt(busy(p.zone, first, end)))
	return used.Add(quota.Mul(share)).Floor()
}

// days are the figures of the days until an instant, as far as they are not there already.
func (c *pace) days(p *metered, month civil.Period, at time.Time) (out []provider.DayUsage) {
	day, before := month.From(), decimal.Zero
	if month.Contains(c.since) {
		day, before = civil.DateOf(c.since, p.zone), c.used.Sub(c.today)
	}
	for ; month.ContainsDate(day) && day.Start(p.zone).Before(at); day = day.AddDays(1) {
		used := c.until(p, month, earliest(at, day.AddDays(1).Start(p.zone)))
		out = append(out, provider.DayUsage{Project: p.id, Meter: c.meter, Day: day, Used: usage.Known(used.Sub(before))})
		before = used
	}
	return out
}

// busy is how much goes on between two instants: a quarter of it at weekends.
func busy(zone *time.Location, from, to time.Time) (sum int64) {
	for at := from; at.Before(to); {
		day := civil.DateOf(at, zone)
		next := earliest(to, day.AddDays(1).Start(zone))
		weight := int64(4)
		if w := day.Weekday(); w == time.Saturday || w == time.Sunday {
			weight = 1
		}
		sum += weight * int64(next.Sub(at)/time.Second)
		at = next
	}
	return max(sum, 1)
}

// percent makes months differ: 85 to 114, always the same for a project and a month.
func percent(project string, month civil.Period) int64 {
	h := fnv.New32a()
	_, _ = fmt.Fprint(h, project, month) // a hash takes everything
	return 85 + int64(h.Sum32()%30)
}

func earliest(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

package simulate

import (
	"fmt"
	"slices"
	"time"

	"github.com/shopspring/decimal"

	"github.com/billhatch/billhatch/internal/stripefake"
	"github.com/billhatch/billhatch/invoice"
	"github.com/billhatch/billhatch/money"
	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/usage"
	"github.com/billhatch/billhatch/usage/civil"
	"github.com/billhatch/billhatch/usage/pricing"
)

// account is an account with everything that it has used.
type account struct {
	id, customer string
	groups       bool // staff and students are invoiced apart
	projects     []string
	charges      []*charge
	readings     map[reader]int64
}

// reader names the meter of a project in a month.
type reader struct {
	project string
	month   civil.Date
}

// charge is one thing that was used, once. What it costs tells it apart from every other charge of its account, so that
// the charges of which an amount is made can be told from the amount.
type charge struct {
	month civil.Period
	item  string // project, or group of the user
	cents int64
	at    time.Time // when it is recorded: late, when the month is over
}

// What charges cost, in cents: readings cost a power of two of their own, users of a group the same.
const (
	firstReading = 6
	maxReadings  = 12
	staffCents   = 1 << (firstReading + maxReadings)
	studentCents = staffCents << 3
	maxUsers     = 7 // of a group, in all months
)

// The groups of accounts whose users are invoiced apart.
const (
	staff    = "staff"
	students = "students"
)

const tenant = "university"

func (w *world) newAccount(i int) *account {
	a := &account{id: fmt.Sprintf("acct-%d", i+1), readings: map[reader]int64{}}
	a.customer = w.realm.AddCustomer(stripefake.Customer{
		Name: a.id, Email: "billing@" + a.id + ".example", Currency: "usd",
	}).ID
	a.groups = w.opt.groups || !w.opt.Calm && w.rng.IntN(7) == 0
	terms, err := invoice.Net(30)
	must(err)
	w.store.host.AddAccount(provider.Account{ID: a.id, Name: a.id, Customer: a.customer, Currency: "USD", Zone: time.UTC, Terms: terms})
	w.store.host.SetPlan(a.id, civil.Date{}, pricePlan())
	n := w.oneOf(70, 30)
	switch {
	case w.opt.Calm:
		n = 3
	case a.groups:
		n = w.rng.IntN(2)
	}
	for p := range n {
		a.projects = append(a.projects, fmt.Sprintf("p%d", p+1))
	}
	w.furnish(a)
	w.use(a)
	return a
}

// furnish adds the tenant and the projects of an account, with readings of nothing.
func (w *world) furnish(a *account) {
	first := w.months[0].From()
	if a.groups {
		w.store.host.AddTenant(a.id, usage.Tenant{ID: tenant, Name: tenant, Domain: "school.edu", Split: usage.Split{
			Groups:   []usage.Group{{Name: staff, Domains: []string{"school.edu"}}, {Name: students, Domains: []string{"students.school.edu"}}},
			Approval: usage.Approval{By: "sales", On: first.AddDays(-60)},
		}})
	}
	for _, p := range a.projects {
		w.store.host.AddProject(a.id, usage.Project{ID: p, Name: p, Plan: "voice", Active: civil.Span{From: first}})
		month := w.months[0]
		for range len(w.months) + 1 {
			w.read(a, p, month, 0)
			month = month.Next()
		}
	}
}

func pricePlan() usage.Plan {
	cents := func(n int64) pricing.Price {
		return pricing.Price{Model: pricing.Flat, Unit: money.MustParse(decimal.New(n, -2).String(), "USD")}
	}
	return usage.Plan{
		Name: "Plan", Currency: "USD", Seats: cents(100),
		Groups:  map[string]pricing.Price{staff: cents(staffCents), students: cents(studentCents)},
		Metered: []usage.MeteredPlan{{Name: "voice", Meters: []usage.Meter{{Name: "units", Unit: "unit", Price: cents(1)}}}},
	}
}

// use makes up what an account uses. Some months are of nothing; some charges are recorded late, but before the next
// month is over, which is how far the month close looks back.
func (w *world) use(a *account) {
	users := map[string]int{}
	for n := range w.oneOf(15, 30, 25, 15, 10, 5) {
		if len(a.projects) == 0 {
			break
		}
		month := w.months[w.rng.IntN(len(w.months))]
		item := a.projects[w.rng.IntN(len(a.projects))]
		if w.opt.Calm {
			item = a.projects[n%len(a.projects)]
		}
		w.add(a, &charge{month: month, item: item, cents: 1 << (firstReading + len(a.charges))})
	}
	if !a.groups {
		return
	}
	for _, month := range w.months { // a tenant has somebody at all times
		w.add(a, &charge{month: month, item: staff, cents: staffCents})
		users[staff]++
	}
	for range w.rng.IntN(4) {
		group, cents := staff, int64(staffCents)
		if w.rng.IntN(2) == 0 {
			group, cents = students, studentCents
		}
		if users[group] == maxUsers {
			continue
		}
		users[group]++
		w.add(a, &charge{month: w.months[w.rng.IntN(len(w.months))], item: group, cents: cents})
	}
}

// lateness is how long after the end of its month a charge is recorded at most.
const lateness = 20 * 24 * time.Hour

// add has a charge recorded: most of them before their month is over, some about when it is closed, some later. The
// first user of a tenant in a month is in time.
func (w *world) add(a *account, c *charge) {
	c.at = begin()
	first := c.item == staff && !slices.ContainsFunc(a.charges, func(o *charge) bool { return o.item == staff && o.month.Equal(c.month) })
	switch over := end(c.month); {
	case first || w.opt.Calm:
	case w.rng.IntN(100) < 80:
		c.at = over.Add(-time.Duration(w.rng.Int64N(int64(24 * time.Hour))))
	case w.rng.IntN(100) < 60:
		c.at = over.Add(time.Duration(w.rng.Int64N(int64(3 * time.Hour))))
	default:
		c.at = over.Add(time.Duration(w.rng.Int64N(int64(lateness))))
	}
	a.charges = append(a.charges, c)
	if c.at.After(w.last()) {
		w.sweep = true
	}
	user := fmt.Sprintf("u%02d", len(a.charges))
	w.plan(c.at, func() { w.record(a, c, user) })
}

// record is when the host comes to know of a charge.
func (w *world) record(a *account, c *charge, user string) {
	domain := "school.edu"
	switch c.item {
	case students:
		domain = "students.school.edu"
	case staff:
	default:
		w.read(a, c.item, c.month, c.cents)
		return
	}
	w.log("%s: user of %s for %s", a.id, c.item, c.month)
	w.store.host.AddRoster(a.id, tenant, usage.Record{
		User: user, Address: user + "@" + domain, Covered: usage.Days(c.month.From(), c.month.To()),
	})
}

// read adds to what the meter of a project shows for a month. A unit is a cent.
func (w *world) read(a *account, project string, month civil.Period, more int64) {
	key := reader{project, month.From()}
	a.readings[key] += more
	w.log("%s: %s of %s at %d", a.id, project, month, a.readings[key])
	w.store.host.SetReadings(a.id, project, month, usage.Reading{Meter: "units", Used: usage.Known(decimal.NewFromInt(a.readings[key]))})
}

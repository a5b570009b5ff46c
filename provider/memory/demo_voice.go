package memory

import (
	"fmt"
	"time"

	"github.com/shopspring/decimal"

	"github.com/billhatch/billhatch/invoice"
	"github.com/billhatch/billhatch/money"
	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/usage"
	"github.com/billhatch/billhatch/usage/civil"
	"github.com/billhatch/billhatch/usage/pricing"
)

// demoProject is a project and how much of its allowance it uses in the running month.
type demoProject struct {
	name, plan string
	percent    int  // of what is included
	future     bool // not active yet
	ended      int  // months back in which it ended; 0: it goes on
	nameless   bool // its metadata cannot be had for now
	unread     bool // its usage of the running month is missing
	stale      bool // its reading is old
}

// demoClient is a client of the voice product.
type demoClient struct {
	id, name, zone string
	days           int // terms; -1: the default
	direct         bool
	syncing        bool
	unpaid         []int
	voided, lost   int
	projects       []demoProject
}

func demoClients() []demoClient {
	return []demoClient{
		{
			id: DemoClient, name: "Aster Dental Group", zone: "America/Chicago", days: -1, unpaid: []int{1}, voided: 6,
			projects: []demoProject{
				{name: "Reception line", plan: "Growth", percent: 46},
				{name: "Appointment reminders", plan: "Growth", percent: 86},
				{name: "Emergency line", plan: "Starter", percent: 97},
				{name: "Billing hotline", plan: "Starter", percent: 123, stale: true},
				{name: "Orthodontics pilot", plan: "Starter", future: true},
			},
		},
		{
			id: "client_birch", name: "Birch Logistics", zone: "America/Denver", days: -1, direct: true, unpaid: []int{3, 1}, voided: 8,
			projects: []demoProject{
				{name: "Dispatch", plan: "Scale", percent: 71},
				{name: "Driver hotline", plan: "Growth", percent: 104},
			},
		},
		{
			id: "client_cedar", name: "Cedar Hotels", zone: "Europe/London", days: 7, unpaid: []int{1}, lost: 9, voided: 5,
			projects: []demoProject{
				{name: "Reservations", plan: "Scale", percent: 62},
				{name: "Concierge", plan: "Growth", percent: 31, nameless: true},
				{name: "Events", plan: "Starter", percent: 88, unread: true},
				{name: "Winter campaign", plan: "Starter", percent: 20, ended: 4},
			},
		},
		{
			id: "client_dune", name: "Dune Radio", zone: "America/Los_Angeles", days: -1, syncing: true, unpaid: []int{2, 1}, voided: 4,
			projects: []demoProject{{name: "Studio call-in", plan: "Growth", percent: 79}, {name: "Contests", plan: "Starter", percent: 80}},
		},
		{
			id: "client_elm", name: "Elm & Ash Legal", zone: "Australia/Sydney", days: 14, unpaid: []int{1}, voided: 10,
			projects: []demoProject{{name: "Intake", plan: "Starter", percent: 12}, {name: "Client line", plan: "Growth", percent: 95}},
		},
		{id: DemoNewClient, name: "Fern Studio", zone: "America/New_York", days: -1, projects: []demoProject{{name: "Studio line", plan: "Starter", percent: 3}}},
		{id: DemoUnconfigured, name: "Grove Family Clinic", zone: "America/New_York", days: -1, projects: []demoProject{{name: "Front desk", plan: "Starter", percent: 22}}},
		{
			id: DemoForeignClient, name: "Heron Travel", zone: "America/New_York", days: -1, unpaid: []int{1}, voided: 3,
			projects: []demoProject{{name: "Bookings", plan: "Growth", percent: 55}},
		},
	}
}

// voice adds the accounts whose projects are metered.
func (d *demo) voice() {
	for _, spec := range demoClients() {
		d.client(&spec)
	}
}

func (d *demo) client(spec *demoClient) {
	w := d.w
	zone := demoZone(spec.zone)
	a := provider.Account{
		ID: spec.id, Name: spec.name, Customer: "cus_" + spec.id, Currency: "USD", Zone: zone, Direct: spec.direct,
		SettingsURL: "https://voice.example/settings/" + spec.id + "/billing",
	}
	if spec.days >= 0 {
		a.Terms, _ = invoice.Net(spec.days)
	}
	a = w.AddAccount(a)
	host := spec.id[len("client_"):] + ".example"
	w.SetEmail(a.ID, "billing@"+host)
	w.SetRecipients(a.ID, []string{"billing@" + host, "finance@" + host}, []string{"owner@" + host})
	w.SetSyncing(a.ID, spec.syncing)
	expires := d.month(zone, 0).From().AddMonths(8+d.pick(40, "expires", spec.id), 1).String()[:len("2006-01")]
	w.SetMethods(a.ID, provider.PaymentMethod{
		Kind: "card", Brand: "mastercard", Last4: fmt.Sprintf("%04d", d.pick(10_000, "card", spec.id)), Expires: expires, Default: true,
	})
	w.SetPlan(a.ID, civil.Date{}, voicePlan())
	if spec.id == DemoForeignClient {
		w.Assign(DemoOtherPartner, a.ID)
	} else {
		w.Assign(DemoPartner, a.ID)
	}
	for i := range spec.projects {
		d.project(a, i, &spec.projects[i], len(spec.unpaid) > 0)
	}
	d.offers(a)
	switch spec.id {
	case DemoNewClient:
		return
	case DemoUnconfigured:
		a.Customer = ""
		w.SetAccount(a)
		return
	}
	d.customers = append(d.customers, demoCustomer{account: a, unpaid: spec.unpaid, voided: spec.voided, lost: spec.lost})
}

// offers adds discounts that were, that are and that will be, and a credit.
func (d *demo) offers(a provider.Account) {
	switch d.pick(3, "offers", a.ID) {
	case 0:
		d.w.AddDiscount(a.ID, usage.Discount{
			ID: "di_loyalty_" + a.ID, Name: "Loyalty discount", Percent: decimal.NewFromInt(15), On: usage.OnFees,
			Valid: civil.Span{From: d.day(a.Zone, 3, 1)},
		})
	case 1:
		d.w.AddDiscount(a.ID, usage.Discount{
			ID: "di_launch_" + a.ID, Name: "Launch discount", Amount: money.MustParse("20.00", "USD"),
			Valid: civil.Span{From: d.day(a.Zone, 12, 1), To: d.day(a.Zone, 6, 1)},
		})
	}
	d.w.AddAdjustment(a.ID, usage.Adjustment{
		ID: "adj_goodwill_" + a.ID, Name: "Goodwill credit", On: d.day(a.Zone, 2, 1+d.pick(27, "goodwill", a.ID)),
		Amount: money.MustParse(fmt.Sprintf("-%d.00", 5+d.pick(20, "credit", a.ID)), "USD"),
	})
}

// project adds a project with the readings of the year and of the running month, and what it used on each day.
func (d *demo) project(a provider.Account, n int, spec *demoProject, year bool) {
	w := d.w
	p := usage.Project{ID: fmt.Sprintf("prj_%s_%d", a.ID[len("client_"):], n+1), Name: spec.name, Plan: spec.plan}
	if !spec.future {
		p.Active = civil.Span{From: d.day(a.Zone, 14, 1)}
		if !year {
			p.Active.From = d.day(a.Zone, 0, 1)
		}
		if spec.ended > 0 {
			p.Active.To = d.day(a.Zone, spec.ended, 15)
		}
	}
	w.AddProject(a.ID, p)
	if spec.nameless {
		d.nameless = append(d.nameless, [2]string{a.ID, p.ID})
	}
	if spec.future {
		return
	}
	for back := demoMonths; back >= 1; back-- {
		month := d.month(a.Zone, back)
		_, until := month.Bounds()
		percent := max(1, spec.percent+d.pick(41, "usage", p.ID, month)-20)
		d.read(a, &p, month, readings(spec.plan, percent, d.pick(100, "part", p.ID, month), until))
	}
	if spec.unread {
		return
	}
	at := d.now.Add(-7 * time.Minute)
	if spec.stale {
		at = d.now.Add(-31 * time.Hour)
	}
	d.read(a, &p, d.month(a.Zone, 0), readings(spec.plan, spec.percent, 0, at))
}

// read sets the readings of a month, and figures of its days that add up to them: from the first day on which the project
// is active to the day of the reading.
func (d *demo) read(a provider.Account, p *usage.Project, month civil.Period, list []usage.Reading) {
	d.w.SetReadings(a.ID, p.ID, month, list...)
	days, active := month.Span().Intersect(p.Active)
	if !active {
		return
	}
	for _, r := range list {
		known := days
		if last := civil.DateOf(r.At, a.Zone).AddDays(1); last.Before(known.To) {
			known.To = last
		}
		if known.Days() == 0 { // read before the month began
			known.To = known.From.AddDays(1)
		}
		d.w.SetDaily(a.ID, d.spread(p.ID, known, r)...)
	}
}

// spread makes up how a reading came about, in whole units: less at weekends, and no two days alike.
func (d *demo) spread(project string, days civil.Span, r usage.Reading) []provider.DayUsage {
	weights, all := make([]int64, days.Days()), int64(0)
	for i := range weights {
		day := days.From.AddDays(i)
		weights[i] = 100 + int64(d.pick(60, "day", project, r.Meter, day))
		if w := day.Weekday(); w == time.Saturday || w == time.Sunday {
			weights[i] /= 4
		}
		all += weights[i]
	}
	out, used := make([]provider.DayUsage, len(weights)), r.Used.Value.IntPart()
	given, passed := int64(0), int64(0)
	for i, weight := range weights {
		passed += weight
		units := used*passed/all - given
		given += units
		out[i] = provider.DayUsage{
			Project: project, Meter: r.Meter, Day: days.From.AddDays(i), Used: usage.Known(decimal.NewFromInt(units)),
		}
	}
	return out
}

// readings says that so many percent of the minutes of a plan were used, and somewhat fewer of its messages.
func readings(plan string, percent, part int, at time.Time) []usage.Reading {
	for _, mp := range voicePlan().Metered {
		if mp.Name != plan {
			continue
		}
		out := make([]usage.Reading, len(mp.Meters))
		for i, m := range mp.Meters {
			quarters := int64(4 - i)
			used := m.Included.IntPart() * int64(percent*100+part) * quarters / (4 * 10_000)
			out[i] = usage.Reading{Meter: m.Name, Used: usage.Known(decimal.NewFromInt(used)), At: at}
		}
		return out
	}
	return nil
}

// voicePlan has three plans of projects.
func voicePlan() usage.Plan {
	usd := func(v string) money.Amount { return money.MustParse(v, "USD") }
	metered := func(name, fee string, minutes, sms int64, perMinute, perSMS string) usage.MeteredPlan {
		return usage.MeteredPlan{
			Name: name, Fee: &usage.Fee{ID: "fee_" + name, Name: name + " plan", Amount: usd(fee)},
			Meters: []usage.Meter{
				{
					Name: "minutes", Unit: "minute", Included: decimal.NewFromInt(minutes),
					Price: pricing.Price{Model: pricing.Flat, Unit: usd(perMinute)},
				},
				{
					Name: "sms", Unit: "message", Included: decimal.NewFromInt(sms),
					Price: pricing.Price{Model: pricing.Flat, Unit: usd(perSMS)},
				},
			},
		}
	}
	return usage.Plan{
		Name: "Voice 2026", Currency: "USD",
		Metered: []usage.MeteredPlan{
			metered("Starter", "49.00", 1_000, 500, "0.06", "0.015"),
			metered("Growth", "199.00", 5_000, 2_000, "0.045", "0.012"),
			metered("Scale", "499.00", 20_000, 8_000, "0.035", "0.01"),
		},
	}
}

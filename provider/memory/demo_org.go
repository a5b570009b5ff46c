package memory

import (
	"fmt"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"github.com/billhatch/billhatch/money"
	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/usage"
	"github.com/billhatch/billhatch/usage/civil"
	"github.com/billhatch/billhatch/usage/pricing"
)

// organization adds the account whose tenants are billed by seats.
func (d *demo) organization() {
	w := d.w
	zone := demoZone("America/New_York")
	org := w.AddAccount(provider.Account{
		ID: DemoOrganization, Name: "Meridian Learning Group", Customer: "cus_meridian", Currency: "USD", Zone: zone,
		SettingsURL: "https://portal.example/settings/billing",
	})
	w.SetEmail(org.ID, "accounts.payable@meridian.example")
	w.SetRecipients(org.ID, []string{"accounts.payable@meridian.example", "controller@meridian.example"}, []string{"it.director@meridian.example"})
	w.SetMethods(org.ID,
		provider.PaymentMethod{Kind: "card", Brand: "visa", Last4: "4242", Expires: d.month(zone, 0).From().AddMonths(22, 1).String()[:len("2006-01")], Default: true},
		provider.PaymentMethod{Kind: "us_bank_account", Brand: "First Harbor Bank", Last4: "6789"},
	)
	w.SetPlan(org.ID, civil.Date{}, seatPlan())
	for _, spec := range d.tenants(zone) {
		t := spec.tenant
		w.AddTenant(org.ID, t)
		w.AddRoster(org.ID, t.ID, d.roster(&spec, zone)...)
	}
	w.AddDiscount(org.ID, usage.Discount{
		ID: "di_welcome", Name: "Welcome discount", Percent: decimal.NewFromInt(10),
		Valid: civil.Span{From: d.day(zone, 12, 1), To: d.day(zone, 9, 1)},
	})
	w.AddDiscount(org.ID, usage.Discount{
		ID: "di_education", Name: "Education discount", Percent: decimal.NewFromInt(5), On: usage.OnSeats,
		Valid: civil.Span{From: d.day(zone, 4, 1)},
	})
	w.AddAdjustment(org.ID, usage.Adjustment{
		ID: "adj_outage", Name: "Credit for the interruption of service", On: d.day(zone, 2, 18),
		Amount: money.MustParse("-250.00", "USD"),
	})
	d.customers = append(d.customers, demoCustomer{account: org, unpaid: []int{3, 1}, voided: 7})
}

// seatPlan is a price by volume over all tenants, with prices of their own for students and staff.
func seatPlan() usage.Plan {
	usd := func(v string) money.Amount { return money.MustParse(v, "USD") }
	return usage.Plan{
		Name: "Security Suite 2026", Currency: "USD", IncludedDays: 14,
		Seats: pricing.Price{Model: pricing.Volume, Tiers: []pricing.Tier{
			{UpTo: decimal.NewFromInt(100), Unit: usd("4.50")},
			{UpTo: decimal.NewFromInt(400), Unit: usd("3.80")},
			{Unit: usd("3.20")},
		}},
		Groups: map[string]pricing.Price{
			"students": {Model: pricing.Flat, Unit: usd("0.90")},
			"staff":    {Model: pricing.Flat, Unit: usd("3.10")},
		},
	}
}

// demoTenant is a tenant and how its roster is made up.
type demoTenant struct {
	tenant  usage.Tenant
	users   int
	domains []string // users go to them by turns, the first gets most
}

func (d *demo) tenants(zone *time.Location) []demoTenant {
	domain := func(names ...string) []string { return names }
	return []demoTenant{
		{usage.Tenant{ID: "hq", Name: "Headquarters", Domain: "meridian.example"}, 146, domain("meridian.example")},
		{usage.Tenant{ID: "europe", Name: "Meridian Europe", Domain: "eu.meridian.example"}, 88, domain("eu.meridian.example")},
		{
			usage.Tenant{ID: "executive", Name: "Executive Office", Domain: "exec.meridian.example", Sensitive: true},
			14, domain("exec.meridian.example"),
		},
		{
			usage.Tenant{
				ID: "university", Name: "Meridian University", Domain: "meridian-university.edu",
				Split: usage.Split{
					Groups: []usage.Group{
						{Name: "students", Domains: []string{"students.meridian-university.edu"}},
						{Name: "staff", Domains: []string{"meridian-university.edu", "faculty.meridian-university.edu"}},
					},
					Approval: usage.Approval{By: "sales@gatehouse.example", On: d.day(zone, 13, 1)},
				},
			},
			420, domain("students.meridian-university.edu", "students.meridian-university.edu",
				"students.meridian-university.edu", "students.meridian-university.edu", "faculty.meridian-university.edu"),
		},
		{
			usage.Tenant{
				ID: "archive", Name: "Archive and Records", Domain: "archive.meridian.example",
				Pauses: []civil.Span{{From: d.day(zone, 2, 12)}, {From: d.day(zone, 8, 5), To: d.day(zone, 8, 19)}},
			},
			31, domain("archive.meridian.example"),
		},
		{
			usage.Tenant{ID: "field", Name: "Field Services", Domain: "field.meridian.example", Onboarded: d.day(zone, 5, 9)},
			57, domain("field.meridian.example"),
		},
		{
			usage.Tenant{ID: "northside", Name: "Northside Campus", Domain: "northside.example", Left: d.day(zone, 3, 20)},
			42, domain("northside.example"),
		},
	}
}

// roster makes up the users of a tenant: most were there before the year, some join during it, some leave, a few come
// back.
func (d *demo) roster(spec *demoTenant, zone *time.Location) []usage.Record {
	first := spec.tenant.Onboarded
	if first.IsZero() {
		first = d.day(zone, 13, 1)
	}
	today := civil.DateOf(d.now, zone)
	var out []usage.Record
	for i := range spec.users {
		id := fmt.Sprintf("%s-%04d", spec.tenant.ID, i+1)
		given, family := demoGiven()[d.pick(len(demoGiven()), "given", id)], demoFamily()[d.pick(len(demoFamily()), "family", id)]
		rec := usage.Record{
			User: id, Name: given + " " + family, Kind: "licensed",
			Address: fmt.Sprintf("%s.%s%d@%s", strings.ToLower(given), strings.ToLower(family), i+1, spec.domains[i%len(spec.domains)]),
		}
		if d.pick(9, "kind", id) == 0 {
			rec.Kind = "unlicensed"
		}
		out = append(out, d.coverage(rec, first, today)...)
	}
	return out
}

// coverage gives the records of one user.
func (d *demo) coverage(rec usage.Record, first, today civil.Date) []usage.Record {
	joined := first
	if d.pick(3, "late", rec.User) == 0 {
		joined = first.AddDays(d.pick(max(1, today.Sub(first)), "joined", rec.User))
	}
	rec.Covered = usage.Days(joined, civil.Date{})
	stay := today.Sub(joined)
	if stay < 20 || d.pick(6, "leaves", rec.User) != 0 {
		return []usage.Record{rec}
	}
	left := joined.AddDays(10 + d.pick(stay-10, "left", rec.User))
	rec.Covered = usage.Days(joined, left)
	if d.pick(3, "returns", rec.User) != 0 || today.Sub(left) < 10 {
		return []usage.Record{rec}
	}
	back := rec
	back.Covered = usage.Days(left.AddDays(1+d.pick(9, "back", rec.User)), civil.Date{})
	return []usage.Record{rec, back}
}

func demoGiven() []string {
	return strings.Fields("Ada Alan Amara Anika Ben Carla Chen Dana Diego Elif Emma Farid Femi Grace Hana Hugo Ines Ivan Jade " +
		"Jonas Kara Kofi Lena Liam Mara Milan Nadia Noor Omar Priya Quinn Rosa Sami Sofia Tariq Uma Vera Wim Yara Zoe")
}

func demoFamily() []string {
	return strings.Fields("Abbott Adeyemi Bauer Bianchi Brooks Castro Chandra Costa Dubois Eriksen Fischer Garcia Haddad Hughes " +
		"Ito Jansen Kaya Keller Khan Kowalski Lindgren Lopez Mensah Moreau Nakamura Novak Okafor Olsen Park Patel Quist Reyes " +
		"Rossi Santos Silva Tanaka Usman Vogel Walsh Young")
}

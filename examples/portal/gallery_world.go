package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"github.com/billhatch/billhatch/invoice"
	"github.com/billhatch/billhatch/money"
	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/provider/memory"
	"github.com/billhatch/billhatch/usage"
	"github.com/billhatch/billhatch/usage/civil"
	"github.com/billhatch/billhatch/usage/pricing"
)

// The world of a room is small: one organisation with three tenants, one client with five projects and a year of
// invoices, and the names of other clients. Ids are chosen, so that addresses stay.

// furniture is what of it differs from room to room.
type furniture struct {
	lines  []line // projects of the client
	months int    // for which it has invoices
	terms  int    // days; 0: the default
	others int    // clients of the partner beside it
}

// line is a project of the client and what it used in the running month.
type line struct {
	name, plan   string
	minutes, sms int64
	age          time.Duration // of the reading
	future       bool          // not active yet
}

// usual is the furniture of most rooms.
func usual() furniture {
	return furniture{months: 12, others: 5, lines: []line{
		{name: "Reception line", plan: "Growth", minutes: 2_310, sms: 940, age: 12 * time.Minute},
		{name: "Appointment reminders", plan: "Growth", minutes: 4_320, sms: 1_650, age: 12 * time.Minute},
		{name: "Emergency line", plan: "Starter", minutes: 968, sms: 210, age: 9 * time.Minute},
		{name: "Billing hotline", plan: "Starter", minutes: 1_234, sms: 480, age: 31 * time.Hour},
		{name: "Orthodontics pilot", plan: "Starter", future: true},
	}}
}

func usd(text string) money.Amount { return money.MustParse(text, "USD") }

func count(n int64) decimal.Decimal { return decimal.NewFromInt(n) }

func flat(price string) pricing.Price { return pricing.Price{Model: pricing.Flat, Unit: usd(price)} }

// zoneOf loads a zone that the program brings along.
func zoneOf(name string) *time.Location {
	zone, err := civil.LoadZone(name)
	if err != nil {
		return time.UTC
	}
	return zone
}

// furnish fills the world of a room.
func (f *furniture) furnish(w *memory.World) {
	f.client(w)
	organisation(w)
	for i := range f.others {
		names := []string{"Birch Logistics", "Cedar Hotels", "Dune Radio", "Elm & Ash Legal", "Fern Studio"}
		name := names[i%len(names)]
		if i >= len(names) {
			name = fmt.Sprintf("%s %d", name, i/len(names)+1)
		}
		a := w.AddAccount(provider.Account{ID: fmt.Sprintf("client_%02d", i+1), Name: name})
		w.Assign(memory.DemoPartner, a.ID)
	}
	w.AddAccount(provider.Account{ID: memory.DemoForeignClient, Name: "Heron Travel"})
}

func (f *furniture) client(w *memory.World) {
	zone := zoneOf("America/Chicago")
	a := w.AddAccount(provider.Account{
		ID: memory.DemoClient, Name: "Aster Dental Group", Customer: "cus_aster", Zone: zone,
		SettingsURL: "https://clearline.example/settings/recipients",
	})
	w.Assign(memory.DemoPartner, a.ID)
	w.SetEmail(a.ID, "billing@aster.example")
	w.SetRecipients(a.ID, []string{"billing@aster.example", "finance@aster.example"}, []string{"owner@aster.example"})
	w.SetMethods(a.ID,
		provider.PaymentMethod{Kind: "card", Brand: "visa", Last4: "4242", Expires: "2028-03", Default: true},
		provider.PaymentMethod{Kind: "us_bank_account", Brand: "First Harbor Bank", Last4: "6789"},
	)
	w.SetPlan(a.ID, civil.Date{}, voicePlan())
	for i := range f.lines {
		f.lines[i].add(w)
	}
	w.AddDiscount(a.ID, usage.Discount{
		ID: "di_loyalty", Name: "Loyalty discount", Percent: count(15), On: usage.OnFees,
		Valid: civil.Span{From: civil.MustDate(2026, time.August, 1)},
	})
	w.AddDiscount(a.ID, usage.Discount{
		ID: "di_launch", Name: "Launch discount", Amount: usd("20.00"),
		Valid: civil.Span{From: civil.MustDate(2025, time.November, 1), To: civil.MustDate(2026, time.May, 1)},
	})
	w.AddAdjustment(a.ID, usage.Adjustment{
		ID: "adj_goodwill", Name: "Goodwill credit", On: civil.MustDate(2026, time.September, 18), Amount: usd("-25.00"),
	})
	f.invoices(w, a)
}

func voicePlan() usage.Plan {
	plan := func(name, fee string, minutes, sms int64, perMinute, perSMS string) usage.MeteredPlan {
		return usage.MeteredPlan{
			Name: name, Fee: &usage.Fee{ID: "fee_" + name, Name: name + " plan", Amount: usd(fee)},
			Meters: []usage.Meter{
				{Name: "minutes", Unit: "minute", Included: count(minutes), Price: flat(perMinute)},
				{Name: "sms", Unit: "message", Included: count(sms), Price: flat(perSMS)},
			},
		}
	}
	return usage.Plan{Name: "Voice 2026", Currency: "USD", Metered: []usage.MeteredPlan{
		plan("Starter", "49.00", 1_000, 500, "0.06", "0.015"),
		plan("Growth", "199.00", 5_000, 2_000, "0.045", "0.012"),
	}}
}

// add adds a project of the client with readings of the running month and what was used by day.
func (l *line) add(w *memory.World) {
	id, at := strings.ReplaceAll(strings.ToLower(l.name), " ", "-"), galleryNow().Add(-l.age)
	project := usage.Project{ID: id, Name: l.name, Plan: l.plan}
	if l.future {
		w.AddProject(memory.DemoClient, project)
		return
	}
	project.Active.From = civil.MustDate(2025, time.September, 1)
	used := map[string]int64{"minutes": l.minutes, "sms": l.sms}
	for meter, n := range used {
		project.Readings = append(project.Readings, usage.Reading{Meter: meter, Used: usage.Known(count(n)), At: at})
	}
	w.AddProject(memory.DemoClient, project)
	zone := zoneOf("America/Chicago")
	first := november().From()
	all := busy(zone, first.Start(zone), galleryNow())
	for meter, n := range used {
		given := int64(0)
		for day := first; day.Start(zone).Before(galleryNow()); day = day.AddDays(1) {
			until := n * busy(zone, first.Start(zone), earliest(galleryNow(), day.AddDays(1).Start(zone))) / all
			w.SetDaily(memory.DemoClient, provider.DayUsage{Project: id, Meter: meter, Day: day, Used: usage.Known(count(until - given))})
			given = until
		}
	}
}

// invoices adds those of the last months: the latest is open, the others are paid, one is void and one given up.
func (f *furniture) invoices(w *memory.World, a provider.Account) {
	if f.terms > 0 {
		a.Terms, _ = invoice.Net(f.terms)
		w.SetAccount(a)
	}
	month := november()
	for back := range f.months {
		month = month.Prev()
		status := invoice.Paid
		switch back {
		case 0:
			status = invoice.Open
		case 6:
			status = invoice.Void
		case 10:
			status = invoice.Uncollectible
		}
		w.AddInvoice(a.ID, voiceInvoice(month, status, decimal.New(int64(700+back*back*117), -2)))
	}
}

// november is the running month of the client.
func november() civil.Period {
	month, err := civil.MonthOf(galleryNow(), zoneOf("America/Chicago"))
	if err != nil {
		return civil.Period{}
	}
	return month
}

// idOf is the id of the invoice of a month, such as in_2026_10.
func idOf(month civil.Period) string {
	year, of, _ := month.Month()
	return fmt.Sprintf("in_%04d_%02d", year, of)
}

// voiceInvoice is an invoice with lines of every kind, and a tax.
func voiceInvoice(month civil.Period, status invoice.Status, over decimal.Decimal) invoice.Invoice {
	amount := func(d decimal.Decimal) money.Amount {
		rounded, err := money.New(d.Round(2), "USD")
		if err != nil {
			return usd("0.00")
		}
		return rounded
	}
	net := count(448).Add(over.Round(2)).Sub(decimal.RequireFromString("67.20"))
	tax := net.Mul(decimal.RequireFromString("0.0825"))
	return invoice.Invoice{
		ID: idOf(month), Status: status, Currency: "USD", Period: month, Reference: "PO-20931",
		Note:     "Please state the number of the invoice with your payment.",
		Seller:   products()[1].seller,
		Customer: invoice.Party{Name: "Aster Dental Group", Lines: []string{"Accounts payable", "1 Main Street", "Chicago, IL 60601"}},
		Lines: []invoice.Line{
			{Key: "fee/growth", Kind: invoice.Fee, Description: "Growth plan", Quantity: count(2), Unit: usd("199.00"), Amount: usd("398.00"), Merged: 1},
			{Key: "fee/starter", Kind: invoice.Fee, Description: "Starter plan", Quantity: count(1), Unit: usd("50.00"), Amount: usd("50.00"), Merged: 1},
			{Key: "metered/hotline", Kind: invoice.Metered, Description: "Billing hotline, minutes", Project: "billing-hotline", Quantity: count(1), Amount: amount(over), Merged: 1},
			{Key: "discount/loyalty", Kind: invoice.Discount, Description: "Loyalty discount", Quantity: count(1), Amount: usd("-67.20"), Merged: 1},
		},
		Taxes: []invoice.Tax{{Name: "Sales tax", Rate: decimal.RequireFromString("8.25"), Base: amount(net), Amount: amount(tax)}},
	}
}

func organisation(w *memory.World) {
	zone := zoneOf("America/New_York")
	a := w.AddAccount(provider.Account{ID: memory.DemoOrganization, Name: "Meridian Learning Group", Customer: "cus_meridian", Zone: zone})
	w.SetEmail(a.ID, "accounts.payable@meridian.example")
	w.SetPlan(a.ID, civil.Date{}, usage.Plan{
		Name: "Security Suite 2026", Currency: "USD", Seats: pricing.Price{Model: pricing.Volume, Tiers: []pricing.Tier{
			{UpTo: count(20), Unit: usd("4.50")}, {Unit: usd("3.80")},
		}},
	})
	from := civil.MustDate(2025, time.October, 1)
	for _, t := range []struct {
		tenant usage.Tenant
		users  int
	}{
		{usage.Tenant{ID: "hq", Name: "Headquarters", Domain: "meridian.example"}, 14},
		{usage.Tenant{ID: "europe", Name: "Meridian Europe", Domain: "eu.meridian.example"}, 9},
		{usage.Tenant{ID: "executive", Name: "Executive Office", Domain: "exec.meridian.example", Sensitive: true}, 3},
	} {
		w.AddTenant(a.ID, t.tenant)
		for i := range t.users {
			w.AddRoster(a.ID, t.tenant.ID, usage.Record{
				User: fmt.Sprintf("%s-%02d", t.tenant.ID, i+1), Name: fmt.Sprintf("Person %d", i+1), Kind: "licensed",
				Address: fmt.Sprintf("person%d@%s", i+1, t.tenant.Domain), Covered: usage.Days(from.AddDays(40*i), civil.Date{}),
			})
		}
	}
}

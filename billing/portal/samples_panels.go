package portal

import (
	"time"

	"github.com/shopspring/decimal"

	"github.com/billhatch/billhatch/billing"
	"github.com/billhatch/billhatch/invoice"
	"github.com/billhatch/billhatch/money"
	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/usage"
	"github.com/billhatch/billhatch/usage/civil"
)

// sampleDay is the day on which the samples are made up.
func sampleDay() civil.Date { return civil.MustDate(2026, time.October, 17) }

func samplePeriod() civil.Period {
	period, err := civil.Month(2026, time.October, time.UTC)
	if err != nil { // guard: it is a month
		return civil.Period{}
	}
	return period
}

// sampleAmount is an amount of cents.
func sampleAmount(cents int64) money.Amount {
	a, err := money.FromMinor(cents, "USD")
	if err != nil { // guard: it is a currency
		return money.Amount{}
	}
	return a
}

func sampleUsage(s billing.Status) billing.UsagePanel {
	period := samplePeriod()
	panel := billing.UsagePanel{Status: s, Period: period, Resets: period.To()}
	if s.State != billing.Ready && s.State != billing.NothingYet {
		panel.Missing = []string{
			billing.MissingPlan, billing.MissingMetadata, billing.MissingReadings, billing.MissingUsage, billing.MissingSeats,
			billing.MissingNotices, billing.MissingLastInvoice, billing.MissingDaily,
		}
	}
	if !filled(s) {
		return panel
	}
	known := usage.Known(decimal.New(850, 0))
	allowance := usage.Allowance{Included: decimal.New(1000, 0)}
	panel.Plan, panel.Seats = "Voice", &billing.SeatTotal{Tenants: 2, Users: 41, Cost: sampleAmount(12710)}
	panel.Totals = []billing.MeterTotal{
		{Meter: "minutes", Unit: "minute", Used: known, Partial: true, Included: allowance, HasLimit: true, State: usage.StateApproaching, Health: usage.HealthWarning},
		{Meter: "sms", Unit: "message"},
	}
	meters := []billing.MeterCard{
		{
			Meter: "minutes", Unit: "minute", Used: known, Included: allowance, HasLimit: true, Rate: sampleAmount(5), Overage: sampleAmount(0),
			State: usage.StateApproaching, Health: usage.HealthWarning, Freshness: usage.Fresh, ReadAt: sampleDay().Start(time.UTC),
		},
		{Meter: "sms", Unit: "message", Used: known, Included: usage.Allowance{Unlimited: true}, HasLimit: true, Freshness: usage.Stale},
		{Meter: "letters"},
	}
	for state := usage.StateUnavailable; state <= usage.StateOver; state++ {
		panel.Projects = append(panel.Projects, billing.ProjectCard{ID: "project", Name: state.String(), Plan: "Voice", State: state, Meters: meters})
	}
	panel.Projects = append(panel.Projects, billing.ProjectCard{ID: "unnamed"})
	panel.Notices = sampleHistory(billing.Status{State: billing.Ready}).Items
	panel.Daily = []billing.DailySeries{
		{Name: "minutes", Unit: "minute", Days: []billing.DayValue{{Day: period.From(), Used: known}, {Day: period.From().AddDays(1)}}},
		{Name: billing.SeriesSeats, Unit: billing.UnitSeat, Days: []billing.DayValue{{Day: period.From(), Used: known, Partial: true}}},
		{Name: "sms", Unit: "message"},
	}
	panel.MonthlyFee, panel.DiscountedFee, panel.Overage = sampleAmount(2000), sampleAmount(1800), sampleAmount(150)
	panel.LastInvoice = sampleAmount(8000) // the expected amount is not known
	return panel
}

func sampleHistory(s billing.Status) billing.HistoryPanel {
	panel := billing.HistoryPanel{Status: s}
	if filled(s) {
		from := sampleDay()
		panel.Next = "cursor"
		panel.Items = []provider.HistoryItem{
			{ID: "1", Name: "Launch", From: from, Text: "10 %", Active: true},
			{ID: "2", Name: "Summer", From: from, Until: from.AddDays(30), Amount: sampleAmount(-500), Text: "5.00 USD"},
			{ID: "3", Name: "Goodwill", From: from, Amount: sampleAmount(-2500)},
			{ID: "4"},
		}
	}
	return panel
}

// sampleLines are invoices of every status.
func sampleLines() []billing.InvoiceLine {
	var out []billing.InvoiceLine
	period := samplePeriod()
	for _, status := range []invoice.Status{invoice.Open, invoice.Unknown, invoice.Paid, invoice.Void, invoice.Uncollectible} {
		period = period.Prev()
		inv := invoice.Invoice{
			ID: "in_" + status.String(), Number: "2026-1", Status: status, Currency: "USD", Period: period, Issued: period.To(),
			Customer: invoice.Party{Name: "Client"}, Reference: "PO 1", Note: "Thank you.", Group: "students",
			Lines: []invoice.Line{
				{Key: "1", Kind: invoice.Fee, Description: "Base", Quantity: decimal.New(1, 0), Unit: sampleAmount(8000), Amount: sampleAmount(8000), Merged: 1},
				{Key: "2", Kind: invoice.Aggregate, Description: "More", Quantity: decimal.New(2, 0), Amount: sampleAmount(2000), Merged: 2},
			},
			Subtotal: sampleAmount(10000), Total: sampleAmount(10700), Credited: sampleAmount(700),
			Taxes: []invoice.Tax{{Name: "Tax", Rate: decimal.New(7, 0), Base: sampleAmount(10000), Amount: sampleAmount(700)}},
		}
		if status == invoice.Paid {
			inv.Paid, inv.PaidOn = inv.Total, inv.Issued
		}
		out = append(out, billing.InvoiceLine{Invoice: inv, Due: inv.Due(), Overdue: status == invoice.Open, HasPDF: status != invoice.Unknown})
	}
	out[2].Number = ""
	return out
}

func sampleInvoices(s billing.Status) billing.InvoicesPanel {
	panel := billing.InvoicesPanel{Status: s, Coming: samplePeriod().To()}
	if filled(s) {
		panel.Invoices, panel.Next, panel.Prev = sampleLines(), "next", "prev"
		panel.Overdue = &billing.Overdue{Invoice: panel.Invoices[0], CanPay: true, Support: sampleStatus(billing.NotConfigured).Support}
	}
	return panel
}

func sampleInvoice(s billing.Status) billing.InvoicePanel {
	panel := billing.InvoicePanel{Status: s}
	if filled(s) {
		panel.Invoice = sampleLines()[0]
	}
	return panel
}

func sampleMethods(s billing.Status) billing.MethodsPanel {
	panel := billing.MethodsPanel{Status: s}
	if filled(s) {
		panel.Methods = []provider.PaymentMethod{
			{ID: "1", Kind: "card", Brand: "visa", Last4: "4242", Expires: "2030-01", Default: true}, {ID: "2", Kind: "other"},
		}
	}
	return panel
}

func sampleRecipients(s billing.Status) billing.RecipientsPanel {
	panel := billing.RecipientsPanel{Status: s, CanReveal: true, Settings: "https://host.example/settings"}
	if filled(s) {
		panel.Invoices = []billing.MaskedRecipient{{ID: "r1", Masked: "a***@c***.example"}, {ID: "r2", Masked: "b***@c***.example"}}
	}
	return panel
}

func samplePortal(s billing.Status, way billing.Way) billing.PortalPanel {
	panel := billing.PortalPanel{Status: s}
	if s.State == billing.Ready {
		panel.Way, panel.Confirm = way, "confirmation"
		if way == billing.MagicLink {
			panel.Email, panel.Shared = sampleEmail(), true
		}
	}
	return panel
}

func sampleSettings(s billing.Status, problem string) SettingsView {
	way, reports := samplePortal(s, billing.MagicLink), sampleReports(s)
	view := SettingsView{Email: billing.EmailPanel{Status: s, CanChange: true}, Problem: problem, Typed: "typed", Portal: &way, Reports: &reports}
	if filled(s) {
		view.Email.Email, view.Email.Shared, view.Email.Version = sampleEmail(), true, "version"
	}
	return view
}

func sampleMonths() []billing.Month {
	period := samplePeriod()
	return []billing.Month{{Period: period}, {Period: period.Prev(), Final: true}}
}

func sampleReports(s billing.Status) ReportsView {
	view := ReportsView{Status: s}
	if filled(s) {
		view.Months = sampleMonths()
	}
	return view
}

func sampleAudit(s billing.Status) billing.AuditPanel {
	panel := billing.AuditPanel{Status: s}
	if filled(s) {
		panel.Next = "cursor"
		panel.Entries = []provider.AuditEntry{
			{ID: "1", At: sampleDay().Start(time.UTC), Actor: "user", Action: auditedActions()[0], Target: "a***@c***.example", Purpose: "a purpose", Outcome: provider.Succeeded},
			{ID: "2"},
		}
	}
	return panel
}

func sampleClients(s billing.Status) billing.ClientsPanel {
	panel := billing.ClientsPanel{Status: s}
	if filled(s) {
		panel.Clients, panel.Next = []billing.Client{{ID: "1", Name: "Client"}, {ID: "2"}}, "cursor"
	}
	return panel
}

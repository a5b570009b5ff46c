package portal_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/billing"
	"github.com/billhatch/billhatch/billing/portal/internal/apimodel"
	"github.com/billhatch/billhatch/invoice"
	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/rbac"
	"github.com/billhatch/billhatch/rbac/rbactest"
	"github.com/billhatch/billhatch/usage"
	"github.com/billhatch/billhatch/usage/civil"
)

func adjustment(i int) usage.Adjustment {
	return usage.Adjustment{ID: fmt.Sprint("a", i), Name: fmt.Sprint("Goodwill ", i), Amount: usd("-5.00"), On: civil.MustDate(2026, 1+time.Month(i%9), 1+i%28)}
}

func known(s string) usage.Quantity { return usage.Known(decimal.RequireFromString(s)) }

// TestUsageOfTheAPI (C4, C5): everything that the page shows, exact to the digit.
func TestUsageOfTheAPI(t *testing.T) {
	t.Parallel()
	_, v := apiHouse(t, func(h *house) {
		day := func(n int, used string) provider.DayUsage {
			return provider.DayUsage{Project: "bot-" + h.home().canary, Meter: "minutes", Day: civil.MustDate(2026, 10, n), Used: known(used)}
		}
		h.world.SetDaily(rbactest.Home, day(1, "10"), day(3, "0"))
		h.world.AddAdjustment(rbactest.Home, usage.Adjustment{ID: "credit", Name: "Goodwill", Amount: usd("-5.00"), On: civil.MustDate(2026, 10, 2)})
	})
	p := read[apimodel.Usage](t, v.get("/api/accounts/self/usage"))
	c := canaryOf(rbactest.Home)
	require.Equal(t, apimodel.Status{State: apimodel.StateReady, Step: apimodel.StepNone}, p.Status)
	require.Equal(t, apimodel.Period{From: "2026-10-01", To: "2026-11-01", Zone: "America/New_York"}, p.Period)
	require.Equal(t, "2026-11-01", p.Resets)
	require.Equal(t, "Plan "+c, *p.Plan)
	minute, included, total := "minute", "2000", "950"
	require.Equal(t, []apimodel.MeterTotal{{
		Meter: "minutes", Unit: &minute, Used: &total, Allowance: &apimodel.Allowance{Included: &included},
		State: apimodel.UsageStateActive, Health: apimodel.UsageHealthOnTrack,
	}}, p.Totals)
	require.Len(t, p.Projects, 2)
	desk := p.Projects[1]
	require.Equal(t, "Project desk-"+c, *desk.Name)
	require.Equal(t, apimodel.UsageStateApproachingLimit, desk.State)
	require.Equal(t, apimodel.UsageHealthWarning, desk.Health)
	require.Equal(t, "850", *desk.Meters[0].Used)
	require.Equal(t, "1000", *desk.Meters[0].Allowance.Included)
	require.Equal(t, apimodel.Money{Amount: "0.05", Currency: "USD"}, *desk.Meters[0].Rate)
	require.Equal(t, apimodel.Money{Amount: "0.00", Currency: "USD"}, *desk.Meters[0].Overage)
	require.Equal(t, apimodel.FreshnessFresh, desk.Meters[0].Freshness)
	require.Equal(t, now.Add(-time.Hour), *desk.Meters[0].ReadAt)
	require.Equal(t, 2, p.Seats.Tenants)
	require.Equal(t, 6, p.Seats.Users)
	require.Equal(t, "USD", p.Seats.Cost.Currency)
	require.Equal(t, "40.00", p.MonthlyFee.Amount)
	require.Equal(t, "80.00", p.LastInvoiceTotal.Amount)
	require.Empty(t, p.Missing)

	names := []string{}
	for _, n := range p.Notices {
		names = append(names, n.Name)
	}
	require.Contains(t, names, "Discount "+c)
	require.Len(t, p.Daily, 2)
	line := p.Daily[0]
	require.Equal(t, "minutes", line.Name)
	require.Len(t, line.Days, 17)
	require.Equal(t, "2026-10-01", line.Days[0].Day)
	require.Equal(t, "10", *line.Days[0].Used)
	require.True(t, line.Days[0].Partial, "the other project has no figure")
	require.Nil(t, line.Days[1].Used, "no figure is no zero")
	require.Equal(t, "0", *line.Days[2].Used, "zero is a figure")
	require.Equal(t, billing.SeriesSeats, p.Daily[1].Name)
}

// TestWhatIsMissingOfUsageIsNullAndNeverZero (C4, C11).
func TestWhatIsMissingOfUsageIsNullAndNeverZero(t *testing.T) {
	t.Parallel()
	h, v := apiHouse(t, func(h *house) {
		h.world.AddProject(rbactest.Home, usage.Project{ID: "new", Plan: "voice", Active: civil.Span{From: civil.MustDate(2026, 1, 1)}})
		h.world.AddProject(rbactest.Home, usage.Project{ID: "later", Name: "Later", Plan: "voice"})
	})
	usageOf := func() apimodel.Usage { return read[apimodel.Usage](t, v.get("/api/accounts/self/usage")) }
	p := usageOf()
	require.Equal(t, apimodel.StatePartial, p.Status.State)
	require.ElementsMatch(t, []apimodel.Missing{apimodel.MissingReadings, apimodel.MissingMetadata}, p.Missing)
	cards := map[string]apimodel.ProjectCard{}
	for _, card := range p.Projects {
		cards[card.Id] = card
	}
	require.Nil(t, cards["new"].Name)
	require.Nil(t, cards["new"].Meters[0].Used)
	require.Nil(t, cards["new"].Meters[0].ReadAt)
	require.Nil(t, cards["new"].Meters[0].Overage)
	require.Equal(t, apimodel.UsageStateUnavailable, cards["new"].State)
	require.Equal(t, apimodel.FreshnessUnknown, cards["new"].Meters[0].Freshness)
	require.Equal(t, apimodel.UsageStateNotActiveYet, cards["later"].State)
	require.Empty(t, cards["later"].Meters)
	require.True(t, p.Totals[0].Partial)
	require.Equal(t, "950", *p.Totals[0].Used)
	for _, estimate := range []*apimodel.Money{p.MonthlyFee, p.DiscountedFee, p.Overage, p.Expected} {
		require.Nil(t, estimate)
	}

	h.world.FailNext("Plan", provider.ErrUnavailable)
	p = usageOf()
	require.Contains(t, p.Missing, apimodel.MissingPlan)
	require.Nil(t, p.Plan)
	require.Nil(t, p.Totals[0].Allowance, "no allowance is known: not one of nothing")
	require.Nil(t, p.Totals[0].Unit)
	require.Nil(t, p.Projects[0].Meters[0].Rate)

	h.world.FailNext("Projects", provider.ErrTimeout)
	p = usageOf()
	require.Contains(t, p.Missing, apimodel.MissingUsage)
	require.Empty(t, p.Projects)
	require.Empty(t, p.Totals)

	h.world.FailNext("Invoices", provider.ErrUnavailable)
	require.Nil(t, usageOf().LastInvoiceTotal)
}

// TestAnUnlimitedAllowanceHasNoNumber.
func TestAnUnlimitedAllowanceHasNoNumber(t *testing.T) {
	t.Parallel()
	_, v := apiHouse(t, func(h *house) {
		free := plan(h.home().canary)
		free.Metered[0].Meters[0].Unlimited, free.Metered[0].Meters[0].Included = true, decimal.Zero
		h.world.SetPlan(rbactest.Home, civil.MustDate(2026, 10, 1), free)
	})
	p := read[apimodel.Usage](t, v.get("/api/accounts/self/usage"))
	require.Equal(t, &apimodel.Allowance{Unlimited: true}, p.Projects[0].Meters[0].Allowance)
	require.Equal(t, apimodel.UsageStateActive, p.Projects[0].State)
}

// TestEveryStateOfAPanel (C11): the document's own words, the next step and the ticket.
func TestEveryStateOfAPanel(t *testing.T) {
	t.Parallel()
	calls := map[string]string{
		"history": "Discounts", "invoices": "Invoices", "invoices/IN": "Invoice", "payment-methods": "PaymentMethods",
		"recipients": "Recipients", "billing-email": "Customer", "portal": "Customer", "audit": "Audit",
	}
	for kind, want := range map[error]apimodel.Status{
		provider.ErrNotConfigured: {State: apimodel.StateNotConfigured, Step: apimodel.StepAskSupport},
		provider.ErrMisconfigured: {State: apimodel.StateNeedsAttention, Step: apimodel.StepAskSupport},
		provider.ErrSyncing:       {State: apimodel.StateSyncing, Step: apimodel.StepRefresh},
		provider.ErrRateLimited:   {State: apimodel.StateRateLimited, Step: apimodel.StepWait},
		provider.ErrUnavailable:   {State: apimodel.StateUnavailable, Step: apimodel.StepRefresh},
		provider.ErrTimeout:       {State: apimodel.StateUnavailable, Step: apimodel.StepRefresh},
		provider.ErrUnsupported:   {State: apimodel.StateUnsupported, Step: apimodel.StepNone},
	} {
		t.Run(kind.Error(), func(t *testing.T) {
			t.Parallel()
			h, v := apiHouse(t)
			for path, op := range calls {
				h.world.FailNext(op, &provider.Error{Op: op, Kind: kind, RetryAfter: 90 * time.Second})
				a := v.get("/api/accounts/self/" + strings.Replace(path, "IN", h.home().invoice, 1))
				require.Equal(t, http.StatusOK, a.status, "%s: %s", path, a.body)
				got := read[struct{ Status apimodel.Status }](t, a).Status
				require.Equal(t, want.State, got.State, path)
				require.Equal(t, want.Step, got.Step, path)
				if want.Step == apimodel.StepAskSupport {
					require.Contains(t, *got.Support.Url, "https://host.example/support?")
					require.NotContains(t, *got.Support.Url, "%40", "a ticket holds no address")
				} else {
					require.Nil(t, got.Support)
				}
				if kind == provider.ErrRateLimited { //nolint:errorlint // the sentinel itself
					require.Equal(t, 90, *got.RetryAfter, path)
				}
			}
			if kind != provider.ErrNotConfigured { //nolint:errorlint // the sentinel itself
				h.world.FailNext("Clients", kind)
				require.Equal(t, want.State, read[apimodel.Clients](t, v.get("/api/clients")).Status.State)
			}
		})
	}
}

// TestWithoutASupportPageTheAddressIsShown (C11).
func TestWithoutASupportPageTheAddressIsShown(t *testing.T) {
	t.Parallel()
	h, v := apiHouse(t, func(h *house) { h.billing.Support.URL = "" })
	h.world.FailNext("Invoices", provider.ErrMisconfigured)
	support := read[apimodel.Invoices](t, v.get("/api/accounts/self/invoices")).Status.Support
	require.Nil(t, support.Url)
	require.Equal(t, "help@host.example", *support.Email)
	require.Equal(t, apimodel.TopicConfiguration, support.Topic)
}

// TestInvoicesOfTheAPI (C6): the list, one that is overdue, and one with all its figures.
func TestInvoicesOfTheAPI(t *testing.T) {
	t.Parallel()
	var made invoice.Invoice
	h, v := apiHouse(t, func(h *house) {
		zone := h.home().Zone
		august, err := civil.Month(2026, time.August, zone)
		require.NoError(t, err)
		made = h.world.AddInvoice(rbactest.Home, invoice.Invoice{
			Number: "X-1", Status: invoice.Open, Currency: "USD", Period: august, Issued: civil.MustDate(2026, 10, 2), DueDate: civil.MustDate(2026, 10, 9),
			Reference: "PO-7", Note: "Thank you", Subtotal: usd("100.00"), Total: usd("119.00"), Paid: usd("19.00"),
			Taxes: []invoice.Tax{{Name: "VAT", Rate: decimal.NewFromInt(19), Base: usd("100.00"), Amount: usd("19.00")}},
			Lines: []invoice.Line{
				{Key: "1", Kind: invoice.Seats, Description: "Seats", Tenant: "hq", Group: "staff", Quantity: decimal.RequireFromString("10"), Unit: usd("9.50"), Amount: usd("95.00"), Merged: 1},
				{Key: "2", Kind: "shipping", Description: "Something of the provider's own", Quantity: decimal.RequireFromString("1"), Amount: usd("5.00"), Merged: 1},
			},
		})
		h.world.SetNextInvoice(h.home().Customer, civil.MustDate(2026, 11, 1))
	})
	list := read[apimodel.Invoices](t, v.get("/api/accounts/self/invoices"))
	require.Equal(t, "2026-11-01", *list.NextInvoiceOn)
	require.Equal(t, made.ID, list.Invoices[0].Id)
	require.NotNil(t, list.Overdue)
	require.Equal(t, list.Invoices[0], list.Overdue.Invoice)
	require.True(t, list.Overdue.CanPay)
	require.Equal(t, apimodel.TopicPayment, list.Overdue.Support.Topic)
	inv := list.Invoices[0]
	require.True(t, inv.Overdue && inv.HasPdf)
	require.Equal(t, "2026-10-09", *inv.Due)
	require.Equal(t, apimodel.Period{From: "2026-08-01", To: "2026-09-01", Zone: "America/New_York"}, *inv.Period)
	require.Equal(t, "119.00", inv.Total.Amount)
	require.Equal(t, "19.00", inv.AmountPaid.Amount)
	require.Equal(t, "100.00", inv.AmountDue.Amount)
	require.Nil(t, inv.PaidOn)

	panel := read[apimodel.InvoicePanel](t, v.get("/api/accounts/self/invoices/"+made.ID))
	require.Equal(t, inv, *panel.Invoice)
	require.Equal(t, "100.00", panel.Details.Subtotal.Amount)
	require.Equal(t, "PO-7", *panel.Details.Reference)
	require.Equal(t, "Thank you", *panel.Details.Note)
	require.Equal(t, "19", panel.Details.Taxes[0].Rate)
	require.Equal(t, apimodel.LineKindSeats, panel.Details.Lines[0].Kind)
	require.Equal(t, "9.50", panel.Details.Lines[0].UnitPrice.Amount)
	require.Equal(t, apimodel.LineKindOther, panel.Details.Lines[1].Kind)
	require.Nil(t, panel.Details.Lines[1].UnitPrice)

	h.world.SetStatus(made.ID, invoice.Unknown)
	inv = *read[apimodel.InvoicePanel](t, v.get("/api/accounts/self/invoices/"+made.ID)).Invoice
	require.Equal(t, apimodel.InvoiceStatusUnknown, inv.Status, "never paid")
	require.False(t, inv.HasPdf)

	h.world.FailNext("Invoice", provider.ErrUnavailable)
	panel = read[apimodel.InvoicePanel](t, v.get("/api/accounts/self/invoices/"+made.ID))
	require.Nil(t, panel.Invoice)
	require.Nil(t, panel.Details)
}

// TestADocumentOverTheAPI (C9): the file under its name, or why there is none and what to do.
func TestADocumentOverTheAPI(t *testing.T) {
	t.Parallel()
	h, v := apiHouse(t)
	path := "/api/accounts/self/invoices/" + h.home().invoice + "/pdf"
	a := v.get(path)
	require.Equal(t, http.StatusOK, a.status)
	require.Equal(t, "application/pdf", a.header.Get("Content-Type"))
	require.Equal(t, "attachment; filename=invoice-"+h.home().invoice+".pdf", a.header.Get("Content-Disposition"))
	require.True(t, strings.HasPrefix(a.body, "%PDF-"))
	for kind, want := range map[error]struct {
		status  int
		problem string
		support bool
	}{
		provider.ErrNoDocument:    {404, "document_missing", true},
		provider.ErrUnsupported:   {404, "document_missing", true},
		provider.ErrNotPDF:        {502, "document_damaged", true},
		provider.ErrTooLarge:      {502, "document_too_large", true},
		provider.ErrTimeout:       {504, "document_timeout", true},
		provider.ErrUnavailable:   {503, "document_unavailable", false},
		provider.ErrNotConfigured: {503, "document_unavailable", true},
	} {
		h.world.FailNext("InvoicePDF", kind)
		a := v.get(path)
		requireProblem(t, a, want.status, want.problem)
		require.Equal(t, want.support, strings.Contains(a.body, `"support":{`), kind)
	}
	h.world.FailNext("Append", provider.ErrUnavailable)
	requireProblem(t, v.get(path), http.StatusServiceUnavailable, "audit_unavailable")
}

// TestRecipientsOfTheAPI (C7, C8): masked, one shown on request, and what goes wrong then.
func TestRecipientsOfTheAPI(t *testing.T) {
	t.Parallel()
	h, v := apiHouse(t)
	a := v.get("/api/accounts/self/recipients")
	list := read[apimodel.Recipients](t, a)
	require.True(t, list.CanReveal)
	require.Len(t, list.Invoices, 1)
	require.Len(t, list.Changes, 1)
	require.Equal(t, h.home().SettingsURL, *list.SettingsUrl)
	for _, address := range h.home().private {
		require.NotContains(t, a.body, address)
	}
	path := "/api/accounts/self/recipients/" + h.home().recipient + "/reveal"
	revealed := read[apimodel.RevealedRecipient](t, v.send(http.MethodPost, path, `{"purpose":"who gets it?"}`))
	require.Equal(t, apimodel.RevealedRecipient{Id: h.home().recipient, Email: h.home().revealed}, revealed)

	for kind, want := range map[error]struct {
		status  int
		problem string
	}{
		provider.ErrNotConfigured: {409, "not_configured"},
		provider.ErrUnsupported:   {501, "unsupported"},
		provider.ErrMisconfigured: {502, "needs_attention"},
		provider.ErrSyncing:       {503, "unavailable"},
		provider.ErrTimeout:       {504, "timeout"},
	} {
		h.world.FailNext("Recipients", kind)
		requireProblem(t, v.send(http.MethodPost, path, `{"purpose":"who gets it?"}`), want.status, want.problem)
	}
	h.world.FailNext("Append", provider.ErrUnavailable)
	a = v.send(http.MethodPost, path, `{"purpose":"who gets it?"}`)
	requireProblem(t, a, http.StatusServiceUnavailable, "audit_unavailable")
	require.NotContains(t, a.body, h.home().revealed, "no record, no address")
	for _, purpose := range []string{"", "ab", strings.Repeat("x", 501)} {
		a = v.send(http.MethodPost, path, `{"purpose":"`+purpose+`"}`)
		requireProblem(t, a, http.StatusUnprocessableEntity, "invalid")
		require.Contains(t, a.body, `"field":"purpose"`)
	}

	client := build(t, rbac.ClientPolicy())
	requireProblem(t, client.as(person(rbac.ClientManager)).get("/api/accounts/self/recipients"), http.StatusForbidden, "forbidden")
	link := read[apimodel.RecipientSettings](t, client.as(person(rbac.ClientManager)).get("/api/accounts/self/recipient-settings"))
	require.Equal(t, client.home().SettingsURL, *link.Url)
}

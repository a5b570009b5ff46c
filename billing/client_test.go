package billing_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/billing"
	"github.com/billhatch/billhatch/invoice"
	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/provider/memory"
	"github.com/billhatch/billhatch/rbac"
	"github.com/billhatch/billhatch/rbac/rbactest"
	"github.com/billhatch/billhatch/usage"
	"github.com/billhatch/billhatch/usage/civil"
)

// TestC2PanelsAreSeparate (C2): each fails or degrades by itself.
func TestC2PanelsAreSeparate(t *testing.T) {
	t.Parallel()
	h := build(t, rbac.ClientPolicy())
	a := h.home(rbac.ClientAdmin)
	h.world.FailAlways("Invoices", &provider.Error{Kind: provider.ErrUnavailable})
	invoices, err := a.Invoices(t.Context(), billing.InvoicesQuery{})
	require.NoError(t, err)
	require.Equal(t, billing.Unavailable, invoices.State)
	methods, err := a.PaymentMethods(t.Context())
	require.NoError(t, err)
	require.Equal(t, billing.Ready, methods.State)
	require.Equal(t, "4242", methods.Methods[0].Last4)
	panel, err := a.Usage(t.Context())
	require.NoError(t, err)
	require.Equal(t, billing.Partial, panel.State)
	require.Equal(t, []string{billing.MissingLastInvoice}, panel.Missing)
	require.Len(t, panel.Projects, 2)
}

// TestC3PartnersSeeAssignedClients (C3), and a revoked assignment or membership is effective at once.
func TestC3PartnersSeeAssignedClients(t *testing.T) {
	t.Parallel()
	h := build(t, rbac.ClientPolicy())
	admin := partner(rbac.PartnerAdmin)
	session := h.as(admin)
	clients, err := session.Clients(t.Context(), billing.ClientsQuery{})
	require.NoError(t, err)
	require.Len(t, clients.Clients, 1)
	require.Equal(t, rbactest.Assigned.AccountOf(), clients.Clients[0].ID)
	a, err := session.Account(t.Context(), clients.Clients[0].ID)
	require.NoError(t, err)
	_, err = a.Usage(t.Context())
	require.NoError(t, err)
	for _, op := range []string{"PaymentMethods", "OpenPortal", "Portal", "Recipients", "RevealRecipient", "RecipientSettings", "Report"} {
		require.False(t, a.Can(op), op)
	}
	h.world.Revoke(rbactest.Partner, rbactest.Assigned.AccountOf())
	_, err = session.Account(t.Context(), clients.Clients[0].ID)
	require.ErrorIs(t, err, billing.ErrNotFound)
	clients, err = session.Clients(t.Context(), billing.ClientsQuery{})
	require.NoError(t, err)
	require.Equal(t, billing.NothingYet, clients.State)

	gone := admin
	gone.Partner = ""
	h.knows(gone)
	_, err = session.Clients(t.Context(), billing.ClientsQuery{})
	require.ErrorIs(t, err, billing.ErrNotFound, "without an active membership")
	h.world.FailNext("Assigned", &provider.Error{Kind: provider.ErrUnavailable})
	_, err = session.Account(t.Context(), "any")
	require.ErrorIs(t, err, billing.ErrAuthority, "an assignment that cannot be looked up is none for now")
}

// TestC3ManyClients (C3) are paged with cursors that belong to the partner.
func TestC3ManyClients(t *testing.T) {
	t.Parallel()
	h := build(t, rbac.ClientPolicy(), func(c *billing.Config) { c.PageSize = 7 })
	for i := range 30 {
		id := fmt.Sprintf("client-%02d", i)
		h.world.AddAccount(provider.Account{ID: id, Name: "Client " + id})
		h.world.Assign(rbactest.Partner, id)
	}
	session := h.as(partner(rbac.PartnerAdmin))
	seen := map[string]bool{}
	cursor := ""
	for range 10 {
		page, err := session.Clients(t.Context(), billing.ClientsQuery{Cursor: cursor})
		require.NoError(t, err)
		for _, c := range page.Clients {
			require.False(t, seen[c.ID])
			seen[c.ID] = true
		}
		if cursor = page.Next; cursor == "" {
			break
		}
	}
	require.Len(t, seen, 31)
	_, err := session.Clients(t.Context(), billing.ClientsQuery{Cursor: "nonsense"})
	require.ErrorIs(t, err, provider.ErrInvalidCursor)
}

// TestC4C5TheUsagePanel (C4, C5): totals over projects, a card for each with its state, rates, freshness, fees, notices.
func TestC4C5TheUsagePanel(t *testing.T) {
	t.Parallel()
	h := build(t, rbac.ClientPolicy())
	c := h.accounts[rbactest.Home].canary
	h.world.AddProject(rbactest.Home, usage.Project{ID: "zz-over", Name: "Over", Plan: "voice", Active: civil.Span{From: civil.MustDate(2026, 1, 1)}})
	h.world.SetReadings(rbactest.Home, "zz-over", h.period(h.accounts[rbactest.Home].Zone), usage.Reading{
		Meter: "minutes", Used: usage.Known(decimal.NewFromInt(1100)), At: now.Add(-25 * time.Hour),
	})
	h.world.AddProject(rbactest.Home, usage.Project{ID: "zz-soon", Name: "Soon", Plan: "voice"})
	panel, err := h.home(rbac.ClientManager).Usage(t.Context())
	require.NoError(t, err)
	require.Equal(t, billing.Ready, panel.State)
	require.Equal(t, "2026-10", panel.Period.String())
	require.Equal(t, "2026-11-01", panel.Resets.String())
	require.Equal(t, "Plan "+c, panel.Plan)

	require.Len(t, panel.Totals, 1)
	total := panel.Totals[0]
	require.Equal(t, "2050", total.Used.Value.String())
	require.Equal(t, "3000", total.Included.Included.String())
	states := map[string]string{}
	for _, card := range panel.Projects {
		states[card.Name] = card.State.String() + ", " + card.Health.String()
	}
	require.Equal(t, map[string]string{
		"Project bot-" + c:  "active, on_track",
		"Project desk-" + c: "approaching_limit, warning",
		"Over":              "over_limit, over_limit",
		"Soon":              "not_active_yet, on_track",
	}, states)
	over := panel.Projects[2]
	require.Equal(t, "Over", over.Name)
	require.Equal(t, "voice", over.Plan)
	require.Equal(t, "0.05 USD", over.Meters[0].Rate.String())
	require.Equal(t, "5.00 USD", over.Meters[0].Overage.String())
	require.Equal(t, usage.Stale, over.Meters[0].Freshness)
	require.Equal(t, usage.Fresh, panel.Projects[0].Meters[0].Freshness)
	require.Equal(t, "5.00 USD", panel.Overage.String())
	require.Equal(t, "60.00 USD", panel.MonthlyFee.String(), "a project that is not active has no fee")
	require.Equal(t, "54.00 USD", panel.DiscountedFee.String())
	require.Equal(t, "80.00 USD", panel.LastInvoice.String())
	require.Positive(t, panel.Expected.Sign())
	require.Equal(t, "Discount "+c, panel.Notices[0].Name)

	history, err := h.home(rbac.ClientManager).History(t.Context(), billing.HistoryQuery{})
	require.NoError(t, err)
	require.Equal(t, billing.Ready, history.State)
	require.Equal(t, "Discount "+c, history.Items[0].Name)
}

// TestC5ThresholdsAreASetting (C5) of the host.
func TestC5ThresholdsAreASetting(t *testing.T) {
	t.Parallel()
	h := build(t, rbac.ClientPolicy(), func(c *billing.Config) {
		c.Thresholds = usage.Thresholds{Approaching: decimal.NewFromInt(5), ActionNeeded: decimal.NewFromInt(10)}
	})
	panel, err := h.home(rbac.ClientAdmin).Usage(t.Context())
	require.NoError(t, err)
	require.Equal(t, usage.HealthActionNeeded, panel.Projects[0].Health)
	require.Equal(t, usage.StateApproaching, panel.Projects[0].State)
}

// TestC6Invoices (C6): filters, pages both ways, the next date, details, no drafts.
func TestC6Invoices(t *testing.T) {
	t.Parallel()
	h := build(t, rbac.ClientPolicy())
	for i := range 42 {
		h.world.AddInvoice(rbactest.Home, invoice.Invoice{
			Status: []invoice.Status{invoice.Paid, invoice.Open, invoice.Draft}[i%3], Total: usd("10.00"),
			Issued: civil.MustDate(2026, 1, 1).AddDays(i),
		})
	}
	a := h.home(rbac.ClientAdmin)
	for filter, want := range map[provider.InvoiceFilter]int{provider.AllInvoices: 31, provider.PaidInvoices: 16, provider.OpenInvoices: 15} {
		forward, back := []string{}, []string{}
		q := billing.InvoicesQuery{Filter: filter, Limit: 4}
		page, err := a.Invoices(t.Context(), q)
		require.NoError(t, err)
		require.Empty(t, page.Prev)
		for {
			for _, inv := range page.Invoices {
				require.NotEqual(t, invoice.Draft, inv.Status)
				forward = append(forward, inv.ID)
			}
			if page.Next == "" {
				break
			}
			q.Cursor = page.Next
			page, err = a.Invoices(t.Context(), q)
			require.NoError(t, err)
		}
		require.Len(t, forward, want)
		for {
			ids := []string{}
			for _, inv := range page.Invoices {
				ids = append(ids, inv.ID)
			}
			back = append(ids, back...)
			if page.Prev == "" {
				break
			}
			q.Cursor = page.Prev
			page, err = a.Invoices(t.Context(), q)
			require.NoError(t, err)
		}
		require.Equal(t, forward, back)
	}
	page, err := a.Invoices(t.Context(), billing.InvoicesQuery{})
	require.NoError(t, err)
	require.Len(t, page.Invoices, billing.DefaultPageSize)
	h.world.SetNextInvoice(h.accounts[rbactest.Home].Customer, civil.MustDate(2026, 11, 1))
	page, err = a.Invoices(t.Context(), billing.InvoicesQuery{})
	require.NoError(t, err)
	require.Equal(t, "2026-11-01", page.Coming.String())

	one, err := a.Invoice(t.Context(), h.accounts[rbactest.Home].invoice)
	require.NoError(t, err)
	require.Equal(t, "80.00 USD", one.Invoice.Subtotal.String())
	require.NotEmpty(t, one.Invoice.Lines)
	require.Equal(t, "2026-10-31", one.Invoice.Due.String())
	for _, q := range []billing.InvoicesQuery{{Filter: 9}, {Limit: -1}, {Limit: 101}} {
		_, err := a.Invoices(t.Context(), q)
		require.ErrorIs(t, err, provider.ErrInvalid)
	}
}

// TestC6CursorsBelongToAccountAndFilter (C6): anything else as a cursor gets one and the same answer.
func TestC6CursorsBelongToAccountAndFilter(t *testing.T) {
	t.Parallel()
	h := build(t, rbac.ClientPolicy())
	a := h.home(rbac.ClientAdmin)
	page, err := a.Invoices(t.Context(), billing.InvoicesQuery{Limit: 1})
	require.NoError(t, err)
	good := page.Next
	require.NotEmpty(t, good)
	other, err := h.as(partner(rbac.PartnerAdmin)).Account(t.Context(), rbactest.Assigned.AccountOf())
	require.NoError(t, err)
	_, err = other.Invoices(t.Context(), billing.InvoicesQuery{Limit: 1, Cursor: good})
	answers := map[string]bool{fmt.Sprint(err): true}
	require.ErrorIs(t, err, provider.ErrInvalidCursor)
	bad := []string{"x", "====", good[:len(good)-1], good + "=", good + "A", strings.Repeat("A", 65536), "\x00", " " + good, good + "\n", good[:4] + "\r\n" + good[4:]}
	for i := range good {
		flipped := []byte(good)
		flipped[i] ^= 1
		bad = append(bad, string(flipped))
	}
	h.world.ResetCalls()
	for _, cursor := range bad {
		_, err := a.Invoices(t.Context(), billing.InvoicesQuery{Limit: 1, Cursor: cursor})
		require.ErrorIs(t, err, provider.ErrInvalidCursor, cursor)
		answers[fmt.Sprint(err)] = true
	}
	_, err = a.Invoices(t.Context(), billing.InvoicesQuery{Limit: 1, Cursor: good, Filter: provider.PaidInvoices})
	answers[fmt.Sprint(err)] = true
	require.Len(t, answers, 1)
	require.Empty(t, h.world.CallsOf("Invoices"))
}

// TestC6AnOverdueInvoiceIsNoticed (C6) with what to do about it, on every page and filter.
func TestC6AnOverdueInvoiceIsNoticed(t *testing.T) {
	t.Parallel()
	h := build(t, rbac.ClientPolicy())
	a := h.home(rbac.ClientManager)
	page, err := a.Invoices(t.Context(), billing.InvoicesQuery{})
	require.NoError(t, err)
	require.Nil(t, page.Overdue)
	h.world.Set(time.Date(2026, 11, 1, 4, 0, 0, 0, time.UTC)) // the day after the due date in New York
	for _, q := range []billing.InvoicesQuery{{}, {Filter: provider.PaidInvoices}, {Filter: provider.OpenInvoices}} {
		page, err = a.Invoices(t.Context(), q)
		require.NoError(t, err)
		require.NotNil(t, page.Overdue)
		require.Equal(t, h.accounts[rbactest.Home].invoice, page.Overdue.Invoice.ID)
		require.True(t, page.Overdue.CanPay)
		require.Contains(t, page.Overdue.Support.URL, "topic=payment")
	}
	other, err := h.as(partner(rbac.PartnerAdmin)).Account(t.Context(), rbactest.Assigned.AccountOf())
	require.NoError(t, err)
	page, err = other.Invoices(t.Context(), billing.InvoicesQuery{})
	require.NoError(t, err)
	require.False(t, page.Overdue.CanPay, "partners may not open the portal")
}

// TestC7Recipients (C7): masked for Client Admins, revealed by an explicit act that is audited first, a link for managers.
func TestC7Recipients(t *testing.T) {
	t.Parallel()
	h := build(t, rbac.ClientPolicy())
	s := h.accounts[rbactest.Home]
	a := h.home(rbac.ClientAdmin)
	panel, err := a.Recipients(t.Context())
	require.NoError(t, err)
	require.Len(t, panel.Invoices, 1)
	require.Len(t, panel.Changes, 1)
	require.True(t, panel.CanReveal)
	require.Equal(t, s.SettingsURL, panel.Settings)
	for _, text := range texts(panel) {
		for _, private := range s.private {
			require.NotContains(t, text, private)
		}
	}
	for _, purpose := range []string{"", "no", strings.Repeat("x", provider.MaxPurpose+1)} {
		_, err := a.RevealRecipient(t.Context(), s.recipient, purpose)
		require.ErrorIs(t, err, provider.ErrInvalid)
	}
	got, err := a.RevealRecipient(t.Context(), s.recipient, "call them")
	require.NoError(t, err)
	require.Equal(t, s.private[1], got.Email.Reveal())
	for _, text := range printed(got) {
		require.NotContains(t, text, s.private[1])
	}
	for _, role := range []rbac.Role{rbac.ClientManager, rbac.ClientStaff} {
		_, err := h.home(role).RevealRecipient(t.Context(), s.recipient, "call them")
		require.ErrorIs(t, err, billing.ErrForbidden)
	}
	link, err := h.home(rbac.ClientManager).RecipientSettings(t.Context())
	require.NoError(t, err)
	require.Equal(t, s.SettingsURL, link.URL)
}

// TestC7WhatAPageShowsOfRecipients (C7) by role: the list, only the link, only a note, nothing.
func TestC7WhatAPageShowsOfRecipients(t *testing.T) {
	t.Parallel()
	h := build(t, rbac.ClientPolicy())
	for role, want := range map[rbac.Role]billing.RecipientsView{
		rbac.ClientAdmin: billing.RecipientsList, rbac.ClientManager: billing.RecipientsLink, rbac.ClientStaff: billing.NoRecipients,
	} {
		require.Equal(t, want, h.home(role).RecipientsView(), role)
	}
	for role, want := range map[rbac.Role]billing.RecipientsView{
		rbac.PartnerAdmin: billing.RecipientsNote, rbac.PartnerUser: billing.NoRecipients,
	} {
		a, err := h.as(partner(role)).Account(t.Context(), rbactest.Assigned.AccountOf())
		require.NoError(t, err)
		require.Equal(t, want, a.RecipientsView(), role)
	}
}

// TestC8Syncing (C8) says so, and nothing else.
func TestC8Syncing(t *testing.T) {
	t.Parallel()
	h := build(t, rbac.ClientPolicy())
	h.world.SetSyncing(h.accounts[rbactest.Home].Customer, true)
	a := h.home(rbac.ClientAdmin)
	panel, err := a.Recipients(t.Context())
	require.NoError(t, err)
	require.Equal(t, billing.Syncing, panel.State)
	require.Equal(t, billing.StepRefresh, panel.Step)
	_, err = a.RevealRecipient(t.Context(), "any", "call them")
	require.ErrorIs(t, err, provider.ErrSyncing)
}

// TestC9Documents (C9): the name, and why there is none with what to do.
func TestC9Documents(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		fail   error
		state  billing.State
		reason billing.PDFReason
		step   billing.Step
	}{
		{"there is one", nil, billing.Ready, billing.PDFThere, billing.StepNone},
		{"there is none", &provider.Error{Kind: provider.ErrNoDocument}, billing.Unavailable, billing.PDFMissing, billing.StepAskSupport},
		{"too large", &provider.Error{Kind: provider.ErrTooLarge}, billing.Unavailable, billing.PDFTooLarge, billing.StepOpenPortal},
		{"timed out", &provider.Error{Kind: provider.ErrTimeout}, billing.Unavailable, billing.PDFTimeout, billing.StepOpenPortal},
		{"something else than a PDF", &provider.Error{Kind: provider.ErrNotPDF}, billing.Unavailable, billing.PDFDamaged, billing.StepAskSupport},
		{"rate limited", &provider.Error{Kind: provider.ErrRateLimited, RetryAfter: time.Minute}, billing.RateLimited, billing.PDFDegraded, billing.StepWait},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			h := build(t, rbac.ClientPolicy())
			id := h.accounts[rbactest.Home].invoice
			if c.fail != nil {
				h.world.FailNext("InvoicePDF", c.fail)
			}
			panel, err := h.home(rbac.ClientAdmin).InvoicePDF(t.Context(), id)
			require.NoError(t, err)
			require.Equal(t, c.state, panel.State)
			require.Equal(t, c.reason, panel.Reason)
			require.Equal(t, c.step, panel.Step)
			if c.fail != nil {
				require.Nil(t, panel.Body)
				if c.step == billing.StepAskSupport {
					require.Contains(t, panel.Support.URL, "subject=Document+of+invoice+"+id)
				}
				return
			}
			require.Equal(t, "invoice-"+id+".pdf", panel.FileName)
			body, err := io.ReadAll(panel.Body)
			require.NoError(t, err)
			require.NoError(t, panel.Body.Close())
			require.Equal(t, "%PDF-", string(body[:5]))
		})
	}
}

// endless is a document that never ends.
type endless struct{ closed bool }

func (e *endless) Read(p []byte) (int, error) { return len(p), nil }
func (e *endless) Close() error               { e.closed = true; return nil }

// TestC9ADocumentIsBounded (C9) whatever the provider says of its size.
func TestC9ADocumentIsBounded(t *testing.T) {
	t.Parallel()
	h := build(t, rbac.ClientPolicy())
	a := h.home(rbac.ClientAdmin)
	id := h.accounts[rbactest.Home].invoice
	h.world.Inject("InvoicePDF", memory.Fault{Alter: alter(func(d *provider.Document) { d.Body, d.Size = &endless{}, -1 })})
	panel, err := a.InvoicePDF(t.Context(), id)
	require.NoError(t, err)
	n, err := io.Copy(io.Discard, panel.Body)
	require.ErrorIs(t, err, provider.ErrTooLarge)
	require.LessOrEqual(t, n, int64(billing.MaxPDF))

	body := &endless{}
	h.world.Inject("InvoicePDF", memory.Fault{Alter: alter(func(d *provider.Document) { d.Body, d.Size = body, billing.MaxPDF+1 })})
	panel, err = a.InvoicePDF(t.Context(), id)
	require.NoError(t, err)
	require.Equal(t, billing.PDFTooLarge, panel.Reason)
	require.True(t, body.closed)
}

// TestC11DegradedStates (C11): every kind of failure of every panel is a state with its next step, and the data that is still
// good stays.
func TestC11DegradedStates(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		fail  error
		state billing.State
		step  billing.Step
	}{
		{&provider.Error{Kind: provider.ErrUnavailable}, billing.Unavailable, billing.StepRefresh},
		{&provider.Error{Kind: provider.ErrTimeout}, billing.Unavailable, billing.StepRefresh},
		{&provider.Error{Kind: provider.ErrRateLimited, RetryAfter: 7 * time.Second}, billing.RateLimited, billing.StepWait},
		{&provider.Error{Kind: provider.ErrMisconfigured}, billing.NeedsAttention, billing.StepAskSupport},
		{&provider.Error{Kind: provider.ErrNotConfigured}, billing.NotConfigured, billing.StepAskSupport},
		{errors.New("text from upstream, with secret@example.com"), billing.Unavailable, billing.StepRefresh},
	} {
		t.Run(c.fail.Error(), func(t *testing.T) {
			t.Parallel()
			h := build(t, rbac.ClientPolicy())
			h.world.FailAlways("*", c.fail)
			h.world.Heal("Account", "Append")
			for _, op := range []string{"Account", "Append"} {
				h.world.InjectAlways(op, memory.Fault{})
			}
			a := h.home(rbac.ClientAdmin)
			statuses := map[string]billing.Status{}
			invoices, err := a.Invoices(t.Context(), billing.InvoicesQuery{})
			require.NoError(t, err)
			statuses["invoices"] = invoices.Status
			recipients, err := a.Recipients(t.Context())
			require.NoError(t, err)
			statuses["recipients"] = recipients.Status
			methods, err := a.PaymentMethods(t.Context())
			require.NoError(t, err)
			statuses["methods"] = methods.Status
			history, err := a.History(t.Context(), billing.HistoryQuery{})
			require.NoError(t, err)
			statuses["history"] = history.Status
			panel, err := a.Usage(t.Context())
			require.NoError(t, err)
			statuses["usage"] = panel.Status
			portal, err := a.Portal(t.Context())
			require.NoError(t, err)
			statuses["portal"] = portal.Status
			for name, s := range statuses {
				require.Equal(t, c.state, s.State, name)
				require.Equal(t, c.step, s.Step, name)
				require.Equal(t, provider.RetryAfter(c.fail), s.RetryAfter, name)
				require.Equal(t, c.step == billing.StepAskSupport, s.Support != nil, name)
				require.NotContains(t, fmt.Sprintf("%+v", s), "secret@")
			}
		})
	}
}

// TestC11WhatIsStillGood (C11) stays in the usage panel.
func TestC11WhatIsStillGood(t *testing.T) {
	t.Parallel()
	unavailable := &provider.Error{Kind: provider.ErrUnavailable}
	for _, c := range []struct {
		name    string
		set     func(h *house)
		missing []string
		state   billing.State
		totals  string
	}{
		{"metadata of a project is not to be had", func(h *house) {
			h.world.InjectAlways("Projects", memory.Fault{Alter: alter(func(p *usage.Project) { p.Name = "" })})
		}, []string{billing.MissingMetadata}, billing.Partial, "950"},
		{"usage of a project is not to be had", func(h *house) {
			home := h.accounts[rbactest.Home]
			h.world.SetReadings(rbactest.Home, "bot-"+home.canary, h.period(home.Zone))
		}, []string{billing.MissingReadings}, billing.Partial, "850"},
		{"a reading is no number that one can count with", func(h *house) {
			home := h.accounts[rbactest.Home]
			h.world.InjectAlways("Projects", memory.Fault{Alter: alter(func(p *usage.Project) {
				if p.ID == "bot-"+home.canary {
					p.Readings[0].Used = usage.Known(decimal.New(1, 999_999_999))
				}
			})})
		}, []string{billing.MissingReadings}, billing.Partial, "850"},
		{"the plan is not to be had", func(h *house) { h.world.FailAlways("Plan", unavailable) }, []string{billing.MissingPlan}, billing.Partial, "950"},
		{"projects are not to be had, seats are", func(h *house) { h.world.FailAlways("Projects", unavailable) }, []string{billing.MissingUsage}, billing.Partial, ""},
		{"seats are not to be had, projects are", func(h *house) { h.world.FailAlways("Tenants", unavailable) }, []string{billing.MissingSeats}, billing.Partial, "950"},
		{"notices are not to be had", func(h *house) { h.world.FailAlways("Discounts", unavailable) }, []string{billing.MissingNotices}, billing.Partial, "950"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			h := build(t, rbac.ClientPolicy())
			c.set(h)
			panel, err := h.home(rbac.ClientAdmin).Usage(t.Context())
			require.NoError(t, err)
			require.Equal(t, c.missing, panel.Missing)
			require.Equal(t, c.state, panel.State)
			if c.totals != "" {
				require.Equal(t, c.totals, panel.Totals[0].Used.Value.String())
			}
		})
	}
}

// TestC11NothingYetAndNotConfigured (C11) are states of their own.
func TestC11NothingYetAndNotConfigured(t *testing.T) {
	t.Parallel()
	h := build(t, rbac.ClientPolicy())
	h.world.AddAccount(provider.Account{ID: "fresh", Name: "Fresh"})
	p := rbac.Principal{ID: "f", Account: "fresh", Roles: []rbac.Role{rbac.ClientAdmin}}
	a, err := h.as(p).Account(t.Context(), "fresh")
	require.NoError(t, err)
	invoices, err := a.Invoices(t.Context(), billing.InvoicesQuery{})
	require.NoError(t, err)
	require.Equal(t, billing.NothingYet, invoices.State)
	methods, err := a.PaymentMethods(t.Context())
	require.NoError(t, err)
	require.Equal(t, billing.NothingYet, methods.State)

	home := h.accounts[rbactest.Home]
	home.Customer = ""
	h.world.SetAccount(home.Account)
	require.NoError(t, h.world.Err())
	admin := h.home(rbac.ClientAdmin)
	panel, err := admin.Usage(t.Context())
	require.NoError(t, err)
	require.Equal(t, billing.NotConfigured, panel.State)
	require.Contains(t, panel.Support.URL, "topic=setup")
	require.Equal(t, "help@host.example", panel.Support.Email)

	without := build(t, rbac.ClientPolicy(), func(c *billing.Config) { c.Support.URL = "" })
	without.world.FailAlways("Invoices", &provider.Error{Kind: provider.ErrMisconfigured})
	got, err := without.home(rbac.ClientAdmin).Invoices(t.Context(), billing.InvoicesQuery{})
	require.NoError(t, err)
	require.Empty(t, got.Support.URL)
	require.Equal(t, "help@host.example", got.Support.Email, "where there is no support page an address is shown")
}

// TestC12ForbiddenIsOnlyForOnesOwn (C12): the same act is forbidden at home and not found elsewhere.
func TestC12ForbiddenIsOnlyForOnesOwn(t *testing.T) {
	t.Parallel()
	h := build(t, rbac.ClientPolicy())
	_, err := h.home(rbac.ClientStaff).Usage(t.Context())
	require.ErrorIs(t, err, billing.ErrForbidden)
	_, err = h.as(person(rbac.ClientStaff)).Account(t.Context(), rbactest.Other.AccountOf())
	require.ErrorIs(t, err, billing.ErrNotFound)
	require.NotErrorIs(t, err, billing.ErrForbidden)
}

// TestForeignAnswersAreNotShown: an object of another customer, currency or id (the provider's mistake) is refused.
func TestForeignAnswersAreNotShown(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		op   string
		set  func(answer any)
		do   func(ctx context.Context, a *billing.Account, id string) (billing.Status, error)
	}{
		{"an invoice of another customer in a list", "Invoices", alter(func(x *provider.InvoicePage) { x.Invoices[1].CustomerID = "cus_x" }), listInvoices},
		{"an invoice in another currency in a list", "Invoices", alter(func(x *provider.InvoicePage) { x.Invoices[0].Currency = "EUR" }), listInvoices},
		{"an invoice of another customer", "Invoice", alter(func(x *invoice.Invoice) { x.CustomerID = "cus_x" }), oneInvoice},
		{"an invoice with another id", "Invoice", alter(func(x *invoice.Invoice) { x.ID = "in_x" }), oneInvoice},
		{"another customer", "Customer", alter(func(x *provider.Customer) { x.ID = "cus_x" }), payMethods},
		{"a customer with another currency", "Customer", alter(func(x *provider.Customer) { x.Currency = "EUR" }), payMethods},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			h := build(t, rbac.ClientPolicy())
			h.world.InjectAlways(c.op, memory.Fault{Alter: c.set})
			status, err := c.do(t.Context(), h.home(rbac.ClientAdmin), h.accounts[rbactest.Home].invoice)
			require.NoError(t, err)
			require.Equal(t, billing.NeedsAttention, status.State)
		})
	}
}

func listInvoices(ctx context.Context, a *billing.Account, _ string) (billing.Status, error) {
	p, err := a.Invoices(ctx, billing.InvoicesQuery{})
	if len(p.Invoices) > 0 {
		return billing.Status{State: "shown"}, nil
	}
	return p.Status, err
}

func oneInvoice(ctx context.Context, a *billing.Account, id string) (billing.Status, error) {
	p, err := a.Invoice(ctx, id)
	return p.Status, err
}

func payMethods(ctx context.Context, a *billing.Account, _ string) (billing.Status, error) {
	p, err := a.PaymentMethods(ctx)
	return p.Status, err
}

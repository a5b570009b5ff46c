package main

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/shopspring/decimal"

	"github.com/billhatch/billhatch/billing"
	"github.com/billhatch/billhatch/invoice"
	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/provider/memory"
	"github.com/billhatch/billhatch/rbac"
	"github.com/billhatch/billhatch/usage/civil"
)

// paged cuts lists into short pages.
func paged(size int) func(*scene) {
	return func(sc *scene) { sc.service.PageSize = size }
}

// later lets the invoices become due.
func later(sc *scene) { sc.world.Advance(20 * 24 * time.Hour) }

// secondPage asks for the page after the first.
func secondPage(ctx context.Context, rm *room) (*http.Request, error) {
	account, err := rm.account(ctx)
	if err != nil {
		return nil, err
	}
	first, err := account.Invoices(ctx, billing.InvoicesQuery{})
	if err != nil {
		return nil, err
	}
	return rm.request(ctx, http.MethodGet, "/invoices?cursor="+url.QueryEscape(first.Next), "", "")
}

// manyInvoiceLines adds an invoice with as many lines as there can be.
func manyInvoiceLines(sc *scene) {
	inv := invoice.Invoice{ID: "in_many", Status: invoice.Open, Currency: "USD", Issued: civil.MustDate(2026, time.November, 2)}
	for i := range int64(invoice.MaxLines) {
		inv.Lines = append(inv.Lines, invoice.Line{
			Key: fmt.Sprintf("fee/%d", i), Kind: invoice.Fee, Description: fmt.Sprintf("Line %d", i+1), Quantity: decimal.NewFromInt(i + 1),
			Unit: usd("1.10"), Amount: usd(decimal.New(110*(i+1), -2).String()), Merged: 1,
		})
	}
	sc.world.AddInvoice(memory.DemoClient, inv)
}

// credited takes something off the open invoice.
func credited(sc *scene) {
	sc.after = append(sc.after, func(ctx context.Context, rm *room) error {
		_, err := rm.world.Payments().Credit(ctx, provider.CreditRequest{
			Customer: "cus_aster", Invoice: "in_2026_10", Amount: usd("40.00"), Reason: "interruption of service", Key: "credit",
		})
		return err
	})
}

func invoiceExhibits() []exhibit {
	const page, open = "/invoices", "/invoices/in_2026_10"
	manager := rbac.ClientManager
	overdue := func(f *furniture) { f.terms = 7 }
	pdf := func(name, title, text string, status int, err error) exhibit {
		return exhibit{name: name, title: title, as: manager, path: open + "/pdf", status: status, text: text, set: failing(err, "InvoicePDF")}
	}
	return []exhibit{
		{name: "invoices", title: "Invoices: a year", as: manager, path: page, text: "Uncollectible"},
		{name: "invoices-first", title: "Invoices: none yet, and when the first will come", as: manager, path: page, text: "No invoices yet", with: func(f *furniture) { f.months = 0 }},
		{
			name: "invoices-none", title: "Invoices: none yet, and nobody knows when", as: manager, path: page, text: "No invoices yet",
			with: func(f *furniture) { f.months = 0 },
			set:  func(sc *scene) { sc.world.SetNextInvoice(memory.DemoClient, civil.Date{}) },
		},
		{name: "invoices-one", title: "Invoices: a single one", as: manager, path: page, text: "Oct", with: func(f *furniture) { f.months = 1 }},
		{name: "invoices-paid", title: "Invoices: paid ones", as: manager, path: page + "?filter=paid", text: "Paid"},
		{name: "invoices-open", title: "Invoices: open ones", as: manager, path: page + "?filter=open", text: "Open"},
		{
			name: "invoices-none-open", title: "Invoices: no open ones", as: manager, path: page + "?filter=open", text: "There are no open invoices",
			set: func(sc *scene) { sc.world.SetStatus("in_2026_10", invoice.Paid) },
		},
		{name: "invoices-newest", title: "Invoices: first of several pages", as: manager, path: page, text: "Next", set: paged(5)},
		{name: "invoices-older", title: "Invoices: second of several pages", as: manager, path: page, text: "Previous", set: paged(5), ask: secondPage},
		{name: "invoices-overdue", title: "Invoices: the latest is overdue", as: manager, path: page, text: "An invoice is overdue", with: overdue},
		{name: "invoices-overdue-later", title: "Invoices: overdue after thirty days", as: manager, path: page, text: "An invoice is overdue", set: later},
		{
			name: "invoices-overdue-no-page", title: "Invoices: overdue, and the support page is down", as: manager, path: page, text: "support@clearline.example",
			with: overdue, set: func(sc *scene) { sc.service.Support.URL = "" },
		},
		{name: "invoices-overdue-partner", title: "Invoices: overdue, as a partner sees it", as: rbac.PartnerAdmin, path: "/clients/" + memory.DemoClient + page, text: "An invoice is overdue", with: overdue},
		{name: "invoices-unknown", title: "Invoices: a status that nobody knows", as: manager, path: page, text: "Status unknown", set: worldly(alters("Invoices", unknown))},
		{name: "invoices-no-date", title: "Invoices: the next date cannot be told", as: manager, path: page, text: "Some information is missing", set: unavailable("NextInvoice")},
		{name: "invoices-down", title: "Invoices: could not be loaded", as: manager, path: page, text: "Could not be loaded", set: unavailable("Invoices")},
		{name: "invoices-slow", title: "Invoices: no answer in time", as: manager, path: page, text: "Could not be loaded", set: failing(provider.ErrTimeout, "Invoices")},
		{name: "invoices-rate-limited", title: "Invoices: wait a moment", as: manager, path: page, text: "Please wait a moment", set: failing(limited(), "Invoices")},
		{name: "invoices-attention", title: "Invoices: the configuration needs attention", as: manager, path: page, text: "needs attention", set: failing(provider.ErrMisconfigured, "Invoices")},
		{name: "invoices-foreign", title: "Invoices: the provider answers with somebody else's", as: manager, path: page, text: "needs attention", set: worldly(alters("Invoices", func(p *provider.InvoicePage) { p.Invoices[0].CustomerID = "cus_other" }))},
		{name: "invoices-not-configured", title: "Invoices: billing is not set up", as: manager, path: page, text: "Billing is not set up", set: worldly(alters("Account", func(a *provider.Account) { a.Customer = "" }))},

		{name: "invoice-open", title: "Invoice: open", as: manager, path: open, text: "Amount due"},
		{name: "invoice-paid", title: "Invoice: paid", as: manager, path: "/invoices/in_2026_09", text: "Paid on"},
		{name: "invoice-overdue", title: "Invoice: overdue", as: manager, path: open, text: "Overdue", with: overdue},
		{name: "invoice-void", title: "Invoice: void", as: manager, path: "/invoices/in_2026_04", text: "Void"},
		{name: "invoice-uncollectible", title: "Invoice: given up", as: manager, path: "/invoices/in_2025_12", text: "Uncollectible"},
		{name: "invoice-unknown", title: "Invoice: a status that nobody knows", as: manager, path: open, text: "Status unknown", set: func(sc *scene) { sc.world.SetStatus("in_2026_10", invoice.Unknown) }},
		{name: "invoice-credited", title: "Invoice: partly credited", as: manager, path: open, text: "Credited", set: credited},
		{name: "invoice-many-lines", title: "Invoice: as many lines as there can be", as: manager, path: "/invoices/in_many", text: "Line 250", set: manyInvoiceLines},
		{name: "invoice-down", title: "Invoice: could not be loaded", as: manager, path: open, text: "Could not be loaded", set: unavailable("Invoice")},
		pdf("pdf-missing", "Document: there is none", "Request", http.StatusNotFound, provider.ErrNoDocument),
		pdf("pdf-large", "Document: too large", "too large", http.StatusBadGateway, provider.ErrTooLarge),
		pdf("pdf-slow", "Document: no answer in time", "too long", http.StatusGatewayTimeout, provider.ErrTimeout),
		pdf("pdf-damaged", "Document: damaged", "damaged", http.StatusBadGateway, provider.ErrNotPDF),
		pdf("pdf-down", "Document: temporarily unavailable", "temporarily unavailable", http.StatusServiceUnavailable, provider.ErrUnavailable),
	}
}

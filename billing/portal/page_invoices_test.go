package portal_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/invoice"
	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/rbac"
	"github.com/billhatch/billhatch/rbac/rbactest"
	"github.com/billhatch/billhatch/usage/civil"
)

// TestInvoicesAreListed (C6) with number, period, issue date, amount, status and document.
func TestInvoicesAreListed(t *testing.T) {
	t.Parallel()
	h := build(t, rbac.ClientPolicy())
	v, c := h.as(person(rbac.ClientManager)), h.home().canary
	page := v.get("/invoices").document(t)
	require.Equal(t, []string{
		"N2-" + c + " Sep 1 – 30, 2026 Oct 1, 2026 Oct 31, 2026 $80.00 Open Download PDF",
		"N1-" + c + " Aug 1 – 31, 2026 Sep 1, 2026 Oct 1, 2026 $80.00 Paid Download PDF",
		"N0-" + c + " Jul 1 – 31, 2026 Aug 1, 2026 Aug 31, 2026 $80.00 Paid Download PDF",
	}, textsOf(page.one(t, tag("tbody")).all(tag("tr"))))
	require.Contains(t, page.text(), "Next invoice on Nov 1, 2026")
	require.Equal(t, []string{"All", "Paid", "Open"}, textsOf(page.one(t, class("bh-filter")).all(tag("a"))))
	require.Empty(t, page.all(class("bh-pager")), "there is one page")
	pdf := page.all(tag("a"), says("Download PDF"))[0]
	require.Equal(t, "/billing/invoices/"+h.home().invoice+"/pdf", pdf.attr["href"])
	require.NotContains(t, pdf.attr, "data-billing", "a document leaves the element")
	require.Equal(t, "Download PDF of invoice N2-"+c, pdf.attr["aria-label"])
	require.Equal(t, "application/pdf", v.get(pdf.attr["href"][len("/billing"):]).header.Get("Content-Type"))
}

// TestInvoicesAreFiltered (C6).
func TestInvoicesAreFiltered(t *testing.T) {
	t.Parallel()
	v := build(t, rbac.ClientPolicy()).as(person(rbac.ClientAdmin))
	for filter, want := range map[string]int{"": 3, "?filter=all": 3, "?filter=paid": 2, "?filter=open": 1} {
		page := v.get("/invoices" + filter).document(t)
		require.Len(t, page.one(t, tag("tbody")).all(tag("tr")), want, filter)
		require.Len(t, page.one(t, class("bh-filter")).all(has("aria-current", "true")), 1, filter)
	}
	require.Equal(t, "Paid", v.get("/invoices?filter=paid").document(t).one(t, has("aria-current", "true")).text())
}

// TestInvoicesArePaged (C6): twenty a page, forwards and back, within a filter.
func TestInvoicesArePaged(t *testing.T) {
	t.Parallel()
	h := build(t, rbac.ClientPolicy(), func(h *house) {
		for i := range 40 {
			h.world.AddInvoice(rbactest.Home, invoice.Invoice{
				Number: fmt.Sprintf("OLD-%02d", i), Status: invoice.Paid, Issued: civil.MustDate(2022, time.January, 1).AddDays(30 * i),
			})
		}
	})
	v := h.as(person(rbac.ClientAdmin))
	walk := func(path, rel string) (rows []string, pages []int, last string) {
		for {
			page := v.get(path).document(t)
			got := textsOf(page.one(t, tag("tbody")).all(tag("th")))
			rows, pages, last = append(rows, got...), append(pages, len(got)), path
			next := page.all(class("bh-pager"))
			if len(next) == 0 || len(next[0].all(has("rel", rel))) == 0 {
				return rows, pages, last
			}
			path = next[0].one(t, has("rel", rel)).attr["href"][len("/billing"):]
		}
	}
	forward, pages, last := walk("/invoices?filter=paid", "next")
	require.Equal(t, []int{20, 20, 2}, pages)
	require.Contains(t, last, "filter=paid")
	_, pages, _ = walk(last, "prev")
	require.Equal(t, []int{2, 20, 20}, pages)
	seen := map[string]bool{}
	for _, number := range forward {
		require.False(t, seen[number], "twice: %s", number)
		seen[number] = true
	}
	require.Len(t, seen, 42)
}

// TestTheMostRecentInvoiceIsOverdue (C6): a banner with a way to pay and to support, on every page of the list.
func TestTheMostRecentInvoiceIsOverdue(t *testing.T) {
	t.Parallel()
	h := build(t, rbac.ClientPolicy())
	h.world.Advance(15 * 24 * time.Hour)
	c := h.home()
	for _, path := range []string{"/invoices", "/invoices?filter=paid"} {
		page := h.as(person(rbac.ClientAdmin)).get(path).document(t)
		banner := page.one(t, class("bh-notice--danger"))
		require.Contains(t, banner.text(), "Invoice N2-"+c.canary+" of $80.00 was due on Oct 31, 2026")
		require.Equal(t, "/billing/portal", banner.links()[0])
		require.Contains(t, banner.links()[1], "https://host.example/support?category=billing&subject=Payment+of+invoice+"+c.invoice)
	}
	require.Contains(t, h.as(person(rbac.ClientAdmin)).get("/invoices").document(t).one(t, tag("tbody")).text(), "Overdue")

	scoped := h.as(partner(rbac.PartnerAdmin)).get("/clients/" + h.client().ID + "/invoices").document(t)
	require.NotContains(t, scoped.one(t, class("bh-notice--danger")).text(), "Pay", "a partner may not open the portal")
}

// TestAnInvoiceHasAllItsFigures (C6).
func TestAnInvoiceHasAllItsFigures(t *testing.T) {
	t.Parallel()
	var paid, open invoice.Invoice
	h := build(t, rbac.ClientPolicy(), func(h *house) {
		inv := invoice.Invoice{
			Number: "2026-77", Status: invoice.Open, Issued: civil.MustDate(2026, 10, 2), Reference: "PO 4711", Note: "Please quote the number.",
			Lines: []invoice.Line{
				{Key: "a", Kind: invoice.Seats, Description: "Seats of HQ", Quantity: decimal.NewFromInt(1234), Unit: usd("3.10"), Amount: usd("3825.40"), Merged: 1},
				{Key: "b", Kind: invoice.Aggregate, Description: "Others", Quantity: decimal.NewFromInt(3), Amount: usd("100.00"), Merged: 3},
				{Key: "c", Kind: invoice.Discount, Description: "Launch", Quantity: decimal.NewFromInt(1), Amount: usd("-25.40"), Merged: 1},
			},
			Taxes: []invoice.Tax{{Name: "Sales tax", Rate: decimal.RequireFromString("8.875"), Base: usd("3900.00"), Amount: usd("346.13")}},
			Paid:  usd("46.13"),
		}
		open = h.world.AddInvoice(rbactest.Home, inv)
		inv.Number, inv.Status, inv.Paid, inv.PaidOn = "2026-78", invoice.Paid, usd("4246.13"), civil.MustDate(2026, 10, 9)
		paid = h.world.AddInvoice(rbactest.Home, inv)
	})
	v := h.as(person(rbac.ClientAdmin))
	page := v.get("/invoices/" + open.ID).document(t)
	require.Equal(t, "Invoice 2026-77", page.one(t, tag("h1")).text())
	require.Equal(t, "Open", page.value(t, "Status"))
	require.Equal(t, "Sep 1 – 30, 2026", page.value(t, "Billing period"))
	require.Equal(t, "Oct 2, 2026", page.value(t, "Issued on"))
	require.Equal(t, "Payable within 30 days", page.value(t, "Payment terms"))
	require.Equal(t, "Nov 1, 2026", page.value(t, "Due on"))
	require.Equal(t, "PO 4711", page.value(t, "Your reference"))
	require.Equal(t, []string{
		"Seats of HQ 1,234 $3.10 $3,825.40", "Others 3 lines combined 3 $100.00", "Launch 1 -$25.40",
	}, textsOf(page.one(t, tag("tbody")).all(tag("tr"))))
	require.Equal(t, []string{
		"Subtotal $3,900.00", "Sales tax (8.875%) $346.13", "Total $4,246.13", "Amount paid $46.13", "Amount due $4,200.00",
	}, textsOf(page.one(t, tag("tfoot")).all(tag("tr"))))
	require.Contains(t, page.text(), "Please quote the number.")
	require.Contains(t, page.links(), "/billing/invoices")
	require.Contains(t, page.links(), "/billing/invoices/"+open.ID+"/pdf")

	page = v.get("/invoices/" + paid.ID).document(t)
	require.Equal(t, "Paid", page.value(t, "Status"))
	require.Equal(t, "Oct 9, 2026", page.value(t, "Paid on"))
	require.Contains(t, page.one(t, tag("tfoot")).text(), "Amount paid $4,246.13 Amount due $0.00")
}

// TestAnUnknownStatusIsNeverPaid (C6).
func TestAnUnknownStatusIsNeverPaid(t *testing.T) {
	t.Parallel()
	h := build(t, rbac.ClientPolicy())
	h.world.InjectAlways("Invoice", memoryFault(func(inv *invoice.Invoice) { inv.Status = invoice.Unknown }))
	page := h.as(person(rbac.ClientAdmin)).get("/invoices/" + h.home().invoice).document(t)
	require.Equal(t, "Status unknown", page.value(t, "Status"))
	require.NotContains(t, page.one(t, tag("tfoot")).text(), "$0.00")
	require.Contains(t, page.one(t, tag("tfoot")).text(), "Amount due Not available")
}

// TestTheLastInvoicesAreDrawn (C6): twelve bars at most, on the first page of all invoices only.
func TestTheLastInvoicesAreDrawn(t *testing.T) {
	t.Parallel()
	h := build(t, rbac.ClientPolicy(), func(h *house) {
		for i := range 12 {
			h.world.AddInvoice(rbactest.Home, invoice.Invoice{Status: invoice.Paid, Issued: civil.MustDate(2025, time.Month(1+i), 1)})
		}
	})
	v := h.as(person(rbac.ClientAdmin))
	figure := v.get("/invoices").document(t).one(t, tag("figure"))
	bars := figure.all(class("bh-chart-item"))
	require.Len(t, bars, 12)
	require.Contains(t, bars[11].text(), "N2-"+h.home().canary, "the newest is the last")
	require.Contains(t, bars[11].text(), "$80.00")
	require.Contains(t, bars[11].text(), "Open")
	require.Empty(t, figure.all(tag("a")), "the links are those of the table")
	require.Empty(t, v.get("/invoices?filter=paid").document(t).all(tag("figure")))
}

// TestADocumentThatCannotBeHad (C9): what to do instead, by reason.
func TestADocumentThatCannotBeHad(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fault   error
		title   string
		support bool
		portal  bool
	}{
		"there is none":      {provider.ErrNoDocument, "No PDF available", true, false},
		"it is no PDF":       {provider.ErrNotPDF, "The PDF is damaged", true, false},
		"it is too large":    {provider.ErrTooLarge, "The PDF is too large", true, true},
		"it took too long":   {provider.ErrTimeout, "The PDF took too long", true, true},
		"it is unavailable":  {provider.ErrUnavailable, "The PDF is temporarily unavailable", false, false},
		"nothing configured": {provider.ErrNotConfigured, "The PDF is temporarily unavailable", true, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := build(t, rbac.ClientPolicy())
			h.world.FailAlways("InvoicePDF", c.fault)
			a := h.as(person(rbac.ClientAdmin)).get("/invoices/" + h.home().invoice + "/pdf")
			require.GreaterOrEqual(t, a.status, 400)
			page := a.document(t)
			require.Equal(t, c.title, page.one(t, tag("h1")).text())
			var support, portal int
			for _, link := range page.links() {
				if len(link) > 28 && link[:28] == "https://host.example/support" {
					support++
				}
				if link == "/billing/portal" {
					portal++
				}
			}
			require.Equal(t, c.support, support == 1, page.links())
			require.Equal(t, c.portal, portal == 1, page.links())
		})
	}
}

// TestInvoicesOfDraftsAndOthersDoNotExist (C6, C12).
func TestInvoicesOfDraftsAndOthersDoNotExist(t *testing.T) {
	t.Parallel()
	var draft invoice.Invoice
	h := build(t, rbac.ClientPolicy(), func(h *house) {
		draft = h.world.AddInvoice(rbactest.Home, invoice.Invoice{Status: invoice.Draft})
	})
	v := h.as(person(rbac.ClientAdmin))
	want := v.get("/invoices/in_none")
	require.Equal(t, http.StatusNotFound, want.status)
	for _, id := range []string{draft.ID, h.client().invoice, "%2e%2e", "in_1%00", "x%2fy"} {
		for _, path := range []string{"", "/pdf"} {
			got := v.get("/invoices/" + id + path)
			require.Equal(t, http.StatusNotFound, got.status, id)
			require.Equal(t, want.body, got.body, id)
		}
	}
	require.NotContains(t, v.get("/invoices").body, draft.ID)
}

package providertest

import (
	"context"
	"fmt"
	"slices"

	"github.com/shopspring/decimal"

	"github.com/billhatch/billhatch/invoice"
	"github.com/billhatch/billhatch/provider"
)

// one is the quantity of a fee.
var one = decimal.NewFromInt(1)

func invoiceCases() group[*pay] {
	cases := slices.Concat(invoiceStatusCases(), invoiceFieldCases(), hiddenInvoiceCases())
	for _, odd := range oddIDs() {
		cases = append(cases, testCase[*pay]{name: "an id " + odd.name + " is of no invoice", run: func(p *pay) {
			customer := p.customer()
			_, err := p.p.Invoice(p.Context(), customer, odd.of(p.invoice(customer, invoice.Open, 1)))
			p.refused(err, "Invoice", "invoice", provider.ErrNotFound)
		}})
	}
	return group[*pay]{name: "invoices", cases: cases}
}

func invoiceStatusCases() []testCase[*pay] {
	var out []testCase[*pay]
	for _, status := range []invoice.Status{invoice.Open, invoice.Paid, invoice.Void, invoice.Uncollectible, invoice.Unknown} {
		tc := testCase[*pay]{name: fmt.Sprintf("an invoice that is %s says so, in the list and alone", status), run: func(p *pay) {
			customer := p.customer()
			id := p.invoice(customer, status, 1)
			list := p.list(customer, provider.AllInvoices)
			same(p.check, "invoices", ids(list), []string{id})
			same(p.check, "status in the list", list[0].Status, status)
			same(p.check, "status", p.read(customer, id).Status, status)
		}}
		if status == invoice.Unknown {
			tc.seeds = []string{"SetStatus"}
		}
		out = append(out, tc)
	}
	filtered := func(filter provider.InvoiceFilter, want invoice.Status) func(p *pay) {
		return func(p *pay) {
			customer := p.customer()
			var expected []string
			for i, s := range []invoice.Status{
				invoice.Open, invoice.Paid, invoice.Draft, invoice.Void, invoice.Paid, invoice.Uncollectible, invoice.Open,
				invoice.Unknown,
			} {
				if id := p.invoice(customer, s, 50-i); s == want {
					expected = append(expected, id)
				}
			}
			slices.Reverse(expected)
			same(p.check, "invoices", ids(p.list(customer, filter)), expected)
		}
	}
	return append(out,
		testCase[*pay]{
			name: "the filter for paid ones gives these only", seeds: []string{"SetStatus"}, run: filtered(provider.PaidInvoices, invoice.Paid),
		},
		testCase[*pay]{
			name: "the filter for open ones gives these only, overdue or not", seeds: []string{"SetStatus"},
			run: filtered(provider.OpenInvoices, invoice.Open),
		},
		testCase[*pay]{name: "a filter that there is not is invalid", run: func(p *pay) {
			q := provider.InvoiceQuery{Customer: p.customer(), Filter: 77, Limit: 10}
			_, err := p.p.Invoices(p.Context(), q)
			p.refused(err, "Invoices", "unknown filter", provider.ErrInvalid)
		}},
	)
}

func invoiceFieldCases() []testCase[*pay] {
	return []testCase[*pay]{
		{name: "every invoice states its customer, in the list and alone, and no account", run: func(p *pay) {
			one, other := p.customer(), p.customer()
			for _, customer := range []string{one, other} {
				id := p.invoice(customer, invoice.Open, 1)
				listed, alone := only(p.check, "invoices", p.list(customer, provider.AllInvoices)), p.read(customer, id)
				same(p.check, "customer in the list", listed.CustomerID, customer)
				same(p.check, "customer", alone.CustomerID, customer)
				same(p.check, "account", listed.Account+alone.Account, "")
			}
		}},
		{name: "an invoice is read with what it was made with", run: func(p *pay) {
			customer := p.customer()
			plan := p.draft("12.34")
			terms, err := invoice.Net(14)
			p.ok(err, "terms of the suite")
			plan.Status, plan.Issued, plan.Terms = invoice.Open, p.day(3), terms
			got := p.read(customer, p.AddInvoice(customer, plan).ID)
			p.that(got.Number != "", "got no number")
			same(p.check, "currency", got.Currency, "USD")
			same(p.check, "issue date", got.Issued, plan.Issued)
			same(p.check, "due date", got.Due(), plan.Issued.AddDays(14))
			p.sameAmount("total", got.Total, p.dollars("12.34"))
			p.sameAmount("subtotal", got.Subtotal, p.dollars("12.34"))
			p.sameLines(got.Lines, plan.Lines)
		}},
		{name: "an invoice without other terms is due after 30 days", run: func(p *pay) {
			customer := p.customer()
			got := p.read(customer, p.invoice(customer, invoice.Open, 3))
			same(p.check, "due date", got.Due(), p.day(3).AddDays(30))
		}},
		{name: "an invoice of 250 lines is read with all of them, in order", run: func(p *pay) {
			customer := p.customer()
			plan := p.draftOf(p.lines(invoice.MaxLines)...)
			plan.Status, plan.Issued = invoice.Open, p.day(1)
			got := p.read(customer, p.AddInvoice(customer, plan).ID)
			p.sameLines(got.Lines, plan.Lines)
			p.ok(got.Verify(), "sums of the invoice")
		}},
		{name: "what is read may be changed by the caller", run: func(p *pay) {
			customer := p.customer()
			id := p.invoice(customer, invoice.Open, 2)
			p.invoice(customer, invoice.Open, 1)
			got := p.read(customer, id)
			line := only(p.check, "lines", got.Lines)
			want := line.Description
			line.Description = "changed"
			same(p.check, "description after a change", only(p.check, "lines", p.read(customer, id).Lines).Description, want)
		}},
		{name: "a page may be changed by the caller", run: func(p *pay) {
			customer := p.customer()
			p.invoice(customer, invoice.Open, 2)
			p.invoice(customer, invoice.Open, 1)
			page := p.list(customer, provider.AllInvoices)
			want := ids(page)
			for i := range page {
				for j := range page[i].Lines {
					page[i].Lines[j].Amount = p.dollars("0")
				}
			}
			slices.Reverse(page)
			again := p.list(customer, provider.AllInvoices)
			same(p.check, "invoices after a change", ids(again), want)
			for i := range again {
				for j := range again[i].Lines {
					p.sameAmount("amount after a change", again[i].Lines[j].Amount, p.dollars("100"))
				}
			}
		}},
		{name: "many may read invoices at once", run: func(p *pay) {
			customers := []string{p.customer(), p.customer()}
			var want []string
			for _, c := range customers {
				want = append(want, p.invoice(c, invoice.Open, 1))
			}
			got := together(racers, func(i int) string {
				q := provider.InvoiceQuery{Customer: customers[i%2], Limit: 10}
				page, err := p.p.Invoices(p.Context(), q)
				if err != nil || len(page.Invoices) != 1 {
					return fmt.Sprint(len(page.Invoices), " invoices, error ", err)
				}
				return page.Invoices[0].ID
			})
			for i := range got {
				same(p.check, "invoice", got[i], want[i%2])
			}
		}},
		{name: "reading an invoice stops with its context", run: func(p *pay) {
			customer := p.customer()
			id := p.invoice(customer, invoice.Open, 1)
			p.stopped("Invoice", func(ctx context.Context) error {
				_, err := p.p.Invoice(ctx, customer, id)
				return err
			})
		}},
		{name: "reading a page of invoices stops with its context", run: func(p *pay) {
			customer := p.customer()
			p.invoice(customer, invoice.Open, 1)
			p.stopped("Invoices", func(ctx context.Context) error {
				_, err := p.p.Invoices(ctx, provider.InvoiceQuery{Customer: customer, Limit: 10})
				return err
			})
		}},
	}
}

// sameLines compares what every provider can keep of lines: text, amount, order.
func (p *pay) sameLines(got, want []invoice.Line) {
	p.Helper()
	same(p.check, "number of lines", len(got), len(want))
	for i := range want {
		same(p.check, fmt.Sprintf("description of line %d", i), got[i].Description, want[i].Description)
		p.sameAmount(fmt.Sprintf("amount of line %d", i), got[i].Amount, want[i].Amount)
	}
}

// lines are so many different lines.
func (p *pay) lines(n int) []invoice.Line {
	p.Helper()
	out := make([]invoice.Line, n)
	for i := range out {
		amount := p.dollars(fmt.Sprintf("%d.%02d", i%7+1, i%100))
		out[i] = invoice.Line{
			Key: fmt.Sprintf("fee/%03d", i), Kind: invoice.Fee, Description: fmt.Sprintf("Fee number %03d", i), Quantity: one,
			Unit: amount, Amount: amount, Merged: 1,
		}
	}
	return out
}

// hiddenInvoiceCases are about invoices that must look as if they were not there, for each method that names one.
func hiddenInvoiceCases() []testCase[*pay] {
	out := hidden("Invoice", nil, func(p *pay, customer, id string) error {
		_, err := p.p.Invoice(p.Context(), customer, id)
		return err
	})
	return append(out,
		testCase[*pay]{name: "drafts are in no list", run: func(p *pay) {
			customer := p.customer()
			p.invoice(customer, invoice.Draft, 3)
			id := p.invoice(customer, invoice.Open, 2)
			p.invoice(customer, invoice.Draft, 1)
			same(p.check, "all invoices", ids(p.list(customer, provider.AllInvoices)), []string{id})
			same(p.check, "open invoices", ids(p.list(customer, provider.OpenInvoices)), []string{id})
			same(p.check, "paid invoices", len(p.list(customer, provider.PaidInvoices)), 0)
		}},
		testCase[*pay]{name: "drafts take no place on a page", run: func(p *pay) {
			customer := p.customer()
			var want []string
			for i := range 6 {
				p.invoice(customer, invoice.Draft, 40-2*i)
				want = append(want, p.invoice(customer, invoice.Open, 39-2*i))
			}
			p.invoice(customer, invoice.Draft, 1)
			slices.Reverse(want)
			l := &paged{check: p.check, op: "Invoices", page: p.pages(customer, provider.AllInvoices)}
			same(p.check, "invoices", l.walk(2, nil), want)
		}},
		testCase[*pay]{name: "the invoices of another customer are in no list", run: func(p *pay) {
			one, other := p.customer(), p.customer()
			mine := p.invoice(one, invoice.Open, 2)
			p.invoice(other, invoice.Open, 1)
			same(p.check, "invoices", ids(p.list(one, provider.AllInvoices)), []string{mine})
		}},
		testCase[*pay]{name: "the invoices of an unknown customer are not found", run: func(p *pay) {
			_, err := p.p.Invoices(p.Context(), provider.InvoiceQuery{Customer: absent, Limit: 10})
			p.refused(err, "Invoices", "unknown customer", provider.ErrNotFound)
		}},
		testCase[*pay]{
			name: "the invoices of a deleted customer are not found, as if it had never been", seeds: []string{"DeleteCustomer"},
			run: func(p *pay) {
				customer := p.customer()
				p.invoice(customer, invoice.Open, 1)
				p.DeleteCustomer(customer)
				_, err := p.p.Invoices(p.Context(), provider.InvoiceQuery{Customer: customer, Limit: 10})
				deleted := p.refused(err, "Invoices", "deleted customer", provider.ErrNotFound)
				_, err = p.p.Invoices(p.Context(), provider.InvoiceQuery{Customer: absent, Limit: 10})
				never := p.refused(err, "Invoices", "unknown customer", provider.ErrNotFound)
				p.indistinguishable("deleted and unknown", deleted, never)
			},
		},
	)
}

// hidden are the cases of a method that names an invoice: whatever is not the customer's looks as if it were not there.
// call must not change an invoice that is the customer's.
func hidden(op string, seeds []string, call func(p *pay, customer, id string) error) []testCase[*pay] {
	against := func(p *pay, what, customer, id string) {
		p.Helper()
		seen := p.refused(call(p, customer, id), op, what, provider.ErrNotFound)
		never := p.refused(call(p, customer, absent), op, "invoice that there is not", provider.ErrNotFound)
		p.indistinguishable(what+" and one that there is not", seen, never)
	}
	return []testCase[*pay]{
		{name: op + " answers the same for another customer's invoice as for none", seeds: seeds, run: func(p *pay) {
			one, other := p.customer(), p.customer()
			against(p, "another customer's invoice", one, p.invoice(other, invoice.Open, 1))
		}},
		{name: op + " answers the same for a draft as for none", seeds: seeds, run: func(p *pay) {
			customer := p.customer()
			against(p, "a draft", customer, p.invoice(customer, invoice.Draft, 1))
		}},
		{name: op + " answers the same for an invoice of an unknown customer as for none", seeds: seeds, run: func(p *pay) {
			customer := p.customer()
			id := p.invoice(customer, invoice.Open, 1)
			seen := p.refused(call(p, absent, id), op, "an unknown customer", provider.ErrNotFound)
			never := p.refused(call(p, customer, absent), op, "invoice that there is not", provider.ErrNotFound)
			p.indistinguishable("an unknown customer and an unknown invoice", seen, never)
		}},
		{name: op + " finds no invoice of a deleted customer", seeds: append([]string{"DeleteCustomer"}, seeds...), run: func(p *pay) {
			customer := p.customer()
			id := p.invoice(customer, invoice.Open, 1)
			p.DeleteCustomer(customer)
			p.refused(call(p, customer, id), op, "a deleted customer", provider.ErrNotFound)
		}},
	}
}

package providertest

import (
	"context"
	"slices"

	"github.com/billhatch/billhatch/invoice"
	"github.com/billhatch/billhatch/provider"
)

// pages reads pages of invoices.
func (p *pay) pages(customer string, filter provider.InvoiceFilter) pager {
	return func(ctx context.Context, limit int, cursor string) ([]string, string, error) {
		q := provider.InvoiceQuery{Customer: customer, Filter: filter, Limit: limit, Cursor: cursor}
		page, err := p.p.Invoices(ctx, q)
		return ids(page.Invoices), page.Next, err
	}
}

// adder adds open invoices, each a day after the one before, the first of them 90 days ago.
func (p *pay) adder(customer string) func(n int) []string {
	ago := 90
	return func(n int) []string {
		var out []string
		for range n {
			out = append(out, p.invoice(customer, invoice.Open, ago))
			ago--
		}
		return out
	}
}

func (p *pay) at(q provider.InvoiceQuery) provider.InvoicePage {
	p.Helper()
	page, err := p.p.Invoices(p.Context(), q)
	p.ok(err, "page of invoices")
	return page
}

// back reads from a page by its Prev until there is none, newest first.
func (p *pay) back(q provider.InvoiceQuery) []string {
	p.Helper()
	var all []string
	for range 1000 {
		page := p.at(q)
		all = slices.Concat(ids(page.Invoices), all)
		if page.Prev == "" {
			return all
		}
		q.Cursor = page.Prev
	}
	p.fatalf("still no beginning after 1000 pages")
	return nil
}

// lastPage is a query for the oldest page.
func (p *pay) lastPage(q provider.InvoiceQuery) provider.InvoiceQuery {
	p.Helper()
	for range 1000 {
		page := p.at(q)
		if page.Next == "" {
			return q
		}
		q.Cursor = page.Next
	}
	p.fatalf("still no end after 1000 pages")
	return q
}

func invoicePageCases() group[*pay] {
	cases := pagingCases(func(p *pay) *paged {
		customer, other := p.customer(), p.customer()
		p.adder(other)(3)
		return &paged{
			check: p.check, op: "Invoices", add: p.adder(customer), page: p.pages(customer, provider.AllInvoices),
			foreign: map[string]pager{
				"another customer":         p.pages(other, provider.AllInvoices),
				"another filter":           p.pages(customer, provider.OpenInvoices),
				"a filter for nothing yet": p.pages(customer, provider.PaidInvoices),
			},
		}
	}, "another customer", "another filter", "a filter for nothing yet")
	cases = append(cases, testCase[*pay]{name: "the pages of a filter hold all that it gives, once", run: func(p *pay) {
		customer := p.customer()
		var want []string
		for i := range 9 {
			if i%3 == 0 {
				want = append(want, p.invoice(customer, invoice.Paid, 30-i))
			} else {
				p.invoice(customer, invoice.Open, 30-i)
			}
		}
		slices.Reverse(want)
		l := &paged{check: p.check, op: "Invoices", page: p.pages(customer, provider.PaidInvoices)}
		same(p.check, "paid invoices", l.walk(1, nil), want)
	}})
	return group[*pay]{name: "pages of invoices", cases: append(cases, backwardCases()...)}
}

func backwardCases() []testCase[*pay] {
	return []testCase[*pay]{
		{name: "the newest page has none before it, and the oldest none behind", run: func(p *pay) {
			customer := p.customer()
			p.adder(customer)(3)
			only := p.at(provider.InvoiceQuery{Customer: customer, Limit: 3})
			same(p.check, "cursors of the only page", []string{only.Prev, only.Next}, []string{"", ""})
			q := provider.InvoiceQuery{Customer: customer, Limit: 2}
			newest := p.at(q)
			same(p.check, "cursor before the newest page", newest.Prev, "")
			q.Cursor = newest.Next
			oldest := p.at(q)
			same(p.check, "cursor behind the oldest page", oldest.Next, "")
			p.that(oldest.Prev != "", "the second page has no cursor of the first")
		}},
		{name: "reading back from the end gives every invoice once, in order", run: func(p *pay) {
			customer := p.customer()
			want := p.adder(customer)(8)
			slices.Reverse(want)
			for _, limit := range []int{1, 3, 4} {
				q := p.lastPage(provider.InvoiceQuery{Customer: customer, Limit: limit})
				same(p.check, "invoices", p.back(q), want)
			}
		}},
		{name: "reading back while invoices come gives every one once, the new ones too", run: func(p *pay) {
			customer := p.customer()
			add := p.adder(customer)
			want := add(5)
			q := p.lastPage(provider.InvoiceQuery{Customer: customer, Limit: 2})
			want = append(want, add(3)...)
			slices.Reverse(want)
			same(p.check, "invoices", p.back(q), want)
		}},
		{name: "a page, the next one and back again is the same page", run: func(p *pay) {
			customer := p.customer()
			p.adder(customer)(7)
			q := provider.InvoiceQuery{Customer: customer, Limit: 2}
			q.Cursor = p.at(q).Next
			second := p.at(q)
			q.Cursor = second.Next
			third := p.at(q)
			q.Cursor = third.Prev
			same(p.check, "second page", ids(p.at(q).Invoices), ids(second.Invoices))
		}},
		{name: "a cursor to the newer page is refused for another customer and another filter", run: func(p *pay) {
			customer, other := p.customer(), p.customer()
			p.adder(customer)(4)
			p.adder(other)(4)
			q := p.lastPage(provider.InvoiceQuery{Customer: customer, Limit: 1})
			prev := p.at(q).Prev
			for _, q := range []provider.InvoiceQuery{
				{Customer: other, Limit: 1, Cursor: prev},
				{Customer: customer, Filter: provider.OpenInvoices, Limit: 1, Cursor: prev},
			} {
				_, err := p.p.Invoices(p.Context(), q)
				p.refused(err, "Invoices", "foreign cursor", provider.ErrInvalidCursor)
			}
		}},
	}
}

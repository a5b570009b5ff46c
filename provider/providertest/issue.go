package providertest

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/billhatch/billhatch/invoice"
	"github.com/billhatch/billhatch/money"
	"github.com/billhatch/billhatch/provider"
)

// issuing is a customer for whom invoices are issued.
type issuing struct {
	*pay
	issuer   provider.Issuer
	customer string
}

// request plans an invoice under a key. The lines are copied, so that a provider that changes them is found out.
func (p *issuing) request(key string, plan invoice.Invoice) provider.IssueRequest {
	plan.Issued, plan.Lines = p.day(0), slices.Clone(plan.Lines)
	return provider.IssueRequest{Key: key, Customer: p.customer, Invoice: plan}
}

func (p *issuing) issue(r provider.IssueRequest) (invoice.Invoice, error) {
	return p.issuer.Issue(p.Context(), r)
}

// count wants the customer to have so many invoices.
func (p *issuing) count(want int) {
	p.Helper()
	same(p.check, "number of invoices", len(p.list(p.customer, provider.AllInvoices)), want)
}

func issueCases() group[*pay] {
	var cases []testCase[*pay]
	for _, tc := range slices.Concat(goodIssueCases(), repeatedIssueCases(), claimCases(), badIssueCases()) {
		cases = append(cases, testCase[*pay]{name: tc.name, also: tc.also, seeds: tc.seeds, run: func(p *pay) {
			tc.run(&issuing{p, ability[provider.Issuer](p.p), p.customer()})
		}})
	}
	return group[*pay]{name: "issuing", ability: provider.CanIssue, cases: cases}
}

func goodIssueCases() []testCase[*issuing] {
	cases := []testCase[*issuing]{
		{name: "a planned invoice becomes an open one with its lines and total", run: func(p *issuing) {
			plan := p.draftOf(p.lines(3)...)
			got, err := p.issue(p.request("k", plan))
			p.ok(err, "issue")
			p.issuedAs(got, plan)
			same(p.check, "status", got.Status, invoice.Open)
			p.issuedAs(p.read(p.customer, got.ID), plan)
			same(p.check, "hash of the key", p.read(p.customer, got.ID).IssueKey, provider.KeyHash("k"))
			same(p.check, "hash of the key in the list", p.list(p.customer, provider.AllInvoices)[0].IssueKey, provider.KeyHash("k"))
			same(p.check, "invoices", ids(p.list(p.customer, provider.AllInvoices)), []string{got.ID})
		}},
		{name: "credits and discounts stand on the invoice as negative lines", run: func(p *issuing) {
			lines := p.lines(2)
			lines[1].Kind, lines[1].Amount, lines[1].Unit = invoice.Discount, p.dollars("-0.37"), p.dollars("-0.37")
			plan := p.draftOf(lines...)
			got, err := p.issue(p.request("k", plan))
			p.ok(err, "issue")
			p.issuedAs(p.read(p.customer, got.ID), plan)
		}},
		{name: "250 lines are issued, each of them", run: func(p *issuing) {
			plan := p.draftOf(p.lines(invoice.MaxLines)...)
			got, err := p.issue(p.request("k", plan))
			p.ok(err, "issue")
			p.issuedAs(p.read(p.customer, got.ID), plan)
		}},
		{name: "an invoice that is sent is issued like one that is not", run: func(p *issuing) {
			plan := p.draft("100")
			r := p.request("k", plan)
			r.Send = true
			got, err := p.issue(r)
			p.ok(err, "issue and send")
			p.issuedAs(got, plan)
			p.count(1)
		}},
		{name: "two keys make two invoices with two numbers", run: func(p *issuing) {
			one, err := p.issue(p.request("k1", p.draft("100")))
			p.ok(err, "first invoice")
			other, err := p.issue(p.request("k2", p.draft("100")))
			p.ok(err, "second invoice")
			p.that(one.ID != other.ID && one.Number != other.Number, "got %s %s and %s %s", one.ID, one.Number, other.ID, other.Number)
			p.count(2)
		}},
		{name: "the plan that is given is not changed", run: func(p *issuing) {
			plan := p.draftOf(p.lines(3)...)
			r, kept := p.request("k", plan), p.request("k", p.draftOf(p.lines(3)...))
			_, err := p.issue(r)
			p.ok(err, "issue")
			same(p.check, "request", r, kept)
		}},
		{name: "a plan that is changed afterwards does not change the invoice", run: func(p *issuing) {
			r := p.request("k", p.draftOf(p.lines(3)...))
			got, err := p.issue(r)
			p.ok(err, "issue")
			r.Invoice.Lines[0].Description, r.Invoice.Lines[0].Amount = "changed", p.dollars("0")
			p.issuedAs(p.read(p.customer, got.ID), p.draftOf(p.lines(3)...))
		}},
	}
	for _, days := range []int{0, 14, 30, 90} {
		name := fmt.Sprintf("an invoice with terms of %d days is due so many days after its issue", days)
		cases = append(cases, testCase[*issuing]{name: name, run: func(p *issuing) {
			terms, err := invoice.Net(days)
			p.ok(err, "terms of the suite")
			plan := p.draft("100")
			plan.Terms = terms
			got, err := p.issue(p.request("k", plan))
			p.ok(err, "issue")
			p.issuedAs(p.read(p.customer, got.ID), plan)
		}})
	}
	return append(cases, testCase[*issuing]{name: "an invoice without terms is due after 30 days", run: func(p *issuing) {
		got, err := p.issue(p.request("k", p.draft("100")))
		p.ok(err, "issue")
		got = p.read(p.customer, got.ID)
		same(p.check, "due date", got.Due(), p.day(-30))
	}})
}

// issuedAs wants an invoice to be what was planned.
func (p *issuing) issuedAs(got, plan invoice.Invoice) {
	p.Helper()
	p.that(got.ID != "" && got.Number != "", "got no id or no number")
	same(p.check, "customer", got.CustomerID, p.customer)
	same(p.check, "currency", got.Currency, plan.Currency)
	same(p.check, "issue date", got.Issued, p.day(0))
	same(p.check, "due date", got.Due(), p.day(-plan.Terms.Days()))
	p.sameAmount("total", got.Total, plan.Total)
	p.sameAmount("subtotal", got.Subtotal, plan.Subtotal)
	p.sameLines(got.Lines, plan.Lines)
	p.ok(got.Verify(), "sums of the invoice")
}

func repeatedIssueCases() []testCase[*issuing] {
	again := func(p *issuing, r provider.IssueRequest, want string) {
		p.Helper()
		got, err := p.issue(r)
		p.ok(err, "the same request")
		same(p.check, "invoice", got.ID, want)
		p.count(1)
	}
	return []testCase[*issuing]{
		{name: "the same request gives the same invoice, every time", run: func(p *issuing) {
			r := p.request("k", p.draft("100"))
			got, err := p.issue(r)
			p.ok(err, "issue")
			for range 3 {
				again(p, r, got.ID)
			}
		}},
		{name: "64 attempts of one request at once make one invoice", run: func(p *issuing) {
			r := p.request("k", p.draftOf(p.lines(3)...))
			made := together(racers, func(int) string {
				for range 10 {
					got, err := p.issue(r)
					if err == nil {
						return got.ID
					}
					if !errors.Is(err, provider.ErrUnknown) && !errors.Is(err, provider.ErrUnavailable) && !errors.Is(err, provider.ErrRateLimited) {
						return err.Error()
					}
				}
				return "no invoice after 10 attempts"
			})
			p.count(1)
			id := only(p.check, "invoices", p.list(p.customer, provider.AllInvoices)).ID
			for i := range made {
				same(p.check, fmt.Sprintf("invoice of attempt %d", i), made[i], id)
			}
		}},
		{name: "64 plans under 64 keys at once make 64 invoices", run: func(p *issuing) {
			plan := p.draft("100")
			errs := together(racers, func(i int) error {
				_, err := p.issue(p.request(fmt.Sprintf("k%d", i), plan))
				return err
			})
			for _, err := range errs {
				p.ok(err, "issue")
			}
			p.count(racers)
		}},
		{name: "an invoice whose answer was lost is made once, when it is asked for again", seeds: []string{"LoseAnswer"}, run: func(p *issuing) {
			r := p.request("k", p.draft("100"))
			for range 3 {
				p.LoseAnswer("Issue")
				_, err := p.issue(r)
				p.refused(err, "Issue", "lost answer", provider.ErrUnknown)
			}
			got, err := p.issue(r)
			p.ok(err, "the same request")
			again(p, r, got.ID)
		}},
		{
			name: "the same request gives the same invoice when it was voided meanwhile", also: []provider.Capability{provider.CanVoid},
			run: func(p *issuing) {
				r := p.request("k", p.draft("100"))
				got, err := p.issue(r)
				p.ok(err, "issue")
				_, err = ability[provider.Voider](p.p).Void(p.Context(), p.customer, got.ID, "v")
				p.ok(err, "void")
				again(p, r, got.ID)
			},
		},
		{name: "the same key with another plan is a conflict, and the first invoice stays", run: conflictingPlans},
	}
}

func conflictingPlans(p *issuing) {
	plan := p.draftOf(p.lines(2)...)
	first, err := p.issue(p.request("k", plan))
	p.ok(err, "issue")
	terms, err := invoice.Net(14)
	p.ok(err, "terms of the suite")
	for name, change := range map[string]func(r *provider.IssueRequest){
		"another amount":       func(r *provider.IssueRequest) { r.Invoice = p.request("k", p.draft("99")).Invoice },
		"another text":         func(r *provider.IssueRequest) { r.Invoice.Lines[0].Description = "Another fee" },
		"another order":        func(r *provider.IssueRequest) { slices.Reverse(r.Invoice.Lines) },
		"other terms":          func(r *provider.IssueRequest) { r.Invoice.Terms = terms },
		"another customer":     func(r *provider.IssueRequest) { r.Customer = p.pay.customer() },
		"one line more":        func(r *provider.IssueRequest) { r.Invoice = p.request("k", p.draftOf(p.lines(3)...)).Invoice },
		"another line of zero": func(r *provider.IssueRequest) { r.Invoice.Lines = append(r.Invoice.Lines, p.zeroLine()) },
	} {
		r := p.request("k", p.draftOf(p.lines(2)...))
		change(&r)
		_, err := p.issue(r)
		p.refused(err, "Issue", "the same key with "+name, provider.ErrConflict)
		if r.Customer != p.customer {
			same(p.check, "invoices of the other customer", len(p.list(r.Customer, provider.AllInvoices)), 0)
		}
	}
	p.count(1)
	p.issuedAs(p.read(p.customer, first.ID), plan)
}

func (p *issuing) zeroLine() invoice.Line {
	return invoice.Line{
		Key: "fee/zero", Kind: invoice.Fee, Description: "Nothing", Quantity: one, Unit: p.dollars("0"), Amount: p.dollars("0"),
		Merged: 1,
	}
}

func badIssueCases() []testCase[*issuing] {
	var out []testCase[*issuing]
	for _, bad := range []struct {
		name   string
		change func(p *issuing, r *provider.IssueRequest)
	}{
		{"of 251 lines", func(p *issuing, r *provider.IssueRequest) {
			r.Invoice = p.request("k", p.draftOf(p.lines(invoice.MaxLines+1)...)).Invoice
		}},
		{"without lines", func(p *issuing, r *provider.IssueRequest) { r.Invoice = p.request("k", p.draftOf()).Invoice }},
		{"without a key", func(_ *issuing, r *provider.IssueRequest) { r.Key = "" }},
		{"whose total is not the sum of its lines", func(p *issuing, r *provider.IssueRequest) { r.Invoice.Total = p.dollars("99") }},
		{"whose subtotal is not the sum of its lines", func(p *issuing, r *provider.IssueRequest) { r.Invoice.Subtotal = p.dollars("99") }},
		{"without a total", func(_ *issuing, r *provider.IssueRequest) { r.Invoice.Total = money.Amount{} }},
		{"with a total below zero", func(p *issuing, r *provider.IssueRequest) { r.Invoice = p.request("k", p.draft("-1")).Invoice }},
		{"with parts of a cent", func(p *issuing, r *provider.IssueRequest) { r.Invoice = p.request("k", p.draft("1.005")).Invoice }},
		{"without a currency", func(_ *issuing, r *provider.IssueRequest) { r.Invoice.Currency = "" }},
		{"that is paid already", func(_ *issuing, r *provider.IssueRequest) { r.Invoice.Status = invoice.Paid }},
	} {
		out = append(out, testCase[*issuing]{name: "a plan " + bad.name + " is invalid and makes nothing", run: func(p *issuing) {
			r := p.request("k", p.draft("100"))
			bad.change(p, &r)
			_, err := p.issue(r)
			p.refused(err, "Issue", "a plan "+bad.name, provider.ErrInvalid)
			p.count(0)
		}})
	}
	return append(out,
		testCase[*issuing]{name: "a plan for an unknown customer is not found", run: func(p *issuing) {
			r := p.request("k", p.draft("100"))
			r.Customer = absent
			_, err := p.issue(r)
			p.refused(err, "Issue", "unknown customer", provider.ErrNotFound)
		}},
		testCase[*issuing]{name: "issuing stops with its context and makes nothing, and the key can be used afterwards", run: func(p *issuing) {
			r := p.request("k", p.draft("100"))
			p.stopped("Issue", func(ctx context.Context) error {
				_, err := p.issuer.Issue(ctx, r)
				return err
			})
			p.count(0)
			_, err := p.issue(r)
			p.ok(err, "issue")
			p.count(1)
		}},
	)
}

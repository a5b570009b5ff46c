package providertest

import (
	"context"
	"errors"
	"fmt"

	"github.com/billhatch/billhatch/invoice"
	"github.com/billhatch/billhatch/money"
	"github.com/billhatch/billhatch/provider"
)

func voidCases() group[*pay] {
	void := func(p *pay, customer, id, key string) (invoice.Invoice, error) {
		return ability[provider.Voider](p.p).Void(p.Context(), customer, id, key)
	}
	cases := hidden("Void", nil, func(p *pay, customer, id string) error {
		_, err := void(p, customer, id, "k")
		return err
	})
	for _, from := range []invoice.Status{invoice.Open, invoice.Uncollectible} {
		cases = append(cases, testCase[*pay]{name: fmt.Sprintf("an invoice that is %s can be voided", from), run: func(p *pay) {
			customer := p.customer()
			id := p.invoice(customer, from, 1)
			got, err := void(p, customer, id, "k")
			p.ok(err, "void")
			same(p.check, "invoice", got.ID, id)
			same(p.check, "customer", got.CustomerID, customer)
			same(p.check, "status in the answer", got.Status, invoice.Void)
			same(p.check, "status", p.read(customer, id).Status, invoice.Void)
			same(p.check, "number of open invoices", len(p.list(customer, provider.OpenInvoices)), 0)
			same(p.check, "number of invoices", len(p.list(customer, provider.AllInvoices)), 1)
		}})
	}
	return group[*pay]{name: "voiding", ability: provider.CanVoid, cases: append(cases, []testCase[*pay]{
		{name: "a paid invoice is a conflict and stays paid", run: func(p *pay) {
			customer := p.customer()
			id := p.invoice(customer, invoice.Paid, 1)
			_, err := void(p, customer, id, "k")
			p.refused(err, "Void", "paid invoice", provider.ErrConflict)
			same(p.check, "status", p.read(customer, id).Status, invoice.Paid)
		}},
		{name: "voiding again does nothing, with the same key and with another", run: func(p *pay) {
			customer := p.customer()
			id := p.invoice(customer, invoice.Open, 1)
			for _, key := range []string{"k1", "k1", "k2"} {
				got, err := void(p, customer, id, key)
				p.ok(err, "void with "+key)
				same(p.check, "status", got.Status, invoice.Void)
			}
		}},
		{name: "64 attempts at once void one invoice, and none of them fails", run: func(p *pay) {
			customer := p.customer()
			id := p.invoice(customer, invoice.Open, 1)
			voider := ability[provider.Voider](p.p)
			for _, err := range together(racers, func(int) error {
				_, err := voider.Void(p.Context(), customer, id, "k")
				return err
			}) {
				p.ok(err, "void")
			}
			same(p.check, "status", p.read(customer, id).Status, invoice.Void)
		}},
		{name: "other invoices stay", run: func(p *pay) {
			customer := p.customer()
			other := p.invoice(customer, invoice.Open, 2)
			_, err := void(p, customer, p.invoice(customer, invoice.Open, 1), "k")
			p.ok(err, "void")
			same(p.check, "status of the other", p.read(customer, other).Status, invoice.Open)
		}},
		{name: "an invoice whose answer was lost is void, and asking again is no error", seeds: []string{"LoseAnswer"}, run: func(p *pay) {
			customer := p.customer()
			id := p.invoice(customer, invoice.Open, 1)
			p.LoseAnswer("Void")
			_, err := void(p, customer, id, "k")
			p.refused(err, "Void", "lost answer", provider.ErrUnknown)
			got, err := void(p, customer, id, "k")
			p.ok(err, "the same request")
			same(p.check, "status", got.Status, invoice.Void)
		}},
		{name: "voiding stops with its context and changes nothing", run: func(p *pay) {
			customer := p.customer()
			id := p.invoice(customer, invoice.Open, 1)
			p.stopped("Void", func(ctx context.Context) error {
				_, err := ability[provider.Voider](p.p).Void(ctx, customer, id, "k")
				return err
			})
			same(p.check, "status", p.read(customer, id).Status, invoice.Open)
		}},
	}...)}
}

// crediting is an invoice of 100.00 that is credited.
type crediting struct {
	*pay
	crediter     provider.Crediter
	customer, id string
}

func (p *crediting) credit(amount money.Amount, key string) (provider.CreditNote, error) {
	return p.crediter.Credit(p.Context(), provider.CreditRequest{
		Customer: p.customer, Invoice: p.id, Amount: amount, Reason: "a mistake", Key: key,
	})
}

// left wants so much, and no cent more, to be left of the invoice.
func (p *crediting) left(amount string) {
	p.Helper()
	more, err := p.dollars(amount).Add(p.dollars("0.01"))
	p.ok(err, "sum of the suite")
	_, err = p.credit(more, "more than is left")
	p.refused(err, "Credit", "a cent more than what is left", provider.ErrInvalid)
	if amount == "0" {
		return
	}
	_, err = p.credit(p.dollars(amount), "all that is left")
	p.ok(err, "crediting what is left")
}

func creditCases() group[*pay] {
	with := func(status invoice.Status, run func(p *crediting)) func(*pay) {
		return func(p *pay) {
			customer := p.customer()
			run(&crediting{p, ability[provider.Crediter](p.p), customer, p.invoice(customer, status, 1)})
		}
	}
	cases := hidden("Credit", nil, func(p *pay, customer, id string) error {
		_, err := (&crediting{p, ability[provider.Crediter](p.p), customer, id}).credit(p.dollars("1"), "k")
		return err
	})
	for _, status := range []invoice.Status{invoice.Open, invoice.Paid} {
		cases = append(cases,
			testCase[*pay]{name: fmt.Sprintf("a part of an invoice that is %s is credited, and the rest is left", status), run: with(status, func(p *crediting) {
				note, err := p.credit(p.dollars("40.25"), "k")
				p.ok(err, "credit")
				p.that(note.ID != "", "got a credit note without an id")
				same(p.check, "invoice of the note", note.Invoice, p.id)
				p.sameAmount("amount of the note", note.Amount, p.dollars("40.25"))
				p.sameAmount("what is credited of the invoice", p.read(p.customer, p.id).Credited, p.dollars("40.25"))
				p.left("59.75")
				p.left("0")
			})},
			testCase[*pay]{name: fmt.Sprintf("more than all of an invoice that is %s is invalid", status), run: with(status, func(p *crediting) {
				_, err := p.credit(p.dollars("100.01"), "k")
				p.refused(err, "Credit", "more than all", provider.ErrInvalid)
				p.left("100")
			})},
		)
	}
	for _, status := range []invoice.Status{invoice.Void, invoice.Uncollectible} {
		cases = append(cases, testCase[*pay]{name: fmt.Sprintf("an invoice that is %s cannot be credited", status), run: with(status, func(p *crediting) {
			_, err := p.credit(p.dollars("1"), "k")
			p.refused(err, "Credit", "invoice that is "+status.String(), provider.ErrInvalid)
		})})
	}
	for _, bad := range []struct{ name, value, currency string }{
		{"of zero", "0", "USD"}, {"below zero", "-1", "USD"}, {"with parts of a cent", "0.005", "USD"}, {"in another currency", "1", "EUR"},
	} {
		cases = append(cases, testCase[*pay]{name: "an amount " + bad.name + " is invalid", run: with(invoice.Open, func(p *crediting) {
			amount, err := money.Parse(bad.value, bad.currency)
			p.ok(err, "amount of the suite")
			_, err = p.credit(amount, "k")
			p.refused(err, "Credit", "an amount "+bad.name, provider.ErrInvalid)
			p.left("100")
		})})
	}
	cases = append(cases, testCase[*pay]{name: "no amount is invalid", run: with(invoice.Open, func(p *crediting) {
		_, err := p.credit(money.Amount{}, "k")
		p.refused(err, "Credit", "no amount", provider.ErrInvalid)
		p.left("100")
	})})
	return group[*pay]{name: "crediting", ability: provider.CanCredit, cases: append(cases, repeatedCreditCases(with)...)}
}

func repeatedCreditCases(with func(invoice.Status, func(*crediting)) func(*pay)) []testCase[*pay] {
	return []testCase[*pay]{
		{name: "the same request credits once and gives the same note", run: with(invoice.Open, func(p *crediting) {
			first, err := p.credit(p.dollars("30"), "k")
			p.ok(err, "credit")
			for range 3 {
				again, err := p.credit(p.dollars("30"), "k")
				p.ok(err, "the same request")
				same(p.check, "credit note", again.ID, first.ID)
			}
			p.left("70")
		})},
		{name: "the same key with another amount is a conflict", run: with(invoice.Open, func(p *crediting) {
			_, err := p.credit(p.dollars("30"), "k")
			p.ok(err, "credit")
			_, err = p.credit(p.dollars("31"), "k")
			p.refused(err, "Credit", "the same key with another amount", provider.ErrConflict)
			p.left("70")
		})},
		{name: "64 attempts of one request at once credit once", run: with(invoice.Open, func(p *crediting) {
			for _, err := range together(racers, func(int) error {
				_, err := p.credit(p.dollars("30"), "k")
				return err
			}) {
				p.ok(err, "credit")
			}
			p.left("70")
		})},
		{name: "64 credits of a tenth at once credit all of the invoice and no more", run: with(invoice.Open, func(p *crediting) {
			errs := together(racers, func(i int) error {
				_, err := p.credit(p.dollars("10"), fmt.Sprintf("k%d", i))
				return err
			})
			made := 0
			for _, err := range errs {
				if err == nil {
					made++
				} else if !errors.Is(err, provider.ErrInvalid) {
					p.refused(err, "Credit", "a credit beyond the invoice", provider.ErrInvalid, provider.ErrConflict)
				}
			}
			same(p.check, "number of credits", made, 10)
		})},
		{name: "a credit whose answer was lost is made once, when it is asked for again", seeds: []string{"LoseAnswer"}, run: with(invoice.Open, func(p *crediting) {
			p.LoseAnswer("Credit")
			_, err := p.credit(p.dollars("30"), "k")
			p.refused(err, "Credit", "lost answer", provider.ErrUnknown)
			_, err = p.credit(p.dollars("30"), "k")
			p.ok(err, "the same request")
			p.left("70")
		})},
		{name: "crediting stops with its context and changes nothing", run: with(invoice.Open, func(p *crediting) {
			p.stopped("Credit", func(ctx context.Context) error {
				_, err := p.crediter.Credit(ctx, provider.CreditRequest{
					Customer: p.customer, Invoice: p.id, Amount: p.dollars("30"), Reason: "a mistake", Key: "k",
				})
				return err
			})
			p.left("100")
		})},
	}
}

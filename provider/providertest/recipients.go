package providertest

import (
	"context"
	"slices"
	"strings"

	"github.com/billhatch/billhatch/provider"
)

func (p *pay) recipients(customer string) (provider.Recipients, error) {
	return ability[provider.RecipientLister](p.p).Recipients(p.Context(), customer)
}

func addresses(list []provider.Recipient) []string {
	out := make([]string, len(list))
	for i := range list {
		out[i] = list[i].Email.Reveal()
	}
	slices.Sort(out)
	return out
}

func recipientCases() group[*pay] {
	set := []string{"SetRecipients"}
	both := func(p *pay, customer string) (invoices, changes []string) {
		invoices = []string{p.email("ada").Reveal(), p.email("bob").Reveal()}
		changes = []string{p.email("bob").Reveal(), p.email("cyd").Reveal(), p.email("dot").Reveal()}
		p.SetRecipients(customer, invoices, changes)
		return invoices, changes
	}
	return group[*pay]{name: "recipients", ability: provider.CanListRecipients, cases: []testCase[*pay]{
		{name: "both groups hold their own addresses", seeds: set, run: func(p *pay) {
			customer := p.customer()
			invoices, changes := both(p, customer)
			got, err := p.recipients(customer)
			p.ok(err, "recipients")
			same(p.check, "addresses for invoices", addresses(got.Invoices), invoices)
			same(p.check, "addresses for changes", addresses(got.Changes), changes)
		}},
		{name: "every recipient has an id that is stable, unique in its group and no address", seeds: set, run: func(p *pay) {
			customer := p.customer()
			both(p, customer)
			first, err := p.recipients(customer)
			p.ok(err, "recipients")
			again, err := p.recipients(customer)
			p.ok(err, "recipients again")
			same(p.check, "recipients", again, first)
			for _, list := range [][]provider.Recipient{first.Invoices, first.Changes} {
				seen := map[string]bool{}
				for _, r := range list {
					p.that(r.ID != "" && !seen[r.ID], "the id %q is empty or stands twice", r.ID)
					p.that(!strings.Contains(r.ID, canary) && !strings.Contains(r.ID, "@"), "the id %q shows the address", r.ID)
					seen[r.ID] = true
				}
			}
		}},
		{name: "a recipient keeps its id when others come and go", seeds: set, run: func(p *pay) {
			customer := p.customer()
			p.SetRecipients(customer, []string{p.email("ada").Reveal(), p.email("bob").Reveal()}, nil)
			before, err := p.recipients(customer)
			p.ok(err, "recipients")
			p.SetRecipients(customer, []string{p.email("zoe").Reveal(), p.email("bob").Reveal()}, nil)
			after, err := p.recipients(customer)
			p.ok(err, "recipients afterwards")
			id := func(list []provider.Recipient) string {
				i := slices.IndexFunc(list, func(r provider.Recipient) bool { return r.Email.Equal(p.email("bob")) })
				p.that(i >= 0, "the recipient is gone")
				return list[i].ID
			}
			same(p.check, "id", id(after.Invoices), id(before.Invoices))
		}},
		{name: "nobody receives mail when nobody was set", seeds: set, run: func(p *pay) {
			customer := p.customer()
			p.SetRecipients(customer, nil, nil)
			got, err := p.recipients(customer)
			p.ok(err, "recipients")
			same(p.check, "number of recipients", len(got.Invoices)+len(got.Changes), 0)
		}},
		{name: "recipients that are not there yet are synchronising, which is not the same as none", seeds: []string{"SetRecipients", "SetSyncing"}, run: func(p *pay) {
			customer := p.customer()
			invoices, _ := both(p, customer)
			p.SetSyncing(customer, true)
			got, err := p.recipients(customer)
			p.refused(err, "Recipients", "synchronising", provider.ErrSyncing)
			same(p.check, "number of recipients", len(got.Invoices)+len(got.Changes), 0)
			p.SetSyncing(customer, false)
			got, err = p.recipients(customer)
			p.ok(err, "recipients afterwards")
			same(p.check, "addresses for invoices", addresses(got.Invoices), invoices)
		}},
		{name: "each customer has its own recipients", seeds: set, run: func(p *pay) {
			one, other := p.customer(), p.customer()
			p.SetRecipients(one, []string{p.email("ada").Reveal()}, nil)
			p.SetRecipients(other, []string{p.email("bob").Reveal()}, nil)
			got, err := p.recipients(one)
			p.ok(err, "recipients")
			same(p.check, "addresses", addresses(got.Invoices), []string{p.email("ada").Reveal()})
		}},
		{name: "the lists may be changed by the caller", seeds: set, run: func(p *pay) {
			customer := p.customer()
			both(p, customer)
			got, err := p.recipients(customer)
			p.ok(err, "recipients")
			want := slices.Concat(got.Invoices, got.Changes)
			for _, list := range [][]provider.Recipient{got.Invoices, got.Changes} {
				for i := range list {
					list[i] = provider.Recipient{ID: "changed"}
				}
			}
			again, err := p.recipients(customer)
			p.ok(err, "recipients again")
			same(p.check, "recipients after a change", slices.Concat(again.Invoices, again.Changes), want)
		}},
		{name: "an unknown customer is not found", run: func(p *pay) {
			_, err := p.recipients(absent)
			p.refused(err, "Recipients", "unknown customer", provider.ErrNotFound)
		}},
		{name: "reading recipients stops with its context", run: func(p *pay) {
			customer := p.customer()
			p.stopped("Recipients", func(ctx context.Context) error {
				_, err := ability[provider.RecipientLister](p.p).Recipients(ctx, customer)
				return err
			})
		}},
	}}
}

func methodCases() group[*pay] {
	methods := func(p *pay, customer string) []provider.PaymentMethod {
		p.Helper()
		got, err := ability[provider.PaymentMethodLister](p.p).PaymentMethods(p.Context(), customer)
		p.ok(err, "payment methods")
		return got
	}
	card := provider.PaymentMethod{ID: "pm_card", Kind: "card", Brand: "visa", Last4: "4242", Expires: "2031-03", Default: true}
	debit := provider.PaymentMethod{ID: "pm_debit", Kind: "sepa_debit", Last4: "3000"}
	set := []string{"SetMethods"}
	return group[*pay]{name: "payment methods", ability: provider.CanListMethods, cases: []testCase[*pay]{
		{name: "ways to pay are listed with what may be shown of them", seeds: set, run: func(p *pay) {
			customer := p.customer()
			p.SetMethods(customer, card, debit)
			got := methods(p, customer)
			same(p.check, "number of ways", len(got), 2)
			for i, want := range []provider.PaymentMethod{card, debit} {
				p.that(got[i].ID != "", "way %d has no id", i)
				got[i].ID, want.ID = "", ""
				same(p.check, "way to pay", got[i], want)
			}
		}},
		{name: "no way to pay is an empty list", run: func(p *pay) {
			same(p.check, "number of ways", len(methods(p, p.customer())), 0)
		}},
		{name: "each customer has its own ways to pay", seeds: set, run: func(p *pay) {
			one, other := p.customer(), p.customer()
			p.SetMethods(one, card)
			same(p.check, "number of ways of the other", len(methods(p, other)), 0)
		}},
		{name: "the list may be changed by the caller", seeds: set, run: func(p *pay) {
			customer := p.customer()
			p.SetMethods(customer, card)
			only(p.check, "ways to pay", methods(p, customer)).Last4 = "0000"
			same(p.check, "last four after a change", only(p.check, "ways to pay", methods(p, customer)).Last4, "4242")
		}},
		{name: "an unknown customer is not found", run: func(p *pay) {
			_, err := ability[provider.PaymentMethodLister](p.p).PaymentMethods(p.Context(), absent)
			p.refused(err, "PaymentMethods", "unknown customer", provider.ErrNotFound)
		}},
		{name: "reading ways to pay stops with its context", run: func(p *pay) {
			customer := p.customer()
			p.stopped("PaymentMethods", func(ctx context.Context) error {
				_, err := ability[provider.PaymentMethodLister](p.p).PaymentMethods(ctx, customer)
				return err
			})
		}},
	}}
}

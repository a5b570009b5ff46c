package providertest

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/billhatch/billhatch/provider"
)

// mail is a customer whose address is changed.
type mail struct {
	*pay
	updater  provider.EmailUpdater
	customer string
	first    provider.Email
}

func updateEmailCases() group[*pay] {
	with := func(run func(m *mail)) func(*pay) {
		return func(p *pay) {
			first := p.email("first")
			run(&mail{p, ability[provider.EmailUpdater](p.p), p.customerWith(first), first})
		}
	}
	return group[*pay]{name: "changing the billing email", ability: provider.CanUpdateEmail, cases: []testCase[*pay]{
		{name: "the address changes when it is still the one that was seen", run: with(func(m *mail) {
			next := m.email("next")
			got, err := m.change(m.first, next, "k")
			m.ok(err, "change")
			same(m.check, "customer in the answer", got.ID, m.customer)
			same(m.check, "address in the answer", got.Email.Reveal(), next.Reveal())
			m.is(next)
		})},
		{name: "a change of an address that was not seen is a conflict and changes nothing", run: with(func(m *mail) {
			_, err := m.change(m.email("stale"), m.email("next"), "k")
			m.refused(err, "UpdateEmail", "stale address", provider.ErrConflict)
			m.is(m.first)
		})},
		{name: "nobody has seen an address where there is none", run: with(func(m *mail) {
			m.customer = m.customerWith(provider.Email{})
			_, err := m.change(m.first, m.email("next"), "k1")
			m.refused(err, "UpdateEmail", "an address where there is none", provider.ErrConflict)
			_, err = m.change(provider.Email{}, m.email("next"), "k2")
			m.ok(err, "first address")
			m.is(m.email("next"))
		})},
		{name: "seeing none where there is one is a conflict", run: with(func(m *mail) {
			_, err := m.change(provider.Email{}, m.email("next"), "k")
			m.refused(err, "UpdateEmail", "no address", provider.ErrConflict)
			m.is(m.first)
		})},
		{name: "changing to the same address does nothing", run: with(func(m *mail) {
			_, err := m.change(m.first, m.first, "k")
			m.ok(err, "same address")
			m.is(m.first)
		})},
		{name: "no new address is invalid", run: with(func(m *mail) {
			_, err := m.change(m.first, provider.Email{}, "k")
			m.refused(err, "UpdateEmail", "no new address", provider.ErrInvalid)
			m.is(m.first)
		})},
		{name: "an unknown customer is not found", run: with(func(m *mail) {
			m.customer = absent
			_, err := m.change(m.first, m.email("next"), "k")
			m.refused(err, "UpdateEmail", "unknown customer", provider.ErrNotFound)
		})},
		{name: "the same request again changes nothing and is no error", run: with(func(m *mail) {
			for range 3 {
				_, err := m.change(m.first, m.email("next"), "k")
				m.ok(err, "change")
				m.is(m.email("next"))
			}
		})},
		{name: "a request that was overtaken does not change the address a second time", run: with(func(m *mail) {
			_, err := m.change(m.first, m.email("next"), "k1")
			m.ok(err, "change")
			_, err = m.change(m.email("next"), m.email("last"), "k2")
			m.ok(err, "second change")
			if _, err = m.change(m.first, m.email("next"), "k1"); err != nil {
				m.refused(err, "UpdateEmail", "overtaken request", provider.ErrConflict)
			}
			m.is(m.email("last"))
		})},
		{name: "the same key changes once even when the address is back", run: with(func(m *mail) {
			_, err := m.change(m.first, m.email("next"), "k1")
			m.ok(err, "change")
			_, err = m.change(m.email("next"), m.first, "k2")
			m.ok(err, "change back")
			if _, err = m.change(m.first, m.email("next"), "k1"); err != nil {
				m.refused(err, "UpdateEmail", "request with a used key", provider.ErrConflict)
			}
			m.is(m.first)
		})},
		{name: "another customer's address stays", run: with(func(m *mail) {
			other := m.pay.customer()
			before := m.current(other).Email
			_, err := m.change(m.first, m.email("next"), "k")
			m.ok(err, "change")
			same(m.check, "address of the other", m.current(other).Email.Reveal(), before.Reveal())
		})},
		{name: "of 64 writers that saw the same address one wins, in every round", run: with(emailRace)},
		{name: "64 attempts of one request change once and none of them fails", run: with(func(m *mail) {
			errs := together(racers, func(int) error {
				_, err := m.change(m.first, m.email("next"), "k")
				return err
			})
			for _, err := range errs {
				m.ok(err, "attempt")
			}
			m.is(m.email("next"))
		})},
		{name: "a change whose answer was lost is there, and asking again is no error", seeds: []string{"LoseAnswer"}, run: with(func(m *mail) {
			m.LoseAnswer("UpdateEmail")
			_, err := m.change(m.first, m.email("next"), "k")
			m.refused(err, "UpdateEmail", "lost answer", provider.ErrUnknown)
			got, err := m.change(m.first, m.email("next"), "k")
			m.ok(err, "the same request")
			same(m.check, "address in the answer", got.Email.Reveal(), m.email("next").Reveal())
			m.is(m.email("next"))
		})},
		{name: "a change stops with its context and changes nothing", run: with(func(m *mail) {
			m.stopped("UpdateEmail", func(ctx context.Context) error {
				_, err := m.updater.UpdateEmail(ctx, provider.EmailChange{
					Customer: m.customer, Expected: m.first, New: m.email("next"), Key: "k",
				})
				return err
			})
			m.is(m.first)
		})},
	}}
}

func (m *mail) change(expected, next provider.Email, key string) (provider.Customer, error) {
	return m.updater.UpdateEmail(m.Context(), provider.EmailChange{Customer: m.customer, Expected: expected, New: next, Key: key})
}

// is wants an address to be the current one.
func (m *mail) is(want provider.Email) {
	m.Helper()
	if got := m.current(m.customer).Email; got.Reveal() != want.Reveal() {
		m.fatalf("address now: got %s, want %s", got.Reveal(), want.Reveal())
	}
}

func emailRace(m *mail) {
	seen := m.first
	for round := range 3 {
		next := make([]provider.Email, racers)
		for i := range next {
			next[i] = m.email(fmt.Sprintf("round-%d-writer-%d", round, i))
		}
		errs := together(racers, func(i int) error {
			_, err := m.change(seen, next[i], fmt.Sprintf("round-%d-%d", round, i))
			return err
		})
		count, last := m.winners("UpdateEmail", errs, provider.ErrConflict)
		same(m.check, fmt.Sprintf("winners of round %d", round), count, 1)
		seen = next[last]
		m.is(seen)
	}
}

func findEmailCases() group[*pay] {
	with := func(run func(p *pay, find func(email provider.Email, limit int) []string)) func(*pay) {
		return func(p *pay) {
			finder := ability[provider.EmailFinder](p.p)
			run(p, func(email provider.Email, limit int) []string {
				p.Helper()
				got, err := finder.CustomersByEmail(p.Context(), email, limit)
				p.ok(err, "customers by address")
				slices.Sort(got)
				return got
			})
		}
	}
	cases := []testCase[*pay]{
		{name: "a customer is found by its address alone", run: with(func(p *pay, find func(provider.Email, int) []string) {
			id := p.customerWith(p.email("shared"))
			p.customerWith(p.email("other"))
			p.customerWith(provider.Email{})
			same(p.check, "customers", find(p.email("shared"), 10), []string{id})
		})},
		{name: "every customer that shares an address is found, in any case of letters", run: with(func(p *pay, find func(provider.Email, int) []string) {
			upper, err := provider.NewEmail(strings.ToUpper(p.email("shared").Reveal()))
			p.ok(err, "address of the suite")
			want := []string{p.customerWith(p.email("shared")), p.customerWith(upper), p.customerWith(p.email("shared"))}
			slices.Sort(want)
			same(p.check, "customers", find(p.email("shared"), 10), want)
			same(p.check, "customers by the address in capitals", find(upper, 10), want)
		})},
		{name: "not more are given than were asked for", run: with(func(p *pay, find func(provider.Email, int) []string) {
			for range 5 {
				p.customerWith(p.email("shared"))
			}
			same(p.check, "number of customers", len(find(p.email("shared"), 3)), 3)
			same(p.check, "number of customers", len(find(p.email("shared"), provider.MaxPage)), 5)
		})},
		{name: "nobody has an address that nobody has", run: with(func(p *pay, find func(provider.Email, int) []string) {
			p.customer()
			same(p.check, "number of customers", len(find(p.email("nobody"), 10)), 0)
		})},
		{name: "a part of an address, or a pattern, finds nobody", run: with(func(p *pay, find func(provider.Email, int) []string) {
			p.customerWith(p.email("shared"))
			for _, near := range []string{"share", "s_ared", "shared%", "shared'", "shared+x"} {
				same(p.check, "customers by "+near, len(find(p.email(near), 10)), 0)
			}
		})},
		{
			name: "a customer is found by its new address and not by its old one", also: []provider.Capability{provider.CanUpdateEmail},
			run: with(func(p *pay, find func(provider.Email, int) []string) {
				id := p.customerWith(p.email("old"))
				_, err := ability[provider.EmailUpdater](p.p).UpdateEmail(p.Context(), provider.EmailChange{
					Customer: id, Expected: p.email("old"), New: p.email("new"), Key: "k",
				})
				p.ok(err, "change")
				same(p.check, "customers by the new address", find(p.email("new"), 10), []string{id})
				same(p.check, "customers by the old address", len(find(p.email("old"), 10)), 0)
			}),
		},
		{name: "a deleted customer is not found", seeds: []string{"DeleteCustomer"}, run: with(func(p *pay, find func(provider.Email, int) []string) {
			p.DeleteCustomer(p.customerWith(p.email("shared")))
			id := p.customerWith(p.email("shared"))
			same(p.check, "customers", find(p.email("shared"), 10), []string{id})
		})},
		{name: "no address is invalid", run: func(p *pay) {
			_, err := ability[provider.EmailFinder](p.p).CustomersByEmail(p.Context(), provider.Email{}, 10)
			p.refused(err, "CustomersByEmail", "no address", provider.ErrInvalid)
		}},
		{name: "finding stops with its context", run: func(p *pay) {
			p.stopped("CustomersByEmail", func(ctx context.Context) error {
				_, err := ability[provider.EmailFinder](p.p).CustomersByEmail(ctx, p.email("shared"), 10)
				return err
			})
		}},
	}
	for _, limit := range []int{0, -1, provider.MaxPage + 1} {
		cases = append(cases, testCase[*pay]{name: fmt.Sprintf("a limit of %d is invalid", limit), run: func(p *pay) {
			_, err := ability[provider.EmailFinder](p.p).CustomersByEmail(p.Context(), p.email("shared"), limit)
			p.refused(err, "CustomersByEmail", "limit", provider.ErrInvalid)
		}})
	}
	return group[*pay]{name: "finding customers by email", ability: provider.CanFindEmail, cases: cases}
}

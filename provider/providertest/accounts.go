package providertest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/billhatch/billhatch/invoice"
	"github.com/billhatch/billhatch/provider"
)

// reads wants an account to be there.
func (r *rec) reads(id string) provider.Account {
	r.Helper()
	got, err := r.r.Account(r.Context(), id)
	r.ok(err, fmt.Sprintf("account %s", id))
	return got
}

// sameAccount compares accounts; zones are the same when they have the same name.
func (r *rec) sameAccount(what string, got, want provider.Account) {
	r.Helper()
	r.that(got.Zone != nil, "%s has no zone", what)
	same(r.check, what+": zone", got.Zone.String(), want.Zone.String())
	same(r.check, what+": terms", got.Terms.Days(), want.Terms.Days())
	got.Zone, want.Zone, got.Terms, want.Terms = nil, nil, invoice.Terms{}, invoice.Terms{}
	same(r.check, what, got, want)
}

func accountCases() group[*rec] {
	cases := []testCase[*rec]{
		{name: "the name is short and always the same", run: func(r *rec) {
			name := r.r.Name()
			r.that(name != "" && len(name) <= 20 && name == strings.ToLower(name), "got the name %q", name)
			same(r.check, "name", r.r.Name(), name)
		}},
		{name: "an account is read with everything that it was made with", run: func(r *rec) {
			zone, err := time.LoadLocation("Australia/Sydney")
			r.ok(err, "zone of the suite")
			terms, err := invoice.Net(14)
			r.ok(err, "terms of the suite")
			want := provider.Account{
				Name: "Ada & Söhne", Customer: "cus_suite_ada", Currency: "AUD", Zone: zone, Terms: terms, Direct: true,
				SettingsURL: "https://host.example.com/settings/" + canary,
			}
			want.ID = r.AddAccount(want).ID
			r.sameAccount("account", r.reads(want.ID), want)
		}},
		{name: "terms of no days stay terms of no days", run: func(r *rec) {
			terms, err := invoice.Net(0)
			r.ok(err, "terms of the suite")
			id := r.AddAccount(provider.Account{Name: "A", Customer: "cus_suite_a", Currency: "USD", Zone: time.UTC, Terms: terms}).ID
			same(r.check, "days", r.reads(id).Terms.Days(), 0)
		}},
		{name: "an account without other terms has 30 days", run: func(r *rec) {
			same(r.check, "days", r.reads(r.account()).Terms.Days(), 30)
		}},
		{name: "each account is itself", run: func(r *rec) {
			one, other := r.named("Same name"), r.named("Same name")
			same(r.check, "id", r.reads(one).ID, one)
			same(r.check, "id of the other", r.reads(other).ID, other)
			r.that(r.reads(one).Customer != r.reads(other).Customer, "both accounts have the same customer")
		}},
		{name: "an account that has changed is read anew", seeds: []string{"SetAccount"}, run: func(r *rec) {
			a := r.reads(r.account())
			a.Name, a.Direct = "New name", true
			r.SetAccount(a)
			r.sameAccount("account", r.reads(a.ID), a)
		}},
		{name: "an account whose billing is not set up has no customer", seeds: []string{"SetAccount"}, run: func(r *rec) {
			a := r.reads(r.account())
			a.Customer = ""
			r.SetAccount(a)
			same(r.check, "customer", r.reads(a.ID).Customer, "")
		}},
		{name: "an unknown account is not found", run: func(r *rec) {
			_, err := r.r.Account(r.Context(), absent)
			r.refused(err, "Account", "unknown account", provider.ErrNotFound)
		}},
		{name: "reading an account stops with its context", run: func(r *rec) {
			id := r.account()
			r.stopped("Account", func(ctx context.Context) error {
				_, err := r.r.Account(ctx, id)
				return err
			})
		}},
		{name: "many may read accounts at once", run: func(r *rec) {
			all := []string{r.account(), r.account(), r.account()}
			got := together(racers, func(i int) string {
				a, err := r.r.Account(r.Context(), all[i%3])
				if err != nil {
					return err.Error()
				}
				return a.ID
			})
			for i := range got {
				same(r.check, "id", got[i], all[i%3])
			}
		}},
	}
	for _, odd := range oddIDs() {
		cases = append(cases, testCase[*rec]{name: "an id " + odd.name + " is of no account", run: func(r *rec) {
			_, err := r.r.Account(r.Context(), odd.of(r.account()))
			r.refused(err, "Account", "account", provider.ErrNotFound)
		}})
	}
	return group[*rec]{name: "accounts", cases: cases}
}

// assigned wants an answer about an assignment.
func (r *rec) assigned(partner, account string, want bool) {
	r.Helper()
	got, err := r.r.Assigned(r.Context(), partner, account)
	r.ok(err, fmt.Sprintf("assignment of %q to %.40q", account, partner))
	if got != want {
		r.fatalf("assignment of %q to %.40q: got %t, want %t", account, partner, got, want)
	}
}

func partnerCases() group[*rec] {
	cases := []testCase[*rec]{
		{name: "an account is assigned to the partner to which it was assigned, and to no other", run: func(r *rec) {
			id := r.account()
			r.Assign("partner-1", id)
			r.assigned("partner-1", id, true)
			r.assigned("partner-2", id, false)
		}},
		{name: "an account that was never assigned is not", run: func(r *rec) {
			r.Assign("partner-1", r.account())
			r.assigned("partner-1", r.account(), false)
		}},
		{name: "an account may be assigned to two partners", run: func(r *rec) {
			id := r.account()
			r.Assign("partner-1", id)
			r.Assign("partner-2", id)
			r.Revoke("partner-1", id)
			r.assigned("partner-1", id, false)
			r.assigned("partner-2", id, true)
		}},
		{name: "an assignment that is revoked is gone with the next call, and one that is made is there", run: func(r *rec) {
			id := r.account()
			for range 3 {
				r.Assign("partner-1", id)
				r.assigned("partner-1", id, true)
				r.Revoke("partner-1", id)
				r.assigned("partner-1", id, false)
			}
		}},
		{name: "an assignment that is revoked leaves the others", run: func(r *rec) {
			one, other := r.account(), r.account()
			r.Assign("partner-1", one, other)
			r.Revoke("partner-1", one)
			r.assigned("partner-1", one, false)
			r.assigned("partner-1", other, true)
		}},
		{name: "many who ask at once all see that an assignment is revoked", run: func(r *rec) {
			id := r.account()
			for _, want := range []bool{true, false} {
				if want {
					r.Assign("partner-1", id)
				} else {
					r.Revoke("partner-1", id)
				}
				for _, got := range together(racers, func(int) bool {
					got, err := r.r.Assigned(r.Context(), "partner-1", id)
					return err == nil && got
				}) {
					same(r.check, "assigned", got, want)
				}
			}
		}},
		{name: "asking for an unknown account is no error, it is not assigned", run: func(r *rec) {
			r.Assign("partner-1", r.account())
			r.assigned("partner-1", absent, false)
			r.assigned("partner-1", "", false)
		}},
		{name: "asking stops with its context, and does not say that it is assigned", run: func(r *rec) {
			id := r.account()
			r.Assign("partner-1", id)
			r.assigned("partner-1", id, true)
			r.stopped("Assigned", func(ctx context.Context) error {
				got, err := r.r.Assigned(ctx, "partner-1", id)
				if got {
					return nil
				}
				return err
			})
		}},
	}
	for _, odd := range oddIDs() {
		cases = append(cases, testCase[*rec]{name: "a partner " + odd.name + " has nothing assigned", run: func(r *rec) {
			id := r.account()
			r.Assign("partner-1", id)
			r.assigned(odd.of("partner-1"), id, false)
		}})
	}
	return group[*rec]{name: "partners", cases: cases}
}

// clients reads pages of the clients of a partner.
func (r *rec) clients(partner string) pager {
	return func(ctx context.Context, limit int, cursor string) ([]string, string, error) {
		page, err := r.r.Clients(ctx, provider.ClientQuery{Partner: partner, Limit: limit, Cursor: cursor})
		var out []string
		for i := range page.Accounts {
			out = append(out, page.Accounts[i].ID)
		}
		return out, page.Next, err
	}
}

func (r *rec) allClients(partner string) []provider.Account {
	r.Helper()
	page, err := r.r.Clients(r.Context(), provider.ClientQuery{Partner: partner, Limit: provider.MaxPage})
	r.ok(err, "clients")
	return page.Accounts
}

func clientCases() group[*rec] {
	cases := pagingCases(func(r *rec) *paged {
		names := map[string]string{}
		add := func(partner string) func(n int) []string {
			return func(n int) []string {
				var out []string
				for range n {
					name := []string{"Kilo", "Alpha", "Zulu", "Mike", "Bravo"}[len(names)%5]
					id := r.named(name)
					names[id] = name + "\x00" + id
					r.Assign(partner, id)
					out = append(out, id)
				}
				return out
			}
		}
		add("partner-2")(3)
		return &paged{
			check: r.check, op: "Clients", add: add("partner-1"), page: r.clients("partner-1"),
			sorted: func(ids []string) {
				slices.SortFunc(ids, func(a, b string) int { return strings.Compare(names[a], names[b]) })
			},
			foreign: map[string]pager{"another partner": r.clients("partner-2")},
		}
	}, "another partner")
	return group[*rec]{name: "clients of a partner", cases: append(cases, []testCase[*rec]{
		{name: "a client stands on the page with everything that it has", run: func(r *rec) {
			id := r.account()
			r.Assign("partner-1", id)
			got := r.allClients("partner-1")
			same(r.check, "number of clients", len(got), 1)
			r.sameAccount("client", got[0], r.reads(id))
		}},
		{name: "an account that is revoked is not on the next page", run: func(r *rec) {
			one, other := r.named("Alpha"), r.named("Bravo")
			r.Assign("partner-1", one, other)
			_, next, err := r.clients("partner-1")(r.Context(), 1, "")
			r.ok(err, "first page")
			r.Revoke("partner-1", other)
			got, _, err := r.clients("partner-1")(r.Context(), 1, next)
			r.ok(err, "second page")
			same(r.check, "number of clients", len(got), 0)
			same(r.check, "number of clients from the start", len(r.allClients("partner-1")), 1)
		}},
		{name: "a page goes on when the account at its end was revoked", run: func(r *rec) {
			one, other := r.named("Alpha"), r.named("Bravo")
			r.Assign("partner-1", one, other)
			_, next, err := r.clients("partner-1")(r.Context(), 1, "")
			r.ok(err, "first page")
			r.Revoke("partner-1", one)
			got, _, err := r.clients("partner-1")(r.Context(), 1, next)
			r.ok(err, "second page")
			same(r.check, "clients", got, []string{other})
		}},
		{name: "accounts of other partners and of none are not on the page", run: func(r *rec) {
			mine, theirs := r.account(), r.account()
			r.account()
			r.Assign("partner-1", mine)
			r.Assign("partner-2", theirs)
			got := r.allClients("partner-1")
			same(r.check, "number of clients", len(got), 1)
			same(r.check, "client", got[0].ID, mine)
		}},
		{name: "an account that is assigned twice stands once on the page", run: func(r *rec) {
			id := r.account()
			r.Assign("partner-1", id)
			r.Assign("partner-1", id)
			same(r.check, "number of clients", len(r.allClients("partner-1")), 1)
		}},
		{name: "a page may be changed by the caller", run: func(r *rec) {
			r.Assign("partner-1", r.named("Alpha"))
			only(r.check, "clients", r.allClients("partner-1")).Name = "changed"
			same(r.check, "name after a change", only(r.check, "clients", r.allClients("partner-1")).Name, "Alpha")
		}},
		{name: "reading clients stops with its context", run: func(r *rec) {
			r.Assign("partner-1", r.account())
			r.stopped("Clients", func(ctx context.Context) error {
				_, _, err := r.clients("partner-1")(ctx, 10, "")
				return err
			})
		}},
	}...)}
}

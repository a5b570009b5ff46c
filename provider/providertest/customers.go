package providertest

import (
	"context"
	"strings"

	"github.com/billhatch/billhatch/provider"
)

func customerCases() group[*pay] {
	cases := []testCase[*pay]{
		{name: "the name is short and always the same", run: func(p *pay) {
			name := p.p.Name()
			p.that(name != "" && len(name) <= 20 && name == strings.ToLower(name), "got the name %q", name)
			same(p.check, "name", p.p.Name(), name)
		}},
		{name: "a customer is read with what it was made with", run: func(p *pay) {
			email := p.email("ada")
			id := p.AddCustomer(provider.Customer{Name: "Ada & Söhne", Email: email, Currency: "USD"})
			got := p.current(id)
			same(p.check, "id", got.ID, id)
			same(p.check, "name", got.Name, "Ada & Söhne")
			same(p.check, "address", got.Email.Reveal(), email.Reveal())
			same(p.check, "currency", got.Currency, "USD")
		}},
		{name: "a customer without an address has the zero address", run: func(p *pay) {
			got := p.current(p.customerWith(provider.Email{}))
			p.that(got.Email.IsZero(), "got the address %s", got.Email)
		}},
		{name: "each customer is itself", run: func(p *pay) {
			one, other := p.customer(), p.customer()
			p.that(one != other, "two customers have the id %q", one)
			same(p.check, "id", p.current(one).ID, one)
			same(p.check, "id", p.current(other).ID, other)
			p.that(!p.current(one).Email.Equal(p.current(other).Email), "both customers have the same address")
		}},
		{name: "an unknown customer is not found", run: func(p *pay) {
			_, err := p.p.Customer(p.Context(), absent)
			p.refused(err, "Customer", "unknown customer", provider.ErrNotFound)
		}},
		{name: "a deleted customer is not found, as if it had never been", seeds: []string{"DeleteCustomer"}, run: func(p *pay) {
			id := p.customer()
			p.DeleteCustomer(id)
			_, err := p.p.Customer(p.Context(), id)
			deleted := p.refused(err, "Customer", "deleted customer", provider.ErrNotFound)
			_, err = p.p.Customer(p.Context(), absent)
			never := p.refused(err, "Customer", "unknown customer", provider.ErrNotFound)
			p.indistinguishable("deleted and unknown", deleted, never)
		}},
		{name: "reading a customer stops with its context", run: func(p *pay) {
			id := p.customer()
			p.stopped("Customer", func(ctx context.Context) error {
				_, err := p.p.Customer(ctx, id)
				return err
			})
		}},
		{name: "many may read customers at once", run: func(p *pay) {
			all := []string{p.customer(), p.customer(), p.customer()}
			got := together(racers, func(i int) string {
				c, err := p.p.Customer(p.Context(), all[i%len(all)])
				if err != nil {
					return err.Error()
				}
				return c.ID
			})
			for i := range got {
				same(p.check, "id", got[i], all[i%len(all)])
			}
		}},
	}
	for _, odd := range oddIDs() {
		cases = append(cases, testCase[*pay]{name: "an id " + odd.name + " is of no customer", run: func(p *pay) {
			_, err := p.p.Customer(p.Context(), odd.of(p.customer()))
			p.refused(err, "Customer", "customer", provider.ErrNotFound)
		}})
	}
	return group[*pay]{name: "customers", cases: cases}
}

// oddID is an id that is nearly another one, or that means something to a store or on a wire.
type oddID struct {
	name string
	of   func(id string) string
}

func oddIDs() []oddID {
	return []oddID{
		{"that is empty", func(string) string { return "" }},
		{"that is cut by a letter", func(id string) string { return id[:len(id)-1] }},
		{"with a blank behind", func(id string) string { return id + " " }},
		{"with a line feed behind", func(id string) string { return id + "\n" }},
		{"with a zero byte behind", func(id string) string { return id + "\x00" }},
		{"in other case", func(id string) string {
			if up := strings.ToUpper(id); up != id {
				return up
			}
			return strings.ToLower(id) + "x"
		}},
		{"with a path", func(id string) string { return "../" + id }},
		{"with a query", func(id string) string { return id + "?expand=all" }},
		{"with a pattern", func(id string) string { return id[:1] + "%" }},
		{"with a quote", func(id string) string { return "' OR '1'='1' -- " + id }},
		{"of 64 KiB", func(id string) string { return id + strings.Repeat("x", 64<<10) }},
	}
}

package providertest

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"

	"github.com/billhatch/billhatch/provider"
)

// comeBack is where the portal leads back to. It is not secret, but no error repeats it.
const comeBack = "https://host.example.com/billing?" + canary + "=1"

func portalCases() group[*pay] {
	open := func(p *pay, customer string) (provider.PortalSession, error) {
		return ability[provider.PortalOpener](p.p).PortalSession(p.Context(), provider.PortalRequest{
			Customer: customer, ReturnURL: comeBack,
		})
	}
	return group[*pay]{name: "portal sessions", ability: provider.CanOpenPortal, cases: []testCase[*pay]{
		{name: "a session is for the customer that was asked for", seeds: []string{"SessionCustomer"}, run: func(p *pay) {
			p.customer()
			customer := p.customer()
			p.customer()
			got, err := open(p, customer)
			p.ok(err, "portal session")
			same(p.check, "customer of the session", got.Customer, customer)
			whose, ok := p.SessionCustomer(got.URL)
			p.that(ok, "the provider does not know the link of the session")
			same(p.check, "customer that the link lets in as", whose, customer)
		}},
		{name: "sessions that are opened at once are not mixed up", seeds: []string{"SessionCustomer"}, run: func(p *pay) {
			customers := []string{p.customer(), p.customer(), p.customer(), p.customer()}
			opener := ability[provider.PortalOpener](p.p)
			got := together(racers, func(i int) provider.PortalSession {
				s, _ := opener.PortalSession(p.Context(), provider.PortalRequest{Customer: customers[i%4], ReturnURL: comeBack})
				return s
			})
			for i := range got {
				whose, _ := p.SessionCustomer(got[i].URL)
				same(p.check, "customers of a session", []string{got[i].Customer, whose}, []string{customers[i%4], customers[i%4]})
			}
		}},
		{name: "every session has a link of its own", run: func(p *pay) {
			customer, seen := p.customer(), map[string]bool{}
			for range 8 {
				got, err := open(p, customer)
				p.ok(err, "portal session")
				p.that(!got.URL.IsZero(), "got a session without a link")
				p.that(!seen[got.URL.Reveal()], "two sessions have the same link")
				seen[got.URL.Reveal()] = true
			}
		}},
		{name: "the link does not show when the session is printed or encoded", run: func(p *pay) {
			got, err := open(p, p.customer())
			p.ok(err, "portal session")
			p.hides(got, got.URL)
		}},
		{name: "an unknown customer has no session", run: func(p *pay) {
			got, err := open(p, absent)
			p.refused(err, "PortalSession", "unknown customer", provider.ErrNotFound)
			p.that(got.URL.IsZero() && got.Customer == "", "got a session beside the error")
		}},
		{name: "a deleted customer has no session, as if it had never been", seeds: []string{"DeleteCustomer"}, run: func(p *pay) {
			customer := p.customer()
			p.DeleteCustomer(customer)
			_, err := open(p, customer)
			deleted := p.refused(err, "PortalSession", "deleted customer", provider.ErrNotFound)
			_, err = open(p, absent)
			p.indistinguishable("deleted and unknown", deleted, p.refused(err, "PortalSession", "unknown customer", provider.ErrNotFound))
		}},
		{name: "a return address that is no web address is invalid, and is not repeated", run: func(p *pay) {
			customer := p.customer()
			for _, bad := range []string{"javascript:alert('" + canary + "')", "/" + canary, canary, "https://", "\x00" + canary} {
				_, err := ability[provider.PortalOpener](p.p).PortalSession(p.Context(), provider.PortalRequest{
					Customer: customer, ReturnURL: bad,
				})
				p.refused(err, "PortalSession", "return address "+fmt.Sprintf("%q", bad), provider.ErrInvalid)
			}
		}},
		{name: "opening a session stops with its context", run: func(p *pay) {
			customer := p.customer()
			p.stopped("PortalSession", func(ctx context.Context) error {
				_, err := ability[provider.PortalOpener](p.p).PortalSession(ctx, provider.PortalRequest{
					Customer: customer, ReturnURL: comeBack,
				})
				return err
			})
		}},
	}}
}

// hides wants a value to show nothing of a link but its host, however it is printed.
func (p *pay) hides(value any, link provider.SecretURL) {
	p.Helper()
	secret := strings.TrimPrefix(link.Reveal(), "https://"+link.Host())
	p.that(len(secret) > 1, "the link has nothing that is secret")
	encoded, err := json.Marshal(value)
	p.ok(err, "encoding")
	for _, text := range []string{
		string(encoded), fmt.Sprint(value), fmt.Sprintf("%+v", value), fmt.Sprintf("%#v", value), fmt.Sprintf("%q", value),
		fmt.Sprintf("%x", value),
	} {
		p.that(!strings.Contains(text, secret) && !strings.Contains(text, canary), "the link shows in %q", text)
	}
}

func loginCases() group[*pay] {
	link := func(p *pay, email provider.Email) (provider.SecretURL, error) {
		return ability[provider.LoginLinker](p.p).LoginLink(p.Context(), email)
	}
	return group[*pay]{name: "the login link of the portal", ability: provider.CanLinkLogin, cases: []testCase[*pay]{
		{name: "the link has the address filled in, and only when it is revealed", run: func(p *pay) {
			got, err := link(p, p.email("ada"))
			p.ok(err, "login link")
			p.that(inLink(got, p.email("ada")), "the link does not hold the address")
			p.hides(got, got)
		}},
		{name: "an address with signs that mean something in a URL arrives whole", run: func(p *pay) {
			for _, name := range []string{"ada+bills", "a&b=c", "50%25", "q?x#y", "o'neil"} {
				got, err := link(p, p.email(name))
				p.ok(err, "login link")
				p.that(inLink(got, p.email(name)), "the link does not hold the address %q whole", name)
			}
		}},
		{name: "the link tells nobody whether a customer has the address", run: func(p *pay) {
			p.customerWith(p.email("known"))
			known, err := link(p, p.email("known"))
			p.ok(err, "login link of a customer")
			unknown, err := link(p, p.email("nobody"))
			p.ok(err, "login link of nobody")
			p.that(strings.ReplaceAll(known.Reveal(), "known", "nobody") == unknown.Reveal(), "the links differ in more than the address")
		}},
		{name: "no address is invalid", run: func(p *pay) {
			got, err := link(p, provider.Email{})
			p.refused(err, "LoginLink", "no address", provider.ErrInvalid)
			p.that(got.IsZero(), "got a link beside the error")
		}},
		{name: "making a link stops with its context", run: func(p *pay) {
			p.stopped("LoginLink", func(ctx context.Context) error {
				_, err := ability[provider.LoginLinker](p.p).LoginLink(ctx, p.email("ada"))
				return err
			})
		}},
	}}
}

// inLink tells whether a parameter of the link is exactly the address.
func inLink(link provider.SecretURL, email provider.Email) bool {
	u, err := url.Parse(link.Reveal())
	if err != nil {
		return false
	}
	for _, values := range u.Query() {
		for _, v := range values {
			if v == email.Reveal() {
				return true
			}
		}
	}
	return false
}

package main

import (
	"context"
	"fmt"
	"io/fs"
	"net/http"

	"github.com/billhatch/billhatch/billing"
	"github.com/billhatch/billhatch/billing/portal"
	"github.com/billhatch/billhatch/invoice"
	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/provider/memory"
	"github.com/billhatch/billhatch/rbac"
	"github.com/billhatch/billhatch/usage"
	"github.com/billhatch/billhatch/usage/civil"
)

// The products.
const (
	gatehouse = "gatehouse" // a security product: one organisation pays for the seats of many tenants (O)
	clearline = "clearline" // a voice product: clients pay for metered projects, partners look after them (C)
)

// product is one of the two hosts: what the library has to be told of it.
type product struct {
	id, name, tagline string
	policy            rbac.Policy
	seller            invoice.Party // printed on invoices
}

func products() []*product {
	return []*product{
		{
			id: gatehouse, name: "Gatehouse", tagline: "Mail security for organisations with many tenants",
			// A policy is data, and a host changes it: the table of the roles (O1) as the library has it, and beyond it the
			// audit trail for Admins (C17).
			policy: rbac.OrganizationPolicy().With(rbac.Admin, rbac.Own, rbac.ViewAudit),
			seller: invoice.Party{
				Name: "Gatehouse Security, Inc.", Lines: []string{"500 Harbor Street, Suite 210", "Portland, ME 04101", "United States"},
				Email: "billing@gatehouse.example", TaxIDs: []string{"EIN 00-0000000"},
			},
		},
		{
			id: clearline, name: "Clearline Voice", tagline: "Phone lines that answer by themselves",
			policy: rbac.ClientPolicy().With(rbac.ClientAdmin, rbac.Own, rbac.ViewAudit),
			seller: invoice.Party{
				Name: "Clearline Voice, Inc.", Lines: []string{"18 Mill Road", "Austin, TX 78701", "United States"},
				Email: "billing@clearline.example", TaxIDs: []string{"EIN 00-0000001"},
			},
		},
	}
}

// area is the billing area of a product. This is all that a host does to have one.
type area struct {
	service *billing.Service
	portal  *portal.Portal
}

// newArea mounts a billing area over the world.
func (d *demo) newArea(s *stage, p *product) (*area, error) {
	engine, err := rbac.New(p.policy)
	if err != nil {
		return nil, err
	}
	service, err := billing.New(billing.Config{
		Payments:   s.world.Payments(),
		Records:    s.world.Records(),
		Authorizer: engine,
		Clock:      s.world.Now, // a host passes time.Now
		Authority:  s.authority(d.people),
		SeesTenant: seesTenant,
		ReturnURL:  d.origin + "/home",
		// The links of the provider in memory lead nowhere: see hosted.go.
		PortalHosts:  []string{hostedHost},
		Support:      d.support(s),
		Availability: s.availability,
		SealKey:      d.sealKey,
	})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", p.id, err)
	}
	bar, err := fs.Sub(files, "templates/portal")
	if err != nil {
		return nil, err
	}
	mounted, err := portal.New(service, portal.Config{
		Identify:    d.identify,
		Clock:       d.clock,
		BasePath:    "/billing",
		SignInURL:   "/",
		HostURL:     "/home",
		HostName:    p.name,
		Language:    d.language,
		Templates:   bar,                                       // the host's own bar above every page
		Rate:        portal.Rate{PerMinute: 1_200, Burst: 300}, // more than usual: many people are the same person here
		Stylesheets: []string{"/assets/bar.css", "/assets/" + p.id + ".css"},
	})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", p.id, err)
	}
	return &area{service, mounted}, nil
}

// identify tells the library who is signed in: from the host's own session, which the browser cannot make up.
func (d *demo) identify(r *http.Request) (rbac.Principal, error) {
	who := d.sessions.of(r).person
	if who == nil {
		return rbac.Principal{}, portal.ErrSignedOut
	}
	return who.principal(), nil
}

// language is what was chosen on the panel; empty: what the browser accepts.
func (d *demo) language(r *http.Request) string { return d.sessions.of(r).language }

// authority is the host's user database, which the library asks again at the moment of portal sessions, reveals and
// writes.
func (s *stage) authority(known []*person) func(context.Context, string) (rbac.Principal, error) {
	return func(_ context.Context, id string) (rbac.Principal, error) {
		if s.without(authorityDown) {
			return rbac.Principal{}, &provider.Error{Op: "Authority", Kind: provider.ErrUnavailable}
		}
		for _, who := range known {
			if who.id == id {
				return who.principal(), nil
			}
		}
		return rbac.Principal{}, provider.NotFound("Authority")
	}
}

// seesTenant tells who may see a sensitive tenant in a report (O12): Admins may, Full Members get a report that says
// that it is partial. The Billing role has every tab by its policy and is not asked for here.
func seesTenant(_ context.Context, p rbac.Principal, _, _ string) (bool, error) {
	return len(p.Roles) == 1 && p.Roles[0] == rbac.Admin, nil
}

// support is where people are sent when something needs a human: a page of the host, or while that is down an address.
func (d *demo) support(s *stage) billing.Support {
	help := billing.Support{URL: d.origin + "/support", Email: "support@clearline.example"}
	if s.without(supportDown) {
		help.URL = ""
	}
	return help
}

// reportsFrom lets every month of the demonstration be reported; a host says when its records begin (O7).
func reportsFrom(world *memory.World) (usage.Availability, error) {
	month, err := civil.MonthOf(world.Now(), world.Now().Location())
	if err != nil {
		return usage.Availability{}, err
	}
	const year = 12
	return usage.Availability{Earliest: month.From().AddMonths(-year, 1)}, nil
}

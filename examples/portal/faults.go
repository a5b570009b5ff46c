package main

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/billhatch/billhatch/invoice"
	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/provider/memory"
	"github.com/billhatch/billhatch/usage"
)

// fault is something that goes wrong at a click (C11). Most are faults of the provider in memory, as a host's own tests
// would set them; two are the host's own.
type fault struct {
	name, title string
	shows       string // what people see then
	seats       string // a page of the organisation's billing area where it shows, below the base path; empty: none
	voice       string // the same of the clients' area
	set         func(*memory.World)
}

// lookAs is the path of a page where the fault shows for a person; empty: none.
func (f *fault) lookAs(who *person) string {
	below := f.voice
	if who.product == gatehouse {
		below = f.seats
	}
	switch {
	case below == "":
		return ""
	case who.partner != "":
		return "/billing/clients/" + memory.DemoClient + below
	}
	return "/billing" + below
}

// The faults that are the host's own.
const (
	authorityDown = "authority-down"
	supportDown   = "support-down"
)

// payments are the operations of the payment provider.
func payments() []string {
	return []string{
		"Customer", "Invoices", "Invoice", "UpdateEmail", "CustomersByEmail", "InvoicePDF", "PortalSession", "LoginLink",
		"NextInvoice", "Discounts", "Recipients", "PaymentMethods", "Issue", "Health",
	}
}

// fails makes operations fail.
func fails(err error, ops ...string) func(*memory.World) {
	return func(w *memory.World) {
		for _, op := range ops {
			w.FailAlways(op, err)
		}
	}
}

// alters changes every answer of an operation.
func alters[T any](op string, change func(*T)) func(*memory.World) {
	return func(w *memory.World) {
		w.InjectAlways(op, memory.Fault{Alter: func(answer any) {
			if value, ok := answer.(*T); ok {
				change(value)
			}
		}})
	}
}

// slowness is how long each call of the payment provider takes when it is slow.
const slowness = 500 * time.Millisecond

// faults are all of them, those of single operations after those of many: the later ones hold.
func faults() []fault {
	limited := &provider.Error{Kind: provider.ErrRateLimited, RetryAfter: 30 * time.Second}
	return []fault{
		{
			"down", "Payment provider is down",
			"Could not load; what comes from the product itself is still shown.",
			"/settings", "/invoices", fails(provider.ErrUnavailable, payments()...),
		},
		{
			"timeout", "Payment provider does not answer in time",
			"Could not load.",
			"/settings", "/invoices", fails(provider.ErrTimeout, payments()...),
		},
		{
			"slow", "Payment provider is slow",
			"Everything is there, a moment later.",
			"/settings", "/invoices", slow,
		},
		{
			"rate-limited", "Payment provider limits the rate",
			"Wait a moment, with the number of seconds.",
			"/settings", "/invoices", fails(limited, payments()...),
		},
		{
			"misconfigured", "Payment provider is misconfigured",
			"Needs attention, with a prefilled ticket.",
			"/settings", "/invoices", fails(provider.ErrMisconfigured, payments()...),
		},
		{
			"foreign", "Payment provider answers with somebody else's customer",
			"Needs attention; nothing of it is shown.",
			"/settings", "/payment-methods", alters("Customer", func(c *provider.Customer) { c.ID = "cus_somebody_else" }),
		},
		{
			"not-configured", "Billing is not set up for the account",
			"Not set up yet, with a prefilled ticket.",
			"/settings", "/invoices", alters("Account", func(a *provider.Account) { a.Customer = "" }),
		},
		{
			"records-down", "The product's own database is down",
			"The page cannot be shown for now.",
			"/settings", "/usage", fails(provider.ErrUnavailable, "Account", "Tenants", "Projects", "Plan"),
		},
		{
			"no-invoices", "There are no invoices yet",
			"None yet, and when the first will come.",
			"", "/invoices", alters("Invoices", func(p *provider.InvoicePage) { *p = provider.InvoicePage{} }),
		},
		{
			"unknown-status", "Invoices have a status that nobody knows",
			"Unknown, and never paid.",
			"", "/invoices", alters("Invoices", unknown),
		},
		{
			"syncing", "Recipients are still synchronising",
			"Not there yet; try later.",
			"", "/recipients", fails(provider.ErrSyncing, "Recipients"),
		},
		{
			"no-metadata", "Names of projects cannot be had",
			"Totals and cards, without the names.",
			"", "/usage", alters("Projects", func(p *usage.Project) { p.Name = "" }),
		},
		{
			"no-usage", "Usage of some projects cannot be had",
			"The totals of the others, marked as partial.",
			"", "/usage", alters("Projects", unread),
		},
		{
			"pdf-missing", "Documents of invoices are missing",
			"Request from support.",
			"", "/invoices", fails(provider.ErrNoDocument, "InvoicePDF"),
		},
		{
			"pdf-large", "Documents of invoices are too large",
			"Use the payment portal.",
			"", "/invoices", fails(provider.ErrTooLarge, "InvoicePDF"),
		},
		{
			"pdf-timeout", "Documents of invoices come too late",
			"Use the payment portal.",
			"", "/invoices", fails(provider.ErrTimeout, "InvoicePDF"),
		},
		{
			"pdf-damaged", "Documents of invoices are damaged",
			"Request from support.",
			"", "/invoices", fails(provider.ErrNotPDF, "InvoicePDF"),
		},
		{
			"audit-down", "The audit log is down",
			"Addresses, documents, reports and the portal are refused: no record, no act.",
			"/reports", "/portal", fails(provider.ErrUnavailable, "Append"),
		},
		{
			authorityDown, "Roles and assignments cannot be looked up",
			"Acts are refused for now; the last known answer never counts.",
			"/portal", "/portal", fails(provider.ErrUnavailable, "Assigned"),
		},
		{
			supportDown, "The support page is down",
			"An address of the support in place of links to it: take something else away, too.",
			"", "/invoices", func(*memory.World) {},
		},
	}
}

// slow makes the calls of the payment provider take real time, for the two accounts that people look at.
func slow(w *memory.World) {
	ops, customers := payments(), []string{"cus_meridian", "cus_" + memory.DemoClient}
	w.Hook(func(c memory.Call) {
		if slices.Contains(ops, c.Op) && slices.Contains(customers, c.Subject) {
			time.Sleep(slowness)
		}
	})
}

func unknown(p *provider.InvoicePage) {
	for i := range p.Invoices {
		p.Invoices[i].Status = invoice.Unknown
	}
}

// unread takes the readings of every other project away.
func unread(p *usage.Project) {
	if (p.ID[len(p.ID)-1]-'0')%2 == 0 {
		p.Readings = nil
	}
}

// without tells whether a fault is active.
func (s *stage) without(name string) bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return slices.Contains(s.faults, name)
}

// setFaults makes exactly these faults active.
func (s *stage) setFaults(names []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = nil
	s.world.Heal()
	s.world.Hook(nil)
	for _, f := range faults() {
		if slices.Contains(names, f.name) {
			s.faults = append(s.faults, f.name)
			f.set(s.world)
		}
	}
}

// activeFaults gives the names of the active faults.
func (s *stage) activeFaults() []string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return slices.Clone(s.faults)
}

// postFault switches one fault on or off, or heals all of them.
func (d *demo) postFault(ctx context.Context, s *stage, r *http.Request) ([]string, error) {
	name, active := r.PostFormValue("fault"), s.activeFaults()
	at := slices.IndexFunc(faults(), func(f fault) bool { return f.name == name })
	switch {
	case name == "":
		active = nil
	case at < 0:
		return nil, errors.New("there is no such fault")
	case slices.Contains(active, name):
		active = slices.DeleteFunc(active, func(n string) bool { return n == name })
	default:
		active = append(active, name)
	}
	before := s.without(supportDown)
	s.setFaults(active)
	if s.without(supportDown) != before { // where support is found is part of the configuration
		if err := d.mount(ctx, s); err != nil {
			return nil, err
		}
	}
	switch {
	case name == "":
		return []string{"Everything works again."}, nil
	case slices.Contains(active, name):
		return []string{faults()[at].title + ": " + faults()[at].shows}, nil
	}
	return []string{faults()[at].title + ": healed."}, nil
}

package memory

import (
	"maps"
	"slices"

	"github.com/billhatch/billhatch/invoice"
	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/usage"
	"github.com/billhatch/billhatch/usage/pricing"
)

// What goes in and what comes out is copied, so that nobody changes the world, or another caller's answer, by changing
// a slice.

func cloneParty(p invoice.Party) invoice.Party {
	p.Lines, p.TaxIDs = slices.Clone(p.Lines), slices.Clone(p.TaxIDs)
	return p
}

func cloneInvoice(inv *invoice.Invoice) invoice.Invoice {
	out := *inv
	out.Seller, out.Customer = cloneParty(inv.Seller), cloneParty(inv.Customer)
	out.Lines, out.Taxes = slices.Clone(inv.Lines), slices.Clone(inv.Taxes)
	return out
}

func cloneRecipients(r provider.Recipients) provider.Recipients {
	return provider.Recipients{Invoices: slices.Clone(r.Invoices), Changes: slices.Clone(r.Changes)}
}

func cloneTenant(t usage.Tenant) usage.Tenant {
	t.Pauses = slices.Clone(t.Pauses)
	t.Selection.Only, t.Selection.Except = slices.Clone(t.Selection.Only), slices.Clone(t.Selection.Except)
	t.Split.Groups = slices.Clone(t.Split.Groups)
	for i := range t.Split.Groups {
		g := &t.Split.Groups[i]
		g.Domains, g.Addresses = slices.Clone(g.Domains), slices.Clone(g.Addresses)
	}
	return t
}

func clonePrice(p pricing.Price) pricing.Price {
	p.Tiers = slices.Clone(p.Tiers)
	return p
}

func cloneMeters(meters []usage.Meter) []usage.Meter {
	meters = slices.Clone(meters)
	for i := range meters {
		meters[i].Price = clonePrice(meters[i].Price)
	}
	return meters
}

func clonePlan(p usage.Plan) usage.Plan {
	p.EduSuffixes, p.BillableKinds = slices.Clone(p.EduSuffixes), slices.Clone(p.BillableKinds)
	p.Seats, p.Groups = clonePrice(p.Seats), maps.Clone(p.Groups)
	for name, price := range p.Groups {
		p.Groups[name] = clonePrice(price)
	}
	p.Fees, p.Shared = slices.Clone(p.Fees), cloneMeters(p.Shared)
	p.Metered = slices.Clone(p.Metered)
	for i := range p.Metered {
		m := &p.Metered[i]
		m.Meters = cloneMeters(m.Meters)
		if m.Fee != nil {
			fee := *m.Fee
			m.Fee = &fee
		}
	}
	return p
}

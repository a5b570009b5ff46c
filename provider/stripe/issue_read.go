package stripe

import (
	"context"
	"regexp"

	stripe "github.com/stripe/stripe-go/v76"

	"github.com/billhatch/billhatch/provider"
)

// invoiceID is what ids of invoices look like: never empty, so that no id becomes the list of all.
var invoiceID = regexp.MustCompile(`^in_[A-Za-z0-9]{1,64}$`)

// own takes an answer about an invoice: one that is of another customer or of the other mode is foreign.
func (p *Provider) own(inv *stripe.Invoice, err error, customer string) (*stripe.Invoice, error) {
	if err != nil {
		return nil, err
	}
	return inv, p.checkInvoice(inv, customer)
}

// checkInvoice refuses an invoice that was asked for one customer and is of another, or of the other mode, and one that
// was deleted. Nil is nobody's.
func (p *Provider) checkInvoice(inv *stripe.Invoice, customer string) error {
	switch {
	case inv == nil:
		return nil
	case inv.Deleted:
		return &provider.Error{Kind: provider.ErrNotFound}
	case inv.ID == "" || inv.Customer == nil || inv.Customer.ID != customer || inv.Livemode != p.cfg.Live:
		return foreign("an invoice of somebody else")
	}
	return nil
}

// getInvoice reads an invoice of a customer, once.
func (p *Provider) getInvoice(ctx context.Context, c *clients, customer, id string) (*stripe.Invoice, error) {
	params := &stripe.InvoiceParams{}
	params.Context = ctx
	got, err := c.invoices.Get(id, params)
	return p.own(got, err, customer)
}

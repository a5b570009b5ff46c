package stripe

import (
	"context"

	stripe "github.com/stripe/stripe-go/v76"

	"github.com/billhatch/billhatch/invoice"
	"github.com/billhatch/billhatch/provider"
)

// Void cancels an open or uncollectible invoice. One that is void already stays so; any other one, as Stripe decides it,
// is provider.ErrConflict.
func (p *Provider) Void(ctx context.Context, customer, id, key string) (invoice.Invoice, error) {
	const op = "Void"
	out, err := p.void(ctx, op, customer, id, key)
	return out, named(op, err)
}

func (p *Provider) void(ctx context.Context, op, customer, id, key string) (invoice.Invoice, error) {
	if len(key) > maxKey {
		return invoice.Invoice{}, &provider.Error{Kind: provider.ErrInvalid, Field: "key", Message: "too long"}
	}
	inv, err := p.shownInvoice(ctx, op, customer, id)
	if err != nil {
		return invoice.Invoice{}, err
	}
	if inv.Status != stripe.InvoiceStatusVoid {
		if err := p.cancel(ctx, op, inv, customer, key); err != nil {
			return invoice.Invoice{}, err
		}
	}
	out, err := p.Invoice(ctx, customer, id)
	return out, afterwards(err)
}

// cancel voids an invoice, whatever it was when it was read.
func (p *Provider) cancel(ctx context.Context, op string, inv *stripe.Invoice, customer, key string) error {
	look := func(ctx context.Context, c *clients) (*stripe.Invoice, bool, error) {
		got, err := p.getInvoice(ctx, c, customer, inv.ID)
		return got, err == nil && got.Status == stripe.InvoiceStatusVoid, err
	}
	_, err := write(ctx, p, &effect[*stripe.Invoice]{
		op: op, object: inv.ID, key: key, look: look,
		do: func(ctx context.Context, c *clients, key string) (*stripe.Invoice, error) {
			params := &stripe.InvoiceVoidInvoiceParams{}
			params.Context, params.IdempotencyKey = ctx, stripe.String(key)
			got, err := c.invoices.VoidInvoice(inv.ID, params)
			return p.own(got, err, customer)
		},
	})
	if !refused(err) {
		return err
	}
	// Somebody else may have been quicker: what it is now decides.
	void := false
	now, again := read(ctx, p, op, func(ctx context.Context, c *clients) (now *stripe.Invoice, err error) {
		now, void, err = look(ctx, c)
		return now, err
	})
	switch {
	case again != nil:
		return again
	case void:
		return nil
	}
	return &provider.Error{Kind: provider.ErrConflict, Message: "the invoice cannot be voided: it is " + statuses[now.Status].String()}
}

package stripe

import (
	"context"

	stripe "github.com/stripe/stripe-go/v76"

	"github.com/billhatch/billhatch/invoice"
	"github.com/billhatch/billhatch/provider"
)

// own takes an answer about an invoice: one that is of another customer or of the other mode is foreign.
func own(p *Provider, inv *stripe.Invoice, err error, customer string) (*stripe.Invoice, error) {
	if err != nil {
		return nil, err
	}
	return inv, p.ownInvoice(inv, customer)
}

// ownInvoice refuses an invoice that was asked for one customer and is of another, or of the other mode. Nil is nobody's.
func (p *Provider) ownInvoice(inv *stripe.Invoice, customer string) error {
	if inv == nil {
		return nil
	}
	if inv.ID == "" || inv.Customer == nil || inv.Customer.ID != customer || inv.Livemode != p.cfg.Live {
		return &provider.Error{Kind: provider.ErrForeign, Message: "an invoice of somebody else"}
	}
	return nil
}

// readDraft reads an invoice with all its lines, ours in order. Stripe gives ten with the invoice and the others page by
// page.
func (p *Provider) readDraft(ctx context.Context, customer, id string) (*stripe.Invoice, []*stripe.InvoiceLineItem, error) {
	inv, err := read(ctx, p, opIssue, func(ctx context.Context, c *clients) (*stripe.Invoice, error) {
		params := &stripe.InvoiceParams{}
		params.Context = ctx
		got, err := c.invoices.Get(id, params)
		return own(p, got, err, customer)
	})
	if err != nil {
		return nil, nil, err
	}
	if inv.Lines == nil {
		return nil, nil, &provider.Error{Kind: provider.ErrForeign, Message: "an invoice without its lines"}
	}
	lines := inv.Lines.Data
	if inv.Lines.HasMore {
		if lines, err = p.allLines(ctx, id); err != nil {
			return nil, nil, err
		}
	}
	inOrder(lines)
	return inv, lines, nil
}

// allLines reads the lines of an invoice page by page, more than an invoice may have at the most.
func (p *Provider) allLines(ctx context.Context, id string) ([]*stripe.InvoiceLineItem, error) {
	var lines []*stripe.InvoiceLineItem
	after := ""
	for len(lines) <= 2*invoice.MaxLines {
		page, err := read(ctx, p, opIssue, func(ctx context.Context, c *clients) (*stripe.InvoiceLineItemList, error) {
			params := &stripe.InvoiceListLinesParams{Invoice: stripe.String(id)}
			params.Context, params.Single, params.Limit = ctx, true, stripe.Int64(provider.MaxPage)
			if after != "" {
				params.StartingAfter = stripe.String(after)
			}
			it := c.invoices.ListLines(params)
			return it.InvoiceLineItemList(), it.Err()
		})
		if err != nil {
			return nil, err
		}
		lines = append(lines, page.Data...)
		if !page.HasMore || len(page.Data) == 0 {
			return lines, nil
		}
		after = page.Data[len(page.Data)-1].ID
	}
	return nil, &provider.Error{Kind: provider.ErrForeign, Message: "an invoice with more lines than there can be"}
}

package stripe

import (
	"context"
	"regexp"

	stripe "github.com/stripe/stripe-go/v76"

	"github.com/billhatch/billhatch/invoice"
	"github.com/billhatch/billhatch/provider"
)

// invoiceID is what ids of invoices look like: never empty, so that no id becomes the list of all.
var invoiceID = regexp.MustCompile(`^in_[A-Za-z0-9]{1,64}$`)

// Void cancels an open or uncollectible invoice. One that is void already stays so; a paid one is ErrConflict.
func (p *Provider) Void(ctx context.Context, customer, id, key string) (invoice.Invoice, error) {
	const op = "Void"
	inv, err := p.settled(ctx, op, customer, id)
	if err == nil && inv.Status != stripe.InvoiceStatusVoid {
		_, err = write(ctx, p, &effect[*stripe.Invoice]{
			op: op, object: id, key: key, params: []string{customer},
			do: func(ctx context.Context, c *clients, key string) (*stripe.Invoice, error) {
				params := &stripe.InvoiceVoidInvoiceParams{}
				params.Context, params.IdempotencyKey = ctx, stripe.String(key)
				got, err := c.invoices.VoidInvoice(id, params)
				return own(p, got, err, customer)
			},
			look: func(ctx context.Context, c *clients) (*stripe.Invoice, bool, error) {
				got, err := p.getInvoice(ctx, c, customer, id)
				return got, err == nil && got.Status == stripe.InvoiceStatusVoid, err
			},
		})
		if provider.IsKind(err, provider.ErrInvalid) || provider.IsKind(err, provider.ErrConflict) {
			// Somebody else may have been quicker: what it is now decides.
			if now, again := p.settled(ctx, op, customer, id); again == nil && now.Status == stripe.InvoiceStatusVoid {
				err = nil
			}
		}
	}
	if err != nil {
		return invoice.Invoice{}, named(op, err)
	}
	reader, _ := any(p).(provider.InvoiceReader)
	return reader.Invoice(ctx, customer, id)
}

// getInvoice reads an invoice of a customer, once.
func (p *Provider) getInvoice(ctx context.Context, c *clients, customer, id string) (*stripe.Invoice, error) {
	params := &stripe.InvoiceParams{}
	params.Context = ctx
	got, err := c.invoices.Get(id, params)
	return own(p, got, err, customer)
}

// settled reads an invoice that can be voided or credited: one of somebody else, and a draft, do not exist.
func (p *Provider) settled(ctx context.Context, op, customer, id string) (*stripe.Invoice, error) {
	if !customerID.MatchString(customer) || !invoiceID.MatchString(id) {
		return nil, provider.NotFound(op)
	}
	inv, err := read(ctx, p, op, func(ctx context.Context, c *clients) (*stripe.Invoice, error) {
		return p.getInvoice(ctx, c, customer, id)
	})
	switch {
	case provider.IsKind(err, provider.ErrForeign):
		return nil, provider.NotFound(op)
	case err != nil:
		return nil, err
	case inv.Status == stripe.InvoiceStatusDraft, inv.Status == "":
		return nil, provider.NotFound(op)
	}
	return inv, nil
}

// What a credit note says of itself, so that it is found again.
const (
	metaCredit = "billhatch_credit"
)

// Credit takes an amount off an open or paid invoice. Off a paid one it is booked to the customer's balance, from which
// the next invoice is paid.
func (p *Provider) Credit(ctx context.Context, r provider.CreditRequest) (provider.CreditNote, error) {
	const op = "Credit"
	note, err := p.credit(ctx, &r)
	return note, named(op, err)
}

func (p *Provider) credit(ctx context.Context, r *provider.CreditRequest) (provider.CreditNote, error) {
	const op = "Credit"
	if r.Key == "" || len(r.Key) > maxKey {
		return provider.CreditNote{}, &provider.Error{Kind: provider.ErrInvalid, Field: "key", Message: "missing or too long"}
	}
	inv, err := p.settled(ctx, op, r.Customer, r.Invoice)
	if err != nil {
		return provider.CreditNote{}, err
	}
	amount, err := toWire(r.Amount, "amount")
	if err != nil {
		return provider.CreditNote{}, err
	}
	found, err := p.findCredit(ctx, r)
	switch {
	case err != nil:
		return provider.CreditNote{}, err
	case found != nil:
		return p.creditNote(found, r, amount)
	case amount <= 0 || !sameCode(inv.Currency, r.Amount.Currency()):
		return provider.CreditNote{}, &provider.Error{Kind: provider.ErrInvalid, Field: "amount", Message: "want more than nothing, in the currency of the invoice"}
	case inv.Status != stripe.InvoiceStatusOpen && inv.Status != stripe.InvoiceStatusPaid:
		return provider.CreditNote{}, &provider.Error{Kind: provider.ErrInvalid, Field: "invoice", Message: "it is " + string(inv.Status)}
	}
	made, err := write(ctx, p, &effect[*stripe.CreditNote]{
		op: op, object: r.Invoice, key: r.Key, params: []string{r.Customer, r.Amount.String(), r.Reason},
		do: func(ctx context.Context, c *clients, key string) (*stripe.CreditNote, error) {
			params := &stripe.CreditNoteParams{
				Invoice: stripe.String(r.Invoice), Amount: stripe.Int64(amount),
				Metadata: map[string]string{metaCredit: hashOf(r.Key)},
			}
			if r.Reason != "" {
				params.Memo = stripe.String(clip(r.Reason, maxDescription))
			}
			if inv.Status == stripe.InvoiceStatusPaid {
				params.CreditAmount = stripe.Int64(amount)
			}
			params.Context, params.IdempotencyKey = ctx, stripe.String(key)
			return c.credits.New(params)
		},
		look: func(ctx context.Context, _ *clients) (*stripe.CreditNote, bool, error) {
			note, err := p.findCredit(ctx, r)
			return note, note != nil, err
		},
	})
	if err != nil {
		return provider.CreditNote{}, err
	}
	return p.creditNote(made, r, amount)
}

// findCredit lists the credit notes of the invoice for the one of the key; nil when there is none.
func (p *Provider) findCredit(ctx context.Context, r *provider.CreditRequest) (*stripe.CreditNote, error) {
	key, after := hashOf(r.Key), ""
	for range lookPages {
		page, err := read(ctx, p, "Credit", func(ctx context.Context, c *clients) (*stripe.CreditNoteList, error) {
			params := &stripe.CreditNoteListParams{Invoice: stripe.String(r.Invoice)}
			params.Context, params.Single, params.Limit = ctx, true, stripe.Int64(lookSize)
			if after != "" {
				params.StartingAfter = stripe.String(after)
			}
			it := c.credits.List(params)
			return it.CreditNoteList(), it.Err()
		})
		if err != nil {
			return nil, err
		}
		for _, note := range page.Data {
			if note.Metadata[metaCredit] == key {
				return note, nil
			}
		}
		if !page.HasMore || len(page.Data) == 0 {
			return nil, nil //nolint:nilnil // there is none, and that is no error
		}
		after = page.Data[len(page.Data)-1].ID
	}
	return nil, &provider.Error{Kind: provider.ErrUnavailable, Message: "too many credit notes to look through"}
}

// creditNote takes a credit note for what was asked; one of another amount is the key's from before.
func (p *Provider) creditNote(note *stripe.CreditNote, r *provider.CreditRequest, amount int64) (provider.CreditNote, error) {
	if note.ID == "" || note.Customer == nil || note.Customer.ID != r.Customer || note.Livemode != p.cfg.Live {
		return provider.CreditNote{}, &provider.Error{Kind: provider.ErrForeign, Message: "a credit note of somebody else"}
	}
	if note.Amount != amount || !sameCode(note.Currency, r.Amount.Currency()) {
		return provider.CreditNote{}, &provider.Error{Kind: provider.ErrConflict, Message: "the key was used for another credit"}
	}
	return provider.CreditNote{ID: note.ID, Invoice: r.Invoice, Amount: r.Amount}, nil
}

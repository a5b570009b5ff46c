package stripe

import (
	"context"
	"strconv"
	"time"
	"unicode/utf8"

	stripe "github.com/stripe/stripe-go/v76"

	"github.com/billhatch/billhatch/provider"
)

// metaCredit is what a credit note says of itself, so that it is found again: the hash of its key.
const metaCredit = "billhatch_credit"

// Credit takes an amount off an open or paid invoice. Off an open one less is due then; off a paid one it is booked to
// the customer's balance, from which the next invoice is paid. It is never paid out.
//
// The credit note of a key is found again by its metadata, so that the same request credits once, after days too; the
// reason is not compared. A key that was used for another invoice is provider.ErrConflict for a day. So is a credit note
// that somebody has voided since, for ever.
func (p *Provider) Credit(ctx context.Context, r provider.CreditRequest) (provider.CreditNote, error) {
	const op = "Credit"
	cr := &credit{p: p, op: op, r: &r}
	note, err := cr.run(ctx)
	return note, named(op, err)
}

// credit is a credit note on its way.
type credit struct {
	p      *Provider
	op     string
	r      *provider.CreditRequest
	amount int64 // on the wire
	began  time.Time
}

func (cr *credit) run(ctx context.Context) (provider.CreditNote, error) {
	switch {
	case cr.r.Key == "" || len(cr.r.Key) > maxKey:
		return provider.CreditNote{}, invalid("key", "missing or too long")
	case utf8.RuneCountInString(cr.r.Reason) > maxDescription:
		return provider.CreditNote{}, invalid("reason", "too long")
	}
	// One at a time for an invoice, from the look on.
	done, err := cr.p.turns.take(ctx, cr.r.Invoice)
	if err != nil {
		return provider.CreditNote{}, cr.p.translate(cr.op, &notSent{err})
	}
	defer done()
	cr.began = cr.p.wallClock()
	inv, err := cr.p.shownInvoice(ctx, cr.op, cr.r.Customer, cr.r.Invoice)
	if err != nil {
		return provider.CreditNote{}, err
	}
	if cr.amount, err = toWire(cr.r.Amount, "amount"); err != nil {
		return provider.CreditNote{}, err
	}
	note, err := cr.find(ctx)
	if err == nil && note == nil {
		note, err = cr.give(ctx, inv)
	}
	if err != nil {
		return provider.CreditNote{}, err
	}
	return cr.result(note)
}

// give makes the credit note. When it is refused, the invoice may have been paid since it was read, and is credited in
// another way then. A status never comes back, so this ends.
func (cr *credit) give(ctx context.Context, inv *stripe.Invoice) (*stripe.CreditNote, error) {
	for {
		if err := cr.check(inv); err != nil {
			return nil, err
		}
		note, err := cr.write(ctx, inv.Status == stripe.InvoiceStatusPaid)
		if !refused(err) {
			return note, err
		}
		now, again := cr.p.shownInvoice(ctx, cr.op, cr.r.Customer, cr.r.Invoice)
		switch {
		case again != nil:
			return nil, again
		case now.Status == inv.Status:
			return nil, err
		}
		inv = now
	}
}

// check refuses what cannot be credited. What is left of a paid invoice may be less still: Stripe decides.
func (cr *credit) check(inv *stripe.Invoice) error {
	left := inv.AmountRemaining
	switch inv.Status {
	case stripe.InvoiceStatusOpen:
	case stripe.InvoiceStatusPaid:
		left = inv.Total - inv.PrePaymentCreditNotesAmount - inv.PostPaymentCreditNotesAmount
	default:
		return invalid("invoice", "it is "+statuses[inv.Status].String())
	}
	switch {
	case cr.amount <= 0 || !sameCode(inv.Currency, cr.r.Amount.Currency()):
		return invalid("amount", "want more than nothing, in the currency of the invoice")
	case cr.amount > left:
		return invalid("amount", "more than what is left of the invoice")
	}
	return nil
}

// write sends the credit note for an invoice that is paid, or open: Stripe takes either only for what it is. The key names
// the request whatever the amount and the invoice, so that another one under it is refused.
func (cr *credit) write(ctx context.Context, paid bool) (*stripe.CreditNote, error) {
	return write(ctx, cr.p, &effect[*stripe.CreditNote]{
		op: cr.op, key: cr.r.Key, params: []string{strconv.FormatBool(paid)},
		do: func(ctx context.Context, c *clients, key string) (*stripe.CreditNote, error) {
			exchangeOf(ctx).ask = func(context.Context) error { return cr.p.timely(cr.began) }
			params := &stripe.CreditNoteParams{
				Invoice: stripe.String(cr.r.Invoice), Amount: stripe.Int64(cr.amount), Memo: optional(cr.r.Reason),
				Metadata: map[string]string{metaCredit: hashOf(cr.r.Key)},
			}
			if paid {
				params.CreditAmount = stripe.Int64(cr.amount)
			}
			params.Context, params.IdempotencyKey = ctx, stripe.String(key)
			return c.credits.New(params)
		},
		look: func(ctx context.Context, _ *clients) (*stripe.CreditNote, bool, error) {
			note, err := cr.find(ctx)
			return note, note != nil, err
		},
	})
}

// notePages bounds how many pages of credit notes of one invoice are looked through.
const notePages = 10

// find lists the credit notes of the invoice for the one of the key; nil when there is none.
func (cr *credit) find(ctx context.Context) (*stripe.CreditNote, error) {
	key, after := hashOf(cr.r.Key), ""
	for range notePages {
		page, err := read(ctx, cr.p, cr.op, func(ctx context.Context, c *clients) (*stripe.CreditNoteList, error) {
			params := &stripe.CreditNoteListParams{Invoice: stripe.String(cr.r.Invoice)}
			params.Context, params.Single, params.Limit = ctx, true, stripe.Int64(provider.MaxPage)
			params.StartingAfter = optional(after)
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
	return nil, &provider.Error{Kind: provider.ErrUnsupported, Message: "the invoice has too many credit notes to look through"}
}

// result takes a credit note for what was asked; one of another amount is the key's from before. One that somebody has
// voided takes nothing off any more.
func (cr *credit) result(note *stripe.CreditNote) (provider.CreditNote, error) {
	switch {
	case note.ID == "" || note.Customer == nil || note.Customer.ID != cr.r.Customer || note.Livemode != cr.p.cfg.Live,
		note.Invoice == nil || note.Invoice.ID != cr.r.Invoice:
		return provider.CreditNote{}, foreign("a credit note of somebody else")
	case note.Amount != cr.amount || !sameCode(note.Currency, cr.r.Amount.Currency()):
		return provider.CreditNote{}, &provider.Error{Kind: provider.ErrConflict, Message: "the key was used for another credit"}
	case note.Status == stripe.CreditNoteStatusVoid:
		return provider.CreditNote{}, &provider.Error{Kind: provider.ErrConflict, Message: "the credit note was voided"}
	}
	return provider.CreditNote{ID: note.ID, Invoice: cr.r.Invoice, Amount: cr.r.Amount}, nil
}

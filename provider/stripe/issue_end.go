package stripe

import (
	"context"
	"errors"
	"time"

	stripe "github.com/stripe/stripe-go/v76"

	"github.com/billhatch/billhatch/invoice"
	"github.com/billhatch/billhatch/provider"
)

// complete brings a draft to its end, and gives what it is then.
func (is *issue) complete(ctx context.Context, inv *stripe.Invoice, fresh bool) (*stripe.Invoice, error) {
	inv, err := is.fill(ctx, inv.ID, fresh)
	if err != nil || inv.Status != stripe.InvoiceStatusDraft {
		return inv, err
	}
	return is.finalize(ctx, inv.ID)
}

// finalize is the commit point.
func (is *issue) finalize(ctx context.Context, id string) (*stripe.Invoice, error) {
	done, err := is.p.turns.take(ctx, is.r.Customer) // whose balance and numbers it changes
	if err != nil {
		return nil, is.p.translate(opIssue, &notSent{err})
	}
	defer done()
	return step(ctx, is, provider.StepFinalize, &effect[*stripe.Invoice]{
		op: "IssueFinalize", object: id, key: is.r.Key,
		do: func(ctx context.Context, c *clients, key string) (*stripe.Invoice, error) {
			params := &stripe.InvoiceFinalizeInvoiceParams{AutoAdvance: stripe.Bool(false)}
			params.Context, params.IdempotencyKey = ctx, stripe.String(key)
			got, err := c.invoices.FinalizeInvoice(id, params)
			return is.p.own(got, err, is.r.Customer)
		},
		look: func(ctx context.Context, c *clients) (*stripe.Invoice, bool, error) {
			got, err := is.p.getInvoice(ctx, c, is.r.Customer, id)
			return got, err == nil && got.Status != stripe.InvoiceStatusDraft, err
		},
	})
}

// finish reads the invoice again, holds it against the plan, and sends it. What is not the plan is never called issued.
func (is *issue) finish(ctx context.Context, id string) (invoice.Invoice, error) {
	inv, err := is.p.shownInvoice(ctx, opIssue, is.r.Customer, id)
	if err != nil {
		return invoice.Invoice{}, afterwards(err)
	}
	lines, err := is.p.linesOf(ctx, opIssue, inv)
	if err != nil {
		return invoice.Invoice{}, afterwards(err)
	}
	if !is.isPlan(inv, lines) {
		return invoice.Invoice{}, &provider.Error{Kind: provider.ErrConflict, Message: "the invoice is not what was planned"}
	}
	out, err := mapInvoice(inv)
	if err == nil {
		err = addLines(&out, inv, lines)
	}
	if err == nil && is.r.Send && inv.Status == stripe.InvoiceStatusOpen {
		err = afterwards(is.send(ctx, inv))
	}
	if err != nil {
		return invoice.Invoice{}, err
	}
	return out, nil
}

// afterwards gives an error of a call that has already had its effect: what looks as if nothing had happened is unknown.
func afterwards(err error) error {
	var e *provider.Error
	if !errors.As(err, &e) {
		return err
	}
	for _, kind := range []error{provider.ErrUnavailable, provider.ErrTimeout, provider.ErrRateLimited} {
		if provider.IsKind(err, kind) {
			copied := *e
			copied.Kind = provider.ErrUnknown
			return &copied
		}
	}
	return err
}

// How far it can be known whether an invoice was sent: Stripe keeps keys for 24 hours and events for 30 days.
const (
	keysTell   = 20 * time.Hour
	eventsTell = 29 * 24 * time.Hour
)

// send has Stripe mail the invoice, once. Stripe mails again each time that it is asked, and does not say on the invoice
// that it has. While it knows the key of the first time, it does not; later its events tell.
func (is *issue) send(ctx context.Context, inv *stripe.Invoice) error {
	age := is.age(inv)
	if age > keysTell {
		if _, sent, err := is.wasSent(ctx, inv); err != nil || sent {
			return err
		}
	}
	_, err := step(ctx, is, provider.StepSend, &effect[struct{}]{
		op: "IssueSend", object: inv.ID, key: is.r.Key,
		do: func(ctx context.Context, c *clients, key string) (struct{}, error) {
			params := &stripe.InvoiceSendInvoiceParams{}
			params.Context, params.IdempotencyKey = ctx, stripe.String(key)
			_, err := c.invoices.SendInvoice(inv.ID, params)
			return struct{}{}, err
		},
		look: func(ctx context.Context, _ *clients) (struct{}, bool, error) { return is.wasSent(ctx, inv) },
	})
	return err
}

// age is how long ago an invoice became final.
func (is *issue) age(inv *stripe.Invoice) time.Duration {
	finalized := int64(0)
	if inv.StatusTransitions != nil {
		finalized = inv.StatusTransitions.FinalizedAt
	}
	return is.p.wallClock().Sub(time.Unix(finalized, 0))
}

// sentPages bounds how many events are looked through: those of all invoices that were sent since.
const sentPages = 50

// wasSent looks for the event of an invoice that was sent, by whomever.
func (is *issue) wasSent(ctx context.Context, inv *stripe.Invoice) (none struct{}, sent bool, err error) {
	cannotTell := &provider.Error{Kind: provider.ErrConflict, Message: "whether the invoice was sent is not known any more"}
	if is.age(inv) > eventsTell {
		return none, false, cannotTell
	}
	after := ""
	for range sentPages {
		page, err := read(ctx, is.p, opIssue, func(ctx context.Context, c *clients) (*stripe.EventList, error) {
			params := &stripe.EventListParams{Type: stripe.String("invoice.sent")}
			params.CreatedRange = &stripe.RangeQueryParams{GreaterThanOrEqual: inv.StatusTransitions.FinalizedAt}
			params.Context, params.Single, params.Limit = ctx, true, stripe.Int64(provider.MaxPage)
			params.StartingAfter = optional(after)
			it := c.events.List(params)
			return it.EventList(), it.Err()
		})
		if err != nil {
			return none, false, err
		}
		for _, e := range page.Data {
			if e.Data != nil && e.Data.Object["id"] == inv.ID && e.Livemode == is.p.cfg.Live {
				return none, true, nil
			}
		}
		if !page.HasMore || len(page.Data) == 0 {
			return none, false, nil
		}
		after = page.Data[len(page.Data)-1].ID
	}
	return none, false, cannotTell
}

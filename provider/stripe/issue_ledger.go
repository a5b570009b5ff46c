package stripe

import (
	"context"
	"errors"
	"time"

	stripe "github.com/stripe/stripe-go/v76"

	"github.com/billhatch/billhatch/invoice"
	"github.com/billhatch/billhatch/provider"
)

// abandoned is when a draft that no ledger holds is nobody's any more: whoever made it would have claimed it long ago.
const abandoned = 20 * time.Minute

// readKnown reads the invoice that the ledger holds, by its id. One that is gone is not made anew: the ledger would still
// hold the old one.
func (is *issue) readKnown(ctx context.Context) (*stripe.Invoice, error) {
	inv, err := read(ctx, is.p, opIssue, func(ctx context.Context, c *clients) (*stripe.Invoice, error) {
		return is.p.getInvoice(ctx, c, is.r.Customer, is.known)
	})
	switch {
	case provider.IsKind(err, provider.ErrNotFound):
		return nil, is.deleted()
	case err != nil:
		return nil, err
	}
	return inv, is.checkMeta(inv)
}

// deleted is for a draft that is gone. The ledger of the caller has to be told that what it holds is not there.
func (is *issue) deleted() error {
	if is.known != "" {
		return &provider.Error{Kind: provider.ErrNotFound, Field: "known", Message: "the draft was deleted"}
	}
	return &provider.Error{Kind: provider.ErrConflict, Message: "the draft was deleted"}
}

// claim asks the ledger which invoice holds for the key, and goes on with that one. A draft that has lost is deleted.
func (is *issue) claim(ctx context.Context, inv *stripe.Invoice, fresh bool) (*stripe.Invoice, bool, error) {
	id, err := is.r.Claim(ctx, inv.ID)
	switch {
	case err != nil:
		return nil, false, &halted{err}
	case id == inv.ID:
		is.known = id
		return inv, fresh, nil
	case !invoiceID.MatchString(id):
		return nil, false, &provider.Error{Kind: provider.ErrConflict, Message: "the ledger holds what is no invoice"}
	case inv.Status != stripe.InvoiceStatusDraft:
		return nil, false, &provider.Error{Kind: provider.ErrConflict, Message: "another invoice of the key is final already"}
	}
	if err := is.discard(ctx, inv.ID); err != nil {
		return nil, false, err
	}
	is.known = id
	inv, err = is.readKnown(ctx)
	return inv, false, err
}

// otherPlan tells whether a draft of the key is for another plan.
func (is *issue) otherPlan(inv *stripe.Invoice) bool { return inv.Metadata[metaPlan] != is.plan }

// old tells whether a draft is nobody's any more.
func (is *issue) old(inv *stripe.Invoice) bool {
	return is.p.wallClock().Sub(time.Unix(inv.Created, 0)) > abandoned
}

// dropPlans deletes the drafts of other plans, and leaves those of this one. While somebody may be about to claim one, it
// has to wait.
func (is *issue) dropPlans(ctx context.Context, seen *sight) error {
	var mine []*stripe.Invoice
	for _, inv := range seen.drafts {
		switch {
		case !is.otherPlan(inv):
			mine = append(mine, inv)
			continue
		case !is.old(inv):
			return &provider.Error{Kind: provider.ErrUnavailable, Message: "wait: another plan of the key is on its way"}
		}
		if err := is.discard(ctx, inv.ID); err != nil {
			return err
		}
	}
	seen.drafts = mine
	return nil
}

// end finishes what is final, and tidies up.
func (is *issue) end(ctx context.Context, id string) (invoice.Invoice, error) {
	out, err := is.finish(ctx, id)
	if err == nil {
		err = is.tidy(ctx)
	}
	if err != nil {
		return invoice.Invoice{}, err
	}
	return out, nil
}

// tidy deletes the old drafts of the key that hold for nothing. They bill nobody, so that not reaching Stripe is no error.
func (is *issue) tidy(ctx context.Context) error {
	for _, inv := range is.other {
		if inv.ID == is.known || !is.old(inv) {
			continue
		}
		if err := is.discard(ctx, inv.ID); errors.As(err, new(*halted)) {
			return err
		}
	}
	return nil
}

// discard deletes a draft, and is done when it is gone. One that has become final is a conflict. It may take as long as it
// takes: what does not hold for the key now never will.
func (is *issue) discard(ctx context.Context, id string) error {
	done, err := is.p.turns.take(ctx, id)
	if err != nil {
		return is.p.translate(opIssue, &notSent{err})
	}
	defer done()
	_, err = read(ctx, is.p, opIssue, func(ctx context.Context, c *clients) (struct{}, error) { // a deletion may be repeated
		exchangeOf(ctx).ask = func(ctx context.Context) error { return is.before(ctx, provider.StepDelete) }
		params := &stripe.InvoiceParams{}
		params.Context = ctx
		_, err := c.invoices.Del(id, params)
		return struct{}{}, err
	})
	switch {
	case provider.IsKind(err, provider.ErrNotFound):
		return nil
	case refused(err):
		return &provider.Error{Kind: provider.ErrConflict, Message: "a draft that was to be deleted is final"}
	}
	return err
}

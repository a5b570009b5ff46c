package stripe

import (
	"context"
	"errors"
	"strings"
	"time"
	"unicode/utf8"

	stripe "github.com/stripe/stripe-go/v76"

	"github.com/billhatch/billhatch/invoice"
	"github.com/billhatch/billhatch/provider"
)

// run goes through the steps; each begins with what is there. When a step is refused, the invoice may have become another
// meanwhile, by another process or a person: then it is looked for once more.
func (is *issue) run(ctx context.Context) (invoice.Invoice, error) {
	for again := false; ; again = true {
		inv, fresh, err := is.find(ctx)
		if err != nil {
			return invoice.Invoice{}, is.explained(ctx, err)
		}
		if inv.Status == stripe.InvoiceStatusDraft {
			inv, err = is.complete(ctx, inv, fresh)
		}
		switch {
		case err == nil:
			return is.finish(ctx, inv.ID)
		case again && provider.IsKind(err, provider.ErrNotFound):
			return invoice.Invoice{}, &provider.Error{Kind: provider.ErrConflict, Message: "the draft was deleted"}
		case again || !refused(err):
			return invoice.Invoice{}, is.explained(ctx, err)
		}
	}
}

// refused tells whether an error may come of an invoice that is not any more what it was.
func refused(err error) bool {
	return provider.IsKind(err, provider.ErrConflict) || provider.IsKind(err, provider.ErrNotFound) || provider.IsKind(err, provider.ErrInvalid)
}

// find gives the invoice of the key, and makes a draft when there is none; fresh: just now, so that it has no lines.
func (is *issue) find(ctx context.Context) (inv *stripe.Invoice, fresh bool, err error) {
	found, err := is.look(ctx)
	if err != nil {
		return nil, false, err
	}
	if found == nil {
		if found, fresh, err = is.make(ctx); err != nil {
			return nil, false, err
		}
	}
	if found.Metadata[metaPlan] != is.plan {
		return nil, false, &provider.Error{Kind: provider.ErrConflict, Message: "the key was used for another plan"}
	}
	return found, fresh, nil
}

// How much of a customer's invoices is looked through for what an earlier request has left.
const (
	lookPages = 20
	lookSize  = provider.MaxPage
)

// look finds the invoice of the key by listing, which Stripe answers from its books, and never by searching, which lags.
// One that is final counts before a draft, and an older one before a newer one. It is nil when there is none.
func (is *issue) look(ctx context.Context) (*stripe.Invoice, error) {
	key := hashOf(is.r.Key)
	var best *stripe.Invoice
	after := ""
	for range lookPages {
		page, err := read(ctx, is.p, opIssue, func(ctx context.Context, c *clients) (*stripe.InvoiceList, error) {
			params := &stripe.InvoiceListParams{Customer: stripe.String(is.r.Customer)}
			params.Context, params.Single, params.Limit = ctx, true, stripe.Int64(lookSize)
			params.StartingAfter = optional(after)
			params.CreatedRange = &stripe.RangeQueryParams{GreaterThanOrEqual: is.since().Start(time.UTC).Unix()}
			it := c.invoices.List(params)
			return it.InvoiceList(), it.Err()
		})
		if err != nil {
			return nil, err
		}
		for _, inv := range page.Data {
			if inv.Metadata[metaKey] == key && better(inv, best) {
				best = inv
			}
		}
		if !page.HasMore || len(page.Data) == 0 {
			return best, is.p.checkInvoice(best, is.r.Customer)
		}
		after = page.Data[len(page.Data)-1].ID
	}
	return nil, &provider.Error{Kind: provider.ErrUnsupported, Message: "the customer has too many invoices to look through"}
}

// better tells whether an invoice is rather the one of the key than what was found before. Lists are newest first.
func better(inv, best *stripe.Invoice) bool {
	return best == nil || inv.Status != stripe.InvoiceStatusDraft || best.Status == stripe.InvoiceStatusDraft
}

// maxDrafts bounds how often a draft is made that is deleted again, within the day for which Stripe knows its key.
const maxDrafts = 8

// make makes the draft. When Stripe says that it was made before, it is what another process has made since the look, or
// it has been deleted since.
func (is *issue) make(ctx context.Context) (inv *stripe.Invoice, fresh bool, err error) {
	if due := is.due(); due.DueDate != nil && *due.DueDate <= is.p.wallClock().Unix() {
		return nil, false, invalid("terms", "due before it can be issued")
	}
	for n := range maxDrafts {
		made, fresh, err := is.draft(ctx, n)
		if err != nil || fresh {
			return made, fresh, err
		}
		now, err := read(ctx, is.p, opIssue, func(ctx context.Context, c *clients) (*stripe.Invoice, error) {
			return is.p.getInvoice(ctx, c, is.r.Customer, made.ID)
		})
		if !provider.IsKind(err, provider.ErrNotFound) {
			return now, false, err
		}
	}
	return nil, false, &provider.Error{Kind: provider.ErrConflict, Message: "the draft is deleted again and again"}
}

// due is when the invoice is due: on the day of the plan, or when it is made.
func (is *issue) due() *stripe.InvoiceParams {
	if days := is.r.Invoice.Terms.Days(); days > 0 {
		return &stripe.InvoiceParams{DueDate: noon(is.r.Invoice.Issued.AddDays(days))}
	}
	return &stripe.InvoiceParams{DaysUntilDue: stripe.Int64(0)}
}

// draft makes the n-th draft, without lines. The key alone names the request, so that another plan under it is refused by
// Stripe, too. Nothing is swept in, no discount is inherited, and nothing happens to it by itself.
func (is *issue) draft(ctx context.Context, n int) (inv *stripe.Invoice, fresh bool, err error) {
	done, err := is.p.turns.take(ctx, is.r.Customer)
	if err != nil {
		return nil, false, is.p.translate(opIssue, &notSent{err})
	}
	defer done()
	inv, err = step(ctx, is, &effect[*stripe.Invoice]{
		op: "IssueDraft", key: is.r.Key, params: nth(n),
		do: func(ctx context.Context, c *clients, key string) (*stripe.Invoice, error) {
			params := is.draftParams()
			params.Context, params.IdempotencyKey = ctx, stripe.String(key)
			got, err := c.invoices.New(params)
			fresh = err == nil && !exchangeOf(ctx).replayed
			return is.p.own(got, err, is.r.Customer)
		},
		look: func(ctx context.Context, _ *clients) (*stripe.Invoice, bool, error) {
			found, err := is.look(ctx)
			return found, found != nil, err
		},
	})
	return inv, fresh, err
}

func (is *issue) draftParams() *stripe.InvoiceParams {
	inv := &is.r.Invoice
	params := is.due()
	params.Customer, params.Currency = stripe.String(is.r.Customer), stripe.String(strings.ToLower(inv.Currency))
	params.AutoAdvance, params.CollectionMethod = stripe.Bool(false), stripe.String("send_invoice")
	params.PendingInvoiceItemsBehavior, params.Discounts = stripe.String("exclude"), []*stripe.InvoiceDiscountParams{}
	params.EffectiveAt, params.Metadata = noon(inv.Issued), planMetadata(is.r, is.plan)
	params.Description = optional(is.memo)
	if inv.Reference != "" && utf8.RuneCountInString(inv.Reference) <= maxField {
		params.CustomFields = []*stripe.InvoiceCustomFieldParams{{
			Name: stripe.String(referenceField), Value: stripe.String(readable(inv.Reference)),
		}}
	}
	return params
}

// explained finds out why a request was refused: Stripe has no code for a customer without an address.
func (is *issue) explained(ctx context.Context, err error) error {
	var e *provider.Error
	if !errors.As(err, &e) || !errors.Is(e.Kind, provider.ErrInvalid) || e.Field != "" {
		return err
	}
	if c, again := is.p.Customer(ctx, is.r.Customer); again == nil && c.Email.IsZero() {
		return invalid("email", "the customer has no address to send to")
	}
	return err
}

// maxAge is how old a look can be. What was missing longer ago may have been made by another process, under a key that
// Stripe has forgotten since.
const maxAge = time.Hour

// timely gives a write a look at the clock directly before each request: a process that was asleep for a day goes on with
// nothing.
func timely[T any](p *Provider, began time.Time, e *effect[T]) *effect[T] {
	do := e.do
	e.do = func(ctx context.Context, c *clients, key string) (T, error) {
		if p.wallClock().Sub(began) > maxAge {
			var zero T
			return zero, &provider.Error{Kind: provider.ErrUnavailable, Message: "it has taken too long: ask again"}
		}
		return do(ctx, c, key)
	}
	return e
}

// step is a write of Issue.
func step[T any](ctx context.Context, is *issue, e *effect[T]) (T, error) {
	return write(ctx, is.p, timely(is.p, is.began, e))
}

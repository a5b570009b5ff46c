package stripe

import (
	"context"
	"errors"
	"slices"
	"strconv"
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
			return is.end(ctx, inv.ID)
		case again && provider.IsKind(err, provider.ErrNotFound):
			return invoice.Invoice{}, is.deleted()
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
	if is.known != "" {
		inv, err = is.readKnown(ctx)
		return inv, false, err
	}
	seen, err := is.look(ctx)
	if err == nil && is.r.Claim != nil && seen.final == nil {
		err = is.dropPlans(ctx, &seen)
	}
	if err != nil {
		return nil, false, err
	}
	if inv = seen.best(); inv == nil {
		if inv, fresh, err = is.make(ctx); err != nil {
			return nil, false, err
		}
	}
	if err := is.checkMeta(inv); err != nil || is.r.Claim == nil {
		return inv, fresh, err
	}
	is.other = seen.drafts
	return is.claim(ctx, inv, fresh)
}

// checkMeta refuses an invoice that says of itself that it is of another key or plan.
func (is *issue) checkMeta(inv *stripe.Invoice) error {
	switch {
	case inv.Metadata[metaKey] != hashOf(is.r.Key):
		return &provider.Error{Kind: provider.ErrConflict, Message: "the invoice is of another key"}
	case inv.Metadata[metaPlan] != is.plan:
		return &provider.Error{Kind: provider.ErrConflict, Message: "the key was used for another plan"}
	}
	return nil
}

// How much of a customer's invoices is looked through for what an earlier request has left.
const (
	lookPages = 20
	lookSize  = provider.MaxPage
)

// sight is what there is of the key.
type sight struct {
	final  *stripe.Invoice   // the oldest that is no draft; nil: none
	drafts []*stripe.Invoice // oldest first
}

// best is the invoice of the key: one that is final counts before a draft, and an older one before a newer one. It is nil
// when there is none.
func (s *sight) best() *stripe.Invoice {
	if s.final == nil && len(s.drafts) > 0 {
		return s.drafts[0]
	}
	return s.final
}

// add takes one more, in the order of lists, which are newest first.
func (s *sight) add(inv *stripe.Invoice) {
	if inv.Status != stripe.InvoiceStatusDraft {
		s.final = inv
		return
	}
	s.drafts = slices.Insert(s.drafts, 0, inv)
}

// look finds what there is of the key by listing, which Stripe answers from its books, and never by searching, which lags.
func (is *issue) look(ctx context.Context) (seen sight, err error) {
	key, after := hashOf(is.r.Key), ""
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
			return sight{}, err
		}
		for _, inv := range page.Data {
			if inv.Metadata[metaKey] == key {
				seen.add(inv)
			}
		}
		if !page.HasMore || len(page.Data) == 0 {
			return seen, is.p.checkInvoice(seen.best(), is.r.Customer)
		}
		after = page.Data[len(page.Data)-1].ID
	}
	return sight{}, &provider.Error{Kind: provider.ErrUnsupported, Message: "the customer has too many invoices to look through"}
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
// Stripe, too; with a ledger, which decides between plans, the plan is named as well. Nothing is swept in, no discount is
// inherited, and nothing happens to it by itself.
func (is *issue) draft(ctx context.Context, n int) (inv *stripe.Invoice, fresh bool, err error) {
	done, err := is.p.turns.take(ctx, is.r.Customer)
	if err != nil {
		return nil, false, is.p.translate(opIssue, &notSent{err})
	}
	defer done()
	params := []string{strconv.Itoa(n)}
	if is.r.Claim != nil {
		params = append(params, is.plan)
	}
	inv, err = step(ctx, is, provider.StepDraft, &effect[*stripe.Invoice]{
		op: "IssueDraft", key: is.r.Key, params: params,
		do: func(ctx context.Context, c *clients, key string) (*stripe.Invoice, error) {
			params := is.draftParams()
			params.Context, params.IdempotencyKey = ctx, stripe.String(key)
			got, err := c.invoices.New(params)
			fresh = err == nil && !exchangeOf(ctx).replayed
			return is.p.own(got, err, is.r.Customer)
		},
		look: func(ctx context.Context, _ *clients) (*stripe.Invoice, bool, error) {
			seen, err := is.look(ctx)
			if is.r.Claim != nil {
				seen.drafts = slices.DeleteFunc(seen.drafts, is.otherPlan)
			}
			found := seen.best()
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

// timely refuses a write whose look is too old: a process that was asleep for a day goes on with nothing.
func (p *Provider) timely(began time.Time) error {
	if p.wallClock().Sub(began) > maxAge {
		return &provider.Error{Kind: provider.ErrUnavailable, Message: "it has taken too long: ask again"}
	}
	return nil
}

// mayGo gives what is asked directly before each request of a step that relies on the look.
func (is *issue) mayGo(s provider.IssueStep) func(context.Context) error {
	return func(ctx context.Context) error {
		if err := is.p.timely(is.began); err != nil {
			return err
		}
		return is.before(ctx, s)
	}
}

// before asks the caller, whose error ends everything.
func (is *issue) before(ctx context.Context, s provider.IssueStep) error {
	if is.r.Before == nil {
		return nil
	}
	if err := is.r.Before(ctx, s); err != nil {
		return &halted{err}
	}
	return nil
}

// step is a write of Issue.
func step[T any](ctx context.Context, is *issue, s provider.IssueStep, e *effect[T]) (T, error) {
	do := e.do
	e.do = func(ctx context.Context, c *clients, key string) (T, error) {
		exchangeOf(ctx).ask = is.mayGo(s)
		return do(ctx, c, key)
	}
	return write(ctx, is.p, e)
}

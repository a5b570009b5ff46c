package stripe

import (
	"context"
	"strconv"
	"strings"
	"time"

	stripe "github.com/stripe/stripe-go/v76"

	"github.com/billhatch/billhatch/provider"
)

// How much of a customer's invoices is looked through for what an earlier request has left.
const (
	lookPages = 10
	lookSize  = 100
)

// look finds the invoice of the key by listing, which Stripe answers from its books, and never by searching, which lags.
// One that is final counts before a draft, and an older draft before a newer one. It is nil when there is none.
func (is *issue) look(ctx context.Context) (*stripe.Invoice, error) {
	key := hashOf(is.r.Key)
	var best *stripe.Invoice
	after := ""
	for range lookPages {
		page, err := read(ctx, is.p, opIssue, func(ctx context.Context, c *clients) (*stripe.InvoiceList, error) {
			params := &stripe.InvoiceListParams{Customer: stripe.String(is.r.Customer)}
			params.Context, params.Single, params.Limit = ctx, true, stripe.Int64(lookSize)
			if after != "" {
				params.StartingAfter = stripe.String(after)
			}
			// Nothing of ours is made before its period: what is older need not be looked through.
			params.CreatedRange = &stripe.RangeQueryParams{GreaterThanOrEqual: is.r.Invoice.Period.From().AddDays(-1).Start(time.UTC).Unix()}
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
			return best, is.p.ownInvoice(best, is.r.Customer)
		}
		after = page.Data[len(page.Data)-1].ID
	}
	return nil, &provider.Error{Kind: provider.ErrUnavailable, Message: "too many invoices to look through"}
}

// better tells whether an invoice is rather the one of the key than what was found before. Lists are newest first.
func better(inv, best *stripe.Invoice) bool {
	return best == nil || inv.Status != stripe.InvoiceStatusDraft || best.Status == stripe.InvoiceStatusDraft
}

// draft makes the invoice without lines. The key alone names the request, so that another plan under it is refused by
// Stripe, too. Nothing is swept in, nothing is inherited, and nothing happens to it by itself.
func (is *issue) draft(ctx context.Context) (*stripe.Invoice, error) {
	inv := &is.r.Invoice
	return write(ctx, is.p, &effect[*stripe.Invoice]{
		op: "IssueDraft", key: is.r.Key,
		do: func(ctx context.Context, c *clients, key string) (*stripe.Invoice, error) {
			params := &stripe.InvoiceParams{
				Customer: stripe.String(is.r.Customer), Currency: stripe.String(strings.ToLower(inv.Currency)),
				AutoAdvance: stripe.Bool(false), CollectionMethod: stripe.String("send_invoice"),
				DaysUntilDue: stripe.Int64(int64(inv.Terms.Days())), PendingInvoiceItemsBehavior: stripe.String("exclude"),
				Discounts: []*stripe.InvoiceDiscountParams{}, DefaultTaxRates: []*string{}, EffectiveAt: noon(inv.Issued),
				Metadata: planMetadata(is.r, is.plan),
			}
			if inv.Note != "" {
				params.Description = stripe.String(clip(inv.Note, maxNote))
			}
			params.Context, params.IdempotencyKey = ctx, stripe.String(key)
			got, err := c.invoices.New(params)
			return own(is.p, got, err, is.r.Customer)
		},
		look: func(ctx context.Context, _ *clients) (*stripe.Invoice, bool, error) {
			found, err := is.look(ctx)
			return found, found != nil, err
		},
	})
}

const maxNote = 1500

// fill makes the lines of a draft those of the plan: what is there is kept, what is not ours or there twice goes, what is
// missing comes. Only when a reading finds exactly the plan it is done. A draft that was made just now has none.
func (is *issue) fill(ctx context.Context, id string, fresh bool) error {
	for round := range fillRounds {
		have := map[int]bool{}
		if !fresh || round > 0 {
			whole, err := is.sort(ctx, id, have)
			if err != nil || whole {
				return err
			}
		}
		for i := range is.lines {
			if !have[i] {
				if err := is.add(ctx, id, i); err != nil {
					return err
				}
			}
		}
	}
	return &provider.Error{Kind: provider.ErrUnknown, Message: "the draft does not become what was planned"}
}

// fillRounds bounds how often a draft is put right.
const fillRounds = 4

// sort reads the draft, takes away what does not belong, and tells which lines are there, and whether it is the plan.
func (is *issue) sort(ctx context.Context, id string, have map[int]bool) (whole bool, err error) {
	inv, lines, err := is.p.readDraft(ctx, is.r.Customer, id)
	if err != nil {
		return false, err
	}
	removed := false
	for _, l := range lines {
		i, ours := indexOf(l)
		if ours && i < len(is.lines) && !have[i] && is.isLine(i, l) {
			have[i] = true
			continue
		}
		if l.InvoiceItem == nil || l.InvoiceItem.ID == "" {
			return false, &provider.Error{Kind: provider.ErrForeign, Message: "the draft has a line that is not an item"}
		}
		removed = true
		if err := is.remove(ctx, id, l.InvoiceItem.ID); err != nil {
			return false, err
		}
	}
	if removed || len(have) < len(is.lines) {
		return false, nil
	}
	if inv.Total != is.total || !strings.EqualFold(string(inv.Currency), is.r.Invoice.Currency) || inv.AutoAdvance {
		return false, &provider.Error{Kind: provider.ErrForeign, Message: "the draft is not what was planned"}
	}
	return true, nil
}

// isLine tells whether a line is the one of the plan, to the last unit.
func (is *issue) isLine(i int, l *stripe.InvoiceLineItem) bool {
	return l.Amount == is.lines[i] && l.Description == describe(&is.r.Invoice.Lines[i]) &&
		strings.EqualFold(string(l.Currency), is.r.Invoice.Currency)
}

// add puts one line onto the draft. It is bound to the draft, so that no other invoice can sweep it in, and an integer.
func (is *issue) add(ctx context.Context, id string, i int) error {
	line := &is.r.Invoice.Lines[i]
	period := is.r.Invoice.Period
	_, err := write(ctx, is.p, &effect[string]{
		op: "IssueLine", object: id, key: is.r.Key, params: []string{is.plan, strconv.Itoa(i)},
		do: func(ctx context.Context, c *clients, key string) (string, error) {
			start, end := period.Bounds()
			params := &stripe.InvoiceItemParams{
				Customer: stripe.String(is.r.Customer), Invoice: stripe.String(id), Amount: stripe.Int64(is.lines[i]),
				Currency: stripe.String(strings.ToLower(is.r.Invoice.Currency)), Description: stripe.String(describe(line)),
				Discountable: stripe.Bool(false), Metadata: lineMetadata(i, line),
				Period: &stripe.InvoiceItemPeriodParams{Start: stripe.Int64(start.Unix()), End: stripe.Int64(end.Unix())},
			}
			params.Context, params.IdempotencyKey = ctx, stripe.String(key)
			item, err := c.items.New(params)
			if err != nil {
				return "", err
			}
			return item.ID, nil
		},
		look: func(ctx context.Context, _ *clients) (string, bool, error) {
			_, lines, err := is.p.readDraft(ctx, is.r.Customer, id)
			for _, l := range lines {
				if n, ours := indexOf(l); ours && n == i {
					return l.ID, true, err
				}
			}
			return "", false, err
		},
	})
	return err
}

// remove takes a line off the draft. One that is gone is no error.
func (is *issue) remove(ctx context.Context, id, item string) error {
	done, err := is.p.turns.take(ctx, id)
	if err != nil {
		return is.p.translate(opIssue, &notSent{err})
	}
	defer done()
	_, err = read(ctx, is.p, opIssue, func(ctx context.Context, c *clients) (struct{}, error) { // a deletion may be repeated
		params := &stripe.InvoiceItemParams{}
		params.Context = ctx
		_, err := c.items.Del(item, params)
		return struct{}{}, err
	})
	if provider.IsKind(err, provider.ErrNotFound) {
		return nil
	}
	return err
}

// finalize is the commit point.
func (is *issue) finalize(ctx context.Context, id string) (*stripe.Invoice, error) {
	return write(ctx, is.p, &effect[*stripe.Invoice]{
		op: "IssueFinalize", object: id, key: is.r.Key,
		do: func(ctx context.Context, c *clients, key string) (*stripe.Invoice, error) {
			params := &stripe.InvoiceFinalizeInvoiceParams{AutoAdvance: stripe.Bool(false)}
			params.Context, params.IdempotencyKey = ctx, stripe.String(key)
			got, err := c.invoices.FinalizeInvoice(id, params)
			return own(is.p, got, err, is.r.Customer)
		},
		look: func(ctx context.Context, c *clients) (*stripe.Invoice, bool, error) {
			params := &stripe.InvoiceParams{}
			params.Context = ctx
			got, err := c.invoices.Get(id, params)
			got, err = own(is.p, got, err, is.r.Customer)
			return got, err == nil && got.Status != stripe.InvoiceStatusDraft, err
		},
	})
}

// send mails the invoice. Stripe mails again each time it is asked, so that what was sent once is marked.
func (is *issue) send(ctx context.Context, inv *stripe.Invoice) error {
	_, err := write(ctx, is.p, &effect[struct{}]{
		op: "IssueSend", object: inv.ID, key: is.r.Key,
		do: func(ctx context.Context, c *clients, key string) (struct{}, error) {
			params := &stripe.InvoiceSendInvoiceParams{}
			params.Context, params.IdempotencyKey = ctx, stripe.String(key)
			_, err := c.invoices.SendInvoice(inv.ID, params)
			return struct{}{}, err
		},
		// Whether a mail has left cannot be read. A failure that is repeated from the store was one before it left.
		look: func(context.Context, *clients) (struct{}, bool, error) { return struct{}{}, false, nil },
	})
	return err
}

// clip cuts a text to so many characters.
func clip(text string, most int) string {
	if r := []rune(text); len(r) > most {
		return string(r[:most])
	}
	return text
}

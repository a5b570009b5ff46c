package stripe

import (
	"context"
	"strconv"
	"strings"

	stripe "github.com/stripe/stripe-go/v76"

	"github.com/billhatch/billhatch/provider"
)

// fillRounds bounds how often a draft is put right.
const fillRounds = 6

// fill makes the lines of a draft those of the plan: what is there is kept, what is there twice or was changed goes, what
// is missing comes. It gives the draft once a reading finds exactly the plan, or the invoice when it is no draft any
// more. A draft that was made just now has no lines.
func (is *issue) fill(ctx context.Context, id string, fresh bool) (*stripe.Invoice, error) {
	added := make([]int, len(is.lines)) // how often a line has come and was gone at the next reading
	for round := range fillRounds {
		missing := every(len(is.lines))
		if round > 0 || !fresh {
			inv, lines, err := is.readDraft(ctx, id)
			if err != nil || inv.Status != stripe.InvoiceStatusDraft {
				return inv, err
			}
			var extra []string
			if missing, extra, err = is.compare(lines); err != nil {
				return nil, err
			}
			if len(missing) == 0 && len(extra) == 0 {
				return inv, is.checkTotal(inv)
			}
			for _, item := range extra {
				if err := is.remove(ctx, id, item); err != nil {
					return nil, err
				}
			}
		}
		for _, i := range missing {
			if err := is.add(ctx, id, i, added[i]); err != nil {
				return nil, err
			}
			added[i]++
		}
	}
	return nil, &provider.Error{Kind: provider.ErrConflict, Message: "the draft does not become what was planned"}
}

func every(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}

// readDraft reads an invoice with all its lines, ours in order.
func (is *issue) readDraft(ctx context.Context, id string) (*stripe.Invoice, []*stripe.InvoiceLineItem, error) {
	inv, err := read(ctx, is.p, opIssue, func(ctx context.Context, c *clients) (*stripe.Invoice, error) {
		return is.p.getInvoice(ctx, c, is.r.Customer, id)
	})
	if err != nil {
		return nil, nil, err
	}
	lines, err := is.p.linesOf(ctx, opIssue, inv)
	if err != nil {
		return nil, nil, err
	}
	inOrder(lines)
	return inv, lines, nil
}

// compare tells which lines are missing, and the items of those that are there twice or were changed. A line that is not
// ours is a conflict: whoever has put it there wants it billed, and taking it away would lose it.
func (is *issue) compare(lines []*stripe.InvoiceLineItem) (missing []int, extra []string, err error) {
	have := make([]bool, len(is.lines))
	for _, l := range lines {
		i, ours := indexOf(l)
		if !ours || l.InvoiceItem == nil || l.InvoiceItem.ID == "" {
			return nil, nil, &provider.Error{Kind: provider.ErrConflict, Message: "somebody has put a line of their own on the draft"}
		}
		if i < len(is.lines) && !have[i] && is.isLine(i, l) {
			have[i] = true
			continue
		}
		extra = append(extra, l.InvoiceItem.ID)
	}
	for i := range have {
		if !have[i] {
			missing = append(missing, i)
		}
	}
	return missing, extra, nil
}

// isLine tells whether a line is the one of the plan, to the last unit. Its text is not compared: it is nothing that
// anybody pays, and Stripe may write it in another way.
func (is *issue) isLine(i int, l *stripe.InvoiceLineItem) bool {
	return l.Amount == is.lines[i].Amount && sameCode(l.Currency, is.r.Invoice.Currency)
}

// checkTotal refuses a draft that comes to something else than its lines: with a discount or a tax of somebody's.
func (is *issue) checkTotal(inv *stripe.Invoice) error {
	if inv.Total != is.total || !sameCode(inv.Currency, is.r.Invoice.Currency) {
		return &provider.Error{Kind: provider.ErrConflict, Message: "the draft comes to something else than was planned"}
	}
	return nil
}

// isPlan tells whether an invoice is the plan, and nothing else.
func (is *issue) isPlan(inv *stripe.Invoice, lines []*stripe.InvoiceLineItem) bool {
	missing, extra, err := is.compare(lines)
	return err == nil && len(missing) == 0 && len(extra) == 0 && is.checkTotal(inv) == nil
}

// add puts a line onto the draft, for the n-th time. It is bound to the draft, so that no other invoice can sweep it in,
// and its amount is an integer.
func (is *issue) add(ctx context.Context, id string, i, n int) error {
	_, err := step(ctx, is, provider.StepLine, &effect[string]{
		op: "IssueLine", object: id, key: is.r.Key, params: []string{is.plan, strconv.Itoa(i), strconv.Itoa(n)},
		do: func(ctx context.Context, c *clients, key string) (string, error) {
			params := is.lineParams(id, i)
			params.Context, params.IdempotencyKey = ctx, stripe.String(key)
			item, err := c.items.New(params)
			if err != nil {
				return "", err
			}
			return item.ID, nil
		},
		look: func(ctx context.Context, _ *clients) (string, bool, error) {
			_, lines, err := is.readDraft(ctx, id)
			for _, l := range lines {
				if at, ours := indexOf(l); ours && at == i && is.isLine(i, l) {
					return l.ID, true, err
				}
			}
			return "", false, err
		},
	})
	return err
}

func (is *issue) lineParams(id string, i int) *stripe.InvoiceItemParams {
	start, end := is.r.Invoice.Period.Bounds()
	return &stripe.InvoiceItemParams{
		Customer: stripe.String(is.r.Customer), Invoice: stripe.String(id), Amount: stripe.Int64(is.lines[i].Amount),
		Currency:     stripe.String(strings.ToLower(is.r.Invoice.Currency)),
		Description:  stripe.String(is.lines[i].Text),
		Discountable: stripe.Bool(false), Metadata: is.lines[i].Meta,
		Period: &stripe.InvoiceItemPeriodParams{Start: stripe.Int64(start.Unix()), End: stripe.Int64(end.Unix())},
	}
}

// remove takes a line off the draft. Whether it has gone, or cannot go any more, the next reading tells.
func (is *issue) remove(ctx context.Context, id, item string) error {
	done, err := is.p.turns.take(ctx, id)
	if err != nil {
		return is.p.translate(opIssue, &notSent{err})
	}
	defer done()
	_, err = read(ctx, is.p, opIssue, func(ctx context.Context, c *clients) (struct{}, error) { // a deletion may be repeated
		exchangeOf(ctx).ask = is.mayGo(provider.StepDelete)
		params := &stripe.InvoiceItemParams{}
		params.Context = ctx
		_, err := c.items.Del(item, params)
		return struct{}{}, err
	})
	if refused(err) {
		return nil
	}
	return err
}

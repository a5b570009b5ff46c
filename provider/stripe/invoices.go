package stripe

import (
	"context"
	"slices"
	"strconv"

	stripe "github.com/stripe/stripe-go/v76"

	"github.com/billhatch/billhatch/invoice"
	"github.com/billhatch/billhatch/provider"
)

// Invoice gives an invoice with all its lines.
func (p *Provider) Invoice(ctx context.Context, customer, id string) (invoice.Invoice, error) {
	const op = "Invoice"
	inv, err := p.shownInvoice(ctx, op, customer, id)
	if err != nil {
		return invoice.Invoice{}, err
	}
	if taxed(inv) { // the names of taxes are with their rates
		if inv, err = p.shownInvoice(ctx, op, customer, id, "total_tax_amounts.tax_rate"); err != nil {
			return invoice.Invoice{}, err
		}
	}
	lines, err := p.linesOf(ctx, op, inv)
	if err != nil {
		return invoice.Invoice{}, err
	}
	out, err := mapInvoice(inv)
	if err == nil {
		err = addLines(&out, inv, lines)
	}
	if err != nil {
		return invoice.Invoice{}, named(op, err)
	}
	return out, nil
}

// shownInvoice reads an invoice that is the customer's and no draft, with the customer and what its discounts are called.
func (p *Provider) shownInvoice(ctx context.Context, op, customer, id string, more ...string) (*stripe.Invoice, error) {
	if !customerID.MatchString(customer) || !invoiceID.MatchString(id) {
		return nil, provider.NotFound(op)
	}
	return read(ctx, p, op, func(ctx context.Context, c *clients) (*stripe.Invoice, error) {
		params := &stripe.InvoiceParams{Expand: stripe.StringSlice(append([]string{"customer", "discounts"}, more...))}
		params.Context = ctx
		inv, err := c.invoices.Get(id, params)
		switch {
		case err != nil:
			return nil, err
		case inv.ID != id || inv.Livemode != p.cfg.Live:
			return nil, foreign("another invoice than was asked for")
		case inv.Customer == nil || inv.Customer.ID != customer || inv.Customer.Deleted || hidden(inv):
			return nil, &provider.Error{Kind: provider.ErrNotFound}
		}
		return inv, nil
	})
}

// taxed tells whether there are taxes to be shown.
func taxed(inv *stripe.Invoice) bool {
	return slices.ContainsFunc(inv.TotalTaxAmounts, func(t *stripe.InvoiceTotalTaxAmount) bool { return t != nil && !t.Inclusive })
}

// hidden tells whether an invoice is one that nobody is shown.
func hidden(inv *stripe.Invoice) bool {
	return inv.Deleted || inv.Status == stripe.InvoiceStatusDraft || inv.Status == ""
}

// Invoices gives a page, newest first, without lines. Stripe filters one status at a time and knows no "anything but
// drafts", so it is read on until the page is full; after some pages of nothing but drafts, a page may be short and have
// a Next all the same.
func (p *Provider) Invoices(ctx context.Context, q provider.InvoiceQuery) (provider.InvoicePage, error) {
	const op = "Invoices"
	if err := checkLimit(op, q.Limit); err != nil {
		return provider.InvoicePage{}, err
	}
	if q.Filter > provider.OpenInvoices {
		return provider.InvoicePage{}, &provider.Error{Op: op, Kind: provider.ErrInvalid, Field: "filter", Message: "unknown"}
	}
	if !customerID.MatchString(q.Customer) {
		return provider.InvoicePage{}, provider.NotFound(op)
	}
	l := &invoiceList{p: p, op: op, q: q, bound: []string{"invoices", q.Customer, strconv.Itoa(int(q.Filter))}}
	page, err := l.page(ctx)
	if err == nil && !l.seen { // nothing has told whether there is such a customer
		_, err = p.customer(ctx, op, q.Customer)
	}
	if err != nil {
		return provider.InvoicePage{}, named(op, err)
	}
	return page, nil
}

// invoiceList reads a page of a list.
type invoiceList struct {
	p     *Provider
	op    string
	q     provider.InvoiceQuery
	bound []string
	seen  bool // an invoice of the customer, shown or not
}

// The directions of a cursor. Its anchor is the invoice on this side of the page.
const (
	older = "n"
	newer = "p"
)

func (l *invoiceList) page(ctx context.Context) (provider.InvoicePage, error) {
	if l.q.Cursor == "" {
		return l.older(ctx, "")
	}
	position, err := l.p.unseal(l.q.Cursor, 2, l.bound...)
	if err != nil {
		return provider.InvoicePage{}, err
	}
	switch way, anchor := position[0], position[1]; {
	case !invoiceID.MatchString(anchor):
	case way == older:
		return l.older(ctx, anchor)
	case way == newer:
		return l.newer(ctx, anchor)
	}
	return provider.InvoicePage{}, &provider.Error{Kind: provider.ErrInvalidCursor}
}

// rawPages bounds how many pages of Stripe's are read for one of ours.
const rawPages = 10

// older gives the page that follows an anchor; the newest one when it is empty. One invoice more than the page holds is
// looked for, so that there is a Next only when there is something.
func (l *invoiceList) older(ctx context.Context, anchor string) (provider.InvoicePage, error) {
	var found []*stripe.Invoice
	after, next := anchor, ""
	for n := 0; len(found) <= l.q.Limit; n++ {
		raw, more, err := l.fetch(ctx, n, &stripe.ListParams{StartingAfter: optional(after)})
		if err != nil {
			return provider.InvoicePage{}, err
		}
		found = append(found, l.shown(raw)...)
		if !more {
			break
		}
		after = raw[len(raw)-1].ID
		if n+1 == rawPages {
			next = after
			break
		}
	}
	if len(found) > l.q.Limit {
		found = found[:l.q.Limit]
		next = found[l.q.Limit-1].ID
	}
	var page provider.InvoicePage
	if next != "" {
		page.Next = l.p.seal([]string{older, next}, l.bound...)
	}
	if first := anchor; first != "" {
		if len(found) > 0 {
			first = found[0].ID
		}
		page.Prev = l.p.seal([]string{newer, first}, l.bound...)
	}
	return l.fill(page, found)
}

// newer gives the page before an anchor. Stripe gives the nearest ones, newest first, and says whether there are more
// that are newer still. When there are none any more, the newest page is what was asked for.
func (l *invoiceList) newer(ctx context.Context, anchor string) (provider.InvoicePage, error) {
	var found []*stripe.Invoice
	before, prev := anchor, ""
	for n := 0; len(found) <= l.q.Limit; n++ {
		raw, more, err := l.fetch(ctx, n, &stripe.ListParams{EndingBefore: optional(before)})
		if err != nil {
			return provider.InvoicePage{}, err
		}
		found = append(l.shown(raw), found...)
		if !more {
			break
		}
		before = raw[0].ID
		if n+1 == rawPages {
			prev = before
			break
		}
	}
	if len(found) == 0 && prev == "" {
		return l.older(ctx, "")
	}
	if beyond := len(found) - l.q.Limit; beyond > 0 {
		found = found[beyond:]
		prev = found[0].ID
	}
	last := anchor
	if len(found) > 0 {
		last = found[len(found)-1].ID
	}
	page := provider.InvoicePage{Next: l.p.seal([]string{older, last}, l.bound...)}
	if prev != "" {
		page.Prev = l.p.seal([]string{newer, prev}, l.bound...)
	}
	return l.fill(page, found)
}

// fetch reads the n-th page of Stripe's for a page of ours, and refuses it when anything in it is somebody else's.
func (l *invoiceList) fetch(ctx context.Context, n int, at *stripe.ListParams) (raw []*stripe.Invoice, more bool, err error) {
	size := provider.MaxPage
	if n == 0 {
		size = min(size, l.q.Limit+1)
	}
	list, err := read(ctx, l.p, l.op, func(ctx context.Context, c *clients) (*stripe.InvoiceList, error) {
		params := &stripe.InvoiceListParams{
			ListParams: *at, Customer: stripe.String(l.q.Customer), Status: statusOf(l.q.Filter),
			Expand: stripe.StringSlice([]string{"data.customer"}),
		}
		params.Context, params.Single, params.Limit = ctx, true, stripe.Int64(int64(size))
		it := c.invoices.List(params)
		return it.InvoiceList(), it.Err()
	})
	if err != nil {
		return nil, false, err
	}
	for _, inv := range list.Data {
		if err := l.p.checkCustomer(inv.Customer, l.q.Customer); err != nil {
			return nil, false, err
		}
		if inv.ID == "" || inv.Livemode != l.p.cfg.Live {
			return nil, false, foreign("an invoice of the other mode")
		}
		l.seen = true
	}
	return list.Data, list.HasMore && len(list.Data) > 0, nil
}

// shown takes what the filter lets through. Stripe has filtered before; what has changed meanwhile is left out.
func (l *invoiceList) shown(raw []*stripe.Invoice) []*stripe.Invoice {
	return slices.DeleteFunc(slices.Clone(raw), func(inv *stripe.Invoice) bool {
		wanted := statusOf(l.q.Filter)
		return hidden(inv) || wanted != nil && string(inv.Status) != *wanted
	})
}

func (l *invoiceList) fill(page provider.InvoicePage, found []*stripe.Invoice) (provider.InvoicePage, error) {
	for _, inv := range found {
		mapped, err := mapInvoice(inv)
		if err != nil {
			return provider.InvoicePage{}, err
		}
		page.Invoices = append(page.Invoices, mapped)
	}
	return page, nil
}

// statusOf is Stripe's filter; nil for all.
func statusOf(f provider.InvoiceFilter) *string {
	switch f {
	case provider.PaidInvoices:
		return stripe.String(string(stripe.InvoiceStatusPaid))
	case provider.OpenInvoices:
		return stripe.String(string(stripe.InvoiceStatusOpen))
	default:
		return nil
	}
}

func optional(s string) *string {
	if s == "" {
		return nil
	}
	return stripe.String(s)
}

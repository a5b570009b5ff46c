package stripe

import (
	"context"
	"slices"

	"github.com/shopspring/decimal"
	stripe "github.com/stripe/stripe-go/v76"

	"github.com/billhatch/billhatch/invoice"
	"github.com/billhatch/billhatch/money"
	"github.com/billhatch/billhatch/provider"
)

// linePages bounds the pages of lines of one invoice. An account may have a higher limit than 250.
const linePages = 40

// linesOf gives all lines of an invoice. Stripe puts ten with the invoice, and the others have to be asked for.
func (p *Provider) linesOf(ctx context.Context, op string, inv *stripe.Invoice) ([]*stripe.InvoiceLineItem, error) {
	if inv.Lines == nil {
		return nil, named(op, foreign("an invoice without its lines"))
	}
	lines := slices.Clone(inv.Lines.Data)
	more := inv.Lines.HasMore
	for n := 0; more && len(lines) > 0; n++ {
		if n == linePages {
			return nil, &provider.Error{Op: op, Kind: provider.ErrTooLarge, Message: "more lines than are read"}
		}
		after := lines[len(lines)-1].ID
		page, err := read(ctx, p, op, func(ctx context.Context, c *clients) (*stripe.InvoiceLineItemList, error) {
			params := &stripe.InvoiceListLinesParams{Invoice: stripe.String(inv.ID)}
			params.Context, params.Single, params.Limit, params.StartingAfter = ctx, true, stripe.Int64(provider.MaxPage), &after
			it := c.invoices.ListLines(params)
			return it.InvoiceLineItemList(), it.Err()
		})
		if err != nil {
			return nil, err
		}
		lines, more = append(lines, page.Data...), page.HasMore && len(page.Data) > 0
	}
	for _, l := range lines {
		if l == nil || l.Currency != inv.Currency || l.Livemode != inv.Livemode {
			return nil, named(op, foreign("a line of another currency or mode"))
		}
	}
	return lines, nil
}

// addLines gives an invoice its lines, ours as they were planned, and what is taken off the whole as lines of its own.
func addLines(out *invoice.Invoice, in *stripe.Invoice, lines []*stripe.InvoiceLineItem) error {
	m := minor{code: out.Currency}
	inOrder(lines)
	for _, l := range lines {
		out.Lines = append(out.Lines, mapLine(&m, l))
	}
	if s := in.ShippingCost; s != nil && s.AmountSubtotal != 0 {
		out.Lines = append(out.Lines, extraLine("shipping", "Shipping", invoice.Fee, m.amount(s.AmountSubtotal)))
	}
	names := map[string]string{}
	for _, d := range in.Discounts {
		if d != nil && d.Coupon != nil {
			names[d.ID] = d.Coupon.Name
		}
	}
	for _, off := range in.TotalDiscountAmounts {
		if off == nil || off.Amount == 0 {
			continue
		}
		key, name := "discount", "Discount"
		if off.Discount != nil {
			key = off.Discount.ID
			if names[key] != "" {
				name = names[key]
			}
		}
		out.Lines = append(out.Lines, extraLine(key, name, invoice.Discount, m.amount(-off.Amount)))
	}
	return m.err
}

// extraLine is a line that Stripe has beside the lines.
func extraLine(key, text string, kind invoice.LineKind, amount money.Amount) invoice.Line {
	return invoice.Line{
		Key: key, Kind: kind, Description: text, Quantity: decimal.NewFromInt(1), Unit: amount, Amount: amount, Merged: 1,
	}
}

// lineKinds are the kinds that a line of ours may say that it is of.
var lineKinds = []invoice.LineKind{
	invoice.Seats, invoice.Metered, invoice.Fee, invoice.Discount, invoice.Adjustment, invoice.Aggregate,
}

func mapLine(m *minor, l *stripe.InvoiceLineItem) invoice.Line {
	out := invoice.Line{
		Key: l.ID, Kind: invoice.LineKind(l.Metadata[metaKind]), Description: l.Description, Tenant: l.Metadata[metaTenant],
		Group: l.Metadata[metaGroup], Quantity: decimal.NewFromInt(1), Amount: m.amount(l.Amount), Merged: 1,
	}
	if !slices.Contains(lineKinds, out.Kind) {
		out.Kind = kindOf(l)
	}
	if l.Quantity > 0 {
		out.Quantity = decimal.NewFromInt(l.Quantity)
	}
	if l.Price != nil && l.Price.UnitAmount*l.Quantity == l.Amount { // else there is no single price
		out.Unit = m.amount(l.Price.UnitAmount)
	}
	if _, ours := indexOf(l); ours {
		asPlanned(&out, l.Metadata)
	}
	return out
}

// kindOf is what a line of Stripe's own bills.
func kindOf(l *stripe.InvoiceLineItem) invoice.LineKind {
	switch {
	case l.Price != nil && l.Price.Recurring != nil && l.Price.Recurring.UsageType == stripe.PriceRecurringUsageTypeMetered:
		return invoice.Metered
	case l.Proration || l.Amount < 0:
		return invoice.Adjustment
	}
	return invoice.Fee
}

package stripefake

import (
	"crypto/sha256"
	"encoding/hex"
	"math/big"
	"strconv"
)

// embeddedLines is how many lines an invoice carries; the rest has to be listed.
const embeddedLines = 10

func (x *Invoice) render(r *Realm) obj {
	if x.Deleted {
		return obj{"id": x.ID, "object": "invoice", "deleted": true}
	}
	lines := []any{}
	for _, line := range x.Lines[:min(len(x.Lines), embeddedLines)] {
		lines = append(lines, line.render(r, x))
	}
	discounts, amounts := []any{}, []any{}
	for i, d := range x.Discounts {
		discounts = append(discounts, d.ID)
		amounts = append(amounts, obj{"amount": x.off[i], "discount": d.ID})
	}
	body := obj{
		"id": x.ID, "object": "invoice", "account_country": "US", "account_name": "Fake", "account_tax_ids": nil,
		"amount_due": x.AmountDue, "amount_paid": x.AmountPaid, "amount_remaining": x.AmountRemaining, "amount_shipping": 0,
		"application": nil, "application_fee_amount": nil, "attempt_count": flag(x.Attempted && !x.PaidOutOfBand),
		"attempted": x.Attempted, "auto_advance": x.AutoAdvance,
		"automatic_tax":  obj{"enabled": false, "liability": nil, "status": nil},
		"billing_reason": x.BillingReason, "charge": textOrNull(x.Charge), "collection_method": x.CollectionMethod,
		"created": x.Created.Unix(), "currency": x.Currency, "custom_fields": x.fields(), "customer": x.Customer,
		"customer_address": nil, "customer_email": textOrNull(x.CustomerEmail), "customer_name": textOrNull(x.CustomerName),
		"customer_phone": nil, "customer_shipping": nil, "customer_tax_exempt": "none", "customer_tax_ids": []any{},
		"default_payment_method": nil, "default_source": nil, "default_tax_rates": []any{},
		"description": textOrNull(x.Description), "discount": nil, "discounts": discounts, "due_date": timeOrNull(x.DueDate),
		"effective_at": timeOrNull(x.EffectiveAt), "ending_balance": nil, "footer": textOrNull(x.Footer), "from_invoice": nil,
		"hosted_invoice_url": nil, "invoice_pdf": nil, "issuer": obj{"type": "self"}, "last_finalization_error": nil,
		"latest_revision": nil, "lines": listOf(lines, len(x.Lines) > embeddedLines, "/v1/invoices/"+x.ID+"/lines"),
		"livemode": r.live, "metadata": metadataOf(x.Metadata), "next_payment_attempt": nil, "number": textOrNull(x.Number),
		"on_behalf_of": nil, "paid": x.Status == Paid, "paid_out_of_band": x.PaidOutOfBand, "payment_intent": nil,
		"payment_settings": obj{"default_mandate": nil, "payment_method_options": nil, "payment_method_types": nil},
		"period_end":       x.PeriodEnd.Unix(), "period_start": x.PeriodStart.Unix(),
		"post_payment_credit_notes_amount": x.PostPaymentCredits, "pre_payment_credit_notes_amount": x.PrePaymentCredits,
		"quote": nil, "receipt_number": nil, "rendering": x.rendering(), "shipping_cost": nil, "shipping_details": nil,
		"starting_balance": x.StartingBalance, "statement_descriptor": nil, "status": x.Status,
		"status_transitions": obj{
			"finalized_at": timeOrNull(x.FinalizedAt), "marked_uncollectible_at": timeOrNull(x.UncollectibleAt),
			"paid_at": timeOrNull(x.PaidAt), "voided_at": timeOrNull(x.VoidedAt),
		},
		"subscription": textOrNull(x.Subscription), "subscription_details": obj{"metadata": nil}, "subtotal": x.Subtotal,
		"subtotal_excluding_tax": x.Subtotal, "tax": nil, "test_clock": nil, "total": x.Total,
		"total_discount_amounts": amounts, "total_excluding_tax": x.Total, "total_tax_amounts": []any{}, "transfer_data": nil,
		"webhooks_delivered_at": x.Created.Unix(),
	}
	if len(x.Discounts) > 0 {
		body["discount"] = x.Discounts[0].render(r)
	}
	if x.Status == Draft && x.AutoAdvance && x.CollectionMethod == ChargeAutomatically {
		body["next_payment_attempt"] = x.Created.Add(autoFinalizeAfter).Unix()
	}
	if x.Status != Draft {
		body["ending_balance"] = x.EndingBalance
		body["hosted_invoice_url"] = "https://invoice.stripe.com/i/" + r.account + "/" + r.documentToken(x.ID) + "?s=ap"
		body["invoice_pdf"] = r.server.pdfBase + "/invoice/" + r.account + "/" + r.documentToken(x.ID) + "/pdf?s=ap"
	}
	return body
}

func (x *Invoice) fields() any {
	if len(x.Fields) == 0 {
		return nil
	}
	out := []any{}
	for _, f := range x.Fields {
		out = append(out, obj{"name": f.Name, "value": f.Value})
	}
	return out
}

func (x *Invoice) rendering() any {
	if x.PageSize == "" && x.TaxDisplay == "" {
		return nil
	}
	return obj{"amount_tax_display": textOrNull(x.TaxDisplay), "pdf": obj{"page_size": orDefault(x.PageSize, "auto")}}
}

func (l Line) render(r *Realm, x *Invoice) obj {
	discounts := []any{}
	for i, off := range l.off {
		if off > 0 {
			discounts = append(discounts, obj{"amount": off, "discount": x.Discounts[i].ID})
		}
	}
	kind, recurring := "invoiceitem", any(nil)
	if l.Item == "" {
		kind, recurring = "subscription", monthly()
	}
	body := obj{
		"id": l.ID, "object": "line_item", "amount": l.Amount, "amount_excluding_tax": l.Amount, "currency": x.Currency,
		"description": textOrNull(l.Description), "discount_amounts": discounts, "discountable": !l.NotDiscountable,
		"discounts": []any{}, "invoice": x.ID, "livemode": r.live, "metadata": metadataOf(l.Metadata),
		"period": obj{"end": l.PeriodEnd.Unix(), "start": l.PeriodStart.Unix()},
		"price":  priceOf(r, l.price, l.Amount, l.Quantity, x.Currency, x.Created.Unix(), recurring), "proration": false,
		"proration_details": obj{"credited_items": nil}, "quantity": l.Quantity, "subscription": textOrNull(l.Subscription),
		"tax_amounts": []any{}, "tax_rates": []any{}, "type": kind, "unit_amount_excluding_tax": perUnit(l.Amount, l.Quantity),
	}
	if l.Item != "" {
		body["invoice_item"] = l.Item
	}
	return body
}

// priceOf is the price that Stripe makes up for an amount.
func priceOf(r *Realm, id string, amount, quantity int64, currency string, created int64, recurring any) obj {
	kind := "one_time"
	if recurring != nil {
		kind = "recurring"
	}
	unit := any(nil)
	if quantity != 0 && amount%quantity == 0 {
		unit = amount / quantity
	}
	return obj{
		"id": id, "object": "price", "active": kind != "one_time", "billing_scheme": "per_unit", "created": created,
		"currency": currency, "custom_unit_amount": nil, "livemode": r.live, "lookup_key": nil, "metadata": obj{},
		"nickname": nil, "product": "prod_" + hashed(id, 14), "recurring": recurring, "tax_behavior": "unspecified",
		"tiers_mode": nil, "transform_quantity": nil, "type": kind, "unit_amount": unit,
		"unit_amount_decimal": perUnit(amount, quantity),
	}
}

func monthly() obj {
	return obj{"aggregate_usage": nil, "interval": "month", "interval_count": 1, "usage_type": "licensed"}
}

// perUnit writes a quotient as Stripe does, with at most 12 decimals.
func perUnit(amount, quantity int64) string {
	if quantity == 0 {
		return strconv.FormatInt(amount, 10)
	}
	if amount%quantity == 0 {
		return strconv.FormatInt(amount/quantity, 10)
	}
	return big.NewRat(amount, quantity).FloatString(12)
}

func mulDiv(a, b, c int64) int64 {
	product := new(big.Int).Mul(big.NewInt(a), big.NewInt(b))
	return product.Quo(product, big.NewInt(c)).Int64()
}

func flag(b bool) int {
	if b {
		return 1
	}
	return 0
}

// hashed is something that looks like a part of an id and belongs to another id.
func hashed(id string, length int) string {
	sum := sha256.Sum256([]byte(id))
	return hex.EncodeToString(sum[:])[:length]
}

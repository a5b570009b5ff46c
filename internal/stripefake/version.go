package stripefake

// Basil is the version from which invoices and subscriptions have another shape.
const Basil = "2025-03-31.basil"

// inVersion brings an object of ours into the shape of a version: fields that have moved are not there any more, which
// a client of today reads as zero.
func inVersion(body obj, version string) obj {
	if version < Basil {
		return body
	}
	switch body["object"] {
	case "invoice":
		basilInvoice(body)
	case "subscription":
		basilSubscription(body)
	case "discount":
		delete(body, "coupon")
		body["source"] = obj{"type": "coupon"}
	}
	return body
}

func basilInvoice(body obj) {
	if body["deleted"] == true {
		return
	}
	parent := any(nil)
	if sub := body["subscription"]; sub != nil {
		parent = obj{
			"type": "subscription_details", "quote_details": nil,
			"subscription_details": obj{"metadata": obj{}, "subscription": sub},
		}
	}
	without(body, "paid", "paid_out_of_band", "charge", "payment_intent", "subscription", "subscription_details", "tax",
		"total_tax_amounts", "discount", "quote", "application_fee_amount", "transfer_data")
	body["parent"], body["amount_overpaid"], body["total_taxes"] = parent, 0, []any{}
	lines, _ := body["lines"].(obj)
	data, _ := lines["data"].([]any)
	for _, line := range data {
		if line, ok := line.(obj); ok {
			basilLine(line)
		}
	}
}

func basilLine(line obj) {
	parent := obj{
		"type": "invoice_item_details", "subscription_item_details": nil,
		"invoice_item_details": obj{"invoice_item": line["invoice_item"], "proration": false, "subscription": nil},
	}
	price, _ := line["price"].(obj)
	pricing := obj{
		"type": "price_details", "price_details": obj{"price": price["id"], "product": price["product"]},
		"unit_amount_decimal": price["unit_amount_decimal"],
	}
	without(line, "price", "plan", "type", "proration", "proration_details", "tax_amounts", "tax_rates",
		"unit_amount_excluding_tax", "amount_excluding_tax", "invoice_item", "subscription")
	line["parent"], line["pricing"], line["taxes"] = parent, pricing, []any{}
}

func basilSubscription(body obj) {
	items, _ := body["items"].(obj)
	data, _ := items["data"].([]any)
	for _, item := range data {
		if item, ok := item.(obj); ok {
			item["current_period_start"], item["current_period_end"] = body["current_period_start"], body["current_period_end"]
		}
	}
	without(body, "current_period_start", "current_period_end", "discount")
	body["discounts"] = []any{}
}

func without(body obj, keys ...string) {
	for _, key := range keys {
		delete(body, key)
	}
}

package stripe

import (
	"encoding/json"
)

// required are the fields that an object of a kind has in API version 2023-10-16 and that this package reads. Other
// versions have moved some of them, and the SDK would read what is not there as zero: an invoice of nothing, a
// subscription that ends in 1970. Only fields whose absence would pass unnoticed are listed.
var required = map[string][]string{
	"customer": {"id", "livemode", "email", "created"},
	"invoice": {
		"customer", "livemode", "status", "currency", "created", "collection_method", "paid", "paid_out_of_band",
		"amount_due", "amount_paid", "amount_remaining", "subtotal", "total", "total_tax_amounts", "lines",
		"pre_payment_credit_notes_amount", "post_payment_credit_notes_amount", "period_start", "period_end",
		"status_transitions",
	},
	"line_item":                    {"amount", "currency", "livemode", "metadata", "period", "type"},
	"invoiceitem":                  {"id", "amount", "currency", "customer", "livemode"},
	"subscription":                 {"id", "customer", "livemode", "status", "current_period_end", "cancel_at_period_end"},
	"discount":                     {"id", "coupon", "start"},
	"coupon":                       {"id", "livemode"},
	"customer_balance_transaction": {"id", "amount", "created", "currency", "customer", "livemode", "type"},
	"payment_method":               {"id", "livemode", "type"},
	"credit_note":                  {"id", "amount", "total", "currency", "customer", "invoice", "livemode", "status"},
	"billing_portal.session":       {"id", "customer", "livemode", "url"},
	"billing_portal.configuration": {"id", "active", "is_default", "livemode", "login_page"},
	"webhook_endpoint":             {"id", "livemode", "status"},
	"event":                        {"id", "data", "livemode", "type"},
	"list":                         {"data", "has_more"},
	"search_result":                {"data", "has_more"},
}

var collections = map[string]bool{"list": true, "search_result": true}

// shapeError is for an answer that lacks what it must have.
type shapeError struct{ object, field string }

// Error names the kind of object and the field, both out of the table above.
func (e *shapeError) Error() string {
	if e.field == "" {
		return "the answer is not what was asked for"
	}
	return "the answer lacks " + e.object + "." + e.field + ": another API version?"
}

// checkShape refuses an answer in which a field of the table is missing, however deep, and one that is not what was asked
// for: collection is "list", "search_result", or empty for a single object.
func checkShape(body []byte, collection string) error {
	var answer any
	if json.Unmarshal(body, &answer) != nil {
		return errGarbled
	}
	object, _ := answer.(map[string]any)
	kind, _ := object["object"].(string)
	if required[kind] == nil || (collection != "" || collections[kind]) && kind != collection {
		return &shapeError{}
	}
	return checkObject(object)
}

func checkObject(object map[string]any) error {
	if deleted, _ := object["deleted"].(bool); deleted {
		return nil // has an id and nothing else
	}
	kind, _ := object["object"].(string)
	for _, field := range required[kind] {
		if _, ok := object[field]; !ok {
			return &shapeError{kind, field}
		}
	}
	if kind == "event" {
		return nil // what it carries is of the account's version, whatever version was asked for
	}
	for _, value := range object {
		if err := checkValue(value); err != nil {
			return err
		}
	}
	return nil
}

func checkValue(value any) error {
	switch value := value.(type) {
	case map[string]any:
		return checkObject(value)
	case []any:
		for _, item := range value {
			if err := checkValue(item); err != nil {
				return err
			}
		}
	}
	return nil
}

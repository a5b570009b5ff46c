package stripefake

import (
	"maps"
	"slices"
	"strings"
	"sync"
)

// expandable are the fields that hold ids and can be asked for whole, by kind of object. The empty kind is for the invoice
// settings of a customer, which have no name.
var expandable = sync.OnceValue(func() map[string][]string {
	return map[string][]string{
		"invoice":                      {"customer", "subscription", "discounts", "default_payment_method", "charge", "payment_intent"},
		"line_item":                    {"invoice_item", "subscription", "discounts"},
		"invoiceitem":                  {"customer", "invoice", "discounts", "subscription"},
		"credit_note":                  {"customer", "invoice", "customer_balance_transaction", "refund"},
		"customer_balance_transaction": {"customer", "invoice", "credit_note"},
		"customer":                     {"default_source"},
		"discount":                     {"customer"},
		"payment_method":               {"customer"},
		"subscription":                 {"customer", "latest_invoice", "default_payment_method"},
		"billing_portal.session":       {"configuration"},
		"":                             {"default_payment_method"},
	}
})

// Expandable lists the fields that can be expanded, by kind of object; the empty kind is for the invoice settings of a
// customer.
func Expandable() map[string][]string { return maps.Clone(expandable()) }

// expand puts objects in the place of their ids, as the request asks for.
func (c *call) expand(body any) *apiError {
	const deepest = 4
	for _, path := range c.form.list("expand") {
		steps := strings.Split(path, ".")
		if len(steps) > deepest {
			return invalid("", "expand", "You cannot expand more than %d levels of a property (%s).", deepest, path)
		}
		if !c.expandAt(body, steps) {
			return invalid("", "expand", "This property cannot be expanded (%s).", path)
		}
	}
	return nil
}

func (c *call) expandAt(value any, steps []string) bool {
	if len(steps) == 0 || value == nil {
		return true
	}
	switch v := value.(type) {
	case []any:
		for _, element := range v {
			if !c.expandAt(element, steps) {
				return false
			}
		}
		return true
	case obj:
		return c.expandField(v, steps)
	default:
		return false
	}
}

func (c *call) expandField(body obj, steps []string) bool {
	name := steps[0]
	kind, _ := body["object"].(string)
	field, there := body[name]
	if slices.Contains(expandable()[kind], name) {
		whole, ok := c.whole(field)
		if !ok {
			return false
		}
		body[name] = whole
		return c.expandAt(whole, steps[1:])
	}
	return there && len(steps) > 1 && c.expandAt(field, steps[1:])
}

// whole gives the object of an id, or those of several.
func (c *call) whole(field any) (any, bool) {
	switch field := field.(type) {
	case nil:
		return nil, true
	case string:
		o := c.realm.find(field)
		if o == nil {
			return nil, false // a kind that the server has no objects of, such as a charge
		}
		return c.realm.show(o), true
	case []any:
		out := make([]any, len(field))
		for i, element := range field {
			whole, ok := c.whole(element)
			if !ok {
				return nil, false
			}
			out[i] = whole
		}
		return out, true
	default:
		return field, true // has been expanded
	}
}

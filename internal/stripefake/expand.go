package stripefake

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
)

// expandable are the fields that hold ids and can be asked for whole, by kind of object, and the kinds of what they hold.
var expandable = sync.OnceValue(func() map[string]map[string]string {
	return map[string]map[string]string{
		"invoice": {
			"customer": "customer", "subscription": "subscription", "discounts": "discount",
			"default_payment_method": "payment_method",
		},
		"invoice_tax_amount":           {"tax_rate": "tax_rate"},
		"line_item":                    {"invoice_item": "invoiceitem", "subscription": "subscription", "discounts": "discount"},
		"invoiceitem":                  {"customer": "customer", "invoice": "invoice", "discounts": "discount", "subscription": "subscription"},
		"credit_note":                  {"customer": "customer", "invoice": "invoice", "customer_balance_transaction": "customer_balance_transaction"},
		"customer_balance_transaction": {"customer": "customer", "invoice": "invoice", "credit_note": "credit_note"},
		"discount":                     {"customer": "customer"},
		"payment_method":               {"customer": "customer"},
		"subscription":                 {"customer": "customer", "latest_invoice": "invoice", "default_payment_method": "payment_method"},
		"billing_portal.session":       {"configuration": "billing_portal.configuration"},
		settings:                       {"default_payment_method": "payment_method"},
	}
})

// settings is what we call the invoice settings of a customer, which have no name.
const settings = "invoice_setting_customer_setting"

// A list is of a kind; these are the parts of objects that expansions go through.
const listPrefix = "list of "

func parts(kind string) map[string]string {
	switch kind {
	case "invoice":
		return map[string]string{"lines": listPrefix + "line_item", "discount": "discount", "total_tax_amounts": "invoice_tax_amount"}
	case "customer":
		return map[string]string{"invoice_settings": settings, "discount": "discount"}
	case "subscription":
		return map[string]string{"discount": "discount"}
	}
	if of, ok := strings.CutPrefix(kind, listPrefix); ok {
		return map[string]string{"data": of}
	}
	return nil
}

// Expandable lists the fields that can be expanded, by kind of object; the invoice settings of a customer have the name
// that the specification gives them.
func Expandable() map[string][]string {
	out := map[string][]string{}
	for kind, fields := range expandable() {
		out[kind] = slices.Sorted(maps.Keys(fields))
	}
	return out
}

// answers is the kind of what a route answers with.
func (r *route) answers() string {
	kinds := map[string]string{
		"customers": "customer", "invoices": "invoice", "lines": "line_item", "invoiceitems": "invoiceitem",
		"credit_notes": "credit_note", "balance_transactions": "customer_balance_transaction", "discount": "discount",
		"payment_methods": "payment_method", "subscriptions": "subscription", "coupons": "coupon",
		"sessions": "billing_portal.session", "configurations": "billing_portal.configuration",
		"webhook_endpoints": "webhook_endpoint", "events": "event", "account": "account", "accounts": "account",
	}
	last := len(r.path) - 1
	for i := last; i >= 0; i-- {
		kind, ok := kinds[r.path[i]]
		if !ok {
			continue
		}
		whole := i == last && strings.HasSuffix(r.path[i], "s") || r.path[last] == "search"
		if r.method == http.MethodGet && whole {
			return listPrefix + kind
		}
		return kind
	}
	return ""
}

// checkExpand refuses what cannot be expanded, before anything is done.
func (c *call) checkExpand() *apiError {
	const deepest = 4
	for _, path := range c.form.list("expand") {
		steps := strings.Split(path, ".")
		if len(steps) > deepest {
			return invalid("", "expand", "You cannot expand more than %d levels of a property (%s).", deepest, path)
		}
		kind, last := c.route.answers(), ""
		for _, step := range steps {
			last = expandable()[kind][step]
			if kind = orDefault(last, parts(kind)[step]); kind == "" {
				break
			}
		}
		if last == "" {
			return invalid("", "expand", "This property cannot be expanded (%s).", path)
		}
	}
	return nil
}

// expand puts objects in the place of their ids, as the request asks for.
func (c *call) expand(body any) {
	for _, path := range c.form.list("expand") {
		c.expandAt(body, strings.Split(path, "."))
	}
}

func (c *call) expandAt(value any, steps []string) {
	if len(steps) == 0 {
		return
	}
	switch v := value.(type) {
	case []any:
		for _, element := range v {
			c.expandAt(element, steps)
		}
	case obj:
		if field, ok := v[steps[0]]; ok {
			v[steps[0]] = c.whole(field)
			c.expandAt(v[steps[0]], steps[1:])
		}
	}
}

// whole gives the object of an id, or those of several; anything else stays as it is.
func (c *call) whole(field any) any {
	switch field := field.(type) {
	case string:
		if o := c.realm.find(field); o != nil {
			return c.realm.show(o)
		}
	case []any:
		out := make([]any, len(field))
		for i, element := range field {
			out[i] = c.whole(element)
		}
		return out
	}
	return field
}

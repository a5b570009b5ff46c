package stripefake

import "time"

// PaymentMethod is a way in which a customer pays.
type PaymentMethod struct {
	ID, Customer string
	Type         string // "card" or "us_bank_account"; empty: card
	Brand, Last4 string // of a card; the brand of an account is its bank
	Month, Year  int    // of expiry
	Default      bool   // only when it is added: makes it the customer's default
	Created      time.Time
}

func (x *PaymentMethod) ident() string    { return x.ID }
func (x *PaymentMethod) made() time.Time  { return x.Created }
func (x *PaymentMethod) owner() string    { return x.Customer }
func (x *PaymentMethod) kind() string     { return "PaymentMethod" }
func (x *PaymentMethod) snapshot() object { copied := *x; return &copied }

func (x *PaymentMethod) render(r *Realm) obj {
	body := obj{
		"id": x.ID, "object": "payment_method",
		"billing_details": obj{
			"address": obj{"city": nil, "country": nil, "line1": nil, "line2": nil, "postal_code": nil, "state": nil},
			"email":   nil, "name": nil, "phone": nil,
		},
		"created": x.Created.Unix(), "customer": textOrNull(x.Customer), "livemode": r.live, "metadata": obj{}, "type": x.Type,
	}
	switch x.Type {
	case "card":
		body["card"] = obj{
			"brand": x.Brand, "checks": obj{"address_line1_check": nil, "address_postal_code_check": nil, "cvc_check": "pass"},
			"country": "US", "display_brand": x.Brand, "exp_month": x.Month, "exp_year": x.Year,
			"fingerprint": hashed(x.ID, 16), "funding": "credit", "generated_from": nil, "last4": x.Last4,
			"networks":             obj{"available": []any{x.Brand}, "preferred": nil},
			"three_d_secure_usage": obj{"supported": true}, "wallet": nil,
		}
	case "us_bank_account":
		body["us_bank_account"] = obj{
			"account_holder_type": "company", "account_type": "checking", "bank_name": x.Brand,
			"financial_connections_account": nil, "fingerprint": hashed(x.ID, 16), "last4": x.Last4,
			"networks": nil, "routing_number": "110000000", "status_details": nil,
		}
	default:
		body[x.Type] = obj{}
	}
	return body
}

// AddMethod gives a customer a payment method.
func (r *Realm) AddMethod(x PaymentMethod) (added PaymentMethod) {
	r.seed(func(c *call) {
		customer := mustFind(r.customers, x.Customer)
		if x.ID == "" {
			x.ID = r.server.newID("pm")
		}
		if x.Created.IsZero() {
			x.Created = c.now
		}
		x.Type = orDefault(x.Type, "card")
		if x.Type == "card" {
			x.Brand, x.Last4 = orDefault(x.Brand, "visa"), orDefault(x.Last4, "4242")
			if x.Month == 0 {
				x.Month, x.Year = 8, c.now.Year()+2
			}
		}
		r.methods.add(&x)
		c.emit("payment_method.attached", &x, nil)
		if x.Default {
			before := *customer
			customer.DefaultMethod = x.ID
			c.emit("customer.updated", customer, &before)
		}
		added = x
	})
	return added
}

// RemoveMethod takes a payment method from its customer.
func (r *Realm) RemoveMethod(id string) {
	r.seed(func(c *call) {
		x := mustFind(r.methods, id)
		customer := mustFind(r.customers, x.Customer)
		r.methods.remove(id)
		if customer.DefaultMethod == id {
			customer.DefaultMethod = ""
		}
		detached := *x
		detached.Customer = ""
		c.emit("payment_method.detached", &detached, x)
	})
}

// listMethods lists those of the customer in the path or in the query.
func listMethods(c *call) (any, *apiError) {
	url, owner := "/v1/payment_methods", c.form.text("customer")
	if len(c.ids) > 0 {
		owner = c.ids[0]
		url = "/v1/customers/" + owner + "/payment_methods"
	}
	if _, e := c.customer(owner, "customer"); e != nil {
		return nil, e
	}
	return query[*PaymentMethod]{
		from: c.realm.methods, owner: owner, url: url, keep: func(x *PaymentMethod) bool { return c.fits("type", x.Type) },
	}.page(c)
}

func getMethod(c *call) (any, *apiError) {
	x, ok := c.realm.methods.get(c.ids[len(c.ids)-1])
	if !ok || len(c.ids) > 1 && x.Customer != c.ids[0] {
		return nil, c.missing("PaymentMethod", c.ids[len(c.ids)-1], "payment_method")
	}
	return c.realm.show(x), nil
}

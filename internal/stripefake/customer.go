package stripefake

import (
	"strings"
	"time"
)

// Customer is a customer. What is left out when one is added gets a usual value.
type Customer struct {
	ID, Name, Email, Description, Phone string
	Currency                            string // lower case; empty: not fixed yet
	Balances                            map[string]int64
	Metadata                            map[string]string
	Created                             time.Time
	Deleted                             bool
	Discount                            *Discount
	DefaultMethod                       string // id of a payment method
	DefaultSource                       string // of the time before payment methods
	Prefix                              string // of invoice numbers
	Sequence                            int    // of the next invoice number
}

func (x *Customer) ident() string    { return x.ID }
func (x *Customer) made() time.Time  { return x.Created }
func (x *Customer) owner() string    { return "" }
func (x *Customer) kind() string     { return "customer" }
func (x *Customer) snapshot() object { copied := *x; return &copied }

func (x *Customer) render(r *Realm) obj {
	if x.Deleted {
		return obj{"id": x.ID, "object": "customer", "deleted": true}
	}
	var discount any
	if x.Discount != nil {
		discount = x.Discount.render(r)
	}
	return obj{
		"id": x.ID, "object": "customer", "address": nil, "balance": x.Balances[x.Currency], "created": x.Created.Unix(),
		"currency": textOrNull(x.Currency), "default_source": textOrNull(x.DefaultSource), "delinquent": false,
		"description": textOrNull(x.Description), "discount": discount, "email": textOrNull(x.Email),
		"invoice_prefix": x.Prefix,
		"invoice_settings": obj{
			"custom_fields": nil, "default_payment_method": textOrNull(x.DefaultMethod), "footer": nil, "rendering_options": nil,
		},
		"livemode": r.live, "metadata": metadataOf(x.Metadata), "name": textOrNull(x.Name),
		"next_invoice_sequence": x.Sequence, "phone": textOrNull(x.Phone), "preferred_locales": []any{}, "shipping": nil,
		"tax_exempt": "none", "test_clock": nil,
	}
}

// AddCustomer adds a customer and gives it back as it is.
func (r *Realm) AddCustomer(x Customer) (added Customer) {
	r.seed(func(c *call) { added = *c.addCustomer(x) })
	return added
}

func (c *call) addCustomer(x Customer) *Customer {
	s := c.server
	if x.ID == "" {
		x.ID = s.newID("cus")
	}
	if x.Created.IsZero() {
		x.Created = c.now
	}
	if x.Prefix == "" {
		x.Prefix = strings.ToUpper(s.newToken("prefix", 8))
	}
	x.Sequence = max(x.Sequence, 1)
	c.realm.customers.add(&x)
	c.emit("customer.created", &x, nil)
	return &x
}

// SetEmail changes the address of a customer, as somebody else at Stripe would. Empty takes it away.
func (r *Realm) SetEmail(customer, email string) {
	r.seed(func(c *call) {
		x := mustFind(r.customers, customer)
		before := *x
		x.Email = email
		c.touchDrafts(x.ID)
		c.emit("customer.updated", x, &before)
	})
}

// DeleteCustomer deletes a customer: it is shown as {"deleted": true} from now on, and its invoices stay.
func (r *Realm) DeleteCustomer(customer string) {
	r.seed(func(c *call) { c.dropCustomer(mustFind(r.customers, customer)) })
}

func (c *call) dropCustomer(x *Customer) {
	for _, e := range c.realm.subscriptions.of(x.ID) {
		before := *e.value
		e.value.Status = "canceled"
		c.emit("customer.subscription.deleted", e.value, &before)
	}
	c.emit("customer.deleted", x, nil)
	x.Deleted, x.Discount = true, nil
}

// customer finds one that has not been deleted.
func (c *call) customer(id, param string) (*Customer, *apiError) {
	x, ok := c.realm.customers.get(id)
	if !ok || x.Deleted {
		return nil, c.missing("customer", id, param)
	}
	return x, nil
}

func getCustomer(c *call) (any, *apiError) {
	x, ok := c.realm.customers.get(c.ids[0])
	if !ok {
		return nil, c.missing("customer", c.ids[0], "id")
	}
	return c.realm.show(x), nil
}

func listCustomers(c *call) (any, *apiError) {
	return query[*Customer]{from: c.realm.customers, url: "/v1/customers", keep: func(x *Customer) bool {
		return !x.Deleted && c.form.within("created", x.Created) && (!c.form.has("email") || x.Email == c.form.text("email"))
	}}.page(c)
}

func createCustomer(c *call) (any, *apiError) {
	x := Customer{}
	if e := c.editCustomer(&x); e != nil {
		return nil, e
	}
	return c.realm.show(c.addCustomer(x)), nil
}

func updateCustomer(c *call) (any, *apiError) {
	x, e := c.customer(c.ids[0], "id")
	if e != nil {
		return nil, e
	}
	next := *x
	if e := c.editCustomer(&next); e != nil {
		return nil, e
	}
	before := *x
	*x = next
	c.touchDrafts(x.ID)
	c.changeDiscount(x, before.Discount)
	c.emit("customer.updated", x, &before)
	return c.realm.show(x), nil
}

// editCustomer takes over what the request says of a customer.
func (c *call) editCustomer(x *Customer) *apiError {
	for key, field := range map[string]*string{
		"name": &x.Name, "email": &x.Email, "description": &x.Description, "phone": &x.Phone,
		"invoice_settings[default_payment_method]": &x.DefaultMethod,
	} {
		if c.form.has(key) {
			*field = c.form.text(key)
		}
	}
	if x.Email != "" && !plausible(x.Email) {
		return invalid("email_invalid", "email", "Invalid email address: %s", x.Email)
	}
	if id := x.DefaultMethod; id != "" && c.form.has("invoice_settings[default_payment_method]") {
		if m, ok := c.realm.methods.get(id); !ok || m.Customer != x.ID {
			return c.missing("PaymentMethod", id, "invoice_settings[default_payment_method]")
		}
	}
	if c.form.has("coupon") {
		x.Discount = nil
		if id := c.form.text("coupon"); id != "" {
			coupon, ok := c.realm.coupons.get(id)
			if !ok {
				return c.missing("coupon", id, "coupon")
			}
			x.Discount = c.newDiscount(coupon, x.ID, "")
		}
	}
	x.Metadata = c.form.dict("metadata", x.Metadata)
	return metadataFault(x.Metadata)
}

// plausible is about as strict as Stripe is with addresses.
func plausible(email string) bool {
	local, domain, ok := strings.Cut(email, "@")
	return ok && local != "" && strings.Contains(domain, ".") && !strings.ContainsAny(email, " \t\r\n") &&
		!strings.Contains(domain, "@") && !strings.HasSuffix(domain, ".") && !strings.HasPrefix(domain, ".")
}

func deleteCustomer(c *call) (any, *apiError) {
	x, e := c.customer(c.ids[0], "id")
	if e != nil {
		return nil, e
	}
	c.dropCustomer(x)
	return c.realm.show(x), nil
}

// moveBalance changes what a customer owes in a currency and books it.
func (c *call) moveBalance(x *Customer, t BalanceTransaction) *BalanceTransaction {
	before := *x
	balances := map[string]int64{}
	for currency, amount := range x.Balances {
		balances[currency] = amount
	}
	balances[t.Currency] += t.Amount
	x.Balances = balances
	if x.Currency == "" {
		x.Currency = t.Currency
	}
	t.ID, t.Customer, t.Created, t.EndingBalance = c.server.newID("cbtxn"), x.ID, c.now, balances[t.Currency]
	c.realm.balances.add(&t)
	c.touchDrafts(x.ID)
	c.emit("customer.updated", x, &before)
	return &t
}

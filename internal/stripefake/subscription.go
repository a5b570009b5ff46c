package stripefake

import (
	"net/http"
	"time"
)

// Subscription is a subscription with one price of a month.
type Subscription struct {
	ID, Customer, Currency, Description, CollectionMethod string
	Status                                                string // such as "active"; empty: active
	Amount                                                int64  // of a month
	DaysUntilDue                                          int
	CancelAtPeriodEnd                                     bool
	Discount                                              *Discount
	PeriodStart, PeriodEnd, Created                       time.Time // empty: a month from now
	Metadata                                              map[string]string
	item, price                                           string
}

func (x *Subscription) ident() string    { return x.ID }
func (x *Subscription) made() time.Time  { return x.Created }
func (x *Subscription) owner() string    { return x.Customer }
func (x *Subscription) kind() string     { return "subscription" }
func (x *Subscription) snapshot() object { copied := *x; return &copied }

func (x *Subscription) render(r *Realm) obj {
	var discount, days, canceled any
	if x.Discount != nil {
		discount = x.Discount.render(r)
	}
	if x.DaysUntilDue > 0 {
		days = x.DaysUntilDue
	}
	if x.Status == "canceled" {
		canceled = x.PeriodEnd.Unix()
	}
	item := obj{
		"id": x.item, "object": "subscription_item", "billing_thresholds": nil, "created": x.Created.Unix(), "metadata": obj{},
		"price":    priceOf(r, x.price, x.Amount, 1, x.Currency, x.Created.Unix(), monthly()),
		"quantity": 1, "subscription": x.ID, "tax_rates": []any{},
	}
	return obj{
		"id": x.ID, "object": "subscription", "application": nil, "application_fee_percent": nil,
		"automatic_tax": obj{"enabled": false, "liability": nil}, "billing_cycle_anchor": x.PeriodStart.Unix(),
		"billing_cycle_anchor_config": nil, "billing_thresholds": nil, "cancel_at": nil,
		"cancel_at_period_end": x.CancelAtPeriodEnd, "canceled_at": canceled,
		"cancellation_details": obj{"comment": nil, "feedback": nil, "reason": nil}, "collection_method": x.CollectionMethod,
		"created": x.Created.Unix(), "currency": x.Currency, "current_period_end": x.PeriodEnd.Unix(),
		"current_period_start": x.PeriodStart.Unix(), "customer": x.Customer, "days_until_due": days,
		"default_payment_method": nil, "default_source": nil, "default_tax_rates": []any{},
		"description": textOrNull(x.Description), "discount": discount, "ended_at": canceled,
		"items":          listOf([]any{item}, false, "/v1/subscription_items?subscription="+x.ID),
		"latest_invoice": nil, "livemode": r.live, "metadata": metadataOf(x.Metadata),
		"next_pending_invoice_item_invoice": nil, "on_behalf_of": nil, "pause_collection": nil,
		"payment_settings": obj{
			"payment_method_options": nil, "payment_method_types": nil, "save_default_payment_method": "off",
		},
		"pending_invoice_item_interval": nil, "pending_setup_intent": nil, "pending_update": nil, "schedule": nil,
		"start_date": x.Created.Unix(), "status": x.Status, "test_clock": nil, "transfer_data": nil, "trial_end": nil,
		"trial_settings": obj{"end_behavior": obj{"missing_payment_method": "create_invoice"}}, "trial_start": nil,
	}
}

// AddSubscription adds a subscription to a customer.
func (r *Realm) AddSubscription(x Subscription) (added Subscription) {
	r.seed(func(c *call) {
		customer := mustFind(r.customers, x.Customer)
		if x.ID == "" {
			x.ID = r.server.newID("sub")
		}
		if x.Created.IsZero() {
			x.Created = c.now
		}
		if x.PeriodStart.IsZero() {
			x.PeriodStart = x.Created
		}
		if x.PeriodEnd.IsZero() {
			x.PeriodEnd = x.PeriodStart.AddDate(0, 1, 0)
		}
		x.Currency = orDefault(x.Currency, orDefault(customer.Currency, "usd"))
		x.Status = orDefault(x.Status, "active")
		x.CollectionMethod = orDefault(x.CollectionMethod, SendInvoice)
		x.item, x.price = r.server.newID("si"), r.server.newID("price")
		if customer.Currency == "" {
			customer.Currency = x.Currency
		}
		r.subscriptions.add(&x)
		c.emit("customer.subscription.created", &x, nil)
		added = x
	})
	return added
}

// EndSubscription cancels a subscription at once.
func (r *Realm) EndSubscription(id string) {
	r.seed(func(c *call) {
		x := mustFind(r.subscriptions, id)
		x.Status, x.PeriodEnd = "canceled", c.now
		c.emit("customer.subscription.deleted", x, nil)
	})
}

func listSubscriptions(c *call) (any, *apiError) {
	wanted := c.form.text("status")
	return query[*Subscription]{
		from: c.realm.subscriptions, owner: c.form.text("customer"), url: "/v1/subscriptions",
		keep: func(x *Subscription) bool {
			over := x.Status == "canceled" || x.Status == "incomplete_expired"
			switch wanted {
			case "all":
				return true
			case "":
				return x.Status != "canceled"
			case "ended":
				return over
			default:
				return x.Status == wanted
			}
		},
	}.page(c)
}

func getSubscription(c *call) (any, *apiError) {
	x, ok := c.realm.subscriptions.get(c.ids[0])
	if !ok {
		return nil, c.missing("subscription", c.ids[0], "id")
	}
	return c.realm.show(x), nil
}

// getUpcoming previews the next invoice: that of the subscription that ends its period first, with the pending items.
func getUpcoming(c *call) (any, *apiError) {
	customer, e := c.customer(c.form.text("customer"), "customer")
	if e != nil {
		return nil, e
	}
	sub := c.nextSubscription(customer.ID)
	if sub == nil {
		e := invalid("invoice_upcoming_none", "", "No upcoming invoices for customer: %s", customer.ID)
		e.Status = http.StatusNotFound
		return nil, e
	}
	x := Invoice{
		ID: "upcoming", Customer: customer.ID, Subscription: sub.ID, Currency: sub.Currency, Status: Draft, AutoAdvance: true,
		CollectionMethod: sub.CollectionMethod, BillingReason: "upcoming", Created: sub.PeriodEnd,
		PeriodStart: sub.PeriodStart, PeriodEnd: sub.PeriodEnd,
	}
	if sub.DaysUntilDue > 0 {
		x.DueDate = x.Created.AddDate(0, 0, sub.DaysUntilDue)
	}
	for _, d := range []*Discount{customer.Discount, sub.Discount} {
		if d != nil {
			x.Discounts = []*Discount{d}
		}
	}
	for _, e := range c.realm.items.of(customer.ID) {
		if item := e.value; item.Invoice == "" && item.Currency == x.Currency {
			x.Lines = append([]Line{item.line("il_tmp_1" + hashed(item.ID, 23))}, x.Lines...)
		}
	}
	if !sub.CancelAtPeriodEnd {
		x.Lines = append(x.Lines, Line{
			ID: "il_tmp_1" + hashed(sub.ID, 23), Subscription: sub.ID, Description: sub.Description, Amount: sub.Amount, Quantity: 1,
			PeriodStart: sub.PeriodEnd, PeriodEnd: sub.PeriodEnd.AddDate(0, 1, 0), price: sub.price,
		})
	}
	c.recount(&x)
	body := x.render(c.realm)
	delete(body, "id")
	body["next_payment_attempt"] = x.Created.Add(autoFinalizeAfter).Unix()
	return body, nil
}

func (c *call) nextSubscription(customer string) *Subscription {
	var next *Subscription
	for _, e := range c.realm.subscriptions.of(customer) {
		x := e.value
		alive := x.Status == "active" || x.Status == "trialing" || x.Status == "past_due"
		if !alive || x.CancelAtPeriodEnd && !c.realm.pendingItems(customer) {
			continue
		}
		if c.form.has("subscription") && x.ID != c.form.text("subscription") {
			continue
		}
		if next == nil || x.PeriodEnd.Before(next.PeriodEnd) {
			next = x
		}
	}
	return next
}

func (r *Realm) pendingItems(customer string) bool {
	for _, e := range r.items.of(customer) {
		if e.value.Invoice == "" {
			return true
		}
	}
	return false
}

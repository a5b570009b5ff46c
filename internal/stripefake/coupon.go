package stripefake

import (
	"encoding/json"
	"math/big"
	"net/http"
	"time"
)

// Coupon is what a discount takes off: an amount of a currency, or a percentage.
type Coupon struct {
	ID, Name       string
	PercentOff     string // such as "12.5"; empty: an amount
	AmountOff      int64
	Currency       string // of AmountOff
	Duration       string // "forever", "once" or "repeating"; empty: forever
	DurationMonths int    // of repeating
	Metadata       map[string]string
	Created        time.Time
}

func (x *Coupon) ident() string    { return x.ID }
func (x *Coupon) made() time.Time  { return x.Created }
func (x *Coupon) owner() string    { return "" }
func (x *Coupon) kind() string     { return "coupon" }
func (x *Coupon) snapshot() object { copied := *x; return &copied }

func (x *Coupon) render(r *Realm) obj {
	var amount, percent, months any
	if x.PercentOff != "" {
		percent = json.Number(x.PercentOff)
	} else {
		amount = x.AmountOff
	}
	if x.DurationMonths > 0 {
		months = x.DurationMonths
	}
	return obj{
		"id": x.ID, "object": "coupon", "amount_off": amount, "created": x.Created.Unix(), "currency": textOrNull(x.Currency),
		"duration": x.Duration, "duration_in_months": months, "livemode": r.live, "max_redemptions": nil,
		"metadata": metadataOf(x.Metadata), "name": textOrNull(x.Name), "percent_off": percent, "redeem_by": nil,
		"times_redeemed": 0, "valid": true,
	}
}

// off is what the coupon takes off an amount: half a unit is rounded up, and nothing becomes negative.
func (x *Coupon) off(amount int64, currency string) int64 {
	if amount <= 0 {
		return 0
	}
	if x.PercentOff == "" {
		if x.Currency != currency {
			return 0
		}
		return min(x.AmountOff, amount)
	}
	percent, ok := new(big.Rat).SetString(x.PercentOff)
	if !ok {
		panic("stripefake: percentage " + x.PercentOff)
	}
	share := percent.Mul(percent, big.NewRat(amount, 100))
	share.Add(share, big.NewRat(1, 2))
	return min(new(big.Int).Quo(share.Num(), share.Denom()).Int64(), amount)
}

// Discount is a coupon in force for a customer, a subscription or an invoice.
type Discount struct {
	ID, Customer, Subscription, Invoice string
	Coupon                              Coupon
	Start, End                          time.Time // zero end: open
}

func (x *Discount) ident() string    { return x.ID }
func (x *Discount) made() time.Time  { return x.Start }
func (x *Discount) owner() string    { return x.Customer }
func (x *Discount) kind() string     { return "discount" }
func (x *Discount) snapshot() object { copied := *x; return &copied }

func (x *Discount) render(r *Realm) obj {
	return obj{
		"id": x.ID, "object": "discount", "checkout_session": nil, "coupon": x.Coupon.render(r), "customer": x.Customer,
		"end": timeOrNull(x.End), "invoice": textOrNull(x.Invoice), "invoice_item": nil, "promotion_code": nil,
		"start": x.Start.Unix(), "subscription": textOrNull(x.Subscription),
	}
}

// AddCoupon adds a coupon.
func (r *Realm) AddCoupon(x Coupon) (added Coupon) {
	r.seed(func(c *call) {
		if x.ID == "" {
			x.ID = r.server.newToken("coupon", 8)
		}
		if x.Created.IsZero() {
			x.Created = c.now
		}
		x.Duration = orDefault(x.Duration, "forever")
		r.coupons.add(&x)
		c.emit("coupon.created", &x, nil)
		added = x
	})
	return added
}

// Discount gives a customer or a subscription a discount instead of the one that it has.
func (r *Realm) Discount(owner, coupon string) (given Discount) {
	r.seed(func(c *call) {
		with := mustFind(r.coupons, coupon)
		if sub, ok := r.subscriptions.get(owner); ok {
			before := sub.Discount
			sub.Discount = c.newDiscount(with, sub.Customer, sub.ID)
			c.tellDiscount(sub.Discount, before)
			given = *sub.Discount
			return
		}
		x := mustFind(r.customers, owner)
		before := x.Discount
		x.Discount = c.newDiscount(with, x.ID, "")
		c.changeDiscount(x, before)
		given = *x.Discount
	})
	return given
}

// EndDiscount takes the discount of a customer or a subscription away.
func (r *Realm) EndDiscount(owner string) {
	r.seed(func(c *call) {
		if sub, ok := r.subscriptions.get(owner); ok {
			before := sub.Discount
			sub.Discount = nil
			c.tellDiscount(nil, before)
			return
		}
		x := mustFind(r.customers, owner)
		before := x.Discount
		x.Discount = nil
		c.changeDiscount(x, before)
	})
}

func (c *call) newDiscount(coupon *Coupon, customer, subscription string) *Discount {
	d := &Discount{
		ID: c.server.newID("di"), Customer: customer, Subscription: subscription, Coupon: *coupon, Start: c.now,
	}
	if coupon.Duration == "repeating" {
		d.End = c.now.AddDate(0, coupon.DurationMonths, 0)
		c.at(d.End, func(then *call) { then.expire(d) })
	}
	c.realm.discounts[d.ID] = d
	return d
}

// expire takes a discount away whose time is over, unless it has gone before.
func (c *call) expire(d *Discount) {
	if sub, ok := c.realm.subscriptions.get(d.Subscription); ok && sub.Discount == d {
		sub.Discount = nil
		c.tellDiscount(nil, d)
	}
	if x, ok := c.realm.customers.get(d.Customer); ok && x.Discount == d {
		x.Discount = nil
		c.changeDiscount(x, d)
	}
}

// changeDiscount tells of a customer's discount when it is another one than before.
func (c *call) changeDiscount(x *Customer, before *Discount) {
	if x.Discount != before {
		c.tellDiscount(x.Discount, before)
	}
}

func (c *call) tellDiscount(now, before *Discount) {
	if before != nil {
		ended := *before
		ended.End = c.now
		c.emit("customer.discount.deleted", &ended, nil)
	}
	if now != nil {
		c.emit("customer.discount.created", now, nil)
	}
}

func listCoupons(c *call) (any, *apiError) {
	return query[*Coupon]{from: c.realm.coupons, url: "/v1/coupons", keep: func(x *Coupon) bool {
		return c.form.within("created", x.Created)
	}}.page(c)
}

func getCoupon(c *call) (any, *apiError) {
	x, ok := c.realm.coupons.get(c.ids[0])
	if !ok {
		return nil, c.missing("coupon", c.ids[0], "coupon")
	}
	return c.realm.show(x), nil
}

func getDiscount(c *call) (any, *apiError) {
	x, e := c.customer(c.ids[0], "customer")
	if e != nil {
		return nil, e
	}
	if x.Discount == nil {
		e := invalid("resource_missing", "", "No active discount for customer: %s", x.ID)
		e.Status = http.StatusNotFound
		return nil, e
	}
	return c.realm.show(x.Discount), nil
}

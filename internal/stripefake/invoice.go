package stripefake

import (
	"slices"
	"time"
)

// The statuses of an invoice.
const (
	Draft         = "draft"
	Open          = "open"
	Paid          = "paid"
	Uncollectible = "uncollectible"
	Void          = "void"
)

// The ways of collecting an invoice.
const (
	SendInvoice         = "send_invoice"
	ChargeAutomatically = "charge_automatically"
)

// Invoice is an invoice. Amounts are in Stripe's minor units.
type Invoice struct {
	ID, Customer, Subscription, Currency, Number string
	Status, CollectionMethod, BillingReason      string
	Description, Footer, Charge                  string
	CustomerName, CustomerEmail                  string // those of the customer until it is finalised
	PageSize                                     string // rendering[pdf][page_size]
	TaxDisplay                                   string // rendering[amount_tax_display]
	AutoAdvance, PaidOutOfBand, Attempted        bool
	DaysUntilDue                                 int
	Fields                                       []Field
	Metadata                                     map[string]string
	Lines                                        []Line
	Discounts                                    []*Discount

	Created, DueDate, EffectiveAt, PeriodStart, PeriodEnd time.Time
	FinalizedAt, PaidAt, VoidedAt, UncollectibleAt        time.Time

	Subtotal, DiscountTotal, Total         int64
	StartingBalance, EndingBalance         int64
	AmountDue, AmountPaid, AmountRemaining int64
	PrePaymentCredits, PostPaymentCredits  int64
	Sent                                   int  // times that it was sent by mail
	Deleted                                bool // a draft that is gone

	off []int64 // DiscountTotal, by each of the discounts
}

// Field is a custom field on an invoice.
type Field struct{ Name, Value string }

// Line is a line of an invoice.
type Line struct {
	ID, Item, Subscription, Description string
	Amount, Quantity                    int64
	Discount                            int64 // share of the invoice's discounts
	NotDiscountable                     bool
	PeriodStart, PeriodEnd              time.Time
	Metadata                            map[string]string
	price                               string
	off                                 []int64 // Discount, by each of the invoice's discounts
}

func (x *Invoice) ident() string    { return x.ID }
func (x *Invoice) made() time.Time  { return x.Created }
func (x *Invoice) owner() string    { return x.Customer }
func (x *Invoice) kind() string     { return "invoice" }
func (x *Invoice) snapshot() object { copied := *x; return &copied }

// recount makes the totals those of the lines, the discounts and, while it is a draft, the customer's balance.
func (c *call) recount(x *Invoice) {
	lines := slices.Clone(x.Lines)
	x.Subtotal, x.DiscountTotal = 0, 0
	for i := range lines {
		x.Subtotal += lines[i].Amount
		lines[i].Discount, lines[i].off = 0, nil
	}
	x.off = nil
	for _, d := range x.Discounts {
		off := spread(lines, d.Coupon, x.Currency)
		x.off = append(x.off, off)
		x.DiscountTotal += off
	}
	x.Lines = lines
	x.Total = x.Subtotal - x.DiscountTotal
	if x.Status != Draft {
		return
	}
	customer, _ := c.realm.customers.get(x.Customer)
	x.StartingBalance = customer.Balances[x.Currency]
	x.CustomerName, x.CustomerEmail = customer.Name, customer.Email
	x.AmountDue, _ = due(x.Total+x.StartingBalance, x.Currency)
	x.AmountRemaining = x.AmountDue
}

// spread takes a coupon off the lines, in proportion, and gives the sum. What rounding leaves goes to the first lines that
// can bear it.
func spread(lines []Line, coupon Coupon, currency string) (total int64) {
	base := int64(0)
	for _, line := range lines {
		base += line.room()
	}
	total = coupon.off(base, currency)
	left := total
	shares := make([]int64, len(lines))
	for i, line := range lines {
		if room := line.room(); room > 0 {
			shares[i] = mulDiv(total, room, base)
			left -= shares[i]
		}
	}
	for i := range lines {
		more := min(lines[i].room()-shares[i], left)
		left -= more
		lines[i].Discount += shares[i] + more
		lines[i].off = append(slices.Clip(lines[i].off), shares[i]+more)
	}
	return total
}

// room is what a discount may still take off a line.
func (l Line) room() int64 {
	if l.NotDiscountable {
		return 0
	}
	return max(l.Amount-l.Discount, 0)
}

// due is what is asked for of a sum, and what stays on the customer's balance: a credit, or less than Stripe charges.
func due(sum int64, currency string) (amount, ending int64) {
	if sum < minimum(currency) || sum <= 0 {
		return 0, sum
	}
	return sum, 0
}

// touchDrafts brings the drafts of a customer up to date with it.
func (c *call) touchDrafts(customer string) {
	for _, e := range c.realm.invoices.of(customer) {
		if e.value.Status == Draft {
			c.recount(e.value)
		}
	}
}

// addLine puts an item on a draft. The slice is replaced, because snapshots share it.
func (c *call) addLine(x *Invoice, item *Item) {
	line := item.line(c.server.newID("il"))
	x.Lines = append(slices.Clip(x.Lines), line)
	item.Invoice = x.ID
	c.recount(x)
}

// dropLine takes an item off a draft.
func (c *call) dropLine(x *Invoice, item string) {
	x.Lines = slices.DeleteFunc(slices.Clone(x.Lines), func(l Line) bool { return l.Item == item })
	c.recount(x)
}

// changeLine brings the line of an item up to date.
func (c *call) changeLine(x *Invoice, item *Item) {
	lines := slices.Clone(x.Lines)
	for i := range lines {
		if lines[i].Item == item.ID {
			lines[i] = item.line(lines[i].ID)
		}
	}
	x.Lines = lines
	c.recount(x)
}

// addInvoice makes a draft.
func (c *call) addInvoice(x Invoice) *Invoice {
	if x.ID == "" {
		x.ID = c.server.newID("in")
	}
	if x.Created.IsZero() {
		x.Created = c.now
	}
	if x.PeriodStart.IsZero() {
		x.PeriodStart, x.PeriodEnd = x.Created, x.Created
	}
	x.Status = Draft
	x.CollectionMethod = orDefault(x.CollectionMethod, ChargeAutomatically)
	x.BillingReason = orDefault(x.BillingReason, "manual")
	if x.DaysUntilDue > 0 {
		x.DueDate = x.Created.Truncate(time.Second).AddDate(0, 0, x.DaysUntilDue)
	}
	c.realm.invoices.add(&x)
	return &x
}

// autoFinalizeAfter is how long a draft that advances by itself stays one.
const autoFinalizeAfter = time.Hour

// advanceLater has a draft finalise itself, unless it has changed its mind by then.
func (c *call) advanceLater(x *Invoice) {
	if !x.AutoAdvance || x.Status != Draft {
		return
	}
	c.at(x.Created.Add(autoFinalizeAfter), func(then *call) {
		if !x.AutoAdvance || x.Status != Draft || x.Deleted || len(x.Lines) == 0 {
			return
		}
		then.finalize(x)
		switch {
		case x.Status == Open && x.CollectionMethod == SendInvoice:
			then.mail(x)
		case x.Status == Open && then.chargeable(x):
			then.settle(x, false)
		}
	})
}

// at does something of the server's own, later or as soon as possible.
func (c *call) at(t time.Time, work func(c *call)) {
	s, r := c.server, c.realm
	s.clock.schedule(t, func(at time.Time) {
		s.mu.Lock()
		defer s.mu.Unlock()
		work(r.inside(at))
	})
}

// invoice finds one that has not been deleted.
func (c *call) invoice(id, param string) (*Invoice, *apiError) {
	x, ok := c.realm.invoices.get(id)
	if !ok || x.Deleted {
		return nil, c.missing("invoice", id, param)
	}
	return x, nil
}

func getInvoice(c *call) (any, *apiError) {
	x, e := c.invoice(c.ids[0], "invoice")
	if e != nil {
		return nil, e
	}
	return c.realm.show(x), nil
}

func listInvoices(c *call) (any, *apiError) {
	owner := c.form.text("customer")
	if owner != "" {
		if _, ok := c.realm.customers.get(owner); !ok {
			return nil, c.missing("customer", owner, "customer")
		}
	}
	return query[*Invoice]{from: c.realm.invoices, owner: owner, url: "/v1/invoices", keep: func(x *Invoice) bool {
		return c.fits("status", x.Status) && c.fits("collection_method", x.CollectionMethod) &&
			c.fits("subscription", x.Subscription) && c.form.within("created", x.Created) && c.form.within("due_date", x.DueDate)
	}}.page(c)
}

// fits tells whether a value is the one that a parameter asks for, if it does.
func (c *call) fits(key, value string) bool { return !c.form.has(key) || c.form.text(key) == value }

func listLines(c *call) (any, *apiError) {
	x, e := c.invoice(c.ids[0], "invoice")
	if e != nil {
		return nil, e
	}
	limit, e := c.limit()
	if e != nil {
		return nil, e
	}
	from, to := 0, min(limit, len(x.Lines))
	if id := c.form.text("starting_after"); id != "" {
		i, e := x.line(id, "starting_after")
		if e != nil {
			return nil, e
		}
		from, to = i+1, min(i+1+limit, len(x.Lines))
	}
	more := to < len(x.Lines)
	if id := c.form.text("ending_before"); id != "" {
		i, e := x.line(id, "ending_before")
		if e != nil {
			return nil, e
		}
		from, to = max(0, i-limit), i
		more = from > 0
	}
	data := []any{}
	for _, line := range x.Lines[from:to] {
		data = append(data, line.render(c.realm, x))
	}
	return listOf(data, more, "/v1/invoices/"+x.ID+"/lines"), nil
}

// line is the place of a cursor among the lines.
func (x *Invoice) line(id, param string) (int, *apiError) {
	i := slices.IndexFunc(x.Lines, func(l Line) bool { return l.ID == id })
	if i < 0 {
		return 0, invalid("resource_missing", param, "No such invoice line item: '%s'", id)
	}
	return i, nil
}

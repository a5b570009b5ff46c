package stripefake

import "time"

// AddInvoice adds an invoice with its lines, and brings it to its status: an empty one is open. Created is when it was
// made and finalised; DaysUntilDue is 30 unless it is charged. The amounts are those of the lines; an invoice without
// lines gets one of 100.00.
func (r *Realm) AddInvoice(x Invoice) (added Invoice) {
	r.seed(func(c *call) {
		customer := mustFind(r.customers, x.Customer)
		wanted, lines := orDefault(x.Status, Open), x.Lines
		x.Status, x.Lines = "", nil
		x.Currency = orDefault(x.Currency, orDefault(customer.Currency, "usd"))
		x.CollectionMethod = orDefault(x.CollectionMethod, SendInvoice)
		if x.CollectionMethod == SendInvoice && x.DueDate.IsZero() && x.DaysUntilDue == 0 {
			x.DaysUntilDue = 30
		}
		if x.Created.IsZero() {
			x.Created = c.now
		}
		c.now = x.Created
		made := c.addInvoice(x)
		c.emit("invoice.created", made, nil)
		if lines == nil {
			lines = []Line{{Description: "Usage", Amount: 10_000}}
		}
		for _, line := range lines {
			c.seedLine(made, line)
		}
		c.recount(made)
		must(c.become(made, wanted))
		c.advanceLater(made)
		added = *made
	})
	return added
}

func (c *call) seedLine(on *Invoice, line Line) {
	item := c.seedItem(Item{
		Customer: on.Customer, Currency: on.Currency, Description: line.Description, Amount: line.Amount, Quantity: line.Quantity,
		NotDiscountable: line.NotDiscountable, PeriodStart: line.PeriodStart, PeriodEnd: line.PeriodEnd, Metadata: line.Metadata,
	})
	c.addLine(on, item)
}

func (c *call) seedItem(x Item) *Item {
	x.ID, x.price = c.server.newID("ii"), c.server.newID("price")
	x.Quantity = max(x.Quantity, 1)
	if x.Created.IsZero() {
		x.Created = c.now
	}
	if x.PeriodStart.IsZero() {
		x.PeriodStart, x.PeriodEnd = x.Created, x.Created
	}
	c.realm.items.add(&x)
	c.emit("invoiceitem.created", &x, nil)
	return &x
}

// AddPending adds an item that no invoice has yet.
func (r *Realm) AddPending(x Item) (added Item) {
	r.seed(func(c *call) {
		customer := mustFind(r.customers, x.Customer)
		x.Currency = orDefault(x.Currency, orDefault(customer.Currency, "usd"))
		added = *c.seedItem(x)
	})
	return added
}

// Move brings an invoice to a status, as somebody at Stripe or its customer would: Open finalises, Paid pays by card.
func (r *Realm) Move(invoice, status string) (moved Invoice) {
	r.seed(func(c *call) {
		x := mustFind(r.invoices, invoice)
		must(c.become(x, status))
		moved = *x
	})
	return moved
}

// PayOutside marks an invoice paid outside of Stripe.
func (r *Realm) PayOutside(invoice string) (moved Invoice) {
	r.seed(func(c *call) {
		x := mustFind(r.invoices, invoice)
		if x.Status != Open && x.Status != Uncollectible {
			must(refusePay(x))
		}
		c.settle(x, true)
		moved = *x
	})
	return moved
}

// become takes the way from one status to another.
func (c *call) become(x *Invoice, status string) *apiError {
	if x.Status == status {
		return nil
	}
	if x.Status == Draft {
		c.finalize(x)
	}
	if x.Status == status {
		return nil
	}
	if x.Status != Open && x.Status != Uncollectible {
		return invalid("", "", "%s is %s and cannot become %s", x.ID, x.Status, status)
	}
	switch status {
	case Paid:
		c.settle(x, false)
	case Void:
		return voidInvoice(c, x)
	case Uncollectible:
		return giveUpInvoice(c, x)
	default:
		return invalid("", "", "%s is %s and cannot become %s", x.ID, x.Status, status)
	}
	return nil
}

// DeleteDraft deletes a draft, as somebody at the dashboard would.
func (r *Realm) DeleteDraft(invoice string) {
	r.seed(func(c *call) {
		c.ids = []string{invoice}
		_, e := deleteInvoice(c)
		must(e)
	})
}

// Day is midnight of a date, UTC.
func Day(year int, month time.Month, day int) time.Time {
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
}

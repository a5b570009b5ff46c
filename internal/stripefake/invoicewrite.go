package stripefake

import (
	"maps"
	"slices"
	"time"
)

func createInvoice(c *call) (any, *apiError) {
	customer, e := c.customer(c.form.text("customer"), "customer")
	if e != nil {
		return nil, e
	}
	x := Invoice{
		Customer: customer.ID, CollectionMethod: orDefault(c.form.text("collection_method"), ChargeAutomatically),
		Currency: c.currency(orDefault(customer.Currency, "usd")),
	}
	if e := representable(0, x.Currency, "currency"); e != nil {
		return nil, e
	}
	if e := c.editInvoice(&x); e != nil {
		return nil, e
	}
	if x.Discounts, e = c.discounts(customer, nil); e != nil {
		return nil, e
	}
	if x.CollectionMethod == SendInvoice {
		if x.DueDate.IsZero() && x.DaysUntilDue == 0 {
			return nil, invalid("", "", "If invoice collection method is 'send_invoice', you must specify 'due_date' or 'days_until_due'.")
		}
		if customer.Email == "" {
			return nil, errNoEmail()
		}
	}
	made := c.addInvoice(x)
	if customer.Currency == "" {
		customer.Currency = made.Currency
	}
	if c.form.text("pending_invoice_items_behavior") == "include" {
		c.sweep(made)
	}
	c.recount(made)
	c.emit("invoice.created", made, nil)
	c.advanceLater(made)
	return c.realm.show(made), nil
}

func errNoEmail() *apiError {
	return invalid("", "", "Missing email. In order to create invoices that are sent to the customer, the customer must have a "+
		"valid email.")
}

// editInvoice takes over what a request says of a draft.
func (c *call) editInvoice(x *Invoice) *apiError {
	for key, field := range map[string]*string{
		"description": &x.Description, "footer": &x.Footer, "number": &x.Number,
		"collection_method": &x.CollectionMethod, "rendering[pdf][page_size]": &x.PageSize,
		"rendering[amount_tax_display]": &x.TaxDisplay,
	} {
		if c.form.has(key) {
			*field = c.form.text(key)
		}
	}
	if c.form.has("auto_advance") {
		x.AutoAdvance = c.form.truth("auto_advance")
	}
	if c.form.has("effective_at") {
		x.EffectiveAt = c.form.instant("effective_at")
	}
	if e := c.editDueDate(x); e != nil {
		return e
	}
	if e := c.editFields(x); e != nil {
		return e
	}
	x.Metadata = c.form.dict("metadata", x.Metadata)
	return metadataFault(x.Metadata)
}

func (c *call) editDueDate(x *Invoice) *apiError {
	byDays, byDate := c.form.has("days_until_due"), c.form.has("due_date")
	switch {
	case !byDays && !byDate:
		return nil
	case x.CollectionMethod != SendInvoice:
		return invalid("", "", "You can only specify 'due_date' or 'days_until_due' if invoice collection method is 'send_invoice'.")
	case byDays && byDate:
		return invalid("", "", "You may only specify one of these parameters: days_until_due, due_date.")
	case byDate:
		x.DueDate, x.DaysUntilDue = c.form.instant("due_date"), 0
		if x.DueDate.Before(c.now.Truncate(time.Second)) {
			return invalid("", "due_date", "Invalid due_date: must be in the future")
		}
	default:
		days := c.form.number("days_until_due")
		if days < 0 || days > 3650 {
			return invalid("", "days_until_due", "Invalid days_until_due: must be between 0 and 3650")
		}
		x.DaysUntilDue = int(days)
		created := x.Created
		if created.IsZero() {
			created = c.now
		}
		x.DueDate = created.Truncate(time.Second).AddDate(0, 0, x.DaysUntilDue)
	}
	return nil
}

func (c *call) editFields(x *Invoice) *apiError {
	const most = 4
	if c.form.has("custom_fields") {
		x.Fields = nil
	}
	var fields []Field
	for _, at := range c.form.elements("custom_fields") {
		fields = append(fields, Field{c.form.text(at + "[name]"), c.form.text(at + "[value]")})
	}
	if len(fields) > most {
		return invalid("", "custom_fields", "Array custom_fields exceeded maximum %d allowed elements.", most)
	}
	if fields != nil {
		x.Fields = fields
	}
	return nil
}

// discounts reads the discounts of an invoice: what the request says, else what the customer has.
func (c *call) discounts(customer *Customer, old []*Discount) ([]*Discount, *apiError) {
	if c.form.has("discounts") { // empty: none
		return nil, nil
	}
	var out []*Discount
	for _, at := range c.form.elements("discounts") {
		coupon, ok := c.realm.coupons.get(c.form.text(at + "[coupon]"))
		if !ok {
			return nil, c.missing("coupon", c.form.text(at+"[coupon]"), at+"[coupon]")
		}
		out = append(out, c.newDiscount(coupon, customer.ID, ""))
	}
	if out == nil && old != nil {
		return old, nil
	}
	if out == nil && customer.Discount != nil && c.route != nil && c.route.name == "POST /v1/invoices" {
		return []*Discount{customer.Discount}, nil
	}
	return out, nil
}

// sweep puts the pending items of the customer on a draft, the newest first, as many as fit.
func (c *call) sweep(x *Invoice) {
	items := slices.Clone(c.realm.items.of(x.Customer))
	slices.Reverse(items)
	for _, e := range items {
		if e.value.Invoice == "" && e.value.Currency == x.Currency && len(x.Lines) < c.server.options.MaxItems {
			c.addLine(x, e.value)
		}
	}
}

func updateInvoice(c *call) (any, *apiError) {
	x, e := c.invoice(c.ids[0], "id")
	if e != nil {
		return nil, e
	}
	if e := c.leftAlone(x); e != nil {
		return nil, e
	}
	next := *x
	if e := c.editInvoice(&next); e != nil {
		return nil, e
	}
	customer, _ := c.realm.customers.get(x.Customer)
	if next.Discounts, e = c.discounts(customer, next.Discounts); e != nil {
		return nil, e
	}
	before := *x
	*x = next
	c.recount(x)
	c.emit("invoice.updated", x, &before)
	if !before.AutoAdvance {
		c.advanceLater(x)
	}
	return c.realm.show(x), nil
}

// leftAlone refuses to change an invoice that is final, except for what remains open to change.
func (c *call) leftAlone(x *Invoice) *apiError {
	if x.Status == Draft {
		return nil
	}
	for _, key := range slices.Sorted(maps.Keys(c.form)) {
		switch head := splitKey(key)[0]; head {
		case "metadata", "expand", "auto_advance":
		default:
			return invalid("", head, "Finalized invoices can't be updated in this way")
		}
	}
	return nil
}

func deleteInvoice(c *call) (any, *apiError) {
	x, e := c.invoice(c.ids[0], "invoice")
	if e != nil {
		return nil, e
	}
	if x.Status != Draft {
		return nil, invalid("", "", "You can only delete draft invoices.")
	}
	c.emit("invoice.deleted", x, nil)
	for _, line := range x.Lines { // they go with the draft and do not become pending again
		c.realm.items.remove(line.Item)
		c.realm.dead[line.Item] = true
	}
	c.realm.invoices.remove(x.ID)
	c.realm.deleted = append(c.realm.deleted, x.ID)
	x.Deleted = true
	return x.render(c.realm), nil
}

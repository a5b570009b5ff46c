package stripefake

import (
	"net/http"
	"time"
)

// Item is an invoice item: pending until an invoice has it.
type Item struct {
	ID, Customer, Invoice, Currency, Description string
	Amount, Quantity                             int64
	NotDiscountable                              bool
	PeriodStart, PeriodEnd, Created              time.Time
	Metadata                                     map[string]string
	price                                        string
}

func (x *Item) ident() string    { return x.ID }
func (x *Item) made() time.Time  { return x.Created }
func (x *Item) owner() string    { return x.Customer }
func (x *Item) kind() string     { return "invoiceitem" }
func (x *Item) snapshot() object { copied := *x; return &copied }

func (x *Item) render(r *Realm) obj {
	price := priceOf(r, x.price, x.Amount, x.Quantity, x.Currency, x.Created.Unix(), nil)
	return obj{
		"id": x.ID, "object": "invoiceitem", "amount": x.Amount, "currency": x.Currency, "customer": x.Customer,
		"date": x.Created.Unix(), "description": textOrNull(x.Description), "discountable": !x.NotDiscountable,
		"discounts": []any{}, "invoice": textOrNull(x.Invoice), "livemode": r.live, "metadata": metadataOf(x.Metadata),
		"period": obj{"end": x.PeriodEnd.Unix(), "start": x.PeriodStart.Unix()}, "price": price, "proration": false,
		"quantity": x.Quantity, "subscription": nil, "tax_rates": []any{}, "test_clock": nil,
		"unit_amount": price["unit_amount"], "unit_amount_decimal": price["unit_amount_decimal"],
	}
}

// line is the item as a line.
func (x *Item) line(id string) Line {
	return Line{
		ID: id, Item: x.ID, Description: x.Description, Amount: x.Amount, Quantity: x.Quantity,
		NotDiscountable: x.NotDiscountable, PeriodStart: x.PeriodStart, PeriodEnd: x.PeriodEnd, Metadata: x.Metadata,
		price: x.price,
	}
}

func createItem(c *call) (any, *apiError) {
	customer, e := c.customer(c.form.text("customer"), "customer")
	if e != nil {
		return nil, e
	}
	x := Item{Customer: customer.ID, Created: c.now, Quantity: 1, PeriodStart: c.now, PeriodEnd: c.now}
	var on *Invoice
	if id := c.form.text("invoice"); id != "" {
		if on, e = c.invoice(id, "invoice"); e != nil {
			return nil, e
		}
		if e := c.takes(on, &x); e != nil {
			return nil, e
		}
		x.Currency = on.Currency
	}
	x.Currency = c.currency(orDefault(x.Currency, customer.Currency))
	if !c.form.has("amount") && !c.form.has("unit_amount") {
		return nil, invalid("parameter_missing", "amount", "Missing required param: amount.")
	}
	if e := c.editItem(&x); e != nil {
		return nil, e
	}
	if on != nil && on.Currency != x.Currency {
		return nil, invalid("", "currency", "The currency of the invoice item (%s) does not match the invoice's currency (%s).",
			x.Currency, on.Currency)
	}
	x.ID, x.price = c.server.newID("ii"), c.server.newID("price")
	made := &x
	c.realm.items.add(made)
	if on == nil {
		c.emit("invoiceitem.created", made, nil)
		return c.realm.show(made), nil
	}
	before := *on
	c.addLine(on, made)
	c.emit("invoiceitem.created", made, nil)
	c.emit("invoice.updated", on, &before)
	return c.realm.show(made), nil
}

// takes tells why an invoice does not take another item.
func (c *call) takes(on *Invoice, x *Item) *apiError {
	switch {
	case on.Customer != x.Customer:
		return invalid("", "invoice", "The invoice %s does not belong to the customer %s.", on.ID, x.Customer)
	case on.Status != Draft:
		return errNotEditable("invoice")
	case len(on.Lines) >= c.server.options.MaxItems:
		return invalid("", "invoice", "You can have at most %d invoice items on an invoice.", c.server.options.MaxItems)
	}
	return nil
}

// editItem takes over what a request says of an item.
func (c *call) editItem(x *Item) *apiError {
	if c.form.has("amount") && (c.form.has("unit_amount") || c.form.has("quantity")) {
		return invalid("", "amount", "You may only specify one of these parameters: amount, quantity.")
	}
	if c.form.has("quantity") {
		unit := x.Amount
		if x.Quantity > 0 {
			unit = x.Amount / x.Quantity
		}
		x.Quantity = c.form.number("quantity")
		x.Amount = unit * x.Quantity
	}
	if c.form.has("unit_amount") {
		x.Amount = c.form.number("unit_amount") * x.Quantity
	}
	if c.form.has("amount") {
		x.Amount, x.Quantity = c.form.number("amount"), 1
	}
	if x.Quantity < 0 {
		return invalid("", "quantity", "Invalid quantity: must be greater than or equal to 0")
	}
	if c.form.has("description") {
		x.Description = c.form.text("description")
	}
	if c.form.has("discountable") {
		x.NotDiscountable = !c.form.truth("discountable")
	}
	if c.form.has("period[start]") != c.form.has("period[end]") {
		return invalid("parameter_missing", "period", "Missing required param: period[start] or period[end].")
	}
	if c.form.has("period[start]") {
		x.PeriodStart, x.PeriodEnd = c.form.instant("period[start]"), c.form.instant("period[end]")
		if x.PeriodEnd.Before(x.PeriodStart) {
			return invalid("", "period[end]", "Invalid period: end must not be before start")
		}
	}
	x.Metadata = c.form.dict("metadata", x.Metadata)
	if e := metadataFault(x.Metadata); e != nil {
		return e
	}
	return representable(x.Amount, x.Currency, "amount")
}

// item finds one, and the invoice that it is on.
func (c *call) item() (*Item, *Invoice, *apiError) {
	id := c.ids[0]
	x, ok := c.realm.items.get(id)
	if !ok && c.realm.dead[id] {
		return nil, nil, invalid("", "", "This invoice item has been deleted.")
	}
	if !ok {
		e := c.missing("invoiceitem", id, "id")
		return nil, nil, e
	}
	on, _ := c.realm.invoices.get(x.Invoice)
	return x, on, nil
}

func getItem(c *call) (any, *apiError) {
	x, _, e := c.item()
	if e != nil {
		e.Status = http.StatusNotFound
		return nil, e
	}
	return c.realm.show(x), nil
}

func listItems(c *call) (any, *apiError) {
	return query[*Item]{
		from: c.realm.items, owner: c.form.text("customer"), url: "/v1/invoiceitems",
		keep: func(x *Item) bool {
			return c.fits("invoice", x.Invoice) && c.form.within("created", x.Created) &&
				(!c.form.has("pending") || c.form.truth("pending") == (x.Invoice == ""))
		},
	}.page(c)
}

func updateItem(c *call) (any, *apiError) {
	x, on, e := c.item()
	if e != nil {
		return nil, e
	}
	if on != nil && on.Status != Draft {
		return nil, errNotEditable("")
	}
	next := *x
	if e := c.editItem(&next); e != nil {
		return nil, e
	}
	*x = next
	if on != nil {
		before := *on
		c.changeLine(on, x)
		c.emit("invoice.updated", on, &before)
	}
	return c.realm.show(x), nil
}

func deleteItem(c *call) (any, *apiError) {
	x, on, e := c.item()
	if e != nil {
		return nil, e
	}
	if on != nil && on.Status != Draft {
		return nil, errNotEditable("")
	}
	c.emit("invoiceitem.deleted", x, nil)
	c.realm.items.remove(x.ID)
	if on != nil {
		before := *on
		c.dropLine(on, x.ID)
		c.emit("invoice.updated", on, &before)
	}
	return obj{"id": x.ID, "object": "invoiceitem", "deleted": true}, nil
}

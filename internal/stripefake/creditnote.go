package stripefake

import (
	"fmt"
	"time"
)

// CreditNote takes an amount off a finalised invoice.
type CreditNote struct {
	ID, Customer, Invoice, Currency, Number, Memo, Reason string
	Status                                                string // "issued" or "void"
	Type                                                  string // "pre_payment" or "post_payment"
	Amount, Credited, Refunded, OutOfBand                 int64
	Refund, BalanceTransaction                            string
	Metadata                                              map[string]string
	Created, EffectiveAt, VoidedAt                        time.Time
}

func (x *CreditNote) ident() string    { return x.ID }
func (x *CreditNote) made() time.Time  { return x.Created }
func (x *CreditNote) owner() string    { return x.Customer }
func (x *CreditNote) kind() string     { return "credit note" }
func (x *CreditNote) snapshot() object { copied := *x; return &copied }

func (x *CreditNote) render(r *Realm) obj {
	var outside any
	if x.OutOfBand != 0 {
		outside = x.OutOfBand
	}
	line := obj{
		"id": "cnli_1" + hashed(x.ID, 23), "object": "credit_note_line_item", "amount": x.Amount,
		"amount_excluding_tax": x.Amount, "description": orDefault(x.Memo, "Credit"), "discount_amount": 0,
		"discount_amounts": []any{}, "livemode": r.live, "quantity": 1, "tax_amounts": []any{}, "tax_rates": []any{},
		"type": "custom_line_item", "unit_amount": x.Amount, "unit_amount_decimal": fmt.Sprint(x.Amount),
		"unit_amount_excluding_tax": fmt.Sprint(x.Amount),
	}
	return obj{
		"id": x.ID, "object": "credit_note", "amount": x.Amount, "amount_shipping": 0, "created": x.Created.Unix(),
		"currency": x.Currency, "customer": x.Customer, "customer_balance_transaction": textOrNull(x.BalanceTransaction),
		"discount_amount": 0, "discount_amounts": []any{}, "effective_at": timeOrNull(x.EffectiveAt), "invoice": x.Invoice,
		"lines":    listOf([]any{line}, false, "/v1/credit_notes/"+x.ID+"/lines"),
		"livemode": r.live, "memo": textOrNull(x.Memo), "metadata": metadataOf(x.Metadata), "number": x.Number,
		"out_of_band_amount": outside, "pdf": r.server.pdfBase + "/credit_notes/" + r.account + "/cnst_" + hashed(x.ID, 24) + "/pdf?s=ap",
		"reason": textOrNull(x.Reason), "refund": textOrNull(x.Refund), "shipping_cost": nil, "status": x.Status,
		"subtotal": x.Amount, "subtotal_excluding_tax": x.Amount, "tax_amounts": []any{}, "total": x.Amount,
		"total_excluding_tax": x.Amount, "type": x.Type, "voided_at": timeOrNull(x.VoidedAt),
	}
}

func listNotes(c *call) (any, *apiError) {
	return query[*CreditNote]{
		from: c.realm.notes, owner: c.form.text("customer"), url: "/v1/credit_notes", keep: func(x *CreditNote) bool {
			return c.fits("invoice", x.Invoice) && c.form.within("created", x.Created)
		},
	}.page(c)
}

func (c *call) note() (*CreditNote, *apiError) {
	x, ok := c.realm.notes.get(c.ids[0])
	if !ok {
		return nil, c.missing("credit note", c.ids[0], "id")
	}
	return x, nil
}

func getNote(c *call) (any, *apiError) {
	x, e := c.note()
	if e != nil {
		return nil, e
	}
	return c.realm.show(x), nil
}

func createNote(c *call) (any, *apiError) {
	on, e := c.invoice(c.form.text("invoice"), "invoice")
	if e != nil {
		return nil, e
	}
	x := CreditNote{
		Customer: on.Customer, Invoice: on.ID, Currency: on.Currency, Memo: c.form.text("memo"), Reason: c.form.text("reason"),
		Status: "issued", Amount: c.form.number("amount"), Credited: c.form.number("credit_amount"),
		Refunded: c.form.number("refund_amount"), OutOfBand: c.form.number("out_of_band_amount"), Created: c.now,
		EffectiveAt: c.now, Metadata: c.form.dict("metadata", nil),
	}
	if e := metadataFault(x.Metadata); e != nil {
		return nil, e
	}
	if c.form.has("effective_at") {
		x.EffectiveAt = c.form.instant("effective_at")
	}
	if e := x.suits(on); e != nil {
		return nil, e
	}
	x.ID = c.server.newID("cn")
	x.Number = fmt.Sprintf("%s-CN-%02d", on.Number, 1+c.realm.notesOn(on.ID))
	c.book(&x, on)
	return c.realm.show(&x), nil
}

func (r *Realm) notesOn(invoice string) (n int) {
	for _, e := range r.notes.all {
		if e.value.Invoice == invoice {
			n++
		}
	}
	return n
}

// suits tells why a credit note cannot be made of an invoice, and decides of which type it is.
func (x *CreditNote) suits(on *Invoice) *apiError {
	parts := x.Credited + x.Refunded + x.OutOfBand
	if x.Amount <= 0 {
		return invalid("", "amount", "You must pass an amount that is greater than 0.")
	}
	switch on.Status {
	case Open:
		x.Type = "pre_payment"
		switch {
		case x.Amount > on.AmountRemaining:
			return invalid("", "amount", "The amount of the credit note (%d) is greater than the amount remaining on the invoice (%d).",
				x.Amount, on.AmountRemaining)
		case parts != 0:
			return invalid("", "", "You cannot credit, refund or settle outside of Stripe before the invoice is paid.")
		}
	case Paid:
		x.Type = "post_payment"
		switch room := on.Total - on.PrePaymentCredits - on.PostPaymentCredits; {
		case x.Amount > room:
			return invalid("", "amount", "The amount of the credit note (%d) is greater than what is left of the invoice (%d).", x.Amount, room)
		case parts != x.Amount:
			return invalid("", "", "The sum of credit amount, refund amount and out of band amount (%d) must equal the credit note "+
				"amount (%d).", parts, x.Amount)
		case x.Refunded > 0 && on.Charge == "":
			return invalid("", "refund_amount", "The invoice has no charge that could be refunded.")
		}
	default:
		return invalid("", "invoice", "You can only create a credit note for an invoice that is open or paid.")
	}
	return nil
}

// book makes a credit note have its effect.
func (c *call) book(x *CreditNote, on *Invoice) {
	before := *on
	c.realm.notes.add(x)
	if x.Type == "pre_payment" {
		on.PrePaymentCredits += x.Amount
		on.AmountDue -= x.Amount
		on.AmountRemaining -= x.Amount
	} else {
		on.PostPaymentCredits += x.Amount
	}
	if x.Refunded > 0 {
		x.Refund = c.server.newID("re")
	}
	if x.Credited > 0 {
		customer, _ := c.realm.customers.get(x.Customer)
		x.BalanceTransaction = c.moveBalance(customer, BalanceTransaction{
			Currency: x.Currency, Amount: -x.Credited, Type: "credit_note", CreditNote: x.ID, Invoice: x.Invoice,
		}).ID
	}
	c.emit("credit_note.created", x, nil)
	c.emit("invoice.updated", on, &before)
	if on.Status == Open && on.AmountRemaining == 0 {
		c.paid(on)
	}
}

func voidNote(c *call) (any, *apiError) {
	x, e := c.note()
	if e != nil {
		return nil, e
	}
	on, _ := c.realm.invoices.get(x.Invoice)
	if x.Status != "issued" || x.Type != "pre_payment" || on.Status != Open {
		return nil, invalid("", "", "You can only void credit notes that reduce the amount remaining of open invoices.")
	}
	before, invoice := *x, *on
	x.Status, x.VoidedAt = "void", c.now
	on.PrePaymentCredits -= x.Amount
	on.AmountDue += x.Amount
	on.AmountRemaining += x.Amount
	c.emit("credit_note.voided", x, nil)
	c.emit("credit_note.updated", x, &before)
	c.emit("invoice.updated", on, &invoice)
	return c.realm.show(x), nil
}

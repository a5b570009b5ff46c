package stripefake

import (
	"fmt"
	"net/http"
	"slices"
	"time"
)

// A transition is something that is done to an invoice of certain statuses.
type transition struct {
	from    []string
	param   string // as the error for a missing invoice names it; the endpoints differ
	refused func(x *Invoice) *apiError
	apply   func(c *call, x *Invoice) *apiError
}

// transitions is the table of status transitions.
func transitions() map[string]transition {
	return map[string]transition{
		"finalize":           {[]string{Draft}, "id", refuseFinal, finalizeInvoice},
		"send":               {[]string{Draft, Open}, "invoice", refuseSend, sendInvoice},
		"void":               {[]string{Open, Uncollectible}, "id", refuseVoid, voidInvoice},
		"mark_uncollectible": {[]string{Open}, "id", refuseUncollectible, giveUpInvoice},
		"pay":                {[]string{Draft, Open, Uncollectible}, "id", refusePay, payInvoice},
	}
}

// transit makes the handler of one transition.
func transit(name string) handler {
	t := transitions()[name]
	return func(c *call) (any, *apiError) {
		x, e := c.invoice(c.ids[0], t.param)
		if e != nil {
			return nil, e
		}
		from := t.from
		if name == "void" && c.server.options.OpenOnlyVoid {
			from = []string{Open}
		}
		if !slices.Contains(from, x.Status) {
			return nil, t.refused(x)
		}
		if e := t.apply(c, x); e != nil {
			return nil, e
		}
		return c.realm.show(x), nil
	}
}

func refuseFinal(*Invoice) *apiError {
	return invalid("", "", "This invoice is already finalized, you can't re-finalize a non-draft invoice.")
}

func refuseSend(*Invoice) *apiError {
	return invalid("", "", "This invoice cannot be sent right now. Please contact us via https://support.stripe.com/contact with "+
		"details, so we can help.")
}

func refuseVoid(x *Invoice) *apiError {
	if x.Status == Paid {
		return invalid("", "", "Invoices with `paid` payments cannot be voided.")
	}
	return errNotOpen()
}

func refuseUncollectible(x *Invoice) *apiError {
	if x.Status == Uncollectible {
		return invalid("", "", "This invoice has already been marked uncollectible.")
	}
	return errNotOpen()
}

func refusePay(x *Invoice) *apiError {
	if x.Status == Paid {
		return invalid("", "", "Invoice is already paid")
	}
	return errNotOpen()
}

func finalizeInvoice(c *call, x *Invoice) *apiError {
	if e := c.ready(x); e != nil {
		return e
	}
	if c.form.has("auto_advance") {
		x.AutoAdvance = c.form.truth("auto_advance")
	}
	c.finalize(x)
	if x.Status == Open && x.AutoAdvance && x.CollectionMethod == SendInvoice {
		c.mail(x)
	}
	return nil
}

// ready tells why a draft cannot be finalised.
func (c *call) ready(x *Invoice) *apiError {
	if len(x.Lines) == 0 {
		return invalid("invoice_no_customer_line_items", "", "Nothing to invoice for customer")
	}
	if customer, _ := c.realm.customers.get(x.Customer); x.CollectionMethod == SendInvoice && customer.Email == "" {
		return errNoEmail()
	}
	return nil
}

// finalize makes a draft an invoice: it gets its number and takes what the customer has on the balance.
func (c *call) finalize(x *Invoice) {
	before := *x
	c.recount(x)
	customer, _ := c.realm.customers.get(x.Customer)
	if x.Number == "" {
		x.Number = fmt.Sprintf("%s-%04d", customer.Prefix, customer.Sequence)
		customer.Sequence++
	}
	if x.EffectiveAt.IsZero() {
		x.EffectiveAt = c.now
	}
	if c.server.options.DueFromFinalization && x.DaysUntilDue > 0 {
		x.DueDate = c.now.Truncate(time.Second).AddDate(0, 0, x.DaysUntilDue)
	}
	x.Status, x.FinalizedAt = Open, c.now
	x.AmountDue, x.EndingBalance = due(x.Total+x.StartingBalance, x.Currency)
	x.AmountRemaining = x.AmountDue
	c.emit("invoice.finalized", x, nil)
	c.emit("invoice.updated", x, &before)
	if applied := x.EndingBalance - x.StartingBalance; applied != 0 {
		c.moveBalance(customer, BalanceTransaction{
			Currency: x.Currency, Amount: applied, Type: "applied_to_invoice", Invoice: x.ID,
		})
	}
	if x.AmountDue == 0 {
		x.Attempted = true
		c.paid(x)
	}
}

func sendInvoice(c *call, x *Invoice) *apiError {
	if x.CollectionMethod != SendInvoice {
		return refuseSend(x)
	}
	if x.Status == Draft {
		if e := c.ready(x); e != nil {
			return e
		}
		c.finalize(x)
	}
	if x.CustomerEmail == "" {
		return errNoEmail()
	}
	if x.Status == Open {
		c.mail(x)
	}
	return nil
}

// mail sends the invoice to the customer, each time anew.
func (c *call) mail(x *Invoice) {
	x.Sent++
	c.emit("invoice.sent", x, nil)
}

func voidInvoice(c *call, x *Invoice) *apiError {
	before := *x
	x.Status, x.VoidedAt = Void, c.now
	c.emit("invoice.voided", x, nil)
	c.emit("invoice.updated", x, &before)
	return nil
}

func giveUpInvoice(c *call, x *Invoice) *apiError {
	before := *x
	x.Status, x.UncollectibleAt = Uncollectible, c.now
	c.emit("invoice.marked_uncollectible", x, nil)
	c.emit("invoice.updated", x, &before)
	return nil
}

func payInvoice(c *call, x *Invoice) *apiError {
	outside := c.form.truth("paid_out_of_band")
	if !outside && !c.chargeable(x) {
		e := invalid("", "", "There is no `default_payment_method` set on this Customer or Invoice. Please set a "+
			"`default_payment_method` prior to paying.")
		e.Status = http.StatusPaymentRequired
		return e
	}
	if x.Status == Draft {
		if e := c.ready(x); e != nil {
			return e
		}
		c.finalize(x)
		if x.Status == Paid {
			return nil
		}
	}
	c.settle(x, outside)
	return nil
}

// chargeable tells whether there is something to charge.
func (c *call) chargeable(x *Invoice) bool {
	customer, _ := c.realm.customers.get(x.Customer)
	return customer.DefaultMethod != "" || customer.DefaultSource != ""
}

// settle has an invoice paid: by a charge, or outside of Stripe. What is paid outside is not in amount_paid at this
// version, and is still in amount_remaining.
func (c *call) settle(x *Invoice, outside bool) {
	if outside {
		x.PaidOutOfBand = true
	} else {
		x.Charge, x.Attempted = c.server.newID("ch"), true
		x.AmountPaid, x.AmountRemaining = x.AmountPaid+x.AmountRemaining, 0
	}
	c.paid(x)
}

func (c *call) paid(x *Invoice) {
	before := *x
	x.Status, x.PaidAt = Paid, c.now
	c.emit("invoice.updated", x, &before)
	c.emit("invoice.paid", x, nil)
	c.emit("invoice.payment_succeeded", x, nil)
}

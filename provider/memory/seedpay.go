package memory

import (
	"cmp"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"github.com/billhatch/billhatch/invoice"
	"github.com/billhatch/billhatch/money"
	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/usage/civil"
)

// customer is a customer of the payment provider with everything that belongs to it.
type customer struct {
	provider.Customer
	account    string // empty: of no account
	since      int64
	deleted    bool
	invoices   []*stored // newest first, drafts included
	history    []item
	recipients provider.Recipients
	syncing    bool
	methods    []provider.PaymentMethod
	next       *civil.Date // nil: the first day of the next month
}

// item is a line of the history of discounts and adjustments.
type item struct {
	provider.HistoryItem
	seq int64
}

// customer finds a customer by its id or by that of its account. The lock must be held.
func (w *World) customer(helper, id string) *customer {
	if acct, ok := w.accounts[id]; ok {
		id = acct.Customer
	}
	if c, ok := w.customers[id]; ok {
		return c
	}
	w.mistake(helper, "no customer %q", cut(id))
	return nil
}

// zone is where the days of a customer begin. The lock must be held.
func (w *World) zone(c *customer) *time.Location {
	if acct, ok := w.accounts[c.account]; ok && acct.Zone != nil {
		return acct.Zone
	}
	return time.UTC
}

// remember adds a line to the history of a customer. The lock must be held.
func (w *World) remember(customerID string, h provider.HistoryItem) {
	if c, ok := w.customers[customerID]; ok {
		c.history = append(c.history, item{h, w.next("history")})
	}
}

// SetEmail sets the billing email of a customer; an empty address is none.
func (w *World) SetEmail(customerID, address string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	c := w.customer("SetEmail", customerID)
	if c == nil {
		return
	}
	if address == "" {
		c.Email = provider.Email{}
		return
	}
	email, err := provider.NewEmail(address)
	if err != nil {
		w.mistake("SetEmail", "not a mail address")
		return
	}
	c.Email = email
}

// DeleteCustomer deletes a customer at the payment provider: it is not found any more, and neither are its invoices.
func (w *World) DeleteCustomer(customerID string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if c := w.customer("DeleteCustomer", customerID); c != nil {
		c.deleted = true
		w.announce(c, "customer.deleted", c.ID)
	}
}

// SetRecipients sets the addresses of both groups (C7) and ends synchronising. An address keeps its id.
func (w *World) SetRecipients(customerID string, invoices, changes []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	c := w.customer("SetRecipients", customerID)
	if c == nil {
		return
	}
	old := c.recipients
	c.recipients = provider.Recipients{
		Invoices: w.group(old.Invoices, invoices), Changes: w.group(old.Changes, changes),
	}
	c.syncing = false
}

func (w *World) group(old []provider.Recipient, addresses []string) []provider.Recipient {
	out := make([]provider.Recipient, 0, len(addresses))
	for _, address := range addresses {
		email, err := provider.NewEmail(address)
		if err != nil {
			w.mistake("SetRecipients", "not a mail address")
			continue
		}
		at := slices.IndexFunc(old, func(r provider.Recipient) bool { return r.Email.Equal(email) })
		if at >= 0 {
			out = append(out, provider.Recipient{ID: old[at].ID, Email: email})
			continue
		}
		out = append(out, provider.Recipient{ID: w.id("rcp"), Email: email})
	}
	return out
}

// SetSyncing makes the recipients of a customer synchronise, or not any more (C8).
func (w *World) SetSyncing(customerID string, syncing bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if c := w.customer("SetSyncing", customerID); c != nil {
		c.syncing = syncing
	}
}

// SetMethods sets the ways in which a customer pays.
func (w *World) SetMethods(customerID string, methods ...provider.PaymentMethod) {
	w.mu.Lock()
	defer w.mu.Unlock()
	c := w.customer("SetMethods", customerID)
	if c == nil {
		return
	}
	c.methods = slices.Clone(methods)
	for i := range c.methods {
		if c.methods[i].ID == "" {
			c.methods[i].ID = w.id("pm")
		}
	}
}

// SetNextInvoice sets the date of the next invoice; the zero date is none. By default it is the first day of the next
// month in the account's zone.
func (w *World) SetNextInvoice(customerID string, on civil.Date) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if c := w.customer("SetNextInvoice", customerID); c != nil {
		c.next = &on
	}
}

// SetHealth sets what is wrong with the payment provider's configuration; without problems it is healthy.
func (w *World) SetHealth(problems ...provider.Problem) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.problems = slices.Clone(problems)
}

// AddInvoice adds an invoice of an account and gives it back with what was filled in. Left out, the status is open, the
// period the month before the clock's (or before the issue date), the issue date the day after the period, the total the
// sum of lines and taxes, or 100.00 with one line. A paid invoice is paid in full on its issue date.
func (w *World) AddInvoice(accountID string, inv invoice.Invoice) invoice.Invoice {
	w.mu.Lock()
	defer w.mu.Unlock()
	c := w.customer("AddInvoice", accountID)
	if c == nil {
		return inv
	}
	inv = cloneInvoice(&inv)
	if err := w.complete(c, &inv); err != nil {
		w.mistake("AddInvoice", "invoice of %q cannot be completed: %s", cut(accountID), provider.Kind(err))
		return inv
	}
	if _, taken := w.invoices[inv.ID]; taken {
		w.mistake("AddInvoice", "invoice %q exists already", cut(inv.ID))
		return inv
	}
	w.store(c, inv)
	return cloneInvoice(&inv)
}

// complete fills in what a seeded invoice leaves out.
func (w *World) complete(c *customer, inv *invoice.Invoice) error {
	acct := w.accounts[c.account]
	inv.Account, inv.CustomerID, inv.Currency = "", c.ID, cmp.Or(inv.Currency, c.Currency, "USD")
	inv.Customer.Name = cmp.Or(inv.Customer.Name, c.Name)
	if inv.Terms == (invoice.Terms{}) && acct != nil {
		inv.Terms = acct.Terms
	}
	if inv.Status == invoice.Unknown {
		inv.Status = invoice.Open
	}
	if inv.Period.IsZero() {
		at := w.Now()
		if !inv.Issued.IsZero() {
			at = inv.Issued.Start(w.zone(c))
		}
		month, err := civil.MonthOf(at, w.zone(c))
		if err != nil {
			return invalid("period", "")
		}
		inv.Period = month.Prev()
	}
	if inv.Issued.IsZero() {
		inv.Issued = invoice.NextDate(inv.Period)
	}
	if err := fillTotals(inv); err != nil {
		return err
	}
	if inv.Status == invoice.Paid {
		if !inv.Paid.IsSet() {
			inv.Paid = inv.Total
		}
		if inv.PaidOn.IsZero() {
			inv.PaidOn = inv.Issued
		}
	}
	if inv.ID == "" {
		inv.ID = w.id("in")
	}
	if inv.Number == "" && inv.Status != invoice.Draft {
		inv.Number = w.number(c)
	}
	return nil
}

// fillTotals makes lines of a total, or a total of lines.
func fillTotals(inv *invoice.Invoice) error {
	taxes := make([]money.Amount, len(inv.Taxes))
	for i := range inv.Taxes {
		taxes[i] = inv.Taxes[i].Amount
	}
	tax, err := money.Sum(inv.Currency, taxes...)
	if err != nil {
		return invalid("taxes", "")
	}
	if len(inv.Lines) == 0 {
		if !inv.Total.IsSet() {
			if inv.Total, err = money.New(decimal.NewFromInt(100), inv.Currency); err != nil {
				return invalid("currency", "")
			}
		}
		net, err := inv.Total.Sub(tax)
		if err != nil {
			return invalid("total", "")
		}
		inv.Lines = []invoice.Line{{
			Key: "fee/services", Kind: invoice.Fee, Description: "Services", Quantity: decimal.NewFromInt(1), Unit: net,
			Amount: net, Merged: 1,
		}}
	}
	amounts := make([]money.Amount, len(inv.Lines))
	for i := range inv.Lines {
		amounts[i] = inv.Lines[i].Amount
	}
	if inv.Subtotal, err = money.Sum(inv.Currency, amounts...); err != nil {
		return invalid("lines", "")
	}
	if !inv.Total.IsSet() {
		if inv.Total, err = inv.Subtotal.Add(tax); err != nil {
			return invalid("total", "")
		}
	}
	if inv.Verify() != nil {
		return invalid("total", "")
	}
	return nil
}

// number gives the next number of a customer's invoices, such as 9A4E2C1B-0001. The lock must be held.
func (w *World) number(c *customer) string {
	prefix := strings.ToUpper(hex.EncodeToString(w.keys.mac("number", c.ID)[:4]))
	return fmt.Sprintf("%s-%04d", prefix, w.next("number "+c.ID))
}

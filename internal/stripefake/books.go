package stripefake

import (
	"fmt"
	"slices"
)

// Books is what a realm holds: the only truth for checks.
type Books struct {
	Customers   []Customer
	Invoices    []Invoice // oldest first, without deleted drafts
	Deleted     []string  // ids of the deleted drafts
	Pending     []Item    // that no invoice has
	CreditNotes []CreditNote
	Balances    []BalanceTransaction
}

// Books copies everything.
func (r *Realm) Books() Books {
	r.server.Settle()
	r.server.mu.Lock()
	defer r.server.mu.Unlock()
	b := Books{Deleted: slices.Clone(r.deleted)}
	for _, x := range r.customers.values() {
		b.Customers = append(b.Customers, *x)
	}
	for _, x := range r.invoices.values() {
		b.Invoices = append(b.Invoices, *x)
	}
	for _, x := range r.items.values() {
		if x.Invoice == "" {
			b.Pending = append(b.Pending, *x)
		}
	}
	for _, x := range r.notes.values() {
		b.CreditNotes = append(b.CreditNotes, *x)
	}
	for _, x := range r.balances.values() {
		b.Balances = append(b.Balances, *x)
	}
	return b
}

// Invoice is one invoice of the books.
func (b Books) Invoice(id string) (Invoice, bool) {
	i := slices.IndexFunc(b.Invoices, func(x Invoice) bool { return x.ID == id })
	if i < 0 {
		return Invoice{}, false
	}
	return b.Invoices[i], true
}

// Billed groups the invoices that are owed or paid, so neither drafts nor void ones, by the value of a metadata key.
func (b Books) Billed(key string) map[string][]Invoice {
	out := map[string][]Invoice{}
	for _, x := range b.Invoices {
		if x.Status != Draft && x.Status != Void {
			out[x.Metadata[key]] = append(out[x.Metadata[key]], x)
		}
	}
	return out
}

// Err tells what does not add up: totals, balances and numbers. It is nil for every server that works.
func (b Books) Err() error {
	numbers := map[string]string{}
	for _, x := range b.Invoices {
		if err := x.err(); err != nil {
			return err
		}
		if other := numbers[x.Number]; x.Number != "" && other != "" {
			return fmt.Errorf("stripefake: %s and %s share the number %s", other, x.ID, x.Number)
		}
		numbers[x.Number] = x.ID
	}
	type purse struct{ customer, currency string }
	sums := map[purse]int64{}
	for _, t := range b.Balances {
		sums[purse{t.Customer, t.Currency}] += t.Amount
	}
	for _, x := range b.Customers {
		for currency, balance := range x.Balances {
			if sum := sums[purse{x.ID, currency}]; sum != balance {
				return fmt.Errorf("stripefake: %s has a balance of %d %s and transactions of %d", x.ID, balance, currency, sum)
			}
		}
	}
	return nil
}

func (x Invoice) err() error {
	var sum, off int64
	for _, line := range x.Lines {
		sum += line.Amount
		off += line.Discount
	}
	switch {
	case sum != x.Subtotal || off != x.DiscountTotal || sum-off != x.Total:
		return fmt.Errorf("stripefake: %s has lines of %d less %d, and a total of %d", x.ID, sum, off, x.Total)
	case x.AmountDue < 0 || x.AmountRemaining < 0 || x.AmountRemaining+x.AmountPaid != x.AmountDue:
		return fmt.Errorf("stripefake: %s has %d due, %d paid and %d remaining", x.ID, x.AmountDue, x.AmountPaid, x.AmountRemaining)
	case x.Status != Draft && (x.Number == "" || x.FinalizedAt.IsZero()):
		return fmt.Errorf("stripefake: %s is %s without a number", x.ID, x.Status)
	}
	return nil
}

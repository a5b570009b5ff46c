package memory

import (
	"context"

	"github.com/billhatch/billhatch/invoice"
	"github.com/billhatch/billhatch/money"
	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/usage/civil"
)

// Void cancels an open or uncollectible invoice.
func (p *Payments) Void(ctx context.Context, customerID, id, key string) (invoice.Invoice, error) {
	const op = "Void"
	w := p.w
	return run(ctx, w, Call{Op: op, Subject: customerID, Object: id, Key: key}, func() (invoice.Invoice, error) {
		if err := checkKey(key, false); err != nil {
			return invoice.Invoice{}, err
		}
		s, c, err := w.find(customerID, id)
		if err != nil {
			return invoice.Invoice{}, err
		}
		params := join([]string{customerID, id})
		if _, _, err := w.known(op, key, params); err != nil {
			return invoice.Invoice{}, err
		}
		if s.Status != invoice.Void {
			if err := w.move(c, s, invoice.Void); err != nil {
				return invoice.Invoice{}, err
			}
		}
		w.did(op, key, params, nil)
		return cloneInvoice(&s.Invoice), nil
	})
}

// allowed is the table of status transitions after an invoice was finalised.
func allowed(from, to invoice.Status) bool {
	switch to {
	case invoice.Paid, invoice.Void:
		return from == invoice.Open || from == invoice.Uncollectible
	case invoice.Uncollectible:
		return from == invoice.Open
	default:
		return false
	}
}

// move changes the status of an invoice as the table allows. The lock must be held.
func (w *World) move(c *customer, s *stored, to invoice.Status) error {
	if !allowed(s.Status, to) {
		return conflict("the invoice is " + s.Status.String())
	}
	s.Status = to
	kinds := map[invoice.Status]string{
		invoice.Paid: "invoice.paid", invoice.Void: "invoice.voided", invoice.Uncollectible: "invoice.marked_uncollectible",
	}
	if to == invoice.Paid {
		s.Paid, s.PaidOn = s.Total, civil.DateOf(w.Now(), w.zone(c))
		if s.Credited.IsSet() {
			paid, err := s.Total.Sub(s.Credited)
			if err != nil {
				return invalid("amount", "out of range")
			}
			s.Paid = paid
		}
	}
	w.announce(c, kinds[to], s.ID)
	return nil
}

// Pay pays an open or uncollectible invoice in full, today. Anything else is provider.ErrConflict, an unknown invoice
// provider.ErrNotFound.
func (w *World) Pay(invoiceID string) error { return w.settle("Pay", invoiceID, invoice.Paid) }

// Void cancels an open or uncollectible invoice, as [Payments.Void] does.
func (w *World) Void(invoiceID string) error { return w.settle("Void", invoiceID, invoice.Void) }

// GiveUp marks an open invoice as uncollectible.
func (w *World) GiveUp(invoiceID string) error {
	return w.settle("GiveUp", invoiceID, invoice.Uncollectible)
}

func (w *World) settle(op, invoiceID string, to invoice.Status) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	s, ok := w.invoices[invoiceID]
	if !ok {
		return provider.NotFound(op)
	}
	if err := w.move(w.customers[s.customer], s, to); err != nil {
		return named(op, err)
	}
	return nil
}

// SetStatus gives an invoice a status without asking the table, such as invoice.Unknown for a status that is not known.
func (w *World) SetStatus(invoiceID string, status invoice.Status) {
	w.mu.Lock()
	defer w.mu.Unlock()
	s, ok := w.invoices[invoiceID]
	if !ok {
		w.mistake("SetStatus", "no invoice %q", cut(invoiceID))
		return
	}
	s.Status = status
}

// Credit takes an amount off an open or paid invoice. Off an open one less is due then; when nothing is left to pay, the
// invoice is paid.
func (p *Payments) Credit(ctx context.Context, r provider.CreditRequest) (provider.CreditNote, error) {
	const op = "Credit"
	w := p.w
	return run(ctx, w, Call{Op: op, Subject: r.Customer, Object: r.Invoice, Key: r.Key}, func() (provider.CreditNote, error) {
		if err := checkKey(r.Key, true); err != nil {
			return provider.CreditNote{}, err
		}
		s, c, err := w.find(r.Customer, r.Invoice)
		if err != nil {
			return provider.CreditNote{}, err
		}
		params := join([]string{r.Customer, r.Invoice, r.Amount.String(), r.Reason})
		if d, again, err := w.known(op, r.Key, params); err != nil || again {
			note, _ := d.result.(provider.CreditNote)
			return note, err
		}
		if err := w.credit(c, s, r.Amount); err != nil {
			return provider.CreditNote{}, err
		}
		note := provider.CreditNote{ID: w.id("cn"), Invoice: s.ID, Amount: r.Amount}
		w.did(op, r.Key, params, note)
		w.announce(c, "credit_note.created", s.ID)
		return note, nil
	})
}

// credit checks and books a credit. The lock must be held.
func (w *World) credit(c *customer, s *stored, amount money.Amount) error {
	if amount.Sign() <= 0 || amount.Currency() != s.Currency {
		return invalid("amount", "want more than nothing, in the currency of the invoice")
	}
	if err := checkMinor("amount", amount); err != nil {
		return err
	}
	if s.Status != invoice.Open && s.Status != invoice.Paid {
		return invalid("invoice", "it is "+s.Status.String())
	}
	left, err := s.left()
	if err != nil {
		return err
	}
	if more, err := amount.Cmp(left); err != nil || more > 0 {
		return invalid("amount", "more than what is left of the invoice")
	}
	if s.Credited, err = plus(s.Credited, amount); err != nil || s.Status == invoice.Paid {
		return err
	}
	if rest, err := s.AmountDue(); err == nil && rest.Sign() <= 0 {
		return w.move(c, s, invoice.Paid)
	}
	return nil
}

// left is what can still be credited: the total without what was credited before, and of an open invoice what is due.
func (s *stored) left() (money.Amount, error) {
	if s.Status == invoice.Open {
		return s.AmountDue()
	}
	if !s.Credited.IsSet() {
		return s.Total, nil
	}
	return s.Total.Sub(s.Credited)
}

// plus adds to an amount that may not be set yet.
func plus(sum, more money.Amount) (money.Amount, error) {
	if !sum.IsSet() {
		return more, nil
	}
	return sum.Add(more)
}

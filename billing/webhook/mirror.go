package webhook

import (
	"context"
	"iter"
	"time"

	"github.com/billhatch/billhatch/invoice"
	"github.com/billhatch/billhatch/money"
	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/usage/civil"
)

// ranks is in which order an invoice goes through its states. Providers let it go from open to each of the others, and
// from uncollectible to paid or void. That void comes after paid is a choice: no provider goes from one to the other, and
// so a late "paid" brings nothing back to life.
var ranks = map[invoice.Status]int{
	invoice.Unknown:       0,
	invoice.Draft:         1,
	invoice.Open:          2,
	invoice.Uncollectible: 3,
	invoice.Paid:          4,
	invoice.Void:          5,
}

// Rank orders statuses: an invoice only moves to a higher one. Unknown is the lowest, so that it replaces nothing.
func Rank(s invoice.Status) int { return ranks[s] }

// Settled tells whether a status is the last one of an invoice.
func Settled(s invoice.Status) bool { return s == invoice.Paid || s == invoice.Void }

// State is what a host keeps of an invoice.
type State struct {
	Invoice           string // id at the provider
	Number            string
	Account, Customer string // the host's account, and the provider's customer
	Status            invoice.Status
	Total             money.Amount
	Credited, Paid    money.Amount // unset: nothing
	Issued, Due       civil.Date
	PaidOn            civil.Date // zero unless it is paid
	ReadAt            time.Time  // when the provider was asked
	Version           int64      // of the store; 0: not stored yet
}

// StateOf gives the state of an invoice that was read at a time.
func StateOf(inv *invoice.Invoice, readAt time.Time) State {
	return State{
		Invoice: inv.ID, Number: inv.Number, Account: inv.Account, Customer: inv.CustomerID, Status: inv.Status, Total: inv.Total,
		Credited: inv.Credited, Paid: inv.Paid, Issued: inv.Issued, Due: inv.Due(), PaidOn: inv.PaidOn, ReadAt: readAt.UTC(),
	}
}

// Supersedes tells whether a reading counts more than the other one: it has the higher rank, or the same rank and was not
// read before it. Whatever the order in which readings are applied, the last one that counts is the same.
//
// A clock that was set back delays changes of amounts until it has caught up; it never moves a status.
func (s *State) Supersedes(other *State) bool {
	if mine, others := Rank(s.Status), Rank(other.Status); mine != others {
		return mine > others
	}
	return !s.ReadAt.Before(other.ReadAt)
}

// Same tells whether two states say the same of an invoice, whenever they were read.
func (s *State) Same(other *State) bool {
	return s.Invoice == other.Invoice && s.Number == other.Number && s.Account == other.Account && s.Customer == other.Customer &&
		s.Status == other.Status && s.Total.Equal(other.Total) && s.Credited.Equal(other.Credited) && s.Paid.Equal(other.Paid) &&
		s.Issued == other.Issued && s.Due == other.Due && s.PaidOn == other.PaidOn
}

// Store keeps the states of invoices for a [Mirror].
type Store interface {
	// State reads what is kept of an invoice; provider.ErrNotFound when it is nothing.
	State(ctx context.Context, invoice string) (State, error)
	// PutState keeps a state when its version is still the one that is kept (0: none yet), under another version.
	// Otherwise it is provider.ErrConflict.
	PutState(ctx context.Context, s State) error
	// Unsettled gives the ids of the invoices of an account whose kept status is not [Settled].
	Unsettled(ctx context.Context, account string) iter.Seq2[string, error]
}

// Mirror is an [Applier] that keeps the state of every invoice in a [Store]. Embed it to be told of customers, too.
type Mirror struct{ store Store }

// NewMirror makes a mirror. A store is required.
func NewMirror(store Store) (*Mirror, error) {
	if store == nil {
		return nil, invalid("Store", "required")
	}
	return &Mirror{store}, nil
}

// Every ability of an Applier.
var (
	_ Applier   = (*Mirror)(nil)
	_ Unsettler = (*Mirror)(nil)
	_ Placer    = (*Mirror)(nil)
)

// mirrorTries is how often a state is put that others change at the same time.
const mirrorTries = 16

// InvoiceChanged keeps the state of an invoice, unless what is kept counts more. An invoice that is kept as one of
// another customer is provider.ErrForeign.
func (m *Mirror) InvoiceChanged(ctx context.Context, inv invoice.Invoice, readAt time.Time) (bool, error) {
	next := StateOf(&inv, readAt)
	var err error
	for range mirrorTries {
		var kept State
		kept, err = m.store.State(ctx, inv.ID)
		known := !provider.IsKind(err, provider.ErrNotFound)
		switch {
		case known && err != nil:
			return false, err
		case known && kept.Customer != next.Customer:
			return false, &provider.Error{Op: "InvoiceChanged", Kind: provider.ErrForeign}
		case known && !next.Supersedes(&kept):
			return false, nil
		}
		next.Version = kept.Version
		err = m.store.PutState(ctx, next)
		if err == nil {
			return !known || !next.Same(&kept), nil
		}
		if !provider.IsKind(err, provider.ErrConflict) {
			return false, err
		}
	}
	return false, err
}

// CustomerChanged does nothing.
func (m *Mirror) CustomerChanged(context.Context, Customer, time.Time) (bool, error) {
	return false, nil
}

// PortalChanged does nothing.
func (m *Mirror) PortalChanged(context.Context) error { return nil }

// Unsettled gives the invoices of an account that may still change.
func (m *Mirror) Unsettled(ctx context.Context, account string) iter.Seq2[string, error] {
	return m.store.Unsettled(ctx, account)
}

// CustomerOf gives the customer of an invoice that is kept.
func (m *Mirror) CustomerOf(ctx context.Context, invoiceID string) (string, error) {
	s, err := m.store.State(ctx, invoiceID)
	return s.Customer, err
}

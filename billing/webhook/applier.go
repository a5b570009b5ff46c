package webhook

import (
	"context"
	"iter"
	"time"

	"github.com/billhatch/billhatch/invoice"
	"github.com/billhatch/billhatch/provider"
)

// Applier is the host's side: it is handed what has been read again. [Mirror] is one for invoices.
//
// Its methods may be called again with what they had before, and by several workers for one object at a time; a reading
// may come after a later one. They must end in the same state all the same: see [State.Supersedes] for how. A returned
// error, or a panic, leaves the event waiting.
//
// An Applier may have the abilities [Unsettler] and [Placer], too.
type Applier interface {
	// InvoiceChanged is told of an invoice of an account of the host's. Account is set, and the lines are left out: what
	// has changed never is a line. It tells whether what the host keeps has changed.
	InvoiceChanged(ctx context.Context, inv invoice.Invoice, readAt time.Time) (changed bool, err error)
	// CustomerChanged is told of the customer of an account of the host's.
	CustomerChanged(ctx context.Context, c Customer, readAt time.Time) (changed bool, err error)
	// PortalChanged is told that the configuration of the hosted portal may have changed: whatever was remembered of it
	// is to be read again.
	PortalChanged(ctx context.Context) error
}

// Customer is a customer as it was read.
type Customer struct {
	provider.Customer        // only the ID when it is gone
	Account           string // of the host
	Gone              bool   // the provider does not have it any more
}

// Unsettler is an Applier that knows which invoices may still change: a sweep reads those, too, however old they are.
type Unsettler interface {
	// Unsettled gives the ids of the invoices of an account whose status is not [Settled] as far as the host knows.
	Unsettled(ctx context.Context, account string) iter.Seq2[string, error]
}

// Placer is an Applier that knows whose invoice is whose, for events that do not tell the customer.
type Placer interface {
	// CustomerOf gives the customer of an invoice; provider.ErrNotFound when it is not known.
	CustomerOf(ctx context.Context, invoice string) (customer string, err error)
}

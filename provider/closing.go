package provider

import (
	"context"
	"slices"
	"time"

	"github.com/billhatch/billhatch/money"
	"github.com/billhatch/billhatch/usage/civil"
)

// ClosingKey names one closing: an account, a group and a period, once for each revision.
type ClosingKey struct {
	Account  string
	Group    string // empty: the whole account
	From, To civil.Date
	Revision int // 1, and one more after the invoice of the one before was voided
}

// ClosingState is where a closing stands.
type ClosingState string

// The states; see billing/closing for how they follow each other.
const (
	Planned ClosingState = "planned"
	Frozen  ClosingState = "frozen"
	Drafted ClosingState = "drafted"
	Ready   ClosingState = "ready"
	Issued  ClosingState = "issued"
	Sent    ClosingState = "sent"
	Empty   ClosingState = "empty"
	Parked  ClosingState = "parked"
	Voided  ClosingState = "voided"
)

// ClosingStates gives all states.
func ClosingStates() []ClosingState {
	return []ClosingState{Planned, Frozen, Drafted, Ready, Issued, Sent, Empty, Parked, Voided}
}

// Known tells whether the state is one of them.
func (s ClosingState) Known() bool { return slices.Contains(ClosingStates(), s) }

// Closing is one line of the ledger.
type Closing struct {
	Key     ClosingKey
	State   ClosingState
	Hash    string       // of the frozen statement
	Total   money.Amount // of the frozen invoice; unset until it is frozen
	Invoice string       // id at the payment provider; set once
	Reason  string       // why it is parked

	Owner string        // who holds the lease, or held it last
	Lease time.Duration // asked for with Put: how long from then on; 0: none, or no longer. It is not kept
	Until time.Time     // end of the lease by the ledger's own clock, set by Put; zero: there is none

	Version   int64 // changes with every write; 0 before the first
	UpdatedAt time.Time
}

// Ledger keeps the closings. It is the guard that a month is closed once.
type Ledger interface {
	// Put writes a closing when its version is still the one that is stored (0: not stored yet), and gives it back with
	// the next version and the end of its lease. Otherwise it is ErrConflict, and so is another invoice id than the one
	// that is stored, or none, and a write by another owner while a lease holds.
	Put(ctx context.Context, c Closing) (Closing, error)
	// Closing reads one; ErrNotFound when there is none.
	Closing(ctx context.Context, key ClosingKey) (Closing, error)
	// Closings gives a page of an account, newest period first; an empty account is every account.
	Closings(ctx context.Context, q ClosingQuery) (ClosingPage, error)
}

// ClosingQuery asks for a page of the ledger.
type ClosingQuery struct {
	Account string
	State   ClosingState // empty: every state
	Limit   int          // 1 to MaxPage
	Cursor  string
}

// ClosingPage is a page of the ledger.
type ClosingPage struct {
	Closings []Closing
	Next     string
}

// Inbox keeps webhook events until they are worked off.
type Inbox interface {
	// Receive stores an event with its raw body once, and tells whether it is new. The same id with another body is
	// ErrConflict; the first one is kept.
	Receive(ctx context.Context, e Event, body []byte) (bool, error)
	// Pending gives a page of the events that are not done, in the order in which they came. A page goes on behind the
	// last event of the one before, whatever is done meanwhile.
	Pending(ctx context.Context, q PendingQuery) (PendingPage, error)
	// Done marks an event; doing it again does nothing, an unknown id is ErrNotFound.
	Done(ctx context.Context, id string) error
}

// PendingQuery asks for a page of the inbox.
type PendingQuery struct {
	Limit  int    // 1 to MaxPage
	Cursor string // Next of a page; empty: the oldest
}

// PendingPage is a page of the inbox.
type PendingPage struct {
	Events []Event
	Next   string
}

// StatementStore keeps frozen statements. What is frozen never changes.
type StatementStore interface {
	// Freeze stores a statement once. The same content again does nothing; another one is ErrConflict, and a hash that is
	// not that of the body ErrInvalid.
	Freeze(ctx context.Context, s FrozenStatement) error
	// Statement reads it; ErrNotFound when there is none.
	Statement(ctx context.Context, key ClosingKey) (FrozenStatement, error)
}

// FrozenStatement is the encoded statement of a closed period.
type FrozenStatement struct {
	Key  ClosingKey
	Hash string // of Body, in the form "sha256:…"
	Body []byte
}

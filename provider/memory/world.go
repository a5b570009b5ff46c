package memory

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/billhatch/billhatch/invoice"
	"github.com/billhatch/billhatch/invoice/pdf"
	"github.com/billhatch/billhatch/provider"
)

// DefaultMaxPDF bounds documents, in bytes.
const DefaultMaxPDF = 20 << 20

// Options change how a world is made. The zero value is what [New] takes.
type Options struct {
	Seed uint64    // chooses ids of sessions, keys of cursors, and what Demo makes up
	Now  time.Time // where the clock begins; zero: 2026-11-21 09:00 UTC
	Live bool      // whether customers are live; by default they are test customers

	// WebhookSecrets sign webhooks: the first signs, all of them verify. None: one is made from the seed. An empty
	// secret is refused.
	WebhookSecrets []string

	Seller   invoice.Party // printed on invoices that name no seller
	Renderer *pdf.Renderer // prints invoices; nil: one with default options, made when it is needed
	MaxPDF   int64         // largest document in bytes; 0: DefaultMaxPDF
}

// World is the data of a payment provider and of a record store, and a clock.
type World struct {
	opt      Options
	keys     keys
	payments *Payments
	records  *Records
	printer  printer

	clock clock

	mu       sync.Mutex
	err      error // the first mistake in seeding
	counters map[string]int64

	customers map[string]*customer
	invoices  map[string]*stored // of all customers
	issued    map[string]*plan   // by idempotency key
	done      map[string]deed    // other writes, by operation and idempotency key
	sessions  map[string]string  // customer by the link of a portal session
	problems  []provider.Problem
	outbox    []Delivery

	accounts map[string]*account
	assigned map[string]map[string]bool // accounts by partner

	audit      map[string][]provider.AuditEntry // by account, oldest first
	auditIDs   map[string]provider.AuditEntry
	closings   map[provider.ClosingKey]provider.Closing
	inbox      map[string]*received
	inboxOrder []*received
	statements map[provider.ClosingKey]provider.FrozenStatement

	faultMu sync.Mutex
	queued  map[string][]Fault
	always  map[string]Fault
	calls   []Call
	hook    func(Call)
}

// New makes an empty world with default options.
func New() *World {
	w, _ := Open(Options{}) // default options have nothing to refuse
	return w
}

// Open makes an empty world. It refuses an empty webhook secret and a negative MaxPDF with provider.ErrInvalid.
func Open(opt Options) (*World, error) {
	if opt.Now.IsZero() {
		opt.Now = time.Date(2026, time.November, 21, 9, 0, 0, 0, time.UTC)
	}
	if opt.MaxPDF < 0 {
		return nil, &provider.Error{Op: "Open", Kind: provider.ErrInvalid, Field: "max_pdf", Message: "negative"}
	}
	if opt.MaxPDF == 0 {
		opt.MaxPDF = DefaultMaxPDF
	}
	opt.WebhookSecrets = append([]string(nil), opt.WebhookSecrets...)
	for _, secret := range opt.WebhookSecrets {
		if secret == "" {
			return nil, &provider.Error{Op: "Open", Kind: provider.ErrInvalid, Field: "webhook_secrets", Message: "empty secret"}
		}
	}
	w := &World{
		opt: opt, keys: newKeys(opt.Seed), counters: map[string]int64{},
		customers: map[string]*customer{}, invoices: map[string]*stored{}, issued: map[string]*plan{},
		done: map[string]deed{}, sessions: map[string]string{},
		accounts: map[string]*account{}, assigned: map[string]map[string]bool{},
		audit: map[string][]provider.AuditEntry{}, auditIDs: map[string]provider.AuditEntry{},
		closings: map[provider.ClosingKey]provider.Closing{}, inbox: map[string]*received{},
		statements: map[provider.ClosingKey]provider.FrozenStatement{},
		queued:     map[string][]Fault{}, always: map[string]Fault{},
	}
	if len(w.opt.WebhookSecrets) == 0 {
		w.opt.WebhookSecrets = []string{"whsec_" + w.keys.token("webhook", 0)}
	}
	w.clock.now = opt.Now.UTC()
	w.payments, w.records = &Payments{w}, &Records{w}
	return w, nil
}

// Payments is the payment provider of the world.
func (w *World) Payments() *Payments { return w.payments }

// Records is the record store of the world.
func (w *World) Records() *Records { return w.records }

// Err is the first mistake in seeding, or nil. While there is one, every call of the provider fails with it.
func (w *World) Err() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.err
}

// mistake remembers the first mistake in seeding. The lock must be held.
func (w *World) mistake(op, format string, args ...any) {
	if w.err == nil {
		w.err = &provider.Error{Op: op, Kind: provider.ErrInvalid, Field: "seed", Message: fmt.Sprintf(format, args...)}
	}
}

// id gives the next id of a kind, such as in_000001. The lock must be held.
func (w *World) id(kind string) string {
	return fmt.Sprintf("%s_%06d", kind, w.next(kind))
}

func (w *World) next(kind string) int64 {
	w.counters[kind]++
	return w.counters[kind]
}

// run is what every call goes through: it is logged, meets the faults that are set, and works on the world while
// nobody else does.
func run[T any](ctx context.Context, w *World, call Call, work func() (T, error)) (T, error) {
	var none T
	fault, err := w.begin(ctx, call)
	if err != nil {
		return none, err
	}
	w.mu.Lock()
	answer, err := none, w.err
	if err == nil {
		answer, err = work()
	}
	w.mu.Unlock()
	if err != nil {
		return none, named(call.Op, err)
	}
	return finish(call.Op, fault, answer)
}

// finish lets a fault that comes late have its effect.
func finish[T any](op string, fault Fault, answer T) (T, error) {
	if fault.Alter != nil {
		fault.Alter(&answer)
	}
	if fault.Late && fault.Err != nil {
		var none T
		return none, closed(op, fault.Err)
	}
	return answer, nil
}

// named completes an error of our own with the operation.
func named(op string, err error) error {
	var e *provider.Error
	if !errors.As(err, &e) {
		return closed(op, err)
	}
	if e.Op != "" {
		return err
	}
	copied := *e
	copied.Op = op
	return &copied
}

// closed turns any error into one of the closed set.
func closed(op string, err error) error {
	kind := provider.Kind(err)
	var e *provider.Error
	switch {
	case errors.As(err, &e) && kind != nil:
		copied := *e
		copied.Op = op
		return &copied
	case kind != nil:
		return &provider.Error{Op: op, Kind: kind}
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return &provider.Error{Op: op, Kind: provider.ErrTimeout, Err: err}
	}
	return &provider.Error{Op: op, Kind: provider.ErrUnavailable, Err: err}
}

// These are completed with the operation by run.

func notFound() error { return &provider.Error{Kind: provider.ErrNotFound} }

func invalid(field, message string) error {
	return &provider.Error{Kind: provider.ErrInvalid, Field: field, Message: message}
}

func conflict(message string) error {
	return &provider.Error{Kind: provider.ErrConflict, Message: message}
}

// limit checks the size of a page.
func limit(n int) error {
	if n < 1 || n > provider.MaxPage {
		return invalid("limit", fmt.Sprintf("want 1 to %d", provider.MaxPage))
	}
	return nil
}

// maxKey bounds idempotency keys, in bytes.
const maxKey = 255

func checkKey(key string, needed bool) error {
	switch {
	case key == "" && needed:
		return invalid("key", "missing")
	case len(key) > maxKey:
		return invalid("key", fmt.Sprintf("longer than %d bytes", maxKey))
	}
	return nil
}

// seedBytes gives the seed as bytes, for keys.
func seedBytes(seed uint64) []byte { return binary.BigEndian.AppendUint64(nil, seed) }

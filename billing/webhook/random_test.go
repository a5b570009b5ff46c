package webhook_test

import (
	"bytes"
	"context"
	"io"
	"iter"
	"math/rand/v2"
	"net/http"
	"os"
	"slices"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/billing/webhook"
	"github.com/billhatch/billhatch/invoice"
	"github.com/billhatch/billhatch/money"
	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/usage/civil"
)

// small is a payment provider of one invoice, and an inbox, as plain as they can be, so that very many histories can be
// told. What it leaves out is tested with the in-memory provider.
type small struct {
	now    time.Time
	truths []invoice.Invoice // by step; the first one is a draft
	at     int               // step that the invoice has come to
	waits  []provider.Event
	seen   [steps]bool
}

type smallPayments struct{ *small }

func (smallPayments) Name() string            { return "small" }
func (smallPayments) SignatureHeader() string { return "Signature" }

func (smallPayments) Customer(_ context.Context, id string) (provider.Customer, error) {
	return provider.Customer{ID: id}, nil
}

func (s smallPayments) Invoice(context.Context, string, string) (invoice.Invoice, error) {
	if s.at == 0 {
		return invoice.Invoice{}, provider.NotFound("Invoice")
	}
	return s.truths[s.at], nil
}

func (s smallPayments) Invoices(context.Context, provider.InvoiceQuery) (provider.InvoicePage, error) {
	return provider.InvoicePage{Invoices: s.truths[max(s.at, 1) : s.at+1]}, nil
}

// VerifyWebhook takes the number of a step for the event of it.
func (s smallPayments) VerifyWebhook(payload []byte, _ string, _ time.Time) (provider.Event, error) {
	return provider.Event{ID: "evt_" + string(payload), Kind: provider.InvoiceEvent, Object: "in_1", Customer: "cus_1"}, nil
}

type smallRecords struct {
	provider.Records // nil: nothing but the inbox is used
	*small
}

func (smallRecords) Name() string { return "small" }

func (s smallRecords) Receive(_ context.Context, e provider.Event, body []byte) (bool, error) {
	step := body[0] - '0'
	if s.seen[step] {
		return false, nil
	}
	s.seen[step] = true
	s.waits = append(s.waits, e)
	return true, nil
}

func (s smallRecords) Pending(context.Context, provider.PendingQuery) (provider.PendingPage, error) {
	return provider.PendingPage{Events: slices.Clone(s.waits)}, nil
}

func (s smallRecords) Done(_ context.Context, id string) error {
	s.waits = slices.DeleteFunc(s.waits, func(e provider.Event) bool { return e.ID == id })
	return nil
}

// reader keeps what a worker has read, so that it can be applied once more, later.
type reader struct {
	*webhook.Mirror
	readings []reading
}

type reading struct {
	invoice invoice.Invoice
	at      time.Time
}

func (r *reader) InvoiceChanged(ctx context.Context, inv invoice.Invoice, at time.Time) (bool, error) {
	r.readings = append(r.readings, reading{inv, at})
	return r.Mirror.InvoiceChanged(ctx, inv, at)
}

// story is one host that lives through history after history.
type story struct {
	t       *testing.T
	dice    *rand.Rand
	small   *small
	states  *states
	reader  *reader
	handler *webhook.Handler
	worker  *webhook.Worker
	header  http.Header
}

func newStory(t *testing.T, seed uint64) *story {
	t.Helper()
	s := &story{
		t: t, dice: rand.New(rand.NewPCG(seed, 17)), small: &small{}, states: newStates(), header: http.Header{"Signature": {"s"}},
	}
	mirror, err := webhook.NewMirror(s.states)
	require.NoError(t, err)
	s.reader = &reader{Mirror: mirror}
	clock := func() time.Time { return s.small.now }
	s.handler, err = webhook.New(webhook.Config{Payments: smallPayments{s.small}, Records: smallRecords{small: s.small}, Clock: clock})
	require.NoError(t, err)
	acme := provider.Account{ID: "acme", Customer: "cus_1"}
	s.worker, err = webhook.NewWorker(webhook.WorkerConfig{
		Payments: smallPayments{s.small}, Records: smallRecords{small: s.small}, Clock: clock, Applier: s.reader, Parallel: 1,
		AccountOf: func(context.Context, string) (string, error) { return acme.ID, nil },
		Accounts: func(context.Context, string) iter.Seq2[provider.Account, error] {
			return func(yield func(provider.Account, error) bool) { yield(acme, nil) }
		},
	})
	require.NoError(t, err)
	return s
}

// month31 is over how long a history goes, and how late an event may come.
const month31 = 31 * 24 * time.Hour

// happening is something at a time: the invoice takes a step, or the event of a step arrives.
type happening struct {
	at      time.Duration
	step    int
	arrives bool
}

// history makes up a life: statuses that a provider allows, at any times, and events of which any part is dropped, that
// come up to five times more and up to 31 days late.
func (s *story) history() []happening {
	s.small.now, s.small.at, s.small.waits, s.small.seen = now, 0, s.small.waits[:0], [steps]bool{}
	clear(s.states.kept)
	s.reader.readings = s.reader.readings[:0]
	s.small.truths = append(s.small.truths[:0], invoice.Invoice{})
	base := invoice.Invoice{ID: "in_1", CustomerID: "cus_1", Status: invoice.Open, Issued: civil.MustDate(2026, 11, 1), Total: usd80}
	drop := s.dice.Float64() // share of events that get lost
	var out []happening
	var at time.Duration
	for step := range steps {
		at += time.Duration(s.dice.Int64N(int64(month31) / steps))
		if step > 0 {
			s.move(&base)
			s.small.truths = append(s.small.truths, base)
			out = append(out, happening{at: at, step: step})
		}
		for range 1 + s.dice.IntN(6) {
			if s.dice.Float64() >= drop {
				out = append(out, happening{at: at + time.Duration(s.dice.Int64N(int64(month31))), step: step, arrives: true})
			}
		}
	}
	slices.SortStableFunc(out, func(a, b happening) int { return int(a.at - b.at) })
	return out
}

// move changes an invoice in a way that a provider allows: a step of its status, or one of its amounts.
func (s *story) move(inv *invoice.Invoice) {
	to := []invoice.Status{invoice.Open, invoice.Uncollectible, invoice.Paid, invoice.Void}[s.dice.IntN(4)]
	switch {
	case webhook.Settled(inv.Status) || to == invoice.Open || to == inv.Status:
		inv.Credited = cents[s.dice.IntN(len(cents))] // up or down: a credit note can be voided, too
	default:
		inv.Status = to
	}
}

var usd80, cents = usd("80.00"), manyCents()

func manyCents() [10]money.Amount {
	var out [10]money.Amount
	for i := range out {
		out[i] = usd("0.0" + strconv.Itoa(i))
	}
	return out
}

// tell lives through a history. Now and then nobody works the inbox off for a while, or a reading of before is applied
// once more, as when another worker was slow.
func (s *story) tell(history []happening) (events int) {
	ctx := s.t.Context()
	for _, h := range history {
		s.small.now = now.Add(h.at)
		if !h.arrives {
			s.small.at = h.step
			continue
		}
		events++
		s.post(h.step)
		if s.dice.IntN(2) == 0 {
			s.drain(ctx)
		}
		if n := len(s.reader.readings); n > 0 && s.dice.IntN(4) == 0 {
			r := s.reader.readings[s.dice.IntN(n)]
			_, err := s.reader.Mirror.InvoiceChanged(ctx, r.invoice, r.at)
			s.wants(err == nil, "the reading is applied")
		}
	}
	s.small.now = now.Add(3 * month31)
	s.drain(ctx)
	return events
}

func (s *story) drain(ctx context.Context) {
	_, err := s.worker.Drain(ctx)
	s.wants(err == nil && len(s.small.waits) == 0, "the inbox is empty")
}

// wants is require.True without its price, which is most of a history's.
func (s *story) wants(ok bool, what string) {
	if !ok {
		s.t.Fatal("not so: ", what)
	}
}

func (s *story) post(step int) {
	r := (&http.Request{Method: http.MethodPost, Header: s.header, Body: io.NopCloser(bytes.NewReader([]byte{'0' + byte(step)})), ContentLength: 1}).WithContext(s.t.Context())
	w := &status{header: http.Header{}}
	s.handler.ServeHTTP(w, r)
	s.wants(w.code == http.StatusNoContent, "the event is acknowledged")
}

// status is a writer that keeps the status alone.
type status struct {
	header http.Header
	code   int
}

func (w *status) Header() http.Header         { return w.header }
func (w *status) Write(b []byte) (int, error) { return len(b), nil }
func (w *status) WriteHeader(code int)        { w.code = code }

// right tells whether the host knows what is true.
func (s *story) right() bool {
	truth := s.small.truths[s.small.at]
	truth.Account = "acme"
	want, kept := webhook.StateOf(&truth, time.Time{}), s.states.kept["in_1"]
	return kept.Same(&want)
}

// Histories at random end in what is true: at once when the last thing that happened was told of after it had happened,
// and after one sweep in any case. BILLHATCH_LONG=1 tells 250,000, BILLHATCH_LONG=4 a million.
func TestRandomHistoriesEndInWhatIsTrue(t *testing.T) {
	t.Parallel()
	total := 5_000
	if times, err := strconv.Atoi(os.Getenv("BILLHATCH_LONG")); err == nil {
		total = times * 250_000
	}
	const parts = 8
	var told, events, repaired atomic.Int64
	start := time.Now()
	t.Cleanup(func() {
		t.Logf("%d histories of %d deliveries, %d repaired by the sweep, in %s", told.Load(), events.Load(), repaired.Load(), time.Since(start).Round(time.Millisecond))
	})
	for part := range parts {
		t.Run(strconv.Itoa(part+1), func(t *testing.T) {
			t.Parallel()
			s := newStory(t, uint64(part))
			for range total / parts {
				history := s.history()
				events.Add(int64(s.tell(history)))
				last := slices.IndexFunc(history, func(h happening) bool { return !h.arrives && h.step == steps-1 })
				toldAfter := slices.ContainsFunc(history[last:], func(h happening) bool { return h.arrives && fresh(history, h) })
				behind := !s.right()
				if behind && toldAfter {
					t.Fatalf("behind: %+v", history)
				}
				swept, err := s.worker.Sweep(t.Context(), webhook.SweepQuery{})
				if err != nil || swept.Failed > 0 || behind != (swept.Repaired == 1) || !s.right() {
					t.Fatalf("not repaired: %+v, %v: %+v", swept, err, history)
				}
				if behind {
					repaired.Add(1)
				}
				told.Add(1)
			}
		})
	}
}

// fresh tells whether an arrival is the first one of its event: only that is worked off.
func fresh(history []happening, h happening) bool {
	first := slices.IndexFunc(history, func(o happening) bool { return o.arrives && o.step == h.step })
	return history[first] == h
}

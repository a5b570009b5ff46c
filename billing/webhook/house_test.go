package webhook_test

import (
	"bytes"
	"cmp"
	"context"
	"iter"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/billhatch/billhatch/billing/webhook"
	"github.com/billhatch/billhatch/invoice"
	"github.com/billhatch/billhatch/money"
	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/provider/memory"
	"github.com/billhatch/billhatch/usage/civil"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// now is when the worlds of these tests begin.
var now = time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)

// canary is in everything that must not be logged: bodies, secrets, and what an Applier says.
const canary = "zq-canary-qz"

// house is a host that receives webhooks: a world, a store of states and everything between.
type house struct {
	testing.TB
	world   *memory.World
	states  *states
	applier webhook.Applier
	handler *webhook.Handler
	worker  *webhook.Worker

	config       webhook.Config
	workerConfig webhook.WorkerConfig
	log          *logged
	known        map[string]string // accounts by customer
	accounts     []provider.Account
}

// open makes a house with two accounts, acme and globex; change may change its configuration.
func open(t testing.TB, change ...func(*house)) *house {
	t.Helper()
	world, err := memory.Open(memory.Options{Now: now, Live: true, WebhookSecrets: []string{"whsec_" + canary}})
	require.NoError(t, err)
	h := &house{TB: t, world: world, states: newStates(), log: &logged{}, known: map[string]string{}}
	for _, id := range []string{"acme", "globex"} {
		h.add(id)
	}
	logger := slog.New(slog.NewTextHandler(h.log, nil))
	mirror, err := webhook.NewMirror(h.states)
	require.NoError(t, err)
	h.applier = mirror
	h.config = webhook.Config{
		Payments: world.Payments(), Records: world.Records(), Clock: world.Now, Live: true, Logger: logger,
	}
	h.workerConfig = webhook.WorkerConfig{
		Payments: world.Payments(), Records: world.Records(), Clock: world.Now, Live: true, Logger: logger,
		AccountOf: h.accountOf, Accounts: h.accountsAfter,
	}
	for _, c := range change {
		c(h)
	}
	h.start()
	require.NoError(t, world.Err())
	return h
}

// start makes handler and worker, also after a crash.
func (h *house) start() {
	h.Helper()
	h.workerConfig.Applier = h.applier
	var err error
	h.handler, err = webhook.New(h.config)
	require.NoError(h, err)
	h.worker, err = webhook.NewWorker(h.workerConfig)
	require.NoError(h, err)
}

func (h *house) add(id string) provider.Account {
	a := h.world.AddAccount(provider.Account{ID: id, Name: id, Customer: "cus_" + id})
	h.known[a.Customer] = a.ID
	h.accounts = append(h.accounts, a)
	slices.SortFunc(h.accounts, func(a, b provider.Account) int { return cmp.Compare(a.ID, b.ID) })
	return a
}

func (h *house) accountOf(_ context.Context, customer string) (string, error) {
	if account, ok := h.known[customer]; ok {
		return account, nil
	}
	return "", provider.NotFound("AccountOf")
}

func (h *house) accountsAfter(_ context.Context, after string) iter.Seq2[provider.Account, error] {
	return func(yield func(provider.Account, error) bool) {
		for _, a := range h.accounts {
			if a.ID > after && !yield(a, nil) {
				return
			}
		}
	}
}

// post sends a request as the provider would.
func (h *house) post(body []byte, signature string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, "/any/path", bytes.NewReader(body))
	r.Header.Set("Billing-Signature", signature)
	w := httptest.NewRecorder()
	h.handler.ServeHTTP(w, r)
	return w
}

// deliver sends a webhook that is signed now, and gives the status of the answer.
func (h *house) deliver(d memory.Delivery) int {
	return h.post(d.Payload, h.world.Sign(d.Payload, h.world.Now())).Code
}

// send makes an event and delivers it.
func (h *house) send(e provider.Event) int {
	h.Helper()
	e.Live = true
	d := h.world.Webhook(e)
	require.NoError(h, h.world.Err())
	return h.deliver(d)
}

// receive sends an event that must be stored.
func (h *house) receive(e provider.Event) {
	h.Helper()
	before := h.handler.Count(webhook.Stored)
	require.Equal(h, http.StatusNoContent, h.send(e))
	require.Equal(h, before+1, h.handler.Count(webhook.Stored))
}

func (h *house) drain() webhook.Drained {
	h.Helper()
	got, err := h.worker.Drain(h.Context())
	require.NoError(h, err)
	return got
}

func (h *house) sweep(q webhook.SweepQuery) webhook.Swept {
	h.Helper()
	got, err := h.worker.Sweep(h.Context(), q)
	require.NoError(h, err)
	return got
}

// inbox gives the ids of the events that wait.
func (h *house) inbox() []string {
	h.Helper()
	var ids []string
	for q := (provider.PendingQuery{Limit: provider.MaxPage}); ; {
		page, err := h.world.Records().Pending(h.Context(), q)
		require.NoError(h, err)
		for _, e := range page.Events {
			ids = append(ids, e.ID)
		}
		if q.Cursor = page.Next; q.Cursor == "" {
			return ids
		}
	}
}

// invoice adds an open invoice of an account, issued in a month of 2026.
func (h *house) invoice(account string, month time.Month) invoice.Invoice {
	h.Helper()
	inv := h.world.AddInvoice(account, invoice.Invoice{Issued: civil.MustDate(2026, month, 1), Total: usd("80.00"), Currency: "USD"})
	require.NoError(h, h.world.Err())
	return inv
}

// changed is an event about an invoice.
func changed(id string, inv *invoice.Invoice) provider.Event {
	return provider.Event{ID: id, Type: "invoice.updated", Object: inv.ID, Customer: inv.CustomerID}
}

func usd(s string) money.Amount { return money.MustParse(s, "USD") }

// states is a Store in memory. Faults may be put before and after each of its calls.
type states struct {
	mu   sync.Mutex
	kept map[string]webhook.State

	before, after func(op string) error
}

func newStates() *states {
	none := func(string) error { return nil }
	return &states{kept: map[string]webhook.State{}, before: none, after: none}
}

func (s *states) State(_ context.Context, id string) (webhook.State, error) {
	if err := s.before("State"); err != nil {
		return webhook.State{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	kept, ok := s.kept[id]
	if !ok {
		return webhook.State{}, provider.NotFound("State")
	}
	return kept, nil
}

func (s *states) PutState(_ context.Context, next webhook.State) error {
	if err := s.before("PutState"); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.kept[next.Invoice].Version != next.Version {
		return &provider.Error{Op: "PutState", Kind: provider.ErrConflict}
	}
	next.Version++
	s.kept[next.Invoice] = next
	return s.after("PutState")
}

func (s *states) Unsettled(_ context.Context, account string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		if err := s.before("Unsettled"); err != nil {
			yield("", err)
			return
		}
		s.mu.Lock()
		defer s.mu.Unlock() // nothing may be written while this goes on
		for _, id := range slices.Sorted(maps.Keys(s.kept)) {
			kept := s.kept[id]
			if kept.Account == account && !webhook.Settled(kept.Status) && !yield(id, nil) {
				return
			}
		}
	}
}

// status is what is kept of an invoice.
func (s *states) status(id string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	kept, ok := s.kept[id]
	if !ok {
		return "none"
	}
	return kept.Status.String()
}

// logged is a log that may be written by many.
type logged struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

func linesOf(l *logged) iter.Seq[string] { return strings.SplitSeq(l.String(), "\n") }

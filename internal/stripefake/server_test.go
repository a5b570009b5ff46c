package stripefake_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/billhatch/billhatch/internal/stripefake"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// TestIDsComeFromTheSeed and cannot be guessed without it.
func TestIDsComeFromTheSeed(t *testing.T) {
	t.Parallel()
	life := func(seed uint64) []string {
		h := newHouse(t, stripefake.Options{Seed: seed})
		id := h.in(t, stripefake.Open)
		link, ok := h.get(t, "/v1/invoices/"+id).ok(t).at(t, "invoice_pdf").(string)
		require.True(t, ok)
		session, ok := h.post(t, "/v1/billing_portal/sessions", "customer", h.acme.ID).ok(t).at(t, "url").(string)
		require.True(t, ok)
		return []string{h.fake.Account(), h.acme.ID, id, h.fake.Key(), link, session}
	}
	one, other := life(1), life(2)
	require.Equal(t, one, life(1))
	for i := range one {
		require.NotEqual(t, one[i], other[i])
	}
	require.Regexp(t, `^cus_[0-9A-Za-z]{14}$`, one[1])
	require.Regexp(t, `^in_1[0-9A-Za-z]{23}$`, one[2])
}

// TestTheClockGoesThroughEverythingInOrder.
func TestTheClockGoesThroughEverythingInOrder(t *testing.T) {
	t.Parallel()
	h := newHouse(t, stripefake.Options{})
	for i, late := range []time.Duration{3 * time.Hour, time.Hour, 2 * time.Hour} {
		h.fake.FailNext(setEmail, stripefake.Late(late))
		_, err := h.send(t.Context(), http.MethodPost, "/v1/customers/"+h.acme.ID, "", "email", fmt.Sprintf("n%d@acme.example", i))
		require.Error(t, err)
	}
	h.fake.Advance(90 * time.Minute)
	require.Equal(t, "n1@acme.example", h.address())
	h.fake.Advance(day)
	require.Equal(t, "n0@acme.example", h.address())
	log := h.fake.Requests()
	start := log[0].At
	for i, late := range []time.Duration{3 * time.Hour, time.Hour, 2 * time.Hour} {
		require.Equal(t, start.Add(late), log[i].Executed)
	}
	require.Panics(t, func() { h.fake.Advance(-1) })
}

// TestAClockOfTheTestsOwn: what is due is done with the next request, or when it is told to.
func TestAClockOfTheTestsOwn(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	now := stripefake.Day(2026, time.March, 1)
	h := newHouse(t, stripefake.Options{Clock: func() time.Time { mu.Lock(); defer mu.Unlock(); return now }})
	move := func(d time.Duration) { mu.Lock(); defer mu.Unlock(); now = now.Add(d) }
	require.Equal(t, now, h.fake.Now())
	h.fake.FailNext(newInvoice, stripefake.Late(time.Minute), stripefake.Late(2*time.Minute))
	for range 2 {
		_, err := h.send(t.Context(), http.MethodPost, "/v1/invoices", "", "customer", h.acme.ID)
		require.Error(t, err)
	}
	move(time.Minute)
	require.Len(t, h.get(t, "/v1/invoices").ids(t), 1)
	move(time.Minute)
	h.fake.Settle()
	require.Len(t, h.fake.Test().Books().Invoices, 2)
	require.Panics(t, func() { h.fake.Advance(time.Second) })
	require.Equal(t, stripefake.Day(2026, time.November, 21).Add(9*time.Hour), stripefake.New(stripefake.Options{}).Now())
}

// TestParkedEndsWithItsContext.
func TestParkedEndsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	fake := stripefake.New(stripefake.Options{})
	require.ErrorIs(t, fake.Parked(ctx, 1), context.Canceled)
	require.NoError(t, fake.Parked(ctx, 0))
}

// TestTheLogHasWhatAClientSent, with templates instead of ids, and tells when writes on one object meet.
func TestTheLogHasWhatAClientSent(t *testing.T) {
	t.Parallel()
	h := newHouse(t, stripefake.Options{})
	id := h.keyed(t, "create", "/v1/invoices", "customer", h.acme.ID, "description", "May").ok(t).id()
	h.get(t, "/v1/invoices/in_nothing").fails(t, http.StatusNotFound, "resource_missing")
	log := h.fake.Requests()
	require.Len(t, log, 2)
	require.Equal(t, newInvoice, log[0].Route)
	require.Equal(t, "create", log[0].Key)
	require.Equal(t, "May", log[0].Form.Get("description"))
	require.Equal(t, id, log[0].Object)
	require.Equal(t, stripefake.Version, log[0].Version)
	require.True(t, strings.HasPrefix(log[0].ID, "req_"))
	require.Equal(t, "GET /v1/invoices/{invoice}", log[1].Route)
	require.Equal(t, "/v1/invoices/in_nothing", log[1].Path)
	require.Equal(t, "resource_missing", log[1].Code)
	require.Equal(t, http.StatusNotFound, log[1].Status)
	require.Len(t, h.fake.RequestsTo(newInvoice), 1)

	h.fake.ResetRequests()
	require.Empty(t, h.fake.Requests())
	h.fake.FailNext("POST /v1/invoices/{invoice}", stripefake.Slow(time.Second))
	done := make(chan error, 1)
	go func() {
		_, err := h.send(background(), http.MethodPost, "/v1/invoices/"+id, "", "description", "June")
		done <- err
	}()
	require.NoError(t, h.fake.Parked(t.Context(), 1))
	h.get(t, "/v1/invoices/"+id).ok(t)
	h.post(t, "/v1/invoices", "customer", h.acme.ID).ok(t)
	h.post(t, "/v1/invoiceitems", "customer", h.acme.ID, "invoice", id, "amount", 5).fails(t, http.StatusTooManyRequests, "lock_timeout")
	h.fake.Advance(time.Second)
	require.NoError(t, <-done)
	h.post(t, "/v1/invoices/"+id, "description", "July").ok(t)
	var overlaps []bool
	for _, r := range h.fake.Requests() {
		overlaps = append(overlaps, r.Overlap)
	}
	require.Equal(t, []bool{false, false, false, true, false}, overlaps)
}

// TestManyClientsAtOnce: 64 of them issue invoices through faults of every kind, and the books add up.
func TestManyClientsAtOnce(t *testing.T) {
	t.Parallel()
	const clients, rounds = 64, 3
	fake := stripefake.New(stripefake.Options{})
	fake.Test().AddEndpoint(stripefake.Endpoint{})
	h := house{fake: fake, client: newClient(fake)}
	var customers []stripefake.Customer
	for i := range 8 {
		customers = append(customers, fake.Test().AddCustomer(stripefake.Customer{Email: fmt.Sprintf("c%d@x.example", i)}))
	}
	for range 40 {
		fake.FailNext(stripefake.Any, stripefake.Lost(), stripefake.ServerError(), stripefake.Late(time.Minute),
			stripefake.LockTimeout(), stripefake.Fault{}, stripefake.Truncated(), stripefake.BadGatewayAfterCommit())
	}
	var all sync.WaitGroup
	for i := range clients {
		all.Go(func() {
			for round := range rounds {
				issue(h, customers[(i+round)%len(customers)], fmt.Sprintf("%d-%d", i, round))
			}
			fake.Advance(time.Second)
			fake.Test().Books()
			if i%16 == 0 {
				fake.Deliveries()
			}
		})
	}
	all.Wait()
	fake.Advance(time.Hour)
	books := fake.Test().Books()
	require.NoError(t, books.Err())
	billed := books.Billed("key")
	require.Len(t, billed, clients*rounds)
	for key, invoices := range billed {
		require.Len(t, invoices, 1, key)
		require.EqualValues(t, 3_000, invoices[0].Total, key)
	}
	require.Zero(t, fake.Unused())
	require.Empty(t, fake.Complaints())
}

// issue brings one invoice about, with a new key for each try after a failure that is stored, and a look before each.
func issue(h house, customer stripefake.Customer, key string) {
	try := func(name, path string, done func() bool, params ...any) reply {
		for attempt := 0; ; attempt++ {
			r, err := h.send(background(), http.MethodPost, path, fmt.Sprintf("%s/%s/%d", key, name, attempt), params...)
			if err == nil && r.status == http.StatusOK {
				return r
			}
			if attempt > 50 {
				panic(fmt.Sprint(name, err, r.raw))
			}
			h.fake.Advance(2 * time.Minute) // whatever comes late has come
			if done() {
				return reply{}
			}
		}
	}
	find := func() (stripefake.Invoice, bool) {
		for _, x := range h.fake.Test().Books().Invoices {
			if x.Metadata["key"] == key {
				return x, true
			}
		}
		return stripefake.Invoice{}, false
	}
	found := func() bool { _, ok := find(); return ok }
	try("create", "/v1/invoices", found, "customer", customer.ID, "collection_method", "send_invoice", "days_until_due", 30,
		"metadata[key]", key)
	draft, _ := find()
	for n := 1; n <= 3; n++ {
		has := func() bool { x, _ := find(); return len(x.Lines) >= n }
		try(fmt.Sprint("line", n), "/v1/invoiceitems", has, "customer", customer.ID, "invoice", draft.ID, "amount", 1_000)
	}
	final := func() bool { x, _ := find(); return x.Status != stripefake.Draft }
	try("final", "/v1/invoices/"+draft.ID+"/finalize", final)
}

// TestTheBooksSeeWhatDoesNotAddUp, so that their silence means something.
func TestTheBooksSeeWhatDoesNotAddUp(t *testing.T) {
	t.Parallel()
	h := newHouse(t, stripefake.Options{})
	h.fake.Test().AddBalance(h.acme.ID, "usd", 5, "")
	h.in(t, stripefake.Paid)
	h.in(t, stripefake.Open)
	for name, spoil := range map[string]func(b *stripefake.Books){
		"a total":       func(b *stripefake.Books) { b.Invoices[0].Total++ },
		"a line":        func(b *stripefake.Books) { b.Invoices[1].Lines = nil },
		"what was paid": func(b *stripefake.Books) { b.Invoices[0].AmountPaid-- },
		"what is owed":  func(b *stripefake.Books) { b.Invoices[1].AmountDue, b.Invoices[1].AmountRemaining = -1, -1 },
		"a number":      func(b *stripefake.Books) { b.Invoices[1].Number = b.Invoices[0].Number },
		"no number":     func(b *stripefake.Books) { b.Invoices[1].Number = "" },
		"a balance":     func(b *stripefake.Books) { b.Balances[0].Amount++ },
	} {
		books := h.fake.Test().Books()
		require.NoError(t, books.Err())
		spoil(&books)
		require.Error(t, books.Err(), name)
	}
	require.NoError(t, h.fake.Test().Books().Err(), "the books are copies")
}

// TestSeedsArePartOfTheLedger: they come in the order of their times, and mistakes in them are loud.
func TestSeedsArePartOfTheLedger(t *testing.T) {
	t.Parallel()
	h := newHouse(t, stripefake.Options{})
	realm := h.fake.Test()
	recent := realm.AddInvoice(stripefake.Invoice{Customer: h.acme.ID, Created: h.fake.Now().Add(-day), Status: stripefake.Paid})
	old := realm.AddInvoice(stripefake.Invoice{
		Customer: h.acme.ID, Created: h.fake.Now().Add(-60 * day), Status: stripefake.Void,
		Lines: []stripefake.Line{{Description: "A", Amount: 5_000}, {Description: "B", Amount: -200}},
	})
	draft := realm.AddInvoice(stripefake.Invoice{Customer: h.acme.ID, Status: stripefake.Draft, AutoAdvance: true})
	require.Equal(t, []string{draft.ID, recent.ID, old.ID}, h.get(t, "/v1/invoices").ids(t))
	require.EqualValues(t, 4_800, old.Total)
	require.Equal(t, old.Created.Add(30*day), old.DueDate)
	require.Equal(t, old.Created, old.VoidedAt)
	h.fake.Advance(time.Hour)
	require.Equal(t, stripefake.Open, h.invoice(t, draft.ID).Status)
	other := realm.AddInvoice(stripefake.Invoice{Customer: h.acme.ID, Status: stripefake.Draft})
	realm.DeleteDraft(other.ID)

	for name, mistake := range map[string]func(){
		"no customer":             func() { realm.AddInvoice(stripefake.Invoice{Customer: "cus_1"}) },
		"a status that is none":   func() { realm.AddInvoice(stripefake.Invoice{Customer: h.acme.ID, Status: "overdue"}) },
		"back from void":          func() { realm.Move(old.ID, stripefake.Open) },
		"paying what is void":     func() { realm.PayOutside(old.ID) },
		"deleting what is final":  func() { realm.DeleteDraft(recent.ID) },
		"a coupon that is none":   func() { realm.Discount(h.acme.ID, "NONE") },
		"an endpoint of nobody":   func() { realm.RollSecret("we_1", true) },
		"expiring no key":         func() { h.fake.ExpireKey("sk_test_1") },
		"a customer of live mode": func() { h.fake.Live().SetEmail(h.acme.ID, "x@acme.example") },
	} {
		require.Panics(t, mistake, name)
	}
	h.get(t, "/v1/invoices").ok(t) // no lock is left behind
}

package webhook_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/billing/webhook"
	"github.com/billhatch/billhatch/invoice"
	"github.com/billhatch/billhatch/money"
	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/provider/memory"
)

// recorder is an Applier that remembers what it is told. It has none of the further abilities.
type recorder struct {
	mu      sync.Mutex
	told    []string
	changed bool                                         // what it says
	apply   func(ctx context.Context, told string) error // nil: succeeds
	invoice func(inv invoice.Invoice, readAt time.Time)  // nil: nothing
	person  func(c webhook.Customer, readAt time.Time)   // nil: nothing
}

func (r *recorder) tell(ctx context.Context, what string) (bool, error) {
	r.mu.Lock()
	r.told = append(r.told, what)
	apply := r.apply
	r.mu.Unlock()
	if apply != nil {
		if err := apply(ctx, what); err != nil {
			return false, err
		}
	}
	return r.changed, nil
}

// does changes what it does while a worker is running.
func (r *recorder) does(apply func(ctx context.Context, told string) error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.apply = apply
}

// times is how often it was told of something.
func (r *recorder) times() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.told)
}

func (r *recorder) InvoiceChanged(ctx context.Context, inv invoice.Invoice, readAt time.Time) (bool, error) {
	if r.invoice != nil {
		r.invoice(inv, readAt)
	}
	return r.tell(ctx, inv.Account+" "+inv.ID+" "+inv.Status.String())
}

func (r *recorder) CustomerChanged(ctx context.Context, c webhook.Customer, readAt time.Time) (bool, error) {
	if r.person != nil {
		r.person(c, readAt)
	}
	return r.tell(ctx, fmt.Sprintf("%s %s gone=%t", c.Account, c.ID, c.Gone))
}

func (r *recorder) PortalChanged(ctx context.Context) error {
	_, err := r.tell(ctx, "portal")
	return err
}

// recording opens a house whose Applier is a recorder.
func recording(t testing.TB, change ...func(*house)) (*house, *recorder) {
	t.Helper()
	rec := &recorder{}
	return open(t, append([]func(*house){func(h *house) { h.applier = rec }}, change...)...), rec
}

// An event is a hint: what is applied is what the provider says now, not what the event is called.
func TestAnEventIsNeverData(t *testing.T) {
	t.Parallel()
	h, rec := recording(t)
	inv := h.invoice("acme", 10)
	rec.invoice = func(got invoice.Invoice, readAt time.Time) {
		want, err := h.world.Payments().Invoice(t.Context(), "cus_acme", inv.ID)
		require.NoError(t, err)
		require.NotEmpty(t, want.Lines)
		want.Account, want.Lines = "acme", nil
		require.Equal(t, want, got)
		require.Equal(t, h.world.Now(), readAt)
	}
	h.receive(provider.Event{Type: "invoice.paid", Object: inv.ID, Customer: "cus_acme"})
	require.Equal(t, webhook.Drained{Events: 1, Applied: 1}, h.drain())
	require.Equal(t, []string{"acme " + inv.ID + " open"}, rec.told)
}

func TestAnObjectIsReadOnceForAllItsEvents(t *testing.T) {
	t.Parallel()
	h, rec := recording(t)
	one, two := h.invoice("acme", 10), h.invoice("globex", 10)
	for i := range 5 {
		h.receive(changed(fmt.Sprint("evt_a", i), &one))
		h.receive(changed(fmt.Sprint("evt_b", i), &two))
		h.receive(provider.Event{Type: "customer.updated", Object: "cus_acme", Customer: "cus_acme"})
	}
	rec.changed = true
	require.Equal(t, webhook.Drained{Events: 15, Applied: 15, Changed: 3}, h.drain())
	require.ElementsMatch(t, []string{"acme " + one.ID + " open", "globex " + two.ID + " open", "acme cus_acme gone=false"}, rec.told)
	require.Len(t, h.world.CallsOf("Invoice"), 2)
	require.Len(t, h.world.CallsOf("Customer"), 1)
	require.Empty(t, h.inbox())
}

func TestWhatAnEventIsAboutIsRead(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name  string
		event provider.Event
		want  []string
	}{
		{"an invoice", provider.Event{Type: "invoice.paid", Object: "in_1", Customer: "cus_acme"}, []string{"acme in_1 open"}},
		{"the invoice of a credit note", provider.Event{Type: "credit_note.created", Object: "in_1", Customer: "cus_acme"}, []string{"acme in_1 open"}},
		{"a customer", provider.Event{Type: "customer.updated", Object: "cus_acme", Customer: "cus_acme"}, []string{"acme cus_acme gone=false"}},
		{"a customer that stands as the object alone", provider.Event{Type: "customer.updated", Object: "cus_acme"}, []string{"acme cus_acme gone=false"}},
		{"the owner of a payment method", provider.Event{Type: "payment_method.attached", Object: "cus_acme", Customer: "cus_acme"}, []string{"acme cus_acme gone=false"}},
		{"a customer that is deleted", provider.Event{Type: "customer.deleted", Object: "cus_globex", Customer: "cus_globex"}, []string{"globex cus_globex gone=true"}},
		{"the portal", provider.Event{Type: "billing_portal.configuration.updated"}, []string{"portal"}},
		{"the invoice of another customer", provider.Event{Type: "invoice.paid", Object: "in_1", Customer: "cus_initech"}, nil},
		{"the invoice of a deleted customer", provider.Event{Type: "invoice.paid", Object: "in_2", Customer: "cus_globex"}, nil},
		{"a draft", provider.Event{Type: "invoice.created", Object: "in_draft", Customer: "cus_acme"}, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			h, rec := recording(t)
			h.add("initech")
			h.world.AddInvoice("acme", invoice.Invoice{ID: "in_1"})
			h.world.AddInvoice("acme", invoice.Invoice{ID: "in_draft", Status: invoice.Draft})
			h.world.AddInvoice("globex", invoice.Invoice{ID: "in_2"})
			h.world.DeleteCustomer("cus_globex")
			h.receive(tc.event)
			got := h.drain()
			require.Equal(t, webhook.Drained{Events: 1, Applied: len(tc.want), Ignored: 1 - len(tc.want)}, got)
			require.Equal(t, tc.want, rec.told)
			require.Empty(t, h.inbox())
		})
	}
}

func TestACustomerIsHandedOverWithItsAccount(t *testing.T) {
	t.Parallel()
	h, rec := recording(t)
	rec.person = func(c webhook.Customer, readAt time.Time) {
		want, err := h.world.Payments().Customer(t.Context(), "cus_acme")
		require.NoError(t, err)
		require.Equal(t, webhook.Customer{Customer: want, Account: "acme"}, c)
		require.Equal(t, now, readAt)
	}
	h.receive(provider.Event{Type: "customer.updated", Object: "cus_acme", Customer: "cus_acme"})
	require.Equal(t, 1, h.drain().Applied)
}

// A reading may be as old as the question: what comes between question and answer may be missing in it.
func TestAReadingIsOfTheTimeBeforeIt(t *testing.T) {
	t.Parallel()
	h, rec := recording(t)
	inv := h.invoice("acme", 10)
	asked, handed := map[string]time.Time{}, 0
	h.world.Hook(func(c memory.Call) {
		asked[c.Op] = h.world.Now()
		h.world.Advance(time.Minute)
	})
	op := "Invoice"
	rec.invoice = func(_ invoice.Invoice, readAt time.Time) {
		handed++
		require.Equal(t, asked[op], readAt)
	}
	rec.person = func(_ webhook.Customer, readAt time.Time) {
		handed++
		require.Equal(t, asked["Customer"], readAt)
	}
	h.receive(changed("evt_1", &inv))
	h.receive(provider.Event{Type: "customer.updated", Object: "cus_acme"})
	h.workerConfig.Parallel = 1
	h.start()
	h.drain()
	op, h.accounts = "Invoices", h.accounts[:1]
	h.sweep(webhook.SweepQuery{})
	require.Equal(t, 4, handed)
}

// What is about the customers of other products is not even read.
func TestACustomerOfNobodyIsNotRead(t *testing.T) {
	t.Parallel()
	for name, accountOf := range map[string]func(context.Context, string) (string, error){
		"is not found":   func(context.Context, string) (string, error) { return "", provider.NotFound("AccountOf") },
		"has no account": func(context.Context, string) (string, error) { return "", nil },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h, rec := recording(t, func(h *house) { h.workerConfig.AccountOf = accountOf })
			inv := h.invoice("acme", 10)
			h.receive(changed("evt_1", &inv))
			h.receive(provider.Event{Type: "customer.updated", Object: "cus_acme", Customer: "cus_acme"})
			require.Equal(t, webhook.Drained{Events: 2, Ignored: 2}, h.drain())
			require.Empty(t, rec.told)
			require.Empty(t, h.world.CallsOf("Invoice", "Customer"))
		})
	}
}

// F6: what the provider answers with is compared with what was asked for. It stays in the inbox, and somebody is told.
func TestWhatIsNotOursIsNeverApplied(t *testing.T) {
	t.Parallel()
	anInvoice := provider.Event{ID: "evt_1", Type: "invoice.paid", Object: "in_1", Customer: "cus_acme"}
	aCustomer := provider.Event{ID: "evt_1", Type: "customer.updated", Object: "cus_acme", Customer: "cus_acme"}
	alter := func(change func(*invoice.Invoice)) func(any) {
		return func(answer any) {
			inv, ok := answer.(*invoice.Invoice)
			if ok {
				change(inv)
			}
		}
	}
	for name, tc := range map[string]struct {
		event provider.Event
		alter func(any)
	}{
		"another customer": {anInvoice, alter(func(inv *invoice.Invoice) { inv.CustomerID = "cus_globex" })},
		"no customer":      {anInvoice, alter(func(inv *invoice.Invoice) { inv.CustomerID = "" })},
		"another invoice":  {anInvoice, alter(func(inv *invoice.Invoice) { inv.ID = "in_2" })},
		"the customer of another mode": {aCustomer, func(answer any) {
			if c, ok := answer.(*provider.Customer); ok {
				c.Live = false
			}
		}},
		"another customer than was asked for": {aCustomer, func(answer any) {
			if c, ok := answer.(*provider.Customer); ok {
				c.ID = "cus_globex"
			}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h, rec := recording(t)
			h.world.AddInvoice("acme", invoice.Invoice{ID: "in_1"})
			h.world.InjectAlways("Invoice", memory.Fault{Alter: tc.alter})
			h.world.InjectAlways("Customer", memory.Fault{Alter: tc.alter})
			h.receive(tc.event)
			got := h.drain()
			require.Equal(t, 1, got.Failed)
			require.ErrorIs(t, got.Failures[0].Err, provider.ErrForeign)
			require.Equal(t, "evt_1", got.Failures[0].Event.ID)
			require.Empty(t, rec.told)
			require.Contains(t, h.log.String(), "level=ERROR")
			h.world.Heal()
			require.Equal(t, 1, h.drain().Applied)
			require.Empty(t, h.inbox())
		})
	}
}

// A draft does not exist, whatever a provider says.
func TestADraftIsNeverApplied(t *testing.T) {
	t.Parallel()
	h, rec := recording(t)
	inv := h.invoice("acme", 10)
	h.world.Inject("Invoice", memory.Fault{Alter: func(answer any) {
		if inv, ok := answer.(*invoice.Invoice); ok {
			inv.Status = invoice.Draft
		}
	}})
	h.receive(changed("evt_1", &inv))
	require.Equal(t, webhook.Drained{Events: 1, Ignored: 1}, h.drain())
	require.Empty(t, rec.told)
}

// Thin events do not tell the customer. The Applier may know it; otherwise the sweep will.
func TestAnEventWithoutACustomerIsPlacedByWhatIsKept(t *testing.T) {
	t.Parallel()
	h := open(t)
	known, unknown := h.invoice("acme", 10), h.invoice("acme", 9)
	h.receive(changed("evt_1", &known))
	h.drain()
	for _, inv := range []invoice.Invoice{known, unknown} {
		require.NoError(t, h.world.Pay(inv.ID))
		h.receive(provider.Event{Type: "invoice.paid", Object: inv.ID})
	}
	require.Equal(t, webhook.Drained{Events: 2, Applied: 1, Changed: 1, Ignored: 1}, h.drain())
	require.Equal(t, []string{"paid", "none"}, []string{h.states.status(known.ID), h.states.status(unknown.ID)})
	require.Equal(t, 1, h.sweep(webhook.SweepQuery{}).Repaired)
	require.Equal(t, "paid", h.states.status(unknown.ID))

	h.states.before = func(string) error { return provider.ErrUnavailable }
	h.receive(provider.Event{Type: "invoice.updated", Object: known.ID})
	require.Equal(t, 1, h.drain().Failed, "who cannot be asked is asked again")
}

// Events that can never be applied stay, each is tried once in a pass, and none holds up what comes behind: also when they
// fill more than a page.
func TestPoisonHoldsNobodyUp(t *testing.T) {
	t.Parallel()
	poison := errors.New(canary)
	for name, fail := range map[string]func() error{
		"that fail":  func() error { return poison },
		"that panic": func() error { panic(canary) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h, rec := recording(t)
			const bad = provider.MaxPage + 50
			var ids []string
			for i := range bad {
				inv := h.invoice("acme", 10)
				ids = append(ids, fmt.Sprint("evt_bad", i))
				h.receive(changed(ids[i], &inv))
			}
			good := h.invoice("globex", 10)
			h.receive(changed("evt_good", &good))
			rec.apply = func(_ context.Context, told string) error {
				if told != "globex "+good.ID+" open" {
					return fail()
				}
				return nil
			}
			for pass := range 2 {
				rec.told = nil
				got := h.drain()
				require.Len(t, got.Failures, 100, "the first hundred are listed")
				got.Failures = nil
				require.Equal(t, webhook.Drained{Events: bad + 1 - pass, Applied: 1 - pass, Failed: bad}, got)
				require.Len(t, rec.told, bad+1-pass)
				require.Equal(t, ids, h.inbox())
			}
			require.NotContains(t, h.log.String(), canary)
			rec.apply = nil
			require.Equal(t, webhook.Drained{Events: bad, Applied: bad}, h.drain())
		})
	}
}

func TestAnErrorOfAnApplierIsKept(t *testing.T) {
	t.Parallel()
	h, rec := recording(t)
	inv := h.invoice("acme", 10)
	poison := errors.New("poison")
	rec.apply = func(context.Context, string) error { return poison }
	h.receive(changed("evt_1", &inv))
	got := h.drain()
	require.ErrorIs(t, got.Failures[0].Err, poison)
	require.Contains(t, h.log.String(), "event=evt_1 type=invoice.updated events=1 stuck=0 problem=other")
}

// Test and live, and several connected accounts, may share an inbox.
func TestEventsOfOthersAreLeftToTheirWorker(t *testing.T) {
	t.Parallel()
	h, rec := recording(t)
	inv := h.invoice("acme", 10)
	for i, e := range []provider.Event{
		{ID: "evt_mine", Live: true}, {ID: "evt_test"}, {ID: "evt_connected", Live: true, Account: "acct_1"},
	} {
		e.Kind, e.Object, e.Customer = provider.InvoiceEvent, inv.ID, "cus_acme"
		_, err := h.world.Records().Receive(t.Context(), e, []byte{byte(i)})
		require.NoError(t, err)
	}
	require.Equal(t, webhook.Drained{Events: 3, Applied: 1, Others: 2}, h.drain())
	require.Equal(t, []string{"evt_test", "evt_connected"}, h.inbox())
	h.workerConfig.ConnectedAccount = "acct_1"
	h.start()
	require.Equal(t, webhook.Drained{Events: 2, Applied: 1, Others: 1}, h.drain())
	require.Len(t, rec.told, 2)
}

func TestAPassEndsWithTheInboxOrTheContext(t *testing.T) {
	t.Parallel()
	h, rec := recording(t)
	for i := range provider.MaxPage + 1 {
		inv := h.invoice("acme", 10)
		h.receive(changed(fmt.Sprint("evt_", i), &inv))
	}
	h.world.Inject("Pending", memory.Fault{}, memory.Fault{Err: provider.ErrUnavailable})
	got, err := h.worker.Drain(t.Context())
	require.ErrorIs(t, err, provider.ErrUnavailable)
	require.Equal(t, webhook.Drained{Events: provider.MaxPage, Applied: provider.MaxPage}, got)

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = h.worker.Drain(ctx)
	require.ErrorIs(t, err, context.Canceled)
	require.Len(t, rec.told, provider.MaxPage)
	require.Len(t, h.inbox(), 1)
}

// The passes of one worker follow each other; whoever waits can give up.
func TestPassesFollowEachOther(t *testing.T) {
	t.Parallel()
	h, rec := recording(t)
	inv := h.invoice("acme", 10)
	h.receive(changed("evt_1", &inv))
	entered, leave := make(chan struct{}), make(chan struct{})
	rec.apply = func(context.Context, string) error {
		close(entered)
		<-leave
		return nil
	}
	var first, second webhook.Drained
	var wg sync.WaitGroup
	wg.Go(func() { first, _ = h.worker.Drain(t.Context()) })
	<-entered
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := h.worker.Drain(ctx)
	require.ErrorIs(t, err, context.Canceled)
	wg.Go(func() { second, _ = h.worker.Drain(t.Context()) })
	close(leave)
	wg.Wait()
	require.Equal(t, webhook.Drained{Events: 1, Applied: 1}, first)
	require.Equal(t, webhook.Drained{}, second)
	require.Len(t, rec.told, 1)
}

// As many objects are read at a time as were asked for, and not more.
func TestObjectsAreReadInParallel(t *testing.T) {
	t.Parallel()
	for _, parallel := range []int{1, 3} {
		h, rec := recording(t, func(h *house) { h.workerConfig.Parallel = parallel })
		for i := range 7 {
			inv := h.invoice("acme", 10)
			h.receive(changed(fmt.Sprint("evt_", i), &inv))
		}
		var mu sync.Mutex
		inside, most := 0, 0
		full := make(chan struct{})
		rec.apply = func(context.Context, string) error {
			mu.Lock()
			inside++
			if most = max(most, inside); most == parallel && full != nil {
				close(full)
				full = nil
			}
			wait := full
			mu.Unlock()
			if wait != nil {
				<-wait
			}
			mu.Lock()
			inside--
			mu.Unlock()
			return nil
		}
		require.Equal(t, 7, h.drain().Applied)
		require.Equal(t, parallel, most)
	}
}

// A worker that is stopped ends what it has begun: what was applied is marked as done, and nothing else is begun.
func TestAWorkerThatIsStoppedEndsWhatItHasBegun(t *testing.T) {
	t.Parallel()
	h, rec := recording(t, func(h *house) { h.workerConfig.Parallel = 1 })
	for i := range 3 {
		inv := h.invoice("acme", 10)
		h.receive(changed(fmt.Sprint("evt_", i), &inv))
	}
	ctx, cancel := context.WithCancel(t.Context())
	rec.apply = func(context.Context, string) error {
		cancel()
		return nil
	}
	require.ErrorIs(t, h.worker.Run(ctx, time.Hour), context.Canceled)
	require.Equal(t, []string{"evt_1", "evt_2"}, h.inbox())
	require.NotContains(t, h.log.String(), "stays", "what was stopped has not failed")

	// An Applier that gives up with the context leaves the event, which has not failed either.
	ctx, cancel = context.WithCancel(t.Context())
	rec.apply = func(ctx context.Context, _ string) error {
		cancel()
		return ctx.Err()
	}
	got, err := h.worker.Drain(ctx)
	require.ErrorIs(t, err, context.Canceled)
	require.Equal(t, webhook.Drained{Events: 2}, got)
	require.Equal(t, []string{"evt_1", "evt_2"}, h.inbox())
}

// running is a worker that runs in a bubble with a clock of its own.
type running struct {
	mu     sync.Mutex
	passes []webhook.Drained
	stop   func()
}

func run(t *testing.T, h *house, interval time.Duration) *running {
	r := &running{}
	h.workerConfig.Clock = time.Now
	h.workerConfig.Observe = func(d webhook.Drained) {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.passes = append(r.passes, d)
	}
	h.start()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- h.worker.Run(ctx, interval) }()
	synctest.Wait()
	r.stop = func() {
		cancel()
		require.ErrorIs(t, <-done, context.Canceled)
	}
	return r
}

// so gives the passes so far.
func (r *running) so() []webhook.Drained {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.passes)
}

// after lets time pass, and the worker do what it does then.
func after(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func TestARunningWorkerWorksAtOnceAtIntervalsAndWhenItIsWoken(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h, rec := recording(t)
		inv := h.invoice("acme", 10)
		h.receive(changed("evt_1", &inv))
		r := run(t, h, time.Minute)
		require.Len(t, r.so(), 1)
		require.Equal(t, 1, rec.times(), "at once")

		h.receive(changed("evt_2", &inv))
		after(time.Minute - time.Second)
		require.Len(t, r.so(), 1)
		after(time.Second)
		require.Len(t, r.so(), 2)
		require.Equal(t, 2, rec.times(), "after the interval")

		h.receive(changed("evt_3", &inv))
		for range 5 {
			h.worker.Wake()
		}
		synctest.Wait()
		require.Equal(t, 3, rec.times(), "when it is woken")
		require.LessOrEqual(t, len(r.so()), 4, "being woken often is being woken once, or once more")
		r.stop()
		h.worker.Wake() // of nobody
	})
}

// The inbox is down for a while: a running worker goes on.
func TestARunningWorkerOutlivesItsInbox(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h, rec := recording(t)
		inv := h.invoice("acme", 10)
		h.receive(changed("evt_1", &inv))
		h.world.FailNext("Pending", provider.ErrUnavailable)
		r := run(t, h, time.Minute)
		require.Equal(t, []webhook.Drained{{}}, r.so())
		require.Contains(t, h.log.String(), "webhook: the inbox cannot be read")
		after(time.Minute)
		require.Equal(t, 1, rec.times())
		r.stop()
	})
}

// An event that fails is tried after 2, 4, 8 seconds and so on, up to an hour; others meanwhile as ever. A new event of
// the same object has all of them tried.
func TestARunningWorkerTriesFailuresLessAndLess(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h, rec := recording(t)
		inv := h.invoice("acme", 10)
		var mu sync.Mutex
		var at []time.Duration
		begin := time.Now()
		rec.does(func(context.Context, string) error {
			mu.Lock()
			defer mu.Unlock()
			at = append(at, time.Since(begin))
			return errors.New("not yet")
		})
		h.receive(changed("evt_1", &inv))
		r := run(t, h, time.Second)
		after(5 * time.Hour)
		var want []time.Duration
		sum := time.Duration(0)
		for pause := 2 * time.Second; sum <= 5*time.Hour; pause = min(2*pause, time.Hour) {
			want = append(want, sum)
			sum += pause
		}
		mu.Lock()
		require.Equal(t, want, at)
		mu.Unlock()
		require.Len(t, want, 15)
		passes := r.so()
		require.Equal(t, webhook.Drained{Events: 1, Later: 1, Stuck: 1}, passes[len(passes)-1])

		rec.does(nil)
		h.receive(changed("evt_2", &inv))
		after(time.Second)
		passes = r.so()
		require.Equal(t, webhook.Drained{Events: 2, Applied: 2}, passes[len(passes)-1])
		require.Empty(t, h.inbox())
		r.stop()
	})
}

// What another worker has done is forgotten, so that memory holds only what waits.
func TestAnEventThatAnotherWorkerHasDoneIsForgotten(t *testing.T) {
	t.Parallel()
	h, rec := recording(t)
	inv := h.invoice("acme", 10)
	rec.apply = func(context.Context, string) error { return errors.New("not here") }
	h.receive(changed("evt_1", &inv))
	h.receive(changed("evt_2", &inv))
	h.drain()
	require.Equal(t, 2, h.worker.Remembered())
	require.NoError(t, h.world.Records().Done(t.Context(), "evt_1"))
	h.drain()
	require.Equal(t, 1, h.worker.Remembered())
	rec.apply = nil
	h.drain()
	require.Zero(t, h.worker.Remembered())
}

func TestMarkingThatFailsLeavesTheEvent(t *testing.T) {
	t.Parallel()
	h := open(t)
	inv := h.invoice("acme", 10)
	h.receive(changed("evt_1", &inv))
	h.world.FailNext("Done", provider.ErrUnavailable)
	require.Equal(t, 1, h.drain().Failed)
	require.Equal(t, "open", h.states.status(inv.ID))
	require.Equal(t, webhook.Drained{Events: 1, Applied: 1}, h.drain(), "applied again, which changes nothing")
	require.Empty(t, h.inbox())
}

// The log names events and kinds of errors. Whatever bodies, signatures, names and appliers say stays out of it.
func TestNothingSecretIsLogged(t *testing.T) {
	t.Parallel()
	h, rec := recording(t)
	rec.apply = func(context.Context, string) error { return errors.New(canary) }
	inv := h.world.AddInvoice("acme", invoice.Invoice{Number: canary, Note: canary, Total: money.MustParse("80", "USD"), Currency: "USD"})
	h.world.SetEmail("cus_acme", canary+"@example.com")
	for _, e := range []provider.Event{
		changed("evt_1", &inv), {Type: "customer.updated", Object: "cus_acme", Customer: "cus_acme"}, {Type: "invoice.paid", Object: canary},
	} {
		h.receive(e)
	}
	h.world.FailNext("Receive", errors.New(canary))
	require.Equal(t, http.StatusServiceUnavailable, h.send(provider.Event{Type: "invoice.paid", Object: canary}))
	h.drain()
	h.sweep(webhook.SweepQuery{})
	require.Greater(t, len(slices.Collect(linesOf(h.log))), 4)
	require.NotContains(t, h.log.String(), canary)
}

package webhook_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"testing"
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

// Two events with ids of their own tell of one change (W5).
func TestAnotherEventOfTheSameChangeChangesNothing(t *testing.T) {
	t.Parallel()
	h := open(t)
	inv := h.invoice("acme", 10)
	h.receive(changed("evt_1", &inv))
	require.Equal(t, 1, h.drain().Changed)
	kept := h.states.kept[inv.ID]
	h.receive(changed("evt_2", &inv))
	require.Equal(t, webhook.Drained{Events: 1, Applied: 1}, h.drain())
	again := h.states.kept[inv.ID]
	require.True(t, kept.Same(&again))
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

// Thin events do not tell the customer. The Applier may know it; otherwise the sweep will (W6).
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

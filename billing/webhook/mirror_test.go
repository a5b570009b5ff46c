package webhook_test

import (
	"errors"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/billhatch/billhatch/billing/webhook"
	"github.com/billhatch/billhatch/invoice"
	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/usage/civil"
)

func newMirror(t require.TestingT) (*webhook.Mirror, *states) {
	s := newStates()
	m, err := webhook.NewMirror(s)
	require.NoError(t, err)
	return m, s
}

// read is an invoice as it was read.
func read(status invoice.Status) invoice.Invoice {
	return invoice.Invoice{ID: "in_1", CustomerID: "cus_1", Account: "acme", Status: status, Currency: "USD", Total: usd("80.00")}
}

func TestRanksFollowTheLifeOfAnInvoice(t *testing.T) {
	t.Parallel()
	order := []invoice.Status{invoice.Unknown, invoice.Draft, invoice.Open, invoice.Uncollectible, invoice.Paid, invoice.Void}
	for i, s := range order {
		require.Equal(t, i, webhook.Rank(s), s.String())
		require.Equal(t, s == invoice.Paid || s == invoice.Void, webhook.Settled(s))
	}
	require.Equal(t, webhook.Rank(invoice.Unknown), webhook.Rank(invoice.Status(99)))
}

// The whole table: what is kept, what is read a moment later, and what is kept then (W6).
func TestAStatusOnlyMovesForward(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		kept, read, want invoice.Status
	}{
		{invoice.Unknown, invoice.Open, invoice.Open},
		{invoice.Open, invoice.Unknown, invoice.Open},
		{invoice.Open, invoice.Open, invoice.Open},
		{invoice.Open, invoice.Uncollectible, invoice.Uncollectible},
		{invoice.Open, invoice.Paid, invoice.Paid},
		{invoice.Open, invoice.Void, invoice.Void},
		{invoice.Uncollectible, invoice.Open, invoice.Uncollectible},
		{invoice.Uncollectible, invoice.Paid, invoice.Paid},
		{invoice.Uncollectible, invoice.Void, invoice.Void},
		{invoice.Paid, invoice.Unknown, invoice.Paid},
		{invoice.Paid, invoice.Open, invoice.Paid},
		{invoice.Paid, invoice.Uncollectible, invoice.Paid},
		{invoice.Void, invoice.Unknown, invoice.Void},
		{invoice.Void, invoice.Open, invoice.Void},
		{invoice.Void, invoice.Uncollectible, invoice.Void},
		{invoice.Void, invoice.Paid, invoice.Void}, // nothing is brought back to life
	} {
		m, states := newMirror(t)
		_, err := m.InvoiceChanged(t.Context(), read(tc.kept), now)
		require.NoError(t, err)
		changed, err := m.InvoiceChanged(t.Context(), read(tc.read), now.Add(time.Hour))
		require.NoError(t, err)
		require.Equal(t, tc.want.String(), states.status("in_1"), "%s, then %s", tc.kept, tc.read)
		require.Equal(t, tc.want != tc.kept, changed, "%s, then %s", tc.kept, tc.read)
	}
}

// An unknown status is kept as unknown where nothing is known, and never taken for anything better.
func TestAnUnknownStatusStaysUnknown(t *testing.T) {
	t.Parallel()
	h := open(t)
	inv := h.invoice("acme", 10)
	h.world.SetStatus(inv.ID, invoice.Unknown)
	h.receive(changed("evt_1", &inv))
	require.Equal(t, 1, h.drain().Changed)
	require.Equal(t, "unknown", h.states.status(inv.ID))
}

func TestWhatIsKeptIsWhatTheInvoiceSays(t *testing.T) {
	t.Parallel()
	m, states := newMirror(t)
	inv := read(invoice.Paid)
	inv.Number, inv.Credited, inv.Paid = "N-1", usd("30.00"), usd("50.00")
	inv.Issued, inv.PaidOn = civil.MustDate(2026, 11, 1), civil.MustDate(2026, 11, 20)
	changed, err := m.InvoiceChanged(t.Context(), inv, now.In(time.FixedZone("", 3600)))
	require.NoError(t, err)
	require.True(t, changed)
	require.Equal(t, webhook.State{
		Invoice: "in_1", Number: "N-1", Account: "acme", Customer: "cus_1", Status: invoice.Paid, Total: usd("80.00"),
		Credited: usd("30.00"), Paid: usd("50.00"), Issued: inv.Issued, Due: civil.MustDate(2026, 12, 1), PaidOn: inv.PaidOn,
		ReadAt: now, Version: 1,
	}, states.kept["in_1"])
	customer, err := m.CustomerOf(t.Context(), "in_1")
	require.NoError(t, err)
	require.Equal(t, "cus_1", customer)
	_, err = m.CustomerOf(t.Context(), "in_2")
	require.ErrorIs(t, err, provider.ErrNotFound)
}

// Each difference alone makes two states different, and when they were read does not.
func TestStatesAreTheSameWhenEveryFieldIs(t *testing.T) {
	t.Parallel()
	base := webhook.State{Invoice: "in_1", Total: usd("1.00"), Credited: usd("1.00"), Paid: usd("1.00")}
	same := base
	same.ReadAt, same.Version = now, 7
	require.True(t, base.Same(&same))
	day := civil.MustDate(2026, 11, 1)
	for i, change := range []func(*webhook.State){
		func(s *webhook.State) { s.Invoice = "in_2" },
		func(s *webhook.State) { s.Number = "N" },
		func(s *webhook.State) { s.Account = "acme" },
		func(s *webhook.State) { s.Customer = "cus_1" },
		func(s *webhook.State) { s.Status = invoice.Open },
		func(s *webhook.State) { s.Total = usd("2.00") },
		func(s *webhook.State) { s.Credited = usd("0.00") },
		func(s *webhook.State) { s.Paid = usd("0.99") },
		func(s *webhook.State) { s.Issued = day },
		func(s *webhook.State) { s.Due = day },
		func(s *webhook.State) { s.PaidOn = day },
	} {
		other := base
		change(&other)
		require.False(t, base.Same(&other), i)
	}
}

// Readings are applied in any order and any number of times: what is kept in the end is the same. It is the latest
// reading of the highest rank.
func TestTheOrderOfReadingsDoesNotMatter(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		n := rapid.IntRange(1, 8).Draw(r, "readings")
		readings := make([]reading, n)
		best := 0
		for i := range readings {
			inv := read(rapid.SampledFrom([]invoice.Status{
				invoice.Unknown, invoice.Open, invoice.Uncollectible, invoice.Paid, invoice.Void,
			}).Draw(r, "status"))
			inv.Credited = cents[i]
			readings[i] = reading{inv, now.Add(time.Duration(i) * time.Nanosecond)}
			if webhook.Rank(inv.Status) >= webhook.Rank(readings[best].invoice.Status) {
				best = i
			}
		}
		want := webhook.StateOf(&readings[best].invoice, readings[best].at)
		m, states := newMirror(r)
		order := rapid.Permutation(readings).Draw(r, "order")
		again := rapid.SliceOfN(rapid.SampledFrom(readings), 0, 8).Draw(r, "again")
		for _, one := range append(order, again...) {
			before := states.kept["in_1"]
			changed, err := m.InvoiceChanged(t.Context(), one.invoice, one.at)
			require.NoError(r, err)
			after := states.kept["in_1"]
			require.Equal(r, !after.Same(&before), changed)
		}
		got := states.kept["in_1"]
		require.True(r, got.Same(&want), "got %+v, want %+v", got, want)
		require.Equal(r, want.ReadAt, got.ReadAt)
	})
}

func TestManyReadingsAtOnceKeepTheBest(t *testing.T) {
	t.Parallel()
	m, states := newMirror(t)
	statuses := []invoice.Status{invoice.Open, invoice.Uncollectible, invoice.Void, invoice.Paid}
	errs := together(racers, func(i int) error {
		for _, j := range rand.Perm(8) {
			inv := read(statuses[(i+j)%len(statuses)])
			for {
				_, err := m.InvoiceChanged(t.Context(), inv, now.Add(time.Duration(i)))
				if err == nil {
					break
				}
				if !provider.IsKind(err, provider.ErrConflict) { // too many at once: the event would come again
					return err
				}
			}
		}
		return nil
	})
	require.NoError(t, errors.Join(errs...))
	require.Equal(t, "void", states.status("in_1"))
	require.Equal(t, now.Add(racers-1), states.kept["in_1"].ReadAt)
}

// F6: an invoice never changes its customer.
func TestAnInvoiceOfAnotherCustomerIsNotKept(t *testing.T) {
	t.Parallel()
	m, states := newMirror(t)
	_, err := m.InvoiceChanged(t.Context(), read(invoice.Open), now)
	require.NoError(t, err)
	other := read(invoice.Paid)
	other.CustomerID = "cus_2"
	_, err = m.InvoiceChanged(t.Context(), other, now)
	require.ErrorIs(t, err, provider.ErrForeign)
	require.Equal(t, "open", states.status("in_1"))
}

// A host may give a customer to another account.
func TestAnInvoiceFollowsItsCustomerToAnotherAccount(t *testing.T) {
	t.Parallel()
	m, states := newMirror(t)
	inv := read(invoice.Open)
	_, err := m.InvoiceChanged(t.Context(), inv, now)
	require.NoError(t, err)
	inv.Account = "globex"
	changed, err := m.InvoiceChanged(t.Context(), inv, now)
	require.NoError(t, err)
	require.True(t, changed)
	require.Equal(t, "globex", states.kept["in_1"].Account)
}

func TestAStoreThatFailsIsBelieved(t *testing.T) {
	t.Parallel()
	down := errors.New("down")
	fails := func(at string, err error) func(string) error {
		return func(op string) error {
			if op == at {
				return err
			}
			return nil
		}
	}
	for _, op := range []string{"State", "PutState"} {
		m, states := newMirror(t)
		states.before = fails(op, down)
		_, err := m.InvoiceChanged(t.Context(), read(invoice.Open), now)
		require.ErrorIs(t, err, down)
		require.Empty(t, states.kept)
	}
	m, states := newMirror(t)
	tries := 0
	states.before = func(op string) error {
		if op == "PutState" {
			tries++
			return &provider.Error{Op: op, Kind: provider.ErrConflict}
		}
		return nil
	}
	_, err := m.InvoiceChanged(t.Context(), read(invoice.Open), now)
	require.ErrorIs(t, err, provider.ErrConflict)
	require.Equal(t, 16, tries, "and then it gives up")
}

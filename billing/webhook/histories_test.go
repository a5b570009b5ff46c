package webhook_test

import (
	"fmt"
	"net/http"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/billing/webhook"
	"github.com/billhatch/billhatch/invoice"
	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/provider/memory"
	"github.com/billhatch/billhatch/usage/civil"
)

// life is an invoice that goes through six steps. Each announces itself with an event; the provider is brought to a step
// when an event of it, or of a later one, is first delivered: so that readings are as old as they can be.
type life struct {
	*house
	ending  invoice.Status // paid or void
	id      string
	request provider.IssueRequest
	at      int // steps taken
	events  []memory.Delivery
}

// steps of a life: drafted, finalised, sent, credited, given up, and paid or voided.
const steps = 6

func begin(t testing.TB, ending invoice.Status) *life {
	t.Helper()
	l := &life{house: open(t), ending: ending}
	draft := invoice.Invoice{
		Status: invoice.Draft, Currency: "USD", Period: month(t), Issued: civil.MustDate(2026, 11, 1), Subtotal: usd("80"), Total: usd("80"),
		Lines: []invoice.Line{{Key: "fee", Kind: invoice.Fee, Amount: usd("80"), Merged: 1}},
	}
	l.request = provider.IssueRequest{Key: "k", Customer: "cus_acme", Invoice: draft}
	return l
}

func month(t testing.TB) civil.Period {
	t.Helper()
	p, err := civil.Month(2026, time.October, time.UTC)
	require.NoError(t, err)
	return p
}

// reach brings the provider to a step, counted from 1.
func (l *life) reach(step int) {
	l.Helper()
	for ; l.at < step; l.at++ {
		l.world.Advance(time.Hour)
		require.NoError(l, l.step(l.at+1))
		hooks := l.world.Webhooks()
		if l.at == 0 {
			hooks = append(hooks, l.world.Webhook(provider.Event{Type: "invoice.created", Object: "in_000001", Customer: "cus_acme", Live: true}))
		}
		require.Len(l, hooks, 1)
		l.events = append(l.events, hooks[0])
	}
}

func (l *life) step(n int) error {
	ctx := l.Context()
	switch n {
	case 1:
		l.world.Inject(memory.IssueFinalize, memory.Fault{Err: provider.ErrUnknown})
		_, err := l.world.Payments().Issue(ctx, l.request)
		if !provider.IsKind(err, provider.ErrUnknown) {
			return fmt.Errorf("not left as a draft: %w", err)
		}
		return nil
	case 2:
		inv, err := l.world.Payments().Issue(ctx, l.request)
		l.id = inv.ID
		return err
	case 3:
		l.request.Send = true
		_, err := l.world.Payments().Issue(ctx, l.request)
		return err
	case 4:
		_, err := l.world.Payments().Credit(ctx, provider.CreditRequest{Customer: "cus_acme", Invoice: l.id, Amount: usd("30"), Key: "c"})
		return err
	case 5:
		return l.world.GiveUp(l.id)
	}
	if l.ending == invoice.Void {
		return l.world.Void(l.id)
	}
	return l.world.Pay(l.id)
}

// tell delivers the event of a step, counted from 1, and works it off.
func (l *life) tell(step int) {
	l.Helper()
	l.reach(step)
	require.Equal(l, http.StatusNoContent, l.deliver(l.events[step-1]))
	drained := l.drain()
	require.Zero(l, drained.Failed)
}

// kept is what the host keeps in the end, without when it was read.
func (l *life) kept() webhook.State {
	l.states.mu.Lock()
	defer l.states.mu.Unlock()
	s := l.states.kept["in_000001"]
	s.ReadAt, s.Version = time.Time{}, 0
	return s
}

// inOrder is the state that everything has to end in.
func inOrder(t testing.TB, ending invoice.Status) webhook.State {
	l := begin(t, ending)
	var seen []string
	for step := range steps {
		l.tell(step + 1)
		seen = append(seen, l.states.status(l.id))
	}
	require.Equal(t, []string{"none", "open", "open", "open", "uncollectible", ending.String()}, seen)
	require.True(t, l.kept().Credited.Equal(usd("30")))
	require.Empty(t, l.inbox())
	return l.kept()
}

// All orders of the six events, each with none or one of them dropped or doubled, end in the state of the events in
// order: at once when none is dropped, and after one sweep when one is (W5, W6).
func TestEveryOrderOfALifeEndsInTheSameState(t *testing.T) {
	t.Parallel()
	orders := permutations(steps)
	require.Len(t, orders, 720)
	var histories atomic.Int64
	t.Cleanup(func() {
		t.Logf("%d histories", histories.Load())
		require.True(t, t.Failed() || testing.Short() || histories.Load() == 2*720*13)
	})
	const parts = 8
	for _, ending := range []invoice.Status{invoice.Paid, invoice.Void} {
		want := inOrder(t, ending)
		for part := range parts {
			t.Run(fmt.Sprintf("that ends %s, part %d", ending, part+1), func(t *testing.T) {
				t.Parallel()
				for i := part; i < len(orders); i += parts {
					if testing.Short() && i/parts%9 != 0 { // as under the race detector
						continue
					}
					for variant := range 1 + 2*steps {
						runHistory(t, want, orders[i], variant)
						histories.Add(1)
					}
				}
			})
		}
	}
}

// runHistory tells a life in an order. Variants: 0 as it is, 1 to 6 without the event of that step, 7 to 12 with that one
// twice.
func runHistory(t *testing.T, want webhook.State, order []int, variant int) {
	l := begin(t, want.Status)
	for _, step := range order {
		for range copies(step, variant) {
			l.tell(step)
		}
	}
	l.reach(steps) // what is dropped has happened all the same
	behind := !sameState(l.kept(), want)
	if variant == 0 || variant > steps {
		require.False(t, behind, "order %v, variant %d: got %+v", order, variant, l.kept())
	}
	swept := l.sweep(webhook.SweepQuery{})
	require.True(t, sameState(l.kept(), want), "order %v, variant %d: got %+v", order, variant, l.kept())
	require.Equal(t, behind, swept.Repaired > 0)
	require.Empty(t, l.inbox())
}

// copies is how often the event of a step is delivered.
func copies(step, variant int) int {
	switch variant {
	case step:
		return 0
	case step + steps:
		return 2
	}
	return 1
}

func sameState(a, b webhook.State) bool { return a.Same(&b) }

func permutations(n int) [][]int {
	if n == 0 {
		return [][]int{nil}
	}
	var out [][]int
	for _, p := range permutations(n - 1) {
		for i := range n {
			out = append(out, slices.Insert(slices.Clone(p), i, n))
		}
	}
	return out
}

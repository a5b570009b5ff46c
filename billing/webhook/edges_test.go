package webhook_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/billing/webhook"
	"github.com/billhatch/billhatch/provider"
)

// TestARefusalEndsTheConnectionOnlyWhenABodyIsLeft: what has none costs nothing to keep.
func TestARefusalEndsTheConnectionOnlyWhenABodyIsLeft(t *testing.T) {
	t.Parallel()
	for length, want := range map[int64]string{0: "", 10: "close", -1: "close"} {
		h := open(t)
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.ContentLength = length
		w := httptest.NewRecorder()
		h.handler.ServeHTTP(w, r)
		h.requireAnswer(w, webhook.BadMethod)
		require.Equal(t, want, w.Header().Get("Connection"), "length %d", length)
	}
}

// TestALogSaysWhatKindOfProblemItWas, when a provider vouches for it.
func TestALogSaysWhatKindOfProblemItWas(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.world.FailNext("Receive", provider.ErrRateLimited)
	require.Equal(t, http.StatusServiceUnavailable, h.send(provider.Event{Type: "invoice.paid", Object: "in_1"}))
	require.Contains(t, h.log.String(), fmt.Sprintf("problem=%q", provider.ErrRateLimited.Error()))
}

// TestAPassThatWasStoppedIsNoPass: nobody is told of it, and it is no problem of the inbox.
func TestAPassThatWasStoppedIsNoPass(t *testing.T) {
	t.Parallel()
	h, rec := recording(t)
	passes := 0
	h.workerConfig.Observe = func(webhook.Drained) { passes++ }
	h.start()
	inv := h.invoice("acme", 10)
	h.receive(changed("evt_1", &inv))
	ctx, cancel := context.WithCancel(t.Context())
	rec.apply = func(context.Context, string) error {
		cancel()
		return nil
	}
	require.ErrorIs(t, h.worker.Run(ctx, time.Hour), context.Canceled)
	require.Zero(t, passes)
	require.NotContains(t, h.log.String(), "cannot be read")
}

// TestOnceAWorkerIsStoppedNothingMoreIsRead: with one object at a time not one more, else those that others have begun.
func TestOnceAWorkerIsStoppedNothingMoreIsRead(t *testing.T) {
	t.Parallel()
	for parallel, most := range map[int]int{1: 1, 2: 4} {
		h, rec := recording(t, func(h *house) { h.workerConfig.Parallel = parallel })
		for i := range 50 {
			inv := h.invoice("acme", 10)
			h.receive(changed(fmt.Sprint("evt_", i), &inv))
		}
		ctx, cancel := context.WithCancel(t.Context())
		rec.apply = func(ctx context.Context, _ string) error {
			cancel()
			return ctx.Err()
		}
		h.world.ResetCalls()
		_, err := h.worker.Drain(ctx)
		require.ErrorIs(t, err, context.Canceled)
		require.LessOrEqual(t, len(h.world.CallsOf("Invoice")), most)
		require.NotEmpty(t, h.world.CallsOf("Invoice"))
	}
}

// TestFailedEventsAreRememberedUpToALimit.
func TestFailedEventsAreRememberedUpToALimit(t *testing.T) {
	t.Parallel()
	h := open(t)
	for i := range webhook.MaxWaiting + 10 {
		h.worker.Fail(fmt.Sprint("evt_", i), now)
	}
	require.Equal(t, webhook.MaxWaiting, h.worker.Remembered())
}

// TestAnEventOfNobodyKnowsNoAccount: the host is never asked whose customer nobody is, and an Applier that places no
// invoices is not asked at all.
func TestAnEventOfNobodyKnowsNoAccount(t *testing.T) {
	t.Parallel()
	h, rec := recording(t, func(h *house) {
		h.workerConfig.AccountOf = func(_ context.Context, customer string) (string, error) {
			require.NotEmpty(t, customer)
			return h.accountOf(t.Context(), customer)
		}
	})
	for _, e := range []provider.Event{
		{Type: "invoice.paid", Object: "in_1"}, {Type: "customer.updated"}, {Type: "invoice.paid"},
	} {
		h.receive(e)
	}
	require.Equal(t, webhook.Drained{Events: 3, Ignored: 3}, h.drain())
	require.Zero(t, rec.times())
}

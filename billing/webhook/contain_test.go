package webhook_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/billing/webhook"
	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/provider/memory"
	"github.com/billhatch/billhatch/usage/civil"
)

// panicAt has a call of the provider or of the inbox panic, every time.
func (h *house) panicAt(op string) {
	h.world.Hook(func(c memory.Call) {
		if c.Op == op {
			panic(canary)
		}
	})
}

// A panic of the inbox, or of whatever is asked for an event, ends neither the pass nor the process.
func TestAPanicEndsNoPass(t *testing.T) {
	t.Parallel()
	for _, parallel := range []int{1, 4} {
		for _, op := range []string{"Invoice", "Done"} {
			h, rec := recording(t, func(h *house) { h.workerConfig.Parallel = parallel })
			inv := h.invoice("acme", 10)
			h.receive(changed("evt_1", &inv))
			h.receive(provider.Event{ID: "evt_2", Type: "billing_portal.configuration.updated"})
			h.panicAt(op)
			got := h.drain()
			require.Equal(t, map[string]int{"Invoice": 1, "Done": 2}[op], got.Failed)
			require.Contains(t, rec.told, "portal")
			h.world.Hook(nil)
			require.Zero(t, h.drain().Failed)
			require.Empty(t, h.inbox())
			require.NotContains(t, h.log.String(), canary)
		}
	}
	h, _ := recording(t)
	h.panicAt("Pending")
	_, err := h.worker.Drain(t.Context())
	require.Error(t, err)
	h.world.Hook(nil)
	h.drain() // the turn was given back
}

// A worker that runs outlives a panic of its inbox and of whoever observes it.
func TestARunningWorkerOutlivesPanics(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h, rec := recording(t)
		inv := h.invoice("acme", 10)
		h.receive(changed("evt_1", &inv))
		h.panicAt("Pending")
		h.workerConfig.Clock, h.workerConfig.Observe = time.Now, func(webhook.Drained) { panic(canary) }
		h.start()
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- h.worker.Run(ctx, time.Minute) }()
		synctest.Wait()
		require.Zero(t, rec.times())
		h.world.Hook(nil)
		after(time.Minute)
		require.Equal(t, 1, rec.times())
		cancel()
		require.ErrorIs(t, <-done, context.Canceled)
		require.NotContains(t, h.log.String(), canary)
	})
}

func TestAPanicOfTheListOfAccountsIsAnError(t *testing.T) {
	t.Parallel()
	h, _ := recording(t, func(h *house) {
		h.workerConfig.Accounts = func(context.Context, string) iter.Seq2[provider.Account, error] { panic(canary) }
	})
	got, err := h.worker.Sweep(t.Context(), webhook.SweepQuery{After: "a"})
	require.Error(t, err)
	require.Equal(t, webhook.Swept{Next: "a"}, got)
	require.NotContains(t, h.log.String(), canary)
}

// hangs waits for its context, as a database does that does not answer.
func hangs(ctx context.Context) error {
	<-ctx.Done()
	return ctx.Err()
}

// Whatever hangs for one object is given up, and holds no other up.
func TestWhatHangsIsGivenUp(t *testing.T) {
	t.Parallel()
	for name, hang := range map[string]func(h *house, rec *recorder){
		"the applier": func(_ *house, rec *recorder) {
			rec.apply = func(ctx context.Context, told string) error {
				if told == "portal" {
					return nil
				}
				return hangs(ctx)
			}
		},
		"who knows accounts": func(h *house, _ *recorder) {
			h.workerConfig.AccountOf = func(ctx context.Context, _ string) (string, error) { return "", hangs(ctx) }
		},
		"the provider": func(h *house, _ *recorder) { h.world.InjectAlways("Invoice", memory.Fault{Delay: memory.Forever}) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h, rec := recording(t, func(h *house) { h.workerConfig.Timeout, h.workerConfig.Parallel = time.Millisecond, 1 })
			inv := h.invoice("acme", 10)
			hang(h, rec)
			h.start()
			h.receive(changed("evt_1", &inv))
			h.receive(provider.Event{ID: "evt_2", Type: "billing_portal.configuration.updated"})
			got := h.drain()
			require.Equal(t, []int{1, 1}, []int{got.Failed, got.Applied})
			require.Equal(t, []string{"evt_1"}, h.inbox())
		})
	}
	h, _ := recording(t, func(h *house) { h.workerConfig.Timeout = time.Millisecond })
	h.world.Inject("Pending", memory.Fault{Delay: memory.Forever})
	_, err := h.worker.Drain(t.Context())
	require.Error(t, err)
}

// The same for accounts of a sweep.
func TestWhatHangsInASweepIsGivenUp(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		hang   func(h *house, rec *recorder)
		failed int
	}{
		"the customer": {func(h *house, _ *recorder) { h.world.Inject("Customer", memory.Fault{Delay: memory.Forever}) }, 1},
		"a page":       {func(h *house, _ *recorder) { h.world.Inject("Invoices", memory.Fault{Delay: memory.Forever}) }, 1},
		"applying, always": {func(_ *house, rec *recorder) {
			rec.apply = func(ctx context.Context, _ string) error { return hangs(ctx) }
		}, 3},
		"applying an invoice": {func(_ *house, rec *recorder) {
			rec.apply = func(ctx context.Context, told string) error {
				if told == "portal" || told == "acme cus_acme gone=false" || told == "globex cus_globex gone=false" {
					return nil
				}
				return hangs(ctx)
			}
		}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h, rec := recording(t, func(h *house) { h.workerConfig.Timeout = 5 * time.Millisecond })
			h.invoice("acme", 10)
			tc.hang(h, rec)
			got := h.sweep(webhook.SweepQuery{})
			require.Equal(t, []int{2, tc.failed}, []int{got.Accounts, got.Failed})
		})
	}
	h := open(t, func(h *house) { h.workerConfig.Timeout = 5 * time.Millisecond })
	old := h.invoice("acme", 1)
	for range provider.MaxPage {
		h.invoice("acme", 10)
	}
	h.sweep(webhook.SweepQuery{})
	require.Equal(t, "open", h.states.status(old.ID))
	h.world.Inject("Invoice", memory.Fault{Delay: memory.Forever})
	require.Equal(t, 1, h.sweep(webhook.SweepQuery{Since: civil.MustDate(2026, 11, 1)}).Failed)
}

// An event that has failed ten times is counted as stuck and logged as an error in every pass, whether it is its turn or
// not, until it goes through.
func TestAnEventThatKeepsFailingIsStuck(t *testing.T) {
	t.Parallel()
	h, rec := recording(t)
	inv := h.invoice("acme", 10)
	h.receive(changed("evt_1", &inv))
	h.receive(changed("evt_2", &inv))
	rec.apply = func(context.Context, string) error { return errors.New("never") }
	for range 9 {
		got := h.drain()
		require.Equal(t, []int{2, 0}, []int{got.Failed, got.Stuck})
	}
	require.NotContains(t, h.log.String(), "level=ERROR")
	got := h.drain()
	require.Equal(t, []int{2, 2}, []int{got.Failed, got.Stuck})
	require.Contains(t, h.log.String(), "level=ERROR msg=\"webhook: event stays in the inbox\" event=evt_1 type=invoice.updated events=2 stuck=2 problem=other\n")
	rec.apply = nil
	require.Equal(t, webhook.Drained{Events: 2, Applied: 2}, h.drain())
	h.receive(changed("evt_3", &inv))
	rec.apply = func(context.Context, string) error { return errors.New("again") }
	require.Zero(t, h.drain().Stuck)
}

// Whoever waits for the end of a pause, or of an interval, stops at once.
func TestAWorkerIsStoppedDuringAPause(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h, rec := recording(t)
		inv := h.invoice("acme", 10)
		rec.does(func(context.Context, string) error { return errors.New("not yet") })
		h.receive(changed("evt_1", &inv))
		r := run(t, h, time.Hour)
		require.Equal(t, 1, r.so()[0].Failed)
		after(time.Second) // of the two of the first pause
		begin := time.Now()
		r.stop()
		require.Less(t, time.Since(begin), 50*time.Millisecond)
	})
}

// A store that cannot list accounts and keep states at once, such as one with a single connection, can be swept.
func TestASweepDoesNotWriteWhileItLists(t *testing.T) {
	t.Parallel()
	h, rec := many(t)
	var connection sync.Mutex
	accounts := h.workerConfig.Accounts
	h.workerConfig.Accounts = func(ctx context.Context, after string) iter.Seq2[provider.Account, error] {
		return func(yield func(provider.Account, error) bool) {
			connection.Lock()
			defer connection.Unlock()
			accounts(ctx, after)(yield)
		}
	}
	rec.apply = func(context.Context, string) error {
		if !connection.TryLock() {
			return errors.New("the connection is in use")
		}
		connection.Unlock()
		return nil
	}
	h.workerConfig.Parallel = 1
	h.start()
	require.Equal(t, webhook.Swept{Accounts: 100}, h.sweep(webhook.SweepQuery{}))
	requireOnce(t, rec)
}

// A list that always begins with the first account would be read for ever.
func TestAListOfAccountsThatBeginsAnewIsGivenUp(t *testing.T) {
	t.Parallel()
	h, _ := many(t)
	accounts := h.workerConfig.Accounts
	h.workerConfig.Accounts = func(ctx context.Context, _ string) iter.Seq2[provider.Account, error] { return accounts(ctx, "") }
	h.start()
	got, err := h.worker.Sweep(t.Context(), webhook.SweepQuery{})
	require.ErrorIs(t, err, provider.ErrInvalid)
	require.Equal(t, 32, got.Accounts)
}

// Whoever does not even send a signature takes nobody's place, and the body stays unread (W1).
func TestAnUnsignedRequestTakesNoPlace(t *testing.T) {
	t.Parallel()
	h := open(t, func(h *house) { h.config.MaxInFlight = 1 })
	inside, release := make(chan struct{}), make(chan struct{})
	h.world.Hook(func(c memory.Call) {
		if c.Op == "Receive" {
			close(inside)
			<-release
		}
	})
	var wg sync.WaitGroup
	signed := h.world.Webhook(provider.Event{Type: "invoice.paid", Live: true})
	wg.Go(func() { h.deliver(signed) })
	<-inside
	for _, signatures := range [][]string{nil, {""}, {signed.Signature, signed.Signature}, {string(make([]byte, 4097))}} {
		r := httptest.NewRequest(http.MethodPost, "/", unreadable{t})
		r.Header["Billing-Signature"] = signatures
		w := httptest.NewRecorder()
		h.handler.ServeHTTP(w, r)
		require.Equal(t, http.StatusBadRequest, w.Code)
	}
	require.Equal(t, http.StatusServiceUnavailable, h.deliver(signed), "a signature wants a place")
	close(release)
	wg.Wait()
	require.Equal(t, int64(4), h.handler.Count(webhook.Untrusted))
}

// A refusal goes out although the body does not come, and the connection ends with it: a server without time-outs of its
// own would wait for ever.
func TestARefusalDoesNotWaitForABody(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		head string
		want string
		free int // places beside the one that is taken
		body string
	}{
		"of the method":         {"PUT / HTTP/1.1\r\nContent-Length: 200000\r\n", "405 Method Not Allowed", 0, ""},
		"of the length":         {"POST / HTTP/1.1\r\nContent-Length: 270000\r\nBilling-Signature: t=1\r\n", "413 Request Entity Too Large", 0, ""},
		"of no signature":       {"POST / HTTP/1.1\r\nContent-Length: 200000\r\n", "400 Bad Request", 0, ""},
		"of an untold length":   {"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n", "400 Bad Request", 0, ""},
		"of too many":           {"POST / HTTP/1.1\r\nContent-Length: 200000\r\nBilling-Signature: t=1\r\n", "503 Service Unavailable", 0, ""},
		"of too many, in parts": {"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nBilling-Signature: t=1\r\n", "503 Service Unavailable", 0, ""},
		"of what grows too large": {
			"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nBilling-Signature: t=1\r\n", "413 Request Entity Too Large",
			1, fmt.Sprintf("%x\r\n%s", 2*webhook.DefaultMaxBody, strings.Repeat("x", webhook.DefaultMaxBody+10)),
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := open(t, func(h *house) { h.config.MaxInFlight, h.config.StoreTimeout = 1+tc.free, time.Minute })
			inside, release := make(chan struct{}), make(chan struct{})
			h.world.Hook(func(c memory.Call) {
				if c.Op == "Receive" {
					close(inside)
					<-release
				}
			})
			signed := h.world.Webhook(provider.Event{Type: "invoice.paid", Live: true})
			var wg sync.WaitGroup
			wg.Go(func() { h.deliver(signed) }) // takes the only place
			<-inside
			server := httptest.NewServer(h.handler)
			conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", server.Listener.Addr().String())
			require.NoError(t, err)
			require.NoError(t, conn.SetDeadline(time.Now().Add(20*time.Second)))
			_, err = io.WriteString(conn, tc.head+"Host: x\r\n\r\n"+tc.body)
			require.NoError(t, err)
			answer, err := io.ReadAll(conn) // to the end
			require.NoError(t, err)
			require.Contains(t, string(answer), "HTTP/1.1 "+tc.want+"\r\n")
			require.NoError(t, conn.Close())
			close(release)
			wg.Wait()
			server.Close()
		})
	}
}

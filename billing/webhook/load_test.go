package webhook_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/billing/webhook"
	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/provider/memory"
)

// racers is how many do something at once.
const racers = 64

// together has n goroutines do something at once, and gives what each got.
func together[T any](n int, do func(i int) T) []T {
	out := make([]T, n)
	start := make(chan struct{})
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			<-start
			out[i] = do(i)
		})
	}
	close(start)
	wg.Wait()
	return out
}

func TestTheSameEventAtOnceIsStoredOnce(t *testing.T) {
	t.Parallel()
	h := open(t)
	hook := h.world.Webhook(provider.Event{Type: "invoice.paid", Live: true})
	for _, code := range together(racers, func(int) int { return h.deliver(hook) }) {
		require.Equal(t, http.StatusNoContent, code)
	}
	require.Equal(t, []int64{1, racers - 1}, []int64{h.handler.Count(webhook.Stored), h.handler.Count(webhook.Duplicate)})
	require.Equal(t, []string{hook.Event.ID}, h.inbox())
}

// Senders, workers and sweeps work at once on the same and on different invoices, which change meanwhile.
func TestManyAtOnceEndInWhatIsTrue(t *testing.T) {
	t.Parallel()
	h := open(t)
	var ids []string
	for range racers / 4 {
		ids = append(ids, h.invoice("acme", 10).ID)
	}
	second, err := webhook.NewWorker(h.workerConfig)
	require.NoError(t, err)
	errs := together(racers, func(i int) error {
		id := ids[i%len(ids)]
		var change error
		switch i / len(ids) {
		case 1:
			change = h.world.GiveUp(id)
		case 2:
			change = h.world.Pay(id)
		}
		if change != nil && !provider.IsKind(change, provider.ErrConflict) { // another was first
			return change
		}
		for range 3 {
			if code := h.send(provider.Event{Type: "invoice.updated", Object: id, Customer: "cus_acme"}); code != http.StatusNoContent {
				return fmt.Errorf("answered with %d", code)
			}
		}
		_, first := h.worker.Drain(t.Context())
		_, then := second.Drain(t.Context())
		_, swept := h.worker.Sweep(t.Context(), webhook.SweepQuery{})
		return errors.Join(first, then, swept)
	})
	require.NoError(t, errors.Join(errs...))
	require.Empty(t, h.inbox())
	for _, id := range ids {
		truth, err := h.world.Payments().Invoice(t.Context(), "cus_acme", id)
		require.NoError(t, err)
		require.Equal(t, truth.Status.String(), h.states.status(id))
	}
}

// Ten times as many senders as there are places: as many are let in as there are places, the others are refused at once
// with their bodies unread, and memory does not grow. It does not run beside others, whose memory would count.
func TestAFloodIsRefused(t *testing.T) { //nolint:paralleltest // see above
	h := open(t, func(h *house) { h.config.StoreTimeout = time.Minute })
	const senders = 10 * webhook.DefaultMaxInFlight
	body, signature := h.padded(webhook.DefaultMaxBody)
	inside, release := make(chan struct{}, senders), make(chan struct{})
	h.world.Hook(func(c memory.Call) {
		if c.Op == "Receive" {
			inside <- struct{}{}
			<-release
		}
	})
	before := heap()
	answers, readers := make(chan *httptest.ResponseRecorder, senders), make(chan *counted, senders)
	var wg sync.WaitGroup
	for range senders {
		wg.Go(func() {
			rest := &counted{Reader: bytes.NewReader(body)}
			r := httptest.NewRequest(http.MethodPost, "/", rest)
			r.ContentLength = int64(len(body))
			r.Header.Set("Billing-Signature", signature)
			w := httptest.NewRecorder()
			h.handler.ServeHTTP(w, r)
			answers <- w
			readers <- rest
		})
	}
	for range webhook.DefaultMaxInFlight {
		<-inside
	}
	for range senders - webhook.DefaultMaxInFlight {
		w := <-answers
		require.Equal(t, http.StatusServiceUnavailable, w.Code)
		require.Equal(t, "5", w.Header().Get("Retry-After"))
		require.Zero(t, (<-readers).bytes)
	}
	require.Less(t, heap()-before, int64(32<<20), "bytes more than before, for 64 bodies of 256 KiB")
	close(release)
	wg.Wait()
	require.Empty(t, inside)
	require.Equal(t, int64(senders-webhook.DefaultMaxInFlight), h.handler.Count(webhook.Overloaded))
	require.Equal(t, int64(webhook.DefaultMaxInFlight), h.handler.Count(webhook.Stored)+h.handler.Count(webhook.Duplicate))
	h.world.Hook(nil)
	require.Equal(t, http.StatusNoContent, h.post(body, signature).Code, "afterwards there is room again")
}

// heap is how many bytes are in use.
func heap() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// counted counts what is read.
type counted struct {
	io.Reader
	bytes int
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	c.bytes += n
	return n, err
}

// A sender that takes its time holds a place for as long as a body may take, and not longer, whether it stops or goes on
// byte by byte.
func TestASlowBodyGivesItsPlaceBack(t *testing.T) {
	t.Parallel()
	for name, more := range map[string]string{"that stops": "", "that trickles": " "} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := open(t, func(h *house) { h.config.MaxInFlight, h.config.BodyTimeout = 1, 50*time.Millisecond })
			server := httptest.NewServer(h.handler)
			defer server.Close()
			conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", server.Listener.Addr().String())
			require.NoError(t, err)
			defer conn.Close()
			_, err = io.WriteString(conn, "POST / HTTP/1.1\r\nHost: x\r\nBilling-Signature: t=1\r\nContent-Length: 200000\r\n\r\n{")
			require.NoError(t, err)
			stop, stopped := make(chan struct{}), make(chan struct{})
			go func() {
				defer close(stopped)
				for more != "" {
					select {
					case <-stop:
						return
					case <-time.After(time.Millisecond):
						if _, err := io.WriteString(conn, more); err != nil {
							return
						}
					}
				}
			}()
			answer, err := io.ReadAll(conn) // to the end: the connection is closed
			close(stop)
			<-stopped
			require.Contains(t, string(answer), "HTTP/1.1 408 Request Timeout\r\n", "%v", err)
			require.True(t, strings.HasSuffix(string(answer), "timed out\n"))
			require.Equal(t, int64(1), h.handler.Count(webhook.TooSlow))

			hook := h.world.Webhook(provider.Event{Type: "invoice.paid", Live: true})
			for range 2 { // on one connection, whose deadlines are as they were
				r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL, bytes.NewReader(hook.Payload))
				require.NoError(t, err)
				r.Header.Set("Billing-Signature", hook.Signature)
				w, err := server.Client().Do(r)
				require.NoError(t, err)
				require.NoError(t, w.Body.Close())
				require.Equal(t, http.StatusNoContent, w.StatusCode)
			}
		})
	}
}

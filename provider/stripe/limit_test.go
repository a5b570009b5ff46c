package stripe

import (
	"context"
	"net/http"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/provider"
)

// gate is a server that counts: no second may hold more requests than allowed, of the account and of each endpoint.
// It counts every second that there is, not only whole ones, which is stricter than Stripe.
type gate struct {
	account, endpoint int

	mu      sync.Mutex
	seen    map[string][]time.Time // by endpoint; "" is all
	refused int
}

func (g *gate) answer(_ int, r *http.Request) (*reply, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := time.Now()
	for name, most := range map[string]int{"": g.account, r.Method + " " + routeOf(r.URL): g.endpoint} {
		if g.seen == nil {
			g.seen = map[string][]time.Time{}
		}
		list := append(g.seen[name], now)
		for now.Sub(list[0]) >= time.Second {
			list = list[1:]
		}
		if g.seen[name] = list; len(list) > most {
			g.refused++
			return answered(429, failure("invalid_request_error", "rate_limit")), nil
		}
	}
	return answered(200, aCustomer), nil
}

// crowd has workers do their work at once, in time that passes only when all of them wait, and tells how much passed.
func crowd(t *testing.T, p *Provider, workers, each int, work func(ctx context.Context, worker, i int) error) time.Duration {
	t.Helper()
	began := time.Now()
	var all sync.WaitGroup
	for worker := range workers {
		all.Go(func() {
			for i := range each {
				if err := work(t.Context(), worker, i); err != nil {
					t.Errorf("worker %d, call %d: %v", worker, i, err)
				}
			}
		})
	}
	all.Wait()
	return time.Since(began)
}

// TestFiftyWorkersOnOneKeyMeetNo429, and use nine tenths of what is allowed.
func TestFiftyWorkersOnOneKeyMeetNo429(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name              string
		live              bool
		account, endpoint int
		rate              int // what is allowed for this work, each second
		path              func(worker, i int) string
	}{
		{"at one endpoint", true, 100, 25, 25, func(int, int) string { return "cus_1" }},
		{"at one endpoint with many ids", true, 100, 25, 25, func(w, i int) string { return "cus_" + strconv.Itoa(w*100+i) }},
		{"in test mode", false, 25, 25, 25, func(w, _ int) string { return strconv.Itoa(w % 7) }},
		{"at twenty endpoints", true, 100, 25, 100, func(w, _ int) string { return strconv.Itoa(w % 20) }},
		{"first at one endpoint and then at others", true, 100, 25, 0, func(w, i int) string {
			if i < 10 {
				return "cus_1"
			}
			return strconv.Itoa(w % 20)
		}},
		{"most of them at one endpoint, which holds nobody else up", true, 100, 25, 0, func(w, _ int) string {
			return strconv.Itoa(max(0, w-39))
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				server := &gate{account: tc.account, endpoint: tc.endpoint}
				p := open(t, &stub{answer: server.answer}, func(c *Config) {
					c.Live, c.Clock, c.Sleep, c.Limits, c.Attempts = tc.live, time.Now, nil, Limits{}, 1
					if tc.live {
						c.Key = func(context.Context) (string, error) { return "sk_live_1", nil }
					}
				})
				const workers, each = 50, 20
				took := crowd(t, p, workers, each, func(ctx context.Context, w, i int) error {
					_, err := read(ctx, p, "Customer", func(ctx context.Context, c *clients) (string, error) {
						return getCustomer(ctx, c, tc.path(w, i))
					})
					return err
				})
				require.Zero(t, server.refused)
				if tc.rate > 0 {
					used := float64(workers*each) / took.Seconds() / float64(tc.rate)
					t.Logf("%.1f %% of what is allowed", 100*used)
					require.GreaterOrEqual(t, used, 0.9)
				}
			})
		})
	}
}

// TestWaitingForAPlaceEndsWithTheContext and leaves the place to others.
func TestWaitingForAPlaceEndsWithTheContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		server := &gate{account: 100, endpoint: 100}
		p := open(t, &stub{answer: server.answer}, func(c *Config) {
			c.Clock, c.Sleep, c.Attempts, c.Limits = time.Now, nil, 1, Limits{Account: 1, Endpoint: 1}
		})
		for range burst {
			_, err := get(t.Context(), p)
			require.NoError(t, err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		out := make(chan error, 3)
		for range cap(out) {
			go func() { _, err := get(ctx, p); out <- err }()
		}
		synctest.Wait() // all wait for a place
		began := time.Now()
		cancel()
		for range cap(out) {
			require.ErrorIs(t, <-out, provider.ErrTimeout)
		}
		require.Zero(t, time.Since(began))
		_, err := get(t.Context(), p)
		require.NoError(t, err)
		require.Equal(t, time.Second, time.Since(began), "the places of those who have gone are free")
		require.Empty(t, p.backend.transport.limits.queues.queues)
	})
}

// TestOneWriteAtATimeAtEachObject: Stripe locks what it writes and refuses the second. Writes at other objects go on.
func TestOneWriteAtATimeAtEachObject(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		busy, most, overlap := map[string]int{}, 0, 0
		var mu sync.Mutex
		wire := &stub{answer: func(_ int, r *http.Request) (*reply, error) {
			mu.Lock()
			busy[r.URL.Path]++
			if busy[r.URL.Path] > 1 {
				overlap++
			}
			most = max(most, len(busy))
			mu.Unlock()
			time.Sleep(time.Second)
			mu.Lock()
			if busy[r.URL.Path]--; busy[r.URL.Path] == 0 {
				delete(busy, r.URL.Path)
			}
			mu.Unlock()
			return answered(200, aCustomer), nil
		}}
		p := open(t, wire, func(c *Config) { c.Clock, c.Sleep = time.Now, nil })
		took := crowd(t, p, 64, 1, func(ctx context.Context, worker, _ int) error {
			id := "cus_" + strconv.Itoa(worker%4)
			_, err := write(ctx, p, &effect[string]{
				op: "UpdateEmail", object: id, key: strconv.Itoa(worker),
				do: func(ctx context.Context, c *clients, key string) (string, error) {
					return updateCustomer(ctx, c, id, key)
				},
			})
			return err
		})
		require.Zero(t, overlap)
		require.Equal(t, 4, most)
		require.Equal(t, 16*time.Second, took.Truncate(time.Millisecond))
		require.Empty(t, p.turns.queues)

		ctx, cancel := context.WithCancel(t.Context())
		done, err := p.turns.take(ctx, "cus_1")
		require.NoError(t, err)
		out := make(chan error, 1)
		go func() { _, err := post(ctx, p, nil); out <- err }()
		synctest.Wait()
		cancel()
		require.ErrorIs(t, <-out, provider.ErrTimeout)
		done()
		require.Empty(t, p.turns.queues)
	})
}

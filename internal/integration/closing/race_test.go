package closing_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/billing/closing"
	"github.com/billhatch/billhatch/provider"
)

// race has closers, each with a store and connections of its own, close all accounts at the same time. There is one
// invoice for each, and every closer is told of it.
func (w *world) race(n int, change func(*closing.Config)) {
	w.Helper()
	got := make([]map[string]string, n)
	errs := make([]error, n)
	var all sync.WaitGroup
	start := make(chan struct{})
	for i := range n {
		cfg := w.config(fmt.Sprintf("closer-%d", i), w.open())
		change(&cfg)
		closer := w.closer(cfg)
		all.Go(func() {
			<-start
			got[i], errs[i] = w.closeAll(closer)
		})
	}
	close(start)
	all.Wait()
	require.NoError(w, errors.Join(errs...))
	w.afterwards()
	want := w.billed()
	require.Len(w, want, len(w.accounts()))
	for i := range got {
		require.Equal(w, want, got[i], "what closer %d was told", i)
	}
	w.ledgerHas(want)
}

// closeAll gives the invoice of each account that is done.
func (w *world) closeAll(closer *closing.Closer) (map[string]string, error) {
	out := map[string]string{}
	for _, account := range w.accounts() {
		result, err := closer.Close(w.Context(), account, w.month)
		if err != nil {
			return nil, err
		}
		if result.Done() {
			out[account] = result.Closings[0].Invoice
		}
	}
	return out, nil
}

// ledgerHas wants one line for each account and the month, at its end.
func (w *world) ledgerHas(invoices map[string]string) {
	w.Helper()
	for account, id := range invoices {
		page, err := w.store.Closings(w.Context(), provider.ClosingQuery{Account: account, Limit: 10})
		require.NoError(w, err)
		require.Len(w, page.Closings, 1)
		require.Equal(w, provider.Sent, page.Closings[0].State)
		require.Equal(w, id, page.Closings[0].Invoice)
	}
}

func TestManyClosersRaceForAMonth(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, e engine) {
		for _, n := range []int{2, 8, 64} {
			t.Run(fmt.Sprintf("%d closers", n), func(t *testing.T) {
				w := opened(t, e)
				w.add(w.store, "acct-0", 1)
				w.add(w.store, "acct-1", 2)
				var waits atomic.Int64
				w.race(n, func(c *closing.Config) { c.Sleep = counted(c.Sleep, &waits) })
				require.NotZero(t, waits.Load(), "nobody has met anybody")
			})
		}
	})
}

// TestLeasesThatEndWhileTheirHoldersAreAtWork: Stripe takes longer now and then than leases last, so that closers take
// each other's work over, and the holders of old leases wake up.
func TestLeasesThatEndWhileTheirHoldersAreAtWork(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, e engine) {
		const lease, requests = 250 * time.Millisecond, 40
		w := opened(t, e)
		w.add(w.store, "acct-0", 2)
		var seen, slow atomic.Int64
		w.setFront(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			if n := seen.Add(1); n%3 == 0 && n <= requests {
				slow.Add(1)
				time.Sleep(lease * 3 / 2)
			}
			w.fake.ServeHTTP(rw, r)
		}))
		var waits atomic.Int64
		w.race(8, func(c *closing.Config) {
			c.Lease, c.Sleep = lease, counted(c.Sleep, &waits)
		})
		require.NotZero(t, waits.Load(), "nobody has met anybody")
		require.NotZero(t, slow.Load())
		line, err := w.store.Closings(t.Context(), provider.ClosingQuery{Account: "acct-0", Limit: 1})
		require.NoError(t, err)
		t.Logf("%d slow requests of %d; the ledger was written %d times", slow.Load(), seen.Load(), line.Closings[0].Version)
	})
}

// TestProcessesRaceForAMonth: the same with processes, each of which closes all accounts.
func TestProcessesRaceForAMonth(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, e engine) {
		n := 2
		if full() {
			n = 8
		}
		w := opened(t, e)
		for i := range 6 {
			w.add(w.store, fmt.Sprintf("acct-%d", i), 1+i%3)
		}
		got := make([]map[string]string, n)
		errs := make([]error, n)
		var all sync.WaitGroup
		for i := range n {
			cmd, reports := w.errand(fmt.Sprintf("process-%d", i)).start(t)
			got[i] = map[string]string{}
			all.Go(func() {
				for reports.Scan() {
					var r report
					if err := json.Unmarshal(reports.Bytes(), &r); err != nil || r.Error != "" {
						errs[i] = errors.Join(errs[i], err, fmt.Errorf("%s: %s", r.Account, r.Error))
					}
					if r.Invoice != "" {
						got[i][r.Account] = r.Invoice
					}
				}
				errs[i] = errors.Join(errs[i], cmd.Wait())
			})
		}
		all.Wait()
		require.NoError(t, errors.Join(errs...))
		w.afterwards()
		want := w.billed()
		require.Len(t, want, 6)
		for i := range got {
			require.Equal(t, want, got[i], "what process %d was told", i)
		}
		w.ledgerHas(want)
	})
}

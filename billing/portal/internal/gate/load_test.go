package gate_test

import (
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/billing/portal/internal/gate"
)

// count is what became of requests.
type count struct {
	served        int
	refused       int
	waited        time.Duration // the longest, of those who were served
	refusedWaited time.Duration // the longest, of those who were not
}

// tally counts what becomes of requests.
type tally struct {
	mu sync.Mutex
	count
}

func (c *tally) sum() count {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.count
}

// request works for so long, if it may.
func (c *tally) request(t *testing.T, o *gate.Overload, key string, work time.Duration) {
	begun := time.Now()
	leave, ok, _ := o.Enter(t.Context(), key)
	defer leave()
	waited := time.Since(begun)
	if ok {
		time.Sleep(work)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if ok {
		c.served++
		c.waited = max(c.waited, waited)
		return
	}
	c.refused++
	c.refusedWaited = max(c.refusedWaited, waited)
}

// TestTenTimesTheCapacityIsServedAtCapacity (T28): a minute of simulated time in which requests come ten times as fast
// as they can be served.
func TestTenTimesTheCapacityIsServedAtCapacity(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const (
			places   = 16
			work     = 20 * time.Millisecond
			capacity = places * int(time.Second/work) // a second
			seconds  = 60
		)
		o := gate.NewOverload(places)
		c := &tally{}
		for i := range 10 * capacity * seconds {
			go c.request(t, o, fmt.Sprint("user", i%50), work)
			time.Sleep(time.Second / time.Duration(10*capacity))
			if i%1000 == 0 {
				inFlight, waiting, _ := o.Load()
				require.LessOrEqual(t, inFlight, places)
				require.LessOrEqual(t, waiting, places/4)
			}
		}
		synctest.Wait()
		got := c.sum()
		require.GreaterOrEqual(t, got.served, capacity*seconds*9/10)
		require.LessOrEqual(t, got.waited, work, "who is served has not waited long")
		require.Zero(t, got.refusedWaited, "who is refused is refused at once")

		time.Sleep(work + 2*time.Millisecond) // the load has ended
		synctest.Wait()
		begun := time.Now()
		c.request(t, o, "later", work)
		require.Equal(t, work, time.Since(begun), "the next one does not wait")
		idle(t, o)
	})
}

// TestANoisyUserLeavesTheOthersAlone (T28): others do not even wait while one sends a hundred times what all may.
func TestANoisyUserLeavesTheOthersAlone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const work = 20 * time.Millisecond
		o := gate.NewOverload(16)
		c := &tally{}
		quiet := &tally{}
		for i := range 100_000 {
			go c.request(t, o, "noisy", work)
			if i%500 == 0 { // four of them at a time
				go quiet.request(t, o, "quiet", work)
			}
			time.Sleep(10 * time.Microsecond)
		}
		time.Sleep(work)
		synctest.Wait()
		require.Equal(t, count{served: 200}, quiet.sum(), "nobody has waited")
		require.Greater(t, c.sum().refused, 90_000)
		idle(t, o)
	})
}

package simulate

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// blow is a fault at the n-th I/O of a world.
type blow struct {
	at int
	Fault
}

// story closes one invoice of three lines under some blows. It gives the kinds of the I/Os that could meet one.
func story(pausing time.Duration, blows ...blow) (Report, []place) {
	var seen []place
	return Run(1, Options{Calm: true, pausing: pausing, places: &seen, choose: func(n int, _ place) Fault {
		for _, b := range blows {
			if b.at == n {
				return b.Fault
			}
		}
		return None
	}}), seen
}

// each gives every fault at every I/O from the first on.
func each(seen []place, from int) []blow {
	var out []blow
	for n := from; n < len(seen); n++ {
		for _, f := range slices.Compact(slices.Sorted(slices.Values(fits[seen[n]]))) {
			out = append(out, blow{n, f})
		}
	}
	return out
}

// TestEverySingleFault meets one invoice of three lines with every kind of fault at every I/O, with pauses that outlast a
// lease, and such that outlast Stripe's memory of keys.
func TestEverySingleFault(t *testing.T) {
	t.Parallel()
	calm, seen := story(0)
	require.Empty(t, calm.Problems)
	require.Equal(t, 1, calm.Invoices)
	total := 0
	for _, pausing := range []time.Duration{3 * time.Minute, 27 * time.Hour} {
		for i, b := range each(seen, 0) {
			if testing.Short() && i%11 != 0 {
				continue
			}
			r, _ := story(pausing, b)
			require.Equal(t, 1, r.Faults[b.Fault], "%v has not been met", b)
			require.Empty(t, r.Problems, "%s at I/O %d, pauses of %s", b.Fault, b.at, pausing)
			total++
		}
	}
	t.Logf("%d I/Os, %d single faults", len(seen), total)
}

// pairShare is how many pairs there are for each that is tried.
func pairShare() int {
	switch {
	case os.Getenv("BILLHATCH_EVERY_PAIR") == "1":
		return 1
	case long():
		return 8
	case testing.Short():
		return 1057
	}
	return 151
}

// TestEveryPairOfFaults meets the same invoice with every two faults, each at every I/O, the second one also in what makes
// up for the first. BILLHATCH_EVERY_PAIR=1 tries them all, BILLHATCH_LONG=1 an eighth; else it is a smaller share.
func TestEveryPairOfFaults(t *testing.T) {
	if !long() {
		t.Parallel()
	}
	_, seen := story(0)
	work := make(chan [2]blow)
	var all sync.WaitGroup
	var mu sync.Mutex
	var bad []string
	total := 0
	for range runtime.GOMAXPROCS(0) {
		all.Go(func() {
			for pair := range work {
				r, _ := story(0, pair[0], pair[1])
				mu.Lock()
				total++
				if len(r.Problems) > 0 {
					bad = append(bad, fmt.Sprintf("%s at %d and %s at %d: %q", pair[0].Fault, pair[0].at, pair[1].Fault, pair[1].at, r.Problems))
				}
				mu.Unlock()
			}
		})
	}
	n, share := 0, pairShare()
	for _, first := range each(seen, 0) {
		_, after := story(0, first)
		for _, second := range each(after, first.at+1) {
			if n++; n%share == 0 {
				work <- [2]blow{first, second}
			}
		}
	}
	close(work)
	all.Wait()
	t.Logf("%d of %d pairs", total, n)
	require.Empty(t, bad)
}

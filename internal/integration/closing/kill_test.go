package closing_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestKilledProcesses closes month after month with processes that are killed: at a request to Stripe or some time after
// it, also while they go on with what others have left behind. When one comes to its end, every account is billed once.
//
// BILLHATCH_KILLS is how many processes are killed on each database.
func TestKilledProcesses(t *testing.T) {
	if testing.Short() {
		t.Skip("not under the race detector")
	}
	t.Parallel()
	each(t, func(t *testing.T, e engine) {
		budget := number(t, "BILLHATCH_KILLS", killBudget(e))
		if budget == 0 {
			t.Skip("BILLHATCH_INTEGRATION=1 or BILLHATCH_KILLS has it run on PostgreSQL, too")
		}
		random, where, kills, most := seeded(t), map[string]int{}, 0, 0
		for round := 1; kills < budget; round++ {
			t.Run(fmt.Sprintf("world %d", round), func(t *testing.T) {
				h := &hunt{world: opened(t, e), random: random, where: where}
				for i := range 3 {
					h.add(h.store, fmt.Sprintf("acct-%d", i), 1+i)
				}
				for month := 0; month < months && kills < budget; month++ {
					n := h.closeMonth()
					kills, most = kills+n, max(most, n)
					year, month, _ := h.month.Next().From().Date()
					h.begin(year, month)
				}
			})
			if t.Failed() {
				return
			}
		}
		t.Logf("%d processes killed, up to %d in one month", kills, most)
		for _, place := range slices.Sorted(maps.Keys(where)) {
			t.Logf("%5d %s", where[place], place)
		}
		if kills >= 100 {
			requireEverywhere(t, where)
		}
	})
}

// months is how many are closed in one world: for so many there are guests, beginning with October 2026.
const months = 24

// killBudget is how many processes are killed without a setting.
func killBudget(e engine) int {
	switch {
	case full():
		return 100
	case e.name == "sqlite":
		return 6
	}
	return 0
}

// TestAClosingThatForgetsIsFound: what the test above would say of one that makes new keys and writes down in the end.
func TestAClosingThatForgetsIsFound(t *testing.T) {
	if testing.Short() {
		t.Skip("not under the race detector")
	}
	t.Parallel()
	const enough = 60
	h := &hunt{world: opened(t, sqliteEngine()), random: seeded(t), where: map[string]int{}, naive: true}
	h.add(h.store, "acct-0", 3)
	for kills := 0; kills < enough; {
		n := h.untilOneLives()
		kills += n
		if _, err := h.check(); errors.Is(err, errTwice) {
			t.Logf("after %d kills: %v", kills, err)
			return
		}
		year, month, _ := h.month.Next().From().Date()
		h.begin(year, month)
	}
	t.Fatalf("%d kills, and nobody was billed twice", enough)
}

// hunt is a world whose processes are killed.
type hunt struct {
	*world
	random *rand.Rand
	where  map[string]int // kills by place
	closed int            // months
	naive  bool           // see the type
	late   sync.WaitGroup // requests of the dead that are still on their way
}

// closeMonth closes the month, reconciles it, and wants it to be right. It gives the number of processes that were killed.
func (h *hunt) closeMonth() int {
	h.Helper()
	killed := h.untilOneLives()
	h.afterwards()
	require.Len(h, h.billed(), len(h.accounts()))
	return killed
}

// untilOneLives has processes close the month, one after the other, until one of them lives to its end. It gives the
// number of those that were killed.
func (h *hunt) untilOneLives() int {
	h.Helper()
	h.closed++
	killed := 0
	for h.process(killed == 0) {
		killed++
	}
	h.late.Wait()
	h.setFront(nil)
	return killed
}

const (
	// latest is how long a request of a dead process can be under way.
	latest = 150 * time.Millisecond
	// leaseOfTheKilled is how long the next process waits for what a dead one held.
	leaseOfTheKilled = 300 * time.Millisecond
	// requestsOfAMonth is about how many requests three accounts with six lines take.
	requestsOfAMonth = 3*7 + 6
)

// process starts a process for the month, and kills it. It tells whether that has happened: if not, the process has come
// to its end before, and that must be a good one. The first one of a month is killed at a kind of request whose turn it is,
// so that each has its turn.
func (h *hunt) process(first bool) bool {
	h.Helper()
	e := h.errand(fmt.Sprintf("process-%d", h.random.Uint32()))
	e.Lease, e.Naive = leaseOfTheKilled, h.naive
	k := &striker{
		next: h.fake, signal: os.Kill, after: time.Duration(h.random.Int64N(int64(longest))), lateBy: time.Duration(h.random.Int64N(int64(latest))),
		later: &h.late, at: 1 + h.random.IntN(1+h.random.IntN(requestsOfAMonth)), // rather sooner than later
		manner: []string{onArrival, beforeLate, beforeAnswer, afterAnswer, afterAnswer}[h.random.IntN(5)],
	}
	switch kinds := requestsOfAnInvoice(); {
	case first: // every account takes one of each kind
		k.kind, k.at = kinds[h.closed%len(kinds)], 1+h.random.IntN(len(h.accounts()))
	case h.random.IntN(8) == 0:
		k.at, k.manner = 0, beforeRequests
	}
	h.setFront(k)
	cmd, reports := e.start(h)
	k.aim(cmd.Process)
	for reports.Scan() {
		var r report
		if json.Unmarshal(reports.Bytes(), &r) != nil {
			continue // it was killed while it wrote
		}
		require.Empty(h, r.Error, r.Account)
		if r.Begins && k.manner == beforeRequests {
			k.soon(beforeRequests)
		}
	}
	err := cmd.Wait()
	if cmd.ProcessState.Exited() {
		require.NoError(h, err)
		return false
	}
	place := k.struck()
	require.NotEmpty(h, place, "somebody else has killed it")
	h.where[place]++
	return true
}

// requireEverywhere wants processes to have been killed at every kind of request, or too little was shown.
func requireEverywhere(t *testing.T, where map[string]int) {
	t.Helper()
	require.NotZero(t, where[beforeRequests])
	places := slices.Collect(maps.Keys(where))
	for _, kind := range requestsOfAnInvoice() {
		struck := slices.ContainsFunc(places, func(place string) bool { return strings.HasPrefix(place, kind+",") })
		require.True(t, struck, "no process was killed at %s", kind)
	}
}

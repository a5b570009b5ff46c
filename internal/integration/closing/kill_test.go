package closing_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
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
	t.Parallel()
	each(t, func(t *testing.T, e engine) {
		budget := number(t, "BILLHATCH_KILLS", killBudget(e))
		if budget == 0 {
			t.Skip("BILLHATCH_INTEGRATION=1 or BILLHATCH_KILLS has it run on PostgreSQL, too")
		}
		h := &hunt{world: opened(t, e), random: seeded(t), where: map[string]int{}}
		for i := range 3 {
			h.add(h.store, fmt.Sprintf("acct-%d", i), 1+i)
		}
		kills, most := 0, 0
		for kills < budget {
			n := h.closeMonth()
			kills, most = kills+n, max(most, n)
			year, month, _ := h.month.Next().From().Date()
			h.begin(year, month)
		}
		t.Logf("%d processes killed, up to %d in one month", kills, most)
		for _, place := range slices.Sorted(maps.Keys(h.where)) {
			t.Logf("%5d %s", h.where[place], place)
		}
		if kills >= 100 {
			require.NotZero(t, h.where[beforeRequests])
			for _, place := range requestsOfAnInvoice() {
				require.True(t, h.struck(place), "none was killed at %s: this run has not shown enough", place)
			}
		}
	})
}

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

// hunt is a world whose processes are killed.
type hunt struct {
	*world
	random *rand.Rand
	where  map[string]int // kills by place
	late   sync.WaitGroup // requests of the dead that are still on their way
}

// closeMonth has processes close the month, one after the other, until one of them lives to its end. It gives the number
// of those that were killed.
func (h *hunt) closeMonth() int {
	h.Helper()
	killed := 0
	for h.process() {
		killed++
	}
	h.late.Wait()
	h.setFront(nil)
	h.afterwards()
	require.Len(h, h.billed(), len(h.accounts()))
	return killed
}

// When a process is killed.
const (
	beforeRequests = "before the first request"
	onArrival      = "as it arrives" // and it is executed all the same
	beforeLate     = "as it arrives, late"
	beforeAnswer   = "before its answer"
	afterAnswer    = "after its answer"
)

const (
	// longest is how long after an answer, or after the beginning, a process is killed at most.
	longest = 8 * time.Millisecond
	// latest is how long a request of a dead process can be under way.
	latest = 150 * time.Millisecond
	// leaseOfTheKilled is how long the next process waits for what a dead one held.
	leaseOfTheKilled = 300 * time.Millisecond
	// requestsOfAMonth is about how many requests three accounts with six lines take.
	requestsOfAMonth = 3*7 + 6
)

// process starts a process for the month, and kills it. It tells whether that has happened: if not, the process has come
// to its end before, and that must be a good one.
func (h *hunt) process() bool {
	h.Helper()
	e := h.errand(fmt.Sprintf("process-%d", h.random.Uint32()))
	e.Lease = leaseOfTheKilled
	k := &killer{
		next: h.fake, after: time.Duration(h.random.Int64N(int64(longest))), lateBy: time.Duration(h.random.Int64N(int64(latest))),
		late: &h.late, at: 1 + h.random.IntN(requestsOfAMonth),
		manner: []string{onArrival, beforeLate, beforeAnswer, afterAnswer, afterAnswer}[h.random.IntN(5)],
	}
	if h.random.IntN(8) == 0 {
		k.at, k.manner = 0, beforeRequests
	}
	h.setFront(k)
	cmd, reports := e.start(h)
	k.mu.Lock()
	k.process = cmd.Process
	k.mu.Unlock()
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
	k.mu.Lock()
	defer k.mu.Unlock()
	require.NotEmpty(h, k.where, "somebody else has killed it")
	h.where[k.where]++
	return true
}

// killer stands before Stripe and kills the process whose requests come by.
type killer struct {
	next   http.Handler
	at     int // the number of the request; 0: none
	manner string
	after  time.Duration // for afterAnswer and beforeRequests
	lateBy time.Duration // for beforeLate
	late   *sync.WaitGroup

	mu      sync.Mutex
	process *os.Process
	seen    int
	where   string // that it was killed
}

// kill is kill -9.
func (k *killer) kill(where string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.process.Kill() == nil {
		k.where = where
	}
}

// soon kills some time after.
func (k *killer) soon(where string) {
	k.late.Go(func() {
		time.Sleep(k.after)
		k.kill(where)
	})
}

// chosen tells whether a request is the one.
func (k *killer) chosen() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.seen++
	return k.seen == k.at
}

func (k *killer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !k.chosen() {
		k.next.ServeHTTP(w, r)
		return
	}
	where := r.Method + " " + objects.ReplaceAllString(r.URL.Path, "{id}") + ", " + k.manner
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the client has gone
	}
	r = r.Clone(context.WithoutCancel(r.Context()))
	r.Body = io.NopCloser(bytes.NewReader(body))
	answer := httptest.NewRecorder()
	switch k.manner {
	case onArrival:
		k.kill(where)
		k.next.ServeHTTP(answer, r)
	case beforeLate:
		k.kill(where)
		k.late.Go(func() {
			time.Sleep(k.lateBy)
			k.next.ServeHTTP(answer, r)
		})
	case beforeAnswer:
		k.next.ServeHTTP(answer, r)
		k.kill(where)
	case afterAnswer:
		k.next.ServeHTTP(answer, r)
		maps.Copy(w.Header(), answer.Header())
		w.WriteHeader(answer.Code)
		_, _ = w.Write(answer.Body.Bytes())
		k.soon(where)
	}
}

// objects are ids in paths.
var objects = regexp.MustCompile(`(in|cus|ii)_[A-Za-z0-9]+`)

// requestsOfAnInvoice are those that an invoice takes that is sent.
func requestsOfAnInvoice() []string {
	return []string{
		"GET /v1/invoices", "POST /v1/invoices", "POST /v1/invoiceitems", "GET /v1/invoices/{id}",
		"POST /v1/invoices/{id}/finalize", "POST /v1/invoices/{id}/send",
	}
}

// struck tells whether a process was killed at a kind of request.
func (h *hunt) struck(request string) bool {
	for place := range h.where {
		if strings.HasPrefix(place, request+",") {
			return true
		}
	}
	return false
}

package closing_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os/exec"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestPausedProcesses: a process is stopped at a request to Stripe or some time after it, for longer than its leases
// last. Another one takes its work over. Then the first one wakes up, and both are told the same. One that sleeps in the
// middle of a transaction keeps everybody waiting, as it does in production.
//
// BILLHATCH_PAUSES is how many processes are stopped on each database.
func TestPausedProcesses(t *testing.T) {
	if testing.Short() {
		t.Skip("not under the race detector")
	}
	t.Parallel()
	each(t, func(t *testing.T, e engine) {
		budget := 3
		if full() {
			budget = 12
		}
		budget = min(number(t, "BILLHATCH_PAUSES", budget), months-1)
		random := seeded(t)
		w := opened(t, e)
		for i := range 3 {
			w.add(w.store, fmt.Sprintf("acct-%d", i), 1+i)
		}
		paused := 0
		for month := range months {
			place := w.pausedMonth(random, month)
			w.afterwards()
			require.Len(t, w.billed(), 3)
			if place != "" {
				t.Log(place)
				paused++
			}
			if paused >= budget {
				return
			}
			year, month, _ := w.month.Next().From().Date()
			w.begin(year, month)
		}
		t.Fatalf("only %d processes were stopped", paused)
	})
}

// pause is how long a process is stopped at most.
const pause = 4 * leaseOfTheKilled

// pausedMonth gives where a process was stopped; empty: it was done before.
func (w *world) pausedMonth(random *rand.Rand, month int) string {
	w.Helper()
	var later sync.WaitGroup
	kinds := requestsOfAnInvoice()
	k := &striker{
		next: w.fake, signal: syscall.SIGSTOP, kind: kinds[month%len(kinds)], at: 1 + random.IntN(3), later: &later,
		manner: []string{onArrival, beforeAnswer, afterAnswer}[random.IntN(3)], after: time.Duration(random.Int64N(int64(longest))),
	}
	w.setFront(k)
	defer w.setFront(nil)
	first := w.errand("sleeper")
	first.Lease = leaseOfTheKilled
	cmd, reports := first.start(w)
	k.aim(cmd.Process)
	ended := make(chan error, 1)
	invoices := map[string]string{}
	go func() { ended <- ending(cmd, reports, invoices) }()
	w.until(ended, func() bool { return k.struck() != "" })

	if k.struck() != "" {
		wake := time.AfterFunc(pause, func() { _ = cmd.Process.Signal(syscall.SIGCONT) })
		defer wake.Stop()
	}
	second := w.errand("awake")
	second.Lease = leaseOfTheKilled
	others := map[string]string{}
	awake, itsReports := second.start(w)
	require.NoError(w, ending(awake, itsReports, others))
	later.Wait()
	_ = cmd.Process.Signal(syscall.SIGCONT) // it may have ended
	require.NoError(w, <-ended)
	require.Equal(w, others, invoices, "what the two were told")
	require.Len(w, others, 3)
	return k.struck()
}

// until waits until a process has ended, which stays in the channel, or something is true.
func (w *world) until(ended chan error, is func() bool) {
	for !is() {
		select {
		case err := <-ended:
			ended <- err
			return
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// ending reads what a process reports until its end.
func ending(cmd *exec.Cmd, reports *bufio.Scanner, invoices map[string]string) error {
	for reports.Scan() {
		var r report
		if err := json.Unmarshal(reports.Bytes(), &r); err != nil {
			return err
		}
		if r.Error != "" {
			return fmt.Errorf("%s: %s", r.Account, r.Error)
		}
		if r.Account != "" {
			invoices[r.Account] = r.Invoice
		}
	}
	return cmd.Wait()
}

package webhook_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/billing/webhook"
	"github.com/billhatch/billhatch/invoice"
	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/provider/memory"
)

// errKilled is what a store of the host says after the process has died.
var errKilled = errors.New("killed")

// blow is how one call goes wrong: the n-th of all calls to provider, inbox and the host's store.
type blow struct {
	n    int
	late bool // the call does its work, and the answer is lost
	kill bool // the process dies there: nothing works any more until it is started again
}

// struck runs a life through with one blow, as its senders and its worker would: what is not acknowledged is sent again,
// what waits is tried again. It tells whether the blow was struck at all.
func struck(t *testing.T, b blow, ending invoice.Status) bool {
	t.Helper()
	l := begin(t, ending)
	calls, hit, dead, quiet := 0, false, false, false
	ctx, die := context.WithCancel(t.Context())
	defer die()
	strike := func() bool {
		if quiet {
			return false
		}
		calls++
		if calls != b.n || hit {
			return false
		}
		hit = true
		if b.kill {
			dead = true
			die()
		}
		return true
	}
	l.world.Hook(func(c memory.Call) {
		if strike() {
			l.world.Inject(c.Op, memory.Fault{Err: provider.ErrUnavailable, Late: b.late})
		} else if dead {
			l.world.Inject(c.Op, memory.Fault{Err: provider.ErrUnavailable})
		}
	})
	l.states.before = func(op string) error {
		if dead {
			return errKilled
		}
		if !strike() {
			return nil
		}
		if b.late && op == "PutState" {
			l.states.after = func(string) error {
				l.states.after = func(string) error { return nil }
				return errKilled
			}
			return nil
		}
		return errKilled
	}
	rise := func() {
		if dead {
			dead = false
			l.world.Heal()
			l.start()
			ctx = t.Context()
		}
	}
	for i := range steps { // no later event makes up for one that got lost
		quiet = true
		l.reach(i + 1)
		quiet = false
		for range 3 {
			code := l.deliver(l.events[i])
			rise()
			if code == http.StatusNoContent {
				break
			}
		}
		_, _ = l.worker.Drain(ctx)
		rise()
	}
	drained, err := l.worker.Drain(ctx)
	rise()
	if err != nil || drained.Failed > 0 {
		drained, err = l.worker.Drain(ctx)
	}
	require.NoError(t, err)
	require.Zero(t, drained.Failed)
	l.world.Hook(nil)
	require.Empty(t, l.inbox(), "%+v", b)
	for _, hook := range l.events { // all of them have been stored
		fresh, err := l.world.Records().Receive(t.Context(), hook.Event, hook.Payload)
		require.NoError(t, err)
		require.False(t, fresh, "%+v: %s was lost", b, hook.Event.Type)
	}
	require.Equal(t, ending.String(), l.states.status(l.id), "%+v", b)
	require.True(t, l.kept().Credited.Equal(usd("30.00")))
	return hit
}

// Every call fails once, before it has done its work or after it, or is the last one of the process: nothing is lost, and
// the end is the same. Among them are the places between storing and answering, and between applying and marking.
func TestABlowAnywhereLosesNothing(t *testing.T) {
	t.Parallel()
	for name, b := range map[string]blow{
		"before the work": {}, "after the work": {late: true}, "killed before the work": {kill: true},
		"killed after the work": {kill: true, late: true},
	} {
		for _, ending := range []invoice.Status{invoice.Paid, invoice.Void} {
			t.Run(fmt.Sprintf("%s, %s", name, ending), func(t *testing.T) {
				t.Parallel()
				n := 1
				for struck(t, blow{n, b.late, b.kill}, ending) {
					n++
				}
				require.Greater(t, n, 40, "so many calls there are")
			})
		}
	}
}

// The same for a sweep: wherever it is struck, the next one from where it says ends in what is true.
func TestABlowInASweepLosesNothing(t *testing.T) {
	t.Parallel()
	for _, late := range []bool{false, true} {
		for n := 1; ; n++ {
			h := open(t)
			var ids []string
			for _, account := range []string{"acme", "globex"} {
				ids = append(ids, h.invoice(account, 9).ID, h.invoice(account, 10).ID)
			}
			calls, hit := 0, false
			h.world.Hook(func(c memory.Call) {
				if calls++; calls == n {
					hit = true
					h.world.Inject(c.Op, memory.Fault{Err: provider.ErrTimeout, Late: late})
				}
			})
			h.states.before = func(string) error {
				if calls++; calls == n {
					hit = true
					return provider.ErrTimeout
				}
				return nil
			}
			h.workerConfig.Parallel = 1
			h.start()
			first := h.sweep(webhook.SweepQuery{})
			h.world.Hook(nil)
			h.states.before = func(string) error { return nil }
			second := h.sweep(webhook.SweepQuery{})
			require.Zero(t, second.Failed)
			for _, id := range ids {
				require.Equal(t, "open", h.states.status(id))
			}
			require.Equal(t, len(ids), first.Repaired+second.Repaired)
			if !hit {
				require.Greater(t, n, 10)
				break
			}
			require.Equal(t, 1, first.Failed)
		}
	}
}

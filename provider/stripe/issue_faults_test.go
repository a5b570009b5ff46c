package stripe

import (
	"context"
	"fmt"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/internal/stripefake"
	"github.com/billhatch/billhatch/provider"
)

// trouble is one thing that goes wrong with a request. Those of a kill end the process too.
type trouble struct {
	name  string
	kills bool
	fault func(kill func()) stripefake.Fault
}

func plain(name string, fault stripefake.Fault) trouble {
	return trouble{name: name, fault: func(func()) stripefake.Fault { return fault }}
}

// troubles is everything that may go wrong with a request on its way, at Stripe and on the way back.
func troubles() []trouble {
	return []trouble{
		plain("reset before it arrives", stripefake.Reset()),
		plain("503 of a proxy before it arrives", stripefake.Unavailable()),
		plain("502 of a proxy before it arrives", stripefake.BadGateway()),
		plain("429 for the account", stripefake.RateLimited("global-rate")),
		plain("429 for the endpoint", stripefake.RateLimited("endpoint-rate")),
		plain("409 for a key in use", stripefake.InUse()),
		plain("429 for a lock, stored", stripefake.LockTimeout()),
		plain("500 without an effect, stored", stripefake.ServerError()),
		plain("500 with the effect, stored", stripefake.ServerErrorAfterCommit()),
		plain("an answer that is lost", stripefake.Lost()),
		plain("502 of a proxy in place of the answer", stripefake.BadGatewayAfterCommit()),
		plain("an answer that is cut", stripefake.Truncated()),
		plain("an arrival ten minutes late", stripefake.Late(10*time.Minute)),
		{name: "killed before it arrives", kills: true, fault: func(kill func()) stripefake.Fault {
			return stripefake.Fault{Stage: stripefake.Arrival, Edit: func(a *stripefake.Answer) {
				kill()
				stripefake.Unavailable().Edit(a)
			}}
		}},
		{name: "killed when it has happened", kills: true, fault: func(kill func()) stripefake.Fault {
			return stripefake.Edited(func(*stripefake.Answer) { kill() })
		}},
	}
}

// blow is a trouble at the n-th request, from 0.
type blow struct {
	at int
	trouble
}

// story is one issue of three lines, sent, that meets blows; after each attempt that fails there is some time, and then
// another process asks again. It gives how many requests there were.
func story(t *testing.T, between time.Duration, blows ...blow) (requests, drafts int) {
	t.Helper()
	return storyWith(t, nil, between, blows...)
}

// storyWith is a story whose attempts have the hooks of a ledger; nil: none.
func storyWith(t *testing.T, l *ledger, between time.Duration, blows ...blow) (requests, drafts int) {
	t.Helper()
	s := openShop(t)
	r := s.request(3)
	r.Send = true
	var kill atomic.Pointer[context.CancelFunc]
	script := make([]stripefake.Fault, 0, 16)
	for _, b := range blows {
		for len(script) < b.at {
			script = append(script, stripefake.Fault{})
		}
		script = append(script, b.fault(func() { (*kill.Load())() }))
	}
	s.fake.FailNext(stripefake.Any, script...)
	for attempt := 1; ; attempt++ {
		ctx, cancel := context.WithCancel(t.Context())
		kill.Store(&cancel)
		inv, err := s.process().Issue(ctx, l.hooked(r))
		cancel()
		if err == nil {
			require.NotEmpty(t, inv.ID)
			l.holds(t, inv.ID)
			break
		}
		require.Contains(t, goOn(), provider.Kind(err), "%v", err)
		require.Less(t, attempt, 8)
		s.fake.Advance(between)
	}
	require.Zero(t, s.fake.Unused(), "blows that never fell")
	requests = len(s.fake.Requests())
	s.fake.Advance(15 * time.Minute) // for what arrives late
	x, drafts := s.billed(r)
	require.Equal(t, 1, x.Sent, "mails")
	require.Equal(t, stripefake.Open, x.Status)
	return requests, drafts
}

// goOn are the kinds of errors after which the same request is asked for again.
func goOn() []error {
	return []error{provider.ErrUnknown, provider.ErrUnavailable, provider.ErrRateLimited, provider.ErrTimeout}
}

// pauses are how long it takes until another process goes on: at once, when what is late has arrived, and when Stripe has
// forgotten the keys.
func pauses() []time.Duration { return []time.Duration{0, 11 * time.Minute, 27 * time.Hour} }

// TestEverySingleFaultAtEveryRequest: whatever goes wrong with one request of an issue, there is one invoice in the end,
// that of the plan, and it is mailed once.
func TestEverySingleFaultAtEveryRequest(t *testing.T) {
	t.Parallel()
	whole, _ := story(t, 0)
	require.Equal(t, 9, whole)
	for _, between := range pauses() {
		for at := range whole {
			for i, tr := range troubles() {
				if testing.Short() && (i+at)%5 != 0 { // as under the race detector
					continue
				}
				t.Run(fmt.Sprintf("%s at request %d, %s between", tr.name, at, between), func(t *testing.T) {
					_, drafts := story(t, between, blow{at, tr})
					require.Zero(t, drafts, "orphan drafts")
				})
			}
		}
	}
}

// stride is how many pairs of faults are passed over for each that is tried; with BILLHATCH_EVERY_PAIR=1 none is.
const stride = 61

func pairStride() int {
	if os.Getenv("BILLHATCH_EVERY_PAIR") == "1" {
		return 1
	}
	if testing.Short() {
		return 7 * stride
	}
	return stride
}

// TestEveryPairOfFaultsAtEveryRequest is the same for two.
func TestEveryPairOfFaultsAtEveryRequest(t *testing.T) {
	t.Parallel()
	whole, _ := story(t, 0)
	for _, between := range pauses() {
		t.Run(between.String()+" between", func(t *testing.T) {
			t.Parallel()
			seen, tried := 0, 0
			for at := range whole {
				for _, one := range troubles() {
					reached, _ := story(t, between, blow{at, one})
					for then := at + 1; then < reached; then++ {
						for _, other := range troubles() {
							if seen++; seen%pairStride() != 0 {
								continue
							}
							tried++
							t.Run(fmt.Sprintf("%s at request %d and %s at %d", one.name, at, other.name, then), func(t *testing.T) {
								_, drafts := story(t, between, blow{at, one}, blow{then, other})
								require.Zero(t, drafts, "orphan drafts")
							})
						}
					}
				}
			}
			t.Logf("%d of %d pairs", tried, seen)
			require.NotZero(t, tried)
		})
	}
}

package webhook_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/billing/webhook"
	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/provider/memory"
)

func TestAPassEndsWithTheInboxOrTheContext(t *testing.T) {
	t.Parallel()
	h, rec := recording(t)
	for i := range provider.MaxPage + 1 {
		inv := h.invoice("acme", 10)
		h.receive(changed(fmt.Sprint("evt_", i), &inv))
	}
	h.world.Inject("Pending", memory.Fault{}, memory.Fault{Err: provider.ErrUnavailable})
	got, err := h.worker.Drain(t.Context())
	require.ErrorIs(t, err, provider.ErrUnavailable)
	require.Equal(t, webhook.Drained{Events: provider.MaxPage, Applied: provider.MaxPage}, got)

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = h.worker.Drain(ctx)
	require.ErrorIs(t, err, context.Canceled)
	require.Len(t, rec.told, provider.MaxPage)
	require.Len(t, h.inbox(), 1)
}

// The passes of one worker follow each other; whoever waits can give up.
func TestPassesFollowEachOther(t *testing.T) {
	t.Parallel()
	h, rec := recording(t)
	inv := h.invoice("acme", 10)
	h.receive(changed("evt_1", &inv))
	entered, leave := make(chan struct{}), make(chan struct{})
	rec.apply = func(context.Context, string) error {
		close(entered)
		<-leave
		return nil
	}
	var first, second webhook.Drained
	var wg sync.WaitGroup
	wg.Go(func() { first, _ = h.worker.Drain(t.Context()) })
	<-entered
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := h.worker.Drain(ctx)
	require.ErrorIs(t, err, context.Canceled)
	wg.Go(func() { second, _ = h.worker.Drain(t.Context()) })
	close(leave)
	wg.Wait()
	require.Equal(t, webhook.Drained{Events: 1, Applied: 1}, first)
	require.Equal(t, webhook.Drained{}, second)
	require.Len(t, rec.told, 1)
}

// As many objects are read at a time as were asked for, and not more.
func TestObjectsAreReadInParallel(t *testing.T) {
	t.Parallel()
	for _, parallel := range []int{1, 3} {
		h, rec := recording(t, func(h *house) { h.workerConfig.Parallel = parallel })
		for i := range 7 {
			inv := h.invoice("acme", 10)
			h.receive(changed(fmt.Sprint("evt_", i), &inv))
		}
		var mu sync.Mutex
		inside, most := 0, 0
		full := make(chan struct{})
		rec.apply = func(context.Context, string) error {
			mu.Lock()
			inside++
			if most = max(most, inside); most == parallel && full != nil {
				close(full)
				full = nil
			}
			wait := full
			mu.Unlock()
			if wait != nil {
				<-wait
			}
			mu.Lock()
			inside--
			mu.Unlock()
			return nil
		}
		require.Equal(t, 7, h.drain().Applied)
		require.Equal(t, parallel, most)
	}
}

// A worker that is stopped ends what it has begun: what was applied is marked as done, and nothing else is begun.
func TestAWorkerThatIsStoppedEndsWhatItHasBegun(t *testing.T) {
	t.Parallel()
	h, rec := recording(t, func(h *house) { h.workerConfig.Parallel = 1 })
	for i := range 3 {
		inv := h.invoice("acme", 10)
		h.receive(changed(fmt.Sprint("evt_", i), &inv))
	}
	ctx, cancel := context.WithCancel(t.Context())
	rec.apply = func(context.Context, string) error {
		cancel()
		return nil
	}
	require.ErrorIs(t, h.worker.Run(ctx, time.Hour), context.Canceled)
	require.Equal(t, []string{"evt_1", "evt_2"}, h.inbox())
	require.NotContains(t, h.log.String(), "stays", "what was stopped has not failed")

	// An Applier that gives up with the context leaves the event, which has not failed either.
	ctx, cancel = context.WithCancel(t.Context())
	rec.apply = func(ctx context.Context, _ string) error {
		cancel()
		return ctx.Err()
	}
	got, err := h.worker.Drain(ctx)
	require.ErrorIs(t, err, context.Canceled)
	require.Equal(t, webhook.Drained{Events: 2}, got)
	require.Equal(t, []string{"evt_1", "evt_2"}, h.inbox())
}

// running is a worker that runs in a bubble with a clock of its own.
type running struct {
	mu     sync.Mutex
	passes []webhook.Drained
	stop   func()
}

func run(t *testing.T, h *house, interval time.Duration) *running {
	r := &running{}
	h.workerConfig.Clock = time.Now
	h.workerConfig.Observe = func(d webhook.Drained) {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.passes = append(r.passes, d)
	}
	h.start()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- h.worker.Run(ctx, interval) }()
	synctest.Wait()
	r.stop = func() {
		cancel()
		require.ErrorIs(t, <-done, context.Canceled)
	}
	return r
}

// so gives the passes so far.
func (r *running) so() []webhook.Drained {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.passes)
}

// after lets time pass, and the worker do what it does then.
func after(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func TestARunningWorkerWorksAtOnceAtIntervalsAndWhenItIsWoken(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h, rec := recording(t)
		inv := h.invoice("acme", 10)
		h.receive(changed("evt_1", &inv))
		r := run(t, h, time.Minute)
		require.Len(t, r.so(), 1)
		require.Equal(t, 1, rec.times(), "at once")

		h.receive(changed("evt_2", &inv))
		after(time.Minute - time.Second)
		require.Len(t, r.so(), 1)
		after(time.Second)
		require.Len(t, r.so(), 2)
		require.Equal(t, 2, rec.times(), "after the interval")

		h.receive(changed("evt_3", &inv))
		for range 5 {
			h.worker.Wake()
		}
		synctest.Wait()
		require.Equal(t, 3, rec.times(), "when it is woken")
		require.LessOrEqual(t, len(r.so()), 4, "being woken often is being woken once, or once more")
		r.stop()
		h.worker.Wake() // of nobody
	})
}

// The inbox is down for a while: a running worker goes on.
func TestARunningWorkerOutlivesItsInbox(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h, rec := recording(t)
		inv := h.invoice("acme", 10)
		h.receive(changed("evt_1", &inv))
		h.world.FailNext("Pending", provider.ErrUnavailable)
		r := run(t, h, time.Minute)
		require.Equal(t, []webhook.Drained{{}}, r.so())
		require.Contains(t, h.log.String(), "webhook: the inbox cannot be read")
		after(time.Minute)
		require.Equal(t, 1, rec.times())
		r.stop()
	})
}

// An event that fails is tried after 2, 4, 8 seconds and so on, up to an hour; others meanwhile as ever. A new event of
// the same object has all of them tried.
func TestARunningWorkerTriesFailuresLessAndLess(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h, rec := recording(t)
		inv := h.invoice("acme", 10)
		var mu sync.Mutex
		var at []time.Duration
		begin := time.Now()
		rec.does(func(context.Context, string) error {
			mu.Lock()
			defer mu.Unlock()
			at = append(at, time.Since(begin))
			return errors.New("not yet")
		})
		h.receive(changed("evt_1", &inv))
		r := run(t, h, time.Second)
		after(5 * time.Hour)
		var want []time.Duration
		sum := time.Duration(0)
		for pause := 2 * time.Second; sum <= 5*time.Hour; pause = min(2*pause, time.Hour) {
			want = append(want, sum)
			sum += pause
		}
		mu.Lock()
		require.Equal(t, want, at)
		mu.Unlock()
		require.Len(t, want, 15)
		passes := r.so()
		require.Equal(t, webhook.Drained{Events: 1, Later: 1, Stuck: 1}, passes[len(passes)-1])

		rec.does(nil)
		h.receive(changed("evt_2", &inv))
		after(time.Second)
		passes = r.so()
		require.Equal(t, webhook.Drained{Events: 2, Applied: 2}, passes[len(passes)-1])
		require.Empty(t, h.inbox())
		r.stop()
	})
}

// What another worker has done is forgotten, so that memory holds only what waits.
func TestAnEventThatAnotherWorkerHasDoneIsForgotten(t *testing.T) {
	t.Parallel()
	h, rec := recording(t)
	inv := h.invoice("acme", 10)
	rec.apply = func(context.Context, string) error { return errors.New("not here") }
	h.receive(changed("evt_1", &inv))
	h.receive(changed("evt_2", &inv))
	h.drain()
	require.Equal(t, 2, h.worker.Remembered())
	require.NoError(t, h.world.Records().Done(t.Context(), "evt_1"))
	h.drain()
	require.Equal(t, 1, h.worker.Remembered())
	rec.apply = nil
	h.drain()
	require.Zero(t, h.worker.Remembered())
}

func TestMarkingThatFailsLeavesTheEvent(t *testing.T) {
	t.Parallel()
	h := open(t)
	inv := h.invoice("acme", 10)
	h.receive(changed("evt_1", &inv))
	h.world.FailNext("Done", provider.ErrUnavailable)
	require.Equal(t, 1, h.drain().Failed)
	require.Equal(t, "open", h.states.status(inv.ID))
	require.Equal(t, webhook.Drained{Events: 1, Applied: 1}, h.drain(), "applied again, which changes nothing")
	require.Empty(t, h.inbox())
}

package gate_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/billhatch/billhatch/billing/portal/internal/gate"
)

// TestTheBoundsFollowFromThePlaces (T28).
func TestTheBoundsFollowFromThePlaces(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ places, wantPlaces, share, queue int }{
		{-1, 1, 1, 1},
		{0, 1, 1, 1},
		{1, 1, 1, 1},
		{2, 2, 1, 1},
		{4, 4, 2, 1},
		{16, 16, 8, 4},
		{64, 64, 8, 16},
		{256, 256, 32, 64},
	} {
		places, share, queue, wait := gate.NewOverload(c.places).Bounds()
		require.Equal(t, []int{c.wantPlaces, c.share, c.queue}, []int{places, share, queue}, "%d places", c.places)
		require.Equal(t, 100*time.Millisecond, wait)
	}
}

// enter takes a place for a key, which must be there.
func enter(t *testing.T, o *gate.Overload, key string) (leave func()) {
	t.Helper()
	leave, ok, retry := o.Enter(t.Context(), key)
	require.True(t, ok)
	require.Zero(t, retry)
	return leave
}

// entry is an answer of Enter.
type entry struct {
	leave func()
	ok    bool
}

// later enters in a goroutine of its own, which waits when the function returns, if it has to.
func later(ctx context.Context, o *gate.Overload, key string) <-chan entry {
	out := make(chan entry, 1)
	go func() {
		leave, ok, _ := o.Enter(ctx, key)
		out <- entry{leave, ok}
	}()
	synctest.Wait()
	return out
}

// idle fails unless nobody is at work and nobody waits.
func idle(t require.TestingT, o *gate.Overload) {
	inFlight, waiting, held := o.Load()
	require.Zero(t, inFlight)
	require.Zero(t, waiting)
	require.Empty(t, held)
}

func TestWhoFindsNoPlaceWaitsInOrderOrIsRefused(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o := gate.CustomOverload(2, 2, 3, time.Second)
		begun := time.Now()
		leave := []func(){enter(t, o, "a"), enter(t, o, "b")}
		var waiters []<-chan entry
		for i := range 3 {
			waiters = append(waiters, later(t.Context(), o, fmt.Sprint("waiter", i)))
		}
		inFlight, waiting, _ := o.Load()
		require.Equal(t, []int{2, 3}, []int{inFlight, waiting})

		_, ok, retry := o.Enter(t.Context(), "late")
		require.False(t, ok)
		require.Equal(t, time.Second, retry)
		require.Equal(t, begun, time.Now(), "nobody has waited for anything")

		for i, next := range waiters {
			leave[i]()
			synctest.Wait()
			for _, after := range waiters[i+1:] {
				require.Empty(t, after, "the next one in order, and no other")
			}
			got := <-next
			require.True(t, got.ok)
			leave = append(leave, got.leave)
		}
		leave[3]()
		leave[4]()
		idle(t, o)
	})
}

// TestFullIsWhenNobodyMayEvenWait: neither while a place is free nor while the queue has room.
func TestFullIsWhenNobodyMayEvenWait(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o := gate.CustomOverload(2, 2, 1, time.Second)
		requireFull := func(want bool) {
			t.Helper()
			full, retry := o.Full()
			require.Equal(t, want, full)
			require.Equal(t, time.Second, retry)
		}
		requireFull(false)
		leave := []func(){enter(t, o, "a"), enter(t, o, "b")}
		requireFull(false)
		waiting := later(t.Context(), o, "c")
		requireFull(true)
		leave[0]()
		synctest.Wait()
		requireFull(false)
		(<-waiting).leave()
		leave[1]()
		idle(t, o)
	})
}

func TestNobodyWaitsLongerThanTheWait(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o := gate.CustomOverload(1, 1, 1, 100*time.Millisecond)
		leave := enter(t, o, "a")
		begun := time.Now()
		_, ok, retry := o.Enter(t.Context(), "b")
		require.False(t, ok)
		require.Equal(t, time.Second, retry)
		require.Equal(t, 100*time.Millisecond, time.Since(begun))
		leave()
		idle(t, o)
		enter(t, o, "b")()
	})
}

func TestACancelledRequestTakesNoPlace(t *testing.T) {
	t.Parallel()
	t.Run("when it was cancelled before", func(t *testing.T) {
		t.Parallel()
		o := gate.NewOverload(4)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		leave, ok, _ := o.Enter(ctx, "a")
		require.False(t, ok)
		leave()
		idle(t, o)
	})
	t.Run("when it is cancelled while it waits", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			o := gate.CustomOverload(1, 1, 2, time.Hour)
			leave := enter(t, o, "a")
			ctx, cancel := context.WithTimeout(t.Context(), 3*time.Millisecond)
			defer cancel()
			begun := time.Now()
			gone := later(ctx, o, "gone")
			next := later(t.Context(), o, "next")
			<-ctx.Done()
			synctest.Wait()
			require.Equal(t, 3*time.Millisecond, time.Since(begun))
			_, waiting, held := o.Load()
			require.Equal(t, 1, waiting)
			require.Equal(t, map[string]int{"a": 1, "next": 1}, held)
			require.False(t, (<-gone).ok)
			leave()
			(<-next).leave()
			idle(t, o)
		})
	})
	t.Run("when it gets one too late", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			o := gate.CustomOverload(1, 1, 1, time.Hour)
			leave := enter(t, o, "a")
			ctx := &endsSilently{Context: t.Context()}
			late := later(ctx, o, "b")
			ctx.ended.Store(true)
			leave()
			require.False(t, (<-late).ok)
			idle(t, o)
		})
	})
	t.Run("when it is cancelled in the moment in which it gets one", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			o := gate.CustomOverload(1, 1, 1, time.Hour)
			for range 2000 {
				leave := enter(t, o, "a")
				ctx, cancel := context.WithCancel(t.Context())
				go func() {
					leave, _, _ := o.Enter(ctx, "b")
					leave()
				}()
				synctest.Wait()
				leave()
				cancel()
				synctest.Wait()
				idle(t, o)
			}
		})
	})
}

// endsSilently is a context that has ended before anybody was told.
type endsSilently struct {
	context.Context
	ended atomic.Bool
}

func (c *endsSilently) Done() <-chan struct{} { return nil }

func (c *endsSilently) Err() error {
	if c.ended.Load() {
		return context.Canceled
	}
	return nil
}

func TestAPlaceIsGivenBackOnce(t *testing.T) {
	t.Parallel()
	o := gate.CustomOverload(2, 2, 0, 0)
	first, second := enter(t, o, "a"), enter(t, o, "a")
	first()
	first()
	inFlight, _, held := o.Load()
	require.Equal(t, 1, inFlight)
	require.Equal(t, map[string]int{"a": 1}, held)
	second()
	idle(t, o)

	require.Panics(t, func() {
		defer enter(t, o, "a")()
		panic("in a handler")
	})
	idle(t, o)
}

// TestOneKeyHoldsNoMoreThanItsShare (T28): at work and waiting.
func TestOneKeyHoldsNoMoreThanItsShare(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o := gate.CustomOverload(4, 2, 4, time.Second)
		leave := []func(){enter(t, o, "noisy"), enter(t, o, "noisy")}
		_, ok, retry := o.Enter(t.Context(), "noisy")
		require.False(t, ok, "though there are places")
		require.Equal(t, time.Second, retry)
		leave = append(leave, enter(t, o, "b"), enter(t, o, "c"))

		first, second := later(t.Context(), o, "loud"), later(t.Context(), o, "loud")
		_, ok, _ = o.Enter(t.Context(), "loud")
		require.False(t, ok, "though there is room to wait")
		leave[0]()
		leave[1]()
		leave = append(leave, (<-first).leave, (<-second).leave)
		_, _, held := o.Load()
		require.Equal(t, map[string]int{"b": 1, "c": 1, "loud": 2}, held)
		for _, f := range leave {
			f()
		}
		idle(t, o)
	})
}

// request is one call of Enter in a run against the model.
type request struct {
	key    string
	cancel context.CancelFunc
	since  time.Time

	mu    sync.Mutex
	done  bool
	ok    bool
	leave func()
}

func (r *request) run(ctx context.Context, o *gate.Overload) {
	leave, ok, _ := o.Enter(ctx, r.key)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.leave, r.ok, r.done = leave, ok, true
}

// answer tells whether Enter has returned, and what.
func (r *request) answer() (done, ok bool, leave func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.done, r.ok, r.leave
}

// model says what an Overload must do: who is at work and who waits, in order.
type model struct {
	places, share, queue int
	wait                 time.Duration
	atWork, waiting      []*request
}

func (m *model) holds(key string) (n int) {
	for _, r := range slices.Concat(m.atWork, m.waiting) {
		if r.key == key {
			n++
		}
	}
	return n
}

func (m *model) enter(r *request) {
	switch {
	case m.holds(r.key) >= m.share:
	case len(m.atWork) < m.places:
		m.atWork = append(m.atWork, r)
	case len(m.waiting) < m.queue:
		m.waiting = append(m.waiting, r)
	}
}

// leave lets a request go, wherever it is.
func (m *model) leave(r *request) {
	same := func(x *request) bool { return x == r }
	m.atWork, m.waiting = slices.DeleteFunc(m.atWork, same), slices.DeleteFunc(m.waiting, same)
	for len(m.waiting) > 0 && len(m.atWork) < m.places {
		m.atWork, m.waiting = append(m.atWork, m.waiting[0]), m.waiting[1:]
	}
}

// expire lets those go who have waited too long.
func (m *model) expire(now time.Time) {
	for _, r := range slices.Clone(m.waiting) {
		if now.Sub(r.since) >= m.wait {
			m.leave(r)
		}
	}
}

// TestOverloadKeepsItsBooks (T28): over any sequence never more than so many are at work, who waits is served in order,
// every request that entered leaves once, and nobody is forgotten.
func TestOverloadKeepsItsBooks(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		// Wrapped, so that rapid does not ask for the deadline of the test, which a bubble does not have.
		rapid.Check(struct{ rapid.TB }{t}, func(rt *rapid.T) { runAgainstModel(t, rt) })
	})
}

func runAgainstModel(t *testing.T, rt *rapid.T) {
	m := &model{
		places: rapid.IntRange(1, 4).Draw(rt, "places"), share: rapid.IntRange(1, 4).Draw(rt, "share"),
		queue: rapid.IntRange(0, 4).Draw(rt, "queue"), wait: 10 * time.Millisecond,
	}
	o := gate.CustomOverload(m.places, m.share, m.queue, m.wait)
	var all []*request
	defer func() {
		for _, r := range all {
			r.cancel()
		}
		synctest.Wait()
	}()
	begin := func(rt *rapid.T) {
		ctx, cancel := context.WithCancel(t.Context())
		r := &request{key: rapid.SampledFrom([]string{"a", "b", "c"}).Draw(rt, "key"), cancel: cancel, since: time.Now()}
		all = append(all, r)
		m.enter(r)
		go r.run(ctx, o)
	}
	pick := func(rt *rapid.T, from []*request) *request {
		if len(from) == 0 {
			rt.Skip("nobody is there")
		}
		return rapid.SampledFrom(from).Draw(rt, "request")
	}
	rt.Repeat(map[string]func(*rapid.T){
		"enter": begin,
		"leave": func(rt *rapid.T) {
			r := pick(rt, m.atWork)
			m.leave(r)
			_, _, leave := r.answer()
			leave()
			leave()
		},
		"cancel": func(rt *rapid.T) {
			r := pick(rt, m.waiting)
			m.leave(r)
			r.cancel()
		},
		"pause": func(rt *rapid.T) {
			time.Sleep(time.Duration(rapid.IntRange(1, 6).Draw(rt, "ms")) * time.Millisecond)
			synctest.Wait()
			m.expire(time.Now())
		},
		"": func(rt *rapid.T) {
			synctest.Wait()
			compare(rt, m, o, all)
		},
	})
	for len(m.atWork) > 0 {
		r := m.atWork[0]
		m.leave(r)
		_, _, leave := r.answer()
		leave()
		synctest.Wait()
	}
	compare(rt, m, o, all)
	idle(rt, o)
}

func compare(rt *rapid.T, m *model, o *gate.Overload, all []*request) {
	inFlight, waiting, held := o.Load()
	require.Equal(rt, len(m.atWork), inFlight)
	require.Equal(rt, len(m.waiting), waiting)
	for _, key := range []string{"a", "b", "c"} {
		require.Equal(rt, m.holds(key), held[key])
	}
	for _, r := range all {
		done, ok, _ := r.answer()
		require.Equal(rt, !slices.Contains(m.waiting, r), done)
		if slices.Contains(m.atWork, r) {
			require.True(rt, ok)
		}
	}
}

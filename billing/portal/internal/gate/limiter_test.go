package gate_test

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/billhatch/billhatch/billing/portal/internal/gate"
)

var start = time.Date(2026, 10, 17, 12, 0, 0, 0, time.UTC)

// TestAPersonHasABurstAndThenARate (C15).
func TestAPersonHasABurstAndThenARate(t *testing.T) {
	t.Parallel()
	type step struct {
		after time.Duration // since the step before
		key   string
		ok    bool
		retry time.Duration
	}
	for _, c := range []struct {
		name             string
		perMinute, burst int
		steps            []step
	}{
		{"the burst is there at once, then one token comes at a time", 60, 2, []step{
			{0, "a", true, 0},
			{0, "a", true, 0},
			{0, "a", false, time.Second},
			{400 * time.Millisecond, "a", false, 600 * time.Millisecond},
			{600 * time.Millisecond, "a", true, 0},
			{0, "a", false, time.Second},
		}},
		{"people do not use up each other's tokens", 60, 1, []step{
			{0, "a", true, 0},
			{0, "a", false, time.Second},
			{0, "b", true, 0},
			{0, "b", false, time.Second},
		}},
		{"no more than a burst is saved up", 60, 2, []step{
			{0, "a", true, 0},
			{time.Hour, "a", true, 0},
			{0, "a", true, 0},
			{0, "a", false, time.Second},
		}},
		{"being refused costs nothing", 60, 1, []step{
			{0, "a", true, 0},
			{500 * time.Millisecond, "a", false, 500 * time.Millisecond},
			{250 * time.Millisecond, "a", false, 250 * time.Millisecond},
			{250 * time.Millisecond, "a", true, 0},
		}},
		{"numbers below one count as one", 0, -3, []step{
			{0, "a", true, 0},
			{0, "a", false, time.Minute},
			{time.Minute, "a", true, 0},
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			l := gate.NewLimiter(c.perMinute, c.burst)
			now := start
			for i, s := range c.steps {
				now = now.Add(s.after)
				ok, retry := l.Allow(s.key, now)
				require.Equal(t, s.ok, ok, "step %d", i)
				require.InDelta(t, s.retry, retry, float64(time.Microsecond), "step %d", i)
			}
		})
	}
}

// TestARefusedKeyIsAllowedWhenItWasTold (C15).
func TestARefusedKeyIsAllowedWhenItWasTold(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		l := gate.NewLimiter(rapid.IntRange(1, 100_000).Draw(t, "perMinute"), rapid.IntRange(1, 50).Draw(t, "burst"))
		now := start
		for range rapid.IntRange(1, 200).Draw(t, "requests") {
			now = now.Add(time.Duration(rapid.Int64Range(0, int64(2*time.Second)).Draw(t, "pause")))
			late := time.Duration(rapid.Int64Range(0, int64(time.Millisecond)).Draw(t, "late"))
			ok, retry := l.Allow("a", now.Add(-late))
			require.Equal(t, ok, retry == 0)
			if !ok {
				now = now.Add(-late).Add(retry)
				ok, _ = l.Allow("a", now)
				require.True(t, ok, "told to come after %v", retry)
			}
		}
	})
}

// together gives so many keys of one part of the limiter.
func together(l *gate.Limiter, name string, n int) []string {
	var keys []string
	for i := 0; len(keys) < n; i++ {
		if key := fmt.Sprint(name, i); l.Together(key, "victim") {
			keys = append(keys, key)
		}
	}
	return keys
}

// TestALimitHoldsForEverySequence (C15, T28): also when there are more keys than places, nobody gets more than a bucket
// of its own and the common one have.
func TestALimitHoldsForEverySequence(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		perMinute, burst := rapid.IntRange(1, 600).Draw(t, "perMinute"), rapid.IntRange(1, 5).Draw(t, "burst")
		places := rapid.IntRange(1, 4).Draw(t, "places")
		crowd := rapid.IntRange(1, 6).Draw(t, "crowd")
		l := gate.SmallLimiter(perMinute, burst, places)
		keys := together(l, "k", crowd)
		buckets := 1
		if crowd > places {
			buckets = 2
		}
		allowed := map[string][]time.Time{}
		now := start
		for range rapid.IntRange(1, 150).Draw(t, "requests") {
			now = now.Add(time.Duration(rapid.Int64Range(0, int64(500*time.Millisecond)).Draw(t, "pause")))
			jitter := time.Duration(rapid.Int64Range(0, int64(time.Millisecond)).Draw(t, "jitter"))
			key := rapid.SampledFrom(keys).Draw(t, "key")
			if ok, _ := l.Allow(key, now.Add(-jitter)); ok {
				allowed[key] = append(allowed[key], now)
			}
			require.LessOrEqual(t, l.Len(), places)
		}
		for _, times := range allowed {
			for i, from := range times {
				for j, to := range times[i:] {
					// A request that was told a time up to a millisecond ago counts as made then.
					most := float64(burst) + (to.Sub(from)+time.Millisecond).Minutes()*float64(perMinute)
					require.LessOrEqual(t, float64(j+1), float64(buckets)*most+1e-6)
				}
			}
		}
	})
}

// TestForgettingIsNotNoticed: as long as there is a place for everybody, a limiter that forgets full buckets answers as
// one that remembers everything.
func TestForgettingIsNotNoticed(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		const perMinute, burst, places = 60, 3, 4
		small, large := gate.SmallLimiter(perMinute, burst, places), gate.NewLimiter(perMinute, burst)
		keys := together(small, "k", 2*places)
		now := start
		for range rapid.IntRange(1, 8).Draw(t, "shifts") {
			present := rapid.Permutation(keys).Draw(t, "keys")[:places]
			for range rapid.IntRange(1, 30).Draw(t, "requests") {
				now = now.Add(time.Duration(rapid.Int64Range(0, int64(time.Second)).Draw(t, "pause")))
				key := rapid.SampledFrom(present).Draw(t, "key")
				wantOK, wantRetry := large.Allow(key, now)
				ok, retry := small.Allow(key, now)
				require.Equal(t, wantOK, ok)
				require.Equal(t, wantRetry, retry)
			}
			now = now.Add(burst * time.Second) // those who leave are full before others come
		}
	})
}

// TestStrangersCannotPushAnybodyOut (T28).
func TestStrangersCannotPushAnybodyOut(t *testing.T) {
	t.Parallel()
	const perMinute, burst, places = 60, 5, 20
	l := gate.SmallLimiter(perMinute, burst, places)
	known := together(l, "known", places)
	for i, key := range known {
		for range burst - i%2 { // half of them have one request left
			ok, _ := l.Allow(key, start)
			require.True(t, ok)
		}
	}
	got := 0
	for _, key := range together(l, "stranger", 1000) {
		if ok, _ := l.Allow(key, start); ok {
			got++
		}
	}
	require.Equal(t, burst, got, "all strangers together have what one person has")
	for i, key := range known {
		ok, _ := l.Allow(key, start)
		require.Equal(t, i%2 == 1, ok, "a known person has neither lost nor won by it")
	}
	require.Equal(t, places, l.Len())

	strangers := together(l, "later", 2*places)
	full := start.Add(burst * time.Second) // every bucket is full again and may be forgotten
	for i, key := range strangers[:places] {
		for n := range burst {
			ok, _ := l.Allow(key, full)
			require.True(t, ok, "person %d, request %d", i, n)
		}
	}
	ok, _ := l.Allow(strangers[places], full)
	require.True(t, ok, "the common bucket is full again, too")
	require.Equal(t, places, l.Len())
}

// TestABusyTableIsSearchedAgainWhenItsFirstBucketIsFull: not earlier, and not later.
func TestABusyTableIsSearchedAgainWhenItsFirstBucketIsFull(t *testing.T) {
	t.Parallel()
	l := gate.SmallLimiter(60, 4, 2)
	keys := together(l, "k", 4)
	for range 4 {
		l.Allow(keys[0], start)
	}
	for range 2 {
		l.Allow(keys[1], start) // full in two seconds
	}
	for range 4 {
		ok, _ := l.Allow(keys[2], start)
		require.True(t, ok, "from the common bucket")
	}
	ok, _ := l.Allow(keys[2], start.Add(999*time.Millisecond))
	require.False(t, ok)
	for range 4 {
		ok, _ = l.Allow(keys[2], start.Add(2*time.Second))
		require.True(t, ok, "in the place of the one that was full")
	}
	ok, _ = l.Allow(keys[0], start.Add(2*time.Second))
	require.True(t, ok)
	ok, _ = l.Allow(keys[0], start.Add(2*time.Second))
	require.True(t, ok)
	ok, _ = l.Allow(keys[0], start.Add(2*time.Second))
	require.False(t, ok, "it was not full, so it was not forgotten")
}

func TestAClockThatRunsBackwards(t *testing.T) {
	t.Parallel()
	t.Run("requests that come out of order get nothing twice", func(t *testing.T) {
		t.Parallel()
		l := gate.NewLimiter(60, 5)
		got := 0
		for i := range 1000 {
			at := start.Add(time.Duration(i%2) * 4 * time.Second)
			if ok, _ := l.Allow("a", at); ok {
				got++
			}
		}
		require.Equal(t, 1+5, got, "the burst, and what came in four seconds")
	})
	t.Run("a clock that was set back locks nobody out", func(t *testing.T) {
		t.Parallel()
		l := gate.NewLimiter(60, 1)
		ok, _ := l.Allow("a", start)
		require.True(t, ok)
		ok, _ = l.Allow("a", start.Add(-time.Hour))
		require.True(t, ok)
		ok, retry := l.Allow("a", start.Add(-time.Hour))
		require.False(t, ok)
		require.Equal(t, time.Second, retry)
	})
	t.Run("a bucket that takes centuries to fill is no set back clock", func(t *testing.T) {
		t.Parallel()
		l := gate.NewLimiter(1, 1<<40)
		ok, _ := l.Allow("a", start)
		require.True(t, ok)
		for key := 0; l.Len() < 2; key++ {
			if key := fmt.Sprint(key); l.Together(key, "a") {
				ok, _ = l.Allow(key, start.Add(time.Second))
				require.True(t, ok)
				require.Equal(t, 2, l.Len(), "nothing has begun anew")
			}
		}
	})
}

// TestTheTableIsBounded (T28).
func TestTheTableIsBounded(t *testing.T) {
	t.Parallel()
	l := gate.NewLimiter(300, 60)
	for i := range 10 * gate.MaxKeys {
		l.Allow(fmt.Sprint("stranger-", i), start)
	}
	require.Equal(t, gate.MaxKeys, l.Len())
}

func TestGoroutinesShareABucketExactly(t *testing.T) {
	t.Parallel()
	const burst = 500
	l := gate.NewLimiter(60, burst)
	var got atomic.Int64
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			for range 100 {
				if ok, _ := l.Allow("a", start); ok {
					got.Add(1)
				}
			}
		})
	}
	wg.Wait()
	require.EqualValues(t, burst, got.Load())
}

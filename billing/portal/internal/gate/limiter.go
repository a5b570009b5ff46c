package gate

import (
	"hash/maphash"
	"math"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// The table of a limiter: so many parts, each with its own lock, and so many keys in each.
const (
	shards       = 16
	keysPerShard = 625
)

// Limiter gives every key a token bucket. It remembers some 10,000 keys, fewer when they fall unevenly into its parts. A
// key is forgotten only when its bucket is full again, so that to be forgotten gains nothing; while no bucket is full,
// the keys that find no place share one.
type Limiter struct {
	rule   rule
	seed   maphash.Seed
	shards [shards]shard
}

// rule is what all buckets have in common.
type rule struct {
	rate  rate.Limit // tokens a second
	burst int        // tokens of a full bucket
	keys  int        // buckets of a part
}

// shard is one part of the table.
type shard struct {
	mu      sync.Mutex
	buckets map[string]*rate.Limiter
	common  *rate.Limiter // of all keys that found no place
	sweep   time.Time     // no bucket is full before then
	latest  time.Time     // the latest time that was told
}

// NewLimiter makes a limiter that allows burst requests at once and perMinute a minute in the long run. Both are at least
// 1; less is taken for 1.
func NewLimiter(perMinute, burst int) *Limiter {
	return newLimiter(max(1, perMinute), max(1, burst), keysPerShard)
}

func newLimiter(perMinute, burst, keys int) *Limiter {
	l := &Limiter{
		rule: rule{rate: rate.Limit(perMinute) / 60, burst: burst, keys: keys},
		seed: maphash.MakeSeed(), // chosen keys cannot be aimed at one part
	}
	for i := range l.shards {
		l.shards[i].reset(l.rule)
	}
	return l
}

// Allow takes one request of the key. When there is none left, retryAfter says after how long there will be one again.
func (l *Limiter) Allow(key string, now time.Time) (ok bool, retryAfter time.Duration) {
	s := &l.shards[maphash.String(l.seed, key)%shards]
	s.mu.Lock()
	defer s.mu.Unlock()
	at := s.advance(l.rule, now)
	b := s.bucket(l.rule, key, at)
	if b.AllowN(at, 1) {
		return true, 0
	}
	return false, l.rule.refill(b, 1, at) + at.Sub(now)
}

func (s *shard) reset(r rule) {
	s.buckets = map[string]*rate.Limiter{}
	s.common = r.bucket()
	s.sweep, s.latest = time.Time{}, time.Time{}
}

// advance gives the time to count with, which never runs backwards: a bucket would hand out the same tokens once more.
// Goroutines come a little out of order; a clock that is behind by more than a bucket takes to fill was set back, and
// everything begins anew.
func (s *shard) advance(r rule, now time.Time) time.Time {
	if s.latest.Sub(now) > r.duration(float64(r.burst)) {
		s.reset(r)
	}
	if now.After(s.latest) {
		s.latest = now
	}
	return s.latest
}

// bucket finds the bucket of a key or makes it.
func (s *shard) bucket(r rule, key string, now time.Time) *rate.Limiter {
	b, ok := s.buckets[key]
	if ok {
		return b
	}
	if len(s.buckets) >= r.keys && !s.forget(r, now) {
		return s.common
	}
	b = r.bucket()
	s.buckets[strings.Clone(key)] = b // the key may be a part of something large
	return b
}

// forget drops all full buckets and tells whether there was one. When there was none it remembers when the first one
// will be full: tokens are only ever taken, so that it cannot be earlier, and a crowd of new keys costs no more searches.
func (s *shard) forget(r rule, now time.Time) bool {
	if now.Before(s.sweep) { // guard: nothing would be found; it spares the search
		return false
	}
	before, first := len(s.buckets), time.Duration(math.MaxInt64)
	for key, b := range s.buckets {
		wait := r.refill(b, float64(r.burst), now)
		if wait == 0 {
			delete(s.buckets, key)
		}
		first = min(first, wait)
	}
	s.sweep = now.Add(first)
	return len(s.buckets) < before
}

func (r rule) bucket() *rate.Limiter { return rate.NewLimiter(r.rate, r.burst) }

// refill tells how long a bucket takes until it has so many tokens.
func (r rule) refill(b *rate.Limiter, tokens float64, now time.Time) time.Duration {
	return r.duration(max(0, tokens-b.TokensAt(now)))
}

// duration tells how long so many tokens take, never less.
func (r rule) duration(tokens float64) time.Duration {
	d := math.Ceil(tokens / float64(r.rate) * float64(time.Second))
	if d >= math.MaxInt64 {
		return math.MaxInt64
	}
	return time.Duration(d)
}

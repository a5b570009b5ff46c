package gate

import (
	"hash/maphash"
	"time"
)

// MaxKeys is how many keys a limiter remembers at most.
const MaxKeys = shards * keysPerShard

// SmallLimiter makes a limiter whose parts have places for few keys.
func SmallLimiter(perMinute, burst, keys int) *Limiter { return newLimiter(perMinute, burst, keys) }

// Len tells how many keys a limiter remembers.
func (l *Limiter) Len() int {
	n := 0
	for i := range l.shards {
		l.shards[i].mu.Lock()
		n += len(l.shards[i].buckets)
		l.shards[i].mu.Unlock()
	}
	return n
}

// Together tells whether two keys are in the same part.
func (l *Limiter) Together(a, b string) bool {
	return maphash.String(l.seed, a)%shards == maphash.String(l.seed, b)%shards
}

// CustomOverload makes an Overload with given bounds.
func CustomOverload(places, share, queue int, wait time.Duration) *Overload {
	return newOverload(bounds{places: places, share: share, queue: queue, wait: wait})
}

// Bounds gives the bounds of an Overload.
func (o *Overload) Bounds() (places, share, queue int, wait time.Duration) {
	return o.bounds.places, o.bounds.share, o.bounds.queue, o.bounds.wait
}

// Load tells how many are at work and how many wait, and what each key holds.
func (o *Overload) Load() (inFlight, waiting int, held map[string]int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	held = map[string]int{}
	for key, n := range o.held {
		held[key] = n
	}
	return o.inFlight, o.queue.Len(), held
}

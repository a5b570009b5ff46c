package gate

import (
	"container/list"
	"context"
	"sync"
	"time"
)

const (
	// queueWait is how long a request waits for a place. It carries a burst; who has waited longer is told to come again.
	queueWait = 100 * time.Millisecond
	// comeAgain is what a refused request is told.
	comeAgain = time.Second
)

// Overload bounds the requests at work. As many as there are places work at a time, a quarter of that waits in order of
// arrival, and everything else is refused at once.
//
// The queue is short and first in, first out: under a load that does not end it is always full, so that a place that
// becomes free is taken at once, everyone in it is served after a quarter of the time that a request takes, and refusals
// cost nothing. Last in, first out is for queues so long that those who came first have given up.
//
// One key holds and waits for an eighth of the places at most, or eight of them where that is more (a browser opens six
// connections), but never more than half.
type Overload struct {
	bounds bounds

	mu       sync.Mutex
	inFlight int
	held     map[string]int // places by key: at work and waiting
	queue    list.List      // of *waiter; empty unless every place is taken
}

// bounds of an Overload.
type bounds struct {
	places int           // at work at a time
	share  int           // of them, and of those who wait, by one key
	queue  int           // waiting
	wait   time.Duration // at most
}

// waiter waits for a place.
type waiter struct {
	place   chan struct{} // closed when it has one
	element *list.Element // in the queue; nil when it has one
}

// NewOverload makes one with so many places, at least 1.
func NewOverload(places int) *Overload {
	places = max(1, places)
	return newOverload(bounds{
		places: places,
		share:  max(1, places/8, min(8, places/2)),
		queue:  max(1, places/4),
		wait:   queueWait,
	})
}

func newOverload(b bounds) *Overload { return &Overload{bounds: b, held: map[string]int{}} }

// Enter takes a place for a request of the key, and waits shortly for one when all are taken. When ok, leave gives the
// place back; it is to be deferred, so that a panic gives it back, too, and calling it again does nothing. When not ok,
// because there are too many requests or ctx has ended, leave does nothing and retryAfter says when to come again.
func (o *Overload) Enter(ctx context.Context, key string) (leave func(), ok bool, retryAfter time.Duration) {
	w, ok := o.join(ctx, key)
	if ok && w != nil {
		ok = o.await(ctx, key, w)
	}
	if !ok {
		return func() {}, false, comeAgain
	}
	return sync.OnceFunc(func() { o.leave(key) }), true, 0
}

// Full tells whether a request of whatever key would be refused now, because nobody may even wait. It takes nothing: who
// asks first saves the work of finding out the key.
func (o *Overload) Full() (full bool, retryAfter time.Duration) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.inFlight >= o.bounds.places && o.queue.Len() >= o.bounds.queue, comeAgain
}

// join takes a place, or one in the queue: then it gives the waiter.
func (o *Overload) join(ctx context.Context, key string) (*waiter, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	full := o.inFlight >= o.bounds.places
	if ctx.Err() != nil || o.held[key] >= o.bounds.share || full && o.queue.Len() >= o.bounds.queue {
		return nil, false
	}
	o.held[key]++
	if !full {
		o.inFlight++
		return nil, true
	}
	w := &waiter{place: make(chan struct{})}
	w.element = o.queue.PushBack(w)
	return w, true
}

// await waits for the place of a waiter.
func (o *Overload) await(ctx context.Context, key string, w *waiter) bool {
	patience := time.NewTimer(o.bounds.wait)
	defer patience.Stop()
	select {
	case <-w.place:
	case <-patience.C:
	case <-ctx.Done():
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	switch {
	case w.element != nil:
		o.queue.Remove(w.element)
		o.letGo(key)
		return false
	case ctx.Err() != nil: // the place came too late
		o.release(key)
		return false
	}
	return true
}

func (o *Overload) leave(key string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.release(key)
}

// release gives a place to whoever waits longest, or back.
func (o *Overload) release(key string) {
	o.letGo(key)
	first := o.queue.Front()
	if first == nil {
		o.inFlight--
		return
	}
	w := o.queue.Remove(first).(*waiter) //nolint:errcheck // nothing else is in the queue
	w.element = nil
	close(w.place)
}

// letGo counts one place less for a key.
func (o *Overload) letGo(key string) {
	if o.held[key]--; o.held[key] == 0 {
		delete(o.held, key)
	}
}

package memory

import (
	"context"
	"sync"
	"time"
)

// Forever is a delay that no moving of the clock ends: the call waits until its context is done.
const Forever time.Duration = 1<<63 - 1

// clock stands still until it is moved.
type clock struct {
	mu      sync.Mutex
	now     time.Time
	waiting map[chan struct{}]time.Time // zero time: forever
}

// Now is the time of the world, in UTC. It stands still until it is moved; hand it out as the host's clock.
func (w *World) Now() time.Time {
	w.clock.mu.Lock()
	defer w.clock.mu.Unlock()
	return w.clock.now
}

// Advance moves the clock; a negative duration moves it back. Calls whose delay has passed go on.
func (w *World) Advance(d time.Duration) {
	w.clock.move(func(now time.Time) time.Time { return now.Add(d) })
}

// Set puts the clock to a time.
func (w *World) Set(t time.Time) { w.clock.move(func(time.Time) time.Time { return t.UTC() }) }

// Waiting is the number of calls that wait for the clock, or for their context.
func (w *World) Waiting() int {
	w.clock.mu.Lock()
	defer w.clock.mu.Unlock()
	return len(w.clock.waiting)
}

func (c *clock) move(to func(time.Time) time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = to(c.now)
	for wake, at := range c.waiting {
		if !at.IsZero() && !c.now.Before(at) {
			delete(c.waiting, wake)
			close(wake)
		}
	}
}

// wait returns when the clock has moved on by d, or with the error of the context when that is done before.
func (c *clock) wait(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	wake := make(chan struct{})
	c.mu.Lock()
	if c.waiting == nil {
		c.waiting = map[chan struct{}]time.Time{}
	}
	var at time.Time
	if d != Forever {
		at = c.now.Add(d)
	}
	c.waiting[wake] = at
	c.mu.Unlock()
	select {
	case <-wake:
		return ctx.Err()
	case <-ctx.Done():
		c.mu.Lock()
		delete(c.waiting, wake)
		c.mu.Unlock()
		return ctx.Err()
	}
}

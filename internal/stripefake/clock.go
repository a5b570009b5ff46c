package stripefake

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"
)

// Forever is a delay that no moving of the clock ends: the request is held until its client gives up.
const Forever time.Duration = 1<<63 - 1

// clock stands still until it is moved, and does what has become due.
type clock struct {
	moving sync.Mutex // one mover at a time

	mu      sync.Mutex
	now     time.Time
	foreign func() time.Time
	jobs    []job
	made    uint64
	parked  int
	changed chan struct{} // closed when parked changes
}

// A job is something to do later.
type job struct {
	at  time.Time
	seq uint64
	run func(at time.Time)
}

func (c *clock) start(now time.Time, foreign func() time.Time) {
	c.now, c.foreign, c.changed = now.UTC(), foreign, make(chan struct{})
}

// Now is the server's time, in UTC.
func (s *Server) Now() time.Time { return s.clock.read() }

// Advance moves the clock forward, in order through everything that becomes due. It returns when all of that is done.
func (s *Server) Advance(d time.Duration) {
	if s.clock.foreign != nil {
		panic("stripefake: the clock is the test's own; move that one and call Settle")
	}
	if d < 0 {
		panic("stripefake: time does not go back")
	}
	s.clock.advance(s.clock.read().Add(d))
}

// Settle does what has become due on a clock of the test's own. Every request does so too.
func (s *Server) Settle() { s.clock.advance(s.clock.read()) }

// Parked waits until at least n requests are held by a delay.
func (s *Server) Parked(ctx context.Context, n int) error {
	for {
		s.clock.mu.Lock()
		parked, changed := s.clock.parked, s.clock.changed
		s.clock.mu.Unlock()
		if parked >= n {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Held is the number of requests that a delay holds now.
func (s *Server) Held() int {
	s.clock.mu.Lock()
	defer s.clock.mu.Unlock()
	return s.clock.parked
}

func (c *clock) read() time.Time {
	if c.foreign != nil {
		return c.foreign().UTC()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// later has something done when the clock gets there; never for Forever.
func (c *clock) later(d time.Duration, run func(at time.Time)) {
	if d != Forever {
		c.schedule(c.read().Add(d), run)
	}
}

// schedule has something done at a time, or at once when that is over.
func (c *clock) schedule(at time.Time, run func(at time.Time)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.made++
	j := job{at, c.made, run}
	i, _ := slices.BinarySearchFunc(c.jobs, j, func(a, b job) int {
		if order := a.at.Compare(b.at); order != 0 {
			return order
		}
		return cmp.Compare(a.seq, b.seq)
	})
	c.jobs = slices.Insert(c.jobs, i, j)
}

func (c *clock) advance(to time.Time) {
	c.moving.Lock()
	defer c.moving.Unlock()
	for {
		c.mu.Lock()
		if len(c.jobs) == 0 || c.jobs[0].at.After(to) {
			if c.now.Before(to) {
				c.now = to
			}
			c.mu.Unlock()
			return
		}
		next := c.jobs[0]
		c.jobs = slices.Delete(c.jobs, 0, 1)
		if c.now.Before(next.at) {
			c.now = next.at
		}
		now := c.now
		c.mu.Unlock()
		next.run(now)
	}
}

// hold has work done when the clock has moved on by d, and waits for that as long as the client does. It tells whether
// the client is still there: the work is done in any case, except for Forever.
func (c *clock) hold(ctx context.Context, d time.Duration, work func(at time.Time)) bool {
	if d <= 0 {
		work(c.read())
		return true
	}
	done := make(chan struct{})
	c.later(d, func(at time.Time) {
		work(at)
		close(done)
	})
	c.park(1)
	defer c.park(-1)
	select {
	case <-done:
		return true
	case <-ctx.Done():
		return false
	}
}

func (c *clock) park(by int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.parked += by
	close(c.changed)
	c.changed = make(chan struct{})
}

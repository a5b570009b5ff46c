package stripe

import (
	"context"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// limits keep the requests of a key under what Stripe allows: for the account and for each endpoint, whatever ids are in
// its path. They are shared by everything that uses the provider.
type limits struct {
	clock     func() time.Time
	sleep     func(context.Context, time.Duration) error
	perSecond int

	mu        sync.Mutex
	account   *rate.Limiter
	endpoints map[string]*rate.Limiter
}

// burst is how many requests may leave at once. It is small: Stripe counts each second for itself.
const burst = 2

func newLimits(c *Config) *limits {
	return &limits{
		clock: c.Clock, sleep: c.Sleep, perSecond: c.Limits.Endpoint,
		account: rate.NewLimiter(rate.Limit(c.Limits.Account), burst), endpoints: map[string]*rate.Limiter{},
	}
}

// wait takes one request's place, and returns when its turn has come or the context is done.
func (l *limits) wait(ctx context.Context, route string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	l.mu.Lock()
	endpoint := l.endpoints[route]
	if endpoint == nil {
		endpoint = rate.NewLimiter(rate.Limit(l.perSecond), burst)
		l.endpoints[route] = endpoint
	}
	now := l.clock()
	places := []*rate.Reservation{l.account.ReserveN(now, 1), endpoint.ReserveN(now, 1)}
	l.mu.Unlock()
	delay := max(places[0].DelayFrom(now), places[1].DelayFrom(now))
	if deadline, ok := ctx.Deadline(); ok && now.Add(delay).After(deadline) {
		for _, place := range places {
			place.CancelAt(now)
		}
		return context.DeadlineExceeded
	}
	if delay <= 0 {
		return nil
	}
	return l.sleep(ctx, delay)
}

// turns lets one write at a time at each object, because Stripe locks what it writes and refuses the second.
type turns struct {
	mu     sync.Mutex
	queues map[string]*turn
}

type turn struct {
	busy  chan struct{} // holds one
	users int
}

// take waits for the turn of an object; done gives it back.
func (t *turns) take(ctx context.Context, object string) (done func(), err error) {
	t.mu.Lock()
	q := t.queues[object]
	if q == nil {
		q = &turn{busy: make(chan struct{}, 1)}
		t.queues[object] = q
	}
	q.users++
	t.mu.Unlock()
	leave := func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		if q.users--; q.users == 0 {
			delete(t.queues, object)
		}
	}
	select {
	case q.busy <- struct{}{}:
		return func() { <-q.busy; leave() }, nil
	case <-ctx.Done():
		leave()
		return nil, ctx.Err()
	}
}

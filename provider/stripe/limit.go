package stripe

import (
	"context"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// limits keep the requests of a key under what Stripe allows: for the account, and for each endpoint whatever ids are in
// its path. They are shared by everything that uses the provider.
type limits struct {
	clock     func() time.Time
	sleep     func(context.Context, time.Duration) error
	perSecond rate.Limit
	queues    *turns // one request of each endpoint waits for a place, the others wait behind it

	mu        sync.Mutex
	account   *rate.Limiter
	endpoints map[string]*rate.Limiter
}

// burst is how many requests may leave at once. It is small: Stripe counts each second for itself.
const burst = 2

// searches is how many requests a second an endpoint for searching gets, of the 20 that Stripe allows.
const searches = 18

func newLimits(c *Config) *limits {
	return &limits{
		clock: c.Clock, sleep: c.Sleep, perSecond: rate.Limit(c.Limits.Endpoint), queues: newTurns(),
		account: rate.NewLimiter(rate.Limit(c.Limits.Account), burst), endpoints: map[string]*rate.Limiter{},
	}
}

// wait returns when a request may leave, or the context is done.
func (l *limits) wait(ctx context.Context, endpoint string) error {
	done, err := l.queues.take(ctx, endpoint)
	if err != nil {
		return err
	}
	defer done()
	for {
		delay := l.place(endpoint)
		if delay <= 0 {
			return nil
		}
		if err := l.sleep(ctx, delay); err != nil {
			return err
		}
	}
}

// place takes a place in both limits at once, or tells how long there is none. Places are taken only for the moment in
// which they are used: a place that is kept for later in one limit would be spent at a wrong time in the other.
func (l *limits) place(endpoint string) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	each := l.endpoints[endpoint]
	if each == nil {
		perSecond := l.perSecond
		if strings.HasSuffix(endpoint, "/search") {
			perSecond = min(perSecond, searches)
		}
		each = rate.NewLimiter(perSecond, burst)
		l.endpoints[endpoint] = each
	}
	now := l.clock()
	one, other := l.account.ReserveN(now, 1), each.ReserveN(now, 1)
	delay := max(one.DelayFrom(now), other.DelayFrom(now))
	if delay > 0 {
		one.CancelAt(now)
		other.CancelAt(now)
	}
	return delay
}

// turns lets one at a time at each object, in the order in which they came: Stripe locks what it writes and refuses the
// second.
type turns struct {
	mu     sync.Mutex
	queues map[string]*turn
}

func newTurns() *turns { return &turns{queues: map[string]*turn{}} }

type turn struct {
	busy  chan struct{} // holds one
	users int
}

// take waits for the turn of an object; done gives it back.
func (t *turns) take(ctx context.Context, object string) (done func(), err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	t.mu.Lock()
	q := t.queues[object]
	if q == nil {
		q = &turn{busy: make(chan struct{}, 1)}
		t.queues[object] = q
	}
	q.users++
	t.mu.Unlock()
	select {
	case q.busy <- struct{}{}:
		return func() { <-q.busy; t.leave(object, q) }, nil
	case <-ctx.Done():
		t.leave(object, q)
		return nil, ctx.Err()
	}
}

// leave forgets an object that nobody waits for.
func (t *turns) leave(object string, q *turn) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if q.users--; q.users == 0 {
		delete(t.queues, object)
	}
}

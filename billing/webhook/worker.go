package webhook

import (
	"context"
	"iter"
	"log/slog"
	"sync"
	"time"

	"github.com/billhatch/billhatch/provider"
)

// WorkerConfig is what a [Worker] is made of. The first five fields are required.
type WorkerConfig struct {
	Payments provider.Payments
	Records  provider.Records // must be able to keep an inbox
	Applier  Applier
	Clock    func() time.Time // time.Now in a program; it says when something was read
	// AccountOf tells whose customer somebody is. Nobody's is provider.ErrNotFound: an account at a provider may serve
	// other products, too, and what is about their customers is left alone.
	AccountOf func(ctx context.Context, customer string) (account string, err error)

	// Accounts gives the accounts that come behind the one that is named, in order of id; behind "" come all of them.
	// Only [Worker.Sweep] needs it.
	Accounts func(ctx context.Context, after string) iter.Seq2[provider.Account, error]

	// Live and ConnectedAccount are those of [Config]. Events of others in the inbox are left to their own worker.
	Live             bool
	ConnectedAccount string

	Parallel int // objects that are read at a time; 0: DefaultParallel
	// Timeout bounds everything that is done for one object, by the context that the provider, the Applier and the
	// functions above get. 0: DefaultWorkTimeout.
	Timeout time.Duration

	// Observe is told of every pass of [Worker.Run], for metrics and alarms; nil: nobody. It must not block.
	Observe func(Drained)
	Logger  *slog.Logger // nil: silent
}

// Defaults of WorkerConfig. Providers have limits of their own; their calls may wait for a while and be tried again.
const (
	DefaultParallel    = 4
	DefaultWorkTimeout = time.Minute
)

// Worker works the inbox off: see the package documentation.
type Worker struct {
	cfg   WorkerConfig
	inbox provider.Inbox
	turn  chan struct{} // one value while a pass lasts
	wake  chan struct{}

	mu      sync.Mutex
	pass    int
	waiting map[string]*waiting // failed events by id
}

// NewWorker makes a worker. It does nothing by itself: see [Worker.Drain] and [Worker.Run]. Errors are [ErrConfig].
func NewWorker(cfg WorkerConfig) (*Worker, error) {
	for _, required := range []struct {
		field   string
		missing bool
	}{
		{"Payments", cfg.Payments == nil},
		{"Records", cfg.Records == nil},
		{"Applier", cfg.Applier == nil},
		{"Clock", cfg.Clock == nil},
		{"AccountOf", cfg.AccountOf == nil},
	} {
		if required.missing {
			return nil, invalid(required.field, "required")
		}
	}
	inbox, ok := provider.As[provider.Inbox](cfg.Records)
	switch {
	case !ok:
		return nil, invalid("Records", "cannot keep an inbox")
	case cfg.Parallel < 0:
		return nil, invalid("Parallel", "negative")
	case cfg.Timeout < 0:
		return nil, invalid("Timeout", "negative")
	}
	if cfg.Parallel == 0 {
		cfg.Parallel = DefaultParallel
	}
	if cfg.Timeout == 0 {
		cfg.Timeout = DefaultWorkTimeout
	}
	if cfg.Observe == nil {
		cfg.Observe = func(Drained) {}
	}
	cfg.Logger = loggerOf(cfg.Logger)
	return &Worker{
		cfg: cfg, inbox: inbox, turn: make(chan struct{}, 1), wake: make(chan struct{}, 1), waiting: map[string]*waiting{},
	}, nil
}

// Wake has [Worker.Run] begin its next pass now. It never blocks.
func (w *Worker) Wake() {
	select {
	case w.wake <- struct{}{}:
	default: // it is to begin anyway
	}
}

// Run works the inbox off, again after each interval and whenever it is woken, until the context is done; then it ends
// what it has begun and returns the context's error. An event that fails is tried again after a pause that doubles each
// time, up to an hour. An interval that is not positive is [ErrConfig].
func (w *Worker) Run(ctx context.Context, interval time.Duration) error {
	if interval <= 0 {
		return invalid("interval", "want more than 0")
	}
	timer := time.NewTimer(interval)
	defer timer.Stop()
	for {
		drained, err := w.drain(ctx, true)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			w.cfg.Logger.ErrorContext(ctx, "webhook: the inbox cannot be read", "problem", problemOf(err))
		}
		w.observe(ctx, drained)
		timer.Reset(interval)
		select {
		case <-timer.C:
		case <-w.wake:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// observe tells of a pass. Whoever is told cannot end the worker.
func (w *Worker) observe(ctx context.Context, d Drained) {
	var ignored error // it is logged
	defer w.rescue(ctx, &ignored)
	w.cfg.Observe(d)
}

// waiting is an event that has failed.
type waiting struct {
	tries int
	until time.Time // not tried again before
	pass  int       // in which it was last seen
}

const (
	// maxWaiting bounds how many failed events are remembered. Others are tried in every pass.
	maxWaiting = 10_000
	// The pauses of an event that fails.
	firstPause, longestPause = 2 * time.Second, time.Hour
	// stuckTries is how often an event fails until it counts as stuck: some 17 minutes, when only the pauses pass.
	stuckTries = 10
)

// due tells whether an event is to be tried.
func (w *Worker) due(id string, now time.Time) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	e, ok := w.waiting[id]
	if !ok {
		return true
	}
	e.pass = w.pass
	return !now.Before(e.until)
}

// failed remembers that an event has failed.
func (w *Worker) failed(id string, now time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	e, ok := w.waiting[id]
	if !ok {
		if len(w.waiting) >= maxWaiting {
			return
		}
		e = &waiting{}
		w.waiting[id] = e
	}
	pause := longestPause
	if e.tries < 11 { // 2 s, 4 s, … 34 min
		pause = firstPause << e.tries
	}
	e.tries, e.until, e.pass = e.tries+1, now.Add(pause), w.pass
}

// stuck is 1 for an event that has failed so often that it will not pass by itself, and 0 for others.
func (w *Worker) stuck(id string) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	if e, ok := w.waiting[id]; ok && e.tries >= stuckTries {
		return 1
	}
	return 0
}

// forget drops an event that has not failed.
func (w *Worker) forget(id string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.waiting, id)
}

// begin waits for the turn of a pass.
func (w *Worker) begin(ctx context.Context) error {
	select {
	case w.turn <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.pass++
	return nil
}

// end gives the turn back. After a pass that has seen the whole inbox, events that were not in it are forgotten: another
// worker has done them.
func (w *Worker) end(whole bool) {
	w.mu.Lock()
	if whole {
		for id, e := range w.waiting {
			if e.pass != w.pass {
				delete(w.waiting, id)
			}
		}
	}
	w.mu.Unlock()
	<-w.turn
}

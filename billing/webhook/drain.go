package webhook

import (
	"context"
	"sync"

	"github.com/billhatch/billhatch/provider"
)

// Drained is what a pass over the inbox has done.
type Drained struct {
	Events  int // that were in the inbox
	Applied int // events whose object was read and handed to the Applier
	Ignored int // events with nothing to read: of other kinds or customers, or of what the provider does not have any more
	Others  int // events of another mode or account: they stay for their own worker
	Later   int // events that failed before and whose pause is not over
	Failed  int // events that have failed and stay
	Stuck   int // of Later and Failed: those that have failed ten times or more, which is worth an alarm
	Changed int // objects of which the Applier says that they have changed

	Failures []Failure // the first of those that have failed
}

// Failure is something that a worker could not do.
type Failure struct {
	Event   provider.Event // of a pass; the first one, when several were about the same object
	Account string         // of a sweep
	Err     error          // it may hold what an Applier said: not for logs
}

// maxFailures bounds how many failures are listed.
const maxFailures = 100

// Drain makes one pass over the inbox: every event that waits is tried once, also one that has failed a moment ago. The
// error says that the inbox could not be read to its end, or is that of the context; single events that fail are counted
// and listed instead. Passes of one worker follow each other.
func (w *Worker) Drain(ctx context.Context) (Drained, error) { return w.drain(ctx, false) }

// drain makes a pass. A patient one leaves events alone whose pause is not over.
func (w *Worker) drain(ctx context.Context, patient bool) (Drained, error) {
	if err := w.begin(ctx); err != nil {
		return Drained{}, err
	}
	whole := false
	defer func() { w.end(whole) }()
	t := &tally{}
	for q := (provider.PendingQuery{Limit: provider.MaxPage}); ; {
		page, err := w.pending(ctx, q)
		if err != nil {
			return t.drained, err
		}
		each(ctx, w.cfg.Parallel, w.tasks(page.Events, patient, t), func(k *task) { w.do(ctx, k, t) })
		if err := ctx.Err(); err != nil {
			return t.drained, err
		}
		if page.Next == "" {
			whole = true
			return t.drained, nil
		}
		q.Cursor = page.Next
	}
}

// pending reads a page of the inbox.
func (w *Worker) pending(ctx context.Context, q provider.PendingQuery) (page provider.PendingPage, err error) {
	defer w.rescue(ctx, &err)
	ctx, cancel := context.WithTimeout(ctx, w.cfg.Timeout)
	defer cancel()
	return w.inbox.Pending(ctx, q)
}

// tally counts what a pass does.
type tally struct {
	mu      sync.Mutex
	drained Drained
}

func (t *tally) count(add func(*Drained)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	add(&t.drained)
}

// subject is what events are about.
type subject struct {
	kind             provider.EventKind
	object, customer string
}

// task is the events of a page that are about the same object. One reading serves all of them: it comes after each.
type task struct {
	subject
	events []provider.Event
}

// tasks puts the events of a page together. When one of an object is due, all of them are.
func (w *Worker) tasks(events []provider.Event, patient bool, t *tally) []*task {
	now := w.cfg.Clock()
	var all []*task
	known, due := map[subject]*task{}, map[*task]bool{}
	for _, e := range events {
		t.drained.Events++
		if e.Live != w.cfg.Live || e.Account != w.cfg.ConnectedAccount {
			t.drained.Others++
			continue
		}
		s := subject{e.Kind, e.Object, e.Customer}
		k, ok := known[s]
		if !ok {
			k = &task{subject: s}
			known[s], all = k, append(all, k)
		}
		k.events = append(k.events, e)
		if w.due(e.ID, now) || !patient {
			due[k] = true
		}
	}
	out := all[:0]
	for _, k := range all {
		if due[k] {
			out = append(out, k)
			continue
		}
		t.drained.Later += len(k.events)
		for _, e := range k.events {
			t.drained.Stuck += w.stuck(e.ID)
		}
	}
	return out
}

// attempt reads an object, has it applied and marks its events, in this order.
func (w *Worker) attempt(ctx context.Context, k *task) (found, changed bool, err error) {
	defer w.rescue(ctx, &err)
	if found, changed, err = w.refresh(ctx, k.subject); err != nil {
		return false, false, err
	}
	return found, changed, w.mark(ctx, k.events)
}

// do attempts a task and counts what became of it.
func (w *Worker) do(ctx context.Context, k *task, t *tally) {
	found, changed, err := w.attempt(ctx, k)
	switch {
	case err != nil && ctx.Err() != nil: // stopped: nothing is wrong with the events
	case err != nil:
		stuck := w.report(ctx, k, err)
		t.count(func(d *Drained) {
			d.Failed += len(k.events)
			d.Stuck += stuck
			if len(d.Failures) < maxFailures {
				d.Failures = append(d.Failures, Failure{Event: k.events[0], Err: err})
			}
		})
	default:
		t.count(func(d *Drained) {
			if found {
				d.Applied += len(k.events)
			} else {
				d.Ignored += len(k.events)
			}
			if changed {
				d.Changed++
			}
		})
	}
}

// report remembers and logs that the events of an object have failed. It tells how many of them are stuck.
func (w *Worker) report(ctx context.Context, k *task, err error) (stuck int) {
	now := w.cfg.Clock()
	for _, e := range k.events {
		w.failed(e.ID, now)
		stuck += w.stuck(e.ID)
	}
	log := w.cfg.Logger.WarnContext
	if stuck > 0 || provider.IsKind(err, provider.ErrForeign) {
		log = w.cfg.Logger.ErrorContext // it does not pass by itself, or the provider has answered with what is not ours
	}
	log(ctx, "webhook: event stays in the inbox", "event", k.events[0].ID, "type", k.events[0].Type, "events", len(k.events),
		"stuck", stuck, "problem", problemOf(err))
	return stuck
}

// mark marks events as done, also when the worker is being stopped: what was applied need not be applied again.
func (w *Worker) mark(ctx context.Context, events []provider.Event) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), DefaultTimeout)
	defer cancel()
	for _, e := range events {
		if err := w.inbox.Done(ctx, e.ID); err != nil {
			return err
		}
		w.forget(e.ID)
	}
	return nil
}

// each does something for every item, for so many at a time. Once the context is done nothing more is begun.
func each[T any](ctx context.Context, parallel int, items []T, do func(T)) {
	if parallel = min(parallel, len(items)); parallel <= 1 {
		for _, item := range items {
			if ctx.Err() == nil {
				do(item)
			}
		}
		return
	}
	var wg sync.WaitGroup
	next := make(chan T)
	for range parallel {
		wg.Go(func() {
			for item := range next {
				do(item)
			}
		})
	}
	defer wg.Wait()
	defer close(next)
	for _, item := range items {
		if ctx.Err() != nil {
			return
		}
		next <- item
	}
}

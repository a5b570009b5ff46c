package simulate

import (
	"time"
)

// task is one process of the world: a worker, or the operator. It runs only while it has the turn, which it gives away at
// every I/O, so that exactly one task of a world runs at a time.
type task struct {
	w    *world
	name string
	turn chan struct{}
	wake time.Time // not before

	mortal  bool // meets faults
	killed  bool
	over    bool
	again   func(at time.Time) // begins the process anew after it was killed; nil: nobody does
	stopped chan struct{}      // closed at its end when another task has stopped it
}

// dead is what a task that was killed panics with: nothing of it goes on.
type dead struct{}

// spawn adds a task that begins at a time.
func (w *world) spawn(name string, at time.Time, run func(t *task)) *task {
	t := &task{w: w, name: name, turn: make(chan struct{}, 1), wake: at}
	w.tasks = append(w.tasks, t)
	go t.live(run)
	return t
}

// live waits for the first turn, and gives the last one away.
func (t *task) live(run func(t *task)) {
	<-t.turn
	defer func() {
		if p := recover(); p != nil {
			if _, ours := p.(dead); !ours {
				panic(p)
			}
		}
		t.over = true
		if t.stopped != nil {
			close(t.stopped)
			return
		}
		if next := t.w.pick(nil); next != nil {
			next.turn <- struct{}{}
			return
		}
		close(t.w.idle)
	}()
	if !t.killed {
		run(t)
	}
}

// yield lets the seed choose which task goes on.
func (t *task) yield() {
	if next := t.w.pick(t); next != t {
		next.turn <- struct{}{}
		<-t.turn
	}
	if t.killed {
		panic(dead{})
	}
}

// sleep gives the turn away until d has passed.
func (t *task) sleep(d time.Duration) {
	t.wake = t.w.now().Add(d)
	t.yield()
}

// die ends the task where it stands.
func (t *task) die() {
	t.killed = true
	panic(dead{})
}

// stop ends another task where it stands, and returns when it has ended.
func (t *task) stop() {
	t.killed, t.stopped = true, make(chan struct{})
	t.turn <- struct{}{}
	<-t.stopped
}

// stay is how often, of 100, a task goes on by itself although others could.
const stay = 60

// pick chooses who has the next turn: one of those that are awake, or, when nobody is, whoever wakes first, once the
// clock has come there. It is nil when no task is left.
func (w *world) pick(from *task) *task {
	for {
		var first *task
		now, ready := w.now(), w.ready[:0]
		kept := w.tasks[:0]
		for _, t := range w.tasks {
			if t.over {
				continue
			}
			kept = append(kept, t)
			if !t.wake.After(now) {
				ready = append(ready, t)
			}
			if first == nil || t.wake.Before(first.wake) {
				first = t
			}
		}
		w.tasks, w.ready = kept, ready
		switch {
		case first == nil:
			return nil
		case len(ready) == 1:
			return ready[0]
		case len(ready) == 0:
			w.advance(first.wake)
			continue
		case from != nil && !from.over && !from.wake.After(now) && w.rng.IntN(100) < stay:
			return from
		}
		return ready[w.rng.IntN(len(ready))]
	}
}

// drive lets all tasks run until none is left.
func (w *world) drive() {
	w.idle = make(chan struct{})
	first := w.pick(nil)
	if first == nil {
		return
	}
	first.turn <- struct{}{}
	<-w.idle
}

// event is something that happens in the world by itself.
type event struct {
	at time.Time
	do func()
}

// now is the one clock of everything.
func (w *world) now() time.Time { return w.fake.Now() }

// pass lets time go by.
func (w *world) pass(d time.Duration) { w.advance(w.now().Add(d)) }

// advance moves the clock, in order through everything that happens on the way.
func (w *world) advance(to time.Time) {
	for len(w.events) > 0 && !w.events[0].at.After(to) {
		next := w.events[0]
		w.events = w.events[1:]
		if d := next.at.Sub(w.now()); d > 0 {
			w.fake.Advance(d)
		}
		next.do()
	}
	if d := to.Sub(w.now()); d > 0 {
		w.fake.Advance(d)
	}
}

package simulate

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/billhatch/billhatch/billing/closing"
	"github.com/billhatch/billhatch/invoice"
	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/provider/stripe"
	"github.com/billhatch/billhatch/usage/civil"
)

// closer gives a process its own of everything: what it knows it has from Stripe and from the store.
func (t *task) closer() *closing.Closer {
	w := t.w
	wait := func(_ context.Context, d time.Duration) error { t.rest(d); return nil }
	payments, err := stripe.New(stripe.Config{
		Key:   func(context.Context) (string, error) { return w.fake.Key(), nil },
		Clock: w.now, Transport: &wire{t}, Limits: stripe.Limits{Account: 1e9, Endpoint: 1e9},
		// Stripe's backoff has a part of chance, which is replaced by that of the seed.
		Sleep: func(ctx context.Context, _ time.Duration) error {
			return wait(ctx, time.Duration(100+w.rng.IntN(8000))*time.Millisecond)
		},
	})
	must(err)
	nonces := 0
	c, err := closing.New(closing.Config{
		Payments: payments, Records: &records{t, w.store}, Clock: w.now, Owner: t.name, Sleep: wait,
		Nonce: func() string { nonces++; return fmt.Sprint(nonces) },
		Invoice: func(_ context.Context, a provider.Account, o invoice.Options) (invoice.Options, error) {
			for _, known := range w.accounts {
				if known.id == a.ID {
					o.PerGroup = known.groups
				}
			}
			return o, nil
		},
	})
	must(err)
	return c
}

// rest is a sleep of the process.
func (t *task) rest(d time.Duration) {
	t.strike(resting)
	t.sleep(d)
}

// worker adds a process that closes months, and that is followed by another one when it is killed.
func (w *world) worker(at time.Time) {
	w.born++
	t := w.spawn(fmt.Sprintf("worker-%d", w.born), at, (*task).work)
	t.mortal, t.again = true, w.worker
}

// auditor adds a process that reconciles while others close, as hosts do every day.
func (w *world) auditor(at time.Time) {
	w.born++
	t := w.spawn(fmt.Sprintf("auditor-%d", w.born), at, func(t *task) {
		c := t.closer()
		for range 2 {
			t.rest(time.Duration(w.rng.Int64N(int64(6 * time.Hour))))
			for _, a := range w.accounts {
				t.reconcile(c, a, w.months[0].From())
			}
		}
	})
	t.mortal, t.again = true, w.auditor
}

// kill ends the process, and has another begin, at once or within some minutes.
func (t *task) kill() {
	if t.again != nil {
		t.again(t.w.now().Add(time.Duration(t.w.rng.Int64N(int64(10 * time.Minute)))))
	}
	t.die()
}

// outage ends all processes, which begin again when Stripe has forgotten all keys.
func (w *world) outage(by *task) {
	for _, t := range append([]*task(nil), w.tasks...) {
		if t == by || t.over || t.again == nil {
			continue
		}
		t.stop()
		t.again(w.now().Add(keyLife + time.Duration(w.rng.Int64N(int64(14*time.Hour)))))
	}
	if by.again != nil {
		by.again(w.now().Add(keyLife))
	}
	by.die()
}

// job is the month of an account.
type job struct {
	account string
	month   civil.Period
}

// maxRounds bounds how often a process goes through what is left.
const maxRounds = 60

// work closes whatever is over until everything is closed.
func (t *task) work() {
	w, c := t.w, t.closer()
	done := map[job]bool{}
	for range maxRounds {
		left, next := false, time.Time{}
		for _, month := range w.months {
			if next = end(month); next.After(w.now()) {
				break
			}
			t.close(c, month, done)
			left = left || slices.ContainsFunc(w.accounts, func(a *account) bool { return !done[job{a.id, month}] })
		}
		switch {
		case left:
			t.rest(time.Duration(1+w.rng.IntN(600)) * time.Second)
		case next.After(w.now()):
			t.rest(next.Sub(w.now()) + time.Duration(w.rng.Int64N(int64(2*time.Hour))))
		default:
			return
		}
	}
}

// close closes a month for the accounts for which it is not closed: one by one, or by a run over all of them.
func (t *task) close(c *closing.Closer, month civil.Period, done map[job]bool) {
	w, ctx := t.w, context.Background()
	if w.rng.IntN(8) == 0 {
		t.run(ctx, c, month, done)
		return
	}
	for _, at := range w.rng.Perm(len(w.accounts)) {
		j := job{w.accounts[at].id, month}
		if done[j] {
			continue
		}
		result, err := c.Close(ctx, j.account, month)
		t.result(j, result, err, done)
		if errors.Is(err, closing.ErrBehind) {
			t.catchUp(c, j.account, w.months[0].From())
		}
	}
}

// run has a month closed for all accounts.
func (t *task) run(ctx context.Context, c *closing.Closer, month civil.Period, done map[job]bool) {
	_, _ = c.Run(ctx, month, closing.RunOptions{Workers: 1, Rounds: 1, Each: func(r closing.AccountResult) {
		t.result(job{r.Account, month}, r.Result, r.Err, done)
	}})
}

func (t *task) result(j job, result closing.Result, err error, done map[job]bool) {
	if err != nil {
		t.w.log("%s: %s %s: %v", t.name, j.account, j.month, err)
	}
	if err == nil && result.Done() || errors.Is(err, closing.ErrParked) { // what is parked stays parked
		done[j], t.w.done[j] = true, true
	}
}

// live lets the world run: first under faults, then without, until nothing moves.
func (w *world) live() {
	for range w.workers() {
		w.worker(w.now())
	}
	if w.opt.choose == nil {
		w.plan(w.last().Add(72*time.Hour), func() { w.healed = true })
	}
	if !w.opt.Calm && w.rng.IntN(20) < w.restores {
		w.disaster()
	}
	if !w.opt.Calm && w.rng.IntN(12) == 0 {
		w.auditor(w.last())
	}
	w.drive()
	w.healed = true
	w.pass(48 * time.Hour)
	if w.sweep {
		w.heal(w.months, false)
		next := w.months[len(w.months)-1].Next()
		w.advance(end(next).Add(time.Hour))
		w.months = append(w.months, next)
	}
	w.heal(w.months, true)
}

// workers is how many processes close at the same time.
func (w *world) workers() int {
	switch n := w.rng.IntN(1000); {
	case w.opt.Workers > 0:
		return w.opt.Workers
	case w.opt.Calm:
		return 1
	case n < 700:
		return 2
	case n < 950:
		return 3
	case n < 998:
		return 8
	}
	return 64
}

// maxHeals bounds how long the world may take until nothing moves any more.
const maxHeals = 8

// heal is what hosts do every day: close what is over, and reconcile.
func (w *world) heal(months []civil.Period, reconcile bool) {
	w.spawn("healer", w.now(), func(t *task) {
		c := t.closer()
		done := map[job]bool{}
		for range maxHeals {
			moved := false
			for _, a := range w.accounts {
				for _, month := range months {
					j := job{a.id, month}
					if w.done[j] { // reconciling looks at it all the same
						continue
					}
					result, err := c.Close(context.Background(), a.id, month)
					t.result(j, result, err, done)
					moved = moved || !w.done[j]
				}
				if reconcile {
					moved = t.reconcile(c, a, w.months[0].From()) || moved
				}
			}
			if !moved {
				return
			}
			t.sleep(30 * time.Minute)
		}
	})
	w.drive()
	w.pass(time.Hour)
}

// reconcile tells whether it has changed something, or has not come to its end.
func (t *task) reconcile(c *closing.Closer, a *account, since civil.Date) bool {
	found, err := c.Reconcile(context.Background(), a.id, since)
	for i := range found {
		d := &found[i]
		t.w.log("%s: %s differs: %s %v %s fixed=%v %v", t.name, a.id, d.Kind, d.Key, d.Invoice, d.Fixed, d.Err)
	}
	if err != nil {
		t.w.log("%s: reconciling %s: %v", t.name, a.id, err)
	}
	return err != nil || len(found) > 0
}

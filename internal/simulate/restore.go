package simulate

import (
	"context"
	"time"

	"github.com/billhatch/billhatch/billing/closing"
	"github.com/billhatch/billhatch/usage/civil"
)

// settling is how long after the last process has stopped nothing is done: what was sent may still arrive.
const settling = closing.DefaultQuiet

// disaster has the ledger replaced by an older copy: at some time after the end of a month a copy is taken, and up to two
// days later it is all that there is.
func (w *world) disaster() {
	month := w.months[w.rng.IntN(len(w.months))]
	taken := end(month).Add(time.Duration(w.rng.Int64N(int64(6 * time.Hour))))
	lost := taken.Add(time.Minute + time.Duration(w.rng.Int64N(int64(6*time.Hour))))
	writes := 0
	w.plan(taken, func() { writes = len(w.store.writes) })
	w.spawn("operator", lost, func(t *task) { t.restore(writes, civil.DateOf(taken, time.UTC)) })
}

// restore is what the documentation asks for: stop all processes, wait, restore, reconcile, begin again.
func (t *task) restore(writes int, taken civil.Date) {
	w := t.w
	n := 0
	for _, other := range append([]*task(nil), w.tasks...) {
		if other != t && !other.over {
			other.stop()
			n++
		}
	}
	t.sleep(settling)
	w.store.restore(writes)
	clear(w.done)
	w.report.Faults[Restored]++
	w.restored = append(w.restored, w.now())
	w.log("restored to %d writes", writes)
	if w.rng.IntN(2) == 0 { // else nobody thinks of it until closing says that the ledger is behind
		c := t.closer()
		for _, a := range w.accounts {
			t.catchUp(c, a.id, taken)
		}
	}
	for range max(n, 1) {
		w.worker(w.now())
	}
}

// reach is how far back a ledger is reconciled, in days.
const reach = 40

// catchUp has the ledger of an account know what Stripe has.
func (t *task) catchUp(c *closing.Closer, account string, taken civil.Date) {
	for range maxHeals {
		found, err := c.Reconcile(context.Background(), account, taken.AddDays(-reach))
		t.w.log("%s: %s: %d differences, %v", t.name, account, len(found), err)
		if err == nil {
			return
		}
		t.sleep(time.Minute)
	}
}

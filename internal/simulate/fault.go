package simulate

import (
	"math"
	"time"
)

// Fault is something that goes wrong at one I/O.
type Fault int

// The kinds of faults.
const (
	None         Fault = iota
	Refused            // a request does not leave: the connection is refused
	Limited            // a request is answered 429, without an effect
	Failed             // a write is answered 500, which Stripe keeps under its key, without an effect
	FailedAfter        // a write is answered 500, which Stripe keeps under its key, although it has had its effect
	Lost               // a request has its effect, and its answer is lost
	Late               // a request is cut, and arrives up to ten minutes later
	Unread             // a reading fails at Stripe
	StoreBefore        // a call of the store fails before it has had its effect
	StoreAfter         // a call of the store fails although it has had its effect
	KilledBefore       // the process is killed before its I/O has an effect
	KilledAfter        // the process is killed when its I/O has had its effect, and learns nothing of it
	PausedBefore       // the process stands still, for a second to forty hours, before its I/O
	PausedAfter        // the process stands still when its I/O has had its effect
	Outage             // all processes are killed, and begin again after more than a day
	KeyExpired         // counted: a write to an invoice whose keys Stripe has forgotten
	Restored           // counted: the ledger was replaced by an older copy
	kinds
)

func (f Fault) String() string {
	return [...]string{
		"none", "refused before send", "429", "cached 500 without effect", "cached 500 with effect", "response lost",
		"late arrival", "read failure", "store failure before commit", "store failure after commit", "killed before",
		"killed after", "paused before", "paused after", "outage", "key expiry", "restored",
	}[f]
}

// place is a kind of I/O.
type place int

const (
	reading  place = iota // GET
	writing               // POST
	deleting              // DELETE
	querying              // a reading call of the store
	storing               // a writing call of the store
	resting               // a sleep
	places
)

// fits are the faults that an I/O can meet: the ones that are wanted more often stand more than once.
//
//nolint:gochecknoglobals // a table
var fits = [places][]Fault{
	reading:  {Unread, Unread, Unread, Refused, Limited, Lost, KilledBefore, KilledAfter, PausedBefore, PausedAfter},
	writing:  {Refused, Limited, Failed, FailedAfter, Lost, Late, Late, KilledBefore, KilledAfter, KilledAfter, PausedBefore, PausedAfter, Outage},
	deleting: {Refused, Limited, Lost, Late, KilledBefore, KilledAfter, PausedBefore, PausedAfter},
	querying: {StoreBefore, StoreAfter, KilledBefore, PausedBefore, PausedAfter},
	storing:  {StoreBefore, StoreAfter, StoreAfter, KilledBefore, KilledAfter, PausedBefore, PausedAfter},
	resting:  {KilledBefore, PausedBefore},
}

// chooser says which fault the n-th I/O of a world meets.
type chooser func(n int, p place) Fault

// random chooses faults by the seed: rate of a thousand requests meet one. There are many more calls of the store, so that
// fewer of them do.
func (w *world) random(rate int) chooser {
	rates := [places]int{reading: rate, writing: rate, deleting: rate, querying: rate / 10, storing: rate / 3, resting: rate / 5}
	return func(_ int, p place) Fault {
		if w.rng.IntN(1000) >= rates[p] {
			return None
		}
		of := fits[p]
		return of[w.rng.IntN(len(of))]
	}
}

// strike decides about an I/O: it counts it, chooses its fault, and has the fault of the process itself.
func (t *task) strike(p place) Fault {
	if t.killed {
		panic(dead{})
	}
	w := t.w
	w.pass(w.latency(p))
	w.ios++
	w.log("%s %s", t.name, placeNames[p])
	if w.healed || !t.mortal {
		t.yield()
		return None
	}
	if w.places != nil {
		*w.places = append(*w.places, p)
	}
	f := w.choose(w.met, p)
	w.met++
	if f != None {
		w.report.Faults[f]++
		w.log("%s meets: %s", t.name, f)
	}
	switch f {
	case KilledBefore:
		t.kill()
	case Outage:
		w.outage(t)
	case PausedBefore:
		t.sleep(w.pause())
		return f
	}
	t.yield()
	return f
}

//nolint:gochecknoglobals // a table
var placeNames = [places]string{"GET", "POST", "DELETE", "query", "store", "sleep"}

// settle is what happens to the process when its I/O has had its effect, before it hears of it.
func (t *task) settle(f Fault) {
	switch f {
	case KilledAfter:
		t.kill()
	case PausedAfter:
		t.sleep(t.w.pause())
	default:
		t.yield()
	}
}

// latency is how long an I/O takes.
func (w *world) latency(p place) time.Duration {
	switch p {
	case reading, writing, deleting:
		return time.Duration(50+w.rng.IntN(400)) * time.Millisecond
	default:
		return time.Duration(1+w.rng.IntN(9)) * time.Millisecond
	}
}

// How long a process may stand still.
const (
	shortest = time.Second
	longest  = 40 * time.Hour
)

// pause is as likely to be of seconds as of minutes or of hours.
func (w *world) pause() time.Duration {
	if w.pausing > 0 {
		return w.pausing
	}
	return time.Duration(float64(shortest) * math.Pow(float64(longest/shortest), w.rng.Float64()))
}

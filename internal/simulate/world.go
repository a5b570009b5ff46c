package simulate

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"time"

	"github.com/billhatch/billhatch/internal/stripefake"
	"github.com/billhatch/billhatch/provider/memory"
	"github.com/billhatch/billhatch/usage/civil"
)

// Options change how worlds are made. The zero value is what the seed says.
type Options struct {
	Workers int // closing at the same time; 0: by the seed
	Rate    int // of a thousand requests that meet a fault; 0: DefaultRate; below 0: none
	// Calm worlds have one account and one month of three lines, one worker and no restore.
	Calm bool
	// Deaf processes do not notice that they stood still between their last look at the lease and the wire.
	Deaf bool
	// Restores is in how many of twenty worlds the ledger is restored; 0: in one.
	Restores int
	// History keeps what has happened.
	History bool

	groups  bool          // every account has groups that are invoiced apart
	choose  chooser       // instead of faults by the seed
	pausing time.Duration // of every pause; 0: by the seed
	places  *[]place      // gets the kinds of I/Os
}

// DefaultRate is how many of a thousand requests meet a fault. Calls of the store, of which there are many more, meet fewer.
const DefaultRate = 100

// world is a Stripe, a store, and the processes that close months over them, on one clock and with one source of chance.
type world struct {
	seed uint64
	opt  Options
	rng  *rand.Rand

	fake  *stripefake.Server
	realm *stripefake.Realm
	store *store

	accounts []*account
	months   []civil.Period // that are closed under faults, in UTC
	sweep    bool           // the month after them is closed too, for what came late in the last one

	events []event // to come, in order
	tasks  []*task
	ready  []*task
	idle   chan struct{}

	choose   chooser
	pausing  time.Duration
	deaf     bool
	restores int
	places   *[]place
	healed   bool // no faults any more
	ios      int
	met      int // I/Os that could meet a fault
	born     int // processes so far

	// What a scenario does at single I/Os; nil: nothing.
	ahead   func(t *task, r *http.Request)                     // before a request has its effect
	behind  func(t *task, r *http.Request, res *http.Response) // before its process hears of it
	calling func(t *task, op string)                           // before a call of the store has its effect

	done     map[job]bool // what some process has seen closed
	requests int
	written  map[string]time.Time // invoices, by when they were last written
	restored []time.Time
	report   Report
}

// Report is how a world has ended.
type Report struct {
	Seed     uint64
	Faults   [kinds]int
	IOs      int
	Requests int
	Invoices int // that are final
	Mails    int
	Charges  int
	Unmailed int // invoices that were taken over after a restore before they were mailed
	Problems []string
	History  []string
}

// Run makes the world of a seed, lets it run to its end, and checks it.
func Run(seed uint64, opt Options) Report {
	w := newWorld(seed, opt)
	w.live()
	w.check()
	w.report.IOs, w.report.Requests = w.ios, w.requests
	return w.report
}

// begin is where every world begins: shortly before its first month is over.
func begin() time.Time { return time.Date(2026, time.February, 28, 22, 0, 0, 0, time.UTC) }

func newWorld(seed uint64, opt Options) *world {
	w := &world{
		seed: seed, opt: opt, rng: rand.New(rand.NewPCG(seed, 0x62696c6c)), //nolint:gosec // chance that can be repeated
		fake: stripefake.New(stripefake.Options{Seed: seed, Start: begin()}), written: map[string]time.Time{}, done: map[job]bool{},
		restores: max(opt.Restores, 1), pausing: opt.pausing, places: opt.places, deaf: opt.Deaf,
	}
	w.report.Seed = seed
	w.realm = w.fake.Test()
	w.store = &store{w: w, host: memory.New(), ledger: memory.New()}
	rate := opt.Rate
	if rate == 0 {
		rate = DefaultRate
	}
	switch {
	case opt.choose != nil:
		w.choose = opt.choose
	case rate < 0:
		w.choose = func(int, place) Fault { return None }
	default:
		w.choose = w.random(rate)
	}
	month, err := civil.Month(2026, time.February, time.UTC)
	must(err)
	for range w.oneOf(87, 10, 3) {
		w.months = append(w.months, month)
		month = month.Next()
	}
	if opt.Calm {
		w.months = w.months[:1]
	}
	n := w.oneOf(92, 6, 2)
	if opt.Calm {
		n = 1
	}
	for i := range n {
		w.accounts = append(w.accounts, w.newAccount(i))
	}
	return w
}

// oneOf gives 1, 2, 3 and so on, with chances of a hundred.
func (w *world) oneOf(chances ...int) int {
	at := w.rng.IntN(100)
	for i, chance := range chances {
		if at -= chance; at < 0 {
			return i + 1
		}
	}
	return len(chances)
}

// end is the end of a month that is closed under faults.
func end(month civil.Period) time.Time {
	_, at := month.Bounds()
	return at
}

// last is the end of the last month that is closed under faults.
func (w *world) last() time.Time { return end(w.months[len(w.months)-1]) }

// plan puts an event in its place.
func (w *world) plan(at time.Time, do func()) {
	i, _ := slices.BinarySearchFunc(w.events, at, func(e event, at time.Time) int {
		if e.at.After(at) {
			return 1
		}
		return -1
	})
	w.events = slices.Insert(w.events, i, event{at, do})
}

// log writes the history.
func (w *world) log(format string, args ...any) {
	if w.opt.History {
		w.report.History = append(w.report.History, w.now().Format("01-02 15:04:05.000 ")+fmt.Sprintf(format, args...))
	}
}

// must ends the program when the simulator itself is wrong.
func must(err error) {
	if err != nil {
		panic("simulate: " + err.Error())
	}
}

package simulate

import (
	"fmt"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
)

// Total sums up many worlds.
type Total struct {
	Report // sums; its seed, problems and history are empty
	Worlds int
	Bad    []Report // in order of seed
}

// RunMany runs the worlds of n seeds, as many at a time as there are processors. It ends early when too many are bad.
func RunMany(first uint64, n int, opt Options) Total {
	const enough = 5
	var next atomic.Uint64
	var bad atomic.Int64
	var mu sync.Mutex
	var total Total
	var all sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		all.Go(func() {
			var own Total
			for bad.Load() < enough {
				i := next.Add(1) - 1
				if i >= uint64(n) {
					break
				}
				r := Run(first+i, opt)
				bad.Add(int64(min(len(r.Problems), 1)))
				own.add(&r)
			}
			mu.Lock()
			defer mu.Unlock()
			total.join(&own)
		})
	}
	all.Wait()
	return total
}

func (t *Total) add(r *Report) {
	t.Worlds++
	t.sum(r)
	if len(r.Problems) > 0 {
		t.Bad = append(t.Bad, *r)
	}
}

func (t *Total) join(other *Total) {
	t.Worlds += other.Worlds
	t.sum(&other.Report)
	t.Bad = append(t.Bad, other.Bad...)
}

func (t *Total) sum(r *Report) {
	for f, n := range r.Faults {
		t.Faults[f] += n
	}
	t.IOs += r.IOs
	t.Requests += r.Requests
	t.Invoices += r.Invoices
	t.Mails += r.Mails
	t.Charges += r.Charges
	t.Unmailed += r.Unmailed
}

// Kills is how many processes were killed, outages not counted.
func (t *Total) Kills() int { return t.Faults[KilledBefore] + t.Faults[KilledAfter] }

// Sum is how many faults there were.
func (t *Total) Sum() int {
	n := 0
	for _, of := range t.Faults {
		n += of
	}
	return n
}

// Missing are the kinds of faults that have not occurred: then the run says nothing.
func (t *Total) Missing() []Fault {
	var out []Fault
	for f := None + 1; f < kinds; f++ {
		if t.Faults[f] == 0 {
			out = append(out, f)
		}
	}
	return out
}

// String gives the figures.
func (t *Total) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d worlds, %d I/Os, %d requests, %d charges, %d invoices, %d mails, %d faults, %d kills, %d bad\n",
		t.Worlds, t.IOs, t.Requests, t.Charges, t.Invoices, t.Mails, t.Sum(), t.Kills(), len(t.Bad))
	for f := None + 1; f < kinds; f++ {
		fmt.Fprintf(&b, "  %-28s %d\n", f, t.Faults[f])
	}
	fmt.Fprintf(&b, "  excused after a restore: %d mails\n", t.Unmailed)
	return b.String()
}

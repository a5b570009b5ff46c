package usage

import "github.com/billhatch/billhatch/usage/civil"

// dayCount counts the billable users of one tenant for each day of the period, as differences: a stretch of coverage
// adds one on its first day and takes it away on the day after its last. It is as large for one user as for a million.
type dayCount struct {
	ruler   *ruler
	windows []piece // billable parts of the period up to the last day that is told, in order
	told    int     // days that are told, from the first of the period on
	diff    []int   // by day of the period, and one more
}

// newDayCount counts the whole period, or the days up to and including asOf where there is one: who is covered on that
// day is known, although a statement to date does not charge it yet.
func newDayCount(in *Input, r *ruler, t *Tenant) (*dayCount, error) {
	d := &dayCount{ruler: r, told: in.Period.Days(), diff: make([]int, in.Period.Days()+1)}
	var until civil.Date
	if in.Finality == ToDate {
		d.told = in.AsOf.Sub(in.Period.From()) + 1
		until = in.AsOf.AddDays(1)
	}
	spans, err := t.windows(in.Period, in.Plan.IncludedDays, until)
	if err != nil { // guard: the same windows, but for a day, have been made before
		return nil, err
	}
	d.windows = r.spans(spans)
	return d, nil
}

// cover counts a user n times: 1, or -1 to take him back. His billable pieces are united and in order.
func (d *dayCount) cover(pieces []piece, n int) {
	next := int32(0) // under Seconds two pieces may touch the same day
	for _, p := range pieces {
		for _, w := range d.windows {
			lo, hi := max(p.lo, w.lo), min(p.hi, w.hi)
			if lo >= hi {
				continue
			}
			if d.ruler.policy == Seconds {
				lo, hi = d.days(lo, hi)
				lo = max(lo, next)
				next = hi
			}
			if lo < hi {
				d.diff[lo] += n
				d.diff[hi] -= n
			}
		}
	}
}

// days turns a stretch of seconds into the days of the period that it touches.
func (d *dayCount) days(lo, hi int32) (from, to int32) {
	touched := d.ruler.days(piece{lo, hi})
	return touched.From.Ordinal() - int32(d.ruler.first), touched.To.Ordinal() - int32(d.ruler.first)
}

// untold is said of a tenant without a roster that was not billable before asOf: if it is on that day, the last one, its
// users are not known.
func (d *dayCount) untold() {
	if len(d.windows) > 0 {
		d.told--
	}
}

// counts gives the number of users for each day that is told.
func (d *dayCount) counts() []int {
	out := make([]int, d.told)
	sum := 0
	for i := range out {
		sum += d.diff[i]
		if d.ruler.policy == Seconds && d.ruler.edges()[i] == d.ruler.edges()[i+1] {
			continue // a day that the zone leaves out has no seconds to be covered
		}
		out[i] = sum
	}
	return out
}

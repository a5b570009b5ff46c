package usage

import (
	"math"
	"slices"
	"time"

	"github.com/billhatch/billhatch/usage/civil"
)

// pair is a half-open stretch of ticks.
type pair struct{ lo, hi int64 }

// ruler measures coverage in ticks under one policy: civil days for the policies of days, seconds for Seconds.
type ruler struct {
	policy Policy
	zone   *time.Location
	first  int64   // ordinal of the first civil day of the period
	edges  []int64 // instants (nanoseconds) at which the civil days of the period begin, and at which it ends
	whole  pair    // the period in ticks
	last   int64   // tick that a user must cover to be counted at the end of the period
}

// newRuler measures the period; until cuts the head count short for a statement to date (zero: the whole period).
func newRuler(policy Policy, period civil.Period, until civil.Date) (*ruler, error) {
	start, end := period.Bounds()
	if !nanoSafe(start) || !nanoSafe(end) {
		return nil, &Error{Kind: ErrInterval, Detail: "period " + period.String() + " is out of range"}
	}
	r := &ruler{policy: policy, zone: period.Zone(), first: int64(period.From().Ordinal())}
	r.edges = make([]int64, period.Days()+1)
	for i := range r.edges {
		r.edges[i] = period.From().AddDays(i).Start(r.zone).UnixNano()
	}
	r.whole = r.span(period.Span())
	r.last = r.whole.hi - 1
	if !until.IsZero() {
		r.last = r.span(civil.Span{From: period.From(), To: until}).hi - 1
	}
	return r, nil
}

// of is the denominator: the ticks of the whole period.
func (r *ruler) of() int64 { return r.whole.hi - r.whole.lo }

// span turns civil days inside or around the period into ticks.
func (r *ruler) span(s civil.Span) pair {
	lo, hi := int64(s.From.Ordinal()), int64(openEnd)
	if !s.IsOpen() {
		hi = int64(s.To.Ordinal())
	}
	if r.policy == Seconds {
		return pair{r.second(lo), r.second(hi)}
	}
	return pair{lo, hi}
}

// second is the instant at which a civil day begins, in seconds; days outside the period are moved to its ends.
func (r *ruler) second(day int64) int64 {
	i := min(max(day-r.first, 0), int64(len(r.edges)-1))
	return floorSecond(r.edges[i])
}

// day is the ordinal of the civil day of an instant. Instants before the period fall on the day before it, instants
// after it on the day after it.
func (r *ruler) day(ns int64) int64 {
	i, found := slices.BinarySearch(r.edges, ns)
	for found && i+1 < len(r.edges) && r.edges[i+1] == ns {
		i++ // a civil day that does not exist in the zone begins together with the next one
	}
	if found {
		return r.first + int64(i)
	}
	return r.first + int64(i) - 1
}

// ticks turns an interval into ticks, not yet cut to the period.
func (r *ruler) ticks(iv Interval) pair {
	if !iv.timed {
		if r.policy == Seconds {
			return pair{r.second(iv.from), r.second(iv.to)}
		}
		return pair{iv.from, iv.to}
	}
	switch r.policy {
	case Seconds:
		return pair{floorSecond(iv.from), floorSecond(iv.to)}
	case TouchedDays, FullPeriod:
		from := r.day(iv.from)
		return pair{from, max(r.day(iv.to-1), from) + 1}
	default:
		return pair{r.day(iv.from), r.day(iv.to)}
	}
}

// date is the civil day of a tick.
func (r *ruler) date(tick int64) civil.Date {
	if r.policy == Seconds {
		return civil.FromOrdinal(int32(r.day(tick * int64(time.Second))))
	}
	return civil.FromOrdinal(int32(tick))
}

// days gives the civil days that a stretch of ticks touches.
func (r *ruler) days(p pair) civil.Span {
	return civil.Span{From: r.date(p.lo), To: r.date(p.hi - 1).AddDays(1)}
}

// floorSecond cuts an instant to whole seconds; an open end stays open.
func floorSecond(ns int64) int64 {
	if ns == openEnd {
		return math.MaxInt64
	}
	s := ns / int64(time.Second)
	if ns%int64(time.Second) < 0 {
		s--
	}
	return s
}

// unite sorts stretches and joins those that overlap or touch, in place.
func unite(pairs []pair) []pair {
	if len(pairs) < 2 {
		return pairs
	}
	slices.SortFunc(pairs, func(a, b pair) int {
		switch {
		case a.lo != b.lo && a.lo < b.lo:
			return -1
		case a.lo != b.lo:
			return 1
		case a.hi < b.hi:
			return -1
		case a.hi > b.hi:
			return 1
		}
		return 0
	})
	out := pairs[:1]
	for _, p := range pairs[1:] {
		if end := &out[len(out)-1]; p.lo <= end.hi {
			end.hi = max(end.hi, p.hi)
			continue
		}
		out = append(out, p)
	}
	return out
}

// within cuts united stretches to the windows (both in order) and appends what is left to dst.
func within(dst, pairs, windows []pair) []pair {
	for _, p := range pairs {
		for _, w := range windows {
			if lo, hi := max(p.lo, w.lo), min(p.hi, w.hi); lo < hi {
				dst = append(dst, pair{lo, hi})
			}
		}
	}
	return dst
}

// total is the length of stretches that do not overlap.
func total(pairs []pair) (sum int64) {
	for _, p := range pairs {
		sum += p.hi - p.lo
	}
	return sum
}

package usage

import (
	"cmp"
	"math"
	"slices"
	"time"

	"github.com/billhatch/billhatch/usage/civil"
)

// piece is a half-open stretch of ticks within the period, counted from its start.
type piece struct{ lo, hi int32 }

// ruler measures coverage in ticks under one policy: civil days for the policies of days, seconds for Seconds.
type ruler struct {
	policy Policy
	period civil.Period
	first  int64   // ordinal of the first civil day of the period
	starts []int64 // see edges
	start  int64   // tick at which the period begins
	of     int32   // ticks of the whole period: the denominator
	last   int32   // tick that a user must cover to be counted at the end of the period
}

// newRuler measures the period; until cuts the head count short for a statement to date (zero: the whole period).
func newRuler(policy Policy, period civil.Period, until civil.Date) (*ruler, error) {
	start, end := period.Bounds()
	if !nanoSafe(start) || !nanoSafe(end) {
		return nil, &Error{Kind: ErrInterval, Detail: "period " + period.String() + " is out of range"}
	}
	r := &ruler{policy: policy, period: period, first: int64(period.From().Ordinal())}
	lo, hi := r.bounds(period.Span())
	if hi <= lo || hi-lo > math.MaxInt32 { // a zone may have left out the only day of a period
		return nil, &Error{Kind: ErrInterval, Detail: "period " + period.String() + " has no time in it, or too much"}
	}
	r.start, r.of = lo, int32(hi-lo)
	r.last = r.of - 1
	if !until.IsZero() {
		r.last = r.span(civil.Span{From: period.From(), To: until}).hi - 1
	}
	return r, nil
}

// edges are the instants (nanoseconds) at which the civil days of the period begin, and at which it ends. Where everything
// is stated in civil days nobody asks for them.
func (r *ruler) edges() []int64 {
	if r.starts == nil {
		r.starts = make([]int64, r.period.Days()+1)
		for i := range r.starts {
			r.starts[i] = r.period.From().AddDays(i).Start(r.period.Zone()).UnixNano()
		}
	}
	return r.starts
}

// bounds turns civil days into ticks that are not cut to the period.
func (r *ruler) bounds(s civil.Span) (lo, hi int64) {
	lo, hi = int64(s.From.Ordinal()), openEnd
	if !s.IsOpen() {
		hi = int64(s.To.Ordinal())
	}
	if r.policy == Seconds {
		return r.second(lo), r.second(hi)
	}
	return lo, hi
}

// span turns civil days into what they have of the period.
func (r *ruler) span(s civil.Span) piece {
	p, _ := r.cut(r.bounds(s))
	return p
}

func (r *ruler) spans(spans []civil.Span) []piece {
	out := make([]piece, len(spans))
	for i, s := range spans {
		out[i] = r.span(s)
	}
	return out
}

// cut gives what a stretch of ticks has of the period, and whether it has any.
func (r *ruler) cut(lo, hi int64) (piece, bool) {
	lo, hi = max(lo-r.start, 0), min(hi-r.start, int64(r.of))
	if lo >= hi {
		return piece{}, false
	}
	return piece{int32(lo), int32(hi)}, true
}

// second is the instant at which a civil day begins, in seconds; days outside the period are moved to its ends.
func (r *ruler) second(day int64) int64 {
	edges := r.edges()
	return floorSecond(edges[min(max(day-r.first, 0), int64(len(edges)-1))])
}

// day is the ordinal of the civil day of an instant. Instants before the period fall on the day before it, instants
// after it on the day after it.
func (r *ruler) day(ns int64) int64 {
	edges := r.edges()
	i, found := slices.BinarySearch(edges, ns)
	for found && i+1 < len(edges) && edges[i+1] == ns {
		i++ // a civil day that does not exist in the zone begins together with the next one
	}
	if found {
		return r.first + int64(i)
	}
	return r.first + int64(i) - 1
}

// measure gives what an interval covers of the period, and whether it covers any.
func (r *ruler) measure(iv *Interval) (piece, bool) {
	if iv.kind == civilDays && r.policy != Seconds {
		return r.cut(iv.from, iv.to)
	}
	return r.measureTime(iv)
}

func (r *ruler) measureTime(iv *Interval) (piece, bool) {
	switch {
	case iv.kind == civilDays:
		return r.cut(r.second(iv.from), r.second(iv.to))
	case r.policy == Seconds:
		return r.cut(floorSecond(iv.from), floorSecond(iv.to))
	case r.policy == TouchedDays || r.policy == FullPeriod:
		from := r.day(iv.from)
		return r.cut(from, max(r.day(iv.to-1), from)+1)
	default:
		return r.cut(r.day(iv.from), r.day(iv.to))
	}
}

// date is the civil day of a tick.
func (r *ruler) date(offset int32) civil.Date {
	tick := r.start + int64(offset)
	if r.policy == Seconds {
		tick = r.day(tick * int64(time.Second))
	}
	return civil.FromOrdinal(int32(tick))
}

// days gives the civil days that a stretch of ticks touches.
func (r *ruler) days(p piece) civil.Span {
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

// unite sorts pieces and joins those that overlap or touch, in place.
func unite(pieces []piece) []piece {
	if len(pieces) < 2 {
		return pieces
	}
	slices.SortFunc(pieces, func(a, b piece) int { return cmp.Or(cmp.Compare(a.lo, b.lo), cmp.Compare(a.hi, b.hi)) })
	out := pieces[:1]
	for _, p := range pieces[1:] {
		if end := &out[len(out)-1]; p.lo <= end.hi {
			end.hi = max(end.hi, p.hi)
			continue
		}
		out = append(out, p)
	}
	return out
}

// within appends to dst what united pieces have of the windows; both are in order.
func within(dst, pieces, windows []piece) []piece {
	for _, p := range pieces {
		for _, w := range windows {
			if lo, hi := max(p.lo, w.lo), min(p.hi, w.hi); lo < hi {
				dst = append(dst, piece{lo, hi})
			}
		}
	}
	return dst
}

// total is the length of pieces.
func total(pieces []piece) (sum int64) {
	for _, p := range pieces {
		sum += int64(p.hi - p.lo)
	}
	return sum
}

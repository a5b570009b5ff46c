package usage

import (
	"math"
	"time"

	"github.com/billhatch/billhatch/usage/civil"
)

// Interval is a half-open stretch of coverage, either of civil days or of instants: the start belongs to it, the
// end does not. The zero value is empty and refused. Build one with [Days] or [Times].
type Interval struct {
	from, to int64 // civil ordinals, or nanoseconds since 1970
	kind     intervalKind
}

type intervalKind uint8

const (
	noInterval intervalKind = iota
	civilDays
	instants
)

const openEnd = math.MaxInt64

// Days is coverage from one civil day until before another. A zero to is an open end: covered until further notice.
func Days(from, to civil.Date) Interval {
	if from.IsZero() {
		return Interval{}
	}
	iv := Interval{from: int64(from.Ordinal()), to: int64(to.Ordinal()), kind: civilDays}
	if to.IsZero() {
		iv.to = openEnd
	}
	return iv
}

// Times is coverage from one instant until before another. A zero to is an open end. Instants outside the years
// 1678 to 2262 make it invalid. Under a policy of days the civil days of the account's zone are taken from it.
func Times(from, to time.Time) Interval {
	if from.IsZero() || !nanoSafe(from) || (!to.IsZero() && !nanoSafe(to)) {
		return Interval{}
	}
	iv := Interval{from: from.UnixNano(), to: openEnd, kind: instants}
	if !to.IsZero() {
		iv.to = to.UnixNano()
	}
	return iv
}

// nanoSafe tells whether UnixNano is defined for t.
func nanoSafe(t time.Time) bool { return t.Year() >= 1678 && t.Year() < 2262 }

// Valid tells whether the interval has a start and does not end before it. An interval that ends where it starts
// is valid: it covers nothing under [HalfOpenDays] and [Seconds], and its day under [TouchedDays] when it is timed.
func (iv Interval) Valid() bool { return iv.kind != noInterval && iv.from <= iv.to }

// IsOpen tells whether the coverage has no end yet.
func (iv Interval) IsOpen() bool { return iv.kind != noInterval && iv.to == openEnd }

// Dates gives back what [Days] was given; to is zero when the end is open. It reports false for any other interval.
func (iv Interval) Dates() (from, to civil.Date, ok bool) {
	if iv.kind != civilDays {
		return civil.Date{}, civil.Date{}, false
	}
	from = civil.FromOrdinal(int32(iv.from))
	if iv.to != openEnd {
		to = civil.FromOrdinal(int32(iv.to))
	}
	return from, to, true
}

// Instants gives back what [Times] was given, in UTC; to is zero when the end is open. It reports false for any other
// interval.
func (iv Interval) Instants() (from, to time.Time, ok bool) {
	if iv.kind != instants {
		return time.Time{}, time.Time{}, false
	}
	from = time.Unix(0, iv.from).UTC()
	if iv.to != openEnd {
		to = time.Unix(0, iv.to).UTC()
	}
	return from, to, true
}

// String gives the interval as it was stated, for messages.
func (iv Interval) String() string {
	if iv.kind == noInterval {
		return "none"
	}
	if iv.kind == instants {
		return iv.instant(iv.from) + ".." + iv.instant(iv.to)
	}
	return iv.day(iv.from) + ".." + iv.day(iv.to)
}

func (iv Interval) instant(ns int64) string {
	if ns == openEnd {
		return ""
	}
	return time.Unix(0, ns).UTC().Format(time.RFC3339Nano)
}

func (iv Interval) day(n int64) string {
	if n == openEnd || n <= 0 || n > math.MaxInt32 {
		return ""
	}
	return civil.FromOrdinal(int32(n)).String()
}

package civil

import (
	"cmp"
	"slices"
)

// Span is a half-open stretch of days: From belongs to it, To does not. A zero To leaves it open. From is
// required: there is no span without a beginning.
type Span struct {
	From Date `json:"from"`
	To   Date `json:"to,omitzero"` // first day that no longer belongs; zero: open
}

// Valid tells whether the span has a beginning and at least one day. Errors: [ErrPeriod].
func (s Span) Valid() error {
	switch {
	case s.From.IsZero():
		return fail(ErrPeriod, s.String(), "no beginning")
	case s.IsOpen() || s.From.Before(s.To):
		return nil
	case s.From == s.To:
		return fail(ErrPeriod, s.String(), "no days")
	}
	return fail(ErrPeriod, s.String(), "ends before it begins")
}

// IsOpen tells whether the span has no end.
func (s Span) IsOpen() bool { return s.To.IsZero() }

// Days is the number of days; an open span counts to the end of the year 9999. A span that is not valid has
// none.
func (s Span) Days() int {
	if s.From.IsZero() {
		return 0
	}
	return max(0, int(s.end()-s.From.n))
}

// Contains tells whether the day belongs to the span. The zero Date belongs to none.
func (s Span) Contains(d Date) bool {
	return !s.From.IsZero() && s.From.n <= d.n && d.n < s.end()
}

// Intersect gives the days that both spans share. It reports false when there are none.
func (s Span) Intersect(o Span) (Span, bool) {
	if s.From.IsZero() || o.From.IsZero() {
		return Span{}, false
	}
	r := Span{From: Date{max(s.From.n, o.From.n)}, To: s.To}
	if s.IsOpen() || !o.IsOpen() && o.To.Before(s.To) {
		r.To = o.To
	}
	if r.From.n >= r.end() {
		return Span{}, false
	}
	return r, true
}

// String is "2026-10-01..2026-11-01"; an open span ends with the dots.
func (s Span) String() string { return s.From.String() + ".." + s.To.String() }

// end is the day number after the last day.
func (s Span) end() int32 {
	if s.IsOpen() {
		return maxOrdinal + 1
	}
	return s.To.n
}

// Unite sorts the spans by their beginning and joins those that overlap or touch, so that every day that was
// in any of them is in exactly one. It works in the slice it is given and returns a part of it. Check the
// spans with [Span.Valid] before: one that is not valid covers no day and is left out.
func Unite(spans []Span) []Span {
	spans = slices.DeleteFunc(spans, func(s Span) bool { return s.Days() == 0 })
	slices.SortFunc(spans, func(a, b Span) int { return cmp.Compare(a.From.n, b.From.n) })
	kept := 0
	for i, s := range spans {
		if i > 0 && s.From.n <= spans[kept].end() {
			if s.end() > spans[kept].end() {
				spans[kept].To = s.To
			}
			continue
		}
		if i > 0 {
			kept++
		}
		spans[kept] = s
	}
	return spans[:min(kept+1, len(spans))]
}

package civil

import (
	"fmt"
	"time"
)

// Cycle describes billing periods that follow each other from an anchor, in both directions: every so many
// months, or every so many days. Boundary 0 is the anchor, or AnchorDay in its month.
type Cycle struct {
	Anchor    Date `json:"anchor"`
	Months    int  `json:"months,omitempty"`     // length of a period in months; 0 when Days is set
	Days      int  `json:"days,omitempty"`       // length of a period in days; 0 when Months is set
	AnchorDay int  `json:"anchor_day,omitempty"` // day of the month on which periods begin, 1 to 31; 0: that of Anchor
}

// Valid tells whether the cycle can be used. Errors: [ErrPeriod] without an anchor, unless exactly one of
// Months and Days is set and is at least 1, and for an AnchorDay that no month has or that stands beside Days.
func (c Cycle) Valid() error {
	var reason string
	switch {
	case c.Anchor.IsZero():
		reason = "no anchor"
	case c.Months < 0 || c.Days < 0 || c.Months == 0 && c.Days == 0:
		reason = "needs a length of at least one month or day"
	case c.Months > 0 && c.Days > 0:
		reason = "has a length in months and in days"
	case c.AnchorDay < 0 || c.AnchorDay > 31:
		reason = "the anchor day must be 1 to 31"
	case c.AnchorDay > 0 && c.Days > 0:
		reason = "an anchor day needs a length in months"
	default:
		return nil
	}
	return fail(ErrPeriod, c.String(), reason)
}

// String names the cycle in messages.
func (c Cycle) String() string {
	s := fmt.Sprintf("every %d months from %s", c.Months, c.Anchor)
	if c.Days != 0 {
		s = fmt.Sprintf("every %d days from %s", c.Days, c.Anchor)
	}
	if c.AnchorDay != 0 {
		s += fmt.Sprintf(" on day %d", c.AnchorDay)
	}
	return s
}

// Boundary is the first day of period n, which is the day after the last one of period n-1. In months that
// do not have the anchor's day it is the last day of the month; the next boundary is back on the anchor's
// day. It stops at 0001-01-01 and 9999-12-31, and is the zero Date when the cycle is not valid.
func (c Cycle) Boundary(n int) Date {
	if c.Valid() != nil {
		return Date{}
	}
	d, ok := c.boundary(n)
	switch {
	case ok:
		return d
	case n < 0:
		return Date{minOrdinal}
	}
	return Date{maxOrdinal}
}

// boundary is Boundary of a valid cycle; it reports false beyond the calendar.
func (c Cycle) boundary(n int) (Date, bool) {
	step, most := c.Months, 12*maxYear
	if c.Days > 0 {
		step, most = c.Days, maxOrdinal
	}
	if n != 0 && (step > most || n > most/step || n < -most/step) {
		return Date{}, false
	}
	if c.Days > 0 {
		d := FromOrdinal(c.Anchor.n + int32(n*c.Days))
		return d, !d.IsZero()
	}
	day := c.AnchorDay
	if day == 0 {
		_, _, day = c.Anchor.Date()
	}
	return c.Anchor.addMonths(n*c.Months, day)
}

// PeriodAt is the period of the cycle that holds a day, also before the anchor. Errors: [ErrPeriod] for a
// cycle that is not valid, for the zero Date and where the period leaves the calendar; [ErrZone].
func (c Cycle) PeriodAt(d Date, zone *time.Location) (Period, error) {
	if err := c.Valid(); err != nil {
		return Period{}, err
	}
	if err := checkZone(zone); err != nil {
		return Period{}, err
	}
	if d.IsZero() {
		return Period{}, fail(ErrPeriod, c.String(), "no date to look at")
	}
	n := c.index(d)
	from, ok1 := c.boundary(n)
	to, ok2 := c.boundary(n + 1)
	if !ok1 || !ok2 {
		return Period{}, fail(ErrPeriod, c.String(), "the period at "+d.String()+" leaves the years 1 to 9999")
	}
	return Period{from: from, to: to, zone: zone, cycle: c, n: n}, nil
}

// index is the number of the period that holds d, for a valid cycle.
func (c Cycle) index(d Date) int {
	if c.Days > 0 {
		return floorDiv(d.Sub(c.Anchor), c.Days)
	}
	year, month, _ := d.Date()
	anchorYear, anchorMonth, _ := c.Anchor.Date()
	n := floorDiv(12*(year-anchorYear)+int(month-anchorMonth), c.Months)
	// The month of d is the first of period n or a later one: only its boundary can still lie ahead of d.
	if b, ok := c.boundary(n); ok && d.Before(b) {
		n--
	}
	return n
}

// floorDiv divides towards minus infinity; b is positive.
func floorDiv(a, b int) int {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

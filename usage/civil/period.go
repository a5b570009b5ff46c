package civil

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"
)

// Period is a half-open stretch of days in a time zone: a civil month, a period of a [Cycle], or any other.
// The zero Period is none; every other one has a zone and at least one day. Compare with [Period.Equal].
type Period struct {
	from, to Date
	zone     *time.Location
	cycle    Cycle // zero unless the period is one of a cycle
	n        int   // its number there
}

// NewPeriod makes a period from its first day to the day after its last. Errors: [ErrPeriod] unless both
// dates are set and from is before to; [ErrZone] without a zone and for time.Local.
func NewPeriod(from, to Date, zone *time.Location) (Period, error) {
	if err := checkZone(zone); err != nil {
		return Period{}, err
	}
	s := Span{From: from, To: to}
	if err := s.Valid(); err != nil {
		return Period{}, err
	}
	if s.IsOpen() {
		return Period{}, fail(ErrPeriod, s.String(), "no end")
	}
	return Period{from: from, to: to, zone: zone}, nil
}

// Month is a civil month. Errors: [ErrPeriod] for a year outside 1 to 9999, for a month outside January to
// December and for December 9999, whose end is no date; [ErrZone].
func Month(year int, month time.Month, zone *time.Location) (Period, error) {
	var reason string
	switch {
	case year < minYear || year > maxYear:
		reason = "the year must be 1 to 9999"
	case month < time.January || month > time.December:
		reason = "the month must be 1 to 12"
	case year == maxYear && month == time.December:
		reason = "the month ends after 9999-12-31"
	default:
		if err := checkZone(zone); err != nil {
			return Period{}, err
		}
		from := Date{ordinalOf(uint32(year), uint32(month), 1)}
		return Period{from: from, to: from.AddDays(daysIn(year, month)), zone: zone}, nil
	}
	return Period{}, fail(ErrPeriod, fmt.Sprintf("%04d-%02d", year, int(month)), reason)
}

// ParseMonth reads exactly the form 2006-01. Errors: [ErrPeriod], [ErrZone].
func ParseMonth(s string, zone *time.Location) (Period, error) {
	if len(s) == len("2006-01") && s[4] == '-' {
		year, ok1 := digits(s[:4])
		month, ok2 := digits(s[5:])
		if ok1 && ok2 {
			return Month(year, time.Month(month), zone)
		}
	}
	return Period{}, fail(ErrPeriod, s, "want the form 2006-01")
}

// MonthOf is the civil month that holds an instant. Errors: [ErrPeriod] for the zero time and for a month
// outside the calendar; [ErrZone].
func MonthOf(t time.Time, zone *time.Location) (Period, error) {
	if err := checkZone(zone); err != nil {
		return Period{}, err
	}
	if t.IsZero() {
		return Period{}, fail(ErrPeriod, "", "the time is not set")
	}
	d := DateOf(t, zone)
	if d.IsZero() {
		return Period{}, fail(ErrPeriod, t.String(), "the year must be 1 to 9999")
	}
	year, month, _ := d.Date()
	p, err := Month(year, month, zone)
	if err == nil && !p.Contains(t) {
		// The clocks went back over the end of the month; the next month has begun before.
		return Month(year+int(month)/12, month%12+1, zone)
	}
	return p, err
}

// From is the first day.
func (p Period) From() Date { return p.from }

// To is the day after the last day.
func (p Period) To() Date { return p.to }

// Zone is the time zone, or nil for the zero Period.
func (p Period) Zone() *time.Location { return p.zone }

// Span is the period without its zone.
func (p Period) Span() Span { return Span{From: p.from, To: p.to} }

// Days is the number of civil days, 0 for the zero Period. It is the denominator of proration by days.
func (p Period) Days() int { return int(p.to.n - p.from.n) }

// IsZero tells whether p is no period.
func (p Period) IsZero() bool { return p.from.IsZero() }

// Equal tells whether both have the same days in a zone of the same name. How a period was made, and so what
// its neighbours are, makes no difference.
func (p Period) Equal(q Period) bool {
	return p.from == q.from && p.to == q.to && (p.zone == q.zone || p.zone != nil && q.zone != nil && p.zone.String() == q.zone.String())
}

// Bounds are the instants at which the period begins and at which the next one does, see [Date.Start].
func (p Period) Bounds() (start, end time.Time) { return p.from.Start(p.zone), p.to.Start(p.zone) }

// Contains tells whether an instant is in the period; its end is not.
func (p Period) Contains(t time.Time) bool {
	if p.IsZero() {
		return false
	}
	start, end := p.Bounds()
	return !t.Before(start) && t.Before(end)
}

// ContainsDate tells whether a day is in the period.
func (p Period) ContainsDate(d Date) bool { return p.Span().Contains(d) }

// Next is the period that begins where p ends: the next period of its cycle, the next civil month, and
// otherwise one of the same number of days. It is the zero Period when that one would leave the calendar.
func (p Period) Next() Period { return p.neighbour(1) }

// Prev is the period that ends where p begins, as in [Period.Next].
func (p Period) Prev() Period { return p.neighbour(-1) }

func (p Period) neighbour(step int) Period {
	if p.IsZero() {
		return p
	}
	q := Period{zone: p.zone, cycle: p.cycle, n: p.n + step}
	var ok1, ok2 bool
	switch _, _, month := p.Month(); {
	case !p.cycle.Anchor.IsZero():
		q.from, ok1 = p.cycle.boundary(q.n)
		q.to, ok2 = p.cycle.boundary(q.n + 1)
	case month:
		q.n = 0
		q.from, ok1 = p.from.addMonths(step, 1)
		q.to, ok2 = p.to.addMonths(step, 1)
	default:
		q.n = 0
		q.from, q.to = FromOrdinal(p.from.n+int32(step*p.Days())), FromOrdinal(p.to.n+int32(step*p.Days()))
		ok1, ok2 = !q.from.IsZero(), !q.to.IsZero()
	}
	if !ok1 || !ok2 {
		return Period{}
	}
	return q
}

// Month tells whether the period is exactly one civil month, and which.
func (p Period) Month() (year int, month time.Month, ok bool) {
	year, month, day := p.from.Date()
	if day != 1 || p.Days() != daysIn(year, month) {
		return 0, 0, false
	}
	return year, month, true
}

// String is "2026-10" for a civil month, "2026-10-05..2026-11-05" for another period and "" for the zero
// Period. The zone is not part of it.
func (p Period) String() string {
	if p.IsZero() {
		return ""
	}
	if _, _, ok := p.Month(); ok {
		return p.from.String()[:len("2006-01")]
	}
	return p.Span().String()
}

// jsonPeriod is the JSON form.
type jsonPeriod struct {
	From  Date   `json:"from"`
	To    Date   `json:"to"`
	Zone  string `json:"zone"`
	Cycle *Cycle `json:"cycle,omitempty"`
}

// MarshalJSON writes {"from":"2026-10-01","to":"2026-11-01","zone":"Australia/Sydney"}, and for a period of a
// cycle the cycle too. The zero Period is null.
func (p Period) MarshalJSON() ([]byte, error) {
	if p.IsZero() {
		return []byte("null"), nil
	}
	j := jsonPeriod{From: p.from, To: p.to, Zone: p.zone.String()}
	if !p.cycle.Anchor.IsZero() {
		j.Cycle = &p.cycle
	}
	return json.Marshal(j)
}

// UnmarshalJSON reads what MarshalJSON writes, with no other members; null makes the zero Period. The zone must be one that
// [LoadZone] knows, and a cycle must have exactly this period. Errors: [ErrDate], [ErrPeriod], [ErrZone] and
// those of encoding/json; p is then unchanged.
func (p *Period) UnmarshalJSON(data []byte) error {
	if string(data) == "null" {
		*p = Period{}
		return nil
	}
	var j jsonPeriod
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&j); err != nil {
		return err
	}
	zone, err := LoadZone(j.Zone)
	if err != nil {
		return err
	}
	q, err := NewPeriod(j.From, j.To, zone)
	if err != nil {
		return err
	}
	if j.Cycle != nil {
		r, err := j.Cycle.PeriodAt(j.From, zone)
		if err != nil {
			return err
		}
		if !r.Equal(q) {
			return fail(ErrPeriod, q.Span().String(), "is no period of the cycle "+j.Cycle.String())
		}
		q = r
	}
	*p = q
	return nil
}

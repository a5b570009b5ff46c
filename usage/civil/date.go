package civil

import (
	"fmt"
	"time"
)

// Date is a day of the calendar between 0001-01-01 and 9999-12-31. It is comparable and may be a map key.
// The zero value is "no date": it sorts before every date, its text is empty and it stays zero whatever is
// added to it.
type Date struct {
	n int32 // days since 0000-12-31; 0 is no date
}

// NewDate makes a date. The year is 1 to 9999 and the day must exist: there is no rolling over into the next
// month. Errors: [ErrDate].
func NewDate(year int, month time.Month, day int) (Date, error) {
	if reason := invalid(year, month, day); reason != "" {
		return Date{}, fail(ErrDate, fmt.Sprintf("%04d-%02d-%02d", year, int(month), day), reason)
	}
	return Date{ordinalOf(uint32(year), uint32(month), uint32(day))}, nil
}

// MustDate is [NewDate] for constants and tests: it panics on an error. Never give it input.
func MustDate(year int, month time.Month, day int) Date {
	d, err := NewDate(year, month, day)
	if err != nil {
		panic(err)
	}
	return d
}

// ParseDate reads exactly the form 2006-01-02: ten ASCII characters, nothing around them. Errors: [ErrDate].
func ParseDate(s string) (Date, error) {
	if len(s) != len("2006-01-02") || s[4] != '-' || s[7] != '-' {
		return Date{}, fail(ErrDate, s, "want the form 2006-01-02")
	}
	year, ok1 := digits(s[:4])
	month, ok2 := digits(s[5:7])
	day, ok3 := digits(s[8:])
	if !ok1 || !ok2 || !ok3 {
		return Date{}, fail(ErrDate, s, "want the form 2006-01-02")
	}
	if reason := invalid(year, time.Month(month), day); reason != "" {
		return Date{}, fail(ErrDate, s, reason)
	}
	return Date{ordinalOf(uint32(year), uint32(month), uint32(day))}, nil
}

// DateOf is the date that the clocks of a zone show at an instant. It is the zero Date for the zero time,
// for a year outside 1 to 9999 and without a zone.
func DateOf(t time.Time, zone *time.Location) Date {
	if zone == nil || t.IsZero() {
		return Date{}
	}
	_, offset := t.In(zone).Zone()
	const day = 24 * 60 * 60
	seconds := t.Unix() + int64(offset)
	days := seconds / day
	if seconds%day < 0 {
		days--
	}
	if days < minOrdinal-unixOrdinal || days > maxOrdinal-unixOrdinal {
		return Date{}
	}
	return Date{int32(days + unixOrdinal)}
}

// FromOrdinal is the date with that day number, see [Date.Ordinal]. It is the zero Date for a number that no
// date has.
func FromOrdinal(n int32) Date {
	if n < minOrdinal || n > maxOrdinal {
		return Date{}
	}
	return Date{n}
}

// Ordinal is the day number: 1 for 0001-01-01, 2 for the day after, 0 for the zero Date. Day numbers order
// and subtract like the dates.
func (d Date) Ordinal() int32 { return d.n }

// Date splits d into year, month and day. All of them are 0 for the zero Date.
func (d Date) Date() (year int, month time.Month, day int) {
	if d.n == 0 {
		return 0, 0, 0
	}
	y, m, dd := ymd(d.n)
	return int(y), time.Month(m), int(dd)
}

// Weekday is the day of the week. It means nothing for the zero Date.
func (d Date) Weekday() time.Weekday { return time.Weekday(d.n % 7) } // 0001-01-01 is a Monday

// IsZero tells whether d is no date.
func (d Date) IsZero() bool { return d.n == 0 }

// Compare is -1, 0 or +1 as d is before e, the same day, or after it. It fits slices.SortFunc.
func (d Date) Compare(e Date) int {
	switch {
	case d.n < e.n:
		return -1
	case d.n > e.n:
		return 1
	}
	return 0
}

// Before tells whether d is an earlier day than e.
func (d Date) Before(e Date) bool { return d.n < e.n }

// After tells whether d is a later day than e.
func (d Date) After(e Date) bool { return d.n > e.n }

// AddDays is the date n days later, or earlier when n is negative. It stops at 0001-01-01 and 9999-12-31.
func (d Date) AddDays(n int) Date {
	if d.n == 0 {
		return d
	}
	n = min(max(n, -maxOrdinal), maxOrdinal)
	return Date{int32(min(max(int(d.n)+n, minOrdinal), maxOrdinal))}
}

// AddMonths is the date n months later, or earlier when n is negative. Its day is anchorDay, or the day of d
// when anchorDay is 0 or less; a day that the month does not have becomes its last day. With the same
// anchorDay a series of months that passes through February comes back to the day it came from:
// 31 January, 28 February, 31 March. It stops at 0001-01-01 and 9999-12-31.
func (d Date) AddMonths(n, anchorDay int) Date {
	e, ok := d.addMonths(n, anchorDay)
	switch {
	case ok || d.n == 0:
		return e
	case n < 0:
		return Date{minOrdinal}
	}
	return Date{maxOrdinal}
}

func (d Date) addMonths(n, anchorDay int) (Date, bool) {
	const most = 12 * maxYear
	if d.n == 0 || n < -most || n > most {
		return Date{}, false
	}
	year, month, day := d.Date()
	months := 12*year + int(month) - 1 + n
	year, month = months/12, time.Month(months%12+1)
	if months < 12*minYear || year > maxYear {
		return Date{}, false
	}
	if anchorDay > 0 {
		day = anchorDay
	}
	day = min(day, daysIn(year, month))
	return Date{ordinalOf(uint32(year), uint32(month), uint32(day))}, true
}

// Sub is the number of days from e to d: 1 for neighbours, negative when d is earlier. It is 0 when either is
// no date.
func (d Date) Sub(e Date) int {
	if d.n == 0 || e.n == 0 {
		return 0
	}
	return int(d.n) - int(e.n)
}

// String is the form 2006-01-02, or "" for the zero Date.
func (d Date) String() string {
	var buf [10]byte
	b, _ := d.AppendText(buf[:0])
	return string(b)
}

// AppendText appends the form of [Date.String]. It never fails.
func (d Date) AppendText(b []byte) ([]byte, error) {
	if d.n == 0 {
		return b, nil
	}
	y, m, dd := ymd(d.n)
	return append(b,
		byte('0'+y/1000), byte('0'+y/100%10), byte('0'+y/10%10), byte('0'+y%10), '-',
		byte('0'+m/10), byte('0'+m%10), '-', byte('0'+dd/10), byte('0'+dd%10)), nil
}

// MarshalText writes the form of [Date.String]; the zero Date is empty. JSON uses it.
func (d Date) MarshalText() ([]byte, error) { return d.AppendText(make([]byte, 0, 10)) }

// UnmarshalText reads what MarshalText writes. Errors: [ErrDate]; d is then unchanged.
func (d *Date) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*d = Date{}
		return nil
	}
	e, err := ParseDate(string(text))
	if err != nil {
		return err
	}
	*d = e
	return nil
}

// invalid says why there is no such day, or "".
func invalid(year int, month time.Month, day int) string {
	switch {
	case year < minYear || year > maxYear:
		return "the year must be 1 to 9999"
	case month < time.January || month > time.December:
		return "the month must be 1 to 12"
	case day < 1 || day > daysIn(year, month):
		return "the month has no such day"
	}
	return ""
}

// digits reads a short number that consists of ASCII digits only.
func digits(s string) (n int, ok bool) {
	for i := range len(s) {
		c := s[i] - '0'
		if c > 9 {
			return 0, false
		}
		n = 10*n + int(c)
	}
	return n, true
}

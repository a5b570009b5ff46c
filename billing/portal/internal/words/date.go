package words

import (
	"strconv"
	"time"

	"github.com/billhatch/billhatch/usage/civil"
)

// format is how a language writes numbers and dates.
//
// Patterns of dates: $d, $m and $y are day, month and year; of a stretch of days they are those of the first day, and
// $D, $M and $Y those of the last one. Patterns of clocks: $H is the hour from 00 to 23, $h the same without a zero
// before it, $i the hour from 1 to 12, $t the minutes and $p the half of the day.
type format struct {
	decimal, group              string
	minGroup                    int // digits that the first group has at least
	minus                       string
	percentBefore, percentAfter string

	date   string    // a day
	days   [3]string // a stretch within a month, within a year, and beyond; empty: two dates
	month  string    // a month
	clock  string    // what follows a date
	halves [2]string // of the day

	short [12]string // months in dates
	long  [12]string // months on their own
}

// plainFormat is for languages that the table does not have: ISO dates, and marks as in English and in the plain form
// of package money.
var plainFormat = format{
	decimal: ".", group: ",", minGroup: 1, minus: "-", percentAfter: "%",
	date: "$y-$m-$d", month: "$y-$m", clock: " $H:$t",
	short: [12]string{"01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "11", "12"},
	long:  [12]string{"01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "11", "12"},
}

// formatOf gives the format of a language.
func formatOf(tag string) *format {
	if f, ok := formats[primaryOf(tag)]; ok {
		return &f
	}
	return &plainFormat
}

// day writes a date.
func (f *format) day(d civil.Date) string { return f.stretch(f.date, d, d) }

// span writes the days from the first to the last one.
func (f *format) span(first, last civil.Date) string {
	y, m, _ := first.Date()
	toYear, toMonth, _ := last.Date()
	pattern := f.days[2]
	switch {
	case first == last:
		return f.day(first)
	case pattern == "":
		return f.day(first) + " – " + f.day(last)
	case y == toYear && m == toMonth:
		pattern = f.days[0]
	case y == toYear:
		pattern = f.days[1]
	}
	return f.stretch(pattern, first, last)
}

func (f *format) stretch(pattern string, first, last civil.Date) string {
	v := values{format: f, months: &f.short}
	v.year, v.month, v.day = first.Date()
	v.toYear, v.toMonth, v.toDay = last.Date()
	return v.fill(pattern)
}

// wholeMonth writes a month of a year.
func (f *format) wholeMonth(year int, month time.Month) string {
	v := values{format: f, months: &f.long, year: year, month: month}
	return v.fill(f.month)
}

// minute writes a date and a time of day.
func (f *format) minute(t time.Time) string {
	d, err := civil.NewDate(t.Date())
	if err != nil { // a year that no date has
		return t.Format(time.RFC3339)
	}
	v := values{format: f, hour: t.Hour(), minute: t.Minute()}
	return f.day(d) + v.fill(f.clock)
}

// values are what the letters of a pattern stand for.
type values struct {
	*format

	months         *[12]string
	year, day      int
	toYear, toDay  int
	month, toMonth time.Month
	hour, minute   int
}

// fill puts the values in the place of the letters that follow a $ in a pattern.
func (v *values) fill(pattern string) string {
	var room [64]byte // for most dates
	b := room[:0]
	for i := 0; i < len(pattern); i++ {
		if pattern[i] != '$' || i+1 == len(pattern) {
			b = append(b, pattern[i])
			continue
		}
		i++
		b = v.append(b, pattern[i])
	}
	return string(b)
}

func (v *values) append(b []byte, letter byte) []byte {
	plain := v.format == &plainFormat
	switch letter {
	case 'd':
		return appendNumber(b, v.day, 2, plain)
	case 'm':
		return append(b, v.months[v.month-1]...)
	case 'y':
		return appendNumber(b, v.year, 4, plain)
	case 'D':
		return appendNumber(b, v.toDay, 2, plain)
	case 'M':
		return append(b, v.months[v.toMonth-1]...)
	case 'Y':
		return appendNumber(b, v.toYear, 4, plain)
	case 'H':
		return appendNumber(b, v.hour, 2, true)
	case 'h':
		return appendNumber(b, v.hour, 2, false)
	case 'i':
		return appendNumber(b, (v.hour+11)%12+1, 2, false)
	case 't':
		return appendNumber(b, v.minute, 2, true)
	}
	return append(b, v.halves[v.hour/12]...)
}

// appendNumber writes a number, padded with zeros up to a width.
func appendNumber(b []byte, n, width int, padded bool) []byte {
	for least := 10; padded && width > 1; width-- {
		if n < least {
			b = append(b, '0')
		}
		least *= 10
	}
	return strconv.AppendInt(b, int64(n), 10)
}

// distance writes how far the clocks of a zone are from UTC: "UTC", "UTC+2", "UTC−3:30". The minus is the sign that no
// line breaks after.
func distance(t time.Time) string {
	_, seconds := t.Zone()
	minutes, sign := seconds/60, "+"
	if minutes < 0 {
		minutes, sign = -minutes, "\u2212"
	}
	switch {
	case minutes == 0:
		return "UTC"
	case minutes%60 == 0:
		return "UTC" + sign + strconv.Itoa(minutes/60)
	}
	return "UTC" + sign + strconv.Itoa(minutes/60) + ":" + string(appendNumber(nil, minutes%60, 2, true))
}

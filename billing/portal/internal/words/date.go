package words

import (
	"strconv"
	"strings"
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
	y, m, d := first.Date()
	toYear, toMonth, toDay := last.Date()
	return fill(pattern, func(letter byte) string {
		switch letter {
		case 'd':
			return f.dayNumber(d)
		case 'm':
			return f.short[m-1]
		case 'y':
			return f.yearNumber(y)
		case 'D':
			return f.dayNumber(toDay)
		case 'M':
			return f.short[toMonth-1]
		}
		return f.yearNumber(toYear)
	})
}

// fill puts values in the place of the letters that follow a $ in a pattern.
func fill(pattern string, value func(letter byte) string) string {
	var b strings.Builder
	b.Grow(len(pattern) + 24) // more than most values take
	for {
		text, rest, found := strings.Cut(pattern, "$")
		b.WriteString(text)
		if !found || rest == "" {
			return b.String()
		}
		b.WriteString(value(rest[0]))
		pattern = rest[1:]
	}
}

func (f *format) dayNumber(d int) string {
	if f == &plainFormat {
		return padded(d, 2)
	}
	return strconv.Itoa(d)
}

func (f *format) yearNumber(y int) string {
	if f == &plainFormat {
		return padded(y, 4)
	}
	return strconv.Itoa(y)
}

// wholeMonth writes a month of a year.
func (f *format) wholeMonth(year int, month time.Month) string {
	return fill(f.month, func(letter byte) string {
		if letter == 'm' {
			return f.long[month-1]
		}
		return f.yearNumber(year)
	})
}

// minute writes a date and a time of day.
func (f *format) minute(t time.Time) string {
	d, err := civil.NewDate(t.Date())
	if err != nil { // a year that no date has
		return t.Format(time.RFC3339)
	}
	hour := t.Hour()
	return f.day(d) + fill(f.clock, func(letter byte) string {
		switch letter {
		case 'H':
			return padded(hour, 2)
		case 'h':
			return strconv.Itoa(hour)
		case 'i':
			return strconv.Itoa((hour+11)%12 + 1)
		case 't':
			return padded(t.Minute(), 2)
		}
		return f.halves[hour/12]
	})
}

func padded(n, width int) string {
	s := strconv.Itoa(n)
	return strings.Repeat("0", max(0, width-len(s))) + s
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
	return "UTC" + sign + strconv.Itoa(minutes/60) + ":" + padded(minutes%60, 2)
}

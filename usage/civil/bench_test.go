package civil_test

import (
	"testing"
	"time"

	"github.com/billhatch/billhatch/usage/civil"
)

// Results are kept here so that the compiler cannot drop the work.
var (
	sinkInt  int
	sinkTime time.Time
	sinkDate civil.Date
)

// The days of a century, from number to year, month and day.
func BenchmarkDaysToCalendar(b *testing.B) {
	first := civil.MustDate(2000, time.January, 1)
	b.Run("civil", func(b *testing.B) {
		for i := range b.N {
			y, m, d := civil.FromOrdinal(first.Ordinal() + int32(i%36524)).Date()
			sinkInt += y + int(m) + d
		}
	})
	b.Run("time", func(b *testing.B) {
		start := time.Date(2000, time.January, 1, 0, 0, 0, 0, time.UTC).Unix()
		for i := range b.N {
			y, m, d := time.Unix(start+int64(i%36524)*86400, 0).UTC().Date()
			sinkInt += y + int(m) + d
		}
	})
}

// Year, month and day to a day number.
func BenchmarkCalendarToDays(b *testing.B) {
	b.Run("civil", func(b *testing.B) {
		for i := range b.N {
			d, _ := civil.NewDate(2000+i%100, time.Month(1+i%12), 1+i%28)
			sinkInt += int(d.Ordinal())
		}
	})
	b.Run("time", func(b *testing.B) {
		for i := range b.N {
			sinkInt += int(time.Date(2000+i%100, time.Month(1+i%12), 1+i%28, 0, 0, 0, 0, time.UTC).Unix() / 86400)
		}
	})
}

func BenchmarkParseDate(b *testing.B) {
	b.Run("civil", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			sinkDate, _ = civil.ParseDate("2026-10-31")
		}
	})
	b.Run("time", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			sinkTime, _ = time.Parse(time.DateOnly, "2026-10-31")
		}
	})
}

func BenchmarkDateOf(b *testing.B) {
	zone := sydney(b)
	at := time.Date(2026, time.October, 31, 13, 30, 0, 0, time.UTC)
	b.Run("civil", func(b *testing.B) {
		for b.Loop() {
			sinkDate = civil.DateOf(at, zone)
		}
	})
	b.Run("time", func(b *testing.B) {
		for b.Loop() {
			y, m, d := at.In(zone).Date()
			sinkInt += y + int(m) + d
		}
	})
}

func BenchmarkStart(b *testing.B) {
	zone := sydney(b)
	b.Run("civil", func(b *testing.B) {
		d := civil.MustDate(2026, time.October, 20)
		for b.Loop() {
			sinkTime = d.Start(zone)
		}
	})
	b.Run("time", func(b *testing.B) {
		for b.Loop() {
			sinkTime = time.Date(2026, time.October, 20, 0, 0, 0, 0, zone)
		}
	})
}

func BenchmarkUnite(b *testing.B) {
	b.ReportAllocs()
	first := civil.MustDate(2026, time.January, 1)
	given := make([]civil.Span, 100)
	for i := range given {
		from := first.AddDays(i * 37 % 365)
		given[i] = civil.Span{From: from, To: from.AddDays(1 + i%3)}
	}
	spans := make([]civil.Span, len(given))
	for b.Loop() {
		copy(spans, given)
		sinkInt += len(civil.Unite(spans))
	}
}

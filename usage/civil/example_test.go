package civil_test

import (
	"fmt"
	"time"

	"github.com/billhatch/billhatch/usage/civil"
)

func ExampleParseMonth() {
	zone, err := civil.LoadZone("Australia/Sydney")
	if err != nil {
		fmt.Println(err)
		return
	}
	october, err := civil.ParseMonth("2026-10", zone)
	if err != nil {
		fmt.Println(err)
		return
	}
	start, end := october.Bounds()
	fmt.Println(october, october.Days(), "days", end.Sub(start).Hours(), "hours")
	fmt.Println(october.Next(), october.Span())
	// Output:
	// 2026-10 31 days 743 hours
	// 2026-11 2026-10-01..2026-11-01
}

// Periods that begin on the 31st: February has none, March has one again.
func ExampleCycle() {
	cycle := civil.Cycle{Anchor: civil.MustDate(2026, time.January, 31), Months: 1}
	period, err := cycle.PeriodAt(civil.MustDate(2026, time.February, 1), time.UTC)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(period, period.Days())
	fmt.Println(period.Next(), period.Next().Days())
	// Output:
	// 2026-01-31..2026-02-28 28
	// 2026-02-28..2026-03-31 31
}

func ExampleUnite() {
	day := func(d int) civil.Date { return civil.MustDate(2026, time.October, d) }
	spans := []civil.Span{{From: day(20)}, {From: day(5), To: day(9)}, {From: day(9), To: day(12)}, {From: day(6), To: day(8)}}
	fmt.Println(civil.Unite(spans))
	// Output: [2026-10-05..2026-10-12 2026-10-20..]
}

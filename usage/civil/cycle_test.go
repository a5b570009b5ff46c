package civil_test

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/billhatch/billhatch/usage/civil"
)

func TestCyclesThatCannotBeUsed(t *testing.T) {
	t.Parallel()
	anchor := date(t, "2026-01-31")
	for name, c := range map[string]civil.Cycle{
		"nothing":                       {},
		"no anchor":                     {Months: 1},
		"no length":                     {Anchor: anchor},
		"two lengths":                   {Anchor: anchor, Months: 1, Days: 30},
		"a negative number of months":   {Anchor: anchor, Months: -1},
		"a negative number of days":     {Anchor: anchor, Days: -7},
		"months against days":           {Anchor: anchor, Months: 1, Days: -1},
		"day 32":                        {Anchor: anchor, Months: 1, AnchorDay: 32},
		"a negative day":                {Anchor: anchor, Months: 1, AnchorDay: -1},
		"an anchor day with days alone": {Anchor: anchor, Days: 30, AnchorDay: 15},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.ErrorIs(t, c.Valid(), civil.ErrPeriod)
			require.True(t, c.Boundary(0).IsZero())
			_, err := c.PeriodAt(date(t, "2026-02-01"), time.UTC)
			require.ErrorIs(t, err, civil.ErrPeriod)
		})
	}
	c := civil.Cycle{Anchor: anchor, Months: 1}
	_, err := c.PeriodAt(anchor, nil)
	require.ErrorIs(t, err, civil.ErrZone)
	_, err = c.PeriodAt(civil.Date{}, time.UTC)
	require.ErrorIs(t, err, civil.ErrPeriod)
}

func TestBoundariesOfACycle(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		cycle civil.Cycle
		n     int
		want  string
	}{
		{"the anchor", civil.Cycle{Anchor: date(t, "2026-01-31"), Months: 1}, 0, "2026-01-31"},
		{"clamped in February", civil.Cycle{Anchor: date(t, "2026-01-31"), Months: 1}, 1, "2026-02-28"},
		{"and back", civil.Cycle{Anchor: date(t, "2026-01-31"), Months: 1}, 2, "2026-03-31"},
		{"before the anchor", civil.Cycle{Anchor: date(t, "2026-01-31"), Months: 1}, -2, "2025-11-30"},
		{"the anchor in February, the day stated", civil.Cycle{Anchor: date(t, "2026-02-28"), Months: 1, AnchorDay: 31}, 1, "2026-03-31"},
		{"the stated day after the anchor's", civil.Cycle{Anchor: date(t, "2026-01-10"), Months: 1, AnchorDay: 25}, 0, "2026-01-25"},
		{"a leap day, every year", civil.Cycle{Anchor: date(t, "2024-02-29"), Months: 12}, 1, "2025-02-28"},
		{"a leap day, four years on", civil.Cycle{Anchor: date(t, "2024-02-29"), Months: 12}, 4, "2028-02-29"},
		{"days", civil.Cycle{Anchor: date(t, "2026-01-31"), Days: 30}, 1, "2026-03-02"},
		{"days back", civil.Cycle{Anchor: date(t, "2026-01-31"), Days: 30}, -1, "2026-01-01"},
		{"beyond the calendar", civil.Cycle{Anchor: date(t, "2026-01-31"), Months: 1}, math.MaxInt, "9999-12-31"},
		{"before the calendar", civil.Cycle{Anchor: date(t, "2026-01-31"), Days: 1}, math.MinInt, "0001-01-01"},
		{"a huge length, no steps", civil.Cycle{Anchor: date(t, "2026-01-31"), Months: math.MaxInt}, 0, "2026-01-31"},
		{"a huge length, one step", civil.Cycle{Anchor: date(t, "2026-01-31"), Days: math.MaxInt}, 1, "9999-12-31"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, c.want, c.cycle.Boundary(c.n).String())
		})
	}
}

func TestAPeriodThatLeavesTheCalendarIsAnError(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]civil.Cycle{
		"months":          {Anchor: date(t, "2026-01-31"), Months: 1},
		"days":            {Anchor: date(t, "2026-01-31"), Days: 7},
		"a huge length":   {Anchor: date(t, "2026-01-31"), Months: math.MaxInt},
		"a huge day span": {Anchor: date(t, "2026-01-31"), Days: math.MaxInt},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, d := range []string{"9999-12-31", "0001-01-01"} {
				_, err := c.PeriodAt(date(t, d), time.UTC)
				require.ErrorIs(t, err, civil.ErrPeriod)
			}
		})
	}
}

func TestCycleNamesItself(t *testing.T) {
	t.Parallel()
	require.Equal(t, "every 3 months from 2026-01-10 on day 25", civil.Cycle{Anchor: date(t, "2026-01-10"), Months: 3, AnchorDay: 25}.String())
	require.Equal(t, "every 7 days from 2026-01-10", civil.Cycle{Anchor: date(t, "2026-01-10"), Days: 7}.String())
}

// anyCycle draws cycles that can be used, anchored in this century.
func anyCycle() *rapid.Generator[civil.Cycle] {
	return rapid.Custom(func(t *rapid.T) civil.Cycle {
		c := civil.Cycle{Anchor: civil.MustDate(2000, time.January, 1).AddDays(rapid.IntRange(0, 20000).Draw(t, "anchor"))}
		if rapid.IntRange(0, 3).Draw(t, "in days") == 0 {
			c.Days = rapid.IntRange(1, 400).Draw(t, "days")
			return c
		}
		c.Months = rapid.IntRange(1, 36).Draw(t, "months")
		c.AnchorDay = rapid.IntRange(0, 31).Draw(t, "anchor day")
		return c
	})
}

// Boundary n is the day in month n of the cycle, clamped; the month comes from package time here.
func TestBoundariesFollowTheMonths(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c := anyCycle().Filter(func(c civil.Cycle) bool { return c.Months > 0 }).Draw(t, "cycle")
		n := rapid.IntRange(-200, 200).Draw(t, "n")
		year, month, day := c.Anchor.Date()
		if c.AnchorDay > 0 {
			day = c.AnchorDay
		}
		months := month + time.Month(n*c.Months)
		length := time.Date(year, months+1, 0, 0, 0, 0, 0, time.UTC).Day()
		want := time.Date(year, months, min(day, length), 0, 0, 0, 0, time.UTC)
		require.Equal(t, want.Format(time.DateOnly), c.Boundary(n).String())
	})
}

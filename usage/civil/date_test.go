package civil_test

import (
	"encoding/json"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/billhatch/billhatch/usage/civil"
)

func TestParseDateTakesOneFormOnly(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"0001-01-01", "2024-02-29", "2000-02-29", "2026-10-31", "9999-12-31"} {
		d, err := civil.ParseDate(s)
		require.NoError(t, err)
		require.Equal(t, s, d.String())
	}
	for name, s := range map[string]string{
		"nothing":                        "",
		"year 0":                         "0000-01-01",
		"year 10000":                     "10000-01-01",
		"month 0":                        "2026-00-01",
		"month 13":                       "2026-13-01",
		"day 0":                          "2026-01-00",
		"30 February":                    "2026-02-30",
		"29 February of a common year":   "2026-02-29",
		"29 February of 1900":            "1900-02-29",
		"31 April":                       "2026-04-31",
		"a short month":                  "2026-1-01",
		"a space before":                 " 2026-01-01",
		"a line break after":             "2026-01-01\n",
		"slashes":                        "2026/01/01",
		"a sign":                         "+026-01-01",
		"a negative month":               "2026--1-01",
		"Arabic digits":                  "٢٠٢٦-٠١-٠١",
		"letters":                        "2026-ab-01",
		"an instant":                     "2026-01-01T00:00:00Z",
		"a character just above digit 9": "2026-0:-01",
		"a character just below digit 0": "2026-0/-01",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, err := civil.ParseDate(s)
			require.ErrorIs(t, err, civil.ErrDate)
			require.True(t, d.IsZero())
			var e *civil.Error
			require.ErrorAs(t, err, &e)
			require.Equal(t, s, e.Value)
			require.NotEmpty(t, e.Reason)
		})
	}
}

func TestNewDateDoesNotRollOver(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name             string
		year, month, day int
	}{
		{"year 0", 0, 1, 1},
		{"a negative year", -1, 1, 1},
		{"year 10000", 10000, 1, 1},
		{"month 0", 2026, 0, 1},
		{"month 13", 2026, 13, 1},
		{"day 0", 2026, 1, 0},
		{"a negative day", 2026, 1, -1},
		{"31 November", 2026, 11, 31},
		{"30 February", 2026, 2, 30},
		{"29 February of 2100", 2100, 2, 29},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, err := civil.NewDate(c.year, time.Month(c.month), c.day)
			require.ErrorIs(t, err, civil.ErrDate)
			require.Panics(t, func() { civil.MustDate(c.year, time.Month(c.month), c.day) })
		})
	}
}

func TestErrorsQuoteAtMostFortyRunes(t *testing.T) {
	t.Parallel()
	_, err := civil.ParseDate(strings.Repeat("ä", 5000))
	var e *civil.Error
	require.ErrorAs(t, err, &e)
	require.Equal(t, strings.Repeat("ä", 40)+"…", e.Value)
	require.Less(t, len(err.Error()), 200)
	_, err = civil.ParseDate("2026-02-30")
	require.EqualError(t, err, `civil: invalid date "2026-02-30": the month has no such day`)
}

func TestTheZeroDateIsNoDate(t *testing.T) {
	t.Parallel()
	var none civil.Date
	first := civil.MustDate(1, time.January, 1)
	year, month, day := none.Date()
	require.Equal(t, []int{0, 0, 0}, []int{year, int(month), day})
	require.True(t, none.IsZero())
	require.False(t, first.IsZero())
	require.Empty(t, none.String())
	require.Equal(t, none, none.AddDays(5))
	require.Equal(t, none, none.AddMonths(5, 31))
	require.Zero(t, none.Sub(first))
	require.Zero(t, first.AddDays(9).Sub(none))
	require.True(t, none.Before(first))
	require.True(t, none.Start(time.UTC).IsZero())
	for _, n := range []int32{0, -1, math.MinInt32, math.MaxInt32, 3652060} {
		require.True(t, civil.FromOrdinal(n).IsZero(), "%d is no day", n)
	}
}

func TestDatesCompareAsTheyFollow(t *testing.T) {
	t.Parallel()
	days := []civil.Date{date(t, "2026-10-01"), date(t, "2025-12-31"), {}, date(t, "2026-01-01"), date(t, "2025-12-31")}
	slices.SortFunc(days, civil.Date.Compare)
	require.Equal(t, []civil.Date{{}, date(t, "2025-12-31"), date(t, "2025-12-31"), date(t, "2026-01-01"), date(t, "2026-10-01")}, days)
	require.True(t, days[1].Before(days[3]))
	require.True(t, days[3].After(days[1]))
	require.False(t, days[1].Before(days[2]))
	require.False(t, days[1].After(days[2]))
	require.Equal(t, 1, days[3].Sub(days[1]))
	require.Equal(t, -1, days[1].Sub(days[3]))
}

func TestAddMonthsStopsAtTheEndOfTheMonthAndComesBack(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		from   string
		months int
		anchor int
		want   string
	}{
		{"31 January and a month is the end of February", "2026-01-31", 1, 0, "2026-02-28"},
		{"also in a leap year", "2024-01-31", 1, 0, "2024-02-29"},
		{"two months are back on the 31st", "2026-01-31", 2, 0, "2026-03-31"},
		{"the end of February with its anchor comes back", "2026-02-28", 1, 31, "2026-03-31"},
		{"without its anchor it does not", "2026-02-28", 1, 0, "2026-03-28"},
		{"backwards", "2026-03-31", -1, 0, "2026-02-28"},
		{"backwards over the year", "2026-01-15", -1, 0, "2025-12-15"},
		{"forwards over the year", "2025-12-31", 1, 0, "2026-01-31"},
		{"a leap day and a year", "2024-02-29", 12, 0, "2025-02-28"},
		{"a leap day and four years", "2024-02-29", 48, 0, "2028-02-29"},
		{"no months, another anchor", "2026-02-10", 0, 30, "2026-02-28"},
		{"the anchor before the day", "2026-02-10", 1, 5, "2026-03-05"},
		{"beyond the calendar", "9999-12-15", 1, 0, "9999-12-31"},
		{"far beyond the calendar", "2026-01-01", math.MaxInt, 0, "9999-12-31"},
		{"before the calendar", "0001-01-15", -1, 0, "0001-01-01"},
		{"far before the calendar", "2026-01-01", math.MinInt, 0, "0001-01-01"},
		{"the last month there is", "9999-11-30", 1, 31, "9999-12-31"},
		{"the first month there is", "0001-02-20", -1, 0, "0001-01-20"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, c.want, date(t, c.from).AddMonths(c.months, c.anchor).String())
		})
	}
}

func TestAddDaysStopsAtTheEndsOfTheCalendar(t *testing.T) {
	t.Parallel()
	d := date(t, "2024-02-28")
	require.Equal(t, "2024-03-01", d.AddDays(2).String())
	require.Equal(t, "2023-12-31", d.AddDays(-59).String())
	require.Equal(t, "9999-12-31", d.AddDays(math.MaxInt).String())
	require.Equal(t, "0001-01-01", d.AddDays(math.MinInt).String())
	require.Equal(t, "9999-12-31", date(t, "9999-12-30").AddDays(2).String())
	require.Equal(t, "0001-01-01", date(t, "0001-01-02").AddDays(-2).String())
}

func TestNetThirtyOverMonthEndsAndTheLeapDay(t *testing.T) {
	t.Parallel()
	for issued, due := range map[string]string{
		"2026-01-31": "2026-03-02", "2024-01-31": "2024-03-01", "2026-12-15": "2027-01-14", "2024-02-29": "2024-03-30",
	} {
		require.Equal(t, due, date(t, issued).AddDays(30).String())
	}
}

func TestDateOfIsWhatTheClocksShow(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, zone, at, want string
	}{
		{"the last instant of a day in Sydney", "Australia/Sydney", "2026-10-31T12:59:59.999999999Z", "2026-10-31"},
		{"the first of the next", "Australia/Sydney", "2026-10-31T13:00:00Z", "2026-11-01"},
		{"west of Greenwich", "America/Los_Angeles", "2026-01-01T07:59:59Z", "2025-12-31"},
		{"before 1970, within a second", "UTC", "1969-12-31T23:59:59.5Z", "1969-12-31"},
		{"the day after the one that Apia skipped", "Pacific/Apia", "2011-12-30T10:00:00Z", "2011-12-31"},
		{"the day before it", "Pacific/Apia", "2011-12-30T09:59:59Z", "2011-12-29"},
		{"the last year", "UTC", "9999-12-31T23:59:59Z", "9999-12-31"},
		{"beyond the last year, locally", "Asia/Tokyo", "9999-12-31T23:59:59Z", ""},
		{"before the first year, locally", "America/New_York", "0001-01-01T00:00:01Z", ""},
		{"the zero time", "Asia/Tokyo", "0001-01-01T00:00:00Z", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			at, err := time.Parse(time.RFC3339Nano, c.at)
			require.NoError(t, err)
			require.Equal(t, c.want, civil.DateOf(at, zone(t, c.zone)).String())
		})
	}
	require.True(t, civil.DateOf(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), nil).IsZero())
	require.True(t, civil.DateOf(time.Unix(math.MaxInt64/2, 0), time.UTC).IsZero())
	require.True(t, civil.DateOf(time.Unix(math.MinInt64/2, 0), time.UTC).IsZero())
}

func TestDatesInJSON(t *testing.T) {
	t.Parallel()
	type row struct {
		Day  civil.Date
		By   map[civil.Date]int
		None civil.Date
		Left civil.Date `json:",omitzero"`
	}
	given := row{Day: date(t, "2026-10-05"), By: map[civil.Date]int{date(t, "2026-10-06"): 1}}
	data, err := json.Marshal(given)
	require.NoError(t, err)
	require.JSONEq(t, `{"Day":"2026-10-05","By":{"2026-10-06":1},"None":""}`, string(data))
	var back row
	require.NoError(t, json.Unmarshal(data, &back))
	require.Equal(t, given, back)

	d := date(t, "2026-10-05")
	require.ErrorIs(t, json.Unmarshal([]byte(`"2026-10-32"`), &d), civil.ErrDate)
	require.Error(t, json.Unmarshal([]byte(`20261005`), &d))
	require.Equal(t, "2026-10-05", d.String(), "a failure leaves the date as it was")
}

func TestEveryErrorIsItsKindAndItsCause(t *testing.T) {
	t.Parallel()
	_, err := civil.LoadZone("Mars/Olympus_Mons")
	var e *civil.Error
	require.ErrorAs(t, err, &e)
	require.ErrorIs(t, err, civil.ErrZone)
	require.Error(t, e.Err)
	require.ErrorIs(t, err, e.Err)
	require.NotErrorIs(t, err, civil.ErrPeriod)
}

// anyDate draws dates; the ends of the calendar, of months and leap days come up often.
func anyDate() *rapid.Generator[civil.Date] {
	last := civil.MustDate(9999, time.December, 31).Ordinal()
	return rapid.Custom(func(t *rapid.T) civil.Date {
		d := civil.FromOrdinal(rapid.Int32Range(1, last).Draw(t, "ordinal"))
		if rapid.Bool().Draw(t, "at a month's end") {
			y, m, _ := d.Date()
			d = civil.MustDate(y, m, 1).AddDays(rapid.IntRange(-3, 0).Draw(t, "days"))
		}
		return d
	})
}

func TestTextAndOrdinalsRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := anyDate().Draw(t, "date")
		require.Equal(t, d, civil.FromOrdinal(d.Ordinal()))
		back, err := civil.ParseDate(d.String())
		require.NoError(t, err)
		require.Equal(t, d, back)
		year, month, day := d.Date()
		require.Equal(t, d, civil.MustDate(year, month, day))
		text, err := d.AppendText([]byte("on "))
		require.NoError(t, err)
		require.Equal(t, "on "+d.String(), string(text))
	})
}

func TestDaysAddAndSubtract(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d, e := anyDate().Draw(t, "d"), anyDate().Draw(t, "e")
		require.Equal(t, e, d.AddDays(e.Sub(d)))
		require.Equal(t, d.Sub(e), -e.Sub(d))
		require.Equal(t, d.Compare(e) > 0, d.Sub(e) > 0)
		require.Equal(t, strings.Compare(d.String(), e.String()), d.Compare(e), "as their texts")
	})
}

func TestMonthsClampAndComeBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		year := rapid.IntRange(1000, 9000).Draw(t, "year")
		month := time.Month(rapid.IntRange(1, 12).Draw(t, "month"))
		anchor := rapid.IntRange(1, 31).Draw(t, "anchor")
		n := rapid.IntRange(-5000, 5000).Draw(t, "months")
		d := civil.MustDate(year, month, 1).AddMonths(0, anchor)
		e := d.AddMonths(n, anchor)

		// The month is what package time says for the first day of the month; the day is the anchor or the last.
		first := time.Date(year, month+time.Month(n), 1, 0, 0, 0, 0, time.UTC)
		length := time.Date(year, month+time.Month(n)+1, 0, 0, 0, 0, 0, time.UTC).Day()
		want := civil.MustDate(first.Year(), first.Month(), min(anchor, length))
		require.Equal(t, want, e)
		require.Equal(t, d, e.AddMonths(-n, anchor), "back again")
	})
}

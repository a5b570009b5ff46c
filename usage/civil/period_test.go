package civil_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/billhatch/billhatch/usage/civil"
)

func TestMonthsThatDoNotExistAreRefused(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name        string
		year, month int
	}{
		{"year 0", 0, 1},
		{"a negative year", -5, 1},
		{"year 10000", 10000, 1},
		{"month 0", 2026, 0},
		{"month 13", 2026, 13},
		{"a negative month", 2026, -1},
		{"the month whose end is no date", 9999, 12},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p, err := civil.Month(c.year, time.Month(c.month), time.UTC)
			require.ErrorIs(t, err, civil.ErrPeriod)
			require.True(t, p.IsZero())
		})
	}
	for name, s := range map[string]string{
		"nothing": "", "a day": "2026-10-01", "one digit": "2026-1", "month 0": "2026-00", "month 13": "2026-13", "year 0": "0000-01",
		"a name": "2026-Oct", "no dash": "2026/10", "a space": "2026-10 ", "a sign": "2026-+1", "Arabic digits": "٢٠٢٦-١٠", "reversed": "10-2026",
	} {
		t.Run("the text: "+name, func(t *testing.T) {
			t.Parallel()
			_, err := civil.ParseMonth(s, time.UTC)
			require.ErrorIs(t, err, civil.ErrPeriod)
		})
	}
	last, err := civil.ParseMonth("9999-11", time.UTC)
	require.NoError(t, err)
	require.True(t, last.Next().IsZero())
	first, err := civil.ParseMonth("0001-01", time.UTC)
	require.NoError(t, err)
	require.True(t, first.Prev().IsZero())
}

func TestAPeriodNeedsBothEndsAndAZone(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, from, to string
		zone           *time.Location
		kind           error
	}{
		{"end is the beginning", "2026-10-05", "2026-10-05", time.UTC, civil.ErrPeriod},
		{"end before the beginning", "2026-10-05", "2026-10-04", time.UTC, civil.ErrPeriod},
		{"no end", "2026-10-05", "", time.UTC, civil.ErrPeriod},
		{"no beginning", "", "2026-10-05", time.UTC, civil.ErrPeriod},
		{"no zone", "2026-10-05", "2026-10-06", nil, civil.ErrZone},
		{"the zone of the machine", "2026-10-05", "2026-10-06", time.Local, civil.ErrZone},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p, err := civil.NewPeriod(date(t, c.from), date(t, c.to), c.zone)
			require.ErrorIs(t, err, c.kind)
			require.True(t, p.IsZero())
		})
	}
	_, err := civil.Month(2026, time.October, nil)
	require.ErrorIs(t, err, civil.ErrZone)
	_, err = civil.ParseMonth("2026-10", time.Local)
	require.ErrorIs(t, err, civil.ErrZone)
	_, err = civil.MonthOf(time.Unix(0, 0), nil)
	require.ErrorIs(t, err, civil.ErrZone)
}

func TestTheZeroPeriodIsNone(t *testing.T) {
	t.Parallel()
	var none civil.Period
	require.True(t, none.IsZero())
	require.Zero(t, none.Days())
	require.Empty(t, none.String())
	require.Nil(t, none.Zone())
	require.False(t, none.Contains(time.Unix(0, 0)))
	require.False(t, none.ContainsDate(date(t, "2026-10-01")))
	require.True(t, none.Next().IsZero())
	require.True(t, none.Prev().IsZero())
	start, end := none.Bounds()
	require.True(t, start.IsZero() && end.IsZero())
	_, _, ok := none.Month()
	require.False(t, ok)
	require.True(t, none.Equal(civil.Period{}))
}

func TestAMonthInItsZone(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, month, zone, start, end string
		days                          int
		hours                         float64
	}{
		{"Sydney goes forward in October", "2026-10", "Australia/Sydney", "2026-09-30T14:00:00Z", "2026-10-31T13:00:00Z", 31, 743},
		{"and back in April", "2026-04", "Australia/Sydney", "2026-03-31T13:00:00Z", "2026-04-30T14:00:00Z", 30, 721},
		{"Lord Howe by half an hour", "2026-10", "Australia/Lord_Howe", "2026-09-30T13:30:00Z", "2026-10-31T13:00:00Z", 31, 743.5},
		{"February", "2026-02", "UTC", "2026-02-01T00:00:00Z", "2026-03-01T00:00:00Z", 28, 672},
		{"February of a leap year", "2024-02", "UTC", "2024-02-01T00:00:00Z", "2024-03-01T00:00:00Z", 29, 696},
		{"São Paulo skips a midnight in November 2018", "2018-11", "America/Sao_Paulo", "2018-11-01T03:00:00Z", "2018-12-01T02:00:00Z", 30, 719},
		{"Apia skips a day in December 2011, which still counts", "2011-12", "Pacific/Apia", "2011-12-01T10:00:00Z", "2011-12-31T10:00:00Z", 31, 720},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			loc := zone(t, c.zone)
			p, err := civil.ParseMonth(c.month, loc)
			require.NoError(t, err)
			start, end := p.Bounds()
			require.Equal(t, c.start, start.UTC().Format(time.RFC3339))
			require.Equal(t, c.end, end.UTC().Format(time.RFC3339))
			require.Equal(t, c.days, p.Days())
			require.InDelta(t, c.hours, end.Sub(start).Hours(), 0)
			require.Equal(t, c.month, p.String())
			require.Equal(t, loc, p.Zone())
			require.Equal(t, civil.Span{From: p.From(), To: p.To()}, p.Span())

			require.True(t, p.Contains(start))
			require.True(t, p.Contains(end.Add(-1)))
			require.False(t, p.Contains(end))
			require.False(t, p.Contains(start.Add(-1)))
			require.True(t, p.ContainsDate(p.From()))
			require.False(t, p.ContainsDate(p.To()))
			for _, at := range []time.Time{start, end.Add(-1)} {
				q, err := civil.MonthOf(at, loc)
				require.NoError(t, err)
				require.True(t, p.Equal(q))
			}
		})
	}
}

func TestMonthOfHasTheInstantEvenWhereTheMonthBeginsTwice(t *testing.T) {
	t.Parallel()
	loc := zone(t, "America/St_Johns") // on 2009-11-01 clocks went back from 00:01 to 23:01 on 31 October
	first := time.Date(2009, time.November, 1, 2, 30, 0, 0, time.UTC)
	for minute := -90; minute < 90; minute++ {
		at := first.Add(time.Duration(minute) * time.Minute)
		p, err := civil.MonthOf(at, loc)
		require.NoError(t, err)
		require.True(t, p.Contains(at))
		if minute < 0 {
			require.Equal(t, "2009-10", p.String())
		} else {
			require.Equal(t, "2009-11", p.String())
		}
	}
	for _, at := range []time.Time{{}, time.Date(0, 5, 1, 0, 0, 0, 0, time.UTC), time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(9999, 12, 5, 0, 0, 0, 0, time.UTC)} {
		_, err := civil.MonthOf(at, time.UTC)
		require.ErrorIs(t, err, civil.ErrPeriod)
	}
}

func TestNeighboursAreOfTheSameKind(t *testing.T) {
	t.Parallel()
	monthly := civil.Cycle{Anchor: date(t, "2026-01-31"), Months: 1}
	quarterly := civil.Cycle{Anchor: date(t, "2026-02-15"), Months: 3}
	clamped, err := monthly.PeriodAt(date(t, "2026-02-28"), time.UTC)
	require.NoError(t, err)
	quarter, err := quarterly.PeriodAt(date(t, "2026-02-14"), time.UTC)
	require.NoError(t, err)
	fortnight, err := civil.NewPeriod(date(t, "2026-10-05"), date(t, "2026-10-19"), time.UTC)
	require.NoError(t, err)
	month, err := civil.NewPeriod(date(t, "2026-02-01"), date(t, "2026-03-01"), time.UTC)
	require.NoError(t, err)
	for _, c := range []struct {
		name             string
		p                civil.Period
		prev, this, next string
	}{
		{"a month made from its days", month, "2026-01", "2026-02", "2026-03"},
		{"a cycle from the 31st", clamped, "2026-01-31..2026-02-28", "2026-02-28..2026-03-31", "2026-03-31..2026-04-30"},
		{"three months", quarter, "2025-08-15..2025-11-15", "2025-11-15..2026-02-15", "2026-02-15..2026-05-15"},
		{"any other number of days", fortnight, "2026-09-21..2026-10-05", "2026-10-05..2026-10-19", "2026-10-19..2026-11-02"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, c.this, c.p.String())
			require.Equal(t, c.next, c.p.Next().String())
			require.Equal(t, c.prev, c.p.Prev().String())
			require.True(t, c.p.Equal(c.p.Next().Prev()))
			require.Equal(t, c.p, c.p.Next().Next().Prev().Prev(), "also how it goes on")
		})
	}
	year, m, ok := month.Month()
	require.True(t, ok)
	require.Equal(t, "2026 February", time.Date(year, m, 1, 0, 0, 0, 0, time.UTC).Format("2006 January"))
	_, _, ok = clamped.Month()
	require.False(t, ok)
	require.False(t, month.Equal(clamped))
	elsewhere, err := civil.NewPeriod(month.From(), month.To(), sydney(t))
	require.NoError(t, err)
	require.False(t, month.Equal(elsewhere))
}

func TestPeriodsInJSON(t *testing.T) {
	t.Parallel()
	month, err := civil.ParseMonth("2026-10", sydney(t))
	require.NoError(t, err)
	cycle, err := civil.Cycle{Anchor: date(t, "2026-01-15"), Months: 1, AnchorDay: 31}.PeriodAt(date(t, "2026-10-01"), sydney(t))
	require.NoError(t, err)
	for _, c := range []struct {
		name, text string
		p          civil.Period
	}{
		{"a month", `{"from":"2026-10-01","to":"2026-11-01","zone":"Australia/Sydney"}`, month},
		{"a period of a cycle", `{"from":"2026-09-30","to":"2026-10-31","zone":"Australia/Sydney","cycle":{"anchor":"2026-01-15","months":1,"anchor_day":31}}`, cycle},
		{"none", `null`, civil.Period{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			data, err := json.Marshal(c.p)
			require.NoError(t, err)
			require.Equal(t, c.text, string(data))
			back := month
			require.NoError(t, json.Unmarshal(data, &back))
			require.True(t, c.p.Equal(back))
			require.True(t, c.p.Next().Equal(back.Next()))
		})
	}
	for name, c := range map[string]struct {
		text string
		kind error
	}{
		"no days":                         {`{"from":"2026-10-01","to":"2026-10-01","zone":"UTC"}`, civil.ErrPeriod},
		"reversed":                        {`{"from":"2026-10-02","to":"2026-10-01","zone":"UTC"}`, civil.ErrPeriod},
		"open":                            {`{"from":"2026-10-02","zone":"UTC"}`, civil.ErrPeriod},
		"no such day":                     {`{"from":"2026-09-31","to":"2026-10-01","zone":"UTC"}`, civil.ErrDate},
		"no zone":                         {`{"from":"2026-10-01","to":"2026-11-01"}`, civil.ErrZone},
		"an unknown zone":                 {`{"from":"2026-10-01","to":"2026-11-01","zone":"Mars/Olympus_Mons"}`, civil.ErrZone},
		"the machine's zone":              {`{"from":"2026-10-01","to":"2026-11-01","zone":"Local"}`, civil.ErrZone},
		"a cycle that is none":            {`{"from":"2026-10-01","to":"2026-11-01","zone":"UTC","cycle":{"anchor":"2026-10-01"}}`, civil.ErrPeriod},
		"a cycle with another period":     {`{"from":"2026-10-01","to":"2026-11-01","zone":"UTC","cycle":{"anchor":"2026-10-02","months":1}}`, civil.ErrPeriod},
		"an unknown member":               {`{"from":"2026-10-01","to":"2026-11-01","zone":"UTC","until":1}`, nil},
		"a number instead of an object":   {`7`, nil},
		"a text instead of an object":     {`"2026-10"`, nil},
		"a day that is a number, not one": {`{"from":20261001,"to":"2026-11-01","zone":"UTC"}`, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := month
			err := json.Unmarshal([]byte(c.text), &p)
			require.Error(t, err)
			if c.kind != nil {
				require.ErrorIs(t, err, c.kind)
			}
			require.Equal(t, month, p, "a failure leaves the period as it was")
		})
	}
}

// Walk on from any month of any zone: days and instants follow without a gap, and every day and instant is in one
// period only.
func TestMonthsTileTheTime(t *testing.T) {
	t.Parallel()
	zones := make([]*time.Location, len(oddZones))
	for i, name := range oddZones {
		zones[i] = zone(t, name)
	}
	rapid.Check(t, func(t *rapid.T) {
		loc := rapid.SampledFrom(zones).Draw(t, "zone")
		p, err := civil.Month(rapid.IntRange(1840, 2100).Draw(t, "year"), time.Month(rapid.IntRange(1, 12).Draw(t, "month")), loc)
		require.NoError(t, err)
		for range 13 {
			p = checkTile(t, p)
		}
	})
}

func TestCyclesTileTheTime(t *testing.T) {
	t.Parallel()
	sydney := sydney(t)
	rapid.Check(t, func(t *rapid.T) {
		c := anyCycle().Draw(t, "cycle")
		d := civil.MustDate(2026, time.January, 1).AddDays(rapid.IntRange(-20000, 20000).Draw(t, "day"))
		p, err := c.PeriodAt(d, sydney)
		require.NoError(t, err)
		require.True(t, p.ContainsDate(d))
		for range 30 {
			q, err := c.PeriodAt(p.To(), sydney)
			require.NoError(t, err)
			next := checkTile(t, p)
			require.Equal(t, next, q, "one after the other, or found at a day")
			require.Equal(t, p, next.Prev())
			p = next
		}
	})
}

func checkTile(t *rapid.T, p civil.Period) civil.Period {
	next := p.Next()
	require.Equal(t, p.To(), next.From())
	require.Equal(t, p.Zone(), next.Zone())
	start, end := p.Bounds()
	nextStart, _ := next.Bounds()
	require.True(t, end.Equal(nextStart))
	require.True(t, start.Before(end))
	at := start.Add(time.Duration(rapid.Int64Range(0, int64(end.Sub(start))-1).Draw(t, "instant")))
	require.True(t, p.Contains(at))
	require.False(t, next.Contains(at))
	require.False(t, p.Prev().Contains(at))
	return next
}

package civil_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/billhatch/billhatch/usage/civil"
)

func TestLoadZoneTakesIANANamesOnly(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"UTC", "Australia/Sydney", "America/Argentina/Buenos_Aires", "Etc/GMT+8"} {
		loc, err := civil.LoadZone(name)
		require.NoError(t, err)
		require.Equal(t, name, loc.String())
	}
	for name, s := range map[string]string{
		"no name":                   "",
		"the machine's zone":        "Local",
		"the machine's zone file":   "localtime",
		"the machine's rules":       "posixrules",
		"a machine without a zone":  "Factory",
		"an unknown place":          "Mars/Olympus_Mons",
		"a path":                    "/etc/localtime",
		"a way up":                  "../zoneinfo/UTC",
		"zones with leap seconds":   "right/Europe/Berlin",
		"a directory of the system": "posix/Europe/Berlin",
		"a table of the database":   "zone.tab",
		"a directory":               "Europe",
		"an offset":                 "+10:00",
		"more than any name":        "Europe/" + string(slices.Repeat([]byte("a"), 5000)),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			loc, err := civil.LoadZone(s)
			require.ErrorIs(t, err, civil.ErrZone)
			require.Nil(t, loc)
		})
	}
}

func TestStartIsTheFirstInstantOfTheDay(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, zone, day, want string
		hours                 float64
	}{
		{"midnight as a rule", "Australia/Sydney", "2026-10-03", "2026-10-02T14:00:00Z", 24},
		{"clocks go forward in Sydney", "Australia/Sydney", "2026-10-04", "2026-10-03T14:00:00Z", 23},
		{"clocks go back in Sydney", "Australia/Sydney", "2026-04-05", "2026-04-04T13:00:00Z", 25},
		{"by half an hour in Lord Howe", "Australia/Lord_Howe", "2026-10-04", "2026-10-03T13:30:00Z", 23.5},
		{"and back", "Australia/Lord_Howe", "2026-04-05", "2026-04-04T13:00:00Z", 24.5},
		{"São Paulo skips midnight", "America/Sao_Paulo", "2018-11-04", "2018-11-04T03:00:00Z", 23},
		{"São Paulo has 23:00 twice", "America/Sao_Paulo", "2018-02-17", "2018-02-17T02:00:00Z", 25},
		{"Apia, the day before the one it skips", "Pacific/Apia", "2011-12-29", "2011-12-29T10:00:00Z", 24},
		{"the day that Apia skips", "Pacific/Apia", "2011-12-30", "2011-12-30T10:00:00Z", 0},
		{"the day after", "Pacific/Apia", "2011-12-31", "2011-12-30T10:00:00Z", 24},
		{"the day that Kwajalein skips", "Pacific/Kwajalein", "1993-08-21", "1993-08-21T12:00:00Z", 0},
		{"a minute of 1 November in St. John's before clocks go back over midnight", "America/St_Johns", "2009-11-01", "2009-11-01T02:30:00Z", 25},
		{"31 October there", "America/St_Johns", "2009-10-31", "2009-10-31T02:30:00Z", 24},
		{"Manila skips a date in 1844", "Asia/Manila", "1844-12-31", "1844-12-31T15:56:08Z", 0},
		{"Juneau has a date twice in 1867", "America/Juneau", "1867-10-19", "1867-10-18T08:57:41Z", 48},
		{"31 December of a leap year under a rule (golang.org/issue/81583)", "America/New_York", "2040-12-31", "2040-12-31T05:00:00Z", 24},
		{"the days after it", "Europe/Berlin", "2041-01-02", "2041-01-01T23:00:00Z", 24},
		{"UTC", "UTC", "2026-02-28", "2026-02-28T00:00:00Z", 24},
		{"the first day there is, west", "America/New_York", "0001-01-01", "0001-01-01T04:56:02Z", 24},
		{"the last day there is, east", "Asia/Tokyo", "9999-12-31", "9999-12-30T15:00:00Z", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			loc, d := zone(t, c.zone), date(t, c.day)
			start := d.Start(loc)
			require.Equal(t, loc, start.Location())
			require.Equal(t, c.want, start.UTC().Format(time.RFC3339))
			require.InDelta(t, c.hours, d.AddDays(1).Start(loc).Sub(start).Hours(), 0)
		})
	}
	require.True(t, date(t, "2026-01-01").Start(nil).IsZero())
}

// oddZones are those whose clocks did something around midnight, or to the date itself.
var oddZones = []string{
	"UTC", "Australia/Sydney", "Australia/Lord_Howe", "America/Sao_Paulo", "Pacific/Apia", "America/St_Johns",
	"Pacific/Kwajalein", "Asia/Manila", "America/Juneau", "Africa/Cairo", "Asia/Beirut", "America/Havana",
	"Atlantic/Azores", "Asia/Amman", "Europe/Dublin", "Asia/Kathmandu", "America/Scoresbysund", "Pacific/Kiritimati",
	"Africa/Casablanca", "Antarctica/Troll", "America/Asuncion", "Asia/Gaza",
}

// The definition, looked at from outside: at Start the clocks show the date or a later one, and at no time before
// did they.
func TestNoClockShowsADateBeforeItsStart(t *testing.T) {
	t.Parallel()
	zones := make([]*time.Location, len(oddZones))
	for i, name := range oddZones {
		zones[i] = zone(t, name)
	}
	rapid.Check(t, func(t *rapid.T) {
		loc := rapid.SampledFrom(zones).Draw(t, "zone")
		first := civil.MustDate(1840, time.January, 1)
		d := first.AddDays(rapid.IntRange(0, 260*365).Draw(t, "day"))
		checkStart(t, d, loc)
	})
	// The days around every change of an offset, where it matters.
	for _, loc := range zones {
		at := time.Date(1840, 1, 1, 0, 0, 0, 0, time.UTC)
		for {
			_, end := at.In(loc).ZoneBounds()
			if end.IsZero() || end.Year() > 2044 {
				break
			}
			if !end.After(at) { // golang.org/issue/81583
				end = at.Add(24 * time.Hour)
			}
			for n := -1; n <= 2; n++ {
				checkStart(t, civil.DateOf(end, loc).AddDays(n), loc)
			}
			at = end
		}
	}
}

func checkStart(t require.TestingT, d civil.Date, loc *time.Location) {
	start := d.Start(loc)
	if civil.DateOf(start, loc).Before(d) {
		require.Failf(t, "too early", "%s in %s: %s", d, loc, start)
	}
	for back := time.Second; back < 50*time.Hour; back += max(back, 15*time.Minute) / 4 {
		if !civil.DateOf(start.Add(-back), loc).Before(d) {
			require.Failf(t, "too late", "%s in %s: %s, but %s before it was already", d, loc, start, back)
		}
	}
	require.False(t, d.AddDays(1).Start(loc).Before(start), "%s in %s", d, loc)
}

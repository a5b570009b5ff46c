package civil_test

import (
	"encoding/json"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/usage/civil"
)

// vector is one case of testdata/vectors.json; the fields in use depend on the kind. Instants with a time of
// day are taken as their local dates: cycles and periods have no time of day here.
type vector struct {
	ID, Kind, About, Timezone, Date, Days, Nth string

	After, At, Start, End, Instant, A, B time.Time
	Cycle                                struct {
		Anchor      time.Time
		Unit, Count string
		AnchorDay   string `json:"anchor_day"`
	}
	Period bounds
	Expect struct {
		Next, At, Start, End time.Time
		Period               bounds
		Periods              []bounds
		Boundaries           map[string]time.Time
		Elapsed, Days, Hours string
		WholePeriods         string `json:"whole_periods"`
		Date                 string
		Inside, Same         bool
	}
}

type bounds struct{ Start, End time.Time }

// notOurs are the vectors about something that the package does not offer.
var notOurs = map[string]string{
	"fx-fl-05": "hours are not days; nothing is billed by the hour of the clock",
	"fx-fl-06": "hours are not days; nothing is billed by the hour of the clock",
}

func TestVectorsOfOtherBillingSystems(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("testdata/vectors.json")
	require.NoError(t, err)
	var file struct{ Vectors []vector }
	require.NoError(t, json.Unmarshal(data, &file))
	checks := map[string]func(*testing.T, vector, *time.Location){
		"next_boundary": checkNext, "period_at": checkPeriodAt, "elapsed": checkElapsed, "boundaries": checkBoundaries,
		"nth_boundary": checkNth, "whole_periods": checkWhole, "in_period": checkInside, "start_of_day": checkStartOfDay,
		"start_of_week": checkStartOfWeek, "add_days": checkAddDays, "local_date": checkLocalDate,
		"same_local_day": checkSameDay, "day_count": checkDayCount, "day_length": checkDayLength,
	}
	seen := map[string]bool{}
	for _, v := range file.Vectors {
		require.False(t, seen[v.ID], "%s stands twice", v.ID)
		seen[v.ID] = true
		t.Run(v.ID+" "+v.About, func(t *testing.T) {
			t.Parallel()
			if reason := notOurs[v.ID]; reason != "" {
				t.Skip(reason)
			}
			check := checks[v.Kind]
			require.NotNil(t, check, "no check for kind %q: add one, or name the vector in notOurs", v.Kind)
			check(t, v, zone(t, v.Timezone))
		})
	}
	require.Len(t, seen, 127)
	for id := range notOurs {
		require.True(t, seen[id], "%s is no vector", id)
	}
}

func (v vector) cycle(t *testing.T, loc *time.Location) civil.Cycle {
	t.Helper()
	c := civil.Cycle{Anchor: civil.DateOf(v.Cycle.Anchor, loc)}
	count := number(t, v.Cycle.Count)
	if v.Cycle.Unit == "days" {
		c.Days = count
	} else {
		c.Months = count
	}
	if v.Cycle.AnchorDay != "" {
		c.AnchorDay = number(t, v.Cycle.AnchorDay)
	}
	require.NoError(t, c.Valid())
	return c
}

// same compares a boundary with an instant: the instant itself when the cycle begins at local midnight, its
// local date otherwise.
func (v vector) same(t *testing.T, want time.Time, got civil.Date, loc *time.Location) {
	t.Helper()
	require.False(t, want.IsZero(), "the vector says nothing")
	require.Equal(t, civil.DateOf(want, loc).String(), got.String())
	anchor := v.Cycle.Anchor
	if civil.DateOf(anchor, loc).Start(loc).Equal(anchor) {
		require.True(t, want.Equal(got.Start(loc)), "%s begins %s, want %s", got, got.Start(loc), want)
	}
}

func checkNext(t *testing.T, v vector, loc *time.Location) {
	p, err := v.cycle(t, loc).PeriodAt(civil.DateOf(v.After, loc), loc)
	require.NoError(t, err)
	if v.Nth != "" {
		for range number(t, v.Nth) - 1 {
			p = p.Next()
		}
	}
	v.same(t, v.Expect.Next, p.To(), loc)
	v.same(t, v.Expect.Next, p.Next().From(), loc)
}

func checkPeriodAt(t *testing.T, v vector, loc *time.Location) {
	p, err := v.cycle(t, loc).PeriodAt(civil.DateOf(v.At, loc), loc)
	require.NoError(t, err)
	s := v.cut(t, p, loc)
	v.same(t, v.Expect.Period.Start, s.From, loc)
	v.same(t, v.Expect.Period.End, s.To, loc)
}

// cut takes away what lies before the start of the vector, if it has one.
func (v vector) cut(t *testing.T, p civil.Period, loc *time.Location) civil.Span {
	t.Helper()
	if v.Start.IsZero() {
		return p.Span()
	}
	s, ok := p.Span().Intersect(civil.Span{From: civil.DateOf(v.Start, loc)})
	require.True(t, ok)
	return s
}

func checkElapsed(t *testing.T, v vector, loc *time.Location) {
	p, err := v.cycle(t, loc).PeriodAt(civil.DateOf(v.Start, loc), loc)
	require.NoError(t, err)
	ended := 0
	for ; !p.To().After(civil.DateOf(v.At, loc)); p = p.Next() {
		ended++
	}
	require.Equal(t, number(t, v.Expect.Elapsed), ended)
}

func checkBoundaries(t *testing.T, v vector, loc *time.Location) {
	first := v.Cycle.Anchor
	if !v.Start.IsZero() {
		first = v.Start
	}
	p, err := v.cycle(t, loc).PeriodAt(civil.DateOf(first, loc), loc)
	require.NoError(t, err)
	require.NotEmpty(t, v.Expect.Periods)
	for _, want := range v.Expect.Periods {
		s := v.cut(t, p, loc)
		v.same(t, want.Start, s.From, loc)
		v.same(t, want.End, s.To, loc)
		p = p.Next()
	}
}

func checkNth(t *testing.T, v vector, loc *time.Location) {
	require.NotEmpty(t, v.Expect.Boundaries)
	for n, want := range v.Expect.Boundaries {
		v.same(t, want, v.cycle(t, loc).Boundary(number(t, n)), loc)
	}
}

func checkWhole(t *testing.T, v vector, loc *time.Location) {
	n := 0
	for !v.cycle(t, loc).Boundary(n + 1).After(civil.DateOf(v.End, loc)) {
		n++
	}
	require.Equal(t, number(t, v.Expect.WholePeriods), n)
}

func checkInside(t *testing.T, v vector, loc *time.Location) {
	p, err := civil.NewPeriod(civil.DateOf(v.Period.Start, loc), civil.DateOf(v.Period.End, loc), loc)
	require.NoError(t, err)
	start, end := p.Bounds()
	require.True(t, start.Equal(v.Period.Start), "begins %s", start)
	require.True(t, end.Equal(v.Period.End), "ends %s", end)
	require.Equal(t, v.Expect.Inside, p.Contains(v.Instant))
	require.Equal(t, v.Expect.Inside, p.ContainsDate(civil.DateOf(v.Instant, loc)))
}

func checkStartOfDay(t *testing.T, v vector, loc *time.Location) {
	require.True(t, v.Expect.Start.Equal(civil.DateOf(v.At, loc).Start(loc)))
}

func checkStartOfWeek(t *testing.T, v vector, loc *time.Location) {
	d := civil.DateOf(v.At, loc)
	sinceMonday := (int(d.Weekday()) + 6) % 7
	require.True(t, v.Expect.Start.Equal(d.AddDays(-sinceMonday).Start(loc)))
}

func checkAddDays(t *testing.T, v vector, loc *time.Location) {
	require.Equal(t, civil.DateOf(v.Expect.At, loc), civil.DateOf(v.At, loc).AddDays(number(t, v.Days)))
}

func checkLocalDate(t *testing.T, v vector, loc *time.Location) {
	require.Equal(t, v.Expect.Date, civil.DateOf(v.Instant, loc).String())
}

func checkSameDay(t *testing.T, v vector, loc *time.Location) {
	require.Equal(t, v.Expect.Same, civil.DateOf(v.A, loc) == civil.DateOf(v.B, loc))
}

func checkDayCount(t *testing.T, v vector, loc *time.Location) {
	require.Equal(t, number(t, v.Expect.Days), civil.DateOf(v.End, loc).Sub(civil.DateOf(v.Start, loc)))
}

func checkDayLength(t *testing.T, v vector, loc *time.Location) {
	d := date(t, v.Date)
	start, end := d.Start(loc), d.AddDays(1).Start(loc)
	require.True(t, v.Expect.Start.Equal(start))
	require.True(t, v.Expect.End.Equal(end))
	require.InDelta(t, number(t, v.Expect.Hours), end.Sub(start).Hours(), 0)
}

func number(t *testing.T, s string) int {
	t.Helper()
	n, err := strconv.Atoi(s)
	require.NoError(t, err)
	return n
}

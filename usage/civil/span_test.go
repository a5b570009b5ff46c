package civil_test

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/billhatch/billhatch/usage/civil"
)

// span reads "2026-10-01..2026-11-01" of a test; either date may be left out.
func span(t testing.TB, s string) civil.Span {
	t.Helper()
	for i := range s {
		if s[i:min(i+2, len(s))] == ".." {
			return civil.Span{From: date(t, s[:i]), To: date(t, s[i+2:])}
		}
	}
	require.Fail(t, "no span", s)
	return civil.Span{}
}

func TestASpanHasABeginningAndDays(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, span string
		ok         bool
		days       int
	}{
		{"a month", "2026-10-01..2026-11-01", true, 31},
		{"one day", "2026-10-01..2026-10-02", true, 1},
		{"an open end counts to the end of the calendar", "9999-12-30..", true, 2},
		{"the end is the beginning", "2026-10-01..2026-10-01", false, 0},
		{"the end is before the beginning", "2026-10-02..2026-10-01", false, 0},
		{"no beginning", "..2026-10-01", false, 0},
		{"nothing", "..", false, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := span(t, c.span)
			require.Equal(t, c.span, s.String())
			require.Equal(t, c.days, s.Days())
			if c.ok {
				require.NoError(t, s.Valid())
				return
			}
			require.ErrorIs(t, s.Valid(), civil.ErrPeriod)
			require.False(t, s.Contains(date(t, "2026-10-01")))
			_, ok := s.Intersect(span(t, "0001-01-01.."))
			require.False(t, ok)
			_, ok = span(t, "0001-01-01..").Intersect(s)
			require.False(t, ok)
			require.Empty(t, civil.Unite([]civil.Span{s}))
		})
	}
}

func TestTheEndDoesNotBelongToASpan(t *testing.T) {
	t.Parallel()
	s, open := span(t, "2026-10-01..2026-11-01"), span(t, "2026-10-01..")
	for day, in := range map[string]bool{"2026-09-30": false, "2026-10-01": true, "2026-10-31": true, "2026-11-01": false} {
		require.Equal(t, in, s.Contains(date(t, day)), day)
	}
	require.True(t, open.Contains(date(t, "9999-12-31")))
	require.False(t, open.Contains(date(t, "2026-09-30")))
	require.False(t, open.Contains(civil.Date{}))
	require.True(t, open.IsOpen())
	require.False(t, s.IsOpen())
}

func TestUniteJoinsWhatOverlapsOrTouches(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name        string
		spans, want []string
	}{
		{"nothing", nil, nil},
		{"neighbours become one", []string{"2026-10-01..2026-10-05", "2026-10-05..2026-10-09"}, []string{"2026-10-01..2026-10-09"}},
		{"a day between keeps them apart", []string{"2026-10-06..2026-10-09", "2026-10-01..2026-10-05"}, []string{"2026-10-01..2026-10-05", "2026-10-06..2026-10-09"}},
		{"duplicates count once", []string{"2026-10-01..2026-10-05", "2026-10-01..2026-10-05"}, []string{"2026-10-01..2026-10-05"}},
		{"one within another", []string{"2026-10-01..2026-10-31", "2026-10-05..2026-10-06", "2026-10-20..2026-10-21"}, []string{"2026-10-01..2026-10-31"}},
		{"an open span takes in all that follows", []string{"2026-10-05..", "2026-10-20..2026-10-21", "2026-10-01..2026-10-02", "2026-12-01.."}, []string{"2026-10-01..2026-10-02", "2026-10-05.."}},
		{"a bounded span touches an open one", []string{"2026-10-05..", "2026-10-01..2026-10-05"}, []string{"2026-10-01.."}},
		{"spans that are not valid are left out", []string{"2026-10-05..2026-10-05", "..2026-10-09", "2026-10-07..2026-10-08", "2026-10-09..2026-10-01"}, []string{"2026-10-07..2026-10-08"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var spans []civil.Span
			for _, s := range c.spans {
				spans = append(spans, span(t, s))
			}
			var got []string
			for _, s := range civil.Unite(spans) {
				got = append(got, s.String())
			}
			require.Equal(t, c.want, got)
		})
	}
}

func TestUniteAllocatesNothing(t *testing.T) {
	spans := make([]civil.Span, 64)
	require.Zero(t, testing.AllocsPerRun(20, func() {
		for i := range spans {
			from := civil.FromOrdinal(int32(1000 + i*37%64))
			spans[i] = civil.Span{From: from, To: from.AddDays(i%3 + 1)}
		}
		civil.Unite(spans)
	}))
}

func TestSpansInJSON(t *testing.T) {
	t.Parallel()
	for text, s := range map[string]civil.Span{
		`{"from":"2026-10-01","to":"2026-11-01"}`: span(t, "2026-10-01..2026-11-01"),
		`{"from":"2026-10-01"}`:                   span(t, "2026-10-01.."),
	} {
		data, err := json.Marshal(s)
		require.NoError(t, err)
		require.Equal(t, text, string(data))
		var back civil.Span
		require.NoError(t, json.Unmarshal(data, &back))
		require.Equal(t, s, back)
	}
}

// anySpan draws spans of a few days, so that they meet; some are open, some not valid.
func anySpan() *rapid.Generator[civil.Span] {
	first := civil.MustDate(2026, time.January, 1)
	return rapid.Custom(func(t *rapid.T) civil.Span {
		s := civil.Span{From: first.AddDays(rapid.IntRange(0, 60).Draw(t, "from"))}
		switch rapid.IntRange(0, 9).Draw(t, "kind") {
		case 0:
		case 1:
			s.To = s.From.AddDays(-rapid.IntRange(0, 3).Draw(t, "back"))
		default:
			s.To = s.From.AddDays(rapid.IntRange(1, 12).Draw(t, "days"))
		}
		return s
	})
}

// The days of the window in which the laws look.
func window() []civil.Date {
	days := make([]civil.Date, 90)
	for i := range days {
		days[i] = civil.MustDate(2025, time.December, 20).AddDays(i)
	}
	return days
}

func TestUnitedSpansHaveTheSameDaysEachOnce(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		given := rapid.SliceOfN(anySpan(), 0, 12).Draw(t, "spans")
		united := civil.Unite(slices.Clone(given))
		for _, d := range window() {
			was := slices.ContainsFunc(given, func(s civil.Span) bool { return s.Contains(d) })
			count := 0
			for _, s := range united {
				if s.Contains(d) {
					count++
				}
			}
			require.Equal(t, was, count == 1, d)
			require.LessOrEqual(t, count, 1)
		}
		for i, s := range united {
			require.NoError(t, s.Valid())
			if i > 0 {
				require.True(t, united[i-1].To.Before(s.From), "%v: a day lies between neighbours", united)
			}
		}
		require.Equal(t, united, civil.Unite(slices.Clone(united)), "nothing is left to do")
	})
}

func TestTheIntersectionHasTheDaysOfBoth(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a, b := anySpan().Draw(t, "a"), anySpan().Draw(t, "b")
		both, ok := a.Intersect(b)
		other, okToo := b.Intersect(a)
		require.Equal(t, ok, okToo)
		require.Equal(t, both, other)
		require.Equal(t, ok, both.Valid() == nil)
		for _, d := range window() {
			require.Equal(t, a.Contains(d) && b.Contains(d), both.Contains(d), d)
		}
		n := 0
		for _, d := range window() {
			if a.Contains(d) {
				n++
			}
		}
		if !a.IsOpen() {
			require.Equal(t, n, a.Days())
		}
	})
}

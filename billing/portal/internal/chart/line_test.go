package chart_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/billing/portal/internal/chart"
	"github.com/billhatch/billhatch/usage"
	"github.com/billhatch/billhatch/usage/civil"
)

// week is a line over ten days, so that positions are round.
func week(t testing.TB, values string) chart.Line {
	t.Helper()
	l := line(t, "l", days(values))
	period, err := civil.NewPeriod(civil.MustDate(2026, time.October, 5), civil.MustDate(2026, time.October, 15), time.UTC)
	require.NoError(t, err)
	l.Period = period
	return l
}

// paths are the d attributes of a class, without those of the legend.
func paths(t testing.TB, root *node, class string) []string {
	t.Helper()
	var out []string
	for _, n := range root.plot(t).all(class) {
		out = append(out, n.attrs["d"])
	}
	return out
}

// TestALineHasAPointForEveryDay (C5).
func TestALineHasAPointForEveryDay(t *testing.T) {
	t.Parallel()
	root := draw(t, week(t, "0 2 4 1"))
	require.Equal(t, []string{"M500 10000L1500 5000L2500 0L3500 7500"}, paths(t, root, "bh-chart-series"))
	require.Equal(t, []string{"M500 10000L500 10000L1500 5000L2500 0L3500 7500L3500 10000Z"}, paths(t, root, "bh-chart-area"))
	require.Equal(t, []string{"0", "1", "2", "3", "4", "5 Oct", "14 Oct"}, root.labels("bh-chart-tick"))
	require.Equal(t, []string{"1 min"}, root.labels("bh-chart-figure"))
	require.Empty(t, root.all("bh-chart-legend"), "a line alone needs no legend")
	require.Len(t, root.all("bh-chart-day"), 4, "days ahead are empty")
	last := root.one(t, "bh-chart-last")
	require.Equal(t, [2]int{3500, 7500}, [2]int{last.pct(t, "cx"), last.pct(t, "cy")})
}

// TestAGapIsNeitherZeroNorBridged (C4, C11).
func TestAGapIsNeitherZeroNorBridged(t *testing.T) {
	t.Parallel()
	root := draw(t, week(t, "4 4 ? ? 4 ? 4 4 ?"))
	require.Equal(t, []string{"M500 0L1500 0M6500 0L7500 0"}, paths(t, root, "bh-chart-series"))
	require.Equal(t, []string{"M500 10000L500 0L1500 0L1500 10000ZM4500 10000L4500 0L4500 10000ZM6500 10000L6500 0L7500 0L7500 10000Z"}, paths(t, root, "bh-chart-area"))
	var gaps [][2]int
	for _, n := range root.plot(t).all("bh-chart-missing") {
		gaps = append(gaps, extentOf(t, n))
	}
	require.Equal(t, [][2]int{{2000, 2000}, {5000, 1000}, {8000, 1000}}, gaps)
	require.Equal(t, 4500, root.one(t, "bh-chart-single").pct(t, "cx"), "a day between gaps is a point")
	require.Equal(t, 7500, root.one(t, "bh-chart-last").pct(t, "cx"), "the last day that is known")
	require.Equal(t, []string{"Used", "no reading"}, legend(root))
	require.Equal(t, "7 Oct\nno reading", root.all("bh-chart-day")[2].child(t, "title").text)
}

func legend(root *node) []string {
	var out []string
	root.each(func(n *node) {
		if n.name == "li" {
			out = append(out, n.content())
		}
	})
	return out
}

// TestPartialDaysAreMarked (C5): dashed line to a hollow point.
func TestPartialDaysAreMarked(t *testing.T) {
	t.Parallel()
	root := draw(t, week(t, "4 3* 2 1*"))
	require.Equal(t, []string{"M1500 2500L2500 5000", "M500 0L1500 2500M2500 5000L3500 7500"}, paths(t, root, "bh-chart-series"))
	require.Equal(t, []string{"M500 0L1500 2500M2500 5000L3500 7500"}, paths(t, root, "bh-chart-partial"))
	require.Len(t, root.plot(t).all("bh-chart-hollow"), 2)
	require.Equal(t, []string{"Used", "so far"}, legend(root))
	require.Equal(t, "6 Oct\n3 min\nso far", root.all("bh-chart-day")[1].child(t, "title").text)
}

func TestValuesBelowZeroStandBelowTheirOwnLine(t *testing.T) {
	t.Parallel()
	root := draw(t, week(t, "4 -4"))
	require.Equal(t, []string{"M500 0L1500 10000"}, paths(t, root, "bh-chart-series"))
	require.Equal(t, 5000, root.one(t, "bh-chart-base").pct(t, "y1"))
	require.Contains(t, paths(t, root, "bh-chart-area")[0], "L1500 5000Z")
}

// TestTheLimitIsAlwaysInSight (C4), however little is used, and the pace leads to it.
func TestTheLimitIsAlwaysInSight(t *testing.T) {
	t.Parallel()
	l := week(t, "1 1 1 1")
	l.HasLimit, l.Pace, l.Included.Included = true, true, dec("100")
	root := draw(t, l)
	require.Equal(t, []string{"M0 0L10000 0"}, paths(t, root, "bh-chart-limit"))
	require.Equal(t, []string{"M500 9000L9500 0"}, paths(t, root, "bh-chart-pace"), "a tenth until the end of the first of ten days")
	require.Equal(t, []string{"Used", "Included", "Even pace"}, legend(root))

	l.Pace = false
	require.Equal(t, []string{"Used", "Included"}, legend(draw(t, l)))
	for name, change := range map[string]func(*chart.Line){
		"not known":       func(l *chart.Line) { l.HasLimit = false },
		"unlimited":       func(l *chart.Line) { l.Included.Unlimited = true },
		"nothing":         func(l *chart.Line) { l.Included.Included = dec("0") },
		"below zero":      func(l *chart.Line) { l.Included.Included = dec("-5") },
		"absurd":          func(l *chart.Line) { l.Included.Included = decimal.New(1, 1<<30) },
		"no day is known": func(l *chart.Line) { l.Days = days("? ?") },
	} {
		other := l
		other.Pace = true
		change(&other)
		root := draw(t, other)
		require.Empty(t, root.all("bh-chart-limit"), name)
		require.Empty(t, root.all("bh-chart-pace"), name)
	}
}

// TestWithoutAnyValueThereIsNoScale (C11): no ticks, no figures, a text.
func TestWithoutAnyValueThereIsNoScale(t *testing.T) {
	t.Parallel()
	for _, values := range []string{"", "? ?"} {
		root := draw(t, week(t, values))
		require.Equal(t, []string{"No readings yet"}, root.labels("bh-chart-empty"))
		require.Equal(t, []string{"5 Oct", "14 Oct"}, root.labels("bh-chart-tick"))
		require.Empty(t, root.all("bh-chart-grid"))
		require.Empty(t, root.all("bh-chart-figure"))
		require.Empty(t, root.all("bh-chart-dot"))
		require.Empty(t, legend(root))
	}
	absurd := week(t, "1")
	absurd.Days[0].Value = usage.Known(decimal.New(1, 1<<30))
	require.Equal(t, []string{"No readings yet"}, draw(t, absurd).labels("bh-chart-empty"))
	_, _, rows := absurd.Table()
	require.Equal(t, [][]string{{"5 Oct", "no reading", ""}}, rows)
}

func TestOneDayIsAPoint(t *testing.T) {
	t.Parallel()
	l := week(t, "7")
	period, err := civil.NewPeriod(civil.MustDate(2026, time.October, 5), civil.MustDate(2026, time.October, 6), time.UTC)
	require.NoError(t, err)
	l.Period, l.HasLimit, l.Pace, l.Included.Included = period, true, true, dec("10")
	root := draw(t, l)
	require.Equal(t, 5000, root.one(t, "bh-chart-last").pct(t, "cx"))
	require.Empty(t, root.all("bh-chart-pace"), "a pace needs two days")
	require.Equal(t, []string{"0", "5", "10", "5 Oct"}, root.labels("bh-chart-tick"))
}

// TestTimeRunsAsThePageIsRead: from right to left everything is mirrored, not only the text.
func TestTimeRunsAsThePageIsRead(t *testing.T) {
	t.Parallel()
	l := week(t, "0 2 ? 4")
	l.RightToLeft = true
	root := draw(t, l)
	require.Equal(t, "rtl", root.attrs["dir"])
	require.Equal(t, []string{"M9500 10000L8500 5000"}, paths(t, root, "bh-chart-series"))
	require.Equal(t, [2]int{7000, 1000}, extentOf(t, root.plot(t).one(t, "bh-chart-missing")))
	require.Equal(t, 6500, root.one(t, "bh-chart-last").pct(t, "cx"))
	require.Equal(t, 10000, root.all("bh-chart-tick")[0].pct(t, "x"), "the axis is at the right")
}

// TestTheFigureStandsBesideTheLine: it keeps within the plot and off the pace.
func TestTheFigureStandsBesideTheLine(t *testing.T) {
	t.Parallel()
	place := func(values string, included string) string {
		l := week(t, values)
		if included != "" {
			l.HasLimit, l.Pace, l.Included.Included = true, true, dec(included)
		}
		figure := draw(t, l).one(t, "bh-chart-figure")
		return figure.attrs["text-anchor"] + " " + figure.attrs["dy"]
	}
	require.Equal(t, "start -.9em", place("4", ""))
	require.Equal(t, "middle -.9em", place("4 4 4 4 4", ""))
	require.Equal(t, "end -.9em", place("4 4 4 4 4 4 4 4 4 4", ""))
	require.Equal(t, "start -.9em", place("4 4 4 4 1", ""), "a line that falls comes from the other side")
	require.Equal(t, "start -.9em", place("4 4 4 4 4 4 1", ""), "also where a level one would have it before")
	require.Equal(t, "end -.9em", place("4 4 4 4 4 4 4 4 1", ""), "there is no room at the end")
	require.Equal(t, "start 1.7em", place("0 10 20 30 40", "100"), "under the pace it hangs below")
	require.Equal(t, "middle -.9em", place("0 10 20 30 60", "100"), "over the pace it stands above")
	require.Equal(t, "middle -.9em", place("0 0 0 0 1", "100"), "at the ground there is no room below")
}

// TestSumsKnowWhatTheyMiss (C4): missing usage is never zero.
func TestSumsKnowWhatTheyMiss(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, in, want string }{
		{"plain sums", "1 2 3", "1 3 6"},
		{"exact to the last digit", "0.1 0.2 1e-18", "0.1 0.3 0.300000000000000001"},
		{"what comes after a gap is at least so much", "1 ? 3 4", "1 ? 4* 8*"},
		{"what holds a partial day is partial", "1 2* 3", "1 3* 6*"},
		{"a gap at the start", "? 2", "? 2*"},
		{"nothing", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var got []string
			for _, day := range chart.Cumulate(days(c.in)) {
				text := "?"
				if day.Value.Known {
					text = day.Value.Value.String()
				}
				if day.Partial {
					text += "*"
				}
				got = append(got, text)
			}
			require.Equal(t, c.want, strings.Join(got, " "))
		})
	}
}

// TestTheTableOfALineHasTheDaysUntilNow (C5).
func TestTheTableOfALineHasTheDaysUntilNow(t *testing.T) {
	t.Parallel()
	caption, head, rows := week(t, "1 ? 1234.5*").Table()
	require.Equal(t, "Minutes by day", caption)
	require.Equal(t, []string{"Day", "Used", "Note"}, head)
	require.Equal(t, [][]string{{"5 Oct", "1 min", ""}, {"6 Oct", "no reading", ""}, {"7 Oct", "1,234.5 min", "so far"}}, rows)
	l := week(t, "1")
	l.Format, l.Date, l.Tick = nil, nil, nil
	_, _, rows = l.Table()
	require.Equal(t, [][]string{{"2026-10-05", "1", ""}}, rows, "without functions of the caller")
	require.Equal(t, []string{"0", "1", "2026-10-05", "2026-10-14"}, draw(t, l).labels("bh-chart-tick"))
	l.Days = make([]chart.Day, 99)
	_, _, rows = l.Table()
	require.Len(t, rows, 10, "there are no days after the period")
}

// TestEveryDayOfALongPeriodHasItsPlace: no gaps and no overlaps between neighbours, for every length of a period.
func TestEveryDayOfALongPeriodHasItsPlace(t *testing.T) {
	t.Parallel()
	for _, n := range []int{1, 2, 7, 28, 29, 30, 31, 90, 92, 365, 366, chart.MaxDays} {
		t.Run(fmt.Sprint(n, " days"), func(t *testing.T) {
			t.Parallel()
			l := line(t, "l", days(strings.Repeat("1 ", n)))
			var err error
			l.Period, err = civil.NewPeriod(civil.MustDate(2026, time.January, 1), civil.MustDate(2026, time.January, 1).AddDays(n), time.UTC)
			require.NoError(t, err)
			end := 0
			for _, hit := range draw(t, l).all("bh-chart-hit") {
				at := extentOf(t, hit)
				require.Equal(t, end, at[0])
				end += at[1]
			}
			require.Equal(t, 10000, end)
		})
	}
}

package chart_test

import (
	"strings"
	"testing"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/billhatch/billhatch/billing/portal/internal/chart"
	"github.com/billhatch/billhatch/usage"
)

// extentOf is where a part of a bar begins and how wide it is, in hundredths of a percent.
func extentOf(t testing.TB, n *node) [2]int {
	t.Helper()
	return [2]int{n.pct(t, "x"), n.pct(t, "width")}
}

// TestAMeterIsDrawnToScale (C4).
func TestAMeterIsDrawnToScale(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name           string
		used, included string
		fill           [2]int
		beyond         [2]int // width 0: none
		mark           int    // -1: none
		limit          int    // -1: none
		breaks         int
	}{
		{"half of it", "500", "1000", [2]int{0, 5000}, [2]int{}, 8000, -1, 0},
		{"nothing", "0", "1000", [2]int{0, 0}, [2]int{}, 8000, -1, 0},
		{"hardly anything is not nothing", "0.001", "1000", [2]int{0, 100}, [2]int{}, 8000, -1, 0},
		{"a correction below zero", "-5", "1000", [2]int{0, 0}, [2]int{}, 8000, -1, 0},
		{"nearly all is not all", "999.99", "1000", [2]int{0, 9999}, [2]int{}, 8000, -1, 0},
		{"exactly all is not over", "1000", "1000", [2]int{0, 10000}, [2]int{}, 8000, -1, 0},
		{"hardly over is over", "1000.01", "1000", [2]int{0, 9900}, [2]int{9900, 100}, 7920, 9900, 0},
		{"a quarter over", "1250", "1000", [2]int{0, 8000}, [2]int{8000, 2000}, 6400, 8000, 0},
		{"three times", "3000", "1000", [2]int{0, 3333}, [2]int{3333, 6667}, 2666, 3333, 0},
		{"more than three times has a break", "3000.01", "1000", [2]int{0, 3333}, [2]int{3333, 6667}, 2666, 3333, 2},
		{"anything where nothing is included", "1", "0", [2]int{0, 0}, [2]int{0, 10000}, -1, 0, 0},
		{"nothing where nothing is included", "0", "0", [2]int{0, 0}, [2]int{}, 8000, -1, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			m := meter("m", qty(c.used), c.included)
			for _, rtl := range []bool{false, true} {
				m.RightToLeft = rtl
				root := draw(t, m)
				require.Equal(t, mirror(rtl, c.fill), extentOf(t, root.one(t, "bh-chart-fill")))
				if c.beyond[1] == 0 {
					require.Empty(t, root.all("bh-chart-beyond"))
				} else {
					require.Equal(t, mirror(rtl, c.beyond), extentOf(t, root.one(t, "bh-chart-beyond")))
				}
				require.Len(t, root.all("bh-chart-break"), c.breaks)
				marks := map[bool]int{false: -1, true: -1}
				for _, mark := range root.all("bh-chart-mark") {
					marks[strings.Contains(mark.attrs["class"], "limit")] = mirror(rtl, [2]int{mark.pct(t, "x1"), 0})[0]
				}
				require.Equal(t, map[bool]int{false: c.mark, true: c.limit}, marks)
			}
		})
	}
}

func mirror(rtl bool, at [2]int) [2]int {
	if rtl {
		at[0] = 10000 - at[0] - at[1]
	}
	return at
}

// TestWithoutAScaleNothingIsMeasured (C4): no reading and no limit have no fill, no mark, and patterns of their own.
func TestWithoutAScaleNothingIsMeasured(t *testing.T) {
	t.Parallel()
	noLimit := meter("m", qty("0"), "1000")
	noLimit.HasLimit = false
	for _, c := range []struct {
		name    string
		meter   chart.Meter
		pattern string
		dashed  bool
	}{
		{"no reading", meter("m", usage.Quantity{}, "1000"), "hatch", false},
		{"no reading, unlimited", meter("m", usage.Quantity{}, "unlimited"), "hatch", false},
		{"a reading that is no number one can draw", meter("m", usage.Known(decimal.New(1, 1<<30)), "1000"), "hatch", false},
		{"unlimited", meter("m", qty("750"), "unlimited"), "dot", true},
		{"unlimited and not used", meter("m", qty("0"), "unlimited"), "dot", true},
		{"allowance not known", noLimit, "dot", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.meter.Texts.Value = "text"
			root := draw(t, c.meter)
			require.Empty(t, root.all("bh-chart-fill"))
			require.Empty(t, root.all("bh-chart-mark"))
			require.Empty(t, root.all("bh-chart-tick"))
			track := root.one(t, "bh-chart-track")
			require.Equal(t, "url(#m-"+c.pattern+")", track.attrs["fill"])
			require.Equal(t, c.dashed, strings.Contains(track.attrs["class"], "bh-chart-open"))
			require.Equal(t, "text", root.one(t, "bh-chart-value").content())
		})
	}
}

func TestAtMostOneLabelStandsUnderAMeter(t *testing.T) {
	t.Parallel()
	over := meter("m", qty("1250"), "1000")
	require.Equal(t, []string{"1,000"}, draw(t, over).labels("bh-chart-tick"))
	over.Texts.Limit = ""
	require.Equal(t, []string{"80 %"}, draw(t, over).labels("bh-chart-tick"))
	require.Equal(t, []string{"80 %"}, draw(t, meter("m", qty("500"), "1000")).labels("bh-chart-tick"))
	for name, mark := range map[string]string{"none": "0", "below zero": "-1", "beyond all": "100.01", "absurd": "1e999"} {
		unmarked := meter("m", qty("500"), "1000")
		unmarked.Mark = dec(mark)
		root := draw(t, unmarked)
		require.Empty(t, root.all("bh-chart-mark"), name)
		require.Empty(t, root.labels("bh-chart-tick"), name)
	}
	edge := meter("m", qty("500"), "1000")
	edge.Mark = dec("100")
	require.Equal(t, "end", draw(t, edge).one(t, "bh-chart-tick").attrs["text-anchor"])
}

// TestTheFillPassesTheMarkFromTheThresholdOn (C4): picture and state agree.
func TestTheFillPassesTheMarkFromTheThresholdOn(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		used := decimal.New(rapid.Int64Range(0, 400_000).Draw(rt, "used"), -2)
		included := decimal.New(rapid.Int64Range(1, 200_000).Draw(rt, "included"), -2)
		m := meter("m", usage.Known(used), included.String())
		root := draw(t, m)
		state := usage.DefaultThresholds().State(m.Used, m.Included)
		over := len(root.all("bh-chart-beyond")) > 0
		require.Equal(t, state == usage.StateOver, over)
		fill := extentOf(t, root.one(t, "bh-chart-fill"))
		mark := 0
		for _, n := range root.all("bh-chart-mark") {
			if !strings.Contains(n.attrs["class"], "limit") {
				mark = n.pct(t, "x1")
			}
		}
		require.Equal(t, state == usage.StateApproaching || over, fill[1] >= mark, "%s of %s", used, included)
		require.LessOrEqual(t, fill[1], 10000)
	})
}

// TestLevelsAreClasses (C4, C5): both vocabularies, and what neither knows is unavailable.
func TestLevelsAreClasses(t *testing.T) {
	t.Parallel()
	class := func(level chart.Level) string {
		m := meter("m", qty("1"), "2")
		m.Level = level
		return draw(t, m).classes()[1]
	}
	for state, want := range map[usage.State]string{
		usage.StateUnavailable: "unavailable", usage.StateNotActive: "not-active", usage.StateActive: "active",
		usage.StateApproaching: "approaching", usage.StateOver: "over", 99: "unavailable",
	} {
		require.Equal(t, "bh-chart-"+want, class(chart.LevelOfState(state)))
	}
	for health, want := range map[usage.Health]string{
		usage.HealthUnavailable: "unavailable", usage.HealthOnTrack: "active", usage.HealthWarning: "approaching",
		usage.HealthActionNeeded: "action", usage.HealthOver: "over", 99: "unavailable",
	} {
		require.Equal(t, "bh-chart-"+want, class(chart.LevelOfHealth(health)))
	}
	require.Equal(t, "bh-chart-unavailable", class(99))
}

// TestTheTableOfAMeterNeverWritesZeroForWhatIsNotKnown (C4).
func TestTheTableOfAMeterNeverWritesZeroForWhatIsNotKnown(t *testing.T) {
	t.Parallel()
	row := func(m chart.Meter) []string {
		_, head, rows := m.Table()
		require.Equal(t, []string{"Used", "Included", "State"}, head)
		require.Len(t, rows, 1)
		return rows[0]
	}
	require.Equal(t, []string{"1,250 min", "1,000 min", "over limit"}, row(meter("m", qty("1250"), "1000")))
	require.Equal(t, []string{"not known", "1,000 min", "unavailable"}, row(meter("m", usage.Quantity{}, "1000")))
	require.Equal(t, []string{"not known", "1,000 min", "unavailable"}, row(meter("m", usage.Known(decimal.New(1, 1<<30)), "1000")))
	require.Equal(t, []string{"5 min", "unlimited", "active"}, row(meter("m", qty("5"), "unlimited")))
	m := meter("m", qty("5"), "1000")
	m.HasLimit, m.Format = false, nil
	require.Equal(t, []string{"5", "not known", "active"}, row(m))
}

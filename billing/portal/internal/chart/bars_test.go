package chart_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/billing/portal/internal/chart"
	"github.com/billhatch/billhatch/money"
)

// heights are y and height of the bars in the plot.
func heights(t testing.TB, root *node) [][2]int {
	t.Helper()
	var out [][2]int
	for _, n := range root.plot(t).all("bh-chart-bar") {
		out = append(out, [2]int{n.pct(t, "y"), n.pct(t, "height")})
	}
	return out
}

func amounts(values ...string) []chart.Bar {
	out := make([]chart.Bar, len(values))
	for i, v := range values {
		out[i] = chart.Bar{Label: "m", Status: chart.StatusPaid}
		if v != "" {
			out[i].Amount = usd(v)
		}
	}
	return out
}

// TestBarsAreDrawnToScale (C6).
func TestBarsAreDrawnToScale(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		items []chart.Bar
		want  [][2]int
	}{
		{"from zero up", amounts("100", "50", "25"), [][2]int{{0, 10000}, {5000, 5000}, {7500, 2500}}},
		{"a credit hangs down", amounts("100", "-100"), [][2]int{{0, 5000}, {5000, 5000}}},
		{"credits alone", amounts("-10"), [][2]int{{0, 10000}}},
		{"hardly anything is not nothing", amounts("1000000", "0.01"), [][2]int{{0, 10000}, {9880, 120}}},
		{"a cent of credit neither", amounts("1000000", "-0.01"), [][2]int{{0, 6667}, {6667, 120}}},
		{"beyond the precision of a float", amounts("100000000000000000000000000000.01"), [][2]int{{3334, 6666}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, c.want, heights(t, draw(t, bars("b", c.items...))))
		})
	}
}

// TestZeroIsAmountAndNotKnownIsNot (C6): zero is a line at the ground, not known an outline without a height of its own.
func TestZeroIsAmountAndNotKnownIsNot(t *testing.T) {
	t.Parallel()
	root := draw(t, bars("b", amounts("100", "0", "")...))
	require.Len(t, root.all("bh-chart-zero"), 1)
	require.Equal(t, 10000, root.one(t, "bh-chart-zero").pct(t, "y1"))
	unknown := root.plot(t).one(t, "bh-chart-amount-unknown")
	require.Equal(t, [2]int{0, 10000}, [2]int{unknown.pct(t, "y"), unknown.pct(t, "height")})
	require.NotContains(t, unknown.attrs["class"], "paid")
	require.Equal(t, []string{"paid", "not known"}, legend(root))

	unknownOnly := draw(t, bars("b", amounts("", "")...))
	require.Empty(t, unknownOnly.all("bh-chart-grid"), "there is no scale")
	require.Equal(t, []string{"m", "m"}, unknownOnly.labels("bh-chart-tick"))
	require.Equal(t, []string{"not known"}, legend(unknownOnly))
	_, _, rows := bars("b", amounts("0", "")...).Table()
	require.Equal(t, [][]string{{"m", "$0.00", "paid"}, {"m", "not known", "paid"}}, rows)
}

// TestStatusesHaveShapesOfTheirOwn (C6): no two look the same without colours, and the unknown never looks paid.
func TestStatusesHaveShapesOfTheirOwn(t *testing.T) {
	t.Parallel()
	fills := map[string]chart.Status{}
	names := map[chart.Status]string{
		chart.StatusUnknown: "unknown", chart.StatusPaid: "paid", chart.StatusOpen: "open", chart.StatusOverdue: "overdue",
		chart.StatusVoid: "void", chart.StatusUncollectible: "uncollectible", 99: "unknown",
	}
	for status, name := range names {
		require.Equal(t, name, status.String())
		root := draw(t, bars("b", chart.Bar{Label: "Oct", Amount: usd("10"), Status: status}))
		bar := root.plot(t).one(t, "bh-chart-bar")
		require.Contains(t, bar.classes(), "bh-chart-status-"+name)
		require.Equal(t, []string{name}, legend(root))
		look := bar.attrs["fill"]
		if status == chart.StatusOpen {
			look = "outline" // by the stylesheet
		}
		if status != 99 {
			require.NotContains(t, fills, look)
			fills[look] = status
		}
	}
	require.Equal(t, chart.StatusPaid, fills[""], "only paid is solid")
	require.Regexp(t, `(?s)\.bh-chart-status-open \{[^}]*fill: var\(--bh-chart-ground\);[^}]*stroke: `, chart.Stylesheet())
	b := bars("b", chart.Bar{Label: "Oct", Amount: usd("10"), Status: 99})
	b.Status = func(s chart.Status) string { return "<" + s.String() + ">" }
	require.Equal(t, []string{"<unknown>"}, legend(draw(t, b)), "the caller is asked for the closed set only")
}

// TestBarsLeadToTheirInvoices (C6).
func TestBarsLeadToTheirInvoices(t *testing.T) {
	t.Parallel()
	items := []chart.Bar{
		{Label: "Sep", Name: "September 2026", Amount: usd("10"), Status: chart.StatusPaid, Href: "/billing/invoices/in_1?a=1&b=2"},
		{Label: "Oct", Amount: usd("20"), Status: chart.StatusOpen},
	}
	root := draw(t, bars("b", items...))
	found := root.all("bh-chart-item")
	require.Equal(t, []string{"a", "g"}, []string{found[0].name, found[1].name})
	require.Equal(t, "/billing/invoices/in_1?a=1&b=2", found[0].attrs["href"])
	require.Equal(t, "September 2026\n$10.00\npaid", found[0].attrs["aria-label"])
	require.Equal(t, "September 2026\n$10.00\npaid", found[0].child(t, "title").text)
	require.Equal(t, "Oct\n$20.00\nopen", found[1].child(t, "title").text, "the label is the name where there is none")
	_, head, rows := bars("b", items...).Table()
	require.Equal(t, []string{"Month", "Amount", "Status"}, head)
	require.Equal(t, [][]string{{"September 2026", "$10.00", "paid"}, {"Oct", "$20.00", "open"}}, rows)
	for _, href := range []string{"https://example.com/i", "http://example.com/i", "i/1", "?id=1", "#i"} {
		items[0].Href = href
		require.Equal(t, href, draw(t, bars("b", items...)).all("bh-chart-item")[0].attrs["href"])
	}
}

// TestAFewBarsAreNoWiderThanMany: up to six share six places.
func TestAFewBarsAreNoWiderThanMany(t *testing.T) {
	t.Parallel()
	one := draw(t, bars("b", amounts("1")...))
	six := draw(t, bars("b", amounts("1", "1", "1", "1", "1", "1")...))
	require.Equal(t, extentOf(t, six.plot(t).all("bh-chart-bar")[0]), extentOf(t, one.plot(t).one(t, "bh-chart-bar")))
	require.Len(t, six.all("bh-chart-few"), 1)
	end := 0
	twelve := draw(t, bars("b", slices.Repeat(amounts("1"), 12)...))
	require.Empty(t, twelve.all("bh-chart-few"))
	for _, hit := range twelve.all("bh-chart-hit") {
		at := extentOf(t, hit)
		require.Equal(t, end, at[0])
		end += at[1]
	}
	require.Equal(t, 10000, end)
}

// TestLabelsLeaveEachOtherRoom: the newest always stays, and what stays on a narrow page stays on a wide one.
func TestLabelsLeaveEachOtherRoom(t *testing.T) {
	t.Parallel()
	shown := func(label string, n int) (wide, narrow string) {
		items := slices.Repeat(amounts("1"), n)
		for i := range items {
			items[i].Label = label
		}
		at := map[int]*node{}
		root := draw(t, bars("b", items...))
		for _, tick := range root.all("bh-chart-tick") {
			if tick.content() == label {
				at[tick.pct(t, "x")*max(n, 6)/10000] = tick
			}
		}
		for i := range n {
			switch tick := at[i]; {
			case tick == nil:
				wide, narrow = wide+".", narrow+"."
			case strings.Contains(tick.attrs["class"], "bh-chart-wide"):
				wide, narrow = wide+"x", narrow+"."
			default:
				wide, narrow = wide+"x", narrow+"x"
			}
		}
		return wide, narrow
	}
	for _, c := range []struct {
		label        string
		n            int
		wide, narrow string
	}{
		{"Oct", 12, "xxxxxxxxxxxx", ".x.x.x.x.x.x"},
		{"Oct", 3, "xxx", "xxx"},
		{"Oct 26", 12, "xxxxxxxxxxxx", "..x..x..x..x"},
		{"October 2026", 12, ".x.x.x.x.x.x", "...x...x...x"},
		{"October 2026", 6, "xxxxxx", ".x.x.x"},
		{"2026年10月", 12, ".x.x.x.x.x.x", "...x...x...x"},
		{strings.Repeat("long ", 40), 12, "...........x", "...........x"},
	} {
		wide, narrow := shown(c.label, c.n)
		require.Equal(t, []string{c.wide, c.narrow}, []string{wide, narrow}, c.label)
	}
}

func TestLabelsOfTheAxisGetTheRoomThatTheyNeed(t *testing.T) {
	t.Parallel()
	for tick, want := range map[string]string{
		"": "bh-chart-gutter-2", "$": "bh-chart-gutter-2", "$10": "bh-chart-gutter-4", "$1,500": "bh-chart-gutter-6", "1.500,00": "bh-chart-gutter-8",
		"-1.500,00 $": "bh-chart-gutter-12", "14 characters.": "bh-chart-gutter-14", "15 characters..": "bh-chart-inside", "千二百円": "bh-chart-gutter-8",
	} {
		b := bars("b", amounts("1")...)
		b.Tick = func(money.Amount) string { return tick }
		require.Contains(t, draw(t, b).plot(t).classes(), want, tick)
	}
	plain := bars("b", amounts("1")...)
	plain.Tick, plain.Format = nil, nil
	require.Equal(t, []string{"0.00 USD", "1.00 USD", "m"}, draw(t, plain).labels("bh-chart-tick"), "without functions of the caller")
}

func TestNoBarsAreAText(t *testing.T) {
	t.Parallel()
	root := draw(t, bars("b"))
	require.Equal(t, []string{"No invoices yet"}, root.labels("bh-chart-empty"))
	require.Empty(t, root.labels("bh-chart-tick"))
	require.Empty(t, legend(root))
	_, _, rows := bars("b").Table()
	require.Empty(t, rows)
}

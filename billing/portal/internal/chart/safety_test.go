package chart_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/billhatch/billhatch/billing/portal/internal/chart"
	"github.com/billhatch/billhatch/money"
	"github.com/billhatch/billhatch/usage"
	"github.com/billhatch/billhatch/usage/civil"
)

// TestPicturesObeyAStrictContentSecurityPolicy: no styles, no scripts, no handlers, nothing from elsewhere.
func TestPicturesObeyAStrictContentSecurityPolicy(t *testing.T) {
	t.Parallel()
	elements := []string{
		"div", "p", "span", "ul", "li", "svg", "title", "desc", "defs", "clipPath", "pattern", "g", "a", "rect", "line", "path", "circle", "text",
	}
	for _, p := range gallery(t) {
		draw(t, p).each(func(n *node) {
			require.Contains(t, elements, n.name)
			for name, value := range n.attrs {
				require.NotEqual(t, "style", name)
				require.False(t, strings.HasPrefix(name, "on"), name)
				if name == "href" {
					require.Equal(t, "a", n.name)
				} else {
					require.NotContains(t, value, ":", name)
				}
			}
		})
	}
}

// TestIdsAreUniqueAndKnown: every id begins with the prefix of its picture and is there once in the page, every
// reference leads to an id of the same picture.
func TestIdsAreUniqueAndKnown(t *testing.T) {
	t.Parallel()
	reference := regexp.MustCompile(`url\(#([^)]*)\)`)
	seen := map[string]bool{}
	for _, p := range gallery(t) {
		root := draw(t, p)
		prefix, _, _ := strings.Cut(root.plot(t).attrs["aria-labelledby"], "-title")
		own := map[string]bool{}
		root.each(func(n *node) {
			if id, ok := n.attrs["id"]; ok {
				require.False(t, seen[id], "%s is there once", id)
				require.True(t, strings.HasPrefix(id, prefix+"-"), id)
				seen[id], own[id] = true, true
			}
		})
		root.each(func(n *node) {
			for name, value := range n.attrs {
				for _, match := range reference.FindAllStringSubmatch(value, -1) {
					require.True(t, own[match[1]], "%s=%s", name, value)
				}
			}
		})
	}
}

// TestEveryPictureHasANameAndTheSameDataAsATable (C4, C6).
func TestEveryPictureHasANameAndTheSameDataAsATable(t *testing.T) {
	t.Parallel()
	for _, p := range gallery(t) {
		root := draw(t, p)
		plot := root.plot(t)
		var names []string
		for _, id := range strings.Fields(plot.attrs["aria-labelledby"]) {
			plot.each(func(n *node) {
				if n.attrs["id"] == id {
					names = append(names, n.name+": "+n.text)
				}
			})
		}
		caption, head, rows := p.Table()
		require.Len(t, names, 2)
		require.Equal(t, "title: "+caption, names[0])
		require.True(t, strings.HasPrefix(names[1], "desc: "))
		require.Equal(t, "title", plot.nodes[0].name)
		for _, row := range rows {
			require.Len(t, row, len(head))
		}
		links := 0
		plot.each(func(n *node) {
			if n.name == "a" {
				links++
				require.NotEmpty(t, n.attrs["aria-label"])
			}
			if n.name == "text" {
				require.Equal(t, "true", n.attrs["aria-hidden"])
			}
		})
		want := "img"
		if links > 0 {
			want = "group" // an img hides its links
		}
		require.Equal(t, want, plot.attrs["role"])
	}
}

func TestWithoutADescriptionTheTitleIsTheName(t *testing.T) {
	t.Parallel()
	m := meter("m", qty("1"), "2")
	m.Description = ""
	plot := draw(t, m).plot(t)
	require.Equal(t, "m-title", plot.attrs["aria-labelledby"])
	plot.each(func(n *node) { require.NotEqual(t, "desc", n.name) })
}

// hostile builds pictures in which every text is the given one.
func hostile(t testing.TB, text string) []picture {
	t.Helper()
	frame := chart.Frame{ID: "x", Title: "t" + text, Description: text}
	number := func(decimal.Decimal) string { return text }
	date := func(civil.Date) string { return text }
	amount := func(money.Amount) string { return text }
	period, err := civil.NewPeriod(civil.MustDate(2026, time.October, 1), civil.MustDate(2026, time.October, 9), time.UTC)
	require.NoError(t, err)
	m := chart.Meter{
		Frame: frame, Used: qty("3"), Included: usage.Allowance{Included: dec("2")}, HasLimit: true, Mark: dec("80"), Format: number,
		Texts: chart.MeterTexts{Value: text, Note: text, Mark: text, Limit: text, Used: text, Included: text, State: text, Unknown: text, Unlimited: text},
	}
	calm := m
	calm.Used = qty("1")
	l := chart.Line{
		Frame: frame, Period: period, Days: days("1 ? 3*"), HasLimit: true, Pace: true, Included: usage.Allowance{Included: dec("5")},
		Format: number, Tick: number, Date: date, Short: date,
		Texts: chart.LineTexts{Series: text, Limit: text, Pace: text, Partial: text, Unknown: text, Empty: text, Day: text, Note: text},
	}
	empty := l
	empty.Days = nil
	b := chart.Bars{
		Frame: frame, Format: amount, Tick: amount, Status: func(chart.Status) string { return text },
		Items: []chart.Bar{{Label: text, Name: text, Amount: usd("1"), Href: "/i?q=" + `"><script>'&`}, {Label: text, Name: text}},
		Texts: chart.BarTexts{Name: text, Amount: text, Status: text, Unknown: text, Empty: text},
	}
	none := b
	none.Items = nil
	return []picture{m, calm, l, empty, b, none}
}

// shape is the structure of a picture without its texts.
func shape(n *node) string {
	var b strings.Builder
	n.each(func(n *node) {
		b.WriteString(n.name + " " + n.attrs["class"] + "\n")
		var names []string
		for name := range n.attrs {
			names = append(names, name)
		}
		slices.Sort(names)
		b.WriteString(strings.Join(names, " ") + "\n")
	})
	return b.String()
}

// TestHostileTextsStayText: whatever a text holds, the picture has the structure that it has with a harmless one.
func TestHostileTextsStayText(t *testing.T) {
	t.Parallel()
	check := func(t require.TestingT, tb testing.TB, text string) {
		harmless := strings.Map(func(r rune) rune { // as wide, because that decides which labels there is room for
			if r >= 0x1100 && (r < 0x2000 || r >= 0x2E80) {
				return '国'
			}
			return 'n'
		}, text)
		for i, p := range hostile(tb, text) {
			html, err := p.HTML()
			require.NoError(t, err)
			require.Equal(t, shape(draw(tb, hostile(tb, harmless)[i])), shape(parse(tb, string(html))))
			require.True(t, utf8.ValidString(string(html)))
		}
	}
	for _, text := range []string{
		`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `' onload='alert(1)`, `</title></svg><script>`, `]]><!--`, `<!DOCTYPE x>`,
		`&lt;b&gt; &amp;`, `{{.}}`, "a\x00b\x1b[31m\ufffe\uffff", "\xff\xfe broken", "tab\tline\nreturn\r", "\u202eevil\u2066", "𝔐 日本 العربية",
	} {
		check(t, t, text)
		for _, p := range hostile(t, text) {
			html, err := p.HTML()
			require.NoError(t, err)
			require.NotContains(t, string(html), "<script")
			require.NotContains(t, string(html), "<img")
		}
	}
	rapid.Check(t, func(rt *rapid.T) { check(rt, t, rapid.StringN(1, 40, -1).Draw(rt, "text")) })
}

// TestATextIsReadAsItWasWritten: escaping is undone by a reader of XML, and what XML cannot hold is replaced.
func TestATextIsReadAsItWasWritten(t *testing.T) {
	t.Parallel()
	m := meter("m", qty("1"), "2")
	m.Title = "a<b>&\"c\"'d'\n\t日本\x01\xff"
	require.Equal(t, "a<b>&\"c\"'d'\n\t日本\ufffd\ufffd", draw(t, m).plot(t).child(t, "title").text)
}

// TestAPictureIsBounded: neither long texts nor many days make a picture of any size.
func TestAPictureIsBounded(t *testing.T) {
	t.Parallel()
	for _, p := range hostile(t, strings.Repeat("<", 1<<16)) {
		html, err := p.HTML()
		require.NoError(t, err)
		require.Less(t, len(html), 100_000)
	}
	period, err := civil.NewPeriod(civil.MustDate(2026, time.January, 1), civil.MustDate(2026, time.January, 1).AddDays(chart.MaxDays), time.UTC)
	require.NoError(t, err)
	l := line(t, "l", days(strings.Repeat("1234567.89* ? ", chart.MaxDays/2)))
	l.Period = period
	html, err := l.HTML()
	require.NoError(t, err)
	require.Less(t, len(html), 150_000)
}

func TestWhatCannotBeDrawnTrulyIsRefused(t *testing.T) {
	t.Parallel()
	longPeriod, err := civil.NewPeriod(civil.MustDate(2026, time.January, 1), civil.MustDate(2026, time.January, 1).AddDays(chart.MaxDays+1), time.UTC)
	require.NoError(t, err)
	bar := chart.Bar{Label: "Oct", Amount: usd("1")}
	frame := chart.Frame{ID: "x", Title: "t"}
	for _, c := range []struct {
		name string
		draw picture
		want error
	}{
		{"no id", chart.Meter{Frame: chart.Frame{Title: "t"}}, chart.ErrID},
		{"an id that begins with a digit", chart.Meter{Frame: chart.Frame{ID: "1a", Title: "t"}}, chart.ErrID},
		{"an id with a space", chart.Line{Frame: chart.Frame{ID: "a b", Title: "t"}}, chart.ErrID},
		{"an id that breaks out", chart.Bars{Frame: chart.Frame{ID: `a"><script>`, Title: "t"}}, chart.ErrID},
		{"an id with other letters", chart.Meter{Frame: chart.Frame{ID: "aé", Title: "t"}}, chart.ErrID},
		{"an id that is too long", chart.Meter{Frame: chart.Frame{ID: strings.Repeat("a", 65), Title: "t"}}, chart.ErrID},
		{"no title", chart.Meter{Frame: chart.Frame{ID: "x"}}, chart.ErrTitle},
		{"a line without a period", chart.Line{Frame: frame}, chart.ErrSize},
		{"a period that is too long", chart.Line{Frame: frame, Period: longPeriod}, chart.ErrSize},
		{"more values than days", chart.Line{Frame: frame, Period: october(t), Days: make([]chart.Day, 32)}, chart.ErrSize},
		{"thirteen bars", chart.Bars{Frame: frame, Items: slices.Repeat([]chart.Bar{bar}, 13)}, chart.ErrSize},
		{"two currencies", chart.Bars{Frame: frame, Items: []chart.Bar{bar, {Amount: money.MustParse("1", "EUR")}}}, chart.ErrCurrency},
		{"a link that is a script", chart.Bars{Frame: frame, Items: []chart.Bar{{Href: "javascript:alert(1)"}}}, chart.ErrLink},
		{"a script in capitals", chart.Bars{Frame: frame, Items: []chart.Bar{{Href: "JavaScript:alert(1)"}}}, chart.ErrLink},
		{"a script behind a space", chart.Bars{Frame: frame, Items: []chart.Bar{{Href: " javascript:alert(1)"}}}, chart.ErrLink},
		{"a script with a line break", chart.Bars{Frame: frame, Items: []chart.Bar{{Href: "java\nscript:alert(1)"}}}, chart.ErrLink},
		{"a link that is data", chart.Bars{Frame: frame, Items: []chart.Bar{{Href: "data:text/html,x"}}}, chart.ErrLink},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			html, err := c.draw.HTML()
			require.ErrorIs(t, err, c.want)
			require.Empty(t, html)
		})
	}
}

// TestAnIDMayHaveWhatURLsOfFragmentsMay: the longest and the strangest that are allowed.
func TestAnIDMayHaveWhatURLsOfFragmentsMay(t *testing.T) {
	t.Parallel()
	for _, id := range []string{"a", "Z9_-", strings.Repeat("a", 64)} {
		m := meter("m", qty("1"), "2")
		m.ID = id
		require.Equal(t, id+"-title", draw(t, m).plot(t).child(t, "title").attrs["id"])
	}
}

// TestEveryClassHasARule, and every rule is for something: drawing and stylesheet belong together.
func TestEveryClassHasARule(t *testing.T) {
	t.Parallel()
	drawn := map[string]bool{}
	for _, p := range append(gallery(t), hostile(t, "a label for which there is no room")...) {
		draw(t, p).each(func(n *node) {
			for _, class := range n.classes() {
				drawn[class] = true
			}
		})
	}
	styled := map[string]bool{}
	for _, match := range regexp.MustCompile(`\.(bh-chart[a-z0-9-]*)`).FindAllStringSubmatch(chart.Stylesheet(), -1) {
		styled[match[1]] = true
	}
	// Classes that say what a thing is and need no rule of their own.
	for _, plain := range []string{
		"bh-chart-bars", "bh-chart-days", "bh-chart-bar", "bh-chart-tick", "bh-chart-curves", "bh-chart-beyond", "bh-chart-mark-limit",
		"bh-chart-active", "bh-chart-unavailable",
	} {
		require.True(t, drawn[plain], plain)
		styled[plain] = true
	}
	for class := range drawn {
		require.True(t, styled[class], "%s has a rule", class)
	}
	for class := range styled {
		if !strings.HasPrefix(class, "bh-chart-gutter-") {
			require.True(t, drawn[class], "%s is drawn", class)
		}
	}
}

// TestTheStylesheetLeavesColoursToTheTheme, fits elements whose root is another page, and moves nothing.
func TestTheStylesheetLeavesColoursToTheTheme(t *testing.T) {
	t.Parallel()
	css := regexp.MustCompile(`(?s)/\*.*?\*/`).ReplaceAllString(chart.Stylesheet(), "")
	for _, banned := range []string{`#[0-9a-f]{3}`, `rgb`, `hsl`, `\d(rem|vw)\b`, `@import`, `url\(`, `animation`, `transition`, `!important`} {
		require.NotRegexp(t, banned, css)
	}
	for _, token := range []string{"text", "text-muted", "surface", "border", "accent", "success", "warning", "danger"} {
		require.Regexp(t, `var\(--bh-`+token+`, var\(--billing-`+token+`, [A-Z]\w+\)\)`, css)
	}
	require.Contains(t, css, "@media (forced-colors: active)")
	// What carries a meaning has a colour of the theme with enough contrast: the border's is for the grid alone.
	require.Equal(t, 1, strings.Count(css, "stroke: var(--bh-chart-rule)"))
	require.NotContains(t, css, "fill: var(--bh-chart-rule)")
	require.Equal(t, strings.Count(css, "{"), strings.Count(css, "}"))
}

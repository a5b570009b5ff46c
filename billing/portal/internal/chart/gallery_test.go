package chart_test

import (
	"flag"
	"html/template"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/billing/portal/internal/chart"
	"github.com/billhatch/billhatch/money"
	"github.com/billhatch/billhatch/usage"
	"github.com/billhatch/billhatch/usage/civil"
)

var update = flag.Bool("update", false, "write the golden files anew")

// picture is what all charts can do.
type picture interface {
	HTML() (template.HTML, error)
	Table() (caption string, head []string, rows [][]string)
}

func dec(s string) decimal.Decimal { return decimal.RequireFromString(s) }

func qty(s string) usage.Quantity { return usage.Known(dec(s)) }

func usd(s string) money.Amount { return money.MustParse(s, "USD") }

// grouped writes 1234.5 as 1,234.5.
func grouped(v decimal.Decimal) string {
	text, rest, _ := strings.Cut(v.Abs().String(), ".")
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	if rest != "" {
		text += "." + rest
	}
	if v.Sign() < 0 {
		text = "-" + text
	}
	return text
}

func minutes(v decimal.Decimal) string { return grouped(v) + " min" }

func dayName(d civil.Date) string {
	_, month, day := d.Date()
	return decimal.NewFromInt(int64(day)).String() + " " + month.String()[:3]
}

func october(t testing.TB) civil.Period {
	t.Helper()
	p, err := civil.Month(2026, time.October, time.UTC)
	require.NoError(t, err)
	return p
}

func meter(id string, used usage.Quantity, included string) chart.Meter {
	m := chart.Meter{
		Frame: chart.Frame{ID: id, Title: "Voice minutes", Description: "How much of the allowance is used."},
		Used:  used, HasLimit: true, Mark: dec("80"), Format: minutes,
		Texts: chart.MeterTexts{
			Value: "no reading yet", Mark: "80 %", Used: "Used", Included: "Included", State: "State",
			Unknown: "not known", Unlimited: "unlimited",
		},
	}
	if included == "unlimited" {
		m.Included.Unlimited = true
	} else {
		m.Included.Included = dec(included)
		m.Texts.Limit = grouped(m.Included.Included)
	}
	state := usage.DefaultThresholds().State(used, m.Included)
	m.Level = chart.LevelOfState(state)
	m.Texts.Note = strings.ReplaceAll(state.String(), "_", " ")
	if used.Known && used.Value.Exponent() < 100 {
		m.Texts.Value = grouped(used.Value) + " of " + included + " minutes"
	}
	return m
}

// days reads a value a word: "?" is not known, "12*" is partial.
func days(words string) []chart.Day {
	var out []chart.Day
	for _, word := range strings.Fields(words) {
		if word == "?" {
			out = append(out, chart.Day{})
			continue
		}
		value, partial := strings.CutSuffix(word, "*")
		out = append(out, chart.Day{Value: qty(value), Partial: partial})
	}
	return out
}

func line(t testing.TB, id string, values []chart.Day) chart.Line {
	t.Helper()
	return chart.Line{
		Frame:  chart.Frame{ID: id, Title: "Minutes by day", Description: "October 2026, up to the 21st."},
		Period: october(t), Days: values, Format: minutes, Tick: grouped, Date: dayName,
		Texts: chart.LineTexts{
			Series: "Used", Limit: "Included", Pace: "Even pace", Partial: "so far", Unknown: "no reading",
			Empty: "No readings yet", Day: "Day", Note: "Note",
		},
	}
}

func paced(t testing.TB, id, values, included string) chart.Line {
	t.Helper()
	l := line(t, id, chart.Cumulate(days(values)))
	l.HasLimit, l.Pace, l.Included.Included = true, true, dec(included)
	return l
}

const ordinary = "310 295 402 388 120 90 356 371 420 399 415 131 102 366 380 391 404 377 140 95 210*"

func bars(id string, items ...chart.Bar) chart.Bars {
	return chart.Bars{
		Frame:  chart.Frame{ID: id, Title: "Last invoices", Description: "Amounts of the last invoices, oldest first."},
		Items:  items,
		Texts:  chart.BarTexts{Name: "Month", Amount: "Amount", Status: "Status", Unknown: "not known", Empty: "No invoices yet"},
		Format: func(a money.Amount) string { return a.Display("en") },
		Tick:   func(a money.Amount) string { return strings.TrimSuffix(a.Display("en"), ".00") },
	}
}

func year() []chart.Bar {
	statuses := []chart.Status{
		chart.StatusPaid, chart.StatusPaid, chart.StatusVoid, chart.StatusPaid, chart.StatusPaid, chart.StatusUncollectible,
		chart.StatusPaid, chart.StatusUnknown, chart.StatusPaid, chart.StatusPaid, chart.StatusOverdue, chart.StatusOpen,
	}
	amounts := strings.Fields("812.40 845.00 920.10 910.00 0 640.00 1204.55 990.00 1010.20 -140.00 1180.00 1225.75")
	var out []chart.Bar
	for i, status := range statuses {
		month := time.Month((i+10)%12 + 1)
		out = append(out, chart.Bar{
			Label: month.String()[:3], Name: month.String(), Amount: usd(amounts[i]), Status: status,
			Href: "/billing/invoices/in_" + month.String()[:3],
		})
	}
	return out
}

// gallery is one picture of every kind and state.
func gallery(t testing.TB) []picture {
	t.Helper()
	noLimit := meter("m-nolimit", qty("750"), "1000")
	noLimit.HasLimit, noLimit.Texts.Value, noLimit.Texts.Note = false, "750 minutes", "allowance not known"
	needed := meter("m-needed", qty("970"), "1000")
	needed.Level, needed.Texts.Note = chart.LevelActionNeeded, "action needed"
	sleeping := meter("m-asleep", qty("0"), "1000")
	sleeping.Level, sleeping.Texts.Note = chart.LevelNotActive, "not active yet"
	mirrored := meter("m-rtl", qty("1250"), "1000")
	mirrored.RightToLeft = true
	unlinked := bars("b-three", year()[9:]...)
	for i := range unlinked.Items {
		unlinked.Items[i].Href = ""
	}
	unlinked.Items = append(unlinked.Items, chart.Bar{Label: "Nov", Name: "November"})
	mirroredBars := bars("b-rtl", year()...)
	mirroredBars.RightToLeft = true
	mirroredLine := paced(t, "l-rtl", ordinary, "10000")
	mirroredLine.RightToLeft = true
	long := bars("b-long", chart.Bar{Label: "Oct", Amount: usd("1200000000"), Status: chart.StatusPaid}, chart.Bar{Label: "Nov", Amount: usd("-200000000"), Status: chart.StatusOpen})
	return []picture{
		meter("m-active", qty("412"), "1000"), meter("m-near", qty("850"), "1000"), needed, meter("m-over", qty("1250"), "1000"),
		meter("m-far", qty("7000"), "1000"), meter("m-nothing", qty("5"), "0"), meter("m-unknown", usage.Quantity{}, "1000"),
		meter("m-unlimited", qty("750"), "unlimited"), noLimit, sleeping, meter("m-little", qty("1"), "1000"), mirrored,
		line(t, "l-daily", days(ordinary)), paced(t, "l-paced", ordinary, "10000"),
		line(t, "l-gaps", days("310 295 402 ? ? 90 ? 371 420 -60 415 131 ? 366 380 391 404 377 140 95 210*")),
		paced(t, "l-lost", "310 295 402 388 ? 90 356 371 420 399 415 131 102 366 380 391 404 377 140 95 210*", "5000"),
		line(t, "l-one", days("12*")), line(t, "l-none", days("? ? ?")), mirroredLine,
		bars("b-year", year()...), unlinked, bars("b-none"), long, mirroredBars,
	}
}

const theme = `
:root{color-scheme:light dark;--billing-text:light-dark(#1a1f2b,#e7eaf0);--billing-text-muted:light-dark(#596275,#9aa5b8);
--billing-surface:light-dark(#ffffff,#12161f);--billing-border:light-dark(#dfe3ea,#2b3342);--billing-accent:light-dark(#2f5fd0,#7aa2ff);
--billing-success:light-dark(#1d7f4e,#4cc38a);--billing-warning:light-dark(#a05a00,#f0b04c);--billing-danger:light-dark(#c02b34,#ff7b82)}
body{margin:1rem;background:var(--billing-surface);color:var(--billing-text);font-family:system-ui,sans-serif;
display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,22rem),1fr));gap:2rem}
.stretch{grid-column:1/-1}
`

// page puts the pictures into a page that has no other styles than those of the stylesheet and of a theme.
func page(t testing.TB, pictures []picture) string {
	t.Helper()
	var b strings.Builder
	b.WriteString("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><title>Pictures</title><style>" +
		theme + "</style><link rel=\"stylesheet\" href=\"../chart.css\"></head><body>\n")
	for _, p := range pictures {
		html, err := p.HTML()
		require.NoError(t, err)
		if _, small := p.(chart.Meter); small {
			b.WriteString("<div>" + string(html) + "</div>\n")
		} else {
			b.WriteString("<div class=\"stretch\">" + string(html) + "</div>\n")
		}
	}
	return b.String() + "</body></html>\n"
}

// TestTheGalleryIsDrawnAsBefore (C4, C5, C6): open testdata/gallery.html in a browser to see it.
func TestTheGalleryIsDrawnAsBefore(t *testing.T) {
	t.Parallel()
	path := filepath.Join("testdata", "gallery.html")
	got := page(t, gallery(t))
	if *update {
		require.NoError(t, os.MkdirAll("testdata", 0o755))
		require.NoError(t, os.WriteFile(path, []byte(got), 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(want), got)
	require.Equal(t, got, page(t, gallery(t)), "drawing is deterministic")
}

package chart_test

import (
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/billing/portal/internal/chart"
	"github.com/billhatch/billhatch/usage/civil"
)

// The functions of the caller write constants here, so that the drawing is measured and not the formatting.
func BenchmarkDraw(b *testing.B) {
	month := paced(b, "l", ordinary+" 300 310 280 90 80 320 330 340 350 360", "10000")
	long := month
	var err error
	long.Period, err = civil.NewPeriod(civil.MustDate(2026, time.January, 1), civil.MustDate(2026, time.January, 1).AddDays(chart.MaxDays), time.UTC)
	require.NoError(b, err)
	long.Days = days(strings.Repeat("12.5 ", chart.MaxDays))
	for _, l := range []*chart.Line{&month, &long} {
		l.Format, l.Date = func(decimal.Decimal) string { return "12.5 min" }, func(civil.Date) string { return "1 Oct" }
		l.Tick = nil
	}
	invoices := bars("b", year()...)
	invoices.Format, invoices.Tick = nil, nil
	for _, c := range []struct {
		name string
		draw picture
	}{
		{"meter", meter("m", qty("1250"), "1000")},
		{"line of a month", month},
		{"line of 400 days", long},
		{"twelve bars", invoices},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			size := 0
			for b.Loop() {
				html, err := c.draw.HTML()
				if err != nil {
					b.Fatal(err)
				}
				size = len(html)
			}
			b.ReportMetric(float64(size), "B")
		})
	}
}

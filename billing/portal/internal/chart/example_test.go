package chart_test

import (
	"fmt"
	"strings"

	"github.com/shopspring/decimal"

	"github.com/billhatch/billhatch/billing/portal/internal/chart"
	"github.com/billhatch/billhatch/money"
	"github.com/billhatch/billhatch/usage"
)

func ExampleMeter() {
	used, included := usage.Known(decimal.New(850, 0)), usage.Allowance{Included: decimal.New(1000, 0)}
	thresholds := usage.DefaultThresholds()
	meter := chart.Meter{
		Frame: chart.Frame{ID: "minutes", Title: "Minutes of support line", Description: "850 of 1000, approaching the limit"},
		Used:  used, Included: included, HasLimit: true,
		Mark:  thresholds.Approaching,
		Level: chart.LevelOfState(thresholds.State(used, included)),
		Texts: chart.MeterTexts{Value: "850 of 1000 minutes", Note: "approaching limit", Mark: "80 %", Used: "Used", Included: "Included", State: "State"},
	}
	html, err := meter.HTML()
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, line := range strings.SplitAfter(string(html), ">") {
		if strings.Contains(line, "bh-chart-fill") || strings.Contains(line, `class="bh-chart-mark"`) {
			fmt.Println(line)
		}
	}
	fmt.Println(meter.Table())
	// Output:
	// <rect class="bh-chart-fill" y="3" height="12" x="0%" width="85%"/>
	// <line class="bh-chart-mark" y1="0" y2="18" x1="80%" x2="80%"/>
	// Minutes of support line [Used Included State] [[850 1000 approaching limit]]
}

func ExampleBars() {
	bars := chart.Bars{
		Frame: chart.Frame{ID: "invoices", Title: "Last invoices"},
		Items: []chart.Bar{
			{Label: "Sep", Name: "September 2026", Amount: money.MustParse("1204.50", "USD"), Status: chart.StatusPaid, Href: "/billing/invoices/in_8"},
			{Label: "Oct", Name: "October 2026", Amount: money.MustParse("-40", "USD"), Status: chart.StatusOpen},
			{Label: "Nov", Name: "November 2026", Status: chart.StatusOpen},
		},
		Texts:  chart.BarTexts{Name: "Month", Amount: "Amount", Status: "Status", Unknown: "not known"},
		Format: func(a money.Amount) string { return a.Display("en") },
	}
	_, head, rows := bars.Table()
	fmt.Println(head)
	for _, row := range rows {
		fmt.Println(row)
	}
	// Output:
	// [Month Amount Status]
	// [September 2026 $1,204.50 paid]
	// [October 2026 -$40.00 open]
	// [November 2026 not known open]
}

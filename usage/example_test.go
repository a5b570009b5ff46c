package usage_test

import (
	"fmt"
	"iter"
	"time"

	"github.com/shopspring/decimal"

	"github.com/billhatch/billhatch/money"
	"github.com/billhatch/billhatch/usage"
	"github.com/billhatch/billhatch/usage/civil"
	"github.com/billhatch/billhatch/usage/pricing"
)

// A host yields its tenants and their rosters from its own tables.
func ExampleCompute() {
	zone, _ := civil.LoadZone("America/New_York")
	october, _ := civil.Month(2026, time.October, zone)
	since := func(day int) usage.Interval { return usage.Days(civil.MustDate(2026, time.October, day), civil.Date{}) }

	var roster iter.Seq2[usage.Record, error] = func(yield func(usage.Record, error) bool) {
		_ = yield(usage.Record{User: "u1", Name: "Ada", Covered: since(1)}, nil) &&
			yield(usage.Record{User: "u2", Name: "Grace", Covered: since(11)}, nil)
	}
	st, err := usage.Compute(usage.Input{
		Account: usage.Account{ID: "acme", Name: "Acme Inc"},
		Period:  october,
		Plan: usage.Plan{Currency: "USD", Seats: pricing.Price{
			Model: pricing.Volume, // the tier is taken over all tenants; every seat is billed at its rate
			Tiers: []pricing.Tier{
				{UpTo: decimal.NewFromInt(100), Unit: money.MustParse("4.00", "USD")},
				{Unit: money.MustParse("3.50", "USD")},
			},
		}},
		Tenants: func(yield func(usage.Tenant, error) bool) {
			yield(usage.Tenant{ID: "hq", Name: "Headquarters", Users: roster}, nil)
		},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for row := range st.Tenants[0].Groups[0].Rows() {
		fmt.Println(row.Name, row.Units, row.Amount)
	}
	fmt.Println("total", st.Total)
	// Output:
	// Ada 31/31 4.00 USD
	// Grace 21/31 2.71 USD
	// total 6.71 USD
}

// Every row explains itself.
func ExampleStatement_Explain() {
	zone, _ := civil.LoadZone("Europe/Berlin")
	october, _ := civil.Month(2026, time.October, zone)
	st, err := usage.Compute(usage.Input{
		Account: usage.Account{ID: "acme"},
		Period:  october,
		Plan:    usage.Plan{Currency: "EUR", Seats: pricing.Price{Model: pricing.Flat, Unit: money.MustParse("10.00", "EUR")}},
		Tenants: func(yield func(usage.Tenant, error) bool) {
			yield(usage.Tenant{
				ID: "hq", Onboarded: civil.MustDate(2026, time.October, 5),
				Users: func(yield func(usage.Record, error) bool) {
					yield(usage.Record{User: "u1", Covered: usage.Days(civil.MustDate(2026, time.January, 1), civil.Date{})}, nil)
				},
			}, nil)
		},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	why, _ := st.Explain("hq", "u1")
	for _, line := range why.Lines() {
		fmt.Println(line)
	}
	// Output:
	// u1 in tenant hq
	// covered:  2026-10-05..2026-11-01 (half-open)
	// tenant:   billable 2026-10-05..2026-11-01
	// share:    27/31 days of 2026-10 by policy half_open_days = 0.870968 units
	// price:    10.00 EUR a seat, flat price
	// amount:   8.709677 exactly, 8.71 EUR after rounding
}

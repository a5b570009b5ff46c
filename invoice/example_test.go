package invoice_test

import (
	"fmt"
	"time"

	"github.com/billhatch/billhatch/invoice"
	"github.com/billhatch/billhatch/usage"
	"github.com/billhatch/billhatch/usage/civil"
)

// A statement of a closed month becomes a draft with one line for each tenant.
func ExampleFromStatement() {
	october, _ := civil.Month(2026, time.October, time.UTC)
	since := usage.Days(civil.MustDate(2026, time.October, 17), civil.Date{})
	st, err := usage.Compute(usage.Input{
		Account: usage.Account{ID: "acme"}, Period: october,
		Plan: usage.Plan{Currency: "USD", Seats: flat("4.00")},
		Tenants: each(usage.Tenant{
			ID: "hq", Name: "Headquarters",
			Users: each(usage.Record{User: "u1", Covered: since}, usage.Record{User: "u2", Covered: since}),
		}),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	invoices, err := invoice.FromStatement(st, invoice.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	inv := invoices[0]
	for _, line := range inv.Lines {
		fmt.Println(line.Description, line.Quantity, line.Amount)
	}
	fmt.Println("issued", inv.Issued, "due", inv.Due(), "total", inv.Total)
	// Output:
	// Headquarters 0.9677 3.88 USD
	// issued 2026-11-01 due 2026-12-01 total 3.88 USD
}

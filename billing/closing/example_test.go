package closing_test

import (
	"context"
	"fmt"
	"time"

	"github.com/billhatch/billhatch/billing/closing"
	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/provider/memory"
	"github.com/billhatch/billhatch/usage"
	"github.com/billhatch/billhatch/usage/civil"
	"github.com/billhatch/billhatch/usage/pricing"
)

// A month is closed once, however often it is asked for.
func ExampleCloser_Close() {
	world, _ := memory.Open(memory.Options{Now: time.Date(2026, 10, 1, 6, 0, 0, 0, time.UTC)})
	acme := world.AddAccount(provider.Account{ID: "acme", Name: "Acme"})
	world.SetEmail(acme.Customer, "billing@acme.example")
	world.SetPlan("acme", civil.MustDate(2026, 1, 1), usage.Plan{
		Name: "Seats", Currency: "USD", Seats: pricing.Price{Model: pricing.Flat, Unit: usd("3.00")},
	})
	world.AddTenant("acme", usage.Tenant{ID: "hq", Name: "Headquarters"})
	world.AddRoster("acme", "hq", usage.Record{User: "kim", Covered: usage.Days(civil.MustDate(2026, 1, 1), civil.Date{})})

	closer, err := closing.New(closing.Config{
		Payments: world.Payments(), Records: world.Records(), Clock: world.Now, Owner: "worker-1",
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for range 2 {
		result, err := closer.Close(context.Background(), "acme", september)
		if err != nil {
			fmt.Println(err)
			return
		}
		line := result.Closings[0]
		fmt.Println(line.State, line.Total, line.Invoice)
	}
	// Output:
	// sent 3.00 USD in_000001
	// sent 3.00 USD in_000001
}

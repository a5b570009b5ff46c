package memory_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/billhatch/billhatch/invoice"
	"github.com/billhatch/billhatch/money"
	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/provider/memory"
)

// A test of a host: an account with two invoices, one of which becomes overdue when time passes.
func Example() {
	world := memory.New()
	acme := world.AddAccount(provider.Account{Name: "Acme"})
	world.AddInvoice(acme.ID, invoice.Invoice{Status: invoice.Paid, Total: money.MustParse("80", "USD")})
	late := world.AddInvoice(acme.ID, invoice.Invoice{Total: money.MustParse("120", "USD")})
	world.Advance(30 * 24 * time.Hour)

	page, err := world.Payments().Invoices(context.Background(), provider.InvoiceQuery{Customer: acme.Customer, Limit: 20})
	if err != nil {
		fmt.Println(err)
		return
	}
	for i := range page.Invoices {
		inv := &page.Invoices[i]
		fmt.Println(inv.ID, inv.Status, inv.Total, "overdue:", inv.Overdue(world.Now()))
	}
	fmt.Println(world.Pay(late.ID), world.Pay(late.ID))
	// Output:
	// in_000002 open 120.00 USD overdue: true
	// in_000001 paid 80.00 USD overdue: false
	// <nil> provider: Pay: conflict: the invoice is paid
}

// Faults are set by operation; the call log tells what was asked.
func ExampleWorld_FailNext() {
	world := memory.New()
	acme := world.AddAccount(provider.Account{Name: "Acme"})
	world.FailNext("Invoices", &provider.Error{Kind: provider.ErrRateLimited, RetryAfter: time.Minute})

	query := provider.InvoiceQuery{Customer: acme.Customer, Limit: 20}
	_, err := world.Payments().Invoices(context.Background(), query)
	fmt.Println(err, provider.RetryAfter(err))
	_, err = world.Payments().Invoices(context.Background(), query)
	fmt.Println(err, len(world.CallsOf("Invoices")))
	// Output:
	// provider: Invoices: rate limited 1m0s
	// <nil> 2
}

// The answer to a write can be lost: the write has happened, and the caller does not know it.
func ExampleWorld_Inject() {
	world := memory.New()
	acme := world.AddAccount(provider.Account{Name: "Acme"})
	before, _ := world.Payments().Customer(context.Background(), acme.Customer)
	after, _ := provider.NewEmail("accounts@acme.example")

	world.Inject("UpdateEmail", memory.Fault{Err: provider.ErrUnknown, Late: true})
	change := provider.EmailChange{Customer: acme.Customer, Expected: before.Email, New: after, Key: "change-1"}
	_, err := world.Payments().UpdateEmail(context.Background(), change)
	fmt.Println(errors.Is(err, provider.ErrUnknown))
	now, err := world.Payments().UpdateEmail(context.Background(), change) // the same key changes once
	fmt.Println(now.Email.Equal(after), err)
	// Output:
	// true
	// true <nil>
}

// A year of believable data in one call.
func ExampleDemo() {
	world, err := memory.Demo(1, time.Date(2026, time.November, 21, 9, 0, 0, 0, time.UTC))
	if err != nil {
		fmt.Println(err)
		return
	}
	page, err := world.Records().Clients(context.Background(), provider.ClientQuery{Partner: memory.DemoPartner, Limit: 3})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, client := range page.Accounts {
		fmt.Println(client.Name)
	}
	// Output:
	// Aster Dental Group
	// Birch Logistics
	// Cedar Hotels
}

package provider_test

import (
	"context"
	"fmt"

	"github.com/billhatch/billhatch/invoice"
	"github.com/billhatch/billhatch/provider"
)

// readOnly is a provider that only has the mandatory part.
type readOnly struct{}

func (readOnly) Name() string { return "readonly" }

func (readOnly) Customer(context.Context, string) (provider.Customer, error) {
	return provider.Customer{}, provider.NotFound("Customer")
}

func (readOnly) Invoices(context.Context, provider.InvoiceQuery) (provider.InvoicePage, error) {
	return provider.InvoicePage{}, provider.NotFound("Invoices")
}

func (readOnly) Invoice(context.Context, string, string) (invoice.Invoice, error) {
	return invoice.Invoice{}, provider.NotFound("Invoice")
}

// logged wraps a provider and keeps its abilities with Unwrap.
type logged struct{ provider.Payments }

func (l logged) Unwrap() provider.Payments { return l.Payments }

// An ability is asked for, never assumed.
func ExampleAs() {
	var payments provider.Payments = logged{readOnly{}}
	_, ok := provider.As[provider.PortalOpener](payments)
	fmt.Println("portal:", ok)
	_, ok = provider.As[provider.InvoiceReader](payments)
	fmt.Println("invoices:", ok)
	// Output:
	// portal: false
	// invoices: true
}

// An address is masked wherever it is printed.
func ExampleEmail() {
	email, err := provider.NewEmail("ada.lovelace@example.com")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(email)
	fmt.Printf("%+v %#v\n", email, email)
	// Output:
	// a***@e***.com
	// a***@e***.com Email(a***@e***.com)
}

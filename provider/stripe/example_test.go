package stripe_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/billhatch/billhatch/provider/stripe"
)

// A provider reads a customer. The server stands for Stripe; a program leaves BaseURL out.
func Example() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = fmt.Fprint(w, `{"id":"cus_Acme","object":"customer","email":"billing@acme.example","livemode":false,"currency":"usd","name":"Acme","created":1790000000}`)
	}))
	defer server.Close()
	payments, err := stripe.New(stripe.Config{
		Key:   func(context.Context) (string, error) { return "sk_test_123", nil },
		Clock: time.Now, BaseURL: server.URL,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	customer, err := payments.Customer(context.Background(), "cus_Acme")
	fmt.Println(customer.Name, customer.Email, customer.Currency, err)
	_, err = payments.Customer(context.Background(), "../invoices")
	fmt.Println(err)
	// Output:
	// Acme b***@a***.example USD <nil>
	// provider: Customer: not found
}

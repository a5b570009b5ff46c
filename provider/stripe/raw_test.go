package stripe

import (
	"context"

	stripe "github.com/stripe/stripe-go/v76"
)

// Calls of the SDK as the abilities make them, for the tests of the frame.

func getCustomer(ctx context.Context, c *clients, id string) (string, error) {
	params := &stripe.CustomerParams{}
	params.Context = ctx
	got, err := c.customers.Get(id, params)
	return got.ID, err
}

func updateCustomer(ctx context.Context, c *clients, id, key string) (string, error) {
	params := &stripe.CustomerParams{Email: stripe.String("a@" + canary + ".example.com")}
	params.Context, params.IdempotencyKey = ctx, stripe.String(key)
	got, err := c.customers.Update(id, params)
	return got.ID, err
}

func findCustomers(ctx context.Context, c *clients) (string, error) {
	params := &stripe.CustomerListParams{Email: stripe.String("a@" + canary + ".example.com")}
	params.Context, params.Single = ctx, true
	it := c.customers.List(params)
	if it.Err() != nil {
		return "", it.Err()
	}
	return it.CustomerList().URL, nil
}

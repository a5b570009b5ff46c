// Package stripe is the payment contract on Stripe, by way of stripe-go v76 and API version 2023-10-16.
//
//	payments, err := stripe.New(stripe.Config{
//		Key:   func(context.Context) (string, error) { return os.Getenv("STRIPE_KEY"), nil },
//		Clock: time.Now,
//	})
//
// A [Provider] is a value: several with different keys live beside each other, and no global of the SDK is touched. It
// has its own transport: calls are retried with a backoff that ends with the context, limited per account and per
// endpoint (share one Provider among everything that uses a key), bounded in size, and never redirected. No call prints
// or returns an address, a link, a key, or text from upstream.
//
// What Stripe says is checked before it is handed on: an object of another customer is not found, one of another mode or
// currency is foreign, a status that nobody knows is unknown, a field that must be there and is not is an error and
// never zero.
//
// # Writes
//
// Every write carries an idempotency key of the operation, its parameters and an attempt. A write whose outcome is not
// known is asked again with the same key, and a second attempt begins only after looking: so that nothing is done twice.
// When the outcome stays unknown the error is provider.ErrUnknown, which means: ask again with the same request.
//
// # Units
//
// Amounts leave as integers of Stripe's minor units, which are not always those of ISO 4217: see the table in
// currency.go. What cannot be written exactly is refused. Days are in UTC, as Stripe counts them.
//
// # Errors
//
// All errors are *provider.Error of the closed set. A key that is refused, of the other mode or without a permission is
// provider.ErrMisconfigured.
//
// # Concurrency
//
// A Provider is safe for concurrent use and has no goroutine of its own.
package stripe

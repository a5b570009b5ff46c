// Package stripe is the payment contract on Stripe, by way of stripe-go v76 and API version 2023-10-16.
//
//	payments, err := stripe.New(stripe.Config{
//		Key:   func(context.Context) (string, error) { return os.Getenv("STRIPE_KEY"), nil },
//		Clock: time.Now,
//	})
//
// A [Provider] is a value: several with different keys live beside each other, and no global of the SDK is touched. Of
// the SDK it uses the types and the clients of single resources; requests go through a transport of its own. They are
// repeated with a backoff that ends with the context, limited per account and per endpoint (share one Provider among
// everything that uses a key), bounded in size, and never redirected. No call prints or returns an address, a link, a
// key, or text from upstream.
//
// What Stripe says is checked before it is handed on: an object of another customer is not found, one of another mode or
// currency is foreign, a status that nobody knows is unknown, and a field that must be there and is not is an error and
// never zero, so that a newer version of the API is noticed at once.
//
// # Abilities
//
// The provider has every ability of the contract. Where Stripe has no counterpart, this is what they mean:
//
//   - [Provider.Recipients]: Stripe has one address for each customer and mails everything there, so both groups hold that
//     one (C7). A host with lists of its own wraps the provider; see provider.As.
//   - [Provider.Discounts]: Stripe forgets discounts that have ended. Those of the past come out of events that the host
//     has kept: [Config.Events].
//   - [Provider.NextInvoice]: the end of a subscription's period. What [Provider.Issue] will make is the host's plan, of
//     which Stripe knows nothing.
//   - [Provider.CustomersByEmail]: by the exact letters at once, in other letters when Stripe's index has seen them.
//   - [Provider.UpdateEmail]: Stripe cannot compare and change at once. The address is read just before.
//   - [Provider.VerifyWebhook]: events of any API version and thin events; mode and account are told, not checked.
//
// Call [Provider.ForgetPortal] when an event says that the configuration of the portal has changed.
//
// # Writes
//
// Every write carries an idempotency key of the operation, its parameters and an attempt. A write whose outcome is not
// known is asked again with the same key, and a second attempt begins only after looking: so that nothing is done twice.
// When the outcome stays unknown the error is provider.ErrUnknown, which means: ask again with the same request.
//
// An invoice that is issued and sent takes a request for each line and six more: look, draft, read and compare, finalise,
// read and compare, send; beyond ten lines, each of the two readings takes one more for each hundred. So 3 lines take 9
// requests and 250 lines take 262. Asking again for what is issued takes two. The hooks of provider.IssueRequest take none,
// and with the id that a ledger knows the look becomes a reading. Voiding takes three requests, and so does crediting.
//
// # Units
//
// Amounts leave as integers of Stripe's minor units, which are not always those of ISO 4217: see the table in
// currency.go. What cannot be written exactly is refused. Days are in UTC, as Stripe counts them.
//
// # Errors
//
// All errors are *provider.Error of the closed set. A key that is refused, of the other mode or without a permission is
// provider.ErrMisconfigured, and so is an answer in the shape of another API version; [Provider.Health] tells which it is.
//
// # Concurrency
//
// A Provider is safe for concurrent use. It has no goroutine of its own but those of idle connections, which
// [Provider.Close] gives back.
package stripe

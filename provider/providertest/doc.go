// Package providertest checks that an implementation keeps the contracts of package provider: [Payments] for payment
// providers, [Records] for record stores. An implementation adopts it with one test.
//
//	func TestPayments(t *testing.T) {
//		providertest.Payments(t, providertest.PaymentsHarness{
//			Want: []provider.Capability{provider.CanOpenPortal},
//			New: func(t *testing.T) providertest.PaymentsWorld {
//				fake := newFake(t)
//				return providertest.PaymentsWorld{Payments: New(fake.URL), AddCustomer: fake.AddCustomer, …}
//			},
//		})
//	}
//
// A harness declares the abilities that the implementation has. They must be exactly those that provider.As finds in
// the value, so that nothing is left out by accident: a decorator that hides an ability fails. The cases of abilities
// that are not declared are skipped by name.
//
// The world that New makes is the implementation and functions that put data into it. A case that needs a function
// which is nil fails, unless the harness names the function in Lacks: a gap must be declared to be allowed.
//
// Every case gets a world of its own, and cases run in parallel. Run the suite with the race detector.
//
// # Units
//
// Amounts are whole minor units of USD. Days are in UTC. Cases that need many racers use 64 of them.
//
// # Errors
//
// A case that fails says what was asked, what came back and what the contract wants. Every error that an implementation
// returns must be a *provider.Error of the closed set, with the name of the method, and hold neither an address nor a
// URL: those that the suite uses contain the word "canary", and no error may.
//
// # Concurrency
//
// [Payments] and [Records] are called from a test and start parallel subtests. The functions of a world are called from
// one goroutine at a time; what they put in must be seen by every call that begins afterwards.
package providertest

// Package memory is a payment provider and a record store that live in memory: the backend of demonstrations, and the
// fake for tests of hosts and of Billhatch itself.
//
// A [World] holds the data and a clock that stands still until it is moved. [World.Payments] and [World.Records] have
// every ability of the contracts in package provider, and are as strict as a real payment provider: at most 250 lines
// on an invoice, one filter, pages of 1 to 100, cursors that belong to one customer, a table of status transitions, and
// no drafts.
//
//	world := memory.New()
//	acme := world.AddAccount(provider.Account{Name: "Acme"})
//	world.AddInvoice(acme.ID, invoice.Invoice{})
//	page, err := world.Payments().Invoices(ctx, provider.InvoiceQuery{Customer: acme.Customer, Limit: 20})
//
// # Seeding
//
// The Add and Set methods fill the world; what is left out gets a sensible value. They take the id of an account or of
// its customer, whichever is at hand, and return copies. A mistake, such as an account that does not exist, is
// remembered: [World.Err] tells it, and from then on every call of the provider fails with it, so that no test passes
// by accident. [Demo] makes a whole year of an organisation and of a voice product in one call.
//
// # Faults
//
// [World.FailNext] and [World.FailAlways] make an operation fail, [World.Inject] scripts what happens call by call: an
// error, a delay on the world's clock, a write that happens although its answer is lost, an answer that is altered. An
// operation is named like its method, such as "Invoices"; [AnyOp] is all of them. Issuing can also fail between its
// steps: see [IssueDraft]. [World.Calls] is the log of all calls.
//
// # Units
//
// Amounts, dates and instants are those of the contracts. Ids count up from 1 for each kind, such as in_000001. The same
// seed and the same calls give the same world, with the same ids, cursors and links.
//
// # Errors
//
// All errors of [Payments] and [Records] are *provider.Error of the closed set. A context that is done is
// provider.ErrTimeout and wraps the error of the context. Methods of [World] that change what they find, such as
// [World.Pay], return the same errors.
//
// # Concurrency
//
// A World, its Payments and its Records are safe for concurrent use; each call is atomic. Hooks and faults that alter
// answers are called without a lock held and may call the world.
package memory

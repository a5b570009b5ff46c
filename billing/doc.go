// Package billing is what a host calls: the billing area of one principal, with every rule applied.
//
// A [Service] joins a payment provider, the host's records and an authorizer. It can do nothing by itself:
// [Service.Session] binds it to one principal, [Session.Account] finds an account in the principal's scope or answers
// not found, and only the [Account] that it returns has operations.
//
//	session := service.Session(principal)
//	account, err := session.Account(ctx, id)
//	panel, err := account.Invoices(ctx, billing.InvoicesQuery{})
//
// Every operation stands in one table ([Operations]) with the action that it needs, whether it is audited, and whether
// the host is asked again for role and assignment at the moment of the act. The order is always the same: decide,
// record, act. An audited act whose record cannot be written does not happen.
//
// What a page shows is a value: a panel with a closed set of states ([State]) that carries the data that is still good
// and the next step. A panel that could be made is returned without an error, also when the provider is down; errors
// are for what the principal may not do, or has asked wrongly.
//
// # Units
//
// Amounts are money.Amount, days are civil dates in the account's zone, instants are UTC.
//
// # Errors
//
// All errors are *[Error] and wrap a kind: [ErrForbidden], [ErrNotFound] and the others of this package, or a kind of
// package provider. What is not the caller's is ErrNotFound, exactly like what does not exist. Addresses and URLs that
// are credentials are never printed.
//
// # Concurrency
//
// A [Service] is safe for concurrent use. A [Session] and its [Account] are for one request; they may be used by several
// goroutines of it.
package billing

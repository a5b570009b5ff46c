// Package provider is the contract between the billing facade and what it stands on: a payment provider ([Payments])
// and the host's records ([Records]).
//
// The mandatory part is tiny: read a customer, list and read invoices; read an account, tell whether it is assigned to a
// partner. Every further ability is an interface of one to three methods. [As] finds an ability, through wrappers;
// [Capabilities] lists the abilities that a value has. A host may require abilities when it starts.
//
// # Rules for implementers
//
// An implementation must
//
//   - be safe for concurrent use, honour the context, and start no write once the context is done: a call with such a
//     context is [ErrTimeout] or [ErrUnavailable];
//   - answer [ErrNotFound] for whatever does not exist or belongs to another customer or account, with the same text,
//     also for ids that cannot be (empty, with a path, of 64 KiB);
//   - return values that the caller may keep and change: no shared slices;
//   - return errors of the closed set, as *[Error] with the name of the method, without addresses, URLs, or text from
//     upstream;
//   - never guess: a status that it does not know is [invoice.Unknown], missing usage is missing;
//   - list newest first, with opaque cursors that belong to one customer and one filter; anything else as a cursor, also
//     one with a single byte changed, is [ErrInvalidCursor]; there are no totals and no page numbers;
//   - compare ids byte for byte, and order by them in the same way;
//   - never show drafts;
//   - have every ability that its type has. An ability that is missing for one account only answers [ErrUnsupported].
//
// The conformance suites in providertest check all of it. A change of this contract changes them in the same commit.
//
// # Rules for decorators
//
// A decorator that embeds [Payments] or [Records] hides every ability of what it wraps. With an Unwrap method it keeps
// them, but calls to them pass it by: a decorator that must see all traffic implements every ability itself. Never put
// a rule of security into a decorator.
//
// # Units
//
// Amounts are money.Amount; days are civil dates in the account's zone; instants are UTC. Limits of pages are 1 to
// [MaxPage].
//
// # Errors
//
// The kinds are the sentinels of this package, for errors.Is. [Error] carries the operation, the kind, a message that
// is safe to show, and the request id of the provider.
//
// # Concurrency
//
// Everything here is a value or an interface; implementations must be safe for concurrent use.
package provider

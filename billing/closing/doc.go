// Package closing closes months: it computes what an account owes for a period, freezes it, and turns it into exactly
// one invoice at the payment provider (or one for each group), once, whatever happens meanwhile.
//
//	closer, err := closing.New(closing.Config{Payments: payments, Records: records, Clock: time.Now, Owner: "worker-1"})
//	result, err := closer.Close(ctx, "acme", october)
//
// [Closer.Close] may be called any number of times, by any number of processes, and after a crash at any point: it goes
// on from where the ledger says that the month stands. [Closer.Run] closes a month of all accounts, [Closer.Preview]
// shows what would be billed and writes nothing.
//
// # How a month is closed
//
// The ledger of the records (provider.Ledger) has a line for each account, group, period and revision:
//
//		planned ── compute, freeze ──> frozen ── draft, claim ──> drafted ── fill, verify ──> ready ── finalize ──> issued ── send ──> sent
//		   └────── nothing to bill ──> empty         any of them ── a person must decide ──> parked ── Unpark ──> where it was
//		                                             any of them ── Revise: void, confirm ──> voided ──> the next revision, planned
//
//	  - What is billed is frozen before anything is made at the provider, with its prices, and never computed again: a
//	    closed month does not change. Usage that comes later is billed by a later month, as an adjustment of its own
//	    (Config.LatePeriods).
//	  - A draft bills nobody. The ledger takes the id of one draft, by compare and set, and only that one becomes final.
//	    The commit point is finalising, not creating.
//	  - Before a draft is finalised its lines are read back and held against the frozen ones, and the invoice again
//	    afterwards. What differs is parked, never called issued.
//	  - A lease keeps two processes from doing the same work. It only saves work: the version of the ledger's line, the
//	    claim and the provider's idempotency keys are what makes the invoice the only one. The lease is looked at again
//	    directly before each request that changes something.
//	  - An error whose outcome is not known is never taken for a failure: what is there is looked at first.
//	  - A ledger that does not know an invoice of ours, as after a restored backup, closes nothing more for that account:
//	    see [ErrBehind] and [Closer.Reconcile]. Stop all processes before a backup is restored, and begin
//	    again when Config.Quiet has passed since: what they have sent may still arrive.
//
// Closing is work of the host's machines: there is no principal, and nothing is decided here about who may see what.
// What a person decides (Unpark, Revise, Reconcile) takes who it is and why, and is audited before it is done.
//
// # Units
//
// Periods are half-open civil dates; they hold in each account's own zone. Amounts are money.Amount in whole minor units.
//
// # Errors
//
// Every error is an *[Error] whose kind is one of this package, of provider or of usage. [Retry] tells whether asking
// again later may help by itself. Texts hold no names, addresses or amounts.
//
// # Concurrency
//
// A [Closer] is safe for concurrent use, and so are any number of them in any number of processes over the same ledger.
// It keeps no goroutine beyond a call.
package closing

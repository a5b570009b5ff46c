// Package webhook is the receiving side of what a payment provider tells: a [Handler] that stores events, a [Worker] that
// works them off, and a sweep that repairs what never arrived. It stands beside the portal and needs neither its pages
// nor anybody to be signed in.
//
//	worker, err := webhook.NewWorker(webhook.WorkerConfig{
//		Payments: payments, Records: records, Clock: time.Now, Live: true,
//		AccountOf: accountOf, Applier: mirror, // func(ctx, customer) (account, error); NewMirror(store), or the host's own
//	})
//	hooks, err := webhook.New(webhook.Config{
//		Payments: payments, Records: records, Clock: time.Now, Live: true, Received: worker.Wake,
//	})
//	mux.Handle("/hooks/billing", hooks)
//	go worker.Run(ctx, time.Minute)
//	// once a day, and after a fault:
//	swept, err := worker.Sweep(ctx, webhook.SweepQuery{})
//
// # From event to effect
//
// The handler bounds and verifies a request, looks whether the event is of the right mode and account, and stores it in
// the inbox of the records. Only then does it answer with success: what cannot be stored now is refused, so that the
// provider sends it again. The path does not matter, so that the handler stands under any router. The body must reach it
// as it was sent; it needs no cookie, no token and no protection against other origins, for the signature is all of that.
//
// An event is a hint that something has changed, never data. The worker reads the object again and hands it to an
// [Applier] together with the time of reading. Events of one object are worked off with one reading. An event is marked
// as done when its effect has been applied, and not before: after a crash it is applied again. An event that fails waits
// for the next pass and holds nobody up.
//
// # Faults
//
// What may go wrong with a webhook, and what becomes of it; the tests name these rows.
//
//	W1  no signature, two, none of the scheme, ten thousand, a header of 1 MiB   400, with bounded work
//	W2  signed with the old secret, the new one or both while it is rotated      stored
//	W3  signed more than five minutes before or after now                        400
//	W4  a body that was changed, encoded anew, compressed, or is no event        400; too large: 413
//	W5  an event again; with another body; another event of the same change      stored once; told of, the first stays;
//	                                                                             applied again, which changes nothing
//	W6  in any order; late; thin; of an unknown type or customer                 what is kept ends in what is true
//	    of another mode or account                                               acknowledged, counted, never applied
//	W7  of any API version                                                       stored raw and read again; never without
//	                                                                             being stored, and told of by the health
//	                                                                             of the provider's configuration
//	W8  the host is slower than the sender waits                                 stored first, everything else later
//	W9  nothing came for 31 days                                                 one sweep repairs everything
//
// An event that cannot be applied waits longer and longer, up to an hour, and holds nobody up; after ten times it counts
// as stuck, which is worth an alarm ([Drained]). It is tried again all the same: what is repaired at the host or the
// provider needs no further work here. A panic or a hang of the inbox, of the Applier or of the host's functions is the
// failure of that event alone.
//
// # Order
//
// Events come in any order, several times, or never. What is applied depends on what is read, so that one order is as
// good as another. Readings may still overtake each other when several workers run: [State.Supersedes] says which of two
// readings counts. A status moves only forward by [Rank], and of two readings of the same rank the later one counts;
// [Mirror] applies readings in this way. [Worker.Sweep] reads everything that may have changed without events.
//
// # Units
//
// Instants are UTC; the time of a reading is that of the worker's clock before the provider was asked. Days are civil
// dates in the account's zone. Sizes are in bytes.
//
// # Errors
//
// Constructors refuse a configuration that cannot work with [ErrConfig]. Requests are answered as [Answers] lists: causes
// for distrust are not told apart. Errors of the worker are those of package provider, of the Applier or of the host's
// functions; those of single events are listed in [Drained] and [Swept]. Logs name events and kinds of errors, never
// bodies, signatures or what an Applier's error says.
//
// # Concurrency
//
// Handler, Worker and Mirror are safe for concurrent use; several processes may share one inbox. Nothing has a goroutine
// of its own, except that a Worker reads several objects at a time while a pass or a sweep lasts.
package webhook

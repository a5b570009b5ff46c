// Package stripefake is a stateful Stripe server for tests: an http.Handler that behaves like API version 2023-10-16 for
// the calls that a billing provider makes, with a clock that is moved by hand, scripted faults and a log.
//
//	fake := stripefake.New(stripefake.Options{})
//	acme := fake.Test().AddCustomer(stripefake.Customer{Name: "Acme", Email: "billing@acme.example"})
//	client := &http.Client{Transport: fake.Transport()} // or httptest.NewServer(fake)
//	… requests to https://api.stripe.com with the key fake.Key() …
//	fake.FailNext("POST /v1/invoices", stripefake.Lost())
//	books := fake.Test().Books() // what was really done
//
// # What it knows
//
// [Routes] lists the routes; routes.go has the parameters of each. What is not listed there is refused loudly, as Stripe
// does it: an unknown parameter with 400 parameter_unknown, an unknown path with 404. [Server.Complaints] has all of them,
// so that a test can end with an empty list.
//
// A [Realm] is the data of one account in one mode. The platform's are [Server.Test] and [Server.Live]; [Server.Connect]
// adds connected accounts, which a request selects with the header Stripe-Account. The Add and Set methods of a Realm seed
// it: they panic on a mistake. Every realm begins with saved portal settings.
//
// # Time
//
// The clock stands still until [Server.Advance] moves it, and then does what has become due: requests that arrive late,
// drafts that finalise themselves, delays that end. Idempotency keys are forgotten 24 to 26 hours after their first use,
// events after 30 days. With Options.Clock the time is the test's own, and [Server.Settle] or the next request does what
// is due.
//
// # Faults
//
// [Server.FailNext] scripts the next requests of a route, [Server.Always] all of them until [Server.Heal]. Routes are named
// by method and template, such as "POST /v1/invoices/{invoice}/finalize"; [Any] is all. A [Fault] says at which [Stage] a
// request fails, because that decides what has happened and what the idempotency store keeps:
//
//	Arrival    nothing has happened, nothing is stored     Reset, Late, Hang, RateLimited, BadGateway
//	Execution  nothing has happened, the failure is stored ServerError, LockTimeout, Slow
//	Commit     it has happened, the failure is stored      ServerErrorAfterCommit
//	Reply      it has happened, the result is stored       Lost, BadGatewayAfterCommit, Alter, Truncated, …
//
// [Realm.Distort] changes an object wherever it is shown. [Server.Requests] is the log, with route templates, keys,
// accounts and statuses. No fault needs sleeping: [Server.Parked] waits until requests are held.
//
// # Webhooks
//
// Every change makes an event. [Realm.AddEndpoint] registers an endpoint and gives its secret; [Server.Deliveries] are the
// signed deliveries that nobody has accepted yet, to be sent in any order, [Scramble]d, or all at once with
// [Server.Deliver]. An endpoint of a newer version gets that version's shape; [Server.ThinEvent] makes a thin event.
//
// # Documents
//
// The links in invoice_pdf lead to Options.PDFBase and from there to Options.FilesBase, which the same handler serves under
// /invoice/ and /files/. [Server.SetDocument] scripts redirects, sizes, stalls and lies. [Server.Visits] has the hosts that
// [Server.Transport] was asked for.
//
// # Concurrency
//
// A Server is safe for concurrent use; each request has its effect at once. Faults and hooks are called without a lock
// held and may call the server. Functions given to Distort must not.
package stripefake

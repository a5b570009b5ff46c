// Package closing tests the month close with everything real but Stripe itself: records on SQLite and on PostgreSQL, the
// adapter for Stripe over HTTP, processes that are killed or stopped, and many closers at once. Stripe is the fake of
// internal/stripefake, whose books, and what the accounts used, are all that the tests judge by.
//
// With BILLHATCH_INTEGRATION=1 they take some two minutes, and little without. A longer run:
//
//	BILLHATCH_KILLS=20000 go test ./closing -run Killed -v -timeout 12h
//
// BILLHATCH_PAUSES does the same for processes that are stopped, up to 23. BILLHATCH_SEED repeats the choices of a run, but
// not its moments, which are those of the machine.
package closing

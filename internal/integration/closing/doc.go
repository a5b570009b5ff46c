// Package closing tests the month close with everything real but Stripe itself: records on SQLite and on PostgreSQL, the
// adapter for Stripe over HTTP, processes that are killed, and many closers at once. Stripe is the fake of
// internal/stripefake, whose books, and what the accounts used, are all that the tests judge by.
package closing

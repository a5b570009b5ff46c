// Package invoice holds invoices as values: parties, lines, status, terms, due and overdue, and how an invoice
// is made from a statement.
//
// An invoice never computes money a second time. [FromStatement] sums what the statement already says, so that
// the rows of a report, the groups, the tenants and the lines of the invoice agree to the last minor unit.
//
// # Units
//
// Amounts are [money.Amount], already rounded to the currency's minor unit. Dates are civil dates in the
// account's time zone; the due date is the issue date plus the terms, in civil days.
//
// # Errors
//
// [FromStatement] and [Invoice.Verify] return *[Error], which wraps one of the sentinels of this package
// ([ErrNotFinal], [ErrTotals], [ErrLines], [ErrNegativeTotal], [ErrTerms]). An invoice with a status
// that is not known stays [Unknown]; it is never taken for paid.
//
// # Concurrency
//
// Everything here is a value without hidden state; functions are pure and safe for concurrent use.
package invoice

// Package agree holds the one check that every test makes that makes a statement: rows, groups, tenants, invoice,
// workbook, CSV and JSON lines say the same, to the last minor unit.
//
// The documents are read back by a reader of this package's own, which shares no code with the writers. It is quick for
// small statements and grows with the rows.
//
// # Units
//
// Everything is compared in minor units of the statement's currency.
//
// # Errors
//
// What disagrees is reported on the test, with the place and both figures.
//
// # Concurrency
//
// [Check] may run in parallel tests, also on one statement.
package agree

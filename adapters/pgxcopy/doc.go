// Package pgxcopy is the COPY of pgx for the hook Config.Copy of package sqlstore. It is a module of its own, so that
// only hosts that use pgx require it.
//
//	sqlstore.Config{Dialect: sqlstore.PostgreSQL, Copy: pgxcopy.From, …}
//
// # Units
//
// Rows are counted; there is nothing else to measure.
//
// # Errors
//
// Errors are those of pgx and of the rows, unchanged: package sqlstore makes them provider.Error of the closed set.
//
// # Concurrency
//
// [From] may be called by many at once, each with a connection of its own.
package pgxcopy

// Package pgtest starts a real PostgreSQL for tests: one server for a test binary, one database for a test. The server
// listens on a Unix socket in a temporary directory and on no port, keeps nothing, and ends with the binary.
//
// Where PostgreSQL is not installed tests are skipped, unless BILLHATCH_INTEGRATION=1 is set: then they fail.
package pgtest

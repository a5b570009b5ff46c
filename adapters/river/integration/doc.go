// Package integration tests the River adapter against a real PostgreSQL. It is a module of its own, so that the adapter
// itself needs no driver.
package integration

// Package layercheck holds the rules that keep the packages of this module apart, and the
// test that applies them to the source tree on every run of go test.
//
// The rules are data in [Layers]: one row per package, saying which of our packages and which
// third-party modules its code may import and how it is documented. Everything not allowed by
// a row is refused, so a new package or a new dependency begins with a line in that table and,
// for a dependency, with its reason in internal/docs/dependencies.md.
//
// Rules look at syntax where syntax is enough and at compiled export data where it is not
// (types in exported signatures). The tests of this package feed every rule small sources
// that break it: a checker that cannot fail is no checker.
//
// # Units
//
// None. Paths are relative to the module root, with forward slashes.
//
// # Errors
//
// A broken rule is a [Finding], never an error; errors say that the tree could not be read.
//
// # Concurrency
//
// Nothing here is shared; every function works on what it is given.
package layercheck

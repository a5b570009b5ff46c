// Package rbactest walks every combination of subject, action, scope and resource, for tests of an authorizer or of a
// whole stack on top of it.
//
// A host states who is expected to do what, in its own words and not by asking the code under test, and gives it to
// [Run]. The walk has more subjects than roles: nobody, a role that is not known, no role, and somebody suspended. It has
// ten scopes, nearly all of which must look as if nothing were there.
//
// # Units
//
// There are none.
//
// # Errors
//
// A cell that differs from the expectation is an error of the test that names subject, action, scope and resource.
//
// # Concurrency
//
// A [Walk] is a value; [Run] asks from one goroutine.
package rbactest

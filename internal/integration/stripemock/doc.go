// Package stripemock puts Stripe's own words around the server of internal/stripefake: stripe-mock v0.183.0, in process,
// checks every request against the specification of API version 2023-10-16 before the server sees it, and every answer of
// the server is held against the specification's schemas.
//
// [Later] is the same of a later version, for a canary that lists what moving there would break.
//
// stripe-mock knows nothing but shapes, and the server knows everything but Stripe's list of shapes; together they refuse
// what Stripe would refuse. stripe-mock writes a line for each request to standard output.
package stripemock

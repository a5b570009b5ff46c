// Package contract holds the JSON API of the portal against its description: everything that the tests of
// billing/portal ask and are answered is validated against openapi.yaml by kin-openapi, every operation and status of the
// document must have been seen, and nothing else may have been. It has tests only.
package contract

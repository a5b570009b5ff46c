// Package billhatch is the map of the module; it has no code.
//
// Billhatch puts a billing area into the portal that a B2B product already has: usage, invoices,
// recipients, reports, the way into Stripe, and the rules of who may see and do what. Import the packages below;
// each stands on its own and pulls in only what stands under it.
//
// # Packages
//
//   - money: amounts with a currency, exact decimals, rounding, allocation, parsing, display
//   - usage: coverage, proration, groups and meters of one account and period become a statement
//   - usage/civil: dates, months and intervals of days in a time zone
//   - usage/pricing: prices and tiers
//   - invoice: a statement as an invoice, with terms, due date and status
//   - invoice/pdf: the invoice as a PDF
//   - report: a statement as a workbook with one tab per tenant, as CSV, as JSON lines
//   - report/xlsx: the streaming workbook writer
//   - rbac: who may do what, as data
//   - rbac/rbactest: a walker over the whole matrix, for tests of an authorizer
//   - provider: the contracts of payments and records
//   - provider/memory: both contracts in memory, for tests and demonstrations
//   - provider/stripe: the contract of payments on Stripe
//   - provider/providertest: the conformance suite of the contracts
//   - provider/providermock: mocks of the contracts
//   - billing: the facade that a host calls, bound to one principal
//   - billing/portal: pages, JSON API and elements as one http.Handler
//   - provider/sqlstore: the contract of records on database/sql, for SQLite and PostgreSQL
//   - billing/webhook: the receiving side of a provider's events
//   - billing/closing: the month close, exactly once
//
// # Vocabulary
//
// An account is the party that is invoiced: one customer at the payment provider, one currency, one
// time zone. It has tenants, whose users are billed by coverage, and projects, whose minutes and messages
// are metered. A group is a part of a tenant's users with a price of its own, such as students. A
// statement says what one account owes for one period, row by row, each amount with its derivation;
// the invoice sums it and the report itemises it, and neither computes money again.
//
// # Units
//
// Money is a decimal with an ISO 4217 code, never a floating point number. Days are civil dates in the
// account's time zone. Intervals are half-open: the first day counts, the last one does not.
//
// # Errors
//
// Every package names its kinds of errors in its own documentation; errors.Is and errors.As find
// them. Missing prices, currencies or usage are errors, never zero.
//
// # Concurrency
//
// Values are safe to share once made. There are no package variables to configure, no
// registries and no init functions, and no library code reads the clock or the environment.
//
// # Stability
//
// Until version 1 a minor version may break the API; the changelog says how to follow. Bytes of
// documents are not promised, figures are: for the same input and settings, the same statement. The two latest
// Go releases are supported.
package billhatch

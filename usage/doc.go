// Package usage computes what an account owes for a period: who was covered, for how much of the period, at which
// price, and why. The result is a [Statement]; invoices and reports only show it.
//
// [Compute] is a pure function. It reads tenants, rosters and projects from iterators, so that a tenant with a
// million users need not lie in memory twice, and it neither does I/O of its own nor asks a clock.
//
//	coverage (days)  ->  units (days over days)  ->  price (tier, and why)  ->  amount (rounded once)
//
// Every row can explain itself: see [Statement.Explain]. A statement can be kept as text, the same bytes for the same
// content, and made again from it: see [EncodeStatement].
//
// What a policy counts:
//
//   - [HalfOpenDays]: civil days in the account's zone; the day of joining is charged, the day of leaving is not.
//   - [TouchedDays]: every civil day with any covered instant.
//   - [Seconds]: elapsed seconds.
//   - [TenantShare]: the tenant's billable days for each of its seats, on request in whole units (O11).
//   - [FullPeriod]: the whole period for everybody who was covered at all.
//
// The denominator is always the whole period. Overlapping, repeated and re-joined coverage is united, so that nobody
// is charged more than one period. Included first days and pauses cut coverage (O11). All users of a tenant are
// covered (O9); a tenant on an educational domain may be split into groups by approval (O10).
//
// # Units
//
// Periods and spans are half-open civil dates ([civil.Date]) in the account's zone. Shares are exact fractions
// ([Units]). Amounts are [money.Amount] in whole minor units; prices and fees are for one whole period.
//
// # Errors
//
// All errors are *[Error] and wrap one of the sentinels of this package. Whatever is missing (a price, a roster, a
// reading) is an error or a state of its own, never zero.
//
// # Concurrency
//
// [Compute] may run concurrently for different inputs. A [Statement] is not changed after it was made; reading it,
// its rows included, is safe from several goroutines.
package usage

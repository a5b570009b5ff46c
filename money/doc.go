// Package money holds amounts of money as values: an exact decimal number and an ISO 4217 currency,
// with rounding, allocation, bounded parsing and display.
//
// Use [Parse] for text, [FromMinor] for what a payment provider sends, and [New] for a decimal. Amounts
// are small values; pass them by value. There is no float64 anywhere.
//
// # Units
//
// An Amount is counted in the currency itself: "12.50 USD" is twelve and a half dollars. Minor units
// (cents) appear only in [FromMinor] and [Amount.Minor]; their number of digits is the one of ISO 4217,
// not that of a payment provider or of CLDR. Unit prices may have more digits than the minor unit.
//
// Every amount has at most 34 significant digits, at most 18 decimal places and a magnitude below
// 10^52. A result beyond these bounds is an error, so whatever can be computed can also be written and
// read again. Nothing is rounded unless a [Rounding] is named.
//
// The zero Amount is "no amount". It is not 0: arithmetic with it fails, so that a price or a figure
// that is missing cannot become a free one. Its JSON is null.
//
// # Errors
//
// Each kind is a sentinel for errors.Is with a struct for errors.As that carries the operands:
// [ErrCurrency], [ErrInvalidNumber], [ErrFormat], [ErrMismatch], [ErrInexact], [ErrOutOfRange] and
// [ErrWeights]. Input that is quoted in a message is cut to 40 runes. Nothing here panics on input; only
// [MustParse] panics, and it is for constants and tests.
//
// # Concurrency
//
// Amounts are immutable and the package has no state: everything may be used from many goroutines.
package money

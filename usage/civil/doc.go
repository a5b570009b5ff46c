// Package civil holds calendar dates, spans of dates and billing periods: dates without a time of day,
// counted as integers, and tied to a time zone only where an instant is asked for.
//
// A [Date] is a day of the calendar. A [Span] is a stretch of days. A [Period] is a span in a time zone:
// a civil month ([Month], [ParseMonth], [MonthOf]), a period of a [Cycle] that begins on another day than
// the first, or any other stretch ([NewPeriod]). All of them are small comparable values.
//
// # Units
//
// Dates are days of the proleptic Gregorian calendar, years 1 to 9999. Spans and periods are half-open:
// From belongs to them, To does not, so that neighbours share a boundary and no day. The zero Date is "no
// date"; as the end of a span it means that the span is open.
//
// Nothing here counts 24 hours. A day begins at the first instant at which the clocks of the zone show that
// date or a later one ([Date.Start]); it may last 23, 24 or 25 hours, and in a zone that skipped a date
// that day lasts no time at all. It is a day of the calendar all the same.
//
// Additions that would leave the years 1 to 9999 stop at the first or the last day; the zero Date stays
// zero. Periods must end by 9999-12-31.
//
// # Errors
//
// Each kind is a sentinel for errors.Is: [ErrDate], [ErrPeriod] and [ErrZone]. All of them come as an
// [*Error] that carries the offending text, cut to 40 runes, and the reason. Nothing here panics on input;
// only [MustDate] panics, and it is for constants and tests.
//
// # Concurrency
//
// All values are immutable and the package has no state: everything may be used from many goroutines.
// [Unite] writes to the slice that it is given.
package civil

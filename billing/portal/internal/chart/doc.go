// Package chart draws the pictures of the portal on the server, as inline SVG: a [Meter] of an allowance, a [Line] of
// the days of a period and [Bars] of invoices (C4 to C6).
//
// A picture is a fragment of HTML: a div with one svg and, where it helps, a legend. It holds no script, no style
// attribute and no style element; colours and sizes come from [Stylesheet], which belongs into the stylesheet of the
// page. Text is never scaled: positions are percentages of the width, so that letters keep their size at every width.
// What has a meaning has a shape or a pattern too, not only a colour.
//
// The package has no language. Texts are strings of the caller, figures and dates go through functions of the caller;
// without a function they are written plainly (1234.5, 2026-10-31). Every text is escaped and bounded.
//
// Every picture has a text alternative: its title and description, and a Table method with the same data for a table
// beside it. What is not known is never drawn as zero.
//
// # Units
//
// Values are exact decimals and amounts of one currency. They become positions, in hundredths of a percent of the
// plot, by integer division at the very end. Days are those of a [civil.Period].
//
// # Errors
//
// [ErrID], [ErrTitle], [ErrSize], [ErrCurrency] and [ErrLink] say that the caller made a mistake; nothing is drawn then.
//
// # Concurrency
//
// Charts are values that drawing only reads. Everything may be used from many goroutines if the functions of the
// caller may.
package chart

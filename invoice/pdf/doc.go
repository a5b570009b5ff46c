// Package pdf prints an invoice as a PDF that a finance department can file: parties with tax ids, dates and terms,
// a table that breaks over pages with carried totals, taxes, total and amount due.
//
// Make one [Renderer] with [New] and keep it; it holds the parsed faces. [Renderer.Render] writes one document and
// reports what it could not draw as written in [Result.Warnings]. Text may hold anything. A sign that no face has
// becomes a visible replacement, as does every sign above U+FFFF; a currency sign becomes its ISO code. Scripts that
// need shaping, such as Arabic, are drawn letter by letter from right to left and reported. Liberation Sans covers
// Latin, Greek, Cyrillic and Hebrew letters; a host passes other faces, such as one for Japanese, in [Options].
//
// The package prints what the invoice says and computes nothing but the sums that are carried from page to page. An
// invoice whose figures do not add up is refused.
//
// # Units
//
// Amounts are printed with every digit that they have. Measures are points. The billing period is printed with its
// last day, although the period itself is half-open. The document's date is the issue date, never the clock.
//
// # Errors
//
// Every error is an *[Error] with one of the sentinels of this package, or the error of the context. No message holds
// a name, an address or an amount. Nothing is written unless the whole document could be made.
//
// # Concurrency
//
// A Renderer is immutable and safe for concurrent use. The faces and the logo are shared by all documents; each
// document embeds only the signs that it uses.
package pdf

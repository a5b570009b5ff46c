// Package pdfcheck reads the invoices of invoice/pdf with a reader that is not ours: the tools of poppler (pdftotext,
// pdfinfo, pdffonts, pdftoppm). It has tests only.
//
// The tests are skipped where a tool is missing, unless BILLHATCH_INTEGRATION=1 is set: then they fail.
//
// # Units
//
// Pictures are rendered at 80 dots per inch.
//
// # Errors
//
// None: there is nothing to call.
//
// # Concurrency
//
// The tests run the tools in parallel, each in a directory of its own.
package pdfcheck

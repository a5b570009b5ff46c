// Package frozen encodes and decodes what the month close freezes: the statement, what the account had agreed to pay, and
// the invoices, so that a closed month can be reported, invoiced and computed again from itself, whatever becomes of the
// records. It is below billing, which reports closed months from it, and billing/closing, which writes it.
//
// [Encode] writes text that is the same bytes for the same content: one line of JSON for the agreement and the invoices, and
// below it the statement as usage.EncodeStatement writes it. [Decode] accepts nothing else, and nothing that does not add
// up or belong together. [Hash] names a text by its content.
package frozen

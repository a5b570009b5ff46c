// Package frozen encodes and decodes what the month close freezes. It is below billing, which reports closed months from
// it, and billing/closing, which writes it.
package frozen

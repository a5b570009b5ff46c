// Package mailaddr reads e-mail addresses and mail domains strictly, compares
// domains by whole labels, and masks addresses for logs and error texts.
//
// It accepts less than RFC 5322 on purpose. What it refuses is what makes two
// programs disagree about where an address belongs: quoted local parts,
// comments, display names, encoded words, domain literals, ports, and every
// sign outside ASCII. A student or staff price hangs on the domain (O10), and
// invoices go to the billing e-mail (O6), so a doubtful address is an error,
// never a guess.
//
// # Units
//
// Every length is in bytes: an address has at most 254, measured as given and
// before anything else is looked at; its local part at most 64; a domain at
// most 253 without its trailing dot; a label 1 to 63. Results share the memory
// of their input when the input is already in normal form, and then nothing is
// allocated.
//
// # Errors
//
// Every refusal is an [*Error]. [ErrAddress] matches each error of [Parse] and
// [Key]; [ErrDomain] matches each error of [ParseDomain], and also those of
// Parse and Key when it is the domain that was refused. The texts, and every
// field of Error, hold the input masked, never whole.
//
// # Concurrency
//
// All functions are pure and all types are values: safe for concurrent use.
package mailaddr

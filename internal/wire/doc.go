// Package wire holds the text forms that frozen documents are made of: lines of JSON with exactly one spelling for every
// value, so that the same content is the same bytes and can be compared by a hash.
//
// Numbers are texts and never floats: a decimal keeps its places, a fraction is written as one, an amount carries its
// currency. Strings keep every byte. [Read] accepts just what [Append] writes: members that are unknown, missing, repeated
// or in another order or spelling are refused, because the value would be written differently.
//
// Errors never repeat what was read: it may name people.
package wire

// Package words is what the portal says: its messages in English, German and French with their plural forms, and dates,
// numbers and amounts as a reader of the language writes them.
//
// [New] reads the messages once and checks them; [Catalog.Match] finds the [Printer] of a reader's language.
//
//	catalog, err := words.New(nil)
//	p := catalog.Match(r.Header.Get("Accept-Language"))
//	p.T("invoices.nothing_yet_on", "date", first)
//
// # Messages
//
// A file of messages is one JSON object from key to text. Keys are dotted lower_snake words that begin with the page;
// the last part of a key for a value of an enumeration is that value. {name} in a text stands for an argument. A text
// that depends on a number has an object of plural forms in its place, by the categories of Unicode CLDR, and the
// argument "count" chooses:
//
//	{"usage.tenant_count": {"one": "{count} tenant", "other": "{count} tenants"}}
//
// Texts are plain: no HTML, and whoever puts them into a page escapes them. A panel that has more to say about a state
// than "state.<state>.title" and "state.<state>.text" has messages "<panel>.<state>_title" and "<panel>.<state>".
//
// # Wording of a host
//
// The overlay that New takes holds files <language>.json, named by BCP 47 tags. They change texts of a shipped language
// or add a language, which may be incomplete: the language that it is a variant of fills in, and else English. A key
// that is not known, a category that the language does not have and a text with other arguments than the English one
// are errors that name file and key.
//
// The formats of languages that CLDR describes here (formats_data.go) are used for added languages too. Any other
// language gets ISO dates and the marks of English, so that a page never mixes two ways to write a number.
//
// # Units
//
// Percentages are in percent: 12.5 is 12.5 %. Digits are never rounded or cut. Times are shown in a zone that the
// caller names, with its distance from UTC, because abbreviations of zones are ambiguous.
//
// # Errors
//
// New returns *[Error], which wraps [ErrMessages]. Nothing else fails: a key that does not exist, an argument that is
// missing and a value that is not set are shown as what they are, never as zero.
//
// # Concurrency
//
// A Catalog and its Printers do not change after New and may be used from many goroutines.
package words

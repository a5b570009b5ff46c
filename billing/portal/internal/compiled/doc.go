// Package compiled executes templates of html/template some ten times as fast as that package does.
//
// text/template finds every field and every method by its name whenever it meets one, and html/template calls a function
// through reflection for every text that it escapes. Here a template becomes functions once: each remembers what its name
// means in the type that it has met last, and texts that are the same in every execution are written into the text around
// them.
//
// The language and the escaping are those of html/template. It parses and checks the templates and decides how each value
// is escaped, by its place in the page; this package executes the tree that comes of that. Whatever it does not know of
// the language, or of a value, is an error of kind [ErrUnsupported], and the caller has html/template execute the template
// instead: what is written here is what html/template would have written, or nothing is.
package compiled

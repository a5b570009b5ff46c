package words

import (
	"embed"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"sync"
)

// english is the language that every other one is measured by and falls back to.
const english = "en"

//go:embed messages/*.json
var shippedFiles embed.FS

// shipped are the messages that the package comes with, read once: they are the same for every catalog.
var shipped = sync.OnceValues(func() (map[string]layer, error) {
	root, err := fs.Sub(shippedFiles, "messages")
	if err != nil { // guard: the path is valid
		return nil, &Error{File: "messages", Detail: "cannot be read", Err: err}
	}
	return readLayers(root, nil)
})

// layer is the messages of one file, by key.
type layer map[string]message

// Catalog holds the messages of all languages.
type Catalog struct {
	languages []string            // canonical tags, English first, the others sorted
	printers  map[string]*Printer // by tag in lower case
	primary   map[string]*Printer // by primary language, for readers of another variant
	original  layer               // the English messages as they are shipped
}

// New reads and checks the messages that are shipped and those of an overlay, which may be nil. It returns *[Error].
func New(overlay fs.FS) (*Catalog, error) {
	ours, err := shipped()
	if err != nil { // guard: they are good, or no test passes
		return nil, err
	}
	var theirs map[string]layer
	if overlay != nil {
		if theirs, err = readLayers(overlay, ours[english]); err != nil {
			return nil, err
		}
	}
	c := &Catalog{printers: map[string]*Printer{}, primary: map[string]*Printer{}, original: ours[english]}
	tags := slices.AppendSeq(slices.Collect(maps.Keys(ours)), maps.Keys(theirs))
	slices.Sort(tags) // a language comes before its variants
	tags = slices.DeleteFunc(slices.Compact(tags), func(tag string) bool { return tag == english })
	c.languages = slices.Insert(tags, 0, english)
	for _, tag := range c.languages {
		c.add(tag, theirs[tag], ours[tag])
	}
	return c, nil
}

// readLayers reads the files of a file system and measures them by the original: without one by the English file among
// them.
func readLayers(source fs.FS, original layer) (map[string]layer, error) {
	tags, err := languagesIn(source)
	if err != nil {
		return nil, err
	}
	layers := map[string]layer{}
	for _, tag := range tags {
		read, err := readMessages(source, tag)
		if err != nil {
			return nil, err
		}
		if original == nil {
			original = read
		}
		for _, key := range slices.Sorted(maps.Keys(read)) {
			if detail := read[key].differs(original, key); detail != "" {
				return nil, &Error{File: tag + fileSuffix, Key: key, Detail: detail}
			}
		}
		layers[tag] = read
	}
	return layers, nil
}

// nameKey is what a language calls itself. It is the one message that no other language fills in.
const nameKey = "language.name"

// add makes the printer of a language, of the files that there are of it. What they leave out is taken from the language
// that it is a variant of, or else from English.
func (c *Catalog) add(tag string, files ...layer) {
	p := &Printer{language: tag, direction: directionOf(tag), format: formatOf(tag), money: hasMoney(tag)}
	for _, file := range files {
		if file != nil {
			p.layers = append(p.layers, file)
		}
	}
	p.layers = append(p.layers, layer{nameKey: message{forms: [categories][]part{other: {{text: tag}}}}})
	if base := c.fallback(tag); base != nil {
		p.layers = append(p.layers, base.layers...)
	}
	c.printers[strings.ToLower(tag)] = p
	if first := primaryOf(tag); c.primary[first] == nil {
		c.primary[first] = p
	}
}

// fallback gives the language that a tag is a variant of, or else English; nil for English itself.
func (c *Catalog) fallback(tag string) *Printer {
	for tag = shorter(tag); tag != ""; tag = shorter(tag) {
		if p := c.printers[strings.ToLower(tag)]; p != nil {
			return p
		}
	}
	return c.printers[english]
}

// Languages gives the tags of all languages, "en" first.
func (c *Catalog) Languages() []string { return slices.Clone(c.languages) }

// Keys gives the keys of all messages, sorted.
func (c *Catalog) Keys() []string { return slices.Sorted(maps.Keys(c.original)) }

// Names gives the arguments that a message takes, sorted; "count" is one of those of a message with plural forms. It is
// nil for a key that does not exist.
func (c *Catalog) Names(key string) []string { return slices.Clone(c.original[key].names) }

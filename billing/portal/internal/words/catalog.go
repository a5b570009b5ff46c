package words

import (
	"embed"
	"io/fs"
	"maps"
	"slices"
	"strings"
)

// english is the language that every other one is measured by and falls back to.
const english = "en"

//go:embed messages/*.json
var shipped embed.FS

// Catalog holds the messages of all languages.
type Catalog struct {
	languages []string            // canonical tags, English first, the others sorted
	printers  map[string]*Printer // by tag in lower case
	primary   map[string]*Printer // by primary language, for readers of another variant
	keys      []string
}

// New reads and checks the messages that are shipped and those of an overlay, which may be nil. It returns *[Error].
func New(overlay fs.FS) (*Catalog, error) {
	root, err := fs.Sub(shipped, "messages")
	if err != nil {
		return nil, &Error{File: "messages", Detail: "cannot be read", Err: err}
	}
	b := builder{texts: map[string]map[string]message{}}
	for _, source := range []fs.FS{root, overlay} {
		if source == nil {
			continue
		}
		tags, err := languagesIn(source)
		if err != nil {
			return nil, err
		}
		for _, tag := range tags {
			if err := b.add(source, tag); err != nil {
				return nil, err
			}
		}
	}
	return b.catalog(), nil
}

// builder collects the own messages of every language.
type builder struct {
	texts map[string]map[string]message // by tag and key
}

// add reads the file of a language. What it says replaces what was read before.
func (b *builder) add(source fs.FS, tag string) error {
	read, err := readMessages(source, tag)
	if err != nil {
		return err
	}
	if b.texts[english] == nil {
		b.texts[english] = read
		return nil
	}
	for _, key := range slices.Sorted(maps.Keys(read)) {
		original, known := b.texts[english][key]
		if !known {
			return &Error{File: tag + fileSuffix, Key: key, Detail: "there is no such message"}
		}
		if detail := read[key].differs(original); detail != "" {
			return &Error{File: tag + fileSuffix, Key: key, Detail: detail}
		}
	}
	if b.texts[tag] == nil {
		b.texts[tag] = map[string]message{}
	}
	maps.Copy(b.texts[tag], read)
	return nil
}

// catalog completes every language from the one that it falls back to. In the order of their tags a language comes
// before its variants.
func (b *builder) catalog() *Catalog {
	c := &Catalog{
		printers: map[string]*Printer{}, primary: map[string]*Printer{},
		keys: slices.Sorted(maps.Keys(b.texts[english])),
	}
	tags := slices.Sorted(maps.Keys(b.texts))
	c.languages = append([]string{english}, slices.DeleteFunc(tags, func(tag string) bool { return tag == english })...)
	for _, tag := range c.languages {
		p := &Printer{
			language: tag, direction: directionOf(tag), format: formatOf(tag),
			messages: maps.Clone(c.fallback(tag)),
		}
		p.messages[nameKey] = message{forms: [categories][]part{other: {{text: tag}}}}
		maps.Copy(p.messages, b.texts[tag])
		c.printers[strings.ToLower(tag)] = p
		if first := primaryOf(tag); c.primary[first] == nil {
			c.primary[first] = p
		}
	}
	return c
}

// nameKey is what a language calls itself. It is the one message that no other language fills in.
const nameKey = "language.name"

// fallback gives the messages of the language that a tag is a variant of, or else the English ones.
func (c *Catalog) fallback(tag string) map[string]message {
	for tag != "" {
		tag = shorter(tag)
		if p := c.printers[strings.ToLower(tag)]; p != nil {
			return p.messages
		}
	}
	if p := c.printers[english]; p != nil {
		return p.messages
	}
	return map[string]message{}
}

// Languages gives the tags of all languages, "en" first.
func (c *Catalog) Languages() []string { return slices.Clone(c.languages) }

// Keys gives the keys of all messages, sorted.
func (c *Catalog) Keys() []string { return slices.Clone(c.keys) }

// Names gives the arguments that a message takes, sorted; "count" is one of those of a message with plural forms. It is
// nil for a key that does not exist.
func (c *Catalog) Names(key string) []string {
	return slices.Clone(c.printers[english].messages[key].names)
}

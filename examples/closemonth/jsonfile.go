package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"sort"
	"strings"
)

// document is a JSON file whose errors name the line.
type document struct {
	name string // as messages give it
	data []byte
	dec  *json.Decoder
}

// object is a JSON object and where it stands.
type object[T any] struct {
	value T
	at    int            // line on which it begins
	lines map[string]int // line of each member that is there
}

// readDocument reads a file. One that does not exist is fs.ErrNotExist for errors.Is.
func (o *organisation) readDocument(name string) (*document, error) {
	data, err := fs.ReadFile(o.files, name)
	if err != nil {
		return nil, fileError(o.path(name), err)
	}
	return &document{name: o.path(name), data: data, dec: json.NewDecoder(bytes.NewReader(data))}, nil
}

// readObject reads a file that is one object. Members that T does not have are refused.
func readObject[T any](o *organisation, name string) (object[T], error) {
	doc, err := o.readDocument(name)
	if err != nil {
		return object[T]{}, err
	}
	obj, err := nextObject[T](doc)
	if err != nil {
		return obj, err
	}
	return obj, doc.end()
}

// readList reads a file that is an array of objects.
func readList[T any](o *organisation, name string) ([]object[T], error) {
	doc, err := o.readDocument(name)
	if err != nil {
		return nil, err
	}
	if err := doc.open('['); err != nil {
		return nil, err
	}
	var list []object[T]
	for doc.dec.More() {
		obj, err := nextObject[T](doc)
		if err != nil {
			return nil, err
		}
		list = append(list, obj)
	}
	if _, err := doc.dec.Token(); err != nil {
		return nil, doc.wrong(err)
	}
	return list, doc.end()
}

// nextObject decodes member by member, so that an error is known to belong to one of them.
func nextObject[T any](doc *document) (object[T], error) {
	obj := object[T]{lines: map[string]int{}}
	if err := doc.open('{'); err != nil {
		return obj, err
	}
	obj.at = doc.line(doc.dec.InputOffset())
	for doc.dec.More() {
		token, err := doc.dec.Token()
		if err != nil {
			return obj, doc.wrong(err)
		}
		key, _ := token.(string)
		line := doc.line(doc.dec.InputOffset())
		if obj.lines[key] != 0 {
			return obj, at(doc.name, line, "%q is stated twice", short(key))
		}
		obj.lines[key] = line
		var value json.RawMessage
		if err := doc.dec.Decode(&value); err != nil {
			return obj, doc.wrong(err)
		}
		if err := setMember(&obj.value, key, value); err != nil {
			return obj, at(doc.name, line, "%s", memberError(key, err))
		}
	}
	if _, err := doc.dec.Token(); err != nil {
		return obj, doc.wrong(err)
	}
	return obj, nil
}

// setMember sets one member of a struct.
func setMember(into any, key string, value json.RawMessage) error {
	one, err := json.Marshal(map[string]json.RawMessage{key: value})
	if err != nil {
		return err
	}
	dec := json.NewDecoder(bytes.NewReader(one))
	dec.DisallowUnknownFields()
	return dec.Decode(into)
}

// memberError says what is wrong with a member.
func memberError(key string, err error) string {
	var kind *json.UnmarshalTypeError
	if errors.As(err, &kind) {
		return fmt.Sprintf("%q: unexpected %s", short(key), kind.Value)
	}
	text := plain(err)
	if text == fmt.Sprintf("unknown field %q", key) {
		return fmt.Sprintf("unknown field %q", short(key))
	}
	return fmt.Sprintf("%q: %s", short(key), text)
}

// line gives the line of the member that comes first among names, or that of the object.
func (obj *object[T]) line(names ...string) int {
	for _, name := range names {
		if line := obj.lines[name]; line != 0 {
			return line
		}
	}
	return obj.at
}

// values drops the places.
func values[T any](list []object[T]) []T {
	var out []T
	for i := range list {
		out = append(out, list[i].value)
	}
	return out
}

// mentioned gives the line of the member that a message is about: the one that it names first, in the singular or the
// plural. It is 0 when the message names none.
func (obj *object[T]) mentioned(message string) int {
	names := make([]string, 0, len(obj.lines))
	for name := range obj.lines {
		names = append(names, name)
	}
	sort.Strings(names)
	line, first := 0, len(message)
	for _, name := range names {
		if i := strings.Index(message, strings.TrimSuffix(name, "s")); i >= 0 && i < first {
			line, first = obj.lines[name], i
		}
	}
	return line
}

func (doc *document) open(want json.Delim) error {
	token, err := doc.dec.Token()
	if err != nil {
		return doc.wrong(err)
	}
	if token != want {
		return at(doc.name, doc.line(doc.dec.InputOffset()), "want %q, not %v", want.String(), token)
	}
	return nil
}

func (doc *document) end() error {
	if _, err := doc.dec.Token(); !errors.Is(err, io.EOF) {
		return at(doc.name, doc.line(doc.dec.InputOffset()), "more after the end")
	}
	return nil
}

// wrong places an error of the JSON itself.
func (doc *document) wrong(err error) error {
	offset := doc.dec.InputOffset()
	var syntax *json.SyntaxError
	switch {
	case errors.As(err, &syntax):
		offset = syntax.Offset
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return at(doc.name, doc.line(int64(len(doc.data))), "ends too early")
	}
	return at(doc.name, doc.line(offset), "%s", plain(err))
}

// line counts from 1.
func (doc *document) line(offset int64) int {
	return 1 + bytes.Count(doc.data[:min(offset, int64(len(doc.data)))], []byte("\n"))
}

package apimodel

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// MaxDepth is how deep values may be nested.
const MaxDepth = 32

// Error says that what was sent is not the JSON that was asked for.
type Error struct {
	Field string // the member that is wrong; empty: the whole, or a member that there is not
}

// Error names the field. It never repeats what was sent.
func (e *Error) Error() string {
	if e.Field == "" {
		return "malformed json"
	}
	return "malformed json: " + e.Field
}

// Decode reads one JSON object into a struct with plain fields, more strictly than encoding/json: valid UTF-8 without a
// byte order mark, every name once and spelt exactly as in the struct's tags, no other names, no null, every field that
// has no omitempty, nothing after the object, no half of a surrogate pair, at most MaxDepth levels. Anything else is an
// *Error, and the struct is then not to be used.
func Decode(data []byte, into any) error {
	if !utf8.Valid(data) || !json.Valid(data) || halfSurrogate(data) {
		return &Error{}
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	sent, err := topLevel(dec)
	if err != nil {
		return err
	}
	known, required := members(reflect.TypeOf(into).Elem())
	for _, name := range sent {
		if !slices.Contains(known, name) {
			return &Error{}
		}
	}
	for _, name := range required {
		if !slices.Contains(sent, name) {
			return &Error{Field: name}
		}
	}
	err = json.Unmarshal(data, into)
	var wrong *json.UnmarshalTypeError
	switch {
	case errors.As(err, &wrong):
		return &Error{Field: wrong.Field}
	case err != nil: // guard: valid JSON fails by its types alone
		return &Error{}
	}
	return nil
}

// members lists the names of a struct's fields, and those that must be there.
func members(t reflect.Type) (known, required []string) {
	for i := range t.NumField() {
		name, options, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		known = append(known, name)
		if !strings.Contains(options, "omitempty") {
			required = append(required, name)
		}
	}
	return known, required
}

// topLevel gives the names of the members of an object. Objects in it are checked as well.
func topLevel(dec *json.Decoder) ([]string, error) {
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return nil, &Error{}
	}
	return object(dec, 1)
}

// object reads the rest of an object and gives its names.
func object(dec *json.Decoder, depth int) ([]string, error) {
	var names []string
	for dec.More() {
		t, _ := dec.Token()
		name, ok := t.(string)
		if !ok || slices.Contains(names, name) {
			return nil, &Error{}
		}
		names = append(names, name)
		if err := value(dec, depth+1); err != nil {
			return nil, err
		}
	}
	_, _ = dec.Token() // the end, which is there in valid JSON
	return names, nil
}

// value reads one value, of which nothing is kept.
func value(dec *json.Decoder, depth int) error {
	if depth > MaxDepth {
		return &Error{}
	}
	t, err := dec.Token()
	switch {
	case err != nil || t == nil: // null says nothing that a member's absence would not say
		return &Error{}
	case t == json.Delim('{'):
		_, err = object(dec, depth)
		return err
	case t == json.Delim('['):
		for dec.More() {
			if err := value(dec, depth+1); err != nil {
				return err
			}
		}
		_, _ = dec.Token()
	}
	return nil
}

// halfSurrogate finds an escaped half of a surrogate pair in valid JSON, which encoding/json would replace in silence.
func halfSurrogate(data []byte) bool {
	for i := 0; i < len(data); i++ {
		if data[i] != '\\' {
			continue
		}
		i++ // the escaped character
		r, ok := escaped(data[i:])
		if !ok || !utf16.IsSurrogate(r) {
			continue
		}
		i += 5
		low, ok := rune(0), false
		if i+1 < len(data) && data[i] == '\\' {
			low, ok = escaped(data[i+1:])
		}
		if !ok || utf16.DecodeRune(r, low) == utf8.RuneError {
			return true
		}
		i += 5
	}
	return false
}

// escaped reads the number of a \u escape, from its u on.
func escaped(b []byte) (rune, bool) {
	if len(b) < 5 || b[0] != 'u' {
		return 0, false
	}
	n, err := strconv.ParseUint(string(b[1:5]), 16, 32)
	return rune(n), err == nil
}

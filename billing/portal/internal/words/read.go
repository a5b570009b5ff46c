package words

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"slices"
	"strings"
	"unicode/utf8"
)

// Bounds of files.
const (
	fileSuffix = ".json"
	maxFile    = 1 << 20 // bytes
)

// languagesIn gives the languages of the files in the root of a file system, English first and the others sorted. Other
// files are left alone.
func languagesIn(source fs.FS) ([]string, error) {
	files, err := fs.ReadDir(source, ".")
	if err != nil {
		return nil, &Error{File: ".", Detail: "the folder cannot be read", Err: err}
	}
	var tags []string
	for _, file := range files {
		name, ok := strings.CutSuffix(file.Name(), fileSuffix)
		if !ok || file.IsDir() {
			continue
		}
		switch tag := parseTag(name); {
		case tag == "":
			return nil, &Error{File: clip(file.Name()), Detail: "the name is not a language tag"}
		case tag != name:
			return nil, &Error{File: file.Name(), Detail: "the language is written " + tag}
		case tag == english:
			tags = slices.Insert(tags, 0, tag)
		default:
			tags = append(tags, tag)
		}
	}
	return tags, nil
}

// readMessages reads the file of a language.
func readMessages(source fs.FS, tag string) (layer, error) {
	name := tag + fileSuffix
	data, err := readFile(source, name)
	if err != nil {
		return nil, &Error{File: name, Detail: "cannot be read", Err: err}
	}
	if !utf8.Valid(data) {
		return nil, &Error{File: name, Detail: "not UTF-8"}
	}
	rule, messages := ruleOf(tag), layer{}
	dec := json.NewDecoder(bytes.NewReader(data))
	key, err := readObject(dec, func(key string) error {
		if _, again := messages[key]; again {
			return errors.New("the key stands twice")
		}
		forms, plural, err := readValue(dec)
		if err != nil {
			return err
		}
		messages[key], err = newMessage(rule, forms, plural)
		return err
	})
	if err == nil {
		if _, end := dec.Token(); !errors.Is(end, io.EOF) {
			err = errors.New("there is more after the object")
		}
	}
	if err != nil {
		return nil, &Error{File: name, Key: key, Detail: clip(err.Error()), Err: err}
	}
	return messages, nil
}

func readFile(source fs.FS, name string) ([]byte, error) {
	file, err := source.Open(name)
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(io.LimitReader(file, maxFile+1))
	if err := errors.Join(err, file.Close()); err != nil {
		return nil, err
	}
	if len(data) > maxFile {
		return nil, errors.New("the file is too large")
	}
	return data, nil
}

// readObject reads an object and calls member after each key. The key is the one that an error is about.
func readObject(dec *json.Decoder, member func(key string) error) (string, error) {
	token, err := dec.Token()
	if err != nil {
		return "", err
	}
	if token != json.Delim('{') {
		return "", errors.New("not a JSON object")
	}
	return readMembers(dec, member)
}

// readMembers reads the rest of an object.
func readMembers(dec *json.Decoder, member func(key string) error) (string, error) {
	for dec.More() {
		token, err := dec.Token()
		if err != nil {
			return "", err
		}
		key, ok := token.(string)
		if !ok { // guard: the decoder has refused it
			return "", errors.New("not a key")
		}
		if err := member(key); err != nil {
			return key, err
		}
	}
	_, err := dec.Token()
	return "", err
}

// readValue reads a text, or an object of plural forms.
func readValue(dec *json.Decoder) (forms map[string]string, plural bool, err error) {
	token, err := dec.Token()
	if err != nil {
		return nil, false, err
	}
	if text, ok := token.(string); ok {
		return map[string]string{other.String(): text}, false, nil
	}
	if token != json.Delim('{') {
		return nil, false, errors.New("neither a text nor plural forms")
	}
	forms = map[string]string{}
	_, err = readMembers(dec, func(name string) error {
		if _, again := forms[name]; again {
			return errors.New("a plural form stands twice")
		}
		token, err := dec.Token()
		if err != nil {
			return err
		}
		text, ok := token.(string)
		if !ok {
			return errors.New("a plural form is not a text")
		}
		forms[name] = text
		return nil
	})
	return forms, true, err
}

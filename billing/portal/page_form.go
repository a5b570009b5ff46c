package portal

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"unicode/utf8"
)

// maxForm bounds the body of a form, in bytes.
const maxForm = 16 << 10

// fields are the values of a form or of a query, by name; one that was not sent is empty.
type fields map[string]string

// query reads the query of the request: only these parameters, each once at most.
func (x *exchange) query(names ...string) (fields, error) { return readFields(x.r.URL.RawQuery, names) }

// form reads the form of the request: exactly these fields, each once. A form has no query beside it.
func (x *exchange) form(names ...string) (fields, error) {
	if _, err := x.query(); err != nil {
		return nil, err
	}
	media, _, err := mime.ParseMediaType(x.r.Header.Get("Content-Type"))
	if err != nil || media != "application/x-www-form-urlencoded" {
		return nil, errMediaType
	}
	body, err := io.ReadAll(http.MaxBytesReader(x.w, x.r.Body, maxForm))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return nil, errBodyTooLarge
	case err != nil:
		return nil, errBody
	}
	out, err := readFields(string(body), names)
	for _, name := range names {
		if _, sent := out[name]; err == nil && !sent {
			return nil, &fieldError{errBody, name}
		}
	}
	return out, err
}

// readFields decodes what was sent strictly. What is unknown is refused without repeating it.
func readFields(encoded string, names []string) (fields, error) {
	values, err := url.ParseQuery(encoded)
	if err != nil {
		return nil, errBody
	}
	out := make(fields, len(values))
	for name, sent := range values {
		switch {
		case !slices.Contains(names, name):
			return nil, errBody
		case len(sent) != 1 || !utf8.ValidString(sent[0]):
			return nil, &fieldError{errBody, name}
		}
		out[name] = sent[0]
	}
	return out, nil
}

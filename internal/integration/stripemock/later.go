package stripemock

import (
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/stripe/stripe-mock/spec"
)

// Later is what Stripe has published for a later version of the API. It tells what would break there, and refuses
// nothing.
type Later struct{ published published }

// NewLater takes the two files of a later stripe-mock: embedded/openapi/spec3.json and fixtures3.json.
func NewLater(specification, fixtures io.Reader) (*Later, error) {
	var whole any
	decode := json.NewDecoder(specification)
	decode.UseNumber()
	if err := decode.Decode(&whole); err != nil {
		return nil, err
	}
	known, err := json.Marshal(forget(whole, false))
	if err != nil {
		return nil, err
	}
	examples, err := io.ReadAll(fixtures)
	if err != nil {
		return nil, err
	}
	p, err := open(known, examples, false)
	return &Later{p}, err
}

// later are keywords of schemas that v0.183.0 refuses to read; later versions skip them.
var later = []string{"deprecated", "x-stableId", "x-stripeEnum", "x-stripeMostCommon"}

// forget takes the keywords out of a specification. Names of properties are not keywords.
func forget(value any, names bool) any {
	switch v := value.(type) {
	case map[string]any:
		for key, inner := range v {
			if !names && slices.Contains(later, key) {
				delete(v, key)
			} else {
				v[key] = forget(inner, !names && key == "properties")
			}
		}
	case []any:
		for i := range v {
			v[i] = forget(v[i], false)
		}
	}
	return value
}

// Version is that of the API, such as "2026-08-26.dahlia".
func (l *Later) Version() string { return l.published.spec.Info.Version }

// Parameters is as [Parameters], for this version.
func (l *Later) Parameters(route string) []string { return l.published.parameters(route) }

// Refusal is why a request is refused; empty when it is not.
func (l *Later) Refusal(r *http.Request, body []byte) string {
	verdict := l.published.judge(r, body)
	if verdict == nil {
		return ""
	}
	var answer struct {
		Error struct{ Message string }
	}
	if json.Unmarshal(verdict.Body.Bytes(), &answer) != nil || answer.Error.Message == "" {
		return verdict.Body.String()
	}
	if _, why, ok := strings.Cut(answer.Error.Message, " failed: "); ok { // before it stands the address of a validator
		return why
	}
	return answer.Error.Message
}

// Has tells whether a kind of object has a field; the path of a field in a field is separated by dots.
func (l *Later) Has(kind, path string) bool {
	s, ok := l.published.spec.Components.Schemas[kind]
	return ok && l.has(s, strings.Split(path, "."))
}

func (l *Later) has(s *spec.Schema, path []string) bool {
	c := checker{schemas: l.published.spec.Components.Schemas}
	switch s = c.resolve(s); {
	case len(path) == 0:
		return true
	case s.Items != nil:
		return l.has(s.Items, path)
	case len(s.AnyOf) > 0:
		return slices.ContainsFunc(s.AnyOf, func(one *spec.Schema) bool { return l.has(one, path) })
	case s.Properties[path[0]] != nil:
		return l.has(s.Properties[path[0]], path[1:])
	}
	return s.AdditionalProperties != nil || len(s.Properties) == 0 // any names
}

package stripemock

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/stripe/stripe-mock/spec"
)

// checker holds values against schemas and collects what does not fit.
type checker struct {
	schemas  map[string]*spec.Schema
	findings []string
}

// check goes through a decoded JSON value, with json.Number for numbers.
func (c *checker) check(at string, value any, s *spec.Schema) {
	s = c.resolve(s)
	switch {
	case value == nil:
		if !s.Nullable && !c.anyNullable(s) {
			c.find(at, "is null")
		}
	case len(s.AnyOf) > 0:
		c.checkAny(at, value, s.AnyOf)
	default:
		c.checkOne(at, value, s)
	}
}

func (c *checker) find(at, format string, args ...any) {
	c.findings = append(c.findings, at+" "+fmt.Sprintf(format, args...))
}

func (c *checker) resolve(s *spec.Schema) *spec.Schema {
	for s.Ref != "" {
		s = c.schemas[strings.TrimPrefix(s.Ref, "#/components/schemas/")]
	}
	return s
}

func (c *checker) anyNullable(s *spec.Schema) bool {
	return slices.ContainsFunc(s.AnyOf, func(one *spec.Schema) bool { return c.resolve(one).Nullable })
}

// checkAny is content with one schema that fits. When none does, it tells of the one that is meant by the object's name.
func (c *checker) checkAny(at string, value any, choices []*spec.Schema) {
	var closest []string
	for _, choice := range choices {
		try := &checker{schemas: c.schemas}
		try.check(at, value, choice)
		if len(try.findings) == 0 {
			return
		}
		if closest == nil || c.named(value, choice) {
			closest = try.findings
		}
	}
	c.findings = append(c.findings, closest...)
}

// named tells whether a value says of itself that it is of a schema, which may be of deleted objects.
func (c *checker) named(value any, s *spec.Schema) bool {
	object, ok := value.(map[string]any)
	name := c.resolve(s).Properties["object"]
	_, deleted := object["deleted"]
	_, ofDeleted := c.resolve(s).Properties["deleted"]
	return ok && name != nil && slices.Contains(name.Enum, object["object"]) && deleted == ofDeleted
}

func (c *checker) checkOne(at string, value any, s *spec.Schema) {
	if len(s.Enum) > 0 && !slices.Contains(s.Enum, value) {
		c.find(at, "is %v, not one of %v", value, s.Enum)
		return
	}
	switch v := value.(type) {
	case map[string]any:
		c.checkObject(at, v, s)
	case []any:
		if s.Type != spec.TypeArray {
			c.find(at, "is a list, not %s", s.Type)
			return
		}
		for i, element := range v {
			c.check(fmt.Sprintf("%s[%d]", at, i), element, s.Items)
		}
	case string:
		if s.Type != spec.TypeString {
			c.find(at, "is a string, not %s", s.Type)
		} else if s.MaxLength > 0 && len([]rune(v)) > s.MaxLength {
			c.find(at, "is longer than %d", s.MaxLength)
		}
	case bool:
		if s.Type != spec.TypeBoolean {
			c.find(at, "is a boolean, not %s", s.Type)
		}
	case json.Number:
		if _, err := v.Int64(); s.Type != spec.TypeNumber && (s.Type != spec.TypeInteger || err != nil) {
			c.find(at, "is %s, not %s", v, s.Type)
		}
	}
}

// checkObject wants what is required, and nothing that Stripe does not know.
func (c *checker) checkObject(at string, value map[string]any, s *spec.Schema) {
	if s.Type != "" && s.Type != spec.TypeObject {
		c.find(at, "is an object, not %s", s.Type)
		return
	}
	for _, name := range s.Required {
		if _, ok := value[name]; !ok {
			c.find(at+"."+name, "is missing")
		}
	}
	for name, field := range value {
		switch property, known := s.Properties[name]; {
		case known:
			c.check(at+"."+name, field, property)
		case s.AdditionalProperties != nil:
			c.check(at+"."+name, field, s.AdditionalProperties)
		case len(s.Properties) > 0 || !s.AdditionalPropertiesAllowed:
			c.find(at+"."+name, "is unknown")
		}
	}
}

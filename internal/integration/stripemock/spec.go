package stripemock

import (
	"fmt"
	"net/http"
	"strings"
	"sync"

	"github.com/stripe/stripe-mock/embedded"
	"github.com/stripe/stripe-mock/server"
	"github.com/stripe/stripe-mock/spec"

	"github.com/billhatch/billhatch/internal/stripefake"
)

// A published is what Stripe has published: the specification, and a server that checks requests against it.
type published struct {
	spec *spec.Spec
	stub http.Handler
}

// load reads the specification once; it takes about a second.
var load = sync.OnceValues(func() (published, error) {
	p, err := open(embedded.OpenAPISpec, embedded.OpenAPIFixtures, true)
	if err != nil {
		return published{}, err
	}
	if version := p.spec.Info.Version; version != stripefake.Version {
		return published{}, fmt.Errorf("the specification is that of %s, the server speaks %s", version, stripefake.Version)
	}
	return p, nil
})

// open makes a server of a specification and its fixtures. A strict one refuses requests of another version.
func open(specification, fixtures []byte, strictVersion bool) (published, error) {
	api, err := server.LoadSpec(specification, "")
	if err != nil {
		return published{}, err
	}
	examples, err := server.LoadFixtures(fixtures, "")
	if err != nil {
		return published{}, err
	}
	const verbose = false
	stub, err := server.NewStubServer(examples, api, strictVersion, verbose)
	if err != nil {
		return published{}, err
	}
	return published{api, http.HandlerFunc(stub.HandleRequest)}, nil
}

// operation finds what the specification says of a route, such as "GET /v1/invoices/{invoice}".
func (p published) operation(method, template string) *spec.Operation {
	return p.spec.Paths[spec.Path(template)][spec.HTTPVerb(method)]
}

// Parameters lists the parameters that the specification has for a route, such as "due_date[lt]": [] stands for any index
// and [*] for any name. It is nil for a route that the specification does not have.
func Parameters(route string) ([]string, error) {
	p, err := load()
	if err != nil {
		return nil, err
	}
	return p.parameters(route), nil
}

func (p published) parameters(route string) []string {
	method, template, _ := strings.Cut(route, " ")
	operation := p.operation(strings.ToLower(method), template)
	if operation == nil {
		return nil
	}
	out := []string{}
	for _, parameter := range operation.Parameters {
		if parameter.In == spec.ParameterQuery {
			out = append(out, spell(parameter.Name, parameter.Schema)...)
		}
	}
	if operation.RequestBody != nil {
		body := operation.RequestBody.Content["application/x-www-form-urlencoded"].Schema
		for name, schema := range body.Properties {
			out = append(out, spell(name, schema)...)
		}
	}
	return out
}

// spell writes the keys that a parameter can have in a form.
func spell(name string, s *spec.Schema) []string {
	var out []string
	for _, choice := range s.AnyOf {
		out = append(out, spell(name, choice)...)
	}
	for field, schema := range s.Properties {
		out = append(out, spell(name+"["+field+"]", schema)...)
	}
	if s.AdditionalProperties != nil {
		out = append(out, spell(name+"[*]", s.AdditionalProperties)...)
	}
	if s.Items != nil {
		out = append(out, spell(name+"[]", s.Items)...)
	}
	if out == nil {
		out = []string{name}
	}
	return out
}

// Expandable lists the fields of a kind of object that the specification lets expand.
func Expandable(kind string) ([]string, error) {
	p, err := load()
	if err != nil {
		return nil, err
	}
	var out []string
	for name, schema := range p.spec.Components.Schemas[kind].Properties {
		if schema.XExpansionResources != nil || schema.Items != nil && schema.Items.XExpansionResources != nil {
			out = append(out, name)
		}
	}
	return out, nil
}

package contract_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"

	"github.com/billhatch/billhatch/billing/portal"
)

// exchange is a request to the API and its answer, as the tests of the portal write it.
type exchange struct {
	Method   string            `json:"method"`
	Path     string            `json:"path"`
	Route    string            `json:"route"` // empty: there is none
	Params   map[string]string `json:"params"`
	Query    string            `json:"query"`
	Header   http.Header       `json:"header"`
	Body     []byte            `json:"body"`
	Status   int               `json:"status"`
	Answer   http.Header       `json:"answer"`
	Response []byte            `json:"response"`
}

func (e *exchange) String() string {
	return fmt.Sprintf("%s %s?%s %s -> %d %.300s", e.Method, e.Path, e.Query, e.Body, e.Status, e.Response)
}

// contract validates exchanges and remembers what it has seen.
type contract struct {
	doc  *openapi3.T
	seen map[string]bool // "GET /api/me 200"
}

// check tells in what an exchange does not keep to the document.
func (c *contract) check(ctx context.Context, e *exchange) error {
	item := c.doc.Paths.Value(e.Route)
	if item == nil {
		if e.Route != "" {
			return errors.New("a route that is not documented")
		}
		return c.problem(e, http.StatusNotFound)
	}
	method := e.Method
	if method == http.MethodHead {
		method = http.MethodGet
	}
	operation := item.GetOperation(method)
	if operation == nil {
		if e.Answer.Get("Allow") == "" {
			return errors.New("405 without Allow")
		}
		return c.problem(e, http.StatusMethodNotAllowed)
	}
	if operation.Responses.Status(e.Status) == nil {
		return fmt.Errorf("status %d of %s is not documented", e.Status, operation.OperationID)
	}
	if err := c.validate(ctx, e, item, operation, method); err != nil {
		return err
	}
	if e.Status >= http.StatusBadRequest {
		if err := c.problem(e, e.Status); err != nil {
			return err
		}
	}
	if e.Method != http.MethodHead {
		c.seen[key(method, e.Route, e.Status)] = true
	}
	return nil
}

func key(method, route string, status int) string { return fmt.Sprint(method, " ", route, " ", status) }

// validate asks kin-openapi: the answer always, and the request where it was accepted.
func (c *contract) validate(ctx context.Context, e *exchange, item *openapi3.PathItem, op *openapi3.Operation, method string) error {
	options := &openapi3filter.Options{
		AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, IncludeResponseStatus: true,
		RejectWhenRequestBodyNotSpecified: true, ExcludeResponseBody: e.Method == http.MethodHead,
	}
	r := httptest.NewRequestWithContext(ctx, method, "https://host.example/billing"+e.Path+"?"+e.Query, bytes.NewReader(e.Body))
	r.Header = e.Header
	if len(e.Body) == 0 {
		r.Body, r.ContentLength = http.NoBody, 0
	}
	in := &openapi3filter.RequestValidationInput{
		Request: r, PathParams: e.Params, Options: options,
		Route: &routers.Route{Spec: c.doc, Path: e.Route, PathItem: item, Method: method, Operation: op},
	}
	if e.Status < http.StatusMultipleChoices {
		if err := openapi3filter.ValidateRequest(ctx, in); err != nil {
			return fmt.Errorf("accepted, but the document does not allow it: %w", err)
		}
	}
	return openapi3filter.ValidateResponse(ctx, &openapi3filter.ResponseValidationInput{
		RequestValidationInput: in, Status: e.Status, Header: e.Answer, Body: io.NopCloser(bytes.NewReader(e.Response)), Options: options,
	})
}

// problem checks a problem document, also where no operation is documented, and what the document cannot say of it.
func (c *contract) problem(e *exchange, status int) error {
	if e.Status != status {
		return fmt.Errorf("want status %d", status)
	}
	if got := e.Answer.Get("Content-Type"); got != "application/problem+json" {
		return fmt.Errorf("a problem of type %q", got)
	}
	if e.Method == http.MethodHead {
		return nil
	}
	var document map[string]any
	if err := json.Unmarshal(e.Response, &document); err != nil {
		return err
	}
	if err := c.doc.Components.Schemas["Problem"].Value.VisitJSON(document); err != nil {
		return err
	}
	known := slices.ContainsFunc(portal.Problems(), func(p portal.Problem) bool {
		return p.Type() == document["type"] && p.Status == status
	})
	if !known || document["status"] != float64(status) {
		return fmt.Errorf("%v with status %v and %d", document["type"], document["status"], status)
	}
	after, told := document["retry_after"].(float64)
	if header := e.Answer.Get("Retry-After"); told != (header != "") || told && header != strconv.Itoa(int(after)) {
		return fmt.Errorf("retry_after %v, Retry-After %q", document["retry_after"], header)
	}
	return nil
}

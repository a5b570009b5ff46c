package stripemock

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"

	"github.com/stripe/stripe-mock/spec"

	"github.com/billhatch/billhatch/internal/stripefake"
)

// Validating is a handler before a server: what stripe-mock refuses never reaches it.
type Validating struct {
	published published
	fake      http.Handler

	mu       sync.Mutex
	findings []string
}

// NewValidating puts the specification before a server.
func NewValidating(fake http.Handler) (*Validating, error) {
	p, err := load()
	return &Validating{published: p, fake: fake}, err
}

// Findings are the answers of the server that do not fit the specification, and the requests that stripe-mock refused,
// since the last call.
func (v *Validating) Findings() []string {
	v.mu.Lock()
	defer v.mu.Unlock()
	found := v.findings
	v.findings = nil
	return found
}

func (v *Validating) find(findings ...string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.findings = append(v.findings, findings...)
}

// ServeHTTP has stripe-mock judge the request, and then the server answer it.
func (v *Validating) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !strings.HasPrefix(r.URL.Path, "/v1/") {
		v.fake.ServeHTTP(w, r)
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if refusal := v.judge(r, body); refusal != nil {
		v.find(r.Method + " " + r.URL.Path + " refused: " + refusal.Body.String())
		for name, values := range refusal.Header() {
			w.Header()[name] = values
		}
		w.WriteHeader(refusal.Code)
		_, _ = w.Write(refusal.Body.Bytes())
		return
	}
	again := r.Clone(r.Context())
	again.Body = io.NopCloser(bytes.NewReader(body))
	seen := &copying{ResponseWriter: w, status: http.StatusOK}
	v.fake.ServeHTTP(seen, again)
	v.find(v.compare(r.Method, r.URL.Path, seen.status, seen.body.Bytes())...)
}

// judge gives what stripe-mock refuses a request with, or nil. It is asked with a key that it takes, because the server
// knows better who may ask.
func (v *Validating) judge(r *http.Request, body []byte) *httptest.ResponseRecorder {
	return v.published.judge(r, body)
}

func (p published) judge(r *http.Request, body []byte) *httptest.ResponseRecorder {
	asked := r.Clone(r.Context())
	asked.Header.Set("Authorization", "Bearer sk_test_123")
	asked.Body = io.NopCloser(bytes.NewReader(body))
	verdict := httptest.NewRecorder()
	p.stub.ServeHTTP(verdict, asked)
	if verdict.Code/100 == 4 {
		return verdict
	}
	return nil
}

// compare holds an answer against the specification. What is not JSON, or cut, is none of its business.
func (v *Validating) compare(method, path string, status int, body []byte) []string {
	var value any
	decode := json.NewDecoder(bytes.NewReader(body))
	decode.UseNumber()
	if decode.Decode(&value) != nil {
		return nil
	}
	schema := &spec.Schema{Ref: "#/components/schemas/error"}
	if status == http.StatusOK {
		if schema = v.answerSchema(method, path); schema == nil {
			return []string{method + " " + path + " is not in the specification"}
		}
	}
	c := &checker{schemas: v.published.spec.Components.Schemas}
	c.check(method+" "+path+":", value, schema)
	return c.findings
}

// answerSchema is the schema of a route's 200.
func (v *Validating) answerSchema(method, path string) *spec.Schema {
	parts := strings.Split(strings.TrimSuffix(path, "/"), "/")
	i := slices.IndexFunc(stripefake.Routes(), func(route string) bool { return fits(route, method, parts) })
	if i < 0 {
		return nil
	}
	return v.schemaOf(stripefake.Routes()[i])
}

func (v *Validating) schemaOf(route string) *spec.Schema {
	method, template, _ := strings.Cut(route, " ")
	operation := v.published.operation(strings.ToLower(method), template)
	if operation == nil {
		return nil
	}
	return operation.Responses["200"].Content["application/json"].Schema
}

func fits(route, method string, parts []string) bool {
	verb, template, _ := strings.Cut(route, " ")
	words := strings.Split(template, "/")
	if verb != method || len(words) != len(parts) {
		return false
	}
	for i, word := range words {
		if word != parts[i] && !strings.HasPrefix(word, "{") {
			return false
		}
	}
	return true
}

// copying keeps what goes through.
type copying struct {
	http.ResponseWriter
	status int
	body   bytes.Buffer
}

// Unwrap lets the server flush.
func (c *copying) Unwrap() http.ResponseWriter { return c.ResponseWriter }

func (c *copying) WriteHeader(status int) {
	c.status = status
	c.ResponseWriter.WriteHeader(status)
}

func (c *copying) Write(p []byte) (int, error) {
	const most = 1 << 20
	if c.body.Len() < most {
		c.body.Write(p)
	}
	return c.ResponseWriter.Write(p)
}

package contract_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/stretchr/testify/require"
)

const portalDir = "../../billing/portal"

// TestMain teaches the validator the kinds of files that the API sends. They are read as they are.
func TestMain(m *testing.M) {
	for _, media := range []string{
		"application/pdf", "application/yaml", "application/x-ndjson", "text/csv",
		"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
	} {
		openapi3filter.RegisterBodyDecoder(media, openapi3filter.FileBodyDecoder)
	}
	os.Exit(m.Run())
}

// load reads the document.
func load(t *testing.T) *contract {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromFile(filepath.Join(portalDir, "openapi.yaml"))
	require.NoError(t, err)
	require.NoError(t, doc.Validate(t.Context()))
	return &contract{doc: doc, seen: map[string]bool{}}
}

// record runs the tests of the portal and gives what they asked of the API and were answered.
func record(t *testing.T) []*exchange {
	t.Helper()
	if os.Getenv("BILLHATCH_INTEGRATION") != "1" {
		t.Skip("runs all tests of the portal; set BILLHATCH_INTEGRATION=1")
	}
	dir := t.TempDir()
	run := exec.CommandContext(t.Context(), "go", "test", "-count=1", ".")
	run.Dir = portalDir
	run.Env = append(os.Environ(), "BILLHATCH_EXCHANGES="+dir)
	out, err := run.CombinedOutput()
	require.NoError(t, err, "the tests of the portal fail:\n%s", out)
	files, err := filepath.Glob(filepath.Join(dir, "*.json"))
	require.NoError(t, err)
	all := make([]*exchange, 0, len(files))
	for _, file := range files {
		text, err := os.ReadFile(file) //nolint:gosec // written a moment ago
		require.NoError(t, err)
		e := &exchange{}
		require.NoError(t, json.Unmarshal(text, e), file)
		all = append(all, e)
	}
	return all
}

// TestEveryAnswerKeepsToTheDocument: every exchange of all tests of the portal is valid, every operation and status of the
// document was seen, and no other.
func TestEveryAnswerKeepsToTheDocument(t *testing.T) {
	t.Parallel()
	c := load(t)
	all := record(t)
	for _, e := range all {
		if err := c.check(t.Context(), e); err != nil {
			t.Errorf("%s\n%v", e, err)
		}
	}
	for _, missing := range c.unseen() {
		t.Errorf("documented, but no test has seen it: %s", missing)
	}
	t.Logf("%d exchanges, %d answers documented and seen", len(all), len(c.seen))
	if !t.Failed() {
		c.refuses(t, all)
	}
}

// unseen lists what is documented and was not seen.
func (c *contract) unseen() []string {
	var out []string
	for path, item := range c.doc.Paths.Map() {
		for method, op := range item.Operations() {
			for status := range op.Responses.Map() {
				code, _ := strconv.Atoi(status)
				if k := key(method, path, code); !c.seen[k] {
					out = append(out, k)
				}
			}
		}
	}
	slices.Sort(out)
	return out
}

// refuses shows that the validator sees what is wrong: good answers are spoilt, each in one way.
func (c *contract) refuses(t *testing.T, all []*exchange) {
	t.Helper()
	find := func(route string, status int, needle string) exchange {
		for _, e := range all {
			if e.Route == route && e.Status == status && e.Method == http.MethodGet && bytes.Contains(e.Response, []byte(needle)) {
				return *e
			}
		}
		t.Fatalf("no answer of %s with %s", route, needle)
		return exchange{}
	}
	const usage, invoices, email, me = "/api/accounts/{account}/usage", "/api/accounts/{account}/invoices",
		"/api/accounts/{account}/billing-email", "/api/me"
	for name, s := range map[string]struct {
		route    string
		status   int
		old, new string
		spoil    func(*exchange)
	}{
		"an amount as a number":         {route: usage, status: 200, old: `"amount":"40.00"`, new: `"amount":40.00`},
		"an amount with an exponent":    {route: usage, status: 200, old: `"amount":"40.00"`, new: `"amount":"4e1"`},
		"a currency in lower case":      {route: usage, status: 200, old: `"currency":"USD"`, new: `"currency":"usd"`},
		"a quantity as a number":        {route: usage, status: 200, old: `"used":"950"`, new: `"used":950`},
		"a state that there is not":     {route: usage, status: 200, old: `"state":"ready"`, new: `"state":"fine"`},
		"a member that there is not":    {route: usage, status: 200, old: `"missing":[]`, new: `"missing":[],"canary":1`},
		"a member that is missing":      {route: usage, status: 200, old: `,"missing":[]`, new: ``},
		"a list that is null":           {route: usage, status: 200, old: `"missing":[]`, new: `"missing":null`},
		"a date that is empty":          {route: usage, status: 200, old: `"from":"2026-10-01"`, new: `"from":""`},
		"null where there always is":    {route: usage, status: 200, old: `"resets":"2026-11-01"`, new: `"resets":null`},
		"a draft":                       {route: invoices, status: 200, old: `"status":"paid"`, new: `"status":"draft"`},
		"a text that is no JSON":        {route: me, status: 200, old: `{`, new: ``},
		"a problem of another kind":     {route: me, status: 404, old: `problem:not_found`, new: `problem:nothing`},
		"a problem of another status":   {route: me, status: 404, old: `problem:not_found`, new: `problem:forbidden`},
		"an answer that may be kept":    {route: me, status: 200, spoil: func(e *exchange) { e.Answer.Set("Cache-Control", "max-age=60") }},
		"an answer without an id":       {route: me, status: 200, spoil: func(e *exchange) { e.Answer.Del("Request-Id") }},
		"an answer as text":             {route: me, status: 200, spoil: func(e *exchange) { e.Answer.Set("Content-Type", "text/plain") }},
		"an entity tag without quotes":  {route: email, status: 200, spoil: func(e *exchange) { e.Answer.Set("ETag", "abc") }},
		"a refusal without a time":      {route: me, status: 429, spoil: func(e *exchange) { e.Answer.Del("Retry-After") }},
		"a status that is not there":    {route: me, status: 200, spoil: func(e *exchange) { e.Status = http.StatusTeapot }},
		"a parameter that is not there": {route: invoices, status: 200, spoil: func(e *exchange) { e.Query = "limit=500" }},
	} {
		e := find(s.route, s.status, s.old)
		e.Response, e.Answer = []byte(strings.Replace(string(e.Response), s.old, s.new, 1)), e.Answer.Clone()
		if s.spoil != nil {
			s.spoil(&e)
		}
		if c.check(t.Context(), &e) == nil {
			t.Errorf("%s was not noticed", name)
		}
	}
}

package stripemock_test

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/internal/integration/stripemock"
	"github.com/billhatch/billhatch/internal/stripefake"
)

// canaryVersion is the stripe-mock that the canary looks at. BILLHATCH_STRIPE_MOCK names another one, or "latest".
const canaryVersion = "v0.203.0"

// TestCanary lists what moving to a later version of the API would break, from the requests and answers of every route.
// What it finds fails nothing: read it with -v, and keep the summary in internal/docs/stripe-upgrade.md. It fails when it
// would find nothing although there is something, and is skipped where the later stripe-mock cannot be fetched.
func TestCanary(t *testing.T) {
	module, later := fetch(t, cmp.Or(os.Getenv("BILLHATCH_STRIPE_MOCK"), canaryVersion))
	s := newSession(t)
	watch := &watching{next: s.front, later: later, refusals: map[string]bool{}, fields: map[string]bool{}}
	s.client = &http.Client{Transport: s.fake.TransportTo(watch)}
	s.everything()

	var out strings.Builder
	fmt.Fprintf(&out, "stripe-mock %s, API %s, instead of %s\n", module, later.Version(), stripefake.Version)
	requests := slices.Sorted(maps.Keys(watch.refusals))
	for _, route := range stripefake.Routes() {
		requests = append(requests, lost(route, later)...)
	}
	section(&out, "requests that are refused or lose a parameter", requests)
	guarded, gone := required(t), slices.Sorted(maps.Keys(watch.fields))
	noticed := slices.DeleteFunc(slices.Clone(gone), func(field string) bool { return !guarded[field] })
	silent := slices.DeleteFunc(slices.Clone(gone), func(field string) bool { return guarded[field] })
	section(&out, "fields that are gone, and that provider/stripe insists on: every answer is refused", noticed)
	section(&out, "fields that are gone: zero, where an answer is not refused for another one", silent)
	open := unguarded(noticed, silent)
	section(&out, "kinds whose answers are not refused although they lose fields", open)
	t.Log("\n" + out.String())

	if module == canaryVersion { // what is surely found there, if the canary is alive
		require.Contains(t, requests, "GET /v1/invoices/upcoming is gone")
		require.Subset(t, noticed, []string{"invoice.paid", "invoice.total_tax_amounts", "subscription.current_period_end"})
		require.Contains(t, silent, "line_item.price")
		require.NotContains(t, gone, "invoice.amount_due")
		for _, kind := range []string{"invoice", "line_item", "subscription", "discount"} { // that lose what is read
			require.NotContains(t, open, kind, "the table of shape.go does not notice the version")
		}
	}
}

// unguarded are the kinds that lose fields, and none that provider/stripe insists on.
func unguarded(noticed, silent []string) []string {
	kinds := map[string]bool{}
	for _, field := range silent {
		kinds[kindOf(field)] = true
	}
	for _, field := range noticed {
		delete(kinds, kindOf(field))
	}
	return slices.Sorted(maps.Keys(kinds))
}

// kindOf cuts "billing_portal.configuration.features" behind the kind.
func kindOf(field string) string {
	parts := strings.Split(field, ".")
	if parts[0] == "billing_portal" {
		return parts[0] + "." + parts[1]
	}
	return parts[0]
}

func section(out *strings.Builder, title string, lines []string) {
	fmt.Fprintf(out, "%s: %d\n", title, len(lines))
	for _, line := range lines {
		out.WriteString("  " + line + "\n")
	}
}

// fetch gets a stripe-mock as go fetches modules, checksum and all.
func fetch(t *testing.T, version string) (string, *stripemock.Later) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute) // a network that answers nothing fails nothing
	defer cancel()
	command := exec.CommandContext(ctx, "go", "mod", "download", "-json", "github.com/stripe/stripe-mock@"+version) //nolint:gosec // a version that whoever runs the test names
	command.Dir, command.Env = t.TempDir(), append(os.Environ(), "GOWORK=off", "GOFLAGS=")
	raw, err := command.Output()
	var module struct{ Version, Dir string }
	if err != nil || json.Unmarshal(raw, &module) != nil || module.Dir == "" {
		t.Skipf("stripe-mock %s cannot be fetched: %v: %s", version, err, raw)
	}
	open := func(name string) io.Reader {
		raw, err := os.ReadFile(filepath.Join(module.Dir, "embedded", "openapi", name))
		require.NoError(t, err)
		return bytes.NewReader(raw)
	}
	later, err := stripemock.NewLater(open("spec3.json"), open("fixtures3.json"))
	require.NoError(t, err)
	return module.Version, later
}

// lost lists what a route does not have any more of what the server takes.
func lost(route string, later *stripemock.Later) (out []string) {
	known := later.Parameters(route)
	if known == nil {
		return []string{route + " is gone"}
	}
	for _, param := range stripefake.Params(route) {
		if !slices.Contains(known, param) {
			out = append(out, route+": "+param)
		}
	}
	return out
}

// watching holds requests and answers against a later version, and changes neither.
type watching struct {
	next             http.Handler
	later            *stripemock.Later
	refusals, fields map[string]bool
}

func (w *watching) ServeHTTP(out http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	answer := httptest.NewRecorder()
	w.next.ServeHTTP(answer, r)
	if route := routeOf(r); answer.Code == http.StatusOK && w.later.Parameters(route) != nil {
		if why := w.later.Refusal(r, body); why != "" {
			w.refusals[route+" is refused: "+why] = true
		}
	}
	var value any
	if json.Unmarshal(answer.Body.Bytes(), &value) == nil {
		w.look("", "", value)
	}
	maps.Copy(out.Header(), answer.Header())
	out.WriteHeader(answer.Code)
	_, _ = answer.Body.WriteTo(out)
}

// routeOf finds the route of a request: the one with the most words of its path.
func routeOf(r *http.Request) string {
	best, most := "", -1
	for _, route := range stripefake.Routes() {
		method, template, _ := strings.Cut(route, " ")
		words, parts := strings.Split(template, "/"), strings.Split(r.URL.Path, "/")
		if method != r.Method || len(words) != len(parts) {
			continue
		}
		same := 0
		for i, word := range words {
			if word == parts[i] {
				same++
			} else if !strings.HasPrefix(word, "{") {
				same = -1
				break
			}
		}
		if same > most {
			best, most = route, same
		}
	}
	return best
}

// look notes the fields of an answer that the later version does not have: those of an object by its kind, those of a
// part of it by their path. What is inside of a field that is gone is not listed again.
func (w *watching) look(kind, path string, value any) {
	switch v := value.(type) {
	case []any:
		for _, one := range v {
			w.look(kind, path, one)
		}
	case map[string]any:
		if name, ok := v["object"].(string); ok {
			kind, path = name, ""
		}
		if deleted, _ := v["deleted"].(bool); deleted || kind == "event" && path != "" {
			return
		}
		for name, field := range v {
			at := strings.TrimPrefix(path+"."+name, ".")
			if kind != "" && kind != "list" && kind != "search_result" && !w.later.Has(kind, at) {
				w.fields[kind+"."+at] = true
				continue
			}
			w.look(kind, at, field)
		}
	}
}

// required reads the table of provider/stripe: the fields without which an answer is refused.
func required(t *testing.T) map[string]bool {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "../../../provider/stripe/shape.go", nil, 0)
	require.NoError(t, err)
	out := map[string]bool{}
	ast.Inspect(file, func(n ast.Node) bool {
		row, ok := n.(*ast.KeyValueExpr)
		if !ok {
			return true
		}
		kind, ok := row.Key.(*ast.BasicLit)
		fields, isList := row.Value.(*ast.CompositeLit)
		if !ok || !isList {
			return true
		}
		for _, field := range fields.Elts {
			if literal, ok := field.(*ast.BasicLit); ok {
				out[unquote(t, kind)+"."+unquote(t, literal)] = true
			}
		}
		return true
	})
	require.Greater(t, len(out), 60)
	return out
}

func unquote(t *testing.T, literal *ast.BasicLit) string {
	t.Helper()
	text, err := strconv.Unquote(literal.Value)
	require.NoError(t, err)
	return text
}

package portal_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/billhatch/billhatch/billing/portal"
)

// exchangesDir names the environment variable with the directory into which the tests write what the API was asked and
// what it answered. internal/contract holds all of it against openapi.yaml.
const exchangesDir = "BILLHATCH_EXCHANGES"

// mostExchanges bounds what is written of one status of one route.
const mostExchanges = 200

// exchanges counts what was written, by file and by route and status, for all tests of the package.
var exchanges = struct {
	sync.Mutex
	written map[string]int
}{written: map[string]int{}}

// exchange is a request to the API and its answer, as it is written.
type exchange struct {
	Method   string            `json:"method"`
	Path     string            `json:"path"`  // below the base path
	Route    string            `json:"route"` // pattern of the path; empty: there is none
	Params   map[string]string `json:"params"`
	Query    string            `json:"query"`
	Header   http.Header       `json:"header"` // of the request: those that the document speaks of
	Body     []byte            `json:"body"`
	Status   int               `json:"status"`
	Answer   http.Header       `json:"answer"` // headers of the answer
	Response []byte            `json:"response"`
}

// recorded writes the exchanges of a handler under a base path, when the environment asks for it.
func recorded(base string, h http.Handler) http.Handler {
	dir := os.Getenv(exchangesDir)
	if dir == "" {
		return h
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		path, below := strings.CutPrefix(r.URL.EscapedPath(), strings.TrimSuffix(base, "/"))
		if !below || !strings.HasPrefix(path, "/api/") {
			h.ServeHTTP(w, r)
			return
		}
		e := exchange{Method: r.Method, Path: path, Query: r.URL.RawQuery, Header: http.Header{}}
		e.Route, e.Params = routeOf(path)
		for _, name := range []string{"Content-Type", "If-Match"} {
			if v := r.Header.Values(name); len(v) > 0 {
				e.Header[name] = v
			}
		}
		if r.Body != nil {
			var broken error
			e.Body, broken = io.ReadAll(r.Body)
			r.Body = io.NopCloser(io.MultiReader(bytes.NewReader(e.Body), failing{broken}))
		}
		rec := httptest.NewRecorder()
		h.ServeHTTP(rec, r)
		e.Status, e.Answer, e.Response = rec.Code, rec.Header().Clone(), rec.Body.Bytes()
		if err := e.write(dir); err != nil {
			panic(err)
		}
		for name, values := range rec.Header() {
			w.Header()[name] = values
		}
		w.WriteHeader(rec.Code)
		_, _ = w.Write(e.Response)
	})
}

// failing ends a body as it ended when it was read before.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) {
	if f.err == nil {
		return 0, io.EOF
	}
	return 0, f.err
}

// routeOf finds the pattern of a path among the routes of the API, and what varies in it.
func routeOf(path string) (string, map[string]string) {
	parts := strings.Split(path, "/")
next:
	for _, r := range portal.Routes() {
		pattern := strings.Split(r.Path, "/")
		if !r.API || len(pattern) != len(parts) {
			continue
		}
		params := map[string]string{}
		for i, part := range pattern {
			if name, ok := strings.CutPrefix(part, "{"); ok && parts[i] != "" {
				params[strings.TrimSuffix(name, "}")] = parts[i]
			} else if part != parts[i] {
				continue next
			}
		}
		return r.Path, params
	}
	return "", nil
}

// write keeps each answer once.
func (e *exchange) write(dir string) error {
	key := fmt.Sprint(e.Method, " ", e.Route, " ", e.Status)
	sum := sha256.Sum256(append([]byte(key+"\n"), e.Response...))
	file := filepath.Join(dir, hex.EncodeToString(sum[:16])+".json")
	exchanges.Lock()
	defer exchanges.Unlock()
	if exchanges.written[file] > 0 || exchanges.written[key] >= mostExchanges {
		return nil
	}
	exchanges.written[file]++
	exchanges.written[key]++
	text, err := json.Marshal(e)
	if err != nil {
		return err
	}
	return os.WriteFile(file, text, 0o600) //nolint:gosec // below the directory that the test run was given
}

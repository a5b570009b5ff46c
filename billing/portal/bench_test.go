package portal_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/rbac"
)

// benchPages are the pages that people open most.
var benchPages = []struct{ name, path string }{
	{"usage page", "/usage"},
	{"invoices page", "/invoices"},
	{"usage API", "/api/accounts/self/usage"},
	{"invoices API", "/api/accounts/self/invoices"},
}

// BenchmarkServe compares a page with a bare handler that writes the same bytes and headers, both over real connections
// on the loopback: the ratio is what the portal, the facade and the provider in memory cost.
func BenchmarkServe(b *testing.B) {
	h := build(b, rbac.ClientPolicy())
	for _, page := range benchPages {
		visitor := h.as(person(rbac.ClientAdmin))
		whole := visitor.get(page.path)
		require.Equal(b, http.StatusOK, whole.status)
		bare := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			for name, values := range whole.header {
				w.Header()[name] = values
			}
			_, _ = io.WriteString(w, whole.body)
		})
		for _, c := range []struct {
			name    string
			handler http.Handler
		}{{"portal", h.portal}, {"bare", bare}} {
			b.Run(page.name+"/"+c.name, func(b *testing.B) {
				server := httptest.NewServer(c.handler)
				defer server.Close()
				b.ReportMetric(float64(len(whole.body)), "bytes/page")
				b.RunParallel(func(pb *testing.PB) {
					for pb.Next() {
						r, err := http.NewRequestWithContext(b.Context(), http.MethodGet, server.URL+"/billing"+page.path, nil)
						require.NoError(b, err)
						r.Header.Set(personHeader, visitor.id)
						res, err := server.Client().Do(r)
						require.NoError(b, err)
						_, err = io.Copy(io.Discard, res.Body)
						require.NoError(b, err)
						require.NoError(b, res.Body.Close())
						require.Equal(b, http.StatusOK, res.StatusCode)
					}
				})
			})
		}
	}
}

// BenchmarkHandle is the same without connections: what a request costs inside.
func BenchmarkHandle(b *testing.B) {
	h := build(b, rbac.ClientPolicy())
	for _, page := range benchPages {
		b.Run(page.name, func(b *testing.B) {
			visitor := h.as(person(rbac.ClientAdmin))
			b.ReportAllocs()
			for b.Loop() {
				r := visitor.request(http.MethodGet, page.path, "")
				w := httptest.NewRecorder()
				h.portal.ServeHTTP(w, r)
				if w.Code != http.StatusOK {
					b.Fatal(w.Code)
				}
			}
		})
	}
}

package hosts_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/billing"
	"github.com/billhatch/billhatch/billing/portal"
	"github.com/billhatch/billhatch/examples/hosts"
	"github.com/billhatch/billhatch/invoice"
	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/provider/memory"
	"github.com/billhatch/billhatch/rbac"
)

func TestMain(m *testing.M) {
	gin.SetMode(gin.ReleaseMode)
	os.Exit(m.Run())
}

// router answers one request, whatever it is built on.
type router func(*http.Request) (*http.Response, error)

func plain(h http.Handler) router {
	return func(r *http.Request) (*http.Response, error) {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w.Result(), nil
	}
}

// routers mounts one billing area in every router.
func routers(area *portal.Portal) map[string]router {
	return map[string]router{
		"ServeMux":    plain(hosts.ServeMux(area)),
		"StripPrefix": plain(hosts.StripPrefix(area)),
		"chi":         plain(hosts.Chi(area)),
		"gorilla":     plain(hosts.Gorilla(area)),
		"gin":         plain(hosts.Gin(area)),
		"echo":        plain(hosts.Echo(area)),
		"fiber": func(r *http.Request) (*http.Response, error) {
			return hosts.Fiber(area).Test(r)
		},
	}
}

// open makes a billing area with one account and one invoice, and tells the invoice's id.
func open(t *testing.T) (*portal.Portal, string) {
	t.Helper()
	world := memory.New()
	acme := world.AddAccount(provider.Account{ID: "acme", Name: "Acme"})
	inv := world.AddInvoice(acme.ID, invoice.Invoice{})
	ada := rbac.Principal{ID: "ada", Account: acme.ID, Roles: []rbac.Role{rbac.ClientAdmin}}
	engine, err := rbac.New(rbac.ClientPolicy())
	require.NoError(t, err)
	service, err := billing.New(billing.Config{
		Payments: world.Payments(), Records: world.Records(), Authorizer: engine, Clock: world.Now,
		Authority: func(context.Context, string) (rbac.Principal, error) { return ada, nil },
	})
	require.NoError(t, err)
	area, err := portal.New(service, portal.Config{
		Identify: func(*http.Request) (rbac.Principal, error) { return ada, nil }, Clock: time.Now,
	})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, area.Close(context.Background())) }) //nolint:usetesting // the test's context is done by then
	return area, inv.ID
}

// TestOneHandlerInEveryRouter (L1): pages, path values, redirects, wrong methods, forms from other sites and assets are
// answered alike, and every link leads to where the area is mounted.
func TestOneHandlerInEveryRouter(t *testing.T) {
	area, inv := open(t)
	for name, ask := range routers(area) {
		for _, c := range []struct {
			name, method, path string
			header             http.Header
			status             int
			location, holds    string
		}{
			{name: "the root leads to usage", path: "/billing/", status: 303, location: "/billing/usage"},
			{name: "a page", path: "/billing/usage", status: 200, holds: `href="/billing/invoices"`},
			{name: "a page with a value in its path", path: "/billing/invoices/" + inv, status: 200, holds: inv},
			{name: "a page with a query", path: "/billing/invoices?filter=open", status: 200},
			{name: "the API", path: "/billing/api/accounts/self/invoices", status: 200, holds: inv},
			{name: "a page that is not there", path: "/billing/nothing", status: 404},
			{name: "an account of somebody else", path: "/billing/clients/other/usage", status: 404},
			{name: "a wrong method", method: http.MethodDelete, path: "/billing/usage", status: 405},
			{
				name: "a form from another site", method: http.MethodPost, path: "/billing/portal",
				header: http.Header{"Sec-Fetch-Site": {"cross-site"}}, status: 403,
			},
			{name: "an api key", path: "/billing/usage", header: http.Header{"X-Api-Key": {"k"}}, status: 400},
			{name: "an asset", path: "/billing/assets/billhatch.js", status: 200, holds: "customElements"},
		} {
			t.Run(name+": "+c.name, func(t *testing.T) {
				method := c.method
				if method == "" {
					method = http.MethodGet
				}
				r := httptest.NewRequestWithContext(t.Context(), method, "http://host.example"+c.path, nil)
				for key, values := range c.header {
					r.Header[key] = values
				}
				res, err := ask(r)
				require.NoError(t, err)
				defer res.Body.Close() //nolint:errcheck // it is in memory
				body, err := io.ReadAll(res.Body)
				require.NoError(t, err)
				require.Equal(t, c.status, res.StatusCode, "%.300s", body)
				require.Equal(t, c.location, res.Header.Get("Location"))
				require.Contains(t, string(body), c.holds)
				if c.status == http.StatusMethodNotAllowed {
					require.Equal(t, "GET, HEAD", res.Header.Get("Allow"))
				}
			})
		}
	}
}

// TestAPathThatIsNotPlainNeverLeadsAway: whether the router cleans it or not, nothing outside the area is named.
func TestAPathThatIsNotPlainNeverLeadsAway(t *testing.T) {
	area, _ := open(t)
	for name, ask := range routers(area) {
		for _, path := range []string{
			"/billing//usage", "/billing/./usage", "/billing/x/../usage", "/billing/invoices/%2e%2e%2fusage",
		} {
			res, err := ask(httptest.NewRequestWithContext(t.Context(), http.MethodGet, "http://host.example"+path, nil))
			require.NoError(t, err)
			require.NoError(t, res.Body.Close())
			if to := res.Header.Get("Location"); to != "" {
				require.Equal(t, "/billing/usage", strings.TrimPrefix(to, "http://host.example"), "%s: %s", name, path)
				continue
			}
			require.Contains(t, []int{200, 404}, res.StatusCode, "%s: %s", name, path) // a router that cleans without redirecting is fine
		}
	}
}

// TestTheReadmeShowsThisCode: every mount snippet of the README stands in a file of this package.
func TestTheReadmeShowsThisCode(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	require.NoError(t, err)
	for _, file := range []string{"servemux.go", "stripprefix.go", "chi.go", "gorilla.go", "gin.go", "echo.go", "fiber.go"} {
		code, err := os.ReadFile(file)
		require.NoError(t, err)
		line := regexp.MustCompile(`(?m)^\t.*area\)*.*$`).FindString(string(code))
		require.NotEmpty(t, line, file)
		require.Contains(t, string(readme), strings.TrimSpace(line), file)
	}
}

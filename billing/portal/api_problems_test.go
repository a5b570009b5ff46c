package portal_test

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/billing/portal"
	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/rbac"
	"github.com/billhatch/billhatch/rbac/rbactest"
)

// TestEveryOperationAnswers (C13, C16): somebody with every right gets an answer from every operation, which nobody keeps.
func TestEveryOperationAnswers(t *testing.T) {
	t.Parallel()
	h, v := apiHouse(t)
	for _, r := range apiRoutes() {
		a := v.do(v.good(r))
		require.Contains(t, []int{http.StatusOK, http.StatusCreated, http.StatusAccepted}, a.status, "%s: %s", r.Name, a.body)
		require.Equal(t, "no-store", a.header.Get("Cache-Control"), r.Name)
		require.Equal(t, "nosniff", a.header.Get("X-Content-Type-Options"), r.Name)
		require.Equal(t, "no-referrer", a.header.Get("Referrer-Policy"), r.Name)
		require.NotEmpty(t, a.body, r.Name)
		for id, other := range h.accounts {
			if id != rbactest.Home && r.Name != "api_clients" {
				require.NotContains(t, a.body, other.canary, r.Name)
			}
		}
	}
}

// trouble is something that goes wrong before or around an operation.
type trouble struct {
	name    string
	applies func(portal.Route) bool
	spoil   func(h *house, r *http.Request)
	status  int
	problem string
}

// always tells that something can go wrong of every route.
func always(portal.Route) bool { return true }

// troubles are what can go wrong of every operation, or of every one that is about an account.
func troubles() []trouble {
	header := func(name, value string) func(*house, *http.Request) {
		return func(_ *house, r *http.Request) { r.Header.Set(name, value) }
	}
	query := func(text string) func(*house, *http.Request) {
		return func(_ *house, r *http.Request) { r.URL.RawQuery = text }
	}
	records := func(kind error) func(*house, *http.Request) {
		return func(h *house, _ *http.Request) { h.world.FailNext("Account", kind) }
	}
	return []trouble{
		{"an unknown parameter", always, query("canary=1"), 400, "malformed"},
		{"a parameter that cannot be decoded", always, query("%zz=1"), 400, "malformed"},
		{"an unknown parameter without a value", always, query("canary"), 400, "malformed"},
		{"a semicolon for an ampersand", always, query("a=1;b=2"), 400, "malformed"},
		{"an API key (C14)", always, header("X-API-Key", "sk_live_canary"), 400, "api_key"},
		{"nobody is signed in", always, header(personHeader, ""), 401, "signed_out"},
		{"a page of another site", writes, header("Sec-Fetch-Site", "cross-site"), 403, "cross_site"},
		{"a page of a sister site", writes, header("Sec-Fetch-Site", "same-site"), 403, "cross_site"},
		{"too many requests (C15)", always, header(personHeader, flooder), 429, "rate_limited"},
		{"a defect of the host", always, header(troubleHeader, "panic"), 500, "internal"},
		{"the host cannot say who is signed in", always, header(troubleHeader, "down"), 503, "authority_unavailable"},
		{"a role without the right", scoped, header(personHeader, "user-client_staff"), 403, "forbidden"},
		{"the account of somebody else", scoped, func(_ *house, r *http.Request) {
			r.URL.Path = strings.Replace(r.URL.Path, "/self", "/"+rbactest.Other.AccountOf(), 1)
		}, 404, "not_found"},
		{"an account that there is not", scoped, func(_ *house, r *http.Request) {
			r.URL.Path = strings.Replace(r.URL.Path, "/self", "/nowhere", 1)
		}, 404, "not_found"},
		{"the records know the account no more", scoped, records(provider.ErrNotFound), 404, "not_found"},
		{"the records are asked too often", scoped, records(provider.ErrRateLimited), 429, "rate_limited"},
		{"the records are set up wrongly", scoped, records(provider.ErrMisconfigured), 502, "needs_attention"},
		{"the records cannot be reached", scoped, records(provider.ErrUnavailable), 503, "unavailable"},
		{"the records take too long", scoped, records(provider.ErrTimeout), 504, "timeout"},
	}
}

// TestWhatGoesWrongOfAnyOperation (C12, C14, C15): every operation says it in the same way, and says no more than that.
func TestWhatGoesWrongOfAnyOperation(t *testing.T) {
	t.Parallel()
	for _, c := range troubles() {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			h, v := apiHouse(t)
			h.knows(person(rbac.ClientStaff))
			h.knows(rbac.Principal{ID: flooder, Account: rbactest.Home, Roles: []rbac.Role{rbac.ClientAdmin}})
			first := ""
			for _, route := range apiRoutes() {
				if !c.applies(route) {
					continue
				}
				r := v.good(route)
				c.spoil(h, r)
				a := v.do(r)
				requireProblem(t, a, c.status, c.problem)
				require.Equal(t, "no-store", a.header.Get("Cache-Control"))
				require.NotContains(t, a.body, "canary")
				if c.status == http.StatusTooManyRequests && c.problem == "rate_limited" || c.status == http.StatusServiceUnavailable {
					require.NotEmpty(t, a.header.Get("Retry-After"), route.Name)
				}
				if c.status != http.StatusInternalServerError { // which names the request
					first = cmp.Or(first, a.body)
					require.Equal(t, first, a.body, route.Name)
				}
			}
			require.NoError(t, h.world.Err())
		})
	}
}

// TestARefusedPersonIsToldWhenToComeAgain (C15): whole seconds, never too few.
func TestARefusedPersonIsToldWhenToComeAgain(t *testing.T) {
	t.Parallel()
	h, _ := apiHouse(t)
	a := h.as(rbac.Principal{ID: flooder, Account: rbactest.Home, Roles: []rbac.Role{rbac.ClientAdmin}}).get("/api/me")
	require.Equal(t, http.StatusTooManyRequests, a.status)
	require.Equal(t, "2", a.header.Get("Retry-After"))
	require.Contains(t, a.body, `"retry_after":2`)
}

// TestAnAPIKeyIsNotRepeated (C14).
func TestAnAPIKeyIsNotRepeated(t *testing.T) {
	t.Parallel()
	_, v := apiHouse(t)
	a := v.get("/api/me", "X-API-Key", "sk_live_canary")
	requireProblem(t, a, http.StatusBadRequest, "api_key")
	require.NotContains(t, a.body, "canary")
}

// TestMethods: a path has its methods and no others; what a header says of the method is not heard; HEAD is answered like
// GET, without a body and without a record.
func TestMethods(t *testing.T) {
	t.Parallel()
	h, v := apiHouse(t)
	routes := apiRoutes()
	for _, route := range routes {
		path, allowed := h.pathOf(route), allowedOn(routes, route.Path)
		for _, method := range []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "PROPFIND", "get"} {
			if slices.Contains(allowed, method) {
				continue
			}
			h.world.ResetCalls()
			r := v.request(http.MethodGet, path, "")
			r.Method = method // which httptest would read otherwise
			a := v.straight(r)
			require.Equal(t, http.StatusMethodNotAllowed, a.status, "%s %s", method, path)
			require.ElementsMatch(t, allowed, strings.Split(a.header.Get("Allow"), ", "), path)
			require.Empty(t, h.world.Calls(), "no work for %s %s", method, path)
		}
	}
	for _, name := range []string{"X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"} {
		a := v.send(http.MethodPost, "/api/accounts/self/billing-email", `{"email":"new@example.com"}`, name, "PUT")
		requireProblem(t, a, http.StatusMethodNotAllowed, "method")
		a = v.get("/api/accounts/self/billing-email", name, "PUT")
		require.Equal(t, http.StatusOK, a.status)
		require.Contains(t, a.body, h.home().email)
	}
	for _, r := range routes {
		if writes(r) {
			continue
		}
		get := v.do(v.good(r))
		h.world.ResetCalls()
		head := v.do(v.request(http.MethodHead, h.pathOf(r), ""))
		require.Equal(t, get.status, head.status, r.Name)
		require.Empty(t, head.body, r.Name)
		require.Equal(t, get.header.Get("Content-Type"), head.header.Get("Content-Type"), r.Name)
		require.Equal(t, get.header.Get("ETag"), head.header.Get("ETag"), r.Name)
		require.Empty(t, h.world.CallsOf("Append"), "%s takes nothing, so that nothing is recorded", r.Name)
	}
}

// TestPathsThatAreNone are not found, and never lead anywhere else.
func TestPathsThatAreNone(t *testing.T) {
	t.Parallel()
	_, v := apiHouse(t)
	want := v.get("/api/nothing").body
	for _, path := range []string{
		"/api/", "/api", "/api/nothing", "/api/me/", "/api//me", "/api/./me", "/api/x/../me", "/api/accounts", "/api/accounts/self",
		"/api/accounts/self/", "/api/accounts//usage", "/api/accounts/self/usage/", "/api/accounts/self/nothing", "/api/Me",
		"/api/accounts/self/invoices/%2e%2e/pdf", "/api/accounts/..%2fself/usage", "/api/accounts/self/invoices/../usage",
	} {
		a := v.straight(v.request(http.MethodGet, path, ""))
		require.Equal(t, http.StatusNotFound, a.status, path)
		require.Empty(t, a.header.Get("Location"), path)
		if path != "/api" { // which is no path of the API, but a page that there is not
			require.Equal(t, want, a.body, path)
		}
	}
}

// TestIdsOfInvoicesThatAreNone (C12): not found, with the same bytes, also for one that only somebody else has.
func TestIdsOfInvoicesThatAreNone(t *testing.T) {
	t.Parallel()
	h, v := apiHouse(t)
	want := ""
	for _, id := range []string{
		"in_999999", "..%2fx", "%2e%2e", "in_1%00", strings.Repeat("a", 10_000), "%D9%A3", "%ff", "in_1%0d%0aX-Injected:%201", "*",
		h.accounts[rbactest.Other.AccountOf()].invoice, h.client().invoice, strings.ToUpper(h.home().invoice), h.home().invoice + "%20",
	} {
		for _, rest := range []string{"", "/pdf"} {
			a := v.get("/api/accounts/self/invoices/" + id + rest)
			requireProblem(t, a, http.StatusNotFound, "not_found")
			want = cmp.Or(want, a.body)
			require.Equal(t, want, a.body, id)
			require.Empty(t, a.header.Get("X-Injected"))
		}
	}
}

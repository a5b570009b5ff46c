package portal_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/billing/portal"
	"github.com/billhatch/billhatch/rbac"
	"github.com/billhatch/billhatch/rbac/rbactest"
)

// everyRight is the client portal with an admin who may do everything there is.
func everyRight() rbac.Policy {
	p := rbac.ClientPolicy().With(rbac.ClientAdmin, rbac.Organisation, rbac.ListClients)
	for _, action := range rbac.Actions() {
		if action != rbac.ListClients {
			p = p.With(rbac.ClientAdmin, rbac.Own, action)
		}
	}
	return p
}

// manager is somebody who has every right in the home account, and looks after clients as well.
func manager() rbac.Principal {
	return rbac.Principal{ID: "user-manager", Account: rbactest.Home, Partner: rbactest.Partner, Roles: []rbac.Role{rbac.ClientAdmin}}
}

// send sends JSON.
func (v *visitor) send(method, path, body string, headers ...string) *answer {
	return v.do(v.request(method, path, body, append([]string{"Content-Type", "application/json"}, headers...)...))
}

// straight sends a request to the portal itself, with no router in front that would change its path.
func (v *visitor) straight(r *http.Request) *answer {
	w := httptest.NewRecorder()
	recorded(v.h.portal.Pattern(), v.h.portal).ServeHTTP(w, r)
	return &answer{status: w.Code, header: w.Header(), body: w.Body.String()}
}

// read gives the value of an answer.
func read[T any](t testing.TB, a *answer) T {
	t.Helper()
	var out T
	require.Equal(t, "application/json", a.header.Get("Content-Type"), a.body)
	require.NoError(t, json.Unmarshal([]byte(a.body), &out), a.body)
	return out
}

// problem gives the name of the problem that an answer is.
func (a *answer) problem(t testing.TB) string {
	t.Helper()
	require.Equal(t, "application/problem+json", a.header.Get("Content-Type"), a.body)
	var document struct {
		Type   string
		Status int
	}
	require.NoError(t, json.Unmarshal([]byte(a.body), &document), a.body)
	require.Equal(t, a.status, document.Status)
	name, ok := strings.CutPrefix(document.Type, "urn:billhatch:problem:")
	require.True(t, ok, document.Type)
	return name
}

// requireProblem holds an answer against a status and the name of a problem.
func requireProblem(t testing.TB, a *answer, status int, name string) {
	t.Helper()
	require.Equal(t, status, a.status, a.body)
	require.Equal(t, name, a.problem(t))
}

// apiRoutes are the routes of the API.
func apiRoutes() []portal.Route {
	var out []portal.Route
	for _, r := range portal.Routes() {
		if r.API {
			out = append(out, r)
		}
	}
	return out
}

// scoped tells whether a route is about an account.
func scoped(r portal.Route) bool { return strings.Contains(r.Path, "{account}") }

// writes tells whether a route takes a body.
func writes(r portal.Route) bool { return r.Method != http.MethodGet }

// pathOf is the path of a route for the things of the home account.
func (h *house) pathOf(r portal.Route) string {
	return strings.NewReplacer(
		"{account}", "self", "{invoice}", h.home().invoice, "{recipient}", h.home().recipient, "{month}", "2026-09",
	).Replace(r.Path)
}

// good is a request to a route that is answered well, when the one who sends it may.
func (v *visitor) good(r portal.Route) *http.Request {
	const self = "/api/accounts/self"
	body, headers := "", []string{"Content-Type", "application/json"}
	switch r.Name {
	case "api_reveal_recipient":
		body = `{"purpose":"checking the address"}`
	case "api_start_report":
		body = `{"month":"2026-09","format":"csv"}`
	case "api_open_portal":
		var panel struct{ Confirm string }
		require.NoError(v.h.t, json.Unmarshal([]byte(v.get(self+"/portal").body), &panel))
		body = `{"confirm":"` + panel.Confirm + `"}`
	case "api_change_email":
		body = `{"email":"new@example.com"}`
		headers = append(headers, "If-Match", v.get(self+"/billing-email").header.Get("ETag"))
	default:
		headers = nil
	}
	return v.request(r.Method, v.h.pathOf(r), body, headers...)
}

// errHost is a failure of the host that the portal knows nothing of.
var errHost = errors.New("the session store is down")

// troubleHeader makes the host of apiHouse fail to say who is signed in: "down" or "panic".
const troubleHeader = "Test-Trouble"

// flooder has made too many requests, always.
const flooder = "user-flooder"

// limiter refuses the flooder.
type limiter struct{}

func (limiter) Allow(person string, _ time.Time) (bool, time.Duration) {
	return person != flooder, 1500 * time.Millisecond
}

// apiHouse is a house with somebody who has every right.
func apiHouse(t testing.TB, change ...func(*house)) (*house, *visitor) {
	t.Helper()
	h := build(t, everyRight(), append([]func(*house){func(h *house) {
		identify := h.config.Identify
		h.config.Identify = func(r *http.Request) (rbac.Principal, error) {
			switch r.Header.Get(troubleHeader) {
			case "down":
				return rbac.Principal{}, errHost
			case "panic":
				panic("the host has a defect")
			}
			return identify(r)
		}
		h.config.Limiter = limiter{}
	}}, change...)...)
	return h, h.as(manager())
}

package portal_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/billing/portal"
	"github.com/billhatch/billhatch/rbac"
	"github.com/billhatch/billhatch/rbac/rbactest"
)

// The oracle: what every route is a right to, and which role has which rights. It is written from O1, O7, C1, C3 and C7 by
// the names of routes and roles, and shares nothing with the engine or with the table of operations.
var (
	rightOf = map[string]string{
		"home": "nothing", "clients": "clients",
		"usage": "usage", "history": "usage", "invoices": "invoices", "invoice": "invoices", "invoice_pdf": "invoices",
		"payment_methods": "methods", "recipients": "recipients link", "reveal_recipient": "recipients",
		"settings": "email", "change_email": "email change", "portal": "portal", "open_portal": "portal",
		"reports": "reports", "start_report": "reports", "report": "reports", "report_file": "reports", "audit": "audit",

		"api_openapi": "nothing", "api_me": "nothing", "api_clients": "clients",
		"api_usage": "usage", "api_history": "usage", "api_invoices": "invoices", "api_invoice": "invoices",
		"api_invoice_pdf": "invoices", "api_payment_methods": "methods", "api_recipients": "recipients",
		"api_recipient_settings": "recipients link", "api_reveal_recipient": "recipients",
		"api_billing_email": "email", "api_change_email": "email change", "api_portal": "portal", "api_open_portal": "portal",
		"api_report_months": "reports", "api_start_report": "reports", "api_report": "reports", "api_report_file": "reports",
		"api_audit": "audit",
	}
	rightsOf = map[string][]string{
		"organization/admin":          {"email", "email change", "portal", "reports"},
		"organization/full_member":    {"email", "reports"},
		"organization/sales":          {},
		"organization/billing":        {"email", "portal", "reports"},
		"organization/external_guest": {},

		"client/client_admin":   {"usage", "invoices", "methods", "recipients", "recipients link", "portal"},
		"client/client_manager": {"usage", "invoices", "methods", "recipients link", "portal"},
		"client/client_staff":   {},
		"client/partner_admin":  {"usage", "invoices", "clients"},
		"client/partner_user":   {},
	}
	methods = []string{
		http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete,
		http.MethodOptions, http.MethodTrace, http.MethodConnect,
	}
)

// cell is one request of the matrix.
type cell struct {
	policy   string
	subject  rbactest.Subject
	route    portal.Route
	method   string
	scope    rbactest.Scope // empty: the route has no account in its path
	resource rbactest.Resource
	element  bool // an element asks for its part of the page
}

func (c *cell) String() string {
	return fmt.Sprintf("%s: %s, %s %s, account %q, thing %q, element %t",
		c.policy, c.subject.Name, c.method, c.route.Path, c.scope, c.resource, c.element)
}

// partners are the subjects of the partner organisation.
func (c *cell) partner() bool { return c.subject.Principal.Partner != "" }

// want is the status class that the oracle expects: 405, 401, 404, 403 or 200 for everything that is granted.
func (c *cell) want(allowed []string) int {
	rights, known := rightsOf[c.policy+"/"+c.subject.Name]
	right := rightOf[c.route.Name]
	granted := right == "nothing" || slices.Contains(rights, right)
	place := rbactest.Own
	if c.partner() {
		place = rbactest.Assigned
	}
	switch {
	case !slices.Contains(allowed, c.method):
		return http.StatusMethodNotAllowed
	case c.subject.Principal.IsZero():
		return http.StatusUnauthorized
	case right == "nothing":
		return http.StatusOK
	case !known, c.scope != "" && c.scope != place:
		return http.StatusNotFound
	case !granted && (c.partner() || right == "clients"):
		return http.StatusNotFound
	case !granted:
		return http.StatusForbidden
	case c.hasThing() && c.resource != rbactest.InTarget:
		return http.StatusNotFound
	}
	return http.StatusOK
}

// hasThing tells whether the path names a thing of the account.
func (c *cell) hasThing() bool {
	return strings.Contains(c.route.Path, "{invoice}") || strings.Contains(c.route.Path, "{recipient}")
}

// TestEveryRequest (C1, C3, C12, C13) walks subjects, routes, scopes, things and methods. A denied request reaches neither
// the payment provider nor the audit trail; one for something that is absent or somebody else's is answered with the
// same bytes; an allowed one holds nothing of another account.
//
// With -short, as under the race detector, one cell in 16 is tried.
func TestEveryRequest(t *testing.T) {
	t.Parallel()
	routes := portal.Routes()
	for _, r := range routes {
		require.True(t, r.Name == "asset" || rightOf[r.Name] != "", "route %s is not known to the oracle", r.Name)
	}
	for name := range rightOf {
		require.True(t, slices.ContainsFunc(routes, func(r portal.Route) bool { return r.Name == name }), "the oracle knows route %s that there is not", name)
	}
	var cells atomic.Int64
	t.Run("policies", func(t *testing.T) {
		for _, policy := range []rbac.Policy{rbac.OrganizationPolicy(), rbac.ClientPolicy()} {
			t.Run(policy.Name, func(t *testing.T) {
				t.Parallel()
				w := &walker{house: build(t, policy), policy: policy.Name, routes: routes, notFound: map[string]string{}}
				for _, role := range policy.Roles {
					_, known := rightsOf[policy.Name+"/"+string(role)]
					require.True(t, known, "role %s is not known to the oracle", role)
				}
				walk := rbactest.Walk{Roles: policy.Roles}
				if policy.Name == "client" {
					walk.Roles, walk.PartnerRoles = policy.Roles[:3], policy.Roles[3:]
				}
				for _, subject := range walk.Subjects() {
					w.as(subject.Principal)
					cells.Add(int64(w.walk(subject)))
				}
			})
		}
	})
	t.Logf("%d cells", cells.Load())
	require.GreaterOrEqual(t, cells.Load(), int64(116_640))
}

// walker walks the matrix of one policy.
type walker struct {
	*house
	policy   string
	routes   []portal.Route
	notFound map[string]string // the one answer for what is not there, by kind of answer
}

func (w *walker) walk(subject rbactest.Subject) int {
	n := 0
	for _, route := range w.routes {
		if route.Name == "asset" {
			continue // the same for everybody
		}
		c := cell{policy: w.policy, subject: subject, route: route}
		allowed := allowedOn(w.routes, route.Path)
		resources := rbactest.Resources()
		if !c.hasThing() {
			resources = resources[:1]
		}
		for _, c.scope = range w.scopes(&c) {
			for _, c.resource = range resources {
				for _, c.method = range methods {
					for _, c.element = range []bool{false, true} {
						if c.element && route.API {
							continue
						}
						if n++; testing.Short() && n%16 != 0 {
							continue
						}
						w.try(&c, allowed)
					}
				}
			}
		}
	}
	return n
}

// scopes are those that the path of a route can name.
func (w *walker) scopes(c *cell) []rbactest.Scope {
	switch {
	case strings.Contains(c.route.Path, "{account}"):
		return rbactest.Scopes()
	case w.ownPath(c.route) && c.subject.Principal.Account == "":
		return []rbactest.Scope{rbactest.MissingScope}
	case w.ownPath(c.route):
		return []rbactest.Scope{rbactest.Own}
	}
	return []rbactest.Scope{""}
}

// ownPath tells whether a page is that of the caller's own account.
func (w *walker) ownPath(route portal.Route) bool {
	right := rightOf[route.Name]
	return right != "nothing" && right != "clients" && !route.API
}

// allowedOn gives the methods of a path.
func allowedOn(routes []portal.Route, path string) []string {
	var out []string
	for _, r := range routes {
		if r.Path == path {
			out = append(out, r.Method)
			if r.Method == http.MethodGet {
				out = append(out, http.MethodHead)
			}
		}
	}
	return out
}

func (w *walker) try(c *cell, allowed []string) {
	w.t.Helper()
	if !w.owns(c) {
		return
	}
	w.world.ResetCalls()
	r, account := w.requestOf(c)
	answer := w.answer(r)
	want := c.want(allowed)
	got := answer.status
	if got >= 200 && got < 400 {
		got = http.StatusOK
	}
	if got != want {
		w.t.Errorf("%s: %d, want %d: %.200s", c, answer.status, want, answer.body)
		return
	}
	if leak := w.foreign(account, want, answer); leak != "" {
		w.t.Errorf("%s: %s", c, leak)
	}
	if want == http.StatusNotFound {
		w.same(c, answer)
	}
	if want != http.StatusOK && !(want == http.StatusNotFound && c.hasThing()) {
		for _, call := range w.world.Calls() {
			if call.Op != "Assigned" {
				w.t.Errorf("%s: denied, but %s was called", c, call.Op)
			}
		}
	}
}

// owns tells whether the route of the cell is the one that answers the method: a path with two routes is walked once for
// each method.
func (w *walker) owns(c *cell) bool {
	if c.route.Method == c.method || c.route.Method == http.MethodGet && c.method == http.MethodHead {
		return true
	}
	for _, r := range w.routes {
		if r.Path == c.route.Path && (r.Method == c.method || r.Method == http.MethodGet && c.method == http.MethodHead) {
			return false // the other route's
		}
	}
	return true
}

// requestOf makes the request of a cell, with a good body, and tells whose account it is for.
func (w *walker) requestOf(c *cell) (*http.Request, string) {
	account := c.subject.Principal.Account
	path := c.route.Path
	if strings.Contains(path, "{account}") {
		account = c.scope.AccountOf()
		path = strings.Replace(path, "{account}", segment(account), 1)
	}
	path = strings.Replace(path, "{invoice}", segment(w.thing(account, c.resource, func(s *seeded) string { return s.invoice })), 1)
	path = strings.Replace(path, "{recipient}", segment(w.thing(account, c.resource, w.recipientOf(account, c.resource))), 1)
	path = strings.Replace(path, "{month}", "2026-09", 1)
	body, media := w.bodyOf(c, account)
	target := "/billing" + path
	r := httptest.NewRequestWithContext(w.t.Context(), http.MethodGet, "https://host.example"+target, strings.NewReader(body))
	r.Method = c.method
	r.Header.Set(personHeader, c.subject.Principal.ID)
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	if body != "" {
		r.Header.Set("Content-Type", media)
	}
	if c.element {
		r.Header.Set(portal.FragmentHeader, "1")
	}
	if s := w.accounts[account]; s != nil && c.route.Name == "api_change_email" {
		r.Header.Set("If-Match", `"`+w.version(account)+`"`)
	}
	return r, account
}

// segment is an id as a part of a path; an empty one cannot be a part, so that an id that nobody has stands for it.
func segment(id string) string {
	if id == "" {
		return "none"
	}
	return url.PathEscape(id)
}

// recipientOf gives an id that is foreign also where accounts happen to number their recipients alike.
func (w *walker) recipientOf(account string, r rbactest.Resource) func(*seeded) string {
	return func(s *seeded) string {
		if own := w.accounts[account]; r == rbactest.Elsewhere && own != nil && own.recipient == s.recipient {
			return "rcp_foreign"
		}
		return s.recipient
	}
}

// thing gives the id of a thing of the account, of another one, or that there is not.
func (w *walker) thing(account string, r rbactest.Resource, id func(*seeded) string) string {
	switch r {
	case rbactest.InTarget:
		if s := w.accounts[account]; s != nil {
			return id(s)
		}
		return id(w.home())
	case rbactest.Elsewhere:
		other := rbactest.Other.AccountOf()
		if account == other {
			other = rbactest.Home
		}
		return id(w.accounts[other])
	case rbactest.Malformed:
		return "..%2f\x00"
	}
	return "in_999999"
}

// bodyOf gives what a route takes: a form for pages, JSON for the API.
func (w *walker) bodyOf(c *cell, account string) (body, media string) {
	values := map[string][]string{
		"reveal_recipient": {"purpose", "checking the address"}, "api_reveal_recipient": {"purpose", "checking the address"},
		"start_report": {"month", "2026-09", "format", "csv"}, "api_start_report": {"month", "2026-09", "format", "csv"},
		"open_portal": {"confirm", w.confirmation(c, account)}, "api_open_portal": {"confirm", w.confirmation(c, account)},
		"change_email": {"email", "new@example.com", "version", w.version(account)}, "api_change_email": {"email", "new@example.com"},
	}[c.route.Name]
	if c.method != c.route.Method || values == nil {
		return "", ""
	}
	form, pairs := url.Values{}, []string{}
	for i := 0; i+1 < len(values); i += 2 {
		form.Set(values[i], values[i+1])
		pairs = append(pairs, fmt.Sprintf("%q:%q", values[i], values[i+1]))
	}
	if c.route.API {
		return "{" + strings.Join(pairs, ",") + "}", "application/json"
	}
	return form.Encode(), "application/x-www-form-urlencoded"
}

// confirmation is what the portal's page would have given to the person.
func (w *walker) confirmation(c *cell, account string) string {
	if c.method != c.route.Method || rightOf[c.route.Name] != "portal" {
		return "none"
	}
	a, err := w.service.Session(c.subject.Principal).Account(w.t.Context(), account)
	if err != nil {
		return "none"
	}
	panel, err := a.Portal(w.t.Context())
	if err != nil {
		return "none"
	}
	w.world.ResetCalls()
	return panel.Confirm
}

// version is that of the billing email of an account.
func (w *walker) version(account string) string {
	if w.accounts[account] == nil || w.policy != "organization" {
		return "none"
	}
	admin := rbac.Principal{ID: "reader", Account: account, Roles: []rbac.Role{rbac.Admin}}
	a, err := w.service.Session(admin).Account(w.t.Context(), account)
	require.NoError(w.t, err)
	panel, err := a.BillingEmail(w.t.Context())
	require.NoError(w.t, err)
	w.world.ResetCalls()
	return panel.Version
}

func (w *walker) answer(r *http.Request) *answer {
	rec := httptest.NewRecorder()
	recorded(w.portal.Pattern(), w.portal).ServeHTTP(rec, r)
	return &answer{status: rec.Code, header: rec.Header(), body: rec.Body.String()}
}

// foreign finds what is not the account's in an answer: nothing at all may be in one that was denied.
func (w *walker) foreign(account string, status int, a *answer) string {
	text := a.body + fmt.Sprint(a.header)
	for id, s := range w.accounts {
		if status == http.StatusOK && id == account {
			continue
		}
		if strings.Contains(text, s.canary) && !(status == http.StatusOK && account == "") {
			return "something of account " + id
		}
	}
	return ""
}

// same holds what is not found against the first answer of its kind, byte for byte.
func (w *walker) same(c *cell, a *answer) {
	header := a.header.Clone()
	header.Del("Request-Id")
	kind := fmt.Sprint("api ", c.route.API, " element ", c.element, " head ", c.method == http.MethodHead)
	text := fmt.Sprint(a.status, header, a.body)
	if w.notFound[kind] == "" {
		w.notFound[kind] = text
	}
	if w.notFound[kind] != text {
		w.t.Errorf("%s: not found looks different: %.300s\nwant %.300s", c, text, w.notFound[kind])
	}
}

package stripefake

import (
	"net/http"
	"strings"
	"sync"
)

// A route is one line of the table in routes.go.
type route struct {
	name   string // method and template
	method string
	path   []string
	rules  []paramRule
	scope  string // what a restricted key needs
	handle handler
}

// A handler answers a call from the state, or changes it. It changes nothing when it fails.
type handler func(c *call) (any, *apiError)

// Routes lists the routes that the server knows, such as "POST /v1/invoices/{invoice}/finalize".
func Routes() []string {
	var names []string
	for _, r := range routes() {
		names = append(names, r.name)
	}
	return names
}

// Params lists the parameters that the server knows for a route: [] stands for any index and [*] for any name.
func Params(name string) []string {
	r := routeNamed(name)
	if r == nil {
		panic("stripefake: no route " + name)
	}
	var out []string
	for _, rule := range r.rules {
		key := rule.path[0]
		for _, part := range rule.path[1:] {
			key += "[" + part + "]"
		}
		out = append(out, key)
	}
	return out
}

// routes is the table, taken apart once.
var routes = sync.OnceValue(func() []*route {
	var out []*route
	for _, row := range rows() {
		method, path, _ := strings.Cut(row.name, " ")
		out = append(out, &route{
			name: row.name, method: method, path: strings.Split(path, "/")[1:],
			rules: parseRules(row.params), scope: row.scope, handle: row.handle,
		})
	}
	return out
})

func routeNamed(name string) *route {
	for _, r := range routes() {
		if r.name == name {
			return r
		}
	}
	return nil
}

// findRoute gives the route of a request and the values in its path. A fixed word comes before a placeholder, so the
// table is in that order.
func findRoute(method, path string) (*route, []string) {
	parts := strings.Split(path, "/")[1:]
	for _, r := range routes() {
		if ids, ok := r.fits(method, parts); ok {
			return r, ids
		}
	}
	return nil, nil
}

func (r *route) fits(method string, parts []string) (ids []string, ok bool) {
	if method != r.method || len(parts) != len(r.path) {
		return nil, false
	}
	for i, want := range r.path {
		switch {
		case strings.HasPrefix(want, "{"):
			if parts[i] == "" {
				return nil, false
			}
			ids = append(ids, parts[i])
		case want != parts[i]:
			return nil, false
		}
	}
	return ids, true
}

func (r *route) writes() bool { return r.method != http.MethodGet }

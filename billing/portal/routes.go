package portal

import (
	"net/http"
	"slices"
	"strings"
)

// Route is one line of the table of everything that the portal answers.
type Route struct {
	Name      string // of the page or the API operation, such as "invoices"
	Method    string // GET also answers HEAD
	Path      string // below the base path, with {name} for what varies
	Operation string // of package billing that answers it; empty: none
	API       bool   // JSON and problem documents rather than pages
}

// Routes lists everything that the portal answers, for hosts that route, log or measure by pattern. Pages of an account
// stand in it twice: for the caller's own account, and below /clients/{account} for one in the caller's scope.
func Routes() []Route {
	var out []Route
	for _, r := range table() {
		for _, path := range r.paths() {
			out = append(out, Route{Name: r.name, Method: r.method, Path: path, Operation: r.op, API: r.kind == api})
		}
	}
	return out
}

// kind says what a route answers with.
type kind uint8

const (
	page kind = iota
	api
	file // assets: the same for everybody
)

// route is a line of the table as it is written.
type route struct {
	name   string
	method string
	path   string // below the base; of scoped routes below the account
	op     string // the operation of package billing
	kind   kind
	scoped bool // needs an account
	serve  func(*exchange) error
}

// paths gives where a route lies below the base.
func (r *route) paths() []string {
	switch {
	case !r.scoped:
		return []string{r.path}
	case r.kind == api:
		return []string{"/api/accounts/{account}" + r.path}
	}
	return []string{r.path, "/clients/{account}" + r.path}
}

// table is every route. A page or an API operation that does not stand here does not exist.
func table() []route {
	return slices.Concat(pageRoutes(), apiRoutes(), []route{
		{name: "asset", method: http.MethodGet, path: "/assets/{file}", kind: file, serve: (*exchange).asset},
	})
}

// newMux registers one handler for each path, which knows the methods that the path has.
func (p *Portal) newMux() *http.ServeMux {
	byPath := map[string]map[string]*route{}
	for _, r := range table() {
		for _, path := range r.paths() {
			if byPath[path] == nil {
				byPath[path] = map[string]*route{}
			}
			byPath[path][r.method] = &r
			if r.method == http.MethodGet {
				byPath[path][http.MethodHead] = &r
			}
		}
	}
	mux := http.NewServeMux()
	for path, methods := range byPath {
		answer := dispatcher(methods)
		if path == "" {
			mux.Handle(p.cfg.BasePath+"/{$}", answer)
		}
		if pattern := p.cfg.BasePath + path; pattern != "" {
			mux.Handle(pattern, answer)
		}
	}
	return mux
}

// dispatcher answers for one path.
func dispatcher(methods map[string]*route) http.Handler {
	var allow []string
	for method := range methods {
		allow = append(allow, method)
	}
	slices.Sort(allow)
	allowed := strings.Join(allow, ", ")
	return http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if x, ok := r.Context().Value(exchangeKey{}).(*exchange); ok {
			x.r, x.route, x.allow = r, methods[r.Method], allowed
		}
	})
}

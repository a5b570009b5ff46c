package portal

import (
	"context"
	"crypto/rand"
	"net/http"
	"runtime/debug"
	"strconv"
	"strings"

	"github.com/billhatch/billhatch/billing"
	"github.com/billhatch/billhatch/billing/portal/internal/words"
	"github.com/billhatch/billhatch/rbac"
)

// exchange is one request and its answer.
type exchange struct {
	portal *Portal
	w      http.ResponseWriter
	r      *http.Request
	id     string // of the request, in its answer and in the log
	api    bool   // answered with JSON and problem documents
	route  *route // nil: there is none for the path and method
	allow  string // methods of the path; empty: there is no such path

	principal rbac.Principal
	session   *billing.Session
	account   *billing.Account // of a scoped route
	client    string           // the account in the path of a page; empty: the caller's own

	say     *words.Printer
	written bool // the head of the answer is out
}

// exchangeKey is where the routes find the exchange of a request.
type exchangeKey struct{}

// FragmentHeader asks for the part of a page that an element shows, without the frame around it, and marks the answer as
// such. Its value is "1".
const FragmentHeader = "Billing-Fragment"

// begin sets what every answer has, whatever becomes of it.
func (p *Portal) begin(w http.ResponseWriter, r *http.Request) *exchange {
	r = p.under(r)
	x := &exchange{portal: p, w: w, r: r, id: rand.Text()[:16]}
	x.api = strings.HasPrefix(r.URL.Path, p.cfg.BasePath+"/api/")
	x.say = p.words.Match(p.language(r))
	h := w.Header()
	h.Set("Cache-Control", "no-store") // panels and documents are sensitive (C16)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Request-Id", x.id)
	h.Set("Vary", "Accept-Language, Cookie, "+FragmentHeader)
	return x
}

// language is the host's choice for the reader, or the browser's.
func (p *Portal) language(r *http.Request) string {
	if p.cfg.Language != nil {
		if tag := p.cfg.Language(r); tag != "" {
			return tag
		}
	}
	return r.Header.Get("Accept-Language")
}

// fragment tells whether an element asks for its part of a page.
func (x *exchange) fragment() bool { return !x.api && x.r.Header.Get(FragmentHeader) == "1" }

// find looks the route up: what is not in the table does not exist, also for those who are not signed in.
func (x *exchange) find() error {
	if !plainPath(x.r.URL) { // guard: else the mux would redirect, and nobody would hear of it
		return billing.ErrNotFound
	}
	r := x.r.WithContext(context.WithValue(x.r.Context(), exchangeKey{}, x))
	x.portal.mux.ServeHTTP(nowhere{}, r)
	switch {
	case x.allow == "":
		return billing.ErrNotFound
	case x.route == nil:
		return errMethod
	}
	return nil
}

// nowhere takes what a mux says of paths that it does not know.
type nowhere struct{}

func (nowhere) Header() http.Header         { return http.Header{} }
func (nowhere) Write(b []byte) (int, error) { return len(b), nil }
func (nowhere) WriteHeader(int)             {}

// serve answers the request, or says why not. Whoever asks is known, and bounded in how often, before anything is
// looked up. When there is no place for anybody, nobody is asked who it is.
func (x *exchange) serve() error {
	if err := x.find(); err != nil {
		return err
	}
	if x.route.kind == file {
		return x.route.serve(x)
	}
	if x.r.Header.Get("X-API-Key") != "" {
		return errAPIKey // (C14)
	}
	if x.portal.origins.Check(x.r) != nil {
		return errCrossSite
	}
	if full, after := x.portal.overload.Full(); full {
		return &refusal{errOverloaded, after} // before the host is asked, whose sessions may be slow
	}
	if err := x.identify(); err != nil {
		return err
	}
	if ok, after := x.portal.cfg.Limiter.Allow(x.principal.ID, x.portal.cfg.Clock()); !ok {
		return &refusal{errTooMany, after}
	}
	leave, ok, after := x.portal.overload.Enter(x.r.Context(), x.principal.ID)
	if !ok {
		return &refusal{errOverloaded, after}
	}
	defer leave()
	if err := x.scope(); err != nil {
		return err
	}
	return x.route.serve(x)
}

// identify asks the host who is signed in.
func (x *exchange) identify() error {
	p, err := x.portal.cfg.Identify(x.r)
	switch {
	case isSignedOut(err), err == nil && p.IsZero():
		return ErrSignedOut
	case err != nil:
		x.portal.cfg.Logger.ErrorContext(x.r.Context(), "portal: identify failed", "request", x.id)
		return &billing.Error{Op: "Identify", Kind: billing.ErrAuthority}
	}
	x.principal, x.session = p, x.portal.service.Session(p)
	return nil
}

// self stands for the caller's own account in paths of the API.
const self = "self"

// scope finds the account of the route in the scope of the principal (C3). The id in the path is a hint.
func (x *exchange) scope() error {
	if !x.route.scoped {
		return nil
	}
	id := x.principal.Account
	if named := x.r.PathValue("account"); named != "" && (x.route.kind != api || named != self) {
		id, x.client = named, named
	}
	var err error
	x.account, err = x.session.Account(x.r.Context(), id)
	return err
}

// rescue answers for a panic: it says nothing of it to the browser. What was begun is cut off.
func (x *exchange) rescue() {
	v := recover()
	if v == nil {
		return
	}
	if v == http.ErrAbortHandler { //nolint:errorlint // the very value is the signal
		panic(v)
	}
	x.portal.cfg.Logger.ErrorContext(x.r.Context(), "portal: panic", "request", x.id, "stack", string(debug.Stack()))
	if x.written {
		panic(http.ErrAbortHandler) // half an answer must not look whole
	}
	x.fail(errInternal)
}

// write sends a whole answer.
func (x *exchange) write(status int, mediaType string, body []byte) {
	h := x.w.Header()
	h.Set("Content-Type", mediaType)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	x.head(status)
	if x.r.Method != http.MethodHead {
		_, _ = x.w.Write(body) //nolint:gosec // whoever asked may be gone; bodies are JSON, or HTML out of html/template
	}
}

// head sends the status and the headers.
func (x *exchange) head(status int) {
	x.written = true
	x.w.WriteHeader(status)
}

// redirect leads to a path below the base path, after a form or to another page.
func (x *exchange) redirect(to string) error {
	x.w.Header().Set("Location", to)
	x.write(http.StatusSeeOther, "text/plain; charset=utf-8", nil)
	return nil
}

// html sends a page or a fragment.
func (x *exchange) html(status int, body []byte) {
	if !x.portal.cfg.OmitCSP {
		x.w.Header().Set("Content-Security-Policy", x.portal.policy)
	}
	if x.fragment() {
		x.w.Header().Set(FragmentHeader, "1") // so that an element shows nothing else, such as the host's sign-in
	}
	x.w.Header().Set("Content-Language", x.say.Language())
	x.write(status, "text/html; charset=utf-8", body)
}

package main

import (
	"bytes"
	"embed"
	"html/template"
	"net/http"
	"time"

	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/usage/civil"
)

//go:embed templates assets
var files embed.FS

// pages are the host's own pages.
type pages map[string]*template.Template

func newPages() (pages, error) {
	out := pages{}
	for _, name := range []string{"login", "home", "operator"} {
		t, err := template.ParseFS(files, "templates/layout.html", "templates/"+name+".html")
		if err != nil {
			return nil, err
		}
		out[name] = t
	}
	return out, nil
}

// handler is the host: its own pages, the billing area, the webhook endpoint and the health page.
func (h *house) handler() http.Handler {
	own := http.NewServeMux()
	own.HandleFunc("GET /{$}", h.login)
	own.HandleFunc("POST /sign-in", h.signIn)
	own.HandleFunc("POST /sign-out", h.signOut)
	own.HandleFunc("GET /home", h.home)
	own.HandleFunc("GET /operator", h.operator(h.showOperator))
	own.HandleFunc("POST /operator/close", h.operator(h.askClose))
	own.Handle("GET /assets/", http.FileServerFS(files))

	mux := http.NewServeMux()
	// The host protects its own forms; the billing area does the same for itself, and webhooks are signed.
	mux.Handle("/", http.NewCrossOriginProtection().Handler(own))
	mux.Handle(h.area.Pattern(), h.telemetry.Portal(h.area.Pattern(), h.area))
	mux.Handle("/hooks/billing", h.telemetry.Webhook(h.hooks))
	mux.HandleFunc("GET /health", h.showHealth)
	return mux
}

// page is what a template of the host is executed with.
type page struct {
	Title string
	User  *view
	Body  any
}

// view is what a template may know of a user.
type view struct {
	ID, Name, Title, Place string
	Operator               bool
}

func viewOf(u *user) *view {
	if u == nil {
		return nil
	}
	return &view{ID: u.id, Name: u.name, Title: u.title, Place: u.place, Operator: u.operator()}
}

// show sends a page of the host.
func (h *house) show(w http.ResponseWriter, r *http.Request, name, title string, body any) {
	var out bytes.Buffer
	err := h.pages[name].ExecuteTemplate(&out, "layout.html", page{Title: title, User: viewOf(h.who(r)), Body: body})
	if err != nil {
		h.s.log.ErrorContext(r.Context(), "a page could not be made", "page", name, "error", err)
		http.Error(w, "This page could not be made.", http.StatusInternalServerError)
		return
	}
	header := w.Header()
	header.Set("Content-Type", "text/html; charset=utf-8")
	header.Set("Cache-Control", "no-store")
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
	_, _ = w.Write(out.Bytes()) // whoever asked may be gone
}

// login offers the users of the demonstration. Your product has its own login here.
func (h *house) login(w http.ResponseWriter, r *http.Request) {
	var all []*view
	for _, u := range h.users {
		all = append(all, viewOf(u))
	}
	h.show(w, r, "login", "Sign in", all)
}

func (h *house) signIn(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	u := h.find(r.PostFormValue("user"))
	switch {
	case u == nil:
		http.Redirect(w, r, "/", http.StatusSeeOther)
		return
	case u.operator():
		h.cookies.set(w, u.id)
		http.Redirect(w, r, "/operator", http.StatusSeeOther)
		return
	}
	h.cookies.set(w, u.id)
	http.Redirect(w, r, "/home", http.StatusSeeOther)
}

// maxForm bounds the forms of the host, in bytes.
const maxForm = 4 << 10

func (h *house) signOut(w http.ResponseWriter, r *http.Request) {
	h.cookies.clear(w)
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

// home is a page of the product itself.
func (h *house) home(w http.ResponseWriter, r *http.Request) {
	if h.who(r) == nil {
		http.Redirect(w, r, "/", http.StatusSeeOther)
		return
	}
	h.show(w, r, "home", "Gatehouse", nil)
}

// operator lets staff of the host pass. For others there is no such page.
func (h *house) operator(next func(http.ResponseWriter, *http.Request, *user)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		u := h.who(r)
		if u == nil || !u.operator() {
			http.NotFound(w, r)
			return
		}
		next(w, r, u)
	}
}

// operation is the body of the operator's page.
type operation struct {
	Month   string // suggested
	Note    string
	Says    string // how months are closed
	Ledger  []closingRow
	Failed  bool
	Payment string
}

type closingRow struct{ Account, Period, State, Total, Reason string }

func (h *house) showOperator(w http.ResponseWriter, r *http.Request, _ *user) {
	h.operate(w, r, "")
}

// askClose has a month closed.
func (h *house) askClose(w http.ResponseWriter, r *http.Request, by *user) {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	month, err := civil.ParseMonth(r.PostFormValue("month"), time.UTC)
	if err != nil {
		h.operate(w, r, "That is not a month such as 2026-10.")
		return
	}
	note, err := h.months.ask(r.Context(), by, month)
	if err != nil {
		h.s.log.ErrorContext(r.Context(), "a run could not be asked for", "error", err)
		note = "The run could not be asked for. Nothing was begun."
	}
	h.operate(w, r, note)
}

func (h *house) operate(w http.ResponseWriter, r *http.Request, note string) {
	body := operation{Note: note, Says: h.months.say(), Payment: h.payments.Name()}
	if month, err := lastOver(h.s.clock()); err == nil {
		body.Month = month.String()
	}
	const rows = 50
	page, err := h.db.store.Closings(r.Context(), provider.ClosingQuery{Limit: rows})
	body.Failed = err != nil
	for i := range page.Closings {
		c := &page.Closings[i]
		row := closingRow{Account: c.Key.Account, Period: c.Key.From.String() + " to " + c.Key.To.String(), State: string(c.State), Reason: c.Reason}
		if c.Total.IsSet() {
			row.Total = c.Total.String()
		}
		body.Ledger = append(body.Ledger, row)
	}
	h.show(w, r, "operator", "Months", body)
}

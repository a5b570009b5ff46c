package main

import (
	"context"
	"net/http"
	"strings"
)

// handler is the host: its own pages, the gallery, and the billing area at /billing.
func (d *demo) handler() http.Handler {
	own := http.NewServeMux()
	own.HandleFunc("GET /{$}", d.page(d.start))
	own.HandleFunc("POST /sign-in", d.signIn)
	own.HandleFunc("POST /sign-out", d.signOut)
	own.HandleFunc("GET /home", d.member(d.home))
	own.HandleFunc("GET /embedded", d.member(d.embedded))
	own.HandleFunc("GET /theme", d.member(d.theme))
	own.HandleFunc("GET /settings", d.member(d.settings))
	own.HandleFunc("POST /settings", d.act(d.saveSettings))
	own.HandleFunc("GET /support", d.page(d.supportPage))
	own.HandleFunc("GET /panel", d.page(d.panel))
	for name, act := range d.acts() {
		own.HandleFunc("POST /panel/"+name, d.act(act))
	}
	own.HandleFunc("POST /panel/language", d.chooseLanguage)
	own.HandleFunc("GET /hosted/{rest...}", d.page(d.hosted))
	own.HandleFunc("POST /hosted/pay", d.act(d.payHosted))
	own.HandleFunc("GET /gallery", d.page(d.galleryPage))
	own.HandleFunc("GET /assets/{file}", serveAsset)
	own.HandleFunc("/", d.page(d.lost))

	mux := http.NewServeMux()
	// The host protects its own forms. The billing area does the same for itself, so that it stands outside.
	mux.Handle("/", http.NewCrossOriginProtection().Handler(own))
	mux.Handle("/billing/", d.billing())
	mux.Handle("/billing", d.billing())
	mux.Handle("/gallery/{name}/", d.gallery)
	mux.HandleFunc("GET /gallery/index.json", d.gallery.index)
	return d.ticking(mux)
}

// billing passes requests to the billing area of the product that the signed-in person uses. A host with one product
// registers its portal: mux.Handle(area.Pattern(), area).
func (d *demo) billing() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		product := gatehouse
		if who := d.sessions.of(r).person; who != nil {
			product = who.product
		}
		d.stage.Load().area(product).portal.ServeHTTP(d.hostedLinks(w), r)
	})
}

// ticking lets the world's clock run with real time, and ends what nobody waits for any more.
func (d *demo) ticking(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasPrefix(r.URL.Path, "/gallery/") { // its clocks stand still
			d.stage.Load().closer.tick(r.Context())
		}
		next.ServeHTTP(w, r)
	})
}

// page answers with a page of the host.
func (d *demo) page(make func(*http.Request, session) page) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { d.show(w, r, make(r, d.sessions.of(r))) }
}

// member answers with a page for those who are signed in; others are led to the start.
func (d *demo) member(make func(*http.Request, session) page) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		s := d.sessions.of(r)
		if s.person == nil {
			http.Redirect(w, r, "/", http.StatusSeeOther)
			return
		}
		d.show(w, r, make(r, s))
	}
}

// act does what a form asks for, notes what happened, and leads back to where the form was.
func (d *demo) act(do func(context.Context, *stage, *http.Request) ([]string, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		const most = 16 << 10
		r.Body = http.MaxBytesReader(w, r.Body, most)
		if err := r.ParseForm(); err != nil {
			http.Error(w, "That form could not be read.", http.StatusBadRequest)
			return
		}
		notes, err := do(r.Context(), d.stage.Load(), r)
		if err != nil {
			notes = append(notes, "That did not work: "+plainly(err))
		}
		d.sessions.keep(w, r, func(s *session) { s.notes = append(s.notes, notes...) })
		http.Redirect(w, r, back(r), http.StatusSeeOther) //nolint:gosec // back gives pages of the host only
	}
}

// back is the page of the host that a form was on. What the browser says is taken only if it is one of them.
func back(r *http.Request) string {
	to := r.PostFormValue("back")
	if to == "/settings" || strings.HasPrefix(to, "/hosted/session/") {
		return to
	}
	return "/panel"
}

// signIn begins a session as one of the people. There are no passwords in the demonstration.
func (d *demo) signIn(w http.ResponseWriter, r *http.Request) {
	who := d.person(r.PostFormValue("as"))
	if who == nil {
		http.Redirect(w, r, "/", http.StatusSeeOther)
		return
	}
	d.sessions.signIn(w, r, who)
	http.Redirect(w, r, "/home", http.StatusSeeOther)
}

func (d *demo) signOut(w http.ResponseWriter, r *http.Request) {
	d.sessions.signOut(w, r)
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

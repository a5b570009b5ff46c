package main

import (
	"bytes"
	"embed"
	"html/template"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/billhatch/billhatch/billing"
)

//go:embed templates assets
var files embed.FS

// pages are the parsed templates of the host's own pages, by name.
type pages map[string]*template.Template

func newPages() (pages, error) {
	out := pages{}
	for _, name := range []string{"start", "home", "embedded", "theme", "settings", "support", "panel", "hosted", "gallery", "lost"} {
		t, err := template.New("layout.html").ParseFS(files, "templates/layout.html", "templates/"+name+".html")
		if err != nil {
			return nil, err
		}
		out[name] = t
	}
	return out, nil
}

// page is what the template of a page is executed with.
type page struct {
	Name, Title string
	Status      int // 0: 200
	Body        any // by page

	Path    string
	Product *view // nil: nobody is signed in
	Person  *view
	Notes   []string
	Now     time.Time // on the clock of the demonstration
	Faults  int       // how many are active
	Audit   bool      // the person may read the audit trail
	Plain   bool      // without the colours of the product
	Scripts []string
}

// view is what a template may know of a person or a product.
type view struct{ ID, Name, Title, Place string }

// show sends a page of the host.
func (d *demo) show(w http.ResponseWriter, r *http.Request, p page) {
	s, on := d.sessions.of(r), d.stage.Load()
	p.Path, p.Now, p.Faults, p.Notes = r.URL.Path, on.world.Now(), len(on.activeFaults()), d.sessions.takeNotes(r)
	if who := s.person; who != nil {
		product := d.product(who.product)
		p.Person = &view{ID: string(who.role), Name: who.name, Title: who.title, Place: who.place}
		p.Product = &view{ID: product.id, Name: product.name, Title: product.tagline}
		if account := d.account(r, who); account != nil {
			p.Audit = account.Can("Audit") // what is drawn is a convenience: the page decides for itself (C13)
		}
	}
	var body bytes.Buffer
	if err := d.pages[p.Name].ExecuteTemplate(&body, "layout.html", p); err != nil {
		http.Error(w, "This page could not be made.", http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "+
		"connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
	if p.Status != 0 {
		w.WriteHeader(p.Status)
	}
	_, _ = w.Write(body.Bytes()) // whoever asked may be gone
}

// account is the home account of a person as the library gives it; nil for people of a partner.
func (d *demo) account(r *http.Request, who *person) *billing.Account {
	service := d.stage.Load().area(who.product).service
	account, err := service.Session(who.principal()).Account(r.Context(), who.home)
	if err != nil {
		return nil
	}
	return account
}

// start is the choice of product and person.
func (d *demo) start(r *http.Request, _ session) page {
	type choice struct {
		Role, Name, Job, Title, Place, May string
		Chosen                             bool
	}
	type group struct {
		ID, Name, Tagline string
		People            []choice
	}
	var groups []group
	for _, p := range d.products {
		g := group{ID: p.id, Name: p.name, Tagline: p.tagline}
		for _, who := range d.people {
			if who.product == p.id {
				g.People = append(g.People, choice{
					string(who.role), who.name, who.job, who.title, who.place, who.may, string(who.role) == r.URL.Query().Get("as"),
				})
			}
		}
		groups = append(groups, g)
	}
	return page{Name: "start", Title: "Who are you?", Body: groups}
}

// lost is the page of everything that there is not.
func (d *demo) lost(*http.Request, session) page {
	return page{Name: "lost", Title: "Nothing here", Status: http.StatusNotFound}
}

// assetTypes are the files that the host serves itself.
func assetType(name string) string {
	switch {
	case strings.HasSuffix(name, ".css"):
		return "text/css; charset=utf-8"
	case strings.HasSuffix(name, ".js"):
		return "text/javascript; charset=utf-8"
	}
	return "image/svg+xml"
}

// serveAsset sends a stylesheet, a script or a drawing.
func serveAsset(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("file")
	body, err := files.ReadFile("assets/" + name)
	if err != nil || slices.Contains([]string{".", ".."}, name) {
		http.NotFound(w, r)
		return
	}
	h := w.Header()
	h.Set("Content-Type", assetType(name))
	h.Set("Cache-Control", "no-cache")
	h.Set("X-Content-Type-Options", "nosniff")
	_, _ = w.Write(body) //nolint:gosec // a file of the program
}

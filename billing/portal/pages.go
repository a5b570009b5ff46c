package portal

import (
	"embed"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/billhatch/billhatch/billing"
)

//go:embed templates/*.html
var templateFiles embed.FS

// layout is the template around every page. It shows "main", which each page defines. "fragment" is what an element
// shows: "main" without the frame.
const layout = "layout.html"

// pages are the parsed templates, one set for each page: the layout, what all pages share, and the page itself.
type pages struct {
	base   string
	asset  func(name string) (string, error)
	routes map[string]*route // of pages, by name

	renderers map[string]*renderer // by name of the page
	buffers   sync.Pool            // of *[]byte
}

// newPages parses the templates, those of the host in place of ours, and tries each on sample data.
func newPages(p *Portal) (*pages, error) {
	out := &pages{
		base: p.cfg.BasePath, asset: p.assetURL, routes: map[string]*route{}, renderers: map[string]*renderer{},
	}
	for _, r := range pageRoutes() {
		out.routes[r.name] = &r
	}
	source, err := newSource(p.cfg.Templates)
	if err != nil {
		return nil, err
	}
	sets, err := source.sets()
	if err != nil {
		return nil, err
	}
	for name, set := range sets {
		out.renderers[name] = out.newRenderer(set, p.words)
	}
	return out, out.try(p)
}

// sets makes the sets of templates, by name of the page.
func (s *source) sets() (map[string]*template.Template, error) {
	shared := template.New("").Option("missingkey=error")
	for _, name := range s.names {
		if !isPage(name) {
			if err := s.parse(shared, name); err != nil {
				return nil, err
			}
		}
	}
	sets := map[string]*template.Template{}
	for _, name := range s.names {
		if !isPage(name) {
			continue
		}
		set, err := shared.Clone()
		if err != nil { // guard: nothing was executed yet
			return nil, err
		}
		if err := s.parse(set, name); err != nil {
			return nil, err
		}
		if set.Lookup("main") == nil {
			return nil, fmt.Errorf(`%s: does not define "main"`, name)
		}
		sets[strings.TrimSuffix(name, ".html")] = set
	}
	return sets, nil
}

// isPage tells whether a file is a page of its own, and not the layout or a part that pages share.
func isPage(name string) bool { return name != layout && !strings.HasPrefix(name, "_") }

// source is where templates come from: a file of the host's takes the place of ours.
type source struct {
	ours, theirs fs.FS
	names        []string
}

func newSource(theirs fs.FS) (*source, error) {
	ours, err := fs.Sub(templateFiles, "templates")
	if err != nil { // guard: the folder is embedded
		return nil, err
	}
	s := &source{ours: ours, theirs: theirs}
	if s.names, err = fs.Glob(ours, "*.html"); err != nil || theirs == nil {
		return s, err
	}
	replaced, err := fs.Glob(theirs, "*.html")
	if err != nil {
		return nil, err
	}
	for _, name := range replaced {
		if !slices.Contains(s.names, name) {
			return nil, fmt.Errorf("%s: there is no template of this name to replace", name)
		}
	}
	return s, nil
}

// parse adds a file to a set.
func (s *source) parse(set *template.Template, name string) error {
	text, err := fs.ReadFile(s.ours, name)
	if err != nil { // guard: the names are those of our files
		return err
	}
	if s.theirs != nil {
		theirs, missing := fs.ReadFile(s.theirs, name)
		if missing == nil {
			text = theirs
		} else if !errors.Is(missing, fs.ErrNotExist) {
			return missing
		}
	}
	_, err = set.New(name).Parse(string(text))
	return err
}

// failurePage tells a person what happened and what to do. Nobody is led to the sign-in, where the host has one.
func (x *exchange) failurePage(f failure) {
	if f.Status == http.StatusUnauthorized && x.portal.cfg.SignInURL != "" && !x.fragment() {
		_ = x.redirect(x.portal.cfg.SignInURL)
		return
	}
	if err := x.show(f.Status, x.problemPage(f)); err != nil {
		x.write(f.Status, "text/plain; charset=utf-8", []byte(http.StatusText(f.Status)))
	}
}

// problemPage tells what happened. What is not found, or asks for a sign-in, leads nowhere but home: the page is the same
// for everything that does not exist (C12). What is forbidden is so for something of the reader's own, whose other pages
// are shown.
func (x *exchange) problemPage(f failure) *Page {
	view := ProblemView{Name: f.Name, Text: x.problemText(f), Field: f.Field, RetryAfter: f.RetryAfter, Support: f.Support}
	title := "problem." + f.Name + ".title"
	page := x.bare("problem", nil)
	switch {
	case f.Status == http.StatusNotFound, f.Status == http.StatusUnauthorized:
	case f.Kind == billing.ErrForbidden: //nolint:errorlint // the sentinel itself
		page = x.page("problem", nil)
		page.Here = ""
		if len(page.Sections) == 0 { // staff (C1)
			title, view.Text = "problem.forbidden_staff.title", x.say.T("problem.forbidden_staff.text")
		}
	default:
		view.Back = x.led()
		if x.account != nil && x.account.Can("Portal") && (f.Kind == errPDFTooLarge || f.Kind == errPDFTimeout) { //nolint:errorlint // as above
			view.Portal = x.portal.pages.path("portal", x.client)
		}
		if passing := f.Status == http.StatusTooManyRequests || f.Status > http.StatusInternalServerError; passing && x.reads() {
			page.Here = x.r.URL.RequestURI()
		}
	}
	page.Title, page.Panel = x.say.T(title), view
	return page
}

// reads tells whether the request changes nothing.
func (x *exchange) reads() bool { return x.r.Method == http.MethodGet || x.r.Method == http.MethodHead }

package portal

import (
	"bytes"
	"fmt"
	"html/template"
	"sync"

	"github.com/billhatch/billhatch/billing/portal/internal/compiled"
	"github.com/billhatch/billhatch/billing/portal/internal/words"
)

// fragment is the template of what an element shows.
const fragment = "fragment"

// renderer writes one page. Its templates are compiled for each language, with what they say without arguments put in
// beforehand. What cannot be compiled is executed by html/template, several times as slowly.
type renderer struct {
	set      *template.Template
	compiled map[string]func() (*compiled.Template, error) // by language, each when it is first needed; empty: cannot be
}

// newRenderer makes the renderer of a page. Nothing is compiled yet: html/template has to escape the set before.
func (ps *pages) newRenderer(set *template.Template, catalog *words.Catalog) *renderer {
	r := &renderer{set: set, compiled: map[string]func() (*compiled.Template, error){}}
	for _, language := range catalog.Languages() {
		r.compiled[language] = sync.OnceValues(func() (*compiled.Template, error) {
			return compiled.New(set, ps.constant(catalog.Match(language)), layout, fragment)
		})
	}
	return r
}

// constant gives what methods of [Page] give on every page of a language.
func (ps *pages) constant(say *words.Printer) compiled.Constant {
	return func(method string, args []string) (string, bool) {
		switch {
		case method == "T" && len(args) > 0:
			pairs := make([]any, len(args)-1)
			for i, arg := range args[1:] {
				pairs[i] = arg
			}
			return say.T(args[0], pairs...), true
		case method == "Asset" && len(args) == 1:
			url, err := ps.asset(args[0])
			return url, err == nil
		}
		return "", false
	}
}

// main is the template to begin with: the layout with the page in it, or the fragment alone.
func (p *Page) main() string {
	if p.Fragment {
		return fragment
	}
	return layout
}

// append executes the template of a page and appends what it writes.
func (r *renderer) append(body []byte, page *Page) ([]byte, error) {
	if compile, ok := r.compiled[page.Language]; ok {
		if t, err := compile(); err == nil {
			if out, err := t.Append(body, page.main(), page); err == nil {
				return out, nil
			}
		}
	}
	out := bytes.NewBuffer(body)
	err := r.set.ExecuteTemplate(out, page.main(), page)
	return out.Bytes(), err
}

// differs tells how the compiled template of a page does not write what html/template writes; nil: it does.
func (r *renderer) differs(page *Page, want []byte) error {
	compile, ok := r.compiled[page.Language]
	if !ok {
		return nil // given up already
	}
	t, err := compile()
	if err != nil {
		return err
	}
	got, err := t.Append(nil, page.main(), page)
	if err == nil && !bytes.Equal(got, want) {
		err = fmt.Errorf("%s is not the same", page.main())
	}
	return err
}

// try executes every template on every sample, so that a field that is not there fails in New and not before a person. A
// page that is not the same when it is compiled is left to html/template.
func (ps *pages) try(p *Portal) error {
	samples := ps.samples(p)
	wanted := make([]bytes.Buffer, len(samples))
	for i, page := range samples {
		if err := ps.renderers[page.Name].set.ExecuteTemplate(&wanted[i], page.main(), page); err != nil {
			return err
		}
	}
	for i, page := range samples {
		r := ps.renderers[page.Name]
		if err := r.differs(page, wanted[i].Bytes()); err != nil {
			clear(r.compiled)
			p.cfg.Logger.Info("portal: a page is left to html/template", "template", page.Name+".html", "why", err.Error())
		}
	}
	return nil
}

// render executes the template of a page.
func (ps *pages) render(body []byte, page *Page) ([]byte, error) {
	r, ok := ps.renderers[page.Name]
	if !ok { // guard: pages are those of the table
		return body, fmt.Errorf("there is no template %s.html", page.Name)
	}
	return r.append(body, page)
}

// What a buffer has room for, in bytes: at first more than most pages take, and at most what is kept for the next page.
const (
	firstBuffer   = 32 << 10
	largestBuffer = 1 << 20
)

// show sends a page.
func (x *exchange) show(status int, page *Page) error {
	pages := x.portal.pages
	buffer, _ := pages.buffers.Get().(*[]byte)
	if buffer == nil {
		room := make([]byte, 0, firstBuffer)
		buffer = &room
	}
	defer func() {
		if cap(*buffer) <= largestBuffer {
			pages.buffers.Put(buffer)
		}
	}()
	body, err := pages.render((*buffer)[:0], page)
	*buffer = body
	if err != nil {
		x.portal.cfg.Logger.ErrorContext(x.r.Context(), "portal: template failed", "request", x.id, "template", page.Name)
		return errInternal
	}
	x.html(status, body)
	return nil
}

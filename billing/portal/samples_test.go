package portal

import (
	"context"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/billing"
	"github.com/billhatch/billhatch/billing/portal/internal/words"
	"github.com/billhatch/billhatch/provider/memory"
	"github.com/billhatch/billhatch/rbac"
)

// sampled makes a portal over an empty world, with whatever templates.
func sampled(t *testing.T, templates fs.FS) (*Portal, error) {
	t.Helper()
	world, err := memory.Open(memory.Options{Now: time.Date(2026, 10, 17, 12, 0, 0, 0, time.UTC)})
	require.NoError(t, err)
	engine, err := rbac.New(rbac.ClientPolicy())
	require.NoError(t, err)
	service, err := billing.New(billing.Config{
		Payments: world.Payments(), Records: world.Records(), Authorizer: engine, Clock: world.Now,
		Authority: func(context.Context, string) (rbac.Principal, error) { return rbac.Principal{}, nil },
	})
	require.NoError(t, err)
	return New(service, Config{
		Identify: func(*http.Request) (rbac.Principal, error) { return rbac.Principal{}, nil }, Clock: world.Now,
		Templates: templates, Reports: Reports{Dir: t.TempDir()},
	})
}

// TestEveryTemplateIsTriedInEveryState: what New executes is every page that there is, and every state of a panel.
func TestEveryTemplateIsTriedInEveryState(t *testing.T) {
	t.Parallel()
	p, err := sampled(t, nil)
	require.NoError(t, err)
	tried := map[string]map[billing.State]bool{}
	fragments := map[string]map[bool]bool{}
	for _, s := range p.pages.samples(p) {
		if tried[s.Name] == nil {
			tried[s.Name], fragments[s.Name] = map[billing.State]bool{}, map[bool]bool{}
		}
		fragments[s.Name][s.Fragment] = true
		if state, ok := stateOf(s.Panel); ok {
			tried[s.Name][state] = true
		}
	}
	for name := range p.pages.renderers {
		require.Len(t, fragments[name], 2, "%s: as a page and in an element", name)
		switch name {
		case "revealed", "report", "problem": // have no state
		default:
			require.Len(t, tried[name], len(billing.States()), name)
		}
	}
	require.Len(t, fragments, len(p.pages.renderers))
}

// stateOf gives the state of a panel that has one.
func stateOf(panel any) (billing.State, bool) {
	switch v := panel.(type) {
	case *UsageView:
		return v.State, true
	case billing.HistoryPanel:
		return v.State, true
	case *InvoicesView:
		return v.State, true
	case billing.InvoicePanel:
		return v.State, true
	case billing.MethodsPanel:
		return v.State, true
	case RecipientsView:
		return v.State, true
	case SettingsView:
		return v.Email.State, true
	case billing.PortalPanel:
		return v.State, true
	case ReportsView:
		return v.State, true
	case *AuditView:
		return v.State, true
	case billing.ClientsPanel:
		return v.State, true
	}
	return "", false
}

// TestNoWordIsMissing: no page says a key, in any language; every key that stands in templates and code is there.
func TestNoWordIsMissing(t *testing.T) {
	t.Parallel()
	p, err := sampled(t, nil)
	require.NoError(t, err)
	for _, language := range p.words.Languages() {
		for _, page := range p.pages.samples(p) {
			page.say, page.Language = p.words.Match(language), language
			body, err := p.pages.render(nil, page)
			require.NoError(t, err)
			require.NotContains(t, string(body), "⟦", "%s in %s", page.Name, language)
			require.NotRegexp(t, `\{[a-z_]+\}`, string(body), "%s in %s: an argument is missing", page.Name, language)
			require.NotContains(t, string(body), "ZgotmplZ", page.Name)
		}
	}
	catalog, err := words.New(nil)
	require.NoError(t, err)
	literal := regexp.MustCompile(`\bT[( ]"([a-z_.]+)"`)
	files, err := filepath.Glob("page*.go")
	require.NoError(t, err)
	templates, err := filepath.Glob("templates/*.html")
	require.NoError(t, err)
	found := 0
	for _, file := range append(files, templates...) {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		for _, match := range literal.FindAllStringSubmatch(string(text), -1) {
			found++
			prefix := strings.HasSuffix(match[1], ".") || strings.HasSuffix(match[1], "_") // the rest is a value
			require.True(t, prefix || slices.Contains(catalog.Keys(), match[1]), "%s: %s", file, match[1])
		}
	}
	require.Greater(t, found, 200)
}

// TestATemplateOfAHost takes the place of ours; one that cannot work fails in New and is named.
func TestATemplateOfAHost(t *testing.T) {
	t.Parallel()
	file := func(name, text string) fs.FS { return fstest.MapFS{name: {Data: []byte(text)}} }
	for name, c := range map[string]struct {
		templates fs.FS
		names     string // what the error names; empty: it works
	}{
		"a page of its own":             {file("problem.html", `{{define "main"}}<h1>Oh: {{.Panel.Text}}</h1>{{end}}`), ""},
		"a layout of its own":           {file("layout.html", `<main>{{template "main" .}}</main>{{define "fragment"}}{{template "main" .}}{{end}}`), ""},
		"a part of its own":             {file("_title.html", `{{define "title"}}<h1 id="bh-title">{{.Title}}!</h1>{{end}}`), ""},
		"other files are left alone":    {fstest.MapFS{"README.md": {}, "sub/x.html": {}}, ""},
		"a part without its content":    {file("_note.html", `<p>hello</p>`), "note"},
		"a field that is not there":     {file("usage.html", `{{define "main"}}{{.Panel.Nope}}{{end}}`), "usage.html"},
		"a field of some states only":   {file("portal.html", `{{define "main"}}{{if eq .Panel.State "syncing"}}{{.Panel.Nope}}{{end}}{{end}}`), "portal.html"},
		"a method that is not there":    {file("invoices.html", `{{define "main"}}{{range .Panel.Invoices}}{{$.Nope .}}{{end}}{{end}}`), "invoices.html"},
		"a page that there is not":      {file("history.html", `{{define "main"}}{{.Link "nowhere"}}{{end}}`), "history.html"},
		"an asset that there is not":    {file("history.html", `{{define "main"}}{{.Asset "x.css"}}{{end}}`), "history.html"},
		"text that does not parse":      {file("clients.html", `{{define "main"}}{{if}}{{end}}`), "clients.html"},
		"markup that cannot be escaped": {file("clients.html", `{{define "main"}}<a href="{{if .Here}}"{{end}}>{{end}}`), "clients.html"},
		"a page without its content":    {file("clients.html", `<p>hello</p>`), "clients.html"},
		"a name that there is not":      {file("client.html", `{{define "main"}}{{end}}`), "client.html"},
		"a layout without fragments":    {file("layout.html", `<main>{{template "main" .}}</main>`), "fragment"},
		"a folder in place of a file":   {fstest.MapFS{"usage.html/x": {}}, "usage.html"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, err := sampled(t, c.templates)
			if c.names == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorIs(t, err, ErrConfig)
			require.ErrorContains(t, err, "Templates: ")
			require.ErrorContains(t, err, c.names)
			require.Nil(t, p)
		})
	}
}

package portal_test

import (
	"net/http"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/provider/memory"
	"github.com/billhatch/billhatch/rbac"
)

// templatesOf are templates of a host.
func templatesOf(files ...string) func(*house) {
	return func(h *house) {
		templates := fstest.MapFS{}
		for i := 0; i+1 < len(files); i += 2 {
			templates[files[i]] = &fstest.MapFile{Data: []byte(files[i+1])}
		}
		h.config.Templates = templates
	}
}

// TestATemplateThatFailsBeforeAPerson: what no sample has shown is a problem page, and never half a page.
func TestATemplateThatFailsBeforeAPerson(t *testing.T) {
	t.Parallel()
	const fails = `{{define "main"}}<h1>begun</h1>{{if .Panel.Plan}}{{if ne .Panel.Plan "Voice"}}{{index .Panel.Projects 99}}{{end}}{{end}}{{end}}`
	v := build(t, rbac.ClientPolicy(), templatesOf("usage.html", fails)).as(person(rbac.ClientAdmin))
	a := v.get("/usage")
	require.Equal(t, http.StatusInternalServerError, a.status)
	page := a.document(t)
	require.Equal(t, "Something went wrong", page.one(t, tag("h1")).text())
	require.Contains(t, page.text(), a.header.Get("Request-Id"))
	require.NotContains(t, a.body, "begun")

	const problem = `{{define "main"}}{{if gt (len .Panel.Text) 40}}{{index .Sections 99}}{{end}}{{end}}`
	v = build(t, rbac.ClientPolicy(), templatesOf("problem.html", problem)).as(person(rbac.ClientAdmin))
	a = v.get("/nothing")
	require.Equal(t, http.StatusNotFound, a.status)
	require.Equal(t, "text/plain; charset=utf-8", a.header.Get("Content-Type"))
	require.Equal(t, "Not Found", a.body)
}

// TestATemplateOfTheHostIsShown with everything that a page has.
func TestATemplateOfTheHostIsShown(t *testing.T) {
	t.Parallel()
	h := build(t, rbac.ClientPolicy(), templatesOf(
		"invoices.html", `{{define "main"}}{{template "title" .}}{{range .Panel.Invoices}}<p><a href="{{$.Link "invoice" .ID}}">{{$.Money .Total}}</a> {{$.Day .Issued}}</p>{{end}}{{end}}`,
		"_title.html", `{{define "title"}}<h1 id="bh-title">Our {{.Title}}</h1>{{end}}`,
	))
	page := h.as(person(rbac.ClientAdmin)).get("/invoices").document(t)
	require.Equal(t, "Our Invoices", page.one(t, tag("h1")).text())
	require.Contains(t, page.links(), "/billing/invoices/"+h.home().invoice)
	require.Contains(t, textsOf(page.all(tag("p"))), "$80.00 Oct 1, 2026")
	require.Equal(t, "Our Usage", h.as(person(rbac.ClientAdmin)).get("/usage").document(t).one(t, tag("h1")).text())
}

// TestPagesRunFromRightToLeft where the language does.
func TestPagesRunFromRightToLeft(t *testing.T) {
	t.Parallel()
	h := build(t, rbac.ClientPolicy(), func(h *house) {
		h.config.Messages = fstest.MapFS{"ar.json": {Data: []byte(`{"language.name": "العربية", "usage.title": "الاستخدام"}`)}}
	})
	v := h.as(person(rbac.ClientAdmin))
	v.language = "ar"
	page := v.get("/usage").document(t)
	require.Equal(t, "rtl", page.one(t, tag("html")).attr["dir"])
	require.Equal(t, "الاستخدام", page.one(t, tag("h1")).text())
	for _, drawing := range page.all(class("bh-chart")) {
		require.Equal(t, "rtl", drawing.attr["dir"])
	}
	element := parse(t, v.get("/usage", "Billing-Fragment", "1").body)
	require.Equal(t, "rtl", element.one(t, class("bh-fragment")).attr["dir"])
}

// TestALongWaitIsInMinutes (C11).
func TestALongWaitIsInMinutes(t *testing.T) {
	t.Parallel()
	h := build(t, rbac.ClientPolicy())
	for after, want := range map[time.Duration]string{
		time.Second: "Try again in 1 second", 1500 * time.Millisecond: "Try again in 2 seconds", 2 * time.Minute: "Try again in 120 seconds",
		121 * time.Second: "Try again in 3 minutes", time.Hour: "Try again in 60 minutes",
	} {
		h.world.FailAlways("Invoices", &provider.Error{Kind: provider.ErrRateLimited, RetryAfter: after})
		require.Contains(t, h.as(person(rbac.ClientAdmin)).get("/invoices").document(t).one(t, class("bh-notice")).text(), want)
	}
}

// TestTheSettingsWhenRecordsFailHalfway (C11): what was read is shown.
func TestTheSettingsWhenRecordsFailHalfway(t *testing.T) {
	t.Parallel()
	h := build(t, rbac.OrganizationPolicy())
	lost := memory.Fault{Err: provider.ErrUnavailable}
	h.world.Inject("Account", memory.Fault{}, lost, lost)
	a := h.as(person(rbac.Admin)).get("/settings")
	require.Equal(t, http.StatusOK, a.status)
	page := a.document(t)
	require.Contains(t, page.one(t, has("aria-labelledby", "bh-email")).text(), h.home().email)
	require.Contains(t, page.one(t, has("aria-labelledby", "bh-portal")).text(), "cannot be reached just now")
	require.Contains(t, page.one(t, has("aria-labelledby", "bh-report")).text(), "could not be loaded just now")
	require.Empty(t, page.all(tag("form"), has("action", "/billing/reports")))
}

// TestNobodyIsAskedToSignIn on a page of ours, or led to the host's.
func TestNobodyIsAskedToSignIn(t *testing.T) {
	t.Parallel()
	nobody := build(t, rbac.ClientPolicy()).as(rbac.Principal{})
	a := nobody.get("/usage")
	require.Equal(t, http.StatusUnauthorized, a.status)
	require.Equal(t, "Please sign in", a.document(t).one(t, tag("h1")).text())

	nobody = build(t, rbac.ClientPolicy(), func(h *house) { h.config.SignInURL = "/sign-in" }).as(rbac.Principal{})
	a = nobody.get("/usage")
	require.Equal(t, http.StatusSeeOther, a.status)
	require.Equal(t, "/sign-in", a.header.Get("Location"))
	require.Equal(t, http.StatusUnauthorized, nobody.get("/usage", "Billing-Fragment", "1").status, "an element cannot sign in")
}

// TestThePagesOfAHostWithoutAWayBack lead to the first page, under whatever base path.
func TestThePagesOfAHostWithoutAWayBack(t *testing.T) {
	t.Parallel()
	for base, want := range map[string]string{"/billing": "/billing", "/": "/"} {
		h := build(t, rbac.ClientPolicy(), func(h *house) { h.config.HostURL, h.config.BasePath = "", base })
		v := h.as(person(rbac.ClientAdmin))
		r := v.request(http.MethodGet, "/usage", "")
		if base == "/" {
			r.URL.Path = "/usage"
		}
		a := v.do(r)
		require.Equal(t, http.StatusOK, a.status)
		page := a.document(t)
		brand := page.one(t, class("bh-brand"))
		require.Equal(t, want, brand.attr["href"])
		require.Equal(t, "Billing", brand.text())
		for _, link := range page.links() {
			require.True(t, strings.HasPrefix(link, "/") && !strings.HasPrefix(link, "//") || strings.HasPrefix(link, "#"), link)
		}
	}
}

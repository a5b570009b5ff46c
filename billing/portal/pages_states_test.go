package portal_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/billing"
	"github.com/billhatch/billhatch/billing/portal"
	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/rbac"
	"github.com/billhatch/billhatch/rbac/rbactest"
)

// panels are the pages that show a panel, with an operation of a provider that each needs.
var panels = map[string]string{
	"/usage/history": "Discounts", "/invoices": "Invoices", "/payment-methods": "PaymentMethods", "/recipients": "Recipients",
	"/portal": "Customer", "/settings": "Customer", "/audit": "Audit", "/clients": "Clients",
}

// everyone may see every page: for tests that are not about rights.
func everyone() rbac.Policy {
	return rbac.ClientPolicy().With(rbac.ClientAdmin, rbac.Own, rbac.Actions()[:13]...).
		With(rbac.ClientAdmin, rbac.Organisation, rbac.ListClients).With(rbac.ClientAdmin, rbac.Own, rbac.ViewAudit)
}

// anyone is somebody with a home account and a partner organisation.
func anyone() rbac.Principal {
	p := person(rbac.ClientAdmin)
	p.Partner = rbactest.Partner
	return p
}

// TestEveryStateHasItsOwnText (C11), and a way on that fits it.
func TestEveryStateHasItsOwnText(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fault error
		text  string
		way   string // the first part of where its link leads; "": there is none
	}{
		"could not load":  {provider.ErrUnavailable, "Could not be loaded", "/billing"},
		"timed out":       {provider.ErrTimeout, "Could not be loaded", "/billing"},
		"rate-limited":    {&provider.Error{Kind: provider.ErrRateLimited, RetryAfter: 7 * time.Second}, "Try again in 7 seconds", "/billing"},
		"needs attention": {provider.ErrMisconfigured, "The billing setup needs attention", "https://host.example/support?category=billing"},
		"a foreign thing": {provider.ErrForeign, "The billing setup needs attention", "https://host.example/support?category=billing"},
		"not supported":   {provider.ErrUnsupported, "Not available", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := build(t, everyone())
			for path, op := range panels {
				if path == "/clients" && strings.HasPrefix(c.way, "https") {
					continue // no account, no ticket about one
				}
				h.world.FailAlways(op, c.fault)
				a := h.as(anyone()).get(path)
				require.Equal(t, http.StatusOK, a.status, path)
				notice := a.document(t).all(class("bh-notice"))[0]
				require.Contains(t, notice.text(), c.text, path)
				links := notice.links()
				switch c.way {
				case "":
					require.Empty(t, links, path)
				case "/billing":
					require.Equal(t, []string{"/billing" + path}, links, "a link that loads the page again")
				default:
					require.Len(t, links, 1, path)
					require.True(t, strings.HasPrefix(links[0], c.way), links[0])
				}
				h.world.Heal(op)
			}
		})
	}
}

// TestBillingIsNotSetUp (C11): every page leads to support with a ticket for the setup.
func TestBillingIsNotSetUp(t *testing.T) {
	t.Parallel()
	h := build(t, everyone(), func(h *house) {
		account := h.home().Account
		account.Customer = ""
		h.world.SetAccount(account)
	})
	for _, path := range []string{"/usage", "/usage/history", "/invoices", "/payment-methods", "/recipients", "/portal", "/settings"} {
		a := h.as(anyone()).get(path)
		require.Equal(t, http.StatusOK, a.status, path)
		notice := a.document(t).all(class("bh-notice"))[0]
		require.Contains(t, notice.text(), "Billing is not set up", path)
		require.Equal(t, "https://host.example/support?category=billing&subject=Billing+setup+for+account+acme&topic=setup", notice.links()[0])
	}
}

// TestWhereThereIsNoSupportPage (C11) its address is shown.
func TestWhereThereIsNoSupportPage(t *testing.T) {
	t.Parallel()
	h := build(t, everyone(), func(h *house) { h.billing.Support.URL = "" })
	h.world.FailAlways("Invoices", provider.ErrMisconfigured)
	notice := h.as(anyone()).get("/invoices").document(t).one(t, class("bh-notice"))
	require.Contains(t, notice.text(), "help@host.example")
	require.True(t, strings.HasPrefix(notice.links()[0], "mailto:help@host.example?subject=Billing%20configuration%20of%20account%20acme"), notice.links()[0])

	h = build(t, everyone(), func(h *house) { h.billing.Support = billing.Support{} })
	h.world.FailAlways("Invoices", provider.ErrMisconfigured)
	require.Contains(t, h.as(anyone()).get("/invoices").document(t).text(), "Please contact the administrator of your organization.")
}

// TestTooManyRequestsOfAPerson (C15): a page with the time to wait and a way to try again.
func TestTooManyRequestsOfAPerson(t *testing.T) {
	t.Parallel()
	h := build(t, everyone(), func(h *house) { h.config.Rate = portal.Rate{PerMinute: 1, Burst: 1} })
	v := h.as(anyone())
	require.Equal(t, http.StatusOK, v.get("/usage").status)
	a := v.get("/invoices?filter=paid")
	require.Equal(t, http.StatusTooManyRequests, a.status)
	require.Equal(t, "60", a.header.Get("Retry-After"))
	page := a.document(t)
	require.Contains(t, page.text(), "Try again in 60 seconds")
	require.Contains(t, page.one(t, tag("main")).links(), "/billing/invoices?filter=paid")
}

// TestNoPageIsKept (C16) by a browser or a proxy.
func TestNoPageIsKept(t *testing.T) {
	t.Parallel()
	h := build(t, everyone())
	v := h.as(anyone())
	paths := []string{
		"", "/usage", "/invoices/" + h.home().invoice, "/invoices/" + h.home().invoice + "/pdf", "/reports", "/reports/2026-09/file", "/nothing",
	}
	for path := range panels {
		paths = append(paths, path)
	}
	for _, path := range paths {
		h := v.get(path).header
		require.Equal(t, "no-store", h.Get("Cache-Control"), path)
		require.Equal(t, "nosniff", h.Get("X-Content-Type-Options"), path)
		require.Equal(t, "no-referrer", h.Get("Referrer-Policy"), path)
	}
}

// TestAPageHasOneTitleAndNamesItsParts: landmarks, one heading of the first level, labels that are unique, tables with
// captions and scopes, and no code or style within.
func TestAPageHasOneTitleAndNamesItsParts(t *testing.T) {
	t.Parallel()
	h := build(t, everyone(), func(h *house) { h.record(3) })
	v := h.as(anyone())
	paths := []string{"/usage", "/invoices/" + h.home().invoice, "/reports", "/reports/2026-09", "/nothing"}
	for path := range panels {
		paths = append(paths, path)
	}
	for _, path := range paths {
		checkPage(t, path, v.get(path).document(t))
		element := parse(t, v.get(path, "Billing-Fragment", "1").body)
		require.Empty(t, element.all(tag("h1")), path)
		require.Empty(t, element.all(tag("main")), path)
		require.Empty(t, element.all(tag("header")), path)
		root := element.one(t, class("bh-fragment"))
		require.NotEmpty(t, element.one(t, has("id", root.attr["aria-labelledby"])).text(), path)
		checkNames(t, path, element)
	}
}

// checkNames: parts of a page that a screen reader leads to have names that tell them apart.
func checkNames(t *testing.T, path string, page *node) {
	t.Helper()
	names := map[string]bool{}
	for _, n := range page.all() {
		label := n.attr["aria-label"]
		if id := n.attr["aria-labelledby"]; id != "" && n.name != "svg" {
			label = page.one(t, has("id", id)).text()
		}
		if n.name == "section" || n.name == "nav" || n.attr["role"] == "region" {
			require.NotEmpty(t, label, "%s: a %s without a name", path, n.name)
			kind := n.name + " " + label
			require.False(t, names[kind], "%s: two parts are named %s", path, label)
			names[kind] = true
		}
	}
}

func checkPage(t *testing.T, path string, page *node) {
	t.Helper()
	require.Len(t, page.all(tag("h1")), 1, path)
	require.Len(t, page.all(tag("main")), 1, path)
	require.Equal(t, "#"+page.one(t, tag("main")).attr["id"], page.one(t, class("bh-skip")).attr["href"], path)
	require.NotEmpty(t, page.one(t, tag("head")).one(t, tag("title")).text(), path)
	require.Equal(t, "en", page.one(t, tag("html")).attr["lang"], path)
	ids := map[string]bool{}
	for _, n := range page.all() {
		require.NotContains(t, n.attr, "style", path)
		require.NotEqual(t, "style", n.name, path)
		for attr, value := range n.attr {
			require.False(t, strings.HasPrefix(attr, "on"), "%s: %s", path, attr)
			if attr == "id" {
				require.False(t, ids[value], "%s: id %s twice", path, value)
				ids[value] = true
			}
		}
	}
	for _, n := range page.all() {
		for _, attr := range []string{"aria-labelledby", "aria-describedby", "for"} {
			for _, id := range strings.Fields(n.attr[attr]) {
				require.True(t, ids[id], "%s: %s of %s is not there", path, id, n.name)
			}
		}
	}
	checkNames(t, path, page)
	for _, table := range page.all(tag("table")) {
		require.NotEmpty(t, table.one(t, tag("caption")).text(), path)
		for _, head := range table.all(tag("th")) {
			require.Contains(t, []string{"col", "row"}, head.attr["scope"], path)
		}
	}
	for _, control := range page.all(func(n *node) bool { return n.name == "input" || n.name == "select" }) {
		if control.attr["type"] != "hidden" {
			require.Len(t, page.all(tag("label"), has("for", control.attr["id"])), 1, "%s: %s", path, control.attr["name"])
		}
	}
	for _, script := range page.all(tag("script")) {
		require.NotEmpty(t, script.attr["src"], path)
		require.Empty(t, script.text(), path)
	}
}

// TestPagesSpeakTheReadersLanguage: texts, amounts and dates; no message is missing in any language.
func TestPagesSpeakTheReadersLanguage(t *testing.T) {
	t.Parallel()
	h := build(t, everyone())
	for language, want := range map[string][]string{
		"de": {"Rechnungen", "80,00\u00a0$", "Bezahlt"}, "fr": {"Factures", "80,00\u00a0$US", "Payée"}, "en": {"Invoices", "$80.00", "Paid"},
	} {
		v := h.as(anyone())
		v.language = language
		a := v.get("/invoices")
		require.Equal(t, language, a.header.Get("Content-Language"))
		require.Equal(t, language, a.document(t).one(t, tag("html")).attr["lang"])
		for _, text := range want {
			require.Contains(t, a.body, text, language)
		}
		for path := range panels {
			require.NotContains(t, v.get(path).body, "⟦", "%s %s", language, path)
		}
	}
}

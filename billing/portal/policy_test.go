package portal_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/rbac"
)

func TestPagesAllowNothingButWhatThePortalServes(t *testing.T) {
	t.Parallel()
	const before = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'"
	const after = "; base-uri 'none'; frame-ancestors 'self'"
	for _, c := range []struct {
		name   string
		change func(*house)
		forms  string // what form-action allows beside the own origin
	}{
		{"forms lead to the hosts of the payment portal", func(*house) {}, " https://billing.invalid"},
		{"there may be several", func(h *house) {
			h.billing.PortalHosts = []string{"billing.stripe.com", "billing.example.com:8443"}
		}, " https://billing.stripe.com https://billing.example.com:8443"},
		{"a sign-in on another origin answers forms of those who are signed out", func(h *house) {
			h.config.SignInURL = "https://login.example.com/start?to=billing"
		}, " https://billing.invalid https://login.example.com"},
		{"a sign-in on the own origin is allowed already", func(h *house) { h.config.SignInURL = "/login" }, " https://billing.invalid"},
		{"what is no host cannot add a directive", func(h *house) {
			h.billing.PortalHosts = []string{"", "x.example; script-src *", "a.example b.example", "*"}
		}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			h := build(t, rbac.ClientPolicy(), c.change)
			admin := h.as(person(rbac.ClientAdmin))
			want := before + c.forms + after
			require.Equal(t, want, admin.get("/usage").header.Get("Content-Security-Policy"))
			require.Equal(t, want, admin.get("/nothing").header.Get("Content-Security-Policy"), "pages of problems too")
		})
	}
}

func TestTheHostMayKeepItsOwnContentPolicy(t *testing.T) {
	t.Parallel()
	h := build(t, rbac.ClientPolicy(), func(h *house) { h.config.OmitCSP = true })
	require.NotContains(t, h.as(person(rbac.ClientAdmin)).get("/usage").header, "Content-Security-Policy")
}

// TestPagesNeedNoInlineCode: no page has anything that the policy would refuse.
func TestPagesNeedNoInlineCode(t *testing.T) {
	t.Parallel()
	for _, page := range strings.SplitAfter(texts(t, "templates/*.html"), "\n") {
		require.NotRegexp(t, `(?i)\sstyle\s*=|<style|\son[a-z]+\s*=|javascript:|<script|<iframe|<object|<embed|<base\b`, stripLinkedScript(page))
	}
}

// stripLinkedScript leaves the script of the layout out, which is linked.
func stripLinkedScript(line string) string {
	return strings.ReplaceAll(line, `<script src="{{.Asset "billhatch.js"}}" defer></script>`, "")
}

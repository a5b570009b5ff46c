package portal_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/rbac"
	"github.com/billhatch/billhatch/rbac/rbactest"
)

// TestRecipientsAreMasked (C7): both groups, with a link to the settings.
func TestRecipientsAreMasked(t *testing.T) {
	t.Parallel()
	h := build(t, rbac.ClientPolicy())
	a := h.as(person(rbac.ClientAdmin)).get("/recipients")
	for _, private := range h.home().private {
		require.NotContains(t, a.body, private)
	}
	page := a.document(t)
	require.Equal(t, []string{"Invoices and receipts", "Plan and billing changes"}, textsOf(page.all(class("bh-panel__title"))))
	require.Equal(t, []string{"a***@e***.com", "c***@e***.com"}, textsOf(page.all(tag("span"), class("bh-address"))))
	require.Contains(t, page.links(), h.home().SettingsURL)
	forms := page.all(tag("form"))
	require.Len(t, forms, 2)
	require.Equal(t, "/billing/recipients/"+h.home().recipient+"/reveal", forms[0].attr["action"])
	require.Equal(t, "post", forms[0].attr["method"])
}

// TestAnAddressIsShownOnceAndOnRecord (C7, C17).
func TestAnAddressIsShownOnceAndOnRecord(t *testing.T) {
	t.Parallel()
	h := build(t, rbac.ClientPolicy())
	v := h.as(person(rbac.ClientAdmin))
	reveal := "/recipients/" + h.home().recipient + "/reveal"
	a := v.post(reveal, "purpose", "Call about <b>invoice</b> N2")
	require.Equal(t, http.StatusOK, a.status)
	require.Equal(t, "no-store", a.header.Get("Cache-Control"))
	require.Empty(t, a.header.Get("Location"))
	require.NotContains(t, a.header.Get("Set-Cookie"), "example.com")
	page := a.document(t)
	require.Equal(t, h.home().revealed, page.one(t, class("bh-address")).text())
	require.Contains(t, page.text(), "Call about <b>invoice</b> N2")
	for _, link := range page.links() {
		require.NotContains(t, link, "@")
	}
	require.Equal(t, http.StatusMethodNotAllowed, v.get(reveal).status, "there is no address to come back to")
	require.NotContains(t, v.get("/recipients").body, h.home().revealed)

	entries := h.audit(t)
	require.Len(t, entries, 2)
	for _, e := range entries {
		require.Equal(t, "recipients.reveal", e.Action)
		require.Equal(t, "Call about <b>invoice</b> N2", e.Purpose)
		require.Equal(t, h.home().recipient, e.Target)
	}
	require.Equal(t, provider.Succeeded, entries[0].Outcome)
}

// TestAPurposeIsNeeded (C7): what was typed is drawn again with the error, and nothing is revealed.
func TestAPurposeIsNeeded(t *testing.T) {
	t.Parallel()
	h := build(t, rbac.ClientPolicy())
	v := h.as(person(rbac.ClientAdmin))
	for _, purpose := range []string{"", "ab", strings.Repeat("x", provider.MaxPurpose+1)} {
		a := v.post("/recipients/"+h.home().recipient+"/reveal", "purpose", purpose)
		require.Equal(t, http.StatusUnprocessableEntity, a.status)
		require.NotContains(t, a.body, h.home().revealed)
		page := a.document(t)
		input := page.one(t, tag("input"), has("aria-invalid", "true"))
		require.Equal(t, purpose, input.attr["value"])
		require.Contains(t, input.attr, "autofocus")
		require.Contains(t, page.one(t, has("role", "alert")).text(), "Say in a few words")
		require.Contains(t, input.attr["aria-describedby"], page.one(t, has("role", "alert")).attr["id"])
		require.Len(t, page.all(tag("details"), func(n *node) bool { _, open := n.attr["open"]; return open }), 1)
	}
}

// TestNothingIsRevealedThatIsNotOnRecord (C7): no audit record, no address.
func TestNothingIsRevealedThatIsNotOnRecord(t *testing.T) {
	t.Parallel()
	h := build(t, rbac.ClientPolicy())
	h.world.FailAlways("Append", provider.ErrUnavailable)
	a := h.as(person(rbac.ClientAdmin)).post("/recipients/"+h.home().recipient+"/reveal", "purpose", "a reason")
	require.Equal(t, http.StatusServiceUnavailable, a.status)
	require.NotContains(t, a.body, h.home().revealed)
	page := a.document(t)
	require.Equal(t, "Not carried out", page.one(t, tag("h1")).text())
	require.Contains(t, page.links(), "/billing/recipients")
}

// TestRecipientsByRole (C1, C7): managers have the link only, partners the note, others nothing.
func TestRecipientsByRole(t *testing.T) {
	t.Parallel()
	h := build(t, rbac.ClientPolicy())
	page := h.as(person(rbac.ClientManager)).get("/recipients").document(t)
	require.Contains(t, page.links(), h.home().SettingsURL)
	require.NotContains(t, page.text(), "***")
	require.Empty(t, page.all(tag("form")))
	reveal := "/recipients/" + h.home().recipient + "/reveal"
	require.Equal(t, http.StatusForbidden, h.as(person(rbac.ClientManager)).post(reveal, "purpose", "a reason").status)

	client := "/clients/" + rbactest.Assigned.AccountOf()
	v := h.as(partner(rbac.PartnerAdmin))
	require.Equal(t, http.StatusNotFound, v.get(client+"/recipients").status)
	for _, path := range []string{client + "/usage", client + "/invoices", client + "/invoices/" + h.client().invoice} {
		require.Contains(t, v.get(path).document(t).text(), "Client admins manage billing email recipients.", path)
	}
	require.NotContains(t, h.as(person(rbac.ClientAdmin)).get("/usage").body, "Client admins manage")
	require.Equal(t, http.StatusForbidden, h.as(person(rbac.ClientStaff)).get("/recipients").status)
}

// TestRecipientsAreSyncing (C8).
func TestRecipientsAreSyncing(t *testing.T) {
	t.Parallel()
	h := build(t, rbac.ClientPolicy(), func(h *house) { h.world.SetSyncing(h.home().Customer, true) })
	page := h.as(person(rbac.ClientAdmin)).get("/recipients").document(t)
	require.Contains(t, page.one(t, class("bh-notice")).text(), "Recipients are still being synchronized. Please try again later.")
	require.Contains(t, page.links(), h.home().SettingsURL, "the settings are still there")
	require.Empty(t, page.all(tag("form")))
}

// audit gives the audit trail of the home account, newest first.
func (h *house) audit(t testing.TB) []provider.AuditEntry {
	t.Helper()
	log, ok := provider.As[provider.AuditLog](h.world.Records())
	require.True(t, ok)
	page, err := log.Audit(context.Background(), provider.AuditQuery{Account: rbactest.Home, Limit: provider.MaxPage}) //nolint:usetesting // read at any time
	require.NoError(t, err)
	return page.Entries
}

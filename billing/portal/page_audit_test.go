package portal_test

import (
	"fmt"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/rbac"
	"github.com/billhatch/billhatch/rbac/rbactest"
)

// auditors is the policy of the client portal with somebody who may read the audit trail.
func auditors() rbac.Policy {
	return rbac.ClientPolicy().With(rbac.ClientAdmin, rbac.Own, rbac.ViewAudit)
}

// record writes entries of the home account, one an hour, the last one an hour ago.
func (h *house) record(n int) {
	log, ok := provider.As[provider.AuditLog](h.world.Records())
	require.True(h.t, ok)
	actions := []rbac.Action{rbac.DownloadPDF, rbac.RevealRecipient}
	outcomes := []provider.Outcome{provider.Succeeded, provider.Failed, provider.Refused}
	for i := range n {
		_, err := log.Append(h.t.Context(), provider.AuditEntry{
			ID: fmt.Sprintf("e%d", i), At: now.Add(time.Duration(i-n) * time.Hour), Account: rbactest.Home, Actor: fmt.Sprintf("person-%d", i%2),
			Action: string(actions[i%2]), Target: fmt.Sprintf("target-%d", i), Purpose: fmt.Sprintf("purpose-%d", i), Outcome: outcomes[i%3],
		})
		require.NoError(h.t, err)
	}
}

// TestTheAuditTrail (C17): who did what, when, to what, why, and how it ended.
func TestTheAuditTrail(t *testing.T) {
	t.Parallel()
	h := build(t, auditors(), func(h *house) { h.record(3) })
	a := h.as(person(rbac.ClientAdmin)).get("/audit")
	require.Equal(t, []string{
		"Oct 17, 2026, 11:00 AM UTC person-0 Downloaded an invoice target-2 purpose-2 Refused",
		"Oct 17, 2026, 10:00 AM UTC person-1 Revealed a recipient target-1 purpose-1 Failed",
		"Oct 17, 2026, 9:00 AM UTC person-0 Downloaded an invoice target-0 purpose-0 Succeeded",
	}, textsOf(a.document(t).one(t, tag("tbody")).all(tag("tr"))))
	require.Equal(t, http.StatusForbidden, h.as(person(rbac.ClientManager)).get("/audit").status)
}

// TestTheAuditTrailIsFiltered (C17) by time, actor, action and outcome, and the form keeps what was chosen.
func TestTheAuditTrailIsFiltered(t *testing.T) {
	t.Parallel()
	h := build(t, auditors(), func(h *house) { h.record(48) })
	v := h.as(person(rbac.ClientAdmin))
	count := func(path string) int {
		n := 0
		for path != "" {
			page := v.get(path).document(t)
			if bodies := page.all(tag("tbody")); len(bodies) > 0 {
				n += len(bodies[0].all(tag("tr")))
			}
			path = ""
			for _, next := range page.all(has("rel", "next")) {
				path = next.attr["href"][len("/billing"):]
			}
		}
		return n
	}
	for query, want := range map[string]int{
		"":                                   48,
		"?actor=person-0":                    24,
		"?actor=person-0%26outcome":          0,
		"?action=recipients.reveal":          24,
		"?outcome=failed":                    16,
		"?from=2026-10-17":                   12,
		"?to=2026-10-15":                     12,
		"?from=2026-10-16&to=2026-10-16":     24,
		"?actor=&action=&outcome=&from=&to=": 48,
		"?actor=person-1&action=recipients.reveal&outcome=refused&from=2026-10-16&cursor=": 6,
	} {
		require.Equal(t, want, count("/audit"+query), query)
	}
	page := v.get("/audit?actor=person-1&action=recipients.reveal&outcome=failed&from=2026-10-16&to=2026-10-17").document(t)
	require.Equal(t, "person-1", page.one(t, has("name", "actor")).attr["value"])
	require.Equal(t, "2026-10-16", page.one(t, has("name", "from")).attr["value"])
	require.Equal(t, "2026-10-17", page.one(t, has("name", "to")).attr["value"])
	require.Equal(t, []string{"Revealed a recipient", "Failed"}, textsOf(page.all(tag("option"), func(n *node) bool { _, ok := n.attr["selected"]; return ok })))
	require.Contains(t, page.links(), "/billing/audit", "a link without the filter")
	require.Contains(t, v.get("/audit?actor=nobody").document(t).text(), "No entries match the filter.")
}

// TestWhatCannotBeAFilter is refused.
func TestWhatCannotBeAFilter(t *testing.T) {
	t.Parallel()
	v := build(t, auditors()).as(person(rbac.ClientAdmin))
	for _, query := range []string{"action=x", "outcome=Failed", "from=2026-02-30", "to=yesterday", "from=17.10.2026"} {
		require.Equal(t, http.StatusUnprocessableEntity, v.get("/audit?"+query).status, query)
	}
	next := url.QueryEscape("not ours")
	require.Equal(t, http.StatusBadRequest, v.get("/audit?cursor="+next).status)
}

// TestAnActOnAPageIsInTheTrail (C17): what was done in the browser can be read there.
func TestAnActOnAPageIsInTheTrail(t *testing.T) {
	t.Parallel()
	h := build(t, auditors())
	v := h.as(person(rbac.ClientAdmin))
	require.Contains(t, v.get("/audit").document(t).one(t, class("bh-empty")).text(), "Nothing has been recorded yet.")
	require.Equal(t, http.StatusOK, v.get("/invoices/"+h.home().invoice+"/pdf").status)
	rows := textsOf(v.get("/audit").document(t).one(t, tag("tbody")).all(tag("tr")))
	require.Len(t, rows, 2, "the attempt and how it ended")
	require.Contains(t, rows[0], "user-client_admin Downloaded an invoice "+h.home().invoice)
	require.Contains(t, rows[0], "Succeeded")
}

// TestAPartnerSeesItsClients (C3): those that are assigned right now, page by page, and each is opened in its own scope.
func TestAPartnerSeesItsClients(t *testing.T) {
	t.Parallel()
	h := build(t, rbac.ClientPolicy(), func(h *house) {
		h.billing.PageSize = 2
		for i := range 4 {
			h.world.AddAccount(provider.Account{ID: fmt.Sprintf("zz-%d", i), Name: fmt.Sprintf("Zz %d", i)})
			h.world.Assign(rbactest.Partner, fmt.Sprintf("zz-%d", i))
		}
	})
	v := h.as(partner(rbac.PartnerAdmin))
	var names []string
	for path := "/clients"; path != ""; {
		page := v.get(path).document(t)
		require.Equal(t, "Partner Billing", page.one(t, tag("h1")).text())
		require.Contains(t, page.text(), "Client admins manage billing email recipients.")
		names, path = append(names, textsOf(page.one(t, tag("tbody")).all(tag("th")))...), ""
		for _, next := range page.all(has("rel", "next")) {
			path = next.attr["href"][len("/billing"):]
		}
	}
	require.Equal(t, []string{h.client().Name, "Zz 0", "Zz 1", "Zz 2", "Zz 3"}, names)

	client := "/billing/clients/" + h.client().ID
	page := v.get("/clients").document(t)
	require.Contains(t, page.links(), client+"/usage")
	require.Contains(t, page.links(), client+"/invoices")
	for _, path := range []string{"/usage", "/usage/history", "/invoices", "/invoices/" + h.client().invoice} {
		a := v.get("/clients/" + h.client().ID + path)
		require.Equal(t, http.StatusOK, a.status, path)
		require.Contains(t, a.body, h.client().canary, path)
		crumbs := a.document(t).one(t, class("bh-crumbs"))
		require.Equal(t, []string{"/billing/clients", client + "/usage"}, crumbs.links()[:2], path)
	}
	require.Equal(t, "application/pdf", v.get("/clients/"+h.client().ID+"/invoices/"+h.client().invoice+"/pdf").header.Get("Content-Type"))
}

// TestAPartnerHasUsageAndInvoicesOnly (C1, C3): everything else of a client does not exist for it.
func TestAPartnerHasUsageAndInvoicesOnly(t *testing.T) {
	t.Parallel()
	h := build(t, rbac.ClientPolicy())
	v := h.as(partner(rbac.PartnerAdmin))
	none := v.get("/clients/nobody/usage")
	for _, path := range []string{"/payment-methods", "/recipients", "/settings", "/portal", "/reports", "/audit"} {
		a := v.get("/clients/" + h.client().ID + path)
		require.Equal(t, http.StatusNotFound, a.status, path)
		require.Equal(t, none.body, a.body, path)
	}
	for _, link := range v.get("/clients/" + h.client().ID + "/invoices").document(t).links() {
		require.NotContains(t, link, "portal")
	}
}

// TestAnAssignmentThatIsRevoked (C3) is gone at the next request; nobody else's client ever was there (C12).
func TestAnAssignmentThatIsRevoked(t *testing.T) {
	t.Parallel()
	h := build(t, rbac.ClientPolicy())
	v := h.as(partner(rbac.PartnerAdmin))
	path := "/clients/" + h.client().ID + "/usage"
	require.Equal(t, http.StatusOK, v.get(path).status)
	h.world.Revoke(rbactest.Partner, h.client().ID)
	gone := v.get(path)
	require.Equal(t, http.StatusNotFound, gone.status)
	for _, scope := range []rbactest.Scope{rbactest.Own, rbactest.Revoked, rbactest.OthersAssigned, rbactest.NonexistentScope} {
		require.Equal(t, gone.body, v.get("/clients/"+scope.AccountOf()+"/usage").body, scope)
	}
	require.Contains(t, v.get("/clients").document(t).text(), "No clients are assigned")
	left := partner(rbac.PartnerAdmin)
	left.Partner = ""
	h.knows(left)
	require.Equal(t, http.StatusNotFound, v.get("/clients").status, "without an active membership")
}

package main

import (
	"net/http"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/provider/memory"
	"github.com/billhatch/billhatch/rbac"
)

// visit is a page and what it answers: a status, and on a page that is shown a part of its text.
type visit struct {
	path   string
	status int
	text   string
}

func shown(path, text string) visit { return visit{path, http.StatusOK, text} }
func forbidden(path string) visit   { return visit{path, http.StatusForbidden, ""} }
func hidden(path string) visit      { return visit{path, http.StatusNotFound, ""} }

// Every role gets what the tables say (O1, C1), in the whole program (L5).
func TestEveryRoleGetsItsPages(t *testing.T) {
	t.Parallel()
	_, at := open(t)
	const client, foreign = "/billing/clients/" + memory.DemoClient, "/billing/clients/" + memory.DemoForeignClient
	for role, visits := range map[rbac.Role][]visit{
		rbac.Admin: {
			shown("/billing", "accounts.payable@meridian.example"), shown("/billing/settings", "Save billing email"),
			shown("/billing/portal", "accounts.payable@meridian.example"), shown("/billing/reports", "October 2026"),
			shown("/billing/audit", "Audit trail"), forbidden("/billing/usage"), forbidden("/billing/invoices"),
		},
		rbac.FullMember: {
			shown("/billing", "accounts.payable@meridian.example"), shown("/billing/reports", "October 2026"),
			forbidden("/billing/portal"), forbidden("/billing/audit"),
		},
		rbac.Sales: {
			forbidden("/billing"), forbidden("/billing/settings"), forbidden("/billing/portal"), forbidden("/billing/reports"), forbidden("/billing/audit"),
		},
		rbac.Billing: {
			shown("/billing", "accounts.payable@meridian.example"), shown("/billing/portal", "Continue to the billing portal"),
			shown("/billing/reports", "October 2026"), forbidden("/billing/audit"),
		},
		rbac.ExternalGuest: {
			forbidden("/billing"), forbidden("/billing/settings"), forbidden("/billing/portal"), forbidden("/billing/reports"),
		},
		rbac.ClientAdmin: {
			shown("/billing", "Reception line"), shown("/billing/usage", "Reception line"), shown("/billing/invoices", "Next invoice"),
			shown("/billing/recipients", "Show email"), shown("/billing/portal", "Continue to the billing portal"),
			shown("/billing/payment-methods", "astercard"), shown("/billing/audit", "Audit trail"), hidden(foreign + "/usage"),
		},
		rbac.ClientManager: {
			shown("/billing", "Reception line"), shown("/billing/invoices", "Next invoice"), shown("/billing/recipients", "/settings"),
			shown("/billing/portal", "Continue to the billing portal"), shown("/billing/payment-methods", "astercard"), forbidden("/billing/audit"),
		},
		rbac.ClientStaff: {
			forbidden("/billing"), forbidden("/billing/usage"), forbidden("/billing/invoices"), forbidden("/billing/recipients"),
			forbidden("/billing/portal"), forbidden("/billing/payment-methods"),
		},
		rbac.PartnerAdmin: {
			shown("/billing", "Aster Dental Group"), shown("/billing/clients", "Cedar Hotels"), shown(client+"/usage", "Reception line"),
			shown(client+"/invoices", "Next invoice"), hidden(client + "/payment-methods"), hidden(client + "/recipients"),
			hidden(client + "/portal"), hidden(foreign + "/usage"), hidden("/billing/usage"),
		},
		rbac.PartnerUser: {
			hidden("/billing"), hidden("/billing/clients"), hidden(client + "/usage"), hidden(client + "/invoices"),
		},
	} {
		t.Run(string(role), func(t *testing.T) {
			t.Parallel()
			b := browse(t, at).as(role)
			for _, v := range visits {
				status, page := b.get(v.path)
				require.Equal(t, v.status, status, v.path)
				require.Contains(t, page, v.text, v.path)
			}
		})
	}
}

// Full Members cannot change the address, and managers cannot read one.
func TestWhatRolesDoNotSee(t *testing.T) {
	t.Parallel()
	_, at := open(t)
	_, page := browse(t, at).as(rbac.FullMember).get("/billing/settings")
	require.NotContains(t, page, "Save billing email")
	_, page = browse(t, at).as(rbac.ClientManager).get("/billing/recipients")
	require.NotContains(t, page, "Show email")
	require.NotContains(t, page, "***@")
	_, page = browse(t, at).as(rbac.ClientAdmin).get("/billing/recipients")
	require.Contains(t, page, "***@")
	require.NotContains(t, page, "finance@aster.example")
}

func TestNobodyIsLedToTheStart(t *testing.T) {
	t.Parallel()
	_, at := open(t)
	status, page := browse(t, at).get("/billing/usage")
	require.Equal(t, http.StatusOK, status)
	require.Contains(t, page, "Who are you?")
}

// The link of the payment portal leads to the page that stands in for it, where invoices can be paid (O3, C10).
func TestTheWayThroughThePaymentPortal(t *testing.T) {
	t.Parallel()
	_, at := open(t)
	b := browse(t, at).as(rbac.ClientAdmin)
	_, page := b.get("/billing/portal")
	confirm := regexp.MustCompile(`name="confirm" value="([^"]+)"`).FindStringSubmatch(page)
	require.Len(t, confirm, 2)
	_, page = b.post("/billing/portal", "confirm", confirm[1])
	require.Contains(t, page, "Aster Dental Group: open invoices")
	field := func(name string) string {
		found := regexp.MustCompile(`name="` + name + `" value="([^"]+)"`).FindStringSubmatch(page)
		require.Len(t, found, 2, name)
		return found[1]
	}
	token, back, invoice := field("token"), field("back"), field("invoice")
	_, page = b.post("/hosted/pay", "token", token, "back", back, "invoice", invoice)
	require.Contains(t, page, "Everything is paid")
	_, page = b.post("/hosted/pay", "token", "session/made-up", "back", back, "invoice", invoice)
	require.Contains(t, page, "did not work")
	_, page = b.get("/billing/audit")
	require.Contains(t, page, "Opened the billing portal")

	admin := browse(t, at).as(rbac.Admin)
	_, page = admin.get("/billing/portal")
	confirm = regexp.MustCompile(`name="confirm" value="([^"]+)"`).FindStringSubmatch(page)
	require.Len(t, confirm, 2)
	_, page = admin.post("/billing/portal", "confirm", confirm[1])
	require.Contains(t, page, "A link would be sent to <strong>accounts.payable@meridian.example")
}

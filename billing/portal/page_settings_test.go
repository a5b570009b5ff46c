package portal_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/rbac"
	"github.com/billhatch/billhatch/rbac/rbactest"
	"github.com/billhatch/billhatch/usage"
)

// TestTheSettingsByRole (O1, O2): the billing email, a button for those who may open the portal, a form for those who may
// download, and one for those who may change the address.
func TestTheSettingsByRole(t *testing.T) {
	t.Parallel()
	h := build(t, rbac.OrganizationPolicy())
	for role, c := range map[rbac.Role]struct{ change, portal, report bool }{
		rbac.Admin: {true, true, true}, rbac.FullMember: {false, false, true}, rbac.Billing: {false, true, true},
	} {
		page := h.as(person(role)).get("/settings").document(t)
		require.Contains(t, page.one(t, has("aria-labelledby", "bh-email")).text(), h.home().email, role)
		require.Equal(t, c.change, len(page.all(tag("form"), has("action", "/billing/settings/email"))) == 1, role)
		require.Equal(t, c.portal, len(page.all(tag("a"), class("bh-button"), has("href", "/billing/portal"))) == 1, role)
		require.Equal(t, c.report, len(page.all(tag("form"), has("action", "/billing/reports"))) == 1, role)
		require.Equal(t, !c.change, strings.Contains(page.text(), "An Admin can change this address."), role)
	}
	for _, role := range []rbac.Role{rbac.Sales, rbac.ExternalGuest} {
		a := h.as(person(role)).get("/settings")
		require.Equal(t, http.StatusForbidden, a.status)
		require.Contains(t, a.document(t).text(), "Please ask an administrator")
		require.NotContains(t, a.body, h.home().canary)
	}
}

// TestHowThePortalLoginWorks (O4, O5): the exact address, the spam folder, and who can change it.
func TestHowThePortalLoginWorks(t *testing.T) {
	t.Parallel()
	h := build(t, rbac.OrganizationPolicy())
	for _, path := range []string{"/settings", "/portal"} {
		text := h.as(person(rbac.Admin)).get(path).document(t).text()
		require.Contains(t, text, "Only this exact address works: "+h.home().email, path)
		require.Contains(t, text, "spam folder", path)
		require.Contains(t, text, "An Admin can change the address", path)
	}
	text := h.as(person(rbac.Billing)).get("/settings").document(t).text()
	require.Contains(t, text, "Opens without another login.")
	require.NotContains(t, text, "Only this exact address works")
}

// change sends the form of the settings with the version that the page was drawn with.
func change(t *testing.T, v *visitor, email string) *answer {
	t.Helper()
	form := v.get("/settings").document(t).one(t, tag("form"), has("action", "/billing/settings/email"))
	return v.post("/settings/email", "email", email, "version", form.one(t, has("name", "version")).attr["value"])
}

// TestTheBillingEmailIsChanged (O6, C17): the provider has the new address, the page says so, and no address stands in a URL.
func TestTheBillingEmailIsChanged(t *testing.T) {
	t.Parallel()
	h := build(t, rbac.OrganizationPolicy())
	v := h.as(person(rbac.Admin))
	a := change(t, v, " new@client.example ")
	require.Equal(t, http.StatusSeeOther, a.status)
	require.Equal(t, "/billing/settings?done=email_changed", a.header.Get("Location"))
	page := v.get(a.header.Get("Location")[len("/billing"):]).document(t)
	require.Equal(t, "The billing email has been changed.", page.one(t, has("role", "status")).text())
	require.Contains(t, page.text(), "new@client.example")
	customer, err := h.world.Payments().Customer(t.Context(), h.home().Customer)
	require.NoError(t, err)
	require.Equal(t, "new@client.example", customer.Email.Reveal())
	entries := h.audit(t)
	require.Len(t, entries, 2)
	require.Equal(t, "n***@c***.example", entries[0].Target)
}

// TestAWrongAddressIsDrawnAgain (O6) as it was typed, with an error at its field.
func TestAWrongAddressIsDrawnAgain(t *testing.T) {
	t.Parallel()
	h := build(t, rbac.OrganizationPolicy())
	v := h.as(person(rbac.Admin))
	for _, typed := range []string{"", "nobody", `"><script>alert(1)</script>`, "a@b.example, c@d.example", "Ann <a@b.example>", "a@b.example\r\nBcc: x@y.example"} {
		a := change(t, v, typed)
		require.Equal(t, http.StatusUnprocessableEntity, a.status, typed)
		page := a.document(t)
		input := page.one(t, tag("input"), has("name", "email"))
		require.Equal(t, strings.ReplaceAll(typed, "\r\n", "\n"), strings.ReplaceAll(input.attr["value"], "\r\n", "\n"))
		require.Equal(t, "true", input.attr["aria-invalid"])
		problem := page.one(t, has("role", "alert"))
		require.Equal(t, "Enter one valid email address.", problem.text())
		require.Contains(t, strings.Fields(input.attr["aria-describedby"]), problem.attr["id"])
		require.Contains(t, input.attr, "autofocus", "whoever types goes on where the mistake is")
	}
	again := v.get("/settings").document(t)
	require.Contains(t, again.text(), h.home().email, "nothing has changed")
	require.NotContains(t, again.one(t, has("name", "email")).attr, "autofocus")
}

// TestAChangeMeanwhileIsShownAndNotOverwritten (O6): the form comes back with the version that holds now.
func TestAChangeMeanwhileIsShownAndNotOverwritten(t *testing.T) {
	t.Parallel()
	h := build(t, rbac.OrganizationPolicy())
	v := h.as(person(rbac.Admin))
	form := v.get("/settings").document(t).one(t, tag("form"), has("action", "/billing/settings/email"))
	version := form.one(t, has("name", "version")).attr["value"]
	h.world.SetEmail(h.home().Customer, "somebody@else.example")
	a := v.post("/settings/email", "email", "mine@client.example", "version", version)
	require.Equal(t, http.StatusConflict, a.status)
	page := a.document(t)
	conflict, input := page.one(t, has("role", "alert")), page.one(t, has("name", "email"))
	require.Contains(t, conflict.text(), "Someone else has changed the billing email")
	require.Contains(t, page.text(), "somebody@else.example")
	require.Equal(t, "mine@client.example", input.attr["value"])
	require.Contains(t, input.attr, "autofocus")
	require.Contains(t, strings.Fields(input.attr["aria-describedby"]), conflict.attr["id"])
	fresh := page.one(t, has("name", "version")).attr["value"]
	require.NotEqual(t, version, fresh)
	require.Equal(t, http.StatusSeeOther, v.post("/settings/email", "email", "mine@client.example", "version", fresh).status)
}

// TestAnAddressOfAnotherCustomer (O5) is refused, or warned of where it is on file already.
func TestAnAddressOfAnotherCustomer(t *testing.T) {
	t.Parallel()
	h := build(t, rbac.OrganizationPolicy())
	v := h.as(person(rbac.Admin))
	a := change(t, v, h.client().email)
	require.Equal(t, http.StatusConflict, a.status)
	require.Contains(t, a.document(t).one(t, has("role", "alert")).text(), "Another customer already has this address")
	require.Contains(t, v.get("/settings").body, h.home().email)

	h.world.SetEmail(h.client().Customer, h.home().email)
	require.Contains(t, v.get("/settings").document(t).one(t, has("aria-labelledby", "bh-email")).text(), "Another customer has the same billing email")
	page := v.get("/portal").document(t)
	require.Contains(t, page.text(), "the login may open the wrong account")
	confirm := page.one(t, has("name", "confirm")).attr["value"]
	require.Equal(t, http.StatusConflict, v.post("/portal", "confirm", confirm).status)
}

// TestThePortalIsConfirmedAndThenOpened (C10, O3, O4, C17): in a new tab, with a link that stands in one answer only.
func TestThePortalIsConfirmedAndThenOpened(t *testing.T) {
	t.Parallel()
	h := build(t, rbac.OrganizationPolicy())
	for role, way := range map[rbac.Role]string{rbac.Billing: "signed in", rbac.Admin: "login page"} {
		v := h.as(person(role))
		page := v.get("/portal").document(t)
		require.Contains(t, page.text(), way)
		require.Empty(t, h.world.CallsOf("PortalSession"), "nothing is created before the confirmation")
		form := page.one(t, tag("form"))
		require.Equal(t, "_blank", form.attr["target"])
		require.Contains(t, form.attr["rel"], "noopener")
		require.NotContains(t, form.attr, "data-billing")
		a := v.post("/portal", "confirm", form.one(t, has("name", "confirm")).attr["value"])
		require.Equal(t, http.StatusSeeOther, a.status)
		require.True(t, strings.HasPrefix(a.header.Get("Location"), "https://billing.invalid/"), a.header.Get("Location"))
		require.Equal(t, "no-store", a.header.Get("Cache-Control"))
		require.Equal(t, "no-referrer", a.header.Get("Referrer-Policy"))
		require.Empty(t, a.body)
		h.world.ResetCalls()
	}
	require.Equal(t, "portal.open", h.audit(t)[0].Action)
}

// TestAPortalThatIsNotConfirmed (C10) is not opened.
func TestAPortalThatIsNotConfirmed(t *testing.T) {
	t.Parallel()
	h := build(t, rbac.OrganizationPolicy())
	v, other := h.as(person(rbac.Billing)), h.as(person(rbac.Admin))
	foreign := other.get("/portal").document(t).one(t, has("name", "confirm")).attr["value"]
	late := v.get("/portal").document(t).one(t, has("name", "confirm")).attr["value"]
	h.world.Advance(time.Hour)
	for _, confirm := range []string{"", "x", foreign, late} {
		a := v.post("/portal", "confirm", confirm)
		require.Equal(t, http.StatusConflict, a.status)
		page := a.document(t)
		require.Equal(t, "Please confirm once more", page.one(t, tag("h1")).text())
		require.Contains(t, page.links(), "/billing/portal")
	}
	require.Empty(t, h.world.CallsOf("PortalSession"))
}

// TestAPortalLinkToAnywhereElse (C10) is not handed out.
func TestAPortalLinkToAnywhereElse(t *testing.T) {
	t.Parallel()
	h := build(t, rbac.OrganizationPolicy())
	evil, err := provider.NewSecretURL("https://evil.example/session")
	require.NoError(t, err)
	h.world.InjectAlways("PortalSession", memoryFault(func(s *provider.PortalSession) { s.URL = evil }))
	v := h.as(person(rbac.Billing))
	a := v.post("/portal", "confirm", v.get("/portal").document(t).one(t, has("name", "confirm")).attr["value"])
	require.Equal(t, http.StatusBadGateway, a.status)
	require.NotContains(t, a.body+a.header.Get("Location"), "evil")
}

// TestTheMonthPicker (O7): from the earliest month to the running one, which is marked.
func TestTheMonthPicker(t *testing.T) {
	t.Parallel()
	h := build(t, rbac.OrganizationPolicy())
	for _, path := range []string{"/reports", "/settings"} {
		options := h.as(person(rbac.FullMember)).get(path).document(t).one(t, has("name", "month")).all(tag("option"))
		require.Len(t, options, 10, path)
		require.Equal(t, "October 2026 (not final)", options[0].text())
		require.Equal(t, "2026-10", options[0].attr["value"])
		require.Equal(t, "September 2026", options[1].text())
		require.Equal(t, "January 2026", options[9].text())
	}
	require.Contains(t, h.as(person(rbac.Admin)).get("/reports").document(t).text(), "Reports are available from January 2026 on.")
}

// TestAReportIsPreparedAndDownloaded (O7, O12, C17): the page tells how it is, and can be left.
func TestAReportIsPreparedAndDownloaded(t *testing.T) {
	t.Parallel()
	h := build(t, rbac.OrganizationPolicy(), func(h *house) { h.config.Reports.Wait = time.Minute })
	v := h.as(person(rbac.Admin))
	page := v.get("/reports/2026-09?format=xlsx").document(t)
	require.Contains(t, page.text(), "This report has not been prepared, or is no longer kept.")
	form := page.one(t, tag("form"))
	require.Equal(t, "2026-09", form.one(t, has("name", "month")).attr["value"])

	a := v.post("/reports", "month", "2026-09", "format", "xlsx")
	require.Equal(t, http.StatusSeeOther, a.status)
	require.Equal(t, "/billing/reports/2026-09/file?format=xlsx", a.header.Get("Location"))
	file := v.get("/reports/2026-09/file?format=xlsx")
	require.Equal(t, http.StatusOK, file.status)
	require.True(t, strings.HasPrefix(file.body, "PK"))

	page = v.get("/reports/2026-09?format=xlsx").document(t)
	require.Equal(t, "Usage report September 2026", page.one(t, tag("h1")).text())
	require.Contains(t, page.text(), "The report is ready to download.")
	require.Contains(t, page.text(), "Tenants that you may not see are left out", "one tenant is sensitive (O12)")
	require.Contains(t, page.links(), "/billing/reports/2026-09/file?format=xlsx")
	require.NotContains(t, page.one(t, tag("main")).attr, "data-billing-refresh")

	running := v.get("/reports/2026-10?format=csv").document(t)
	require.Contains(t, running.text(), "This month is still running.")
}

// TestAReportInTheMaking (O7) shows its progress and need not be waited for. It never reloads the page: whoever reads or
// moves in it with the keyboard would lose the place.
func TestAReportInTheMaking(t *testing.T) {
	t.Parallel()
	h := build(t, rbac.OrganizationPolicy(), func(h *house) { h.config.Reports.Wait = -1 })
	release := make(chan struct{})
	t.Cleanup(func() { close(release) })
	v := h.as(person(rbac.Billing))
	h.world.InjectAlways("Tenants", memoryFault(func(*usage.Tenant) { <-release }))
	a := v.post("/reports", "month", "2026-09", "format", "csv")
	require.Equal(t, "/billing/reports/2026-09?format=csv", a.header.Get("Location"))
	page := v.get("/reports/2026-09?format=csv").document(t)
	require.Equal(t, "2", page.one(t, tag("main")).attr["data-billing-refresh"])
	require.Empty(t, page.all(tag("meta"), has("http-equiv", "refresh")))
	page.one(t, tag("progress"))
	require.Contains(t, page.text(), "You can leave this page and come back.")
	require.Contains(t, page.one(t, tag("main")).links(), "/billing/reports/2026-09?format=csv")
	element := parse(t, v.get("/reports/2026-09?format=csv", "Billing-Fragment", "1").body)
	require.Equal(t, "2", element.one(t, class("bh-fragment")).attr["data-billing-refresh"])
}

// TestMonthsThatHaveNoReport (O7) are a clear error.
func TestMonthsThatHaveNoReport(t *testing.T) {
	t.Parallel()
	v := build(t, rbac.OrganizationPolicy()).as(person(rbac.Admin))
	for month, status := range map[string]int{
		"2025-12": http.StatusUnprocessableEntity, "2026-11": http.StatusUnprocessableEntity, "x": http.StatusUnprocessableEntity,
	} {
		a := v.post("/reports", "month", month, "format", "xlsx")
		require.Equal(t, status, a.status, month)
		page := a.document(t)
		require.Contains(t, page.links(), "/billing/reports")
		require.Contains(t, page.text(), "hoose a month from the list")
	}
	require.Equal(t, http.StatusUnprocessableEntity, v.post("/reports", "month", "2026-09", "format", "exe").status)
}

// TestTheSettingsWithoutWhatStandsBeside (C11): the address is shown while the rest cannot be had.
func TestTheSettingsWithoutWhatStandsBeside(t *testing.T) {
	t.Parallel()
	h := build(t, rbac.OrganizationPolicy())
	h.world.FailAlways("CustomersByEmail", provider.ErrUnavailable)
	page := h.as(person(rbac.Admin)).get("/settings").document(t)
	require.Contains(t, page.one(t, has("aria-labelledby", "bh-email")).text(), h.home().email)
	require.Contains(t, page.one(t, has("aria-labelledby", "bh-email")).text(), "Whether another customer has the same one could not be checked.")
	require.Contains(t, page.one(t, has("aria-labelledby", "bh-portal")).text(), "cannot be reached just now")
	page.one(t, tag("form"), has("action", "/billing/reports"))
}

// TestNoBillingEmailIsOnFile (C11).
func TestNoBillingEmailIsOnFile(t *testing.T) {
	t.Parallel()
	h := build(t, rbac.OrganizationPolicy(), func(h *house) { h.world.SetEmail(h.home().Customer, "") })
	v := h.as(person(rbac.Admin))
	require.Contains(t, v.get("/settings").document(t).text(), "No billing email is on file.")
	require.Equal(t, http.StatusSeeOther, change(t, v, "first@client.example").status)
	require.Contains(t, v.get("/settings").body, "first@client.example")
}

// TestFreshAuthorityForChanges: who has lost the role meanwhile changes nothing.
func TestFreshAuthorityForChanges(t *testing.T) {
	t.Parallel()
	h := build(t, rbac.OrganizationPolicy(), func(h *house) {
		h.billing.Authority = func(context.Context, string) (rbac.Principal, error) {
			return rbac.Principal{ID: "user-admin", Account: rbactest.Home, Roles: []rbac.Role{rbac.FullMember}}, nil
		}
	})
	require.Equal(t, http.StatusForbidden, change(t, h.as(person(rbac.Admin)), "new@client.example").status)
}

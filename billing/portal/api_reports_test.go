package portal_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/billing/portal/internal/apimodel"
	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/provider/memory"
	"github.com/billhatch/billhatch/rbac"
	"github.com/billhatch/billhatch/rbac/rbactest"
	"github.com/billhatch/billhatch/usage"
)

const reportsPath = "/api/accounts/self/reports"

func patient(h *house)   { h.config.Reports.Wait = time.Minute }
func impatient(h *house) { h.config.Reports.Wait = -1 }

// TestReportMonthsOfTheAPI (O7): newest first, the running one not final.
func TestReportMonthsOfTheAPI(t *testing.T) {
	t.Parallel()
	_, v := apiHouse(t)
	months := read[apimodel.ReportMonths](t, v.get("/api/accounts/self/report-months")).Months
	require.Len(t, months, 10)
	require.Equal(t, apimodel.ReportMonth{
		Month: "2026-10", Period: apimodel.Period{From: "2026-10-01", To: "2026-11-01", Zone: "America/New_York"},
	}, months[0])
	require.True(t, months[1].Final)
	require.Equal(t, "2026-01", months[9].Month)
}

// TestAReportOfTheAPI (O7, O12, C17): made once, looked at, taken in each form.
func TestAReportOfTheAPI(t *testing.T) {
	t.Parallel()
	h, v := apiHouse(t, patient)
	before := read[apimodel.Report](t, v.get(reportsPath+"/2026-09"))
	require.Equal(t, apimodel.Report{Month: "2026-09", Format: apimodel.ReportFormatXlsx, Final: true, State: apimodel.ReportStateNone}, before)
	for format, media := range map[string]string{
		"xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "csv": "text/csv; charset=utf-8", "jsonl": "application/x-ndjson",
	} {
		a := v.send(http.MethodPost, reportsPath, `{"month":"2026-09","format":"`+format+`"}`)
		require.Equal(t, http.StatusOK, a.status, a.body)
		at := a.header.Get("Location")
		require.Equal(t, "/billing/api/accounts/self/reports/2026-09?format="+format, at)
		made := read[apimodel.Report](t, a)
		require.Equal(t, apimodel.ReportStateReady, made.State)
		require.Equal(t, apimodel.ReportProgress{Tenants: 2, TenantsDone: 2, Rows: 6, RowsDone: 6}, made.Progress)
		require.False(t, *made.Partial)
		require.Nil(t, made.Problem)
		below := strings.TrimPrefix(at, "/billing")
		require.Equal(t, made, read[apimodel.Report](t, v.get(below)))

		file := strings.Replace(below, "?", "/file?", 1)
		head := v.do(v.request(http.MethodHead, file, ""))
		require.Equal(t, media, head.header.Get("Content-Type"))
		require.Empty(t, head.body)
		a = v.get(file)
		require.Equal(t, http.StatusOK, a.status)
		require.Equal(t, media, a.header.Get("Content-Type"))
		require.Contains(t, a.header.Get("Content-Disposition"), "attachment; filename=")
		require.Contains(t, a.header.Get("Content-Disposition"), "2026-09."+format)
		require.Len(t, a.body, *made.Bytes)
	}
	h.world.ResetCalls()
	a := v.send(http.MethodPost, reportsPath, `{"month":"2026-09"}`)
	require.Equal(t, http.StatusOK, a.status)
	require.Empty(t, h.world.CallsOf("Tenants", "Append"), "it is still kept, so that it is not made again")
	require.Equal(t, apimodel.ReportFormatXlsx, read[apimodel.Report](t, a).Format)

	other := h.as(rbac.Principal{ID: "user-second", Account: rbactest.Home, Roles: []rbac.Role{rbac.ClientAdmin}})
	require.Equal(t, apimodel.ReportStateNone, read[apimodel.Report](t, other.get(reportsPath+"/2026-09")).State, "it belongs to whoever asked for it")
	a = other.get(reportsPath + "/2026-09/file")
	require.Equal(t, http.StatusOK, a.status, "as it is written")
	require.True(t, strings.HasPrefix(a.body, "PK"))

	running := read[apimodel.Report](t, v.send(http.MethodPost, reportsPath, `{"month":"2026-10","format":"csv"}`))
	require.False(t, running.Final)
}

// TestAReportWithoutWhatOneMayNotSee (O12).
func TestAReportWithoutWhatOneMayNotSee(t *testing.T) {
	t.Parallel()
	h := build(t, rbac.OrganizationPolicy(), patient)
	made := func(role rbac.Role) apimodel.Report {
		return read[apimodel.Report](t, h.as(person(role)).send(http.MethodPost, reportsPath, `{"month":"2026-09","format":"csv"}`))
	}
	require.True(t, *made(rbac.FullMember).Partial)
	require.False(t, *made(rbac.Billing).Partial, "has every tab by right")
}

// TestALongReportIsLeftAndComesBackTo (O7): 202 with where and when to look, counts while it is made, and never twice.
func TestALongReportIsLeftAndComesBackTo(t *testing.T) {
	t.Parallel()
	h, v := apiHouse(t, impatient)
	release, begun := make(chan struct{}), make(chan struct{}, 4)
	h.world.InjectAlways("Tenants", memoryFault(func(*usage.Tenant) {
		begun <- struct{}{}
		<-release
	}))
	a := v.send(http.MethodPost, reportsPath, `{"month":"2026-09","format":"csv"}`)
	require.Equal(t, http.StatusAccepted, a.status, a.body)
	require.Equal(t, "2", a.header.Get("Retry-After"))
	require.Equal(t, "/billing/api/accounts/self/reports/2026-09?format=csv", a.header.Get("Location"))
	require.Equal(t, apimodel.ReportStateRunning, read[apimodel.Report](t, a).State)
	<-begun

	a = v.get(reportsPath + "/2026-09?format=csv")
	require.Equal(t, "2", a.header.Get("Retry-After"))
	running := read[apimodel.Report](t, a)
	require.Equal(t, apimodel.ReportStateRunning, running.State)
	require.Nil(t, running.Bytes)
	require.Nil(t, running.Partial)
	require.Equal(t, http.StatusAccepted, v.send(http.MethodPost, reportsPath, `{"month":"2026-09","format":"csv"}`).status)
	require.Len(t, h.world.CallsOf("Tenants"), 1, "it is not begun twice")
	close(release)
	require.Eventually(t, func() bool {
		return read[apimodel.Report](t, v.get(reportsPath+"/2026-09?format=csv")).State == apimodel.ReportStateReady
	}, 10*time.Second, time.Millisecond)
	require.Empty(t, v.get(reportsPath+"/2026-09?format=csv").header.Get("Retry-After"))
}

// TestReportsThatAreNot (O7): each fails in its own way.
func TestReportsThatAreNot(t *testing.T) {
	t.Parallel()
	h, v := apiHouse(t, patient)
	for body, want := range map[string]string{
		`{"month":"2025-12"}`: "month_unavailable", `{"month":"2026-11"}`: "month_unavailable", `{"month":"2026-13"}`: "invalid",
		`{"month":"2026-9"}`: "invalid", `{"month":""}`: "invalid", `{"month":"` + strings.Repeat("9", 999) + `"}`: "invalid",
		`{"month":"2026-09","format":"exe"}`: "invalid", `{"month":"2026-09","format":"XLSX"}`: "invalid", `{"month":"2026-09","format":""}`: "invalid",
	} {
		requireProblem(t, v.send(http.MethodPost, reportsPath, body), http.StatusUnprocessableEntity, want)
	}
	for path, want := range map[string]string{
		"/2025-12": "month_unavailable", "/2026-13": "invalid", "/x": "invalid", "/2026-09%00": "invalid",
		"/2026-09?format=exe": "invalid", "/2026-09?format=": "invalid",
		"/2025-12/file": "month_unavailable", "/2026-09/file?format=exe": "invalid", "/2026-09/file?format=": "invalid",
	} {
		requireProblem(t, v.get(reportsPath+path), http.StatusUnprocessableEntity, want)
	}
	for kind, want := range map[error]struct {
		status  int
		problem string
	}{
		provider.ErrIncomplete:    {409, "incomplete"},
		provider.ErrUnsupported:   {501, "unsupported"},
		provider.ErrMisconfigured: {502, "needs_attention"},
		provider.ErrUnavailable:   {503, "unavailable"},
		provider.ErrTimeout:       {504, "timeout"},
	} {
		h.world.FailNext("Plan", kind)
		requireProblem(t, v.send(http.MethodPost, reportsPath, `{"month":"2026-09"}`), want.status, want.problem)
		h.world.FailNext("Plan", kind)
		requireProblem(t, v.get(reportsPath+"/2026-09/file"), want.status, want.problem)
	}
	_, v = apiHouse(t, patient, func(h *house) { h.config.Reports.MaxBytes = 8 })
	requireProblem(t, v.send(http.MethodPost, reportsPath, `{"month":"2026-09"}`), http.StatusInsufficientStorage, "report_too_large")
}

// TestAReportThatFailsWhenNobodyWaits tells why, until it is asked for again.
func TestAReportThatFailsWhenNobodyWaits(t *testing.T) {
	t.Parallel()
	h, v := apiHouse(t, impatient)
	h.world.Inject("Plan", memory.Fault{Err: provider.ErrIncomplete, Delay: time.Minute})
	require.Equal(t, http.StatusAccepted, v.send(http.MethodPost, reportsPath, `{"month":"2026-09"}`).status)
	require.Eventually(t, func() bool { return h.world.Waiting() == 1 }, 10*time.Second, time.Millisecond)
	h.world.Advance(time.Minute)
	var got apimodel.Report
	require.Eventually(t, func() bool {
		got = read[apimodel.Report](t, v.get(reportsPath+"/2026-09"))
		return got.State != apimodel.ReportStateRunning
	}, 10*time.Second, time.Millisecond)
	require.Equal(t, apimodel.ReportStateFailed, got.State)
	require.Equal(t, apimodel.ProblemTypeUrnBillhatchProblemIncomplete, *got.Problem)
	require.Nil(t, got.Bytes)
	require.Equal(t, http.StatusAccepted, v.send(http.MethodPost, reportsPath, `{"month":"2026-09"}`).status)
	require.Eventually(t, func() bool {
		return read[apimodel.Report](t, v.get(reportsPath+"/2026-09")).State == apimodel.ReportStateReady
	}, 10*time.Second, time.Millisecond)
}

// TestAKeptReportIsCheckedOnceMore (O12, T31): when its reader may not see a tenant any more that is in it, it is gone.
func TestAKeptReportIsCheckedOnceMore(t *testing.T) {
	t.Parallel()
	h := build(t, rbac.OrganizationPolicy(), patient)
	v := h.as(person(rbac.Billing))
	require.Equal(t, http.StatusOK, v.send(http.MethodPost, reportsPath, `{"month":"2026-09","format":"csv"}`).status)
	demoted := person(rbac.FullMember)
	demoted.ID = v.id
	h.knows(demoted)
	requireProblem(t, v.get(reportsPath+"/2026-09/file?format=csv"), http.StatusConflict, "conflict")
	a := v.get(reportsPath + "/2026-09/file?format=csv")
	require.Equal(t, http.StatusOK, a.status, "a new one, for what may still be seen")
	require.NotContains(t, a.body, "secret-"+h.home().canary)
}

// TestMe: what may be drawn, for each role and account.
func TestMe(t *testing.T) {
	t.Parallel()
	organization, client := build(t, rbac.OrganizationPolicy()), build(t, rbac.ClientPolicy())
	ops := func(names ...apimodel.Operation) []apimodel.Operation {
		return append([]apimodel.Operation{}, names...)
	}
	clientOps := ops("usage", "history", "invoices", "invoice", "invoice_pdf")
	assigned := rbactest.Assigned.AccountOf()
	for name, c := range map[string]struct {
		h          *house
		who        rbac.Principal
		query      string
		operations []apimodel.Operation
		recipients apimodel.RecipientsView
		clients    bool
	}{
		"an admin of an organisation": {organization, person(rbac.Admin), "", ops("billing_email", "change_email", "portal", "open_portal", "report_months", "start_report", "report", "report_file"), "none", false},
		"a full member":               {organization, person(rbac.FullMember), "", ops("billing_email", "report_months", "start_report", "report", "report_file"), "none", false},
		"sales":                       {organization, person(rbac.Sales), "", ops(), "none", false},
		"a client admin":              {client, person(rbac.ClientAdmin), "", append(clientOps, "payment_methods", "recipients", "recipient_settings", "reveal_recipient", "portal", "open_portal"), "list", false},
		"a client manager, by name":   {client, person(rbac.ClientManager), "?account=" + rbactest.Home, append(clientOps, "payment_methods", "recipient_settings", "portal", "open_portal"), "link", false},
		"a client manager, by self":   {client, person(rbac.ClientManager), "?account=self", append(clientOps, "payment_methods", "recipient_settings", "portal", "open_portal"), "link", false},
		"client staff":                {client, person(rbac.ClientStaff), "", ops(), "none", false},
		"a partner admin":             {client, partner(rbac.PartnerAdmin), "", nil, "", true},
		"a partner admin at a client": {client, partner(rbac.PartnerAdmin), "?account=" + assigned, clientOps, "note", true},
		"a partner user":              {client, partner(rbac.PartnerUser), "", nil, "", false},
	} {
		me := read[apimodel.Me](t, c.h.as(c.who).get("/api/me"+c.query))
		require.Equal(t, c.who.ID, me.Id, name)
		require.Equal(t, c.clients, me.Clients, name)
		require.Equal(t, c.who.Account == "", me.Account == nil, name)
		require.Equal(t, c.who.Partner == "", me.Partner == nil, name)
		if c.operations == nil {
			require.Nil(t, me.View, name)
			continue
		}
		require.ElementsMatch(t, c.operations, me.View.Operations, name)
		require.Equal(t, c.recipients, me.View.Recipients, name)
	}
	v := client.as(partner(rbac.PartnerAdmin))
	for _, account := range []string{rbactest.Home, rbactest.Revoked.AccountOf(), rbactest.OthersAssigned.AccountOf(), "nowhere", "", "self", "a%00b"} {
		requireProblem(t, v.get("/api/me?account="+account), http.StatusNotFound, "not_found")
	}
	client.world.FailNext("Assigned", provider.ErrUnavailable)
	requireProblem(t, v.get("/api/me?account="+assigned), http.StatusServiceUnavailable, "authority_unavailable")
	require.Equal(t, "de", read[apimodel.Me](t, v.get("/api/me", "Accept-Language", "de-AT, en;q=0.5")).Language)
}

// TestClientsOfTheAPI (C3): those that are assigned right now.
func TestClientsOfTheAPI(t *testing.T) {
	t.Parallel()
	h := build(t, rbac.ClientPolicy())
	v := h.as(partner(rbac.PartnerAdmin))
	list := read[apimodel.Clients](t, v.get("/api/clients"))
	require.Equal(t, []apimodel.Client{{Id: h.client().ID, Name: h.client().Name}}, list.Clients)
	require.Nil(t, list.Next)
	h.world.Revoke(rbactest.Partner, h.client().ID)
	list = read[apimodel.Clients](t, v.get("/api/clients"))
	require.Empty(t, list.Clients)
	require.Equal(t, apimodel.StateNothingYet, list.Status.State)
	requireProblem(t, v.get("/api/accounts/"+h.client().ID+"/usage"), http.StatusNotFound, "not_found")
	requireProblem(t, h.as(person(rbac.ClientAdmin)).get("/api/clients"), http.StatusNotFound, "not_found")
}

// TestTheDocumentNamesWhereItIsServed.
func TestTheDocumentNamesWhereItIsServed(t *testing.T) {
	t.Parallel()
	for base, server := range map[string]string{"": "/billing", "/": "/", "/admin/billing": "/admin/billing"} {
		h := build(t, rbac.ClientPolicy(), func(h *house) { h.config.BasePath = base })
		v := h.as(person(rbac.ClientStaff))
		r := v.request(http.MethodGet, "", "")
		r.URL.Path = strings.TrimSuffix(h.portal.Pattern(), "/") + "/api/openapi.yaml"
		a := v.straight(r)
		require.Equal(t, http.StatusOK, a.status, a.body)
		require.Equal(t, "application/yaml", a.header.Get("Content-Type"))
		require.Contains(t, a.body, "\nservers:\n  - url: \""+server+"\"\n")
		require.True(t, strings.HasPrefix(a.body, "openapi: 3.1."))
	}
	require.Len(t, apiRoutes(), 21)
	for _, r := range apiRoutes() {
		require.True(t, strings.HasPrefix(r.Name, "api_") && strings.HasPrefix(r.Path, "/api/"), r.Path)
	}
}

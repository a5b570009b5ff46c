package portal_test

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/provider/memory"
	"github.com/billhatch/billhatch/rbac"
	"github.com/billhatch/billhatch/rbac/rbactest"
	"github.com/billhatch/billhatch/usage"
)

const september = "/reports/2026-09?format=xlsx"

// soon waits until something has happened in the background.
func soon(t *testing.T, happened func() bool) {
	t.Helper()
	require.Eventually(t, happened, 20*time.Second, 2*time.Millisecond)
}

// TestO7AReportIsBegunOnce (O7): by many requests of one person, in two windows and through the API; another person has
// one of his own.
func TestO7AReportIsBegunOnce(t *testing.T) {
	t.Parallel()
	h := build(t, rbac.OrganizationPolicy(), func(h *house) { h.config.Reports.Wait = -1 })
	release := make(chan struct{})
	h.world.InjectAlways("Tenants", memoryFault(func(*usage.Tenant) { <-release }))
	billing := h.as(person(rbac.Billing))
	var all sync.WaitGroup
	for range 16 {
		all.Go(func() {
			a := billing.post("/reports", "month", "2026-09", "format", "xlsx")
			if a.status != http.StatusSeeOther {
				t.Errorf("%d", a.status)
			}
		})
	}
	all.Wait()
	soon(t, func() bool { return len(h.world.CallsOf("Tenants")) > 0 })
	admin := h.as(person(rbac.Admin))
	require.Contains(t, admin.get(september).body, "This report has not been prepared", "somebody else's is not shown")
	close(release)
	soon(t, func() bool { return strings.Contains(billing.get(september).body, "The report is ready to download.") })
	require.Len(t, h.world.CallsOf("Tenants"), 1)
	require.Equal(t, http.StatusOK, billing.get("/reports/2026-09/file?format=xlsx").status)
	require.Len(t, h.world.CallsOf("Tenants"), 1, "the file is the one that was made")
	require.Equal(t, http.StatusOK, admin.get("/reports/2026-09/file?format=xlsx").status)
	require.Len(t, h.world.CallsOf("Tenants"), 2, "somebody else's is made anew")
}

// TestO7AFileIsWholeAndNamed (O7, C16): kept or written as it is read, in every format, and never cached.
func TestO7AFileIsWholeAndNamed(t *testing.T) {
	t.Parallel()
	for format, media := range map[string]string{
		"xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "csv": "text/csv; charset=utf-8", "jsonl": "application/x-ndjson",
	} {
		h := build(t, rbac.OrganizationPolicy(), func(h *house) { h.config.Reports.Wait = time.Minute })
		v := h.as(person(rbac.Billing))
		path := "/reports/2026-09/file?format=" + format
		streamed := v.get(path)
		require.Equal(t, http.StatusSeeOther, v.post("/reports", "month", "2026-09", "format", format).status)
		kept := v.get(path)
		for _, a := range []*answer{streamed, kept} {
			require.Equal(t, http.StatusOK, a.status)
			require.Equal(t, media, a.header.Get("Content-Type"))
			require.Equal(t, "attachment; filename=usage-acme-2026-09."+format, a.header.Get("Content-Disposition"))
			require.Equal(t, "no-store", a.header.Get("Cache-Control"))
			require.Equal(t, "nosniff", a.header.Get("X-Content-Type-Options"))
			require.Equal(t, "sandbox; default-src 'none'", a.header.Get("Content-Security-Policy"))
		}
		require.Equal(t, streamed.body, kept.body, format)
		if format == "xlsx" {
			_, err := zip.NewReader(bytes.NewReader([]byte(kept.body)), int64(len(kept.body)))
			require.NoError(t, err)
		}
		appended := len(h.world.CallsOf("Append"))
		head := v.do(v.request(http.MethodHead, path, ""))
		require.Equal(t, http.StatusOK, head.status)
		require.Equal(t, media, head.header.Get("Content-Type"))
		require.Len(t, h.world.CallsOf("Append"), appended, "the head takes nothing")
	}
}

// TestO12AFileIsCheckedWhenItIsCollected (O12, C3, T5): by then the reader may have lost the role, the account or a tenant.
func TestO12AFileIsCheckedWhenItIsCollected(t *testing.T) {
	t.Parallel()
	sees := true
	h := build(t, rbac.OrganizationPolicy(), func(h *house) {
		h.config.Reports.Wait = time.Minute
		h.billing.SeesTenant = func(context.Context, rbac.Principal, string, string) (bool, error) { return sees, nil }
	})
	who := person(rbac.Admin)
	v := h.as(who)
	file := "/reports/2026-09/file?format=xlsx"
	require.Equal(t, http.StatusSeeOther, v.post("/reports", "month", "2026-09", "format", "xlsx").status)
	require.Equal(t, http.StatusOK, v.get(file).status)

	h.world.FailNext("Append", provider.ErrUnavailable)
	require.Equal(t, http.StatusServiceUnavailable, v.get(file).status, "without a record there is no file")

	sees = false
	require.Equal(t, http.StatusConflict, v.get(file).status, "a tenant in it may not be seen any more")
	anew := v.get(file)
	require.Equal(t, http.StatusOK, anew.status, "it is made anew without the tenant")
	require.NotContains(t, unzipped(t, anew.body), "secret-")

	who.Roles = []rbac.Role{rbac.Sales}
	h.knows(who)
	require.Equal(t, http.StatusForbidden, v.get(file).status)
	who.Roles, who.Account = []rbac.Role{rbac.Admin}, rbactest.Other.AccountOf()
	h.knows(who)
	other := v.get(file)
	require.Equal(t, http.StatusOK, other.status)
	require.NotContains(t, unzipped(t, other.body), h.home().canary, "the report of the account that is now the reader's")
}

func unzipped(t *testing.T, body string) string {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader([]byte(body)), int64(len(body)))
	require.NoError(t, err)
	var out strings.Builder
	for _, f := range z.File {
		r, err := f.Open()
		require.NoError(t, err)
		_, err = io.Copy(&out, r) //nolint:gosec // our own file
		require.NoError(t, err)
		require.NoError(t, r.Close())
	}
	return out.String()
}

// TestO7AReportOfTheRunningMonthEndsWithIt (O7): it is not taken for that of the month when it is over.
func TestO7AReportOfTheRunningMonthEndsWithIt(t *testing.T) {
	t.Parallel()
	h := build(t, rbac.OrganizationPolicy(), func(h *house) {
		h.config.Reports.Wait, h.config.Reports.Keep = time.Minute, 1000*time.Hour
	})
	v := h.as(person(rbac.Billing))
	require.Equal(t, http.StatusSeeOther, v.post("/reports", "month", "2026-10", "format", "csv").status)
	toDate := v.get("/reports/2026-10/file?format=csv")
	require.Contains(t, toDate.header.Get("Content-Disposition"), "to-date")
	h.world.Set(time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC))
	require.Contains(t, v.get("/reports/2026-10?format=csv").body, "This report has not been prepared")
	final := v.get("/reports/2026-10/file?format=csv")
	require.NotContains(t, final.header.Get("Content-Disposition"), "to-date")
	require.NotEqual(t, toDate.body, final.body)
}

// TestAReportThatFails says why, may be asked for again, and never leaves half a file (3.5).
func TestAReportThatFails(t *testing.T) {
	t.Parallel()
	h := build(t, rbac.OrganizationPolicy(), func(h *house) { h.config.Reports.Wait = time.Minute })
	v := h.as(person(rbac.Billing))
	h.world.FailNext("Tenants", provider.ErrUnavailable)
	require.Equal(t, http.StatusServiceUnavailable, v.post("/reports", "month", "2026-09", "format", "xlsx").status)
	require.Equal(t, http.StatusSeeOther, v.post("/reports", "month", "2026-09", "format", "xlsx").status, "a second time it is made")

	slow := build(t, rbac.OrganizationPolicy(), func(h *house) { h.config.Reports.Wait = -1 })
	v = slow.as(person(rbac.Billing))
	slow.world.Inject("Tenants", memory.Fault{Err: provider.ErrUnavailable, Delay: time.Minute})
	require.Equal(t, http.StatusSeeOther, v.post("/reports", "month", "2026-09", "format", "xlsx").status)
	soon(t, func() bool { return len(slow.world.CallsOf("Tenants")) > 0 })
	slow.world.Advance(time.Minute)
	soon(t, func() bool { return strings.Contains(v.get(september).body, "bh-notice--danger") })
	require.NotContains(t, v.get(september).body, "The report is ready to download.")
}

// brokenPipe is a connection whose reader is gone after so many bytes.
type brokenPipe struct {
	*httptest.ResponseRecorder
	left int
}

func (b *brokenPipe) Write(p []byte) (int, error) {
	if b.left -= len(p); b.left < 0 {
		return 0, errors.New("broken pipe")
	}
	return b.ResponseRecorder.Write(p)
}

// TestAFileThatCannotBeSentToItsEnd is cut off rather than ended, so that a part never looks whole (T19, 3.5).
func TestAFileThatCannotBeSentToItsEnd(t *testing.T) {
	t.Parallel()
	h := build(t, rbac.OrganizationPolicy(), func(h *house) { h.config.Reports.Wait = time.Minute })
	v := h.as(person(rbac.Billing))
	for _, kept := range []bool{false, true} {
		if kept {
			require.Equal(t, http.StatusSeeOther, v.post("/reports", "month", "2026-09", "format", "csv").status)
		}
		require.PanicsWithValue(t, http.ErrAbortHandler, func() {
			h.portal.ServeHTTP(&brokenPipe{httptest.NewRecorder(), 100}, v.request(http.MethodGet, "/reports/2026-09/file?format=csv", ""))
		})
	}
	client := build(t, rbac.ClientPolicy())
	v = client.as(person(rbac.ClientAdmin))
	require.PanicsWithValue(t, http.ErrAbortHandler, func() {
		client.portal.ServeHTTP(&brokenPipe{httptest.NewRecorder(), 100}, v.request(http.MethodGet, "/invoices/"+client.home().invoice+"/pdf", ""))
	})
	client.world.Inject("InvoicePDF", memory.Fault{Err: provider.ErrTimeout, Late: true})
	require.PanicsWithValue(t, http.ErrAbortHandler, func() {
		client.portal.ServeHTTP(httptest.NewRecorder(), v.request(http.MethodGet, "/invoices/"+client.home().invoice+"/pdf", ""))
	}, "a document that ends in the middle")
}

// TestTooManyReportsAtATime wait, with a time to come again (T28).
func TestTooManyReportsAtATime(t *testing.T) {
	t.Parallel()
	h := build(t, rbac.OrganizationPolicy(), func(h *house) { h.config.Reports.Wait, h.config.Reports.Most = -1, 2 })
	release := make(chan struct{})
	t.Cleanup(func() { close(release) })
	h.world.InjectAlways("Tenants", memoryFault(func(*usage.Tenant) { <-release }))
	v := h.as(person(rbac.Billing))
	statuses := map[int]int{}
	var last *answer
	for _, month := range []string{"2026-09", "2026-08", "2026-07", "2026-06"} {
		last = v.post("/reports", "month", month, "format", "xlsx")
		statuses[last.status]++
	}
	require.Equal(t, http.StatusServiceUnavailable, last.status)
	require.NotEmpty(t, last.header.Get("Retry-After"))
	require.LessOrEqual(t, statuses[http.StatusSeeOther], 2)
	require.Positive(t, statuses[http.StatusSeeOther])
}

// TestAClosedPortalMakesNoReports and leaves no file.
func TestAClosedPortalMakesNoReports(t *testing.T) {
	t.Parallel()
	h := build(t, rbac.OrganizationPolicy())
	v := h.as(person(rbac.Billing))
	require.NoError(t, h.portal.Close(t.Context()))
	require.Equal(t, http.StatusServiceUnavailable, v.post("/reports", "month", "2026-09", "format", "xlsx").status)
	require.Equal(t, http.StatusOK, v.get("/settings").status, "everything else is answered")
}

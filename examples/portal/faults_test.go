package main

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/rbac"
)

// Every fault shows its state on a page (C11), and is gone when it is healed.
func TestEveryFaultShows(t *testing.T) {
	if testing.Short() {
		t.Skip("not under the race detector")
	}
	t.Parallel()
	invoice := "/billing/invoices/{latest}/pdf"
	table := map[string]struct {
		as     rbac.Role
		path   string
		status int
		text   string
	}{
		"down":           {rbac.ClientAdmin, "/billing/invoices", 200, "Could not be loaded"},
		"timeout":        {rbac.ClientAdmin, "/billing/invoices", 200, "Could not be loaded"},
		"slow":           {rbac.ClientAdmin, "/billing/invoices", 200, "Next invoice"},
		"rate-limited":   {rbac.ClientAdmin, "/billing/invoices", 200, "Please wait a moment"},
		"misconfigured":  {rbac.Admin, "/billing/settings", 200, "needs attention"},
		"foreign":        {rbac.Admin, "/billing/settings", 200, "needs attention"},
		"not-configured": {rbac.ClientAdmin, "/billing/invoices", 200, "Billing is not set up"},
		"records-down":   {rbac.ClientAdmin, "/billing/usage", 503, "unavailable"},
		"no-invoices":    {rbac.ClientAdmin, "/billing/invoices", 200, "No invoices yet"},
		"unknown-status": {rbac.ClientAdmin, "/billing/invoices", 200, "Status unknown"},
		"syncing":        {rbac.ClientAdmin, "/billing/recipients", 200, "synchronized"},
		"no-metadata":    {rbac.ClientAdmin, "/billing/usage", 200, "Names and plans of some projects"},
		"no-usage":       {rbac.ClientAdmin, "/billing/usage", 200, "Usage of some projects is not available"},
		"pdf-missing":    {rbac.ClientAdmin, invoice, 404, "Request"},
		"pdf-large":      {rbac.ClientAdmin, invoice, 502, "too large"},
		"pdf-timeout":    {rbac.ClientAdmin, invoice, 504, "too long"},
		"pdf-damaged":    {rbac.ClientAdmin, invoice, 502, "damaged"},
		"audit-down":     {rbac.ClientAdmin, invoice, 503, "Not carried out"},
		authorityDown:    {rbac.PartnerAdmin, "/billing/clients", 503, "Access could not be checked"},
		supportDown:      {rbac.ClientAdmin, "/support", 503, "This page is down"},
	}
	d, at := open(t)
	for _, f := range faults() {
		want, ok := table[f.name]
		require.True(t, ok, f.name)
		t.Run(f.name, func(t *testing.T) {
			b := browse(t, at).as(want.as)
			path := want.path
			if path == invoice {
				path = "/billing/invoices/" + invoicesOf(t, d, d.person(string(want.as)).home, monthOf(t, 2026, 10))[0].ID + "/pdf"
			}
			_, before := b.get(path)
			if f.name != "slow" {
				require.NotContains(t, before, want.text)
			}
			_, panel := b.post("/panel/fault", "fault", f.name)
			require.Contains(t, panel, "(1 active)")
			status, page := b.get(path)
			require.Equal(t, want.status, status)
			require.Contains(t, page, want.text)
			if look := f.lookAs(d.person(string(want.as))); look != "" {
				status, _ := b.get(look)
				require.NotEqual(t, http.StatusNotFound, status, look)
			}
			_, panel = b.post("/panel/fault", "fault", f.name)
			require.NotContains(t, panel, "active)")
			require.Contains(t, panel, "healed")
			if f.name != "slow" {
				_, after := b.get(path)
				require.NotContains(t, after, want.text)
			}
		})
	}
	require.Len(t, table, len(faults()))
}

// Faults add up, and all of them are healed at once.
func TestFaultsAddUp(t *testing.T) {
	if testing.Short() {
		t.Skip("not under the race detector")
	}
	t.Parallel()
	d, at := open(t)
	b := browse(t, at).as(rbac.ClientAdmin)
	b.post("/panel/fault", "fault", "down")
	_, panel := b.post("/panel/fault", "fault", supportDown)
	require.Contains(t, panel, "(2 active)")
	require.Equal(t, []string{"down", supportDown}, d.stage.Load().activeFaults())
	_, panel = b.post("/panel/fault", "fault", "fire")
	require.Contains(t, panel, "did not work")
	b.post("/panel/fault", "fault", "misconfigured")
	_, page := b.get("/billing/invoices")
	require.Contains(t, page, "support@clearline.example")
	_, panel = b.post("/panel/fault", "fault", "")
	require.NotContains(t, panel, "active)")
	_, page = b.get("/billing/invoices")
	require.Contains(t, page, "Next invoice")
}

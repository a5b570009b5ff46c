package portal_test

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/invoice"
	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/rbac"
	"github.com/billhatch/billhatch/rbac/rbactest"
	"github.com/billhatch/billhatch/usage"
	"github.com/billhatch/billhatch/usage/civil"
)

// named makes a host in which everything that a person or a provider can name is named alike.
func named(t *testing.T, name string) (h *house, invoiceID string) {
	t.Helper()
	always := civil.MustDate(2026, 1, 1)
	h = build(t, everyone(), func(h *house) {
		w := h.world
		a := w.AddAccount(provider.Account{ID: "plain", Name: name, SettingsURL: "https://host.example/settings"})
		w.SetRecipients(a.Customer, []string{"a@b.example"}, nil)
		w.SetMethods(a.Customer, provider.PaymentMethod{ID: "pm", Kind: name, Brand: name, Last4: name, Expires: name})
		w.SetPlan(a.ID, always, usage.Plan{
			Name: name, Currency: "USD", Seats: flat("3.10"),
			Metered: []usage.MeteredPlan{{
				Name: name, Fee: &usage.Fee{ID: "base", Name: name, Amount: usd("20.00")},
				Meters: []usage.Meter{{Name: name, Unit: name, Included: decimal.NewFromInt(10), Price: flat("0.05")}},
			}},
		})
		w.AddProject(a.ID, usage.Project{
			ID: "aaa", Name: name, Plan: name, Active: civil.Span{From: always},
			Readings: []usage.Reading{{Meter: name, Used: usage.Known(decimal.NewFromInt(12)), At: now}},
		})
		w.SetDaily(a.ID, provider.DayUsage{Project: "aaa", Meter: name, Day: always.AddDays(280), Used: usage.Known(decimal.NewFromInt(12))})
		w.AddDiscount(a.ID, usage.Discount{Name: name, Percent: decimal.NewFromInt(10), On: usage.OnFees, Valid: civil.Span{From: always}})
		invoiceID = w.AddInvoice(a.ID, invoice.Invoice{
			Number: name, Status: invoice.Open, Issued: civil.MustDate(2026, time.August, 2), Reference: name, Note: name, Group: name,
			Lines: []invoice.Line{{Key: "a", Kind: invoice.Fee, Description: name, Quantity: decimal.NewFromInt(1), Amount: usd("1.00"), Merged: 2}},
			Taxes: []invoice.Tax{{Name: name, Rate: decimal.NewFromInt(1), Base: usd("1.00"), Amount: usd("0.01")}},
		}).ID
		w.AddAccount(provider.Account{ID: idOf(name), Name: name})
		w.Assign(rbactest.Partner, idOf(name))
		log, ok := provider.As[provider.AuditLog](w.Records())
		require.True(t, ok)
		_, err := log.Append(t.Context(), provider.AuditEntry{
			ID: "e", At: now, Account: a.ID, Actor: name, Action: name, Target: name, Purpose: name, Outcome: provider.Failed,
		})
		require.NoError(t, err)
		h.config.HostName = name
	})
	return h, invoiceID
}

// idOf is an id that looks like a name. Two slashes in a row are in no path.
func idOf(name string) string { return "id " + strings.ReplaceAll(name, "//", "") }

// namer is somebody of the account in which everything is named.
func namer() rbac.Principal {
	p := anyone()
	p.Account = "plain"
	return p
}

// TestNamesNeverBecomeMarkup (T15): whatever things are called, a page has the same elements and attributes as one with
// harmless names, its links lead to the same places, and the names stand in it as they are.
func TestNamesNeverBecomeMarkup(t *testing.T) {
	if testing.Short() {
		t.Skip("not under the race detector")
	}
	t.Parallel()
	harmless, harmlessInvoice := named(t, "name")
	for _, hostile := range []string{
		`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `' onmouseover='alert(1)`, `</title><svg onload=alert(1)>`,
		`javascript:alert(1)`, `{{.}} ⟦x⟧ &lt;b&gt;`, "-->\u202e<!--", `https://evil.example/?a=1&b=2`, "`${alert(1)}`",
	} {
		h, invoiceID := named(t, hostile)
		paths := map[string]string{"/invoices/" + invoiceID: "/invoices/" + harmlessInvoice}
		for _, path := range []string{"/usage", "/reports"} {
			paths[path] = path
		}
		for path := range panels {
			paths[path] = path
		}
		paths["/clients/"+url.PathEscape(idOf(hostile))+"/invoices"] = "/clients/id%20name/invoices"
		paths["/audit?actor="+url.QueryEscape(hostile)] = "/audit?actor=name"
		for path, twin := range paths {
			for _, fragment := range []string{"0", "1"} {
				who := namer()
				if strings.HasPrefix(path, "/clients/") {
					who = partner(rbac.PartnerAdmin)
				}
				a, b := h.as(who).get(path, "Billing-Fragment", fragment), harmless.as(who).get(twin, "Billing-Fragment", fragment)
				require.Equal(t, http.StatusOK, a.status, path)
				require.Equal(t, http.StatusOK, b.status, twin)
				page := parse(t, a.body)
				requireAlike(t, parse(t, b.body), page, path+" named "+hostile)
				requireSafeLinks(t, page)
				if path != "/settings" && path != "/portal" && path != "/recipients" && path != "/reports" && fragment == "0" {
					require.Contains(t, strings.Join(strings.Fields(page.text()), " "), strings.Join(strings.Fields(hostile), " "), path)
				}
			}
		}
	}
}

// TestWhatWasTypedNeverBecomesMarkup (T15): purposes and addresses come back as they were typed.
func TestWhatWasTypedNeverBecomesMarkup(t *testing.T) {
	t.Parallel()
	h := build(t, everyone())
	v := h.as(anyone())
	reveal := "/recipients/" + h.home().recipient + "/reveal"
	for _, hostile := range []string{`"><script>alert(1)</script>`, `' autofocus onfocus=alert(1) x='`} {
		shown := parse(t, v.post(reveal, "purpose", hostile).body)
		requireAlike(t, parse(t, v.post(reveal, "purpose", "harmless").body), shown, hostile)
		require.Contains(t, shown.text(), hostile)
		typed := parse(t, change(t, v, hostile).body)
		requireAlike(t, parse(t, change(t, v, "harmless").body), typed, hostile)
		require.Equal(t, hostile, typed.one(t, has("name", "email")).attr["value"])
	}
	long := parse(t, v.post(reveal, "purpose", strings.Repeat(`"><b>`, 200)).body)
	requireAlike(t, parse(t, v.post(reveal, "purpose", "").body), long, "too long")
}

// requireAlike: two pages have the same elements and attributes.
func requireAlike(t *testing.T, want, got *node, what string) {
	t.Helper()
	a, b := skeleton(want), skeleton(got)
	for i := range min(len(a), len(b)) {
		require.Equal(t, a[i], b[i], "%s: element %d", what, i)
	}
	require.Len(t, b, len(a), what)
}

// skeleton gives the elements of a page with the names of their attributes, and the values of those that mean something
// to a browser beside being shown.
func skeleton(page *node) []string {
	var out []string
	for _, n := range page.all() {
		line := n.name
		for _, attr := range slices.Sorted(maps.Keys(n.attr)) {
			line += " " + attr
			switch attr {
			case "class", "id", "role", "type", "name", "method", "target", "rel", "http-equiv", "for", "part":
				line += "=" + n.attr[attr]
			}
		}
		out = append(out, line)
	}
	return out
}

// requireSafeLinks: a page leads to itself, to the host, and to nowhere else.
func requireSafeLinks(t *testing.T, page *node) {
	t.Helper()
	for _, n := range page.all() {
		for _, attr := range []string{"href", "src", "action"} {
			link, ok := n.attr[attr]
			if !ok {
				continue
			}
			own := strings.HasPrefix(link, "/billing") || strings.HasPrefix(link, "#") || strings.HasPrefix(link, "https://host.example/")
			require.True(t, own, "%s of %s: %s", attr, n.name, link)
			_, err := url.Parse(link)
			require.NoError(t, err)
		}
	}
}

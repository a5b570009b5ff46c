package stripefake_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/internal/stripefake"
)

// TestWhatIsNotThere is 404 when the path names it, on every route that has an id, and nothing is done.
func TestWhatIsNotThere(t *testing.T) {
	t.Parallel()
	h := newHouse(t, stripefake.Options{})
	needed := map[string][]any{
		"POST /v1/customers/{customer}/balance_transactions": {"amount", 1, "currency", "usd"},
	}
	for _, route := range stripefake.Routes() {
		method, template, _ := strings.Cut(route, " ")
		if !strings.Contains(template, "{") || strings.Contains(template, "{account}") {
			continue
		}
		path := strings.NewReplacer(
			"{customer}", "cus_none", "{invoice}", "in_none", "{invoiceitem}", "ii_none", "{coupon}", "NONE",
		).Replace(template)
		if i := strings.Index(path, "{"); i >= 0 {
			path = path[:i] + "none" + strings.TrimLeft(path[i:], "{abcdefghijklmnopqrstuvwxyz_}")
		}
		r, err := h.send(t.Context(), method, path, "", needed[route]...)
		require.NoError(t, err)
		require.Equal(t, http.StatusNotFound, r.status, "%s: %s", route, r.raw)
		require.Equal(t, "resource_missing", r.at(t, "error.code"), route)
		require.NotContains(t, r.raw, "similar object")
	}
	require.Empty(t, h.fake.Complaints())
	require.Len(t, h.fake.Test().Events(), 1)
}

// TestWhatParametersNameMustBeThere: it is a 400, with the name of the parameter.
func TestWhatParametersNameMustBeThere(t *testing.T) {
	t.Parallel()
	h := newHouse(t, stripefake.Options{})
	for _, c := range []struct {
		method, path, param string
		params              []any
	}{
		{"POST", "/v1/invoices", "customer", []any{"customer", "cus_none"}},
		{"GET", "/v1/invoices/upcoming", "customer", []any{"customer", "cus_none"}},
		{"POST", "/v1/invoiceitems", "invoice", []any{"customer", h.acme.ID, "invoice", "in_none", "amount", 1}},
		{"POST", "/v1/credit_notes", "invoice", []any{"invoice", "in_none", "amount", 1}},
		{"GET", "/v1/payment_methods", "customer", []any{"customer", "cus_none"}},
		{"POST", "/v1/billing_portal/sessions", "customer", []any{"customer", "cus_none"}},
		{"POST", "/v1/customers", "coupon", []any{"coupon", "NONE"}},
	} {
		r, err := h.send(t.Context(), c.method, c.path, "", c.params...)
		require.NoError(t, err)
		r.fails(t, http.StatusBadRequest, "resource_missing")
		require.Equal(t, c.param, r.at(t, "error.param"), c.path)
	}
}

// TestBadMetadataIsRefusedEverywhere, before anything is done.
func TestBadMetadataIsRefusedEverywhere(t *testing.T) {
	t.Parallel()
	h := newHouse(t, stripefake.Options{})
	id := h.in(t, stripefake.Open)
	item := h.invoice(t, h.draft(t, 5)).Lines[0].Item
	events := len(h.fake.Test().Events())
	for path, params := range map[string][]any{
		"/v1/customers":              {},
		"/v1/customers/" + h.acme.ID: {"email", "new@acme.example"},
		"/v1/customers/" + h.acme.ID + "/balance_transactions": {"amount", 1, "currency", "usd"},
		"/v1/invoices":             {"customer", h.acme.ID},
		"/v1/invoices/" + id:       {},
		"/v1/invoiceitems":         {"customer", h.acme.ID, "amount", 1},
		"/v1/invoiceitems/" + item: {"amount", 1},
		"/v1/credit_notes":         {"invoice", id, "amount", 1},
	} {
		h.post(t, path, append(params, "metadata[k]", strings.Repeat("v", 501))...).fails(t, http.StatusBadRequest, "")
	}
	require.Len(t, h.fake.Test().Events(), events)
	require.Equal(t, "billing@acme.example", h.address())
}

// TestKeysOfParametersAreTakenLiterally.
func TestKeysOfParametersAreTakenLiterally(t *testing.T) {
	t.Parallel()
	h := newHouse(t, stripefake.Options{})
	for _, key := range []string{"customer[]", "customer[0]", "metadata[]", "metadata[a", "custom_fields[x][name]", "expand[a]"} {
		h.post(t, "/v1/invoices", "customer", h.acme.ID, key, "v").fails(t, http.StatusBadRequest, "parameter_unknown")
	}
	h.post(t, "/v1/invoices", "customer", h.acme.ID, "metadata[0]", "v", "expand[3]", "customer").ok(t)
	require.Len(t, h.fake.Test().Books().Invoices, 1)
}

package stripefake_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/internal/stripefake"
)

// TestWhatIsNotUnderstoodIsRefusedLoudly on every route, and remembered.
func TestWhatIsNotUnderstoodIsRefusedLoudly(t *testing.T) {
	t.Parallel()
	h := newHouse(t, stripefake.Options{})
	for i, route := range stripefake.Routes() {
		method, template, _ := strings.Cut(route, " ")
		path := strings.NewReplacer("{", "", "}", "_1").Replace(template)
		for _, param := range []string{"surprise", "expand", "metadata[a][b]", "limit[gt]"} {
			r, err := h.send(t.Context(), method, path, "", param, "1")
			require.NoError(t, err)
			r.fails(t, http.StatusBadRequest, "parameter_unknown")
			require.Equal(t, param, r.at(t, "error.param"), route)
		}
		require.Len(t, h.fake.Complaints(), 4*(i+1))
	}
}

// TestUnknownPathsAndBodiesAndVersions are no surprise for a client, but one for a test.
func TestUnknownPathsAndBodiesAndVersions(t *testing.T) {
	t.Parallel()
	h := newHouse(t, stripefake.Options{})
	h.get(t, "/v1/charges").fails(t, http.StatusNotFound, "")
	h.post(t, "/v1/invoices/create_preview").fails(t, http.StatusNotFound, "resource_missing")
	h.get(t, "/v1/invoices/in_1/pdf").fails(t, http.StatusNotFound, "")
	for _, version := range []string{"", "2024-04-10", "2025-03-31.basil"} {
		other := h
		other.version = version
		other.get(t, "/v1/account").fails(t, http.StatusBadRequest, "")
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "https://api.stripe.com/v1/customers", strings.NewReader(`{"name":"A"}`))
	require.NoError(t, err)
	r.Header = http.Header{
		"Authorization": {"Bearer " + h.key}, "Stripe-Version": {stripefake.Version}, "Content-Type": {"application/json"},
	}
	response, err := h.http.Do(r)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	require.Equal(t, http.StatusBadRequest, response.StatusCode)
	require.Len(t, h.fake.Complaints(), 6)
	require.Equal(t, "2024-04-10", h.fake.Requests()[4].Version)
}

// TestValuesAreChecked as Stripe checks them.
func TestValuesAreChecked(t *testing.T) {
	t.Parallel()
	h := newHouse(t, stripefake.Options{})
	long := strings.Repeat("m", 501)
	many := []any{"customer", h.acme.ID}
	for i := range 51 {
		many = append(many, "metadata[k"+strings.Repeat("i", i)+"]", "v")
	}
	for _, c := range []struct {
		name, code string
		params     []any
	}{
		{"no customer", "parameter_missing", []any{}},
		{"an empty customer", "parameter_invalid_empty", []any{"customer", ""}},
		{"text for a boolean", "", []any{"customer", h.acme.ID, "auto_advance", "yes"}},
		{"text for a number", "parameter_invalid_integer", []any{"customer", h.acme.ID, "days_until_due", "3.5"}},
		{"one that is none of the list", "", []any{"customer", h.acme.ID, "collection_method", "invoice"}},
		{"a memo that is too long", "parameter_invalid_string_maximum", []any{"customer", h.acme.ID, "description", strings.Repeat("m", 1501)}},
		{"metadata that is too long", "", []any{"customer", h.acme.ID, "metadata[a]", long}},
		{"a key that is too long", "", []any{"customer", h.acme.ID, "metadata[" + strings.Repeat("k", 41) + "]", "v"}},
		{"too many keys", "", many},
		{"five fields", "", []any{
			"customer", h.acme.ID, "custom_fields[0][name]", "a", "custom_fields[0][value]", "b", "custom_fields[1][name]", "a",
			"custom_fields[1][value]", "b", "custom_fields[2][name]", "a", "custom_fields[2][value]", "b",
			"custom_fields[3][name]", "a", "custom_fields[3][value]", "b", "custom_fields[4][name]", "a", "custom_fields[4][value]", "b",
		}},
		{"something that cannot be expanded", "", []any{"customer", h.acme.ID, "expand[]", "total"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			h.post(t, "/v1/invoices", c.params...).fails(t, http.StatusBadRequest, c.code)
		})
	}
	require.Empty(t, h.fake.Complaints())
	require.Empty(t, h.fake.Test().Books().Invoices)
}

// TestMetadataIsMerged: a key is set, an empty value takes it away, an empty map takes all away.
func TestMetadataIsMerged(t *testing.T) {
	t.Parallel()
	h := newHouse(t, stripefake.Options{})
	id := h.post(t, "/v1/invoices", "customer", h.acme.ID, "metadata[a]", "1", "metadata[0]", "zero").ok(t).id()
	h.post(t, "/v1/invoices/"+id, "metadata[b]", "2", "metadata[a]", "").ok(t)
	require.Equal(t, map[string]string{"0": "zero", "b": "2"}, h.invoice(t, id).Metadata)
	h.post(t, "/v1/invoices/"+id, "description", "x").ok(t)
	require.Len(t, h.invoice(t, id).Metadata, 2)
	h.post(t, "/v1/invoices/"+id, "metadata", "").ok(t)
	require.Empty(t, h.invoice(t, id).Metadata)
}

// TestExpanding puts objects in the place of their ids, in objects, in lists and in what is in them.
func TestExpanding(t *testing.T) {
	t.Parallel()
	h := newHouse(t, stripefake.Options{})
	id := h.in(t, stripefake.Open)
	require.Equal(t, "Acme", h.get(t, "/v1/invoices/"+id, "expand[]", "customer").ok(t).at(t, "customer.name"))
	require.Equal(t, "Acme", h.get(t, "/v1/invoices", "expand[0]", "data.customer").ok(t).at(t, "data.0.customer.name"))
	require.Equal(t, h.acme.ID, h.get(t, "/v1/invoices/"+id, "expand[]", "lines.data.invoice_item").ok(t).at(t, "lines.data.0.invoice_item.customer"))
	pm := h.fake.Test().AddMethod(stripefake.PaymentMethod{Customer: h.acme.ID, Default: true})
	r := h.get(t, "/v1/invoices/"+id, "expand[]", "customer.invoice_settings.default_payment_method")
	require.Equal(t, pm.ID, r.ok(t).at(t, "customer.invoice_settings.default_payment_method.id"))
	h.get(t, "/v1/invoices/"+id, "expand[]", "lines").fails(t, http.StatusBadRequest, "")
	h.get(t, "/v1/invoices/"+id, "expand[]", "a.b.c.d.e").fails(t, http.StatusBadRequest, "")
}

// TestTheTableKnowsItself.
func TestTheTableKnowsItself(t *testing.T) {
	t.Parallel()
	require.Contains(t, stripefake.Params("GET /v1/invoices"), "due_date[lt]")
	require.Contains(t, stripefake.Params("POST /v1/invoices"), "custom_fields[][name]")
	require.Contains(t, stripefake.Params("POST /v1/invoices"), "metadata[*]")
	require.Panics(t, func() { stripefake.Params("GET /v1/nothing") })
	require.Panics(t, func() { stripefake.New(stripefake.Options{}).RequestsTo("GET /v1/nothing") })
	seen := map[string]bool{}
	for _, route := range stripefake.Routes() {
		require.False(t, seen[route], route)
		seen[route] = true
	}
}

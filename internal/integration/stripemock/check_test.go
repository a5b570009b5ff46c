package stripemock_test

import (
	"io"
	"net/http"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/internal/integration/stripemock"
	"github.com/billhatch/billhatch/internal/stripefake"
)

// TestTheCheckSeesWhatIsWrong with an answer, so that its silence means something.
func TestTheCheckSeesWhatIsWrong(t *testing.T) {
	for _, c := range []struct {
		name    string
		distort func(body map[string]any)
		want    string
	}{
		{"a required field is missing", func(b map[string]any) { delete(b, "amount_due") }, ".amount_due is missing"},
		{"a field is not Stripe's", func(b map[string]any) { b["surplus"] = 1 }, ".surplus is unknown"},
		{"a number is text", func(b map[string]any) { b["total"] = "100" }, ".total is a string, not integer"},
		{"a number is a fraction", func(b map[string]any) { b["total"] = 1.5 }, ".total is 1.5, not integer"},
		{"a status is made up", func(b map[string]any) { b["status"] = "paused" }, ".status is paused, not one of"},
		{"null where there must be something", func(b map[string]any) { b["currency"] = nil }, ".currency is null"},
		{"an object is a list", func(b map[string]any) { b["lines"] = []any{} }, ".lines is a list, not object"},
		{"a part has a mistake", func(b map[string]any) { b["lines"].(map[string]any)["has_more"] = "no" }, ".lines.has_more is a string"}, //nolint:errcheck // a test that breaks things
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newSession(t)
			acme := s.fake.Test().AddCustomer(stripefake.Customer{Email: "billing@acme.example"})
			x := s.fake.Test().AddInvoice(stripefake.Invoice{Customer: acme.ID})
			s.ok("GET", "/v1/invoices/"+x.ID)
			require.Empty(t, s.front.Findings())
			s.fake.Test().Distort(x.ID, c.distort)
			s.ok("GET", "/v1/invoices/"+x.ID)
			s.ok("GET", "/v1/invoices")
			findings := s.front.Findings()
			require.GreaterOrEqual(t, len(findings), 2, "in itself and in a list: %v", findings)
			for _, finding := range findings {
				require.Contains(t, finding, c.want)
			}
		})
	}
}

// TestStripeMockRefusesFirst: the server does not even hear of it.
func TestStripeMockRefusesFirst(t *testing.T) {
	s := newSession(t)
	for _, c := range []struct {
		name, method, path string
		params             []any
	}{
		{"an unknown parameter", "POST", "/v1/customers", []any{"surname", "x"}},
		{"a filter that is not one", "GET", "/v1/invoices", []any{"status", "overdue"}},
		{"text for a number", "POST", "/v1/credit_notes", []any{"invoice", "in_1", "amount", "much"}},
		{"a parameter that is missing", "POST", "/v1/invoiceitems", []any{"amount", 1}},
		{"an unknown path", "GET", "/v1/invoice", nil},
		{"a route of a later version", "POST", "/v1/invoices/create_preview", []any{"customer", "cus_1"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s.t = t
			status, _ := s.ask(c.method, c.path, c.params...)
			require.Equal(t, 4, status/100)
			require.Len(t, s.front.Findings(), 1)
		})
	}
	require.Empty(t, s.fake.Requests())
}

// TestFaultsPassThrough what is put before the server: cuts stay cuts, and lies stay lies.
func TestFaultsPassThrough(t *testing.T) {
	s := newSession(t)
	x := s.fake.Test().AddCustomer(stripefake.Customer{Email: "billing@acme.example"})
	for name, fault := range map[string]stripefake.Fault{
		"reset": stripefake.Reset(), "lost": stripefake.Lost(), "truncated": stripefake.Truncated(),
		"wrong length": stripefake.WrongLength(9_999), "HTML": stripefake.BadGateway(),
	} {
		s.fake.FailNext("GET /v1/customers/{customer}", fault)
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://api.stripe.com/v1/customers/"+x.ID, nil)
		require.NoError(t, err)
		r.Header.Set("Authorization", "Bearer "+s.fake.Key())
		r.Header.Set("Stripe-Version", stripefake.Version)
		response, err := s.client.Do(r)
		if err != nil {
			continue
		}
		_, err = io.ReadAll(response.Body)
		require.NoError(t, response.Body.Close())
		require.True(t, err != nil || response.StatusCode == http.StatusBadGateway, name)
	}
	require.Zero(t, s.fake.Unused())
}

// TestTheTableOfRoutesIsStripes: whatever the server takes is in the specification. What may be expanded is, too.
func TestTheTableOfRoutesIsStripes(t *testing.T) {
	for _, route := range stripefake.Routes() {
		known, err := stripemock.Parameters(route)
		require.NoError(t, err)
		require.NotNil(t, known, "%s is not in the specification", route)
		for _, param := range stripefake.Params(route) {
			require.True(t, slices.Contains(known, param), "%s does not have %s: %v", route, param, known)
		}
	}
	for kind, fields := range stripefake.Expandable() {
		known, err := stripemock.Expandable(kind)
		require.NoError(t, err)
		require.Subset(t, known, fields, "%s cannot expand all of them", kind)
	}
}

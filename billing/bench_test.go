package billing_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/billing"
	"github.com/billhatch/billhatch/invoice"
	"github.com/billhatch/billhatch/rbac"
	"github.com/billhatch/billhatch/rbac/rbactest"
	"github.com/billhatch/billhatch/usage/civil"
)

// BenchmarkInvoices compares a panel of 20 invoices over the provider in memory, checks and all, with marshalling the
// same panel as JSON.
func BenchmarkInvoices(b *testing.B) {
	h := build(b, rbac.ClientPolicy())
	for i := range 40 {
		h.world.AddInvoice(rbactest.Home, invoice.Invoice{Total: usd("10.00"), Issued: civil.MustDate(2026, 1, 1).AddDays(i)})
	}
	a := h.home(rbac.ClientAdmin)
	panel, err := a.Invoices(b.Context(), billing.InvoicesQuery{})
	require.NoError(b, err)
	require.Len(b, panel.Invoices, 20)
	b.Run("panel", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			h.world.ResetCalls()
			if _, err := a.Invoices(b.Context(), billing.InvoicesQuery{}); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("json", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := json.Marshal(panel); err != nil {
				b.Fatal(err)
			}
		}
	})
}

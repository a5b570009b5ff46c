package stripefake_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/internal/stripefake"
)

// TestAnInvoiceIsIssuedStepByStep: draft, lines, final, sent, paid.
func TestAnInvoiceIsIssuedStepByStep(t *testing.T) {
	t.Parallel()
	h := newHouse(t, stripefake.Options{})
	id := h.draft(t, 120_000, -20_000)

	draft := h.get(t, "/v1/invoices/"+id).ok(t)
	require.Equal(t, "draft", draft.at(t, "status"))
	require.EqualValues(t, 100_000, draft.at(t, "total"))
	require.Nil(t, draft.at(t, "number"))
	require.Nil(t, draft.at(t, "invoice_pdf"))
	require.EqualValues(t, h.fake.Now().Add(30*day).Unix(), draft.at(t, "due_date"))

	final := h.post(t, "/v1/invoices/"+id+"/finalize", "auto_advance", false).ok(t)
	require.Equal(t, "open", final.at(t, "status"))
	require.NotNil(t, final.at(t, "number"))
	require.EqualValues(t, 100_000, final.at(t, "amount_due"))

	h.post(t, "/v1/invoices/"+id+"/send").ok(t)
	require.Equal(t, 1, h.invoice(t, id).Sent)

	paid := h.post(t, "/v1/invoices/"+id+"/pay", "paid_out_of_band", true).ok(t)
	require.Equal(t, "paid", paid.at(t, "status"))
	require.EqualValues(t, 0, paid.at(t, "amount_paid"), "what is paid outside is not counted at this version")
	require.Empty(t, h.fake.Complaints())
}

package stripe

import (
	"context"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/internal/stripefake"
	"github.com/billhatch/billhatch/provider"
)

// TestCustomersAreAskedForWithinBounds.
func TestCustomersAreAskedForWithinBounds(t *testing.T) {
	t.Parallel()
	v := newVillage(t)
	v.fake.ResetRequests()
	for _, limit := range []int{-1, 0, provider.MaxPage + 1} {
		_, err := v.p.CustomersByEmail(t.Context(), mail(t, "a@example.com"), limit)
		require.ErrorIs(t, err, provider.ErrInvalid)
	}
	require.Empty(t, v.fake.Requests())
}

// TestARememberedLoginPageEndsWithItsContext as well.
func TestARememberedLoginPageEndsWithItsContext(t *testing.T) {
	t.Parallel()
	v := newVillage(t)
	_, err := v.p.LoginLink(t.Context(), mail(t, "a@example.com"))
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = v.p.LoginLink(ctx, mail(t, "a@example.com"))
	require.ErrorIs(t, err, provider.ErrTimeout)
}

// TestAnEncodedDocumentIsNone: nobody has asked for one, and what it becomes when it is unpacked has no bound.
func TestAnEncodedDocumentIsNone(t *testing.T) {
	t.Parallel()
	v := newVillage(t)
	v.fake.SetDocument(v.invoice, stripefake.Document{Answer: stripefake.Answer{
		Header: http.Header{"Content-Type": {"application/pdf"}, "Content-Encoding": {"gzip"}}, Body: []byte("%PDF-1.7\n"),
	}})
	_, err := v.p.InvoicePDF(t.Context(), v.customer, v.invoice)
	require.ErrorIs(t, err, provider.ErrNotPDF)
}

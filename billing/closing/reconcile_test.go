package closing_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/billing/closing"
	"github.com/billhatch/billhatch/invoice"
	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/provider/memory"
)

// forget is a record store that was restored from a backup: it has another ledger and other statements.
type forget struct {
	*memory.Records
	kept *memory.Records // what the backup has
}

func (f forget) Put(ctx context.Context, c provider.Closing) (provider.Closing, error) {
	return f.kept.Put(ctx, c)
}

func (f forget) Closing(ctx context.Context, k provider.ClosingKey) (provider.Closing, error) {
	return f.kept.Closing(ctx, k)
}

func (f forget) Closings(ctx context.Context, q provider.ClosingQuery) (provider.ClosingPage, error) {
	return f.kept.Closings(ctx, q)
}

func (f forget) Freeze(ctx context.Context, s provider.FrozenStatement) error {
	return f.kept.Freeze(ctx, s)
}

func (f forget) Statement(ctx context.Context, k provider.ClosingKey) (provider.FrozenStatement, error) {
	return f.kept.Statement(ctx, k)
}

// restored is a closer over a ledger that knows nothing.
func (h *house) restored() *closing.Closer {
	h.Helper()
	empty, err := memory.Open(memory.Options{Now: h.world.Now()})
	require.NoError(h, err)
	h.keptWorld, h.kept = empty, empty.Records()
	h.config.Records = forget{h.world.Records(), h.kept}
	return h.another("restored")
}

func kindsOf(found []closing.Difference) []closing.DifferenceKind {
	out := []closing.DifferenceKind{}
	for i := range found {
		out = append(out, found[i].Kind)
	}
	return out
}

func TestALedgerThatIsBehindBillsNothing(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.close()
	h.covered("acme", "hq", "late", "example.com") // so that it would be another statement
	closer := h.restored()
	_, err := closer.Close(t.Context(), "acme", september)
	require.ErrorIs(t, err, closing.ErrBehind)
	require.False(t, closing.Retry(err))
	h.billed("34.00")

	found, err := closer.Reconcile(t.Context(), "acme", september.From())
	require.NoError(t, err)
	require.Equal(t, []closing.DifferenceKind{closing.MissingInLedger}, kindsOf(found))
	require.True(t, found[0].Fixed)
	result, err := closer.Close(t.Context(), "acme", september)
	require.NoError(t, err)
	require.Equal(t, h.issued(h.acme)[0].ID, result.Closings[0].Invoice)
	require.True(t, result.Closings[0].Total.Equal(usd("34.00")), "as it was billed")
	h.billed("34.00")

	found, err = closer.Reconcile(t.Context(), "acme", september.From())
	require.NoError(t, err)
	require.Empty(t, found)
}

// TestAVoidInvoiceThatIsTakenOverWaitsForAPerson: it may have been revised, or not be owed.
func TestAVoidInvoiceThatIsTakenOverWaitsForAPerson(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.close()
	_, err := h.world.Payments().Void(t.Context(), h.acme.Customer, h.line("", 1).Invoice, "v")
	require.NoError(t, err)
	closer := h.restored()
	_, err = closer.Reconcile(t.Context(), "acme", september.From())
	require.NoError(t, err)
	_, err = closer.Close(t.Context(), "acme", september)
	require.ErrorIs(t, err, closing.ErrParked)
	h.billed()
	require.NoError(t, closer.Revise(t.Context(), "acme", september, ada))
	_, err = closer.Close(t.Context(), "acme", september)
	require.NoError(t, err)
	h.billed("34.00")
}

func TestReconcilingTellsWhatIsDifferent(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name  string
		spoil func(h *house)
		want  []closing.DifferenceKind
	}{
		{"nothing", func(*house) {}, []closing.DifferenceKind{}},
		{"an invoice that somebody has made by hand", func(h *house) {
			h.world.AddInvoice("acme", invoice.Invoice{Total: usd("5.00"), Currency: "USD", Issued: september.To()})
		}, []closing.DifferenceKind{closing.UnknownInvoice}},
		{"an invoice that was voided by hand", func(h *house) {
			_, err := h.world.Payments().Void(h.Context(), h.acme.Customer, h.line("", 1).Invoice, "v")
			require.NoError(h, err)
		}, []closing.DifferenceKind{closing.VoidedAtProvider}},
		{"a ledger with another total", func(h *house) {
			line := h.line("", 1)
			line.Total = usd("35.00")
			_, err := h.world.Records().Put(h.Context(), line)
			require.NoError(h, err)
		}, []closing.DifferenceKind{closing.TotalDiffers}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			h := open(t)
			h.close()
			tc.spoil(h)
			found, err := h.closer.Reconcile(t.Context(), "acme", september.From())
			require.NoError(t, err)
			require.Equal(t, tc.want, kindsOf(found))
		})
	}
}

func TestReconcilingGoesOnWithWhatStandsStill(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.world.Inject(memory.IssueFinalize, memory.Fault{Err: provider.ErrUnknown, Late: true})
	_, err := h.closer.Close(t.Context(), "acme", september)
	require.ErrorIs(t, err, provider.ErrUnknown)
	h.world.Advance(time.Hour)
	found, err := h.closer.Reconcile(t.Context(), "acme", september.From())
	require.NoError(t, err)
	require.Equal(t, []closing.DifferenceKind{closing.StatusBehind}, kindsOf(found))
	require.True(t, found[0].Fixed)
	require.Equal(t, provider.Sent, h.line("", 1).State)
	h.billed("34.00")
}

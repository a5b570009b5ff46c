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

// park has the closing of September parked, by a customer who has no address to send to.
func (h *house) park() {
	h.Helper()
	h.world.SetEmail(h.acme.Customer, "")
	_, err := h.closer.Close(h.Context(), "acme", september)
	require.ErrorIs(h, err, closing.ErrParked)
	require.False(h, closing.Retry(err))
	line := h.line("", 1)
	require.Equal(h, provider.Parked, line.State)
	require.Contains(h, line.Reason, "invalid")
	require.True(h, line.Until.IsZero())
}

func TestWhatIsParkedWaitsForAPerson(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.park()
	h.world.SetEmail(h.acme.Customer, "billing@acme.example.com")
	_, err := h.closer.Close(t.Context(), "acme", september)
	require.ErrorIs(t, err, closing.ErrParked)
	h.billed()

	line, err := h.closer.Unpark(t.Context(), key("", 1), ada)
	require.NoError(t, err)
	require.Equal(t, provider.Frozen, line.State)
	h.close()
	h.billed("34.00")
	require.Equal(t, []string{"closing.park", "closing.unpark", "closing.unpark", "closing.issue"}, h.actions())
}

func TestUnparkingIsRefused(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.park()
	for _, tc := range []struct {
		name string
		key  provider.ClosingKey
		by   closing.Person
		kind error
	}{
		{"without who it is", key("", 1), closing.Person{Purpose: "because"}, provider.ErrInvalid},
		{"without why", key("", 1), closing.Person{Actor: "ada"}, provider.ErrInvalid},
		{"of what there is not", key("", 2), ada, provider.ErrNotFound},
	} {
		_, err := h.closer.Unpark(t.Context(), tc.key, tc.by)
		require.ErrorIs(t, err, tc.kind, tc.name)
	}
	h.world.FailNext("Append", provider.ErrUnavailable)
	_, err := h.closer.Unpark(t.Context(), key("", 1), ada)
	require.ErrorIs(t, err, provider.ErrUnavailable, "no audit record, no act")
	require.Equal(t, provider.Parked, h.line("", 1).State)
	_, err = h.closer.Unpark(t.Context(), key("", 1), ada)
	require.NoError(t, err)
	_, err = h.closer.Unpark(t.Context(), key("", 1), ada)
	require.ErrorIs(t, err, provider.ErrConflict, "it is not parked any more")
}

func TestARevisedMonthIsClosedAnew(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*closing.Config){"as one": func(*closing.Config) {}, "by group": perGroup} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := open(t, change)
			h.close()
			before := len(h.issued(h.acme))
			h.covered("acme", "hq", "forgotten", "example.com")
			require.NoError(t, h.closer.Revise(t.Context(), "acme", september, ada))
			h.billed()
			require.NoError(t, h.closer.Revise(t.Context(), "acme", september, ada), "it may be repeated")
			result := h.close()
			require.Equal(t, 2, result.Closings[0].Key.Revision)
			if before == 1 {
				h.billed("37.00")
			} else {
				h.billed("33.00", "2.00", "2.00")
			}
			require.Equal(t, provider.Voided, h.line("", 1).State)
		})
	}
}

// TestARevisionThatFailsInTheMiddleBillsNothingTwice: at whatever call.
func TestARevisionThatFailsInTheMiddleBillsNothingTwice(t *testing.T) {
	t.Parallel()
	for n := range 100 {
		h := open(t, perGroup)
		h.close()
		count, met := 0, false
		h.world.Hook(func(c memory.Call) {
			if count++; count == n+1 {
				met = true
				h.world.Inject(c.Op, memory.Fault{Err: provider.ErrUnavailable, Late: n%2 == 0})
			}
		})
		err := h.closer.Revise(t.Context(), "acme", september, ada)
		h.world.Hook(nil)
		if !met {
			require.NoError(t, err)
			require.Greater(t, n, 10)
			return
		}
		if err != nil {
			_, err = h.closer.Close(t.Context(), "acme", september) // somebody closes it before it is revised again
			if err != nil {
				require.ErrorIs(t, err, closing.ErrParked, "call %d", n)
			}
			require.NoError(t, h.closer.Revise(t.Context(), "acme", september, ada), "call %d", n)
		}
		h.close()
		h.billed("30.00", "2.00", "2.00")
	}
}

func TestAPaidInvoiceIsNotRevised(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.close()
	h.config.Payments = paid{h.world.Payments()}
	err := h.another("worker-2").Revise(t.Context(), "acme", september, ada)
	require.ErrorIs(t, err, provider.ErrConflict)
	require.Equal(t, provider.Sent, h.line("", 1).State)
	h.billed("34.00")
}

// paid is a payment provider with which every invoice is paid.
type paid struct{ *memory.Payments }

func (p paid) Void(context.Context, string, string, string) (invoice.Invoice, error) {
	return invoice.Invoice{}, &provider.Error{Op: "Void", Kind: provider.ErrConflict}
}

// TestADraftThatWasDeletedIsBilledByTheNextRevision, of the same statement, once nothing can arrive any more.
func TestADraftThatWasDeletedIsBilledByTheNextRevision(t *testing.T) {
	t.Parallel()
	h := open(t)
	gone := false
	h.config.Payments = sleeper{h.world.Payments(), func(r *provider.IssueRequest) {
		if r.Known != "" && !gone {
			gone, r.Known = true, "in_gone"
		}
	}}
	closer := h.another("worker-1")
	h.world.FailNext(memory.IssueFinalize, provider.ErrUnavailable)
	_, err := closer.Close(t.Context(), "acme", september)
	require.ErrorIs(t, err, provider.ErrUnavailable)
	_, err = closer.Close(t.Context(), "acme", september)
	require.ErrorIs(t, err, closing.ErrQuiet)
	require.Equal(t, provider.Voided, h.line("", 1).State)

	h.covered("acme", "hq", "late", "example.com")
	_, err = closer.Close(t.Context(), "acme", september)
	require.ErrorIs(t, err, closing.ErrQuiet)
	h.world.Advance(closing.DefaultQuiet)
	result, err := closer.Close(t.Context(), "acme", september)
	require.NoError(t, err)
	require.Equal(t, 2, result.Closings[0].Key.Revision)
	require.Equal(t, h.line("", 1).Hash, h.line("", 2).Hash)
	h.billed("34.00")
}

func TestARevisionOfWhatIsNotFinalWaitsUntilNothingCanArrive(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.world.FailNext(memory.IssueFinalize, provider.ErrUnavailable)
	_, err := h.closer.Close(t.Context(), "acme", september)
	require.ErrorIs(t, err, provider.ErrUnavailable)
	require.ErrorIs(t, h.closer.Revise(t.Context(), "acme", september, ada), closing.ErrQuiet)
	h.world.Advance(closing.DefaultQuiet + time.Second)
	require.NoError(t, h.closer.Revise(t.Context(), "acme", september, ada))
	h.close()
	h.billed("34.00")
}

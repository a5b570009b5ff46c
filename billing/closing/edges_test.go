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
	"github.com/billhatch/billhatch/usage"
	"github.com/billhatch/billhatch/usage/civil"
)

// TestAStatementOfAnotherAccountIsNotBilled, also when the ledger has its hash.
func TestAStatementOfAnotherAccountIsNotBilled(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.account("globex")
	_, err := h.closer.Close(t.Context(), "globex", september)
	require.NoError(t, err)
	theirs := key("", 1)
	theirs.Account = "globex"
	stored, err := h.world.Records().Statement(t.Context(), theirs)
	require.NoError(t, err)
	h.world.FailNext(memory.IssueDraft, provider.ErrUnavailable)
	require.ErrorIs(t, h.close1(), provider.ErrUnavailable)
	altered(h, "Statement", func(s *provider.FrozenStatement) { s.Body, s.Hash = stored.Body, stored.Hash })
	altered(h, "Closing", func(c *provider.Closing) { c.Hash = stored.Hash })
	require.ErrorIs(t, h.close1(), provider.ErrForeign)
	h.billed()
}

func TestWhatIsNoPeriodIsNotClosed(t *testing.T) {
	t.Parallel()
	h := open(t)
	_, err := h.closer.Close(t.Context(), "acme", civil.Period{})
	require.ErrorIs(t, err, provider.ErrInvalid)
	require.Empty(t, h.world.CallsOf("Closing"))
}

// TestAMonthThatWasTakenOverIsLeftAsItWasBilled, when no groups are invoiced apart.
func TestAMonthThatWasTakenOverIsLeftAsItWasBilled(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.close()
	closer := h.restored()
	_, err := closer.Reconcile(t.Context(), "acme", september.From())
	require.NoError(t, err)
	_, err = closer.Close(t.Context(), "acme", september)
	require.NoError(t, err)
	require.Empty(t, h.keptWorld.CallsOf("Freeze", "Statement"))

	h.config.Invoice = failing(&provider.Error{Op: "Invoice", Kind: provider.ErrInvalid})
	_, err = h.another("restored").Close(t.Context(), "acme", september)
	require.ErrorIs(t, err, provider.ErrInvalid)
}

// TestAGroupWhoseDraftWasDeletedWaits until nothing can arrive any more, and holds up no other.
func TestAGroupWhoseDraftWasDeletedWaits(t *testing.T) {
	t.Parallel()
	h := open(t, perGroup)
	h.config.Payments = sleeper{h.world.Payments(), func(r *provider.IssueRequest) {
		if r.Known != "" && r.Invoice.Group == "students" && h.line("students", 1).State != provider.Voided {
			r.Known = "in_gone"
		}
	}}
	closer := h.another("worker-1")
	h.world.FailAlways(memory.IssueFinalize, provider.ErrUnavailable)
	_, err := closer.Close(t.Context(), "acme", september)
	require.ErrorIs(t, err, provider.ErrUnavailable)
	h.world.Heal()
	for range 3 {
		_, err = closer.Close(t.Context(), "acme", september)
		require.ErrorIs(t, err, closing.ErrQuiet)
		require.Equal(t, provider.Voided, h.line("students", 1).State)
		h.billed("30.00", "2.00")
	}
	h.world.Advance(closing.DefaultQuiet)
	_, err = closer.Close(t.Context(), "acme", september)
	require.NoError(t, err)
	h.billed("30.00", "2.00", "2.00")
}

// TestAWriteOfWhichNothingIsKnownHasItsOwnError: that the ledger cannot be read afterwards does not mean that somebody
// else has the closing.
func TestAWriteOfWhichNothingIsKnownHasItsOwnError(t *testing.T) {
	t.Parallel()
	for n := range 4 {
		h := open(t)
		writes := 0
		h.world.Hook(func(c memory.Call) {
			if c.Op != "Put" {
				return
			}
			if writes++; writes > n {
				h.world.FailNext("Put", provider.ErrRateLimited)
				h.world.FailAlways("Closing", provider.ErrUnavailable)
			}
		})
		require.ErrorIs(t, h.close1(), provider.ErrRateLimited, "write %d", n)
	}
}

// TestALeaseThatCannotBeRenewedEndsTheWork, before it has run out.
func TestALeaseThatCannotBeRenewedEndsTheWork(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.world.Hook(func(c memory.Call) {
		if c.Op == "Issue" {
			h.world.Advance(closing.DefaultLease * 3 / 4)
			h.world.FailNext("Put", provider.ErrUnavailable)
		}
	})
	require.ErrorIs(t, h.close1(), provider.ErrUnavailable)
	require.Empty(t, h.line("", 1).Invoice)
}

// TestALeaseThatWasRenewedTooSlowlyIsLost, although the ledger has renewed it.
func TestALeaseThatWasRenewedTooSlowlyIsLost(t *testing.T) {
	t.Parallel()
	h := open(t)
	begun, slow := false, false
	h.config.Payments = sleeper{h.world.Payments(), func(r *provider.IssueRequest) {
		before := r.Before
		r.Before = func(ctx context.Context, step provider.IssueStep) error {
			if !begun {
				begun, slow = true, true
				h.world.Advance(closing.DefaultLease * 3 / 4)
			}
			err := before(ctx, step)
			require.True(h, err != nil || h.world.Now().Before(h.line("", 1).Until), "step %v without a lease", step)
			return err
		}
	}}
	h.config.Records = slowLedger{h.world.Records(), func() {
		if slow {
			slow = false
			h.world.Advance(closing.DefaultLease)
		}
	}}
	h.closer = h.another("slow")
	h.close()
	h.billed("34.00")
}

// TestAnActThatAnotherHasBegunCanBeFinished: the audit log names both, and how it ended for each.
func TestAnActThatAnotherHasBegunCanBeFinished(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.park()
	h.world.FailNext("Put", provider.ErrUnavailable)
	_, err := h.closer.Unpark(t.Context(), key("", 1), ada)
	require.ErrorIs(t, err, provider.ErrUnavailable)
	line, err := h.closer.Unpark(t.Context(), key("", 1), closing.Person{Actor: "bob", Purpose: "ada could not"})
	require.NoError(t, err)
	require.Equal(t, provider.Frozen, line.State)
	page, err := h.world.Records().Audit(t.Context(), provider.AuditQuery{Account: "acme", Action: "closing.unpark", Limit: 10})
	require.NoError(t, err)
	var got []string
	for _, e := range page.Entries {
		got = append([]string{e.Actor + " " + string(e.Outcome)}, got...)
	}
	require.Equal(t, []string{"ada attempted", "ada failed", "bob attempted", "bob succeeded"}, got)
}

func TestRevisingIsRefused(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.close()
	for name, by := range map[string]closing.Person{"without who it is": {Purpose: "because"}, "without why": {Actor: "ada"}} {
		require.ErrorIs(t, h.closer.Revise(t.Context(), "acme", september, by), provider.ErrInvalid, name)
	}
	h.billed("34.00")
}

func TestRevisingWhatWasNeverDraftedLooksForNoInvoiceByName(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.world.FailNext(memory.IssueDraft, provider.ErrUnavailable)
	require.ErrorIs(t, h.close1(), provider.ErrUnavailable)
	require.ErrorIs(t, h.revise(), closing.ErrQuiet)
	h.world.Advance(time.Hour)
	require.NoError(t, h.revise())
	require.Empty(t, h.world.CallsOf("Invoice"))
}

// TestARunTellsWhyItCannotGoOn.
func TestARunTellsWhyItCannotGoOn(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.world.FailNext("Accounts", provider.ErrUnavailable)
	summary, err := h.closer.Run(t.Context(), september, closing.RunOptions{})
	require.ErrorIs(t, err, provider.ErrUnavailable)
	require.Zero(t, summary.Closed)

	h.config.Records = struct {
		provider.Records
		provider.PlanReader
		provider.Ledger
		provider.StatementStore
		provider.AuditLog
	}{h.world.Records(), h.world.Records(), h.world.Records(), h.world.Records(), h.world.Records()}
	_, err = h.another("worker-2").Run(t.Context(), september, closing.RunOptions{})
	require.ErrorIs(t, err, provider.ErrUnsupported)
}

// TestWhatCannotBeInvoicedSaysWhy: the kind is that of the invoice, not of what would follow from it.
func TestWhatCannotBeInvoicedSaysWhy(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.world.SetPlan("acme", civil.MustDate(2026, 2, 1), usage.Plan{Name: "Free", Currency: "USD", Seats: flat("0"), Groups: freeGroups()})
	h.world.AddAdjustment("acme", usage.Adjustment{ID: "credit", Name: "Credit", On: september.From(), Amount: usd("-5.00")})
	require.NoError(t, h.world.Err())
	require.ErrorIs(t, h.close1(), invoice.ErrNegativeTotal)
	h.billed()
}

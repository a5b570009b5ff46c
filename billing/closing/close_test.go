package closing_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
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

func TestAMonthIsClosedOnce(t *testing.T) {
	t.Parallel()
	h := open(t)
	first := h.close()
	require.Len(t, first.Closings, 1)
	line := first.Closings[0]
	require.Equal(t, provider.Sent, line.State)
	require.True(t, line.Total.Equal(usd("34.00")))
	h.billed("34.00")

	h.world.ResetCalls()
	second := h.close()
	require.Equal(t, line, second.Closings[0])
	require.Empty(t, h.world.CallsOf("Issue", "Invoices", "Put", "Freeze", "Tenants"), "what was done is not done again")
	h.billed("34.00")
	require.Equal(t, []string{"closing.issue"}, h.actions())
}

func TestGroupsAreInvoicedApart(t *testing.T) {
	t.Parallel()
	h := open(t, perGroup)
	result := h.close()
	require.Len(t, result.Closings, 3)
	h.billed("30.00", "2.00", "2.00")
	for i, group := range []string{"", "staff", "students"} {
		require.Equal(t, group, result.Closings[i].Key.Group)
		require.Equal(t, provider.Sent, result.Closings[i].State)
		require.Equal(t, result.Closings[0].Hash, result.Closings[i].Hash, "one statement")
	}
}

func TestWhatIsFrozenIsNotComputedAgain(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.world.FailNext(memory.IssueDraft, provider.ErrUnavailable)
	_, err := h.closer.Close(t.Context(), "acme", september)
	require.ErrorIs(t, err, provider.ErrUnavailable)
	require.True(t, closing.Retry(err))
	require.Equal(t, provider.Frozen, h.line("", 1).State)

	h.covered("acme", "hq", "late", "example.com") // and the prices change
	h.world.SetPlan("acme", civil.MustDate(2026, 1, 1), usage.Plan{Name: "Dear", Currency: "USD", Seats: flat("9.00")})
	h.close()
	h.billed("34.00")
}

func TestNothingToBillMakesNoInvoice(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.world.SetPlan("acme", civil.MustDate(2026, 2, 1), usage.Plan{Name: "Free", Currency: "USD", Seats: flat("0"), Groups: freeGroups()})
	result := h.close()
	require.Equal(t, provider.Empty, result.Closings[0].State)
	require.NotEmpty(t, result.Closings[0].Hash, "the statement is frozen all the same")
	h.billed()
	h.close()
}

func TestWhatIsMissingIsNeverZero(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name  string
		spoil func(*house)
		kind  error
	}{
		{"a tenant whose roster is missing", func(h *house) {
			h.world.AddTenant("acme", usage.Tenant{ID: "new", Name: "New"})
		}, usage.ErrUsageIncomplete},
		{"a group without a price", func(h *house) {
			h.world.SetPlan("acme", civil.MustDate(2026, 2, 1), usage.Plan{Name: "Seats", Currency: "USD", Seats: flat("3.00")})
		}, usage.ErrPriceMissing},
		{"a plan in another currency", func(h *house) {
			plan := usage.Plan{Name: "Seats", Currency: "EUR"}
			h.world.SetPlan("acme", civil.MustDate(2026, 2, 1), plan)
		}, usage.ErrPriceMissing},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			h := open(t)
			tc.spoil(h)
			_, err := h.closer.Close(t.Context(), "acme", september)
			require.ErrorIs(t, err, tc.kind)
			require.False(t, closing.Retry(err))
			line := h.line("", 1)
			require.Equal(t, provider.Planned, line.State)
			require.Equal(t, tc.kind.Error(), line.Reason)
			require.True(t, line.Until.IsZero(), "nobody has to wait")
			h.billed()
		})
	}
}

func TestAMonthThatIsNotOverIsNotClosed(t *testing.T) {
	t.Parallel()
	h := open(t)
	_, err := h.closer.Close(t.Context(), "acme", september.Next())
	require.ErrorIs(t, err, usage.ErrPeriodOpen)
	_, err = h.closer.Close(t.Context(), "nobody", september)
	require.ErrorIs(t, err, provider.ErrNotFound)
	h.acme.Customer = ""
	h.world.SetAccount(h.acme)
	_, err = h.closer.Close(t.Context(), "acme", september)
	require.ErrorIs(t, err, provider.ErrNotConfigured)
	require.Empty(t, h.world.CallsOf("Put", "Issue"))
}

// TestAMonthThatIsClosedLateIsDueLate: its terms begin when it is closed, also when they would be over already.
func TestAMonthThatIsClosedLateIsDueLate(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.close()
	require.Equal(t, civil.MustDate(2026, 10, 1), h.issued(h.acme)[0].Issued)
	late := h.account("late")
	h.world.Advance(50 * 24 * time.Hour)
	_, err := h.closer.Close(t.Context(), "late", september)
	require.NoError(t, err)
	inv := h.issued(late)[0]
	require.Equal(t, civil.MustDate(2026, 11, 20), inv.Issued)
	require.Equal(t, civil.MustDate(2026, 12, 20), inv.Due())
}

// TestAGroupThatIsParkedDoesNotHideOneThatMayPass.
func TestAGroupThatIsParkedDoesNotHideOneThatMayPass(t *testing.T) {
	t.Parallel()
	h := open(t, perGroup)
	n := 0
	h.config.Payments = sleeper{h.world.Payments(), func(*provider.IssueRequest) {
		if n++; n == 1 {
			h.world.FailNext("Issue", provider.ErrConflict)
		} else {
			h.world.FailNext("Issue", provider.ErrUnavailable)
		}
	}}
	_, err := h.another("worker-2").Close(t.Context(), "acme", september)
	require.ErrorIs(t, err, closing.ErrParked)
	require.ErrorIs(t, err, provider.ErrUnavailable)
	require.True(t, closing.Retry(err))
}

// TestTheZoneIsTheAccounts: on the first of October at 6:00 UTC it is still September in Los Angeles.
func TestTheZoneIsTheAccounts(t *testing.T) {
	t.Parallel()
	h := open(t)
	zone, err := civil.LoadZone("America/Los_Angeles")
	require.NoError(t, err)
	h.acme.Zone = zone
	h.world.SetAccount(h.acme)
	_, err = h.closer.Close(t.Context(), "acme", september)
	require.ErrorIs(t, err, usage.ErrPeriodOpen)
	h.world.Advance(time.Hour)
	h.close()
}

// TestEveryCallFailsOnce: whatever call fails, before or after it has had its effect, closing again ends right.
func TestEveryCallFailsOnce(t *testing.T) {
	t.Parallel()
	for _, groups := range []bool{false, true} {
		for _, late := range []bool{false, true} {
			for n := range 200 {
				if !failOnce(t, n, late, groups) {
					require.Greater(t, n, 12)
					break
				}
			}
		}
	}
}

// failOnce has the n-th call fail; false: there are not so many.
func failOnce(t *testing.T, n int, late, groups bool) bool {
	t.Helper()
	h := open(t)
	if groups {
		h = open(t, perGroup)
	}
	count, met := 0, ""
	h.world.Hook(func(c memory.Call) {
		if count++; count == n+1 {
			met = c.Op
			h.world.Inject(c.Op, memory.Fault{Err: provider.ErrUnavailable, Late: late})
		}
	})
	_, err := h.closer.Close(t.Context(), "acme", september)
	h.world.Hook(nil)
	if met == "" {
		require.NoError(t, err)
		return false
	}
	what := fmt.Sprintf("call %d, %s, late %t", n, met, late)
	if err != nil {
		require.True(t, closing.Retry(err), "%s: %v", what, err)
		_, err = h.closer.Close(t.Context(), "acme", september)
	}
	require.NoError(t, err, what)
	if groups {
		h.billed("30.00", "2.00", "2.00")
	} else {
		h.billed("34.00")
	}
	for _, inv := range h.issued(h.acme) {
		require.Equal(t, 1, h.mails()[inv.ID], "%s: mails", what)
	}
	return true
}

// TestASendThatFailedIsMadeUpFor: an invoice that is final and was not sent is not done.
func TestASendThatFailedIsMadeUpFor(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.world.FailNext(memory.IssueSend, provider.ErrUnavailable)
	result, err := h.closer.Close(t.Context(), "acme", september)
	require.ErrorIs(t, err, provider.ErrUnavailable)
	require.False(t, result.Done())
	require.Equal(t, provider.Issued, h.line("", 1).State)
	require.Empty(t, h.mails())
	h.close()
	require.Len(t, h.mails(), 1)
}

func TestSendingCanBeLeftToOthers(t *testing.T) {
	t.Parallel()
	h := open(t, func(c *closing.Config) { c.KeepBack = true })
	require.Equal(t, provider.Issued, h.close().Closings[0].State)
	h.close()
	h.billed("34.00")
	require.Empty(t, h.mails())
}

// TestEveryStepIsTheLast: a process that dies at any call leaves what another one finishes once its lease has run out.
func TestEveryStepIsTheLast(t *testing.T) {
	t.Parallel()
	for n := range 200 {
		h := open(t)
		ctx, die := context.WithCancel(t.Context())
		count := 0
		h.world.Hook(func(memory.Call) {
			if count++; count == n+1 {
				die()
				h.world.InjectAlways(memory.AnyOp, memory.Fault{Err: provider.ErrUnavailable}) // it does nothing more
			}
		})
		_, err := h.closer.Close(ctx, "acme", september)
		h.world.Hook(nil)
		h.world.Heal()
		died := ctx.Err() != nil
		die()
		if !died {
			require.NoError(t, err)
			require.Greater(t, n, 12)
			return
		}
		began := h.world.Now()
		_, err = h.another("worker-2").Close(t.Context(), "acme", september)
		require.NoError(t, err, "call %d", n)
		require.LessOrEqual(t, h.world.Now().Sub(began), closing.DefaultLease+10*time.Second, "call %d", n)
		h.billed("34.00")
		require.Equal(t, map[string]int{h.issued(h.acme)[0].ID: 1}, h.mails(), "call %d", n)
	}
}

func TestManyWhoCloseAtOnceMakeOneInvoice(t *testing.T) {
	t.Parallel()
	for _, n := range []int{2, 8, 64} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			t.Parallel()
			h := open(t)
			h.config.Sleep = func(ctx context.Context, _ time.Duration) error { // others are at work: let them
				select {
				case <-ctx.Done():
				case <-time.After(time.Millisecond):
				}
				return ctx.Err()
			}
			var all sync.WaitGroup
			results, errs := make([]closing.Result, n), make([]error, n)
			for i := range n {
				closer := h.another(fmt.Sprintf("worker-%d", i))
				all.Go(func() { results[i], errs[i] = closer.Close(t.Context(), "acme", september) })
			}
			all.Wait()
			h.billed("34.00")
			for i := range n {
				require.NoError(t, errs[i])
				require.Equal(t, h.issued(h.acme)[0].ID, results[i].Closings[0].Invoice, "losers return the winner's")
			}
		})
	}
}

// TestWhoLostTheLeaseStopsBeforeTheNextWrite (R6).
func TestWhoLostTheLeaseStopsBeforeTheNextWrite(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.config.Payments = sleeper{h.world.Payments(), func(r *provider.IssueRequest) {
		before := r.Before
		r.Before = func(ctx context.Context, step provider.IssueStep) error {
			if step == provider.StepLine {
				h.world.Advance(27 * time.Hour) // the process sleeps, and another one closes the month
				_, err := h.another("worker-2").Close(ctx, "acme", september)
				require.NoError(t, err)
			}
			return before(ctx, step)
		}
	}}
	slow := h.another("slow")
	h.config.Payments = h.world.Payments()
	result, err := slow.Close(t.Context(), "acme", september)
	require.NoError(t, err)
	require.Equal(t, provider.Sent, result.Closings[0].State)
	h.billed("34.00")
}

// sleeper is a payment provider whose requests to issue are changed.
type sleeper struct {
	*memory.Payments
	change func(*provider.IssueRequest)
}

func (s sleeper) Issue(ctx context.Context, r provider.IssueRequest) (invoice.Invoice, error) {
	s.change(&r)
	return s.Payments.Issue(ctx, r)
}

func TestNothingSecretIsInAnError(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.world.FailAlways("Issue", errors.New("card 4242 of billing@acme.example.com"))
	_, err := h.closer.Close(t.Context(), "acme", september)
	require.ErrorIs(t, err, provider.ErrUnavailable)
	require.NotContains(t, err.Error(), "acme.example.com")
	require.NotContains(t, h.line("", 1).Reason, "acme.example.com")
}

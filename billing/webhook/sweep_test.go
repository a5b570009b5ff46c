package webhook_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/billing/webhook"
	"github.com/billhatch/billhatch/invoice"
	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/provider/memory"
	"github.com/billhatch/billhatch/usage/civil"
)

// All webhooks of 31 days are lost: one sweep repairs everything, the next one finds nothing to repair (W9).
func TestOneSweepRepairsWhatAMonthWithoutWebhooksHasMissed(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.add("initech")
	var ids []string
	for i, account := range []string{"acme", "globex", "initech"} {
		for month := range time.Month(6) {
			inv := h.invoice(account, 4+month)
			ids = append(ids, inv.ID)
			if i < 2 { // the invoices of the last one are all new
				h.receive(changed("", &inv))
			}
		}
	}
	h.drain()
	acts := []func(string) error{h.world.Pay, h.world.Void, h.world.GiveUp, func(string) error { return nil }}
	for i, id := range ids {
		h.world.Advance(41 * time.Hour)
		require.NoError(t, acts[i%len(acts)](id))
	}
	require.Greater(t, h.world.Now().Sub(now), 30*24*time.Hour)

	got := h.sweep(webhook.SweepQuery{})
	require.Equal(t, webhook.Swept{Accounts: 3, Invoices: 18, Repaired: 9 + 6}, got)
	for i, id := range ids {
		require.Equal(t, []string{"paid", "void", "uncollectible", "open"}[i%4], h.states.status(id))
	}
	require.Equal(t, webhook.Swept{Accounts: 3, Invoices: 18}, h.sweep(webhook.SweepQuery{}))
}

// An old invoice that was paid late is read although it is before the date, because the host holds it for unsettled; what
// is settled and old is not read any more.
func TestASweepReadsOldInvoicesThatMayStillChange(t *testing.T) {
	t.Parallel()
	h := open(t)
	settled, late, fresh := h.invoice("acme", 1), h.invoice("acme", 2), h.invoice("acme", 10)
	for i := range 2 * provider.MaxPage { // between the old ones and the new one
		h.world.AddInvoice("acme", invoice.Invoice{Issued: civil.MustDate(2026, 3, 1).AddDays(i % 28), Status: invoice.Paid, Total: usd("1.00"), Currency: "USD"})
	}
	require.NoError(t, h.world.Pay(settled.ID))
	h.sweep(webhook.SweepQuery{})
	require.NoError(t, h.world.Pay(late.ID))
	require.NoError(t, h.world.Pay(fresh.ID))
	h.world.ResetCalls()

	got := h.sweep(webhook.SweepQuery{Since: civil.MustDate(2026, 10, 1)})
	require.Equal(t, webhook.Swept{Accounts: 2, Invoices: provider.MaxPage + 1, Repaired: 2}, got, "one page, and the late one")
	require.Equal(t, []string{"paid", "paid", "paid"}, []string{h.states.status(settled.ID), h.states.status(late.ID), h.states.status(fresh.ID)})
	require.Len(t, h.world.CallsOf("Invoices"), 2, "one page of each account")
	require.Len(t, h.world.CallsOf("Invoice"), 1)
}

func TestASweepWithoutADateReadsEveryPage(t *testing.T) {
	t.Parallel()
	h, rec := recording(t)
	for range 2*provider.MaxPage + 1 {
		h.invoice("acme", 1)
	}
	rec.changed = true
	got := h.sweep(webhook.SweepQuery{})
	require.Equal(t, webhook.Swept{Accounts: 2, Invoices: 201, Repaired: 203}, got)
	require.Len(t, h.world.CallsOf("Invoices"), 3+1)
	require.Equal(t, "portal", rec.told[0])
}

// What the host holds for open and the provider does not have is reported: nothing is made up of it.
func TestAnInvoiceThatTheProviderDoesNotHaveIsReported(t *testing.T) {
	t.Parallel()
	h := open(t)
	gone := invoice.Invoice{ID: "in_gone", CustomerID: "cus_acme", Account: "acme", Status: invoice.Open}
	_, err := h.applier.InvoiceChanged(t.Context(), gone, now)
	require.NoError(t, err)
	require.Equal(t, webhook.Swept{Accounts: 2, Missing: 1}, h.sweep(webhook.SweepQuery{}))
	require.Equal(t, "open", h.states.status("in_gone"))
}

func TestASweepTellsOfCustomersThatAreGone(t *testing.T) {
	t.Parallel()
	h, rec := recording(t)
	h.invoice("acme", 10)
	h.world.DeleteCustomer("cus_acme")
	got := h.sweep(webhook.SweepQuery{})
	require.Equal(t, webhook.Swept{Accounts: 2}, got)
	require.ElementsMatch(t, []string{"portal", "acme cus_acme gone=true", "globex cus_globex gone=false"}, rec.told)
}

func TestAnAccountWithoutACustomerIsNotAskedFor(t *testing.T) {
	t.Parallel()
	h, rec := recording(t)
	h.accounts[0].Customer = ""
	require.Equal(t, webhook.Swept{Accounts: 2}, h.sweep(webhook.SweepQuery{}))
	require.Equal(t, []string{"portal", "globex cus_globex gone=false"}, rec.told)
}

// An account that fails, wherever it does, is listed; all others are read.
func TestAnAccountThatFailsHoldsNoOtherUp(t *testing.T) {
	t.Parallel()
	down := errors.New(canary)
	for name, tc := range map[string]struct {
		fault    func(h *house, rec *recorder)
		invoices int // that were applied all the same
		kind     error
	}{
		"reading the customer": {func(h *house, _ *recorder) {
			h.world.Inject("Customer", memory.Fault{Err: provider.ErrUnavailable, Only: "cus_acme"})
		}, 1, provider.ErrUnavailable},
		"reading invoices": {func(h *house, _ *recorder) {
			h.world.Inject("Invoices", memory.Fault{Err: provider.ErrRateLimited, Only: "cus_acme"})
		}, 1, provider.ErrRateLimited},
		"a customer of another mode": {func(h *house, _ *recorder) {
			h.world.Inject("Customer", memory.Fault{Only: "cus_acme", Alter: func(answer any) {
				if c, ok := answer.(*provider.Customer); ok {
					c.Live = false
				}
			}})
		}, 1, provider.ErrForeign},
		"an invoice of another customer": {func(h *house, _ *recorder) {
			h.world.Inject("Invoices", memory.Fault{Only: "cus_acme", Alter: func(answer any) {
				if page, ok := answer.(*provider.InvoicePage); ok {
					page.Invoices[0].CustomerID = "cus_globex"
				}
			}})
		}, 2, provider.ErrForeign},
		"applying the customer": {func(_ *house, rec *recorder) {
			rec.apply = func(_ context.Context, told string) error {
				if strings.HasPrefix(told, "acme cus") {
					return down
				}
				return nil
			}
		}, 3, down},
		"applying an invoice": {func(_ *house, rec *recorder) {
			rec.apply = func(_ context.Context, told string) error {
				if strings.HasPrefix(told, "acme in_000001") {
					return down
				}
				return nil
			}
		}, 2, down},
		"a panic at an invoice": {func(_ *house, rec *recorder) {
			rec.apply = func(_ context.Context, told string) error {
				if strings.HasPrefix(told, "acme in_000002") {
					panic(canary)
				}
				return nil
			}
		}, 2, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h, rec := recording(t)
			h.invoice("acme", 9)
			h.invoice("acme", 10)
			h.invoice("globex", 10)
			tc.fault(h, rec)
			got := h.sweep(webhook.SweepQuery{})
			require.Len(t, got.Failures, 1)
			require.Equal(t, "acme", got.Failures[0].Account)
			if tc.kind != nil {
				require.ErrorIs(t, got.Failures[0].Err, tc.kind)
			}
			got.Failures = nil
			require.Equal(t, webhook.Swept{Accounts: 2, Invoices: tc.invoices, Failed: 1}, got)
			require.Contains(t, h.log.String(), "webhook: account cannot be swept")
			require.NotContains(t, h.log.String(), canary)
		})
	}
}

// The same for the invoices that a Mirror holds for unsettled.
func TestAnUnsettledInvoiceThatFailsHoldsNoOtherUp(t *testing.T) {
	t.Parallel()
	h := open(t)
	old := []invoice.Invoice{h.invoice("acme", 1), h.invoice("acme", 2), h.invoice("acme", 3)}
	for range provider.MaxPage {
		h.invoice("acme", 10)
	}
	h.sweep(webhook.SweepQuery{})
	for _, inv := range old {
		require.NoError(t, h.world.Pay(inv.ID))
	}
	since := webhook.SweepQuery{Since: civil.MustDate(2026, 11, 1)}
	h.world.FailNext("Invoice", provider.ErrTimeout)
	got := h.sweep(since)
	require.Equal(t, []int{1, 2}, []int{got.Failed, got.Repaired})
	require.ErrorIs(t, got.Failures[0].Err, provider.ErrTimeout)
	require.Equal(t, 1, h.sweep(since).Repaired)

	h.states.before = func(op string) error {
		if op == "Unsettled" {
			return provider.ErrUnavailable
		}
		return nil
	}
	require.Equal(t, 2, h.sweep(since).Failed, "of each account")
}

// many opens a house with accounts a00 to a99 and nobody else.
func many(t *testing.T) (*house, *recorder) {
	t.Helper()
	h, rec := recording(t)
	h.accounts = nil
	for i := range 100 {
		h.add(fmt.Sprintf("a%02d", i))
	}
	return h, rec
}

// requireOnce wants every account to have been told of exactly once.
func requireOnce(t *testing.T, rec *recorder) {
	t.Helper()
	times := map[string]int{}
	for _, told := range rec.told {
		times[told]++
	}
	require.Len(t, times, 101)
	for told, n := range times {
		require.Equal(t, 1, n, told)
	}
}

func TestASweepGoesOnWhereTheLastOneEnded(t *testing.T) {
	t.Parallel()
	for _, most := range []int{1, 7, 32, 33, 50, 99, 100, 101, 0} {
		h, rec := many(t)
		q, sweeps := webhook.SweepQuery{Most: most}, 0
		for {
			got := h.sweep(q)
			sweeps++
			if most > 0 {
				require.LessOrEqual(t, got.Accounts, most)
			}
			if q.After = got.Next; q.After == "" {
				break
			}
			require.Equal(t, fmt.Sprintf("a%02d", sweeps*most-1), got.Next)
		}
		requireOnce(t, rec)
		if most > 0 {
			require.Equal(t, (99+most)/most, sweeps, "at most %d", most)
		}
	}
}

// A sweep that is stopped, or whose list of accounts breaks off, tells where to go on: nothing is left out.
func TestASweepThatBreaksOffTellsWhereToGoOn(t *testing.T) {
	t.Parallel()
	t.Run("by its context", func(t *testing.T) {
		t.Parallel()
		for stop := range 100 {
			h, rec := many(t)
			ctx, cancel := context.WithCancel(t.Context())
			rec.apply = func(_ context.Context, told string) error {
				if strings.HasPrefix(told, fmt.Sprintf("a%02d", stop)) {
					cancel()
				}
				return nil
			}
			got, err := h.worker.Sweep(ctx, webhook.SweepQuery{})
			require.ErrorIs(t, err, context.Canceled)
			require.Zero(t, got.Failed, "what was stopped has not failed")
			require.Equal(t, stop/32*32, got.Accounts)
			last := ""
			if got.Accounts > 0 {
				last = fmt.Sprintf("a%02d", got.Accounts-1)
			}
			require.Equal(t, last, got.Next)
			rec.told, rec.apply = nil, nil
			got = h.sweep(webhook.SweepQuery{After: got.Next})
			require.Equal(t, webhook.Swept{Accounts: 100 - stop/32*32}, got)
		}
	})
	t.Run("by its list", func(t *testing.T) {
		t.Parallel()
		h, rec := many(t)
		accounts, broken := h.workerConfig.Accounts, true
		h.workerConfig.Accounts = func(ctx context.Context, after string) iter.Seq2[provider.Account, error] {
			return func(yield func(provider.Account, error) bool) {
				for a, err := range accounts(ctx, after) {
					if broken && a.ID == "a70" {
						yield(provider.Account{}, provider.ErrUnavailable)
						return
					}
					if !yield(a, err) {
						return
					}
				}
			}
		}
		h.start()
		got, err := h.worker.Sweep(t.Context(), webhook.SweepQuery{})
		require.ErrorIs(t, err, provider.ErrUnavailable)
		require.Equal(t, webhook.Swept{Accounts: 64, Next: "a63"}, got)
		broken = false
		require.Equal(t, webhook.Swept{Accounts: 36}, h.sweep(webhook.SweepQuery{After: got.Next}))
		requireOnce(t, rec)
	})
}

func TestASweepNeedsAListOfAccounts(t *testing.T) {
	t.Parallel()
	h, rec := recording(t, func(h *house) { h.workerConfig.Accounts = nil })
	_, err := h.worker.Sweep(t.Context(), webhook.SweepQuery{})
	require.ErrorIs(t, err, provider.ErrUnsupported)
	require.Empty(t, rec.told)
}

func TestAPortalThatCannotBeToldOfFailsAlone(t *testing.T) {
	t.Parallel()
	h, rec := recording(t)
	rec.apply = func(_ context.Context, told string) error {
		if told == "portal" {
			return errors.New("down")
		}
		return nil
	}
	got := h.sweep(webhook.SweepQuery{})
	require.Equal(t, []int{2, 1}, []int{got.Accounts, got.Failed})
	require.Empty(t, got.Failures[0].Account)
}

// endless is a provider whose list of invoices leads back to itself.
type endless struct {
	provider.Payments
	pages int
}

func (e *endless) Invoices(context.Context, provider.InvoiceQuery) (provider.InvoicePage, error) {
	e.pages++
	return provider.InvoicePage{Next: "again"}, nil
}

func TestAListThatDoesNotEndIsGivenUp(t *testing.T) {
	t.Parallel()
	var list *endless
	h, _ := recording(t, func(h *house) {
		list = &endless{Payments: h.world.Payments()}
		h.workerConfig.Payments, h.accounts = list, h.accounts[:1]
	})
	got := h.sweep(webhook.SweepQuery{})
	require.ErrorIs(t, got.Failures[0].Err, provider.ErrTooLarge)
	require.Equal(t, 1000, list.pages)
}

func TestAtMostAHundredFailuresAreListed(t *testing.T) {
	t.Parallel()
	h, rec := many(t)
	h.add("b00")
	rec.apply = func(context.Context, string) error { return errors.New("down") }
	got := h.sweep(webhook.SweepQuery{})
	require.Equal(t, 102, got.Failed, "with the portal")
	require.Len(t, got.Failures, 100)
}

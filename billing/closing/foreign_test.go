package closing_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/billing/closing"
	"github.com/billhatch/billhatch/internal/frozen"
	"github.com/billhatch/billhatch/invoice"
	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/provider/memory"
	"github.com/billhatch/billhatch/usage"
	"github.com/billhatch/billhatch/usage/civil"
)

// altered changes every answer of an operation.
func altered[T any](h *house, op string, change func(*T)) {
	h.world.InjectAlways(op, memory.Fault{Alter: func(answer any) {
		t, ok := answer.(*T)
		require.True(h, ok, "%T", answer)
		change(t)
	}})
}

// TestWhatWasNotAskedForIsNeverUsed: an answer about somebody or something else is ErrForeign.
func TestWhatWasNotAskedForIsNeverUsed(t *testing.T) {
	t.Parallel()
	statement := func(change func(*provider.FrozenStatement)) func(*house) {
		return func(h *house) {
			h.world.FailNext(memory.IssueDraft, provider.ErrUnavailable)
			require.Error(h, h.close1())
			altered(h, "Statement", change)
		}
	}
	body := func(change func(*frozen.Month)) func(*provider.FrozenStatement) {
		return func(s *provider.FrozenStatement) {
			month, err := frozen.Decode(s.Body)
			if err != nil {
				return
			}
			change(month)
			s.Body, _ = frozen.Encode(month) // what cannot be encoded is empty, which is no statement either
			s.Hash = frozen.Hash(s.Body)
		}
	}
	for _, tc := range []struct {
		name  string
		spoil func(h *house)
		act   func(h *house) error
		says  string
	}{
		{"another account", func(h *house) {
			altered(h, "Account", func(a *provider.Account) { a.ID = "globex" })
		}, (*house).close1, ""},
		{"an account without a zone", func(h *house) {
			altered(h, "Account", func(a *provider.Account) { a.Zone = nil })
		}, (*house).close1, ""},
		{"reconciling another account", func(h *house) {
			altered(h, "Account", func(a *provider.Account) { a.ID = "globex" })
		}, (*house).reconcile, ""},
		{"reconciling an account without a zone", func(h *house) {
			altered(h, "Account", func(a *provider.Account) { a.Zone = nil })
		}, (*house).reconcile, ""},
		{"another line of the ledger", func(h *house) {
			h.close()
			altered(h, "Closing", func(c *provider.Closing) { c.Key.Account = "globex" })
		}, (*house).close1, ""},
		{"an invoice of another customer", func(h *house) {
			h.world.AddInvoice("acme", invoice.Invoice{Total: usd("5.00"), Currency: "USD", Issued: september.To()})
			altered(h, "Invoices", func(p *provider.InvoicePage) { p.Invoices[0].CustomerID = "cus_other" })
		}, (*house).close1, ""},
		{"a statement under another key", statement(func(s *provider.FrozenStatement) {
			s.Key.Account = "globex"
		}), (*house).close1, "was changed"},
		{"a statement that was changed", statement(func(s *provider.FrozenStatement) {
			s.Body = append(s.Body, ' ')
		}), (*house).close1, "was changed"},
		{"a statement that is none", statement(func(s *provider.FrozenStatement) {
			s.Body = []byte("{}")
			s.Hash = frozen.Hash(s.Body)
		}), (*house).close1, "cannot be read"},
		{"a statement of another account", statement(body(func(m *frozen.Month) {
			m.Statement.Account.ID = "globex"
		})), (*house).close1, ""},
		{"another statement than that of the ledger", statement(body(func(m *frozen.Month) {
			m.Customer = "cus_other"
		})), (*house).close1, "another statement is frozen"},
		{"a line of the ledger for days that are no period", func(h *house) {
			altered(h, "Closings", func(p *provider.ClosingPage) {
				p.Closings = []provider.Closing{{Key: provider.ClosingKey{
					Account: "acme", From: september.To(), To: september.From().AddDays(10), Revision: 1,
				}}}
			})
		}, (*house).reconcile, ""},
		{"a plan in another currency than the account", func(h *house) {
			altered(h, "Account", func(a *provider.Account) { a.Currency = "EUR" })
		}, (*house).preview, "another currency"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			h := open(t)
			tc.spoil(h)
			before := h.calls("Issue")
			err := tc.act(h)
			require.ErrorIs(t, err, provider.ErrForeign)
			require.ErrorContains(t, err, tc.says)
			require.Equal(t, before, h.calls("Issue"))
			h.world.Heal()
			h.billed(handMade(h)...)
		})
	}
}

// handMade are the totals of what is billed and was not made by closing, or was made before something went wrong.
func handMade(h *house) []string {
	var out []string
	for _, inv := range h.issued(h.acme) {
		if inv.IssueKey == "" || h.line("", 1).Invoice == inv.ID {
			out = append(out, inv.Total.Decimal().StringFixed(2))
		}
	}
	return out
}

// TestAnInvoiceThatIsNotWhatWasPlannedIsParked, once for everything that is compared.
func TestAnInvoiceThatIsNotWhatWasPlannedIsParked(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*invoice.Invoice){
		"another id":       func(i *invoice.Invoice) { i.ID = "in_other" },
		"another customer": func(i *invoice.Invoice) { i.CustomerID = "cus_other" },
		"another currency": func(i *invoice.Invoice) { i.Currency = "EUR" },
		"another total":    func(i *invoice.Invoice) { i.Total = usd("34.01") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := open(t)
			altered(h, "Issue", change)
			err := h.close1()
			require.ErrorIs(t, err, closing.ErrParked)
			require.ErrorIs(t, err, provider.ErrForeign)
			require.Equal(t, provider.Parked, h.line("", 1).State)
			require.Contains(t, h.line("", 1).Reason, "not what was planned")
		})
	}
}

// TestAGroupOfAnotherStatementWaitsForAPerson: its line was left by a revision that was not finished.
func TestAGroupOfAnotherStatementWaitsForAPerson(t *testing.T) {
	t.Parallel()
	h := open(t, perGroup)
	h.world.FailAlways(memory.IssueDraft, provider.ErrUnavailable)
	require.ErrorIs(t, h.close1(), provider.ErrUnavailable)
	h.world.Heal()
	line := h.line("staff", 1)
	line.Hash, line.Owner = "sha256:other", "person"
	_, err := h.world.Records().Put(t.Context(), line)
	require.NoError(t, err)
	require.ErrorIs(t, h.close1(), closing.ErrParked)
	h.billed("30.00", "2.00") // the others are not held up
}

// TestWhatAnotherHasFrozenFirstCounts: two who compute the same month at once bill one statement.
func TestWhatAnotherHasFrozenFirstCounts(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.config.Records = firstFrozen{h.world.Records()}
	h.closer = h.another("second")
	h.close()
	h.billed("34.00")
}

// firstFrozen is a record store in which somebody else freezes a moment before.
type firstFrozen struct{ *memory.Records }

func (f firstFrozen) Freeze(ctx context.Context, s provider.FrozenStatement) error {
	if err := f.Records.Freeze(ctx, s); err != nil {
		return err
	}
	return &provider.Error{Op: "Freeze", Kind: provider.ErrConflict}
}

// TestTheLedgerIsHeldAgainstTheMonthBeside: what the ledger lacks of the month before was billed by a ledger that is gone.
func TestTheLedgerIsHeldAgainstTheMonthBeside(t *testing.T) {
	t.Parallel()
	october := september.Next()
	over := func(h *house, month civil.Period) {
		_, end := month.Bounds()
		h.world.Advance(end.Sub(h.world.Now()) + time.Hour)
	}
	t.Run("a month that the ledger does not know", func(t *testing.T) {
		t.Parallel()
		h := open(t)
		h.close()
		over(h, october)
		_, err := h.restored().Close(t.Context(), "acme", october)
		require.ErrorIs(t, err, closing.ErrBehind)
		h.billed("34.00")
	})
	t.Run("a month for which the ledger has another invoice", func(t *testing.T) {
		t.Parallel()
		h := open(t)
		h.close()
		over(h, october)
		altered(h, "Invoices", func(p *provider.InvoicePage) { p.Invoices[0].ID = "in_other" })
		_, err := h.closer.Close(t.Context(), "acme", october)
		require.ErrorIs(t, err, closing.ErrBehind)
		require.ErrorContains(t, err, "another invoice")
	})
	t.Run("an invoice that was made by hand", func(t *testing.T) {
		t.Parallel()
		h := open(t)
		h.world.AddInvoice("acme", invoice.Invoice{Total: usd("5.00"), Currency: "USD", Issued: september.To()})
		h.close()
		h.billed("34.00", "5.00")
	})
	t.Run("a month that is long past", func(t *testing.T) {
		t.Parallel()
		h := open(t)
		h.close()
		january, err := civil.Month(2027, time.January, time.UTC)
		require.NoError(t, err)
		over(h, january)
		_, err = h.restored().Close(t.Context(), "acme", january)
		require.NoError(t, err)
		h.billed("34.00", "34.00")
	})
}

// TestRevisingTakesBackWhatIsThereAndNothingElse.
func TestRevisingTakesBackWhatIsThereAndNothingElse(t *testing.T) {
	t.Parallel()
	t.Run("a month that was never closed is not found", func(t *testing.T) {
		t.Parallel()
		h := open(t)
		require.ErrorIs(t, h.revise(), provider.ErrNotFound)
		require.Empty(t, h.actions())
	})
	t.Run("what was empty needs nothing of the payment provider", func(t *testing.T) {
		t.Parallel()
		h := open(t)
		h.world.SetPlan("acme", civil.MustDate(2026, 2, 1), usage.Plan{Name: "Free", Currency: "USD", Seats: flat("0"), Groups: freeGroups()})
		h.close()
		h.world.ResetCalls()
		require.NoError(t, h.revise(), "at once, for nothing can arrive")
		require.Empty(t, h.world.CallsOf("Invoices", "Invoice", "Void"))
	})
	t.Run("what is void already is not voided again", func(t *testing.T) {
		t.Parallel()
		h := open(t)
		h.close()
		_, err := h.world.Payments().Void(t.Context(), h.acme.Customer, h.line("", 1).Invoice, "v")
		require.NoError(t, err)
		h.world.ResetCalls()
		require.NoError(t, h.revise())
		require.Empty(t, h.world.CallsOf("Void"))
	})
	t.Run("a payment provider that cannot void is told of", func(t *testing.T) {
		t.Parallel()
		h := open(t)
		h.close()
		h.config.Payments = struct {
			provider.Payments
			provider.Issuer
		}{h.world.Payments(), h.world.Payments()}
		err := h.another("worker-2").Revise(t.Context(), "acme", september, ada)
		require.ErrorIs(t, err, provider.ErrUnsupported)
	})
	t.Run("a payment provider that says void and does nothing is not believed", func(t *testing.T) {
		t.Parallel()
		h := open(t)
		h.close()
		h.config.Payments = idle{h.world.Payments()}
		err := h.another("worker-2").Revise(t.Context(), "acme", september, ada)
		require.ErrorIs(t, err, provider.ErrUnknown)
		require.Equal(t, provider.Sent, h.line("", 1).State)
	})
}

// idle is a payment provider that voids nothing, and says that it did.
type idle struct{ *memory.Payments }

func (i idle) Void(ctx context.Context, customer, id, _ string) (invoice.Invoice, error) {
	return i.Invoice(ctx, customer, id)
}

// TestReconcilingLeavesAloneWhatIsNotToBeDone: nothing is found, and nothing is asked of the payment provider.
func TestReconcilingLeavesAloneWhatIsNotToBeDone(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name  string
		begin func(h *house)
		since civil.Date
	}{
		{"what waits for a person", (*house).park, september.From()},
		{"what was taken back", func(h *house) {
			h.close()
			require.NoError(h, h.revise())
		}, september.From()},
		{"what was empty", func(h *house) {
			h.world.SetPlan("acme", civil.MustDate(2026, 2, 1), usage.Plan{Name: "Free", Currency: "USD", Seats: flat("0"), Groups: freeGroups()})
			h.close()
		}, september.From()},
		{"what has nothing at the payment provider yet", func(h *house) {
			h.world.AddTenant("acme", usage.Tenant{ID: "new", Name: "New"})
			require.ErrorIs(h, h.close1(), usage.ErrUsageIncomplete)
		}, september.From()},
		{"what another process is at work on", func(h *house) {
			h.halfway()
			line := h.line("", 1)
			line.Owner, line.Lease = "worker-2/x", time.Hour
			_, err := h.world.Records().Put(h.Context(), line)
			require.NoError(h, err)
		}, september.From()},
		{"what ended before the day", (*house).halfway, september.To().AddDays(1)},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			h := open(t)
			tc.begin(h)
			before := h.line("", 1)
			h.world.ResetCalls()
			found, err := h.closer.Reconcile(t.Context(), "acme", tc.since)
			require.NoError(t, err)
			require.Empty(t, found)
			require.Empty(t, h.world.CallsOf("Issue", "Invoice"))
			after := h.line("", 1)
			require.Equal(t, before.State, after.State)
			require.Equal(t, before.Invoice, after.Invoice)
		})
	}
}

func TestReconcilingTellsWhatIsNotThereOrNotTheSame(t *testing.T) {
	t.Parallel()
	t.Run("an invoice that is gone", func(t *testing.T) {
		t.Parallel()
		h := open(t)
		h.close()
		altered(h, "Invoices", func(p *provider.InvoicePage) { p.Invoices = nil })
		h.world.FailAlways("Invoice", provider.ErrNotFound)
		found, err := h.closer.Reconcile(t.Context(), "acme", september.From())
		require.NoError(t, err)
		require.Equal(t, []closing.DifferenceKind{closing.MissingAtProvider}, kindsOf(found))
	})
	t.Run("an invoice that is not final although the ledger says so", func(t *testing.T) {
		t.Parallel()
		h := open(t)
		h.halfway()
		line := h.line("", 1)
		line.State, line.Owner = provider.Sent, "person"
		_, err := h.world.Records().Put(t.Context(), line)
		require.NoError(t, err)
		altered(h, "Invoices", func(p *provider.InvoicePage) {
			p.Invoices = append(p.Invoices, invoice.Invoice{ID: line.Invoice, CustomerID: h.acme.Customer, Issued: september.To()})
		})
		found, err := h.closer.Reconcile(t.Context(), "acme", september.From())
		require.NoError(t, err)
		require.Equal(t, []closing.DifferenceKind{closing.UnknownInvoice, closing.TotalDiffers}, kindsOf(found))
		require.ErrorIs(t, found[1].Err, provider.ErrConflict)
		h.world.Heal()
		h.billed() // reconciling has not made it final
	})
	t.Run("a statement that is another than the ledger's is not held against anything", func(t *testing.T) {
		t.Parallel()
		h := open(t)
		h.close()
		altered(h, "Closings", func(p *provider.ClosingPage) { p.Closings[0].Hash = "sha256:other" })
		h.world.ResetCalls()
		found, err := h.closer.Reconcile(t.Context(), "acme", september.From())
		require.NoError(t, err)
		require.Empty(t, found)
		require.Empty(t, h.world.CallsOf("Issue"))
	})
	t.Run("an account without a customer", func(t *testing.T) {
		t.Parallel()
		h := open(t)
		h.acme.Customer = ""
		h.world.SetAccount(h.acme)
		require.ErrorIs(t, h.reconcile(), provider.ErrNotConfigured)
		require.Empty(t, h.world.CallsOf("Invoices"))
	})
	t.Run("an account that is unknown", func(t *testing.T) {
		t.Parallel()
		h := open(t)
		_, err := h.closer.Reconcile(t.Context(), "nobody", september.From())
		require.ErrorIs(t, err, provider.ErrNotFound)
	})
}

func TestAPreviewShowsWhatIsOrWouldBeBilled(t *testing.T) {
	t.Parallel()
	h := open(t)
	show := func() closing.Preview {
		preview, err := h.closer.Preview(t.Context(), "acme", september)
		require.NoError(t, err)
		require.Len(t, preview.Invoices, 1)
		return preview
	}
	require.False(t, show().Frozen)
	h.close()
	h.covered("acme", "hq", "late", "example.com")
	require.True(t, show().Frozen)
	require.True(t, show().Invoices[0].Total.Equal(usd("34.00")), "as it was frozen")
	require.NoError(t, h.revise())
	require.False(t, show().Frozen)
	require.True(t, show().Invoices[0].Total.Equal(usd("37.00")), "as it would be revised")
	_, err := h.closer.Preview(t.Context(), "nobody", september)
	require.ErrorIs(t, err, provider.ErrNotFound)

	h.close()
	closer := h.restored()
	_, err = closer.Reconcile(t.Context(), "acme", september.From())
	require.NoError(t, err)
	altered(h, "Account", func(*provider.Account) {})
	line, err := h.kept.Closing(t.Context(), key("", 2))
	require.NoError(t, err)
	require.Equal(t, provider.Sent, line.State, fmt.Sprint(line))
	_, err = closer.Preview(t.Context(), "acme", september)
	require.True(t, err != nil && strings.Contains(err.Error(), "taken over"), "%v", err)
	require.ErrorIs(t, err, provider.ErrUnsupported)
}

package closing_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/billing/closing"
	"github.com/billhatch/billhatch/invoice"
	"github.com/billhatch/billhatch/usage"
	"github.com/billhatch/billhatch/usage/civil"
)

// month closes a month of acme once it is over.
func (h *house) month(month civil.Period) closing.Result {
	h.Helper()
	_, end := month.Bounds()
	if wait := end.Sub(h.world.Now()); wait > 0 {
		h.world.Advance(wait + time.Hour)
	}
	result, err := h.closer.Close(h.Context(), "acme", month)
	require.NoError(h, err)
	return result
}

// lateLines are the adjustments on an invoice.
func lateLines(inv *invoice.Invoice) map[string]string {
	out := map[string]string{}
	for _, l := range inv.Lines {
		if l.Kind == invoice.Adjustment {
			out[l.Description] = l.Amount.Decimal().StringFixed(2)
		}
	}
	return out
}

func TestLateUsageIsBilledByTheNextMonth(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.close()
	h.covered("acme", "hq", "late", "example.com") // covered since the first of September, and known in October
	october := september.Next()
	h.month(october)
	h.billed("34.00", "40.00") // 34 and the user's 3, and 3 for September

	invoices := h.issued(h.acme)
	require.Len(t, invoices[0].Lines, 3, "what was closed does not change")
	require.Equal(t, map[string]string{"Late usage of 2026-09": "3.00"}, lateLines(&invoices[1]))

	h.month(october.Next())
	h.billed("34.00", "40.00", "37.00")
}

func TestLateUsageHasThePricesOfItsMonth(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.close()
	h.covered("acme", "hq", "late", "example.com")
	h.world.SetPlan("acme", civil.MustDate(2026, 1, 2), usage.Plan{Name: "Dear", Currency: "USD", Seats: flat("9.00"), Groups: freeGroups()})
	h.month(september.Next())
	h.billed("34.00", "102.00") // 11 users at 9.00, and September's 3.00
}

func TestLateUsageIsBilledOnceHoweverManyMonthsLookBack(t *testing.T) {
	t.Parallel()
	h := open(t, func(c *closing.Config) { c.LatePeriods = 3 })
	h.close()
	october, november := september.Next(), september.Next().Next()
	h.month(october)
	h.covered("acme", "hq", "late", "example.com")
	h.month(november)
	h.month(november.Next())
	h.billed("34.00", "34.00", "43.00", "37.00") // November bills September's and October's 3.00
	require.Equal(t, map[string]string{"Late usage of 2026-09": "3.00", "Late usage of 2026-10": "3.00"}, lateLines(&h.issued(h.acme)[2]))
}

// TestRecordsThatAreGoneAreNoCredit: a host need not keep its records for ever.
func TestRecordsThatAreGoneAreNoCredit(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.close()
	h.world.AddTenant("acme", usage.Tenant{ID: "gone", Name: "Gone", Onboarded: civil.MustDate(2026, 9, 1), Left: civil.MustDate(2026, 10, 1)})
	h.month(september.Next()) // September cannot be computed any more: a tenant has no roster
	h.billed("34.00", "34.00")
}

func TestALaterRevisionDoesNotBillLateUsageAgain(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.close()
	h.covered("acme", "hq", "late", "example.com")
	h.month(september.Next())
	h.billed("34.00", "40.00")
	require.NoError(t, h.closer.Revise(t.Context(), "acme", september, ada))
	h.billed("40.00")
	h.close()
	h.billed("40.00", "34.00") // 37.00, of which October has billed 3.00
	h.month(september.Next().Next())
	h.billed("40.00", "34.00", "37.00")
}

// TestLateUsageOfAMonthThatWasTakenOverIsBilled: what counts is what its invoice bills, its own late usage apart.
func TestLateUsageOfAMonthThatWasTakenOverIsBilled(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*closing.Config){"as one": func(*closing.Config) {}, "by group": perGroup} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := open(t, change)
			h.close()
			h.covered("acme", "hq", "late", "example.com")
			october := september.Next()
			h.month(october) // bills September's 3.00
			h.closer = h.restored()
			_, err := h.closer.Reconcile(t.Context(), "acme", september.From())
			require.NoError(t, err)
			before := h.total()
			h.covered("acme", "hq", "later", "example.com")
			h.month(october.Next())
			require.Equal(t, "43.00", h.since(before), "November's 40.00, and October's 3.00; nothing of September is billed again")
		})
	}
}

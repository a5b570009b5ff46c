package billing_test

import (
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/billing"
	"github.com/billhatch/billhatch/provider/memory"
	"github.com/billhatch/billhatch/rbac"
)

// TestThePaymentProviderIsReadWhileTheRecordsAre: the first look-up in the records waits here until both of the payment
// provider have begun.
func TestThePaymentProviderIsReadWhileTheRecordsAre(t *testing.T) {
	t.Parallel()
	h := build(t, rbac.ClientPolicy())
	var begun sync.WaitGroup
	begun.Add(2)
	h.world.Hook(func(c memory.Call) {
		switch c.Op {
		case "Discounts", "Invoices":
			begun.Done()
		case "Plan":
			begun.Wait()
		}
	})
	panel, err := h.home(rbac.ClientAdmin).Usage(t.Context())
	require.NoError(t, err)
	require.Equal(t, billing.Ready, panel.State)
	require.NotEmpty(t, panel.Notices)
	require.True(t, panel.LastInvoice.IsSet())
}

// TestAPanicOfTheProviderReachesTheCaller and not the end of the program, wherever it is read.
func TestAPanicOfTheProviderReachesTheCaller(t *testing.T) {
	t.Parallel()
	for _, op := range []string{"Plan", "Discounts", "Invoices"} {
		h := build(t, rbac.ClientPolicy())
		h.world.Hook(func(c memory.Call) {
			if c.Op == op {
				panic("broken: " + op)
			}
		})
		require.PanicsWithValue(t, "broken: "+op, func() { _, _ = h.home(rbac.ClientAdmin).Usage(t.Context()) })
	}
}

// BenchmarkUsageOfASlowProvider is the panel over a provider that answers at once, and over one that takes its time. Without waiting
// for two look-ups at a time the latter would take seven times as long as one look-up.
func BenchmarkUsageOfASlowProvider(b *testing.B) {
	for _, c := range []struct {
		name  string
		delay time.Duration
	}{{"at once", 0}, {"20 ms for each look-up", 20 * time.Millisecond}} {
		b.Run(c.name, func(b *testing.B) {
			h := build(b, rbac.ClientPolicy())
			h.world.Hook(func(memory.Call) { time.Sleep(c.delay) })
			a := h.home(rbac.ClientAdmin)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := a.Usage(b.Context()); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

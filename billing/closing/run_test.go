package closing_test

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/billing/closing"
	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/provider/memory"
	"github.com/billhatch/billhatch/usage"
)

// street adds accounts beside acme.
func (h *house) street(n int) []provider.Account {
	h.Helper()
	out := []provider.Account{h.acme}
	for i := range n {
		out = append(out, h.account(fmt.Sprintf("house-%03d", i)))
	}
	return out
}

func TestARunClosesEveryAccountOnce(t *testing.T) {
	t.Parallel()
	h := open(t)
	all := h.street(150)
	told := map[string]int{}
	summary, err := h.closer.Run(t.Context(), september, closing.RunOptions{Each: func(r closing.AccountResult) {
		told[r.Account]++
		require.NoError(t, r.Err)
	}})
	require.NoError(t, err)
	require.Equal(t, closing.Summary{Closed: 151}, summary)
	require.True(t, summary.Done())
	require.Len(t, told, 151)
	for _, acct := range all {
		require.Len(t, h.issued(acct), 1)
		require.Equal(t, 1, told[acct.ID])
	}
	h.world.ResetCalls()
	summary, err = h.closer.Run(t.Context(), september, closing.RunOptions{})
	require.NoError(t, err)
	require.Equal(t, closing.Summary{Closed: 151}, summary)
	require.Empty(t, h.world.CallsOf("Issue", "Put", "Freeze"))
}

func TestADryRunWritesNothing(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.street(3)
	h.world.ResetCalls()
	total := usd("0.00")
	summary, err := h.closer.Run(t.Context(), september, closing.RunOptions{DryRun: true, Each: func(r closing.AccountResult) {
		require.NoError(t, r.Err)
		require.False(t, r.Preview.Frozen)
		var err error
		total, err = total.Add(r.Preview.Invoices[0].Total)
		require.NoError(t, err)
	}})
	require.NoError(t, err)
	require.Equal(t, closing.Summary{Closed: 4}, summary)
	require.True(t, total.Equal(usd("136.00")))
	require.Empty(t, h.world.CallsOf("Put", "Freeze", "Issue", "Append"))
}

func TestOneAccountDoesNotStopTheOthers(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.street(6)
	h.world.AddTenant("house-000", usage.Tenant{ID: "new", Name: "New"}) // incomplete
	parkedAccount, err := h.world.Records().Account(t.Context(), "house-001")
	require.NoError(t, err)
	h.world.SetEmail(parkedAccount.Customer, "")
	h.world.InjectAlways("Plan", memory.Fault{Only: "house-002", Alter: func(any) { panic("a bug of the host") }})
	h.world.InjectAlways("Plan", memory.Fault{Only: "house-002", Alter: func(any) { panic("a bug of the host") }})
	byAccount := map[string]error{}
	summary, err := h.closer.Run(t.Context(), september, closing.RunOptions{Each: func(r closing.AccountResult) { byAccount[r.Account] = r.Err }})
	require.NoError(t, err)
	require.Equal(t, closing.Summary{Closed: 4, Incomplete: 1, Parked: 1, Failed: 1}, summary)
	require.False(t, summary.Done())
	require.ErrorIs(t, byAccount["house-000"], usage.ErrUsageIncomplete)
	require.ErrorIs(t, byAccount["house-001"], closing.ErrParked)
	require.ErrorIs(t, byAccount["house-002"], closing.ErrPanic)
	require.NotContains(t, byAccount["house-002"].Error(), "bug of the host")
}

func TestWhatMayPassIsTriedAgain(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.street(5)
	h.world.Inject("Issue", memory.Fault{Err: provider.ErrRateLimited}, memory.Fault{Err: provider.ErrUnknown, Late: true}, memory.Fault{Err: provider.ErrTimeout})
	summary, err := h.closer.Run(t.Context(), september, closing.RunOptions{})
	require.NoError(t, err)
	require.Equal(t, closing.Summary{Closed: 6}, summary)

	h.account("unlucky")
	h.world.FailAlways("Issue", provider.ErrUnavailable)
	h.world.ResetCalls()
	summary, err = h.closer.Run(t.Context(), september, closing.RunOptions{Rounds: 2})
	require.NoError(t, err)
	require.Equal(t, closing.Summary{Closed: 6, Failed: 1}, summary)
	require.Len(t, h.world.CallsOf("Issue"), 3)
}

func TestAStoppedRunFinishesWhatItHasBegun(t *testing.T) {
	t.Parallel()
	h := open(t)
	all := h.street(40)
	stop := make(chan struct{})
	var once sync.Once
	done := 0
	summary, err := h.closer.Run(t.Context(), september, closing.RunOptions{Stop: stop, Workers: 2, Each: func(r closing.AccountResult) {
		require.NoError(t, r.Err)
		if done++; done == 5 {
			once.Do(func() { close(stop) })
		}
	}})
	require.NoError(t, err)
	require.True(t, summary.Stopped)
	require.False(t, summary.Done())
	require.Equal(t, done, summary.Closed)
	require.Less(t, done, 12)
	page, err := h.world.Records().Closings(t.Context(), provider.ClosingQuery{Limit: provider.MaxPage})
	require.NoError(t, err)
	for _, line := range page.Closings {
		require.Equal(t, provider.Sent, line.State, "nothing is left half done")
	}
	summary, err = h.closer.Run(t.Context(), september, closing.RunOptions{})
	require.NoError(t, err)
	require.Equal(t, len(all), summary.Closed)
}

func TestACancelledRunSaysSo(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.street(40)
	ctx, cancel := context.WithCancel(t.Context())
	summary, err := h.closer.Run(ctx, september, closing.RunOptions{Workers: 1, Each: func(closing.AccountResult) { cancel() }})
	require.ErrorIs(t, err, provider.ErrTimeout)
	require.True(t, summary.Stopped)
}

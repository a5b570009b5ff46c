package sqlstore_test

import (
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/provider/providertest"
	"github.com/billhatch/billhatch/provider/sqlstore"
	"github.com/billhatch/billhatch/usage"
	"github.com/billhatch/billhatch/usage/civil"
)

// Both databases keep the contract that the store in memory keeps: the same cases, every ability.
func TestRecordsKeepTheContract(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, e engine) {
		providertest.Records(t, providertest.RecordsHarness{
			Want: providertest.RecordAbilities(),
			New: func(t *testing.T) providertest.RecordsWorld {
				t.Helper()
				c := newClock()
				store := e.quick(t, func(cfg *sqlstore.Config) { cfg.Clock = c.Now })
				return world(t, store, c)
			},
		})
	})
}

// world seeds a store as the suite wants it.
func world(t *testing.T, store *sqlstore.Store, c *clock) providertest.RecordsWorld {
	t.Helper()
	must := func(err error) {
		t.Helper()
		require.NoError(t, err)
	}
	var ids atomic.Int64
	ctx := t.Context()
	return providertest.RecordsWorld{
		Records: store, Now: c.Now, Advance: c.Advance,
		AddAccount: func(a provider.Account) provider.Account {
			t.Helper()
			a.ID = fmt.Sprintf("acct_%06d", ids.Add(1))
			must(store.SaveAccount(ctx, a))
			return a
		},
		SetAccount: func(a provider.Account) { t.Helper(); must(store.SaveAccount(ctx, a)) },
		Assign:     func(partner string, accounts ...string) { t.Helper(); must(store.Assign(ctx, partner, accounts...)) },
		Revoke:     func(partner string, accounts ...string) { t.Helper(); must(store.Unassign(ctx, partner, accounts...)) },
		AddTenant:  func(account string, tenant usage.Tenant) { t.Helper(); addTenant(t, store, account, tenant) },
		AddProject: func(account string, p usage.Project) { t.Helper(); must(store.SaveProject(ctx, account, p)) },
		SetDaily:   func(account string, f ...provider.DayUsage) { t.Helper(); must(store.SetDaily(ctx, account, f...)) },
		SetPlan: func(account string, from civil.Date, p usage.Plan) {
			t.Helper()
			must(store.SetPlan(ctx, account, from, p))
		},
		AddDiscount: func(account string, d usage.Discount) { t.Helper(); must(store.SaveDiscount(ctx, account, d)) },
		AddAdjustment: func(account string, a usage.Adjustment) {
			t.Helper()
			must(store.SaveAdjustment(ctx, account, a))
		},
		SetReadings: func(account, project string, period civil.Period, readings ...usage.Reading) {
			t.Helper()
			must(store.SetReadings(ctx, account, project, period.Span(), readings...))
		},
	}
}

func addTenant(t *testing.T, store *sqlstore.Store, account string, tenant usage.Tenant) {
	t.Helper()
	require.NoError(t, store.SaveTenant(t.Context(), account, tenant))
	if tenant.Users != nil {
		_, err := store.ImportCoverage(t.Context(), account, tenant.ID, tenant.Users)
		require.NoError(t, err)
	}
}

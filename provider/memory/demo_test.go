package memory_test

import (
	"bytes"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/invoice"
	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/provider/memory"
	"github.com/billhatch/billhatch/usage"
	"github.com/billhatch/billhatch/usage/civil"
)

// now is the day of the demonstration in tests.
func now() time.Time { return time.Date(2026, time.November, 21, 9, 0, 0, 0, time.UTC) }

func demo(t testing.TB) *memory.World {
	t.Helper()
	world, err := memory.Demo(1, now())
	require.NoError(t, err)
	return world
}

// invoicesOf reads all invoices of an account.
func invoicesOf(t testing.TB, world *memory.World, account string) []invoice.Invoice {
	t.Helper()
	a, err := world.Records().Account(t.Context(), account)
	require.NoError(t, err)
	var all []invoice.Invoice
	for cursor := ""; ; {
		page, err := world.Payments().Invoices(t.Context(), provider.InvoiceQuery{Customer: a.Customer, Limit: 5, Cursor: cursor})
		require.NoError(t, err)
		all = append(all, page.Invoices...)
		if cursor = page.Next; cursor == "" {
			return all
		}
	}
}

func TestTheDemoHasAYearOfInvoicesInEveryStatus(t *testing.T) {
	t.Parallel()
	world := demo(t)
	require.Equal(t, now(), world.Now())
	require.Empty(t, world.Calls())
	require.Empty(t, world.Webhooks())
	page, err := world.Records().Clients(t.Context(), provider.ClientQuery{Partner: memory.DemoPartner, Limit: 50})
	require.NoError(t, err)
	accounts := []string{memory.DemoOrganization, memory.DemoForeignClient}
	for _, a := range page.Accounts {
		accounts = append(accounts, a.ID)
	}
	require.Len(t, accounts, 9)
	seen := map[string]bool{}
	for _, account := range accounts {
		if account == memory.DemoUnconfigured {
			continue
		}
		all := invoicesOf(t, world, account)
		if account == memory.DemoNewClient {
			require.Empty(t, all)
			continue
		}
		require.GreaterOrEqual(t, len(all), 12, account)
		for i := range all {
			require.NoError(t, all[i].Verify())
			require.NotEmpty(t, all[i].Number)
			seen[all[i].Status.String()] = true
			seen["overdue"] = seen["overdue"] || all[i].Overdue(now())
		}
	}
	for _, status := range []string{"open", "overdue", "paid", "void", "uncollectible"} {
		require.True(t, seen[status], status)
	}
}

func TestTheDemoIsTheSameForTheSameSeed(t *testing.T) {
	t.Parallel()
	text := func(seed uint64) string {
		world, err := memory.Demo(seed, now())
		require.NoError(t, err)
		return fmt.Sprint(invoicesOf(t, world, memory.DemoOrganization), invoicesOf(t, world, memory.DemoClient))
	}
	first, again, other := text(7), text(7), text(8)
	require.Equal(t, first, again)
	require.NotEqual(t, first, other)
}

// Whatever the day, the demonstration can be made and its running month can be shown.
func TestTheDemoCanBeMadeOnAnyDay(t *testing.T) {
	t.Parallel()
	for _, day := range []string{"2026-01-01", "2026-02-28", "2026-03-01", "2027-12-31", "2028-02-29"} {
		t.Run(day, func(t *testing.T) {
			t.Parallel()
			on, err := civil.ParseDate(day)
			require.NoError(t, err)
			world, err := memory.Demo(3, on.Start(time.UTC).Add(23*time.Hour))
			require.NoError(t, err)
			for _, id := range []string{memory.DemoOrganization, memory.DemoClient} {
				a, err := world.Records().Account(t.Context(), id)
				require.NoError(t, err)
				month, err := civil.MonthOf(world.Now(), a.Zone)
				require.NoError(t, err)
				agreed, err := world.Records().Plan(t.Context(), id, month)
				require.NoError(t, err)
				_, err = usage.Compute(usage.Input{
					Account: usage.Account{ID: id}, Period: month, Plan: agreed.Plan, Finality: usage.ToDate,
					AsOf:    civil.DateOf(world.Now(), a.Zone),
					Tenants: world.Records().Tenants(t.Context(), id, month), Projects: world.Records().Projects(t.Context(), id, month),
					Discounts: agreed.Discounts, Adjustments: agreed.Adjustments,
				})
				require.NoError(t, err)
			}
		})
	}
}

func TestTheDemoHasTenantsAndProjectsInEveryState(t *testing.T) {
	t.Parallel()
	world := demo(t)
	november, err := civil.Month(2026, time.November, time.UTC)
	require.NoError(t, err)
	tenants := map[string]usage.Tenant{}
	for tenant, err := range world.Records().Tenants(t.Context(), memory.DemoOrganization, november) {
		require.NoError(t, err)
		tenants[tenant.ID] = tenant
	}
	require.Len(t, tenants, 6) // the one that left is gone
	require.True(t, tenants["executive"].Sensitive)
	require.NotEmpty(t, tenants["archive"].Pauses)
	require.Len(t, tenants["university"].Split.Groups, 2)

	states := map[usage.State]bool{}
	for _, client := range []string{memory.DemoClient, "client_cedar"} {
		a, err := world.Records().Account(t.Context(), client)
		require.NoError(t, err)
		month, err := civil.MonthOf(now(), a.Zone)
		require.NoError(t, err)
		agreed, err := world.Records().Plan(t.Context(), client, month)
		require.NoError(t, err)
		st, err := usage.Compute(usage.Input{
			Account: usage.Account{ID: client}, Period: month, Plan: agreed.Plan, Finality: usage.ToDate, AsOf: civil.DateOf(now(), a.Zone),
			Projects: world.Records().Projects(t.Context(), client, month), Discounts: agreed.Discounts,
		})
		require.NoError(t, err)
		for _, p := range st.Projects {
			states[p.State] = true
		}
	}
	for _, state := range []usage.State{usage.StateUnavailable, usage.StateNotActive, usage.StateActive, usage.StateApproaching, usage.StateOver} {
		require.True(t, states[state], state.String())
	}
}

// TestTheDaysOfTheDemoAddUpToItsReadings (C4), whatever the day is: of every project while it is active, in every month.
func TestTheDaysOfTheDemoAddUpToItsReadings(t *testing.T) {
	t.Parallel()
	for _, at := range []string{"2026-11-21T09:00:00Z", "2026-11-01T05:03:00Z", "2026-03-02T12:00:00Z", "2028-02-29T23:00:00Z"} {
		now, err := time.Parse(time.RFC3339, at)
		require.NoError(t, err)
		world, err := memory.Demo(3, now)
		require.NoError(t, err)
		for _, id := range []string{memory.DemoClient, "client_cedar", "client_elm", memory.DemoNewClient} {
			a, err := world.Records().Account(t.Context(), id)
			require.NoError(t, err)
			month, err := civil.MonthOf(now, a.Zone)
			require.NoError(t, err)
			for range 13 {
				compared := daysAddUp(t, world, id, month, civil.DateOf(now, a.Zone))
				require.True(t, compared > 0 || id == memory.DemoNewClient, "%s %s %s", at, id, month)
				month = month.Prev()
			}
		}
	}
}

// daysAddUp compares the figures of a month with its readings, and gives the number of readings that have figures.
func daysAddUp(t *testing.T, world *memory.World, account string, month civil.Period, today civil.Date) int {
	t.Helper()
	sums := map[string]decimal.Decimal{}
	for d, err := range world.Records().Daily(t.Context(), account, month) {
		require.NoError(t, err)
		require.False(t, d.Day.After(today), "a day ahead")
		sums[d.Project+"/"+d.Meter] = sums[d.Project+"/"+d.Meter].Add(d.Used.Value)
	}
	compared := 0
	for p, err := range world.Records().Projects(t.Context(), account, month) {
		require.NoError(t, err)
		_, active := month.Span().Intersect(p.Active)
		for _, r := range p.Readings {
			sum, found := sums[p.ID+"/"+r.Meter]
			require.Equal(t, active, found, "%s %s", p.ID, month)
			if found {
				require.Equal(t, r.Used.Value.String(), sum.String(), "%s of %s in %s", r.Meter, p.ID, month)
				compared++
			}
			delete(sums, p.ID+"/"+r.Meter)
		}
	}
	require.Empty(t, sums, "figures without a reading")
	return compared
}

func TestTheDemoPrintsItsInvoices(t *testing.T) {
	t.Parallel()
	world := demo(t)
	all := invoicesOf(t, world, memory.DemoClient)
	customer := "cus_" + memory.DemoClient
	doc, err := world.Payments().InvoicePDF(t.Context(), customer, all[0].ID)
	require.NoError(t, err)
	raw, err := io.ReadAll(doc.Body)
	require.NoError(t, err)
	require.NoError(t, doc.Body.Close())
	require.True(t, bytes.HasPrefix(raw, []byte("%PDF-")))
	require.Len(t, raw, int(doc.Size))

	_, err = world.Payments().InvoicePDF(t.Context(), customer, all[len(all)-1].ID)
	require.ErrorIs(t, err, provider.ErrNoDocument)
}

func BenchmarkDemo(b *testing.B) {
	for b.Loop() {
		if _, err := memory.Demo(1, now()); err != nil {
			b.Fatal(err)
		}
	}
}

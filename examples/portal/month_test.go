package main

import (
	"archive/zip"
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/invoice"
	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/provider/memory"
	"github.com/billhatch/billhatch/rbac"
	"github.com/billhatch/billhatch/usage"
	"github.com/billhatch/billhatch/usage/civil"
)

// invoicesOf gives the invoices of an account for a month.
func invoicesOf(t *testing.T, d *demo, account string, month civil.Period) (out []invoice.Invoice) {
	t.Helper()
	world := d.stage.Load().world
	a, err := world.Records().Account(t.Context(), account)
	require.NoError(t, err)
	if a.Customer == "" {
		return nil
	}
	page, err := world.Payments().Invoices(t.Context(), provider.InvoiceQuery{Customer: a.Customer, Limit: provider.MaxPage})
	require.NoError(t, err)
	for i := range page.Invoices {
		if page.Invoices[i].Period.From() == month.From() {
			out = append(out, page.Invoices[i])
		}
	}
	return out
}

func monthOf(t *testing.T, year int, of time.Month) civil.Period {
	t.Helper()
	month, err := civil.Month(year, of, time.UTC)
	require.NoError(t, err)
	return month
}

// final tells whether the report of a month is final.
func (b *browser) final(month string) bool {
	b.t.Helper()
	_, body := b.get("/billing/api/accounts/self/report-months")
	var list struct {
		Months []struct {
			Month string
			Final bool
		}
	}
	require.NoError(b.t, json.Unmarshal([]byte(body), &list))
	for _, m := range list.Months {
		if m.Month == month {
			return m.Final
		}
	}
	b.t.Fatalf("%s is not in the list", month)
	return false
}

// The end of the month brings one invoice for every account that is set up, and the workbook of the month is final (L5).
func TestTheEndOfTheMonth(t *testing.T) {
	t.Parallel()
	d, at := open(t)
	admin := browse(t, at).as(rbac.Admin)
	require.False(t, admin.final("2026-11"))

	_, page := admin.post("/panel/clock", "to", "month")
	require.Contains(t, page, "The month is over")
	require.Contains(t, page, "Meridian Learning Group, 2026-11: invoice")
	require.Contains(t, page, "Grove Family Clinic, 2026-11: not closed, billing is not set up")
	november := monthOf(t, 2026, time.November)
	for _, b := range d.stage.Load().closer.accounts {
		issued := invoicesOf(t, d, b.id, november)
		if b.id == memory.DemoUnconfigured {
			require.Empty(t, issued)
			continue
		}
		require.Len(t, issued, 1, b.id)
		require.Equal(t, invoice.Open, issued[0].Status, b.id)
		require.NoError(t, issued[0].Verify())
		require.Equal(t, 1, issued[0].Total.Sign(), b.id)
	}

	number := invoicesOf(t, d, memory.DemoClient, november)[0].Number
	_, page = browse(t, at).as(rbac.ClientAdmin).get("/billing/invoices")
	require.Contains(t, page, number)

	require.True(t, admin.final("2026-11"))
	status, file := admin.post("/billing/reports", "month", "2026-11", "format", "xlsx")
	require.Equal(t, http.StatusOK, status)
	workbook, err := zip.NewReader(strings.NewReader(file), int64(len(file)))
	require.NoError(t, err)
	require.NotEmpty(t, workbook.File)
}

// A month is closed once, however often and by however many at a time the button is pressed.
func TestNoMonthIsClosedTwice(t *testing.T) {
	t.Parallel()
	d, _ := open(t)
	on := d.stage.Load()
	const presses = 4
	var group sync.WaitGroup
	for range presses {
		group.Go(func() {
			_, err := on.closer.toMonthEnd(t.Context())
			if err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	month := monthOf(t, 2026, time.November)
	for range presses {
		for _, id := range []string{memory.DemoOrganization, memory.DemoClient, "client_cedar", "client_elm", memory.DemoNewClient} {
			require.Len(t, invoicesOf(t, d, id, month), 1, "%s %s", id, month)
		}
		month = month.Next()
	}
	require.Empty(t, invoicesOf(t, d, memory.DemoClient, month))
	b := &on.closer.accounts[0]
	require.Equal(t, "2027-03", b.open.String())
	b.open = b.open.Prev()
	again, err := on.closer.close(t.Context(), b)
	require.NoError(t, err)
	require.Equal(t, invoicesOf(t, d, b.id, b.open)[0].ID, again.ID)
}

// What cannot be closed stays open, and is closed when it can be: nothing is guessed and nothing is left out.
func TestAMonthThatCannotBeClosedIsClosedLater(t *testing.T) {
	t.Parallel()
	d, at := open(t)
	b := browse(t, at).as(rbac.ClientAdmin)
	b.post("/panel/fault", "fault", "no-usage")
	_, page := b.post("/panel/clock", "to", "month")
	require.Contains(t, page, "Aster Dental Group, 2026-11: not closed, usage is missing")
	november := monthOf(t, 2026, time.November)
	require.Empty(t, invoicesOf(t, d, memory.DemoClient, november))
	b.post("/panel/fault", "fault", "")
	_, page = b.post("/panel/clock", "to", "day")
	require.Contains(t, page, "Aster Dental Group, 2026-11: invoice")
	require.Len(t, invoicesOf(t, d, memory.DemoClient, november), 1)
}

// Meters go on with the clock, and begin anew with the month.
func TestMetersGoOn(t *testing.T) {
	if testing.Short() {
		t.Skip("not under the race detector")
	}
	t.Parallel()
	d, _ := open(t)
	on := d.stage.Load()
	used := func(month civil.Period) map[string]usage.Quantity {
		out := map[string]usage.Quantity{}
		for p, err := range on.world.Records().Projects(t.Context(), memory.DemoClient, month) {
			require.NoError(t, err)
			for _, r := range p.Readings {
				out[p.ID+"/"+r.Meter] = r.Used
			}
		}
		return out
	}
	zone := zoneOf("America/Chicago")
	november, err := civil.Month(2026, time.November, zone)
	require.NoError(t, err)
	before := used(november)
	require.Len(t, before, 8)
	on.closer.advance(t.Context(), 7*24*time.Hour)
	after := used(november)
	for key, q := range before {
		require.True(t, after[key].Value.GreaterThan(q.Value), key)
	}
	_, err = on.closer.toMonthEnd(t.Context())
	require.NoError(t, err)
	december := used(november.Next())
	require.Len(t, december, 8)
	for key, q := range december {
		require.True(t, used(november)[key].Value.GreaterThan(q.Value), key)
	}
	sums := figures{}
	last := civil.Date{}
	for f, err := range on.world.Records().Daily(t.Context(), memory.DemoClient, november) {
		require.NoError(t, err)
		require.False(t, f.Used.Value.IsNegative())
		sums.set(f.Project, f.Meter, sums[f.Project][f.Meter].Add(f.Used.Value))
		last = f.Day
	}
	require.Equal(t, "2026-11-30", last.String())
	for key, q := range used(november) {
		project, meter, _ := strings.Cut(key, "/")
		require.Equal(t, q.Value.String(), sums[project][meter].String(), key)
	}
}

// Real time moves the clock of the demonstration on.
func TestTheClockRuns(t *testing.T) {
	t.Parallel()
	d, at := open(t)
	on := d.stage.Load()
	on.closer.real = func() time.Time { return start().Add(90 * time.Second) }
	_, page := browse(t, at).get("/panel")
	require.Equal(t, start().Add(90*time.Second), on.world.Now())
	require.Contains(t, page, "Saturday, 21 November 2026, 09:01 UTC")
	on.closer.real = func() time.Time { return start().Add(12 * 24 * time.Hour) }
	on.closer.tick(t.Context())
	require.Len(t, invoicesOf(t, d, memory.DemoOrganization, monthOf(t, 2026, time.November)), 1)
}

func TestThePanelPaysAndResets(t *testing.T) {
	if testing.Short() {
		t.Skip("not under the race detector")
	}
	t.Parallel()
	d, at := open(t)
	b := browse(t, at)
	_, page := b.get("/panel")
	first := d.stage.Load()
	open := d.openInvoices(t.Context(), first)
	require.NotEmpty(t, open)
	require.Contains(t, page, open[0].Number)
	_, page = b.post("/panel/pay", "invoice", open[0].ID)
	require.Contains(t, page, "The invoice is paid")
	require.NotContains(t, page, open[0].Number)
	_, page = b.post("/panel/pay", "invoice", open[0].ID)
	require.Contains(t, page, "did not work")
	_, page = b.post("/panel/clock", "to", "year")
	require.Contains(t, page, "did not work")
	b.post("/panel/clock", "to", "week")
	_, page = b.post("/panel/reset")
	require.Contains(t, page, "as it was at the beginning")
	require.Contains(t, page, open[0].Number)
	require.NotSame(t, first, d.stage.Load())
	require.Equal(t, start(), d.stage.Load().world.Now())
}

func TestTheLanguageIsChosen(t *testing.T) {
	t.Parallel()
	_, at := open(t)
	b := browse(t, at)
	b.post("/panel/language", "language", "de")
	b.as(rbac.ClientAdmin)
	_, page := b.get("/billing/usage")
	require.Contains(t, page, `lang="de"`)
	b.post("/panel/language", "language", "xx")
	_, page = b.get("/billing/usage")
	require.Contains(t, page, `lang="de"`)
}

package memory_test

import (
	"encoding/base64"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/billhatch/billhatch/invoice"
	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/provider/memory"
	"github.com/billhatch/billhatch/usage"
	"github.com/billhatch/billhatch/usage/civil"
)

// Walk through the pages while invoices are added, paid and voided: every invoice that was there from the beginning to
// the end, and passed the filter all the time, is seen exactly once, and the order is always newest first.
func TestPagesAreStableWhileInvoicesAreAdded(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		world := memory.New()
		acme := world.AddAccount(provider.Account{})
		add := func() invoice.Invoice {
			return world.AddInvoice(acme.ID, invoice.Invoice{
				Status: rapid.SampledFrom([]invoice.Status{invoice.Draft, invoice.Open, invoice.Paid, invoice.Void}).Draw(r, "status"),
				Issued: civil.MustDate(2026, 1, 1).AddDays(rapid.IntRange(0, 20).Draw(r, "issued")),
			})
		}
		filter := rapid.SampledFrom([]provider.InvoiceFilter{
			provider.AllInvoices, provider.PaidInvoices, provider.OpenInvoices,
		}).Draw(r, "filter")
		want := map[string]bool{}
		for range rapid.IntRange(0, 30).Draw(r, "n") {
			if inv := add(); passes(inv.Status, filter) {
				want[inv.ID] = true
			}
		}
		q := provider.InvoiceQuery{Customer: acme.Customer, Filter: filter, Limit: rapid.IntRange(1, 7).Draw(r, "limit")}
		var seen []invoice.Invoice
		for pages := 0; ; pages++ {
			require.Less(r, pages, 200)
			page, err := world.Payments().Invoices(t.Context(), q)
			require.NoError(r, err)
			require.LessOrEqual(r, len(page.Invoices), q.Limit)
			require.Equal(r, q.Cursor == "", page.Prev == "" && q.Cursor == "")
			seen = append(seen, page.Invoices...)
			if page.Next == "" {
				break
			}
			q.Cursor = page.Next
			for range rapid.IntRange(0, 3).Draw(r, "added") {
				add()
			}
			if rapid.Bool().Draw(r, "paid") && len(seen) > 0 {
				victim := seen[rapid.IntRange(0, len(seen)-1).Draw(r, "victim")]
				_ = world.Pay(victim.ID) // one that was seen already: the cursor must not depend on it
			}
		}
		ids := map[string]bool{}
		for i := range seen {
			require.False(r, ids[seen[i].ID], "seen twice")
			ids[seen[i].ID] = true
			if i > 0 {
				require.False(r, seen[i].Issued.After(seen[i-1].Issued), "not newest first")
			}
		}
		for id := range want {
			require.True(r, ids[id], "%s was missed", id)
		}
	})
}

func passes(s invoice.Status, filter provider.InvoiceFilter) bool {
	switch filter {
	case provider.PaidInvoices:
		return s == invoice.Paid
	case provider.OpenInvoices:
		return s == invoice.Open
	default:
		return s != invoice.Draft
	}
}

// Going on and back again shows the same pages.
func TestThePageBeforeIsTheOneThatWasSeen(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		world := memory.New()
		acme := world.AddAccount(provider.Account{})
		n := rapid.IntRange(1, 30).Draw(r, "n")
		for range n {
			world.AddInvoice(acme.ID, invoice.Invoice{})
		}
		q := provider.InvoiceQuery{Customer: acme.Customer, Limit: rapid.IntRange(1, 8).Draw(r, "limit")}
		var pages [][]string
		for {
			page, err := world.Payments().Invoices(t.Context(), q)
			require.NoError(r, err)
			pages = append(pages, ids(page))
			require.Equal(r, len(pages) > 1, page.Prev != "")
			if page.Next == "" {
				q.Cursor = page.Prev
				break
			}
			q.Cursor = page.Next
		}
		for i := len(pages) - 2; i >= 0; i-- {
			page, err := world.Payments().Invoices(t.Context(), q)
			require.NoError(r, err)
			require.Equal(r, pages[i], ids(page))
			require.NotEmpty(r, page.Next)
			q.Cursor = page.Prev
		}
		require.Empty(r, q.Cursor)
	})
}

func ids(page provider.InvoicePage) []string {
	out := make([]string, len(page.Invoices))
	for i := range page.Invoices {
		out[i] = page.Invoices[i].ID
	}
	return out
}

// When everything on the way is gone, an empty page still leads back to what is left.
func TestAnEmptyPageLeadsBack(t *testing.T) {
	t.Parallel()
	world := memory.New()
	acme := world.AddAccount(provider.Account{})
	var all []invoice.Invoice
	for range 4 {
		all = append(all, world.AddInvoice(acme.ID, invoice.Invoice{}))
	}
	q := provider.InvoiceQuery{Customer: acme.Customer, Filter: provider.OpenInvoices, Limit: 2}
	first, err := world.Payments().Invoices(t.Context(), q)
	require.NoError(t, err)
	require.NoError(t, world.Pay(all[0].ID)) // the two oldest are on the second page
	require.NoError(t, world.Pay(all[1].ID))
	q.Cursor = first.Next
	empty, err := world.Payments().Invoices(t.Context(), q)
	require.NoError(t, err)
	require.Empty(t, empty.Invoices)
	require.Empty(t, empty.Next)
	q.Cursor = empty.Prev
	back, err := world.Payments().Invoices(t.Context(), q)
	require.NoError(t, err)
	require.Equal(t, ids(first), ids(back))

	// The other end: from the second page back to a first one that is gone.
	for _, inv := range all[:2] {
		world.SetStatus(inv.ID, invoice.Open)
	}
	q.Cursor = first.Next
	second, err := world.Payments().Invoices(t.Context(), q)
	require.NoError(t, err)
	require.NoError(t, world.Pay(all[2].ID))
	require.NoError(t, world.Pay(all[3].ID))
	q.Cursor = second.Prev
	empty, err = world.Payments().Invoices(t.Context(), q)
	require.NoError(t, err)
	require.Empty(t, empty.Invoices)
	require.Empty(t, empty.Prev)
	q.Cursor = empty.Next
	forth, err := world.Payments().Invoices(t.Context(), q)
	require.NoError(t, err)
	require.Equal(t, ids(second), ids(forth))
}

// A cursor belongs to one list. Every other list refuses it, and so do all lists when any of its signs is changed.
func TestCursorsBelongToOneList(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	other := f.AddAccount(provider.Account{Name: "Other"})
	f.Assign("partner", other.ID)
	f.Assign("rival", f.acme.ID, other.ID)
	for i := range 4 {
		for _, a := range []provider.Account{f.acme, other} {
			f.AddInvoice(a.ID, invoice.Invoice{})
			f.AddDiscount(a.ID, usage.Discount{
				ID: fmt.Sprint(a.ID, i), Percent: percent(10), Valid: civil.Span{From: civil.MustDate(2026, 1, 1+i)},
			})
			_, err := f.Records().Append(t.Context(), provider.AuditEntry{
				ID: fmt.Sprint(a.ID, i), Account: a.ID, Actor: "ann", Action: "x", Outcome: provider.Succeeded,
			})
			require.NoError(t, err)
			key := f.key
			key.Account, key.Revision = a.ID, 10+i
			_, err = f.Records().Put(t.Context(), provider.Closing{Key: key, State: provider.Planned})
			require.NoError(t, err)
		}
	}
	ctx := t.Context()
	lists := map[string]func(cursor string) (string, error){}
	invoices := func(customer string, filter provider.InvoiceFilter) func(string) (string, error) {
		return func(cursor string) (string, error) {
			page, err := f.Payments().Invoices(ctx, provider.InvoiceQuery{Customer: customer, Filter: filter, Limit: 1, Cursor: cursor})
			return page.Next, err
		}
	}
	audit := func(q provider.AuditQuery) func(string) (string, error) {
		return func(cursor string) (string, error) {
			q.Cursor, q.Limit = cursor, 1
			page, err := f.Records().Audit(ctx, q)
			return page.Next, err
		}
	}
	for _, a := range []provider.Account{f.acme, other} {
		lists["invoices of "+a.ID] = invoices(a.Customer, provider.AllInvoices)
		lists["open invoices of "+a.ID] = invoices(a.Customer, provider.OpenInvoices)
		lists["discounts of "+a.ID] = func(cursor string) (string, error) {
			page, err := f.Payments().Discounts(ctx, provider.HistoryQuery{Customer: a.Customer, Limit: 1, Cursor: cursor})
			return page.Next, err
		}
		lists["audit of "+a.ID] = audit(provider.AuditQuery{Account: a.ID})
		lists["closings of "+a.ID] = func(cursor string) (string, error) {
			page, err := f.Records().Closings(ctx, provider.ClosingQuery{Account: a.ID, Limit: 1, Cursor: cursor})
			return page.Next, err
		}
	}
	lists["audit of ann"] = audit(provider.AuditQuery{Account: f.acme.ID, Actor: "ann"})
	lists["audit of successes"] = audit(provider.AuditQuery{Account: f.acme.ID, Outcome: provider.Succeeded})
	lists["audit until tomorrow"] = audit(provider.AuditQuery{Account: f.acme.ID, To: f.Now().Add(24 * time.Hour)})
	lists["all closings"] = func(cursor string) (string, error) {
		page, err := f.Records().Closings(ctx, provider.ClosingQuery{Limit: 1, Cursor: cursor})
		return page.Next, err
	}
	for _, partner := range []string{"partner", "rival"} {
		lists["clients of "+partner] = func(cursor string) (string, error) {
			page, err := f.Records().Clients(ctx, provider.ClientQuery{Partner: partner, Limit: 1, Cursor: cursor})
			return page.Next, err
		}
	}
	for name, list := range lists {
		cursor, err := list("")
		require.NoError(t, err, name)
		require.NotEmpty(t, cursor, name)
		require.NotContains(t, cursor, "=", "a cursor can stand in a URL")
		for elsewhere, other := range lists {
			_, err := other(cursor)
			if name == elsewhere {
				require.NoError(t, err, name)
				continue
			}
			require.ErrorIs(t, err, provider.ErrInvalidCursor, "%s in %s", name, elsewhere)
		}
		for i := range cursor {
			changed := []byte(cursor)
			changed[i] ^= 1
			_, err := list(string(changed))
			require.ErrorIs(t, err, provider.ErrInvalidCursor, "%s, sign %d", name, i)
		}
		for _, bad := range []string{"x", "in_000001", cursor + "A", cursor[1:], base64.RawURLEncoding.EncodeToString(make([]byte, 60)), string(make([]byte, 5000))} {
			_, err := list(bad)
			require.ErrorIs(t, err, provider.ErrInvalidCursor, name)
		}
	}
}

func percent(n int64) decimal.Decimal { return decimal.NewFromInt(n) }

func TestPagesHold1To100(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	ctx := t.Context()
	lists := map[string]func(limit int) error{
		"Invoices": func(n int) error {
			_, err := f.Payments().Invoices(ctx, provider.InvoiceQuery{Customer: f.acme.Customer, Limit: n})
			return err
		},
		"Discounts": func(n int) error {
			_, err := f.Payments().Discounts(ctx, provider.HistoryQuery{Customer: f.acme.Customer, Limit: n})
			return err
		},
		"CustomersByEmail": func(n int) error {
			_, err := f.Payments().CustomersByEmail(ctx, email(t, "a@b.example"), n)
			return err
		},
		"Clients": func(n int) error {
			_, err := f.Records().Clients(ctx, provider.ClientQuery{Partner: "partner", Limit: n})
			return err
		},
		"Audit": func(n int) error {
			_, err := f.Records().Audit(ctx, provider.AuditQuery{Account: f.acme.ID, Limit: n})
			return err
		},
		"Closings": func(n int) error {
			_, err := f.Records().Closings(ctx, provider.ClosingQuery{Limit: n})
			return err
		},
		"Pending": func(n int) error {
			_, err := f.Records().Pending(ctx, provider.PendingQuery{Limit: n})
			return err
		},
	}
	for op, list := range lists {
		for _, n := range []int{-1, 0, 101} {
			err := list(n)
			var e *provider.Error
			require.ErrorAs(t, err, &e)
			require.ErrorIs(t, err, provider.ErrInvalid, op)
			require.Equal(t, "limit", e.Field)
		}
		require.NoError(t, list(1), op)
		require.NoError(t, list(provider.MaxPage), op)
	}
	_, err := f.Payments().Invoices(ctx, provider.InvoiceQuery{Customer: f.acme.Customer, Limit: 1, Filter: 9})
	require.ErrorIs(t, err, provider.ErrInvalid)
}

// Readers walk through all pages again and again while writers add and pay invoices.
func TestPagesUnderConcurrentWriters(t *testing.T) {
	t.Parallel()
	world := memory.New()
	acme := world.AddAccount(provider.Account{})
	var before []string
	for range 40 {
		before = append(before, world.AddInvoice(acme.ID, invoice.Invoice{}).ID)
	}
	var writers, readers sync.WaitGroup
	stop := make(chan struct{})
	for range 4 {
		writers.Go(func() {
			for i := range 100 {
				inv := world.AddInvoice(acme.ID, invoice.Invoice{Issued: civil.MustDate(2026, 11, 1).AddDays(i % 20)})
				if i%2 == 0 {
					_ = world.Pay(inv.ID)
				}
			}
		})
	}
	for i := range 4 {
		readers.Go(func() {
			for done := false; !done; {
				select {
				case <-stop:
					done = true
				default:
				}
				var seen []string
				for q := (provider.InvoiceQuery{Customer: acme.Customer, Limit: 5 + i}); ; {
					page, err := world.Payments().Invoices(t.Context(), q)
					if err != nil {
						t.Error(err)
						return
					}
					seen = append(seen, ids(page)...)
					if q.Cursor = page.Next; q.Cursor == "" {
						break
					}
				}
				sorted := slices.Sorted(slices.Values(seen))
				if len(slices.Compact(sorted)) != len(seen) {
					t.Error("an invoice was seen twice")
				}
				for _, id := range before {
					if !slices.Contains(seen, id) {
						t.Error("an invoice was missed: " + id)
					}
				}
			}
		})
	}
	writers.Wait()
	close(stop)
	readers.Wait()
	require.NoError(t, world.Err())
}

package stripe

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/billhatch/billhatch/internal/stripefake"
	"github.com/billhatch/billhatch/invoice"
	"github.com/billhatch/billhatch/provider"
)

// customer adds a customer to the town.
func (w *town) customer() string {
	return w.realm.AddCustomer(stripefake.Customer{Email: "a@example.com", Currency: "usd"}).ID
}

// invoice adds an invoice, each a minute after the one before.
func (w *town) invoice(customer, status string) string {
	w.mu.Lock()
	w.n++
	at := time.Date(2026, time.January, 1, 0, int(w.n), 0, 0, time.UTC)
	w.mu.Unlock()
	return w.realm.AddInvoice(stripefake.Invoice{Customer: customer, Status: status, Created: at}).ID
}

func (w *town) page(q provider.InvoiceQuery) provider.InvoicePage {
	w.t.Helper()
	page, err := w.p.Invoices(w.t.Context(), q)
	require.NoError(w.t, err)
	return page
}

func idsOf(page provider.InvoicePage) []string {
	out := []string{}
	for i := range page.Invoices {
		out = append(out, page.Invoices[i].ID)
	}
	return out
}

// TestDraftsTakeNoPlaceOnAPage (C6), and a page is filled with as few requests as it takes.
func TestDraftsTakeNoPlaceOnAPage(t *testing.T) {
	t.Parallel()
	const route = "GET /v1/invoices"
	w := newTown(t)
	customer := w.customer()
	var shown []string
	add := func(status string, n int) {
		for range n {
			if id := w.invoice(customer, status); status != stripefake.Draft {
				shown = append([]string{id}, shown...)
			}
		}
	}
	add(stripefake.Open, 3)
	add(stripefake.Draft, 250)
	add(stripefake.Open, 2)
	add(stripefake.Draft, 1)

	all := w.page(provider.InvoiceQuery{Customer: customer, Limit: 5})
	require.Equal(t, shown, idsOf(all))
	require.Empty(t, all.Next+all.Prev, "there is nothing else")
	require.Len(t, w.fake.RequestsTo(route), 4, "6 of 256, then hundreds")

	w.fake.ResetRequests()
	first := w.page(provider.InvoiceQuery{Customer: customer, Limit: 2})
	require.Equal(t, shown[:2], idsOf(first))
	second := w.page(provider.InvoiceQuery{Customer: customer, Limit: 2, Cursor: first.Next})
	require.Equal(t, shown[2:4], idsOf(second))
	back := w.page(provider.InvoiceQuery{Customer: customer, Limit: 2, Cursor: second.Prev})
	require.Equal(t, shown[:2], idsOf(back))
	require.Empty(t, back.Prev)
	require.Equal(t, first.Next, back.Next)
}

// TestAPageWithoutDraftsIsOneRequest.
func TestAPageWithoutDraftsIsOneRequest(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	customer := w.customer()
	for range 9 {
		w.invoice(customer, stripefake.Open)
	}
	q := provider.InvoiceQuery{Customer: customer, Limit: 4}
	for _, want := range []int{4, 4, 1} {
		w.fake.ResetRequests()
		page := w.page(q)
		require.Len(t, page.Invoices, want)
		require.Len(t, w.fake.Requests(), 1)
		q.Cursor = page.Next
	}
	require.Empty(t, q.Cursor)
	w.fake.ResetRequests()
	w.page(provider.InvoiceQuery{Customer: w.customer(), Limit: 4})
	require.Len(t, w.fake.Requests(), 2, "of an empty list nothing tells whether there is such a customer")
}

// TestTooManyDraftsMakeAShortPage: reading on has a bound, and the next page goes on from there.
func TestTooManyDraftsMakeAShortPage(t *testing.T) {
	if testing.Short() {
		t.Skip("not under the race detector")
	}
	t.Parallel()
	w := newTown(t)
	customer := w.customer()
	oldest := w.invoice(customer, stripefake.Open)
	for range 1100 {
		w.invoice(customer, stripefake.Draft)
	}
	newest := w.invoice(customer, stripefake.Open)
	w.fake.ResetRequests()
	page := w.page(provider.InvoiceQuery{Customer: customer, Limit: 5})
	require.Equal(t, []string{newest}, idsOf(page))
	require.Len(t, w.fake.Requests(), rawPages)
	next := w.page(provider.InvoiceQuery{Customer: customer, Limit: 5, Cursor: page.Next})
	require.Equal(t, []string{oldest}, idsOf(next))
	require.Empty(t, next.Next)
	back := w.page(provider.InvoiceQuery{Customer: customer, Limit: 5, Cursor: next.Prev})
	require.Empty(t, back.Invoices, "nothing but drafts as far as was read")
	back = w.page(provider.InvoiceQuery{Customer: customer, Limit: 5, Cursor: back.Prev})
	require.Equal(t, []string{newest}, idsOf(back))

	for range 2 { // a draft that is deleted takes the cursor that stands at it along
		for _, x := range w.realm.Books().Invoices {
			if x.Status == stripefake.Draft {
				w.realm.DeleteDraft(x.ID)
			}
		}
	}
	_, err := w.p.Invoices(t.Context(), provider.InvoiceQuery{Customer: customer, Limit: 5, Cursor: page.Next})
	require.Equal(t, &provider.Error{Op: "Invoices", Kind: provider.ErrInvalidCursor}, err)
}

// TestAFilterIsHeldAgainstWhatComes: a status that nobody knows is in neither filter, whatever Stripe's own says.
func TestAFilterIsHeldAgainstWhatComes(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	customer := w.customer()
	odd := w.invoice(customer, stripefake.Paid)
	w.realm.Distort(odd, func(body map[string]any) { body["status"] = "paid_maybe" })
	none := w.invoice(customer, stripefake.Open)
	w.realm.Distort(none, func(body map[string]any) { body["status"] = nil })
	page := w.page(provider.InvoiceQuery{Customer: customer, Limit: 5})
	require.Equal(t, []string{odd}, idsOf(page))
	require.Equal(t, invoice.Unknown, page.Invoices[0].Status)
	for _, f := range []provider.InvoiceFilter{provider.PaidInvoices, provider.OpenInvoices} {
		require.Empty(t, w.page(provider.InvoiceQuery{Customer: customer, Filter: f, Limit: 5}).Invoices)
	}
	_, err := w.p.Invoice(t.Context(), customer, none)
	require.ErrorIs(t, err, provider.ErrNotFound)
}

// TestWhatIsNotTheCustomersIsNotShown (F6): in a list it makes the whole page foreign; alone it is not found.
func TestWhatIsNotTheCustomersIsNotShown(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		distort      func(w *town) func(map[string]any)
		list, single error
	}{
		"another customer": {func(w *town) func(map[string]any) {
			other := w.customer()
			return func(body map[string]any) { body["customer"] = other }
		}, provider.ErrForeign, provider.ErrNotFound},
		"no customer": {func(*town) func(map[string]any) {
			return func(body map[string]any) { body["customer"] = nil }
		}, provider.ErrForeign, provider.ErrNotFound},
		"the other mode": {func(*town) func(map[string]any) {
			return func(body map[string]any) { body["livemode"] = true }
		}, provider.ErrForeign, provider.ErrForeign},
		"no id": {func(*town) func(map[string]any) {
			return func(body map[string]any) { body["id"] = "" }
		}, provider.ErrForeign, provider.ErrForeign},
		"another id": {func(*town) func(map[string]any) {
			return func(body map[string]any) { body["id"] = "in_other" }
		}, nil, provider.ErrForeign},
		"a currency that nobody knows": {func(*town) func(map[string]any) {
			return func(body map[string]any) { body["currency"] = "zzz" }
		}, provider.ErrForeign, provider.ErrForeign},
		"a total that is missing": {func(*town) func(map[string]any) {
			return func(body map[string]any) { delete(body, "total") }
		}, provider.ErrMisconfigured, provider.ErrMisconfigured},
		"a total that is a text": {func(*town) func(map[string]any) {
			return func(body map[string]any) { body["total"] = "100" }
		}, provider.ErrUnavailable, provider.ErrUnavailable},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newTown(t)
			customer := w.customer()
			w.invoice(customer, stripefake.Open)
			id := w.invoice(customer, stripefake.Open)
			w.realm.Distort(id, tc.distort(w))
			page, err := w.p.Invoices(t.Context(), provider.InvoiceQuery{Customer: customer, Limit: 5})
			require.Equal(t, tc.list, provider.Kind(err), "%v", err)
			if err != nil {
				require.Empty(t, page)
			}
			_, err = w.p.Invoice(t.Context(), customer, id)
			require.Equal(t, tc.single, provider.Kind(err), "%v", err)
		})
	}
}

// TestACursorHoldsForOneList: not for another account, not for the other mode, and for nothing that was made up.
func TestACursorHoldsForOneList(t *testing.T) {
	t.Parallel()
	p := open(t, always(500, ""))
	q := provider.InvoiceQuery{Customer: "cus_1", Limit: 1}
	bound := []string{"invoices", "cus_1", "0"}
	good := p.seal([]string{older, "in_1"}, bound...)
	ask := func(p *Provider, cursor string) error {
		q := q
		q.Cursor = cursor
		_, err := p.Invoices(t.Context(), q)
		return provider.Kind(err)
	}
	require.Equal(t, provider.ErrUnavailable, ask(p, good), "it is asked for")
	require.Equal(t, provider.ErrUnavailable, ask(open(t, always(500, ""), func(c *Config) {
		c.Key = nil
	}, func(c *Config) { c.Key = p.cfg.Key }), good), "another replica can read it")
	connected := open(t, always(500, ""), func(c *Config) { c.Account = "acct_1" })
	live := open(t, always(500, ""), func(c *Config) { c.Live = true })
	for name, err := range map[string]error{
		"a connected account":     ask(connected, good),
		"the other mode":          ask(live, good),
		"another way":             ask(p, p.seal([]string{"x", "in_1"}, bound...)),
		"no anchor":               ask(p, p.seal([]string{older, ""}, bound...)),
		"an anchor with a path":   ask(p, p.seal([]string{older, "in_1/../cus_1"}, bound...)),
		"an anchor of another":    ask(p, p.seal([]string{older, "cus_1"}, bound...)),
		"three parts":             ask(p, p.seal([]string{older, "in_1", ""}, bound...)),
		"one part":                ask(p, p.seal([]string{older}, bound...)),
		"a history":               ask(p, p.seal([]string{older, "in_1"}, "discounts", "cus_1")),
		"another customer":        ask(p, p.seal([]string{older, "in_1"}, "invoices", "cus_2", "0")),
		"parts that move":         ask(p, p.seal([]string{older, "in_1"}, "invoices", "cus_10", "")),
		"a text without checksum": ask(p, base64.RawURLEncoding.EncodeToString([]byte("n\x00in_1"))),
		"a checksum alone":        ask(p, good[:22]),
		"padding":                 ask(p, good+"="),
		"a kilobyte":              ask(p, strings.Repeat("A", maxCursor+1)),
	} {
		require.Equal(t, provider.ErrInvalidCursor, err, name)
	}
}

func FuzzCursors(f *testing.F) {
	key := Config{Clock: time.Now}
	p := &Provider{cfg: key}
	f.Add("")
	f.Add(p.seal([]string{older, "in_1"}, "invoices", "cus_1", "0"))
	f.Add(strings.Repeat("A", 100))
	f.Fuzz(func(t *testing.T, cursor string) {
		position, err := p.unseal(cursor, 2, "invoices", "cus_1", "0")
		if err == nil {
			require.Equal(t, cursor, p.seal(position, "invoices", "cus_1", "0"), "two cursors for one place")
		}
	})
}

// TestPagesAreTheList is a law: whatever the invoices are and however they change status, reading by Next and back by
// Prev gives what a filter over all of them gives.
func TestPagesAreTheList(t *testing.T) {
	if testing.Short() {
		t.Skip("not under the race detector")
	}
	t.Parallel()
	statuses := []string{stripefake.Draft, stripefake.Open, stripefake.Paid, stripefake.Void, stripefake.Uncollectible}
	rapid.Check(t, func(rt *rapid.T) {
		w := newTown(t)
		customer, other := w.customer(), w.customer()
		filter := rapid.SampledFrom([]provider.InvoiceFilter{provider.AllInvoices, provider.PaidInvoices, provider.OpenInvoices}).Draw(rt, "filter")
		limit := rapid.IntRange(1, 7).Draw(rt, "limit")
		var want []string
		for range rapid.IntRange(0, 25).Draw(rt, "invoices") {
			status := rapid.SampledFrom(statuses).Draw(rt, "status")
			id := w.invoice(customer, status)
			w.invoice(other, stripefake.Open)
			wanted := statusOf(filter)
			if status != stripefake.Draft && (wanted == nil || *wanted == status) {
				want = append([]string{id}, want...)
			}
		}
		q := provider.InvoiceQuery{Customer: customer, Filter: filter, Limit: limit}
		got, last := []string{}, q
		for {
			last = q
			page := w.page(q)
			got = append(got, idsOf(page)...)
			if len(page.Invoices) > limit || page.Next != "" && len(page.Invoices) != limit {
				rt.Fatalf("a page of %d of %d with a next one: %t", len(page.Invoices), limit, page.Next != "")
			}
			if q.Cursor = page.Next; q.Cursor == "" {
				break
			}
		}
		if !slices.Equal(got, want) {
			rt.Fatalf("forward: got %v, want %v", got, want)
		}
		got, q = []string{}, last
		for {
			page := w.page(q)
			got = append(idsOf(page), got...)
			if q.Cursor = page.Prev; q.Cursor == "" {
				break
			}
		}
		if !slices.Equal(got, want) {
			rt.Fatalf("backward: got %v, want %v", got, want)
		}
	})
}

// TestBackOfWhatIsGoneIsTheNewestPage: what was newer has left the filter meanwhile.
func TestBackOfWhatIsGoneIsTheNewestPage(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	customer := w.customer()
	oldest := w.invoice(customer, stripefake.Open)
	newest := w.invoice(customer, stripefake.Open)
	q := provider.InvoiceQuery{Customer: customer, Filter: provider.OpenInvoices, Limit: 1}
	q.Cursor = w.page(q).Next
	second := w.page(q)
	require.Equal(t, []string{oldest}, idsOf(second))
	w.realm.Move(newest, stripefake.Paid)
	q.Cursor = second.Prev
	page := w.page(q)
	require.Equal(t, []string{oldest}, idsOf(page))
	require.Empty(t, page.Prev+page.Next)

	w.realm.Move(oldest, stripefake.Paid)
	q.Cursor = w.p.seal([]string{older, newest}, "invoices", customer, "2")
	page = w.page(q)
	require.Empty(t, page.Invoices)
	require.Empty(t, page.Next)
	require.NotEmpty(t, page.Prev, "there is a way back")
}

// TestAListThatNeverEndsIsGivenUp: the same page again and again, each saying that there is more.
func TestAListThatNeverEndsIsGivenUp(t *testing.T) {
	t.Parallel()
	draft := strings.ReplaceAll(anInvoice, `"open"`, `"draft"`)
	wire := always(200, `{"object":"list","data":[`+draft+`],"has_more":true}`)
	page, err := open(t, wire).Invoices(t.Context(), provider.InvoiceQuery{Customer: "cus_1", Limit: 5})
	require.NoError(t, err)
	require.Empty(t, page.Invoices)
	require.Len(t, wire.requests(), rawPages)

	wire = inTurn(say(200, anInvoice), say(200, `{"object":"list","data":[`+aLine+`],"has_more":true}`))
	_, err = open(t, wire).Invoice(t.Context(), "cus_1", "in_1")
	require.ErrorIs(t, err, provider.ErrTooLarge)
	require.Len(t, wire.requests(), linePages+1)

	wire = always(200, `{"object":"list","data":[],"has_more":true}`)
	_, err = open(t, wire).Invoices(t.Context(), provider.InvoiceQuery{Customer: "cus_1", Limit: 5})
	require.ErrorIs(t, err, provider.ErrMisconfigured, "an empty page says nothing, and a list is no customer")
}

// TestEveryLineIsRead: Stripe puts ten with the invoice (cashier #476, PostHog #34742).
func TestEveryLineIsRead(t *testing.T) {
	t.Parallel()
	for _, n := range []int{1, 9, 10, 11, 100, 111, 249, 250} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			t.Parallel()
			w := newTown(t)
			customer := w.customer()
			var lines []stripefake.Line
			for i := range n {
				lines = append(lines, stripefake.Line{Description: fmt.Sprint("line ", i), Amount: int64(100 + i), Quantity: 1})
			}
			id := w.realm.AddInvoice(stripefake.Invoice{Customer: customer, Lines: lines}).ID
			w.fake.ResetRequests()
			got, err := w.p.Invoice(t.Context(), customer, id)
			require.NoError(t, err)
			require.Len(t, got.Lines, n)
			for i := range got.Lines {
				require.Equal(t, fmt.Sprint("line ", i), got.Lines[i].Description)
			}
			require.NoError(t, got.Verify())
			require.Len(t, w.fake.Requests(), 1+(max(n-10, 0)+99)/100)
		})
	}
}

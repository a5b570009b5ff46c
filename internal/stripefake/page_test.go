package stripefake_test

import (
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/billhatch/billhatch/internal/stripefake"
)

// TestWalkingThroughAList forward and back, with any size of page and any filter, gives every invoice once and in order:
// the newest first, whatever their times are.
func TestWalkingThroughAList(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		fake := stripefake.New(stripefake.Options{Seed: rapid.Uint64().Draw(rt, "seed")})
		realm := fake.Test()
		acme := realm.AddCustomer(stripefake.Customer{Email: "billing@acme.example"})
		other := realm.AddCustomer(stripefake.Customer{Email: "pay@globex.example"})
		statuses := []string{stripefake.Open, stripefake.Paid, stripefake.Void}
		var want []stripefake.Invoice
		filter := rapid.SampledFrom(statuses).Draw(rt, "filter")
		for range rapid.IntRange(0, 25).Draw(rt, "invoices") {
			x := realm.AddInvoice(stripefake.Invoice{
				Customer: rapid.SampledFrom([]string{acme.ID, other.ID}).Draw(rt, "customer"),
				Status:   rapid.SampledFrom(statuses).Draw(rt, "status"),
				Created:  fake.Now().Add(-time.Duration(rapid.IntRange(0, 5).Draw(rt, "age")) * time.Hour),
			})
			if x.Customer == acme.ID && x.Status == filter {
				want = append(want, x)
			}
		}
		slices.SortStableFunc(want, func(a, b stripefake.Invoice) int { return a.Created.Compare(b.Created) })
		slices.Reverse(want)
		ids := []string{}
		for _, x := range want {
			ids = append(ids, x.ID)
		}
		limit := rapid.IntRange(1, 7).Draw(rt, "limit")
		walk(t, rt, newClient(fake), ids, limit, "customer", acme.ID, "status", filter)
	})
}

// walk reads a list to its end and back to its beginning.
func walk(t *testing.T, rt *rapid.T, c client, want []string, limit int, filter ...any) {
	t.Helper()
	filter = append(filter, "limit", limit)
	forward, cursor := []string{}, []any{}
	for range len(want) + 1 {
		page := c.get(t, "/v1/invoices", append(slices.Clone(filter), cursor...)...)
		forward = append(forward, page.ids(t)...)
		if page.at(t, "has_more") == false {
			break
		}
		cursor = []any{"starting_after", forward[len(forward)-1]}
	}
	require.Equal(rt, want, forward)
	if len(want) == 0 {
		return
	}
	last := want[len(want)-1]
	back := []string{last}
	for range want {
		page := c.get(t, "/v1/invoices", append(slices.Clone(filter), "ending_before", back[0])...)
		back = append(page.ids(t), back...)
		if page.at(t, "has_more") == false {
			break
		}
	}
	require.Equal(rt, want, back)
}

// TestCursorsStandBetweenPages: what comes and goes meanwhile moves nothing.
func TestCursorsStandBetweenPages(t *testing.T) {
	t.Parallel()
	h := newHouse(t, stripefake.Options{})
	var ids []string
	for range 6 {
		h.fake.Advance(time.Minute)
		ids = append([]string{h.in(t, stripefake.Open)}, ids...)
	}
	require.Equal(t, ids[:2], h.get(t, "/v1/invoices", "limit", 2).ids(t))
	newest := h.in(t, stripefake.Open)
	h.fake.Test().Move(ids[1], stripefake.Void)
	require.Equal(t, ids[2:4], h.get(t, "/v1/invoices", "limit", 2, "starting_after", ids[1]).ids(t))
	require.Equal(t, ids[2:4], h.get(t, "/v1/invoices", "limit", 2, "status", "open", "starting_after", ids[1]).ids(t),
		"a cursor need not fit the filter")
	back := h.get(t, "/v1/invoices", "limit", 2, "ending_before", ids[2])
	require.Equal(t, ids[:2], back.ids(t))
	require.Equal(t, true, back.at(t, "has_more"), "of the newer ones")
	require.Equal(t, []string{newest}, h.get(t, "/v1/invoices", "ending_before", ids[0]).ids(t))
}

// TestCursorsThatAreNone are refused, and so is a size that no page has.
func TestCursorsThatAreNone(t *testing.T) {
	t.Parallel()
	h := newHouse(t, stripefake.Options{})
	id, draft := h.in(t, stripefake.Open), h.draft(t)
	h.remove(t, "/v1/invoices/"+draft).ok(t)
	for _, c := range []struct {
		name, code string
		params     []any
	}{
		{"both", "", []any{"starting_after", id, "ending_before", id}},
		{"unknown", "resource_missing", []any{"starting_after", "in_1"}},
		{"unknown, backwards", "resource_missing", []any{"ending_before", "in_1"}},
		{"a draft that was deleted", "resource_missing", []any{"starting_after", draft}},
		{"of another kind", "resource_missing", []any{"starting_after", h.acme.ID}},
		{"empty", "parameter_invalid_empty", []any{"starting_after", ""}},
		{"no size", "parameter_invalid_integer", []any{"limit", 0}},
		{"too large", "parameter_invalid_integer", []any{"limit", 101}},
		{"not a size", "parameter_invalid_integer", []any{"limit", "ten"}},
		{"a total", "parameter_unknown", []any{"include[]", "total_count"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			h.get(t, "/v1/invoices", c.params...).fails(t, http.StatusBadRequest, c.code)
		})
	}
	require.Len(t, h.get(t, "/v1/invoices", "limit", 100).ids(t), 1)
}

// TestOneStatusAtATime, and never one that is only a way of speaking.
func TestOneStatusAtATime(t *testing.T) {
	t.Parallel()
	h := newHouse(t, stripefake.Options{})
	draft := h.draft(t, 1)
	h.get(t, "/v1/invoices", "status", "overdue").fails(t, http.StatusBadRequest, "")
	require.Equal(t, []string{draft}, h.get(t, "/v1/invoices", "customer", h.acme.ID).ok(t).ids(t), "drafts are listed")
	h.get(t, "/v1/invoices", "customer", "cus_1").fails(t, http.StatusBadRequest, "resource_missing")

	open := h.in(t, stripefake.Open)
	h.fake.Advance(31 * day)
	h.in(t, stripefake.Open)
	require.Equal(t, []string{open}, h.get(t, "/v1/invoices", "status", "open", "due_date[lt]", h.fake.Now().Unix()).ids(t))
	require.Empty(t, h.get(t, "/v1/invoices", "created[lte]", h.fake.Now().Add(-40*day).Unix()).ids(t))
	require.Len(t, h.get(t, "/v1/invoices", "created", h.fake.Now().Unix()).ids(t), 1)
}

// TestAnEmptyIDAsksForTheCollection, as at Stripe: that is why ids are checked before they are sent.
func TestAnEmptyIDAsksForTheCollection(t *testing.T) {
	t.Parallel()
	h := newHouse(t, stripefake.Options{})
	require.Equal(t, "list", h.get(t, "/v1/invoices/").ok(t).at(t, "object"))
}

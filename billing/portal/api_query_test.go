package portal_test

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/billing/portal/internal/apimodel"
	"github.com/billhatch/billhatch/invoice"
	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/rbac"
	"github.com/billhatch/billhatch/rbac/rbactest"
	"github.com/billhatch/billhatch/usage/civil"
)

const invoicesPath = "/api/accounts/self/invoices"

// moreInvoices adds invoices of the home account, the oldest first, every third one open.
func moreInvoices(h *house, n int) {
	for i := range n {
		status := invoice.Paid
		if i%3 == 0 {
			status = invoice.Open
		}
		h.world.AddInvoice(rbactest.Home, invoice.Invoice{
			Number: fmt.Sprintf("M%03d", i), Status: status, Total: usd("10.00"), Currency: "USD", Issued: civil.MustDate(2026, 8, 2+i%28),
		})
	}
}

// TestPageSizes (T28): 1 to 100, and nothing else that may look like one.
func TestPageSizes(t *testing.T) {
	t.Parallel()
	_, v := apiHouse(t, func(h *house) { moreInvoices(h, 120) })
	for limit, want := range map[string]int{"1": 1, "20": 20, "99": 99, "100": 100} {
		page := read[apimodel.Invoices](t, v.get(invoicesPath+"?limit="+limit))
		require.Len(t, page.Invoices, want)
		require.NotNil(t, page.Next)
	}
	require.Len(t, read[apimodel.Invoices](t, v.get(invoicesPath)).Invoices, 20, "the host's page size")
	for _, limit := range []string{
		"0", "-1", "101", "256", "257", "1e3", "1.0", "0x10", "1_0", "+5", " 5", "5 ", "", "٣", "９", "9223372036854775808",
		"18446744073709551617", "NaN", "null", "all", strings.Repeat("1", 1000),
	} {
		a := v.get(invoicesPath + "?limit=" + url.QueryEscape(limit))
		requireProblem(t, a, http.StatusUnprocessableEntity, "invalid")
		require.Contains(t, a.body, `"field":"limit"`)
	}
}

// TestFilters: one of three words, once (HTTP parameter pollution is refused).
func TestFilters(t *testing.T) {
	t.Parallel()
	_, v := apiHouse(t, func(h *house) { moreInvoices(h, 9) })
	for filter, want := range map[string]int{"all": 12, "paid": 8, "open": 4} {
		page := read[apimodel.Invoices](t, v.get(invoicesPath+"?filter="+filter))
		require.Len(t, page.Invoices, want, filter)
		require.Equal(t, apimodel.InvoiceFilter(filter), page.Filter)
		for _, inv := range page.Invoices {
			require.True(t, filter == "all" || string(inv.Status) == filter)
		}
	}
	require.Equal(t, apimodel.InvoiceFilterAll, read[apimodel.Invoices](t, v.get(invoicesPath)).Filter)
	for _, filter := range []string{"", "All", "PAID", "draft", "overdue", "paid,open", "paid%00", "paid "} {
		a := v.get(invoicesPath + "?filter=" + strings.ReplaceAll(filter, " ", "+"))
		requireProblem(t, a, http.StatusUnprocessableEntity, "invalid")
		require.Contains(t, a.body, `"field":"filter"`)
	}
	for _, query := range []string{"filter=all&filter=all", "filter=all&filter=paid", "filter[]=all", "Filter=all", "limit=5&limit=5", "filter=%ff"} {
		requireProblem(t, v.get(invoicesPath+"?"+query), http.StatusBadRequest, "malformed")
	}
}

// TestPagingSeesEveryInvoiceOnce, also while invoices are added.
func TestPagingSeesEveryInvoiceOnce(t *testing.T) {
	t.Parallel()
	h, v := apiHouse(t, func(h *house) { moreInvoices(h, 40) })
	before := map[string]int{}
	for _, inv := range read[apimodel.Invoices](t, v.get(invoicesPath+"?limit=100")).Invoices {
		before[inv.Id] = 0
	}
	require.Len(t, before, 43)
	var pages [][]string
	for cursor := ""; ; {
		page := read[apimodel.Invoices](t, v.get(invoicesPath+"?limit=7"+cursor))
		require.Equal(t, len(pages) > 0, page.Prev != nil)
		var ids []string
		for _, inv := range page.Invoices {
			ids = append(ids, inv.Id)
			if _, was := before[inv.Id]; was {
				before[inv.Id]++
			}
		}
		pages = append(pages, ids)
		if page.Next == nil {
			break
		}
		cursor = "&cursor=" + *page.Next
		h.world.AddInvoice(rbactest.Home, invoice.Invoice{
			Number: "new" + *page.Next, Status: invoice.Open, Total: usd("1.00"), Currency: "USD", Issued: civil.MustDate(2026, 10, 17),
		})
	}
	for id, n := range before {
		require.Equal(t, 1, n, id)
	}
	last := read[apimodel.Invoices](t, v.get(invoicesPath+"?limit=7"))
	next := read[apimodel.Invoices](t, v.get(invoicesPath+"?limit=7&cursor="+*last.Next))
	back := read[apimodel.Invoices](t, v.get(invoicesPath+"?limit=7&cursor="+*next.Prev))
	require.Equal(t, last.Invoices, back.Invoices)
}

// TestACursorIsTheOneThatWasGiven (T27): with any bit of it changed, cut, padded or long it is none, always in the same
// words, and the provider is not asked.
func TestACursorIsTheOneThatWasGiven(t *testing.T) {
	t.Parallel()
	h, v := apiHouse(t, func(h *house) { moreInvoices(h, 10) })
	cursor := *read[apimodel.Invoices](t, v.get(invoicesPath+"?limit=5")).Next
	require.Equal(t, http.StatusOK, v.get(invoicesPath+"?limit=5&cursor="+cursor).status)
	raw, err := base64.RawURLEncoding.DecodeString(cursor)
	require.NoError(t, err)

	var bad []string
	for i := range raw {
		for bit := range 8 {
			flipped := append([]byte(nil), raw...)
			flipped[i] ^= 1 << bit
			bad = append(bad, base64.RawURLEncoding.EncodeToString(flipped))
		}
		bad = append(bad, base64.RawURLEncoding.EncodeToString(raw[:i]), base64.RawURLEncoding.EncodeToString(raw[i+1:]))
	}
	for i := range cursor {
		bad = append(bad, cursor[:i]+"!"+cursor[i+1:], cursor[:i])
	}
	bad = append(
		bad, "", "=", cursor+"=", cursor+"==", cursor+"A", " "+cursor, cursor+"\n", cursor+cursor, strings.ToUpper(cursor), "0", "1", "-1", "null",
		base64.StdEncoding.EncodeToString(raw)+"==", "in_1", strings.Repeat("A", 64<<10), string(raw), "٣", h.home().invoice,
	)
	h.world.ResetCalls()
	body := ""
	for _, text := range bad {
		a := v.get(invoicesPath + "?limit=5&cursor=" + url.QueryEscape(text))
		if a.status == http.StatusBadRequest && strings.Contains(a.body, "problem:malformed") && !validUTF8(text) {
			continue // raw bytes are no text of a query at all
		}
		requireProblem(t, a, http.StatusBadRequest, "invalid_cursor")
		if body == "" {
			body = a.body
		}
		require.Equal(t, body, a.body)
	}
	require.Empty(t, h.world.CallsOf("Invoices"))
	t.Logf("%d cursors", len(bad))
}

func validUTF8(s string) bool { return strings.ToValidUTF8(s, "") == s }

// TestACursorIsOfNoUseElsewhere (T27): under another filter, list, account or key it is none.
func TestACursorIsOfNoUseElsewhere(t *testing.T) {
	t.Parallel()
	seed := func(h *house) {
		moreInvoices(h, 12)
		for i := range 25 {
			h.world.AddAdjustment(rbactest.Home, adjustment(i))
		}
	}
	h, v := apiHouse(t, seed)
	client := h.client().ID
	for i := range 6 {
		h.world.AddInvoice(client, invoice.Invoice{
			Number: fmt.Sprint("C", i), Status: invoice.Paid, Total: usd("1.00"), Currency: "USD", Issued: civil.MustDate(2026, 9, 1+i),
		})
	}
	require.NoError(t, h.world.Err())
	other := h.as(partner(rbac.PartnerAdmin))
	invoices := *read[apimodel.Invoices](t, v.get(invoicesPath+"?limit=5")).Next
	open := *read[apimodel.Invoices](t, v.get(invoicesPath+"?limit=2&filter=open")).Next
	history := *read[apimodel.History](t, v.get("/api/accounts/self/history")).Next
	theirs := *read[apimodel.Invoices](t, other.get("/api/accounts/"+client+"/invoices?limit=2")).Next
	_, again := apiHouse(t, seed, func(h *house) { h.billing.SealKey = []byte(strings.Repeat("z", 32)) })

	for name, c := range map[string]struct {
		v    *visitor
		path string
	}{
		"all under paid":                    {v, invoicesPath + "?filter=paid&cursor=" + invoices},
		"all under open":                    {v, invoicesPath + "?filter=open&cursor=" + invoices},
		"open under all":                    {v, invoicesPath + "?cursor=" + open},
		"invoices under history":            {v, "/api/accounts/self/history?cursor=" + invoices},
		"history under invoices":            {v, invoicesPath + "?cursor=" + history},
		"invoices under the audit trail":    {v, "/api/accounts/self/audit?cursor=" + invoices},
		"invoices under clients":            {v, "/api/clients?cursor=" + invoices},
		"one's own under a client's":        {other, "/api/accounts/" + client + "/invoices?cursor=" + invoices},
		"a client's under one's own":        {v, invoicesPath + "?cursor=" + theirs},
		"history under the audit trail":     {v, "/api/accounts/self/audit?actor=x&cursor=" + history},
		"that of a host with another key":   {again, invoicesPath + "?limit=5&cursor=" + invoices},
		"history with another key, as well": {again, "/api/accounts/self/history?cursor=" + history},
	} {
		requireProblem(t, c.v.get(c.path), http.StatusBadRequest, "invalid_cursor")
		_ = name
	}
	require.Equal(t, http.StatusOK, v.get("/api/accounts/self/history?cursor="+history).status)
	require.Equal(t, http.StatusOK, v.get(invoicesPath+"?filter=open&limit=2&cursor="+open).status)
	require.Equal(t, http.StatusOK, other.get("/api/accounts/"+client+"/invoices?cursor="+theirs).status, "by its account, not by its size")
}

// TestTheAuditTrailOfTheAPI (C17): filtered, paged, and exact about what it is asked.
func TestTheAuditTrailOfTheAPI(t *testing.T) {
	t.Parallel()
	const path = "/api/accounts/self/audit"
	h, v := apiHouse(t, func(h *house) { h.billing.PageSize = 3 })
	require.Equal(t, apimodel.StateNothingYet, read[apimodel.Audit](t, v.get(path)).Status.State)
	reveal := "/api/accounts/self/recipients/" + h.home().recipient + "/reveal"
	require.Equal(t, http.StatusOK, v.send(http.MethodPost, reveal, `{"purpose":"to ask jane@corp.example"}`).status)
	requireProblem(t, v.send(http.MethodPost, reveal, `{"purpose":"x"}`), http.StatusUnprocessableEntity, "invalid")
	require.Equal(t, http.StatusOK, v.get("/api/accounts/self/invoices/"+h.home().invoice+"/pdf").status)

	page := read[apimodel.Audit](t, v.get(path))
	require.Len(t, page.Entries, 3)
	require.Equal(t, "invoices.pdf", page.Entries[0].Action)
	require.Equal(t, apimodel.OutcomeSucceeded, page.Entries[0].Outcome)
	require.Equal(t, h.home().invoice, *page.Entries[0].Target)
	require.Nil(t, page.Entries[0].Purpose)
	require.Equal(t, now, page.Entries[0].At)
	older := read[apimodel.Audit](t, v.get(path+"?cursor="+*page.Next))
	require.Equal(t, "to ask ***", *older.Entries[1].Purpose, "the trail holds no address")
	require.Nil(t, older.Next)
	require.Greater(t, page.Entries[0].Sequence, older.Entries[0].Sequence)

	for query, want := range map[string]int{
		"action=invoices.pdf": 2, "outcome=failed": 1, "actor=user-manager": 3, "actor=nobody": 0, "from=2026-10-17T12:00:00Z": 3,
		"to=2026-10-17T12:00:00Z": 0, "from=2026-10-17T14:00:00%2B02:00&to=2026-10-17T12:00:01Z&action=invoices.pdf&outcome=attempted": 1,
	} {
		require.Len(t, read[apimodel.Audit](t, v.get(path+"?"+query)).Entries, want, query)
	}
	requireProblem(t, v.get(path+"?actor=user-manager&cursor="+*page.Next), http.StatusBadRequest, "invalid_cursor")
	for query, field := range map[string]string{
		"actor=": "actor", "action=": "action", "actor=a%00b": "actor", "action=a%0ab": "action", "actor=" + strings.Repeat("a", 257): "actor",
		"outcome=": "outcome", "outcome=Failed": "outcome", "outcome=all": "outcome", "from=": "from", "from=2026-10-17": "from",
		"from=yesterday": "from", "to=2026-10-17T12:00:00": "to", "to=1760702400": "to", "to=2026-02-30T00:00:00Z": "to",
	} {
		a := v.get(path + "?" + query)
		requireProblem(t, a, http.StatusUnprocessableEntity, "invalid")
		require.Contains(t, a.body, `"field":"`+field+`"`, query)
	}
	h.world.FailNext("Audit", provider.ErrUnavailable)
	require.Equal(t, apimodel.StateUnavailable, read[apimodel.Audit](t, v.get(path)).Status.State)
}

package stripe

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	stripe "github.com/stripe/stripe-go/v76"
	"pgregory.net/rapid"

	"github.com/billhatch/billhatch/internal/stripefake"
	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/usage/civil"
)

// kept is what a host has kept of events, for any customer.
type kept struct {
	bodies []string
	err    error
}

func (k kept) Bodies(context.Context, string, string) ([][]byte, error) {
	var out [][]byte
	for _, b := range k.bodies {
		out = append(out, []byte(b))
	}
	return out, k.err
}

const (
	noList    = `{"object":"list","data":[],"has_more":false}`
	coupon    = `{"id":"c","object":"coupon","livemode":false,"name":"Launch","percent_off":12.5,"amount_off":null,"currency":null}`
	oneDay    = 86400
	thatDay   = 1795219200 // 2026-11-21
	monthAgo  = thatDay - 30*oneDay
	twoMonths = thatDay - 60*oneDay
)

// discounted is a customer with a discount.
func discounted(discount string) string {
	return strings.TrimSuffix(aCustomer, "}") + `,"discount":` + discount + `}`
}

func discountBodyOf(id string, start, end int, coupon string) string {
	until := "null"
	if end > 0 {
		until = fmt.Sprint(end)
	}
	return fmt.Sprintf(`{"id":%q,"object":"discount","customer":"cus_1","start":%d,"end":%s,%s}`, id, start, until, coupon)
}

func eventOf(kind string, created int, object string) string {
	return fmt.Sprintf(`{"id":"evt_1","object":"event","type":"customer.discount.%s","created":%d,"livemode":false,"data":{"object":%s}}`, kind, created, object)
}

// historyOf reads a history of discounts alone.
func historyOf(t *testing.T, now string, events Events) ([]provider.HistoryItem, error) {
	t.Helper()
	wire := inTurn(say(200, now), say(200, noList), say(200, noList))
	page, err := open(t, wire, func(c *Config) { c.Events = events }).Discounts(t.Context(), provider.HistoryQuery{Customer: "cus_1", Limit: 100})
	return page.Items, err
}

// TestDiscountsOfNowAndOfThePast (C4): those of now as Stripe has them, those of the past as events have told.
func TestDiscountsOfNowAndOfThePast(t *testing.T) {
	t.Parallel()
	with := `"coupon":` + coupon
	day := func(seconds int64) civil.Date { return dateOf(seconds) }
	item := func(id string, from, until int64, active bool) provider.HistoryItem {
		return provider.HistoryItem{ID: id, Name: "Launch", From: day(from), Until: day(until), Text: "12.5 %", Active: active}
	}
	for _, tc := range []struct {
		name   string
		now    string
		events []string
		want   []provider.HistoryItem
	}{
		{"none", aCustomer, nil, nil},
		{"one in force", discounted(discountBodyOf("di_1", monthAgo, 0, with)), nil, []provider.HistoryItem{item("di_1", monthAgo, 0, true)}},
		{"one that ends tomorrow", discounted(discountBodyOf("di_1", monthAgo, thatDay+oneDay, with)), nil, []provider.HistoryItem{item("di_1", monthAgo, thatDay+oneDay, true)}},
		{"one that ended today", discounted(discountBodyOf("di_1", monthAgo, thatDay, with)), nil, []provider.HistoryItem{item("di_1", monthAgo, thatDay, false)}},
		{
			"one that began and was taken away", aCustomer,
			[]string{
				eventOf("created", twoMonths, discountBodyOf("di_1", twoMonths, 0, with)),
				eventOf("deleted", monthAgo, discountBodyOf("di_1", twoMonths, 0, with)),
			},
			[]provider.HistoryItem{item("di_1", twoMonths, monthAgo, false)},
		},
		{
			"in any order, and several times", aCustomer,
			[]string{
				eventOf("deleted", monthAgo, discountBodyOf("di_1", twoMonths, thatDay+oneDay, with)),
				eventOf("created", twoMonths, discountBodyOf("di_1", twoMonths, thatDay+oneDay, with)),
				eventOf("deleted", monthAgo, discountBodyOf("di_1", twoMonths, thatDay+oneDay, with)),
			},
			[]provider.HistoryItem{item("di_1", twoMonths, monthAgo, false)},
		},
		{
			"what Stripe has counts more than what was kept", discounted(discountBodyOf("di_1", monthAgo, 0, with)),
			[]string{eventOf("created", monthAgo, discountBodyOf("di_1", monthAgo, thatDay, with))},
			[]provider.HistoryItem{item("di_1", monthAgo, 0, true)},
		},
		{
			"one that Stripe does not have is not in force, whatever was kept", aCustomer,
			[]string{eventOf("created", monthAgo, discountBodyOf("di_1", monthAgo, 0, with))},
			[]provider.HistoryItem{item("di_1", monthAgo, 0, false)},
		},
		{
			"newest first", discounted(discountBodyOf("di_2", monthAgo, 0, with)),
			[]string{eventOf("deleted", monthAgo, discountBodyOf("di_1", twoMonths, monthAgo, with)), eventOf("deleted", monthAgo, discountBodyOf("di_0", twoMonths, monthAgo, with))},
			[]provider.HistoryItem{item("di_2", monthAgo, 0, true), item("di_0", twoMonths, monthAgo, false), item("di_1", twoMonths, monthAgo, false)},
		},
		{
			"in the shape of 2025-09-30, with the coupon", aCustomer,
			[]string{eventOf("deleted", monthAgo, discountBodyOf("di_1", twoMonths, monthAgo, `"source":{"type":"coupon","coupon":`+coupon+`}`))},
			[]provider.HistoryItem{item("di_1", twoMonths, monthAgo, false)},
		},
		{
			"in that shape, with its id alone", aCustomer,
			[]string{eventOf("deleted", monthAgo, discountBodyOf("di_1", twoMonths, monthAgo, `"source":{"type":"coupon","coupon":"c"}`))},
			[]provider.HistoryItem{{ID: "di_1", Name: "Discount", Text: "Discount", From: day(twoMonths), Until: day(monthAgo)}},
		},
		{
			"what tells of nobody, of somebody else or of the other mode is left out", aCustomer,
			[]string{
				"", "null", "{", `{"data":7}`, eventOf("deleted", monthAgo, `{"object":"discount"}`),
				eventOf("deleted", monthAgo, strings.ReplaceAll(discountBodyOf("di_1", twoMonths, monthAgo, with), "cus_1", "cus_2")),
				eventOf("deleted", monthAgo, strings.ReplaceAll(discountBodyOf("di_1", twoMonths, monthAgo, with), `"discount"`, `"coupon"`)),
				strings.ReplaceAll(eventOf("deleted", monthAgo, discountBodyOf("di_1", twoMonths, monthAgo, with)), `"livemode":false,"data"`, `"livemode":true,"data"`),
				eventOf("deleted", monthAgo, discountBodyOf("di_1", 0, monthAgo, with)),
			},
			nil,
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			got, err := historyOf(t, tc.now, kept{bodies: tc.events})
			require.NoError(t, err)
			require.Equal(t, tc.want, got)
		})
	}
}

// TestWhatADiscountTakesOff is said as Stripe says it, to the last digit.
func TestWhatADiscountTakesOff(t *testing.T) {
	t.Parallel()
	for coupon, want := range map[string][2]string{
		`"percent_off":10,"amount_off":null,"currency":null`:    {"10 %", ""},
		`"percent_off":33.33,"amount_off":null,"currency":null`: {"33.33 %", ""},
		`"percent_off":0.5,"amount_off":null,"currency":null`:   {"0.5 %", ""},
		`"percent_off":null,"amount_off":1250,"currency":"usd"`: {"12.50 USD", "-12.50 USD"},
		`"percent_off":null,"amount_off":1250,"currency":"jpy"`: {"1250 JPY", "-1250 JPY"},
		`"percent_off":null,"amount_off":null,"currency":null`:  {"Discount", ""},
	} {
		body := discountBodyOf("di_1", monthAgo, 0, `"coupon":{"id":"c","object":"coupon","livemode":false,"name":null,`+coupon+`}`)
		for _, now := range []string{discounted(body), aCustomer} {
			var events Events
			if now == aCustomer {
				events = kept{bodies: []string{eventOf("deleted", monthAgo, body)}}
			}
			got, err := historyOf(t, now, events)
			require.NoError(t, err)
			require.Len(t, got, 1)
			require.Equal(t, "Discount", got[0].Name)
			amount := ""
			if got[0].Amount.IsSet() {
				amount = got[0].Amount.String()
			}
			require.Equal(t, want, [2]string{got[0].Text, amount})
		}
	}
	_, err := historyOf(t, discounted(discountBodyOf("di_1", monthAgo, 0, `"coupon":{"id":"c","object":"coupon","livemode":false,"amount_off":1,"currency":"zzz"}`)), nil)
	require.ErrorIs(t, err, provider.ErrForeign)
}

// TestEventsThatCannotBeReadAreAnError, in the words of the contract and with nothing of the host's.
func TestEventsThatCannotBeReadAreAnError(t *testing.T) {
	t.Parallel()
	_, err := historyOf(t, aCustomer, kept{err: errors.New(canary)})
	require.Equal(t, provider.ErrUnavailable, provider.Kind(err))
	require.NotContains(t, fmt.Sprintf("%+v", err), canary)
	_, err = historyOf(t, aCustomer, kept{err: &provider.Error{Kind: provider.ErrRateLimited, Message: canary}})
	require.Equal(t, provider.ErrRateLimited, provider.Kind(err))
	require.NotContains(t, fmt.Sprintf("%+v", err), canary)

	ctx, cancel := context.WithCancel(t.Context())
	p := open(t, inTurn(say(200, aCustomer), say(200, noList)), func(c *Config) { c.Events = stopping{cancel} })
	_, err = p.Discounts(ctx, provider.HistoryQuery{Customer: "cus_1", Limit: 1})
	require.ErrorIs(t, err, provider.ErrTimeout)

	many := make([]string, maxBodies+5)
	for i := range many {
		many[i] = eventOf("deleted", monthAgo, discountBodyOf(fmt.Sprintf("di_%d", i), twoMonths+i, monthAgo, `"coupon":`+coupon))
	}
	wire := inTurn(say(200, aCustomer), say(200, noList), say(200, noList))
	p = open(t, wire, func(c *Config) { c.Events = kept{bodies: many} })
	found, err := p.discounts(t.Context(), "Discounts", mustCustomer(t, p))
	require.NoError(t, err)
	require.Len(t, found, maxBodies)
}

type stopping struct{ cancel func() }

func (s stopping) Bodies(ctx context.Context, _, _ string) ([][]byte, error) {
	s.cancel()
	return nil, ctx.Err()
}

// TestChangesOfTheBalance (C4): every kind has a name, and an amount that is negative for a credit.
func TestChangesOfTheBalance(t *testing.T) {
	t.Parallel()
	for kind, want := range map[string]string{
		"adjustment": "Adjustment", "applied_to_invoice": "Applied to an invoice", "credit_note": "Credit note", "initial": "Opening balance",
		"invoice_overpaid": "Overpaid invoice", "invoice_too_small": "Invoice too small to be charged", "something_new": "Adjustment",
	} {
		for description, name := range map[string]string{"null": want, `"Sorry"`: "Sorry"} {
			change := fmt.Sprintf(`{"id":"cbtxn_1","object":"customer_balance_transaction","amount":-1250,"created":%d,"currency":"usd","customer":"cus_1",
				"livemode":false,"type":%q,"description":%s}`, thatDay, kind, description)
			wire := inTurn(say(200, aCustomer), say(200, noList), say(200, `{"object":"list","has_more":false,"data":[`+change+`]}`))
			page, err := open(t, wire).Discounts(t.Context(), provider.HistoryQuery{Customer: "cus_1", Limit: 5})
			require.NoError(t, err)
			require.Equal(t, []provider.HistoryItem{{
				ID: "cbtxn_1", Name: name, From: dateOf(thatDay), Amount: usd("-12.50"), Active: true,
			}}, page.Items)
		}
	}
	for name, odd := range map[string]string{
		"another customer": `"customer":"cus_2"`, "the other mode": `"livemode":true`, "no id": `"id":""`, "no currency": `"currency":"zzz"`,
	} {
		change := `{"id":"cbtxn_1","object":"customer_balance_transaction","amount":1,"created":1,"currency":"usd","customer":"cus_1","livemode":false,"type":"adjustment",` + odd + `}`
		wire := inTurn(say(200, aCustomer), say(200, noList), say(200, `{"object":"list","has_more":false,"data":[`+change+`]}`))
		_, err := open(t, wire).Discounts(t.Context(), provider.HistoryQuery{Customer: "cus_1", Limit: 5})
		require.ErrorIs(t, err, provider.ErrForeign, name)
	}
}

func mustCustomer(t *testing.T, p *Provider) *stripe.Customer {
	t.Helper()
	c, err := p.customer(t.Context(), "Customer", "cus_1")
	require.NoError(t, err)
	return c
}

// TestAHistoryIsReadWholeAndInOrder is a law: both parts together, page by page, each item once and newest first.
func TestAHistoryIsReadWholeAndInOrder(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		w := newTown(t)
		customer := w.customer()
		n := rapid.IntRange(0, 30).Draw(rt, "items")
		for i := range n {
			at := time.Date(2026, time.January, 1+rapid.IntRange(0, 40).Draw(rt, "day"), 0, 0, 0, 0, time.UTC)
			if rapid.Bool().Draw(rt, "discount") {
				w.mu.Lock()
				w.events[customer] = append(w.events[customer], []byte(strings.ReplaceAll(eventOf("deleted", thatDay, discountBodyOf(
					fmt.Sprintf("di_%d", i), int(at.Unix()), int(at.Unix())+oneDay, `"coupon":`+coupon)), "cus_1", customer)))
				w.mu.Unlock()
				continue
			}
			// Stripe lists by when they were made.
			made := w.realm.AddBalance(customer, "usd", int64(i+1), fmt.Sprint("change ", i))
			day := time.Date(2026, time.January, 1+i, 0, 0, 0, 0, time.UTC)
			w.realm.Distort(made.ID, func(body map[string]any) { body["created"] = day.Unix() })
		}
		limit := rapid.IntRange(1, 9).Draw(rt, "limit")
		q := provider.HistoryQuery{Customer: customer, Limit: limit}
		seen, last := map[string]bool{}, civil.MustDate(9999, time.December, 31)
		for {
			page, err := w.p.Discounts(t.Context(), q)
			if err != nil {
				rt.Fatal(err)
			}
			if len(page.Items) > limit || page.Next != "" && len(page.Items) != limit {
				rt.Fatalf("a page of %d of %d, with a next one: %t", len(page.Items), limit, page.Next != "")
			}
			for _, item := range page.Items {
				if seen[item.ID] || item.From.After(last) {
					rt.Fatalf("%s of %s after %s, or twice", item.ID, item.From, last)
				}
				seen[item.ID], last = true, item.From
			}
			if q.Cursor = page.Next; q.Cursor == "" {
				break
			}
		}
		if len(seen) != n {
			rt.Fatalf("got %d items of %d", len(seen), n)
		}
	})
}

// TestACursorOfAHistoryIsOfAHistory.
func TestACursorOfAHistoryIsOfAHistory(t *testing.T) {
	t.Parallel()
	p := open(t, always(500, ""))
	for _, position := range [][]string{
		{"cbtxn_1", "x", "di_1"}, {"in_1", "1", "di_1"}, {"cbtxn_1/..", "1", ""}, {"cbtxn_1", "1"}, {"", "", ""},
	} {
		_, err := p.Discounts(t.Context(), provider.HistoryQuery{
			Customer: "cus_1", Limit: 1, Cursor: p.seal(position, "discounts", "cus_1"),
		})
		require.Equal(t, &provider.Error{Op: "Discounts", Kind: provider.ErrInvalidCursor}, err, "%q", position)
	}
	w := newTown(t)
	customer := w.customer()
	gone := w.p.seal([]string{"cbtxn_gone", "0", ""}, "discounts", customer)
	_, err := w.p.Discounts(t.Context(), provider.HistoryQuery{Customer: customer, Limit: 1, Cursor: gone})
	require.ErrorIs(t, err, provider.ErrInvalidCursor)
	w.realm.AddSubscription(stripefake.Subscription{Customer: customer})
	w.realm.DeleteCustomer(customer)
	_, err = w.p.Discounts(t.Context(), provider.HistoryQuery{Customer: customer, Limit: 1})
	require.ErrorIs(t, err, provider.ErrNotFound)
}

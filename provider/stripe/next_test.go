package stripe

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/internal/stripefake"
	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/usage/civil"
)

// TestTheNextInvoiceComesWhenAPeriodEnds (C6): the first of all subscriptions that make invoices.
func TestTheNextInvoiceComesWhenAPeriodEnds(t *testing.T) {
	t.Parallel()
	december := func(day int) time.Time { return time.Date(2026, time.December, day, 15, 0, 0, 0, time.UTC) }
	for _, tc := range []struct {
		name          string
		subscriptions []stripefake.Subscription
		want          string // empty: none
		requests      int
	}{
		{"of one", []stripefake.Subscription{{PeriodEnd: december(5)}}, "2026-12-05", 1},
		{"of several", []stripefake.Subscription{{PeriodEnd: december(9)}, {PeriodEnd: december(5)}, {PeriodEnd: december(7)}}, "2026-12-05", 1},
		{"on trial", []stripefake.Subscription{{PeriodEnd: december(5), Status: "trialing"}}, "2026-12-05", 1},
		{"past due", []stripefake.Subscription{{PeriodEnd: december(5), Status: "past_due"}}, "2026-12-05", 1},
		{"not paid for", []stripefake.Subscription{{PeriodEnd: december(5), Status: "unpaid"}}, "", 1},
		{"of a status that nobody knows", []stripefake.Subscription{{PeriodEnd: december(5), Status: "resting"}}, "", 1},
		{"cancelled", []stripefake.Subscription{{PeriodEnd: december(5), Status: "canceled"}}, "", 2},
		{"ending, with nothing left", []stripefake.Subscription{{PeriodEnd: december(5), CancelAtPeriodEnd: true}}, "", 2},
		{"ending beside another", []stripefake.Subscription{{PeriodEnd: december(5), CancelAtPeriodEnd: true}, {PeriodEnd: december(7)}}, "2026-12-07", 1},
		{"none", nil, "", 2},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			w := newTown(t)
			customer := w.customer()
			for _, s := range tc.subscriptions {
				s.Customer, s.Amount = customer, 1000
				w.realm.AddSubscription(s)
			}
			got, err := w.p.NextInvoice(t.Context(), customer)
			require.NoError(t, err, "that there is none is no error")
			require.Equal(t, tc.want == "", got.IsZero())
			if tc.want != "" {
				require.Equal(t, tc.want, got.String())
			}
			require.Len(t, w.fake.Requests(), tc.requests)
			require.Empty(t, w.fake.Complaints())
		})
	}
}

// TestASubscriptionThatEndsMayHaveALastInvoice: Stripe itself knows whether there is anything to bill.
func TestASubscriptionThatEndsMayHaveALastInvoice(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	customer := w.customer()
	ends := time.Date(2026, time.December, 5, 0, 0, 0, 0, time.UTC)
	w.realm.AddSubscription(stripefake.Subscription{Customer: customer, Amount: 1000, PeriodEnd: ends, CancelAtPeriodEnd: true})
	w.realm.AddPending(stripefake.Item{Customer: customer, Amount: 700, Description: "Minutes"})
	got, err := w.p.NextInvoice(t.Context(), customer)
	require.NoError(t, err)
	require.Equal(t, civil.MustDate(2026, time.December, 5), got)
	require.Len(t, w.fake.RequestsTo("GET /v1/invoices/upcoming"), 1)
}

// TestASubscriptionOfSomebodyElse, or in another shape, is no date (F6).
func TestASubscriptionOfSomebodyElse(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		change func(body map[string]any)
		kind   error
	}{
		"of another customer": {func(body map[string]any) {
			body["customer"] = map[string]any{"id": "cus_2", "object": "customer", "created": 1, "livemode": false, "email": nil}
		}, provider.ErrForeign},
		"of a customer of the other mode": {func(body map[string]any) {
			if c, ok := body["customer"].(map[string]any); ok {
				c["livemode"] = true
			}
		}, provider.ErrForeign},
		"whose end is with its items, as since 2025-03-31": {func(body map[string]any) { delete(body, "current_period_end") }, provider.ErrMisconfigured},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newTown(t)
			customer := w.customer()
			w.realm.AddSubscription(stripefake.Subscription{Customer: customer, Amount: 1000})
			w.fake.Always("GET /v1/subscriptions", stripefake.Alter(func(body map[string]any) {
				list, _ := body["data"].([]any)
				for _, item := range list {
					if s, ok := item.(map[string]any); ok {
						tc.change(s)
					}
				}
			}))
			got, err := w.p.NextInvoice(t.Context(), customer)
			require.Equal(t, tc.kind, provider.Kind(err), "%v", err)
			require.Zero(t, got)
		})
	}
	w := newTown(t)
	customer := w.customer()
	w.realm.AddSubscription(stripefake.Subscription{Customer: customer, Amount: 1000})
	w.realm.DeleteCustomer(customer)
	_, err := w.p.NextInvoice(t.Context(), customer)
	require.ErrorIs(t, err, provider.ErrNotFound)
}

// TestManySubscriptionsAreReadPageByPage.
func TestManySubscriptionsAreReadPageByPage(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	customer := w.customer()
	w.realm.AddSubscription(stripefake.Subscription{Customer: customer, PeriodEnd: time.Date(2026, time.November, 25, 0, 0, 0, 0, time.UTC)})
	for range 120 {
		w.realm.AddSubscription(stripefake.Subscription{Customer: customer})
	}
	w.fake.ResetRequests()
	got, err := w.p.NextInvoice(t.Context(), customer)
	require.NoError(t, err)
	require.Equal(t, "2026-11-25", got.String(), "the oldest of them is on the second page")
	require.Len(t, w.fake.Requests(), 2)
}

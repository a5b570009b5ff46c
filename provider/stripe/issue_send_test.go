package stripe

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	stripe "github.com/stripe/stripe-go/v76"

	"github.com/billhatch/billhatch/internal/stripefake"
	"github.com/billhatch/billhatch/provider"
)

// TestAnInvoiceIsMailedOnce, however often and however late it is asked for, as far as Stripe can tell.
func TestAnInvoiceIsMailedOnce(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	type ask struct {
		after time.Duration // since the one before
		send  bool
		mails int   // after it
		kind  error // nil: it was issued
	}
	for name, asks := range map[string][]ask{
		"asked for at once and again":                    {{0, true, 1, nil}, {0, true, 1, nil}, {time.Hour, true, 1, nil}, {0, false, 1, nil}},
		"again when Stripe has begun to forget keys":     {{0, true, 1, nil}, {19 * time.Hour, true, 1, nil}, {3 * time.Hour, true, 1, nil}},
		"again when Stripe has forgotten the key":        {{0, true, 1, nil}, {27 * time.Hour, true, 1, nil}, {time.Minute, true, 1, nil}},
		"again after four weeks":                         {{0, true, 1, nil}, {28 * day, true, 1, nil}},
		"again when Stripe has forgotten the mail":       {{0, true, 1, nil}, {31 * day, true, 1, provider.ErrConflict}, {0, false, 1, nil}},
		"not at first, and soon":                         {{0, false, 0, nil}, {time.Hour, true, 1, nil}, {0, true, 1, nil}},
		"not at first, and after two days":               {{0, false, 0, nil}, {2 * day, true, 1, nil}, {2 * day, true, 1, nil}},
		"not at first, and too late to tell":             {{0, false, 0, nil}, {31 * day, true, 0, provider.ErrConflict}, {0, false, 0, nil}},
		"not at first, late, and again a month after it": {{0, false, 0, nil}, {28 * day, true, 1, nil}, {2 * day, true, 1, provider.ErrConflict}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := openShop(t)
			r := s.request(2)
			for i, a := range asks {
				s.fake.Advance(a.after)
				r.Send = a.send
				_, err := s.process().Issue(t.Context(), r)
				require.Equal(t, a.kind, provider.Kind(err), "%d: %v", i, err)
				require.Equal(t, a.mails, s.only().Sent, "after %d", i)
			}
		})
	}
}

// A person may have sent it at the dashboard meanwhile: that counts as well.
func TestAMailByHandIsAMail(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	r := s.request(2)
	_, err := s.process().Issue(t.Context(), r)
	require.NoError(t, err)
	s.person(func(ctx context.Context, c *clients) error {
		params := &stripe.InvoiceSendInvoiceParams{}
		by(ctx, &params.Params)
		_, err := c.invoices.SendInvoice(s.only().ID, params)
		return err
	})
	s.fake.Advance(48 * time.Hour)
	r.Send = true
	_, err = s.process().Issue(t.Context(), r)
	require.NoError(t, err)
	require.Equal(t, 1, s.only().Sent)
}

// TestAMailIsFoundAmongMany: the events of all invoices of an account are in one list, a hundred to a page.
func TestAMailIsFoundAmongMany(t *testing.T) {
	if testing.Short() {
		t.Skip("not under the race detector")
	}
	t.Parallel()
	s := openShop(t)
	r := s.request(1)
	r.Send = true
	_, err := s.process().Issue(t.Context(), r)
	require.NoError(t, err)
	for i := range 250 {
		other := s.request(1)
		other.Customer = s.realm.AddCustomer(stripefake.Customer{Email: "b@beta.example", Currency: "usd"}).ID
		other.Key, other.Send = fmt.Sprint(i), true
		_, err := s.process().Issue(t.Context(), other)
		require.NoError(t, err)
	}
	s.fake.Advance(48 * time.Hour)
	s.fake.ResetRequests()
	_, err = s.process().Issue(t.Context(), r)
	require.NoError(t, err)
	require.Len(t, s.fake.RequestsTo("GET /v1/events"), 3)
	for _, x := range s.realm.Books().Invoices {
		require.Equal(t, 1, x.Sent)
	}
}

// An invoice that is not open any more is not mailed.
func TestWhatIsNotOpenIsNotMailed(t *testing.T) {
	t.Parallel()
	for _, status := range []string{stripefake.Paid, stripefake.Void, stripefake.Uncollectible} {
		s := openShop(t)
		r := s.request(2)
		_, err := s.process().Issue(t.Context(), r)
		require.NoError(t, err)
		s.realm.Move(s.only().ID, status)
		for _, later := range []time.Duration{0, 40 * 24 * time.Hour} {
			s.fake.Advance(later)
			r.Send = true
			got, err := s.process().Issue(t.Context(), r)
			require.NoError(t, err)
			require.Equal(t, status, got.Status.String())
			require.Zero(t, s.only().Sent)
		}
	}
}

// A key that may not read events issues and sends; only when it comes to ask whether there was a mail, it cannot.
func TestAKeyThatMayNotReadEvents(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	key := s.fake.NewKey(stripefake.KeySpec{Scopes: []string{"rak_customer_read", "rak_invoice_write", "rak_invoice_item_write"}})
	p := s.process(func(cfg *Config) { cfg.Key = func(context.Context) (string, error) { return key, nil } })
	r := s.request(2)
	r.Send = true
	_, err := p.Issue(t.Context(), r)
	require.NoError(t, err)
	s.fake.Advance(48 * time.Hour)
	_, err = p.Issue(t.Context(), r)
	s.refused(err, provider.ErrMisconfigured, "")
	require.Equal(t, 1, s.only().Sent)
}

// An event is written in the version of the account, which may be any; nothing in it is looked at but the id.
func TestEventsOfAnotherVersionAreRead(t *testing.T) {
	t.Parallel()
	body := `{"object":"list","has_more":false,"url":"/v1/events","data":[{"id":"evt_1","object":"event","api_version":"2026-09-30.endive",` +
		`"created":1,"livemode":false,"type":"invoice.sent","data":{"object":{"id":"in_1","object":"invoice","parent":{"type":"none"}}}}]}`
	p := open(t, always(200, body))
	is := &issue{p: p, r: &provider.IssueRequest{}}
	for id, want := range map[string]bool{"in_1": true, "in_2": false} {
		inv := &stripe.Invoice{ID: id, StatusTransitions: &stripe.InvoiceStatusTransitions{FinalizedAt: p.cfg.Clock().Unix()}}
		_, sent, err := is.wasSent(t.Context(), inv)
		require.NoError(t, err)
		require.Equal(t, want, sent)
	}
}

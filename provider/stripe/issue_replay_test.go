package stripe

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	stripe "github.com/stripe/stripe-go/v76"

	"github.com/billhatch/billhatch/internal/stripefake"
	"github.com/billhatch/billhatch/provider"
)

// TestWhatAPersonTakesAwayBetweenTwoProcesses: one process gets as far as a request, a person deletes the draft or takes
// its first line off, and another process goes on. Stripe answers it for a day out of its store with what is gone: the id
// of the draft, or of the line. With a ledger, a draft that it holds stays gone.
func TestWhatAPersonTakesAwayBetweenTwoProcesses(t *testing.T) {
	t.Parallel()
	for name, takes := range map[string]func(s *shop){
		"the draft": func(s *shop) { s.realm.DeleteDraft(s.only().ID) },
		"a line": func(s *shop) {
			s.person(func(ctx context.Context, c *clients) error {
				params := &stripe.InvoiceItemParams{}
				by(ctx, &params.Params)
				_, err := c.items.Del(s.only().Lines[0].Item, params)
				return err
			})
		},
	} {
		for reached := 2; reached <= 5; reached++ { // lines 1 to 3, and the reading
			for _, between := range []time.Duration{0, 23 * time.Hour, 27 * time.Hour} {
				for _, l := range []*ledger{nil, {}} {
					t.Run(fmt.Sprintf("%s, at request %d, %s between, ledger %t", name, reached, between, l != nil), func(t *testing.T) {
						t.Parallel()
						s := openShop(t)
						r := s.request(3)
						ctx, kill := context.WithCancel(t.Context())
						s.after(reached, kill)
						_, err := s.process().Issue(ctx, l.hooked(r))
						require.Error(t, err)
						require.Len(t, s.requests(), reached+1)
						takes(s)
						s.fake.Advance(between)

						for range 2 {
							got, err := s.process().Issue(t.Context(), l.hooked(r))
							if l != nil && name == "the draft" {
								s.refused(err, provider.ErrNotFound, "known")
								s.nothing()
								continue
							}
							require.NoError(t, err)
							x, drafts := s.billed(r)
							require.Equal(t, x.ID, got.ID)
							require.Zero(t, drafts)
						}
					})
				}
			}
		}
	}
}

// TestADraftThatIsGoneIsNeverFilled: the id out of Stripe's store is read before anything is put on it, and before a ledger
// hears of it.
func TestADraftThatIsGoneIsNeverFilled(t *testing.T) {
	t.Parallel()
	s, l := openShop(t), &ledger{}
	r := s.request(2)
	r.Claim = func(context.Context, string) (string, error) { return "", context.Canceled }
	_, err := s.process().Issue(t.Context(), r)
	require.ErrorIs(t, err, context.Canceled)
	gone := s.only().ID
	s.realm.DeleteDraft(gone)

	s.fake.ResetRequests()
	_, err = s.process().Issue(t.Context(), l.hooked(r))
	require.NoError(t, err)
	require.NotContains(t, l.claims, gone)
	for _, q := range s.fake.RequestsTo("POST /v1/invoiceitems") {
		require.NotEqual(t, gone, q.Form.Get("invoice"))
	}
	s.billed(r)
}

// TestWhatIsFinalAndCannotBeReadIsUnknown: the invoice is there, and nobody knows whether it is the plan. It is never said
// that nothing has happened.
func TestWhatIsFinalAndCannotBeReadIsUnknown(t *testing.T) {
	t.Parallel()
	for _, route := range []string{"GET /v1/invoices/{invoice}", "GET /v1/invoices/{invoice}/lines"} {
		for name, fault := range map[string]stripefake.Fault{
			"away": stripefake.Unavailable(), "busy": stripefake.RateLimited("global-rate"), "cut": stripefake.Reset(),
		} {
			t.Run(name+" at "+route, func(t *testing.T) {
				t.Parallel()
				s := openShop(t)
				r := s.request(11)
				s.fake.Hook(func(q stripefake.Request) {
					if q.Route == "POST /v1/invoices/{invoice}/finalize" {
						s.fake.Always(route, fault)
					}
				})
				_, err := s.process().Issue(t.Context(), r)
				s.refused(err, provider.ErrUnknown, "")
				s.fake.Hook(nil)
				s.fake.Heal()
				_, err = s.process().Issue(t.Context(), r)
				require.NoError(t, err)
				s.billed(r)
			})
		}
	}
}

// A line of somebody else's that costs nothing is theirs all the same: the total does not tell.
func TestALineOfNothingOfSomebodyElse(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	r := s.request(2)
	s.at(4, func() {
		s.person(func(ctx context.Context, c *clients) error {
			params := &stripe.InvoiceItemParams{
				Customer: &s.customer, Invoice: stripe.String(s.only().ID), Amount: stripe.Int64(0), Description: stripe.String("setup: free"),
			}
			by(ctx, &params.Params)
			_, err := c.items.New(params)
			return err
		})
	})
	_, err := s.process().Issue(t.Context(), r)
	s.refused(err, provider.ErrConflict, "")
	require.Equal(t, stripefake.Draft, s.only().Status)
}

// TestADraftThatCannotBeReadWholeIsLeftAsItIs: lines that are not seen are not taken for missing.
func TestADraftThatCannotBeReadWholeIsLeftAsItIs(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	r := s.request(11)
	s.fake.Always("GET /v1/invoices/{invoice}/lines", stripefake.Unavailable())
	_, err := s.process().Issue(t.Context(), r)
	s.refused(err, provider.ErrUnavailable, "")
	require.Len(t, s.fake.RequestsTo("POST /v1/invoiceitems"), 11)
	require.Equal(t, stripefake.Draft, s.only().Status)
}

// TestADiscountOfSomebodyElse on the draft would make it less than was planned: its lines do not tell, its total does.
func TestADiscountOfSomebodyElse(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	r := s.request(2)
	s.at(4, func() {
		id := s.only().ID
		s.realm.Distort(id, func(body map[string]any) {
			total, ok := body["total"].(int64)
			require.True(t, ok, "%T", body["total"])
			body["total"] = total / 2
		})
	})
	_, err := s.process().Issue(t.Context(), r)
	s.refused(err, provider.ErrConflict, "")
	require.Equal(t, stripefake.Draft, s.only().Status)
}

// TestLinesThatSomebodyElseTakesOff while they are taken off are gone all the same, one after the other.
func TestLinesThatSomebodyElseTakesOff(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	r := s.request(2)
	id := s.draftOf(r, 0, "")
	is, err := s.process().newIssue(&r)
	require.NoError(t, err)
	is.began = s.fake.Now()
	for n := range 3 {
		require.NoError(t, is.add(t.Context(), id, 0, n))
	}
	var meanwhile func(q stripefake.Request)
	meanwhile = func(q stripefake.Request) {
		if q.Method != "DELETE" {
			return
		}
		s.fake.Hook(nil)
		s.person(func(ctx context.Context, c *clients) error {
			params := &stripe.InvoiceItemParams{}
			by(ctx, &params.Params)
			_, err := c.items.Del(q.Path[strings.LastIndex(q.Path, "/")+1:], params)
			return err
		})
		s.fake.Hook(meanwhile)
	}
	s.fake.Hook(meanwhile)
	_, err = s.process().Issue(t.Context(), r)
	require.NoError(t, err)
	s.fake.Hook(nil)
	require.Len(t, s.fake.RequestsTo("DELETE /v1/invoiceitems/{invoiceitem}"), 4, "two by the request, two by the person")
	s.billed(r)
}

// TestWhoseAnInvoiceIs: what is asked for by id is held against who asks.
func TestWhoseAnInvoiceIs(t *testing.T) {
	t.Parallel()
	p := open(t, always(500, ""))
	mine := &stripe.Customer{ID: "cus_1"}
	for name, tc := range map[string]struct {
		inv  *stripe.Invoice
		kind error
	}{
		"none":                {nil, nil},
		"the customer's":      {&stripe.Invoice{ID: "in_1", Customer: mine}, nil},
		"one that is deleted": {&stripe.Invoice{ID: "in_1", Customer: mine, Deleted: true}, provider.ErrNotFound},
		"one without an id":   {&stripe.Invoice{Customer: mine}, provider.ErrForeign},
		"nobody's":            {&stripe.Invoice{ID: "in_1"}, provider.ErrForeign},
		"another customer's":  {&stripe.Invoice{ID: "in_1", Customer: &stripe.Customer{ID: "cus_2"}}, provider.ErrForeign},
		"of the other mode":   {&stripe.Invoice{ID: "in_1", Customer: mine, Livemode: true}, provider.ErrForeign},
	} {
		require.Equal(t, tc.kind, provider.Kind(p.checkInvoice(tc.inv, "cus_1")), name)
	}
}

// TestADoneContextAsksForNoKey: the vault of the host is left alone.
func TestADoneContextAsksForNoKey(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	p := open(t, always(200, aCustomer), func(c *Config) {
		c.Key = func(context.Context) (string, error) {
			t.Error("asked for the key")
			return testKey, nil
		}
	})
	_, err := get(ctx, p)
	require.ErrorIs(t, err, provider.ErrTimeout)
	_, err = p.UpdateEmail(ctx, provider.EmailChange{Customer: "cus_1", New: mail(t, "new@example.com"), Key: "k"})
	require.ErrorIs(t, err, provider.ErrTimeout)
}

// TestALookThatFailsIsUnknown: neither an old success nor a stored failure is believed or gone on from without it.
func TestALookThatFailsIsUnknown(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]*stub{
		"an old success":   always(200, aCustomer, "Idempotent-Replayed", "true"),
		"a stored failure": always(429, failure("invalid_request_error", "lock_timeout"), "Idempotent-Replayed", "true"),
	} {
		got, err := write(t.Context(), open(t, answer), &effect[string]{
			op: "UpdateEmail", key: "k", current: true,
			do: func(ctx context.Context, c *clients, key string) (string, error) {
				return updateCustomer(ctx, c, "cus_1", key)
			},
			look: func(context.Context, *clients) (string, bool, error) {
				return "half", true, &provider.Error{Kind: provider.ErrUnavailable}
			},
		})
		require.ErrorIs(t, err, provider.ErrUnknown, name)
		require.Empty(t, got, name)
		require.Len(t, answer.requests(), 1, name)
	}
}

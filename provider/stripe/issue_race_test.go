package stripe

import (
	"context"
	cryptorand "crypto/rand"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	stripe "github.com/stripe/stripe-go/v76"

	"github.com/billhatch/billhatch/internal/stripefake"
	"github.com/billhatch/billhatch/invoice"
	"github.com/billhatch/billhatch/provider"
)

// at has something happen when the n-th request from now arrives, from 0, before anything is done about it.
func (s *shop) at(n int, f func()) {
	var count atomic.Int64
	s.fake.Hook(func(stripefake.Request) {
		if count.Add(1) == int64(n+1) {
			s.fake.Hook(nil)
			f()
		}
	})
}

// after has something happen when the n-th request from now is done, before it is answered.
func (s *shop) after(n int, f func()) {
	s.fake.FailNext(stripefake.Any, append(make([]stripefake.Fault, n), stripefake.Edited(func(*stripefake.Answer) { f() }))...)
}

// requestsOfThree is how many requests an invoice of three lines takes that is sent.
const requestsOfThree = 9

// TestTwoProcessesAtEveryRequest: while one is anywhere, another one does all of it.
func TestTwoProcessesAtEveryRequest(t *testing.T) {
	t.Parallel()
	for n := range requestsOfThree {
		for name, meet := range map[string]func(*shop, int, func()){"arrives": (*shop).at, "is done": (*shop).after} {
			t.Run(fmt.Sprintf("when request %d %s", n, name), func(t *testing.T) {
				t.Parallel()
				s := openShop(t)
				r := s.request(3)
				r.Send = true
				var other invoice.Invoice
				var otherErr error
				met := false
				meet(s, n, func() {
					met = true
					other, otherErr = s.process().Issue(t.Context(), r)
				})
				one, err := s.process().Issue(t.Context(), r)
				require.NoError(t, err)
				require.NoError(t, otherErr)
				require.True(t, met)
				require.Equal(t, one.ID, other.ID)
				x, drafts := s.billed(r)
				require.Zero(t, drafts)
				require.Equal(t, 1, x.Sent)
			})
		}
	}
}

// TestAProcessThatSleptForADay wakes up with a request on its lips, whose key Stripe has forgotten, when another process
// has done everything, or a part of it, a day ago. It is pain 6: duplicates after a run that was interrupted.
func TestAProcessThatSleptForADay(t *testing.T) {
	t.Parallel()
	for n := range requestsOfThree {
		for killed := range requestsOfThree + 1 { // it is not, when it needs less: then it does everything
			t.Run(fmt.Sprintf("over request %d, the other got to %d", n, killed), func(t *testing.T) {
				t.Parallel()
				s := openShop(t)
				r := s.request(3)
				r.Send = true
				s.at(n, func() {
					ctx, kill := context.WithCancel(t.Context())
					defer kill()
					s.after(killed, kill)
					_, err := s.process().Issue(ctx, r)
					require.True(t, err == nil || provider.IsKind(err, provider.ErrTimeout) || provider.IsKind(err, provider.ErrUnknown), "%v", err)
					s.fake.Heal()
					s.fake.Advance(27 * time.Hour)
				})
				one, err := s.process().Issue(t.Context(), r)
				if err != nil {
					require.Contains(t, goOn(), provider.Kind(err), "%v", err)
					one, err = s.process().Issue(t.Context(), r)
					require.NoError(t, err)
				}
				x, drafts := s.billed(r)
				require.Equal(t, x.ID, one.ID)
				made := s.fake.RequestsTo("POST /v1/invoices")
				require.Equal(t, len(made)-1, drafts, "a draft for each that was made")
				require.LessOrEqual(t, drafts, 1)
				if s.fake.Requests()[n].Route != "POST /v1/invoices/{invoice}/send" {
					require.Equal(t, 1, x.Sent, "mails")
				} else { // it cannot be unsent
					require.LessOrEqual(t, x.Sent, 2, "mails")
				}
			})
		}
	}
}

// TestWhatCannotBePreventedIsFound: a line that was on its way for 27 hours arrives in the moment between comparing and
// finalising. Then the invoice is wrong, and is never called issued.
func TestWhatCannotBePreventedIsFound(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	r := s.request(3)
	s.fake.FailNext("POST /v1/invoiceitems", stripefake.Late(27*time.Hour))
	ctx, kill := context.WithCancel(t.Context())
	s.after(5, kill) // when the draft was read back; the fault above is not counted
	_, err := s.process().Issue(ctx, r)
	require.Error(t, err)
	require.Equal(t, "GET /v1/invoices/{invoice}", s.requests()[len(s.requests())-1])

	s.fake.Advance(27*time.Hour - time.Minute)
	s.at(2, func() { s.fake.Advance(2 * time.Minute) })
	for range 2 {
		_, err = s.process().Issue(t.Context(), r)
		s.refused(err, provider.ErrConflict, "")
	}
	books := s.realm.Books()
	require.Len(t, books.Invoices, 1)
	require.Equal(t, stripefake.Open, books.Invoices[0].Status)
	require.Len(t, books.Invoices[0].Lines, 4, "or this test shows nothing")
}

// TestManyProcessesIssueOneKey with 64 goroutines and 8 processes, with and without trouble.
func TestManyProcessesIssueOneKey(t *testing.T) {
	t.Parallel()
	for seed := range uint64(4) {
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			t.Parallel()
			s := openShop(t)
			r := s.request(3)
			r.Send = true
			if seed > 0 {
				random, all := rand.New(rand.NewPCG(seed, 1)), troubles()
				script := make([]stripefake.Fault, 400)
				for i := range script {
					if tr := all[random.IntN(len(all))]; !tr.kills && random.IntN(4) == 0 {
						script[i] = tr.fault(nil)
					}
				}
				s.fake.FailNext(stripefake.Any, script...)
			}
			var processes [8]*Provider
			for i := range processes {
				processes[i] = s.process()
			}
			ids := make([]string, 64)
			errs := together(64, func(i int) error {
				for attempt := 0; ; attempt++ {
					inv, err := processes[i%8].Issue(t.Context(), r)
					if ids[i] = inv.ID; err == nil || attempt == 50 || !errors.Is(errors.Join(goOn()...), provider.Kind(err)) {
						return err
					}
				}
			})
			require.NoError(t, errors.Join(errs...))
			s.fake.Heal()
			s.fake.Advance(15 * time.Minute)
			x, drafts := s.billed(r)
			require.Zero(t, drafts)
			require.Equal(t, 1, x.Sent)
			for _, id := range ids {
				require.Equal(t, x.ID, id)
			}
		})
	}
}

// TestWritesOnOneObjectNeverOverlap is pain 4: Stripe locks what it writes, and refuses who comes second.
func TestWritesOnOneObjectNeverOverlap(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	p := s.process()
	errs := together(64, func(i int) error {
		r := s.request(2)
		r.Key = fmt.Sprintf("key %d", i%16)
		_, err := p.Issue(t.Context(), r)
		return err
	})
	require.NoError(t, errors.Join(errs...))
	require.Len(t, s.realm.Books().Invoices, 16)
	for _, q := range s.fake.Requests() {
		require.False(t, q.Overlap, "%s", q.Route)
	}
}

// person does something at Stripe by hand.
func (s *shop) person(do func(ctx context.Context, c *clients) error) {
	s.Helper()
	ctx := context.Background()
	c, err := s.process().clients(ctx)
	require.NoError(s, err)
	require.NoError(s, do(ctx, c))
}

// only is the invoice of the books.
func (s *shop) only() stripefake.Invoice {
	s.Helper()
	books := s.realm.Books()
	require.Len(s, books.Invoices, 1)
	return books.Invoices[0]
}

// by completes parameters that a person sends.
func by(ctx context.Context, p *stripe.Params) {
	p.Context, p.IdempotencyKey = ctx, stripe.String(cryptorand.Text())
}

// TestAPersonAtTheDashboard does something about the draft, or the invoice, while it is being issued: at each request.
func TestAPersonAtTheDashboard(t *testing.T) {
	t.Parallel()
	edit := func(change func(*stripe.InvoiceParams)) func(*shop) {
		return func(s *shop) {
			s.person(func(ctx context.Context, c *clients) error {
				params := &stripe.InvoiceParams{}
				by(ctx, &params.Params)
				change(params)
				_, err := c.invoices.Update(s.only().ID, params)
				return err
			})
		}
	}
	const lastAdd, readBack, final, shown = 4, 5, 6, 7
	for _, tc := range []struct {
		name     string
		from, to int // requests, at whose arrival it happens
		does     func(*shop)
		kind     error // nil: there is one invoice in the end, as it was planned
	}{
		{"deletes the draft", 2, final, func(s *shop) { s.realm.DeleteDraft(s.only().ID) }, nil},
		{"takes a line off", 3, readBack, func(s *shop) {
			s.person(func(ctx context.Context, c *clients) error {
				params := &stripe.InvoiceItemParams{}
				by(ctx, &params.Params)
				_, err := c.items.Del(s.only().Lines[0].Item, params)
				return err
			})
		}, nil},
		{"changes the amount of a line", 3, readBack, func(s *shop) {
			s.person(func(ctx context.Context, c *clients) error {
				params := &stripe.InvoiceItemParams{Amount: stripe.Int64(1)}
				by(ctx, &params.Params)
				_, err := c.items.Update(s.only().Lines[0].Item, params)
				return err
			})
		}, nil},
		{"has the draft become final by itself", 2, readBack, edit(func(p *stripe.InvoiceParams) { p.AutoAdvance = stripe.Bool(true) }), nil},
		{"puts a line of their own on it", 2, final - 1, func(s *shop) {
			s.person(func(ctx context.Context, c *clients) error {
				params := &stripe.InvoiceItemParams{
					Customer: &s.customer, Invoice: stripe.String(s.only().ID), Amount: stripe.Int64(5), Description: stripe.String("setup"),
				}
				by(ctx, &params.Params)
				_, err := c.items.New(params)
				return err
			})
		}, provider.ErrConflict},
		{"finalises it before it is whole", 3, lastAdd, func(s *shop) { s.realm.Move(s.only().ID, stripefake.Open) }, provider.ErrConflict},
		{"finalises it when it is whole", readBack, final, func(s *shop) { s.realm.Move(s.only().ID, stripefake.Open) }, nil},
		{"voids the invoice", shown, shown, func(s *shop) { s.realm.Move(s.only().ID, stripefake.Void) }, nil},
		{"marks the invoice paid", shown, shown, func(s *shop) { s.realm.PayOutside(s.only().ID) }, nil},
		{"removes the address", 2, final, func(s *shop) { s.realm.SetEmail(s.customer, "") }, provider.ErrInvalid},
	} {
		for n := tc.from; n <= tc.to; n++ {
			t.Run(fmt.Sprintf("%s at request %d", tc.name, n), func(t *testing.T) {
				t.Parallel()
				s := openShop(t)
				r := s.request(3)
				done := false
				s.at(n, func() { done = true; tc.does(s) })
				for range 2 {
					_, err := s.process().Issue(t.Context(), r)
					require.True(t, done)
					require.Equal(t, tc.kind, provider.Kind(err), "%v", err)
				}
				if tc.kind == nil {
					s.billed(r)
					return
				}
				for _, x := range s.realm.Books().Invoices {
					if x.Status != stripefake.Draft {
						require.LessOrEqual(t, x.Total, int64(606), "more than was planned")
					}
				}
			})
		}
	}
}

// What a person adds to the bill is not ours to take away.
func TestALineOfSomebodyElseStays(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	r := s.request(2)
	s.at(4, func() {
		s.person(func(ctx context.Context, c *clients) error {
			params := &stripe.InvoiceItemParams{Customer: &s.customer, Invoice: stripe.String(s.only().ID), Amount: stripe.Int64(5)}
			by(ctx, &params.Params)
			_, err := c.items.New(params)
			return err
		})
	})
	_, err := s.process().Issue(t.Context(), r)
	s.refused(err, provider.ErrConflict, "")
	x := s.only()
	require.Equal(t, stripefake.Draft, x.Status)
	require.Len(t, x.Lines, 3)
}

// A draft that is deleted again and again is given up after a while, and made again when Stripe has forgotten it.
func TestADraftThatIsDeletedAgainAndAgain(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	r := s.request(1)
	s.fake.Hook(func(q stripefake.Request) {
		if q.Route == "POST /v1/invoiceitems" {
			s.realm.DeleteDraft(s.only().ID)
		}
	})
	for range maxDrafts {
		_, err := s.process().Issue(t.Context(), r)
		s.refused(err, provider.ErrConflict, "")
		require.NotEmpty(t, s.realm.Books().Deleted)
		s.nothing()
	}
	require.Len(t, s.realm.Books().Deleted, maxDrafts)

	s.fake.Hook(nil)
	_, err := s.process().Issue(t.Context(), r)
	s.refused(err, provider.ErrConflict, "")
	s.fake.Advance(27 * time.Hour)
	_, err = s.process().Issue(t.Context(), r)
	require.NoError(t, err)
	s.billed(r)
}

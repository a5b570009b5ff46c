package stripe

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/internal/stripefake"
	"github.com/billhatch/billhatch/invoice"
	"github.com/billhatch/billhatch/money"
	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/usage/civil"
)

// bench is a Stripe, a customer of it, and as many processes as a test wants, all on one clock that only waiting moves.
type shop struct {
	testing.TB
	fake     *stripefake.Server
	realm    *stripefake.Realm
	customer string
}

// openShop makes a Stripe with one customer. A test ends with nothing that it did not understand, and with books that add up.
func openShop(tb testing.TB, options ...stripefake.Options) *shop {
	tb.Helper()
	var o stripefake.Options
	if len(options) > 0 {
		o = options[0]
	}
	s := &shop{TB: tb, fake: stripefake.New(o)}
	s.realm = s.fake.Test()
	s.customer = s.realm.AddCustomer(stripefake.Customer{Name: "Acme", Email: "billing@acme.example", Currency: "usd"}).ID
	tb.Cleanup(func() {
		require.Empty(tb, s.fake.Complaints())
		require.NoError(tb, s.realm.Books().Err())
	})
	return s
}

// process is a provider of its own: what it knows, it has from Stripe.
func (s *shop) process(change ...func(*Config)) *Provider {
	s.Helper()
	cfg := Config{
		Key:       func(context.Context) (string, error) { return s.fake.Key(), nil },
		Clock:     s.fake.Now,
		Transport: s.fake.Transport(),
		Limits:    Limits{Account: 1e9, Endpoint: 1e9},
		Sleep: func(ctx context.Context, d time.Duration) error {
			s.fake.Advance(d)
			return ctx.Err()
		},
	}
	for _, f := range change {
		f(&cfg)
	}
	p, err := New(cfg)
	require.NoError(s, err)
	s.Cleanup(p.Close)
	return p
}

// today is the day of the clock.
func (s *shop) today() civil.Date { return civil.DateOf(s.fake.Now(), time.UTC) }

// request plans an invoice of n lines of 1.01, 2.02, 3.03 and so on, for the month before.
func (s *shop) request(n int) provider.IssueRequest {
	s.Helper()
	amounts := make([]string, n)
	for i := range amounts {
		amounts[i] = fmt.Sprintf("%d.%02d", i+1, (i+1)%100)
	}
	return s.requestOf("USD", amounts...)
}

func (s *shop) requestOf(currency string, amounts ...string) provider.IssueRequest {
	s.Helper()
	month, err := civil.MonthOf(s.fake.Now(), time.UTC)
	require.NoError(s, err)
	zero, err := money.Zero(currency)
	require.NoError(s, err)
	inv := invoice.Invoice{
		Status: invoice.Draft, Currency: currency, Period: month.Prev(), Issued: s.today(), Subtotal: zero, Total: zero,
	}
	for i, text := range amounts {
		amount, err := money.Parse(text, currency)
		require.NoError(s, err)
		inv.Lines = append(inv.Lines, invoice.Line{
			Key: fmt.Sprintf("seats/t%d", i), Kind: invoice.Seats, Description: fmt.Sprintf("Tenant %d: seats", i), Tenant: fmt.Sprintf("t%d", i),
			Quantity: decimal.NewFromInt(1), Unit: amount, Amount: amount, Merged: 1,
		})
		inv.Total, err = inv.Total.Add(amount)
		require.NoError(s, err)
	}
	inv.Subtotal = inv.Total
	return provider.IssueRequest{Key: "acme/2026-10/1", Customer: s.customer, Invoice: inv}
}

// billed wants the books to have exactly one invoice for the request that is final, with exactly its lines, no other one
// that is final, and nothing pending. It gives that one, and the number of drafts beside it.
func (s *shop) billed(r provider.IssueRequest) (found stripefake.Invoice, drafts int) {
	s.Helper()
	books := s.realm.Books()
	var final []stripefake.Invoice
	for _, x := range books.Invoices {
		require.Equal(s, hashOf(r.Key), x.Metadata[metaKey], "an invoice of nobody")
		if x.Status == stripefake.Draft {
			require.False(s, x.AutoAdvance, "a draft that becomes final by itself")
			drafts++
			continue
		}
		final = append(final, x)
	}
	require.Len(s, final, 1, "invoices that are final")
	require.Empty(s, books.Pending)
	s.isPlan(r, final[0])
	return final[0], drafts
}

// isPlan holds an invoice of the books against its plan.
func (s *shop) isPlan(r provider.IssueRequest, x stripefake.Invoice) {
	s.Helper()
	require.Equal(s, r.Customer, x.Customer)
	require.Len(s, x.Lines, len(r.Invoice.Lines))
	have := map[string]int64{}
	for _, l := range x.Lines {
		have[l.Description] = l.Amount
	}
	for i := range r.Invoice.Lines {
		l := &r.Invoice.Lines[i]
		want, err := toWire(l.Amount, "lines")
		require.NoError(s, err)
		require.Contains(s, have, l.Description)
		require.Equal(s, want, have[l.Description], l.Description)
	}
	total, err := toWire(r.Invoice.Total, "total")
	require.NoError(s, err)
	require.Equal(s, total, x.Total)
}

// nothing wants the books to be without invoices and pending items.
func (s *shop) nothing() {
	s.Helper()
	books := s.realm.Books()
	require.Empty(s, books.Invoices)
	require.Empty(s, books.Pending)
}

// requests is what has been asked for since the last reset.
func (s *shop) requests() []string {
	var out []string
	for _, r := range s.fake.Requests() {
		out = append(out, r.Route)
	}
	return out
}

// together runs f from n goroutines at once.
func together(n int, f func(i int) error) []error {
	errs := make([]error, n)
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() { errs[i] = f(i) })
	}
	all.Wait()
	return errs
}

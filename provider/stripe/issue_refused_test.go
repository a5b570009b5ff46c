package stripe

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/internal/stripefake"
	"github.com/billhatch/billhatch/invoice"
	"github.com/billhatch/billhatch/money"
	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/usage/civil"
)

// TestAPlanThatCannotBeIssuedIsRefusedBeforeAnythingIsSent is pain 7 with 251 lines, and its like: whatever can be known
// before, Stripe is not asked.
func TestAPlanThatCannotBeIssuedIsRefusedBeforeAnythingIsSent(t *testing.T) {
	t.Parallel()
	of := func(currency string, amounts ...string) func(*shop, *provider.IssueRequest) {
		return func(s *shop, r *provider.IssueRequest) { r.Invoice = s.requestOf(currency, amounts...).Invoice }
	}
	for _, tc := range []struct {
		name, field string
		kind        error
		change      func(s *shop, r *provider.IssueRequest)
	}{
		{"251 lines", "lines", provider.ErrInvalid, func(s *shop, r *provider.IssueRequest) { r.Invoice = s.request(251).Invoice }},
		{"no lines", "lines", provider.ErrInvalid, func(s *shop, r *provider.IssueRequest) { r.Invoice = s.request(0).Invoice }},
		{"no key", "key", provider.ErrInvalid, func(_ *shop, r *provider.IssueRequest) { r.Key = "" }},
		{"a key of 256 bytes", "key", provider.ErrInvalid, func(_ *shop, r *provider.IssueRequest) { r.Key = strings.Repeat("k", 256) }},
		{"a known id that is none", "known", provider.ErrNotFound, func(_ *shop, r *provider.IssueRequest) { r.Known = "in_1/../x" }},
		{"an id that is none", "", provider.ErrNotFound, func(_ *shop, r *provider.IssueRequest) { r.Customer = "cus_1/../x" }},
		{"an empty id", "", provider.ErrNotFound, func(_ *shop, r *provider.IssueRequest) { r.Customer = "" }},
		{"taxes", "taxes", provider.ErrInvalid, func(_ *shop, r *provider.IssueRequest) {
			r.Invoice.Taxes = []invoice.Tax{{Name: "VAT", Amount: money.MustParse("0", "USD")}}
		}},
		{"an invoice that is open", "status", provider.ErrInvalid, func(_ *shop, r *provider.IssueRequest) { r.Invoice.Status = invoice.Open }},
		{"no period", "period", provider.ErrInvalid, func(_ *shop, r *provider.IssueRequest) { r.Invoice.Period = civil.Period{} }},
		{"no issue date", "issued", provider.ErrInvalid, func(_ *shop, r *provider.IssueRequest) { r.Invoice.Issued = civil.Date{} }},
		{"a total that is not the sum", "total", provider.ErrInvalid, func(_ *shop, r *provider.IssueRequest) { r.Invoice.Total = money.MustParse("7", "USD") }},
		{"a total below zero", "total", provider.ErrInvalid, of("USD", "1", "-2")},
		{"a currency that is none", "currency", provider.ErrInvalid, func(_ *shop, r *provider.IssueRequest) { r.Invoice.Currency = "XXQ" }},
		{"parts of a cent", "lines", provider.ErrInvalid, of("USD", "1.005", "0.995")},
		{"parts of a yen", "lines", provider.ErrInvalid, of("JPY", "1.5", "1.5")},
		{"parts of a króna, which has two decimals on the wire", "lines", provider.ErrInvalid, of("ISK", "1.5", "1.5")},
		{"parts of a Ugandan shilling", "total", provider.ErrInvalid, of("UGX", "10.5")},
		{"a thousandth of a Kuwaiti dinar that does not end in 0", "lines", provider.ErrInvalid, of("KWD", "1.001", "1.009")},
		{"more money than there is", "total", provider.ErrInvalid, of("USD", "99999999999.99")},
		{"a note of 1,501 characters", "note", provider.ErrInvalid, func(_ *shop, r *provider.IssueRequest) { r.Invoice.Note = strings.Repeat("é", 1501) }},
		{"a note that is too long with the reference", "note", provider.ErrInvalid, func(_ *shop, r *provider.IssueRequest) {
			r.Invoice.Note, r.Invoice.Reference = strings.Repeat("é", 1450), strings.Repeat("r", 50)
		}},
		{"a period that begins in two months", "period", provider.ErrInvalid, func(s *shop, r *provider.IssueRequest) {
			month, err := civil.MonthOf(s.fake.Now().AddDate(0, 2, 0), time.UTC)
			require.NoError(s, err)
			r.Invoice.Period, r.Invoice.Issued = month, month.From()
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			s := openShop(t)
			r := s.request(2)
			tc.change(s, &r)
			_, err := s.process().Issue(t.Context(), r)
			s.refused(err, tc.kind, tc.field)
			require.Empty(t, s.requests())
		})
	}
}

// refused wants an error of Issue of a kind, about a field.
func (s *shop) refused(err, kind error, field string) {
	s.Helper()
	var e *provider.Error
	require.ErrorAs(s, err, &e)
	require.Equal(s, kind, e.Kind, "%v", err)
	require.Equal(s, field, e.Field, "%v", err)
	require.Equal(s, "Issue", e.Op)
	require.NotContains(s, err.Error(), "@")
}

// TestWhatStripeRefusesMakesNothing has one row for each refusal that only Stripe knows of.
func TestWhatStripeRefusesMakesNothing(t *testing.T) {
	t.Parallel()
	restricted := func(s *shop, scopes ...string) string { return s.fake.NewKey(stripefake.KeySpec{Scopes: scopes}) }
	for _, tc := range []struct {
		name, field string
		kind        error
		change      func(s *shop, r *provider.IssueRequest, cfg *Config)
	}{
		{"an unknown customer", "", provider.ErrNotFound, func(_ *shop, r *provider.IssueRequest, _ *Config) { r.Customer = "cus_unknown" }},
		{"a deleted customer (pain 11)", "", provider.ErrNotFound, func(s *shop, _ *provider.IssueRequest, _ *Config) { s.realm.DeleteCustomer(s.customer) }},
		{"a customer of the other mode (pain 12)", "", provider.ErrNotFound, func(s *shop, r *provider.IssueRequest, _ *Config) {
			r.Customer = s.fake.Live().AddCustomer(stripefake.Customer{Email: "a@acme.example"}).ID
		}},
		{"a customer without an address, not to be sent", "email", provider.ErrInvalid, func(s *shop, _ *provider.IssueRequest, _ *Config) { s.realm.SetEmail(s.customer, "") }},
		{"a customer without an address, to be sent", "email", provider.ErrInvalid, func(s *shop, r *provider.IssueRequest, _ *Config) {
			s.realm.SetEmail(s.customer, "")
			r.Send = true
		}},
		{"an invoice that would be due before it is made", "terms", provider.ErrInvalid, func(_ *shop, r *provider.IssueRequest, _ *Config) { r.Invoice.Issued = r.Invoice.Issued.AddDays(-31) }},
		{"a key that may not read invoices", "", provider.ErrMisconfigured, func(s *shop, _ *provider.IssueRequest, cfg *Config) {
			key := restricted(s, "rak_customer_write", "rak_invoice_item_write")
			cfg.Key = func(context.Context) (string, error) { return key, nil }
		}},
		{"a key that may not write invoices", "", provider.ErrMisconfigured, func(s *shop, _ *provider.IssueRequest, cfg *Config) {
			key := restricted(s, "rak_customer_read", "rak_invoice_read", "rak_invoice_item_write")
			cfg.Key = func(context.Context) (string, error) { return key, nil }
		}},
		{"a key of the other mode", "", provider.ErrMisconfigured, func(s *shop, _ *provider.IssueRequest, cfg *Config) {
			cfg.Key = func(context.Context) (string, error) { return s.fake.LiveKey(), nil }
		}},
		{"a key that cannot be had", "", provider.ErrUnavailable, func(_ *shop, _ *provider.IssueRequest, cfg *Config) {
			cfg.Key = func(context.Context) (string, error) { return "", errors.New("the vault is closed") }
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			s := openShop(t)
			r := s.request(2)
			p := s.process(func(cfg *Config) { tc.change(s, &r, cfg) })
			for range 2 { // asking again gives the same
				_, err := p.Issue(t.Context(), r)
				s.refused(err, tc.kind, tc.field)
			}
			s.nothing()
		})
	}
}

// A key may write invoices and not their items: then there is a draft, which bills nobody, and no more.
func TestADraftThatCannotBeFilledStaysOne(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	key := s.fake.NewKey(stripefake.KeySpec{Scopes: []string{"rak_customer_read", "rak_invoice_write"}})
	p, r := s.process(func(cfg *Config) { cfg.Key = func(context.Context) (string, error) { return key, nil } }), s.request(2)
	for range 3 {
		_, err := p.Issue(t.Context(), r)
		s.refused(err, provider.ErrMisconfigured, "")
	}
	books := s.realm.Books()
	require.Len(t, books.Invoices, 1)
	require.Equal(t, stripefake.Draft, books.Invoices[0].Status)

	key = s.fake.Key()
	_, err := p.Issue(t.Context(), r)
	require.NoError(t, err)
	_, drafts := s.billed(r)
	require.Zero(t, drafts)
}

// What was refused for the customer can be issued under the same key once that is put right, although Stripe has stored
// the refusal. Another plan cannot until Stripe has forgotten it.
func TestARefusalIsNotForever(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	p, r := s.process(), s.request(2)
	s.realm.SetEmail(s.customer, "")
	_, err := p.Issue(t.Context(), r)
	s.refused(err, provider.ErrInvalid, "email")
	s.realm.SetEmail(s.customer, "new@acme.example")

	other := s.request(3)
	_, err = p.Issue(t.Context(), other)
	s.refused(err, provider.ErrConflict, "")
	s.nothing()

	_, err = p.Issue(t.Context(), r)
	require.NoError(t, err)
	_, drafts := s.billed(r)
	require.Zero(t, drafts)

	s.fake.Advance(27 * time.Hour)
	_, err = p.Issue(t.Context(), other)
	s.refused(err, provider.ErrConflict, "")
	s.billed(r)
}

// TestWhatIsDueBeforeItIsMadeIsNotTried: Stripe would store the refusal under the key.
func TestWhatIsDueBeforeItIsMadeIsNotTried(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	r := s.request(2)
	r.Invoice.Issued = r.Invoice.Issued.AddDays(-31)
	_, err := s.process().Issue(t.Context(), r)
	s.refused(err, provider.ErrInvalid, "terms")
	require.Empty(t, s.fake.RequestsTo("POST /v1/invoices"))
}

// TestACancelBetweenRequestsSendsNoMore: whichever request has just been answered, with a line to take off and a draft to
// delete among them.
func TestACancelBetweenRequestsSendsNoMore(t *testing.T) {
	t.Parallel()
	for name, prepare := range map[string]func(*shop, *ledger, provider.IssueRequest){
		"an invoice": func(*shop, *ledger, provider.IssueRequest) {},
		"a draft that has lost, and a line too many": func(s *shop, l *ledger, r provider.IssueRequest) {
			s.draftOf(r, time.Minute, "")
			l.id = s.draftOf(r, 0, "")
			is, err := s.process().newIssue(&r)
			require.NoError(s, err)
			is.began = s.fake.Now()
			for i := range 2 {
				require.NoError(s, is.add(s.Context(), l.id, 0, i))
			}
		},
	} {
		whole := 1
		for n := 0; n < whole; n++ {
			s, l := openShop(t), &ledger{}
			r := s.request(2)
			r.Send = true
			prepare(s, l, r)
			r.Claim = l.claim
			s.fake.ResetRequests()
			ctx, cancel := context.WithCancel(t.Context())
			seen := 0
			p := s.process(func(cfg *Config) {
				cfg.Observe = func(Call) {
					if seen++; seen == n+1 {
						cancel()
					}
				}
			})
			_, err := p.Issue(ctx, r)
			cancel()
			require.Len(t, s.requests(), n+1, name)
			if err == nil { // it was the last one
				require.Equal(t, stripefake.Open, s.realm.Books().Invoices[0].Status, name)
				require.Greater(t, n, 6, name)
				continue
			}
			require.Contains(t, []error{provider.ErrTimeout, provider.ErrUnknown}, provider.Kind(err), "%s at %d: %v", name, n, err)
			whole = n + 2
		}
	}
}

// TestAContextThatIsDoneSendsNothing.
func TestAContextThatIsDoneSendsNothing(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := s.process().Issue(ctx, s.request(2))
	s.refused(err, provider.ErrTimeout, "")
	require.Empty(t, s.requests())
}

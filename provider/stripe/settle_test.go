package stripe

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	stripe "github.com/stripe/stripe-go/v76"

	"github.com/billhatch/billhatch/internal/stripefake"
	"github.com/billhatch/billhatch/money"
	"github.com/billhatch/billhatch/provider"
)

// settling is one thing that is done to an invoice of 100.00, and what must be so in the end.
type settling struct {
	name, status string // of the invoice
	do           func(ctx context.Context, p *Provider, s *shop, id string) error
	right        func(s *shop, id string)
}

// requestsOfSettling is how many requests each of them takes.
const requestsOfSettling = 3

func settlings() []settling {
	void := func(ctx context.Context, p *Provider, s *shop, id string) error {
		_, err := p.Void(ctx, s.customer, id, "k")
		return err
	}
	voided := func(s *shop, id string) {
		x, _ := s.realm.Books().Invoice(id)
		require.Equal(s, stripefake.Void, x.Status)
	}
	credit := func(amount string) func(context.Context, *Provider, *shop, string) error {
		return func(ctx context.Context, p *Provider, s *shop, id string) error {
			_, err := p.Credit(ctx, s.creditOf(id, amount, "USD"))
			return err
		}
	}
	credited := func(amount int64, status string) func(*shop, string) {
		return func(s *shop, id string) {
			x := s.credited(id, amount)
			require.Equal(s, status, x.Status)
		}
	}
	return []settling{
		{"void an open invoice", stripefake.Open, void, voided},
		{"void an uncollectible invoice", stripefake.Uncollectible, void, voided},
		{"credit a part of an open invoice", stripefake.Open, credit("40.25"), credited(4025, stripefake.Open)},
		{"credit all of an open invoice", stripefake.Open, credit("100"), credited(10_000, stripefake.Paid)},
		{"credit a part of a paid invoice", stripefake.Paid, credit("40.25"), credited(4025, stripefake.Paid)},
		{"credit all of a paid invoice", stripefake.Paid, credit("100"), credited(10_000, stripefake.Paid)},
	}
}

// invoiceOf adds an invoice of 100.00 in a status.
func (s *shop) invoiceOf(status string) string {
	return s.realm.AddInvoice(stripefake.Invoice{Customer: s.customer, Status: status}).ID
}

func (s *shop) creditOf(id, amount, currency string) provider.CreditRequest {
	s.Helper()
	a, err := money.Parse(amount, currency)
	require.NoError(s, err)
	return provider.CreditRequest{Customer: s.customer, Invoice: id, Amount: a, Reason: "a mistake", Key: "k"}
}

// credited wants one credit note, of that much, to be on the invoice, and the customer's balance to have it when it was
// paid before.
func (s *shop) credited(id string, amount int64) stripefake.Invoice {
	s.Helper()
	books := s.realm.Books()
	require.Len(s, books.CreditNotes, 1)
	note := books.CreditNotes[0]
	require.Equal(s, []any{id, amount, "issued", int64(0), int64(0)}, []any{note.Invoice, note.Amount, note.Status, note.Refunded, note.OutOfBand})
	x, _ := books.Invoice(id)
	require.Equal(s, amount, x.PrePaymentCredits+x.PostPaymentCredits)
	var balance int64
	for _, b := range books.Balances {
		balance += b.Amount
	}
	require.Equal(s, -x.PostPaymentCredits, balance, "what is paid already is booked to the balance")
	return x
}

// TestWhatCanBeVoided: every status, and what each becomes.
func TestWhatCanBeVoided(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		status string
		strict bool // Stripe takes open ones only
		kind   error
		writes int
	}{
		{stripefake.Draft, false, provider.ErrNotFound, 0},
		{stripefake.Open, false, nil, 1},
		{stripefake.Open, true, nil, 1},
		{stripefake.Paid, false, provider.ErrConflict, 1},
		{stripefake.Uncollectible, false, nil, 1},
		{stripefake.Uncollectible, true, provider.ErrConflict, 1},
		{stripefake.Void, false, nil, 0},
	} {
		t.Run(fmt.Sprintf("%s, open only %t", tc.status, tc.strict), func(t *testing.T) {
			t.Parallel()
			s := openShop(t, stripefake.Options{OpenOnlyVoid: tc.strict})
			id := s.invoiceOf(tc.status)
			before, _ := s.realm.Books().Invoice(id)
			got, err := s.process().Void(t.Context(), s.customer, id, "k")
			require.Equal(t, tc.kind, provider.Kind(err), "%v", err)
			require.Len(t, s.fake.RequestsTo("POST /v1/invoices/{invoice}/void"), tc.writes)
			after, _ := s.realm.Books().Invoice(id)
			if tc.kind != nil {
				require.Equal(t, before, after)
				return
			}
			require.Equal(t, stripefake.Void, got.Status.String())
			require.Equal(t, stripefake.Void, after.Status)
		})
	}
}

// TestWhatCanBeCredited: every status, and whether the money was there.
func TestWhatCanBeCredited(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		status string
		then   func(s *shop, id string)
		kind   error
		field  string
		post   int64 // that is credited after it was paid
	}{
		{"a draft", stripefake.Draft, nil, provider.ErrNotFound, "", 0},
		{"an open one", stripefake.Open, nil, nil, "", 0},
		{"one that was paid by card", stripefake.Paid, nil, nil, "", 4025},
		{"one that was paid outside of Stripe", stripefake.Open, func(s *shop, id string) { s.realm.PayOutside(id) }, nil, "", 4025},
		{"one that is void", stripefake.Void, nil, provider.ErrInvalid, "invoice", 0},
		{"one that is uncollectible", stripefake.Uncollectible, nil, provider.ErrInvalid, "invoice", 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			s := openShop(t)
			id := s.invoiceOf(tc.status)
			if tc.then != nil {
				tc.then(s, id)
			}
			note, err := s.process().Credit(t.Context(), s.creditOf(id, "40.25", "USD"))
			if tc.kind != nil {
				var e *provider.Error
				require.ErrorAs(t, err, &e)
				require.Equal(t, []any{tc.kind, tc.field, "Credit"}, []any{e.Kind, e.Field, e.Op})
				require.Empty(t, s.realm.Books().CreditNotes)
				return
			}
			require.NoError(t, err)
			require.Equal(t, id, note.Invoice)
			require.Equal(t, tc.post, s.credited(id, 4025).PostPaymentCredits)
			require.Equal(t, "a mistake", s.realm.Books().CreditNotes[0].Memo)
		})
	}
}

// TestCreditsAreInMinorUnitsOfStripe is pain 14: what leaves is an integer of Stripe's own table, or nothing.
func TestCreditsAreInMinorUnitsOfStripe(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		amount, currency string
		wire             int64 // 0: refused
	}{
		{"12.34", "USD", 1234},
		{"0.01", "EUR", 1},
		{"0.005", "USD", 0},
		{"1234", "JPY", 1234},
		{"1234.5", "JPY", 0},
		{"1.230", "KWD", 1230},
		{"1.234", "KWD", 0},
		{"37", "UGX", 3700},
		{"37.50", "UGX", 0},
		{"37", "ISK", 3700},
		{"12.50", "HUF", 1250},
		{"5", "MGA", 5},
		{"5.20", "MGA", 0},
	} {
		t.Run(tc.amount+" "+tc.currency, func(t *testing.T) {
			t.Parallel()
			s := openShop(t)
			s.customer = s.realm.AddCustomer(stripefake.Customer{Email: "c@acme.example"}).ID
			id := s.realm.AddInvoice(stripefake.Invoice{
				Customer: s.customer, Currency: strings.ToLower(tc.currency), Lines: []stripefake.Line{{Description: "Usage", Amount: 1_000_000}},
			}).ID
			r := s.creditOf(id, tc.amount, tc.currency)
			note, err := s.process().Credit(t.Context(), r)
			if tc.wire == 0 {
				var e *provider.Error
				require.ErrorAs(t, err, &e)
				require.Equal(t, []any{provider.ErrInvalid, "amount"}, []any{e.Kind, e.Field})
				require.Empty(t, s.fake.RequestsTo("POST /v1/credit_notes"))
				return
			}
			require.NoError(t, err)
			require.True(t, r.Amount.Equal(note.Amount))
			s.credited(id, tc.wire)
			shown, err := s.process().Invoice(t.Context(), s.customer, id)
			require.NoError(t, err)
			require.True(t, r.Amount.Equal(shown.Credited), "%s", shown.Credited)
		})
	}
}

// TestAmountsThatAreNoCredit are refused before anything is written.
func TestAmountsThatAreNoCredit(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ status, amount, currency string }{
		{stripefake.Open, "0", "USD"},
		{stripefake.Open, "-1", "USD"},
		{stripefake.Open, "100.01", "USD"},
		{stripefake.Open, "1", "EUR"},
		{stripefake.Open, "1", "JPY"},
		{stripefake.Paid, "100.01", "USD"},
	} {
		s := openShop(t)
		id := s.invoiceOf(tc.status)
		_, err := s.process().Credit(t.Context(), s.creditOf(id, tc.amount, tc.currency))
		var e *provider.Error
		require.ErrorAs(t, err, &e)
		require.Equal(t, []any{provider.ErrInvalid, "amount"}, []any{e.Kind, e.Field})
		require.Empty(t, s.fake.RequestsTo("POST /v1/credit_notes"))
	}
	s := openShop(t)
	_, err := s.process().Credit(t.Context(), provider.CreditRequest{Customer: s.customer, Invoice: s.invoiceOf(stripefake.Open), Key: "k"})
	require.ErrorIs(t, err, provider.ErrInvalid)
}

// TestAKeyCreditsOnce, with whatever it is used again, and when Stripe has forgotten it.
func TestAKeyCreditsOnce(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		change func(s *shop, r *provider.CreditRequest)
		kind   error // at once; nil: the note of the first time
		later  error // when Stripe has forgotten the key
	}{
		{"the same request", func(*shop, *provider.CreditRequest) {}, nil, nil},
		{"another reason, which is not compared", func(_ *shop, r *provider.CreditRequest) { r.Reason = "another" }, nil, nil},
		{"another amount", func(s *shop, r *provider.CreditRequest) { r.Amount = s.creditOf("", "1", "USD").Amount }, provider.ErrConflict, provider.ErrConflict},
		{"the amount in another currency", func(s *shop, r *provider.CreditRequest) { r.Amount = s.creditOf("", "40.25", "EUR").Amount }, provider.ErrConflict, provider.ErrConflict},
		{"parts of a cent", func(s *shop, r *provider.CreditRequest) { r.Amount = s.creditOf("", "40.255", "USD").Amount }, provider.ErrInvalid, provider.ErrInvalid},
		{"an invoice that has been paid since", func(s *shop, r *provider.CreditRequest) { s.realm.Move(r.Invoice, stripefake.Paid) }, nil, nil},
		{"an invoice that has been voided since", func(s *shop, r *provider.CreditRequest) { s.realm.Move(r.Invoice, stripefake.Void) }, nil, nil},
		{"a credit note that was voided since", func(s *shop, _ *provider.CreditRequest) {
			s.person(func(ctx context.Context, c *clients) error {
				params := &stripe.CreditNoteVoidCreditNoteParams{}
				by(ctx, &params.Params)
				_, err := c.credits.VoidCreditNote(s.realm.Books().CreditNotes[0].ID, params)
				return err
			})
		}, provider.ErrConflict, provider.ErrConflict},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			s := openShop(t)
			r := s.creditOf(s.invoiceOf(stripefake.Open), "40.25", "USD")
			first, err := s.process().Credit(t.Context(), r)
			require.NoError(t, err)
			tc.change(s, &r)
			for _, kind := range []error{tc.kind, tc.later} {
				again, err := s.process().Credit(t.Context(), r)
				require.Equal(t, kind, provider.Kind(err), "%v", err)
				if kind == nil {
					require.Equal(t, first, again)
				}
				require.Len(t, s.realm.Books().CreditNotes, 1)
				s.fake.Advance(27 * time.Hour)
			}
		})
	}
}

// A key that was used for one invoice is not for another one.
func TestAKeyIsForOneInvoice(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	one, other := s.invoiceOf(stripefake.Open), s.invoiceOf(stripefake.Open)
	_, err := s.process().Credit(t.Context(), s.creditOf(one, "40.25", "USD"))
	require.NoError(t, err)
	_, err = s.process().Credit(t.Context(), s.creditOf(other, "40.25", "USD"))
	require.ErrorIs(t, err, provider.ErrConflict)
	s.credited(one, 4025)
}

// TestKeysOfWritesAreBounded: Stripe takes 255 characters, and no credit goes without one.
func TestKeysOfWritesAreBounded(t *testing.T) {
	t.Parallel()
	long := string(make([]byte, maxKey+1))
	for name, do := range map[string]func(p *Provider, s *shop, id string) error{
		"void with a long key": func(p *Provider, s *shop, id string) error {
			_, err := p.Void(t.Context(), s.customer, id, long)
			return err
		},
		"credit with a long key": func(p *Provider, s *shop, id string) error {
			r := s.creditOf(id, "1", "USD")
			r.Key = long
			_, err := p.Credit(t.Context(), r)
			return err
		},
		"credit without a key": func(p *Provider, s *shop, id string) error {
			r := s.creditOf(id, "1", "USD")
			r.Key = ""
			_, err := p.Credit(t.Context(), r)
			return err
		},
		"credit with an endless reason": func(p *Provider, s *shop, id string) error {
			r := s.creditOf(id, "1", "USD")
			r.Reason = string(make([]byte, maxDescription+1))
			_, err := p.Credit(t.Context(), r)
			return err
		},
	} {
		s := openShop(t)
		require.ErrorIs(t, do(s.process(), s, s.invoiceOf(stripefake.Open)), provider.ErrInvalid, name)
		require.Empty(t, s.requests(), name)
	}
}

// TestSettlingWithADoneContextSendsNothing.
func TestSettlingWithADoneContextSendsNothing(t *testing.T) {
	t.Parallel()
	for _, a := range settlings() {
		s := openShop(t)
		id := s.invoiceOf(a.status)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		require.ErrorIs(t, a.do(ctx, s.process(), s, id), provider.ErrTimeout, a.name)
		require.Empty(t, s.requests())
	}
}

// story lets something be done to an invoice that meets blows; after each attempt that fails there is some time, and
// then another process asks again.
func (a settling) story(t *testing.T, between time.Duration, blows ...blow) (requests int) {
	t.Helper()
	s := openShop(t)
	id := s.invoiceOf(a.status)
	var kill atomic.Pointer[context.CancelFunc]
	script := make([]stripefake.Fault, 0, 8)
	for _, b := range blows {
		for len(script) < b.at {
			script = append(script, stripefake.Fault{})
		}
		script = append(script, b.fault(func() { (*kill.Load())() }))
	}
	s.fake.FailNext(stripefake.Any, script...)
	for attempt := 1; ; attempt++ {
		ctx, cancel := context.WithCancel(t.Context())
		kill.Store(&cancel)
		err := a.do(ctx, s.process(), s, id)
		cancel()
		if err == nil {
			break
		}
		require.Contains(t, goOn(), provider.Kind(err), "%v", err)
		require.Less(t, attempt, 8)
		s.fake.Advance(between)
	}
	require.Zero(t, s.fake.Unused(), "blows that never fell")
	requests = len(s.fake.Requests())
	s.fake.Advance(15 * time.Minute) // for what arrives late
	a.right(s, id)
	return requests
}

// TestEveryFaultOfSettling: whatever goes wrong with one request, or with two, an invoice is void in the end, or is
// credited once.
func TestEveryFaultOfSettling(t *testing.T) {
	t.Parallel()
	for _, a := range settlings() {
		t.Run(a.name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, requestsOfSettling, a.story(t, 0))
			seen := 0
			for _, between := range pauses() {
				for at := range requestsOfSettling {
					for _, one := range troubles() {
						name := fmt.Sprintf("%s at request %d, %s between", one.name, at, between)
						reached := 0
						t.Run(name, func(t *testing.T) { reached = a.story(t, between, blow{at, one}) })
						for then := at + 1; then < reached; then++ {
							for _, other := range troubles() {
								if seen++; seen%pairStride() != 0 {
									continue
								}
								t.Run(fmt.Sprintf("%s, and %s at %d", name, other.name, then), func(t *testing.T) {
									a.story(t, between, blow{at, one}, blow{then, other})
								})
							}
						}
					}
				}
			}
			require.Greater(t, seen, 1000, "pairs")
		})
	}
}

// TestWhatIsNotKnownIsAskedForAgain: from the write on, nothing comes back. That is unknown, and the same request ends
// right at once, when what is late has arrived, and when Stripe has forgotten the key.
func TestWhatIsNotKnownIsAskedForAgain(t *testing.T) {
	t.Parallel()
	for _, a := range settlings() {
		for name, fault := range map[string]stripefake.Fault{
			"lost": stripefake.Lost(), "reset": stripefake.Reset(), "502": stripefake.BadGatewayAfterCommit(), "late": stripefake.Late(10 * time.Minute),
		} {
			for _, between := range pauses() {
				t.Run(fmt.Sprintf("%s, %s, %s later", a.name, name, between), func(t *testing.T) {
					t.Parallel()
					s := openShop(t)
					id := s.invoiceOf(a.status)
					s.fake.Hook(func(q stripefake.Request) {
						if q.Method == "POST" {
							s.fake.Always(stripefake.Any, fault)
						}
					})
					err := a.do(t.Context(), s.process(), s, id)
					var e *provider.Error
					require.ErrorAs(t, err, &e)
					require.Equal(t, provider.ErrUnknown, e.Kind, "%v", err)
					s.fake.Hook(nil)
					s.fake.Heal()
					s.fake.Advance(between)
					require.NoError(t, a.do(t.Context(), s.process(), s, id))
					s.fake.Advance(15 * time.Minute)
					a.right(s, id)
				})
			}
		}
	}
}

// TestTwoSettleAtEveryRequest: while one is anywhere, another process does all of it.
func TestTwoSettleAtEveryRequest(t *testing.T) {
	t.Parallel()
	for _, a := range settlings() {
		for n := range requestsOfSettling {
			for name, meet := range map[string]func(*shop, int, func()){"arrives": (*shop).at, "is done": (*shop).after} {
				t.Run(fmt.Sprintf("%s when request %d %s", a.name, n, name), func(t *testing.T) {
					t.Parallel()
					s := openShop(t)
					id := s.invoiceOf(a.status)
					met := false
					meet(s, n, func() {
						met = true
						require.NoError(t, a.do(t.Context(), s.process(), s, id))
					})
					require.NoError(t, a.do(t.Context(), s.process(), s, id))
					require.True(t, met)
					a.right(s, id)
				})
			}
		}
	}
}

// TestAPaymentAtEveryRequest: the invoice is paid while it is voided or credited. It is paid or void and never both, and a
// credit of what was paid goes to the balance.
func TestAPaymentAtEveryRequest(t *testing.T) {
	t.Parallel()
	ways := map[string]func(s *shop, id string){
		"by card": func(s *shop, id string) { s.realm.Move(id, stripefake.Paid) },
		"outside": func(s *shop, id string) { s.realm.PayOutside(id) },
	}
	for _, a := range settlings() {
		if a.status == stripefake.Paid {
			continue
		}
		for way, pay := range ways {
			for n := range requestsOfSettling {
				for name, meet := range map[string]func(*shop, int, func()){"arrives": (*shop).at, "is done": (*shop).after} {
					t.Run(fmt.Sprintf("%s, paid %s when request %d %s", a.name, way, n, name), func(t *testing.T) {
						t.Parallel()
						s := openShop(t)
						id := s.invoiceOf(a.status)
						paid := false
						meet(s, n, func() {
							if x, _ := s.realm.Books().Invoice(id); x.Status == a.status {
								pay(s, id)
								paid = true
							}
						})
						err := a.do(t.Context(), s.process(), s, id)
						books := s.realm.Books()
						x, _ := books.Invoice(id)
						switch {
						case len(books.CreditNotes) > 0:
							require.NoError(t, err)
							s.credited(id, books.CreditNotes[0].Amount)
						case err == nil:
							require.Equal(t, stripefake.Void, x.Status)
							require.False(t, paid)
						default:
							require.ErrorIs(t, err, provider.ErrConflict)
							require.Equal(t, stripefake.Paid, x.Status)
							require.True(t, paid)
						}
						again := a.do(t.Context(), s.process(), s, id)
						require.Equal(t, provider.Kind(err), provider.Kind(again), "the same is said again")
					})
				}
			}
		}
	}
}

// TestAPersonVoidsMeanwhile: then there is nothing left to be done, and no reason to complain.
func TestAPersonVoidsMeanwhile(t *testing.T) {
	t.Parallel()
	for n := range requestsOfSettling {
		s := openShop(t)
		id := s.invoiceOf(stripefake.Open)
		s.at(n, func() { s.realm.Move(id, stripefake.Void) })
		got, err := s.process().Void(t.Context(), s.customer, id, "k")
		require.NoError(t, err, n)
		require.Equal(t, stripefake.Void, got.Status.String())
	}
}

// TestWhatIsRefusedAndCannotBeReadAgain: Stripe refuses, for the invoice was paid meanwhile, and is away when it is asked
// what the invoice is now. Nothing was done, and that is said.
func TestWhatIsRefusedAndCannotBeReadAgain(t *testing.T) {
	t.Parallel()
	for _, a := range settlings() {
		if a.status == stripefake.Paid {
			continue
		}
		s := openShop(t)
		id := s.invoiceOf(a.status)
		s.fake.Hook(func(q stripefake.Request) {
			if q.Method == "POST" {
				s.realm.Move(id, stripefake.Paid)
				s.fake.Always("GET /v1/invoices/{invoice}", stripefake.Unavailable())
			}
		})
		err := a.do(t.Context(), s.process(), s, id)
		require.ErrorIs(t, err, provider.ErrUnavailable, a.name)
		require.Empty(t, s.realm.Books().CreditNotes)
	}
}

// TestTwoCreditsOfMoreThanThereIs: together they are too much, wherever they meet; one is made.
func TestTwoCreditsOfMoreThanThereIs(t *testing.T) {
	t.Parallel()
	for _, status := range []string{stripefake.Open, stripefake.Paid} {
		for n := range requestsOfSettling {
			t.Run(fmt.Sprintf("%s, at request %d", status, n), func(t *testing.T) {
				t.Parallel()
				s := openShop(t)
				one := s.creditOf(s.invoiceOf(status), "60", "USD")
				two := one
				two.Key = "k2"
				s.at(n, func() {
					_, err := s.process().Credit(t.Context(), two)
					require.NoError(t, err)
				})
				_, err := s.process().Credit(t.Context(), one)
				require.ErrorIs(t, err, provider.ErrInvalid)
				s.credited(one.Invoice, 6000)
			})
		}
	}
}

// TestAVoidDuringACredit: the credit is made before, or refused.
func TestAVoidDuringACredit(t *testing.T) {
	t.Parallel()
	for n := range requestsOfSettling {
		s := openShop(t)
		r := s.creditOf(s.invoiceOf(stripefake.Open), "60", "USD")
		s.at(n, func() {
			_, err := s.process().Void(t.Context(), s.customer, r.Invoice, "v")
			require.NoError(t, err)
		})
		_, err := s.process().Credit(t.Context(), r)
		require.ErrorIs(t, err, provider.ErrInvalid)
		require.Empty(t, s.realm.Books().CreditNotes)
	}
}

// TestACreditThatSleptForADay: between the look and the write another process has made the credit, and Stripe has forgotten
// its key since. The process notices how late it is, and looks again when it is asked again.
func TestACreditThatSleptForADay(t *testing.T) {
	t.Parallel()
	for _, status := range []string{stripefake.Open, stripefake.Paid} {
		for n := range requestsOfSettling {
			s := openShop(t)
			r := s.creditOf(s.invoiceOf(status), "40.25", "USD")
			asked := 0
			sleepy := s.process(func(cfg *Config) {
				cfg.Key = func(context.Context) (string, error) {
					if asked++; asked == n+1 {
						_, err := s.process().Credit(t.Context(), r)
						require.NoError(t, err)
						s.fake.Advance(27 * time.Hour)
					}
					return s.fake.Key(), nil
				}
			})
			_, err := sleepy.Credit(t.Context(), r)
			require.True(t, err == nil || provider.IsKind(err, provider.ErrUnavailable), "%v", err)
			_, err = sleepy.Credit(t.Context(), r)
			require.NoError(t, err)
			s.credited(r.Invoice, 4025)
		}
	}
}

// TestACreditIsFoundAmongMany: credit notes come a hundred to a page, the newest first.
func TestACreditIsFoundAmongMany(t *testing.T) {
	if testing.Short() {
		t.Skip("not under the race detector")
	}
	t.Parallel()
	s := openShop(t)
	p := s.process()
	r := s.creditOf(s.invoiceOf(stripefake.Paid), "0.10", "USD")
	first, err := p.Credit(t.Context(), r)
	require.NoError(t, err)
	for i := range 101 {
		other := r
		other.Key = fmt.Sprint(i)
		_, err := p.Credit(t.Context(), other)
		require.NoError(t, err)
	}
	s.fake.Advance(27 * time.Hour)
	s.fake.ResetRequests()
	again, err := p.Credit(t.Context(), r)
	require.NoError(t, err)
	require.Equal(t, first, again)
	require.Len(t, s.fake.RequestsTo("GET /v1/credit_notes"), 2)
	require.Len(t, s.realm.Books().CreditNotes, 102)
}

// TestACreditNoteOfSomebodyElseIsForeign: an answer that is not about what was asked is never taken for the credit.
func TestACreditNoteOfSomebodyElseIsForeign(t *testing.T) {
	t.Parallel()
	for name, alter := range map[string]func(map[string]any){
		"no id":            func(b map[string]any) { b["id"] = "" },
		"another customer": func(b map[string]any) { b["customer"] = "cus_other" },
		"no customer":      func(b map[string]any) { b["customer"] = nil },
		"another invoice":  func(b map[string]any) { b["invoice"] = "in_other" },
		"no invoice":       func(b map[string]any) { b["invoice"] = nil },
		"the other mode":   func(b map[string]any) { b["livemode"] = true },
	} {
		s := openShop(t)
		r := s.creditOf(s.invoiceOf(stripefake.Open), "1", "USD")
		s.fake.FailNext("POST /v1/credit_notes", stripefake.Alter(alter))
		_, err := s.process().Credit(t.Context(), r)
		require.ErrorIs(t, err, provider.ErrForeign, name)
	}
}

// TestManySettleAtOnce: 64 goroutines in 8 processes, with trouble; no write on the invoice meets another one of its
// process.
func TestManySettleAtOnce(t *testing.T) {
	t.Parallel()
	for _, a := range settlings() {
		t.Run(a.name, func(t *testing.T) {
			t.Parallel()
			s := openShop(t)
			id := s.invoiceOf(a.status)
			script, all := make([]stripefake.Fault, 150), troubles()
			for i := range script {
				if tr := all[i*7%len(all)]; !tr.kills && i%4 == 0 {
					script[i] = tr.fault(nil)
				}
			}
			s.fake.FailNext(stripefake.Any, script...)
			var processes [8]*Provider
			for i := range processes {
				processes[i] = s.process()
			}
			errs := together(64, func(i int) error {
				for attempt := 0; ; attempt++ {
					err := a.do(t.Context(), processes[i%8], s, id)
					if err == nil || attempt == 50 || !errors.Is(errors.Join(goOn()...), provider.Kind(err)) {
						return err
					}
				}
			})
			require.NoError(t, errors.Join(errs...))
			s.fake.Heal()
			s.fake.Advance(15 * time.Minute)
			a.right(s, id)
		})
	}
}

package stripe

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/internal/stripefake"
	"github.com/billhatch/billhatch/provider"
)

func mail(t *testing.T, text string) provider.Email {
	t.Helper()
	email, err := provider.NewEmail(text)
	require.NoError(t, err)
	return email
}

// with answers the one kind of request that a test is about.
func with(body string) *stub { return always(200, body) }

// TestACustomerIsCheckedBeforeItIsHandedOn (F6).
func TestACustomerIsCheckedBeforeItIsHandedOn(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, body string
		kind       error
		want       provider.Customer
	}{
		{
			"a customer", `{"id":"cus_1","object":"customer","created":1,"livemode":false,"email":"Ada@Example.com","name":"Ada","currency":"eur"}`, nil,
			provider.Customer{ID: "cus_1", Name: "Ada", Email: mail(t, "Ada@Example.com"), Currency: "EUR"},
		},
		{
			"a customer of whom little is known", `{"id":"cus_1","object":"customer","created":1,"livemode":false,"email":null,"name":null,"currency":null}`, nil,
			provider.Customer{ID: "cus_1"},
		},
		{
			"an address that is none counts as none on file", `{"id":"cus_1","object":"customer","created":1,"livemode":false,"email":"not an address"}`, nil,
			provider.Customer{ID: "cus_1"},
		},
		{"one that was deleted, which is no error at Stripe", `{"id":"cus_1","object":"customer","deleted":true}`, provider.ErrNotFound, provider.Customer{}},
		{"another one", `{"id":"cus_2","object":"customer","created":1,"livemode":false,"email":null}`, provider.ErrForeign, provider.Customer{}},
		{"another one that was deleted", `{"id":"cus_2","object":"customer","deleted":true}`, provider.ErrForeign, provider.Customer{}},
		{"one of the other mode", `{"id":"cus_1","object":"customer","created":1,"livemode":true,"email":null}`, provider.ErrForeign, provider.Customer{}},
		{"one whose address is called something else", `{"id":"cus_1","object":"customer","created":1,"livemode":false,"emails":[]}`, provider.ErrMisconfigured, provider.Customer{}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			got, err := open(t, with(tc.body)).Customer(t.Context(), "cus_1")
			require.Equal(t, tc.kind, provider.Kind(err), "%v", err)
			require.Equal(t, tc.want, got)
		})
	}
}

// TestAnOddIDAsksNothing: an empty id would be the list of all, and some words are other routes.
func TestAnOddIDAsksNothing(t *testing.T) {
	t.Parallel()
	wire := always(200, `{"object":"list","data":[],"has_more":false}`)
	p := open(t, wire)
	at := t.Context()
	for _, id := range []string{
		"", "search", "upcoming", "cus_", "in_", "cus_1/../in_1", "cus_1?expand=all", "cus_1 ", "cus_1\n", "../cus_1", "cus_%31", "cus_é",
		"CUS_1", "cus-1", "cus_1\x00", "cus_" + strings.Repeat("x", 1<<16), "in_1/void", "in_1 ", "in_\n1",
	} {
		none := func(op string, err error) {
			t.Helper()
			require.Equal(t, provider.NotFound(op), err, "%s of %.40q", op, id)
		}
		_, err := p.Customer(at, id)
		none("Customer", err)
		_, err = p.Invoices(at, provider.InvoiceQuery{Customer: id, Limit: 1})
		none("Invoices", err)
		_, err = p.Invoice(at, id, "in_1")
		none("Invoice", err)
		_, err = p.Invoice(at, "cus_1", id)
		none("Invoice", err)
		_, err = p.UpdateEmail(at, provider.EmailChange{Customer: id, New: mail(t, "a@example.com")})
		none("UpdateEmail", err)
		_, err = p.InvoicePDF(at, id, "in_1")
		none("InvoicePDF", err)
		_, err = p.InvoicePDF(at, "cus_1", id)
		none("InvoicePDF", err)
		_, err = p.PortalSession(at, provider.PortalRequest{Customer: id})
		none("PortalSession", err)
		_, err = p.NextInvoice(at, id)
		none("NextInvoice", err)
		_, err = p.Discounts(at, provider.HistoryQuery{Customer: id, Limit: 1})
		none("Discounts", err)
		_, err = p.PaymentMethods(at, id)
		none("PaymentMethods", err)
		_, err = p.Recipients(at, id)
		none("Recipients", err)
	}
	require.Empty(t, wire.requests())
}

// TestTheAddressIsComparedBeforeItIsChanged (O6), and nothing is written that need not be.
func TestTheAddressIsComparedBeforeItIsChanged(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, now, expected, next string
		writes                    int
		kind                      error
		want                      string
	}{
		{"it is still what was seen", "a@example.com", "a@example.com", "b@example.com", 1, nil, "b@example.com"},
		{"in other letters", "A@Example.com", "a@example.com", "b@example.com", 1, nil, "b@example.com"},
		{"it is not", "c@example.com", "a@example.com", "b@example.com", 0, provider.ErrConflict, "c@example.com"},
		{"it is what it is to be", "b@example.com", "a@example.com", "b@example.com", 0, nil, "b@example.com"},
		{"it is to be in other letters", "a@example.com", "a@example.com", "A@example.com", 1, nil, "A@example.com"},
		{"there was none", "", "", "b@example.com", 1, nil, "b@example.com"},
		{"what is there is no address", "not an address", "", "b@example.com", 1, nil, "b@example.com"},
		{"somebody took it away", "", "a@example.com", "b@example.com", 0, provider.ErrConflict, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			w := newTown(t)
			id := w.realm.AddCustomer(stripefake.Customer{Email: tc.now}).ID
			change := provider.EmailChange{Customer: id, New: mail(t, tc.next), Key: "k"}
			if tc.expected != "" {
				change.Expected = mail(t, tc.expected)
			}
			got, err := w.p.UpdateEmail(t.Context(), change)
			require.Equal(t, tc.kind, provider.Kind(err), "%v", err)
			if err == nil {
				require.Equal(t, tc.want, got.Email.Reveal())
			}
			require.Len(t, w.fake.RequestsTo("POST /v1/customers/{customer}"), tc.writes)
			require.Equal(t, tc.want, w.realm.Books().Customers[0].Email)
		})
	}
}

// TestAnAddressThatStripeRefusesIsAFieldError (O6), and a key may be left out.
func TestAnAddressThatStripeRefusesIsAFieldError(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	id := w.realm.AddCustomer(stripefake.Customer{}).ID
	w.fake.FailNext("POST /v1/customers/{customer}", stripefake.Refused(400, "invalid_request_error", "email_invalid", "email", "Invalid: b@example.com"))
	change := provider.EmailChange{Customer: id, New: mail(t, "b@example.com")}
	_, err := w.p.UpdateEmail(t.Context(), change)
	var e *provider.Error
	require.ErrorAs(t, err, &e)
	require.Equal(t, []any{provider.ErrInvalid, "email", "UpdateEmail"}, []any{e.Kind, e.Field, e.Op})
	require.NotContains(t, err.Error(), "b@example.com")
	_, err = w.p.UpdateEmail(t.Context(), change)
	require.NoError(t, err, "without a key, each attempt is one of its own")

	change.Key = strings.Repeat("k", maxKey+1)
	_, err = w.p.UpdateEmail(t.Context(), change)
	require.ErrorAs(t, err, &e)
	require.Equal(t, []any{provider.ErrInvalid, "key"}, []any{e.Kind, e.Field})
}

// TestAChangeOfTheAddressSurvivesFaults: whatever goes wrong once, it is made once, and the caller learns the truth.
func TestAChangeOfTheAddressSurvivesFaults(t *testing.T) {
	t.Parallel()
	const route = "POST /v1/customers/{customer}"
	for name, fault := range map[string]stripefake.Fault{
		"reset before": stripefake.Reset(), "lost after": stripefake.Lost(), "500 without effect": stripefake.ServerError(),
		"500 with effect": stripefake.ServerErrorAfterCommit(), "lock timeout, stored": stripefake.LockTimeout(),
		"rate limit": stripefake.RateLimited("global-rate"), "bad gateway": stripefake.BadGateway(),
		"bad gateway after commit": stripefake.BadGatewayAfterCommit(), "key in use": stripefake.InUse(),
		"truncated": stripefake.Truncated(), "html with 200": stripefake.HTMLSuccess(),
		"late": stripefake.Late(100 * time.Millisecond),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newTown(t)
			id := w.realm.AddCustomer(stripefake.Customer{Email: "a@example.com"}).ID
			w.fake.FailNext(route, fault)
			got, err := w.p.UpdateEmail(t.Context(), provider.EmailChange{
				Customer: id, Expected: mail(t, "a@example.com"), New: mail(t, "b@example.com"), Key: "k",
			})
			require.NoError(t, err)
			require.Equal(t, "b@example.com", got.Email.Reveal())
			updates := 0
			for _, e := range w.realm.Events() {
				if e.Type == "customer.updated" {
					updates++
				}
			}
			require.Equal(t, 1, updates, "it was changed once")
			require.Zero(t, w.fake.Unused())
			require.Empty(t, w.fake.Complaints())
		})
	}
}

// TestCustomersAreFoundWhileSearchIsBlind: by the exact letters at once, in other letters when the index has seen them.
func TestCustomersAreFoundWhileSearchIsBlind(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	w.fake.SearchLag(time.Minute)
	exact := w.realm.AddCustomer(stripefake.Customer{Email: "ada@example.com"}).ID
	upper := w.realm.AddCustomer(stripefake.Customer{Email: "ADA@example.com"}).ID
	find := func(text string) []string {
		got, err := w.p.CustomersByEmail(t.Context(), mail(t, text), 10)
		require.NoError(t, err)
		return got
	}
	require.ElementsMatch(t, []string{exact}, find("ada@example.com"))
	require.ElementsMatch(t, []string{exact, upper}, find("ADA@example.com"), "small letters are listed, too")
	require.NoError(t, w.clock.Sleep(t.Context(), 2*time.Minute))
	require.ElementsMatch(t, []string{exact, upper}, find("ada@example.com"))

	w.realm.SetEmail(upper, "other@example.com")
	require.ElementsMatch(t, []string{exact}, find("ada@example.com"), "what the index says is old")
	w.realm.DeleteCustomer(exact)
	require.Empty(t, find("ada@example.com"))

	w.fake.Always("GET /v1/customers/search", stripefake.Refused(400, "invalid_request_error", "", "", "search is not available"))
	w.fake.ResetRequests()
	require.Empty(t, find("ada@example.com"), "an account without search")
	require.Len(t, w.fake.RequestsTo("GET /v1/customers/search"), 1, "it is not asked again and again")
	w.fake.Always("GET /v1/customers", stripefake.Unavailable())
	_, err := w.p.CustomersByEmail(t.Context(), mail(t, "ada@example.com"), 10)
	require.ErrorIs(t, err, provider.ErrUnavailable, "a list that fails is no empty one")
}

// TestASearchThatIsCutOffByItsContextIsNotAnEmptyOne.
func TestASearchThatIsCutOffByItsContextIsNotAnEmptyOne(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	wire := inTurn(say(200, `{"object":"list","data":[],"has_more":false}`), func() (*reply, error) {
		cancel()
		return nil, context.Canceled
	})
	_, err := open(t, wire).CustomersByEmail(ctx, mail(t, "ada@example.com"), 10)
	require.ErrorIs(t, err, provider.ErrTimeout)
}

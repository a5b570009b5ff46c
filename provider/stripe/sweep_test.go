package stripe

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/internal/stripefake"
	"github.com/billhatch/billhatch/provider"
)

// village is a town with one of everything, and canaries wherever Stripe keeps something of people.
type village struct {
	*town
	customer, invoice string
}

func newVillage(t *testing.T, change ...func(*Config)) *village {
	t.Helper()
	v := &village{town: newTown(t, change...)}
	v.customer = v.realm.AddCustomer(stripefake.Customer{
		Name: canary, Email: canary + "@" + canary + ".example.com", Currency: "usd", Description: canary, Phone: canary,
	}).ID
	var lines []stripefake.Line
	for i := range 15 {
		lines = append(lines, stripefake.Line{Description: fmt.Sprint("line ", i), Amount: 100, Quantity: 1})
	}
	v.realm.AddInvoice(stripefake.Invoice{Customer: v.customer, Status: stripefake.Paid})
	v.invoice = v.realm.AddInvoice(stripefake.Invoice{Customer: v.customer, Lines: lines, Description: canary}).ID
	v.realm.AddMethod(stripefake.PaymentMethod{Customer: v.customer, Default: true})
	v.realm.AddSubscription(stripefake.Subscription{Customer: v.customer, Amount: 1000})
	v.realm.AddBalance(v.customer, "usd", -500, canary)
	v.realm.Discount(v.customer, v.realm.AddCoupon(stripefake.Coupon{Name: "Launch", PercentOff: "10"}).ID)
	v.fake.ResetRequests()
	return v
}

// reading is one of everything that the provider reads.
type reading struct {
	name string
	call func(ctx context.Context, v *village) (any, error)
}

func readings(t testing.TB) []reading {
	t.Helper()
	email, err := provider.NewEmail(canary + "@" + canary + ".example.com")
	require.NoError(t, err)
	return []reading{
		{"Customer", func(ctx context.Context, v *village) (any, error) { return v.p.Customer(ctx, v.customer) }},
		{"Invoices", func(ctx context.Context, v *village) (any, error) {
			return v.p.Invoices(ctx, provider.InvoiceQuery{Customer: v.customer, Limit: 1})
		}},
		{"Invoice", func(ctx context.Context, v *village) (any, error) { return v.p.Invoice(ctx, v.customer, v.invoice) }},
		{"CustomersByEmail", func(ctx context.Context, v *village) (any, error) { return v.p.CustomersByEmail(ctx, email, 5) }},
		{"InvoicePDF", func(ctx context.Context, v *village) (any, error) {
			doc, err := v.p.InvoicePDF(ctx, v.customer, v.invoice)
			if err != nil {
				return nil, err
			}
			defer doc.Body.Close()
			return io.ReadAll(doc.Body)
		}},
		{"PortalSession", func(ctx context.Context, v *village) (any, error) {
			s, err := v.p.PortalSession(ctx, provider.PortalRequest{Customer: v.customer, ReturnURL: "https://host.example.com/?" + canary})
			return s.Customer, err
		}},
		{"LoginLink", func(ctx context.Context, v *village) (any, error) {
			v.p.ForgetPortal()
			return v.p.LoginLink(ctx, email)
		}},
		{"NextInvoice", func(ctx context.Context, v *village) (any, error) { return v.p.NextInvoice(ctx, v.customer) }},
		{"Discounts", func(ctx context.Context, v *village) (any, error) {
			return v.p.Discounts(ctx, provider.HistoryQuery{Customer: v.customer, Limit: 5})
		}},
		{"Recipients", func(ctx context.Context, v *village) (any, error) { return v.p.Recipients(ctx, v.customer) }},
		{"PaymentMethods", func(ctx context.Context, v *village) (any, error) { return v.p.PaymentMethods(ctx, v.customer) }},
		{"Health", func(ctx context.Context, v *village) (any, error) { return v.p.Health(ctx) }},
	}
}

// passing are faults after which asking again helps.
func passing() map[string]stripefake.Fault {
	return map[string]stripefake.Fault{
		"reset": stripefake.Reset(), "lost": stripefake.Lost(), "500": stripefake.ServerError(), "502": stripefake.BadGateway(),
		"503": stripefake.Unavailable(), "rate limit": stripefake.RateLimited("global-rate"), "lock": stripefake.LockTimeout(),
		"truncated": stripefake.Truncated(), "html": stripefake.HTMLSuccess(), "garbled": stripefake.Garbled("{" + canary),
		"wrong length": stripefake.WrongLength(1 << 16),
	}
}

// TestOneFaultAtAnyRequestChangesNothingThatIsRead: every reading, every fault, at every request that it takes.
func TestOneFaultAtAnyRequestChangesNothingThatIsRead(t *testing.T) {
	t.Parallel()
	for _, r := range readings(t) {
		t.Run(r.name, func(t *testing.T) {
			t.Parallel()
			v := newVillage(t)
			want, err := r.call(t.Context(), v)
			require.NoError(t, err)
			requests := len(v.fake.Requests())
			for name, fault := range passing() {
				for at := range requests {
					v.fake.ResetRequests()
					for range at {
						v.fake.FailNext(stripefake.Any, stripefake.Fault{})
					}
					v.fake.FailNext(stripefake.Any, fault)
					got, err := r.call(t.Context(), v)
					require.NoError(t, err, "%s at request %d", name, at)
					require.Equal(t, want, got, "%s at request %d", name, at)
					require.Zero(t, v.fake.Unused())
				}
			}
			require.Empty(t, v.fake.Complaints(), "every parameter is one that Stripe knows")
		})
	}
}

// TestAFaultThatStaysIsTold in the words of the contract, with the name of the method, after as many attempts as there
// are, and with nothing that is secret.
func TestAFaultThatStaysIsTold(t *testing.T) {
	t.Parallel()
	secret := failure("invalid_request_error", "")
	for name, tc := range map[string]struct {
		fault stripefake.Fault
		kind  error
	}{
		"reset":     {stripefake.Reset(), provider.ErrUnavailable},
		"502":       {stripefake.BadGateway(), provider.ErrUnavailable},
		"firewall":  {stripefake.Forbidden(), provider.ErrUnavailable},
		"429":       {stripefake.RateLimited("global-rate"), provider.ErrRateLimited},
		"redirect":  {stripefake.Redirected("https://" + canary + ".example.com/"), provider.ErrUnavailable},
		"huge":      {stripefake.Huge(maxBody + 1), provider.ErrUnavailable},
		"truncated": {stripefake.Truncated(), provider.ErrUnavailable},
		"html":      {stripefake.HTMLSuccess(), provider.ErrUnavailable},
		"refused":   {stripefake.Refused(401, "invalid_request_error", "", "", secret), provider.ErrMisconfigured},
		"no scope":  {stripefake.Refused(403, "invalid_request_error", "", "", secret), provider.ErrMisconfigured},
		"unknown":   {stripefake.Refused(418, canary, canary, canary, secret), provider.ErrUnavailable},
		"shape":     {stripefake.Garbled(`{"object":"` + canary + `"}`), provider.ErrMisconfigured},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := newVillage(t)
			v.fake.Always(stripefake.Any, tc.fault)
			for _, r := range readings(t) {
				v.fake.ResetRequests()
				_, err := r.call(t.Context(), v)
				if r.name == "Health" && errors.Is(tc.kind, provider.ErrMisconfigured) && name != "shape" {
					require.NoError(t, err, "that is what it looks for")
					continue
				}
				var e *provider.Error
				require.ErrorAs(t, err, &e, r.name)
				require.Equal(t, []any{tc.kind, r.name}, []any{e.Kind, e.Op})
				for _, text := range []string{err.Error(), fmt.Sprintf("%+v", err), fmt.Sprintf("%#v", err), fmt.Sprintf("%v", e.Err)} {
					for _, bad := range []string{canary, "@", "://", "stripe.com"} {
						require.NotContains(t, text, bad)
					}
				}
				if r.name != "Health" { // which asks for several things
					require.LessOrEqual(t, len(v.fake.Requests()), DefaultAttempts)
				}
			}
		})
	}
}

// TestEveryReadingIsForTheConnectedAccount, with the version and the name of who asks: one request without them would
// read what is somebody else's.
func TestEveryReadingIsForTheConnectedAccount(t *testing.T) {
	t.Parallel()
	v := &village{town: newTown(t)}
	account := v.fake.Connect()
	v.realm = v.fake.Realm(account, false)
	v.p.backend.transport.account = account
	v.customer = v.realm.AddCustomer(stripefake.Customer{Email: "a@example.com"}).ID
	v.invoice = v.realm.AddInvoice(stripefake.Invoice{Customer: v.customer}).ID
	for _, r := range readings(t) {
		_, err := r.call(t.Context(), v)
		require.NoError(t, err, r.name)
	}
	require.NotEmpty(t, v.fake.Requests())
	for _, r := range v.fake.Requests() {
		require.Equal(t, account, r.Account, r.Route)
		require.Equal(t, apiVersion, r.Version, r.Route)
		require.Equal(t, product, r.Header.Get("User-Agent"), r.Route)
		for name := range r.Header {
			require.False(t, strings.HasPrefix(name, "X-Stripe"), name)
		}
	}
	for _, d := range v.fake.Downloads() {
		require.Empty(t, d.Header.Get("Authorization")+d.Header.Get("Stripe-Account"))
	}
}

// TestManyReadAtOnce: 64 goroutines, all readings, and customers that are not mixed up.
func TestManyReadAtOnce(t *testing.T) {
	t.Parallel()
	v := newVillage(t)
	other := &village{town: v.town}
	other.customer = v.realm.AddCustomer(stripefake.Customer{Email: "other@example.com", Currency: "usd"}).ID
	other.invoice = v.realm.AddInvoice(stripefake.Invoice{Customer: other.customer}).ID
	wants := map[*village]map[string]any{}
	for _, who := range []*village{v, other} {
		wants[who] = map[string]any{}
		for _, r := range readings(t) {
			got, err := r.call(t.Context(), who)
			require.NoError(t, err, r.name)
			wants[who][r.name] = got
		}
	}
	var all sync.WaitGroup
	for i := range 64 {
		who := []*village{v, other}[i%2]
		all.Go(func() {
			list := readings(t)
			for n := range list {
				r := list[(n+i)%len(list)]
				got, err := r.call(t.Context(), who)
				if err != nil || fmt.Sprintf("%#v", got) != fmt.Sprintf("%#v", wants[who][r.name]) {
					t.Errorf("%s: got %#v and %v", r.name, got, err)
				}
			}
		})
	}
	all.Wait()
}

// TestReadingsStopWithTheirContext, wherever they are: nothing is asked for afterwards.
func TestReadingsStopWithTheirContext(t *testing.T) {
	t.Parallel()
	for _, r := range readings(t) {
		t.Run(r.name, func(t *testing.T) {
			t.Parallel()
			v := newVillage(t)
			_, err := r.call(t.Context(), v)
			require.NoError(t, err)
			for at := range len(v.fake.Requests()) {
				v.fake.ResetRequests()
				ctx, cancel := context.WithCancel(t.Context())
				n := 0
				var mu sync.Mutex
				v.fake.Hook(func(stripefake.Request) {
					mu.Lock()
					defer mu.Unlock()
					if n++; n == at+1 {
						cancel()
					}
				})
				_, err := r.call(ctx, v)
				v.fake.Hook(nil)
				require.Contains(t, []error{provider.ErrTimeout, provider.ErrUnavailable}, provider.Kind(err), "at request %d: %v", at, err)
				require.LessOrEqual(t, len(v.fake.Requests()), at+1)
				cancel()
			}
		})
	}
}

// TestAPollingPageAsksLittle: the login page is asked for no more often than it is forgotten.
func TestAPollingPageAsksLittle(t *testing.T) {
	t.Parallel()
	v := newVillage(t)
	for range 60 {
		_, err := v.p.LoginLink(t.Context(), mail(t, "a@example.com"))
		require.NoError(t, err)
		require.NoError(t, v.clock.Sleep(t.Context(), time.Minute))
	}
	require.Len(t, v.fake.RequestsTo("GET /v1/billing_portal/configurations"), 6)
}

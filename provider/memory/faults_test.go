package memory_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/invoice"
	"github.com/billhatch/billhatch/money"
	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/provider/memory"
	"github.com/billhatch/billhatch/usage"
	"github.com/billhatch/billhatch/usage/civil"
)

// fixture is a world in which every call can succeed.
type fixture struct {
	*memory.World
	acme provider.Account
	inv  invoice.Invoice
	bad  invoice.Invoice // to be voided
	key  provider.ClosingKey
}

func newFixture(t testing.TB) *fixture {
	t.Helper()
	f := &fixture{World: memory.New()}
	f.acme = f.AddAccount(provider.Account{Name: "Acme"})
	f.inv, f.bad = f.AddInvoice(f.acme.ID, invoice.Invoice{}), f.AddInvoice(f.acme.ID, invoice.Invoice{})
	f.Assign("partner", f.acme.ID)
	f.SetPlan(f.acme.ID, civil.Date{}, usage.Plan{Currency: "USD"})
	f.AddTenant(f.acme.ID, usage.Tenant{ID: "a", NoUsers: true})
	f.AddTenant(f.acme.ID, usage.Tenant{ID: "b", NoUsers: true})
	f.AddProject(f.acme.ID, usage.Project{ID: "a"})
	f.AddProject(f.acme.ID, usage.Project{ID: "b"})
	f.key = provider.ClosingKey{
		Account: f.acme.ID, From: civil.MustDate(2026, 10, 1), To: civil.MustDate(2026, 11, 1), Revision: 1,
	}
	_, err := f.Records().Put(t.Context(), provider.Closing{Key: f.key, State: provider.Planned})
	require.NoError(t, err)
	require.NoError(t, f.Records().Freeze(t.Context(), frozen(f.key, "statement")))
	_, err = f.Records().Receive(t.Context(), provider.Event{ID: "evt_in"}, nil)
	require.NoError(t, err)
	require.NoError(t, f.Err())
	f.ResetCalls()
	f.Webhooks()
	return f
}

func frozen(key provider.ClosingKey, body string) provider.FrozenStatement {
	sum := sha256.Sum256([]byte(body))
	return provider.FrozenStatement{Key: key, Hash: "sha256:" + hex.EncodeToString(sum[:]), Body: []byte(body)}
}

func email(t testing.TB, address string) provider.Email {
	t.Helper()
	e, err := provider.NewEmail(address)
	require.NoError(t, err)
	return e
}

// calls has one successful call of every operation that takes a context.
func (f *fixture) calls(t testing.TB) map[string]func(context.Context) error {
	p, r, cus := f.Payments(), f.Records(), f.acme.Customer
	october, err := civil.Month(2026, time.October, time.UTC)
	require.NoError(t, err)
	last := func(_ any, err error) error { return err }
	return map[string]func(context.Context) error{
		"Customer": func(ctx context.Context) error { return last(p.Customer(ctx, cus)) },
		"Invoices": func(ctx context.Context) error {
			return last(p.Invoices(ctx, provider.InvoiceQuery{Customer: cus, Limit: 5}))
		},
		"Invoice":    func(ctx context.Context) error { return last(p.Invoice(ctx, cus, f.inv.ID)) },
		"InvoicePDF": func(ctx context.Context) error { return last(p.InvoicePDF(ctx, cus, f.inv.ID)) },
		"UpdateEmail": func(ctx context.Context) error {
			return last(p.UpdateEmail(ctx, provider.EmailChange{
				Customer: cus, Expected: email(t, "billing@acct-000001.example.com"), New: email(t, "new@acme.example"), Key: "k",
			}))
		},
		"CustomersByEmail": func(ctx context.Context) error { return last(p.CustomersByEmail(ctx, email(t, "a@b.example"), 5)) },
		"PortalSession": func(ctx context.Context) error {
			return last(p.PortalSession(ctx, provider.PortalRequest{Customer: cus, ReturnURL: "https://host.example/billing"}))
		},
		"LoginLink":      func(ctx context.Context) error { return last(p.LoginLink(ctx, email(t, "a+b@b.example"))) },
		"NextInvoice":    func(ctx context.Context) error { return last(p.NextInvoice(ctx, cus)) },
		"Recipients":     func(ctx context.Context) error { return last(p.Recipients(ctx, cus)) },
		"PaymentMethods": func(ctx context.Context) error { return last(p.PaymentMethods(ctx, cus)) },
		"Health":         func(ctx context.Context) error { return last(p.Health(ctx)) },
		"Discounts": func(ctx context.Context) error {
			return last(p.Discounts(ctx, provider.HistoryQuery{Customer: cus, Limit: 5}))
		},
		"Issue": func(ctx context.Context) error {
			return last(p.Issue(ctx, provider.IssueRequest{Key: "k", Customer: cus, Invoice: draft(t, 2)}))
		},
		"Credit": func(ctx context.Context) error {
			return last(p.Credit(ctx, provider.CreditRequest{Customer: cus, Invoice: f.inv.ID, Amount: usd("1"), Key: "k"}))
		},
		"Void": func(ctx context.Context) error { return last(p.Void(ctx, cus, f.bad.ID, "k")) },

		"Account":  func(ctx context.Context) error { return last(r.Account(ctx, f.acme.ID)) },
		"Assigned": func(ctx context.Context) error { return last(r.Assigned(ctx, "partner", f.acme.ID)) },
		"Clients": func(ctx context.Context) error {
			return last(r.Clients(ctx, provider.ClientQuery{Partner: "partner", Limit: 5}))
		},
		"Tenants": func(ctx context.Context) error {
			for _, err := range r.Tenants(ctx, f.acme.ID, october) {
				if err != nil {
					return err
				}
			}
			return nil
		},
		"Projects": func(ctx context.Context) error {
			for _, err := range r.Projects(ctx, f.acme.ID, october) {
				if err != nil {
					return err
				}
			}
			return nil
		},
		"Daily": func(ctx context.Context) error {
			for _, err := range r.Daily(ctx, f.acme.ID, october) {
				if err != nil {
					return err
				}
			}
			return nil
		},
		"Plan": func(ctx context.Context) error { return last(r.Plan(ctx, f.acme.ID, october)) },
		"Append": func(ctx context.Context) error {
			return last(r.Append(ctx, provider.AuditEntry{ID: "a", Account: f.acme.ID, Action: "x", Outcome: provider.Attempted}))
		},
		"Audit": func(ctx context.Context) error {
			return last(r.Audit(ctx, provider.AuditQuery{Account: f.acme.ID, Limit: 5}))
		},
		"Put": func(ctx context.Context) error {
			return last(r.Put(ctx, provider.Closing{Key: f.key, State: provider.Frozen, Version: 1}))
		},
		"Closing":  func(ctx context.Context) error { return last(r.Closing(ctx, f.key)) },
		"Closings": func(ctx context.Context) error { return last(r.Closings(ctx, provider.ClosingQuery{Limit: 5})) },
		"Receive":  func(ctx context.Context) error { return last(r.Receive(ctx, provider.Event{ID: "evt_new"}, nil)) },
		"Pending":  func(ctx context.Context) error { return last(r.Pending(ctx, provider.PendingQuery{Limit: 5})) },
		"Done":     func(ctx context.Context) error { return r.Done(ctx, "evt_in") },
		"Freeze": func(ctx context.Context) error {
			key := f.key
			key.Revision = 2
			return r.Freeze(ctx, frozen(key, "statement"))
		},
		"Statement": func(ctx context.Context) error { return last(r.Statement(ctx, f.key)) },
	}
}

func TestEveryCallSucceedsAndIsLogged(t *testing.T) {
	t.Parallel()
	names := slices.Sorted(maps.Keys(newFixture(t).calls(t)))
	for _, op := range names {
		t.Run(op, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			hooked := 0
			f.Hook(func(memory.Call) { hooked++ })
			require.NoError(t, f.calls(t)[op](t.Context()))
			calls := f.Calls()
			require.Len(t, calls, 1)
			require.Equal(t, op, calls[0].Op)
			require.Equal(t, f.Now(), calls[0].At)
			require.Equal(t, 1, hooked)
		})
	}
}

func TestEveryCallFailsWithTheFaultThatIsSet(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for op, call := range f.calls(t) {
		for _, kind := range provider.Kinds() {
			f.FailNext(op, kind)
			err := call(t.Context())
			var e *provider.Error
			require.ErrorAs(t, err, &e, op)
			require.ErrorIs(t, err, kind)
			require.Equal(t, op, e.Op)
		}
		cause := errors.New("upstream says billing@acme.example")
		f.FailNext(op, cause)
		err := call(t.Context())
		require.ErrorIs(t, err, provider.ErrUnavailable)
		require.ErrorIs(t, err, cause)
		require.NotContains(t, err.Error(), "acme.example")
	}
	for op, call := range f.calls(t) {
		require.NoError(t, call(t.Context()), "the faults of %s had no other effect", op)
	}
}

func TestADoneContextStartsNothing(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for op, call := range f.calls(t) {
		err := call(ctx)
		require.ErrorIs(t, err, provider.ErrTimeout, op)
		require.ErrorIs(t, err, context.Canceled, op)
	}
	require.Empty(t, f.Webhooks())
	for op, call := range f.calls(t) {
		require.NoError(t, call(t.Context()), op)
	}
}

// A slow call waits for the world's clock and not for real time; one that hangs ends with its context.
func TestSlowCallsWaitForTheClock(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.Inject("Customer", memory.Fault{Delay: time.Minute})
	answered := make(chan error)
	go func() {
		_, err := f.Payments().Customer(t.Context(), f.acme.Customer)
		answered <- err
	}()
	require.Eventually(t, func() bool { return f.Waiting() == 1 }, 5*time.Second, time.Millisecond)
	f.Advance(59 * time.Second)
	require.Equal(t, 1, f.Waiting())
	f.Advance(time.Second)
	require.NoError(t, <-answered)
	require.Zero(t, f.Waiting())

	f.InjectAlways(memory.AnyOp, memory.Fault{Delay: memory.Forever})
	for op, call := range f.calls(t) {
		ctx, cancel := context.WithCancel(t.Context())
		go func() { answered <- call(ctx) }()
		require.Eventually(t, func() bool { return f.Waiting() == 1 }, 5*time.Second, time.Millisecond, op)
		f.Advance(1000 * time.Hour)
		cancel()
		require.ErrorIs(t, <-answered, provider.ErrTimeout, op)
	}
	f.Heal()
	for op, call := range f.calls(t) {
		require.NoError(t, call(t.Context()), op)
	}
}

// The write is there, the answer is not.
func TestALateFaultComesAfterTheWork(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for _, op := range []string{"UpdateEmail", "Issue", "Credit", "Append", "Put", "Receive", "Done", "Freeze"} {
		f.Inject(op, memory.Fault{Err: provider.ErrUnknown, Late: true})
		require.ErrorIs(t, f.calls(t)[op](t.Context()), provider.ErrUnknown, op)
	}
	c, err := f.Payments().Customer(t.Context(), f.acme.Customer)
	require.NoError(t, err)
	require.Equal(t, "new@acme.example", c.Email.Reveal())
	require.Len(t, invoicesOf(t, f.World, f.acme.ID), 3)
	page, err := f.Records().Audit(t.Context(), provider.AuditQuery{Account: f.acme.ID, Limit: 5})
	require.NoError(t, err)
	require.Len(t, page.Entries, 1)
	closing, err := f.Records().Closing(t.Context(), f.key)
	require.NoError(t, err)
	require.Equal(t, provider.Frozen, closing.State)
	pending, err := f.Records().Pending(t.Context(), provider.PendingQuery{Limit: 5})
	require.NoError(t, err)
	require.Len(t, pending.Events, 1)
	require.Equal(t, "evt_new", pending.Events[0].ID)
}

func TestIterationsBreakOffAfterTheFirstValue(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	october, err := civil.Month(2026, time.October, time.UTC)
	require.NoError(t, err)
	f.Inject("Tenants", memory.Fault{Err: provider.ErrUnavailable, Late: true})
	var got []string
	for tenant, err := range f.Records().Tenants(t.Context(), f.acme.ID, october) {
		if err != nil {
			require.ErrorIs(t, err, provider.ErrUnavailable)
			got = append(got, "error")
			continue
		}
		got = append(got, tenant.ID)
	}
	require.Equal(t, []string{"a", "error"}, got)

	// A statement is not made of a half.
	f.Inject("Tenants", memory.Fault{Err: provider.ErrUnavailable, Late: true})
	_, err = usage.Compute(usage.Input{
		Account: usage.Account{ID: f.acme.ID}, Period: october, Plan: usage.Plan{Currency: "USD"},
		Tenants: f.Records().Tenants(t.Context(), f.acme.ID, october),
	})
	require.ErrorIs(t, err, provider.ErrUnavailable)
}

func TestDocumentsThatAreNone(t *testing.T) {
	t.Parallel()
	open := func(t *testing.T, opt memory.Options) (*memory.World, string, string) {
		t.Helper()
		world, err := memory.Open(opt)
		require.NoError(t, err)
		acme := world.AddAccount(provider.Account{})
		return world, acme.Customer, world.AddInvoice(acme.ID, invoice.Invoice{}).ID
	}
	t.Run("nothing is no document", func(t *testing.T) {
		t.Parallel()
		world, customer, id := open(t, memory.Options{})
		world.SetDocument(id, nil)
		_, err := world.Payments().InvoicePDF(t.Context(), customer, id)
		require.ErrorIs(t, err, provider.ErrNoDocument)
	})
	t.Run("a page of HTML is not a PDF", func(t *testing.T) {
		t.Parallel()
		world, customer, id := open(t, memory.Options{})
		world.SetDocument(id, []byte("<html>"))
		_, err := world.Payments().InvoicePDF(t.Context(), customer, id)
		require.ErrorIs(t, err, provider.ErrNotPDF)
	})
	t.Run("one byte beyond the limit is too large", func(t *testing.T) {
		t.Parallel()
		world, customer, id := open(t, memory.Options{MaxPDF: 8})
		world.SetDocument(id, []byte("%PDF-1.7"))
		_, err := world.Payments().InvoicePDF(t.Context(), customer, id)
		require.NoError(t, err)
		world.SetDocument(id, []byte("%PDF-1.7\n"))
		_, err = world.Payments().InvoicePDF(t.Context(), customer, id)
		require.ErrorIs(t, err, provider.ErrTooLarge)
	})
	t.Run("a stream can break in the middle", func(t *testing.T) {
		t.Parallel()
		world, customer, id := open(t, memory.Options{})
		world.Inject("InvoicePDF", memory.Fault{Err: provider.ErrTooLarge, Late: true})
		doc, err := world.Payments().InvoicePDF(t.Context(), customer, id)
		require.NoError(t, err)
		raw, err := io.ReadAll(doc.Body)
		require.ErrorIs(t, err, provider.ErrTooLarge)
		require.NotEmpty(t, raw)
		require.Less(t, int64(len(raw)), doc.Size)
	})
	t.Run("a stream ends with its context", func(t *testing.T) {
		t.Parallel()
		world, customer, id := open(t, memory.Options{})
		ctx, cancel := context.WithCancel(t.Context())
		doc, err := world.Payments().InvoicePDF(ctx, customer, id)
		require.NoError(t, err)
		cancel()
		_, err = io.ReadAll(doc.Body)
		require.ErrorIs(t, err, provider.ErrTimeout)
	})
}

func TestAnswersCanBeAltered(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.Inject("PortalSession", memory.Fault{Alter: func(answer any) {
		if session, ok := answer.(*provider.PortalSession); ok {
			session.Customer = "cus_other"
		}
	}})
	session, err := f.Payments().PortalSession(t.Context(), provider.PortalRequest{Customer: f.acme.Customer})
	require.NoError(t, err)
	require.Equal(t, "cus_other", session.Customer)
	real, ok := f.SessionCustomer(session.URL)
	require.True(t, ok)
	require.Equal(t, f.acme.Customer, real)

	october, err := civil.Month(2026, time.October, time.UTC)
	require.NoError(t, err)
	f.InjectAlways("Projects", memory.Fault{Alter: func(answer any) {
		if p, ok := answer.(*usage.Project); ok {
			p.Name = "renamed " + p.ID
		}
	}})
	var names []string
	for p, err := range f.Records().Projects(t.Context(), f.acme.ID, october) {
		require.NoError(t, err)
		names = append(names, p.Name)
	}
	require.Equal(t, []string{"renamed a", "renamed b"}, names)
}

func TestFaultsCanBeForOneCustomer(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	other := f.AddAccount(provider.Account{})
	f.InjectAlways(memory.AnyOp, memory.Fault{Err: provider.ErrNotConfigured, Only: other.Customer})
	_, err := f.Payments().Customer(t.Context(), f.acme.Customer)
	require.NoError(t, err)
	_, err = f.Payments().Customer(t.Context(), other.Customer)
	require.ErrorIs(t, err, provider.ErrNotConfigured)
	f.Heal(memory.AnyOp)
	_, err = f.Payments().Customer(t.Context(), other.Customer)
	require.NoError(t, err)
}

func TestAMistakeInSeedingFailsEveryCall(t *testing.T) {
	t.Parallel()
	mistakes := map[string]func(*fixture){
		"an account that is not there":   func(f *fixture) { f.AddInvoice("acct_x", invoice.Invoice{}) },
		"an operation that is not there": func(f *fixture) { f.FailNext("Invoicse", provider.ErrTimeout) },
		"an address that is none":        func(f *fixture) { f.SetEmail(f.acme.ID, "nobody") },
		"an account twice":               func(f *fixture) { f.AddAccount(provider.Account{ID: f.acme.ID}) },
		"a total that is not the sum": func(f *fixture) {
			inv := f.inv
			inv.ID, inv.Total = "", usd("7")
			f.AddInvoice(f.acme.ID, inv)
		},
		"a discount of nothing":  func(f *fixture) { f.AddDiscount(f.acme.ID, usage.Discount{ID: "d"}) },
		"a currency of its own":  func(f *fixture) { f.AddAccount(provider.Account{Currency: "XYZ"}) },
		"a credit in euros":      func(f *fixture) { f.AddAdjustment(f.acme.ID, usage.Adjustment{Amount: money.MustParse("1", "EUR")}) },
		"a recipient at nowhere": func(f *fixture) { f.SetRecipients(f.acme.ID, []string{"nobody"}, nil) },
		"a tenant of nobody":     func(f *fixture) { f.AddTenant("acct_x", usage.Tenant{}) },
		"a roster of no tenant":  func(f *fixture) { f.AddRoster(f.acme.ID, "x") },
		"a roster that cannot be read": func(f *fixture) {
			f.AddTenant(f.acme.ID, usage.Tenant{ID: "x", Users: func(yield func(usage.Record, error) bool) {
				yield(usage.Record{}, io.ErrUnexpectedEOF)
			}})
		},
		"a project of nobody":    func(f *fixture) { f.AddProject("acct_x", usage.Project{}) },
		"readings of no project": func(f *fixture) { f.SetReadings(f.acme.ID, "x", civil.Period{}) },
		"figures of nobody":      func(f *fixture) { f.SetDaily("acct_x") },
		"figures of no project": func(f *fixture) {
			f.SetDaily(f.acme.ID, provider.DayUsage{Project: "x", Meter: "m", Day: civil.MustDate(2026, 10, 1)})
		},
		"a figure of no day": func(f *fixture) { f.SetDaily(f.acme.ID, provider.DayUsage{Project: "a", Meter: "m"}) },
		"a figure of no meter": func(f *fixture) {
			f.SetDaily(f.acme.ID, provider.DayUsage{Project: "a", Day: civil.MustDate(2026, 10, 1)})
		},
		"a figure below zero": func(f *fixture) {
			f.SetDaily(f.acme.ID, provider.DayUsage{
				Project: "a", Meter: "m", Day: civil.MustDate(2026, 10, 1), Used: usage.Known(decimal.NewFromInt(-1)),
			})
		},
		"a plan of nobody":          func(f *fixture) { f.SetPlan("acct_x", civil.Date{}, usage.Plan{}) },
		"an assignment of nobody":   func(f *fixture) { f.Assign("partner", "acct_x") },
		"a revocation of nobody":    func(f *fixture) { f.Revoke("partner", "acct_x") },
		"a status of no invoice":    func(f *fixture) { f.SetStatus("in_x", invoice.Paid) },
		"a document of no invoice":  func(f *fixture) { f.SetDocument("in_x", nil) },
		"a customer that never was": func(f *fixture) { f.DeleteCustomer("cus_x") },
	}
	for name, make := range mistakes {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			make(f)
			require.ErrorIs(t, f.Err(), provider.ErrInvalid)
			for op, call := range f.calls(t) {
				require.ErrorIs(t, call(t.Context()), provider.ErrInvalid, op)
			}
		})
	}
}

func TestTheCallLogHoldsNoAddress(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for op, call := range f.calls(t) {
		require.NoError(t, call(t.Context()), op)
	}
	require.Len(t, f.Calls(), len(f.calls(t)))
	require.NotContains(t, fmt.Sprintf("%+v", f.Calls()), "@")
	require.Len(t, f.CallsOf("Issue", "Void"), 2)
	f.ResetCalls()
	require.Empty(t, f.Calls())
}

package memory_test

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/invoice"
	"github.com/billhatch/billhatch/invoice/pdf"
	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/provider/memory"
	"github.com/billhatch/billhatch/usage"
	"github.com/billhatch/billhatch/usage/civil"
)

func TestNoAbilityIsMissing(t *testing.T) {
	t.Parallel()
	world := memory.New()
	both := append(provider.Capabilities(world.Payments()), provider.Capabilities(world.Records())...)
	require.Len(t, both, 23)
	require.Equal(t, "memory", world.Payments().Name())
	require.Equal(t, "memory", world.Records().Name())
}

func TestTheClockStandsStillUntilItIsMoved(t *testing.T) {
	t.Parallel()
	world := memory.New()
	start := world.Now()
	require.Equal(t, time.Date(2026, time.November, 21, 9, 0, 0, 0, time.UTC), start)
	require.Equal(t, start, world.Now())
	world.Advance(time.Hour)
	require.Equal(t, start.Add(time.Hour), world.Now())
	world.Set(start.In(time.FixedZone("east", 7200)))
	require.Equal(t, start, world.Now(), "in UTC")
}

func TestCustomersByEmail(t *testing.T) {
	t.Parallel()
	world := memory.New()
	var want []string
	for i := range 12 {
		a := world.AddAccount(provider.Account{})
		world.SetEmail(a.ID, "Shared@Acme.example")
		if i == 5 {
			world.DeleteCustomer(a.ID)
			continue
		}
		want = append(want, a.Customer)
	}
	world.AddAccount(provider.Account{})
	got, err := world.Payments().CustomersByEmail(t.Context(), email(t, "shared@acme.EXAMPLE"), 100)
	require.NoError(t, err)
	require.Equal(t, want, got)
	got, err = world.Payments().CustomersByEmail(t.Context(), email(t, "shared@acme.example"), 2)
	require.NoError(t, err)
	require.Equal(t, want[:2], got)
	got, err = world.Payments().CustomersByEmail(t.Context(), email(t, "nobody@acme.example"), 2)
	require.NoError(t, err)
	require.Empty(t, got)
	_, err = world.Payments().CustomersByEmail(t.Context(), provider.Email{}, 2)
	require.ErrorIs(t, err, provider.ErrInvalid)
}

func TestRecipientsKeepTheirIds(t *testing.T) {
	t.Parallel()
	world := memory.New()
	acme := world.AddAccount(provider.Account{})
	read := func() string {
		r, err := world.Payments().Recipients(t.Context(), acme.Customer)
		require.NoError(t, err)
		var out []string
		for _, rec := range append(r.Invoices, r.Changes...) {
			out = append(out, rec.ID+" "+rec.Email.Reveal())
		}
		return strings.Join(out, ", ")
	}
	require.Empty(t, read())
	world.SetRecipients(acme.ID, []string{"a@x.example", "b@x.example"}, []string{"a@x.example"})
	require.Equal(t, "rcp_000001 a@x.example, rcp_000002 b@x.example, rcp_000003 a@x.example", read())
	world.SetRecipients(acme.ID, []string{"B@x.example", "c@x.example"}, nil)
	require.Equal(t, "rcp_000002 B@x.example, rcp_000004 c@x.example", read())
	world.SetSyncing(acme.ID, true)
	_, err := world.Payments().Recipients(t.Context(), acme.Customer)
	require.ErrorIs(t, err, provider.ErrSyncing)
	world.SetRecipients(acme.ID, nil, nil)
	require.Empty(t, read(), "setting them ends synchronising")
}

func TestTheNextInvoiceIsOnTheFirstInTheAccountsZone(t *testing.T) {
	t.Parallel()
	world := memory.New()
	west := world.AddAccount(provider.Account{Zone: time.FixedZone("west", -8*3600)})
	east := world.AddAccount(provider.Account{Zone: time.FixedZone("east", 8*3600)})
	next := func(customer string) string {
		date, err := world.Payments().NextInvoice(t.Context(), customer)
		require.NoError(t, err)
		return date.String()
	}
	world.Set(time.Date(2026, time.November, 30, 20, 0, 0, 0, time.UTC)) // 1 December in the east
	require.Equal(t, "2026-12-01", next(west.Customer))
	require.Equal(t, "2027-01-01", next(east.Customer))
	world.SetNextInvoice(west.ID, civil.MustDate(2026, 12, 15))
	require.Equal(t, "2026-12-15", next(west.Customer))
	world.SetNextInvoice(west.ID, civil.Date{})
	require.Empty(t, next(west.Customer))
}

func TestMethodsAndHealthAreWhatWasSet(t *testing.T) {
	t.Parallel()
	world := memory.New()
	acme := world.AddAccount(provider.Account{})
	methods, err := world.Payments().PaymentMethods(t.Context(), acme.Customer)
	require.NoError(t, err)
	require.Empty(t, methods)
	world.SetMethods(acme.ID, provider.PaymentMethod{Kind: "card", Last4: "4242"})
	methods, err = world.Payments().PaymentMethods(t.Context(), acme.Customer)
	require.NoError(t, err)
	require.Equal(t, []provider.PaymentMethod{{ID: "pm_000001", Kind: "card", Last4: "4242"}}, methods)

	problems, err := world.Payments().Health(t.Context())
	require.NoError(t, err)
	require.Empty(t, problems)
	world.SetHealth(provider.Problem{Code: "portal.not_saved"})
	problems, err = world.Payments().Health(t.Context())
	require.NoError(t, err)
	require.Equal(t, []provider.Problem{{Code: "portal.not_saved"}}, problems)
}

func TestTheHistoryEndsWithTheLastFullPage(t *testing.T) {
	t.Parallel()
	world := memory.New()
	acme := world.AddAccount(provider.Account{})
	for i := range 4 {
		world.AddDiscount(acme.ID, usage.Discount{
			ID: fmt.Sprint(i), Amount: usd("5"), Valid: civil.Span{From: civil.MustDate(2026, 1, 1)},
		})
	}
	q := provider.HistoryQuery{Customer: acme.Customer, Limit: 2}
	first, err := world.Payments().Discounts(t.Context(), q)
	require.NoError(t, err)
	require.Equal(t, "3", first.Items[0].ID, "of the same day the last one is first")
	require.Equal(t, "-5.00 USD", first.Items[0].Amount.String())
	q.Cursor = first.Next
	second, err := world.Payments().Discounts(t.Context(), q)
	require.NoError(t, err)
	require.Len(t, second.Items, 2)
	require.Empty(t, second.Next)
}

func TestScriptedFaultsWaitForTheirCustomer(t *testing.T) {
	t.Parallel()
	world := memory.New()
	acme, other := world.AddAccount(provider.Account{}), world.AddAccount(provider.Account{})
	world.Inject("Customer", memory.Fault{Err: provider.ErrForeign, Only: other.Customer}, memory.Fault{}, memory.Fault{Err: provider.ErrTimeout})
	read := func(id string) error {
		_, err := world.Payments().Customer(t.Context(), id)
		return err
	}
	require.NoError(t, read(acme.Customer), "the second of the script: nothing goes wrong")
	require.ErrorIs(t, read(acme.Customer), provider.ErrTimeout)
	require.NoError(t, read(acme.Customer))
	require.ErrorIs(t, read(other.Customer), provider.ErrForeign)
	require.NoError(t, read(other.Customer))

	world.FailAlways(memory.AnyOp, provider.ErrUnavailable)
	world.InjectAlways("Customer", memory.Fault{})
	require.NoError(t, read(acme.Customer), "kept out of the fault of all")
	_, err := world.Payments().Health(t.Context())
	require.ErrorIs(t, err, provider.ErrUnavailable)
}

func TestSeededInvoicesAreCompleted(t *testing.T) {
	t.Parallel()
	world := memory.New()
	net10, err := invoice.Net(10)
	require.NoError(t, err)
	acme := world.AddAccount(provider.Account{Name: "Acme", Currency: "JPY", Terms: net10, Zone: time.FixedZone("east", 9*3600)})
	inv := world.AddInvoice(acme.ID, invoice.Invoice{})
	require.NoError(t, world.Err())
	require.Equal(t, "in_000001 open 2026-10 2026-11-01 2026-11-11 100 JPY Acme", fmt.Sprint(
		inv.ID, " ", inv.Status, " ", inv.Period, " ", inv.Issued, " ", inv.Due(), " ", inv.Total, " ", inv.Customer.Name))
	require.Equal(t, acme.Customer, inv.CustomerID)
	require.Empty(t, inv.Account)

	paid := world.AddInvoice(acme.ID, invoice.Invoice{Status: invoice.Paid, Issued: civil.MustDate(2026, 3, 1)})
	require.Equal(t, "2026-02 2026-03-01 100 JPY", fmt.Sprint(paid.Period, " ", paid.PaidOn, " ", paid.Paid))

	taxed := world.AddInvoice(acme.ID, invoice.Invoice{
		Lines: paid.Lines, Taxes: []invoice.Tax{{Name: "VAT", Rate: decimal.NewFromInt(10), Base: paid.Total, Amount: paid.Total}},
	})
	require.Equal(t, "200 JPY", taxed.Total.String())
	require.Empty(t, world.AddInvoice(acme.ID, invoice.Invoice{Status: invoice.Draft}).Number)
	require.NoError(t, world.Err())
	world.AddInvoice(acme.ID, invoice.Invoice{ID: inv.ID})
	require.ErrorIs(t, world.Err(), provider.ErrInvalid)
}

func TestInvoicesArePrintedWithTheHostsRenderer(t *testing.T) {
	t.Parallel()
	letter, err := pdf.New(pdf.Options{Page: pdf.Letter})
	require.NoError(t, err)
	print := func(opt memory.Options) []byte {
		world, err := memory.Open(opt)
		require.NoError(t, err)
		acme := world.AddAccount(provider.Account{})
		doc, err := world.Payments().InvoicePDF(t.Context(), acme.Customer, world.AddInvoice(acme.ID, invoice.Invoice{}).ID)
		require.NoError(t, err)
		raw, err := io.ReadAll(doc.Body)
		require.NoError(t, err)
		require.NoError(t, doc.Body.Close())
		_, err = doc.Body.Read(make([]byte, 1))
		require.Error(t, err, "it is closed")
		return raw
	}
	plain := print(memory.Options{})
	require.Equal(t, plain, print(memory.Options{}), "the same invoice gives the same bytes")
	require.False(t, bytes.Equal(plain, print(memory.Options{Renderer: letter})))
	require.False(t, bytes.Equal(plain, print(memory.Options{Seller: invoice.Party{Name: "Gatehouse"}})))
}

func TestWhatIsLiveIsSaidToBe(t *testing.T) {
	t.Parallel()
	for _, live := range []bool{false, true} {
		world, err := memory.Open(memory.Options{Live: live})
		require.NoError(t, err)
		acme := world.AddAccount(provider.Account{})
		c, err := world.Payments().Customer(t.Context(), acme.Customer)
		require.NoError(t, err)
		require.Equal(t, live, c.Live)
	}
}

func TestAnAccountCanLoseItsBilling(t *testing.T) {
	t.Parallel()
	world := memory.New()
	acme := world.AddAccount(provider.Account{Name: "Acme", Currency: "EUR"})
	world.SetAccount(provider.Account{ID: acme.ID, Name: "Acme GmbH"})
	got, err := world.Records().Account(t.Context(), acme.ID)
	require.NoError(t, err)
	require.Equal(t, provider.Account{ID: acme.ID, Name: "Acme GmbH", Currency: "EUR", Zone: time.UTC}, got)
}

// A page of 20 out of 1000, in the middle.
func BenchmarkInvoices(b *testing.B) {
	world := memory.New()
	acme := world.AddAccount(provider.Account{})
	for range 1000 {
		world.AddInvoice(acme.ID, invoice.Invoice{})
	}
	q := provider.InvoiceQuery{Customer: acme.Customer, Limit: 20}
	for range 25 {
		page, err := world.Payments().Invoices(b.Context(), q)
		require.NoError(b, err)
		q.Cursor = page.Next
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := world.Payments().Invoices(b.Context(), q); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkIssue(b *testing.B) {
	world := memory.New()
	acme := world.AddAccount(provider.Account{})
	plan := draft(b, 20)
	n := 0
	b.ReportAllocs()
	for b.Loop() {
		n++
		r := provider.IssueRequest{Key: fmt.Sprint(n), Customer: acme.Customer, Invoice: plan, Send: true}
		if _, err := world.Payments().Issue(b.Context(), r); err != nil {
			b.Fatal(err)
		}
	}
}

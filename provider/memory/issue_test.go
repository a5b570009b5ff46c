package memory_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/invoice"
	"github.com/billhatch/billhatch/money"
	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/provider/memory"
	"github.com/billhatch/billhatch/usage/civil"
)

func usd(s string) money.Amount { return money.MustParse(s, "USD") }

// draft is a plan of n lines of 1.00 USD.
func draft(t testing.TB, n int) invoice.Invoice {
	t.Helper()
	october, err := civil.Month(2026, time.October, time.UTC)
	require.NoError(t, err)
	inv := invoice.Invoice{
		Status: invoice.Draft, Currency: "USD", Period: october, Issued: october.To(), Subtotal: usd("0"), Total: usd("0"),
	}
	for i := range n {
		inv.Lines = append(inv.Lines, invoice.Line{
			Key: fmt.Sprint(i), Kind: invoice.Seats, Description: "seats", Quantity: decimal.NewFromInt(1), Unit: usd("1"),
			Amount: usd("1"), Merged: 1,
		})
		inv.Total, err = inv.Total.Add(usd("1"))
		require.NoError(t, err)
	}
	inv.Subtotal = inv.Total
	return inv
}

func TestIssueRefusesWhatAProviderWouldRefuse(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name  string
		edit  func(*provider.IssueRequest)
		kind  error
		field string
	}{
		{"no key", func(r *provider.IssueRequest) { r.Key = "" }, provider.ErrInvalid, "key"},
		{"a key beyond 255 bytes", func(r *provider.IssueRequest) { r.Key = string(make([]byte, 256)) }, provider.ErrInvalid, "key"},
		{"an unknown customer", func(r *provider.IssueRequest) { r.Customer = "cus_x" }, provider.ErrNotFound, ""},
		{"251 lines", func(r *provider.IssueRequest) { r.Invoice = draft(t, 251) }, provider.ErrInvalid, "lines"},
		{"no lines", func(r *provider.IssueRequest) { r.Invoice = draft(t, 0) }, provider.ErrInvalid, "lines"},
		{"a total that is not the sum", func(r *provider.IssueRequest) { r.Invoice.Total = usd("7") }, provider.ErrInvalid, "total"},
		{"another currency than the customer's", func(r *provider.IssueRequest) {
			r.Invoice = invoice.Invoice{
				Status: invoice.Draft, Currency: "EUR", Period: r.Invoice.Period, Issued: r.Invoice.Issued,
				Lines:    []invoice.Line{{Amount: money.MustParse("1", "EUR")}},
				Subtotal: money.MustParse("1", "EUR"), Total: money.MustParse("1", "EUR"),
			}
		}, provider.ErrInvalid, "currency"},
		{"parts of a cent", func(r *provider.IssueRequest) {
			r.Invoice.Lines = r.Invoice.Lines[:1]
			r.Invoice.Lines[0].Amount, r.Invoice.Subtotal, r.Invoice.Total = usd("0.005"), usd("0.005"), usd("0.005")
		}, provider.ErrInvalid, "lines"},
		{"what was issued already", func(r *provider.IssueRequest) { r.Invoice.Status = invoice.Open }, provider.ErrInvalid, "status"},
		{"a total below zero", func(r *provider.IssueRequest) {
			r.Invoice.Lines[0].Amount, r.Invoice.Subtotal, r.Invoice.Total = usd("-7"), usd("-5"), usd("-5")
		}, provider.ErrInvalid, "total"},
		{"no period", func(r *provider.IssueRequest) { r.Invoice.Period = civil.Period{} }, provider.ErrInvalid, "period"},
		{"no issue date", func(r *provider.IssueRequest) { r.Invoice.Issued = civil.Date{} }, provider.ErrInvalid, "issued"},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			world := memory.New()
			acme := world.AddAccount(provider.Account{})
			r := provider.IssueRequest{Key: "k", Customer: acme.Customer, Invoice: draft(t, 3)}
			tc.edit(&r)
			_, err := world.Payments().Issue(t.Context(), r)
			require.ErrorIs(t, err, tc.kind)
			var e *provider.Error
			require.ErrorAs(t, err, &e)
			require.Equal(t, tc.field, e.Field)
			require.Equal(t, "Issue", e.Op)
			page, err := world.Payments().Invoices(t.Context(), provider.InvoiceQuery{Customer: acme.Customer, Limit: 10})
			require.NoError(t, err)
			require.Empty(t, page.Invoices)
		})
	}
}

func TestIssueTakes250LinesAndANothing(t *testing.T) {
	t.Parallel()
	world := memory.New()
	acme := world.AddAccount(provider.Account{})
	inv, err := world.Payments().Issue(t.Context(), provider.IssueRequest{Key: "full", Customer: acme.Customer, Invoice: draft(t, 250)})
	require.NoError(t, err)
	require.Len(t, inv.Lines, 250)
	require.Equal(t, invoice.Open, inv.Status)
	require.NotEmpty(t, inv.Number)
	require.Equal(t, acme.Customer, inv.CustomerID)

	nothing := draft(t, 1)
	nothing.Lines[0].Amount, nothing.Subtotal, nothing.Total = usd("0"), usd("0"), usd("0")
	inv, err = world.Payments().Issue(t.Context(), provider.IssueRequest{Key: "nothing", Customer: acme.Customer, Invoice: nothing})
	require.NoError(t, err)
	require.Equal(t, invoice.Paid, inv.Status)
}

func TestWhatAProviderReturnsIsOfACustomerAndOfNoAccount(t *testing.T) {
	t.Parallel()
	world := memory.New()
	acme := world.AddAccount(provider.Account{})
	plan := draft(t, 1)
	plan.Account, plan.CustomerID, plan.ID, plan.Number = acme.ID, "cus_x", "in_x", "7"
	inv, err := world.Payments().Issue(t.Context(), provider.IssueRequest{Key: "k", Customer: acme.Customer, Invoice: plan})
	require.NoError(t, err)
	require.Empty(t, inv.Account)
	require.Equal(t, acme.Customer, inv.CustomerID)
	require.Equal(t, "in_000001", inv.ID)
	require.NotEqual(t, "7", inv.Number)
}

func TestThereMustBeAnAddressToSendTo(t *testing.T) {
	t.Parallel()
	world := memory.New()
	acme := world.AddAccount(provider.Account{})
	world.SetEmail(acme.ID, "")
	r := provider.IssueRequest{Key: "k", Customer: acme.Customer, Invoice: draft(t, 1), Send: true}
	_, err := world.Payments().Issue(t.Context(), r)
	require.ErrorIs(t, err, provider.ErrInvalid)
	require.Empty(t, world.Webhooks())
	world.SetEmail(acme.ID, "a@acme.example")
	_, err = world.Payments().Issue(t.Context(), r)
	require.NoError(t, err)
	require.Len(t, world.Webhooks(), 2)
}

// Whatever step fails, and however often, the same request ends in one invoice.
func TestIssueGoesOnWhereItStopped(t *testing.T) {
	t.Parallel()
	steps := []string{memory.IssueDraft, memory.IssueLines, memory.IssueFinalize, memory.IssueSend, "Issue"}
	for _, step := range steps {
		for _, late := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s fails, the work is done: %v", step, late), func(t *testing.T) {
				t.Parallel()
				world := memory.New()
				acme := world.AddAccount(provider.Account{})
				r := provider.IssueRequest{Key: "k", Customer: acme.Customer, Invoice: draft(t, 3), Send: true}
				fault := memory.Fault{Err: provider.ErrUnknown, Late: late}
				world.Inject(step, fault, fault)
				for {
					inv, err := world.Payments().Issue(t.Context(), r)
					if err == nil {
						require.Equal(t, "3.00 USD", inv.Total.String())
						break
					}
					require.ErrorIs(t, err, provider.ErrUnknown)
				}
				page, err := world.Payments().Invoices(t.Context(), provider.InvoiceQuery{Customer: acme.Customer, Limit: 10})
				require.NoError(t, err)
				require.Len(t, page.Invoices, 1)
				sent := 0
				for _, hook := range world.Webhooks() {
					if hook.Event.Type == "invoice.sent" {
						sent++
					}
				}
				require.Equal(t, 1, sent)
			})
		}
	}
}

func TestADraftIsNeverShown(t *testing.T) {
	t.Parallel()
	world := memory.New()
	acme := world.AddAccount(provider.Account{})
	world.AddInvoice(acme.ID, invoice.Invoice{ID: "in_seeded", Status: invoice.Draft})
	world.FailNext(memory.IssueFinalize, provider.ErrUnavailable)
	_, err := world.Payments().Issue(t.Context(), provider.IssueRequest{Key: "k", Customer: acme.Customer, Invoice: draft(t, 1)})
	require.ErrorIs(t, err, provider.ErrUnavailable)

	page, err := world.Payments().Invoices(t.Context(), provider.InvoiceQuery{Customer: acme.Customer, Limit: 10})
	require.NoError(t, err)
	require.Empty(t, page.Invoices)
	for _, id := range []string{"in_seeded", "in_000001"} {
		_, err = world.Payments().Invoice(t.Context(), acme.Customer, id)
		require.Equal(t, provider.NotFound("Invoice").Error(), err.Error())
		_, err = world.Payments().InvoicePDF(t.Context(), acme.Customer, id)
		require.Equal(t, provider.NotFound("InvoicePDF").Error(), err.Error())
		_, err = world.Payments().Void(t.Context(), acme.Customer, id, "v")
		require.ErrorIs(t, err, provider.ErrNotFound)
	}
}

func TestTheSameKeyWithAnotherPlanIsAConflict(t *testing.T) {
	t.Parallel()
	world := memory.New()
	acme, other := world.AddAccount(provider.Account{}), world.AddAccount(provider.Account{})
	first, err := world.Payments().Issue(t.Context(), provider.IssueRequest{Key: "k", Customer: acme.Customer, Invoice: draft(t, 2)})
	require.NoError(t, err)
	again, err := world.Payments().Issue(t.Context(), provider.IssueRequest{Key: "k", Customer: acme.Customer, Invoice: draft(t, 2), Send: true})
	require.NoError(t, err)
	require.Equal(t, first, again)

	net10, err := invoice.Net(10)
	require.NoError(t, err)
	terms := draft(t, 2)
	terms.Terms = net10
	for name, r := range map[string]provider.IssueRequest{
		"another line":     {Key: "k", Customer: acme.Customer, Invoice: draft(t, 3)},
		"another customer": {Key: "k", Customer: other.Customer, Invoice: draft(t, 2)},
		"other terms":      {Key: "k", Customer: acme.Customer, Invoice: terms},
	} {
		_, err = world.Payments().Issue(t.Context(), r)
		require.ErrorIs(t, err, provider.ErrConflict, name)
	}
}

func TestManyWhoIssueTheSameGetOneInvoice(t *testing.T) {
	t.Parallel()
	world := memory.New()
	acme := world.AddAccount(provider.Account{})
	world.Inject(memory.IssueLines, memory.Fault{Err: provider.ErrTimeout}, memory.Fault{}, memory.Fault{Err: provider.ErrUnknown, Late: true})
	plan := draft(t, 5)
	var wg sync.WaitGroup
	ids := make([]string, 16)
	for i := range ids {
		wg.Go(func() {
			for ids[i] == "" {
				inv, err := world.Payments().Issue(t.Context(), provider.IssueRequest{Key: "k", Customer: acme.Customer, Invoice: plan})
				if err == nil {
					ids[i] = inv.ID
				}
			}
		})
	}
	wg.Wait()
	for _, id := range ids {
		require.Equal(t, "in_000001", id)
	}
}

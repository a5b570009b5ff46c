package providertest_test

import (
	"context"
	"io"
	"iter"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/invoice"
	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/provider/providertest"
	"github.com/billhatch/billhatch/usage"
	"github.com/billhatch/billhatch/usage/civil"
)

// silent has every ability of both contracts and answers nothing to everything, or with an error of one kind.
type silent struct{ kind error }

func (s silent) err(op string) error {
	if s.kind == nil {
		return nil
	}
	return &provider.Error{Op: op, Kind: s.kind}
}

func (silent) Name() string { return "" }

func (s silent) Customer(context.Context, string) (provider.Customer, error) {
	return provider.Customer{}, s.err("Customer")
}

func (s silent) Invoices(context.Context, provider.InvoiceQuery) (provider.InvoicePage, error) {
	return provider.InvoicePage{}, s.err("Invoices")
}

func (s silent) Invoice(context.Context, string, string) (invoice.Invoice, error) {
	return invoice.Invoice{}, s.err("Invoice")
}

func (s silent) UpdateEmail(context.Context, provider.EmailChange) (provider.Customer, error) {
	return provider.Customer{}, s.err("UpdateEmail")
}

func (s silent) CustomersByEmail(context.Context, provider.Email, int) ([]string, error) {
	return nil, s.err("CustomersByEmail")
}

func (s silent) InvoicePDF(context.Context, string, string) (*provider.Document, error) {
	if s.kind != nil {
		return nil, s.err("InvoicePDF")
	}
	return &provider.Document{Body: io.NopCloser(strings.NewReader("")), Size: -1}, nil
}

func (s silent) PortalSession(context.Context, provider.PortalRequest) (provider.PortalSession, error) {
	return provider.PortalSession{}, s.err("PortalSession")
}

func (s silent) LoginLink(context.Context, provider.Email) (provider.SecretURL, error) {
	return provider.SecretURL{}, s.err("LoginLink")
}

func (s silent) NextInvoice(context.Context, string) (civil.Date, error) {
	return civil.Date{}, s.err("NextInvoice")
}

func (s silent) Discounts(context.Context, provider.HistoryQuery) (provider.HistoryPage, error) {
	return provider.HistoryPage{}, s.err("Discounts")
}

func (s silent) Recipients(context.Context, string) (provider.Recipients, error) {
	return provider.Recipients{}, s.err("Recipients")
}

func (s silent) PaymentMethods(context.Context, string) ([]provider.PaymentMethod, error) {
	return nil, s.err("PaymentMethods")
}

func (s silent) Issue(context.Context, provider.IssueRequest) (invoice.Invoice, error) {
	return invoice.Invoice{}, s.err("Issue")
}

func (s silent) Void(context.Context, string, string, string) (invoice.Invoice, error) {
	return invoice.Invoice{}, s.err("Void")
}

func (s silent) Credit(context.Context, provider.CreditRequest) (provider.CreditNote, error) {
	return provider.CreditNote{}, s.err("Credit")
}

func (s silent) VerifyWebhook([]byte, string, time.Time) (provider.Event, error) {
	return provider.Event{}, s.err("VerifyWebhook")
}

func (silent) SignatureHeader() string { return "" }

func (s silent) Health(context.Context) ([]provider.Problem, error) { return nil, s.err("Health") }

func (s silent) Account(context.Context, string) (provider.Account, error) {
	return provider.Account{}, s.err("Account")
}

func (s silent) Assigned(context.Context, string, string) (bool, error) {
	return false, s.err("Assigned")
}

func (s silent) Clients(context.Context, provider.ClientQuery) (provider.ClientPage, error) {
	return provider.ClientPage{}, s.err("Clients")
}

func (s silent) Tenants(context.Context, string, civil.Period) iter.Seq2[usage.Tenant, error] {
	return nothing[usage.Tenant](s.err("Tenants"))
}

func (s silent) Projects(context.Context, string, civil.Period) iter.Seq2[usage.Project, error] {
	return nothing[usage.Project](s.err("Projects"))
}

func (s silent) Daily(context.Context, string, civil.Period) iter.Seq2[provider.DayUsage, error] {
	return nothing[provider.DayUsage](s.err("Daily"))
}

func nothing[T any](err error) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		if err != nil {
			var none T
			yield(none, err)
		}
	}
}

func (s silent) Plan(context.Context, string, civil.Period) (provider.Agreement, error) {
	return provider.Agreement{}, s.err("Plan")
}

func (s silent) Append(context.Context, provider.AuditEntry) (provider.AuditEntry, error) {
	return provider.AuditEntry{}, s.err("Append")
}

func (s silent) Audit(context.Context, provider.AuditQuery) (provider.AuditPage, error) {
	return provider.AuditPage{}, s.err("Audit")
}

func (s silent) Put(context.Context, provider.Closing) (provider.Closing, error) {
	return provider.Closing{}, s.err("Put")
}

func (s silent) Closing(context.Context, provider.ClosingKey) (provider.Closing, error) {
	return provider.Closing{}, s.err("Closing")
}

func (s silent) Closings(context.Context, provider.ClosingQuery) (provider.ClosingPage, error) {
	return provider.ClosingPage{}, s.err("Closings")
}

func (s silent) Receive(context.Context, provider.Event, []byte) (bool, error) {
	return false, s.err("Receive")
}

func (s silent) Pending(context.Context, provider.PendingQuery) (provider.PendingPage, error) {
	return provider.PendingPage{}, s.err("Pending")
}

func (s silent) Done(context.Context, string) error { return s.err("Done") }

func (s silent) Freeze(context.Context, provider.FrozenStatement) error { return s.err("Freeze") }

func (s silent) Statement(context.Context, provider.ClosingKey) (provider.FrozenStatement, error) {
	return provider.FrozenStatement{}, s.err("Statement")
}

// Every case must be able to fail: with answers of nothing, or with an error to every question.
func TestEveryCaseFailsForSomebody(t *testing.T) {
	t.Parallel()
	failed := map[string]bool{}
	for _, kind := range []error{nil, provider.ErrUnavailable, provider.ErrNotFound} {
		for _, f := range providertest.PaymentFailures(t, providertest.PaymentsHarness{
			Want: providertest.PaymentAbilities(),
			New: func(*testing.T) providertest.PaymentsWorld {
				_, pw := good()
				pw.Payments = silent{kind}
				return pw
			},
		}) {
			failed["payments/"+f.Case] = true
			require.NotContains(t, f.Text, "panic:", f.Case)
		}
		for _, f := range providertest.RecordFailures(t, providertest.RecordsHarness{
			Want: providertest.RecordAbilities(),
			New: func(*testing.T) providertest.RecordsWorld {
				_, rw := goodRecords()
				rw.Records = silent{kind}
				return rw
			},
		}) {
			failed["records/"+f.Case] = true
			require.NotContains(t, f.Text, "panic:", f.Case)
		}
	}
	var never []string
	for _, name := range providertest.PaymentCases() {
		if !failed["payments/"+name] {
			never = append(never, "payments/"+name)
		}
	}
	for _, name := range providertest.RecordCases() {
		if !failed["records/"+name] {
			never = append(never, "records/"+name)
		}
	}
	require.Empty(t, never)
}

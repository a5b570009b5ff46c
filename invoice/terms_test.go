package invoice_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/invoice"
	"github.com/billhatch/billhatch/money"
	"github.com/billhatch/billhatch/usage/civil"
)

func net(t *testing.T, days int) invoice.Terms {
	t.Helper()
	terms, err := invoice.Net(days)
	require.NoError(t, err)
	return terms
}

// TestO8TermsAreNet30ByDefault (O8) and a setting.
func TestO8TermsAreNet30ByDefault(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name        string
		terms       invoice.Terms
		issued, due civil.Date
		text        string
	}{
		{"the default", invoice.Terms{}, civil.MustDate(2026, 11, 1), civil.MustDate(2026, 12, 1), "Net 30"},
		{"over the end of a year", invoice.Terms{}, civil.MustDate(2026, 12, 15), civil.MustDate(2027, 1, 14), "Net 30"},
		{"over a leap day", invoice.Terms{}, civil.MustDate(2028, 2, 1), civil.MustDate(2028, 3, 2), "Net 30"},
		{"over a February without one", invoice.Terms{}, civil.MustDate(2026, 2, 1), civil.MustDate(2026, 3, 3), "Net 30"},
		{"Net 14", net(t, 14), civil.MustDate(2026, 11, 1), civil.MustDate(2026, 11, 15), "Net 14"},
		{"due on receipt", net(t, 0), civil.MustDate(2026, 11, 1), civil.MustDate(2026, 11, 1), "Due on receipt"},
		{"a draft has no due date", invoice.Terms{}, civil.Date{}, civil.Date{}, "Net 30"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			inv := invoice.Invoice{Issued: c.issued, Terms: c.terms}
			require.Equal(t, c.due, inv.Due())
			require.Equal(t, c.text, c.terms.String())
		})
	}
	for _, days := range []int{-1, invoice.MaxDays + 1} {
		_, err := invoice.Net(days)
		require.ErrorIs(t, err, invoice.ErrTerms)
	}
}

// TestC6OverdueBeginsTheDayAfter (C6) the due date, in the account's zone; only open invoices are overdue.
func TestC6OverdueBeginsTheDayAfter(t *testing.T) {
	t.Parallel()
	// Due on 1 December 2026 in New York, so overdue from 2 December 05:00 UTC on.
	overdue := time.Date(2026, 12, 2, 5, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name   string
		status invoice.Status
		now    time.Time
		want   bool
	}{
		{"on the due date it is in time", invoice.Open, overdue.Add(-24 * time.Hour), false},
		{"until the last instant of the due date", invoice.Open, overdue.Add(-1), false},
		{"from the next day on it is overdue", invoice.Open, overdue, true},
		{"a paid invoice never is", invoice.Paid, overdue.AddDate(1, 0, 0), false},
		{"a void invoice never is", invoice.Void, overdue.AddDate(1, 0, 0), false},
		{"an uncollectible invoice never is", invoice.Uncollectible, overdue.AddDate(1, 0, 0), false},
		{"an invoice of unknown status never is", invoice.Unknown, overdue.AddDate(1, 0, 0), false},
		{"a draft never is", invoice.Draft, overdue.AddDate(1, 0, 0), false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			inv := invoice.Invoice{Status: c.status, Issued: civil.MustDate(2026, 11, 1), Period: october(t)}
			require.Equal(t, c.want, inv.Overdue(c.now))
		})
	}
	stated := invoice.Invoice{Status: invoice.Open, Issued: civil.MustDate(2026, 11, 1), DueDate: civil.MustDate(2026, 11, 5), Period: october(t)}
	require.True(t, stated.Overdue(overdue.AddDate(0, 0, -20)), "a due date that the provider states counts")
}

// TestAnUnknownStatusIsNeverPaid.
func TestAnUnknownStatusIsNeverPaid(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "PAID", "paid ", "settled", "unknown"} {
		require.Equal(t, invoice.Unknown, invoice.ParseStatus(text))
	}
	for _, s := range []invoice.Status{invoice.Unknown, invoice.Draft, invoice.Open, invoice.Paid, invoice.Void, invoice.Uncollectible} {
		require.Equal(t, s, invoice.ParseStatus(s.String()))
		text, err := s.MarshalText()
		require.NoError(t, err)
		var back invoice.Status
		require.NoError(t, back.UnmarshalText(text))
		require.Equal(t, s, back)
	}
	require.Equal(t, "unknown", invoice.Status(99).String())
}

// TestAmountDue by status.
func TestAmountDue(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name           string
		status         invoice.Status
		credited, paid money.Amount
		want           string
	}{
		{"open and unpaid", invoice.Open, money.Amount{}, money.Amount{}, "10.00 USD"},
		{"open and partly paid", invoice.Open, money.Amount{}, usd("4.00"), "6.00 USD"},
		{"open and partly credited", invoice.Open, usd("3.00"), money.Amount{}, "7.00 USD"},
		{"open, credited and paid", invoice.Open, usd("3.00"), usd("4.00"), "3.00 USD"},
		{"paid", invoice.Paid, money.Amount{}, usd("10.00"), "0.00 USD"},
		{"void", invoice.Void, money.Amount{}, money.Amount{}, "0.00 USD"},
		{"unknown: what is stated", invoice.Unknown, money.Amount{}, money.Amount{}, "10.00 USD"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			inv := invoice.Invoice{Status: c.status, Currency: "USD", Total: usd("10.00"), Credited: c.credited, Paid: c.paid}
			due, err := inv.AmountDue()
			require.NoError(t, err)
			require.Equal(t, c.want, due.String())
		})
	}
}

// TestC6TheNextInvoiceComesAfterThePeriod (C6).
func TestC6TheNextInvoiceComesAfterThePeriod(t *testing.T) {
	t.Parallel()
	require.Equal(t, "2026-11-01", invoice.NextDate(october(t)).String())
}

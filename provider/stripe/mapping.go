package stripe

import (
	"strconv"
	"strings"
	"time"

	"github.com/shopspring/decimal"
	stripe "github.com/stripe/stripe-go/v76"

	"github.com/billhatch/billhatch/invoice"
	"github.com/billhatch/billhatch/money"
	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/usage/civil"
)

// statuses are those that this package knows. Any other is unknown, never paid.
var statuses = map[stripe.InvoiceStatus]invoice.Status{
	stripe.InvoiceStatusDraft: invoice.Draft, stripe.InvoiceStatusOpen: invoice.Open, stripe.InvoiceStatusPaid: invoice.Paid,
	stripe.InvoiceStatusVoid: invoice.Void, stripe.InvoiceStatusUncollectible: invoice.Uncollectible,
}

// mapInvoice gives an invoice without its lines.
func mapInvoice(in *stripe.Invoice) (invoice.Invoice, error) {
	out := invoice.Invoice{
		ID: in.ID, Number: in.Number, CustomerID: in.Customer.ID, IssueKey: in.Metadata[metaKey], Group: in.Metadata[metaGroup],
		Status: statuses[in.Status], Currency: strings.ToUpper(string(in.Currency)), Note: in.Description,
		Period: periodFor(in), Issued: issuedOn(in), DueDate: dateOf(in.DueDate),
		Seller: invoice.Party{Name: in.AccountName}, Customer: partyOf(in),
	}
	out.Terms = termsOf(&out, in)
	if out.Status == invoice.Paid && in.StatusTransitions != nil {
		out.PaidOn = dateOf(in.StatusTransitions.PaidAt)
	}
	if err := mapTotals(&out, in); err != nil {
		return invoice.Invoice{}, err
	}
	return out, nil
}

// mapTotals gives the sums. Taxes that are within the prices are not shown apart; the subtotal is what the lines come to
// after discounts, so that subtotal and taxes are the total.
func mapTotals(out *invoice.Invoice, in *stripe.Invoice) error {
	m := minor{code: out.Currency}
	subtotal := in.Total
	for _, tax := range in.TotalTaxAmounts {
		if tax == nil || tax.Inclusive {
			continue
		}
		subtotal -= tax.Amount
		out.Taxes = append(out.Taxes, mapTax(&m, tax))
	}
	out.Total, out.Subtotal = m.amount(in.Total), m.amount(subtotal)
	paid, credited := in.AmountPaid, in.PrePaymentCreditNotesAmount+in.PostPaymentCreditNotesAmount
	switch {
	case out.Status == invoice.Open:
		// What the customer's balance has taken off counts as credited, and what it has added as the opposite: then what is
		// due is what Stripe asks for.
		credited = in.Total - paid - in.AmountRemaining
	case out.Status == invoice.Paid && in.PaidOutOfBand:
		paid = in.AmountDue // which is not in amount_paid
	}
	if credited != 0 {
		out.Credited = m.amount(credited)
	}
	if paid != 0 || out.Status == invoice.Paid {
		out.Paid = m.amount(paid)
	}
	return m.err
}

func mapTax(m *minor, tax *stripe.InvoiceTotalTaxAmount) invoice.Tax {
	out := invoice.Tax{Name: "Tax", Base: m.amount(tax.TaxableAmount), Amount: m.amount(tax.Amount)}
	if r := tax.TaxRate; r != nil && r.DisplayName != "" {
		out.Name, out.Rate = r.DisplayName, percent(strconv.FormatFloat(r.Percentage, 'f', -1, 64))
	}
	return out
}

// percent reads a percentage as Stripe writes it; what is none is zero.
func percent(text string) decimal.Decimal {
	d, err := money.ParseDecimal(text)
	if err != nil {
		return decimal.Decimal{}
	}
	return d
}

// minor makes amounts of integers in one currency, and keeps the first mistake.
type minor struct {
	code string
	err  error
}

func (m *minor) amount(n int64) money.Amount {
	a, err := fromWire(n, m.code)
	if err != nil && m.err == nil {
		m.err = err
	}
	return a
}

// dateOf is the day of an instant; 0 is none.
func dateOf(seconds int64) civil.Date {
	if seconds <= 0 {
		return civil.Date{}
	}
	return civil.DateOf(time.Unix(seconds, 0), time.UTC)
}

// issuedOn is the day that stands on the invoice.
func issuedOn(in *stripe.Invoice) civil.Date {
	finalized := int64(0)
	if in.StatusTransitions != nil {
		finalized = in.StatusTransitions.FinalizedAt
	}
	for _, at := range []int64{in.EffectiveAt, finalized, in.Created} {
		if d := dateOf(at); !d.IsZero() {
			return d
		}
	}
	return civil.Date{}
}

// termsOf are the days from issue to the due date. An invoice without a due date is charged at once.
func termsOf(out *invoice.Invoice, in *stripe.Invoice) invoice.Terms {
	days := 0
	if !out.DueDate.IsZero() {
		days = out.DueDate.Sub(out.Issued)
	} else if in.CollectionMethod == stripe.InvoiceCollectionMethodSendInvoice {
		return invoice.Terms{}
	}
	terms, err := invoice.Net(days)
	if err != nil {
		return invoice.Terms{}
	}
	return terms
}

// periodFor is what is billed: as we have written it down ourselves, or as the first lines say, or, when they say nothing,
// the time in which Stripe has collected what is on the invoice.
func periodFor(in *stripe.Invoice) civil.Period {
	if ours := periodOf(in.Metadata); !ours.IsZero() {
		return ours
	}
	start, end := int64(0), int64(0)
	if in.Lines != nil {
		for _, l := range in.Lines.Data {
			if l == nil || l.Period == nil || l.Period.Start <= 0 || l.Period.End <= l.Period.Start {
				continue
			}
			if start == 0 || l.Period.Start < start {
				start = l.Period.Start
			}
			end = max(end, l.Period.End)
		}
	}
	if end == 0 {
		start, end = in.PeriodStart, in.PeriodEnd
	}
	from, to := dateOf(start), dateOf(end)
	if from.IsZero() {
		return civil.Period{}
	}
	if !to.After(from) {
		to = from.AddDays(1)
	}
	period, err := civil.NewPeriod(from, to, time.UTC)
	if err != nil {
		return civil.Period{}
	}
	return period
}

// partyOf is the customer as it was when the invoice was issued. Its addresses for mail are left out.
func partyOf(in *stripe.Invoice) invoice.Party {
	party := invoice.Party{Name: in.CustomerName}
	if a := in.CustomerAddress; a != nil {
		for _, line := range []string{a.Line1, a.Line2, strings.TrimSpace(a.PostalCode + " " + a.City), a.State, a.Country} {
			if line != "" {
				party.Lines = append(party.Lines, line)
			}
		}
	}
	for _, id := range in.CustomerTaxIDs {
		if id != nil && id.Value != "" {
			party.TaxIDs = append(party.TaxIDs, id.Value)
		}
	}
	return party
}

// foreign says that an object is not what it must be.
func foreign(why string) error { return &provider.Error{Kind: provider.ErrForeign, Message: why} }

package stripe

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/invoice"
	"github.com/billhatch/billhatch/money"
	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/usage/civil"
)

const aLine = `{"id":"il_1","object":"line_item","amount":10000,"currency":"usd","description":"Usage","livemode":false,"metadata":{},
	"period":{"start":1790812800,"end":1793491200},"proration":false,"quantity":1,"type":"invoiceitem",
	"price":{"id":"price_1","object":"price","unit_amount":10000}}`

// anInvoice is one of 100.00, made on 1 November 2026 for October, due after 30 days.
const anInvoice = `{"id":"in_1","object":"invoice","account_name":"Hatch Inc.","customer":{"id":"cus_1","object":"customer","created":1,
	"livemode":false,"email":"a@` + canary + `.example.com"},"customer_name":"Acme","customer_email":"a@` + canary + `.example.com",
	"livemode":false,"status":"open","currency":"usd","created":1793523600,"effective_at":1793523600,"due_date":1796115600,
	"collection_method":"send_invoice","paid":false,"paid_out_of_band":false,"number":"A-1","description":"Thank you",
	"amount_due":10000,"amount_paid":0,"amount_remaining":10000,"subtotal":10000,"total":10000,"total_tax_amounts":[],
	"total_discount_amounts":[],"discounts":[],"starting_balance":0,"metadata":{},"lines":{"object":"list","data":[` + aLine + `],"has_more":true},
	"pre_payment_credit_notes_amount":0,"post_payment_credit_notes_amount":0,"period_start":1793523600,"period_end":1793523600,
	"status_transitions":{"finalized_at":1793523600,"paid_at":null},"invoice_pdf":"https://pay.stripe.com/invoice/` + canary + `/pdf"}`

// changed is an invoice with some fields changed.
func changed(t *testing.T, fields map[string]any) string {
	t.Helper()
	var body map[string]any
	require.NoError(t, json.Unmarshal([]byte(anInvoice), &body))
	lines, ok := body["lines"].(map[string]any)
	require.True(t, ok)
	lines["has_more"] = false
	for name, value := range fields {
		body[name] = value
	}
	raw, err := json.Marshal(body)
	require.NoError(t, err)
	return string(raw)
}

type js = map[string]any

func usd(text string) money.Amount { return money.MustParse(text, "USD") }

// TestWhatAnInvoiceSaysIsWhatStripeSays, field by field.
func TestWhatAnInvoiceSaysIsWhatStripeSays(t *testing.T) {
	t.Parallel()
	october, err := civil.Month(2026, time.October, time.UTC)
	require.NoError(t, err)
	net30, err := invoice.Net(30)
	require.NoError(t, err)
	got, err := open(t, with(changed(t, nil))).Invoice(t.Context(), "cus_1", "in_1")
	require.NoError(t, err)
	require.Equal(t, invoice.Invoice{
		ID: "in_1", Number: "A-1", CustomerID: "cus_1", Status: invoice.Open, Currency: "USD", Period: october, Note: "Thank you",
		Issued: civil.MustDate(2026, time.November, 1), DueDate: civil.MustDate(2026, time.December, 1), Terms: net30,
		Seller: invoice.Party{Name: "Hatch Inc."}, Customer: invoice.Party{Name: "Acme"},
		Lines: []invoice.Line{{
			Key: "il_1", Kind: invoice.Fee, Description: "Usage", Quantity: decimal.NewFromInt(1), Unit: usd("100.00"), Amount: usd("100.00"),
			Merged: 1,
		}},
		Subtotal: usd("100.00"), Total: usd("100.00"),
	}, got)
	require.NoError(t, got.Verify())
	require.False(t, got.Overdue(time.Date(2026, time.December, 1, 23, 59, 59, 0, time.UTC)))
	require.True(t, got.Overdue(time.Date(2026, time.December, 2, 0, 0, 0, 0, time.UTC)), "overdue is derived (C6)")
}

// TestStatusesAreAClosedSet: paid is what Stripe calls paid, and nothing else.
func TestStatusesAreAClosedSet(t *testing.T) {
	t.Parallel()
	for status, want := range map[string]invoice.Status{
		"open": invoice.Open, "paid": invoice.Paid, "void": invoice.Void, "uncollectible": invoice.Uncollectible,
		"PAID": invoice.Unknown, "paid ": invoice.Unknown, "settled": invoice.Unknown, "overdue": invoice.Unknown,
	} {
		body := changed(t, js{
			"status": status, "paid": true, "amount_paid": 10000, "amount_remaining": 0,
			"status_transitions": js{"paid_at": 1793610000},
		})
		got, err := open(t, with(body)).Invoice(t.Context(), "cus_1", "in_1")
		require.NoError(t, err)
		require.Equal(t, want, got.Status, status)
		require.Equal(t, want == invoice.Paid, !got.PaidOn.IsZero(), "%s has a date of payment", status)
	}
}

// TestSumsAreWhatStripeAsksFor: what is due is what Stripe says remains, whatever has taken it there.
func TestSumsAreWhatStripeAsksFor(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name                 string
		fields               js
		paid, credited, due  string // empty: unset
		total, subtotal, tax string
	}{
		{"open", nil, "", "", "100", "100", "100", ""},
		{"paid in part", js{"amount_paid": 2500, "amount_remaining": 7500}, "25", "", "75", "100", "100", ""},
		{
			"credited before it was paid",
			js{"pre_payment_credit_notes_amount": 4025, "amount_due": 5975, "amount_remaining": 5975},
			"", "40.25", "59.75", "100", "100", "",
		},
		{
			"a credit of the customer's was used",
			js{"starting_balance": -2000, "amount_due": 8000, "amount_remaining": 8000},
			"", "20", "80", "100", "100", "",
		},
		{
			"the customer owed something before",
			js{"starting_balance": 2000, "amount_due": 12000, "amount_remaining": 12000},
			"", "-20", "120", "100", "100", "",
		},
		{"paid", js{"status": "paid", "amount_paid": 10000, "amount_remaining": 0}, "100", "", "0", "100", "100", ""},
		{
			"paid outside of Stripe, which is not in amount_paid",
			js{"status": "paid", "paid_out_of_band": true, "amount_paid": 0, "amount_remaining": 10000},
			"100", "", "0", "100", "100", "",
		},
		{
			"paid, and then credited",
			js{"status": "paid", "amount_paid": 10000, "amount_remaining": 0, "post_payment_credit_notes_amount": 1000},
			"100", "10", "0", "100", "100", "",
		},
		{
			"too small to be charged: paid, with nothing received",
			js{"status": "paid", "total": 30, "subtotal": 30, "amount_due": 0, "amount_paid": 0, "amount_remaining": 0, "lines": linesOf(30)},
			"0", "", "0", "0.30", "0.30", "",
		},
		{"void", js{"status": "void"}, "", "", "0", "100", "100", ""},
		{
			"with tax on top", js{
				"total": 11900, "amount_due": 11900, "amount_remaining": 11900,
				"total_tax_amounts": []any{js{"amount": 1900, "inclusive": false, "taxable_amount": 10000, "tax_rate": js{
					"id": "txr_1", "object": "tax_rate", "display_name": "VAT", "percentage": json.Number("19.25"),
				}}},
			}, "", "", "119", "119", "100", "19",
		},
		{
			"with tax within",
			js{"total_tax_amounts": []any{js{"amount": 1597, "inclusive": true, "taxable_amount": 8403, "tax_rate": "txr_1"}}},
			"", "", "100", "100", "100", "",
		},
		{
			"with a discount", js{
				"total": 9000, "amount_due": 9000, "amount_remaining": 9000,
				"total_discount_amounts": []any{js{"amount": 1000, "discount": "di_1"}},
				"discounts": []any{js{"id": "di_1", "object": "discount", "start": 1, "coupon": js{
					"id": "c", "object": "coupon", "name": "Launch", "livemode": false,
				}}},
			}, "", "", "90", "90", "90", "",
		},
		{
			"with shipping", js{
				"total": 10500, "amount_due": 10500, "amount_remaining": 10500, "shipping_cost": js{"amount_subtotal": 500, "amount_total": 500},
			}, "", "", "105", "105", "105", "",
		},
		{
			"below zero",
			js{"total": -500, "subtotal": -500, "amount_due": 0, "amount_remaining": 0, "status": "paid", "lines": linesOf(-500)},
			"0", "", "0", "-5", "-5", "",
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			wire := with(changed(t, tc.fields))
			got, err := open(t, wire).Invoice(t.Context(), "cus_1", "in_1")
			require.NoError(t, err)
			same := func(what, want string, got money.Amount) {
				t.Helper()
				if want == "" {
					require.False(t, got.IsSet(), "%s is %s", what, got)
					return
				}
				require.True(t, usd(want).Equal(got), "%s: got %s, want %s", what, got, want)
			}
			same("paid", tc.paid, got.Paid)
			same("credited", tc.credited, got.Credited)
			same("total", tc.total, got.Total)
			same("subtotal", tc.subtotal, got.Subtotal)
			due, err := got.AmountDue()
			require.NoError(t, err)
			same("due", tc.due, due)
			require.NoError(t, got.Verify(), "lines, taxes and total agree")
			if tc.tax == "" {
				require.Empty(t, got.Taxes)
				require.Len(t, wire.requests(), 1)
				return
			}
			require.Len(t, got.Taxes, 1)
			require.Equal(t, "VAT", got.Taxes[0].Name)
			require.Equal(t, "19.25", got.Taxes[0].Rate.String())
			same("tax", tc.tax, got.Taxes[0].Amount)
			require.Contains(t, query(t, wire.requests()[1]).Encode(), "total_tax_amounts.tax_rate")
		})
	}
}

func linesOf(amount int64) js {
	return js{"object": "list", "has_more": false, "data": []any{js{
		"id": "il_1", "object": "line_item", "amount": amount, "currency": "usd", "livemode": false, "metadata": js{}, "period": nil,
		"type": "invoiceitem",
	}}}
}

// TestDaysOfAnInvoice: when it was issued, when it is due, and what it bills.
func TestDaysOfAnInvoice(t *testing.T) {
	t.Parallel()
	at := func(month time.Month, day, hour int) int64 {
		return time.Date(2026, month, day, hour, 0, 0, 0, time.UTC).Unix()
	}
	period := func(start, end int64) js {
		return js{"object": "list", "has_more": false, "data": []any{js{
			"id": "il_1", "object": "line_item", "amount": 10000, "currency": "usd", "livemode": false, "metadata": js{}, "type": "invoiceitem",
			"period": js{"start": start, "end": end},
		}}}
	}
	for _, tc := range []struct {
		name                    string
		fields                  js
		issued, due, from, to   string
		terms                   int
		providerStatesDueItself bool
	}{
		{"as it is", nil, "2026-11-01", "2026-12-01", "2026-10-01", "2026-11-01", 30, true},
		{
			"without a date of its own it is issued when it was finalised",
			js{"effective_at": nil, "status_transitions": js{"finalized_at": at(11, 3, 1)}},
			"2026-11-03", "2026-12-01", "2026-10-01", "2026-11-01", 28, true,
		},
		{
			"or else when it was made",
			js{"effective_at": nil, "status_transitions": js{"finalized_at": nil}},
			"2026-11-01", "2026-12-01", "2026-10-01", "2026-11-01", 30, true,
		},
		{
			"what is charged at once is due at once",
			js{"due_date": nil, "collection_method": "charge_automatically"},
			"2026-11-01", "2026-11-01", "2026-10-01", "2026-11-01", 0, false,
		},
		{"what is sent without a due date has the usual terms", js{"due_date": nil}, "2026-11-01", "2026-12-01", "2026-10-01", "2026-11-01", 30, false},
		{"due on receipt", js{"due_date": at(11, 1, 23)}, "2026-11-01", "2026-11-01", "2026-10-01", "2026-11-01", 0, true},
		{"due before it was issued", js{"due_date": at(10, 20, 0)}, "2026-11-01", "2026-10-20", "2026-10-01", "2026-11-01", 30, true},
		{
			"its own word about the period counts more than that of the lines",
			js{"metadata": js{metaFrom: "2026-09-01", metaTo: "2026-10-01"}},
			"2026-11-01", "2026-12-01", "2026-09-01", "2026-10-01", 30, true,
		},
		{
			"words that are none do not",
			js{"metadata": js{metaFrom: "2026-10-01", metaTo: "2026-09-01"}},
			"2026-11-01", "2026-12-01", "2026-10-01", "2026-11-01", 30, true,
		},
		{
			"a subscription that began at noon",
			js{"lines": period(at(10, 5, 12), at(11, 5, 12))},
			"2026-11-01", "2026-12-01", "2026-10-05", "2026-11-05", 30, true,
		},
		{
			"lines without a period of their own",
			js{"lines": period(at(11, 1, 9), at(11, 1, 9)), "period_start": at(10, 1, 0), "period_end": at(11, 1, 0)},
			"2026-11-01", "2026-12-01", "2026-10-01", "2026-11-01", 30, true,
		},
		{
			"nothing has a period: the day on which it was made",
			js{"lines": period(0, 0)},
			"2026-11-01", "2026-12-01", "2026-11-01", "2026-11-02", 30, true,
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			got, err := open(t, with(changed(t, tc.fields))).Invoice(t.Context(), "cus_1", "in_1")
			require.NoError(t, err)
			require.Equal(t, []string{tc.issued, tc.due, tc.from, tc.to},
				[]string{got.Issued.String(), got.Due().String(), got.Period.From().String(), got.Period.To().String()})
			require.Equal(t, tc.terms, got.Terms.Days())
			require.Equal(t, tc.providerStatesDueItself, !got.DueDate.IsZero())
			require.NotNil(t, got.Period.Zone(), "else it would never be overdue")
		})
	}
}

// TestLinesSayWhatTheyBill: ours as they were planned, Stripe's own as far as they tell.
func TestLinesSayWhatTheyBill(t *testing.T) {
	t.Parallel()
	line := func(id string, amount int64, more js) js {
		l := js{
			"id": id, "object": "line_item", "amount": amount, "currency": "usd", "description": id, "livemode": false, "metadata": js{},
			"period": nil, "proration": false, "quantity": 2, "type": "subscription", "price": js{"unit_amount": amount / 2},
		}
		for k, v := range more {
			l[k] = v
		}
		return l
	}
	ours := func(i, key, kind string) js {
		return js{metaLine: i, metaItem: key, metaKind: kind, metaTenant: "t1", metaGroup: "staff", metaMerged: "3"}
	}
	body := changed(t, js{"lines": js{"object": "list", "has_more": false, "data": []any{
		line("il_metered", 1000, js{"price": js{"unit_amount": nil, "recurring": js{"usage_type": "metered"}}}),
		line("il_ours_1", 2000, js{"metadata": ours("1", "seats/b", "seats")}),
		line("il_proration", -500, js{"proration": true}),
		line("il_ours_0", 3000, js{"metadata": ours("0", "seats/a", "nonsense")}),
		line("il_negative", -100, nil),
		line("il_plain", 4600, js{"quantity": nil, "price": nil}),
	}}})
	got, err := open(t, with(body)).Invoice(t.Context(), "cus_1", "in_1")
	require.NoError(t, err)
	type brief struct {
		key    string
		kind   invoice.LineKind
		amount string
		unit   bool
		n      int64
	}
	var briefs []brief
	for _, l := range got.Lines {
		briefs = append(briefs, brief{l.Key, l.Kind, l.Amount.String(), l.Unit.IsSet(), l.Quantity.IntPart()})
	}
	require.Equal(t, []brief{
		{"seats/a", invoice.Fee, "30.00 USD", true, 2},
		{"seats/b", invoice.Seats, "20.00 USD", true, 2},
		{"il_metered", invoice.Metered, "10.00 USD", false, 2},
		{"il_proration", invoice.Adjustment, "-5.00 USD", true, 2},
		{"il_negative", invoice.Adjustment, "-1.00 USD", true, 2},
		{"il_plain", invoice.Fee, "46.00 USD", false, 1},
	}, briefs)
	require.Equal(t, []string{"t1", "staff"}, []string{got.Lines[0].Tenant, got.Lines[0].Group})
	require.Equal(t, 3, got.Lines[0].Merged)

	for name, odd := range map[string]js{"another currency": {"currency": "eur"}, "the other mode": {"livemode": true}} {
		body := changed(t, js{"lines": js{"object": "list", "has_more": false, "data": []any{line("il_1", 10000, odd)}}})
		_, err := open(t, with(body)).Invoice(t.Context(), "cus_1", "in_1")
		require.ErrorIs(t, err, provider.ErrForeign, name)
	}
	_, err = open(t, with(changed(t, js{"lines": nil}))).Invoice(t.Context(), "cus_1", "in_1")
	require.ErrorIs(t, err, provider.ErrForeign)
}

// TestThePartiesHaveNoAddressOfMail.
func TestThePartiesHaveNoAddressOfMail(t *testing.T) {
	t.Parallel()
	got, err := open(t, with(changed(t, js{
		"customer_address": js{"line1": "1 Main St", "line2": "", "city": "Springfield", "postal_code": "12345", "state": "OR", "country": "US"},
		"customer_tax_ids": []any{js{"type": "eu_vat", "value": "DE123456789"}, js{"type": "unknown", "value": nil}},
	}))).Invoice(t.Context(), "cus_1", "in_1")
	require.NoError(t, err)
	require.Equal(t, invoice.Party{
		Name: "Acme", Lines: []string{"1 Main St", "12345 Springfield", "OR", "US"}, TaxIDs: []string{"DE123456789"},
	}, got.Customer)
}

package stripe

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"
	stripe "github.com/stripe/stripe-go/v76"
	"pgregory.net/rapid"

	"github.com/billhatch/billhatch/internal/stripefake"
	"github.com/billhatch/billhatch/invoice"
	"github.com/billhatch/billhatch/money"
	"github.com/billhatch/billhatch/provider"
)

// TestAmountsLeaveInStripesUnits is pain 14: an error by a factor of a hundred is the one that everybody makes.
func TestAmountsLeaveInStripesUnits(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		currency string
		amounts  []string
		wire     []int64
	}{
		{"USD", []string{"10.01", "-0.37", "0"}, []int64{1001, -37, 0}},
		{"EUR", []string{"1234567.89"}, []int64{123456789}},
		{"JPY", []string{"1500", "-1"}, []int64{1500, -1}},
		{"KRW", []string{"15000"}, []int64{15000}},
		{"UGX", []string{"5000", "700"}, []int64{500000, 70000}},
		{"ISK", []string{"1500", "1"}, []int64{150000, 100}},
		{"KWD", []string{"1.23", "0.010"}, []int64{1230, 10}},
		{"BHD", []string{"7.110"}, []int64{7110}},
		{"HUF", []string{"100.50"}, []int64{10050}},
	} {
		t.Run(tc.currency, func(t *testing.T) {
			t.Parallel()
			s := openShop(t)
			s.customer = s.realm.AddCustomer(stripefake.Customer{Email: "a@acme.example", Currency: strings.ToLower(tc.currency)}).ID
			r := s.requestOf(tc.currency, tc.amounts...)
			got, err := s.process().Issue(t.Context(), r)
			require.NoError(t, err)
			require.Equal(t, tc.currency, got.Currency)
			require.True(t, got.Total.Equal(r.Invoice.Total), "%s", got.Total)
			x, _ := s.billed(r)
			require.Equal(t, strings.ToLower(tc.currency), x.Currency)
			for i, want := range tc.wire {
				require.Equal(t, want, x.Lines[i].Amount)
				require.True(t, got.Lines[i].Amount.Equal(r.Invoice.Lines[i].Amount))
			}
			for _, sent := range s.fake.RequestsTo("POST /v1/invoiceitems") {
				require.Equal(t, "false", sent.Form.Get("discountable"))
				require.NotContains(t, sent.Form, "unit_amount_decimal")
			}
		})
	}
}

// TestADraftInheritsNothing: neither discounts of the customer nor what waits for an invoice; and nothing happens to it by
// itself.
func TestADraftInheritsNothing(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	half := s.realm.AddCoupon(stripefake.Coupon{PercentOff: "50"})
	s.realm.Discount(s.customer, half.ID)
	pending := s.realm.AddPending(stripefake.Item{Customer: s.customer, Amount: 777, Description: "somebody else's"})
	r := s.request(3)
	var drafted bool
	s.fake.Hook(func(q stripefake.Request) {
		if q.Route == "POST /v1/invoices/{invoice}/finalize" && !drafted {
			drafted = true
			s.fake.Advance(4 * time.Hour) // Stripe would have finalised a draft that advances by itself
		}
	})
	_, err := s.process().Issue(t.Context(), r)
	require.NoError(t, err)
	require.True(t, drafted)
	books := s.realm.Books()
	require.Len(t, books.Invoices, 1)
	x := books.Invoices[0]
	s.isPlan(r, x)
	require.Empty(t, x.Discounts)
	require.Equal(t, stripefake.SendInvoice, x.CollectionMethod)
	require.Len(t, books.Pending, 1)
	require.Equal(t, pending.ID, books.Pending[0].ID)
}

// TestTheBalanceOfACustomerPaysAnInvoice and changes nothing about what it comes to.
func TestTheBalanceOfACustomerPaysAnInvoice(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		balance int64
		status  invoice.Status
	}{
		"a part": {-500, invoice.Open}, "all": {-100_000, invoice.Paid}, "with a debt": {250, invoice.Open},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := openShop(t)
			s.realm.AddBalance(s.customer, "usd", tc.balance, "from before")
			r := s.request(3)
			r.Send = true
			got, err := s.process().Issue(t.Context(), r)
			require.NoError(t, err)
			require.Equal(t, tc.status, got.Status)
			require.True(t, got.Total.Equal(r.Invoice.Total))
			x, _ := s.billed(r)
			require.Equal(t, tc.status == invoice.Open, x.Sent == 1)
		})
	}
}

// TestAnInvoiceOfNothingIsPaidAtOnce and mailed to nobody; so is one of less than Stripe charges.
func TestAnInvoiceOfNothingIsPaidAtOnce(t *testing.T) {
	t.Parallel()
	for _, amounts := range [][]string{{"0"}, {"5", "-5"}, {"0.30"}} {
		s := openShop(t)
		r := s.requestOf("USD", amounts...)
		r.Send = true
		got, err := s.process().Issue(t.Context(), r)
		require.NoError(t, err)
		require.Equal(t, invoice.Paid, got.Status)
		require.True(t, got.Total.Equal(r.Invoice.Total))
		x, _ := s.billed(r)
		require.Zero(t, x.Sent)
		again, err := s.process().Issue(t.Context(), r)
		require.NoError(t, err)
		require.Equal(t, got, again)
	}
}

// TestAnInvoiceSaysWhatIsPlanned: dates, terms, texts, and what makes it readable as it was planned.
func TestAnInvoiceSaysWhatIsPlanned(t *testing.T) {
	t.Parallel()
	for _, byFinalizing := range []bool{false, true} { // the documentation leaves open from when Stripe counts days
		s := openShop(t, stripefake.Options{DueFromFinalization: byFinalizing})
		r := s.request(2)
		terms, err := invoice.Net(14)
		require.NoError(t, err)
		r.Invoice.Terms, r.Invoice.Note, r.Invoice.Reference = terms, "IBAN DE02 1203", "PO 4711"
		r.Invoice.Group, r.Invoice.Lines[1].Group, r.Invoice.Lines[1].Merged = "students", "students", 17
		s.fake.Advance(26 * time.Hour) // it is issued a day late
		got, err := s.process().Issue(t.Context(), r)
		require.NoError(t, err)
		require.Equal(t, r.Invoice.Issued, got.Issued)
		require.Equal(t, r.Invoice.Issued.AddDays(14), got.Due())
		require.Equal(t, 14, got.Terms.Days())
		require.Equal(t, "IBAN DE02 1203", got.Note)
		require.Equal(t, "students", got.Group)
		require.Equal(t, r.Invoice.Period.Span(), got.Period.Span())
		for i := range got.Lines {
			want, line := r.Invoice.Lines[i], got.Lines[i]
			require.Equal(t, []any{want.Key, want.Kind, want.Description, want.Tenant, want.Group, want.Merged},
				[]any{line.Key, line.Kind, line.Description, line.Tenant, line.Group, line.Merged})
		}
		x, _ := s.billed(r)
		require.Equal(t, []stripefake.Field{{Name: "Reference", Value: "PO 4711"}}, x.Fields)
		start, end := r.Invoice.Period.Bounds()
		require.Equal(t, start.Unix(), x.Lines[0].PeriodStart.Unix())
		require.Equal(t, end.Unix(), x.Lines[0].PeriodEnd.Unix())
	}
}

// A reference that is too long for a field of its own stands in the memo.
func TestALongReferenceIsNotLost(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	r := s.request(1)
	r.Invoice.Reference, r.Invoice.Note = strings.Repeat("é", 31), "Thank you"
	_, err := s.process().Issue(t.Context(), r)
	require.NoError(t, err)
	x, _ := s.billed(r)
	require.Empty(t, x.Fields)
	require.Equal(t, "Reference: "+r.Invoice.Reference+"\nThank you", x.Description)
}

// TestTextsAndMetadataKeepStripesLimits, whatever a host calls its tenants.
func TestTextsAndMetadataKeepStripesLimits(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	r := s.request(4)
	lines := r.Invoice.Lines
	lines[0].Description = strings.Repeat("é", 6000)
	lines[1].Description = " \n "
	lines[2].Description = "broken \xff text"
	for i := range lines {
		lines[i].Key += strings.Repeat("k", 600)
		lines[i].Tenant = strings.Repeat("é", 251) // 502 bytes
		lines[i].Group = strings.Repeat("g", 500)
	}
	got, err := s.process().Issue(t.Context(), r)
	require.NoError(t, err)
	x := s.realm.Books().Invoices[0]
	require.Equal(t, stripefake.Open, x.Status)
	require.Equal(t, 5000, utf8.RuneCountInString(x.Lines[0].Description))
	require.True(t, strings.HasSuffix(x.Lines[0].Description, "…"))
	require.Equal(t, lines[1].Key, x.Lines[1].Description)
	require.Equal(t, "broken \uFFFD text", x.Lines[2].Description)
	for _, l := range x.Lines {
		require.LessOrEqual(t, len(l.Metadata), 50)
		for key, value := range l.Metadata {
			require.LessOrEqual(t, len(key), 40)
			require.LessOrEqual(t, len(value), 500)
		}
		require.NotContains(t, l.Metadata, metaItem)
		require.NotContains(t, l.Metadata, metaTenant)
		require.Equal(t, lines[0].Group, l.Metadata[metaGroup])
	}
	require.Len(t, got.Lines, 4)
}

// TestPlansAreToldApart: what is sent is what is hashed; what only the host knows is not.
func TestPlansAreToldApart(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	plan := func(change func(*provider.IssueRequest)) string {
		r := s.request(2)
		change(&r)
		is, err := s.process().newIssue(&r)
		require.NoError(t, err)
		return is.plan
	}
	first := plan(func(*provider.IssueRequest) {})
	net14, err := invoice.Net(14)
	require.NoError(t, err)
	seen := map[string]string{first: "itself"}
	for name, change := range map[string]func(*provider.IssueRequest){
		"text":      func(r *provider.IssueRequest) { r.Invoice.Lines[0].Description += "." },
		"amounts":   func(r *provider.IssueRequest) { r.Invoice = s.requestOf("USD", "2.02", "1.01").Invoice },
		"currency":  func(r *provider.IssueRequest) { r.Invoice = s.requestOf("EUR", "1.01", "2.02").Invoice },
		"tenant":    func(r *provider.IssueRequest) { r.Invoice.Lines[0].Tenant = "x" },
		"key":       func(r *provider.IssueRequest) { r.Invoice.Lines[0].Key = "x" },
		"group":     func(r *provider.IssueRequest) { r.Invoice.Group = "x" },
		"note":      func(r *provider.IssueRequest) { r.Invoice.Note = "x" },
		"reference": func(r *provider.IssueRequest) { r.Invoice.Reference = "x" },
		"terms":     func(r *provider.IssueRequest) { r.Invoice.Terms = net14 },
		"issued":    func(r *provider.IssueRequest) { r.Invoice.Issued = r.Invoice.Issued.AddDays(1) },
		"period":    func(r *provider.IssueRequest) { r.Invoice.Period = r.Invoice.Period.Prev() },
		"customer":  func(r *provider.IssueRequest) { r.Customer = "cus_other" },
	} {
		hash := plan(change)
		require.NotContains(t, seen, hash, name)
		seen[hash] = name
	}
	require.Equal(t, first, plan(func(r *provider.IssueRequest) { r.Send = true }))
	require.Equal(t, first, plan(func(r *provider.IssueRequest) { r.Invoice.Account = "host's own" }))
}

// TestLinesComeBackInTheirOrder however Stripe lists them, and what is not ours comes after them.
func TestLinesComeBackInTheirOrder(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 250).Draw(t, "ours")
		lines := make([]*stripe.InvoiceLineItem, 0, n+3)
		for i := range n {
			lines = append(lines, &stripe.InvoiceLineItem{ID: fmt.Sprint(i), Metadata: map[string]string{metaLine: strconv.Itoa(i)}})
		}
		foreign := []string{"", "-1", "250", "07", "x", "9999999999999999999"}
		for i, value := range foreign {
			lines = append(lines, &stripe.InvoiceLineItem{ID: "f" + fmt.Sprint(i), Metadata: map[string]string{metaLine: value}})
		}
		shuffled := rapid.Permutation(lines).Draw(t, "order")
		inOrder(shuffled)
		for i := range n {
			if shuffled[i].ID != strconv.Itoa(i) {
				t.Fatalf("place %d has %s", i, shuffled[i].ID)
			}
		}
		for _, l := range shuffled[n:] {
			if !strings.HasPrefix(l.ID, "f") {
				t.Fatalf("%s is behind a line that is not ours", l.ID)
			}
		}
	})
}

// TestAPeriodIsReadAsItWasWritten, and anything else is none.
func TestAPeriodIsReadAsItWasWritten(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	r := s.request(1)
	meta := planMetadata(&r, "hash")
	require.Equal(t, r.Invoice.Period.Span(), periodOf(meta).Span())
	for _, change := range []map[string]string{
		{metaFrom: ""}, {metaTo: ""}, {metaFrom: "2026-13-01"}, {metaFrom: meta[metaTo], metaTo: meta[metaFrom]}, {metaTo: meta[metaFrom]},
	} {
		bad := map[string]string{metaFrom: meta[metaFrom], metaTo: meta[metaTo]}
		for key, value := range change {
			bad[key] = value
		}
		require.True(t, periodOf(bad).IsZero(), "%v", bad)
	}
	require.True(t, periodOf(nil).IsZero())
	for _, value := range meta {
		require.NotContains(t, value, r.Key, "a key may hold a name")
	}
}

// TestALineIsReadAsItWasPlanned, with the quantity and the price of a unit that Stripe is not told as such.
func TestALineIsReadAsItWasPlanned(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.StringMatching(`[a-z]{0,12}`)
		want := invoice.Line{
			Key: word.Draw(t, "key"), Kind: rapid.SampledFrom(lineKinds).Draw(t, "kind"), Tenant: word.Draw(t, "tenant"),
			Project: word.Draw(t, "project"), Group: word.Draw(t, "group"), Merged: rapid.IntRange(1, 1000).Draw(t, "merged"),
			Quantity: decimal.New(rapid.Int64Range(0, 1e9).Draw(t, "quantity"), -3), Amount: money.MustParse("1", "USD"),
		}
		if rapid.Bool().Draw(t, "one price") {
			unit, err := money.New(decimal.New(rapid.Int64Range(0, 1e9).Draw(t, "unit"), -6), "USD")
			require.NoError(t, err)
			want.Unit = unit
		}
		got := mapLine(&minor{code: "USD"}, &stripe.InvoiceLineItem{Amount: 100, Quantity: 1, Metadata: lineMetadata(7, &want)})
		require.True(t, got.Quantity.Equal(want.Quantity))
		require.Equal(t, want.Unit.IsSet(), got.Unit.IsSet())
		require.True(t, !want.Unit.IsSet() || got.Unit.Equal(want.Unit))
		require.True(t, got.Amount.Equal(want.Amount))
		require.Equal(t, []any{want.Key, want.Kind, want.Tenant, want.Project, want.Group, want.Merged},
			[]any{got.Key, got.Kind, got.Tenant, got.Project, got.Group, got.Merged})
	})
}

// What is wrong in the metadata of a line is nothing that is known of it.
func TestALineWhoseMetadataWereChangedKeepsWhatStripeHas(t *testing.T) {
	t.Parallel()
	got := mapLine(&minor{code: "USD"}, &stripe.InvoiceLineItem{ID: "il_1", Amount: 100, Quantity: 1, Metadata: map[string]string{
		metaLine: "0", metaQuantity: "many", metaUnit: "NaN", metaMerged: "-4", metaKind: "gift",
	}})
	require.Equal(t, "il_1", got.Key)
	require.Equal(t, invoice.Fee, got.Kind)
	require.Equal(t, 1, got.Merged)
	require.True(t, got.Quantity.Equal(decimal.NewFromInt(1)))
	require.True(t, got.Amount.Equal(money.MustParse("1", "USD")))
}

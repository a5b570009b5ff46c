package invoice_test

import (
	"fmt"
	"iter"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/billhatch/billhatch/internal/agree"
	"github.com/billhatch/billhatch/invoice"
	"github.com/billhatch/billhatch/money"
	"github.com/billhatch/billhatch/usage"
	"github.com/billhatch/billhatch/usage/civil"
	"github.com/billhatch/billhatch/usage/pricing"
)

func each[T any](values ...T) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for _, v := range values {
			if !yield(v, nil) {
				return
			}
		}
	}
}

func usd(s string) money.Amount { return money.MustParse(s, "USD") }

func flat(s string) pricing.Price { return pricing.Price{Model: pricing.Flat, Unit: usd(s)} }

func october(t testing.TB) civil.Period {
	t.Helper()
	zone, err := civil.LoadZone("America/New_York")
	require.NoError(t, err)
	p, err := civil.Month(2026, time.October, zone)
	require.NoError(t, err)
	return p
}

func member(id, address string) usage.Record {
	return usage.Record{User: id, Address: address, Covered: usage.Days(civil.MustDate(2026, 1, 1), civil.Date{})}
}

// input has a plain tenant, a split one, a metered project, a fee and a discount.
func input(t testing.TB) usage.Input {
	t.Helper()
	return usage.Input{
		Account: usage.Account{ID: "acme", Name: "Acme Inc"}, Period: october(t),
		Plan: usage.Plan{
			Currency: "USD", Seats: flat("4.00"),
			Groups: map[string]pricing.Price{"staff": flat("3.00"), "students": flat("1.00")},
			Fees:   []usage.Fee{{ID: "base", Name: "Base fee", Amount: usd("10.00")}},
			Metered: []usage.MeteredPlan{{Name: "voice", Meters: []usage.Meter{
				{Name: "minutes", Unit: "minute", Included: decimal.NewFromInt(100), Price: flat("0.05")},
			}}},
		},
		Tenants: each(
			usage.Tenant{ID: "hq", Name: "Headquarters", Users: each(member("a", ""), member("b", ""))},
			usage.Tenant{
				ID: "uni", Name: "Lakeside", Domain: "lakeside.edu",
				Users: each(member("p", "p@lakeside.edu"), member("s", "s@s.lakeside.edu"), member("t", "t@s.lakeside.edu")),
				Split: usage.Split{
					Groups:   []usage.Group{{Name: "staff", Domains: []string{"lakeside.edu"}}, {Name: "students", Domains: []string{"s.lakeside.edu"}}},
					Approval: usage.Approval{By: "ops", On: civil.MustDate(2026, 1, 1)},
				},
			},
		),
		Projects: each(usage.Project{
			ID: "bot", Name: "Voice bot", Plan: "voice", Active: civil.Span{From: civil.MustDate(2026, 1, 1)},
			Readings: []usage.Reading{{Meter: "minutes", Used: usage.Known(decimal.NewFromInt(150))}},
		}),
		Discounts: []usage.Discount{{
			ID: "ten", Name: "Ten percent of seats", Percent: decimal.NewFromInt(10), On: usage.OnSeats,
			Valid: civil.Span{From: civil.MustDate(2026, 1, 1)},
		}},
	}
}

func statement(t testing.TB, in usage.Input) *usage.Statement {
	t.Helper()
	st, err := usage.Compute(in)
	require.NoError(t, err)
	if st.Total.Sign() >= 0 {
		agree.Check(t, st)
	}
	return st
}

func texts(inv *invoice.Invoice) []string {
	var out []string
	for _, l := range inv.Lines {
		out = append(out, fmt.Sprintf("%s %s x %s = %s", l.Kind, l.Description, l.Quantity, l.Amount))
	}
	return out
}

// TestO8OneLineForEveryPart (O8): tenants and groups, meters, charges of the account, in this order.
func TestO8OneLineForEveryPart(t *testing.T) {
	t.Parallel()
	st := statement(t, input(t))
	invoices, err := invoice.FromStatement(st, invoice.Options{})
	require.NoError(t, err)
	require.Len(t, invoices, 1)
	inv := &invoices[0]
	require.NoError(t, inv.Verify())
	require.Equal(t, []string{
		"seats Headquarters x 2 = 8.00 USD",
		"seats Lakeside, staff x 1 = 3.00 USD",
		"seats Lakeside, students x 2 = 2.00 USD",
		"metered Voice bot, minutes x 50 = 2.50 USD",
		"fee Base fee x 1 = 10.00 USD",
		"discount Ten percent of seats x 1 = -1.30 USD",
	}, texts(inv))
	require.True(t, inv.Total.Equal(st.Total))
	require.Equal(t, invoice.Draft, inv.Status)
	require.Equal(t, "2026-11-01", inv.Issued.String(), "issued on the first day after the period")
	require.Equal(t, "2026-12-01", inv.Due().String(), "Net 30")
}

// TestO10OneInvoiceForEachGroupOnRequest (O10): what has no group is on an invoice of its own; a discount is divided.
func TestO10OneInvoiceForEachGroupOnRequest(t *testing.T) {
	t.Parallel()
	st := statement(t, input(t))
	invoices, err := invoice.FromStatement(st, invoice.Options{PerGroup: true})
	require.NoError(t, err)
	got := map[string][]string{}
	for i := range invoices {
		require.NoError(t, invoices[i].Verify())
		got[invoices[i].Group] = texts(&invoices[i])
	}
	require.Equal(t, map[string][]string{
		"": {
			"seats Headquarters x 2 = 8.00 USD", "metered Voice bot, minutes x 50 = 2.50 USD",
			"fee Base fee x 1 = 10.00 USD", "discount Ten percent of seats x 1 = -0.80 USD",
		},
		"staff":    {"seats Lakeside, staff x 1 = 3.00 USD", "discount Ten percent of seats x 1 = -0.30 USD"},
		"students": {"seats Lakeside, students x 2 = 2.00 USD", "discount Ten percent of seats x 1 = -0.20 USD"},
	}, got)
}

// many has n tenants with one user each.
func many(t testing.TB, n int) usage.Input {
	t.Helper()
	in := input(t)
	in.Tenants = func(yield func(usage.Tenant, error) bool) {
		for i := range n {
			id := fmt.Sprintf("t%04d", i)
			if !yield(usage.Tenant{ID: id, Name: "Tenant " + id, Users: each(member("u", ""))}, nil) {
				return
			}
		}
	}
	return in
}

// TestAtMost250LinesAndNothingLost at and around the limit.
func TestAtMost250LinesAndNothingLost(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ tenants, lines, merged int }{
		{0, 3, 0}, {1, 4, 0}, {247, 250, 0}, {248, 250, 2}, {1000, 250, 754},
	} {
		t.Run(fmt.Sprintf("%d tenants", c.tenants), func(t *testing.T) {
			t.Parallel()
			st := statement(t, many(t, c.tenants))
			invoices, err := invoice.FromStatement(st, invoice.Options{})
			require.NoError(t, err)
			inv := &invoices[0]
			require.NoError(t, inv.Verify())
			require.Len(t, inv.Lines, c.lines)
			require.True(t, inv.Total.Equal(st.Total))
			merged := 0
			for _, l := range inv.Lines {
				if l.Kind == invoice.Aggregate && l.Merged > 1 {
					merged = l.Merged
					require.Equal(t, fmt.Sprintf("%d further tenants", merged), l.Description)
					require.True(t, l.Quantity.Equal(decimal.NewFromInt(int64(merged))))
					require.Equal(t, "4.00 USD", l.Unit.String(), "the same price stays a price")
				}
			}
			require.Equal(t, c.merged, merged)
		})
	}
}

// TestTooManyChargesAreRefused: charges of the account are never put together.
func TestTooManyChargesAreRefused(t *testing.T) {
	t.Parallel()
	in := many(t, 5)
	for i := range 251 {
		in.Adjustments = append(in.Adjustments, usage.Adjustment{
			ID: fmt.Sprint(i), Name: "x", On: civil.MustDate(2026, time.October, 3), Amount: usd("1.00"),
		})
	}
	st, err := usage.Compute(in)
	require.NoError(t, err)
	_, err = invoice.FromStatement(st, invoice.Options{})
	require.ErrorIs(t, err, invoice.ErrLines)
}

// TestWhatCannotBeInvoiced is refused with its reason.
func TestWhatCannotBeInvoiced(t *testing.T) {
	t.Parallel()
	toDate := input(t)
	toDate.Finality, toDate.AsOf = usage.ToDate, civil.MustDate(2026, time.October, 10)
	credit := input(t)
	credit.Adjustments = []usage.Adjustment{{ID: "c", Name: "Credit", On: civil.MustDate(2026, time.October, 3), Amount: usd("-100.00")}}
	for _, c := range []struct {
		name   string
		in     usage.Input
		change func(*usage.Statement)
		err    error
	}{
		{"a statement of the running month", toDate, nil, invoice.ErrNotFinal},
		{"credits beyond the charges", credit, nil, invoice.ErrNegativeTotal},
		{"a statement whose total was changed", input(t), func(st *usage.Statement) { st.Total = usd("1.00") }, invoice.ErrTotals},
		{"a statement whose tenant was changed", input(t), func(st *usage.Statement) { st.Tenants[0].Subtotal = usd("1.00") }, invoice.ErrTotals},
		{"a statement whose group was changed", input(t), func(st *usage.Statement) { st.Tenants[0].Groups[0].Subtotal = usd("1.00") }, invoice.ErrTotals},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			st := statement(t, c.in)
			if c.change != nil {
				c.change(st)
			}
			_, err := invoice.FromStatement(st, invoice.Options{})
			require.ErrorIs(t, err, c.err)
		})
	}
}

// TestLinesOfNothing are kept unless the host leaves them out.
func TestLinesOfNothing(t *testing.T) {
	t.Parallel()
	in := input(t)
	in.Plan.Seats = flat("0.00")
	st := statement(t, in)
	with, err := invoice.FromStatement(st, invoice.Options{})
	require.NoError(t, err)
	without, err := invoice.FromStatement(st, invoice.Options{OmitZero: true})
	require.NoError(t, err)
	require.Len(t, without[0].Lines, len(with[0].Lines)-1)
	require.True(t, without[0].Total.Equal(with[0].Total))
}

// TestInvoicesAlwaysSumToTheStatement for any number of tenants and lines, with and without groups.
func TestInvoicesAlwaysSumToTheStatement(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		in := many(t, rapid.IntRange(0, 40).Draw(rt, "tenants"))
		percent := rapid.IntRange(1, 100).Draw(rt, "percent")
		in.Discounts[0].Percent = decimal.NewFromInt(int64(percent))
		in.Discounts[0].On = usage.Target(rapid.IntRange(0, 3).Draw(rt, "target"))
		st, err := usage.Compute(in)
		require.NoError(rt, err)
		opt := invoice.Options{
			PerGroup: rapid.Bool().Draw(rt, "per group"),
			MaxLines: rapid.IntRange(6, 50).Draw(rt, "lines"),
			OmitZero: rapid.Bool().Draw(rt, "omit"),
		}
		invoices, err := invoice.FromStatement(st, opt)
		require.NoError(rt, err)
		sum := money.MustParse("0", "USD")
		for i := range invoices {
			require.NoError(rt, invoices[i].Verify())
			require.LessOrEqual(rt, len(invoices[i].Lines), opt.MaxLines)
			sum, err = sum.Add(invoices[i].Total)
			require.NoError(rt, err)
		}
		require.True(rt, sum.Equal(st.Total))
	})
}

// TestVerifyFindsEveryDifference.
func TestVerifyFindsEveryDifference(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		change func(*invoice.Invoice)
		err    error
	}{
		{"as it was made", func(*invoice.Invoice) {}, nil},
		{"a tax that is added to the total", func(inv *invoice.Invoice) {
			inv.Taxes = []invoice.Tax{{Name: "VAT", Amount: usd("1.00")}}
			inv.Total, _ = inv.Total.Add(usd("1.00"))
		}, nil},
		{"a tax that is not", func(inv *invoice.Invoice) { inv.Taxes = []invoice.Tax{{Name: "VAT", Amount: usd("1.00")}} }, invoice.ErrTotals},
		{"a changed line", func(inv *invoice.Invoice) { inv.Lines[0].Amount = usd("0.01") }, invoice.ErrTotals},
		{"a line in another currency", func(inv *invoice.Invoice) { inv.Lines[0].Amount = money.MustParse("8", "EUR") }, invoice.ErrTotals},
		{"a changed subtotal", func(inv *invoice.Invoice) { inv.Subtotal = usd("0.01") }, invoice.ErrTotals},
		{"a changed total", func(inv *invoice.Invoice) { inv.Total = usd("0.01") }, invoice.ErrTotals},
		{"a line too many", func(inv *invoice.Invoice) {
			for len(inv.Lines) <= invoice.MaxLines {
				inv.Lines = append(inv.Lines, invoice.Line{Amount: usd("0")})
			}
		}, invoice.ErrLines},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			invoices, err := invoice.FromStatement(statement(t, input(t)), invoice.Options{})
			require.NoError(t, err)
			c.change(&invoices[0])
			require.ErrorIs(t, invoices[0].Verify(), c.err)
		})
	}
}

package frozen_test

import (
	"bytes"
	"flag"
	"iter"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/internal/frozen"
	"github.com/billhatch/billhatch/invoice"
	"github.com/billhatch/billhatch/money"
	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/usage"
	"github.com/billhatch/billhatch/usage/civil"
	"github.com/billhatch/billhatch/usage/pricing"
)

var update = flag.Bool("update", false, "write the golden file anew")

func usd(s string) money.Amount { return money.MustParse(s, "USD") }

func flat(s string) pricing.Price { return pricing.Price{Model: pricing.Flat, Unit: usd(s)} }

func each[T any](values ...T) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for _, v := range values {
			if !yield(v, nil) {
				return
			}
		}
	}
}

// world is an account with a split tenant, a plain one and a project.
type world struct {
	period    civil.Period
	agreement provider.Agreement
}

func newWorld(t testing.TB) *world {
	t.Helper()
	zone, err := civil.LoadZone("America/New_York")
	require.NoError(t, err)
	period, err := civil.ParseMonth("2026-10", zone)
	require.NoError(t, err)
	first := period.From()
	return &world{period: period, agreement: provider.Agreement{
		Plan: usage.Plan{
			Name: "standard", Currency: "USD", Seats: flat("4.30"), Stage: usage.PerGroup,
			Groups: map[string]pricing.Price{"students": flat("1.10"), "staff": {Model: pricing.Package, Unit: usd("9"), Size: decimal.New(50, -1)}},
			Fees:   []usage.Fee{{ID: "base", Name: "Base", Amount: usd("20")}},
			Metered: []usage.MeteredPlan{{Name: "voice", Meters: []usage.Meter{
				{Name: "minutes", Unit: "minute", Included: decimal.New(10, 0), Price: flat("0.05")},
			}}},
		},
		Discounts:   []usage.Discount{{ID: "d", Name: "Ten", Percent: decimal.New(1000, -2), Valid: civil.Span{From: first}}},
		Adjustments: []usage.Adjustment{{ID: "late/1", Name: "Usage of September", On: first, Amount: usd("3.50")}},
	}}
}

// compute makes the statement of the world under an agreement; some users are drawn.
func (w *world) compute(t testing.TB, agreed *provider.Agreement, r *rand.Rand) *usage.Statement {
	t.Helper()
	first := w.period.From()
	user := func(id, address string) usage.Record {
		return usage.Record{User: id, Name: "Name of " + id, Address: address, Covered: usage.Days(first.AddDays(r.IntN(20)), civil.Date{})}
	}
	st, err := usage.Compute(usage.Input{
		Account: usage.Account{ID: "acme", Name: "Acme"}, Period: w.period, Plan: agreed.Plan,
		Discounts: agreed.Discounts, Adjustments: agreed.Adjustments,
		Tenants: each(
			usage.Tenant{ID: "campus", Domain: "lakeside.edu", Split: usage.Split{
				Groups: []usage.Group{
					{Name: "staff", Domains: []string{"lakeside.edu"}}, {Name: "students", Domains: []string{"students.lakeside.edu"}},
				},
				Approval: usage.Approval{By: "ops@example.com", On: civil.MustDate(2026, 1, 15)},
			}, Users: each(user("a", "a@lakeside.edu"), user("b", "b@students.lakeside.edu"), user("c", "c@students.lakeside.edu"))},
			usage.Tenant{ID: "hq", Users: each(user("a", "a@example.com"), user("b", "b@example.com"))},
		),
		Projects: each(usage.Project{
			ID: "bot", Plan: "voice", Active: civil.Span{From: first},
			Readings: []usage.Reading{{Meter: "minutes", Used: usage.Known(decimal.New(int64(r.IntN(5000)), -2))}},
		}),
	})
	require.NoError(t, err)
	return st
}

// month is what closing the world freezes.
func (w *world) month(t testing.TB, seed uint64, opt invoice.Options) *frozen.Month {
	t.Helper()
	st := w.compute(t, &w.agreement, rand.New(rand.NewPCG(seed, 1)))
	invoices, err := invoice.FromStatement(st, opt)
	require.NoError(t, err)
	return &frozen.Month{
		Customer: "cus_1", Statement: st, Agreement: w.agreement, Invoices: invoices,
		Late: []frozen.Late{{From: civil.MustDate(2026, 9, 1), To: civil.MustDate(2026, 10, 1), Amount: usd("3.50")}},
	}
}

func options(t testing.TB) []invoice.Options {
	t.Helper()
	terms, err := invoice.Net(30)
	require.NoError(t, err)
	receipt, err := invoice.Net(0)
	require.NoError(t, err)
	return []invoice.Options{
		{},
		{PerGroup: true, Terms: terms},
		{MaxLines: 7, Terms: receipt, Note: "Thank <you>\n\xff"},
		{
			OmitZero: true, Reference: "PO 1", Customer: invoice.Party{Name: "Acme", Lines: []string{"1 Road", "Town"}, TaxIDs: []string{"VAT X"}},
			Seller: invoice.Party{Name: "Us", Email: "us@example.com"},
		},
	}
}

func encode(t testing.TB, m *frozen.Month) []byte {
	t.Helper()
	body, err := frozen.Encode(m)
	require.NoError(t, err)
	return body
}

func TestAMonthIsWhatItWas(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for seed := range uint64(50) {
		for _, opt := range options(t) {
			m := w.month(t, seed, opt)
			body := encode(t, m)
			require.Equal(t, body, encode(t, w.month(t, seed, opt)), "the same month is the same text")
			back, err := frozen.Decode(body)
			require.NoError(t, err)
			require.Equal(t, string(body), string(encode(t, back)))

			require.Equal(t, m.Customer, back.Customer)
			require.Equal(t, m.Late, back.Late)
			invoices, err := invoice.FromStatement(back.Statement, opt)
			require.NoError(t, err)
			for i := range m.Invoices {
				for _, got := range []invoice.Invoice{back.Invoices[i], invoices[i]} {
					require.True(t, got.Period.Equal(m.Invoices[i].Period))
					got.Period = m.Invoices[i].Period
					require.Equal(t, m.Invoices[i], got)
				}
			}
			again := w.compute(t, &back.Agreement, rand.New(rand.NewPCG(seed, 1)))
			require.Equal(t, m.Statement.Total, again.Total, "a closed month can be computed with its own prices")
			require.Equal(t, frozen.Hash(body), frozen.Hash(encode(t, back)))
		}
	}
}

// TestTheTextOfAMonth: what is frozen today is read in years to come, so that the bytes of version 1 never change.
func TestTheTextOfAMonth(t *testing.T) {
	t.Parallel()
	body := encode(t, newWorld(t).month(t, 1, options(t)[3]))
	const golden = "testdata/month-v1.jsonl"
	if *update {
		require.NoError(t, os.WriteFile(golden, body, 0o600))
	}
	want, err := os.ReadFile(golden)
	require.NoError(t, err)
	require.Equal(t, string(want), string(body))
	m, err := frozen.Decode(want)
	require.NoError(t, err)
	require.Equal(t, "PO 1", m.Invoices[0].Reference)
}

func TestAMonthWithNothingToBill(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	st, err := usage.Compute(usage.Input{Account: usage.Account{ID: "acme"}, Period: w.period, Plan: usage.Plan{Currency: "USD"}})
	require.NoError(t, err)
	back, err := frozen.Decode(encode(t, &frozen.Month{Statement: st, Agreement: provider.Agreement{Plan: usage.Plan{Currency: "USD"}}}))
	require.NoError(t, err)
	require.Empty(t, back.Invoices)
	require.True(t, back.Statement.Total.IsZero())
}

func TestWhatDoesNotBelongTogetherIsNotFrozen(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		change func(m *frozen.Month)
	}{
		{"no statement", func(m *frozen.Month) { m.Statement = nil }},
		{"a statement that is not final", func(m *frozen.Month) { m.Statement.Incomplete = true }},
		{"a statement that does not add up", func(m *frozen.Month) { m.Statement.Tenants[0].Subtotal = usd("1") }},
		{"a plan in another currency", func(m *frozen.Month) { m.Agreement.Plan.Currency = "EUR" }},
		{"an empty plan in another currency", func(m *frozen.Month) { m.Agreement.Plan = usage.Plan{Currency: "EUR"} }},
		{"a plan that is not valid", func(m *frozen.Month) { m.Agreement.Plan.IncludedDays = -1 }},
		{"a discount that is not valid", func(m *frozen.Month) { m.Agreement.Discounts[0].ID = "" }},
		{"an adjustment without an amount", func(m *frozen.Month) { m.Agreement.Adjustments[0].Amount = money.Amount{} }},
		{"an adjustment in another currency", func(m *frozen.Month) { m.Agreement.Adjustments[0].Amount = money.MustParse("1", "EUR") }},
		{"late usage without an amount", func(m *frozen.Month) { m.Late[0].Amount = money.Amount{} }},
		{"late usage without a period", func(m *frozen.Month) { m.Late[0].To = m.Late[0].From }},
		{"an invoice of another account", func(m *frozen.Month) { m.Invoices[0].Account = "other" }},
		{"an invoice of another period", func(m *frozen.Month) { m.Invoices[0].Period = m.Invoices[0].Period.Next() }},
		{"an invoice in another currency", func(m *frozen.Month) { m.Invoices[0].Currency = "EUR" }},
		{"an invoice that is issued", func(m *frozen.Month) { m.Invoices[0].Status = invoice.Open }},
		{"an invoice whose lines do not add up", func(m *frozen.Month) { m.Invoices[0].Lines[0].Amount = usd("1") }},
		{"an invoice twice", func(m *frozen.Month) { m.Invoices = append(m.Invoices, m.Invoices[0]) }},
		{"an invoice of nothing twice", func(m *frozen.Month) {
			nothing := m.Invoices[0]
			nothing.Lines, nothing.Subtotal, nothing.Total = nil, usd("0"), usd("0")
			require.NoError(t, nothing.Verify())
			m.Invoices = append(m.Invoices, nothing)
		}},
		{"an invoice of less than nothing", func(m *frozen.Month) {
			more := func(a *money.Amount, by string) {
				sum, err := a.Add(usd(by))
				require.NoError(t, err)
				*a = sum
			}
			inv := &m.Invoices[0]
			for _, a := range []*money.Amount{&inv.Lines[0].Amount, &inv.Subtotal, &inv.Total} {
				more(a, "1")
			}
			credit := *inv
			credit.Group, credit.Lines = "staff", []invoice.Line{{Key: "k", Kind: invoice.Adjustment, Amount: usd("-1"), Merged: 1}}
			credit.Subtotal, credit.Total = usd("-1"), usd("-1")
			m.Invoices = append(m.Invoices, credit)
		}},
		{"a text that is too long", func(m *frozen.Month) { m.Agreement.Plan.EduSuffixes = []string{strings.Repeat("x", 5<<20)} }},
		{"an invoice that is missing", func(m *frozen.Month) { m.Invoices = nil }},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			m := newWorld(t).month(t, 1, invoice.Options{})
			c.change(m)
			_, err := frozen.Encode(m)
			require.ErrorIs(t, err, frozen.ErrMonth)
		})
	}
}

// TestAChangedByteIsRefusedOrSeen: whatever is read is what stands there, cut off nowhere.
func TestAChangedByteIsRefusedOrSeen(t *testing.T) {
	t.Parallel()
	body := encode(t, newWorld(t).month(t, 1, invoice.Options{PerGroup: true}))
	step := 1
	if testing.Short() { // as under the race detector
		step = 16
	}
	for i := 0; i < len(body); i += step {
		changed := bytes.Clone(body)
		changed[i] ^= 1
		m, err := frozen.Decode(changed)
		if err != nil {
			require.ErrorIs(t, err, frozen.ErrBroken)
			continue
		}
		require.Equal(t, string(changed), string(encode(t, m)))
	}
	for n := 0; n < len(body); n += step {
		_, err := frozen.Decode(body[:n])
		require.ErrorIs(t, err, frozen.ErrBroken)
	}
}

func TestWhatIsNoMonth(t *testing.T) {
	t.Parallel()
	good := string(encode(t, newWorld(t).month(t, 1, invoice.Options{})))
	swap := func(old, now string) string {
		require.Contains(t, good, old)
		return strings.Replace(good, old, now, 1)
	}
	_, statement, _ := strings.Cut(good, "\n")
	for name, text := range map[string]string{
		"nothing":              "",
		"null":                 "null\n" + statement,
		"a bare statement":     statement,
		"no statement":         strings.TrimSuffix(good, statement),
		"a statement twice":    good + statement,
		"a later version":      swap(`"version":1`, `"version":2`),
		"no version":           swap(`"version":1,`, ``),
		"an unknown member":    swap(`"version":1,`, `"version":1,"more":1,`),
		"another account":      swap(`"account":"acme"`, `"account":"other"`),
		"groups out of order":  swap(`"name":"staff"`, `"name":"z"`),
		"terms out of bounds":  swap(`"lines":`, `"net_days":9999,"lines":`),
		"a status that is not": swap(`"status":"draft"`, `"status":"new"`),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := frozen.Decode([]byte(text))
			require.ErrorIs(t, err, frozen.ErrBroken)
			if name == "a later version" {
				require.ErrorContains(t, err, "at most 1 is known")
			}
		})
	}
}

func TestTheHashIsThatOfRecords(t *testing.T) {
	t.Parallel()
	require.Equal(t, "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", frozen.Hash(nil))
}

func FuzzDecode(f *testing.F) {
	w := newWorld(f)
	for i, opt := range options(f) {
		f.Add(encode(f, w.month(f, uint64(i), opt)))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		m, err := frozen.Decode(body)
		if err != nil {
			require.ErrorIs(t, err, frozen.ErrBroken)
			return
		}
		require.Equal(t, string(body), string(encode(t, m)))
	})
}

func BenchmarkDecode(b *testing.B) {
	body := encode(b, newWorld(b).month(b, 1, invoice.Options{}))
	b.SetBytes(int64(len(body)))
	for b.Loop() {
		if _, err := frozen.Decode(body); err != nil {
			b.Fatal(err)
		}
	}
}

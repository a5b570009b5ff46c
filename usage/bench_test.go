package usage

import (
	"fmt"
	"iter"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/money"
	"github.com/billhatch/billhatch/usage/civil"
	"github.com/billhatch/billhatch/usage/pricing"
)

// benchUsers is the size of the benchmarks: one interval for each user.
const benchUsers = 1_000_000

func benchRoster(n int) []Record {
	out := make([]Record, n)
	october := civil.MustDate(2026, time.October, 1)
	for i := range out {
		from := october.AddDays((i*7919)%40 - 12)
		var to civil.Date
		if i%5 == 0 {
			to = from.AddDays(i % 23)
		}
		out[i] = Record{
			User: fmt.Sprintf("user-%07d", i), Name: fmt.Sprintf("Person %d", i),
			Address: fmt.Sprintf("person.%d@example.com", i), Covered: Days(from, to),
		}
	}
	return out
}

func all(records []Record) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		for i := range records {
			if !yield(records[i], nil) {
				return
			}
		}
	}
}

func benchInput(tb testing.TB, records []Record, totalsOnly bool) Input {
	tb.Helper()
	zone, err := civil.LoadZone("America/New_York")
	require.NoError(tb, err)
	period, err := civil.Month(2026, time.October, zone)
	require.NoError(tb, err)
	price := pricing.Price{Model: pricing.Flat, Unit: money.MustParse("4.30", "USD")}
	return Input{
		Account: Account{ID: "acme"}, Period: period, Plan: Plan{Currency: "USD", Seats: price},
		Tenants: func(yield func(Tenant, error) bool) {
			yield(Tenant{ID: "t", Ordered: totalsOnly, Users: all(records)}, nil)
		},
		TotalsOnly: totalsOnly,
	}
}

// BenchmarkMillion compares a statement of a million users with a bare loop that reads the same records and adds two
// integers for each, and with the straightforward way: one decimal multiplication and division for each user.
func BenchmarkMillion(b *testing.B) {
	records := benchRoster(benchUsers)
	b.Run("bare", func(b *testing.B) {
		for b.Loop() {
			var sum, n int64
			for rec, err := range all(records) {
				if err != nil {
					b.Fatal(err)
				}
				sum += rec.Covered.from
				n += rec.Covered.to
			}
			if sum == 0 || n == 0 {
				b.Fatal("no records")
			}
		}
	})
	for _, c := range []struct {
		name          string
		totals, daily bool
	}{{"statement/totals", true, false}, {"statement/totals and days", true, true}, {"statement/rows", false, false}} {
		b.Run(c.name, func(b *testing.B) {
			in := benchInput(b, records, c.totals)
			in.Daily = c.daily
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Compute(in); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("straightforward", func(b *testing.B) {
		in := benchInput(b, records, true)
		b.ReportAllocs()
		for b.Loop() {
			straightforward(records, in.Period, in.Plan.Seats.Unit.Decimal())
		}
	})
}

// straightforward prices every user by itself with decimals.
func straightforward(records []Record, period civil.Period, price decimal.Decimal) decimal.Decimal {
	total := decimal.Zero
	whole := decimal.NewFromInt(int64(period.Days()))
	for i := range records {
		iv := records[i].Covered
		from := max(iv.from, int64(period.From().Ordinal()))
		to := min(iv.to, int64(period.To().Ordinal()))
		if from >= to {
			continue
		}
		total = total.Add(price.Mul(decimal.NewFromInt(to-from)).DivRound(whole, 2))
	}
	return total
}

func TestAMillionUsersCostWhatTheStraightforwardWaySays(t *testing.T) {
	t.Parallel()
	records := benchRoster(benchUsers / 10)
	in := benchInput(t, records, false)
	st, err := Compute(in)
	require.NoError(t, err)
	require.NoError(t, st.Verify())
	want := straightforward(records, in.Period, in.Plan.Seats.Unit.Decimal())
	require.Equal(t, want.StringFixed(2)+" USD", st.Total.String())
	in = benchInput(t, records, true)
	totals, err := Compute(in)
	require.NoError(t, err)
	require.True(t, st.Total.Equal(totals.Total))
}

func TestNoUserCostsAnAllocation(t *testing.T) {
	few, many := benchInput(t, benchRoster(1000), true), benchInput(t, benchRoster(20000), true)
	few.Daily, many.Daily = true, true
	count := func(in Input) float64 {
		return testing.AllocsPerRun(3, func() {
			if _, err := Compute(in); err != nil {
				t.Fatal(err)
			}
		})
	}
	require.InDelta(t, count(few), count(many), 100)
}

package agree_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/internal/agree"
	"github.com/billhatch/billhatch/money"
	"github.com/billhatch/billhatch/usage"
	"github.com/billhatch/billhatch/usage/civil"
	"github.com/billhatch/billhatch/usage/pricing"
)

func statement(tb testing.TB, totalsOnly bool) *usage.Statement {
	tb.Helper()
	month, err := civil.Month(2026, time.October, time.UTC)
	require.NoError(tb, err)
	st, err := usage.Compute(usage.Input{
		Account: usage.Account{ID: "acme"}, Period: month, TotalsOnly: totalsOnly,
		Plan: usage.Plan{Currency: "USD", Seats: pricing.Price{Model: pricing.Flat, Unit: money.MustParse("4.30", "USD")}},
		Tenants: func(yield func(usage.Tenant, error) bool) {
			yield(usage.Tenant{ID: "'=t", Name: "T", Users: func(yield func(usage.Record, error) bool) {
				for i, id := range []string{"a", "b", "c", "d"} {
					from := civil.MustDate(2026, time.October, 1+7*i)
					if !yield(usage.Record{User: id, Covered: usage.Days(from, civil.Date{})}, nil) {
						return
					}
				}
			}}, nil)
		},
		Adjustments: []usage.Adjustment{{ID: "j", On: civil.MustDate(2026, time.October, 3), Amount: money.MustParse("-1.00", "USD")}},
	})
	require.NoError(tb, err)
	return st
}

// recorder is a test that only notes what was reported.
type recorder struct {
	testing.TB
	problems int
}

func (r *recorder) Errorf(string, ...any) { r.problems++ }

func TestAStatementThatComputeMadeAgreesWithItsDocuments(t *testing.T) {
	t.Parallel()
	agree.Check(t, statement(t, false))
	agree.Check(t, statement(t, true))
}

func TestAStatementThatWasChangedDoesNotAgree(t *testing.T) {
	t.Parallel()
	more := func(a *money.Amount) {
		sum, err := a.Add(money.MustParse("0.01", "USD"))
		require.NoError(t, err)
		*a = sum
	}
	for name, change := range map[string]func(*usage.Statement){
		"the total":       func(st *usage.Statement) { more(&st.Total) },
		"a tenant":        func(st *usage.Statement) { more(&st.Tenants[0].Subtotal) },
		"a group":         func(st *usage.Statement) { more(&st.Tenants[0].Groups[0].Subtotal) },
		"a charge":        func(st *usage.Statement) { more(&st.Charges[0].Amount) },
		"number of users": func(st *usage.Statement) { st.Tenants[0].Groups[0].Users++ },
		"all but the rows": func(st *usage.Statement) {
			more(&st.Tenants[0].Groups[0].Subtotal)
			more(&st.Tenants[0].Subtotal)
			more(&st.Total)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			st := statement(t, false)
			change(st)
			r := &recorder{TB: t}
			agree.Check(r, st)
			require.Positive(t, r.problems)
		})
	}
}

func BenchmarkCheck(b *testing.B) {
	st := statement(b, false)
	for b.Loop() {
		agree.Check(b, st)
	}
}

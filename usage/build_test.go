package usage_test

import (
	"iter"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/money"
	"github.com/billhatch/billhatch/usage"
	"github.com/billhatch/billhatch/usage/civil"
	"github.com/billhatch/billhatch/usage/pricing"
)

// each gives the values one after the other.
func each[T any](values ...T) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for _, v := range values {
			if !yield(v, nil) {
				return
			}
		}
	}
}

// failing gives the values and then an error.
func failing[T any](err error, values ...T) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for _, v := range values {
			if !yield(v, nil) {
				return
			}
		}
		var none T
		yield(none, err)
	}
}

func date(t testing.TB, s string) civil.Date {
	t.Helper()
	if s == "" {
		return civil.Date{}
	}
	d, err := civil.ParseDate(s)
	require.NoError(t, err)
	return d
}

func span(t testing.TB, from, to string) civil.Span {
	t.Helper()
	return civil.Span{From: date(t, from), To: date(t, to)}
}

func month(t testing.TB, text, zone string) civil.Period {
	t.Helper()
	loc, err := civil.LoadZone(zone)
	require.NoError(t, err)
	p, err := civil.ParseMonth(text, loc)
	require.NoError(t, err)
	return p
}

func instant(t testing.TB, s string) time.Time {
	t.Helper()
	if s == "" {
		return time.Time{}
	}
	at, err := time.Parse(time.RFC3339Nano, s)
	require.NoError(t, err)
	return at
}

func usd(amount string) money.Amount { return money.MustParse(amount, "USD") }

func flat(amount string) pricing.Price { return pricing.Price{Model: pricing.Flat, Unit: usd(amount)} }

// user is a record of civil days; an empty to is an open end.
func user(t testing.TB, id, from, to string) usage.Record {
	t.Helper()
	return usage.Record{
		User: id, Name: "Name of " + id, Address: id + "@example.com",
		Covered: usage.Days(date(t, from), date(t, to)),
	}
}

// october is the input of an account with one tenant at 31.00 USD a seat, so that a day costs 1.00.
func october(t testing.TB, users ...usage.Record) usage.Input {
	t.Helper()
	return usage.Input{
		Account: usage.Account{ID: "acme", Name: "Acme Inc"},
		Period:  month(t, "2026-10", "America/New_York"),
		Plan:    usage.Plan{Name: "standard", Currency: "USD", Seats: flat("31.00")},
		Tenants: each(usage.Tenant{ID: "t1", Name: "Tenant One", Users: each(users...)}),
	}
}

// compute makes the statement and runs the check that every statement of every test must pass.
func compute(t testing.TB, in usage.Input) *usage.Statement {
	t.Helper()
	st, err := usage.Compute(in)
	require.NoError(t, err)
	check(t, st)
	return st
}

// rows gives the rows of all groups of a tenant by user.
func rows(t testing.TB, st *usage.Statement, tenant string) map[string]usage.Row {
	t.Helper()
	part, ok := st.Tenant(tenant)
	require.True(t, ok)
	out := map[string]usage.Row{}
	for g := range part.Groups {
		for row := range part.Groups[g].Rows() {
			require.NotContains(t, out, row.User, "a user has one row")
			out[row.User] = row
		}
	}
	return out
}

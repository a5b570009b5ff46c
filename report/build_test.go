package report_test

import (
	"fmt"
	"iter"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/internal/agree"
	"github.com/billhatch/billhatch/money"
	"github.com/billhatch/billhatch/usage"
	"github.com/billhatch/billhatch/usage/civil"
	"github.com/billhatch/billhatch/usage/pricing"
)

// day is a day of October 2026.
func day(n int) civil.Date { return civil.MustDate(2026, time.October, 1).AddDays(n - 1) }

func parseMonth() (civil.Period, error) {
	loc, err := civil.LoadZone("America/New_York")
	if err != nil {
		return civil.Period{}, err
	}
	return civil.Month(2026, time.October, loc)
}

func october(tb testing.TB) civil.Period {
	tb.Helper()
	p, err := parseMonth()
	require.NoError(tb, err)
	return p
}

func each[T any](all ...T) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for _, v := range all {
			if !yield(v, nil) {
				return
			}
		}
	}
}

// user is covered from a day until before another; 0 is an open end.
func user(id, name, address string, from, to int) usage.Record {
	end := civil.Date{}
	if to > 0 {
		end = day(to)
	}
	return usage.Record{User: id, Name: name, Address: address, Covered: usage.Days(day(from), end)}
}

// people are n users who join on different days.
func people(n int) []usage.Record {
	out := make([]usage.Record, n)
	for i := range out {
		to := 0
		if i%5 == 4 {
			to = 20 + i%12
		}
		out[i] = user(fmt.Sprintf("u%06d", i), fmt.Sprintf("Person %d", i), fmt.Sprintf("person.%d@example.com", i), 1+i%17, to)
	}
	return out
}

func tenant(id, name string, users ...usage.Record) usage.Tenant {
	return usage.Tenant{ID: id, Name: name, Users: each(users...), NoUsers: len(users) == 0}
}

func usd(v string) money.Amount { return money.MustParse(v, "USD") }

func seatPlan() usage.Plan {
	return usage.Plan{Name: "Business", Currency: "USD", Seats: pricing.Price{Model: pricing.Flat, Unit: usd("4.30")}}
}

func seatInput(tb testing.TB, tenants ...usage.Tenant) usage.Input {
	tb.Helper()
	return usage.Input{
		Account: usage.Account{ID: "acme", Name: "Acme Holdings"}, Period: october(tb), Plan: seatPlan(),
		Tenants: each(tenants...),
	}
}

// compute makes a statement and lets everything agree about it.
func compute(tb testing.TB, in usage.Input) *usage.Statement {
	tb.Helper()
	st, err := usage.Compute(in)
	require.NoError(tb, err)
	agree.Check(tb, st)
	return st
}

// large is a statement of many users, which everything has agreed about in small.
func large(tb testing.TB, in usage.Input) *usage.Statement {
	tb.Helper()
	st, err := usage.Compute(in)
	require.NoError(tb, err)
	return st
}

// seats is a statement of some tenants.
func seats(tb testing.TB, tenants ...usage.Tenant) *usage.Statement {
	tb.Helper()
	return compute(tb, seatInput(tb, tenants...))
}

// campus is a tenant that is billed in two groups.
func campus() usage.Tenant {
	return usage.Tenant{
		ID: "t-campus", Name: "Ridge College", Domain: "ridge.edu",
		Split: usage.Split{
			Approval: usage.Approval{By: "sales", On: day(1).AddMonths(-6, 0)},
			Groups: []usage.Group{
				{Name: "students", Domains: []string{"students.ridge.edu"}}, {Name: "staff", Domains: []string{"ridge.edu"}},
			},
		},
		Users: each(
			user("c1", "Ann Lee", "ann@students.ridge.edu", 1, 0), user("c2", "Bo Chen", "bo@students.ridge.edu", 12, 0),
			user("c3", "Prof. Díaz", "diaz@ridge.edu", 1, 0),
		),
	}
}

// everything is an input with tenants, groups, projects and every kind of charge.
func everything(tb testing.TB) usage.Input {
	tb.Helper()
	in := seatInput(tb,
		tenant("t-head", "Acme / Head office",
			user("a1", "Ada Lovelace", "ada@acme.example", 1, 0), user("a2", "=HYPERLINK(\"x\")", "bob@acme.example", 11, 22),
			usage.Record{User: "a3", Name: "Cy, \"the\" third", Address: "cy@acme.example", Covered: usage.Days(day(3), day(5))},
			usage.Record{User: "a3", Name: "Cy, \"the\" third", Address: "cy@acme.example", Covered: usage.Days(day(8), day(9))},
		),
		campus(),
		tenant("t-empty", "Empty"),
	)
	minutes := usage.Meter{
		Name: "minutes", Unit: "minute", Included: decimal.NewFromInt(1000),
		Price: pricing.Price{Model: pricing.Flat, Unit: usd("0.0125")},
	}
	sms := usage.Meter{
		Name: "sms", Unit: "message", Price: pricing.Price{Model: pricing.Package, Size: decimal.NewFromInt(100), Unit: usd("2.00")},
	}
	storage := usage.Meter{Name: "storage", Unit: "GB", Unlimited: true}
	pooled := usage.Meter{
		Name: "calls", Unit: "call", Included: decimal.NewFromInt(50), Price: pricing.Price{Model: pricing.Flat, Unit: usd("0.10")},
	}
	in.Plan.Groups = map[string]pricing.Price{
		"students": {Model: pricing.Flat, Unit: usd("1.10")}, "staff": {Model: pricing.Flat, Unit: usd("3.20")},
	}
	in.Plan.Fees = []usage.Fee{{ID: "base", Name: "Platform fee", Amount: usd("25.00")}}
	in.Plan.Metered = []usage.MeteredPlan{{
		Name: "Voice", Fee: &usage.Fee{ID: "voice", Name: "Voice fee", Amount: usd("9.00")},
		Meters: []usage.Meter{minutes, sms, storage, pooled},
	}}
	in.Plan.Shared = []usage.Meter{pooled}
	reading := func(meter, used string) usage.Reading {
		return usage.Reading{Meter: meter, Used: usage.Known(decimal.RequireFromString(used))}
	}
	since := civil.Span{From: day(1).AddMonths(-2, 0)}
	in.Projects = each(
		usage.Project{
			ID: "p-hotline", Name: "Hotline", Plan: "Voice", Active: since,
			Readings: []usage.Reading{reading("minutes", "1234.5"), reading("sms", "201"), reading("storage", "7"), reading("calls", "40")},
		},
		usage.Project{
			ID: "p-lab", Name: "Lab", Plan: "Voice", Active: since,
			Readings: []usage.Reading{reading("minutes", "850"), reading("sms", "0"), reading("storage", "0.25"), reading("calls", "30")},
		},
		usage.Project{ID: "p-next", Name: "Next", Plan: "Voice"},
	)
	in.Discounts = []usage.Discount{
		{ID: "d1", Name: "Loyalty", Percent: decimal.NewFromInt(10), Valid: civil.Span{From: day(11)}},
		{ID: "d2", Name: "Voucher", Amount: usd("500.00"), On: usage.OnFees, Valid: since},
	}
	in.Adjustments = []usage.Adjustment{
		{ID: "j1", Name: "Outage credit", On: day(14), Amount: usd("-3.21")}, {ID: "j2", Name: "Setup", On: day(2), Amount: usd("60.00")},
	}
	return in
}

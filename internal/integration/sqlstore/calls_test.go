package sqlstore_test

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"fmt"
	"iter"
	"sort"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/money"
	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/provider/sqlstore"
	"github.com/billhatch/billhatch/usage"
	"github.com/billhatch/billhatch/usage/civil"
)

// call is one way to use a store that holds what seed has put into it.
type call struct {
	op    string
	write bool // what it does, it does once: doing it again changes nothing more
	do    func(ctx context.Context, s *sqlstore.Store) error
}

func month() civil.Period {
	period, err := civil.Month(2026, time.October, time.UTC)
	if err != nil {
		panic(err)
	}
	return period
}

func key1(account string) provider.ClosingKey {
	return provider.ClosingKey{Account: account, From: month().From(), To: month().To(), Revision: 1}
}

func entry(account, id string) provider.AuditEntry {
	return provider.AuditEntry{ID: id, Account: account, Actor: "user-1", Action: "invoice.read", Target: "in_1", Outcome: provider.Succeeded}
}

func frozen(account, body string) provider.FrozenStatement {
	sum := sha256.Sum256([]byte(body))
	return provider.FrozenStatement{Key: key1(account), Hash: "sha256:" + hex.EncodeToString(sum[:]), Body: []byte(body)}
}

func plan(name string) usage.Plan {
	return usage.Plan{Name: name, Currency: "USD", Fees: []usage.Fee{{ID: "base", Name: "Base fee", Amount: money.MustParse("49.90", "USD")}}}
}

func account(id string) provider.Account {
	return provider.Account{ID: id, Name: "Account " + id, Customer: "cus_" + id, Currency: "USD", Zone: time.UTC}
}

func tenant(id string) usage.Tenant {
	return usage.Tenant{
		ID: id, Name: "Tenant " + id, Domain: "school.edu", Onboarded: month().From(),
		Split: usage.Split{Groups: []usage.Group{{Name: "students", Domains: []string{"student.school.edu"}}, {Name: "staff", Domains: []string{"school.edu"}}}},
	}
}

// roster makes n records in order of user.
func roster(n int) iter.Seq2[usage.Record, error] {
	return func(yield func(usage.Record, error) bool) {
		from := month().From()
		for i := range n {
			rec := usage.Record{
				User: fmt.Sprintf("user-%07d", i), Name: fmt.Sprintf("User %d", i), Kind: "licensed",
				Address: fmt.Sprintf("user-%07d@tenant.example.com", i), Covered: usage.Days(from, civil.Date{}),
			}
			if !yield(rec, nil) {
				return
			}
		}
	}
}

func adjustment(id string) usage.Adjustment {
	return usage.Adjustment{ID: id, Name: id, On: month().From(), Amount: money.MustParse("-5", "USD")}
}

func discount(id string) usage.Discount {
	return usage.Discount{ID: id, Name: id, Percent: decimal.NewFromInt(10), Valid: month().Span()}
}

func figure(used int64) provider.DayUsage {
	return provider.DayUsage{Project: "p1", Meter: "minutes", Day: month().From(), Used: usage.Known(decimal.NewFromInt(used))}
}

// seed puts one of everything into a store.
func seed(tb testing.TB, s *sqlstore.Store) {
	tb.Helper()
	ctx := context.Background()
	event := provider.Event{ID: "e1", Type: "invoice.paid", At: newClock().Now()}
	_, err := s.Receive(ctx, event, []byte("body"))
	require.NoError(tb, err)
	for _, err := range []error{
		s.SaveAccount(ctx, account("a1")), s.SaveAccount(ctx, account("a2")), s.Assign(ctx, "partner", "a1"),
		s.SaveTenant(ctx, "a1", tenant("t1")), s.SaveProject(ctx, "a1", usage.Project{ID: "p1", Name: "P", Plan: "voice"}),
		s.SetReadings(ctx, "a1", "p1", month().Span(), usage.Reading{Meter: "minutes", Used: usage.Known(decimal.NewFromInt(3))}),
		s.SetDaily(ctx, "a1", figure(1)), s.SetPlan(ctx, "a1", civil.Date{}, plan("standard")),
		s.SaveDiscount(ctx, "a1", discount("d1")), s.SaveAdjustment(ctx, "a1", adjustment("adj1")),
		s.Freeze(ctx, frozen("a2", "body")),
	} {
		require.NoError(tb, err)
	}
	_, err = s.ImportCoverage(ctx, "a1", "t1", roster(5))
	require.NoError(tb, err)
	_, err = s.Put(ctx, provider.Closing{Key: key1("a2"), State: provider.Planned})
	require.NoError(tb, err)
	_, err = s.Append(ctx, entry("a1", "entry-1"))
	require.NoError(tb, err)
}

// drain reads a sequence to its end or its first error.
func drain[T any](seq iter.Seq2[T, error]) error {
	for _, err := range seq {
		if err != nil {
			return err
		}
	}
	return nil
}

// calls are all ways to use a store. A write can be done on what seed has made, and again on what it has made itself.
func calls() []call {
	return append(reads(), writes()...)
}

func reads() []call {
	type store = *sqlstore.Store
	return []call{
		{"Account", false, func(ctx context.Context, s store) error { _, err := s.Account(ctx, "a1"); return err }},
		{"Accounts", false, func(ctx context.Context, s store) error {
			_, err := s.Accounts(ctx, provider.AccountQuery{Limit: 10})
			return err
		}},
		{"Assigned", false, func(ctx context.Context, s store) error { _, err := s.Assigned(ctx, "partner", "a1"); return err }},
		{"Clients", false, func(ctx context.Context, s store) error {
			_, err := s.Clients(ctx, provider.ClientQuery{Partner: "partner", Limit: 10})
			return err
		}},
		{"Tenants", false, func(ctx context.Context, s store) error {
			for t, err := range s.Tenants(ctx, "a1", month()) {
				if err != nil {
					return err
				}
				if err := drain(t.Users); err != nil {
					return err
				}
			}
			return nil
		}},
		{"Projects", false, func(ctx context.Context, s store) error { return drain(s.Projects(ctx, "a1", month())) }},
		{"Daily", false, func(ctx context.Context, s store) error { return drain(s.Daily(ctx, "a1", month())) }},
		{"Plan", false, func(ctx context.Context, s store) error { _, err := s.Plan(ctx, "a1", month()); return err }},
		{"Audit", false, func(ctx context.Context, s store) error {
			_, err := s.Audit(ctx, provider.AuditQuery{Account: "a1", Limit: 10})
			return err
		}},
		{"VerifyAudit", false, func(ctx context.Context, s store) error { _, err := s.VerifyAudit(ctx, "a1"); return err }},
		{"Closing", false, func(ctx context.Context, s store) error { _, err := s.Closing(ctx, key1("a2")); return err }},
		{"Closings", false, func(ctx context.Context, s store) error {
			_, err := s.Closings(ctx, provider.ClosingQuery{Limit: 10})
			return err
		}},
		{"Pending", false, func(ctx context.Context, s store) error {
			_, err := s.Pending(ctx, provider.PendingQuery{Limit: 10})
			return err
		}},
		{"Statement", false, func(ctx context.Context, s store) error { _, err := s.Statement(ctx, key1("a2")); return err }},
		{"Validate", false, func(ctx context.Context, s store) error { return s.Validate(ctx) }},
	}
}

func writes() []call {
	type store = *sqlstore.Store
	return []call{
		{"SaveAccount", true, func(ctx context.Context, s store) error { return s.SaveAccount(ctx, account("a3")) }},
		{"RemoveAccount", true, func(ctx context.Context, s store) error { return s.RemoveAccount(ctx, "a1") }},
		{"Assign", true, func(ctx context.Context, s store) error { return s.Assign(ctx, "partner", "a1", "a2") }},
		{"Unassign", true, func(ctx context.Context, s store) error { return s.Unassign(ctx, "partner", "a1") }},
		{"SaveTenant", true, func(ctx context.Context, s store) error { return s.SaveTenant(ctx, "a1", tenant("t2")) }},
		{"SetSplit", true, func(ctx context.Context, s store) error { return s.SetSplit(ctx, "a1", "t1", usage.Split{}) }},
		{"ApproveSplit", true, func(ctx context.Context, s store) error {
			return s.ApproveSplit(ctx, "a1", "t1", usage.Approval{By: "owner", On: month().From()})
		}},
		{"LeaveTenant", true, func(ctx context.Context, s store) error { return s.LeaveTenant(ctx, "a1", "t1", month().To()) }},
		{"RemoveTenant", true, func(ctx context.Context, s store) error { return s.RemoveTenant(ctx, "a1", "t1") }},
		{"SetCoverage", true, func(ctx context.Context, s store) error {
			return s.SetCoverage(ctx, "a1", "t1", "user-x", usage.Record{User: "user-x", Covered: usage.Days(month().From(), month().To())})
		}},
		{"ImportCoverage", true, func(ctx context.Context, s store) error {
			_, err := s.ImportCoverage(ctx, "a1", "t1", roster(9))
			return err
		}},
		{"SaveProject", true, func(ctx context.Context, s store) error {
			return s.SaveProject(ctx, "a1", usage.Project{ID: "p2", Plan: "voice"})
		}},
		{"RemoveProject", true, func(ctx context.Context, s store) error { return s.RemoveProject(ctx, "a1", "p1") }},
		{"SetReadings", true, func(ctx context.Context, s store) error {
			return s.SetReadings(ctx, "a1", "p1", month().Span(), usage.Reading{Meter: "sms"}, usage.Reading{Meter: "minutes"})
		}},
		{"SetDaily", true, func(ctx context.Context, s store) error { return s.SetDaily(ctx, "a1", figure(7)) }},
		{"SetPlan", true, func(ctx context.Context, s store) error { return s.SetPlan(ctx, "a1", month().From(), plan("new")) }},
		{"RemovePlan", true, func(ctx context.Context, s store) error { return s.RemovePlan(ctx, "a1", civil.Date{}) }},
		{"SaveDiscount", true, func(ctx context.Context, s store) error { return s.SaveDiscount(ctx, "a1", discount("d2")) }},
		{"RemoveDiscount", true, func(ctx context.Context, s store) error { return s.RemoveDiscount(ctx, "a1", "d1") }},
		{"SaveAdjustment", true, func(ctx context.Context, s store) error { return s.SaveAdjustment(ctx, "a1", adjustment("adj2")) }},
		{"RemoveAdjustment", true, func(ctx context.Context, s store) error { return s.RemoveAdjustment(ctx, "a1", "adj1") }},
		{"Append", true, func(ctx context.Context, s store) error { _, err := s.Append(ctx, entry("a1", "entry-2")); return err }},
		{"Put", true, func(ctx context.Context, s store) error {
			_, err := s.Put(ctx, provider.Closing{Key: key1("a2"), State: provider.Frozen, Version: 1, Owner: "w", Lease: time.Minute})
			return err
		}},
		{"Receive", true, func(ctx context.Context, s store) error {
			_, err := s.Receive(ctx, provider.Event{ID: "e2"}, []byte("another"))
			return err
		}},
		{"Done", true, func(ctx context.Context, s store) error { return s.Done(ctx, "e1") }},
		{"Freeze", true, func(ctx context.Context, s store) error { return s.Freeze(ctx, frozen("a1", "body")) }},
	}
}

// dump is everything that is in a database, as text. Numbers of events are left out: some are never used.
func dump(tb testing.TB, db *sql.DB) string {
	tb.Helper()
	var all []string
	for table, columns := range map[string]string{
		"accounts": "*", "assignments": "*", "tenants": "*", "coverage": "*", "projects": "*", "readings": "*", "daily": "*",
		"plans": "*", "discounts": "*", "adjustments": "*", "audit": "*", "audit_heads": "*", "closings": "*", "statements": "*",
		"inbox": "event_id, type, kind, object, customer, account, at, live, body, received_at, done_at",
	} {
		all = append(all, dumpTable(tb, db, table, columns)...)
	}
	sort.Strings(all)
	return strings.Join(all, "\n")
}

func dumpTable(tb testing.TB, db *sql.DB, table, columns string) []string {
	tb.Helper()
	rows, err := db.QueryContext(context.Background(), "SELECT "+columns+" FROM billhatch_"+table) //nolint:gosec // the test's own texts
	require.NoError(tb, err)
	defer func() { require.NoError(tb, rows.Close()) }()
	names, err := rows.Columns()
	require.NoError(tb, err)
	var out []string
	for rows.Next() {
		values, dest := make([]any, len(names)), make([]any, len(names))
		for i := range values {
			dest[i] = &values[i]
		}
		require.NoError(tb, rows.Scan(dest...))
		out = append(out, table+fmt.Sprint(values...))
	}
	require.NoError(tb, rows.Err())
	return out
}

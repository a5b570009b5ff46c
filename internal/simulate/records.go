package simulate

import (
	"context"
	"iter"
	"time"

	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/provider/memory"
	"github.com/billhatch/billhatch/usage"
	"github.com/billhatch/billhatch/usage/civil"
)

// store is the host's database: what it knows of accounts and usage, and the ledger with statements and audit log, which
// can be replaced by an older copy. Both are in-memory records as they are shipped. A copy is made by doing all writes
// again, each at its time, until the one at which the copy was taken.
type store struct {
	w      *world
	host   *memory.World
	ledger *memory.World
	writes []write
}

// write is one write that has had its effect.
type write struct {
	at time.Time
	do func(*memory.Records) error
}

// books are the records of the ledger at the world's time.
func (s *store) books() *memory.Records {
	s.ledger.Set(s.w.now())
	return s.ledger.Records()
}

// restore replaces the ledger by the copy that was taken after so many writes.
func (s *store) restore(writes int) {
	s.writes = s.writes[:writes:writes]
	s.ledger = memory.New()
	for _, wr := range s.writes {
		s.ledger.Set(wr.at)
		if err := wr.do(s.ledger.Records()); err != nil {
			panic("simulate: a write that was done cannot be done again: " + err.Error())
		}
	}
}

// records are the store as one process sees it. Every call is an I/O.
type records struct {
	t *task
	s *store
}

var (
	_ provider.Records        = (*records)(nil)
	_ provider.AccountLister  = (*records)(nil)
	_ provider.TenantReader   = (*records)(nil)
	_ provider.ProjectReader  = (*records)(nil)
	_ provider.PlanReader     = (*records)(nil)
	_ provider.AuditLog       = (*records)(nil)
	_ provider.Ledger         = (*records)(nil)
	_ provider.StatementStore = (*records)(nil)
)

// call is one call of the store.
func call[T any](t *task, op string, p place, do func() (T, error)) (T, error) {
	var none T
	f := t.strike(p)
	if t.w.calling != nil {
		t.w.calling(t, op)
	}
	if f == StoreBefore {
		return none, &provider.Error{Op: op, Kind: provider.ErrUnavailable}
	}
	value, err := do()
	t.settle(f)
	if f == StoreAfter && err == nil {
		return none, &provider.Error{Op: op, Kind: provider.ErrUnavailable}
	}
	return value, err
}

// change is one write of the ledger, which is remembered for copies.
func change[T any](ctx context.Context, r *records, op string, do func(context.Context, *memory.Records) (T, error)) (T, error) {
	ctx = context.WithoutCancel(ctx)
	return call(r.t, op, storing, func() (T, error) {
		value, err := do(ctx, r.s.books())
		if err == nil {
			r.s.writes = append(r.s.writes, write{r.s.w.now(), func(to *memory.Records) error {
				_, err := do(ctx, to)
				return err
			}})
		}
		return value, err
	})
}

// Name gives "simulated".
func (r *records) Name() string { return "simulated" }

// Account reads an account.
func (r *records) Account(ctx context.Context, id string) (provider.Account, error) {
	return call(r.t, "Account", querying, func() (provider.Account, error) { return r.s.host.Records().Account(ctx, id) })
}

// Accounts lists accounts.
func (r *records) Accounts(ctx context.Context, q provider.AccountQuery) (provider.AccountPage, error) {
	return call(r.t, "Accounts", querying, func() (provider.AccountPage, error) { return r.s.host.Records().Accounts(ctx, q) })
}

// Assigned is not used by the month close.
func (r *records) Assigned(ctx context.Context, partner, account string) (bool, error) {
	return r.s.host.Records().Assigned(ctx, partner, account)
}

// Clients is not used by the month close.
func (r *records) Clients(ctx context.Context, q provider.ClientQuery) (provider.ClientPage, error) {
	return r.s.host.Records().Clients(ctx, q)
}

// Plan reads what an account has agreed to pay.
func (r *records) Plan(ctx context.Context, account string, period civil.Period) (provider.Agreement, error) {
	return call(r.t, "Plan", querying, func() (provider.Agreement, error) { return r.s.host.Records().Plan(ctx, account, period) })
}

// Tenants gives tenants.
func (r *records) Tenants(ctx context.Context, account string, period civil.Period) iter.Seq2[usage.Tenant, error] {
	return list(r.t, "Tenants", func() iter.Seq2[usage.Tenant, error] { return r.s.host.Records().Tenants(ctx, account, period) })
}

// Projects gives projects.
func (r *records) Projects(ctx context.Context, account string, period civil.Period) iter.Seq2[usage.Project, error] {
	return list(r.t, "Projects", func() iter.Seq2[usage.Project, error] { return r.s.host.Records().Projects(ctx, account, period) })
}

// list is one call that gives many values.
func list[T any](t *task, op string, do func() iter.Seq2[T, error]) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		values, err := call(t, op, querying, func() (iter.Seq2[T, error], error) { return do(), nil })
		if err != nil {
			yield(none, err)
			return
		}
		for value, err := range values {
			if !yield(value, err) {
				return
			}
		}
	}
}

// Put writes a closing.
func (r *records) Put(ctx context.Context, c provider.Closing) (provider.Closing, error) {
	return change(ctx, r, "Put", func(ctx context.Context, to *memory.Records) (provider.Closing, error) { return to.Put(ctx, c) })
}

// Freeze stores a statement.
func (r *records) Freeze(ctx context.Context, st provider.FrozenStatement) error {
	_, err := change(ctx, r, "Freeze", func(ctx context.Context, to *memory.Records) (struct{}, error) {
		return struct{}{}, to.Freeze(ctx, st)
	})
	return err
}

// Append writes an entry of the audit log.
func (r *records) Append(ctx context.Context, e provider.AuditEntry) (provider.AuditEntry, error) {
	return change(ctx, r, "Append", func(ctx context.Context, to *memory.Records) (provider.AuditEntry, error) {
		return to.Append(ctx, e)
	})
}

// Closing reads a closing.
func (r *records) Closing(ctx context.Context, key provider.ClosingKey) (provider.Closing, error) {
	return call(r.t, "Closing", querying, func() (provider.Closing, error) {
		return r.s.books().Closing(context.WithoutCancel(ctx), key)
	})
}

// Closings reads a page of the ledger.
func (r *records) Closings(ctx context.Context, q provider.ClosingQuery) (provider.ClosingPage, error) {
	return call(r.t, "Closings", querying, func() (provider.ClosingPage, error) { return r.s.books().Closings(ctx, q) })
}

// Statement reads a frozen statement.
func (r *records) Statement(ctx context.Context, key provider.ClosingKey) (provider.FrozenStatement, error) {
	return call(r.t, "Statement", querying, func() (provider.FrozenStatement, error) { return r.s.books().Statement(ctx, key) })
}

// Audit reads a page of the audit log.
func (r *records) Audit(ctx context.Context, q provider.AuditQuery) (provider.AuditPage, error) {
	return call(r.t, "Audit", querying, func() (provider.AuditPage, error) { return r.s.books().Audit(ctx, q) })
}

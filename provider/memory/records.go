package memory

import (
	"cmp"
	"context"
	"iter"
	"maps"
	"slices"
	"strings"

	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/usage"
	"github.com/billhatch/billhatch/usage/civil"
)

// Records is the record store of a [World]. It has every ability of records.
type Records struct{ w *World }

// Every ability of records.
var (
	_ provider.Records        = (*Records)(nil)
	_ provider.AccountLister  = (*Records)(nil)
	_ provider.TenantReader   = (*Records)(nil)
	_ provider.ProjectReader  = (*Records)(nil)
	_ provider.DailyReader    = (*Records)(nil)
	_ provider.PlanReader     = (*Records)(nil)
	_ provider.AuditLog       = (*Records)(nil)
	_ provider.Ledger         = (*Records)(nil)
	_ provider.Inbox          = (*Records)(nil)
	_ provider.StatementStore = (*Records)(nil)
)

// Name gives "memory".
func (r *Records) Name() string { return "memory" }

// exact finds an account by its id alone. The lock must be held.
func (w *World) exact(id string) (*account, error) {
	acct, ok := w.accounts[id]
	if !ok {
		return nil, notFound()
	}
	return acct, nil
}

// Account reads an account.
func (r *Records) Account(ctx context.Context, id string) (provider.Account, error) {
	return run(ctx, r.w, Call{Op: "Account", Subject: id}, func() (provider.Account, error) {
		acct, err := r.w.exact(id)
		if err != nil {
			return provider.Account{}, err
		}
		return acct.Account, nil
	})
}

// Assigned tells whether the account is assigned to the partner. It is not when either does not exist.
func (r *Records) Assigned(ctx context.Context, partner, accountID string) (bool, error) {
	return run(ctx, r.w, Call{Op: "Assigned", Subject: partner, Object: accountID}, func() (bool, error) {
		return r.w.assigned[partner][accountID], nil
	})
}

// Clients gives a page of the accounts of a partner. A partner that nobody knows has none.
func (r *Records) Clients(ctx context.Context, q provider.ClientQuery) (provider.ClientPage, error) {
	w := r.w
	return run(ctx, w, Call{Op: "Clients", Subject: q.Partner}, func() (provider.ClientPage, error) {
		if err := limit(q.Limit); err != nil {
			return provider.ClientPage{}, err
		}
		after := ""
		if q.Cursor != "" {
			var err error
			if after, err = w.keys.unseal(q.Cursor, "clients", q.Partner); err != nil {
				return provider.ClientPage{}, err
			}
		}
		position := func(a *provider.Account) string { return a.Name + "\x00" + a.ID }
		var list []provider.Account
		for id := range w.assigned[q.Partner] {
			if a := w.accounts[id].Account; after == "" || position(&a) > after {
				list = append(list, a)
			}
		}
		slices.SortFunc(list, func(a, b provider.Account) int {
			return cmp.Compare(position(&a), position(&b))
		})
		if len(list) <= q.Limit {
			return provider.ClientPage{Accounts: list}, nil
		}
		list = list[:q.Limit:q.Limit]
		return provider.ClientPage{
			Accounts: list, Next: w.keys.seal(position(&list[q.Limit-1]), "clients", q.Partner),
		}, nil
	})
}

// Accounts gives a page of all accounts, in order of id.
func (r *Records) Accounts(ctx context.Context, q provider.AccountQuery) (provider.AccountPage, error) {
	w := r.w
	return run(ctx, w, Call{Op: "Accounts"}, func() (provider.AccountPage, error) {
		if err := limit(q.Limit); err != nil {
			return provider.AccountPage{}, err
		}
		after := ""
		if q.Cursor != "" {
			var err error
			if after, err = w.keys.unseal(q.Cursor, "accounts"); err != nil {
				return provider.AccountPage{}, err
			}
		}
		ids := slices.Sorted(maps.Keys(w.accounts))
		first, found := slices.BinarySearch(ids, after)
		if found {
			first++
		}
		var page provider.AccountPage
		for _, id := range ids[first:min(first+q.Limit, len(ids))] {
			page.Accounts = append(page.Accounts, w.accounts[id].Account)
		}
		if first+q.Limit < len(ids) {
			page.Next = w.keys.seal(ids[first+q.Limit-1], "accounts")
		}
		return page, nil
	})
}

// Tenants gives the tenants that are onboarded before the end of the period and have not left before its beginning.
// Rosters are in order of user.
func (r *Records) Tenants(ctx context.Context, accountID string, period civil.Period) iter.Seq2[usage.Tenant, error] {
	call := Call{Op: "Tenants", Subject: accountID, Object: period.String()}
	return sequence(ctx, r.w, call, func() ([]usage.Tenant, error) {
		acct, err := r.w.exact(accountID)
		if err != nil {
			return nil, err
		}
		if period.IsZero() {
			return nil, invalid("period", "missing")
		}
		var out []usage.Tenant
		for _, id := range slices.Sorted(maps.Keys(acct.tenants)) {
			t := acct.tenants[id]
			early := !t.Left.IsZero() && !t.Left.After(period.From())
			late := !t.Onboarded.IsZero() && !t.Onboarded.Before(period.To())
			if early || late {
				continue
			}
			copied := cloneTenant(t.Tenant)
			copied.Users = records(ctx, t.roster)
			out = append(out, copied)
		}
		return out, nil
	})
}

// records reads a roster that is never changed. It ends with the context.
func records(ctx context.Context, roster []usage.Record) iter.Seq2[usage.Record, error] {
	return func(yield func(usage.Record, error) bool) {
		for i := range roster {
			if i%1024 == 0 && ctx.Err() != nil {
				yield(usage.Record{}, closed("Tenants", ctx.Err()))
				return
			}
			if !yield(roster[i], nil) {
				return
			}
		}
	}
}

// Projects gives the projects of the account with the readings of the period.
func (r *Records) Projects(ctx context.Context, accountID string, period civil.Period) iter.Seq2[usage.Project, error] {
	call := Call{Op: "Projects", Subject: accountID, Object: period.String()}
	return sequence(ctx, r.w, call, func() ([]usage.Project, error) {
		acct, err := r.w.exact(accountID)
		if err != nil {
			return nil, err
		}
		if period.IsZero() {
			return nil, invalid("period", "missing")
		}
		var out []usage.Project
		for _, id := range slices.Sorted(maps.Keys(acct.projects)) {
			p := acct.projects[id]
			copied := p.Project
			copied.Readings = slices.Clone(p.readings[period.Span()])
			out = append(out, copied)
		}
		return out, nil
	})
}

// Daily gives the figures that were set for the days of the period.
func (r *Records) Daily(ctx context.Context, accountID string, period civil.Period) iter.Seq2[provider.DayUsage, error] {
	call := Call{Op: "Daily", Subject: accountID, Object: period.String()}
	return sequence(ctx, r.w, call, func() ([]provider.DayUsage, error) {
		acct, err := r.w.exact(accountID)
		if err != nil {
			return nil, err
		}
		if period.IsZero() {
			return nil, invalid("period", "missing")
		}
		var out []provider.DayUsage
		projects := slices.Sorted(maps.Keys(acct.projects))
		for day := period.From(); day.Before(period.To()); day = day.AddDays(1) {
			for _, id := range projects {
				out = append(out, acct.projects[id].daily[day]...)
			}
		}
		return out, nil
	})
}

// sequence is [run] for iterations: everything is taken at once when the iteration begins, so that it sees the world of
// one moment.
func sequence[T any](ctx context.Context, w *World, call Call, work func() ([]T, error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		fault, err := w.begin(ctx, call)
		if err != nil {
			yield(none, err)
			return
		}
		w.mu.Lock()
		list, err := []T(nil), w.err
		if err == nil {
			list, err = work()
		}
		w.mu.Unlock()
		if err != nil {
			yield(none, named(call.Op, err))
			return
		}
		for i := range list {
			if err := ctx.Err(); err != nil {
				yield(none, closed(call.Op, err))
				return
			}
			if fault.Alter != nil {
				fault.Alter(&list[i])
			}
			if !yield(list[i], nil) {
				return
			}
			if fault.Err != nil {
				break
			}
		}
		if fault.Err != nil {
			yield(none, closed(call.Op, fault.Err))
		}
	}
}

// Plan gives what holds for the period: the plan of the latest day before or at its beginning, the discounts that are
// valid on a day of it, the adjustments that are dated in it.
func (r *Records) Plan(ctx context.Context, accountID string, period civil.Period) (provider.Agreement, error) {
	call := Call{Op: "Plan", Subject: accountID, Object: period.String()}
	return run(ctx, r.w, call, func() (provider.Agreement, error) {
		acct, err := r.w.exact(accountID)
		if err != nil {
			return provider.Agreement{}, err
		}
		if period.IsZero() {
			return provider.Agreement{}, invalid("period", "missing")
		}
		var out provider.Agreement
		found := false
		for i := range acct.plans {
			if !acct.plans[i].from.After(period.From()) {
				out.Plan, found = clonePlan(acct.plans[i].plan), true
			}
		}
		if !found {
			return provider.Agreement{}, &provider.Error{Kind: provider.ErrIncomplete, Message: "no plan for " + period.String()}
		}
		for _, d := range acct.discounts {
			if _, some := period.Span().Intersect(d.Valid); some {
				out.Discounts = append(out.Discounts, d)
			}
		}
		for _, a := range acct.adjustments {
			if period.ContainsDate(a.On) {
				out.Adjustments = append(out.Adjustments, a)
			}
		}
		return out, nil
	})
}

// blank tells whether a text says nothing.
func blank(s string) bool { return strings.TrimSpace(s) == "" }

package sqlstore

import (
	"context"
	"encoding/json"

	"github.com/billhatch/billhatch/usage"
	"github.com/billhatch/billhatch/usage/civil"
)

// SaveTenant adds a tenant, or replaces what it was. Its Users and Ordered are not looked at: see
// [Store.ImportCoverage]. A wish to cover only some of its users is provider.ErrInvalid.
func (s *Store) SaveTenant(ctx context.Context, account string, t usage.Tenant) error {
	_, err := write(ctx, s, "SaveTenant", func(here session) (none, error) {
		if err := checkTenant(&t); err != nil {
			return none{}, err
		}
		pauses, err := json.Marshal(t.Pauses)
		if err != nil {
			return none{}, refused("pauses", err)
		}
		split, err := splitText(t.Split)
		if err != nil || !storable(split) {
			return none{}, refused("split", err)
		}
		if err := here.owns(ctx, account); err != nil {
			return none{}, err
		}
		_, err = here.exec(ctx, `INSERT INTO billhatch_tenants (account_id, tenant_id, name, domain, sensitive, onboarded,
			first_billable, left_on, pauses, split, users, no_users) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT (account_id, tenant_id) DO UPDATE SET name = excluded.name, domain = excluded.domain,
			sensitive = excluded.sensitive, onboarded = excluded.onboarded, first_billable = excluded.first_billable,
			left_on = excluded.left_on, pauses = excluded.pauses, split = excluded.split, users = excluded.users,
			no_users = excluded.no_users`,
			account, t.ID, t.Name, t.Domain, t.Sensitive, date(t.Onboarded), date(t.FirstBillable), date(t.Left),
			string(pauses), split, t.Accounts, t.NoUsers)
		return none{}, err
	})
	return err
}

func checkTenant(t *usage.Tenant) error {
	if err := check(field{"id", t.ID, id}, field{"name", t.Name, freeText}, field{"domain", t.Domain, freeText}); err != nil {
		return err
	}
	if err := t.Selection.Validate(); err != nil {
		return refused("selection", err)
	}
	if t.Accounts < 0 {
		return invalid("accounts", "negative")
	}
	if !t.Left.IsZero() && t.Left.Before(t.Onboarded) {
		return invalid("left", "before it was onboarded")
	}
	for _, pause := range t.Pauses {
		if err := pause.Valid(); err != nil {
			return refused("pauses", err)
		}
	}
	return nil
}

// SetSplit sets the groups of a tenant and who allowed them, in place of what they were; the zero Split is none. An
// unknown tenant is provider.ErrNotFound. Whether the split can be used depends on the plan, too: it is looked at when a
// statement is made.
func (s *Store) SetSplit(ctx context.Context, account, tenant string, split usage.Split) error {
	text, err := splitText(split)
	if err != nil || !storable(text) {
		return named("SetSplit", refused("split", err))
	}
	return s.changeTenant(ctx, "SetSplit", account, tenant, "split", text)
}

// ApproveSplit records who allows the groups that a tenant has, and from which day on they count; a day of withdrawal
// ends it.
func (s *Store) ApproveSplit(ctx context.Context, account, tenant string, approval usage.Approval) error {
	_, err := write(ctx, s, "ApproveSplit", func(here session) (none, error) {
		if err := check(field{"by", approval.By, id}); err != nil {
			return none{}, err
		}
		if approval.On.IsZero() {
			return none{}, invalid("on", "missing")
		}
		if !possible(account, tenant) {
			return none{}, notFound()
		}
		var text []byte
		err := here.row(ctx, "SELECT split FROM billhatch_tenants WHERE account_id = ? AND tenant_id = ?"+s.lock, account, tenant).Scan(&text)
		if noRows(err) {
			return none{}, notFound()
		}
		if err != nil {
			return none{}, err
		}
		split, err := splitOf(text)
		if err != nil {
			return none{}, damaged("the split of a tenant", err)
		}
		if len(split.Groups) == 0 {
			return none{}, conflict("the tenant has no groups")
		}
		split.Approval = approval
		changed, err := splitText(split)
		if err != nil {
			return none{}, refused("split", err)
		}
		_, err = here.exec(ctx, "UPDATE billhatch_tenants SET split = ? WHERE account_id = ? AND tenant_id = ?", changed, account, tenant)
		return none{}, err
	})
	return err
}

// LeaveTenant sets the first day on which a tenant is no longer covered; the zero date takes it back.
func (s *Store) LeaveTenant(ctx context.Context, account, tenant string, left civil.Date) error {
	return s.changeTenant(ctx, "LeaveTenant", account, tenant, "left_on", date(left))
}

// changeTenant sets one column of a tenant.
func (s *Store) changeTenant(ctx context.Context, op, account, tenant, column string, value any) error {
	_, err := write(ctx, s, op, func(here session) (none, error) {
		if !possible(account, tenant) {
			return none{}, notFound()
		}
		n, err := here.exec(ctx, "UPDATE billhatch_tenants SET "+column+" = ? WHERE account_id = ? AND tenant_id = ?", value, account, tenant)
		if err == nil && n == 0 {
			err = notFound()
		}
		return none{}, err
	})
	return err
}

// RemoveTenant takes a tenant away with its coverage, as if there had never been one: for one that has left see
// [Store.LeaveTenant]. Unknown ones are provider.ErrNotFound.
func (s *Store) RemoveTenant(ctx context.Context, account, tenant string) error {
	_, err := write(ctx, s, "RemoveTenant", func(here session) (none, error) {
		if err := here.tenant(ctx, account, tenant); err != nil {
			return none{}, err
		}
		for _, table := range []string{"coverage", "tenants"} {
			_, err := here.exec(ctx, "DELETE FROM billhatch_"+table+" WHERE account_id = ? AND tenant_id = ?", account, tenant)
			if err != nil {
				return none{}, err
			}
		}
		return none{}, nil
	})
	return err
}

// tenant wants a tenant to be there, and lets nobody else write its coverage until the end of the transaction.
func (s session) tenant(ctx context.Context, account, tenant string) error {
	if !possible(account, tenant) {
		return notFound()
	}
	ok, err := s.some(ctx, "SELECT 1 FROM billhatch_tenants WHERE account_id = ? AND tenant_id = ?"+s.lock, account, tenant)
	if err == nil && !ok {
		return notFound()
	}
	return err
}

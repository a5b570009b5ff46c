package sqlstore

import (
	"context"
	"encoding/json"
	"iter"

	"github.com/billhatch/billhatch/usage"
	"github.com/billhatch/billhatch/usage/civil"
)

// pageRows is how many rows of a long list are read at once. Between two pages the connection is free for others of the
// same iteration.
const pageRows = 4096

// Tenants gives the tenants that are onboarded before the end of the period and have not left before its beginning, and
// their rosters in order of user. All of it is of one moment: that at which the iteration began. The iteration holds a
// connection until its end. A roster can only be read while the iteration goes on.
func (s *Store) Tenants(ctx context.Context, account string, period civil.Period) iter.Seq2[usage.Tenant, error] {
	return iterate(ctx, s, "Tenants", account, period, func(here session, yield func(usage.Tenant) bool) error {
		over := false
		defer func() { over = true }()
		for after, more := "", true; more; {
			page, err := here.tenants(ctx, account, period, after)
			if err != nil {
				return err
			}
			for i := range page {
				t := &page[i]
				t.Users = here.roster(ctx, account, t.ID, &over)
				after = t.ID
				if !yield(*t) {
					return nil
				}
			}
			more = len(page) == tenantRows
		}
		return nil
	})
}

// iterate runs an iteration over what an account has, in one snapshot.
func iterate[T any](
	ctx context.Context, s *Store, op, account string, period civil.Period, work func(here session, yield func(T) bool) error,
) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		given, left := false, false // a value to the caller; the caller wants no more
		work := func(here session) (none, error) {
			if err := here.reads(ctx, account, period); err != nil {
				return none{}, err
			}
			err := work(here, func(v T) bool {
				if ctx.Err() != nil {
					return false
				}
				given, left = true, !yield(v, nil)
				return !left
			})
			if given && err != nil { // it cannot begin again
				err = fail(ctx, op, err)
			}
			return none{}, err
		}
		_, err := look(ctx, s, op, work)
		if left {
			return
		}
		if err == nil && ctx.Err() != nil {
			err = fail(ctx, op, ctx.Err())
		}
		if err != nil {
			var none T
			yield(none, err)
		}
	}
}

// reads checks what is asked: an account that there is, and a period.
func (s session) reads(ctx context.Context, account string, period civil.Period) error {
	if !possible(account) {
		return notFound()
	}
	ok, err := s.some(ctx, "SELECT 1 FROM billhatch_accounts WHERE account_id = ?", account)
	switch {
	case err != nil:
		return err
	case !ok:
		return notFound()
	case period.IsZero():
		return invalid("period", "missing")
	}
	return nil
}

// tenantRows is how many tenants are read at once.
const tenantRows = 256

func (s session) tenants(ctx context.Context, account string, period civil.Period, after string) ([]usage.Tenant, error) {
	var page []usage.Tenant
	err := s.each(ctx, func(scan func(...any) error) error {
		t, err := scanTenant(scan)
		page = append(page, t)
		return err
	}, `SELECT tenant_id, name, domain, sensitive, onboarded, first_billable, left_on, pauses, split, users, no_users
		FROM billhatch_tenants WHERE account_id = ? AND tenant_id > ?
		AND (left_on IS NULL OR left_on > ?) AND (onboarded IS NULL OR onboarded < ?) ORDER BY tenant_id LIMIT ?`,
		account, after, period.From().String(), period.To().String(), tenantRows)
	return page, err
}

// storedSplit is how the split of a tenant is kept.
type storedSplit struct {
	Groups    []storedGroup `json:"groups,omitempty"`
	By        string        `json:"by,omitempty"`
	On        civil.Date    `json:"on,omitzero"`
	Withdrawn civil.Date    `json:"withdrawn,omitzero"`
}

type storedGroup struct {
	Name      string   `json:"name"`
	Domains   []string `json:"domains,omitempty"`
	Addresses []string `json:"addresses,omitempty"`
}

func scanTenant(scan func(...any) error) (usage.Tenant, error) {
	t := usage.Tenant{Ordered: true}
	var onboarded, first, left day
	var pauses, split []byte
	err := scan(&t.ID, &t.Name, &t.Domain, &t.Sensitive, &onboarded, &first, &left, &pauses, &split, &t.Accounts, &t.NoUsers)
	if err != nil {
		return usage.Tenant{}, err
	}
	t.Onboarded, t.FirstBillable, t.Left = onboarded.Date, first.Date, left.Date
	if err := json.Unmarshal(pauses, &t.Pauses); err != nil {
		return usage.Tenant{}, damaged("a tenant", err)
	}
	if t.Split, err = splitOf(split); err != nil {
		return usage.Tenant{}, damaged("the split of a tenant", err)
	}
	return t, nil
}

func splitOf(text []byte) (usage.Split, error) {
	var stored storedSplit
	if err := json.Unmarshal(text, &stored); err != nil {
		return usage.Split{}, err
	}
	split := usage.Split{Approval: usage.Approval{By: stored.By, On: stored.On, Withdrawn: stored.Withdrawn}}
	for _, g := range stored.Groups {
		split.Groups = append(split.Groups, usage.Group(g))
	}
	return split, nil
}

func splitText(split usage.Split) (string, error) {
	a := split.Approval
	stored := storedSplit{By: a.By, On: a.On, Withdrawn: a.Withdrawn}
	for _, g := range split.Groups {
		stored.Groups = append(stored.Groups, storedGroup(g))
	}
	text, err := json.Marshal(stored)
	return string(text), err
}

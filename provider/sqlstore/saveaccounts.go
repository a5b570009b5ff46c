package sqlstore

import (
	"context"
	"time"

	"github.com/billhatch/billhatch/invoice"
	"github.com/billhatch/billhatch/money"
	"github.com/billhatch/billhatch/provider"
)

// none is the answer of a call that has none.
type none = struct{}

// SaveAccount adds an account, or replaces what it was. Its zone must be one that can be loaded by its name.
func (s *Store) SaveAccount(ctx context.Context, a provider.Account) error {
	_, err := write(ctx, s, "SaveAccount", func(here session) (none, error) {
		if err := s.checkAccount(&a); err != nil {
			return none{}, err
		}
		var days any // the zero value stays the default
		if a.Terms != (invoice.Terms{}) {
			days = a.Terms.Days()
		}
		_, err := here.exec(ctx, `INSERT INTO billhatch_accounts
			(account_id, name, customer_id, currency, zone, terms_days, direct, settings_url) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT (account_id) DO UPDATE SET name = excluded.name, customer_id = excluded.customer_id,
			currency = excluded.currency, zone = excluded.zone, terms_days = excluded.terms_days, direct = excluded.direct,
			settings_url = excluded.settings_url`,
			a.ID, a.Name, a.Customer, a.Currency, a.Zone.String(), days, a.Direct, a.SettingsURL)
		return none{}, err
	})
	return err
}

func (s *Store) checkAccount(a *provider.Account) error {
	err := check(field{"id", a.ID, id}, field{"name", a.Name, keyText}, field{"customer", a.Customer, keyText},
		field{"settings_url", a.SettingsURL, freeText})
	if err != nil {
		return err
	}
	if _, ok := money.Exponent(a.Currency); !ok {
		return invalid("currency", "not in ISO 4217")
	}
	if a.Zone == nil {
		return invalid("zone", "missing")
	}
	if zone, err := s.zones(a.Zone.String()); err != nil || zone == nil || !sameZone(zone, a.Zone) {
		return invalid("zone", "cannot be loaded by its name")
	}
	return nil
}

// sameZone tells whether two zones of the same name are the same: FixedZone can bear any name.
func sameZone(a, b *time.Location) bool {
	if a.String() != b.String() {
		return false
	}
	for _, month := range []time.Month{time.January, time.July} {
		at := time.Date(2026, month, 1, 0, 0, 0, 0, time.UTC)
		_, one := at.In(a).Zone()
		_, other := at.In(b).Zone()
		if one != other {
			return false
		}
	}
	return true
}

// RemoveAccount takes an account away with everything that is read of it: assignments, tenants, coverage, projects,
// plans. Its audit trail, its closings and its statements stay. Unknown ids are provider.ErrNotFound.
func (s *Store) RemoveAccount(ctx context.Context, account string) error {
	_, err := write(ctx, s, "RemoveAccount", func(here session) (none, error) {
		if !possible(account) {
			return none{}, notFound()
		}
		found, err := here.some(ctx, "SELECT 1 FROM billhatch_accounts WHERE account_id = ?"+s.lock, account)
		if err != nil || !found {
			return none{}, orNotFound(err)
		}
		for _, table := range []string{
			"assignments", "coverage", "tenants", "readings", "daily", "projects", "plans", "discounts", "adjustments", "accounts",
		} {
			if _, err := here.exec(ctx, "DELETE FROM billhatch_"+table+" WHERE account_id = ?", account); err != nil {
				return none{}, err
			}
		}
		return none{}, nil
	})
	return err
}

// orNotFound is for what is not there, unless there is another error.
func orNotFound(err error) error {
	if err != nil {
		return err
	}
	return notFound()
}

// Assign assigns accounts to a partner organisation, all of them or, when one is unknown, none. What is assigned already
// stays.
func (s *Store) Assign(ctx context.Context, partner string, accounts ...string) error {
	_, err := write(ctx, s, "Assign", func(here session) (none, error) {
		if err := check(field{"partner", partner, id}); err != nil {
			return none{}, err
		}
		for _, account := range accounts {
			if err := here.owns(ctx, account); err != nil {
				return none{}, err
			}
			_, err := here.exec(ctx, `INSERT INTO billhatch_assignments (account_id, partner_id) VALUES (?, ?)
				ON CONFLICT (account_id, partner_id) DO NOTHING`, account, partner)
			if err != nil {
				return none{}, err
			}
		}
		return none{}, nil
	})
	return err
}

// Unassign takes assignments away. They are gone for every call that begins after it has returned. What is not assigned
// is no error.
func (s *Store) Unassign(ctx context.Context, partner string, accounts ...string) error {
	_, err := write(ctx, s, "Unassign", func(here session) (none, error) {
		for _, account := range accounts {
			if !possible(partner, account) {
				continue
			}
			_, err := here.exec(ctx, "DELETE FROM billhatch_assignments WHERE account_id = ? AND partner_id = ?", account, partner)
			if err != nil {
				return none{}, err
			}
		}
		return none{}, nil
	})
	return err
}

package sqlstore

import (
	"context"
	"encoding/json"
	"time"

	"github.com/billhatch/billhatch/usage"
	"github.com/billhatch/billhatch/usage/civil"
)

// beginning stands in the database for plans that hold from the beginning: no day is earlier.
func beginning() civil.Date { return civil.MustDate(1, time.January, 1) }

// SetPlan sets the plan of an account from a day on, in place of one from the same day; the zero date is from the
// beginning. A plan of an earlier day goes on to hold for the periods that begin before. A plan that cannot be computed
// with, or is in another currency than its account, is provider.ErrInvalid.
func (s *Store) SetPlan(ctx context.Context, account string, from civil.Date, plan usage.Plan) error {
	_, err := write(ctx, s, "SetPlan", func(here session) (none, error) {
		if err := plan.Validate(); err != nil {
			return none{}, refused("plan", err)
		}
		text, err := json.Marshal(plan)
		if err != nil {
			return none{}, refused("plan", err)
		}
		if !storable(string(text)) {
			return none{}, invalid("plan", "not UTF-8")
		}
		if err := here.currency(ctx, account, plan.Currency); err != nil {
			return none{}, err
		}
		if from.IsZero() {
			from = beginning()
		}
		_, err = here.exec(ctx, `INSERT INTO billhatch_plans (account_id, from_day, plan) VALUES (?, ?, ?)
			ON CONFLICT (account_id, from_day) DO UPDATE SET plan = excluded.plan`, account, from.String(), string(text))
		return none{}, err
	})
	return err
}

// RemovePlan takes away the plan that holds from exactly this day on; provider.ErrNotFound when there is none.
func (s *Store) RemovePlan(ctx context.Context, account string, from civil.Date) error {
	if from.IsZero() {
		from = beginning()
	}
	return s.remove(ctx, "RemovePlan", "DELETE FROM billhatch_plans WHERE account_id = ? AND from_day = ?", account, from.String())
}

// SaveDiscount adds a discount behind those that there are, or replaces the one of the same id in its place. One that
// cannot be applied is provider.ErrInvalid.
func (s *Store) SaveDiscount(ctx context.Context, account string, d usage.Discount) error {
	_, err := write(ctx, s, "SaveDiscount", func(here session) (none, error) {
		if err := check(field{"id", d.ID, id}, field{"name", d.Name, freeText}); err != nil {
			return none{}, err
		}
		if err := here.currency(ctx, account, d.Amount.Currency()); err != nil {
			return none{}, err
		}
		if err := d.Validate(d.Amount.Currency()); err != nil {
			return none{}, refused("discount", err)
		}
		value, currency := amount(d.Amount)
		_, err := here.exec(ctx, `INSERT INTO billhatch_discounts
			(account_id, discount_id, line, name, percent, amount, currency, target, from_day, to_day)
			VALUES (?, ?, (SELECT coalesce(max(line), 0) + 1 FROM billhatch_discounts WHERE account_id = ?), ?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT (account_id, discount_id) DO UPDATE SET name = excluded.name, percent = excluded.percent,
			amount = excluded.amount, currency = excluded.currency, target = excluded.target, from_day = excluded.from_day,
			to_day = excluded.to_day`,
			account, d.ID, account, d.Name, number(d.Percent), value, currency, d.On.String(), date(d.Valid.From), date(d.Valid.To))
		return none{}, err
	})
	return err
}

// RemoveDiscount takes a discount away; provider.ErrNotFound when there is none of this id.
func (s *Store) RemoveDiscount(ctx context.Context, account, discount string) error {
	return s.remove(ctx, "RemoveDiscount", "DELETE FROM billhatch_discounts WHERE account_id = ? AND discount_id = ?", account, discount)
}

// SaveAdjustment adds a credit or a charge, or replaces the one of the same id.
func (s *Store) SaveAdjustment(ctx context.Context, account string, a usage.Adjustment) error {
	_, err := write(ctx, s, "SaveAdjustment", func(here session) (none, error) {
		if err := check(field{"id", a.ID, id}, field{"name", a.Name, freeText}); err != nil {
			return none{}, err
		}
		switch {
		case a.On.IsZero():
			return none{}, invalid("on", "missing")
		case !a.Amount.IsSet():
			return none{}, invalid("amount", "missing")
		}
		if err := here.currency(ctx, account, a.Amount.Currency()); err != nil {
			return none{}, err
		}
		value, currency := amount(a.Amount)
		_, err := here.exec(ctx, `INSERT INTO billhatch_adjustments (account_id, adjustment_id, line, name, on_day, amount, currency)
			VALUES (?, ?, (SELECT coalesce(max(line), 0) + 1 FROM billhatch_adjustments WHERE account_id = ?), ?, ?, ?, ?)
			ON CONFLICT (account_id, adjustment_id) DO UPDATE SET name = excluded.name, on_day = excluded.on_day,
			amount = excluded.amount, currency = excluded.currency`,
			account, a.ID, account, a.Name, a.On.String(), value, currency)
		return none{}, err
	})
	return err
}

// RemoveAdjustment takes an adjustment away; provider.ErrNotFound when there is none of this id.
func (s *Store) RemoveAdjustment(ctx context.Context, account, adjustment string) error {
	return s.remove(ctx, "RemoveAdjustment", "DELETE FROM billhatch_adjustments WHERE account_id = ? AND adjustment_id = ?",
		account, adjustment)
}

// remove deletes what a query names by an account and one more id.
func (s *Store) remove(ctx context.Context, op, query, account, name string) error {
	_, err := write(ctx, s, op, func(here session) (none, error) {
		if !possible(account, name) {
			return none{}, notFound()
		}
		n, err := here.exec(ctx, query, account, name)
		if err == nil && n == 0 {
			err = notFound()
		}
		return none{}, err
	})
	return err
}

// currency keeps an account, so that what is added to it comes one after the other, and wants it to be in a currency;
// empty: in any.
func (s session) currency(ctx context.Context, account, currency string) error {
	if !possible(account) {
		return notFound()
	}
	var own string
	err := s.row(ctx, "SELECT currency FROM billhatch_accounts WHERE account_id = ?"+s.lock, account).Scan(&own)
	switch {
	case noRows(err):
		return notFound()
	case err != nil:
		return err
	case currency != "" && currency != own:
		return invalid("currency", "not that of the account")
	}
	return nil
}

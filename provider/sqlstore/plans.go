package sqlstore

import (
	"context"
	"database/sql"
	"encoding/json"

	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/usage"
	"github.com/billhatch/billhatch/usage/civil"
)

// Plan gives what holds for the period: the plan of the latest day before or at its beginning, the discounts that are
// valid on a day of it, the adjustments that are dated in it.
func (s *Store) Plan(ctx context.Context, account string, period civil.Period) (provider.Agreement, error) {
	return look(ctx, s, "Plan", func(here session) (a provider.Agreement, err error) {
		if err := here.reads(ctx, account, period); err != nil {
			return a, err
		}
		if a.Plan, err = here.plan(ctx, account, period); err != nil {
			return a, err
		}
		if a.Discounts, err = here.discounts(ctx, account, period); err != nil {
			return a, err
		}
		a.Adjustments, err = here.adjustments(ctx, account, period)
		return a, err
	})
}

func (s session) plan(ctx context.Context, account string, period civil.Period) (usage.Plan, error) {
	var text []byte
	err := s.row(ctx, `SELECT plan FROM billhatch_plans WHERE account_id = ? AND from_day <= ? ORDER BY from_day DESC LIMIT 1`,
		account, period.From().String()).Scan(&text)
	if noRows(err) {
		return usage.Plan{}, &provider.Error{Kind: provider.ErrIncomplete, Message: "no plan for " + period.String()}
	}
	if err != nil {
		return usage.Plan{}, err
	}
	var plan usage.Plan
	if err := json.Unmarshal(text, &plan); err != nil {
		return usage.Plan{}, damaged("a plan", err)
	}
	return plan, nil
}

func (s session) discounts(ctx context.Context, account string, period civil.Period) (out []usage.Discount, err error) {
	err = s.each(ctx, func(scan func(...any) error) error {
		var d usage.Discount
		var value, currency sql.NullString
		var target string
		var from, to day
		err := scan(&d.ID, &d.Name, &d.Percent, &value, &currency, &target, &from, &to)
		if err != nil {
			return err
		}
		if d.Amount, err = amountOf(value, currency); err != nil {
			return damaged("a discount", err)
		}
		if err := d.On.UnmarshalText([]byte(target)); err != nil {
			return damaged("a discount", err)
		}
		d.Valid = civil.Span{From: from.Date, To: to.Date}
		out = append(out, d)
		return nil
	}, `SELECT discount_id, name, percent, amount, currency, target, from_day, to_day FROM billhatch_discounts
		WHERE account_id = ? AND from_day < ? AND (to_day IS NULL OR to_day > ?) ORDER BY line, discount_id`,
		account, period.To().String(), period.From().String())
	return out, err
}

func (s session) adjustments(ctx context.Context, account string, period civil.Period) (out []usage.Adjustment, err error) {
	err = s.each(ctx, func(scan func(...any) error) error {
		var a usage.Adjustment
		var value, currency sql.NullString
		var on day
		err := scan(&a.ID, &a.Name, &on, &value, &currency)
		if err != nil {
			return err
		}
		a.On = on.Date
		if a.Amount, err = amountOf(value, currency); err != nil || !a.Amount.IsSet() {
			return damaged("an adjustment", err)
		}
		out = append(out, a)
		return nil
	}, `SELECT adjustment_id, name, on_day, amount, currency FROM billhatch_adjustments
		WHERE account_id = ? AND on_day >= ? AND on_day < ? ORDER BY line, adjustment_id`,
		account, period.From().String(), period.To().String())
	return out, err
}

package main

import (
	"context"
	"fmt"
	"iter"
	"time"

	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/provider/memory"
	"github.com/billhatch/billhatch/provider/sqlstore"
	"github.com/billhatch/billhatch/usage/civil"
)

// records is the store of the host.
type records = *sqlstore.Store

// The settings that tell when the program was started for the first time, and where payments were then.
const (
	seededAt     = "seeded_at"
	paymentsMode = "payments"
)

// seed fills an empty database with the demo organisation and its neighbours, once, and tells when that was.
func seed(ctx context.Context, s *settings, db *database) (time.Time, error) {
	unlock, err := db.lock(ctx)
	if err != nil {
		return time.Time{}, err
	}
	defer unlock()
	text, err := db.setting(ctx, seededAt)
	if err != nil {
		return time.Time{}, err
	}
	if text != "" {
		mode, err := db.setting(ctx, paymentsMode)
		if err == nil && mode != s.mode() {
			err = fmt.Errorf("this database has been used with payments %q, now it is %q: take another one with -db", mode, s.mode())
		}
		if err != nil {
			return time.Time{}, err
		}
		return time.Parse(time.RFC3339, text)
	}
	now := s.clock().UTC().Truncate(time.Second)
	world, err := demo(ctx, now)
	if err != nil {
		return time.Time{}, err
	}
	c := &copying{from: world.Records(), to: db.store, now: now}
	for account, err := range all(ctx, c.from, "") {
		if err != nil {
			return time.Time{}, err
		}
		account.Customer = s.customerOf(account.Customer)
		if err := c.account(ctx, account); err != nil {
			return time.Time{}, err
		}
	}
	if err := db.remember(ctx, paymentsMode, s.mode()); err != nil {
		return time.Time{}, err
	}
	return now, db.remember(ctx, seededAt, now.Format(time.RFC3339))
}

// demo is a world with a year of an organisation and its neighbours before a time.
func demo(ctx context.Context, now time.Time) (*memory.World, error) {
	world, err := memory.Open(memory.Options{Now: now})
	if err != nil {
		return nil, err
	}
	return world, world.AddDemo(ctx)
}

// copying writes the records of a world into the store, by the methods that a host feeds it with.
type copying struct {
	from *memory.Records
	to   records
	now  time.Time
}

// seedMonths is how far back readings are copied.
const seedMonths = 13

func (c *copying) account(ctx context.Context, a provider.Account) error {
	a.SettingsURL = ""
	if err := c.to.SaveAccount(ctx, a); err != nil {
		return err
	}
	for _, partner := range []string{memory.DemoPartner, memory.DemoOtherPartner} {
		assigned, err := c.from.Assigned(ctx, partner, a.ID)
		if err == nil && assigned {
			err = c.to.Assign(ctx, partner, a.ID)
		}
		if err != nil {
			return err
		}
	}
	month, err := civil.MonthOf(c.now, a.Zone)
	if err != nil {
		return err
	}
	whole, err := civil.NewPeriod(month.From().AddMonths(-2*seedMonths, 1), month.To().AddMonths(seedMonths, 1), a.Zone)
	if err != nil {
		return err
	}
	for _, part := range []func(context.Context, string, civil.Period) error{c.plan, c.tenants, c.projects} {
		if err := part(ctx, a.ID, whole); err != nil {
			return err
		}
	}
	for range seedMonths {
		if err := c.readings(ctx, a.ID, month); err != nil {
			return err
		}
		month = month.Prev()
	}
	return nil
}

func (c *copying) plan(ctx context.Context, account string, whole civil.Period) error {
	agreed, err := c.from.Plan(ctx, account, whole)
	if provider.IsKind(err, provider.ErrIncomplete) {
		return nil
	}
	if err != nil {
		return err
	}
	if err := c.to.SetPlan(ctx, account, civil.Date{}, agreed.Plan); err != nil {
		return err
	}
	for _, d := range agreed.Discounts {
		if err := c.to.SaveDiscount(ctx, account, d); err != nil {
			return err
		}
	}
	for _, a := range agreed.Adjustments {
		if err := c.to.SaveAdjustment(ctx, account, a); err != nil {
			return err
		}
	}
	return nil
}

func (c *copying) tenants(ctx context.Context, account string, whole civil.Period) error {
	for t, err := range c.from.Tenants(ctx, account, whole) {
		if err != nil {
			return err
		}
		if err := c.to.SaveTenant(ctx, account, t); err != nil {
			return err
		}
		if t.Users == nil {
			continue
		}
		if _, err := c.to.ImportCoverage(ctx, account, t.ID, t.Users); err != nil {
			return err
		}
	}
	return nil
}

func (c *copying) projects(ctx context.Context, account string, whole civil.Period) error {
	for p, err := range c.from.Projects(ctx, account, whole) {
		if err != nil {
			return err
		}
		if err := c.to.SaveProject(ctx, account, p); err != nil {
			return err
		}
	}
	return nil
}

func (c *copying) readings(ctx context.Context, account string, month civil.Period) error {
	for p, err := range c.from.Projects(ctx, account, month) {
		if err != nil {
			return err
		}
		if err := c.to.SetReadings(ctx, account, p.ID, month.Span(), p.Readings...); err != nil {
			return err
		}
	}
	var days []provider.DayUsage
	for d, err := range c.from.Daily(ctx, account, month) {
		if err != nil {
			return err
		}
		days = append(days, d)
	}
	return c.to.SetDaily(ctx, account, days...)
}

// all goes through the accounts behind one, in order of id; "": through all of them.
func all(ctx context.Context, list provider.AccountLister, after string) iter.Seq2[provider.Account, error] {
	return func(yield func(provider.Account, error) bool) {
		query := provider.AccountQuery{Limit: provider.MaxPage}
		for {
			page, err := list.Accounts(ctx, query)
			if err != nil {
				yield(provider.Account{}, err)
				return
			}
			for i := range page.Accounts {
				if page.Accounts[i].ID > after && !yield(page.Accounts[i], nil) {
					return
				}
			}
			if page.Next == "" {
				return
			}
			query.Cursor = page.Next
		}
	}
}

// lastOver is the last month that is over in every zone.
func lastOver(now time.Time) (civil.Period, error) {
	const lastZone = 12 * time.Hour
	month, err := civil.MonthOf(now.Add(-lastZone), time.UTC)
	if err != nil {
		return civil.Period{}, err
	}
	return month.Prev(), nil
}

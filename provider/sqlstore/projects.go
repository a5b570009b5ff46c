package sqlstore

import (
	"context"
	"database/sql"
	"iter"

	"github.com/shopspring/decimal"

	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/usage"
	"github.com/billhatch/billhatch/usage/civil"
)

// projectRows is how many projects are read at once, with their readings.
const projectRows = 256

// Projects gives the projects of the account with the readings of exactly this period, all of one moment. The iteration
// holds a connection until its end.
func (s *Store) Projects(ctx context.Context, account string, period civil.Period) iter.Seq2[usage.Project, error] {
	return iterate(ctx, s, "Projects", account, period, func(here session, yield func(usage.Project) bool) error {
		for after, more := "", true; more; {
			page, err := here.projects(ctx, account, period, after)
			if err != nil {
				return err
			}
			for i := range page {
				if after = page[i].ID; !yield(page[i]) {
					return nil
				}
			}
			more = len(page) == projectRows
		}
		return nil
	})
}

func (s session) projects(ctx context.Context, account string, period civil.Period, after string) ([]usage.Project, error) {
	var page []usage.Project
	err := s.each(ctx, func(scan func(...any) error) error {
		var p usage.Project
		var from, to day
		var meter sql.NullString
		var used decimal.NullDecimal
		var at instant
		if err := scan(&p.ID, &p.Name, &p.Plan, &from, &to, &meter, &used, &at); err != nil {
			return err
		}
		if len(page) == 0 || page[len(page)-1].ID != p.ID {
			p.Active = civil.Span{From: from.Date, To: to.Date}
			page = append(page, p)
		}
		if meter.Valid {
			last := &page[len(page)-1]
			reading := usage.Reading{Meter: meter.String, At: at.Time}
			reading.Used = usage.Quantity{Value: used.Decimal, Known: used.Valid}
			last.Readings = append(last.Readings, reading)
		}
		return nil
	}, `SELECT p.project_id, p.name, p.plan, p.active_from, p.active_to, r.meter, r.used, r.read_at
		FROM (SELECT * FROM billhatch_projects WHERE account_id = ? AND project_id > ? ORDER BY project_id LIMIT ?) p
		LEFT JOIN billhatch_readings r ON r.account_id = p.account_id AND r.project_id = p.project_id
		AND r.from_day = ? AND r.to_day = ? ORDER BY p.project_id, r.line`,
		account, after, projectRows, period.From().String(), period.To().String())
	return page, err
}

// dailyOrder is the order of daily figures.
func dailyOrder() []order { return []order{{column: "day"}, {column: "project_id"}, {column: "meter"}} }

// Daily gives the figures that were set for the days of the period, all of one moment. The iteration holds a connection
// until its end.
func (s *Store) Daily(ctx context.Context, account string, period civil.Period) iter.Seq2[provider.DayUsage, error] {
	return iterate(ctx, s, "Daily", account, period, func(here session, yield func(provider.DayUsage) bool) error {
		var last *provider.DayUsage
		for more := true; more; {
			page, err := here.daily(ctx, account, period, last)
			if err != nil {
				return err
			}
			for i := range page {
				if !yield(page[i]) {
					return nil
				}
			}
			if more = len(page) == pageRows; more {
				last = &page[len(page)-1]
			}
		}
		return nil
	})
}

func (s session) daily(ctx context.Context, account string, period civil.Period, after *provider.DayUsage) ([]provider.DayUsage, error) {
	query := "SELECT day, project_id, meter, used FROM billhatch_daily WHERE account_id = ? AND day >= ? AND day < ?"
	args := []any{account, period.From().String(), period.To().String()}
	if after != nil {
		condition, more := behind(dailyOrder(), []any{after.Day.String(), after.Project, after.Meter})
		query, args = query+" AND "+condition, append(args, more...)
	}
	var page []provider.DayUsage
	err := s.each(ctx, func(scan func(...any) error) error {
		var on day
		d := provider.DayUsage{Used: usage.Quantity{Known: true}}
		err := scan(&on, &d.Project, &d.Meter, &d.Used.Value)
		d.Day = on.Date
		page = append(page, d)
		return err
	}, query+orderBy(dailyOrder())+" LIMIT ?", append(args, pageRows)...)
	return page, err
}

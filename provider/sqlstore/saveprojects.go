package sqlstore

import (
	"context"
	"fmt"

	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/usage"
	"github.com/billhatch/billhatch/usage/civil"
)

// SaveProject adds a project, or replaces what it was. Its Readings are not looked at: see [Store.SetReadings].
func (s *Store) SaveProject(ctx context.Context, account string, p usage.Project) error {
	_, err := write(ctx, s, "SaveProject", func(here session) (none, error) {
		if err := check(field{"id", p.ID, id}, field{"name", p.Name, freeText}, field{"plan", p.Plan, freeText}); err != nil {
			return none{}, err
		}
		if p.Active != (civil.Span{}) && p.Active.Valid() != nil {
			return none{}, invalid("active", "not a span of days")
		}
		if err := here.owns(ctx, account); err != nil {
			return none{}, err
		}
		_, err := here.exec(ctx, `INSERT INTO billhatch_projects (account_id, project_id, name, plan, active_from, active_to)
			VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (account_id, project_id) DO UPDATE SET name = excluded.name,
			plan = excluded.plan, active_from = excluded.active_from, active_to = excluded.active_to`,
			account, p.ID, p.Name, p.Plan, date(p.Active.From), date(p.Active.To))
		return none{}, err
	})
	return err
}

// RemoveProject takes a project away with its readings and daily figures. Unknown ones are provider.ErrNotFound.
func (s *Store) RemoveProject(ctx context.Context, account, project string) error {
	_, err := write(ctx, s, "RemoveProject", func(here session) (none, error) {
		if err := here.project(ctx, account, project, s.lock); err != nil {
			return none{}, err
		}
		for _, table := range []string{"readings", "daily", "projects"} {
			_, err := here.exec(ctx, "DELETE FROM billhatch_"+table+" WHERE account_id = ? AND project_id = ?", account, project)
			if err != nil {
				return none{}, err
			}
		}
		return none{}, nil
	})
	return err
}

// project wants a project to be there, and keeps it.
func (s session) project(ctx context.Context, account, project, lock string) error {
	if !possible(account, project) {
		return notFound()
	}
	ok, err := s.some(ctx, "SELECT 1 FROM billhatch_projects WHERE account_id = ? AND project_id = ?"+lock, account, project)
	if err == nil && !ok {
		return notFound()
	}
	return err
}

// SetReadings sets what the meters of a project say about a period, in place of what they said before; none makes the
// usage of the period missing. A meter that stands twice is provider.ErrInvalid.
func (s *Store) SetReadings(ctx context.Context, account, project string, period civil.Span, readings ...usage.Reading) error {
	_, err := write(ctx, s, "SetReadings", func(here session) (none, error) {
		if err := checkReadings(period, readings); err != nil {
			return none{}, err
		}
		if err := here.project(ctx, account, project, s.lock); err != nil {
			return none{}, err
		}
		from, to := period.From.String(), period.To.String()
		_, err := here.exec(ctx, `DELETE FROM billhatch_readings WHERE account_id = ? AND project_id = ? AND from_day = ?
			AND to_day = ?`, account, project, from, to)
		if err != nil {
			return none{}, err
		}
		for i, r := range readings {
			var used any
			if r.Used.Known {
				used = number(r.Used.Value)
			}
			_, err := here.exec(ctx, `INSERT INTO billhatch_readings
				(account_id, project_id, from_day, to_day, line, meter, used, read_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
				account, project, from, to, i+1, r.Meter, used, s.at(r.At))
			if err != nil {
				return none{}, err
			}
		}
		return none{}, nil
	})
	return err
}

func checkReadings(period civil.Span, readings []usage.Reading) error {
	if period.Valid() != nil || period.IsOpen() {
		return invalid("period", "not a period")
	}
	seen := map[string]bool{}
	for _, r := range readings {
		if err := check(field{"meter", r.Meter, id}); err != nil {
			return err
		}
		if seen[r.Meter] {
			return invalid("meter", "stands twice")
		}
		if seen[r.Meter] = true; !r.Used.Valid() {
			return invalid("used", "out of range")
		}
	}
	return nil
}

// SetDaily sets what projects used on single days, each in place of the figure of the same project, meter and day. A
// quantity that is unknown takes the figure away: the day is missing then. Either all are set or none; an unknown
// project is provider.ErrNotFound.
func (s *Store) SetDaily(ctx context.Context, account string, figures ...provider.DayUsage) error {
	_, err := write(ctx, s, "SetDaily", func(here session) (none, error) {
		kept := map[string]bool{}
		for i := range figures {
			f := &figures[i]
			if err := checkFigure(f); err != nil {
				return none{}, err
			}
			if !kept[f.Project] {
				if err := here.project(ctx, account, f.Project, s.share); err != nil {
					return none{}, err
				}
				kept[f.Project] = true
			}
			if err := here.setDaily(ctx, account, f); err != nil {
				return none{}, err
			}
		}
		return none{}, nil
	})
	return err
}

func checkFigure(f *provider.DayUsage) error {
	switch {
	case f.Day.IsZero():
		return invalid("day", "missing")
	case !f.Used.Valid():
		return invalid("used", fmt.Sprintf("out of range on %s", f.Day))
	}
	return check(field{"project", f.Project, id}, field{"meter", f.Meter, id})
}

func (s session) setDaily(ctx context.Context, account string, f *provider.DayUsage) error {
	if !f.Used.Known {
		_, err := s.exec(ctx, "DELETE FROM billhatch_daily WHERE account_id = ? AND day = ? AND project_id = ? AND meter = ?",
			account, f.Day.String(), f.Project, f.Meter)
		return err
	}
	_, err := s.exec(ctx, `INSERT INTO billhatch_daily (account_id, day, project_id, meter, used) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (account_id, day, project_id, meter) DO UPDATE SET used = excluded.used`,
		account, f.Day.String(), f.Project, f.Meter, number(f.Used.Value))
	return err
}

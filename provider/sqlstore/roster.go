package sqlstore

import (
	"context"
	"database/sql"
	"iter"
	"time"

	"github.com/billhatch/billhatch/usage"
)

// rosterPlace is where a page of a roster goes on.
type rosterPlace struct {
	user string
	line int64
}

// roster reads the coverage of a tenant, in order of user and, within a user, in the order in which it was written. No
// more than a page of it is in memory.
func (s session) roster(ctx context.Context, account, tenant string, over *bool) iter.Seq2[usage.Record, error] {
	return func(yield func(usage.Record, error) bool) {
		page := make([]usage.Record, 0, pageRows)
		for place, more := (rosterPlace{line: -1}), true; more; {
			if *over {
				// The connection is somebody else's by now.
				yield(usage.Record{}, fail(ctx, "Tenants", invalid("roster", "read after its iteration")))
				return
			}
			var err error
			if page, place, err = s.rosterPage(ctx, account, tenant, place, page[:0]); err != nil {
				yield(usage.Record{}, fail(ctx, "Tenants", err))
				return
			}
			for i := range page {
				if i%1024 == 0 && ctx.Err() != nil {
					yield(usage.Record{}, fail(ctx, "Tenants", ctx.Err()))
					return
				}
				if !yield(page[i], nil) {
					return
				}
			}
			more = len(page) == pageRows
		}
	}
}

// rosterPage reads the page behind a place into a slice.
func (s session) rosterPage(
	ctx context.Context, account, tenant string, after rosterPlace, page []usage.Record,
) ([]usage.Record, rosterPlace, error) {
	var row coverageRow
	dest := row.fields()
	last := after
	err := s.each(ctx, func(scan func(...any) error) error {
		if err := scan(dest...); err != nil {
			return err
		}
		record, err := row.record()
		page, last = append(page, record), row.place
		return err
	}, `SELECT user_key, line, user_id, name, address, kind, from_day, to_day, from_ns, to_ns FROM billhatch_coverage
		WHERE account_id = ? AND tenant_id = ? AND (user_key, line) > (?, ?) ORDER BY user_key, line LIMIT ?`,
		account, tenant, after.user, after.line, pageRows)
	return page, last, err
}

// coverageRow is a row of coverage as it is read.
type coverageRow struct {
	place        rosterPlace
	rec          usage.Record
	from, to     day
	start, until sql.NullInt64 // nanoseconds since 1970
}

func (r *coverageRow) fields() []any {
	return []any{
		&r.place.user, &r.place.line, &r.rec.User, &r.rec.Name, &r.rec.Address, &r.rec.Kind, &r.from, &r.to, &r.start, &r.until,
	}
}

func (r *coverageRow) record() (usage.Record, error) {
	rec := r.rec
	switch {
	case !r.start.Valid:
		rec.Covered = usage.Days(r.from.Date, r.to.Date)
	case r.until.Valid:
		rec.Covered = usage.Times(time.Unix(0, r.start.Int64), time.Unix(0, r.until.Int64))
	default:
		rec.Covered = usage.Times(time.Unix(0, r.start.Int64), time.Time{})
	}
	if !rec.Covered.Valid() {
		return usage.Record{}, damaged("a line of coverage", nil)
	}
	return rec, nil
}

package sqlstore

import (
	"context"
	"errors"
	"iter"
	"time"

	"github.com/billhatch/billhatch/internal/mailaddr"
	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/usage"
	"github.com/billhatch/billhatch/usage/civil"
)

// SetCoverage sets all coverage of one user of a tenant, in place of what it was; without records the user is taken away.
// Every record is of this user: the same id, or for users without one the same address in its normal form. An unknown
// tenant is provider.ErrNotFound.
func (s *Store) SetCoverage(ctx context.Context, account, tenant, user string, records ...usage.Record) error {
	_, err := write(ctx, s, "SetCoverage", func(here session) (none, error) {
		if err := check(field{"user", user, id}); err != nil {
			return none{}, err
		}
		line := newLine(account, tenant, date)
		for i := range records {
			if err := line.set(&records[i]); err != nil {
				return none{}, err
			}
			if line.values[userKey] != user {
				return none{}, invalid("user", "a record is of somebody else")
			}
		}
		if err := here.tenant(ctx, account, tenant); err != nil {
			return none{}, err
		}
		_, err := here.exec(ctx, "DELETE FROM billhatch_coverage WHERE account_id = ? AND tenant_id = ? AND user_key = ?",
			account, tenant, user)
		if err != nil {
			return none{}, err
		}
		_, err = here.insertLines(ctx, lines(newLine(account, tenant, date), given(records)))
		return none{}, err
	})
	return err
}

// ImportCoverage sets the whole roster of a tenant, in place of what it was, and gives the number of its records. They
// may come in any order; in order of user they are written fastest. It is one transaction: either all of it is there, or
// nothing has changed. An error of the sequence ends it; one that is not of the closed set is provider.ErrIncomplete. An
// unknown tenant is provider.ErrNotFound.
//
// On PostgreSQL it takes Config.Copy where there is one, unless the store is a view on a transaction of the host. A
// sequence is read once, so an import whose records were begun is never tried again by itself.
func (s *Store) ImportCoverage(ctx context.Context, account, tenant string, records iter.Seq2[usage.Record, error]) (int64, error) {
	begun := false // the records have been asked for, and are not given again
	return write(ctx, s, "ImportCoverage", func(here session) (int64, error) {
		if begun {
			return 0, &provider.Error{Kind: provider.ErrUnavailable, Message: "the import had to give way"}
		}
		if err := here.tenant(ctx, account, tenant); err != nil {
			return 0, err
		}
		_, err := here.exec(ctx, "DELETE FROM billhatch_coverage WHERE account_id = ? AND tenant_id = ?", account, tenant)
		if err != nil {
			return 0, err
		}
		begun = true
		rows := &checkedRows{rows: lines(newLine(account, tenant, here.dates()), records)}
		n, err := here.bulk(ctx, rows.all)
		if rows.err != nil { // whatever a driver makes of it
			return 0, rows.err
		}
		return n, err
	})
}

// copies tells whether the bulk path of the driver can be taken.
func (s session) copies() bool { return s.copy != nil && s.conn != nil }

// dates tells how the bulk path takes dates.
func (s session) dates() func(civil.Date) any {
	if s.copies() {
		return dateTime
	}
	return date
}

// bulk writes lines of coverage by the fastest way that there is.
func (s session) bulk(ctx context.Context, rows iter.Seq2[[]any, error]) (int64, error) {
	switch {
	case s.copies():
		return s.copy(ctx, s.conn, s.prefix+"coverage", coverageColumns(), rows)
	case s.dialect == PostgreSQL:
		return s.insertMany(ctx, rows)
	}
	return s.insertLines(ctx, rows)
}

// checkedRows remembers the error with which its rows have ended.
type checkedRows struct {
	rows iter.Seq2[[]any, error]
	err  error
}

func (c *checkedRows) all(yield func([]any, error) bool) {
	for row, err := range c.rows {
		c.err = err
		if !yield(row, err) {
			return
		}
	}
}

// coverageColumns are the columns of a line, in order.
func coverageColumns() []string {
	return []string{
		"account_id", "tenant_id", "user_key", "line", "user_id", "name", "address", "kind", "from_day", "to_day", "from_ns", "to_ns",
	}
}

// Places of values in a line.
const (
	userKey = iota + 2
	lineNumber
	userID
	userName
	userAddress
	userKind
	fromDay
	toDay
	fromNS
	toNS
	width
)

// line is a row of coverage as it is written. It is used again for the next one.
type line struct {
	values [width]any
	count  int64
	date   func(civil.Date) any
}

func newLine(account, tenant string, date func(civil.Date) any) *line {
	return &line{values: [width]any{account, tenant}, date: date}
}

// dateTime is [date] for the bulk path, where drivers want the type that a column has.
func dateTime(d civil.Date) any {
	if d.IsZero() {
		return nil
	}
	return d.Start(time.UTC)
}

// set makes it the line of a record, or tells why the record cannot be kept.
func (l *line) set(r *usage.Record) error {
	key := r.User
	if key == "" {
		var err error
		if key, err = mailaddr.Key(r.Address); err != nil {
			return refused("address", err)
		}
	}
	if !fits(key) || !storable(r.Name) || !storable(r.Address) || !storable(r.Kind) {
		return invalid("user", "a text is not UTF-8, holds a zero byte or is too long")
	}
	if !r.Covered.Valid() {
		return invalid("covered", "no interval, or one that ends before it begins")
	}
	v := &l.values
	l.count++
	v[userKey], v[lineNumber] = key, l.count
	v[userID], v[userName], v[userAddress], v[userKind] = r.User, r.Name, r.Address, r.Kind
	v[fromDay], v[toDay], v[fromNS], v[toNS] = nil, nil, nil, nil
	if from, to, ok := r.Covered.Dates(); ok {
		v[fromDay], v[toDay] = l.date(from), l.date(to)
		return nil
	}
	from, to, _ := r.Covered.Instants()
	if v[fromNS] = from.UnixNano(); !to.IsZero() {
		v[toNS] = to.UnixNano()
	}
	return nil
}

// lines makes rows of records.
func lines(l *line, records iter.Seq2[usage.Record, error]) iter.Seq2[[]any, error] {
	return func(yield func([]any, error) bool) {
		for r, err := range records {
			if err != nil {
				yield(nil, ofHost(err))
				return
			}
			if err := l.set(&r); err != nil {
				yield(nil, err)
				return
			}
			if !yield(l.values[:], nil) {
				return
			}
		}
	}
}

// ofHost is an error of a sequence of the host.
func ofHost(err error) error {
	if provider.Kind(err) != nil || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return &provider.Error{Kind: provider.ErrIncomplete, Message: "the records could not be read to their end", Err: err}
}

// given makes a sequence of a list.
func given(records []usage.Record) iter.Seq2[usage.Record, error] {
	return func(yield func(usage.Record, error) bool) {
		for i := range records {
			if !yield(records[i], nil) {
				return
			}
		}
	}
}

// insertLines writes rows one by one.
func (s session) insertLines(ctx context.Context, rows iter.Seq2[[]any, error]) (n int64, err error) {
	query := s.text(`INSERT INTO billhatch_coverage (account_id, tenant_id, user_key, line, user_id, name, address, kind,
		from_day, to_day, from_ns, to_ns) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`)
	for row, err := range rows {
		if err != nil {
			return 0, err
		}
		if _, err := s.q.ExecContext(ctx, query, row...); err != nil {
			return 0, err
		}
		n++
	}
	return n, nil
}

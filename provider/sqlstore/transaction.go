package sqlstore

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/billhatch/billhatch/provider"
)

// querier is what a database, a connection and a transaction have in common.
type querier interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// session is where a call works: a querier that takes queries of any dialect.
type session struct {
	*core
	q    querier
	conn *sql.Conn // nil in a transaction of the host
}

func (s session) exec(ctx context.Context, query string, args ...any) (int64, error) {
	res, err := s.q.ExecContext(ctx, s.text(query), args...)
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

func (s session) row(ctx context.Context, query string, args ...any) *sql.Row {
	return s.q.QueryRowContext(ctx, s.text(query), args...)
}

// each calls f for every row. Nothing else can be asked in the same session meanwhile.
func (s session) each(ctx context.Context, f func(scan func(...any) error) error, query string, args ...any) (err error) {
	rows, err := s.q.QueryContext(ctx, s.text(query), args...)
	if err != nil {
		return err
	}
	defer func() {
		if e := rows.Close(); err == nil {
			err = e
		}
	}()
	for rows.Next() {
		if err := f(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}

// some tells whether a query gives a row.
func (s session) some(ctx context.Context, query string, args ...any) (bool, error) {
	var one int
	switch err := s.row(ctx, query, args...).Scan(&one); {
	case noRows(err):
		return false, nil
	case err != nil:
		return false, err
	}
	return true, nil
}

// noRows tells whether a query had no row to give.
func noRows(err error) bool { return errors.Is(err, sql.ErrNoRows) }

// now is the store's time, in whole microseconds.
func (s session) now(ctx context.Context) (time.Time, error) {
	if s.clock != nil {
		return micro(s.clock()), nil
	}
	var t instant
	err := s.row(ctx, "SELECT "+s.tongue.now).Scan(&t)
	return t.Time, err
}

// Work that had to give way, or whose connection was gone, is done again, so often and after so long; each pause is twice
// the one before.
const (
	retries    = 5
	firstPause = 5 * time.Millisecond
)

// repeated does work, again from its beginning when the database makes it give way to somebody else. Work must not have
// an effect outside of the database; when it fails it has none there.
func repeated[T any](ctx context.Context, op string, work func() (T, error)) (T, error) {
	for attempt := 0; ; attempt++ {
		answer, err := unless(ctx, work)
		if err == nil {
			return answer, nil
		}
		if attempt == retries || !transient(err) || !pause(ctx, firstPause<<attempt) {
			var none T
			return none, fail(ctx, op, err)
		}
	}
}

// unless does work, unless the context is done.
func unless[T any](ctx context.Context, work func() (T, error)) (T, error) {
	if err := ctx.Err(); err != nil {
		var none T
		return none, err
	}
	return work()
}

// within does work in the transaction of the host, once: what has gone wrong there is for the host to end.
func within[T any](ctx context.Context, s *Store, op string, work func(session) (T, error)) (T, error) {
	answer, err := unless(ctx, func() (T, error) { return work(session{core: s.core, q: s.tx}) })
	if err != nil {
		var none T
		return none, fail(ctx, op, err)
	}
	return answer, nil
}

// ask runs one query outside of a transaction, or in that of the host.
func ask[T any](ctx context.Context, s *Store, op string, work func(session) (T, error)) (T, error) {
	if s.tx != nil {
		return within(ctx, s, op, work)
	}
	return repeated(ctx, op, func() (T, error) { return work(session{core: s.core, q: s.db}) })
}

// look runs work on the data of one moment, or in the transaction of the host.
func look[T any](ctx context.Context, s *Store, op string, work func(session) (T, error)) (T, error) {
	if s.tx != nil {
		return within(ctx, s, op, work)
	}
	return repeated(ctx, op, func() (T, error) { return once(ctx, s, reading, work) })
}

// write runs work in a transaction, or in that of the host.
func write[T any](ctx context.Context, s *Store, op string, work func(session) (T, error)) (T, error) {
	if s.tx != nil {
		return within(ctx, s, op, work)
	}
	return repeated(ctx, op, func() (T, error) { return once(ctx, s, writing, work) })
}

// pause waits about so long, and tells whether the context is still good.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d/2 + rand.N(d)) //nolint:gosec // spreads those who collided
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

// mode is what a transaction is for.
type mode uint8

const (
	writing mode = iota
	reading      // everything it reads is of one moment
)

// once runs work in a transaction of its own.
func once[T any](ctx context.Context, s *Store, m mode, work func(session) (T, error)) (answer T, err error) {
	var none T
	conn, err := s.db.Conn(ctx)
	if err != nil {
		return none, err
	}
	defer func() { _ = conn.Close() }() // gives it back to the pool
	tx, err := s.begin(ctx, conn, m)
	if err != nil {
		return none, err
	}
	finished := false
	defer func() {
		if !finished { // work has failed, or panicked
			tx.rollback()
		}
	}()
	if answer, err = work(session{core: s.core, q: tx.q, conn: conn}); err != nil {
		return none, err
	}
	if err := ctx.Err(); err != nil {
		return none, err
	}
	if m == reading {
		return answer, nil // there is nothing to keep
	}
	finished = true
	if err := tx.commit(); err != nil {
		return none, err
	}
	return answer, nil
}

// transaction is one that has begun. It does not end with the caller's context, so that what becomes of it is known.
type transaction struct {
	q        querier
	commit   func() error
	rollback func()
}

// grace is how long a COMMIT may go on after the caller's context is done.
const grace = 5 * time.Second

// lasting gives a context that ends some time after the one it was made of.
func lasting(ctx context.Context) (context.Context, func()) {
	lasts, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		timer := time.AfterFunc(grace, cancel)
		context.AfterFunc(lasts, func() { timer.Stop() })
	})
	return lasts, func() {
		stop()
		cancel()
	}
}

func (s *Store) begin(ctx context.Context, conn *sql.Conn, m mode) (transaction, error) {
	if s.dialect == SQLite {
		return beginSQLite(ctx, conn, m)
	}
	opts := &sql.TxOptions{Isolation: sql.LevelReadCommitted}
	if m == reading {
		opts = &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true}
	}
	lasts, end := lasting(ctx)
	tx, err := conn.BeginTx(lasts, opts)
	if err != nil {
		end()
		return transaction{}, err
	}
	return transaction{
		q:        tx,
		commit:   func() error { defer end(); return settled(tx.Commit()) },
		rollback: func() { defer end(); _ = tx.Rollback() },
	}, nil
}

// beginSQLite begins by hand: BEGIN IMMEDIATE waits for its turn at the beginning, where database/sql has no word for it
// and a transaction that is DEFERRED fails in the middle.
func beginSQLite(ctx context.Context, conn *sql.Conn, m mode) (transaction, error) {
	begin := "BEGIN IMMEDIATE"
	if m == reading {
		begin = "BEGIN DEFERRED"
	}
	lasts, end := lasting(ctx)
	rollback := func() {
		defer end()
		if _, err := conn.ExecContext(lasts, "ROLLBACK"); err != nil {
			// Nobody knows what the connection is in the middle of: it does not go back to the pool.
			_ = conn.Raw(func(any) error { return driver.ErrBadConn })
		}
	}
	if _, err := conn.ExecContext(ctx, begin); err != nil {
		rollback()
		return transaction{}, err
	}
	return transaction{
		q: conn,
		commit: func() error {
			if _, err := conn.ExecContext(lasts, "COMMIT"); err != nil {
				rollback()
				return settled(err)
			}
			end()
			return nil
		},
		rollback: rollback,
	}, nil
}

// settled marks an error of a COMMIT to which the database has given no answer.
func settled(err error) error {
	if err == nil {
		return nil
	}
	if _, answered := judge(err); answered {
		return err
	}
	return uncertain{err}
}

// owns locks the account against being removed until the end of the transaction; unknown ones are not found.
func (s session) owns(ctx context.Context, account string) error {
	if !possible(account) {
		return notFound()
	}
	ok, err := s.some(ctx, "SELECT 1 FROM billhatch_accounts WHERE account_id = ?"+s.share, account)
	if err == nil && !ok {
		return notFound()
	}
	return err
}

// limit checks the size of a page.
func limit(n int) error {
	if n < 1 || n > provider.MaxPage {
		return invalid("limit", "want 1 to 100")
	}
	return nil
}

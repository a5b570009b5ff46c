package sqlstore_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// faulty is a driver between the store and the real one. It counts what the database is asked, and spoils one of it.
type faulty struct {
	driver.Connector
	mu    sync.Mutex
	asked int    // statements, beginnings and ends of transactions so far
	nth   int    // which of them goes wrong; 0: none
	how   fault  // what happens then
	hit   bool   // it has happened
	what  string // what was asked then
}

// fault is how a call goes wrong. It gets the connection and the call itself.
type fault func(c *faultyConn, call func() error) error

// errWire is a connection that is gone: no answer of the database.
var errWire = errors.New("read tcp 10.0.0.7:5432: connection reset by peer, secret=canary@example.com")

// answer is an answer of PostgreSQL with a code.
type answer struct{ state string }

func (a *answer) Error() string    { return "ERROR: canary@example.com (SQLSTATE " + a.state + ")" }
func (a *answer) SQLState() string { return a.state }

// code is an answer of SQLite.
type code struct{ number int }

func (c *code) Error() string { return "canary@example.com" }
func (c *code) Code() int     { return c.number }

// lostBefore loses the connection before the database has heard the call.
func lostBefore(c *faultyConn, _ func() error) error {
	c.dead = true
	return errWire
}

// lostAfter loses the connection after the database has done what it was asked.
func lostAfter(c *faultyConn, call func() error) error {
	if err := call(); err != nil {
		return err
	}
	c.dead = true
	return errWire
}

// refuses makes the database refuse a call.
func refuses(err error) fault {
	return func(*faultyConn, func() error) error { return err }
}

// arm makes the nth call from now on go wrong.
func (f *faulty) arm(nth int, how fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asked, f.nth, f.how, f.hit, f.what = 0, nth, how, false, ""
}

func (f *faulty) count() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.asked
}

// happened tells whether the fault did, and in what.
func (f *faulty) happened() (bool, string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.hit, f.what
}

// do counts a call, and spoils it when it is the one.
func (f *faulty) do(c *faultyConn, what string, call func() error) error {
	f.mu.Lock()
	f.asked++
	now := f.nth != 0 && f.asked == f.nth
	if now {
		f.hit, f.what = true, what
	}
	how := f.how
	f.mu.Unlock()
	switch {
	case c.dead:
		return driver.ErrBadConn
	case now:
		return how(c, call)
	}
	return call()
}

// Connect opens a connection of the real driver.
func (f *faulty) Connect(ctx context.Context) (driver.Conn, error) {
	real, err := f.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return &faultyConn{faulty: f, Conn: real}, nil
}

// opener makes a connector of a driver that has none.
type opener struct {
	driver driver.Driver
	dsn    string
}

func (o opener) Connect(context.Context) (driver.Conn, error) { return o.driver.Open(o.dsn) }
func (o opener) Driver() driver.Driver                        { return o.driver }

// faultyConn is a connection that may be spoilt. Dead, it only answers that it is.
type faultyConn struct {
	driver.Conn
	faulty *faulty
	dead   bool
}

var errAbility = errors.New("the real driver lacks an ability")

func (c *faultyConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (res driver.Result, err error) {
	err = c.faulty.do(c, query, func() error {
		real, ok := c.Conn.(driver.ExecerContext)
		if !ok {
			return errAbility
		}
		res, err = real.ExecContext(ctx, query, args)
		return err
	})
	return res, err
}

func (c *faultyConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (rows driver.Rows, err error) {
	err = c.faulty.do(c, query, func() error {
		real, ok := c.Conn.(driver.QueryerContext)
		if !ok {
			return errAbility
		}
		rows, err = real.QueryContext(ctx, query, args)
		return err
	})
	if err != nil && rows != nil {
		err = errors.Join(err, rows.Close())
		rows = nil
	}
	return rows, err
}

func (c *faultyConn) BeginTx(ctx context.Context, opts driver.TxOptions) (tx driver.Tx, err error) {
	err = c.faulty.do(c, "begin", func() error {
		real, ok := c.Conn.(driver.ConnBeginTx)
		if !ok {
			return errAbility
		}
		tx, err = real.BeginTx(ctx, opts)
		return err
	})
	return &faultyTx{tx, c}, err
}

func (c *faultyConn) CheckNamedValue(v *driver.NamedValue) error {
	if real, ok := c.Conn.(driver.NamedValueChecker); ok {
		return real.CheckNamedValue(v)
	}
	return driver.ErrSkip
}

func (c *faultyConn) IsValid() bool { return !c.dead }

type faultyTx struct {
	driver.Tx
	conn *faultyConn
}

// Commit that the database refuses is a rollback.
func (t *faultyTx) Commit() error {
	done := false
	err := t.conn.faulty.do(t.conn, "commit", func() error {
		done = true
		return t.Tx.Commit()
	})
	if err != nil && !done {
		err = errors.Join(err, t.Tx.Rollback())
	}
	return err
}

func (t *faultyTx) Rollback() error { return t.conn.faulty.do(t.conn, "rollback", t.Tx.Rollback) }

// spoil opens a database through a driver that can be spoilt.
func (e engine) spoil(tb testing.TB, dsn string) (*faulty, *sql.DB) {
	tb.Helper()
	plain, err := sql.Open(e.driver, dsn)
	require.NoError(tb, err)
	var connector driver.Connector = opener{plain.Driver(), dsn}
	if withContext, ok := plain.Driver().(driver.DriverContext); ok {
		connector, err = withContext.OpenConnector(dsn)
		require.NoError(tb, err)
	}
	require.NoError(tb, plain.Close())
	f := &faulty{Connector: connector}
	db := sql.OpenDB(f)
	db.SetMaxOpenConns(4)
	tb.Cleanup(func() { require.NoError(tb, db.Close()) })
	return f, db
}

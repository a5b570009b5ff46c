package closing_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/stretchr/testify/require"
	"modernc.org/sqlite"

	"github.com/billhatch/billhatch/billing/closing"
	"github.com/billhatch/billhatch/provider/sqlstore"
)

// mishap is what happens to a connection to the database.
type mishap string

const (
	dropsBefore mishap = "drops before the statement" // it is not executed
	dropsAfter  mishap = "drops after the statement"  // it is executed, and nobody is told
	goesAway    mishap = "and everything after it is gone"
)

// TestTheStoreFailsAtEveryStatement of a close: whatever has become of the statement, the month can be closed again, and
// is billed once. A close that has told nothing of its trouble has overcome it.
func TestTheStoreFailsAtEveryStatement(t *testing.T) {
	if testing.Short() {
		t.Skip("not under the race detector")
	}
	t.Parallel()
	each(t, func(t *testing.T, e engine) {
		for _, m := range []mishap{dropsBefore, dropsAfter, goesAway} {
			t.Run("the connection "+string(m), func(t *testing.T) {
				t.Parallel()
				opened(t, e).failsEverywhere(t, m)
			})
		}
	})
}

// failsEverywhere closes an account for each statement of a close.
func (w *world) failsEverywhere(t *testing.T, m mishap) {
	t.Helper()
	step := 8 // every so many statements
	if m == goesAway {
		step = 24 // the store does not give up at once
	}
	if full() {
		step /= 6
	}
	failed, overcome, n := 0, 0, 1
	for ; ; n += step {
		account := fmt.Sprintf("acct-%d", n)
		w.add(w.store, account, 2)
		b := &breaker{at: n, mishap: m}
		err := w.closeWith(b, account)
		if !b.fired() {
			require.NoError(t, err)
			break
		}
		if err == nil {
			overcome++
			continue
		}
		failed++
		require.True(t, closing.Retry(err), "at statement %d: %v", n, err)
		require.NoError(t, w.closeWith(&breaker{}, account), "closing again after statement %d", n)
	}
	t.Logf("a close has about %d statements: at %d it failed and was done again, at %d it overcame it", n-1, failed, overcome)
	require.Greater(t, n, 30, "or a close has no statements")
	if m == goesAway {
		require.Zero(t, overcome)
	}
	w.afterwards()
	require.Len(t, w.billed(), len(w.accounts()))
}

// leaseOfTheBroken is how long a close waits for what one before could not give up.
const leaseOfTheBroken = 150 * time.Millisecond

// closeWith closes the month of an account over connections that a breaker watches, all of them new ones.
func (w *world) closeWith(b *breaker, account string) error {
	w.Helper()
	db := w.engine.watched(w, w.dsn, b)
	defer func() {
		b.heal()
		_ = db.Close() // what is broken cannot be closed
	}()
	db.SetMaxOpenConns(3)
	store, err := newStore(db, w.engine.dialect)
	require.NoError(w, err)
	cfg := w.config("closer", store)
	cfg.Lease = leaseOfTheBroken
	_, err = w.closer(cfg).Close(w.Context(), account, w.month)
	return err
}

// breaker counts what is asked of the database, and breaks a connection at one of them.
type breaker struct {
	at     int // the number of the statement, or of the exchange, from 1; 0: none
	mishap mishap

	mu     sync.Mutex
	seen   int
	healed bool
}

// heal has nothing happen and nothing counted any more.
func (b *breaker) heal() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.healed = true
}

// next tells what happens to the next one; empty: nothing.
func (b *breaker) next() mishap {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.healed {
		return ""
	}
	b.seen++
	if b.at > 0 && (b.seen == b.at || b.seen > b.at && b.mishap == goesAway) {
		return b.mishap
	}
	return ""
}

func (b *breaker) fired() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.at > 0 && b.seen >= b.at
}

// watched opens a database through a breaker.
func (e engine) watched(tb testing.TB, dsn string, b *breaker) *sql.DB {
	tb.Helper()
	if e.dialect == sqlstore.SQLite {
		return sql.OpenDB(&brittle{dsn, b})
	}
	config, err := pgx.ParseConfig(dsn)
	require.NoError(tb, err)
	config.DialFunc = func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := new(net.Dialer).DialContext(ctx, network, address)
		if err != nil {
			return nil, err
		}
		return &wire{Conn: conn, breaker: b}, nil
	}
	return stdlib.OpenDB(*config)
}

// errDropped is what a client sees of a connection that is gone.
var errDropped = fmt.Errorf("the connection was dropped: %w", io.ErrUnexpectedEOF)

// wire is a connection to PostgreSQL. What the client writes at once is an exchange.
type wire struct {
	net.Conn
	breaker *breaker
	mu      sync.Mutex
	deaf    bool // the next answer is lost
}

func (c *wire) Write(p []byte) (int, error) {
	switch c.breaker.next() {
	case dropsBefore, goesAway:
		return 0, errors.Join(errDropped, c.Close())
	case dropsAfter:
		c.mu.Lock()
		c.deaf = true
		c.mu.Unlock()
	}
	return c.Conn.Write(p)
}

// Read loses an answer once it has come, so that what was asked is surely done.
func (c *wire) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.deaf && n > 0 {
		return 0, errors.Join(errDropped, c.Close())
	}
	return n, err
}

// brittle connects to SQLite.
type brittle struct {
	dsn     string
	breaker *breaker
}

func (b *brittle) Driver() driver.Driver { return &sqlite.Driver{} }

func (b *brittle) Connect(context.Context) (driver.Conn, error) {
	conn, err := b.Driver().Open(b.dsn)
	if err != nil {
		return nil, err
	}
	return &thread{Conn: conn, breaker: b.breaker}, nil
}

// thread is a connection to SQLite that can break. What was not committed is rolled back then, as by a process that ends.
type thread struct {
	driver.Conn
	breaker *breaker
	broken  bool
}

// IsValid keeps what is broken out of the pool.
func (c *thread) IsValid() bool { return !c.broken }

func (c *thread) Close() error {
	if c.broken {
		return nil
	}
	c.broken = true
	return c.Conn.Close()
}

func (c *thread) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	return through(c, func() (driver.Result, error) {
		return c.Conn.(driver.ExecerContext).ExecContext(ctx, query, args) //nolint:errcheck // the driver is known
	})
}

func (c *thread) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	return through(c, func() (driver.Rows, error) {
		return c.Conn.(driver.QueryerContext).QueryContext(ctx, query, args) //nolint:errcheck // the driver is known
	})
}

func through[T any](c *thread, do func() (T, error)) (T, error) {
	var none T
	if c.broken {
		return none, driver.ErrBadConn
	}
	switch c.breaker.next() {
	case dropsBefore, goesAway:
		return none, errors.Join(errDropped, c.Close())
	case dropsAfter:
		done, err := do()
		if rows, ok := any(done).(driver.Rows); ok && err == nil {
			err = rows.Close()
		}
		return none, errors.Join(errDropped, err, c.Close())
	}
	return do()
}

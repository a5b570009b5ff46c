package sqlstore_test

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	_ "modernc.org/sqlite"

	"github.com/billhatch/billhatch/internal/integration/pgtest"
	"github.com/billhatch/billhatch/provider/sqlstore"
)

func TestMain(m *testing.M) { pgtest.Run(m) }

// key seals cursors and heads in these tests.
func key() []byte { return []byte("0123456789abcdef0123456789abcdef") }

// clock is a clock that stands still until it is moved.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Date(2026, time.November, 21, 9, 0, 0, 0, time.UTC)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// idle are PostgreSQL databases with the schema and without rows. Emptying one is quicker than making one.
var idle struct {
	mu   sync.Mutex
	dsns []string
}

// borrowPostgres gives a database with the schema to a test, and takes it back empty.
func borrowPostgres(tb testing.TB, e engine) string {
	tb.Helper()
	idle.mu.Lock()
	dsn := ""
	if n := len(idle.dsns); n > 0 {
		dsn, idle.dsns = idle.dsns[n-1], idle.dsns[:n-1]
	}
	idle.mu.Unlock()
	if dsn == "" {
		dsn = e.ready(tb)
	}
	tb.Cleanup(func() {
		db, err := sql.Open(e.driver, dsn)
		require.NoError(tb, err)
		defer func() { _ = db.Close() }()
		e.clear(tb, db)
		idle.mu.Lock()
		defer idle.mu.Unlock()
		idle.dsns = append(idle.dsns, dsn)
	})
	return dsn
}

// clear takes all rows away, those too that never change.
func (e engine) clear(tb testing.TB, db *sql.DB) {
	tb.Helper()
	before, after := "SET session_replication_role = replica;", "SET session_replication_role = DEFAULT;"
	if e.dialect == sqlstore.SQLite {
		before, after = "PRAGMA foreign_keys = OFF; BEGIN IMMEDIATE;", "COMMIT; PRAGMA foreign_keys = ON;"
		for _, trigger := range []string{"audit_stays_delete", "statements_stay_delete"} {
			before += "DROP TRIGGER billhatch_" + trigger + ";"
		}
		after = `CREATE TRIGGER billhatch_audit_stays_delete BEFORE DELETE ON billhatch_audit BEGIN SELECT RAISE(ABORT, 'no'); END;
			CREATE TRIGGER billhatch_statements_stay_delete BEFORE DELETE ON billhatch_statements BEGIN SELECT RAISE(ABORT, 'no'); END;` + after
	}
	_, err := db.ExecContext(context.Background(), before+emptying()+after)
	require.NoError(tb, err)
}

// emptying is the text that takes all rows away.
func emptying() string {
	var b strings.Builder
	for _, table := range []string{
		"accounts", "assignments", "tenants", "coverage", "projects", "readings", "daily", "plans", "discounts",
		"adjustments", "audit", "audit_heads", "closings", "inbox", "statements",
	} {
		b.WriteString("DELETE FROM billhatch_" + table + ";")
	}
	return b.String()
}

// engine is a database that the tests run on.
type engine struct {
	name    string
	dialect sqlstore.Dialect
	driver  string
	empty   func(tb testing.TB) string // address of an empty database
	ready   func(tb testing.TB) string // of one with the schema
	// unguard takes away the triggers of the audit trail, as the owner of the tables can.
	unguard []string
}

func engines() []engine {
	return []engine{
		{
			name: "sqlite", dialect: sqlstore.SQLite, driver: "sqlite", empty: emptySQLite, ready: readySQLite,
			unguard: []string{"DROP TRIGGER billhatch_audit_stays_update", "DROP TRIGGER billhatch_audit_stays_delete"},
		},
		{
			name: "postgres", dialect: sqlstore.PostgreSQL, driver: "pgx", empty: pgtest.DSN,
			ready: func(tb testing.TB) string {
				tb.Helper()
				return pgtest.Copy(tb, "ready", func(dsn string) error { return migrated("pgx", sqlstore.PostgreSQL, dsn) })
			},
			unguard: []string{"ALTER TABLE billhatch_audit DISABLE TRIGGER ALL"},
		},
	}
}

// each runs a test on every engine.
func each(t *testing.T, test func(t *testing.T, e engine)) {
	t.Helper()
	for _, e := range engines() {
		t.Run(e.name, func(t *testing.T) {
			t.Parallel()
			test(t, e)
		})
	}
}

func address(file string) string {
	return "file:" + file + "?_pragma=busy_timeout(20000)&_pragma=journal_mode(WAL)&_pragma=foreign_keys(1)&_pragma=synchronous(OFF)&_txlock=immediate"
}

func emptySQLite(tb testing.TB) string {
	tb.Helper()
	return address(filepath.Join(tb.TempDir(), "billing.db"))
}

// template is a SQLite file with the schema, as bytes: one migration serves all tests.
var template = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "template")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	file := filepath.Join(dir, "billing.db")
	if err := migrated("sqlite", sqlstore.SQLite, address(file)); err != nil {
		return nil, err
	}
	return os.ReadFile(file)
})

func readySQLite(tb testing.TB) string {
	tb.Helper()
	content, err := template()
	require.NoError(tb, err)
	file := filepath.Join(tb.TempDir(), "billing.db")
	require.NoError(tb, os.WriteFile(file, content, 0o600))
	return address(file)
}

func migrated(driver string, dialect sqlstore.Dialect, dsn string) error {
	db, err := sql.Open(driver, dsn)
	if err != nil {
		return err
	}
	store, err := sqlstore.Open(db, sqlstore.Config{Dialect: dialect, Keys: [][]byte{key()}})
	if err == nil {
		err = store.Migrate(context.Background())
	}
	return errors.Join(err, db.Close())
}

// open connects to a database for a test.
func (e engine) open(tb testing.TB, dsn string) *sql.DB {
	tb.Helper()
	db, err := sql.Open(e.driver, dsn)
	require.NoError(tb, err)
	db.SetMaxOpenConns(8)
	db.SetMaxIdleConns(8)
	tb.Cleanup(func() { require.NoError(tb, db.Close()) })
	return db
}

// store makes a store on a database of its own that has the schema.
func (e engine) store(tb testing.TB, change ...func(*sqlstore.Config)) (*sqlstore.Store, *sql.DB) {
	tb.Helper()
	db := e.open(tb, e.ready(tb))
	return e.on(tb, db, change...), db
}

// quick is a store on a database that may have served another test before.
func (e engine) quick(tb testing.TB, change ...func(*sqlstore.Config)) *sqlstore.Store {
	tb.Helper()
	dsn := ""
	if e.dialect == sqlstore.PostgreSQL {
		dsn = borrowPostgres(tb, e)
	} else {
		dsn = e.ready(tb)
	}
	return e.on(tb, e.open(tb, dsn), change...)
}

func (e engine) on(tb testing.TB, db *sql.DB, change ...func(*sqlstore.Config)) *sqlstore.Store {
	tb.Helper()
	cfg := sqlstore.Config{Dialect: e.dialect, Keys: [][]byte{key()}}
	for _, f := range change {
		f(&cfg)
	}
	store, err := sqlstore.Open(db, cfg)
	require.NoError(tb, err)
	return store
}

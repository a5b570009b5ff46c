package main

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"
	_ "modernc.org/sqlite" // the driver "sqlite"

	"github.com/billhatch/billhatch/adapters/pgxcopy"
	"github.com/billhatch/billhatch/provider/sqlstore"
)

// database is the host's own, with the library's records beside its own tables.
type database struct {
	sql   *sql.DB
	pool  *pgxpool.Pool // nil on SQLite
	store *sqlstore.Store
}

// tables are the host's own. Each statement can be executed again.
var tables = []string{
	`CREATE TABLE IF NOT EXISTS host_settings (name TEXT PRIMARY KEY, value TEXT NOT NULL)`,
	`CREATE TABLE IF NOT EXISTS host_runs (id TEXT PRIMARY KEY, month TEXT NOT NULL, asked_by TEXT NOT NULL, asked_at TEXT NOT NULL)`,
	`CREATE TABLE IF NOT EXISTS host_invoices (invoice TEXT PRIMARY KEY, account TEXT NOT NULL, settled INTEGER NOT NULL,
		version BIGINT NOT NULL, state TEXT NOT NULL)`,
	`CREATE INDEX IF NOT EXISTS host_invoices_account ON host_invoices (account, settled)`,
}

// openDatabase opens the database and brings its tables up to date.
func openDatabase(ctx context.Context, s *settings) (*database, error) {
	if err := s.ownKey(); err != nil {
		return nil, err
	}
	db := &database{}
	cfg := sqlstore.Config{Dialect: sqlstore.SQLite, Keys: [][]byte{s.derive("records")}}
	var err error
	if s.postgres() {
		cfg.Dialect, cfg.Copy = sqlstore.PostgreSQL, pgxcopy.From
		if db.pool, err = pgxpool.New(ctx, s.db); err != nil {
			return nil, errors.New("the address of the database cannot be used") // the cause may hold its password
		}
		db.sql = stdlib.OpenDBFromPool(db.pool)
	} else if db.sql, err = sql.Open("sqlite", "file:"+s.db+"?_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)"+
		"&_pragma=foreign_keys(1)&_txlock=immediate"); err != nil {
		return nil, err
	}
	if db.store, err = sqlstore.Open(db.sql, cfg); err == nil {
		err = db.migrate(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, db.close())
	}
	return db, nil
}

// migrate brings the library's, River's and the host's tables up to date; one process at a time.
func (db *database) migrate(ctx context.Context) error {
	if db.pool != nil {
		unlock, err := db.lock(ctx)
		if err != nil {
			return errors.New("the database cannot be reached")
		}
		defer unlock()
		migrator, err := rivermigrate.New(riverpgxv5.New(db.pool), nil)
		if err != nil {
			return err
		}
		if _, err := migrator.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
			return err
		}
	}
	if err := db.store.Migrate(ctx); err != nil {
		return err
	}
	for _, table := range tables {
		if _, err := db.sql.ExecContext(ctx, table); err != nil {
			return err
		}
	}
	return db.store.Validate(ctx)
}

// lock lets one process at a time prepare the database. SQLite has one process only.
func (db *database) lock(ctx context.Context) (unlock func(), err error) {
	if db.pool == nil {
		return func() {}, nil
	}
	const number = 0x62686174 // of the lock; any that nobody else takes
	conn, err := db.pool.Acquire(ctx)
	if err != nil {
		return nil, err
	}
	if _, err := conn.Exec(ctx, "SELECT pg_advisory_lock($1)", number); err != nil {
		conn.Release()
		return nil, err
	}
	return func() {
		ctx := context.WithoutCancel(ctx)
		if _, err := conn.Exec(ctx, "SELECT pg_advisory_unlock($1)", number); err != nil {
			_ = conn.Conn().Close(ctx) // the lock goes with the connection
		}
		conn.Release()
	}, nil
}

func (db *database) close() error {
	err := db.sql.Close()
	if db.pool != nil {
		db.pool.Close()
	}
	return err
}

// text writes a query of the host, whose parameters are question marks, for the database.
func (db *database) text(query string) string {
	if db.pool == nil {
		return query
	}
	parts := strings.Split(query, "?")
	var out strings.Builder
	for i, part := range parts {
		if i > 0 {
			out.WriteString("$" + strconv.Itoa(i))
		}
		out.WriteString(part)
	}
	return out.String()
}

// setting reads what the host remembers under a name; empty: nothing.
func (db *database) setting(ctx context.Context, name string) (string, error) {
	var value string
	err := db.sql.QueryRowContext(ctx, db.text("SELECT value FROM host_settings WHERE name = ?"), name).Scan(&value)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return value, err
}

func (db *database) remember(ctx context.Context, name, value string) error {
	_, err := db.sql.ExecContext(ctx, db.text("INSERT INTO host_settings (name, value) VALUES (?, ?) ON CONFLICT (name) DO NOTHING"), name, value)
	return err
}

// asked is the row of somebody who asked for a month to be closed.
const asked = "INSERT INTO host_runs (id, month, asked_by, asked_at) VALUES ($1, $2, $3, $4)"

// inTx does something in a transaction of the host.
func (db *database) inTx(ctx context.Context, do func(pgx.Tx) error) error {
	return pgx.BeginFunc(ctx, db.pool, do)
}

// ownKey reads the key beside a SQLite file, and makes one with the first start. In production it comes from where the
// other secrets are.
func (s *settings) ownKey() error {
	if s.key != "" {
		return nil
	}
	file := filepath.Clean(s.db + ".key")
	switch text, err := os.ReadFile(file); {
	case err == nil && len(text) < minKey:
		return fmt.Errorf("%s is not a key", file)
	case err == nil:
		s.key = string(text)
		return nil
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	s.key = rand.Text() + rand.Text()
	return os.WriteFile(file, []byte(s.key), 0o600)
}

// derive gives the key for one purpose.
func (s *settings) derive(purpose string) []byte {
	mac := hmac.New(sha256.New, []byte(s.key))
	mac.Write([]byte(purpose))
	return mac.Sum(nil)
}

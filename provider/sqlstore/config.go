package sqlstore

import (
	"context"
	"database/sql"
	"iter"
	"regexp"
	"time"

	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/usage/civil"
)

// Config says how a store uses a database.
type Config struct {
	Dialect Dialect
	// Prefix begins the names of all tables; empty: "billhatch_". At most 30 small letters, digits and underscores.
	Prefix string
	// Keys seal the cursors of pages and the ends of the audit trails: the first seals, all of them open, so that a key
	// can be replaced. At least one, each of at least 32 random bytes. All replicas share them. A key that is forgotten
	// makes old cursors provider.ErrInvalidCursor, and trails that nobody has written to since need [Store.SealAudit].
	Keys [][]byte
	// Zones finds the time zone of an account by its name; nil: civil.LoadZone.
	Zones func(name string) (*time.Location, error)
	// Clock tells the time of leases and entries; nil: the clock of the database, which all replicas share. Tests set it.
	Clock func() time.Time
	// Copy is the bulk path of the driver, for [Store.ImportCoverage] on PostgreSQL; nil: INSERT of many rows at once.
	Copy CopyFunc
}

// CopyFunc writes rows into a table over the connection, within the transaction that is open on it, and gives their
// number. It stops with the first error of the rows, which it may wrap.
//
// With pgx it is
//
//	func(ctx context.Context, conn *sql.Conn, table string, columns []string, rows iter.Seq2[[]any, error]) (n int64, err error) {
//		next, stop := iter.Pull2(rows)
//		defer stop()
//		source := pgx.CopyFromFunc(func() ([]any, error) {
//			row, err, ok := next()
//			if !ok {
//				return nil, nil
//			}
//			return row, err
//		})
//		err = conn.Raw(func(c any) error {
//			n, err = c.(*stdlib.Conn).Conn().CopyFrom(ctx, pgx.Identifier{table}, columns, source)
//			return err
//		})
//		return n, err
//	}
//
// The slice of a row is used again for the next one. Its values are strings, int64, time.Time for dates, and nil.
type CopyFunc func(ctx context.Context, conn *sql.Conn, table string, columns []string, rows iter.Seq2[[]any, error]) (int64, error)

// minKey is the least length of a key, in bytes.
const minKey = 32

// core is what a store and its views on transactions share.
type core struct {
	tongue
	dialect Dialect
	prefix  string
	keys    keyring
	zones   func(string) (*time.Location, error)
	clock   func() time.Time
	copy    CopyFunc
}

// Store keeps records in a database. Make one with [Open].
type Store struct {
	*core
	db *sql.DB
	tx *sql.Tx // the host's; nil: every call has transactions of its own
}

// Every ability of records.
var (
	_ provider.Records        = (*Store)(nil)
	_ provider.AccountLister  = (*Store)(nil)
	_ provider.TenantReader   = (*Store)(nil)
	_ provider.ProjectReader  = (*Store)(nil)
	_ provider.DailyReader    = (*Store)(nil)
	_ provider.PlanReader     = (*Store)(nil)
	_ provider.AuditLog       = (*Store)(nil)
	_ provider.Ledger         = (*Store)(nil)
	_ provider.Inbox          = (*Store)(nil)
	_ provider.StatementStore = (*Store)(nil)
)

var prefixes = regexp.MustCompile(`^[a-z_][a-z0-9_]{0,29}$`)

// Open makes a store on a database that stays the host's: the store never closes it. It does not touch the database;
// see [Store.Migrate] and [Store.Validate]. A configuration that cannot work is provider.ErrInvalid.
func Open(db *sql.DB, cfg Config) (*Store, error) {
	c := &core{dialect: cfg.Dialect, prefix: cfg.Prefix, zones: cfg.Zones, clock: cfg.Clock, copy: cfg.Copy}
	if db == nil {
		return nil, named("Open", invalid("db", "missing"))
	}
	var ok bool
	if c.tongue, ok = tongueOf(cfg.Dialect); !ok {
		return nil, named("Open", invalid("dialect", "unknown"))
	}
	if c.prefix == "" {
		c.prefix = defaultPrefix
	}
	if !prefixes.MatchString(c.prefix) {
		return nil, named("Open", invalid("prefix", "want at most 30 small letters, digits and underscores"))
	}
	if c.copy != nil && c.dialect != PostgreSQL {
		return nil, named("Open", invalid("copy", "is for PostgreSQL"))
	}
	if c.zones == nil {
		c.zones = civil.LoadZone
	}
	var err error
	if c.keys, err = newKeyring(cfg.Keys); err != nil {
		return nil, named("Open", err)
	}
	return &Store{core: c, db: db}, nil
}

// Name gives "postgres" or "sqlite".
func (s *Store) Name() string { return string(s.dialect) }

// In gives a view of the store within a transaction of the host: what it writes stands or falls with the transaction,
// and what it reads is what the transaction sees. On SQLite the transaction must have begun with BEGIN IMMEDIATE if
// anything is to be written. After an error other than one of the kinds provider.ErrNotFound, ErrInvalid,
// ErrInvalidCursor, ErrIncomplete and ErrConflict the transaction can only be rolled back.
//
// The view may be used like the transaction itself: by one goroutine at a time, and not after its end.
func (s *Store) In(tx *sql.Tx) *Store { return &Store{core: s.core, db: s.db, tx: tx} }

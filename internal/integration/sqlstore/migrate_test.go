package sqlstore_test

import (
	"context"
	"database/sql"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/provider/sqlstore"
)

func execute(t *testing.T, db *sql.DB, query string) {
	t.Helper()
	_, err := db.ExecContext(t.Context(), query)
	require.NoError(t, err, query)
}

// script is the text of some migrations.
func script(t *testing.T, e engine, from, to int) string {
	t.Helper()
	text, err := sqlstore.SQL(e.dialect, "", from, to)
	require.NoError(t, err)
	return text
}

// tables counts the tables of the store in a database.
func tables(t *testing.T, e engine, db *sql.DB) int {
	t.Helper()
	query := "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name LIKE 'billhatch%'"
	if e.dialect == sqlstore.PostgreSQL {
		query = "SELECT count(*) FROM pg_tables WHERE tablename LIKE 'billhatch%'"
	}
	var n int
	require.NoError(t, db.QueryRowContext(t.Context(), query).Scan(&n))
	return n
}

// misfit wants a schema to be refused, and to be left as it is.
func misfit(t *testing.T, err error, op string, kind error) {
	t.Helper()
	require.ErrorIs(t, err, kind)
	var e *provider.Error
	require.ErrorAs(t, err, &e)
	require.Equal(t, op, e.Op)
	require.True(t, provider.IsKind(err, provider.ErrMisconfigured))
}

func TestASchemaIsMadeOnceAndFound(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, e engine) {
		db := e.open(t, e.empty(t))
		store := e.on(t, db)
		misfit(t, store.Validate(t.Context()), "Validate", sqlstore.ErrSchemaOlder)
		require.NoError(t, store.Migrate(t.Context()))
		require.NoError(t, store.Validate(t.Context()))
		seed(t, store)
		before := dump(t, db)
		require.NoError(t, store.Migrate(t.Context()), "again")
		require.Equal(t, before, dump(t, db))
	})
}

func TestASchemaOfTheHostsOwnToolIsFound(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, e engine) {
		db := e.open(t, e.empty(t))
		store := e.on(t, db)
		execute(t, db, script(t, e, 0, 1))
		misfit(t, store.Validate(t.Context()), "Validate", sqlstore.ErrSchemaOlder)
		execute(t, db, script(t, e, 1, 2))
		require.NoError(t, store.Validate(t.Context()))
		require.NoError(t, store.Migrate(t.Context()))
	})
}

func TestAnOlderSchemaIsBroughtUpWithWhatItHolds(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, e engine) {
		db := e.open(t, e.empty(t))
		store := e.on(t, db)
		execute(t, db, script(t, e, 0, 1))
		require.NoError(t, store.SaveAccount(t.Context(), account("a1")))
		require.NoError(t, store.Migrate(t.Context()))
		require.NoError(t, store.Validate(t.Context()))
		_, err := store.Account(t.Context(), "a1")
		require.NoError(t, err)
	})
}

func TestASchemaThatDoesNotFitIsRefusedAndLeftAlone(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name string
		from int // version that is there
		with string
		kind error
	}{
		{"a newer schema", 2, "INSERT INTO billhatch_schema (version) VALUES (3)", sqlstore.ErrSchemaNewer},
		{"a version that was left out", 2, "DELETE FROM billhatch_schema WHERE version = 1", sqlstore.ErrSchemaDamaged},
		{"a table that is gone", 2, "DROP TABLE billhatch_daily", sqlstore.ErrSchemaDamaged},
		{"a version whose number was never written", 2, "DELETE FROM billhatch_schema WHERE version = 2", sqlstore.ErrSchemaDamaged},
		{"a version that was half applied", 1, "CREATE TABLE billhatch_audit (x TEXT)", sqlstore.ErrSchemaDamaged},
		{"the first version, half applied", 0, "CREATE TABLE billhatch_schema (version INTEGER)", sqlstore.ErrSchemaDamaged},
		{"a table of the first version alone", 0, "CREATE TABLE billhatch_accounts (account_id TEXT)", sqlstore.ErrSchemaDamaged},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			each(t, func(t *testing.T, e engine) {
				db := e.open(t, e.empty(t))
				store := e.on(t, db)
				if tc.from > 0 {
					execute(t, db, script(t, e, 0, tc.from))
				}
				execute(t, db, tc.with)
				before := tables(t, e, db)
				misfit(t, store.Validate(t.Context()), "Validate", tc.kind)
				misfit(t, store.Migrate(t.Context()), "Migrate", tc.kind)
				require.Equal(t, before, tables(t, e, db))
			})
		})
	}
}

func TestManyMigrateAtOnceAndOneDoes(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, e engine) {
		dsn := e.empty(t)
		errs := make(chan error)
		const programs = 8
		for range programs {
			store := e.on(t, e.open(t, dsn))
			go func() { errs <- store.Migrate(context.Background()) }()
		}
		for range programs {
			require.NoError(t, <-errs)
		}
		require.NoError(t, e.on(t, e.open(t, dsn)).Validate(t.Context()))
	})
}

// A migration that fails, wherever it does, leaves the database as it was.
func TestAMigrationIsAppliedWholeOrNotAtAll(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, e engine) {
		count, db := e.spoil(t, e.empty(t))
		require.NoError(t, e.on(t, db).Migrate(t.Context()))
		points := count.count()
		require.Greater(t, points, 2)
		for _, w := range e.wrongs() {
			for n := 1; n <= points; n++ {
				dsn := e.empty(t)
				plain := e.open(t, dsn)
				faulty, db := e.spoil(t, dsn)
				faulty.arm(n, w.how)
				store := e.on(t, db)
				err := store.Migrate(t.Context())
				if there := tables(t, e, plain); there == 0 {
					require.Error(t, err)
				} else {
					require.NoError(t, e.on(t, plain).Validate(t.Context()))
				}
				faulty.arm(0, nil)
				require.NoError(t, store.Migrate(t.Context()), "again")
			}
		}
	})
}

func TestAMigrationThatTheDatabaseRefusesInTheMiddleLeavesNothing(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, e engine) {
		db := e.open(t, e.empty(t))
		execute(t, db, "CREATE TABLE host (x INTEGER)")
		execute(t, db, "CREATE INDEX billhatch_inbox_waiting ON host (x)") // the last but one statement wants this name
		err := e.on(t, db).Migrate(t.Context())
		refused(t, err, "Migrate", provider.ErrMisconfigured)
		require.Zero(t, tables(t, e, db))
	})
}

func TestTwoPrefixesInOneDatabaseAreTwoStores(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, e engine) {
		db := e.open(t, e.empty(t))
		one := e.on(t, db, func(c *sqlstore.Config) { c.Prefix = "one_" })
		two := e.on(t, db, func(c *sqlstore.Config) { c.Prefix = "two_" })
		require.NoError(t, one.Migrate(t.Context()))
		misfit(t, two.Validate(t.Context()), "Validate", sqlstore.ErrSchemaOlder)
		require.NoError(t, two.Migrate(t.Context()))
		seed(t, one)
		_, err := one.Account(t.Context(), "a1")
		require.NoError(t, err)
		_, err = two.Account(t.Context(), "a1")
		require.ErrorIs(t, err, provider.ErrNotFound)
		require.NoError(t, two.Validate(t.Context()))
	})
}

func TestADatabaseThatIsNotSetUpIsRefused(t *testing.T) {
	t.Parallel()
	for name, params := range map[string]string{
		"without a busy_timeout": "?_pragma=journal_mode(WAL)",
		"without WAL":            "?_pragma=busy_timeout(5000)&_pragma=journal_mode(DELETE)",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := engines()[0]
			store := e.on(t, e.open(t, "file:"+filepath.Join(t.TempDir(), "billing.db")+params))
			require.NoError(t, store.Migrate(t.Context()))
			misfit(t, store.Validate(t.Context()), "Validate", sqlstore.ErrSetup)
		})
	}
}

func TestADatabaseThatCanOnlyBeReadIsReadAndRefusesWrites(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, e engine) {
		dsn := e.ready(t)
		seed(t, e.on(t, e.open(t, dsn)))
		readOnly := dsn + " default_transaction_read_only=on"
		if e.dialect == sqlstore.SQLite {
			readOnly = strings.Replace(dsn, "?", "?mode=ro&", 1)
		}
		db := e.open(t, readOnly)
		store, before := e.on(t, db), dump(t, db)
		for _, c := range calls() {
			err := c.do(t.Context(), store)
			if c.write {
				refused(t, err, c.op, provider.ErrUnavailable)
			} else {
				require.NoError(t, err, c.op)
			}
		}
		require.Equal(t, before, dump(t, db))
	})
}

// Without tables, as when the prefix is wrong, everything is misconfigured, and nothing is empty or not found.
func TestWithoutASchemaNothingIsAnswered(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, e engine) {
		store := e.on(t, e.open(t, e.empty(t)))
		for _, c := range calls() {
			if c.op != "Validate" { // it says more
				refused(t, c.do(t.Context(), store), c.op, provider.ErrMisconfigured)
			}
		}
	})
}

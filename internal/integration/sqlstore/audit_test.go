package sqlstore_test

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/provider/sqlstore"
)

// trail writes so many entries of an account.
func trail(t *testing.T, store *sqlstore.Store, account string, from, to int) {
	t.Helper()
	for i := from; i <= to; i++ {
		e := entry(account, fmt.Sprintf("%s-%d", account, i))
		e.Purpose, e.Request = "checking the March invoice", "req-1"
		_, err := store.Append(t.Context(), e)
		require.NoError(t, err)
	}
}

// breaks wants a trail to break at an entry.
func breaks(t *testing.T, store *sqlstore.Store, account string, sequence int64, heads ...sqlstore.AuditHead) {
	t.Helper()
	_, err := store.VerifyAudit(t.Context(), account, heads...)
	var chain *sqlstore.ChainError
	require.ErrorAs(t, err, &chain)
	require.Equal(t, sequence, chain.Sequence, chain.Reason)
	require.Equal(t, account, chain.Account)
	refused(t, err, "VerifyAudit", provider.ErrConflict)
	require.NotContains(t, chain.Error(), "March")
}

func TestADatabaseRefusesToChangeWhatNeverChanges(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, e engine) {
		store, db := e.store(t)
		seed(t, store)
		before := dump(t, db)
		queries := []string{
			"UPDATE billhatch_audit SET actor = 'nobody'", "DELETE FROM billhatch_audit",
			"UPDATE billhatch_statements SET revision = 2", "DELETE FROM billhatch_statements",
		}
		if e.dialect == sqlstore.PostgreSQL {
			queries = append(queries, "TRUNCATE billhatch_audit", "TRUNCATE billhatch_statements")
		}
		for _, query := range queries {
			_, err := db.ExecContext(t.Context(), query)
			require.ErrorContains(t, err, "never change", query)
		}
		require.Equal(t, before, dump(t, db))
	})
}

// (C17) One changed byte is found, at its entry, in whichever column it is.
func TestOneChangedByteIsFoundAtItsEntry(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, e engine) {
		store, db := e.store(t)
		trail(t, store, "a1", 1, 6)
		trail(t, store, "a2", 1, 3)
		for _, q := range e.unguard {
			execute(t, db, q)
		}
		head, err := store.VerifyAudit(t.Context(), "a1")
		require.NoError(t, err)
		require.EqualValues(t, 6, head.Sequence)
		at := "at + 1"
		if e.dialect == sqlstore.PostgreSQL {
			at = "at + interval '1 microsecond'"
		}
		for column, changed := range map[string]string{
			"entry_id": "'b' || substr(entry_id, 2)", "at": at, "actor": "'user-2'", "action": "'invoice.Read'", "target": "'in_2'",
			"purpose": "'checking the march invoice'", "outcome": "'failed'", "request": "''", "hash": "(SELECT hash FROM billhatch_audit WHERE account_id = 'a2' AND sequence = 1)",
		} {
			for sequence := int64(1); sequence <= 6; sequence += 5 {
				where := fmt.Sprintf(" WHERE account_id = 'a1' AND sequence = %d", sequence)
				var old any
				require.NoError(t, db.QueryRowContext(t.Context(), "SELECT "+column+" FROM billhatch_audit"+where).Scan(&old))
				execute(t, db, "UPDATE billhatch_audit SET "+column+" = "+changed+where)
				breaks(t, store, "a1", sequence)
				placeholder := map[sqlstore.Dialect]string{sqlstore.SQLite: "?", sqlstore.PostgreSQL: "$1"}[e.dialect]
				_, err := db.ExecContext(t.Context(), "UPDATE billhatch_audit SET "+column+" = "+placeholder+where, old) //nolint:gosec // the test's own texts
				require.NoError(t, err)
				_, err = store.VerifyAudit(t.Context(), "a1", head)
				require.NoError(t, err, "as it was")
			}
		}
		_, err = store.VerifyAudit(t.Context(), "a2")
		require.NoError(t, err, "the trail of another account")
	})
}

func TestEntriesThatAreTakenOutOrAddedAreFound(t *testing.T) {
	t.Parallel()
	const copyEntry = `INSERT INTO billhatch_audit SELECT account_id, sequence + 1, 'made up', at, actor, action, target, purpose,
		outcome, request, hash FROM billhatch_audit WHERE account_id = 'a1' AND sequence = 5`
	for _, tc := range []struct {
		name string
		do   string
		want int64
	}{
		{"the first entry", "DELETE FROM billhatch_audit WHERE account_id = 'a1' AND sequence = 1", 1},
		{"an entry in the middle", "DELETE FROM billhatch_audit WHERE account_id = 'a1' AND sequence = 3", 3},
		{"the last entry", "DELETE FROM billhatch_audit WHERE account_id = 'a1' AND sequence = 5", 5},
		{"the last two entries", "DELETE FROM billhatch_audit WHERE account_id = 'a1' AND sequence >= 4", 4},
		{"all entries", "DELETE FROM billhatch_audit WHERE account_id = 'a1'", 1},
		{"the last entries with the head moved back", `DELETE FROM billhatch_audit WHERE account_id = 'a1' AND sequence >= 4;
			UPDATE billhatch_audit_heads SET sequence = 3, hash = (SELECT hash FROM billhatch_audit WHERE account_id = 'a1' AND sequence = 3)
			WHERE account_id = 'a1'`, 4},
		{"the head", "DELETE FROM billhatch_audit_heads WHERE account_id = 'a1'", 6},
		{"an entry added behind", copyEntry, 6},
		{"an entry moved to another account", "UPDATE billhatch_audit SET account_id = 'a2', sequence = 1 WHERE account_id = 'a1' AND sequence = 2", 2},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			each(t, func(t *testing.T, e engine) {
				store, db := e.store(t)
				trail(t, store, "a1", 1, 5)
				for _, q := range e.unguard {
					execute(t, db, q)
				}
				execute(t, db, tc.do)
				breaks(t, store, "a1", tc.want)
			})
		})
	}
}

func TestATrailWhoseEndWasMovedIsNotWrittenTo(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, e engine) {
		store, db := e.store(t)
		trail(t, store, "a1", 1, 5)
		kept, err := store.VerifyAudit(t.Context(), "a1")
		require.NoError(t, err)
		for _, q := range e.unguard {
			execute(t, db, q)
		}
		execute(t, db, "DELETE FROM billhatch_audit WHERE account_id = 'a1' AND sequence >= 4")
		execute(t, db, `UPDATE billhatch_audit_heads SET sequence = 3,
			hash = (SELECT hash FROM billhatch_audit WHERE account_id = 'a1' AND sequence = 3) WHERE account_id = 'a1'`)
		_, err = store.Append(t.Context(), entry("a1", "next"))
		var chain *sqlstore.ChainError
		require.ErrorAs(t, err, &chain)
		refused(t, err, "Append", provider.ErrConflict)

		end, err := store.SealAudit(t.Context(), "a1")
		require.NoError(t, err)
		require.EqualValues(t, 3, end.Sequence)
		trail(t, store, "a1", 10, 14)
		_, err = store.VerifyAudit(t.Context(), "a1")
		require.NoError(t, err, "the entries that were cut off are forgotten")
		breaks(t, store, "a1", 5, kept) // but not by those who have kept the end
		_, err = store.VerifyAudit(t.Context(), "a1", sqlstore.AuditHead{Account: "a2", Sequence: 99})
		require.NoError(t, err, "the end of another account does not matter")
	})
}

func TestAnEndThatWasKeptOutsideFindsATrailThatWasBroughtBackWithItsSeal(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, e engine) {
		store, db := e.store(t)
		trail(t, store, "a1", 1, 3)
		var hash, seal []byte
		require.NoError(t, db.QueryRowContext(t.Context(), "SELECT hash, seal FROM billhatch_audit_heads").Scan(&hash, &seal))
		trail(t, store, "a1", 4, 6)
		kept, err := store.VerifyAudit(t.Context(), "a1")
		require.NoError(t, err)
		for _, q := range e.unguard {
			execute(t, db, q)
		}
		execute(t, db, "DELETE FROM billhatch_audit WHERE sequence > 3")
		query := "UPDATE billhatch_audit_heads SET sequence = 3, hash = ?, seal = ?"
		if e.dialect == sqlstore.PostgreSQL {
			query = "UPDATE billhatch_audit_heads SET sequence = 3, hash = $1, seal = $2"
		}
		_, err = db.ExecContext(t.Context(), query, hash, seal)
		require.NoError(t, err)
		_, err = store.VerifyAudit(t.Context(), "a1")
		require.NoError(t, err, "the database alone cannot know")
		breaks(t, store, "a1", 4, kept)
	})
}

func TestATrailOutlivesItsKey(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, e engine) {
		store, db := e.store(t)
		trail(t, store, "a1", 1, 2)
		next := []byte(strings.Repeat("n", 32))
		both := e.on(t, db, func(c *sqlstore.Config) { c.Keys = [][]byte{next, key()} })
		_, err := both.VerifyAudit(t.Context(), "a1")
		require.NoError(t, err)
		only := e.on(t, db, func(c *sqlstore.Config) { c.Keys = [][]byte{next} })
		breaks(t, only, "a1", 3)
		trail(t, both, "a1", 3, 3) // seals the end with the new key
		_, err = only.VerifyAudit(t.Context(), "a1")
		require.NoError(t, err)
	})
}

func TestATrailThatIsLongerThanAPageIsVerifiedToItsEnd(t *testing.T) {
	t.Parallel()
	e := engines()[0]
	store, db := e.store(t)
	tx, err := db.BeginTx(t.Context(), nil)
	require.NoError(t, err)
	const entries = 4096 + 1
	trail(t, store.In(tx), "a1", 1, entries)
	require.NoError(t, tx.Commit())
	head, err := store.VerifyAudit(t.Context(), "a1")
	require.NoError(t, err)
	require.EqualValues(t, entries, head.Sequence)
	for _, q := range e.unguard {
		execute(t, db, q)
	}
	execute(t, db, fmt.Sprintf("UPDATE billhatch_audit SET actor = '' WHERE sequence = %d", entries))
	breaks(t, store, "a1", entries)
}

func TestNothingIsVerifiedOfAnAccountThatHasDoneNothing(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, e engine) {
		store, _ := e.store(t)
		head, err := store.VerifyAudit(t.Context(), "a1")
		require.NoError(t, err)
		require.Equal(t, sqlstore.AuditHead{Account: "a1"}, head)
		_, err = store.VerifyAudit(t.Context(), "")
		refused(t, err, "VerifyAudit", provider.ErrInvalid)
	})
}

// hostTx runs something in a transaction of the host.
func hostTx(t *testing.T, db *sql.DB, commit bool, do func(tx *sql.Tx)) {
	t.Helper()
	tx, err := db.BeginTx(context.Background(), nil)
	require.NoError(t, err)
	do(tx)
	if commit {
		require.NoError(t, tx.Commit())
		return
	}
	require.NoError(t, tx.Rollback())
}

// What is written in a transaction of the host stands or falls with it.
func TestWritesJoinTheTransactionOfTheHost(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, e engine) {
		for _, c := range calls() {
			t.Run(c.op, func(t *testing.T) {
				t.Parallel()
				fixed := newClock()
				db := e.open(t, e.ready(t))
				store := e.on(t, db, func(cfg *sqlstore.Config) { cfg.Clock = fixed.Now })
				seed(t, store)
				before := dump(t, db)
				hostTx(t, db, false, func(tx *sql.Tx) {
					require.NoError(t, c.do(t.Context(), store.In(tx)))
					_, err := tx.ExecContext(t.Context(), "INSERT INTO billhatch_assignments VALUES ('a2', 'the host')")
					require.NoError(t, err)
				})
				require.Equal(t, before, dump(t, db), "rolled back")
				hostTx(t, db, true, func(tx *sql.Tx) { require.NoError(t, c.do(t.Context(), store.In(tx))) })
				together := dump(t, db)
				require.Equal(t, c.write, before != together)
				e.clear(t, db)
				seed(t, store)
				require.NoError(t, c.do(t.Context(), store))
				require.Equal(t, dump(t, db), together, "the same as without a transaction of the host")
			})
		}
	})
}

// A refusal of the store leaves the transaction of the host as good as it was.
func TestARefusalDoesNotSpoilTheTransactionOfTheHost(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, e engine) {
		store, db := e.store(t)
		seed(t, store)
		hostTx(t, db, true, func(tx *sql.Tx) {
			view := store.In(tx)
			for _, err := range []error{
				view.Freeze(t.Context(), frozen("a2", "another body")),
				view.SaveAccount(t.Context(), provider.Account{}),
				view.RemoveTenant(t.Context(), "a1", "nobody"),
				func() error {
					_, err := view.Append(t.Context(), entry("a2", "entry-1"))
					return err
				}(),
				func() error {
					_, err := view.Put(t.Context(), provider.Closing{Key: key1("a2"), State: provider.Planned})
					return err
				}(),
			} {
				require.Error(t, err)
			}
			require.NoError(t, view.SaveAccount(t.Context(), account("a9")))
		})
		_, err := store.Account(t.Context(), "a9")
		require.NoError(t, err)
	})
}

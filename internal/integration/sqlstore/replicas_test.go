package sqlstore_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/adapters/pgxcopy"
	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/provider/sqlstore"
)

// replicas are stores of one database with pools of their own, as programs on several machines have them.
func replicas(t *testing.T, e engine, n int) []*sqlstore.Store {
	t.Helper()
	dsn := e.ready(t)
	out := make([]*sqlstore.Store, n)
	for i := range out {
		out[i] = e.on(t, e.open(t, dsn))
	}
	return out
}

// together runs so many at once, and gives their errors.
func together(n int, do func(i int) error) []error {
	errs := make([]error, n)
	var wg sync.WaitGroup
	start := make(chan struct{})
	for i := range n {
		wg.Go(func() {
			<-start
			errs[i] = do(i)
		})
	}
	close(start)
	wg.Wait()
	return errs
}

// The database's clock is that of all replicas: one of them holds a lease at a time, and the ledger counts every write.
func TestOfManyReplicasOneHoldsALease(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, e engine) {
		for _, closers := range []int{2, 8, 64} {
			t.Run(fmt.Sprintf("%d closers", closers), func(t *testing.T) {
				t.Parallel()
				stores := replicas(t, e, 4)
				seed(t, stores[0])
				key := key1("a1")
				errs := together(closers, func(i int) error {
					_, err := stores[i%4].Put(context.Background(), provider.Closing{
						Key: key, State: provider.Planned, Owner: fmt.Sprintf("worker-%d", i), Lease: time.Hour,
					})
					return err
				})
				won := 0
				for _, err := range errs {
					if err == nil {
						won++
						continue
					}
					refused(t, err, "Put", provider.ErrConflict)
				}
				require.Equal(t, 1, won)
				held, err := stores[1].Closing(t.Context(), key)
				require.NoError(t, err)
				require.Equal(t, time.Hour, held.Until.Sub(held.UpdatedAt))
				require.WithinDuration(t, time.Now(), held.UpdatedAt, 10*time.Minute)
				other := held
				other.Owner = "another worker"
				_, err = stores[2].Put(t.Context(), other)
				refused(t, err, "Put", provider.ErrConflict)
			})
		}
	})
}

// A lease that runs out by the clock of the database is free for the next one.
func TestALeaseEndsByTheClockOfTheDatabase(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, e engine) {
		stores := replicas(t, e, 2)
		c, err := stores[0].Put(t.Context(), provider.Closing{Key: key1("a1"), State: provider.Planned, Owner: "one", Lease: 50 * time.Millisecond})
		require.NoError(t, err)
		c.Owner = "other"
		require.Eventually(t, func() bool {
			_, err := stores[1].Put(context.Background(), c)
			if err != nil && !errors.Is(err, provider.ErrConflict) {
				t.Error(err)
			}
			return err == nil
		}, time.Minute, 10*time.Millisecond)
	})
}

// Entries of one account that come through several replicas are one chain.
func TestManyReplicasWriteOneTrail(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, e engine) {
		stores := replicas(t, e, 4)
		const writers, each = 16, 8
		for _, err := range together(writers, func(i int) error {
			for n := range each {
				if _, err := stores[i%4].Append(context.Background(), entry("a1", fmt.Sprintf("%d-%d", i, n))); err != nil {
					return err
				}
			}
			return nil
		}) {
			require.NoError(t, err)
		}
		head, err := stores[0].VerifyAudit(t.Context(), "a1")
		require.NoError(t, err)
		require.EqualValues(t, writers*each, head.Sequence)
		page, err := stores[3].Audit(t.Context(), provider.AuditQuery{Account: "a1", Limit: 1})
		require.NoError(t, err)
		require.WithinDuration(t, time.Now(), page.Entries[0].At, 10*time.Minute)
		next, err := stores[1].Audit(t.Context(), provider.AuditQuery{Account: "a1", Limit: 1, Cursor: page.Next})
		require.NoError(t, err, "the cursor of another replica")
		require.Equal(t, page.Entries[0].Sequence-1, next.Entries[0].Sequence)
	})
}

func TestAnEntryWithNanosecondsIsFoundByTheTimeItWasWrittenWith(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, e engine) {
		store, _ := e.store(t)
		at := time.Date(2026, time.November, 3, 9, 30, 0, 123456789, time.UTC)
		want := entry("a1", "e1")
		want.At = at
		got, err := store.Append(t.Context(), want)
		require.NoError(t, err)
		require.Equal(t, at.Truncate(time.Microsecond), got.At)
		again, err := store.Append(t.Context(), want)
		require.NoError(t, err)
		require.Equal(t, got, again)
		count := func(from, to time.Time) int {
			page, err := store.Audit(t.Context(), provider.AuditQuery{Account: "a1", From: from, To: to, Limit: 10})
			require.NoError(t, err)
			return len(page.Entries)
		}
		require.Equal(t, 1, count(got.At, got.At.Add(time.Nanosecond)), "its microsecond")
		require.Zero(t, count(got.At.Add(time.Nanosecond), time.Time{}), "it was before")
		require.Zero(t, count(time.Time{}, got.At), "the end does not belong to it")
	})
}

func TestABodyThatIsNoLongerTheFrozenOneIsNotGiven(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, e engine) {
		store, db := e.store(t)
		seed(t, store)
		execute(t, db, map[sqlstore.Dialect]string{
			sqlstore.SQLite:     "DROP TRIGGER billhatch_statements_stay_update",
			sqlstore.PostgreSQL: "ALTER TABLE billhatch_statements DISABLE TRIGGER ALL",
		}[e.dialect])
		for _, change := range []string{"SET hash = 'sha256:00'", "SET packed = (1 = 1)"} {
			execute(t, db, "UPDATE billhatch_statements "+change)
			_, err := store.Statement(t.Context(), key1("a2"))
			refused(t, err, "Statement", provider.ErrMisconfigured)
		}
	})
}

func TestAConfigurationThatCannotWorkIsRefused(t *testing.T) {
	t.Parallel()
	e := engines()[0]
	db := e.open(t, e.empty(t))
	good := func() sqlstore.Config {
		return sqlstore.Config{Dialect: sqlstore.SQLite, Keys: [][]byte{key()}}
	}
	for name, change := range map[string]func(*sqlstore.Config){
		"no dialect":             func(c *sqlstore.Config) { c.Dialect = "" },
		"an unknown dialect":     func(c *sqlstore.Config) { c.Dialect = "mysql" },
		"no key":                 func(c *sqlstore.Config) { c.Keys = nil },
		"a key that is short":    func(c *sqlstore.Config) { c.Keys = [][]byte{key(), key()[:31]} },
		"a prefix with a quote":  func(c *sqlstore.Config) { c.Prefix = `a"` },
		"a prefix in capitals":   func(c *sqlstore.Config) { c.Prefix = "App_" },
		"a prefix that is long":  func(c *sqlstore.Config) { c.Prefix = "abcdefghijklmnopqrstuvwxyzabcde" },
		"COPY for a SQLite file": func(c *sqlstore.Config) { c.Copy = pgxcopy.From },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg := good()
			change(&cfg)
			_, err := sqlstore.Open(db, cfg)
			refused(t, err, "Open", provider.ErrInvalid)
		})
	}
	_, err := sqlstore.Open(nil, good())
	refused(t, err, "Open", provider.ErrInvalid)
	store, err := sqlstore.Open(db, good())
	require.NoError(t, err)
	require.Equal(t, "sqlite", store.Name())
}

package sqlstore_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/provider/sqlstore"
)

// bench is a database on which one call after the other goes wrong.
type bench struct {
	engine
	faulty *faulty
	store  *sqlstore.Store
	dump   func() string
	reset  func() // to what seed has made
}

func (e engine) bench(t *testing.T) *bench {
	t.Helper()
	dsn := e.ready(t)
	plain := e.open(t, dsn)
	c := newClock()
	fixed := func(cfg *sqlstore.Config) { cfg.Clock = c.Now }
	b := &bench{engine: e, dump: func() string { return dump(t, plain) }}
	faulty, db := e.spoil(t, dsn)
	b.faulty, b.store = faulty, e.on(t, db, fixed)
	b.reset = func() {
		e.clear(t, plain)
		seed(t, e.on(t, plain, fixed))
	}
	b.reset()
	return b
}

// wrong is a way in which a call to the database goes wrong.
type wrong struct {
	name string
	how  fault
	// certain: nobody can be in doubt whether the call has happened.
	certain bool
	kinds   []error // that a store may make of it
}

func (e engine) wrongs() []wrong {
	list := []wrong{
		{"the connection is lost before", lostBefore, false, []error{provider.ErrUnavailable, provider.ErrUnknown}},
		{"the connection is lost after", lostAfter, false, []error{provider.ErrUnavailable, provider.ErrUnknown}},
	}
	if e.dialect == sqlstore.SQLite {
		return append(list,
			wrong{"the database is busy", refuses(&code{5}), true, []error{provider.ErrUnavailable}},
			wrong{"the disk is full", refuses(&code{13}), true, []error{provider.ErrUnavailable}})
	}
	return append(list,
		wrong{"the transaction has to give way", refuses(&answer{"40001"}), true, []error{provider.ErrUnavailable}},
		wrong{"the disk is full", refuses(&answer{"53100"}), true, []error{provider.ErrUnavailable}})
}

// refused wants an error of the closed set, named like the operation, that shows nothing of the database.
func refused(t *testing.T, err error, op string, kinds ...error) {
	t.Helper()
	var e *provider.Error
	require.ErrorAs(t, err, &e)
	require.Equal(t, op, e.Op)
	require.Contains(t, kinds, e.Kind, "%s", err)
	require.NotContains(t, err.Error(), "canary")
	require.NotContains(t, err.Error(), "billhatch_")
}

// Whatever goes wrong at whichever point of a call: a write has happened whole or not at all, the answer never says the
// wrong one of the two, and the same call again makes it right.
func TestEveryCallGoesWrongAtEveryPoint(t *testing.T) {
	if testing.Short() {
		t.Skip("not under the race detector")
	}
	t.Parallel()
	each(t, func(t *testing.T, e engine) {
		for _, c := range calls() {
			t.Run(c.op, func(t *testing.T) {
				t.Parallel()
				b := e.bench(t)
				before := b.dump()
				b.faulty.arm(0, nil)
				require.NoError(t, c.do(t.Context(), b.store))
				points, after := b.faulty.count(), b.dump()
				require.NotZero(t, points)
				require.Equal(t, c.write, before != after, "whether anything has changed")
				for _, w := range e.wrongs() {
					for n := 1; n <= points; n++ {
						if b.dump() != before {
							b.reset()
						}
						b.faulty.arm(n, w.how)
						err := c.do(t.Context(), b.store)
						hit, what := b.faulty.happened()
						require.True(t, hit)
						b.judge(t, &c, &w, what, err, before, after)
						b.faulty.arm(0, nil)
						if b.dump() == before {
							require.NoError(t, c.do(t.Context(), b.store), "again, after %s at %s", w.name, what)
						}
						require.Equal(t, after, b.dump(), "again, after %s at %s", w.name, what)
					}
				}
			})
		}
	})
}

// judge compares what a call has said with what it has done.
func (b *bench) judge(t *testing.T, c *call, w *wrong, what string, err error, before, after string) {
	t.Helper()
	now := b.dump()
	require.Contains(t, []string{before, after}, now, "%s at %s left half of it", w.name, what)
	switch {
	case err == nil:
		require.Equal(t, after, now, "%s at %s: said to be done", w.name, what)
		return
	case c.write && w.certain || !errors.Is(err, provider.ErrUnknown):
		require.Equal(t, before, now, "%s at %s: said not to be done: %v", w.name, what, err)
	}
	refused(t, err, c.op, w.kinds...)
	if !c.write {
		require.NotErrorIs(t, err, provider.ErrUnknown, "a read has no outcome to be in doubt about")
	}
}

// A context that is done at any point of a call ends it: with provider.ErrTimeout and nothing done, or when the end was
// already certain, with success.
func TestAContextIsDoneAtEveryPoint(t *testing.T) {
	if testing.Short() {
		t.Skip("not under the race detector")
	}
	t.Parallel()
	each(t, func(t *testing.T, e engine) {
		for _, c := range calls() {
			t.Run(c.op, func(t *testing.T) {
				t.Parallel()
				b := e.bench(t)
				before := b.dump()
				b.faulty.arm(0, nil)
				require.NoError(t, c.do(t.Context(), b.store))
				points, after := b.faulty.count(), b.dump()
				for n := 1; n <= points; n++ {
					if b.dump() != before {
						b.reset()
					}
					ctx, cancel := context.WithCancel(t.Context())
					b.faulty.arm(n, func(_ *faultyConn, call func() error) error {
						cancel()
						return call()
					})
					err := c.do(ctx, b.store)
					cancel()
					_, what := b.faulty.happened()
					b.faulty.arm(0, nil)
					if err == nil {
						require.Equal(t, after, b.dump(), "cancelled at %s", what)
						continue
					}
					refused(t, err, c.op, provider.ErrTimeout)
					require.Equal(t, before, b.dump(), "cancelled at %s", what)
				}
			})
		}
	})
}

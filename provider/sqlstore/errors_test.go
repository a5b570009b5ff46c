package sqlstore

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/provider"
)

type pgError string

func (e pgError) Error() string {
	return "ERROR: duplicate key (ada@example.com), SQLSTATE " + string(e)
}
func (e pgError) SQLState() string { return string(e) }

type liteError int

func (e liteError) Error() string { return fmt.Sprint("ada@example.com ", int(e)) }
func (e liteError) Code() int     { return int(e) }

func TestErrorsOfADriverBecomeThoseOfTheClosedSet(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name  string
		err   error
		kind  error
		again bool // a write is tried again
	}{
		{"a connection that is gone before it is used", driver.ErrBadConn, provider.ErrUnavailable, true},
		{"an error of nobody knows what", errors.New("ada@example.com"), provider.ErrUnavailable, false},
		{"a deadline within the driver", context.DeadlineExceeded, provider.ErrTimeout, false},
		{"PostgreSQL: unique violation", pgError("23505"), provider.ErrConflict, false},
		{"PostgreSQL: what is referred to is gone", pgError("23503"), provider.ErrConflict, false},
		{"PostgreSQL: a row that never changes", pgError("23001"), provider.ErrConflict, false},
		{"PostgreSQL: check violation", pgError("23514"), provider.ErrInvalid, false},
		{"PostgreSQL: text that cannot be stored", pgError("22021"), provider.ErrInvalid, false},
		{"PostgreSQL: a key that is too long for an index", pgError("54000"), provider.ErrInvalid, false},
		{"PostgreSQL: serialization failure", pgError("40001"), provider.ErrUnavailable, true},
		{"PostgreSQL: deadlock", pgError("40P01"), provider.ErrUnavailable, true},
		{"PostgreSQL: lock not available", pgError("55P03"), provider.ErrUnavailable, true},
		{"PostgreSQL: too many connections", pgError("53300"), provider.ErrUnavailable, false},
		{"PostgreSQL: disk full", pgError("53100"), provider.ErrUnavailable, false},
		{"PostgreSQL: read-only transaction", pgError("25006"), provider.ErrUnavailable, false},
		{"PostgreSQL: the server shuts down", pgError("57P01"), provider.ErrUnavailable, true},
		{"PostgreSQL: connection failure", pgError("08006"), provider.ErrUnavailable, true},
		{"PostgreSQL: statement timeout", pgError("57014"), provider.ErrTimeout, false},
		{"PostgreSQL: a table that is not there", pgError("42P01"), provider.ErrMisconfigured, false},
		{"PostgreSQL: no rights", pgError("42501"), provider.ErrMisconfigured, false},
		{"PostgreSQL: a password that is not accepted", pgError("28P01"), provider.ErrMisconfigured, false},
		{"PostgreSQL: a state that is cut", pgError("4"), provider.ErrUnavailable, false},
		{"SQLite: busy", liteError(5), provider.ErrUnavailable, true},
		{"SQLite: busy, a snapshot that is too old", liteError(517), provider.ErrUnavailable, true},
		{"SQLite: locked", liteError(6), provider.ErrUnavailable, true},
		{"SQLite: read-only", liteError(8), provider.ErrUnavailable, false},
		{"SQLite: interrupted", liteError(9), provider.ErrTimeout, false},
		{"SQLite: full", liteError(13), provider.ErrUnavailable, false},
		{"SQLite: an error of the disk", liteError(10 | 3<<8), provider.ErrUnavailable, false},
		{"SQLite: a table that is not there", liteError(1), provider.ErrMisconfigured, false},
		{"SQLite: no database", liteError(26), provider.ErrMisconfigured, false},
		{"SQLite: unique violation", liteError(2067), provider.ErrConflict, false},
		{"SQLite: primary key violation", liteError(1555), provider.ErrConflict, false},
		{"SQLite: foreign key violation", liteError(787), provider.ErrConflict, false},
		{"SQLite: check violation", liteError(275), provider.ErrInvalid, false},
		{"SQLite: a trigger that refuses", liteError(1811), provider.ErrInvalid, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			err := fail(t.Context(), "Put", tc.err)
			require.Equal(t, "provider: Put: "+tc.kind.Error(), err.Error(), "nothing of the database shows")
			require.True(t, provider.IsKind(err, tc.kind))
			require.ErrorIs(t, err, tc.err, "the cause is found")
			require.Equal(t, tc.again, transient(tc.err))
		})
	}
}

func TestACommitWithoutAnAnswerIsUnknownAndOneThatIsRefusedIsNot(t *testing.T) {
	t.Parallel()
	lost := fail(t.Context(), "Put", settled(errors.New("connection reset")))
	require.True(t, provider.IsKind(lost, provider.ErrUnknown))
	require.False(t, transient(settled(driver.ErrBadConn)), "it is not tried again")
	for _, gone := range []error{pgError("08007"), pgError("57P02")} {
		require.True(t, provider.IsKind(fail(t.Context(), "Put", settled(gone)), provider.ErrUnknown), "%v", gone)
	}
	require.True(t, provider.IsKind(fail(t.Context(), "Put", settled(pgError("40001"))), provider.ErrUnavailable))
	require.True(t, transient(settled(pgError("40001"))), "it is tried again")
}

func TestAContextThatIsDoneIsATimeoutWhateverTheDriverSays(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := fail(ctx, "Put", pgError("53300"))
	require.True(t, provider.IsKind(err, provider.ErrTimeout))
	require.ErrorIs(t, err, context.Canceled)
	err = fail(ctx, "Put", settled(driver.ErrBadConn))
	require.True(t, provider.IsKind(err, provider.ErrUnknown), "but a commit that got no answer stays unknown")
}

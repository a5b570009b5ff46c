package sqlstore_test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// When the server has ended all connections, as after a restart, the pool still holds them: every call finds a new one by
// itself.
func TestCallsOutliveTheirConnections(t *testing.T) {
	t.Parallel()
	e := engines()[1]
	dsn := e.ready(t)
	db := e.open(t, dsn)
	store := e.on(t, db)
	other := e.open(t, dsn)
	for _, c := range calls() {
		e.clear(t, other)
		seed(t, store)
		_, err := other.ExecContext(t.Context(), `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
			WHERE datname = current_database() AND pid <> pg_backend_pid()`)
		require.NoError(t, err)
		require.NoError(t, c.do(t.Context(), store), c.op)
	}
}

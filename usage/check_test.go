package usage_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/usage"
)

// check is what must hold for every statement that a test makes.
func check(t testing.TB, st *usage.Statement) {
	t.Helper()
	require.NoError(t, st.Verify())
}

package usage_test

import (
	"testing"

	"github.com/billhatch/billhatch/internal/agree"
	"github.com/billhatch/billhatch/usage"
)

// check is what must hold for every statement that a test makes: rows, groups, tenants, invoice, workbook and CSV agree,
// and all of them are the same for the statement after it was written and read.
func check(t testing.TB, st *usage.Statement) {
	t.Helper()
	agree.Check(t, st)
	sameDocuments(t, st, roundTrip(t, st))
}

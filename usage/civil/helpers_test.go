package civil_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/usage/civil"
)

// zone loads a time zone; the tests need a zone database on the machine.
func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	loc, err := civil.LoadZone(name)
	require.NoError(t, err)
	return loc
}

func sydney(t testing.TB) *time.Location { return zone(t, "Australia/Sydney") }

// date reads a date of a test; "" is the zero Date.
func date(t testing.TB, s string) civil.Date {
	t.Helper()
	var d civil.Date
	require.NoError(t, d.UnmarshalText([]byte(s)))
	return d
}

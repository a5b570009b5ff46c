package money_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/money"
)

// testdata/iso4217.json is written by testdata/gen/iso4217.js.
func TestISO4217(t *testing.T) {
	t.Parallel()
	var iso struct {
		Digits    map[string]int    `json:"digits"`
		Without   []string          `json:"without_minor_unit"`
		Added     map[string]int    `json:"added_since"`
		Withdrawn map[string]string `json:"withdrawn_since"`
	}
	readJSON(t, "testdata/iso4217.json", &iso)
	want := maps.Clone(iso.Digits)
	maps.Copy(want, iso.Added)
	got := map[string]int{}
	for _, code := range money.Currencies() {
		digits, ok := money.Exponent(code)
		require.True(t, ok)
		got[code] = digits
	}
	require.Equal(t, want, got)
	require.Equal(t, slices.Sorted(maps.Keys(want)), money.Currencies(), "the codes are sorted")
	for _, code := range iso.Without {
		_, ok := money.Exponent(code)
		require.False(t, ok, code)
	}
	for code := range iso.Withdrawn {
		_, ok := money.Exponent(code)
		require.True(t, ok, "%s: invoices of its time are still read", code)
	}
}

func TestCurrenciesReturnsACopy(t *testing.T) {
	t.Parallel()
	money.Currencies()[0] = "XXX"
	require.Equal(t, "AED", money.Currencies()[0])
}

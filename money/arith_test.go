package money_test

import (
	"math"
	"strings"
	"testing"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/money"
)

func TestAddSubAndCmpAreExact(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		a, b, sum, difference string
		cmp                   int
	}{
		"cents":                        {"0.10", "0.20", "0.30 USD", "-0.10 USD", -1},
		"a cent and a tenth of a cent": {"0.01", "0.001", "0.011 USD", "0.009 USD", 1},
		"digits that vanish":           {"0.005", "0.005", "0.01 USD", "0.00 USD", 0},
		"beyond int64 and back": {
			"92233720368547758.07", "0.01",
			"92233720368547758.08 USD", "92233720368547758.06 USD", 1,
		},
		"the smallest int64": {
			"-92233720368547758.08", "-92233720368547758.08",
			"-184467440737095516.16 USD", "0.00 USD", 0,
		},
		"a scale that does not fit in int64": {
			"9223372036854775", "0.000000000000000001",
			"9223372036854775.000000000000000001 USD", "9223372036854774.999999999999999999 USD", 1,
		},
		"two wide amounts": {
			"9999999999999999999999999999999999", "-9999999999999999999999999999999998",
			"1.00 USD", "19999999999999999999999999999999997.00 USD", 1,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a, b := usd(c.a), usd(c.b)
			sum, err := a.Add(b)
			require.NoError(t, err)
			requireAmount(t, c.sum, sum)
			order, err := a.Cmp(b)
			require.NoError(t, err)
			require.Equal(t, c.cmp, order)
			require.Equal(t, c.cmp == 0, a.Equal(b))
			difference, err := a.Sub(b)
			if name == "two wide amounts" {
				require.ErrorIs(t, err, money.ErrOutOfRange, "35 digits must not be rounded")
				return
			}
			require.NoError(t, err)
			requireAmount(t, c.difference, difference)
		})
	}
}

func TestAResultBeyondTheBoundsIsAnError(t *testing.T) {
	t.Parallel()
	_, err := usd("9999999999999999999999999999999999").Add(usd("0.01"))
	require.ErrorIs(t, err, money.ErrOutOfRange)
	require.EqualError(t, err, "money: amount out of range: more than 34 digits")
	most := usd("9999999999999999999999999999999999e18")
	_, err = most.Add(most)
	require.EqualError(t, err, "money: amount out of range: more than 52 digits before the decimal point")
	_, err = usd("1e-10").Mul(decimal.New(1, -9))
	require.EqualError(t, err, "money: amount out of range: more than 18 decimal places")
	_, err = most.MulRat(2, 1, money.HalfUp)
	require.ErrorIs(t, err, money.ErrOutOfRange)
}

func TestMulIsExactAndNotRounded(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ a, f, want string }{
		"a price below the cent":            {"0.0035", "1234567", "4320.9845 USD"},
		"two negatives":                     {"-0.10", "-0.5", "0.05 USD"},
		"one negative":                      {"10", "-0.333", "-3.33 USD"},
		"by zero":                           {"10", "0", "0.00 USD"},
		"a tiny price times many units":     {"1e-18", "1000000000000000000", "1.00 USD"},
		"a product beyond 64 bits":          {"1234567890.12", "98765432109876", "121932631136679713334825.12 USD"},
		"a product of 2 to the 63":          {"0.02", "4611686018427387904", "92233720368547758.08 USD"},
		"a wide amount":                     {"92233720368547758.08", "0.5", "46116860184273879.04 USD"},
		"a wide factor with a small result": {"0.000000000000000001", "100000000000000000000", "100.00 USD"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := usd(c.a).Mul(decimal.RequireFromString(c.f))
			require.NoError(t, err)
			requireAmount(t, c.want, got)
		})
	}
	got, err := money.MustParse("4294967296", "JPY").Mul(decimal.NewFromInt(1 << 32))
	require.NoError(t, err)
	requireAmount(t, "18446744073709551616 JPY", got)
}

func TestCurrenciesAreNeverMixed(t *testing.T) {
	t.Parallel()
	a, b := usd("12.50"), money.MustParse("3", "EUR")
	for name, call := range map[string]func() error{
		"Add": func() error { _, err := a.Add(b); return err },
		"Sub": func() error { _, err := a.Sub(b); return err },
		"Cmp": func() error { _, err := a.Cmp(b); return err },
		"Sum": func() error { _, err := money.Sum("USD", a, b); return err },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := call()
			require.ErrorIs(t, err, money.ErrMismatch)
			var detail *money.MismatchError
			require.ErrorAs(t, err, &detail)
			require.Equal(t, "USD", detail.A.Currency())
			require.Equal(t, "EUR", detail.B.Currency())
		})
	}
	_, err := a.Sub(b)
	require.EqualError(t, err, "money: 12.50 USD and 3.00 EUR differ in currency")
	require.False(t, usd("0").Equal(money.MustParse("0", "EUR")))
	require.False(t, money.MustParse("1", "JPY").Equal(money.MustParse("1", "KRW")))
}

func TestNegAndSum(t *testing.T) {
	t.Parallel()
	requireAmount(t, "-1.50 USD", usd("1.5").Neg())
	requireAmount(t, "0.00 USD", usd("0").Neg())
	smallest, err := money.FromMinor(math.MinInt64, "USD")
	require.NoError(t, err)
	requireAmount(t, "92233720368547758.08 USD", smallest.Neg())
	requireAmount(t, "-92233720368547758.08 USD", smallest.Neg().Neg())

	total, err := money.Sum("JPY")
	require.NoError(t, err)
	requireAmount(t, "0 JPY", total)
	wide := strings.Repeat("9", 30)
	for value, want := range map[string]int{"0.01": 1, "-0.01": -1, "0": 0, wide: 1, "-" + wide: -1} {
		require.Equal(t, want, usd(value).Sign())
	}
	lines := make([]money.Amount, 10_000)
	for i := range lines {
		lines[i] = usd("0.004")
	}
	total, err = money.Sum("USD", lines...)
	require.NoError(t, err)
	requireAmount(t, "40.00 USD", total)
}

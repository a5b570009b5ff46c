package stripe

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/billhatch/billhatch/money"
	"github.com/billhatch/billhatch/provider"
)

// TestAmountsOnTheWire: Stripe's minor units, which are not ISO 4217's (https://docs.stripe.com/currencies).
func TestAmountsOnTheWire(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		amount, currency string
		wire             int64
		ok               bool
	}{
		{"12.34", "USD", 1234, true},
		{"-12.34", "EUR", -1234, true},
		{"0", "USD", 0, true},
		{"12.345", "USD", 0, false},
		{"1234", "JPY", 1234, true},
		{"1234.5", "JPY", 0, false},
		{"100", "KRW", 100, true},
		{"5", "MGA", 5, true},         // two decimals in ISO 4217
		{"5.20", "MGA", 0, false},     //
		{"100", "ISK", 10000, true},   // none in ISO 4217
		{"100.50", "ISK", 0, false},   //
		{"3700", "UGX", 370000, true}, // none in ISO 4217, and Stripe lists it among those without
		{"12.50", "HUF", 1250, true},  // whole only in payouts
		{"12.50", "TWD", 1250, true},  //
		{"1.230", "KWD", 1230, true},  // the last digit is 0
		{"1.234", "KWD", 0, false},    //
		{"0.01", "BHD", 10, true},     //
		{"0.005", "TND", 0, false},    //
		{"9999999999.99", "USD", 999_999_999_999, true},
		{"10000000000.00", "USD", 0, false},
		{"-10000000000.00", "USD", 0, false},
		{"1e18", "USD", 0, false},
		{"1e-18", "USD", 0, false},
	} {
		a, err := money.Parse(tc.amount, tc.currency)
		require.NoError(t, err, tc.amount)
		got, err := toWire(a, "amount")
		require.Equal(t, tc.ok, err == nil, "%s %s: %v", tc.amount, tc.currency, err)
		if !tc.ok {
			var e *provider.Error
			require.ErrorAs(t, err, &e)
			require.Equal(t, provider.ErrInvalid, e.Kind)
			require.Equal(t, "amount", e.Field)
			continue
		}
		require.Equal(t, tc.wire, got, "%s %s", tc.amount, tc.currency)
		back, err := fromWire(got, tc.currency)
		require.NoError(t, err)
		require.True(t, a.Equal(back), "%s became %s", a, back)
	}
	_, err := toWire(money.Amount{}, "amount")
	require.ErrorIs(t, err, provider.ErrInvalid, "no amount is not nothing")
}

func TestAmountsFromTheWire(t *testing.T) {
	t.Parallel()
	a, err := fromWire(370050, "ugx")
	require.NoError(t, err)
	require.True(t, a.Equal(money.MustParse("3700.5", "UGX")), "what Stripe says is kept")
	for _, code := range []string{"", "xxx", "us", "usdc", "US\x00"} {
		_, err := fromWire(1, code)
		require.ErrorIs(t, err, provider.ErrForeign, code)
	}
	_, err = fromWire(math.MinInt64, "usd")
	require.ErrorIs(t, err, provider.ErrForeign)
}

// TestEveryAmountThatLeavesComesBack, in every currency that there is.
func TestEveryAmountThatLeavesComesBack(t *testing.T) {
	t.Parallel()
	codes := money.Currencies()
	rapid.Check(t, func(t *rapid.T) {
		code := rapid.SampledFrom(codes).Draw(t, "currency")
		n := rapid.Int64Range(-999_999_999_999, 999_999_999_999).Draw(t, "units")
		_, step := exponent(code)
		n -= n % step
		a, err := fromWire(n, code)
		if err != nil {
			t.Fatal(err)
		}
		back, err := toWire(a, "amount")
		if err != nil || back != n {
			t.Fatalf("%d %s became %s and %d, %v", n, code, a, back, err)
		}
	})
}

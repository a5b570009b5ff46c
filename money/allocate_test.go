package money_test

import (
	"fmt"
	"math"
	"math/big"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/money"
)

func TestL2AllocateSharesByTheLargestRemainder(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		value, currency string
		weights         []int64
		want            string
	}{
		"a tie goes to the earlier":         {"1.00", "USD", []int64{1, 1, 1}, "[0.34 USD 0.33 USD 0.33 USD]"},
		"two units over":                    {"0.05", "USD", []int64{1, 1, 1}, "[0.02 USD 0.02 USD 0.01 USD]"},
		"the largest remainder, not first":  {"15", "JPY", []int64{20, 2, 3}, "[12 JPY 1 JPY 2 JPY]"},
		"a weight of zero gets zero":        {"0.05", "USD", []int64{0, 1, 0, 1}, "[0.00 USD 0.03 USD 0.00 USD 0.02 USD]"},
		"a negative total mirrors":          {"-1.00", "USD", []int64{1, 1, 1}, "[-0.34 USD -0.33 USD -0.33 USD]"},
		"a total of zero":                   {"0", "USD", []int64{3, 4}, "[0.00 USD 0.00 USD]"},
		"one weight":                        {"9.99", "USD", []int64{7}, "[9.99 USD]"},
		"fewer units than parts":            {"2", "JPY", []int64{1, 1, 1, 1}, "[1 JPY 1 JPY 0 JPY 0 JPY]"},
		"three digits":                      {"1", "KWD", []int64{1, 2}, "[0.333 KWD 0.667 KWD]"},
		"a sum of weights beyond int64":     {"1.00", "USD", []int64{math.MaxInt64, math.MaxInt64}, "[0.50 USD 0.50 USD]"},
		"a sum of weights beyond 64 bits":   {"1.00", "USD", []int64{math.MaxInt64, math.MaxInt64, math.MaxInt64}, "[0.34 USD 0.33 USD 0.33 USD]"},
		"the same, negative":                {"-1.00", "USD", []int64{math.MaxInt64, math.MaxInt64, math.MaxInt64}, "[-0.34 USD -0.33 USD -0.33 USD]"},
		"the largest total":                 {"92233720368547758.07", "USD", []int64{1, 1}, "[46116860184273879.04 USD 46116860184273879.03 USD]"},
		"the smallest total":                {"-92233720368547758.08", "USD", []int64{0, 1}, "[0.00 USD -92233720368547758.08 USD]"},
		"the smallest total, large weights": {"-92233720368547758.08", "USD", []int64{0, math.MaxInt64, 0}, "[0.00 USD -92233720368547758.08 USD 0.00 USD]"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			total := money.MustParse(c.value, c.currency)
			parts, err := total.Allocate(c.weights...)
			require.NoError(t, err)
			require.Equal(t, c.want, fmt.Sprint(parts))
			rats := make([]*big.Rat, len(c.weights))
			for i, w := range c.weights {
				rats[i] = new(big.Rat).SetFrac(big.NewInt(w), big.NewInt(60))
			}
			byRat, err := total.AllocateRat(rats...)
			require.NoError(t, err)
			require.Equal(t, parts, byRat, "fractions in the same proportion share alike")
		})
	}
}

func TestL2AllocateRefusesWeightsThatShareNothing(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		weights []int64
		index   int
		reason  string
	}{
		"none":                {nil, -1, "none"},
		"all zero":            {[]int64{0, 0}, -1, "all are zero"},
		"a negative one":      {[]int64{3, -1, 2}, 1, "negative"},
		"the smallest int64":  {[]int64{math.MinInt64}, 0, "negative"},
		"negative but sum up": {[]int64{5, -1}, 1, "negative"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			check := func(err error) {
				require.ErrorIs(t, err, money.ErrWeights)
				var detail *money.WeightsError
				require.ErrorAs(t, err, &detail)
				require.Equal(t, c.index, detail.Index)
				require.Equal(t, c.reason, detail.Reason)
			}
			parts, err := usd("1").Allocate(c.weights...)
			require.Nil(t, parts)
			check(err)
			rats := make([]*big.Rat, len(c.weights))
			for i, w := range c.weights {
				rats[i] = new(big.Rat).SetInt64(w)
			}
			_, err = usd("1").AllocateRat(rats...)
			check(err)
		})
	}
	_, err := usd("1").Allocate(-1)
	require.EqualError(t, err, "money: invalid weight at 0: negative")
	_, err = usd("0.001").AllocateRat(big.NewRat(1, 2))
	require.ErrorIs(t, err, money.ErrInexact)
	_, err = usd("1").AllocateRat(big.NewRat(1, 2), nil)
	require.ErrorIs(t, err, money.ErrWeights)
	require.EqualError(t, err, "money: invalid weight at 1: missing")
}

func TestAllocateWorksOnWholeMinorUnits(t *testing.T) {
	t.Parallel()
	_, err := usd("0.005").Allocate(1, 1)
	require.ErrorIs(t, err, money.ErrInexact)
	require.EqualError(t, err, "money: 0.005 USD has digits below the minor unit")
	_, err = usd("1e18").Allocate(1, 1)
	require.ErrorIs(t, err, money.ErrOutOfRange)
	_, err = usd("0.005").Split(2)
	require.ErrorIs(t, err, money.ErrInexact)
}

func TestAllocateRatSharesInProportionToExactAmounts(t *testing.T) {
	t.Parallel()
	// Three rows of 4.00 for 17, 10 and 3 of 31 days: together 3.87, rounded once.
	price := usd("4.00").Rat()
	rows := []*big.Rat{}
	sum := new(big.Rat)
	for _, days := range []int64{17, 10, 3} {
		row := new(big.Rat).Mul(price, big.NewRat(days, 31))
		rows = append(rows, row)
		sum.Add(sum, row)
	}
	total, err := money.RoundRat(sum, "USD", money.HalfUp)
	require.NoError(t, err)
	parts, err := total.AllocateRat(rows...)
	require.NoError(t, err)
	require.Equal(t, "3.87 USD [2.19 USD 1.29 USD 0.39 USD]", fmt.Sprint(total, parts))
}

func TestAllocateRatTakesWeightsWhoseCommonMultipleIsHuge(t *testing.T) {
	t.Parallel()
	third := new(big.Rat).SetFrac(big.NewInt(1), new(big.Int).Exp(big.NewInt(3), big.NewInt(100), nil))
	parts, err := usd("1.00").AllocateRat(big.NewRat(1, 1), third, big.NewRat(1, math.MaxInt64))
	require.NoError(t, err)
	require.Equal(t, "[1.00 USD 0.00 USD 0.00 USD]", fmt.Sprint(parts))
	parts, err = usd("-1.00").AllocateRat(third, big.NewRat(0, 1), third, third)
	require.NoError(t, err)
	require.Equal(t, "[-0.34 USD 0.00 USD -0.33 USD -0.33 USD]", fmt.Sprint(parts))
}

func TestSplitIsAllocateWithEqualWeights(t *testing.T) {
	t.Parallel()
	for _, value := range []string{"0", "0.01", "-0.01", "1.00", "-1.00", "100.07", "-92233720368547758.08"} {
		for _, n := range []int{1, 2, 3, 7, 100} {
			weights := make([]int64, n)
			for i := range weights {
				weights[i] = 1
			}
			want, err := usd(value).Allocate(weights...)
			require.NoError(t, err)
			got, err := usd(value).Split(n)
			require.NoError(t, err)
			require.Equal(t, want, got)
		}
	}
	for _, n := range []int{0, -1, math.MinInt, 1<<24 + 1, math.MaxInt} {
		_, err := usd("1").Split(n)
		require.ErrorIs(t, err, money.ErrWeights)
		require.Equal(t, &money.WeightsError{Index: -1, Reason: "number of parts out of range"}, err)
		require.EqualError(t, err, "money: invalid weights: number of parts out of range")
	}
}

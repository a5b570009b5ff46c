package money_test

import (
	"encoding/json"
	"math/big"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/billhatch/billhatch/money"
)

var someCurrencies = rapid.SampledFrom([]string{"USD", "EUR", "JPY", "KWD", "CLF"})

// drawNumber makes numbers of all sizes: few and many digits, with the point anywhere within the bounds.
func drawNumber(t *rapid.T, label string) string {
	digits := rapid.StringMatching(`[1-9][0-9]{0,5}|[1-9][0-9]{6,18}|[1-9][0-9]{19,33}|0`).Draw(t, label)
	places := rapid.IntRange(-18, 18).Draw(t, label+" places")
	if rapid.Bool().Draw(t, label+" negative") {
		digits = "-" + digits
	}
	return decimal.RequireFromString(digits).Shift(int32(-places)).String()
}

func drawAmount(t *rapid.T, label, currency string) money.Amount {
	a, err := money.Parse(drawNumber(t, label), currency)
	require.NoError(t, err)
	return a
}

// roundOracle rounds v to places decimals with rational arithmetic only: it looks at the two neighbours
// and at their distances.
func roundOracle(v *big.Rat, places int, m money.Rounding) *big.Rat {
	unit := new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(places)), nil))
	scaled := new(big.Rat).Mul(v, unit)
	lower := new(big.Int).Div(scaled.Num(), scaled.Denom()) // Euclidean: toward minus infinity
	low := new(big.Rat).SetInt(lower)
	if low.Cmp(scaled) == 0 {
		return new(big.Rat).Set(v)
	}
	high := new(big.Rat).Add(low, big.NewRat(1, 1))
	nearZero, farFromZero := low, high
	if v.Sign() < 0 {
		nearZero, farFromZero = high, low
	}
	down, up := new(big.Rat).Sub(scaled, low), new(big.Rat).Sub(high, scaled)
	nearest := low
	if up.Cmp(down) < 0 {
		nearest = high
	}
	tie := up.Cmp(down) == 0
	picked := nearest
	switch m {
	case money.HalfUp:
		if tie {
			picked = farFromZero
		}
	case money.HalfDown:
		if tie {
			picked = nearZero
		}
	case money.HalfEven:
		if tie && lower.Bit(0) == 0 {
			picked = low
		} else if tie {
			picked = high
		}
	case money.Up:
		picked = farFromZero
	case money.Down:
		picked = nearZero
	case money.Ceiling:
		picked = high
	case money.Floor:
		picked = low
	}
	return new(big.Rat).Quo(picked, unit)
}

func TestLawMulRatEqualsRationalArithmeticInEveryMode(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		currency := someCurrencies.Draw(t, "currency")
		a := drawAmount(t, "amount", currency)
		num := rapid.Int64().Draw(t, "num")
		den := rapid.Int64().Filter(func(n int64) bool { return n != 0 }).Draw(t, "den")
		exact := new(big.Rat).SetFrac(big.NewInt(num), big.NewInt(den))
		exact.Mul(exact, a.Rat())
		digits, _ := money.Exponent(currency)
		for _, m := range modes {
			want := roundOracle(exact, digits, m)
			got, err := a.MulRat(num, den, m)
			again, errAgain := money.RoundRat(exact, currency, m)
			if err != nil || errAgain != nil {
				require.ErrorIs(t, err, money.ErrOutOfRange)
				require.ErrorIs(t, errAgain, money.ErrOutOfRange)
				require.False(t, inBounds(want), "%s is within the bounds", want)
				continue
			}
			require.Zero(t, want.Cmp(got.Rat()), "%v * %d/%d %v: want %s", a, num, den, m, want.FloatString(digits))
			require.True(t, reflect.DeepEqual(got, again))
		}
	})
}

// inBounds states the documented bounds over again.
func inBounds(v *big.Rat) bool {
	scaled := new(big.Rat).Mul(v, new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(18), nil)))
	if !scaled.IsInt() {
		return false
	}
	text := strings.TrimLeft(scaled.Num().String(), "-")
	return len(text) <= 52+18 && len(strings.TrimRight(text, "0")) <= 34
}

func TestLawRoundToEqualsRationalArithmetic(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a := drawAmount(t, "amount", someCurrencies.Draw(t, "currency"))
		places := rapid.IntRange(0, 18).Draw(t, "places")
		for _, m := range modes {
			got := a.RoundTo(places, m)
			require.Zero(t, roundOracle(a.Rat(), places, m).Cmp(got.Rat()), "%v to %d %v is %v", a, places, m, got)
			require.True(t, got.RoundTo(places, m).Equal(got), "rounding twice is rounding once")
			mirror := map[money.Rounding]money.Rounding{money.Ceiling: money.Floor, money.Floor: money.Ceiling}
			opposite, ok := mirror[m]
			if !ok {
				opposite = m
			}
			require.True(t, a.Neg().RoundTo(places, opposite).Equal(got.Neg()), "the sign does not matter")
		}
	})
}

func TestLawArithmeticEqualsRationalArithmetic(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		currency := someCurrencies.Draw(t, "currency")
		a, b := drawAmount(t, "a", currency), drawAmount(t, "b", currency)
		factor, err := money.ParseDecimal(drawNumber(t, "factor"))
		require.NoError(t, err)
		for name, c := range map[string]struct {
			want *big.Rat
			op   func() (money.Amount, error)
		}{
			"Add": {new(big.Rat).Add(a.Rat(), b.Rat()), func() (money.Amount, error) { return a.Add(b) }},
			"Sub": {new(big.Rat).Sub(a.Rat(), b.Rat()), func() (money.Amount, error) { return a.Sub(b) }},
			"Mul": {new(big.Rat).Mul(a.Rat(), factor.Rat()), func() (money.Amount, error) { return a.Mul(factor) }},
			"Neg": {new(big.Rat).Neg(a.Rat()), func() (money.Amount, error) { return a.Neg(), nil }},
		} {
			got, err := c.op()
			require.Equal(t, inBounds(c.want), err == nil, "%s: %v, %v, %v: %v", name, a, b, factor, err)
			if err != nil {
				require.ErrorIs(t, err, money.ErrOutOfRange)
				continue
			}
			require.Zero(t, c.want.Cmp(got.Rat()), "%s: %v, %v, %v is %v", name, a, b, factor, got)
			fresh, err := money.New(got.Decimal(), currency)
			require.NoError(t, err)
			require.True(t, reflect.DeepEqual(fresh, got), "one representation for each value")
		}
		order, err := a.Cmp(b)
		require.NoError(t, err)
		require.Equal(t, a.Rat().Cmp(b.Rat()), order)
		require.Equal(t, order == 0, a.Equal(b))
		require.Equal(t, a.Rat().Sign(), a.Sign())
		if sum, err := a.Add(b); err == nil {
			back, err := sum.Sub(b)
			require.NoError(t, err)
			require.True(t, back.Equal(a), "Sub undoes Add")
		}
	})
}

func TestLawTextAndJSONRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		currency := someCurrencies.Draw(t, "currency")
		a := drawAmount(t, "amount", currency)
		var byText, byJSON money.Amount
		text, err := a.MarshalText()
		require.NoError(t, err)
		require.Equal(t, a.String(), string(text))
		require.NoError(t, byText.UnmarshalText(text))
		require.True(t, reflect.DeepEqual(a, byText))
		b, err := json.Marshal(a)
		require.NoError(t, err)
		require.NoError(t, json.Unmarshal(b, &byJSON))
		require.True(t, reflect.DeepEqual(a, byJSON))
		number, _, _ := strings.Cut(a.String(), " ")
		_, places, _ := strings.Cut(number, ".")
		digits, _ := money.Exponent(currency)
		require.GreaterOrEqual(t, len(places), digits)
		v, ok := new(big.Rat).SetString(number)
		require.True(t, ok)
		require.Zero(t, v.Cmp(a.Rat()))
		// One grouping away from the English display.
		shown := strings.ReplaceAll(a.Display("und"), ",", "")
		require.Equal(t, strings.Replace(currency+" "+number, currency+" -", "-"+currency+" ", 1), shown)
	})
}

func TestLawAllocateConservesAndIsFair(t *testing.T) {
	t.Parallel()
	weight := rapid.OneOf(rapid.Int64Range(0, 5), rapid.Int64Range(0, 2_678_400), rapid.Int64Min(0))
	rapid.Check(t, func(t *rapid.T) {
		units := rapid.Int64().Draw(t, "units")
		weights := rapid.SliceOfN(weight, 1, 40).Draw(t, "weights")
		total, err := money.FromMinor(units, someCurrencies.Draw(t, "currency"))
		require.NoError(t, err)
		rats := make([]*big.Rat, len(weights))
		for i, w := range weights {
			rats[i] = new(big.Rat).SetFrac64(w, 9_699_690)
		}
		parts, err := total.Allocate(weights...)
		byRat, errRat := total.AllocateRat(rats...)
		if slices.Max(weights) == 0 {
			require.ErrorIs(t, err, money.ErrWeights)
			require.ErrorIs(t, errRat, money.ErrWeights)
			return
		}
		require.NoError(t, err)
		require.NoError(t, errRat)
		require.Equal(t, parts, byRat, "fractions in the same proportion share alike")
		requireFair(t, total, rats, parts)
	})
}

func TestLawAllocateRatConservesAndIsFair(t *testing.T) {
	t.Parallel()
	denominator := rapid.SampledFrom([]int64{1, 2, 31, 2_678_400, 9_223_372_036_854_775_783}) // the last is prime
	rapid.Check(t, func(t *rapid.T) {
		total, err := money.FromMinor(rapid.Int64().Draw(t, "units"), "USD")
		require.NoError(t, err)
		weights := []*big.Rat{big.NewRat(1, 7)} // one at least is not 0
		for range rapid.IntRange(0, 20).Draw(t, "n") {
			num := rapid.OneOf(rapid.Int64Range(0, 5), rapid.Int64Min(0)).Draw(t, "num")
			weights = append(weights, big.NewRat(num, denominator.Draw(t, "den")))
		}
		parts, err := total.AllocateRat(weights...)
		require.NoError(t, err)
		requireFair(t, total, weights, parts)
	})
}

// requireFair checks what Allocate promises: the parts add up, each is less than a unit from its exact
// share, the parts that were cut most got what was left, and the earlier one among equals.
func requireFair(t *rapid.T, total money.Amount, weights []*big.Rat, parts []money.Amount) {
	require.Len(t, parts, len(weights))
	again, err := money.Sum(total.Currency(), parts...)
	require.NoError(t, err)
	require.True(t, again.Equal(total), "the parts add up to %v", again)

	one, sum := big.NewRat(1, 1), new(big.Rat)
	for _, w := range weights {
		sum.Add(sum, w)
	}
	units := func(a money.Amount) *big.Rat {
		n, err := a.Minor()
		require.NoError(t, err)
		v := new(big.Rat).SetInt64(n)
		return v.Abs(v)
	}
	cut := make([]*big.Rat, len(parts)) // what the cut took from each share
	up := make([]bool, len(parts))      // whether the part got one of the units that were left
	for i, p := range parts {
		require.GreaterOrEqual(t, p.Sign()*total.Sign(), 0)
		share := new(big.Rat).Mul(units(total), new(big.Rat).Quo(weights[i], sum))
		beyond := new(big.Rat).Sub(units(p), share)
		require.Negative(t, new(big.Rat).Abs(beyond).Cmp(one), "part %d is a unit off", i)
		if up[i] = beyond.Sign() > 0; up[i] {
			cut[i] = beyond.Sub(one, beyond)
		} else {
			cut[i] = beyond.Neg(beyond)
		}
	}
	for i := range parts {
		for j := range parts {
			if up[i] && !up[j] {
				order := cut[i].Cmp(cut[j])
				require.True(t, order > 0 || order == 0 && i < j, "part %d before part %d", j, i)
			}
		}
	}
}

func TestLawSumDoesNotDependOnTheOrder(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 20).Draw(t, "n")
		amounts := make([]money.Amount, n)
		for i := range amounts {
			a, err := money.FromMinor(rapid.Int64().Draw(t, "units"), "USD")
			require.NoError(t, err)
			amounts[i], err = a.Mul(decimal.New(1, -int32(rapid.IntRange(0, 6).Draw(t, "shift"))))
			require.NoError(t, err)
		}
		forward, err := money.Sum("USD", amounts...)
		require.NoError(t, err)
		slices.Reverse(amounts)
		backward, err := money.Sum("USD", amounts...)
		require.NoError(t, err)
		require.True(t, reflect.DeepEqual(forward, backward))
	})
}

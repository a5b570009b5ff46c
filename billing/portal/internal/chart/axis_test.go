package chart

import (
	"testing"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func extentOf(values ...string) extent {
	var e extent
	for _, v := range values {
		e.add(decimal.RequireFromString(v))
	}
	return e
}

func TestTicksAreRound(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		values []string
		want   []string
	}{
		{"a thousand is quartered", []string{"1000"}, []string{"0", "250", "500", "750", "1000"}},
		{"the top is the first tick that covers", []string{"1001"}, []string{"0", "500", "1000", "1500"}},
		{"one seat has no halves", []string{"1"}, []string{"0", "1"}},
		{"three seats have no halves", []string{"3", "2"}, []string{"0", "1", "2", "3"}},
		{"ten seats are not split at 2.5", []string{"10"}, []string{"0", "5", "10"}},
		{"a half is split by tenths", []string{"0.5"}, []string{"0", "0.2", "0.4", "0.6"}},
		{"a cent has no parts", []string{"0.01"}, []string{"0", "0.01"}},
		{"whole numbers with decimals written out are whole", []string{"2.00", "1.000"}, []string{"0", "1", "2"}},
		{"a credit has ticks below zero", []string{"1225.75", "-140"}, []string{"-500", "0", "500", "1000", "1500"}},
		{"credits alone end at zero", []string{"-30"}, []string{"-30", "-20", "-10", "0"}},
		{"both ends far from zero", []string{"99", "-99"}, []string{"-100", "-50", "0", "50", "100"}},
		{"nothing but zero", []string{"0"}, []string{"0", "1"}},
		{"more than int64", []string{"4e40"}, []string{"0", "1e40", "2e40", "3e40", "4e40"}},
		{"less than a nano", []string{"0.000000000000000003"}, []string{"0", "1e-18", "2e-18", "3e-18"}},
		{"values of very different size", []string{"1e40", "1e-18"}, []string{"0", "2.5e39", "5e39", "7.5e39", "1e40"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			a := newAxis(extentOf(c.values...))
			require.Equal(t, len(c.want)-1, a.steps)
			for i, want := range c.want {
				require.Truef(t, decimal.RequireFromString(want).Equal(a.tick(i)), "tick %d: want %s, got %s", i, want, a.tick(i))
			}
		})
	}
}

func number() *rapid.Generator[decimal.Decimal] {
	return rapid.Custom(func(t *rapid.T) decimal.Decimal {
		exp := rapid.Int32Range(-18, 18).Draw(t, "exponent")
		return decimal.New(rapid.Int64Range(-1_000_000_000_000, 1_000_000_000_000).Draw(t, "digits"), exp)
	})
}

// oracle finds the shortest step by trying all of them, in decimals.
func oracle(e extent) decimal.Decimal {
	finest := decimal.New(1, -e.places)
	for exp := int32(-40); ; exp++ {
		for _, digits := range []int64{10, 20, 25, 50} {
			step := decimal.New(digits, exp-1)
			if !step.Mod(finest).IsZero() {
				continue
			}
			below, _ := e.low.QuoRem(step, 0)
			if !below.Mul(step).Equal(e.low) {
				below = below.Sub(decimal.New(1, 0))
			}
			above, _ := e.high.QuoRem(step, 0)
			if !above.Mul(step).Equal(e.high) {
				above = above.Add(decimal.New(1, 0))
			}
			if above.Sub(below).LessThanOrEqual(decimal.New(maxSteps, 0)) {
				return step
			}
		}
	}
}

// TestLawsOfTheAxis: ticks cover the values, are at most five, have equal steps that are as short as they can be, and
// values stand in their order, ticks in their places.
func TestLawsOfTheAxis(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(number(), 1, 12).Draw(t, "values")
		var e extent
		for _, v := range values {
			e.add(v)
		}
		a := newAxis(e)
		require.LessOrEqual(t, a.steps, maxSteps)
		require.Positive(t, a.steps)
		step := a.tick(1).Sub(a.tick(0))
		zero := false
		for i := range a.steps + 1 {
			zero = zero || a.tick(i).IsZero()
			require.True(t, a.tick(i).Equal(a.tick(0).Add(step.Mul(decimal.New(int64(i), 0)))))
			require.Equal(t, i*whole/a.steps, a.at(a.tick(i)))
		}
		require.True(t, zero, "zero is a tick")
		if e.high.GreaterThan(e.low) {
			require.True(t, oracle(e).Equal(step), "want a step of %s, got %s", oracle(e), step)
		}
		for _, v := range values {
			require.True(t, v.GreaterThanOrEqual(a.tick(0)) && v.LessThanOrEqual(a.tick(a.steps)), "%s is covered", v)
			require.GreaterOrEqual(t, a.at(v), 0)
			require.LessOrEqual(t, a.at(v), whole)
			for _, w := range values {
				if v.LessThan(w) {
					require.LessOrEqual(t, a.at(v), a.at(w))
				}
			}
		}
	})
}

// TestAPositionIsExactToAHundredthOfAPercent compares with exact division.
func TestAPositionIsExactToAHundredthOfAPercent(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		v, w := number().Draw(t, "v"), number().Draw(t, "w")
		var e extent
		e.add(v)
		e.add(w)
		a := newAxis(e)
		want := v.Sub(a.tick(0)).Shift(4).DivRound(a.tick(a.steps).Sub(a.tick(0)), 3)
		got := decimal.New(int64(a.at(v)), 0)
		require.True(t, want.Sub(got).Abs().LessThanOrEqual(decimal.New(1, 0)), "want %s, got %s", want, got)
	})
}

func TestWidthCountsLettersOfEastAsiaTwice(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int{"": 0, "$1,500": 6, "€12": 3, "10月": 4, "أكتوبر": 6} {
		require.Equal(t, want, width(text), text)
	}
}

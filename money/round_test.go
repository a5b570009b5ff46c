package money_test

import (
	"encoding/json"
	"math"
	"math/big"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/money"
)

var modes = []money.Rounding{
	money.HalfUp, money.HalfEven, money.HalfDown, money.Up, money.Down, money.Ceiling, money.Floor,
}

// Each row is a value in cents and thousandths and what the seven modes make of it.
func TestEveryModeRoundsTiesAndSigns(t *testing.T) {
	t.Parallel()
	for value, want := range map[string][7]string{
		//        half_up  half_even half_down up       down     ceiling  floor
		"0.124":                 {"0.12", "0.12", "0.12", "0.13", "0.12", "0.13", "0.12"},
		"0.125":                 {"0.13", "0.12", "0.12", "0.13", "0.12", "0.13", "0.12"},
		"0.126":                 {"0.13", "0.13", "0.13", "0.13", "0.12", "0.13", "0.12"},
		"0.135":                 {"0.14", "0.14", "0.13", "0.14", "0.13", "0.14", "0.13"},
		"0.130":                 {"0.13", "0.13", "0.13", "0.13", "0.13", "0.13", "0.13"},
		"-0.124":                {"-0.12", "-0.12", "-0.12", "-0.13", "-0.12", "-0.12", "-0.13"},
		"-0.125":                {"-0.13", "-0.12", "-0.12", "-0.13", "-0.12", "-0.12", "-0.13"},
		"-0.126":                {"-0.13", "-0.13", "-0.13", "-0.13", "-0.12", "-0.12", "-0.13"},
		"-0.135":                {"-0.14", "-0.14", "-0.13", "-0.14", "-0.13", "-0.13", "-0.14"},
		"-0.004":                {"0.00", "0.00", "0.00", "-0.01", "0.00", "0.00", "-0.01"},
		"0.1250000000000000001": {}, // 19 places: not an amount; see the wide rows below
		"0.125000000000000001":  {"0.13", "0.13", "0.13", "0.13", "0.12", "0.13", "0.12"},
		"12345678901234567890.125": {
			"12345678901234567890.13", "12345678901234567890.12",
			"12345678901234567890.12", "12345678901234567890.13", "12345678901234567890.12",
			"12345678901234567890.13", "12345678901234567890.12",
		},
		"-12345678901234567890.135": {
			"-12345678901234567890.14", "-12345678901234567890.14",
			"-12345678901234567890.13", "-12345678901234567890.14", "-12345678901234567890.13",
			"-12345678901234567890.13", "-12345678901234567890.14",
		},
	} {
		if want[0] == "" {
			_, err := money.Parse(value, "USD")
			require.ErrorIs(t, err, money.ErrInvalidNumber)
			continue
		}
		for i, m := range modes {
			a := usd(value)
			requireAmount(t, want[i]+" USD", a.Round(m))
			requireAmount(t, want[i]+" USD", a.RoundTo(2, m))
			byRat, err := money.RoundRat(a.Rat(), "USD", m)
			require.NoError(t, err)
			requireAmount(t, want[i]+" USD", byRat)
			byShare, err := a.MulRat(1, 1, m)
			require.NoError(t, err)
			requireAmount(t, want[i]+" USD", byShare)
			negative, err := a.Neg().MulRat(-7, 7, m)
			require.NoError(t, err)
			requireAmount(t, want[i]+" USD", negative)
		}
	}
}

func TestRoundToOtherPlaces(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		value, currency string
		places          int
		mode            money.Rounding
		want            string
	}{
		"to whole dollars":                  {"12.50", "USD", 0, money.HalfUp, "13.00 USD"},
		"to tens":                           {"-15", "USD", -1, money.HalfUp, "-20.00 USD"},
		"to hundreds, to nothing":           {"49.99", "USD", -2, money.HalfUp, "0.00 USD"},
		"to four places":                    {"0.12345", "USD", 4, money.HalfUp, "0.1235 USD"},
		"more places than there are":        {"0.5", "USD", 7, money.Up, "0.50 USD"},
		"KWD to two of its three digits":    {"5.124", "KWD", 2, money.HalfUp, "5.120 KWD"},
		"a cent up to the largest step":     {"0.01", "USD", -18, money.Up, "1000000000000000000.00 USD"},
		"places below -18 count as -18":     {"0.01", "USD", math.MinInt, money.Up, "1000000000000000000.00 USD"},
		"places beyond any":                 {"0.01", "USD", math.MaxInt, money.Up, "0.01 USD"},
		"all 36 digits":                     {"0.000000000000000001", "JPY", -18, money.Ceiling, "1000000000000000000 JPY"},
		"nines carry":                       {"9999999999999999.999999999999999999", "USD", 2, money.HalfUp, "10000000000000000.00 USD"},
		"the largest amount to its step":    {"9999999999999999999999999999999999e18", "USD", -18, money.Up, "9999999999999999999999999999999999000000000000000000.00 USD"},
		"the largest number of odd numbers": {"9999999999999999999999999999999999e17", "USD", -18, money.Up, "1000000000000000000000000000000000000000000000000000.00 USD"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			requireAmount(t, c.want, money.MustParse(c.value, c.currency).RoundTo(c.places, c.mode))
		})
	}
}

func TestL2MulRatRoundsOnce(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		value, currency string
		num, den        int64
		want            string
		err             error
	}{
		"17 of 31 days of 4.00":             {"4.00", "USD", 17, 31, "2.19 USD", nil},
		"a third of a yen":                  {"1", "JPY", 1, 3, "0 JPY", nil},
		"half a yen":                        {"1", "JPY", 1, 2, "1 JPY", nil},
		"a third of a dinar":                {"1", "KWD", 1, 3, "0.333 KWD", nil},
		"a third of a unidad":               {"1", "CLF", 1, 3, "0.3333 CLF", nil},
		"a price below the cent":            {"0.0035", "USD", 31, 10, "0.01 USD", nil},
		"a negative share":                  {"4.00", "USD", -17, 31, "-2.19 USD", nil},
		"a negative denominator":            {"4.00", "USD", 17, -31, "-2.19 USD", nil},
		"both negative":                     {"4.00", "USD", -17, -31, "2.19 USD", nil},
		"of nothing":                        {"0", "USD", -17, 31, "0.00 USD", nil},
		"no share":                          {"4.00", "USD", 0, -31, "0.00 USD", nil},
		"a zero denominator":                {"4.00", "USD", 1, 0, "", money.ErrInvalidNumber},
		"extreme numbers that cancel":       {"4.00", "USD", math.MinInt64, math.MinInt64, "4.00 USD", nil},
		"extreme numbers that grow":         {"92233720368547758.07", "USD", math.MaxInt64, 1, "", money.ErrOutOfRange},
		"a quotient of exactly 64 bits":     {"92233720368547758.07", "USD", 2, 1, "184467440737095516.14 USD", nil},
		"a product of exactly 2 to the 64":  {"4294967296", "JPY", 4294967296, 1, "18446744073709551616 JPY", nil},
		"a quotient that rounds past int64": {"92233720368547758.07", "USD", 9223372036854775807, 9223372036854775806, "92233720368547758.08 USD", nil},
		"a denominator with 18 more digits": {"0.000000000000000001", "USD", math.MaxInt64, math.MaxInt64, "0.00 USD", nil},
		"a wide amount":                     {"12345678901234567890.12", "USD", 1, 3, "4115226300411522630.04 USD", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := money.MustParse(c.value, c.currency).MulRat(c.num, c.den, money.HalfUp)
			if c.err != nil {
				require.ErrorIs(t, err, c.err)
				require.False(t, got.IsSet())
				return
			}
			require.NoError(t, err)
			requireAmount(t, c.want, got)
		})
	}
}

func TestRoundRatRefusesWhatIsNoAmount(t *testing.T) {
	t.Parallel()
	_, err := money.RoundRat(nil, "USD", money.HalfUp)
	require.ErrorIs(t, err, money.ErrInvalidNumber)
	huge := new(big.Int).Lsh(big.NewInt(1), 1<<20)
	_, err = money.RoundRat(new(big.Rat).SetInt(huge), "USD", money.HalfUp)
	require.ErrorIs(t, err, money.ErrOutOfRange)
	_, err = money.RoundRat(new(big.Rat).SetInt(new(big.Int).Lsh(big.NewInt(1), 200)), "USD", money.HalfUp)
	require.ErrorIs(t, err, money.ErrOutOfRange)
	tiny, err := money.RoundRat(new(big.Rat).SetFrac(big.NewInt(-1), huge), "USD", money.Floor)
	require.NoError(t, err)
	requireAmount(t, "-0.01 USD", tiny)
	past, err := money.RoundRat(big.NewRat(-100_000_000_000_000_000, 1), "USD", money.HalfUp)
	require.NoError(t, err)
	requireAmount(t, "-100000000000000000.00 USD", past) // the minor units are beyond int64
	v := big.NewRat(7, 3)
	_, err = money.RoundRat(v, "USD", money.HalfUp)
	require.NoError(t, err)
	require.Zero(t, v.Cmp(big.NewRat(7, 3)), "the fraction is the caller's")
}

func TestModesHaveNamesThatRoundTrip(t *testing.T) {
	t.Parallel()
	names := []string{"half_up", "half_even", "half_down", "up", "down", "ceiling", "floor"}
	for i, m := range modes {
		require.Equal(t, names[i], m.String())
		b, err := json.Marshal(m)
		require.NoError(t, err)
		require.Equal(t, `"`+names[i]+`"`, string(b))
		var back money.Rounding
		require.NoError(t, json.Unmarshal(b, &back))
		require.Equal(t, m, back)
	}
	require.Equal(t, money.HalfUp, *new(money.Rounding))
	for _, m := range []money.Rounding{-1, 7} {
		_, err := m.MarshalText()
		require.ErrorIs(t, err, money.ErrFormat)
		require.Contains(t, m.String(), "Rounding(")
		requireAmount(t, "0.13 USD", usd("0.125").Round(m))
	}
	for _, text := range []string{"", "HALF_UP", "half_up ", "half-up", "bankers", "0"} {
		m := money.Floor
		require.ErrorIs(t, m.UnmarshalText([]byte(text)), money.ErrFormat)
		require.Equal(t, money.Floor, m)
	}
}

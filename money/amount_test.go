package money_test

import (
	"math"
	"math/big"
	"reflect"
	"strings"
	"testing"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/money"
)

func usd(s string) money.Amount { return money.MustParse(s, "USD") }

// requireAmount compares by value and by representation: equal amounts must be indistinguishable.
func requireAmount(t *testing.T, want string, got money.Amount) {
	t.Helper()
	require.Equal(t, want, got.String())
	var parsed money.Amount
	require.NoError(t, parsed.UnmarshalText([]byte(want)))
	require.True(t, parsed.Equal(got), "%v is not Equal to its own text", got)
	require.True(t, reflect.DeepEqual(parsed, got), "%v has a second representation", got)
}

func TestL3NumbersFromOutsideAreBoundedAndPlain(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("9", 100_000)
	for name, c := range map[string]struct {
		in     string
		reason string
	}{
		"empty text":                        {"", "empty"},
		"NaN":                               {"NaN", "not a number"},
		"infinity":                          {"Inf", "not a number"},
		"positive infinity":                 {"+Inf", "not a number"},
		"negative infinity":                 {"-Inf", "not a number"},
		"a leading space":                   {" 1", "not a number"},
		"a trailing space":                  {"1 ", "not a number"},
		"a trailing line end":               {"1\n", "not a number"},
		"a trailing zero byte":              {"1\x00", "not a number"},
		"grouped thousands":                 {"1,000", "not a number"},
		"an underscore":                     {"1_000", "not a number"},
		"a decimal comma":                   {"1,5", "not a number"},
		"hexadecimal":                       {"0x10", "not a number"},
		"binary":                            {"0b1", "not a number"},
		"a fraction":                        {"1/3", "not a number"},
		"Arabic digits":                     {"١٢٣", "not a number"},
		"full-width digits":                 {"１２", "not a number"},
		"the Unicode minus":                 {"−1", "not a number"},
		"two minus signs":                   {"--1", "not a number"},
		"a plus sign":                       {"+1", "not a number"},
		"only a minus":                      {"-", "not a number"},
		"only a point":                      {".", "not a number"},
		"no digit before the point":         {".5", "not a number"},
		"no digit after the point":          {"5.", "no digit after the point"},
		"two points":                        {"1.2.3", "not a number"},
		"a leading zero":                    {"007", "leading zero"},
		"two zeros":                         {"00", "leading zero"},
		"a leading zero before a point":     {"-01.5", "leading zero"},
		"an exponent without digits":        {"1e", "no digit in the exponent"},
		"an exponent with only a sign":      {"1e-", "no digit in the exponent"},
		"two exponents":                     {"1e1e1", "not a number"},
		"a fractional exponent":             {"1e1.5", "not a number"},
		"a currency sign":                   {"$1", "not a number"},
		"a huge exponent":                   {"1e2147483647", "exponent beyond 18"},
		"a huge negative exponent":          {"1e-2147483648", "exponent beyond 18"},
		"an exponent that wraps 64 bits":    {"1e18446744073709551617", "exponent beyond 18"},
		"zero with a huge exponent":         {"0e2147483647", "exponent beyond 18"},
		"the first exponent too large":      {"1e19", "exponent beyond 18"},
		"the first exponent too small":      {"1e-19", "exponent beyond 18"},
		"35 digits":                         {"1" + strings.Repeat("0", 33) + "1", "more than 34 digits"},
		"35 digits around the point":        {strings.Repeat("9", 17) + "." + strings.Repeat("9", 18), "more than 34 digits"},
		"19 decimal places":                 {"0.0000000000000000001", "more than 18 decimal places"},
		"19 decimal places by the exponent": {"0.1e-18", "more than 18 decimal places"},
		"19 decimal places of 20 digits":    {"1.1234567890123456789", "more than 18 decimal places"},
		"53 digits before the point":        {"1" + strings.Repeat("0", 52), "more than 52 digits before the decimal point"},
		"35 negative digits":                {"-1" + strings.Repeat("0", 33) + "1", "more than 34 digits"},
		"53 negative digits":                {"-1" + strings.Repeat("0", 52), "more than 52 digits before the decimal point"},
		"100,000 digits":                    {long, "too long"},
		"100,000 decimal places":            {"0." + long, "too long"},
		"100,000 leading zeros":             {strings.Repeat("0", 100_000) + "1", "too long"},
		"100,000 digits in the exponent":    {"1e" + long, "too long"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := money.ParseDecimal(c.in)
			require.ErrorIs(t, err, money.ErrInvalidNumber)
			var detail *money.NumberError
			require.ErrorAs(t, err, &detail)
			require.Equal(t, c.reason, detail.Reason)
			require.Less(t, len(err.Error()), 300, "the message must not repeat the whole input")

			a, err := money.Parse(c.in, "USD")
			require.ErrorIs(t, err, money.ErrInvalidNumber)
			require.False(t, a.IsSet())
		})
	}
}

func TestL3NumbersWithinTheBoundsAreExact(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ in, want string }{
		"zero":                              {"0", "0.00 USD"},
		"negative zero is zero":             {"-0", "0.00 USD"},
		"negative zero with decimals":       {"-0.000", "0.00 USD"},
		"padded to the digits of USD":       {"12.5", "12.50 USD"},
		"trailing zeros go":                 {"12.5000000000000000000000", "12.50 USD"},
		"a price below the cent stays":      {"0.0035", "0.0035 USD"},
		"an exponent":                       {"1.25e1", "12.50 USD"},
		"a capital exponent with a plus":    {"12E+2", "1200.00 USD"},
		"the smallest positive amount":      {"1e-18", "0.000000000000000001 USD"},
		"the smallest by decimals":          {"0.000000000000000001", "0.000000000000000001 USD"},
		"the largest exponent":              {"1e18", "1000000000000000000.00 USD"},
		"34 digits":                         {"-9999999999999999999999999999999999", "-9999999999999999999999999999999999.00 USD"},
		"34 digits around the point":        {"1234567890123456.123456789012345678", "1234567890123456.123456789012345678 USD"},
		"one below int64 minor units":       {"-92233720368547758.08", "-92233720368547758.08 USD"},
		"one above int64 minor units":       {"92233720368547758.08", "92233720368547758.08 USD"},
		"52 digits of which 34 are not 0":   {strings.Repeat("9", 34) + strings.Repeat("0", 18), strings.Repeat("9", 34) + strings.Repeat("0", 18) + ".00 USD"},
		"52 digits by the exponent":         {strings.Repeat("9", 34) + "e18", strings.Repeat("9", 34) + strings.Repeat("0", 18) + ".00 USD"},
		"19 digits, the end of one machine": {"1234567890123456789", "1234567890123456789.00 USD"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a, err := money.Parse(c.in, "USD")
			require.NoError(t, err)
			requireAmount(t, c.want, a)
			d, err := money.ParseDecimal(c.in)
			require.NoError(t, err)
			require.True(t, d.Equal(a.Decimal()), "%s differs from %s", d, a)
			require.LessOrEqual(t, d.Exponent(), int32(0))
		})
	}
}

func TestParsedDecimalsAreNormalised(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]decimal.Decimal{
		"0.00": decimal.New(0, 0), "100": decimal.New(100, 0), "1e2": decimal.New(100, 0), "12.50": decimal.New(125, -1),
		"-0.0035": decimal.New(-35, -4),
	} {
		got, err := money.ParseDecimal(in)
		require.NoError(t, err)
		require.Equal(t, want.Exponent(), got.Exponent(), in)
		require.Equal(t, want.Coefficient(), got.Coefficient(), in)
	}
}

func TestNumbersUpTo96BytesAreRead(t *testing.T) {
	t.Parallel()
	_, err := money.ParseDecimal("1." + strings.Repeat("0", 94))
	require.NoError(t, err)
	var a money.Amount
	require.NoError(t, a.UnmarshalText([]byte("1."+strings.Repeat("0", 94)+" USD")))
	_, err = money.ParseDecimal("1." + strings.Repeat("0", 95))
	require.ErrorContains(t, err, "too long")
}

func TestL3CurrencyCodesAreUpperCaseISOWithAMinorUnit(t *testing.T) {
	t.Parallel()
	bad := []string{
		"", "usd", "Usd", "US", "USDD", " USD", "USD ", "U$D", "ＵＳＤ", "EUR\x00", "ZZZ", "AAA", "840",
		"XXX", "XTS", "XAU", "XAG", "XPT", "XPD", "XDR", "XSU", "XUA", "XBA", "XBB", "XBC", "XBD", "DEM", "HRK",
		strings.Repeat("USD", 100_000),
	}
	for _, code := range bad {
		for name, call := range map[string]func() (money.Amount, error){
			"Parse":     func() (money.Amount, error) { return money.Parse("1", code) },
			"New":       func() (money.Amount, error) { return money.New(decimal.NewFromInt(1), code) },
			"FromMinor": func() (money.Amount, error) { return money.FromMinor(1, code) },
			"Zero":      func() (money.Amount, error) { return money.Zero(code) },
			"Sum":       func() (money.Amount, error) { return money.Sum(code) },
			"RoundRat":  func() (money.Amount, error) { return money.RoundRat(big.NewRat(1, 2), code, money.HalfUp) },
		} {
			a, err := call()
			require.ErrorIs(t, err, money.ErrCurrency, "%s accepted %.40q", name, code)
			require.Less(t, len(err.Error()), 300)
			require.False(t, a.IsSet())
		}
		_, ok := money.Exponent(code)
		require.False(t, ok, "%.40q", code)
	}
}

func TestNewChecksADecimalBeforeItComputes(t *testing.T) {
	t.Parallel()
	many := new(big.Int).Exp(big.NewInt(7), big.NewInt(300_000), nil)
	for name, v := range map[string]decimal.Decimal{
		"the largest exponent":     decimal.New(1, math.MaxInt32),
		"the smallest exponent":    decimal.New(1, math.MinInt32),
		"an exponent of 53":        decimal.New(1, 53),
		"10 to the 52":             decimal.New(1, 52),
		"19 decimal places":        decimal.New(1, -19),
		"35 digits":                decimal.NewFromBigInt(new(big.Int).Exp(big.NewInt(7), big.NewInt(41), nil), 0),
		"a quarter million digits": decimal.NewFromBigInt(many, 0),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a, err := money.New(v, "USD")
			require.ErrorIs(t, err, money.ErrOutOfRange)
			require.False(t, a.IsSet())
			_, err = usd("1").Mul(v)
			require.ErrorIs(t, err, money.ErrOutOfRange)
		})
	}
	for name, c := range map[string]struct {
		v    decimal.Decimal
		want string
	}{
		"the zero decimal":                {decimal.Decimal{}, "0.00 USD"},
		"zero with a huge exponent":       {decimal.New(0, math.MaxInt32), "0.00 USD"},
		"zero with a tiny exponent":       {decimal.New(0, math.MinInt32), "0.00 USD"},
		"trailing zeros beyond the scale": {decimal.New(1500, -20).Mul(decimal.New(1, 18)), "15.00 USD"},
		"100 zeros after the point":       {decimal.NewFromBigInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(100), nil), -100), "1.00 USD"},
		"a positive exponent":             {decimal.New(12, 3), "12000.00 USD"},
		"the largest power of ten":        {decimal.New(1, 51), "1" + strings.Repeat("0", 51) + ".00 USD"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a, err := money.New(c.v, "USD")
			require.NoError(t, err)
			requireAmount(t, c.want, a)
		})
	}
}

func TestTheCallersDecimalIsNotShared(t *testing.T) {
	t.Parallel()
	a := usd("9999999999999999999999999999999999")
	a.Decimal().Coefficient().SetInt64(1)
	a.Decimal().BigInt().SetInt64(1)
	a.Rat().SetInt64(1)
	requireAmount(t, "9999999999999999999999999999999999.00 USD", a)
}

func TestMinorUnitsAreExactOrRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		value, currency string
		want            int64
		err             error
	}{
		"two digits":                    {"12.50", "USD", 1250, nil},
		"no digits":                     {"1250", "JPY", 1250, nil},
		"three digits":                  {"1.005", "KWD", 1005, nil},
		"four digits":                   {"0.0001", "CLF", 1, nil},
		"a negative amount":             {"-0.01", "USD", -1, nil},
		"half a cent":                   {"0.005", "USD", 0, money.ErrInexact},
		"half a yen":                    {"0.5", "JPY", 0, money.ErrInexact},
		"the largest int64":             {"92233720368547758.07", "USD", math.MaxInt64, nil},
		"the smallest int64":            {"-92233720368547758.08", "USD", math.MinInt64, nil},
		"one above the largest int64":   {"92233720368547758.08", "USD", 0, money.ErrOutOfRange},
		"one below the smallest int64":  {"-92233720368547758.09", "USD", 0, money.ErrOutOfRange},
		"where decimal.IntPart wraps":   {"18446744073709551617", "JPY", 0, money.ErrOutOfRange},
		"wide and below the minor unit": {"9223372036854775808.001", "USD", 0, money.ErrInexact},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := money.MustParse(c.value, c.currency)
			got, err := a.Minor()
			require.ErrorIs(t, err, c.err)
			require.Equal(t, c.want, got)
			if c.err == nil {
				back, err := money.FromMinor(got, c.currency)
				require.NoError(t, err)
				require.True(t, back.Equal(a))
			}
		})
	}
}

func TestTheZeroAmountIsNoAmountAndNeverZero(t *testing.T) {
	t.Parallel()
	var none money.Amount
	one := usd("1.00")
	require.False(t, none.IsSet())
	require.False(t, none.IsZero(), "a missing amount must not read as nothing to pay")
	require.True(t, usd("0").IsZero())
	require.False(t, one.IsZero())
	require.Empty(t, none.Currency())
	require.Equal(t, 0, none.Sign())
	require.Equal(t, "no amount", none.String())
	require.Empty(t, none.Display("en"))
	require.True(t, none.Equal(money.Amount{}))
	require.False(t, none.Equal(usd("0")))
	require.True(t, none.Neg().Equal(none))
	require.True(t, none.Round(money.Up).Equal(none))
	require.True(t, none.RoundTo(-3, money.Up).Equal(none))
	require.True(t, none.Decimal().IsZero())
	require.Zero(t, none.Rat().Sign())

	for name, call := range map[string]func() error{
		"Add to it":       func() error { _, err := none.Add(one); return err },
		"Add it":          func() error { _, err := one.Add(none); return err },
		"Add two of it":   func() error { _, err := none.Add(none); return err },
		"Sub":             func() error { _, err := one.Sub(none); return err },
		"Cmp":             func() error { _, err := none.Cmp(none); return err },
		"Mul":             func() error { _, err := none.Mul(decimal.NewFromInt(2)); return err },
		"MulRat":          func() error { _, err := none.MulRat(1, 2, money.HalfUp); return err },
		"Minor":           func() error { _, err := none.Minor(); return err },
		"Allocate":        func() error { _, err := none.Allocate(1); return err },
		"AllocateRat":     func() error { _, err := none.AllocateRat(big.NewRat(1, 1)); return err },
		"Split":           func() error { _, err := none.Split(1); return err },
		"Sum":             func() error { _, err := money.Sum("USD", one, none); return err },
		"MarshalText":     func() error { _, err := none.MarshalText(); return err },
		"Sum of its code": func() error { _, err := money.Sum(none.Currency()); return err },
	} {
		err := call()
		require.ErrorIs(t, err, money.ErrCurrency, name)
		require.EqualError(t, err, "money: no currency", name)
	}
}

func TestMustParsePanicsOnABadConstant(t *testing.T) {
	t.Parallel()
	require.PanicsWithError(t, `money: invalid number "1,5": not a number`, func() { money.MustParse("1,5", "USD") })
	require.PanicsWithError(t, `money: invalid currency "usd"`, func() { money.MustParse("1.5", "usd") })
}

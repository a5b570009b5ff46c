package money_test

import (
	"encoding/json"
	"errors"
	"math/big"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/money"
)

var numberShape = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE]([+-]?[0-9]+))?$`)

// parseOracle reads a number with a regular expression and math/big.
func parseOracle(s string) (*big.Rat, bool) {
	m := numberShape.FindStringSubmatch(s)
	if m == nil || len(s) > 96 {
		return nil, false
	}
	if m[4] != "" {
		exponent, err := strconv.Atoi(m[4])
		if err != nil || exponent < -18 || exponent > 18 {
			return nil, false
		}
	}
	v, ok := new(big.Rat).SetString(s)
	return v, ok && inBounds(v)
}

func FuzzParseDecimal(f *testing.F) {
	for _, s := range []string{
		"", "0", "-0", "12.50", "1e18", "1e-18", "1e19", "-1.25E+2", "1e2147483647", "NaN", "Inf",
		"0x10", "1,000", "--1", "1e", "1.", ".1", "007", "١٢", "−1", " 1", strings.Repeat("9", 34), strings.Repeat("9", 35),
		strings.Repeat("9", 34) + "e18", "0." + strings.Repeat("0", 17) + "1", "1" + strings.Repeat("0", 90),
		"1." + strings.Repeat("0", 90), "9223372036854775808", "-9223372036854775808", "0e0018", "1e-00000000000000018",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		want, ok := parseOracle(s)
		got, err := money.ParseDecimal(s)
		require.Equal(t, ok, err == nil, "%q: %v", s, err)
		if err != nil {
			require.ErrorIs(t, err, money.ErrInvalidNumber)
			require.Less(t, len(err.Error()), 500)
			return
		}
		require.Zero(t, want.Cmp(got.Rat()), "%q is %s", s, got)
		for _, currency := range []string{"USD", "JPY"} {
			a, err := money.Parse(s, currency)
			require.NoError(t, err)
			b, err := money.New(got, currency)
			require.NoError(t, err)
			require.True(t, reflect.DeepEqual(a, b))
			require.True(t, a.Decimal().Equal(got))
		}
	})
}

func FuzzAmountJSON(f *testing.F) {
	for _, s := range []string{
		`{"amount":"12.50","currency":"USD"}`, `{"currency":"JPY","amount":"-3"}`, `null`, ` null `, `{}`,
		`{"amount":12.5,"currency":"USD"}`, `{"amount":"1","currency":"USD","currency":"EUR"}`, `{"Amount":"1","currency":"USD"}`,
		`{"amount":"1","currency":"USD"}x`, `{"amount":"\u0031","currency":"USD"}`, `{"amount":"1","currency":"USD",}`, `[]`, `"1 USD"`,
		"{\"amount\":\"1\"\t,\n\"currency\":\"KWD\"}", `{"amount":"1e2147483647","currency":"USD"}`, `{"amount":"1","currency":"XXX"}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var a money.Amount
		if err := a.UnmarshalJSON(b); err != nil {
			require.False(t, a.IsSet())
			require.True(t, errors.Is(err, money.ErrFormat) || errors.Is(err, money.ErrInvalidNumber) ||
				errors.Is(err, money.ErrCurrency), "%v", err)
			require.Less(t, len(err.Error()), 500)
			requireLooseRefusal(t, b)
			return
		}
		out, err := json.Marshal(a)
		require.NoError(t, err)
		var back money.Amount
		require.NoError(t, json.Unmarshal(out, &back))
		require.True(t, reflect.DeepEqual(a, back))
		// Whatever is accepted, encoding/json reads the same way.
		var members map[string]string
		require.NoError(t, json.Unmarshal(b, &members))
		if members == nil {
			require.False(t, a.IsSet())
			return
		}
		require.Len(t, members, 2)
		want, err := money.Parse(members["amount"], members["currency"])
		require.NoError(t, err)
		require.True(t, want.Equal(a))
	})
}

// requireLooseRefusal checks that nothing well-formed is refused: without escapes, long white space and
// second members, encoding/json and Parse must refuse b too.
func requireLooseRefusal(t *testing.T, b []byte) {
	t.Helper()
	var members map[string]string
	if len(b) > 200 || strings.ContainsAny(string(b), "\\") || json.Unmarshal(b, &members) != nil ||
		len(members) != 2 || strings.Count(string(b), ":") != 2 {
		return
	}
	amount, ok := members["amount"]
	currency, also := members["currency"]
	if !ok || !also {
		return
	}
	_, err := money.Parse(amount, currency)
	require.Error(t, err, "%q was refused", b)
}

func FuzzAmountText(f *testing.F) {
	for _, s := range []string{
		"12.50 USD", "-0.0035 USD", "0 JPY", "1 usd", "1  USD", " USD", "USD", "", "1 XXX", "1e18 CLF",
		"no amount", "1\u00a0USD", "9223372036854775808 JPY", "-0 KWD", strings.Repeat("9", 34) + " USD",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var a money.Amount
		err := a.UnmarshalText([]byte(s))
		number, code, found := strings.Cut(s, " ")
		value, ok := parseOracle(number)
		_, known := money.Exponent(code)
		require.Equal(t, found && ok && known, err == nil, "%q: %v", s, err)
		if err != nil {
			require.False(t, a.IsSet())
			return
		}
		require.Zero(t, value.Cmp(a.Rat()))
		require.Equal(t, code, a.Currency())
		var back money.Amount
		require.NoError(t, back.UnmarshalText([]byte(a.String())))
		require.True(t, reflect.DeepEqual(a, back))
	})
}

func FuzzDisplay(f *testing.F) {
	f.Add("12.50", "USD", "en")
	f.Add("-1234567.891", "JPY", "fr-CA")
	f.Add("-0", "XOF", "de_DE")
	f.Add("99999999999999999999", "CNY", "ja")
	f.Add("1234", "EUR", "es")
	f.Add("1", "BRL", "pt-BR")
	f.Add("1", "CHF", "\xff\x00")
	f.Add("1", "XCG", "EN")
	f.Fuzz(func(t *testing.T, value, currency, locale string) {
		a, err := money.Parse(value, currency)
		if err != nil {
			return
		}
		shown := a.Display(locale)
		require.True(t, utf8.ValidString(shown))
		require.Equal(t, a.Sign() < 0, strings.HasPrefix(shown, "-"))
		// Only the digits of String remain when everything else is taken away, in their order.
		digits := func(s string) string {
			return strings.Map(func(r rune) rune {
				if r >= '0' && r <= '9' {
					return r
				}
				return -1
			}, s)
		}
		require.Equal(t, digits(a.String()), digits(shown))
		language, _, _ := strings.Cut(strings.ReplaceAll(locale, "_", "-"), "-")
		require.Equal(t, a.Display(language), shown, "the language decides")
	})
}

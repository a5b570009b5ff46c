package money_test

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/money"
)

func readJSON(t *testing.T, path string, into any) {
	t.Helper()
	b, err := os.ReadFile(path)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(b, into))
}

// testdata/display.json is written by testdata/gen/display_golden.js.
func TestDisplayIsWhatIntlNumberFormatPrints(t *testing.T) {
	t.Parallel()
	var golden struct {
		Source struct {
			Differing []string `json:"digits_differ_from_iso"`
		} `json:"source"`
		Rows [][4]string `json:"rows"`
	}
	readJSON(t, "testdata/display.json", &golden)
	require.Greater(t, len(golden.Rows), 6*12*10)
	for _, row := range golden.Rows {
		locale, currency, value, want := row[0], row[1], row[2], row[3]
		require.Equal(t, want, money.MustParse(value, currency).Display(locale), "%s %s %s", locale, currency, value)
	}
	require.Contains(t, golden.Source.Differing, "HUF", "ICU's digits are not those of ISO 4217")
	require.Equal(t, "HUF\u00a01.00", money.MustParse("1", "HUF").Display("en"))
}

func TestDisplayChoosesTheLanguageOfTheLocale(t *testing.T) {
	t.Parallel()
	a := usd("-1234567.5")
	for locale, want := range map[string]string{
		"en":            "-$1,234,567.50",
		"en-GB":         "-$1,234,567.50",
		"EN_us":         "-$1,234,567.50",
		"de-AT":         "-1.234.567,50\u00a0$",
		"fr-CA":         "-1\u202f234\u202f567,50\u00a0$US",
		"es-419":        "-1.234.567,50\u00a0US$",
		"ja-JP":         "-$1,234,567.50",
		"pt":            "-US$\u00a01.234.567,50",
		"pt-BR":         "-US$\u00a01.234.567,50",
		"pt-Latn-BR":    "-US$\u00a01.234.567,50",
		"":              "-USD 1,234,567.50",
		"-":             "-USD 1,234,567.50",
		"_en":           "-USD 1,234,567.50",
		"x":             "-USD 1,234,567.50",
		"it":            "-USD 1,234,567.50",
		"eng":           "-USD 1,234,567.50",
		"eſ":            "-USD 1,234,567.50",
		"deutsch":       "-USD 1,234,567.50",
		"en;q=0.5":      "-USD 1,234,567.50",
		"ar-u-nu-arab":  "-USD 1,234,567.50",
		"\x00\xff":      "-USD 1,234,567.50",
		"../../etc":     "-USD 1,234,567.50",
		"de\u202e-evil": "-USD 1,234,567.50",
	} {
		require.Equal(t, want, a.Display(locale), "%q", locale)
	}
}

func TestDisplayShowsEveryDigit(t *testing.T) {
	t.Parallel()
	most := usd("9999999999999999999999999999999999e18")
	require.Equal(t, "$9,999,999,999,999,999,999,999,999,999,999,999,000,000,000,000,000,000.00", most.Display("en"))
	require.Equal(t, "USD 0.000000000000000001", usd("1e-18").Display("und"))
	require.Equal(t, "1234,56\u00a0€", money.MustParse("1234.56", "EUR").Display("es"))
	require.Equal(t, "12.345,60\u00a0€", money.MustParse("12345.6", "EUR").Display("es"))
}

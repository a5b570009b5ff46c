package money_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/money"
)

func TestFormatNeverPrintsTheStruct(t *testing.T) {
	t.Parallel()
	a := usd("-12.5")
	for format, want := range map[string]string{
		"%v":    "-12.50 USD",
		"%+v":   "-12.50 USD",
		"%s":    "-12.50 USD",
		"%q":    `"-12.50 USD"`,
		"%#v":   `money.MustParse("-12.50", "USD")`,
		"%14s|": "    -12.50 USD|",
		"%-14v": "-12.50 USD    ",
		"%d":    "%!d(money.Amount=-12.50 USD)",
		"%x":    "%!x(money.Amount=-12.50 USD)",
		"%.2f":  "%!f(money.Amount=-12.50 USD)",
	} {
		require.Equal(t, want, fmt.Sprintf(format, a))
	}
	require.Equal(t, "no amount", fmt.Sprintf("%v", money.Amount{}))
	require.Equal(t, "money.Amount{}", fmt.Sprintf("%#v", money.Amount{}))
	require.Equal(t, "{-12.50 USD [0.0035 USD]}", fmt.Sprint(struct {
		A money.Amount
		B []money.Amount
	}{a, []money.Amount{usd("0.0035")}}))
}

func TestTextRoundTripsAlsoAsAMapKey(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"12.50 USD", "-0.0035 USD", "0 JPY", "0.000 KWD", "0.0001 CLF",
		"-9999999999999999999999999999999999000000000000000000.00 USD",
	} {
		var a money.Amount
		require.NoError(t, a.UnmarshalText([]byte(text)))
		require.Equal(t, text, a.String())
		b, err := a.MarshalText()
		require.NoError(t, err)
		require.Equal(t, text, string(b))
		key, err := json.Marshal(map[money.Amount]int{a: 1})
		require.NoError(t, err)
		require.Equal(t, `{"`+text+`":1}`, string(key))
	}
}

func TestTextIsANumberASpaceAndACode(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		text string
		err  error
	}{
		"empty":               {"", money.ErrFormat},
		"no code":             {"12.50", money.ErrFormat},
		"only a code":         {"USD", money.ErrFormat},
		"no space":            {"12.50USD", money.ErrFormat},
		"a no-break space":    {"12.50\u00a0USD", money.ErrFormat},
		"a tab":               {"12.50\tUSD", money.ErrFormat},
		"the code first":      {"USD 12.50", money.ErrFormat},
		"a code of four":      {"12.50 USDT", money.ErrFormat},
		"a trailing space":    {"12.50 USD ", money.ErrFormat},
		"no number":           {" USD", money.ErrInvalidNumber},
		"two spaces":          {"12.50  USD", money.ErrInvalidNumber},
		"a leading space":     {" 12.50 USD", money.ErrInvalidNumber},
		"a lower-case code":   {"12.50 usd", money.ErrCurrency},
		"a code without unit": {"12.50 XXX", money.ErrCurrency},
		"what String gives for none": {
			money.Amount{}.String(), money.ErrFormat,
		},
		"100,000 digits": {strings.Repeat("9", 100_000) + " USD", money.ErrFormat},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := usd("7")
			err := a.UnmarshalText([]byte(c.text))
			require.ErrorIs(t, err, c.err)
			require.Less(t, len(err.Error()), 300)
			requireAmount(t, "7.00 USD", a)
		})
	}
}

func TestL3JSONIsAStringAndACode(t *testing.T) {
	t.Parallel()
	for value, want := range map[money.Amount]string{
		usd("12.5"):                  `{"amount":"12.50","currency":"USD"}`,
		usd("-0.0035"):               `{"amount":"-0.0035","currency":"USD"}`,
		money.MustParse("3", "JPY"):  `{"amount":"3","currency":"JPY"}`,
		money.MustParse("-3", "KWD"): `{"amount":"-3.000","currency":"KWD"}`,
		{}:                           `null`,
	} {
		b, err := json.Marshal(value)
		require.NoError(t, err)
		require.Equal(t, want, string(b))
		back := usd("99")
		require.NoError(t, json.Unmarshal(b, &back))
		require.Equal(t, value, back)
	}
	type row struct {
		Price *money.Amount  `json:"price,omitempty"`
		Costs []money.Amount `json:"costs"`
	}
	b, err := json.Marshal(row{Costs: []money.Amount{usd("1")}})
	require.NoError(t, err)
	require.JSONEq(t, `{"costs":[{"amount":"1.00","currency":"USD"}]}`, string(b))

	var a money.Amount
	require.NoError(t, json.Unmarshal([]byte(" {\n\t\"currency\" : \"USD\" ,\r \"amount\":\"12.5\" } "), &a))
	requireAmount(t, "12.50 USD", a)

	text := `{"amount":"1","currency":"USD"`
	require.NoError(t, a.UnmarshalJSON([]byte(text+strings.Repeat(" ", 1023-len(text))+"}")))
	require.ErrorContains(t, a.UnmarshalJSON([]byte(text+strings.Repeat(" ", 1024-len(text))+"}")), "too long")
}

func TestL3JSONIsReadStrictly(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		text string
		err  error
		want string
	}{
		"empty":                     {``, money.ErrFormat, "not an object"},
		"a number":                  {`12.5`, money.ErrFormat, "not an object"},
		"a string":                  {`"12.50 USD"`, money.ErrFormat, "not an object"},
		"an array":                  {`["12.50","USD"]`, money.ErrFormat, "not an object"},
		"nearly null":               {`nul`, money.ErrFormat, "not an object"},
		"more than null":            {`nullx`, money.ErrFormat, "data after the amount"},
		"an empty object":           {`{}`, money.ErrFormat, "want a member name"},
		"no currency":               {`{"amount":"1"}`, money.ErrFormat, "amount or currency is missing"},
		"no amount":                 {`{"currency":"USD"}`, money.ErrFormat, "amount or currency is missing"},
		"an amount as number":       {`{"amount":12.5,"currency":"USD"}`, money.ErrFormat, "must be strings"},
		"an amount as null":         {`{"amount":null,"currency":"USD"}`, money.ErrFormat, "must be strings"},
		"a currency as number":      {`{"amount":"1","currency":840}`, money.ErrFormat, "must be strings"},
		"a nested object":           {`{"amount":{"amount":"1"},"currency":"USD"}`, money.ErrFormat, "must be strings"},
		"an unknown member":         {`{"amount":"1","currency":"USD","tax":"0"}`, money.ErrFormat, "unknown member"},
		"a member in capitals":      {`{"Amount":"1","currency":"USD"}`, money.ErrFormat, "unknown member"},
		"a member with long s":      {`{"amount":"1","curſency":"USD"}`, money.ErrFormat, "unknown member"},
		"an escaped member":         {`{"\u0061mount":"1","currency":"USD"}`, money.ErrFormat, "want a member name"},
		"an escaped digit":          {`{"amount":"\u0031","currency":"USD"}`, money.ErrFormat, "must be strings"},
		"a second amount":           {`{"amount":"1","amount":"2","currency":"USD"}`, money.ErrFormat, "duplicate member"},
		"the same amount again":     {`{"amount":"1","currency":"USD","amount":"1"}`, money.ErrFormat, "duplicate member"},
		"a second empty currency":   {`{"currency":"","currency":"USD","amount":"1"}`, money.ErrFormat, "duplicate member"},
		"no colon":                  {`{"amount" "1","currency":"USD"}`, money.ErrFormat, "want a colon"},
		"no comma":                  {`{"amount":"1" "currency":"USD"}`, money.ErrFormat, "want a comma"},
		"a trailing comma":          {`{"amount":"1","currency":"USD",}`, money.ErrFormat, "want a member name"},
		"an unfinished object":      {`{"amount":"1","currency":"USD"`, money.ErrFormat, "want a comma"},
		"an unfinished string":      {`{"amount":"1","currency":"USD`, money.ErrFormat, "must be strings"},
		"a line end in a string":    {"{\"amount\":\"1\n\",\"currency\":\"USD\"}", money.ErrFormat, "must be strings"},
		"two values":                {`{"amount":"1","currency":"USD"}{}`, money.ErrFormat, "data after the amount"},
		"a zero byte after":         {"{\"amount\":\"1\",\"currency\":\"USD\"}\x00", money.ErrFormat, "data after the amount"},
		"a form feed as space":      {"{\f\"amount\":\"1\",\"currency\":\"USD\"}", money.ErrFormat, "want a member name"},
		"more white space than fit": {`{` + strings.Repeat(" ", 2000) + `"amount":"1","currency":"USD"}`, money.ErrFormat, "too long"},
		"a megabyte of digits":      {`{"amount":"` + strings.Repeat("9", 1<<20) + `","currency":"USD"}`, money.ErrFormat, "too long"},
		"a number that is none":     {`{"amount":"1,000","currency":"USD"}`, money.ErrInvalidNumber, "not a number"},
		"a number with a space":     {`{"amount":" 1","currency":"USD"}`, money.ErrInvalidNumber, "not a number"},
		"an empty number":           {`{"amount":"","currency":"USD"}`, money.ErrInvalidNumber, "empty"},
		"a bomb":                    {`{"amount":"1e2147483647","currency":"USD"}`, money.ErrInvalidNumber, "exponent"},
		"a lower-case code":         {`{"amount":"1","currency":"usd"}`, money.ErrCurrency, "usd"},
		"an empty code":             {`{"amount":"1","currency":""}`, money.ErrCurrency, "no currency"},
		"a code without unit":       {`{"amount":"1","currency":"XXX"}`, money.ErrCurrency, "XXX"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := usd("7")
			err := a.UnmarshalJSON([]byte(c.text))
			require.ErrorIs(t, err, c.err)
			require.ErrorContains(t, err, c.want)
			require.Less(t, len(err.Error()), 300)
			requireAmount(t, "7.00 USD", a)
			require.Error(t, json.Unmarshal([]byte(c.text), &a), "encoding/json must refuse it too")
		})
	}
}

func TestMessagesCutLongInputAtARuneBoundary(t *testing.T) {
	t.Parallel()
	_, err := money.ParseDecimal(strings.Repeat("é", 41))
	require.EqualError(t, err, `money: invalid number "`+strings.Repeat("é", 40)+`…": not a number`)
	_, err = money.ParseDecimal(strings.Repeat("é", 40))
	require.EqualError(t, err, `money: invalid number "`+strings.Repeat("é", 40)+`": not a number`)
	_, err = money.ParseDecimal("\x1b[31m\xff")
	require.EqualError(t, err, `money: invalid number "\x1b[31m\xff": not a number`)
}

package wire_test

import (
	"encoding/json"
	"io"
	"math/big"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/internal/wire"
	"github.com/billhatch/billhatch/money"
	"github.com/billhatch/billhatch/usage/pricing"
)

func TestATextHasOneSpelling(t *testing.T) {
	t.Parallel()
	for text, spelled := range map[string]string{
		"": `""`, "Ann": `"Ann"`, `a"b\c`: `"a\"b\\c"`, "a\tb\x00": `"a\u0009b\u0000"`, "é\u2028<": "\"é\u2028<\"",
		"\x7f": "\"\x7f\"", "\ufffd": "\"\ufffd\"", "\xff": `{"base64":"/w=="}`, "ab\xc3": `{"base64":"YWLD"}`,
	} {
		require.Equal(t, spelled, string(wire.AppendText(nil, text)))
		got, rest, ok := wire.CutText(spelled + ",1")
		require.True(t, ok, spelled)
		require.Equal(t, text, got)
		require.Equal(t, ",1", rest)
	}
	for _, bad := range []string{
		``, `a`, `"`, `"a`, `"a\`, `"a\"`, `"\u0041"`, `"\/"`, `"\n"`, `"\u000A"`, "\"\xff\"", "\"\n\"", `null`,
		`{"base64":"/w=="`, `{"base64":"YQ=="}`, `{"base64":"/w"}`, `{"base64":"/x=="}`, "{\"base64\":\"/w\n==\"}", `{"base64": "/w=="}`,
	} {
		_, _, ok := wire.CutText(bad)
		require.False(t, ok, bad)
	}
}

func FuzzText(f *testing.F) {
	for _, s := range []string{"", "Ann", "\xff", "a\"\\\x00\u2028", `{"base64":"/w=="}`, `"\u0009"`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		spelled := string(wire.AppendText(nil, s))
		require.True(t, json.Valid([]byte(spelled)))
		got, rest, ok := wire.CutText(spelled)
		require.True(t, ok)
		require.Equal(t, s, got)
		require.Empty(t, rest)
		if text, rest, ok := wire.CutText(s); ok { // whatever is read is written so
			require.Equal(t, s, string(wire.AppendText(nil, text))+rest)
		}
	})
}

func TestNumbersKeepTheirPlaces(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"0", "0.00", "0e5", "-1.50", "12e3", "1e64", "0." + strings.Repeat("0", 63) + "1"} {
		var n wire.Number
		require.NoError(t, n.UnmarshalText([]byte(text)), text)
		again, err := n.MarshalText()
		require.NoError(t, err)
		require.Equal(t, text, string(again))
	}
	for _, text := range []string{"", "-", "+1", "-0", ".5", "5.", "01", "1e-2", "1e0", "1E3", "1e65", "1e999999999", " 1", "1_0", "0x1", "NaN", strings.Repeat("9", 300)} {
		var n wire.Number
		require.ErrorIs(t, n.UnmarshalText([]byte(text)), wire.ErrForm, text)
	}
	for _, d := range []decimal.Decimal{decimal.New(1, 65), decimal.New(1, -65), decimal.New(1, 1<<31-1), decimal.New(1, -1<<31)} {
		_, err := wire.Number(d).MarshalText()
		require.Error(t, err)
	}
	require.Nil(t, wire.NumberOf(decimal.Zero))
	require.True(t, (*wire.Number)(nil).Decimal().IsZero())
}

func TestFractionsAreInLowestTerms(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"0", "31/3", "-1/2", "12", strings.Repeat("9", 1000)} {
		var r wire.Ratio
		require.NoError(t, r.UnmarshalText([]byte(text)))
		again, err := r.MarshalText()
		require.NoError(t, err)
		require.Equal(t, text, string(again))
	}
	for _, text := range []string{"", "2/4", "1/0", "1/-2", "1/1", "1e9", "0.5", "1/2/3", "-0", "01", "+1", strings.Repeat("9", 1100)} {
		var r wire.Ratio
		require.ErrorIs(t, r.UnmarshalText([]byte(text)), wire.ErrForm, text)
	}
	long := wire.Ratio(*new(big.Rat).SetInt(new(big.Int).Lsh(big.NewInt(1), 4000)))
	_, err := long.MarshalText()
	require.Error(t, err)
}

type sample struct {
	Name   wire.Text    `json:"name"`
	Amount wire.Amount  `json:"amount,omitzero"`
	Price  *wire.Price  `json:"price,omitempty"`
	Charge *wire.Charge `json:"charge,omitempty"`
}

func TestALineIsReadOnlyAsItIsWritten(t *testing.T) {
	t.Parallel()
	price := pricing.Price{Model: pricing.Volume, Tiers: []pricing.Tier{
		{UpTo: decimal.RequireFromString("10.0"), Unit: money.MustParse("2", "USD")}, {Flat: money.MustParse("9", "USD")},
	}}
	charge, err := price.Charge(big.NewRat(31, 3), nil)
	require.NoError(t, err)
	in := sample{Name: "a<b>", Amount: wire.Amount(money.MustParse("0", "USD")), Price: wire.PriceOf(price), Charge: wire.ChargeOf(&charge)}
	line, err := wire.Append([]byte("x"), in)
	require.NoError(t, err)
	var out sample
	require.NoError(t, wire.Read(string(line[1:len(line)-1]), &out))
	require.True(t, out.Amount.Money().IsZero(), "nothing to pay is an amount")
	require.Equal(t, charge.String(), out.Charge.Pricing().String())
	require.Equal(t, price.Tiers[0].UpTo.Exponent(), out.Price.Pricing().Tiers[0].UpTo.Exponent())
	require.NoError(t, out.Price.Pricing().Validate())
	require.Nil(t, wire.PriceOf(pricing.Price{}))
	require.Equal(t, pricing.Price{}, (*wire.Price)(nil).Pricing())

	for _, bad := range []string{
		``, `{`, `[]`, `{"name":"a"} `, ` {"name":"a"}`, `{"name":"a","name":"a"}`, `{"Name":"a"}`, `{"name":"a","more":1}`,
		`{"name":null}`, `{"name":"a","amount":null}`, `{"name":"a","amount":"1 USD"}`, `{"name":"a","amount":"1.00 XQX"}`,
		`{"name":"a","price":null}`, `{"name":"a","price":{"model":"free"}}`,
	} {
		err := wire.Read(bad, &sample{})
		require.ErrorIs(t, err, wire.ErrForm, bad)
		require.Equal(t, wire.ErrForm.Error(), err.Error(), "nothing of what was read is repeated")
	}
	_, err = wire.Append(nil, sample{Name: wire.Text(strings.Repeat("x", wire.MaxLine))})
	require.ErrorIs(t, err, wire.ErrLong)
	many := sample{Price: &wire.Price{Tiers: make([]wire.Tier, 100_000)}}
	_, err = wire.Append(nil, many)
	require.ErrorIs(t, err, wire.ErrLong, "objects are more in memory than in text")
	bomb := `{"name":"a","price":{"tiers":[{}` + strings.Repeat(",{}", 100_000) + `]}}`
	require.ErrorIs(t, wire.Read(bomb, &sample{}), wire.ErrLong)
	_, err = wire.Append(nil, sample{Price: &wire.Price{Model: 99}})
	require.ErrorIs(t, err, wire.ErrForm)
}

func TestLines(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("y", 200<<10)
	for _, r := range []io.Reader{
		strings.NewReader("a\n\n" + long + "\nb\n"), iotest.OneByteReader(strings.NewReader("a\n\n" + long + "\nb\n")),
		iotest.DataErrReader(strings.NewReader("a\n\n" + long + "\nb\n")),
	} {
		lines := wire.NewLines(r)
		for _, want := range []string{"a", "", long, "b"} {
			got, err := lines.Next()
			require.NoError(t, err)
			require.Equal(t, want, got)
		}
		_, err := lines.Next()
		require.ErrorIs(t, err, io.EOF)
		require.Equal(t, 4, lines.Count())
	}
	_, err := wire.NewLines(strings.NewReader("a")).Next()
	require.ErrorIs(t, err, wire.ErrCut)
	_, err = wire.NewLines(strings.NewReader(strings.Repeat("a", wire.MaxLine))).Next()
	require.ErrorIs(t, err, wire.ErrLong)
	_, err = wire.NewLines(strings.NewReader(strings.Repeat("a", wire.MaxLine) + "\n")).Next()
	require.ErrorIs(t, err, wire.ErrLong)
	_, err = wire.NewLines(idle{}).Next()
	require.ErrorIs(t, err, io.ErrNoProgress)
	_, err = wire.NewLines(iotest.ErrReader(io.ErrUnexpectedEOF)).Next()
	require.ErrorIs(t, err, io.ErrUnexpectedEOF, "a reader that was cut off is no end")
}

type idle struct{}

func (idle) Read([]byte) (int, error) { return 0, nil }

package pricing_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/money"
	"github.com/billhatch/billhatch/usage/pricing"
)

func TestPricesInJSON(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, text string
		price      pricing.Price
	}{
		{"none", `null`, pricing.Price{}},
		{"flat", `{"model":"flat","unit":{"amount":"4.00","currency":"USD"}}`, flatPrice("4")},
		{"package", `{"model":"package","unit":{"amount":"15.00","currency":"USD"},"size":"10"}`, packages()},
		{
			"volume",
			`{"model":"volume","tiers":[{"up_to":"100","unit":{"amount":"4.00","currency":"USD"}},` +
				`{"up_to":"200","unit":{"amount":"3.00","currency":"USD"},"flat":{"amount":"10.00","currency":"USD"}},` +
				`{"unit":{"amount":"2.50","currency":"USD"}}]}`,
			volume(),
		},
		{
			"everything else",
			`{"model":"graduated","tiers":[{"up_to":"0.5","flat":{"amount":"1.00","currency":"USD"}}],` +
				`"minimum":{"amount":"0.00","currency":"USD"},"maximum":{"amount":"0.125","currency":"USD"},"flat_at_zero":true}`,
			pricing.Price{
				Model: pricing.Graduated, Tiers: []pricing.Tier{{UpTo: bound("0.5"), Flat: usd("1")}},
				Minimum: usd("0"), Maximum: usd("0.125"), FlatAtZero: true,
			},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			data, err := json.Marshal(c.price)
			require.NoError(t, err)
			require.Equal(t, c.text, string(data))
			back := packages()
			require.NoError(t, json.Unmarshal(data, &back))
			again, err := json.Marshal(back)
			require.NoError(t, err)
			require.Equal(t, c.text, string(again))
			require.Equal(t, c.price.Model, back.Model)
		})
	}
}

func TestMembersMayComeInAnyOrderAndSpacing(t *testing.T) {
	t.Parallel()
	var p pricing.Price
	require.NoError(t, json.Unmarshal([]byte(` {
		"tiers": [ { "unit": {"currency": "USD", "amount": "4"}, "up_to": "1e2" } ],
		"flat_at_zero": false, "model": "volume"
	} `), &p))
	data, err := json.Marshal(p)
	require.NoError(t, err)
	require.JSONEq(t, `{"model":"volume","tiers":[{"up_to":"100","unit":{"amount":"4.00","currency":"USD"}}]}`, string(data))
}

func TestJSONThatIsNoPrice(t *testing.T) {
	t.Parallel()
	const unit = `"unit":{"amount":"4","currency":"USD"}`
	for _, c := range []struct {
		name, text, field string
		kind              error
	}{
		{"a number", `4`, "", pricing.ErrFormat},
		{"a list", `[]`, "", pricing.ErrFormat},
		{"a text", `"flat"`, "", pricing.ErrFormat},
		{"an empty object", `{}`, "model", pricing.ErrMissing},
		{"no model", `{` + unit + `}`, "model", pricing.ErrMissing},
		{"an empty model", `{"model":"",` + unit + `}`, "model", pricing.ErrMissing},
		{"an unknown model", `{"model":"tiered",` + unit + `}`, "model", pricing.ErrFormat},
		{"a model that is a number", `{"model":1,` + unit + `}`, "model", pricing.ErrFormat},
		{"no price", `{"model":"flat"}`, "unit", pricing.ErrMissing},
		{"a price of null", `{"model":"flat","unit":null}`, "unit", pricing.ErrFormat},
		{"a price that is a number", `{"model":"flat","unit":4}`, "unit", money.ErrFormat},
		{"a price without a currency", `{"model":"flat","unit":{"amount":"4"}}`, "unit", money.ErrFormat},
		{"a price in no currency", `{"model":"flat","unit":{"amount":"4","currency":"XXX"}}`, "unit", money.ErrCurrency},
		{"a price that is no number", `{"model":"flat","unit":{"amount":"4,00","currency":"USD"}}`, "unit", money.ErrInvalidNumber},
		{"a negative price", `{"model":"flat","unit":{"amount":"-4","currency":"USD"}}`, "unit", pricing.ErrNegative},
		{"a member that is unknown", `{"model":"flat",` + unit + `,"price":1}`, "", pricing.ErrFormat},
		{"a member in upper case", `{"MODEL":"flat",` + unit + `}`, "", pricing.ErrFormat},
		{"a member twice", `{"model":"flat",` + unit + `,` + unit + `}`, "", pricing.ErrFormat},
		{"a member of a tier twice", `{"model":"volume","tiers":[{` + unit + `,` + unit + `}]}`, "tiers[0]", pricing.ErrFormat},
		{"a member of a tier that is unknown", `{"model":"volume","tiers":[{` + unit + `,"from":"1"}]}`, "tiers[0]", pricing.ErrFormat},
		{"tiers of null", `{"model":"volume","tiers":null}`, "tiers", pricing.ErrFormat},
		{"no tiers", `{"model":"volume","tiers":[]}`, "tiers", pricing.ErrMissing},
		{"tiers that are none", `{"model":"volume","tiers":{}}`, "tiers", pricing.ErrFormat},
		{"a tier of null", `{"model":"volume","tiers":[null]}`, "tiers[0]", pricing.ErrFormat},
		{"a tier of nothing", `{"model":"volume","tiers":[{}]}`, "tiers[0].unit", pricing.ErrMissing},
		{"a bound that is a number", `{"model":"volume","tiers":[{"up_to":100,` + unit + `}]}`, "tiers[0].up_to", pricing.ErrFormat},
		{"a bound of null", `{"model":"volume","tiers":[{"up_to":null,` + unit + `}]}`, "tiers[0].up_to", pricing.ErrFormat},
		{"a bound of 0", `{"model":"volume","tiers":[{"up_to":"0",` + unit + `}]}`, "tiers[0].up_to", pricing.ErrFormat},
		{"a bound of infinity", `{"model":"volume","tiers":[{"up_to":"inf",` + unit + `}]}`, "tiers[0].up_to", money.ErrInvalidNumber},
		{"a bound that would fill the memory", `{"model":"volume","tiers":[{"up_to":"1e2147483647",` + unit + `}]}`, "tiers[0].up_to", money.ErrInvalidNumber},
		{"bounds that fall", `{"model":"volume","tiers":[{"up_to":"2",` + unit + `},{"up_to":"1",` + unit + `}]}`, "tiers[1].up_to", pricing.ErrTiers},
		{"a size of 0", `{"model":"package","size":"0",` + unit + `}`, "size", pricing.ErrFormat},
		{"a setting that is a text", `{"model":"volume","tiers":[{` + unit + `}],"flat_at_zero":"yes"}`, "flat_at_zero", pricing.ErrFormat},
		{"a minimum in another currency", `{"model":"flat",` + unit + `,"minimum":{"amount":"1","currency":"EUR"}}`, "minimum", money.ErrMismatch},
		{"a maximum that is not one", `{"model":"flat",` + unit + `,"maximum":"1"}`, "maximum", pricing.ErrFormat},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p := packages()
			err := json.Unmarshal([]byte(c.text), &p)
			require.ErrorIs(t, err, c.kind)
			var e *pricing.Error
			require.ErrorAs(t, err, &e)
			require.Equal(t, c.field, e.Field)
			require.Equal(t, packages(), p, "a failure leaves the price as it was")
		})
	}
}

// A decoder that is called directly sees text that encoding/json would have refused before.
func TestTextThatIsNotEvenJSON(t *testing.T) {
	t.Parallel()
	for _, text := range []string{``, `{`, `{"model"`, `{"model":`, `{"model":"flat"`, `{"model":"flat"}}`, `{"model":"flat"} {}`, `{1:2}`, `nul`, `{"model":"flat",}`} {
		p := packages()
		require.ErrorIs(t, p.UnmarshalJSON([]byte(text)), pricing.ErrFormat, text)
		require.Equal(t, packages(), p)
	}
}

func TestMessagesStayShort(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 100_000)
	for _, text := range []string{
		`{"` + long + `":1}`, `{"model":"` + long + `"}`, `{"model":"package","size":"` + long + `"}`,
		`{"model":"flat","unit":{"amount":"` + long + `","currency":"USD"}}`, `{"model":"` + long + `","model":1}`,
	} {
		var p pricing.Price
		err := json.Unmarshal([]byte(text), &p)
		require.Error(t, err)
		require.Less(t, len(err.Error()), 300)
	}
}

package pricing_test

import (
	"errors"
	"math/big"
	"testing"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/money"
	"github.com/billhatch/billhatch/usage/pricing"
)

// volume is a price of three volume tiers, the second with a flat fee.
func volume() pricing.Price {
	return pricing.Price{Model: pricing.Volume, Tiers: []pricing.Tier{
		{UpTo: bound("100"), Unit: usd("4")},
		{UpTo: bound("200"), Unit: usd("3"), Flat: usd("10")},
		{Unit: usd("2.5")},
	}}
}

func graduated() pricing.Price {
	p := volume()
	p.Model = pricing.Graduated
	return p
}

func packages() pricing.Price {
	return pricing.Price{Model: pricing.Package, Size: bound("10"), Unit: usd("15")}
}

func TestPricesThatCanBeUsed(t *testing.T) {
	t.Parallel()
	tier := func(tiers ...pricing.Tier) pricing.Price {
		return pricing.Price{Model: pricing.Graduated, Tiers: tiers}
	}
	for name, p := range map[string]pricing.Price{
		"flat":                           flatPrice("4"),
		"free, and it says so":           flatPrice("0"),
		"many decimals":                  flatPrice("0.000000000000000001"),
		"volume":                         volume(),
		"graduated":                      graduated(),
		"packages":                       packages(),
		"packages of half a unit":        {Model: pricing.Package, Size: bound("0.5"), Unit: usd("1")},
		"one tier without a bound":       tier(pricing.Tier{Unit: usd("1")}),
		"a bound on the last tier":       tier(pricing.Tier{Unit: usd("1"), UpTo: bound("5")}),
		"a fee alone":                    tier(pricing.Tier{Flat: usd("1"), UpTo: bound("5")}, pricing.Tier{Unit: usd("1")}),
		"fractional bounds":              tier(pricing.Tier{Flat: usd("1"), UpTo: bound("0.5")}, pricing.Tier{Unit: usd("1"), UpTo: bound("0.75")}),
		"a bound with 34 digits":         tier(pricing.Tier{Flat: usd("1"), UpTo: bound("9999999999999999.999999999999999999")}),
		"a bound with an exponent":       tier(pricing.Tier{Flat: usd("1"), UpTo: decimal.New(1, 6)}),
		"a minimum equal to the maximum": {Model: pricing.Flat, Unit: usd("4"), Minimum: usd("5"), Maximum: usd("5")},
		"yen":                            {Model: pricing.Flat, Unit: money.MustParse("400", "JPY"), Minimum: money.MustParse("0", "JPY")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.NoError(t, p.Validate())
			require.NotEmpty(t, p.Currency())
			_, err := p.Charge(rat("1/2"), nil)
			require.NoError(t, err)
		})
	}
}

func TestPricesThatCannotBeUsed(t *testing.T) {
	t.Parallel()
	change := func(p pricing.Price, change func(*pricing.Price)) pricing.Price {
		change(&p)
		return p
	}
	eur := money.MustParse("1", "EUR")
	for _, c := range []struct {
		name, field string
		price       pricing.Price
		kind        error
	}{
		{"nothing", "model", pricing.Price{}, pricing.ErrMissing},
		{"no model", "model", pricing.Price{Unit: usd("4")}, pricing.ErrMissing},
		{"a model that there is not", "model", pricing.Price{Model: 5, Unit: usd("4")}, pricing.ErrFields},
		{"a negative model", "model", pricing.Price{Model: -1, Unit: usd("4")}, pricing.ErrFields},
		{"flat without a price", "unit", pricing.Price{Model: pricing.Flat}, pricing.ErrMissing},
		{"flat with tiers", "tiers", pricing.Price{Model: pricing.Flat, Unit: usd("4"), Tiers: volume().Tiers}, pricing.ErrFields},
		{"flat with a size", "size", pricing.Price{Model: pricing.Flat, Unit: usd("4"), Size: bound("10")}, pricing.ErrFields},
		{"flat with a fee at zero", "flat_at_zero", pricing.Price{Model: pricing.Flat, Unit: usd("4"), FlatAtZero: true}, pricing.ErrFields},
		{"packages without a price", "unit", pricing.Price{Model: pricing.Package, Size: bound("10")}, pricing.ErrMissing},
		{"packages without a size", "size", pricing.Price{Model: pricing.Package, Unit: usd("4")}, pricing.ErrMissing},
		{"packages of negative size", "size", pricing.Price{Model: pricing.Package, Unit: usd("4"), Size: bound("-1")}, pricing.ErrNegative},
		{"packages too large to count", "size", pricing.Price{Model: pricing.Package, Unit: usd("4"), Size: decimal.New(1, 2147483647)}, pricing.ErrTiers},
		{"volume without tiers", "tiers", pricing.Price{Model: pricing.Volume}, pricing.ErrMissing},
		{"graduated with a price of its own", "unit", change(graduated(), func(p *pricing.Price) { p.Unit = usd("1") }), pricing.ErrFields},
		{"volume with a size", "size", change(volume(), func(p *pricing.Price) { p.Size = bound("1") }), pricing.ErrFields},
		{"a tier without a price", "tiers[1].unit", change(volume(), func(p *pricing.Price) { p.Tiers[1].Unit, p.Tiers[1].Flat = money.Amount{}, money.Amount{} }), pricing.ErrMissing},
		{"bounds that fall", "tiers[1].up_to", change(volume(), func(p *pricing.Price) { p.Tiers[1].UpTo = bound("99.9") }), pricing.ErrTiers},
		{"bounds that are equal", "tiers[1].up_to", change(volume(), func(p *pricing.Price) { p.Tiers[1].UpTo = bound("100.00") }), pricing.ErrTiers},
		{"a tier in the middle without a bound", "tiers[1].up_to", change(volume(), func(p *pricing.Price) { p.Tiers[1].UpTo = decimal.Decimal{} }), pricing.ErrTiers},
		{"a negative bound", "tiers[0].up_to", change(volume(), func(p *pricing.Price) { p.Tiers[0].UpTo = bound("-5") }), pricing.ErrNegative},
		{"a bound of many digits", "tiers[1].up_to", change(volume(), func(p *pricing.Price) { p.Tiers[1].UpTo = bound("100.0000000000000000001") }), pricing.ErrTiers},
		{"a bound that would fill the memory", "tiers[1].up_to", change(volume(), func(p *pricing.Price) { p.Tiers[1].UpTo = decimal.New(1, 2147483647) }), pricing.ErrTiers},
		{"a bound next to nothing", "tiers[0].up_to", change(volume(), func(p *pricing.Price) { p.Tiers[0].UpTo = decimal.New(1, -2147483648) }), pricing.ErrTiers},
		{"a negative price", "unit", flatPrice("-0.01"), pricing.ErrNegative},
		{"a negative price in a tier", "tiers[2].unit", change(volume(), func(p *pricing.Price) { p.Tiers[2].Unit = usd("-1") }), pricing.ErrNegative},
		{"a negative fee", "tiers[1].flat", change(volume(), func(p *pricing.Price) { p.Tiers[1].Flat = usd("-1") }), pricing.ErrNegative},
		{"a negative minimum", "minimum", pricing.Price{Model: pricing.Flat, Unit: usd("1"), Minimum: usd("-1")}, pricing.ErrNegative},
		{"a negative maximum", "maximum", pricing.Price{Model: pricing.Flat, Unit: usd("1"), Maximum: usd("-1")}, pricing.ErrNegative},
		{"another currency in a tier", "tiers[2].unit", change(volume(), func(p *pricing.Price) { p.Tiers[2].Unit = eur }), pricing.ErrMixed},
		{"another currency in a fee", "tiers[1].flat", change(volume(), func(p *pricing.Price) { p.Tiers[1].Flat = eur }), pricing.ErrMixed},
		{"another currency in the minimum", "minimum", change(packages(), func(p *pricing.Price) { p.Minimum = eur }), pricing.ErrMixed},
		{"another currency in the maximum", "maximum", change(packages(), func(p *pricing.Price) { p.Maximum = eur }), pricing.ErrMixed},
		{"a minimum above the maximum", "minimum", pricing.Price{Model: pricing.Flat, Unit: usd("1"), Minimum: usd("5.01"), Maximum: usd("5")}, pricing.ErrFields},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			err := c.price.Validate()
			require.ErrorIs(t, err, c.kind)
			require.ErrorIs(t, err, pricing.ErrPrice)
			var e *pricing.Error
			require.ErrorAs(t, err, &e)
			require.Equal(t, c.field, e.Field)
			if errors.Is(c.kind, pricing.ErrMixed) {
				require.ErrorIs(t, err, money.ErrMismatch)
			}
			charge, chargeErr := c.price.Charge(big.NewRat(1, 1), nil)
			require.Equal(t, err, chargeErr, "an invalid price charges nothing")
			require.Nil(t, charge.Exact)
			_, _, unitErr := c.price.UnitFor(big.NewRat(1, 1))
			require.Equal(t, err, unitErr)
			_, jsonErr := c.price.MarshalJSON()
			if c.name != "nothing" {
				require.Equal(t, err, jsonErr)
			}
		})
	}
}

func TestTheCurrencyIsThatOfAnyAmount(t *testing.T) {
	t.Parallel()
	require.Equal(t, "USD", flatPrice("1").Currency())
	require.Equal(t, "USD", volume().Currency())
	require.Equal(t, "USD", pricing.Price{Model: pricing.Volume, Tiers: []pricing.Tier{{Flat: usd("1")}}}.Currency())
	require.Equal(t, "USD", pricing.Price{Minimum: usd("1")}.Currency())
	require.Equal(t, "USD", pricing.Price{Maximum: usd("1")}.Currency())
	require.Empty(t, pricing.Price{Model: pricing.Flat, Tiers: make([]pricing.Tier, 2)}.Currency())
}

func TestModelsHaveNames(t *testing.T) {
	t.Parallel()
	for name, m := range map[string]pricing.Model{"flat": pricing.Flat, "graduated": pricing.Graduated, "volume": pricing.Volume, "package": pricing.Package} {
		require.Equal(t, name, m.String())
		text, err := m.MarshalText()
		require.NoError(t, err)
		require.Equal(t, name, string(text))
		var back pricing.Model
		require.NoError(t, back.UnmarshalText(text))
		require.Equal(t, m, back)
	}
	var m pricing.Model
	require.Equal(t, "unset", m.String())
	text, err := m.MarshalText()
	require.NoError(t, err)
	require.Empty(t, text)
	m = pricing.Volume
	require.NoError(t, m.UnmarshalText(nil))
	require.Zero(t, m)
	for _, unknown := range []pricing.Model{-1, 5} {
		require.Contains(t, unknown.String(), "Model(")
		_, err := unknown.MarshalText()
		require.ErrorIs(t, err, pricing.ErrFields)
	}
	for _, s := range []string{"Flat", "tiered", "unset", " flat", "0"} {
		m = pricing.Volume
		require.ErrorIs(t, m.UnmarshalText([]byte(s)), pricing.ErrFormat)
		require.Equal(t, pricing.Volume, m)
	}
}

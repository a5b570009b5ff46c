package pricing_test

import (
	"encoding/json"
	"math/big"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/money"
	"github.com/billhatch/billhatch/usage/pricing"
)

func TestChargesAreExactAndExplained(t *testing.T) {
	t.Parallel()
	with := func(p pricing.Price, change func(*pricing.Price)) pricing.Price {
		change(&p)
		return p
	}
	minimum := func(p pricing.Price, s string) pricing.Price {
		return with(p, func(p *pricing.Price) { p.Minimum = usd(s) })
	}
	maximum := func(p pricing.Price, s string) pricing.Price {
		return with(p, func(p *pricing.Price) { p.Maximum = usd(s) })
	}
	fees := pricing.Price{Model: pricing.Graduated, Tiers: []pricing.Tier{
		{UpTo: bound("5"), Flat: usd("100")}, {UpTo: bound("10"), Unit: usd("1"), Flat: usd("50")}, {Unit: usd("2")},
	}}
	feesVolume := with(fees, func(p *pricing.Price) { p.Model = pricing.Volume })
	feeAtZero := func(p *pricing.Price) { p.FlatAtZero = true }

	for _, c := range []struct {
		name       string
		price      pricing.Price
		q, tier    string
		want, text string
		tierText   string
	}{
		{"flat", flatPrice("4.25"), "3", "", "12.75", "3 × 4.25 USD = 12.75 USD", ""},
		{"flat, nothing used", flatPrice("4.25"), "0", "", "0", "0 × 4.25 USD = 0 USD", ""},
		{"flat, a share of a month", flatPrice("4"), "10/31", "", "40/31", "10/31 × 4.00 USD = 40/31 USD", ""},
		{"flat does not look at the tier quantity", flatPrice("4"), "1/2", "1000", "2", "0.5 × 4.00 USD = 2 USD", ""},

		{"volume, the bound belongs to its tier", volume(), "100", "", "400", "100 × 4.00 USD = 400 USD, tier 1 (up to 100)", "1 (up to 100)"},
		{"volume, between two bounds is the next tier", volume(), "100.5", "", "311.5", "100.5 × 3.00 USD + 10.00 USD = 311.5 USD, tier 2 (over 100, up to 200)", "2 (over 100, up to 200)"},
		{"volume, all units at the last tier", volume(), "201", "", "502.5", "201 × 2.50 USD = 502.5 USD, tier 3 (over 200)", "3 (over 200)"},
		{"volume, the tier by another quantity", volume(), "1/2", "150", "11.5", "0.5 × 3.00 USD + 10.00 USD = 11.5 USD, tier 2 (over 100, up to 200) by 150", "2 (over 100, up to 200)"},
		{"volume, nothing used has no fee", volume(), "0", "150", "0", "0 × 3.00 USD = 0 USD, tier 2 (over 100, up to 200) by 150", "2 (over 100, up to 200)"},
		{"volume, nothing used with its fee", with(volume(), feeAtZero), "0", "150", "10", "0 × 3.00 USD + 10.00 USD = 10 USD, tier 2 (over 100, up to 200) by 150", "2 (over 100, up to 200)"},
		{"volume, a fee alone", feesVolume, "3", "", "100", "100.00 USD = 100 USD, tier 1 (up to 5)", "1 (up to 5)"},
		{"volume, a fee alone that is not due", feesVolume, "0", "", "0", "0 = 0 USD, tier 1 (up to 5)", "1 (up to 5)"},
		{"volume, a fee alone that is due", with(feesVolume, feeAtZero), "0", "", "100", "100.00 USD = 100 USD, tier 1 (up to 5)", "1 (up to 5)"},

		{"graduated, within the first tier", graduated(), "99", "", "396", "99 × 4.00 USD = 396 USD", "1 (up to 100)"},
		{"graduated, the bound belongs to its tier", graduated(), "100", "", "400", "100 × 4.00 USD = 400 USD", "1 (up to 100)"},
		{"graduated, split exactly", graduated(), "100.5", "", "411.5", "100 × 4.00 USD + 0.5 × 3.00 USD + 10.00 USD = 411.5 USD", "2 (over 100, up to 200)"},
		{"graduated, three tiers", graduated(), "250", "", "835", "100 × 4.00 USD + 100 × 3.00 USD + 10.00 USD + 50 × 2.50 USD = 835 USD", "3 (over 200)"},
		{"graduated does not look at the tier quantity", graduated(), "10", "500", "40", "10 × 4.00 USD = 40 USD", "1 (up to 100)"},
		{"graduated, nothing used has no fee", fees, "0", "", "0", "0 = 0 USD", "1 (up to 5)"},
		{"graduated, nothing used with its fee", with(fees, feeAtZero), "0", "", "100", "100.00 USD = 100 USD", "1 (up to 5)"},
		{"graduated, fees of all tiers entered", fees, "12", "", "159", "100.00 USD + 5 × 1.00 USD + 50.00 USD + 2 × 2.00 USD = 159 USD", "3 (over 10)"},
		{"one tier", pricing.Price{Model: pricing.Volume, Tiers: []pricing.Tier{{Unit: usd("5")}}}, "3", "", "15", "3 × 5.00 USD = 15 USD, tier 1 (any quantity)", "1 (any quantity)"},

		{"packages, none", packages(), "0", "", "0", "0 packages × 15.00 USD = 0 USD", ""},
		{"packages, one is begun", packages(), "0.001", "", "15", "1 package × 15.00 USD = 15 USD", ""},
		{"packages, one is full", packages(), "10", "", "15", "1 package × 15.00 USD = 15 USD", ""},
		{"packages, the next is begun", packages(), "31/3", "", "30", "2 packages × 15.00 USD = 30 USD", ""},

		{"a minimum that is not reached", minimum(flatPrice("4"), "10"), "2", "", "10", "2 × 4.00 USD = 8 USD, at least 10.00 USD", ""},
		{"a minimum that is met", minimum(flatPrice("4"), "8"), "2", "", "8", "2 × 4.00 USD = 8 USD", ""},
		{"a minimum without usage", minimum(packages(), "10"), "0", "", "10", "0 packages × 15.00 USD = 0 USD, at least 10.00 USD", ""},
		{"a maximum that is passed", maximum(graduated(), "500"), "250", "", "500", "100 × 4.00 USD + 100 × 3.00 USD + 10.00 USD + 50 × 2.50 USD = 835 USD, at most 500.00 USD", "3 (over 200)"},
		{"a maximum that is met", maximum(flatPrice("4"), "8"), "2", "", "8", "2 × 4.00 USD = 8 USD", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			q := rat(c.q)
			var tier *big.Rat
			if c.tier != "" {
				tier = rat(c.tier)
			}
			charge, err := c.price.Charge(q, tier)
			require.NoError(t, err)
			equal(t, c.want, charge.Exact)
			require.Equal(t, c.text, charge.String())
			require.Equal(t, c.tierText, charge.TierText())
			require.Equal(t, "USD", charge.Currency)
			require.Equal(t, c.price.Model, charge.Model)

			// The charge keeps nothing of what it was given.
			q.SetInt64(777)
			equal(t, c.q, charge.Quantity)
			if c.price.Model == pricing.Volume {
				want := c.tier
				if want == "" {
					want = c.q
				} else {
					tier.SetInt64(777)
				}
				equal(t, want, charge.TierQuantity)
			} else {
				require.Nil(t, charge.TierQuantity)
			}
			require.Equal(t, charge.Limit.IsSet(), sum(charge).Cmp(charge.Exact) != 0)
		})
	}
}

func sum(c pricing.Charge) *big.Rat {
	total := new(big.Rat)
	for i := range c.Parts {
		total.Add(total, c.Parts[i].Exact())
	}
	return total
}

func TestQuantitiesThatCannotBePriced(t *testing.T) {
	t.Parallel()
	last := volume()
	last.Tiers[2].UpTo = bound("300")
	lastGraduated := last
	lastGraduated.Model = pricing.Graduated
	for _, c := range []struct {
		name    string
		price   pricing.Price
		q, tier *big.Rat
	}{
		{"none", flatPrice("1"), nil, nil},
		{"none, but one for the tier", volume(), nil, rat("1")},
		{"a negative one", packages(), rat("-1/1000000"), nil},
		{"a negative one for the tier", volume(), rat("1"), rat("-1")},
		{"above the last tier", last, rat("300.1"), nil},
		{"above the last tier for the tier", last, rat("1"), rat("301")},
		{"above the last graduated tier", lastGraduated, rat("300.1"), nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			charge, err := c.price.Charge(c.q, c.tier)
			require.ErrorIs(t, err, pricing.ErrQuantity)
			require.NotErrorIs(t, err, pricing.ErrPrice)
			require.Nil(t, charge.Exact)
			require.Empty(t, charge.String())
		})
	}
	_, err := last.Charge(rat("1000"), rat("300"))
	require.NoError(t, err, "the bound is on what chooses the tier")
}

func TestTheOnePriceOfAUnit(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		price pricing.Price
		by    *big.Rat
		unit  string
		tier  int
	}{
		{"flat, by nothing", flatPrice("4"), nil, "4", -1},
		{"flat, by anything", flatPrice("4"), rat("-5"), "4", -1},
		{"the first tier", volume(), rat("100"), "4", 0},
		{"without users the first tier", volume(), rat("0"), "4", 0},
		{"the last tier", volume(), rat("200.01"), "2.50", 2},
		{"a fee of 0 is none", pricing.Price{Model: pricing.Volume, Tiers: []pricing.Tier{{Unit: usd("1"), Flat: usd("0")}}}, rat("1"), "1", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			unit, tier, err := c.price.UnitFor(c.by)
			require.NoError(t, err)
			require.True(t, usd(c.unit).Equal(unit), unit)
			require.Equal(t, c.tier, tier)
		})
	}
	limited := flatPrice("4")
	limited.Maximum = usd("100")
	least := volume()
	least.Minimum = usd("100")
	bounded := volume()
	bounded.Tiers[2].UpTo = bound("300")
	for _, c := range []struct {
		name  string
		price pricing.Price
		by    *big.Rat
		kind  error
	}{
		{"a fee beside it", volume(), rat("101"), pricing.ErrNoUnit},
		{"a fee alone", pricing.Price{Model: pricing.Volume, Tiers: []pricing.Tier{{Flat: usd("0")}}}, rat("1"), pricing.ErrNoUnit},
		{"graduated", graduated(), rat("1"), pricing.ErrNoUnit},
		{"packages", packages(), rat("1"), pricing.ErrNoUnit},
		{"a maximum", limited, rat("1"), pricing.ErrNoUnit},
		{"a minimum", least, rat("1"), pricing.ErrNoUnit},
		{"by nothing", volume(), nil, pricing.ErrQuantity},
		{"by less than nothing", volume(), rat("-1"), pricing.ErrQuantity},
		{"above the last tier", bounded, rat("301"), pricing.ErrQuantity},
	} {
		t.Run("none: "+c.name, func(t *testing.T) {
			t.Parallel()
			unit, _, err := c.price.UnitFor(c.by)
			require.ErrorIs(t, err, c.kind)
			require.False(t, unit.IsSet())
		})
	}
}

func TestChargesInJSON(t *testing.T) {
	t.Parallel()
	charge, err := volume().Charge(rat("10/3"), rat("150"))
	require.NoError(t, err)
	data, err := json.Marshal(charge)
	require.NoError(t, err)
	require.JSONEq(t, `{
		"model": "volume", "currency": "USD", "quantity": "10/3", "tier_quantity": "150", "tier": 1, "limit": null, "exact": "20",
		"parts": [{
			"tier": 1, "over": "100", "up_to": "200", "quantity": "10/3",
			"unit": {"amount": "3.00", "currency": "USD"}, "flat": {"amount": "10.00", "currency": "USD"}
		}]
	}`, string(data))
	var back pricing.Charge
	require.NoError(t, json.Unmarshal(data, &back))
	require.Equal(t, charge.String(), back.String())
	again, err := json.Marshal(back)
	require.NoError(t, err)
	require.Equal(t, string(data), string(again))
}

func TestAChargeThatLacksPartsCanStillBePrinted(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`{}`:                             "",
		`{"exact":"1","currency":"USD"}`: " = 0 USD",
		`{"exact":"1","currency":"USD","parts":[{"unit":{"amount":"1","currency":"USD"}}]}`: "? × 1.00 USD = 0 USD",
		`{"model":"volume","exact":"1","currency":"USD","tier":7}`:                          " = 0 USD",
	} {
		var c pricing.Charge
		require.NoError(t, json.Unmarshal([]byte(text), &c))
		require.Equal(t, want, c.String())
	}
}

func TestNothingOverflows(t *testing.T) {
	t.Parallel()
	charge, err := flatPrice("9999999999999999.999999999999999999").Charge(rat("1e40"), nil)
	require.NoError(t, err)
	equal(t, "9999999999999999.999999999999999999e40", charge.Exact)
	_, err = money.RoundRat(charge.Exact, "USD", money.HalfUp)
	require.ErrorIs(t, err, money.ErrOutOfRange, "rounding to an amount sees it")
}

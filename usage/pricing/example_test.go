package pricing_test

import (
	"encoding/json"
	"fmt"
	"math/big"

	"github.com/billhatch/billhatch/money"
	"github.com/billhatch/billhatch/usage/pricing"
)

// The seats of two tenants together choose the tier; the half month of one user is priced in it.
func ExamplePrice_Charge() {
	var price pricing.Price
	err := json.Unmarshal([]byte(`{
		"model": "volume",
		"tiers": [
			{"up_to": "100", "unit": {"amount": "4.00", "currency": "USD"}},
			{"up_to": "200", "unit": {"amount": "3.50", "currency": "USD"}},
			{"unit": {"amount": "3.00", "currency": "USD"}}
		]
	}`), &price)
	if err != nil {
		fmt.Println(err)
		return
	}
	charge, err := price.Charge(big.NewRat(301, 2), big.NewRat(210, 1))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(charge)
	amount, err := money.RoundRat(charge.Exact, charge.Currency, money.HalfUp)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(amount)
	// Output:
	// 150.5 × 3.00 USD = 451.5 USD, tier 3 (over 200) by 210
	// 451.50 USD
}

func ExamplePrice_Charge_graduated() {
	price := pricing.Price{Model: pricing.Graduated, Tiers: []pricing.Tier{
		{UpTo: bound("100"), Unit: money.MustParse("1.00", "USD")},
		{UpTo: bound("200"), Unit: money.MustParse("0.50", "USD"), Flat: money.MustParse("10", "USD")},
		{Unit: money.MustParse("0.25", "USD")},
	}}
	for _, q := range []int64{80, 100, 150} {
		charge, err := price.Charge(big.NewRat(q, 1), nil)
		fmt.Println(charge, err)
	}
	// Output:
	// 80 × 1.00 USD = 80 USD <nil>
	// 100 × 1.00 USD = 100 USD <nil>
	// 100 × 1.00 USD + 50 × 0.50 USD + 10.00 USD = 135 USD <nil>
}

// A price that was never set is an error, not a free one.
func ExamplePrice_Validate() {
	fmt.Println(pricing.Price{}.Validate())
	fmt.Println(pricing.Price{Model: pricing.Flat}.Validate())
	// Output:
	// pricing: invalid price: missing: model
	// pricing: invalid price: missing: unit: a flat price needs it
}

package pricing_test

import (
	"math/big"

	"github.com/shopspring/decimal"

	"github.com/billhatch/billhatch/money"
)

// bound is a number for constants of the tests.
func bound(s string) decimal.Decimal { return decimal.RequireFromString(s) }

// usd is an amount for constants of the tests.
func usd(s string) money.Amount { return money.MustParse(s, "USD") }

// rat is a fraction for constants of the tests.
func rat(s string) *big.Rat {
	r, ok := new(big.Rat).SetString(s)
	if !ok {
		panic("not a fraction: " + s)
	}
	return r
}

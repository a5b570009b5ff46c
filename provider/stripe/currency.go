package stripe

import (
	"math"
	"strings"

	"github.com/shopspring/decimal"
	stripe "github.com/stripe/stripe-go/v76"

	"github.com/billhatch/billhatch/money"
	"github.com/billhatch/billhatch/provider"
)

// Stripe's minor units are not those of ISO 4217 (https://docs.stripe.com/currencies). What is not listed has two
// decimals.
var (
	// zeroDecimal currencies have no minor unit on the wire.
	zeroDecimal = set("BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF")
	// wholeOnly currencies have two decimals on the wire, which must be 00.
	wholeOnly = set("ISK UGX")
	// threeDecimal currencies have three, the last of which must be 0.
	threeDecimal = set("BHD JOD KWD OMR TND")
)

func set(list string) map[string]bool {
	out := map[string]bool{}
	for _, code := range strings.Fields(list) {
		out[code] = true
	}
	return out
}

// exponent is how many decimals a currency has on the wire, and step what every number on the wire is a multiple of.
func exponent(code string) (places int32, step int64) {
	switch {
	case zeroDecimal[code]:
		return 0, 1
	case wholeOnly[code]:
		return 2, 100
	case threeDecimal[code]:
		return 3, 10
	}
	return 2, 1
}

// toWire gives an amount as Stripe's integer. What it cannot say exactly is ErrInvalid.
func toWire(a money.Amount, field string) (int64, error) {
	refused := func(why string) error {
		return &provider.Error{Kind: provider.ErrInvalid, Field: field, Message: why}
	}
	if !a.IsSet() {
		return 0, refused("no amount")
	}
	places, step := exponent(a.Currency())
	v := a.Decimal().Shift(places)
	if !v.IsInteger() {
		return 0, refused("more decimals than the payment provider takes")
	}
	if v.Abs().GreaterThan(maxWire) {
		return 0, refused("larger than the payment provider takes")
	}
	n := v.IntPart()
	if n%step != 0 {
		return 0, refused("more decimals than the payment provider takes")
	}
	return n, nil
}

// maxWire bounds amounts: Stripe takes eight digits, twelve for some currencies; what is beyond is no amount of ours.
var maxWire = decimal.New(999_999_999_999, 0)

// fromWire gives the amount of Stripe's integer.
func fromWire(n int64, code string) (money.Amount, error) {
	if n == math.MinInt64 {
		return money.Amount{}, &provider.Error{Kind: provider.ErrForeign, Message: "an amount out of range"}
	}
	code = strings.ToUpper(code)
	places, _ := exponent(code)
	a, err := money.New(decimal.New(n, -places), code)
	if err != nil {
		return money.Amount{}, &provider.Error{Kind: provider.ErrForeign, Message: "a currency that is not known", Err: err}
	}
	return a, nil
}

// sameCode tells whether a currency on the wire is ours.
func sameCode(wire stripe.Currency, code string) bool { return strings.EqualFold(string(wire), code) }

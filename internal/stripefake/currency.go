package stripefake

import "strings"

// currency reads the parameter of that name, which may be in any case.
func (c *call) currency(otherwise string) string {
	return orDefault(strings.ToLower(c.form.text("currency")), otherwise)
}

// representable refuses what Stripe cannot express: fractions of currencies that have two digits on the wire and none in
// life, and a last digit other than 0 of those with three.
func representable(amount int64, currency, param string) *apiError {
	if len(currency) != 3 || strings.Trim(currency, "abcdefghijklmnopqrstuvwxyz") != "" {
		return invalid("", "currency", "Invalid currency: %s", currency)
	}
	switch currency {
	case "isk", "ugx":
		if amount%100 != 0 {
			return invalid("invalid_charge_amount_no_decimal_compatible", param, "Invalid amount. %s is not a decimal currency, "+
				"so the amount must be a whole number of units.", strings.ToUpper(currency))
		}
	case "bhd", "jod", "kwd", "omr", "tnd":
		if amount%10 != 0 {
			return invalid("", param, "Invalid amount: the last digit must be 0 in %s.", strings.ToUpper(currency))
		}
	}
	return nil
}

// minimum is the least that Stripe charges; what is below goes to the customer's balance.
func minimum(currency string) int64 {
	switch currency {
	case "usd", "eur", "cad", "aud", "chf", "brl", "inr", "nzd", "sgd":
		return 50
	case "gbp":
		return 30
	case "jpy":
		return 50
	case "sek", "nok":
		return 300
	case "dkk":
		return 250
	case "huf":
		return 17500
	default:
		return 0
	}
}

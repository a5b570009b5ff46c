package pricing_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"math/big"
	"testing"

	"github.com/billhatch/billhatch/usage/pricing"
)

// FuzzPriceJSON checks that whatever is read is a price: it is valid, is written and read back the same, means the
// same to the loose reader of encoding/json, and charges amounts that are not negative and, where nothing but
// whole tiers can lower them, do not fall.
func FuzzPriceJSON(f *testing.F) {
	for _, s := range []string{
		`null`, `{}`, `{"model":"flat","unit":{"amount":"4.00","currency":"USD"}}`,
		`{"model":"package","unit":{"amount":"15","currency":"JPY"},"size":"10","maximum":{"amount":"100","currency":"JPY"}}`,
		`{"model":"volume","tiers":[{"up_to":"100","unit":{"amount":"4","currency":"USD"}},{"unit":{"amount":"3","currency":"USD"}}]}`,
		`{"model":"graduated","tiers":[{"up_to":"0.5","flat":{"amount":"4","currency":"KWD"}},{"up_to":"1e3","unit":{"amount":"0.0001","currency":"KWD"}}],"flat_at_zero":true}`,
		`{"model":"graduated","tiers":[{"up_to":"1e18","unit":{"amount":"1e-18","currency":"USD"}},{"unit":{"amount":"1e18","currency":"USD"}}],"minimum":{"amount":"1","currency":"USD"}}`,
		`{"model":"flat","unit":{"amount":"4.00","currency":"USD"},"unit":null}`, `{"Model":"flat","unit":{"amount":"4.00","currency":"USD"}}`,
		`{"model":"flat","unit":{"amount":"-4.00","currency":"USD"}}`, `{"model":"volume","tiers":[{"up_to":"2"},{"up_to":"1"}]}`,
	} {
		f.Add([]byte(s), uint32(7), uint32(3))
	}
	f.Add(bytes.Repeat([]byte("3"), 2000), uint32(0), uint32(99)) // encoding/json repeats a number in its message
	f.Fuzz(func(t *testing.T, data []byte, n, d uint32) {
		var p pricing.Price
		if err := json.Unmarshal(data, &p); err != nil {
			if len(err.Error()) > 600 {
				t.Fatalf("a message of %d bytes", len(err.Error()))
			}
			return
		}
		text, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		if p.Model == 0 {
			if string(text) != "null" {
				t.Fatalf("%s is no price, and is %s", data, text)
			}
			return
		}
		if err := p.Validate(); err != nil {
			t.Fatalf("%s was read: %v", data, err)
		}
		var back pricing.Price
		if err := json.Unmarshal(text, &back); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if again, err := json.Marshal(back); err != nil || !bytes.Equal(text, again) {
			t.Fatalf("%s came back as %s, %v", text, again, err)
		}
		sameMembers(t, data, text)
		rises(t, p, new(big.Rat).SetFrac64(int64(n), int64(d)+1))
	})
}

// sameMembers compares with a reader that keeps every member: nothing of the input may have been dropped.
func sameMembers(t *testing.T, data, text []byte) {
	t.Helper()
	var in, out map[string]any
	if err := json.Unmarshal(data, &in); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &out); err != nil {
		t.Fatal(err)
	}
	for name := range in {
		if _, ok := out[name]; !ok && in[name] != false {
			t.Fatalf("%s lost %q: %s", data, name, text)
		}
	}
	if a, ok := in["tiers"].([]any); ok {
		if b, ok := out["tiers"].([]any); !ok || len(a) != len(b) {
			t.Fatalf("%s lost a tier: %s", data, text)
		}
	}
}

func rises(t *testing.T, p pricing.Price, q *big.Rat) {
	t.Helper()
	last := new(big.Rat)
	for range 4 {
		charge, err := p.Charge(q, nil)
		if errors.Is(err, pricing.ErrQuantity) && len(p.Tiers) > 0 && p.Tiers[len(p.Tiers)-1].UpTo.Sign() > 0 {
			return
		}
		if err != nil {
			t.Fatalf("%s units: %v", q, err)
		}
		if charge.Exact.Sign() < 0 || p.Model != pricing.Volume && charge.Exact.Cmp(last) < 0 {
			t.Fatalf("%s units cost %s after %s", q, charge, last)
		}
		if charge.String() == "" || charge.Currency != p.Currency() {
			t.Fatalf("a charge without words: %#v", charge)
		}
		last = charge.Exact
		q = new(big.Rat).Add(q, q)
	}
}

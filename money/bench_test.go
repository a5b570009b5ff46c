package money_test

import (
	"encoding/json"
	"math/big"
	"strings"
	"testing"

	"github.com/shopspring/decimal"

	"github.com/billhatch/billhatch/money"
)

// Input that is made to cost much must cost nothing: each takes well under the ten microseconds that
// requests can spare.
func BenchmarkRefuse(b *testing.B) {
	for name, in := range map[string]string{
		"huge exponent":       "1e2147483647",
		"tiny exponent":       "1e-2147483648",
		"100,000 digits":      strings.Repeat("9", 100_000),
		"100,000 decimals":    "0." + strings.Repeat("9", 100_000),
		"96 digits":           strings.Repeat("9", 96),
		"not a number":        "NaN",
		"95 zeros after a 1.": "1." + strings.Repeat("0", 93) + "1",
	} {
		b.Run("parse "+name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := money.ParseDecimal(in); err == nil {
					b.Fatal("accepted")
				}
			}
		})
	}
	bomb := decimal.New(1, 1<<31-1)
	b.Run("decimal with a huge exponent", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := money.New(bomb, "USD"); err == nil {
				b.Fatal("accepted")
			}
		}
	})
	long := []byte(`{"amount":"` + strings.Repeat("9", 1<<20) + `","currency":"USD"}`)
	b.Run("a megabyte of JSON", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			var a money.Amount
			if err := a.UnmarshalJSON(long); err == nil {
				b.Fatal("accepted")
			}
		}
	})
}

func BenchmarkParse(b *testing.B) {
	for name, in := range map[string]string{"cents": "1234.56", "34 digits": "1234567890123456.123456789012345678"} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := money.Parse(in, "USD"); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkMulRat(b *testing.B) {
	for name, a := range map[string]money.Amount{
		"cents": usd("4.00"), "a price below the cent": usd("0.0035"), "beyond int64": usd("123456789012345678.90"),
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := a.MulRat(17, 31, money.HalfUp); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	// The same share with the decimal package and with fractions, for comparison.
	b.Run("by decimal", func(b *testing.B) {
		price := decimal.RequireFromString("4.00")
		b.ReportAllocs()
		for b.Loop() {
			_ = price.Mul(decimal.NewFromInt(17)).DivRound(decimal.NewFromInt(31), 2)
		}
	})
	b.Run("by big.Rat", func(b *testing.B) {
		price := usd("4.00").Rat()
		b.ReportAllocs()
		for b.Loop() {
			share := new(big.Rat).Mul(price, big.NewRat(17, 31))
			if _, err := money.RoundRat(share, "USD", money.HalfUp); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkSum(b *testing.B) {
	amounts := make([]money.Amount, 10_000)
	decimals := make([]decimal.Decimal, len(amounts))
	for i := range amounts {
		amounts[i] = usd("12.34")
		decimals[i] = amounts[i].Decimal()
	}
	b.Run("10,000 amounts", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := money.Sum("USD", amounts...); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("10,000 decimals", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			_ = decimal.Sum(decimals[0], decimals[1:]...)
		}
	})
}

func BenchmarkAllocate(b *testing.B) {
	for name, n := range map[string]int{"3 parts": 3, "10,000 parts": 10_000} {
		weights := make([]int64, n)
		rats := make([]*big.Rat, n)
		for i := range weights {
			weights[i] = int64(i%31 + 1)
			rats[i] = big.NewRat(weights[i], 31)
		}
		total := usd("98765.43")
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := total.Allocate(weights...); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(name+" by fractions", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := total.AllocateRat(rats...); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkWrite(b *testing.B) {
	a := usd("-1234567.89")
	b.Run("String", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			_ = a.String()
		}
	})
	for _, locale := range []string{"en", "fr", "it"} {
		b.Run("Display "+locale, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				_ = a.Display(locale)
			}
		})
	}
	b.Run("MarshalJSON", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := a.MarshalJSON(); err != nil {
				b.Fatal(err)
			}
		}
	})
	text := []byte(`{"amount":"-1234567.89","currency":"USD"}`)
	b.Run("UnmarshalJSON", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			var v money.Amount
			if err := v.UnmarshalJSON(text); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("json.Unmarshal into two strings", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			var v struct{ Amount, Currency string }
			if err := json.Unmarshal(text, &v); err != nil {
				b.Fatal(err)
			}
		}
	})
}

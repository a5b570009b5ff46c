package pricing_test

import (
	"encoding/json"
	"math/big"
	"testing"

	"github.com/billhatch/billhatch/usage/pricing"
)

func BenchmarkCharge(b *testing.B) {
	q := big.NewRat(3871, 31)
	for name, p := range map[string]pricing.Price{
		"flat": flatPrice("4.25"), "graduated": graduated(), "volume": volume(), "package": packages(),
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := p.Charge(q, nil); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	// What a flat charge is at least: one product of fractions.
	b.Run("one product", func(b *testing.B) {
		b.ReportAllocs()
		unit := usd("4.25")
		for b.Loop() {
			_ = new(big.Rat).Mul(q, unit.Rat())
		}
	})
}

func BenchmarkUnitFor(b *testing.B) {
	b.ReportAllocs()
	p, q := volume(), big.NewRat(50, 1)
	for b.Loop() {
		if _, _, err := p.UnitFor(q); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkUnmarshalPrice(b *testing.B) {
	b.ReportAllocs()
	data, err := json.Marshal(volume())
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		var p pricing.Price
		if err := json.Unmarshal(data, &p); err != nil {
			b.Fatal(err)
		}
	}
}

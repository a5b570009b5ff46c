package words_test

import (
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/billing/portal/internal/words"
	"github.com/billhatch/billhatch/usage/civil"
)

func BenchmarkNew(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		_, err := words.New(nil)
		require.NoError(b, err)
	}
}

func BenchmarkMatch(b *testing.B) {
	c := open(b, nil)
	b.ReportAllocs()
	for b.Loop() {
		c.Match("fr-CH, fr;q=0.9, en;q=0.8, de;q=0.7, *;q=0.5")
	}
}

func BenchmarkT(b *testing.B) {
	p := open(b, nil).Match("de")
	b.ReportAllocs()
	for b.Loop() {
		p.T("report.progress_rows", "done", 2000, "count", 1234567)
	}
}

func BenchmarkMoney(b *testing.B) {
	p := open(b, nil).Match("de")
	a := usd("1234567.89")
	b.ReportAllocs()
	for b.Loop() {
		p.Money(a)
	}
}

func BenchmarkDate(b *testing.B) {
	p := open(b, nil).Match("en")
	day := civil.MustDate(2026, time.October, 17)
	b.ReportAllocs()
	for b.Loop() {
		p.Date(day)
	}
}

func BenchmarkNumber(b *testing.B) {
	p := open(b, nil).Match("en")
	n := decimal.RequireFromString("850")
	b.ReportAllocs()
	for b.Loop() {
		p.Number(n)
	}
}

package gate_test

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/billhatch/billhatch/billing/portal/internal/gate"
)

// goroutines runs a benchmark in eight goroutines on two processors.
const goroutines = 4

// BenchmarkAllow has to stay below 300 ns.
func BenchmarkAllow(b *testing.B) {
	keys := make([]string, 1000)
	for i := range keys {
		keys[i] = fmt.Sprint("user-", i)
	}
	for _, c := range []struct {
		name string
		keys []string
	}{{"many people", keys}, {"one person", keys[:1]}} {
		b.Run(c.name, func(b *testing.B) {
			l := gate.NewLimiter(300, 60)
			var turn atomic.Int64
			b.ReportAllocs()
			b.SetParallelism(goroutines)
			b.RunParallel(func(pb *testing.PB) {
				n := int(turn.Add(1)) * 7919
				for now := start; pb.Next(); n++ {
					now = now.Add(time.Microsecond)
					l.Allow(c.keys[n%len(c.keys)], now)
				}
			})
		})
	}
}

// BenchmarkStrangers is what a new key costs when every place is taken: once per key a search, and mostly none.
func BenchmarkStrangers(b *testing.B) {
	l := gate.NewLimiter(1, 60)
	for i := range 10 * gate.MaxKeys {
		l.Allow(fmt.Sprint("user-", i), start)
	}
	now, n := start, 0
	b.ReportAllocs()
	for b.Loop() {
		n++
		now = now.Add(time.Microsecond)
		l.Allow(fmt.Sprint("stranger-", n), now)
	}
}

func BenchmarkEnter(b *testing.B) {
	o := gate.NewOverload(256)
	b.ReportAllocs()
	b.SetParallelism(goroutines)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			leave, _, _ := o.Enter(b.Context(), "user")
			leave()
		}
	})
}

// BenchmarkRefusal is what a request costs that is refused.
func BenchmarkRefusal(b *testing.B) {
	o := gate.CustomOverload(1, 1, 0, 0)
	leave, _, _ := o.Enter(b.Context(), "user")
	defer leave()
	b.ReportAllocs()
	b.SetParallelism(goroutines)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			o.Enter(b.Context(), "other")
		}
	})
}

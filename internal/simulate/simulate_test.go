package simulate

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAWorldWithoutFaults(t *testing.T) {
	t.Parallel()
	for seed := range uint64(20) {
		r := Run(seed, Options{Rate: -1})
		require.Empty(t, r.Problems, "seed %d", seed)
	}
}

func TestTheSameSeedIsTheSameHistory(t *testing.T) {
	t.Parallel()
	for seed := range uint64(20) {
		one, other := Run(seed, Options{History: true}), Run(seed, Options{History: true})
		require.NotEmpty(t, one.History)
		require.Equal(t, one, other, "seed %d", seed)
	}
}

func TestWorlds(t *testing.T) {
	t.Parallel()
	var f [kinds]int
	bad := 0
	var ex, un, inv int
	for seed := range uint64(150) {
		r := Run(seed, Options{})
		for k, n := range r.Faults {
			f[k] += n
		}
		ex += r.Excused
		un += r.Unmailed
		inv += r.Invoices
		if len(r.Problems) > 0 {
			bad++
			t.Log(seed, r.Problems)
		}
	}
	for k, n := range f {
		t.Log(Fault(k), n)
	}
	t.Log(inv, ex, un)
	require.Zero(t, bad)
}

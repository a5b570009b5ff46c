package simulate

import (
	"flag"
	"os"
	"runtime/debug"
	"testing"

	"github.com/stretchr/testify/require"
)

//nolint:gochecknoglobals // flags
var (
	seedFlag   = flag.Uint64("seed", 0, "run the world of this seed alone, with its history")
	worldsFlag = flag.Int("worlds", 0, "how many worlds TestWorlds runs; 0: some hundred, or 50,000 with BILLHATCH_LONG=1")
	firstFlag  = flag.Uint64("first", 1, "the first seed")
	rateFlag   = flag.Int("rate", 0, "of a thousand I/Os that meet a fault; 0: the default")
	restFlag   = flag.Int("restores", 0, "in how many of twenty worlds the ledger is restored")
	deafFlag   = flag.Bool("deaf", false, "processes do not notice pauses directly before the wire")
)

func long() bool { return os.Getenv("BILLHATCH_LONG") != "" }

func flagged() Options { return Options{Rate: *rateFlag, Deaf: *deafFlag, Restores: *restFlag} }

// again tells how a world is run again.
func again(t *testing.T, r *Report) {
	t.Helper()
	flags := ""
	flag.Visit(func(f *flag.Flag) {
		if f.Name == "rate" || f.Name == "restores" || f.Name == "deaf" {
			flags += " -" + f.Name + "=" + f.Value.String()
		}
	})
	t.Errorf("seed %d: %q\nagain: go test ./internal/simulate -run 'TestWorlds$' -v -args -seed=%d%s", r.Seed, r.Problems, r.Seed, flags)
}

// TestWorlds closes months under faults of every kind, and holds the books against the charges.
func TestWorlds(t *testing.T) {
	opt := flagged()
	if *seedFlag != 0 {
		opt.History = true
		r := Run(*seedFlag, opt)
		for _, line := range r.History {
			t.Log(line)
		}
		require.Empty(t, r.Problems)
		return
	}
	n := *worldsFlag
	switch {
	case n > 0:
	case long():
		n = 50_000
	case testing.Short(): // as under the race detector
		n = 40
	default:
		n = 400
	}
	defer debug.SetGCPercent(debug.SetGCPercent(800)) // short-lived garbage only
	total := RunMany(*firstFlag, n, opt)
	t.Log(&total)
	for i := range total.Bad {
		again(t, &total.Bad[i])
	}
	if n >= 300 {
		require.Empty(t, total.Missing(), "kinds of faults that have not occurred: the run is void")
	}
}

func TestAWorldWithoutFaults(t *testing.T) {
	t.Parallel()
	for seed := range uint64(20) {
		r := Run(seed, Options{Rate: -1})
		require.Empty(t, r.Problems, "seed %d", seed)
	}
}

func TestTheSameSeedIsTheSameHistory(t *testing.T) {
	t.Parallel()
	for seed := range uint64(10) {
		one, other := Run(seed, Options{History: true}), Run(seed, Options{History: true})
		require.NotEmpty(t, one.History)
		require.Equal(t, one, other, "seed %d", seed)
	}
}

package riverbilling

import (
	"testing"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"
	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/billing/closing"
	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/provider/memory"
	"github.com/billhatch/billhatch/usage/civil"
)

// TestTheMonthThatIsClosedByItself (O8): at any time it is the one that was over last, and none before the first.
func TestTheMonthThatIsClosedByItself(t *testing.T) {
	t.Parallel()
	at := func(month time.Month, day, hour int) time.Time {
		return time.Date(2026, month, day, hour, 0, 0, 0, time.UTC)
	}
	first := civil.MustDate(2026, time.October, 1)
	for _, c := range []struct {
		name  string
		now   time.Time
		after time.Duration
		from  string // of the month; empty: none
		next  time.Time
	}{
		{name: "in the middle of a month", now: at(time.November, 21, 9), from: "2026-10-01", next: at(time.December, 1, 12)},
		{name: "when the month is over in every zone", now: at(time.December, 1, 12), from: "2026-11-01", next: time.Date(2027, 1, 1, 12, 0, 0, 0, time.UTC)},
		{name: "before that", now: at(time.December, 1, 11), from: "2026-10-01", next: at(time.December, 1, 12)},
		{name: "a month before the first", now: at(time.October, 31, 9), next: at(time.November, 1, 12)},
		{name: "with days for usage to come in", now: at(time.November, 3, 0), after: 72 * time.Hour, next: at(time.November, 4, 0)},
		{name: "when these are over", now: at(time.November, 4, 0), after: 72 * time.Hour, from: "2026-10-01", next: at(time.December, 4, 0)},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			m := Monthly{Clock: func() time.Time { return c.now }, First: first, After: c.after}
			_, err := m.Job()
			require.NoError(t, err)
			require.Equal(t, c.next, m.Next(c.now))
			args, opts := m.job()
			if c.from == "" {
				require.Nil(t, args)
				return
			}
			require.IsType(t, RunArgs{}, args)
			run, ok := args.(RunArgs)
			require.True(t, ok)
			require.Equal(t, c.from, run.From.String())
			require.True(t, run.Scheduled)
			require.Equal(t, Queue, opts.Queue)
			require.Contains(t, opts.UniqueOpts.ByState, rivertype.JobStateCompleted)
		})
	}
}

// onlyRecords hides the abilities of records.
type onlyRecords struct{ provider.Records }

func TestWhatCannotWorkIsRefusedAtOnce(t *testing.T) {
	t.Parallel()
	world := memory.New()
	closer, err := closing.New(closing.Config{Payments: world.Payments(), Records: world.Records(), Clock: world.Now, Owner: "test"})
	require.NoError(t, err)
	whole := Config{Closer: closer, Records: world.Records(), Clock: world.Now}
	for _, c := range []struct {
		name   string
		change func(*Config)
	}{
		{"no closer", func(c *Config) { c.Closer = nil }},
		{"no records", func(c *Config) { c.Records = nil }},
		{"records that cannot list accounts", func(c *Config) { c.Records = onlyRecords{world.Records()} }},
		{"no clock", func(c *Config) { c.Clock = nil }},
		{"a negative timeout", func(c *Config) { c.Timeout = -1 }},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			cfg := whole
			c.change(&cfg)
			require.ErrorIs(t, AddWorkers[struct{}](river.NewWorkers(), cfg), ErrConfig)
		})
	}
	t.Run("workers that are there already", func(t *testing.T) {
		t.Parallel()
		workers := river.NewWorkers()
		require.NoError(t, AddWorkers[struct{}](workers, whole))
		require.ErrorIs(t, AddWorkers[struct{}](workers, whole), ErrConfig)
		require.ErrorIs(t, AddWorkers[struct{}](nil, whole), ErrConfig)
	})
	for name, m := range map[string]Monthly{
		"no clock":           {First: civil.MustDate(2026, time.October, 1)},
		"no first month":     {Clock: time.Now},
		"a negative delay":   {Clock: time.Now, First: civil.MustDate(2026, time.October, 1), After: -1},
		"a delay of a month": {Clock: time.Now, First: civil.MustDate(2026, time.October, 1), After: 28 * 24 * time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := m.Job()
			require.ErrorIs(t, err, ErrConfig)
		})
	}
}

var _ river.PeriodicSchedule = Monthly{}

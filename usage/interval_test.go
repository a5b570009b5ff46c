package usage_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/usage"
	"github.com/billhatch/billhatch/usage/civil"
)

func TestAnIntervalGivesBackWhatItWasMadeOf(t *testing.T) {
	t.Parallel()
	from, to := civil.MustDate(2026, time.March, 1), civil.MustDate(2026, time.April, 1)
	for _, end := range []civil.Date{to, {}} {
		gotFrom, gotTo, ok := usage.Days(from, end).Dates()
		require.True(t, ok)
		require.Equal(t, []civil.Date{from, end}, []civil.Date{gotFrom, gotTo})
		_, _, ok = usage.Days(from, end).Instants()
		require.False(t, ok, "days are no instants")
	}
	start, stop := time.Date(2026, 3, 1, 9, 30, 0, 123456789, time.UTC), time.Date(2026, 3, 2, 0, 0, 0, 1, time.UTC)
	for _, end := range []time.Time{stop, {}} {
		gotFrom, gotTo, ok := usage.Times(start, end).Instants()
		require.True(t, ok)
		require.Equal(t, []time.Time{start, end}, []time.Time{gotFrom, gotTo})
		_, _, ok = usage.Times(start, end).Dates()
		require.False(t, ok, "instants are no days")
	}
	_, _, days := usage.Interval{}.Dates()
	_, _, times := usage.Interval{}.Instants()
	require.False(t, days || times, "the empty interval is neither")
}

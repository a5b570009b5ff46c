package civil_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/usage/civil"
)

// Every day of ten thousand years, against package time.
func TestEveryDayOfTheCalendar(t *testing.T) {
	t.Parallel()
	want := time.Date(1, time.January, 1, 0, 0, 0, 0, time.UTC)
	for n := int32(1); n <= civil.MustDate(9999, time.December, 31).Ordinal(); n++ {
		d := civil.FromOrdinal(n)
		year, month, day := d.Date()
		wantYear, wantMonth, wantDay := want.Date()
		if year != wantYear || month != wantMonth || day != wantDay || d.Weekday() != want.Weekday() {
			t.Fatalf("day %d is %d-%d-%d %s, want %s", n, year, month, day, d.Weekday(), want)
		}
		back, err := civil.NewDate(year, month, day)
		if err != nil || back != d {
			t.Fatalf("day %d came back as %v, %v", n, back, err)
		}
		want = want.Add(24 * time.Hour)
	}
	require.Equal(t, 10000, want.Year())
}

package sqlstore

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/usage/civil"
)

func TestADateIsReadInWhateverFormADriverGivesIt(t *testing.T) {
	t.Parallel()
	first, last := civil.MustDate(1, time.January, 1), civil.MustDate(9999, time.December, 31)
	march := civil.MustDate(2026, time.March, 29)
	for name, tc := range map[string]struct {
		src  any
		want civil.Date
	}{
		"null is no date":                       {nil, civil.Date{}},
		"a text":                                {"2026-03-29", march},
		"bytes":                                 {[]byte("2026-03-29"), march},
		"midnight in UTC":                       {time.Date(2026, time.March, 29, 0, 0, 0, 0, time.UTC), march},
		"midnight in a zone of the driver":      {time.Date(2026, time.March, 29, 0, 0, 0, 0, time.FixedZone("east", 14*3600)), march},
		"the first day, which is the zero time": {time.Time{}, first},
		"the last day":                          {time.Date(9999, time.December, 31, 0, 0, 0, 0, time.UTC), last},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := day{march}
			require.NoError(t, got.Scan(tc.src))
			require.Equal(t, tc.want, got.Date)
		})
	}
	for _, bad := range []any{"", "29.03.2026", "2026-02-30", int64(7), time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)} {
		require.Error(t, (&day{}).Scan(bad), "%v", bad)
	}
}

func TestAnInstantIsReadInWhateverFormADriverGivesIt(t *testing.T) {
	t.Parallel()
	want := time.Date(2026, time.March, 29, 1, 30, 0, 123456000, time.UTC)
	for name, src := range map[string]any{
		"microseconds": want.UnixMicro(), "a time of another zone": want.In(time.FixedZone("east", 7200)),
	} {
		var got instant
		require.NoError(t, got.Scan(src), name)
		require.Equal(t, want, got.Time, name)
	}
	got := instant{want}
	require.NoError(t, got.Scan(nil))
	require.True(t, got.IsZero())
	require.Error(t, got.Scan("2026-03-29"))
}

func TestATextThatCannotBeStoredIsKnown(t *testing.T) {
	t.Parallel()
	long := string(make([]byte, MaxID+1))
	for text, want := range map[string]bool{"a": true, "Zoë": true, "": false, "a\x00": false, "\xff": false, long: false} {
		require.Equal(t, want, possible(text), "%q", text[:min(len(text), 10)])
	}
	require.False(t, possible("a", ""))
	require.NoError(t, check(field{"name", "", freeText}, field{"group", "", keyText}, field{"id", "a", id}))
	for _, bad := range []field{{"id", "", id}, {"id", long, id}, {"group", long, keyText}, {"name", "a\x00", freeText}} {
		require.Error(t, check(bad), bad.name)
	}
}

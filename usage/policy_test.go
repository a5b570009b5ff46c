package usage_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/usage"
)

// TestPolicyCountsCoverage fixes what each policy charges, with a seat at 31.00 USD in a month of 31 days.
func TestPolicyCountsCoverage(t *testing.T) {
	t.Parallel()
	type spans [][2]string
	for _, c := range []struct {
		name    string
		policy  usage.Policy
		days    spans // civil days
		times   spans // instants
		covered int64
		amount  string // empty: no row
	}{
		{"the whole month costs one seat", usage.HalfOpenDays, spans{{"2026-10-01", "2026-11-01"}}, nil, 31, "31.00"},
		{"open coverage from long ago costs one seat", usage.HalfOpenDays, spans{{"2020-01-01", ""}}, nil, 31, "31.00"},
		{"the day of joining is charged", usage.HalfOpenDays, spans{{"2026-10-31", ""}}, nil, 1, "1.00"},
		{"the day of leaving is not charged", usage.HalfOpenDays, spans{{"2026-09-01", "2026-10-02"}}, nil, 1, "1.00"},
		{"leaving on the first day costs nothing", usage.HalfOpenDays, spans{{"2026-09-01", "2026-10-01"}}, nil, 0, ""},
		{"joining after the month costs nothing", usage.HalfOpenDays, spans{{"2026-11-01", ""}}, nil, 0, ""},
		{"joining and leaving on one day costs nothing", usage.HalfOpenDays, spans{{"2026-10-05", "2026-10-05"}}, nil, 0, ""},
		{"re-joining adds up", usage.HalfOpenDays, spans{{"2026-10-01", "2026-10-04"}, {"2026-10-10", "2026-10-11"}}, nil, 4, "4.00"},
		{"overlaps are united", usage.HalfOpenDays, spans{{"2026-10-01", "2026-10-10"}, {"2026-10-05", "2026-10-12"}}, nil, 11, "11.00"},
		{"a repeated record counts once", usage.HalfOpenDays, spans{{"2026-10-01", ""}, {"2026-10-01", ""}}, nil, 31, "31.00"},
		{
			"instants count by their days in the account's zone", usage.HalfOpenDays, nil,
			spans{{"2026-10-02T03:59:59Z", "2026-10-03T04:00:00Z"}},
			2, "2.00", // 1 Oct 23:59:59 to 3 Oct 00:00 in New York
		},
		{
			"some hours of one day cost nothing by half-open days", usage.HalfOpenDays, nil,
			spans{{"2026-10-05T12:00:00Z", "2026-10-05T18:00:00Z"}},
			0, "",
		},
		{
			"some hours of one day cost the day by touched days", usage.TouchedDays, nil,
			spans{{"2026-10-05T12:00:00Z", "2026-10-05T18:00:00Z"}},
			1, "1.00",
		},
		{
			"leaving in the middle of a day costs that day by touched days", usage.TouchedDays, nil,
			spans{{"2026-09-05T12:00:00Z", "2026-10-02T18:00:00Z"}},
			2, "2.00",
		},
		{
			"leaving at midnight does not touch the next day", usage.TouchedDays, nil,
			spans{{"2026-09-05T12:00:00Z", "2026-10-02T04:00:00Z"}},
			1, "1.00",
		},
		{
			"an instant touches its day", usage.TouchedDays, nil,
			spans{{"2026-10-05T12:00:00Z", "2026-10-05T12:00:00Z"}},
			1, "1.00",
		},
		{
			"a thousand toggles in a day cost one day", usage.TouchedDays, nil,
			toggles(1000), 1, "1.00",
		},
		{"civil days are touched as they stand", usage.TouchedDays, spans{{"2026-10-05", "2026-10-07"}}, nil, 2, "2.00"},
		{
			"half the seconds of the month cost half a seat", usage.Seconds, nil,
			spans{{"2026-10-01T04:00:00Z", "2026-10-16T16:00:00Z"}},
			15*86400 + 43200, "15.50",
		},
		{"civil days are whole days of seconds", usage.Seconds, spans{{"2026-10-05", "2026-10-06"}}, nil, 86400, "1.00"},
		{"an instant has no seconds", usage.Seconds, nil, spans{{"2026-10-05T12:00:00Z", "2026-10-05T12:00:00Z"}}, 0, ""},
		{"one day costs the full period", usage.FullPeriod, spans{{"2026-10-31", ""}}, nil, 31, "31.00"},
		{"two pieces cost the full period once", usage.FullPeriod, spans{{"2026-10-01", "2026-10-02"}, {"2026-10-09", ""}}, nil, 31, "31.00"},
		{"a user who leaves is no seat of the tenant", usage.TenantShare, spans{{"2026-10-01", "2026-10-31"}}, nil, 0, ""},
		{"a user who joins late is a whole seat of the tenant", usage.TenantShare, spans{{"2026-10-31", ""}}, nil, 31, "31.00"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var records []usage.Record
			for _, s := range c.days {
				records = append(records, user(t, "u", s[0], s[1]))
			}
			for _, s := range c.times {
				records = append(records, usage.Record{User: "u", Covered: usage.Times(instant(t, s[0]), instant(t, s[1]))})
			}
			in := october(t, records...)
			in.Plan.Policy = c.policy
			got := rows(t, compute(t, in), "t1")
			if c.amount == "" {
				require.Empty(t, got)
				return
			}
			require.Equal(t, c.covered, got["u"].Units.Covered)
			require.Equal(t, c.amount+" USD", got["u"].Amount.String())
		})
	}
}

// toggles gives n short stretches within 5 October in New York.
func toggles(n int) [][2]string {
	out := make([][2]string, n)
	for i := range out {
		out[i] = [2]string{"2026-10-05T12:00:00Z", "2026-10-05T12:00:01Z"}
	}
	return out
}

// TestZonesChangeNothingInDays runs the same civil days through zones where clocks change, where midnight or a whole
// day is missing: the share is the same everywhere.
func TestZonesChangeNothingInDays(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, zone, month, from, to, amount string }{
		{"Sydney in October has 743 hours", "Australia/Sydney", "2026-10", "2026-10-01", "2026-10-16", "15.00"},
		{"Sydney in April has 721 hours", "Australia/Sydney", "2026-04", "2026-04-01", "2026-04-16", "15.50"},
		{"Lord Howe moves by half an hour", "Australia/Lord_Howe", "2026-10", "2026-10-01", "2026-10-16", "15.00"},
		{"São Paulo had no midnight on 4 November 2018", "America/Sao_Paulo", "2018-11", "2018-11-04", "2018-11-05", "1.03"},
		{"Apia left out 30 December 2011", "Pacific/Apia", "2011-12", "2011-12-30", "2011-12-31", "1.00"},
		{"Apia, all of December 2011", "Pacific/Apia", "2011-12", "2011-12-01", "", "31.00"},
		{"UTC has none of it", "UTC", "2026-10", "2026-10-01", "2026-10-16", "15.00"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			for _, policy := range []usage.Policy{usage.HalfOpenDays, usage.TouchedDays} {
				in := october(t, user(t, "u", c.from, c.to))
				in.Period = month(t, c.month, c.zone)
				in.Plan.Policy = policy
				require.Equal(t, c.amount+" USD", compute(t, in).Total.String())
			}
		})
	}
}

// TestTwoPeriodsMakeOneCoverage cuts coverage at the end of a month: the last day belongs to one of the months only.
func TestTwoPeriodsMakeOneCoverage(t *testing.T) {
	t.Parallel()
	in := october(t, user(t, "u", "2026-10-30", "2026-11-03"))
	first := rows(t, compute(t, in), "t1")["u"].Units
	in.Period = in.Period.Next()
	second := rows(t, compute(t, in), "t1")["u"].Units
	require.Equal(t, usage.Units{Covered: 2, Of: 31}, first)
	require.Equal(t, usage.Units{Covered: 2, Of: 30}, second)
}

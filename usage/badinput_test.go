package usage_test

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/money"
	"github.com/billhatch/billhatch/usage"
	"github.com/billhatch/billhatch/usage/civil"
	"github.com/billhatch/billhatch/usage/pricing"
)

// refused computes an input that must be refused with a typed error and no statement.
func refused(t *testing.T, in usage.Input, kind error) *usage.Error {
	t.Helper()
	st, err := usage.Compute(in)
	require.ErrorIs(t, err, kind)
	require.Nil(t, st)
	var e *usage.Error
	require.ErrorAs(t, err, &e)
	require.NotContains(t, err.Error(), "\n")
	return e
}

// TestIntervalsThatAreRefused: reversed, without a start, or out of reach; never a share of a period.
func TestIntervalsThatAreRefused(t *testing.T) {
	t.Parallel()
	day, noon := civil.MustDate(2026, time.October, 5), time.Date(2026, time.October, 5, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name string
		iv   usage.Interval
	}{
		{"no interval at all", usage.Interval{}},
		{"days without a start", usage.Days(civil.Date{}, day)},
		{"days without a start and an end", usage.Days(civil.Date{}, civil.Date{})},
		{"days that end the day before they start", usage.Days(day, day.AddDays(-1))},
		{"instants without a start", usage.Times(time.Time{}, noon)},
		{"instants without a start and an end", usage.Times(time.Time{}, time.Time{})},
		{"instants that end a nanosecond before they start", usage.Times(noon, noon.Add(-1))},
		{"an instant of the year 1677", usage.Times(time.Date(1677, 12, 31, 0, 0, 0, 0, time.UTC), noon)},
		{"an instant of the year 2262", usage.Times(noon, time.Date(2262, 1, 1, 0, 0, 0, 0, time.UTC))},
		{"an instant of the year 10000", usage.Times(noon, time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC))},
		{"an instant of the year 0", usage.Times(time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC), noon)},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			require.False(t, c.iv.Valid())
			e := refused(t, october(t, user(t, "a", "2026-10-01", ""), usage.Record{User: "b", Covered: c.iv}), usage.ErrInterval)
			require.Equal(t, "b", e.User)
			require.Equal(t, "t1", e.Tenant)
		})
	}
}

// TestFramesThatAreRefused: period, account, finality and tenants that say nothing usable.
func TestFramesThatAreRefused(t *testing.T) {
	t.Parallel()
	gone := errors.New("gone")
	one := each(user(t, "a", "2026-10-01", ""))
	for _, c := range []struct {
		name string
		set  func(*usage.Input)
		kind error
	}{
		{"no period", func(in *usage.Input) { in.Period = civil.Period{} }, usage.ErrInterval},
		{"no account", func(in *usage.Input) { in.Account.ID = "" }, usage.ErrPlan},
		{"a final statement with an as-of date", func(in *usage.Input) { in.AsOf = date(t, "2026-10-15") }, usage.ErrInterval},
		{"a statement to date without one", func(in *usage.Input) { in.Finality = usage.ToDate }, usage.ErrInterval},
		{"an as-of date before the period", func(in *usage.Input) { in.Finality, in.AsOf = usage.ToDate, date(t, "2026-09-30") }, usage.ErrInterval},
		{"an as-of date at the end of the period", func(in *usage.Input) { in.Finality, in.AsOf = usage.ToDate, date(t, "2026-11-01") }, usage.ErrInterval},
		{"a forecast without an as-of date", func(in *usage.Input) { in.Finality = usage.Forecast }, usage.ErrInterval},
		{"a finality that does not exist", func(in *usage.Input) { in.Finality = 9 }, usage.ErrPlan},
		{"a policy that does not exist", func(in *usage.Input) { in.Plan.Policy = 9 }, usage.ErrPlan},
		{"a period before instants can be counted", func(in *usage.Input) { in.Period = month(t, "1500-01", "UTC") }, usage.ErrInterval},
		{"a period that is too long for seconds", func(in *usage.Input) {
			var err error
			in.Period, err = civil.NewPeriod(date(t, "2000-01-01"), date(t, "2100-01-01"), time.UTC)
			require.NoError(t, err)
			in.Plan.Policy = usage.Seconds
		}, usage.ErrInterval},
		{"a tenant without id", func(in *usage.Input) { in.Tenants = each(usage.Tenant{Users: one}) }, usage.ErrDuplicate},
		{"a tenant stated twice", func(in *usage.Input) {
			in.Tenants = each(usage.Tenant{ID: "a", Users: one}, usage.Tenant{ID: "a", Users: one})
		}, usage.ErrDuplicate},
		{"tenants that break off", func(in *usage.Input) { in.Tenants = failing(gone, usage.Tenant{ID: "a", Users: one}) }, gone},
		{"tenants that break off are incomplete usage", func(in *usage.Input) { in.Tenants = failing[usage.Tenant](gone) }, usage.ErrUsageIncomplete},
		{"projects that break off are incomplete usage", func(in *usage.Input) { in.Projects = failing[usage.Project](gone) }, usage.ErrUsageIncomplete},
		{"a tenant that left before it came", func(in *usage.Input) {
			in.Tenants = each(usage.Tenant{ID: "a", Users: one, Onboarded: date(t, "2026-10-10"), Left: date(t, "2026-10-09")})
		}, usage.ErrInterval},
		{"a pause without a start", func(in *usage.Input) {
			in.Tenants = each(usage.Tenant{ID: "a", Users: one, Pauses: []civil.Span{{To: date(t, "2026-10-09")}}})
		}, usage.ErrInterval},
		{"a pause that ends before it starts", func(in *usage.Input) {
			in.Tenants = each(usage.Tenant{ID: "a", Users: one, Pauses: []civil.Span{span(t, "2026-10-09", "2026-10-08")}})
		}, usage.ErrInterval},
		{"a project that ends before it starts", func(in *usage.Input) {
			in.Plan.Metered = []usage.MeteredPlan{{Name: "m"}}
			in.Projects = each(usage.Project{ID: "p", Plan: "m", Active: span(t, "2026-10-09", "2026-10-08")})
		}, usage.ErrInterval},
		{"a directory that is longer than a roster said to be empty", func(in *usage.Input) {
			in.Tenants = each(usage.Tenant{ID: "a", NoUsers: true, Accounts: 1})
		}, usage.ErrPartialCoverage},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			in := october(t, user(t, "a", "2026-10-01", ""))
			c.set(&in)
			_ = refused(t, in, c.kind)
		})
	}
}

// TestInstantsAtTheEdgesOfAPeriod: the start belongs to the period, the end to the next one; both together are one.
func TestInstantsAtTheEdgesOfAPeriod(t *testing.T) {
	t.Parallel()
	const first, end = "2026-10-01T04:00:00Z", "2026-11-01T04:00:00Z" // New York
	day := int64(86400)
	for _, c := range []struct {
		name                     string
		policy                   usage.Policy
		from, to                 string
		september, october, next int64
	}{
		{"from the first instant to the end", usage.HalfOpenDays, first, end, 0, 31, 0},
		{"by seconds", usage.Seconds, first, end, 0, 31 * day, 0},
		{"by touched days the end is not touched", usage.TouchedDays, first, end, 0, 31, 0},
		{"joining exactly at the end", usage.HalfOpenDays, end, "", 0, 0, 30},
		{"joining exactly at the end, in seconds", usage.Seconds, end, "", 0, 0, 30*day + 3600},
		{"leaving exactly at the start", usage.HalfOpenDays, "2026-09-30T04:00:00Z", first, 1, 0, 0},
		{"leaving exactly at the start, touched", usage.TouchedDays, "2026-09-30T04:00:00Z", first, 1, 0, 0},
		{"the last second only", usage.Seconds, "2026-11-01T03:59:59Z", end, 0, 1, 0},
		{"the last instant only, touched", usage.TouchedDays, "2026-11-01T03:59:59.999999999Z", end, 0, 1, 0},
		{"the last instant until later", usage.HalfOpenDays, "2026-11-01T03:59:59.999999999Z", "2026-11-02T05:00:00Z", 0, 1, 1},
		{"two instants around the end", usage.TouchedDays, "2026-11-01T03:59:59.999999999Z", "2026-11-01T04:00:00.000000001Z", 0, 1, 1},
		{"two seconds around the start", usage.Seconds, "2026-10-01T03:59:59Z", "2026-10-01T04:00:01Z", 1, 1, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			in := october(t, usage.Record{User: "u", Covered: usage.Times(instant(t, c.from), instant(t, c.to))})
			in.Plan.Policy = c.policy
			in.Period = in.Period.Prev()
			for _, want := range []int64{c.september, c.october, c.next} {
				st := compute(t, in)
				require.Equal(t, want, st.Tenants[0].Groups[0].Units.Covered, "%s", in.Period)
				in.Period = in.Period.Next()
			}
		})
	}
}

// TestMonthsWithAClockChangeCostOneSeat under every policy, stated in instants.
func TestMonthsWithAClockChangeCostOneSeat(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, month, zone string }{
		{"Sydney loses an hour in October", "2026-10", "Australia/Sydney"},
		{"Sydney wins an hour in April", "2026-04", "Australia/Sydney"},
		{"Lord Howe loses half an hour", "2026-10", "Australia/Lord_Howe"},
		{"São Paulo has no midnight on 4 November", "2018-11", "America/Sao_Paulo"},
		{"São Paulo has two late evenings on 17 February", "2018-02", "America/Sao_Paulo"},
		{"Apia has no 30 December", "2011-12", "Pacific/Apia"},
		{"New York loses an hour in March", "2026-03", "America/New_York"},
		{"New York wins an hour in November", "2026-11", "America/New_York"},
	} {
		for _, policy := range []usage.Policy{usage.HalfOpenDays, usage.TouchedDays, usage.Seconds, usage.TenantShare, usage.FullPeriod} {
			t.Run(c.name+", "+policy.String(), func(t *testing.T) {
				t.Parallel()
				period := month(t, c.month, c.zone)
				start, end := period.Bounds()
				for _, iv := range []usage.Interval{
					usage.Times(start, end), usage.Times(start.AddDate(-1, 0, 0), time.Time{}), usage.Days(period.From(), period.To()),
				} {
					in := october(t, usage.Record{User: "u", Covered: iv})
					in.Period, in.Plan.Policy = period, policy
					st := compute(t, in)
					require.Equal(t, "31.00 USD", st.Total.String())
					units := st.Tenants[0].Groups[0].Units
					require.Equal(t, units.Of, units.Covered)
					if policy == usage.Seconds {
						require.Equal(t, int64(end.Sub(start)/time.Second), units.Of)
					} else {
						require.Equal(t, int64(period.Days()), units.Of)
					}
				}
			})
		}
	}
}

// TestMoneyThatIsRefused: missing, negative, mixed and too large amounts are errors and never zero.
func TestMoneyThatIsRefused(t *testing.T) {
	t.Parallel()
	eur := func(s string) money.Amount { return money.MustParse(s, "EUR") }
	for _, c := range []struct {
		name string
		set  func(*usage.Input)
		kind error
	}{
		{"a currency without a minor unit", func(in *usage.Input) { in.Plan.Currency = "XXX" }, usage.ErrPlan},
		{"a currency in mixed case", func(in *usage.Input) { in.Plan.Currency = "Usd" }, usage.ErrPlan},
		{"tiers in two currencies", func(in *usage.Input) {
			in.Plan.Seats = tiers(pricing.Volume, "10", "31", "", "1")
			in.Plan.Seats.Tiers[1].Unit = eur("1")
		}, money.ErrMismatch},
		{"a tier with a negative price", func(in *usage.Input) { in.Plan.Seats = tiers(pricing.Graduated, "10", "31", "", "-1") }, pricing.ErrNegative},
		{"tiers that do not ascend", func(in *usage.Input) { in.Plan.Seats = tiers(pricing.Graduated, "10", "31", "10", "5", "", "1") }, pricing.ErrTiers},
		{"more users than the last tier allows", func(in *usage.Input) { in.Plan.Seats = tiers(pricing.Volume, "0.5", "31") }, pricing.ErrQuantity},
		{"a price without an amount", func(in *usage.Input) { in.Plan.Seats = pricing.Price{Model: pricing.Flat} }, pricing.ErrMissing},
		{"the price of a group in another currency", func(in *usage.Input) {
			in.Plan.Groups = map[string]pricing.Price{"staff": {Model: pricing.Flat, Unit: eur("1")}}
		}, usage.ErrCurrency},
		{"a group without a name", func(in *usage.Input) { in.Plan.Groups = map[string]pricing.Price{"": flat("1")} }, usage.ErrPlan},
		{"a fee in another currency", func(in *usage.Input) { in.Plan.Fees = []usage.Fee{{ID: "f", Amount: eur("1")}} }, usage.ErrCurrency},
		{"a fee of half a cent", func(in *usage.Input) { in.Plan.Fees = []usage.Fee{{ID: "f", Amount: usd("0.005")}} }, usage.ErrPlan},
		{"an adjustment in another currency", func(in *usage.Input) {
			in.Adjustments = []usage.Adjustment{{ID: "a", On: date(t, "2026-10-05"), Amount: eur("1")}}
		}, usage.ErrCurrency},
		{"an adjustment without an amount", func(in *usage.Input) {
			in.Adjustments = []usage.Adjustment{{ID: "a", On: date(t, "2026-10-05")}}
		}, usage.ErrPriceMissing},
		{"an adjustment without a day", func(in *usage.Input) { in.Adjustments = []usage.Adjustment{{ID: "a", Amount: usd("1")}} }, usage.ErrDiscount},
		{"a row beyond 64 bits", func(in *usage.Input) { in.Plan.Seats = flat("92233720368547758.08") }, usage.ErrAmountOutOfRange},
		{"rows that only together are beyond 64 bits", func(in *usage.Input) {
			in.Plan.Seats = flat("92233720368547758.07")
			in.Tenants = each(usage.Tenant{ID: "t1", Users: each(crowd(t, "u", 2, "2026-01-01", "")...)})
		}, usage.ErrAmountOutOfRange},
		{"tenants that only together are beyond 64 bits", func(in *usage.Input) {
			in.Plan.Seats = flat("92233720368547758.07")
			one := each(user(t, "u", "2026-01-01", ""))
			in.Tenants = each(usage.Tenant{ID: "a", Users: one}, usage.Tenant{ID: "b", Users: one})
		}, usage.ErrAmountOutOfRange},
		{"a shared charge beyond 64 bits", func(in *usage.Input) {
			in.Plan.Seats = pricing.Price{Model: pricing.Package, Size: num("1"), Unit: usd("92233720368547758.08")}
		}, usage.ErrAmountOutOfRange},
		{"a group rounded once beyond 64 bits", func(in *usage.Input) {
			in.Plan.Seats, in.Plan.Stage = flat("92233720368547758.08"), usage.PerGroup
		}, usage.ErrAmountOutOfRange},
		{"overage without a price", func(in *usage.Input) {
			in.Plan.Metered = []usage.MeteredPlan{{Name: "m", Meters: []usage.Meter{{Name: "minutes", Included: num("10")}}}}
		}, usage.ErrPriceMissing},
		{"an allowance below zero", func(in *usage.Input) {
			in.Plan.Metered = []usage.MeteredPlan{{Name: "m", Meters: []usage.Meter{{Name: "minutes", Included: num("-1"), Price: flat("1")}}}}
		}, usage.ErrPlan},
		{"the same meter twice", func(in *usage.Input) {
			in.Plan.Shared = []usage.Meter{{Name: "minutes", Price: flat("1")}, {Name: "minutes", Price: flat("1")}}
		}, usage.ErrPlan},
		{"a metered charge beyond 64 bits", func(in *usage.Input) {
			in.Plan.Metered = []usage.MeteredPlan{{Name: "m", Meters: []usage.Meter{{Name: "minutes", Price: flat("92233720368547758.07")}}}}
			in.Projects = each(usage.Project{ID: "p", Plan: "m", Active: span(t, "2026-01-01", ""), Readings: []usage.Reading{reading("minutes", "2")}})
		}, usage.ErrAmountOutOfRange},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			in := october(t, user(t, "a", "2026-01-01", ""))
			c.set(&in)
			_ = refused(t, in, c.kind)
		})
	}
}

// TestMinorUnitsOfTheCurrency: amounts have the digits of their currency, and very small prices are rounded as documented.
func TestMinorUnitsOfTheCurrency(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, price, currency, from, total string }{
		{"yen have no minor digits", "1000", "JPY", "2026-10-11", "677 JPY"},
		{"dinars have three", "10", "KWD", "2026-10-11", "6.774 KWD"},
		{"a free seat is a row of zero", "0", "USD", "2026-10-11", "0.00 USD"},
		{"the largest seat", "92233720368547758.07", "USD", "2026-10-01", "92233720368547758.07 USD"},
		{"a price of many digits is exact until it is rounded", "0.004999999999999999", "USD", "2026-10-01", "0.00 USD"},
		{"and half a cent is a cent", "0.005", "USD", "2026-10-01", "0.01 USD"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			in := october(t, user(t, "u", c.from, ""))
			in.Plan.Currency = c.currency
			in.Plan.Seats.Unit = money.MustParse(c.price, c.currency)
			st := compute(t, in)
			require.Equal(t, c.total, st.Total.String())
			require.Equal(t, 1, st.Users())
		})
	}
}

// TestTenThousandTinyRows: rounded each by itself they are nothing, rounded once they are what they are; in both cases
// the rows are the total.
func TestTenThousandTinyRows(t *testing.T) {
	if testing.Short() {
		t.Skip("not under the race detector")
	}
	t.Parallel()
	in := october(t, crowd(t, "u", 10_000, "2026-01-01", "")...)
	in.Plan.Seats = flat("0.004")
	require.Equal(t, "0.00 USD", compute(t, in).Total.String())
	in.Plan.Stage = usage.PerGroup
	st := compute(t, in)
	require.Equal(t, "40.00 USD", st.Total.String())
	ones := 0
	for row := range st.Tenants[0].Groups[0].Rows() {
		if !row.Amount.IsZero() {
			require.Equal(t, "0.01 USD", row.Amount.String())
			ones++
		}
	}
	require.Equal(t, 4000, ones)
}

// TestAHugeMeterIsExact: a very small price of a very large reading is neither zero nor an overflow.
func TestAHugeMeterIsExact(t *testing.T) {
	t.Parallel()
	in := october(t)
	in.Tenants = nil
	in.Plan.Metered = []usage.MeteredPlan{{Name: "m", Meters: []usage.Meter{{Name: "bytes", Price: flat("0.000000000000000001")}}}}
	in.Projects = each(usage.Project{
		ID: "p", Plan: "m", Active: span(t, "2026-01-01", ""),
		Readings: []usage.Reading{{Meter: "bytes", Used: usage.Known(decimal.New(math.MaxInt64, 2))}},
	})
	require.Equal(t, "922.34 USD", compute(t, in).Total.String())
}

// TestAddressesThatIdentifyNobody: without an id, a doubtful address is refused and never merged with another.
func TestAddressesThatIdentifyNobody(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, address string }{
		{"no address", ""},
		{"no at sign", "school.edu"},
		{"nothing before the at sign", "@school.edu"},
		{"nothing after it", "a@"},
		{"two at signs", "a@b@school.edu"},
		{"a quoted local part", `"a@school.edu"@evil.com`},
		{"a comment", "a(comment)@school.edu"},
		{"a display name", "A <a@school.edu>"},
		{"an encoded word", "=?utf-8?q?a?=@school.edu"},
		{"a domain literal", "a@[127.0.0.1]"},
		{"a port", "a@school.edu:25"},
		{"a path", "a@school.edu/x"},
		{"a trailing space", "a@school.edu "},
		{"a line break", "a@school.edu\r\nBcc: b@x.com"},
		{"a zero byte", "a\x00@school.edu"},
		{"more than 254 bytes", strings.Repeat("a", 64) + "@" + strings.Repeat("b.", 100) + "edu"},
		{"a composed accent", "é@school.edu"},
		{"a decomposed accent", "e\u0301@school.edu"},
		{"a long s", "a@ſchool.edu"},
		{"a Kelvin sign", "a@school.\u212Aedu"},
		{"a Cyrillic homograph", "a@sсhool.edu"},
		{"a full-width dot", "a@school．edu"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			e := refused(t, october(t, usage.Record{Address: c.address, Covered: usage.Days(date(t, "2026-10-01"), civil.Date{})}), usage.ErrRoster)
			require.Equal(t, "t1", e.Tenant)
		})
	}
}

// TestSplitsThatAreRefused: lists that do not say clearly who belongs where.
func TestSplitsThatAreRefused(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		set  func(*usage.Tenant)
		kind error
	}{
		{"a domain with a long s", func(n *usage.Tenant) { n.Split.Groups[0].Domains = []string{"lakeſide.edu"} }, usage.ErrSplitDomain},
		{"a domain with a Cyrillic letter", func(n *usage.Tenant) { n.Split.Groups[0].Domains = []string{"lаkeside.edu"} }, usage.ErrSplitDomain},
		{"a domain with a full-width letter", func(n *usage.Tenant) { n.Split.Groups[0].Domains = []string{"ｌakeside.edu"} }, usage.ErrSplitDomain},
		{"a domain with an address sign", func(n *usage.Tenant) { n.Split.Groups[0].Domains = []string{"@lakeside.edu"} }, usage.ErrSplitDomain},
		{"an empty domain", func(n *usage.Tenant) { n.Split.Groups[0].Domains = []string{""} }, usage.ErrSplitDomain},
		{"a bare star", func(n *usage.Tenant) { n.Split.Groups[0].Domains = []string{"*"} }, usage.ErrSplitDomain},
		{"a star inside a domain", func(n *usage.Tenant) { n.Split.Groups[0].Domains = []string{"a.*.edu"} }, usage.ErrSplitDomain},
		{"a tenant that is the suffix itself", func(n *usage.Tenant) { n.Domain = "edu" }, usage.ErrSplitDomain},
		{"a tenant without a domain", func(n *usage.Tenant) { n.Domain = "" }, usage.ErrSplitDomain},
		{"a tenant with a homograph of edu", func(n *usage.Tenant) { n.Domain = "lakeside.еdu" }, usage.ErrSplitDomain},
		{"one group only", func(n *usage.Tenant) { n.Split.Groups = n.Split.Groups[:1] }, usage.ErrSplitAmbiguous},
		{"a group without a name", func(n *usage.Tenant) { n.Split.Groups[0].Name = "" }, usage.ErrSplitAmbiguous},
		{"two groups of one name", func(n *usage.Tenant) { n.Split.Groups[0].Name = "students" }, usage.ErrSplitAmbiguous},
		{"a wildcard in both groups", func(n *usage.Tenant) {
			n.Split.Groups[0].Domains, n.Split.Groups[1].Domains = []string{"*.lakeside.edu"}, []string{"*.Lakeside.edu."}
		}, usage.ErrSplitAmbiguous},
		{"an address that is none", func(n *usage.Tenant) { n.Split.Groups[0].Addresses = []string{"Kim <k@lakeside.edu>"} }, usage.ErrRoster},
		{"an approval without a name", func(n *usage.Tenant) { n.Split.Approval.By = "" }, usage.ErrSplitNotApproved},
		{"an approval without a day", func(n *usage.Tenant) { n.Split.Approval.On = civil.Date{} }, usage.ErrSplitNotApproved},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			tenant := campus(t, member(t, "a", "prof@lakeside.edu"))
			c.set(&tenant)
			require.ErrorIs(t, tenant.Split.Validate(tenant.Domain, nil), c.kind)
			e := refused(t, campusInput(t, tenant), c.kind)
			require.Equal(t, "u1", e.Tenant)
		})
	}
}

// TestDomainsMatchByTheLetter: trailing dots and case do not matter, punycode only matches when it is listed.
func TestDomainsMatchByTheLetter(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, listed, address, group string }{
		{"a trailing dot of the address", "lakeside.edu", "a@lakeside.edu.", "staff"},
		{"a trailing dot of the list", "LAKESIDE.EDU.", "a@lakeside.edu", "staff"},
		{"punycode that is listed", "xn--lkeside-4wa.edu", "a@XN--lkeside-4wa.edu", "staff"},
		{"punycode that is not listed", "lakeside.edu", "a@xn--lkeside-4wa.edu", ""},
		{"a tag in the local part", "lakeside.edu", "a+students.lakeside.edu@lakeside.edu", "staff"},
		{"a shorter domain", "law.lakeside.edu", "a@lakeside.edu", ""},
		{"a suffix alone", "lakeside.edu", "a@edu", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			tenant := campus(t, member(t, "a", c.address))
			tenant.Split.Groups[0].Domains = []string{c.listed}
			if c.group == "" {
				e := refused(t, campusInput(t, tenant), usage.ErrSplitAmbiguous)
				require.Equal(t, []string{"a"}, e.Users)
				return
			}
			for _, g := range compute(t, campusInput(t, tenant)).Tenants[0].Groups {
				require.Equal(t, g.Name == c.group, g.Users == 1, g.Name)
			}
		})
	}
}

// TestAnErrorNamesAtMostAHundredUsers and says how many more there are.
func TestAnErrorNamesAtMostAHundredUsers(t *testing.T) {
	t.Parallel()
	var users []usage.Record
	for i := range usage.MaxNamed + 7 {
		users = append(users, member(t, fmt.Sprintf("u%03d", i), "x@gmail.com"))
	}
	e := refused(t, campusInput(t, campus(t, users...)), usage.ErrSplitAmbiguous)
	require.Len(t, e.Users, usage.MaxNamed)
	require.Equal(t, 7, e.More)
}

package usage_test

import (
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

func num(s string) decimal.Decimal { return decimal.RequireFromString(s) }

func reading(meter, used string) usage.Reading {
	return usage.Reading{Meter: meter, Used: usage.Known(num(used))}
}

// voice is the input of an account whose projects are metered: 1000 minutes included, then 0.05 a minute; every text
// message costs 0.01; 20.00 a month for the project.
func voice(t *testing.T, projects ...usage.Project) usage.Input {
	t.Helper()
	in := october(t)
	in.Tenants = nil
	in.Plan.Metered = []usage.MeteredPlan{{
		Name: "voice", Fee: &usage.Fee{ID: "base", Name: "Monthly fee", Amount: usd("20.00")},
		Meters: []usage.Meter{
			{Name: "minutes", Unit: "minute", Included: num("1000"), Price: flat("0.05")},
			{Name: "sms", Unit: "message", Price: flat("0.01")},
		},
	}}
	in.Projects = each(projects...)
	return in
}

func project(t *testing.T, id string, readings ...usage.Reading) usage.Project {
	t.Helper()
	return usage.Project{ID: id, Name: "Project " + id, Plan: "voice", Active: span(t, "2026-01-01", ""), Readings: readings}
}

// TestC4ProjectsAreMetered (C4): what exceeds the allowance is charged, each project has a state.
func TestC4ProjectsAreMetered(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name         string
		minutes, sms string
		state        usage.State
		subtotal     string
	}{
		{"nothing used", "0", "0", usage.StateActive, "20.00"},
		{"within the allowance", "799.99", "0", usage.StateActive, "20.00"},
		{"at 80 percent the limit approaches", "800", "0", usage.StateApproaching, "20.00"},
		{"all of the allowance is not over it", "1000", "0", usage.StateApproaching, "20.00"},
		{"a little more is over it", "1000.5", "0", usage.StateOver, "20.03"},
		{"overage", "1500", "0", usage.StateOver, "45.00"},
		{"messages without an allowance are over it from the first on", "0", "250", usage.StateOver, "22.50"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			st := compute(t, voice(t, project(t, "p1", reading("minutes", c.minutes), reading("sms", c.sms))))
			require.Equal(t, c.subtotal+" USD", st.Projects[0].Subtotal.String())
			require.Equal(t, c.subtotal+" USD", st.Total.String())
			require.Equal(t, c.state, st.Projects[0].State)
		})
	}
}

// TestMissingReadingsAreNeverZero: a final statement is refused, a running one says that it is incomplete.
func TestMissingReadingsAreNeverZero(t *testing.T) {
	t.Parallel()
	in := voice(t, project(t, "p1", reading("minutes", "10")))
	_, err := usage.Compute(in)
	require.ErrorIs(t, err, usage.ErrUsageIncomplete)
	require.ErrorContains(t, err, `project "p1"`)
	require.ErrorContains(t, err, "sms")

	in.Finality, in.AsOf = usage.ToDate, date(t, "2026-10-15")
	st := compute(t, in)
	require.True(t, st.Incomplete)
	require.False(t, st.IsFinal())
	require.Equal(t, usage.StateUnavailable, st.Projects[0].State)
	require.False(t, st.Projects[0].Meters[1].Amount.IsSet())
}

// TestProjectsThatAreNotActive owe nothing and say so.
func TestProjectsThatAreNotActive(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		active civil.Span
	}{
		{"a project that has not started at all", civil.Span{}},
		{"a project that starts next month", civil.Span{From: civil.MustDate(2026, time.November, 1)}},
		{"a project that ended before", civil.Span{From: civil.MustDate(2026, time.January, 1), To: civil.MustDate(2026, time.October, 1)}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p := project(t, "p1")
			p.Active = c.active
			st := compute(t, voice(t, p))
			require.Equal(t, usage.StateNotActive, st.Projects[0].State)
			require.Equal(t, "0.00 USD", st.Total.String())
		})
	}
}

// TestASharedAllowance is used by all projects together and charged to the account.
func TestASharedAllowance(t *testing.T) {
	t.Parallel()
	in := voice(t,
		project(t, "p1", reading("minutes", "900"), reading("sms", "0")),
		project(t, "p2", reading("minutes", "900"), reading("sms", "0")),
	)
	in.Plan.Shared = []usage.Meter{{Name: "minutes", Unit: "minute", Included: num("1500"), Price: flat("0.05")}}
	st := compute(t, in)
	require.Equal(t, "55.00 USD", st.Total.String()) // two fees and 300 minutes
	require.Len(t, st.Charges, 1)
	require.Equal(t, usage.ChargeShared, st.Charges[0].Kind)
	require.Equal(t, usage.StateOver, st.Charges[0].Meter.State)
	require.Equal(t, "300", st.Charges[0].Meter.Overage.Value.String())
	require.True(t, st.Projects[0].Meters[0].Shared)
}

// TestWrongReadings are refused with the project and the meter.
func TestWrongReadings(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		p    usage.Project
		err  error
	}{
		{"a negative reading", project(t, "p1", reading("minutes", "-1"), reading("sms", "0")), usage.ErrReading},
		{"a meter that is not in the plan", project(t, "p1", reading("fax", "1")), usage.ErrReading},
		{"a meter read twice", project(t, "p1", reading("sms", "1"), reading("sms", "1")), usage.ErrReading},
		{"a plan that is not known", usage.Project{ID: "p1", Plan: "gold", Active: span(t, "2026-01-01", "")}, usage.ErrPriceMissing},
		{"a project without id", project(t, "", reading("minutes", "1")), usage.ErrDuplicate},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, err := usage.Compute(voice(t, c.p))
			require.ErrorIs(t, err, c.err)
		})
	}
	_, err := usage.Compute(voice(t, project(t, "p1", reading("minutes", "1"), reading("sms", "0")), project(t, "p1")))
	require.ErrorIs(t, err, usage.ErrDuplicate)
}

// TestForecast expects the rate so far to go on, by the same code, and is marked as an estimate.
func TestForecast(t *testing.T) {
	t.Parallel()
	in := voice(t, project(t, "p1", reading("minutes", "1000"), reading("sms", "0")))
	in.Period = month(t, "2026-11", "UTC")
	in.Finality, in.AsOf = usage.Forecast, date(t, "2026-11-11") // 10 of 30 days are known
	st := compute(t, in)
	require.False(t, st.IsFinal())
	require.Equal(t, "3000", st.Projects[0].Meters[0].Forecast.Value.String())
	require.Equal(t, "120.00 USD", st.Total.String()) // 2000 minutes and the fee
	require.Equal(t, usage.StateApproaching, st.Projects[0].State, "the state is that of what was used")

	in.AsOf = date(t, "2026-11-01")
	require.True(t, compute(t, in).Incomplete, "nothing can be expected before the first day is over")
}

// TestToDateCountsWhatIsKnown: coverage is cut at the day, the denominator stays the month.
func TestToDateCountsWhatIsKnown(t *testing.T) {
	t.Parallel()
	in := october(t, user(t, "a", "2026-01-01", ""), user(t, "b", "2026-10-20", ""))
	in.Finality, in.AsOf = usage.ToDate, date(t, "2026-10-11")
	st := compute(t, in)
	require.Equal(t, "10.00 USD", st.Total.String())
	require.Equal(t, 1, st.Tenants[0].Groups[0].Heads, "who is covered the day before counts for the tier")
	in.Finality = usage.Forecast
	require.Equal(t, "43.00 USD", compute(t, in).Total.String())
	in.Finality = usage.Final
	_, err := usage.Compute(in)
	require.ErrorIs(t, err, usage.ErrInterval)
	in.Finality, in.AsOf = usage.ToDate, date(t, "2026-11-01")
	_, err = usage.Compute(in)
	require.ErrorIs(t, err, usage.ErrInterval)
}

// TestC5BothVocabularies (C5) fixes the boundaries of both: 80 and 95 percent belong to the higher state, over is more
// than 100 percent.
func TestC5BothVocabularies(t *testing.T) {
	t.Parallel()
	th := usage.DefaultThresholds()
	require.NoError(t, th.Validate())
	for _, c := range []struct {
		name   string
		used   usage.Quantity
		of     usage.Allowance
		state  usage.State
		health usage.Health
	}{
		{"missing usage is a state", usage.Quantity{}, usage.Allowance{Included: num("100")}, usage.StateUnavailable, usage.HealthUnavailable},
		{"nothing used", usage.Known(num("0")), usage.Allowance{Included: num("100")}, usage.StateActive, usage.HealthOnTrack},
		{"just below 80 percent", usage.Known(num("79.999999999999999999")), usage.Allowance{Included: num("100")}, usage.StateActive, usage.HealthOnTrack},
		{"80 percent", usage.Known(num("80")), usage.Allowance{Included: num("100")}, usage.StateApproaching, usage.HealthWarning},
		{"just below 95 percent", usage.Known(num("94.999999999999999999")), usage.Allowance{Included: num("100")}, usage.StateApproaching, usage.HealthWarning},
		{"95 percent", usage.Known(num("95")), usage.Allowance{Included: num("100")}, usage.StateApproaching, usage.HealthActionNeeded},
		{"100 percent", usage.Known(num("100")), usage.Allowance{Included: num("100")}, usage.StateApproaching, usage.HealthActionNeeded},
		{"more than 100 percent", usage.Known(num("100.000000000000000001")), usage.Allowance{Included: num("100")}, usage.StateOver, usage.HealthOver},
		{"nothing included and nothing used", usage.Known(num("0")), usage.Allowance{}, usage.StateActive, usage.HealthOnTrack},
		{"nothing included and something used", usage.Known(num("1")), usage.Allowance{}, usage.StateOver, usage.HealthOver},
		{"unlimited", usage.Known(num("1000000")), usage.Allowance{Unlimited: true}, usage.StateActive, usage.HealthOnTrack},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, c.state, th.State(c.used, c.of))
			require.Equal(t, c.health, th.Health(c.used, c.of))
		})
	}
	for _, wrong := range []usage.Thresholds{
		{},
		{Approaching: num("80")},
		{Approaching: num("-1"), ActionNeeded: num("95")},
		{Approaching: num("96"), ActionNeeded: num("95")},
		{Approaching: num("80"), ActionNeeded: num("101")},
	} {
		require.ErrorIs(t, wrong.Validate(), usage.ErrPlan)
	}
}

// TestThresholdsAreASetting of the plan.
func TestThresholdsAreASetting(t *testing.T) {
	t.Parallel()
	in := voice(t, project(t, "p1", reading("minutes", "500"), reading("sms", "0")))
	in.Plan.Thresholds = usage.Thresholds{Approaching: num("50"), ActionNeeded: num("60")}
	require.Equal(t, usage.StateApproaching, compute(t, in).Projects[0].State)
}

// TestFreshness of a reading (C5).
func TestFreshness(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 10, 5, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name string
		r    usage.Reading
		want usage.Freshness
	}{
		{"missing", usage.Reading{At: now}, usage.FreshnessUnknown},
		{"without a time", usage.Reading{Used: usage.Known(num("1"))}, usage.FreshnessUnknown},
		{"an hour old", usage.Reading{Used: usage.Known(num("1")), At: now.Add(-time.Hour)}, usage.Fresh},
		{"a little more than an hour old", usage.Reading{Used: usage.Known(num("1")), At: now.Add(-time.Hour - 1)}, usage.Stale},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, c.want, c.r.Freshness(now, time.Hour))
		})
	}
}

// TestDiscountsAndAdjustments: each with its own validity, in the order in which they are stated.
func TestDiscountsAndAdjustments(t *testing.T) {
	t.Parallel()
	always := span(t, "2026-01-01", "")
	ten := usage.Discount{ID: "ten", Name: "Ten percent", Percent: num("10"), Valid: always}
	five := usage.Discount{ID: "five", Name: "Five dollars", Amount: usd("5.00"), Valid: always}
	with := func(d usage.Discount, set func(*usage.Discount)) usage.Discount { set(&d); return d }
	for _, c := range []struct {
		name        string
		discounts   []usage.Discount
		adjustments []usage.Adjustment
		total       string
	}{
		{"none", nil, nil, "51.00"},
		{"ten percent of everything", []usage.Discount{ten}, nil, "45.90"},
		{"percent, then amount", []usage.Discount{ten, five}, nil, "40.90"},
		{"amount, then percent", []usage.Discount{five, ten}, nil, "41.40"},
		{"only of seats", []usage.Discount{with(ten, func(d *usage.Discount) { d.On = usage.OnSeats })}, nil, "47.90"},
		{"only of fees", []usage.Discount{with(ten, func(d *usage.Discount) { d.On = usage.OnFees })}, nil, "49.00"},
		{"of usage there is none", []usage.Discount{with(ten, func(d *usage.Discount) { d.On = usage.OnMetered })}, nil, "51.00"},
		{"valid for part of the month has part of its effect", []usage.Discount{
			with(five, func(d *usage.Discount) { d.Amount, d.Valid = usd("31.00"), span(t, "2026-10-30", "2026-11-15") }),
		}, nil, "49.00"},
		{"expired on the first day", []usage.Discount{with(ten, func(d *usage.Discount) { d.Valid = span(t, "2026-01-01", "2026-10-01") })}, nil, "51.00"},
		{"begins after the last day", []usage.Discount{with(ten, func(d *usage.Discount) { d.Valid = span(t, "2026-11-01", "") })}, nil, "51.00"},
		{"never below zero", []usage.Discount{with(five, func(d *usage.Discount) { d.Amount = usd("500.00") }), ten}, nil, "0.00"},
		{"a hundred percent", []usage.Discount{with(ten, func(d *usage.Discount) { d.Percent = num("100") })}, nil, "0.00"},
		{"a credit and a charge", nil, []usage.Adjustment{
			{ID: "c", Name: "Credit", On: date(t, "2026-10-05"), Amount: usd("-60.00")},
			{ID: "d", Name: "Late usage of September", On: date(t, "2026-10-01"), Amount: usd("2.00")},
			{ID: "e", Name: "Next month", On: date(t, "2026-11-01"), Amount: usd("9.00")},
		}, "-7.00"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			in := october(t, user(t, "u", "2026-01-01", ""))
			in.Plan.Fees = []usage.Fee{{ID: "base", Name: "Base", Amount: usd("20.00")}}
			in.Discounts, in.Adjustments = c.discounts, c.adjustments
			require.Equal(t, c.total+" USD", compute(t, in).Total.String())
		})
	}
	for _, c := range []struct {
		name string
		d    usage.Discount
		err  error
	}{
		{"more than a hundred percent", with(ten, func(d *usage.Discount) { d.Percent = num("100.01") }), usage.ErrDiscount},
		{"a negative percentage", with(ten, func(d *usage.Discount) { d.Percent = num("-1") }), usage.ErrDiscount},
		{"a negative amount", with(five, func(d *usage.Discount) { d.Amount = usd("-1") }), usage.ErrDiscount},
		{"percent and amount", with(five, func(d *usage.Discount) { d.Percent = num("1") }), usage.ErrDiscount},
		{"neither percent nor amount", usage.Discount{ID: "x", Valid: always}, usage.ErrDiscount},
		{"no validity", with(ten, func(d *usage.Discount) { d.Valid = civil.Span{} }), usage.ErrDiscount},
		{"another currency", with(five, func(d *usage.Discount) { d.Amount = money.MustParse("5", "EUR") }), usage.ErrCurrency},
		{"no id", with(ten, func(d *usage.Discount) { d.ID = "" }), usage.ErrDiscount},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			in := october(t, user(t, "u", "2026-01-01", ""))
			in.Discounts = []usage.Discount{c.d}
			_, err := usage.Compute(in)
			require.ErrorIs(t, err, c.err)
		})
	}
}

// TestO7PeriodsThatCanBeReported (O7): from January 2026 on, not the future; the running month is not final.
func TestO7PeriodsThatCanBeReported(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 10, 17, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name, month string
		from        civil.Date
		want        usage.Finality
		check       error
		closed      error
	}{
		{"the month before the earliest", "2025-12", civil.Date{}, usage.Final, usage.ErrPeriodUnavailable, usage.ErrPeriodUnavailable},
		{"the earliest month", "2026-01", civil.Date{}, usage.Final, nil, nil},
		{"last month", "2026-09", civil.Date{}, usage.Final, nil, nil},
		{"the running month", "2026-10", civil.Date{}, usage.ToDate, nil, usage.ErrPeriodOpen},
		{"a future month", "2026-11", civil.Date{}, usage.Final, usage.ErrPeriodUnavailable, usage.ErrPeriodUnavailable},
		{"the earliest month is a setting", "2024-05", civil.MustDate(2024, 5, 1), usage.Final, nil, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			a := usage.Availability{Earliest: c.from}
			got, err := a.Check(month(t, c.month, "America/New_York"), now)
			require.ErrorIs(t, err, c.check)
			require.Equal(t, c.want, got)
			require.ErrorIs(t, a.Closed(month(t, c.month, "America/New_York"), now), c.closed)
		})
	}
	// The month ends in the account's zone, not in ours.
	end := time.Date(2026, 11, 1, 4, 0, 0, 0, time.UTC)
	october := month(t, "2026-10", "America/New_York")
	require.ErrorIs(t, usage.Availability{}.Closed(october, end.Add(-1)), usage.ErrPeriodOpen)
	require.NoError(t, usage.Availability{}.Closed(october, end))
}

// TestAPlanIsCheckedBeforeAnythingIsComputed.
func TestAPlanIsCheckedBeforeAnythingIsComputed(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		set  func(*usage.Plan)
		err  error
	}{
		{"no currency", func(p *usage.Plan) { p.Currency = "" }, usage.ErrPlan},
		{"a currency in lower case", func(p *usage.Plan) { p.Currency = "usd" }, usage.ErrPlan},
		{"a price in another currency", func(p *usage.Plan) { p.Currency = "EUR" }, usage.ErrCurrency},
		{"no price of a seat", func(p *usage.Plan) { p.Seats = pricing.Price{} }, usage.ErrPriceMissing},
		{"a negative price", func(p *usage.Plan) { p.Seats = flat("-1") }, usage.ErrPlan},
		{"whole units without a share of the tenant", func(p *usage.Plan) { p.WholeUnits = true }, usage.ErrPlan},
		{"too many included days", func(p *usage.Plan) { p.IncludedDays = 1000 }, usage.ErrPlan},
		{"a negative fee", func(p *usage.Plan) { p.Fees = []usage.Fee{{ID: "f", Amount: usd("-1")}} }, usage.ErrPlan},
		{"a fee without an amount", func(p *usage.Plan) { p.Fees = []usage.Fee{{ID: "f"}} }, usage.ErrPriceMissing},
		{"the same fee twice", func(p *usage.Plan) { p.Fees = []usage.Fee{{ID: "f", Amount: usd("1")}, {ID: "f", Amount: usd("1")}} }, usage.ErrDuplicate},
		{"a meter without a price", func(p *usage.Plan) { p.Shared = []usage.Meter{{Name: "minutes"}} }, usage.ErrPriceMissing},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			in := october(t, user(t, "u", "2026-01-01", ""))
			c.set(&in.Plan)
			_, err := usage.Compute(in)
			require.ErrorIs(t, err, c.err)
		})
	}
}

// TestAmountsOutOfRange are refused, never wrapped.
func TestAmountsOutOfRange(t *testing.T) {
	t.Parallel()
	in := october(t, crowd(t, "u", 200, "2026-01-01", "")...)
	in.Plan.Seats = flat("90000000000000000.00")
	_, err := usage.Compute(in)
	require.ErrorIs(t, err, usage.ErrAmountOutOfRange)
}

// TestExplainToDate says on which day heads were counted.
func TestExplainToDate(t *testing.T) {
	t.Parallel()
	in := october(t, user(t, "u", "2026-01-01", ""))
	in.Plan.Seats = tiers(pricing.Volume, "10", "31.00", "", "15.50")
	in.Finality, in.AsOf = usage.ToDate, date(t, "2026-10-11")
	d, err := compute(t, in).Explain("t1", "u")
	require.NoError(t, err)
	require.Contains(t, strings.Join(d.Lines(), "\n"), "head count 1 on the day before 2026-10-11")
}

// TestExplain derives a row in words.
func TestExplain(t *testing.T) {
	t.Parallel()
	in := october(t, user(t, "u", "2026-01-01", "2026-10-04"), user(t, "u", "2026-10-10", ""))
	st := compute(t, in)
	d, err := st.Explain("t1", "u")
	require.NoError(t, err)
	require.Equal(t, []civil.Span{span(t, "2026-10-01", "2026-10-04"), span(t, "2026-10-10", "2026-11-01")}, d.Covered)
	require.Equal(t, usage.Units{Covered: 25, Of: 31}, d.Units)
	require.Equal(t, "25.00 USD", d.Amount.String())
	require.False(t, d.Shared)
	require.Equal(t, 0, d.Exact.Cmp(num("25").Rat()))
	_, err = st.Explain("t1", "nobody")
	require.ErrorIs(t, err, usage.ErrNotFound)
	_, err = st.Explain("nowhere", "u")
	require.ErrorIs(t, err, usage.ErrNotFound)
}

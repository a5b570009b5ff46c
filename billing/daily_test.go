package billing_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/billhatch/billhatch/billing"
	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/provider/memory"
	"github.com/billhatch/billhatch/rbac"
	"github.com/billhatch/billhatch/rbac/rbactest"
	"github.com/billhatch/billhatch/usage"
	"github.com/billhatch/billhatch/usage/civil"
)

// figure is what a project of the home account used on a day of October 2026.
func (h *house) figure(project string, day int, used string) provider.DayUsage {
	return provider.DayUsage{
		Project: project + "-" + h.accounts[rbactest.Home].canary, Meter: "minutes", Day: civil.MustDate(2026, 10, 1).AddDays(day - 1),
		Used: usage.Known(decimal.RequireFromString(used)),
	}
}

// usage reads the usage panel of the home account.
func (h *house) usage(t *testing.T) billing.UsagePanel {
	t.Helper()
	panel, err := h.home(rbac.ClientAdmin).Usage(t.Context())
	require.NoError(t, err)
	require.NoError(t, h.world.Err())
	return panel
}

// line finds a series.
func line(t *testing.T, panel billing.UsagePanel, name string) billing.DailySeries {
	t.Helper()
	i := slices.IndexFunc(panel.Daily, func(s billing.DailySeries) bool { return s.Name == name })
	require.GreaterOrEqual(t, i, 0, "no line of %s", name)
	return panel.Daily[i]
}

// drawn writes days down: a number, "?" where it is unknown, with a "+" where it is partial.
func drawn(s billing.DailySeries) string {
	var out []string
	for _, d := range s.Days {
		text := "?"
		if d.Used.Known {
			text = d.Used.Value.String()
		}
		if d.Partial {
			text += "+"
		}
		out = append(out, text)
	}
	return strings.Join(out, " ")
}

// TestC4UsageByDay (C4, C5): one entry for every day so far, over all projects; a day without a figure is unknown.
func TestC4UsageByDay(t *testing.T) {
	t.Parallel()
	h := build(t, rbac.ClientPolicy())
	other := h.figure("bot", 1, "999")
	other.Project = "bot-" + h.accounts[rbactest.Other.AccountOf()].canary
	h.world.SetDaily(rbactest.Other.AccountOf(), other)
	h.world.SetDaily(
		rbactest.Home,
		h.figure("bot", 1, "10"), h.figure("desk", 1, "2.5"), // all projects
		h.figure("bot", 2, "7"),                           // one of two
		h.figure("bot", 3, "0"), h.figure("desk", 3, "0"), // nothing was used
		h.figure("bot", 17, "1"), h.figure("desk", 17, "2"), // today
		h.figure("bot", 18, "100"), // ahead
	)
	panel := h.usage(t)
	require.Equal(t, billing.Ready, panel.State)
	require.Empty(t, panel.Missing)
	require.Len(t, panel.Daily, 2)
	minutes := panel.Daily[0]
	require.Equal(t, "minutes", minutes.Name)
	require.Equal(t, "minute", minutes.Unit)
	require.Equal(t, "12.5 7+ 0 ? ? ? ? ? ? ? ? ? ? ? ? ? 3", drawn(minutes))
	require.Equal(t, "2026-10-01", minutes.Days[0].Day.String())
	require.Equal(t, "2026-10-17", minutes.Days[16].Day.String())
	require.Equal(t, "950", panel.Totals[0].Used.Value.String(), "the reading is a fact of its own")
	require.Equal(t, billing.SeriesSeats, panel.Daily[1].Name)
}

// TestC4TodayIsThatOfTheAccount (C4): the last day is the account's, not that of UTC.
func TestC4TodayIsThatOfTheAccount(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		at   string
		days int
	}{
		{"2026-10-17T03:59:59Z", 16}, {"2026-10-17T04:00:00Z", 17}, {"2026-10-01T04:00:00Z", 1}, {"2026-11-01T03:59:59Z", 31},
	} {
		h := build(t, rbac.ClientPolicy())
		at, err := time.Parse(time.RFC3339, c.at)
		require.NoError(t, err)
		h.world.Set(at)
		for _, name := range []string{"minutes", billing.SeriesSeats} {
			days := line(t, h.usage(t), name).Days
			require.Len(t, days, c.days, "%s at %s", name, c.at)
			require.Equal(t, "2026-10-01", days[0].Day.String())
		}
	}
}

func TestProjectsAreOnlyAwaitedWhileTheyAreActive(t *testing.T) {
	t.Parallel()
	h := build(t, rbac.ClientPolicy())
	for id, active := range map[string]civil.Span{
		"new":   {From: civil.MustDate(2026, 10, 3)},
		"ended": {From: civil.MustDate(2026, 1, 1), To: civil.MustDate(2026, 10, 2)},
		"soon":  {},
		"other": {From: civil.MustDate(2026, 1, 1)}, // on a plan that nobody knows, without a reading
	} {
		project := usage.Project{ID: id, Name: id, Plan: "voice", Active: active}
		if id == "other" {
			project.Plan = "unknown"
		}
		h.world.AddProject(rbactest.Home, project)
	}
	for day := 1; day <= 6; day++ {
		h.world.SetDaily(rbactest.Home, h.figure("bot", day, "10"), h.figure("desk", day, "1"))
	}
	set := func(project string, day int) {
		f := h.figure("", day, "100")
		f.Project = project
		h.world.SetDaily(rbactest.Home, f)
	}
	set("ended", 1)
	set("new", 4)
	set("ended", 5)
	set("soon", 6)
	// 2: nobody else is active; 3: the new one is; 5 and 6: it has no figure, and those of others, which are not awaited,
	// count and do not stand in for it
	require.Equal(t, "111 11 11+ 111 111+ 111+ ?", strings.Join(strings.Fields(drawn(line(t, h.usage(t), "minutes")))[:7], " "))
}

// TestC11TheLineIsMissingAlone (C11): whatever happens to it, the rest of the panel stays good.
func TestC11TheLineIsMissingAlone(t *testing.T) {
	t.Parallel()
	fail := func(kind error) memory.Fault { return memory.Fault{Err: &provider.Error{Kind: kind}} }
	change := func(f func(*provider.DayUsage)) memory.Fault { return memory.Fault{Alter: alter(f)} }
	for _, c := range []struct {
		name    string
		fault   memory.Fault
		missing bool
	}{
		{"the records have no days of this account", fail(provider.ErrUnsupported), false},
		{"the records are down", fail(provider.ErrUnavailable), true},
		{"the records do not know the account for their days", fail(provider.ErrNotFound), true},
		{"the records find the question wrong", fail(provider.ErrInvalid), true},
		{"the days end in the middle", memory.Fault{Err: &provider.Error{Kind: provider.ErrTimeout}, Late: true}, true},
		{"a day is not of the period", change(func(d *provider.DayUsage) { d.Day = d.Day.AddDays(31) }), true},
		{"a day is before the period", change(func(d *provider.DayUsage) { d.Day = d.Day.AddDays(-1) }), true},
		{"a figure comes twice", change(func(d *provider.DayUsage) { d.Project = "same" }), true},
		{"projects are out of order", change(func(d *provider.DayUsage) {
			if strings.HasPrefix(d.Project, "desk") {
				d.Project = "a"
			}
		}), true},
		{"a figure is below zero", change(func(d *provider.DayUsage) { d.Used.Value = decimal.NewFromInt(-1) }), true},
		{"a figure is beyond arithmetic", change(func(d *provider.DayUsage) { d.Used.Value = decimal.New(1, 1_000_000_000) }), true},
		{"a figure is unknown", change(func(d *provider.DayUsage) { d.Used = usage.Quantity{} }), false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			h := build(t, rbac.ClientPolicy())
			h.world.SetDaily(rbactest.Home, h.figure("bot", 1, "10"), h.figure("desk", 1, "2.5"))
			h.world.InjectAlways("Daily", c.fault)
			panel := h.usage(t)
			require.Equal(t, "950", panel.Totals[0].Used.Value.String())
			require.Equal(t, "6 6 6", drawn(line(t, panel, billing.SeriesSeats))[:5])
			if !c.missing {
				require.Equal(t, billing.Ready, panel.State)
				require.Empty(t, panel.Missing)
				require.NotContains(t, drawn(panel.Daily[0]), "0", "nothing is drawn as zero")
				return
			}
			require.Equal(t, billing.Partial, panel.State)
			require.Equal(t, []string{billing.MissingDaily}, panel.Missing)
			require.Len(t, panel.Daily, 1, "a line that might be wrong is not drawn")
		})
	}
}

// TestC11DaysWithoutProjects (C11): where the projects cannot be read, their days are still good and said to be partial.
func TestC11DaysWithoutProjects(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]memory.Fault{
		"none":              {Err: &provider.Error{Kind: provider.ErrUnavailable}},
		"the first of them": {Err: &provider.Error{Kind: provider.ErrUnavailable}, Late: true},
	} {
		h := build(t, rbac.ClientPolicy())
		h.world.SetDaily(rbactest.Home, h.figure("bot", 1, "10"), h.figure("desk", 1, "2.5"))
		h.world.FailAlways("Tenants", provider.ErrUnavailable)
		h.world.InjectAlways("Projects", fault)
		panel := h.usage(t)
		require.Equal(t, billing.Partial, panel.State, name)
		require.Equal(t, []string{billing.MissingUsage, billing.MissingSeats}, panel.Missing, name)
		require.Equal(t, "minute", panel.Daily[0].Unit)
		require.Equal(t, "12.5+ ? ?", drawn(panel.Daily[0])[:9], name)
	}
	h := build(t, rbac.ClientPolicy())
	h.world.SetDaily(rbactest.Home, h.figure("bot", 1, "10"))
	h.world.FailAlways("Plan", provider.ErrUnavailable)
	require.Empty(t, line(t, h.usage(t), "minutes").Unit, "without a plan the unit is not known")
}

// TestO11SeatsByDay (O11): users who are billable on each day, over all tenants, by the rules of the statement.
func TestO11SeatsByDay(t *testing.T) {
	t.Parallel()
	day := func(d int) civil.Date { return civil.MustDate(2026, 10, 1).AddDays(d - 1) }
	for _, c := range []struct {
		name string
		set  func(h *house, p *usage.Plan)
		want string
	}{
		{"everybody was there before", func(*house, *usage.Plan) {}, "6 6 6 6 6 6 6 6 6 6 6 6 6 6 6 6 6"},
		{"a new tenant has its first days free", func(h *house, p *usage.Plan) {
			p.IncludedDays = 14
			h.world.AddTenant(rbactest.Home, usage.Tenant{ID: "new", Onboarded: day(2), Users: people(5, day(2), civil.Date{})})
		}, "6 6 6 6 6 6 6 6 6 6 6 6 6 6 6 11 11"},
		{"a paused tenant is not counted", func(h *house, _ *usage.Plan) {
			h.world.AddTenant(rbactest.Home, usage.Tenant{ID: "p", Pauses: []civil.Span{{From: day(3), To: day(17)}}, Users: people(5, day(1), civil.Date{})})
		}, "11 11 6 6 6 6 6 6 6 6 6 6 6 6 6 6 11"},
		{"users join and leave", func(h *house, _ *usage.Plan) {
			h.world.AddTenant(rbactest.Home, usage.Tenant{ID: "p", Users: people(5, day(10), day(17))})
		}, "6 6 6 6 6 6 6 6 6 11 11 11 11 11 11 11 6"},
		{"kinds that are not billed are not counted", func(h *house, p *usage.Plan) {
			p.BillableKinds = []string{"licensed"}
			h.world.AddTenant(rbactest.Home, usage.Tenant{ID: "p", Users: people(5, day(1), civil.Date{})})
			h.world.AddRoster(rbactest.Home, "p", usage.Record{User: "extra", Kind: "shared", Covered: usage.Days(day(1), civil.Date{})})
		}, "5 5 5 5 5 5 5 5 5 5 5 5 5 5 5 5 5"},
		{"a tenant that begins today and has no users yet is not known today", func(h *house, _ *usage.Plan) {
			h.world.AddTenant(rbactest.Home, usage.Tenant{ID: "p", Onboarded: day(17)})
		}, "6 6 6 6 6 6 6 6 6 6 6 6 6 6 6 6 6+"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			h := build(t, rbac.ClientPolicy())
			p := plan(h.accounts[rbactest.Home].canary)
			c.set(h, &p)
			h.world.SetPlan(rbactest.Home, civil.MustDate(2026, 1, 1), p)
			panel := h.usage(t)
			require.Empty(t, panel.Missing)
			seats := line(t, panel, billing.SeriesSeats)
			require.Equal(t, billing.UnitSeat, seats.Unit)
			require.Equal(t, c.want, drawn(seats))
		})
	}
}

// people is a roster of licensed users who are covered for the same days.
func people(n int, from, to civil.Date) func(func(usage.Record, error) bool) {
	return func(yield func(usage.Record, error) bool) {
		for i := range n {
			if !yield(usage.Record{User: fmt.Sprintf("person-%07d", i), Kind: "licensed", Covered: usage.Days(from, to)}, nil) {
				return
			}
		}
	}
}

// withoutDays hides the ability to read days.
type withoutDays struct {
	provider.Records
	provider.ProjectReader
	provider.TenantReader
	provider.PlanReader
	provider.AuditLog
}

// TestALineCostsOneLookUp: rosters are read once, and an account without projects is not asked for their days.
func TestALineCostsOneLookUp(t *testing.T) {
	t.Parallel()
	count := func(h *house, a *billing.Account, ops ...string) (n []int) {
		h.world.ResetCalls()
		panel, err := a.Usage(t.Context())
		require.NoError(t, err)
		require.Empty(t, panel.Missing)
		for _, op := range ops {
			n = append(n, len(h.world.CallsOf(op)))
		}
		return n
	}
	h := build(t, rbac.ClientPolicy())
	require.Equal(t, []int{1, 1, 1}, count(h, h.home(rbac.ClientAdmin), "Daily", "Tenants", "Projects"))

	h.world.AddAccount(provider.Account{ID: "seats", Name: "Seats only"})
	h.world.SetPlan("seats", civil.Date{}, plan("x"))
	h.world.AddTenant("seats", usage.Tenant{ID: "t", Users: people(3, civil.MustDate(2026, 1, 1), civil.Date{})})
	a, err := h.as(rbac.Principal{ID: "s", Account: "seats", Roles: []rbac.Role{rbac.ClientAdmin}}).Account(t.Context(), "seats")
	require.NoError(t, err)
	require.Equal(t, []int{0, 1, 1}, count(h, a, "Daily", "Tenants", "Projects"))

	h.world.FailAlways("Projects", &provider.Error{Kind: provider.ErrUnsupported})
	require.Equal(t, []int{0, 1, 1}, count(h, h.home(rbac.ClientAdmin), "Daily", "Tenants", "Projects"))

	hidden := build(t, rbac.ClientPolicy(), func(c *billing.Config) {
		r, _ := c.Records.(*memory.Records)
		c.Records = withoutDays{r, r, r, r, r}
	})
	require.Equal(t, []int{0, 1, 1}, count(hidden, hidden.home(rbac.ClientAdmin), "Daily", "Tenants", "Projects"))
	panel := hidden.usage(t)
	require.Equal(t, billing.Ready, panel.State)
	require.Len(t, panel.Daily, 1)
	require.Equal(t, billing.SeriesSeats, panel.Daily[0].Name)
}

// TestLawALineIsTheSumOfItsFigures, whatever projects have figures of, on whatever days.
func TestLawALineIsTheSumOfItsFigures(t *testing.T) {
	t.Parallel()
	const days = 17 // of the month so far
	rapid.Check(t, func(rt *rapid.T) {
		h := build(t, rbac.ClientPolicy())
		var sum, have [days + 3]int64
		for i := range sum {
			for _, project := range []string{"bot", "desk"} {
				used := rapid.Int64Range(-5, 1000).Draw(rt, "used")
				if used < 0 {
					continue // there is no figure
				}
				h.world.SetDaily(rbactest.Home, h.figure(project, i+1, fmt.Sprint(used)))
				sum[i], have[i] = sum[i]+used, have[i]+1
			}
		}
		got := line(t, h.usage(t), "minutes").Days
		require.Len(rt, got, days)
		for i, d := range got {
			require.Equal(rt, have[i] > 0, d.Used.Known)
			require.Equal(rt, have[i] == 1, d.Partial)
			require.True(rt, d.Used.Value.Equal(decimal.NewFromInt(sum[i])), "%s: %s, want %d", d.Day, d.Used.Value, sum[i])
		}
	})
}

// BenchmarkUsage compares the usage panel of an account with 100 projects, with and without their days.
func BenchmarkUsage(b *testing.B) {
	for _, with := range []bool{false, true} {
		b.Run(fmt.Sprintf("days=%t", with), func(b *testing.B) {
			h := build(b, rbac.ClientPolicy())
			for i := range 100 {
				id := fmt.Sprintf("p%03d", i)
				h.world.AddProject(rbactest.Home, usage.Project{
					ID: id, Name: id, Plan: "voice", Active: civil.Span{From: civil.MustDate(2026, 1, 1)},
					Readings: []usage.Reading{{Meter: "minutes", Used: usage.Known(decimal.NewFromInt(170)), At: now}},
				})
				for day := 1; with && day <= 17; day++ {
					f := h.figure("", day, "10")
					f.Project = id
					h.world.SetDaily(rbactest.Home, f)
				}
			}
			a := h.home(rbac.ClientAdmin)
			b.ReportAllocs()
			for b.Loop() {
				h.world.ResetCalls()
				if _, err := a.Usage(b.Context()); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

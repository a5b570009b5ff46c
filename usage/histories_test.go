package usage_test

import (
	"fmt"
	"iter"
	"math/rand/v2"
	"os"
	"runtime/debug"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/money"
	"github.com/billhatch/billhatch/usage"
	"github.com/billhatch/billhatch/usage/civil"
	"github.com/billhatch/billhatch/usage/pricing"
)

// 250,000 histories with BILLHATCH_LONG=1, a million with BILLHATCH_LONG=4, enough to see every rule many times otherwise.
const (
	longHistories  = 250_000 // times BILLHATCH_LONG
	shortHistories = 20_000
)

// TestRandomHistoriesCostWhatTheOracleSays compares each row, group, tenant and total in minor units. BILLHATCH_SEED
// repeats a run.
func TestRandomHistoriesCostWhatTheOracleSays(t *testing.T) {
	t.Parallel()
	count := sample(shortHistories)
	if times, err := strconv.Atoi(os.Getenv("BILLHATCH_LONG")); err == nil {
		count = times * longHistories
		defer debug.SetGCPercent(debug.SetGCPercent(800)) // short-lived garbage only: twice as fast
	}
	seed := uint64(time.Now().UnixNano())
	if text := os.Getenv("BILLHATCH_SEED"); text != "" {
		var err error
		seed, err = strconv.ParseUint(text, 10, 64)
		require.NoError(t, err)
	}
	t.Logf("BILLHATCH_SEED=%d, %d histories", seed, count)
	m := newMenu(t)
	m.tenants, m.users, m.intervals = 2, 4, 3

	const workers, batch = 2, 100
	var next, rows atomic.Int64
	var wg sync.WaitGroup
	failures := make(chan string, workers)
	began := time.Now()
	for range workers {
		wg.Go(func() {
			var seen int64
			for {
				from := next.Add(batch) - batch
				if from >= int64(count) {
					rows.Add(seen)
					return
				}
				for i := from; i < from+batch; i++ {
					r := rand.New(rand.NewPCG(seed, uint64(i)))
					h := m.history(r.IntN)
					n, problem := differ(h)
					if problem != "" {
						failures <- fmt.Sprintf("history %d: %s\n%s", i, problem, h)
						return
					}
					seen += int64(n)
				}
			}
		})
	}
	wg.Wait()
	close(failures)
	for f := range failures {
		t.Error(f)
	}
	t.Logf("%d rows in %v", rows.Load(), time.Since(began).Round(time.Millisecond))
	if !t.Failed() {
		require.Greater(t, rows.Load(), int64(count), "the histories must have rows")
	}
}

// differ tells where engine and oracle differ, and how many rows there were.
func differ(h *history) (rows int, problem string) {
	st, err := usage.Compute(h.input())
	if err != nil {
		return 0, err.Error()
	}
	return st.Users(), h.compare(st, h.bill())
}

// chooser picks a number from 0 to n-1. Behind it are a random generator, rapid, or the bytes of a fuzzer, so that all
// of them make the same kind of histories.
type chooser func(n int) int

func (c chooser) bool() bool { return c(2) == 1 }

// rare is true once in n times.
func (c chooser) rare(n int) bool { return c(n) == n-1 }

func pick[T any](c chooser, values []T) T { return values[c(len(values))] }

// menu is what histories are made of.
type menu struct {
	worlds                    []world
	prices                    map[string][]pricing.Price
	tenants, users, intervals int // at most, for each
}

func newMenu(t testing.TB) *menu {
	t.Helper()
	m := &menu{tenants: 4, users: 8, intervals: 6, prices: map[string][]pricing.Price{}}
	for _, w := range []struct{ month, zone string }{
		{"2026-10", "America/New_York"},
		{"2026-03", "America/New_York"},
		{"2026-11", "America/New_York"},
		{"2026-10", "Australia/Sydney"},
		{"2026-04", "Australia/Sydney"},
		{"2026-10", "Australia/Lord_Howe"},
		{"2026-04", "Australia/Lord_Howe"},
		{"2018-11", "America/Sao_Paulo"},
		{"2018-02", "America/Sao_Paulo"},
		{"2011-12", "Pacific/Apia"},
		{"2026-02", "UTC"},
		{"2028-02", "UTC"},
	} {
		m.worlds = append(m.worlds, newWorld(month(t, w.month, w.zone)))
	}
	for _, p := range [][2]string{{"2026-10-05", "2026-11-05"}, {"2026-11-01", "2026-11-02"}, {"2026-03-07", "2026-03-14"}, {"2026-01-01", "2026-04-01"}} {
		zone, err := civil.LoadZone("America/New_York")
		require.NoError(t, err)
		period, err := civil.NewPeriod(date(t, p[0]), date(t, p[1]), zone)
		require.NoError(t, err)
		m.worlds = append(m.worlds, newWorld(period))
	}
	for _, currency := range []string{"USD", "JPY", "KWD"} {
		m.prices[currency] = manyPrices(currency)
	}
	return m
}

// manyPrices are prices of every model, with bounds low enough to be reached by a few users.
func manyPrices(currency string) []pricing.Price {
	a := func(s string) money.Amount { return money.MustParse(s, currency) }
	d := decimal.RequireFromString
	var out []pricing.Price
	for _, unit := range []string{"31", "10", "0.01", "4.30", "0", "0.005", "12.345", "999999.99", "0.0000001"} {
		out = append(out, pricing.Price{Model: pricing.Flat, Unit: a(unit)})
	}
	return append(out,
		pricing.Price{Model: pricing.Flat, Unit: a("10"), Minimum: a("25")},
		pricing.Price{Model: pricing.Flat, Unit: a("10"), Maximum: a("15.55")},
		pricing.Price{Model: pricing.Volume, Tiers: []pricing.Tier{{UpTo: d("1"), Unit: a("31")}, {UpTo: d("3"), Unit: a("15.5")}, {Unit: a("3.10")}}},
		pricing.Price{Model: pricing.Volume, Tiers: []pricing.Tier{{UpTo: d("2.5"), Unit: a("7")}, {Unit: a("6.66")}}},
		pricing.Price{Model: pricing.Volume, Tiers: []pricing.Tier{{UpTo: d("2"), Unit: a("9"), Flat: a("5")}, {Unit: a("8.01")}}},
		pricing.Price{Model: pricing.Volume, FlatAtZero: true, Tiers: []pricing.Tier{{UpTo: d("2"), Flat: a("50")}, {Unit: a("8"), Flat: a("1")}}},
		pricing.Price{Model: pricing.Graduated, Tiers: []pricing.Tier{{UpTo: d("1"), Unit: a("31")}, {UpTo: d("2.5"), Unit: a("15.5")}, {Unit: a("0.1")}}},
		pricing.Price{Model: pricing.Graduated, Tiers: []pricing.Tier{{UpTo: d("2"), Unit: a("9"), Flat: a("5")}, {Unit: a("8"), Flat: a("1")}}},
		pricing.Price{Model: pricing.Graduated, FlatAtZero: true, Maximum: a("40"), Tiers: []pricing.Tier{{UpTo: d("2"), Unit: a("9"), Flat: a("5")}, {Unit: a("8")}}},
		pricing.Price{Model: pricing.Package, Size: d("5"), Unit: a("100")},
		pricing.Price{Model: pricing.Package, Size: d("0.5"), Unit: a("3.33")},
		pricing.Price{Model: pricing.Package, Size: d("1"), Unit: a("7"), Minimum: a("20")},
	)
}

// history draws an input.
func (m *menu) history(c chooser) *history {
	h := &history{world: pick(c, m.worlds)}
	currency := "USD"
	if c.rare(4) {
		currency = pick(c, []string{"JPY", "KWD"})
	}
	prices := m.prices[currency]
	h.plan = usage.Plan{
		Name: "p", Currency: currency, Seats: pick(c, prices),
		Policy: pick(c, []usage.Policy{usage.HalfOpenDays, usage.TouchedDays, usage.Seconds, usage.TenantShare, usage.FullPeriod}),
		Tier: usage.TierRule{
			Scope: pick(c, []usage.TierScope{usage.OverAccount, usage.OverTenant}),
			Basis: pick(c, []usage.TierBasis{usage.HeadCount, usage.ProratedUnits}),
		},
		Rounding: pick(c, []money.Rounding{money.HalfUp, money.HalfEven, money.HalfUp, money.HalfEven, money.HalfDown, money.Up, money.Down}),
		Stage:    pick(c, []usage.RoundingStage{usage.PerRow, usage.PerGroup}),
	}
	if h.plan.Policy == usage.TenantShare && c.bool() {
		h.plan.WholeUnits, h.plan.UnitMode = true, pick(c, []money.Rounding{money.HalfUp, money.HalfEven, money.Up, money.Down})
	}
	if c.rare(4) {
		h.plan.BillableKinds = []string{"licensed"}
	}
	if c.rare(3) {
		h.plan.IncludedDays = 1 + c(20)
	}
	if c.rare(4) && h.world.period.Days() > 1 {
		h.finality = pick(c, []usage.Finality{usage.ToDate, usage.Forecast})
		h.asOf = h.world.period.From().AddDays(1 + c(h.world.period.Days()-1))
	}
	for i := range 1 + c(m.tenants) {
		h.tenants = append(h.tenants, m.tenant(c, h, fmt.Sprintf("t%d", i)))
	}
	shuffle(c, h.tenants)
	if h.plan.Groups == nil && c.rare(4) { // prices that nobody needs
		h.plan.Groups = map[string]pricing.Price{"staff": pick(c, prices)}
	}
	return h
}

func shuffle[T any](c chooser, values []T) {
	for i := len(values) - 1; i > 0; i-- {
		j := i - c(i+1)
		values[i], values[j] = values[j], values[i]
	}
}

// day draws a day from some days before the period to some days after it.
func (h *history) day(c chooser) civil.Date {
	return h.world.period.From().AddDays(c(h.world.period.Days()+12) - 6)
}

func (m *menu) tenant(c chooser, h *history, id string) tenantPast {
	n := tenantPast{Tenant: usage.Tenant{ID: id, Name: "Tenant " + id}}
	if c.rare(4) {
		n.Onboarded = h.day(c)
	}
	if c.rare(8) {
		n.FirstBillable = h.day(c)
		if n.FirstBillable.Before(n.Onboarded) {
			n.FirstBillable = n.Onboarded
		}
	}
	if c.rare(6) {
		n.Left = h.day(c)
		for _, d := range []civil.Date{n.Onboarded, n.FirstBillable} {
			if !n.Left.After(d) {
				n.Left = d.AddDays(1)
			}
		}
	}
	for c.rare(5) && len(n.Pauses) < 3 {
		p := civil.Span{From: h.day(c)}
		if c.bool() {
			p.To = p.From.AddDays(1 + c(10))
		}
		n.Pauses = append(n.Pauses, p)
	}
	if c.rare(5) {
		h.campus(c, m, &n)
	}
	users := 1 + c(m.users)
	if c.rare(10) {
		users = 0
	}
	for u := range users {
		m.user(c, h, &n, fmt.Sprintf("u%d", u))
	}
	shuffle(c, n.records)
	n.NoUsers = len(n.records) == 0
	return n
}

// campus splits the tenant into groups.
func (h *history) campus(c chooser, m *menu, n *tenantPast) {
	n.Domain = "lakeside.edu"
	n.Split = usage.Split{
		Groups: []usage.Group{
			{Name: "staff", Domains: []string{"lakeside.edu", "*.lakeside.edu"}},
			{Name: "students", Domains: []string{"students.lakeside.edu"}, Addresses: []string{"u0@lakeside.edu"}},
		},
		Approval: usage.Approval{By: "ops@example.com", On: h.world.period.From().AddDays(-3)},
	}
	if h.plan.Groups == nil {
		h.plan.Groups = map[string]pricing.Price{
			"staff": pick(c, m.prices[h.plan.Currency]), "students": pick(c, m.prices[h.plan.Currency]),
		}
	}
}

// user draws the records of one user.
func (m *menu) user(c chooser, h *history, n *tenantPast, id string) {
	who := usage.Record{User: id, Name: "Name of " + id, Address: id + "@" + pick(c, []string{"lakeside.edu", "students.lakeside.edu", "law.lakeside.edu"})}
	if c.rare(6) {
		who.User = "" // known by the address only
	}
	count := 1 + c(m.intervals)
	if c.rare(10) {
		count = 0
	}
	for range count {
		r := past{Record: who, timed: c.bool()}
		r.Kind = pick(c, []string{"licensed", "licensed", "shared"})
		r.Name = pick(c, []string{"", "Ann", "Bob"}) // as the directory has called the user by then
		if k := len(n.records); k > 0 && n.records[k-1].id() == r.id() && c.rare(4) {
			again := n.records[k-1] // the same stretch once more
			again.Kind, again.Name = r.Kind, r.Name
			n.records = append(n.records, again)
			continue
		}
		r.from = h.day(c)
		if c.rare(4) {
			r.from = h.world.period.From().AddDays(-400)
		}
		open := c.rare(3)
		if !open {
			r.to = r.from.AddDays(pick(c, []int{0, 1, 1, 2, 5, 17, 40, 430}))
		}
		if r.timed {
			zone := h.world.period.Zone()
			r.start = clock(c, r.from, zone)
			if !open {
				r.end = clock(c, r.to, zone)
				if r.end.Before(r.start) {
					r.start, r.end = r.end, r.start
				}
			}
			r.Covered = usage.Times(r.start, r.end)
		} else {
			r.Covered = usage.Days(r.from, r.to)
		}
		n.records = append(n.records, r)
	}
}

// clock draws an instant of a day, often one at its edges.
func clock(c chooser, d civil.Date, zone *time.Location) time.Time {
	y, m, day := d.Date()
	s := pick(c, []int{0, 0, 0, 1, 43200, 86399, 86400, 3600 * 2, -1})
	if s < 0 {
		s = c(90000)
	}
	at := time.Date(y, m, day, 0, 0, s, 0, zone)
	if c.rare(8) {
		at = at.Add(500 * time.Millisecond)
	}
	if c.rare(4) {
		at = at.UTC()
	}
	return at
}

// roster gives the records of a tenant.
func (n *tenantPast) roster() iter.Seq2[usage.Record, error] {
	return func(yield func(usage.Record, error) bool) {
		for i := range n.records {
			if !yield(n.records[i].Record, nil) {
				return
			}
		}
	}
}

// input makes the input of the engine.
func (h *history) input() usage.Input {
	return usage.Input{
		Account: usage.Account{ID: "acme"}, Period: h.world.period, Plan: h.plan, Finality: h.finality, AsOf: h.asOf,
		Tenants: func(yield func(usage.Tenant, error) bool) {
			for i := range h.tenants {
				tenant := h.tenants[i].Tenant
				tenant.Users = h.tenants[i].roster()
				if !yield(tenant, nil) {
					return
				}
			}
		},
	}
}

// String tells a history so that a case of a table can be made of it.
func (h *history) String() string {
	s := fmt.Sprintf("%s %s\nplan %+v\n%v as of %v\n", h.world.period, h.world.period.Zone(), h.plan, h.finality, h.asOf)
	for i := range h.tenants {
		n := &h.tenants[i]
		s += fmt.Sprintf("tenant %s onboarded %v first %v left %v pauses %v split %d\n", n.ID, n.Onboarded, n.FirstBillable, n.Left, n.Pauses, len(n.Split.Groups))
		for _, r := range n.records {
			s += fmt.Sprintf("  %q %s %s %v\n", r.User, r.Address, r.Kind, r.Covered)
		}
	}
	return s
}

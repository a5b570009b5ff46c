package usage_test

import (
	"fmt"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/billhatch/billhatch/money"
	"github.com/billhatch/billhatch/usage"
	"github.com/billhatch/billhatch/usage/civil"
)

// The oracle is a second calculator of seat statements. It shares no code with the first: sets of civil days, exact
// fractions and the rules as they are documented, written to be read and not to be fast.

// world is a period with the unix seconds at which its days begin; the last entry is the end of the period.
type world struct {
	period civil.Period
	starts []int64
}

// newWorld finds the beginning of each day as the first second at which a clock of the zone shows that date or a later.
func newWorld(period civil.Period) world {
	w := world{period: period}
	for i := 0; i <= period.Days(); i++ {
		day := period.From().AddDays(i)
		y, m, d := day.Date()
		noon := time.Date(y, m, d, 12, 0, 0, 0, time.UTC).Unix()
		w.starts = append(w.starts, noon-48*3600+int64(sort.Search(96*3600, func(s int) bool {
			return !civilDay(time.Unix(noon-48*3600+int64(s), 0), period.Zone()).Before(day)
		})))
	}
	return w
}

// civilDay is the date that clocks of the zone show.
func civilDay(t time.Time, zone *time.Location) civil.Date {
	y, m, d := t.In(zone).Date()
	out, err := civil.NewDate(y, m, d)
	if err != nil {
		panic(err)
	}
	return out
}

// history is an input in plain values, from which both calculators make a bill.
type history struct {
	world    world
	plan     usage.Plan
	finality usage.Finality
	asOf     civil.Date
	tenants  []tenantPast
}

type tenantPast struct {
	usage.Tenant // without its roster
	records      []past
}

// past is one record: civil days where timed is false, instants otherwise.
type past struct {
	usage.Record
	timed      bool
	from, to   civil.Date
	start, end time.Time
}

// bill is what the oracle says; all amounts are in minor units.
type bill struct {
	tenants []tenantBill // in order of id
	charges int64        // asked for without users
	total   int64
}

type tenantBill struct {
	id       string
	groups   []groupBill
	subtotal int64
}

type groupBill struct {
	name, tenant string
	rows         []rowBill // in order of user
	heads        int
	ticks        int64
	subtotal     int64
}

type rowBill struct {
	user   string
	ticks  int64
	amount int64
}

var minorDigits = map[string]int64{"USD": 2, "EUR": 2, "JPY": 0, "KWD": 3}

// bill computes the history.
func (h *history) bill() bill {
	var b bill
	sorted := slices.Clone(h.tenants)
	slices.SortFunc(sorted, func(a, b tenantPast) int { return strings.Compare(a.ID, b.ID) })
	for i := range sorted {
		b.tenants = append(b.tenants, h.tenant(&sorted[i]))
	}
	pools := map[string][]*groupBill{}
	var keys []string
	for i := range b.tenants {
		for g := range b.tenants[i].groups {
			group := &b.tenants[i].groups[g]
			key := group.name
			if h.plan.Tier.Scope == usage.OverTenant {
				key += "/" + group.tenant
			}
			if pools[key] == nil {
				keys = append(keys, key)
			}
			pools[key] = append(pools[key], group)
		}
	}
	for _, key := range keys {
		b.charges += h.price(pools[key])
	}
	b.total = b.charges
	for i := range b.tenants {
		for g := range b.tenants[i].groups {
			group := &b.tenants[i].groups[g]
			for _, r := range group.rows {
				group.subtotal += r.amount
			}
			b.tenants[i].subtotal += group.subtotal
		}
		b.total += b.tenants[i].subtotal
	}
	return b
}

// billable tells for each day of the period whether the tenant is billed at all.
func (h *history) billable(n *tenantPast) []bool {
	first := n.Onboarded
	if !first.IsZero() {
		first = first.AddDays(h.plan.IncludedDays)
	}
	if !n.FirstBillable.IsZero() {
		first = n.FirstBillable
	}
	days := make([]bool, h.world.period.Days())
	for i := range days {
		d := h.world.period.From().AddDays(i)
		days[i] = !d.Before(first) && (n.Left.IsZero() || d.Before(n.Left)) &&
			(h.finality != usage.ToDate || d.Before(h.asOf))
		for _, p := range n.Pauses {
			if !d.Before(p.From) && (p.To.IsZero() || d.Before(p.To)) {
				days[i] = false
			}
		}
	}
	return days
}

// lastDay is the index of the day on which heads are counted.
func (h *history) lastDay() int {
	if h.finality == usage.ToDate {
		return h.asOf.Sub(h.world.period.From()) - 1
	}
	return h.world.period.Days() - 1
}

// tenant counts the users of a tenant.
func (h *history) tenant(n *tenantPast) tenantBill {
	out := tenantBill{id: n.ID, groups: []groupBill{{tenant: n.ID}}}
	split := len(n.Split.Groups) > 0
	if split {
		out.groups = nil
		for _, g := range n.Split.Groups {
			out.groups = append(out.groups, groupBill{name: g.Name, tenant: n.ID})
		}
	}
	billable := h.billable(n)
	users := n.users(h.plan.BillableKinds)
	ids := make([]string, 0, len(users))
	for id := range users {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	for _, id := range ids {
		group := &out.groups[0]
		if split {
			group = &out.groups[groupOf(n.Split.Groups, users[id][0].Address)]
		}
		ticks, head := h.count(users[id], billable)
		if ticks > 0 {
			group.rows = append(group.rows, rowBill{user: id, ticks: ticks})
			group.ticks += ticks
		}
		if head {
			group.heads++
		}
	}
	return out
}

// users gives the records of each user that are of one of the kinds; no kinds are all kinds.
func (n *tenantPast) users(kinds []string) map[string][]*past {
	users := map[string][]*past{}
	for i := range n.records {
		r := &n.records[i]
		if len(kinds) == 0 || slices.Contains(kinds, r.Kind) {
			users[r.id()] = append(users[r.id()], r)
		}
	}
	return users
}

// id is the directory's id, or the address where there is none.
func (r *past) id() string {
	if r.User != "" {
		return r.User
	}
	return strings.ToLower(r.Address)
}

// whole is the denominator in ticks.
func (h *history) whole() int64 {
	if h.plan.Policy == usage.Seconds {
		return h.world.starts[len(h.world.starts)-1] - h.world.starts[0]
	}
	return int64(h.world.period.Days())
}

// count gives the ticks of one user, and whether the user is billable on the last day.
func (h *history) count(records []*past, billable []bool) (ticks int64, head bool) {
	covered := h.covered(records, billable)
	head = covered[h.lastDay()]
	switch h.plan.Policy {
	case usage.Seconds:
		head = h.atEnd(records, billable)
		for i := range billable {
			if billable[i] {
				ticks += h.seconds(records, i)
			}
		}
	case usage.TenantShare:
		last, days := -1, int64(0)
		for i := range billable {
			if billable[i] {
				last, days = i, days+1
			}
		}
		if last >= 0 && covered[last] {
			ticks = days
		}
	case usage.FullPeriod:
		if slices.Contains(covered, true) {
			ticks = h.whole()
		}
	default:
		for i := range covered {
			if covered[i] {
				ticks++
			}
		}
	}
	return ticks, head
}

// covered tells for each day whether any of the records covers it and the tenant is billed.
func (h *history) covered(records []*past, billable []bool) []bool {
	days := make([]bool, len(billable))
	for i := range billable {
		day := h.world.period.From().AddDays(i)
		for _, r := range records {
			days[i] = days[i] || billable[i] && h.covers(r, day, i)
		}
	}
	return days
}

// atEnd tells whether any record covers the last second, and whether it is billable.
func (h *history) atEnd(records []*past, billable []bool) bool {
	second, day := h.world.starts[h.lastDay()+1]-1, 0
	for h.world.starts[day+1] <= second {
		day++
	}
	return billable[day] && slices.ContainsFunc(records, func(r *past) bool {
		if r.timed {
			return r.start.Unix() <= second && (r.end.IsZero() || second < r.end.Unix())
		}
		return h.covers(r, h.world.period.From().AddDays(day), day)
	})
}

// covers tells whether the record covers a day by the rule of the policy.
func (h *history) covers(r *past, day civil.Date, index int) bool {
	if !r.timed {
		return !day.Before(r.from) && (r.to.IsZero() || day.Before(r.to))
	}
	zone := h.world.period.Zone()
	if h.plan.Policy == usage.Seconds {
		return h.seconds([]*past{r}, index) > 0
	}
	if day.Before(civilDay(r.start, zone)) {
		return false
	}
	if r.end.IsZero() {
		return true
	}
	if h.plan.Policy == usage.TouchedDays || h.plan.Policy == usage.FullPeriod {
		last := r.end.Add(-1)
		if r.end.Equal(r.start) {
			last = r.start
		}
		return !day.After(civilDay(last, zone))
	}
	return day.Before(civilDay(r.end, zone))
}

// seconds counts the seconds of one day that any of the records covers: between neighbouring boundaries nothing
// changes, so it is enough to ask at each of them.
func (h *history) seconds(records []*past, index int) int64 {
	day, from, to := h.world.period.From().AddDays(index), h.world.starts[index], h.world.starts[index+1]
	cuts := []int64{from, to}
	for _, r := range records {
		if r.timed {
			cuts = append(cuts, min(max(r.start.Unix(), from), to))
			if !r.end.IsZero() {
				cuts = append(cuts, min(max(r.end.Unix(), from), to))
			}
		}
	}
	slices.Sort(cuts)
	var sum int64
	for i := range cuts[1:] {
		for _, r := range records {
			var in bool
			if r.timed {
				in = r.start.Unix() <= cuts[i] && (r.end.IsZero() || cuts[i] < r.end.Unix())
			} else {
				in = !day.Before(r.from) && (r.to.IsZero() || day.Before(r.to))
			}
			if in {
				sum += cuts[i+1] - cuts[i]
				break
			}
		}
	}
	return sum
}

// groupOf finds the group of an address, -1 for none: first by address, then by the domain with the most labels.
func groupOf(groups []usage.Group, address string) int {
	at := strings.LastIndexByte(address, '@')
	if at < 1 {
		return -1
	}
	found, most := -1, 0
	labels := strings.Split(strings.ToLower(address[at+1:]), ".")
	for g := range groups {
		for _, a := range groups[g].Addresses {
			if strings.EqualFold(a, address) {
				return g
			}
		}
		for _, d := range groups[g].Domains {
			want := strings.Split(strings.ToLower(strings.TrimSuffix(d, ".")), ".")
			have := labels
			if want[0] == "*" {
				want = want[1:]
				have = labels[max(0, len(labels)-len(want)):]
				if len(labels) <= len(want) {
					continue
				}
			}
			if slices.Equal(want, have) && len(want) > most {
				found, most = g, len(want)
			}
		}
	}
	return found
}

// compare tells the first difference between a statement and the oracle, "" when there is none.
func (h *history) compare(st *usage.Statement, b bill) string {
	minor := func(a money.Amount) int64 {
		m, err := a.Minor()
		if err != nil {
			panic(err)
		}
		return m
	}
	if len(st.Tenants) != len(b.tenants) {
		return fmt.Sprintf("%d tenants, want %d", len(st.Tenants), len(b.tenants))
	}
	for i := range st.Tenants {
		got, want := &st.Tenants[i], &b.tenants[i]
		if got.ID != want.id || len(got.Groups) != len(want.groups) {
			return fmt.Sprintf("tenant %s with %d groups, want %s with %d", got.ID, len(got.Groups), want.id, len(want.groups))
		}
		for g := range got.Groups {
			if d := h.compareGroup(&got.Groups[g], &want.groups[g], minor); d != "" {
				return fmt.Sprintf("tenant %s, group %q: %s", got.ID, got.Groups[g].Name, d)
			}
		}
		if minor(got.Subtotal) != want.subtotal {
			return fmt.Sprintf("tenant %s: %v, want %d", got.ID, got.Subtotal, want.subtotal)
		}
	}
	if minor(st.Total) != b.total {
		return fmt.Sprintf("total %v, want %d", st.Total, b.total)
	}
	return ""
}

func (h *history) compareGroup(got *usage.GroupStatement, want *groupBill, minor func(money.Amount) int64) string {
	if got.Name != want.name || got.Users != len(want.rows) || got.Heads != want.heads {
		return fmt.Sprintf("%q, %d users, %d heads, want %q, %d, %d", got.Name, got.Users, got.Heads, want.name, len(want.rows), want.heads)
	}
	if got.Units.Covered != want.ticks || got.Units.Of != h.whole() {
		return fmt.Sprintf("units %v, want %d/%d", got.Units, want.ticks, h.whole())
	}
	i := 0
	if got.HasRows() {
		for row := range got.Rows() {
			if i >= len(want.rows) {
				return "too many rows"
			}
			w := want.rows[i]
			if row.User != w.user || row.Units.Covered != w.ticks || row.Units.Of != h.whole() || minor(row.Amount) != w.amount {
				return fmt.Sprintf("row %s %v %v, want %s %d %d", row.User, row.Units, row.Amount, w.user, w.ticks, w.amount)
			}
			i++
		}
		if i != len(want.rows) {
			return "rows are missing"
		}
	}
	if minor(got.Subtotal) != want.subtotal {
		return fmt.Sprintf("subtotal %v, want %d", got.Subtotal, want.subtotal)
	}
	return ""
}

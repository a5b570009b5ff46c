package usage_test

import (
	"cmp"
	"fmt"
	"math/big"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/billhatch/billhatch/money"
	"github.com/billhatch/billhatch/usage"
	"github.com/billhatch/billhatch/usage/civil"
	"github.com/billhatch/billhatch/usage/pricing"
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
	users := map[string][]*past{}
	for i := range n.records {
		r := &n.records[i]
		if len(h.plan.BillableKinds) > 0 && !slices.Contains(h.plan.BillableKinds, r.Kind) {
			continue
		}
		id := r.User
		if id == "" {
			id = strings.ToLower(r.Address)
		}
		users[id] = append(users[id], r)
	}
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

// whole is the denominator in ticks.
func (h *history) whole() int64 {
	if h.plan.Policy == usage.Seconds {
		return h.world.starts[len(h.world.starts)-1] - h.world.starts[0]
	}
	return int64(h.world.period.Days())
}

// count gives the ticks of one user, and whether the user is billable on the last day.
func (h *history) count(records []*past, billable []bool) (ticks int64, head bool) {
	covered := make([]bool, len(billable)) // and billable
	for i := range billable {
		day := h.world.period.From().AddDays(i)
		for _, r := range records {
			covered[i] = covered[i] || billable[i] && h.covers(r, day, i)
		}
	}
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

// price gives the rows of the groups that are priced together their amounts. It returns what is asked without users.
func (h *history) price(groups []*groupBill) int64 {
	price := h.plan.Seats
	if groups[0].name != "" {
		price = h.plan.Groups[groups[0].name]
	}
	var units, basis big.Rat // what is priced, what chooses a volume tier
	for _, g := range groups {
		units.Add(&units, h.units(g))
		basis.Add(&basis, new(big.Rat).SetInt64(int64(g.heads)))
	}
	if h.plan.Tier.Basis == usage.ProratedUnits {
		basis.Set(&units)
	}
	unit := seatPrice(price, &basis)
	if unit == nil {
		return h.pool(h.round(exactPrice(price, &units, &basis)), groups)
	}
	for _, g := range groups {
		if h.plan.Stage == usage.PerGroup || h.plan.WholeUnits {
			g.share(h.round(new(big.Rat).Mul(unit, h.units(g))))
			continue
		}
		for i := range g.rows {
			g.rows[i].amount = h.round(new(big.Rat).Mul(unit, big.NewRat(g.rows[i].ticks, h.whole())))
		}
	}
	return 0
}

// units of a group, in whole numbers where the plan says so.
func (h *history) units(g *groupBill) *big.Rat {
	units := big.NewRat(g.ticks, h.whole())
	if h.plan.WholeUnits {
		units.SetInt(nearest(units, h.plan.UnitMode))
	}
	return units
}

// seatPrice is the one price of every seat, nil where there is none.
func seatPrice(p pricing.Price, basis *big.Rat) *big.Rat {
	if p.Minimum.IsSet() || p.Maximum.IsSet() {
		return nil
	}
	switch p.Model {
	case pricing.Flat:
		return p.Unit.Rat()
	case pricing.Volume:
		if tier := tierOf(p.Tiers, basis); !tier.Flat.IsSet() {
			return tier.Unit.Rat()
		}
	}
	return nil
}

func tierOf(tiers []pricing.Tier, q *big.Rat) pricing.Tier {
	for _, t := range tiers {
		if t.UpTo.IsZero() || q.Cmp(t.UpTo.Rat()) <= 0 {
			return t
		}
	}
	panic("the generator made a price without an open tier")
}

// exactPrice is what a quantity costs.
func exactPrice(p pricing.Price, q, basis *big.Rat) *big.Rat {
	sum := new(big.Rat)
	zero := q.Sign() == 0
	switch p.Model {
	case pricing.Flat:
		sum.Mul(p.Unit.Rat(), q)
	case pricing.Package:
		packages := nearest(new(big.Rat).Quo(q, p.Size.Rat()), money.Up)
		sum.Mul(p.Unit.Rat(), new(big.Rat).SetInt(packages))
	case pricing.Volume:
		tier := tierOf(p.Tiers, basis)
		sum.Mul(tier.Unit.Rat(), q)
		if !zero || p.FlatAtZero {
			sum.Add(sum, tier.Flat.Rat())
		}
	case pricing.Graduated:
		below := new(big.Rat)
		for i, tier := range p.Tiers {
			in := new(big.Rat).Sub(q, below)
			if !tier.UpTo.IsZero() && q.Cmp(tier.UpTo.Rat()) > 0 {
				in.Sub(tier.UpTo.Rat(), below)
			}
			if in.Sign() > 0 || i == 0 && p.FlatAtZero {
				sum.Add(sum, new(big.Rat).Mul(tier.Unit.Rat(), in))
				sum.Add(sum, tier.Flat.Rat())
			}
			if tier.UpTo.IsZero() || q.Cmp(tier.UpTo.Rat()) <= 0 {
				break
			}
			below = tier.UpTo.Rat()
		}
	}
	if p.Minimum.IsSet() && sum.Cmp(p.Minimum.Rat()) < 0 {
		return p.Minimum.Rat()
	}
	if p.Maximum.IsSet() && sum.Cmp(p.Maximum.Rat()) > 0 {
		return p.Maximum.Rat()
	}
	return sum
}

// pool gives an amount to groups by their units, and within each group to its rows.
func (h *history) pool(total int64, groups []*groupBill) (unclaimed int64) {
	weights, any := make([]*big.Rat, len(groups)), false
	for i, g := range groups {
		weights[i] = h.units(g)
		any = any || weights[i].Sign() > 0
	}
	if !any {
		return total // nobody to give it to
	}
	for i, part := range largestRemainder(total, weights) {
		groups[i].share(part)
	}
	return 0
}

// share gives an amount to the rows of a group by their ticks.
func (g *groupBill) share(total int64) {
	if len(g.rows) == 0 {
		return
	}
	weights := make([]*big.Rat, len(g.rows))
	for i, r := range g.rows {
		weights[i] = new(big.Rat).SetInt64(r.ticks)
	}
	for i, part := range largestRemainder(total, weights) {
		g.rows[i].amount = part
	}
}

// largestRemainder splits an amount by weight: everybody gets the exact share cut to minor units, and what is left goes
// to those that were cut most; where they are equal, to the heavier one, then to the first.
func largestRemainder(total int64, weights []*big.Rat) []int64 {
	all := new(big.Rat)
	for _, w := range weights {
		all.Add(all, w)
	}
	parts, cut, order := make([]int64, len(weights)), make([]*big.Rat, len(weights)), make([]int, len(weights))
	left := total
	for i, w := range weights {
		exact := new(big.Rat).Mul(new(big.Rat).SetInt64(total), w)
		exact.Quo(exact, all)
		down := new(big.Int).Quo(exact.Num(), exact.Denom())
		parts[i], order[i] = down.Int64(), i
		cut[i] = exact.Sub(exact, new(big.Rat).SetInt(down))
		left -= parts[i]
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Or(cut[b].Cmp(cut[a]), weights[b].Cmp(weights[a])) })
	for i := range left {
		parts[order[i]]++
	}
	return parts
}

// round makes minor units of an exact amount.
func (h *history) round(exact *big.Rat) int64 {
	scale := new(big.Int).Exp(big.NewInt(10), big.NewInt(minorDigits[h.plan.Currency]), nil)
	return nearest(new(big.Rat).Mul(exact, new(big.Rat).SetInt(scale)), h.plan.Rounding).Int64()
}

// nearest rounds a number that is not negative to an integer.
func nearest(v *big.Rat, mode money.Rounding) *big.Int {
	down, rest := new(big.Int).QuoRem(v.Num(), v.Denom(), new(big.Int))
	half := new(big.Int).Lsh(rest, 1).Cmp(v.Denom())
	up := false
	switch mode {
	case money.HalfUp:
		up = half >= 0
	case money.HalfEven:
		up = half > 0 || half == 0 && down.Bit(0) == 1
	case money.HalfDown:
		up = half > 0
	case money.Up, money.Ceiling:
		up = rest.Sign() > 0
	}
	if up {
		down.Add(down, big.NewInt(1))
	}
	return down
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

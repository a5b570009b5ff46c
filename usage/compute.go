package usage

import (
	"cmp"
	"fmt"
	"iter"
	"slices"

	"github.com/billhatch/billhatch/money"
	"github.com/billhatch/billhatch/usage/civil"
)

// Input is everything that a statement is computed from.
type Input struct {
	Account Account
	Period  civil.Period
	Plan    Plan

	Tenants  iter.Seq2[Tenant, error]  // nil: the account has no tenants
	Projects iter.Seq2[Project, error] // nil: the account has no projects

	Discounts   []Discount   // applied in this order
	Adjustments []Adjustment // those dated inside the period count

	// Finality and AsOf: a final statement has no AsOf; a statement to date or a forecast needs the first day that is
	// not known any more, inside the period.
	Finality Finality
	AsOf     civil.Date

	// TotalsOnly leaves the rows out, for panels. With rosters that are Ordered no user is kept in memory then.
	TotalsOnly bool

	// Daily asks for the users of each day: see TenantStatement.Daily. It needs no memory for users and reads no roster
	// again.
	Daily bool
}

// Compute makes the statement of one account for one period. It is a pure function of its input: it reads no clock,
// and every order of tenants, users and records gives the same statement.
//
// It returns *[Error]; a price, a currency, a roster or a reading that is missing is an error and never zero.
func Compute(in Input) (*Statement, error) {
	c, err := newComputation(&in)
	if err != nil {
		return nil, err
	}
	for _, step := range []func() error{c.readTenants, c.priceSeats, c.readProjects, c.addCharges, c.sum} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return c.st, nil
}

// computation is a statement in the making.
type computation struct {
	in    *Input
	st    *Statement
	ruler *ruler
	until civil.Date // zero, or where coverage is cut
	kinds map[string]bool

	groups []*priced // groups of all tenants
	zero   money.Amount
	shared map[string]*sharedUse // by meter
	bases  bases
}

// priced is a group that waits for its price.
type priced struct {
	tenant string
	group  *GroupStatement
}

func newComputation(in *Input) (*computation, error) {
	if in.Period.IsZero() {
		return nil, &Error{Kind: ErrInterval, Detail: "no period"}
	}
	if in.Account.ID == "" {
		return nil, &Error{Kind: ErrPlan, Detail: "the account has no id"}
	}
	if err := in.Plan.Validate(); err != nil {
		return nil, err
	}
	c := &computation{in: in}
	switch in.Finality {
	case Final:
		if !in.AsOf.IsZero() {
			return nil, &Error{Kind: ErrInterval, Detail: "a final statement has no as-of date"}
		}
	case ToDate, Forecast:
		if !in.Period.ContainsDate(in.AsOf) {
			return nil, &Error{Kind: ErrInterval, Detail: fmt.Sprintf("as-of date %s is not in %s", in.AsOf, in.Period)}
		}
		if in.Finality == ToDate {
			c.until = in.AsOf
		}
	default:
		return nil, &Error{Kind: ErrPlan, Detail: "finality is " + in.Finality.String()}
	}
	var err error
	if c.ruler, err = newRuler(in.Plan.Policy, in.Period, c.until); err != nil {
		return nil, err
	}
	if c.zero, err = money.Zero(in.Plan.Currency); err != nil {
		return nil, &Error{Kind: ErrPlan, Err: err}
	}
	c.bases = bases{seats: c.zero, fees: c.zero, metered: c.zero}
	if len(in.Plan.BillableKinds) > 0 {
		c.kinds = map[string]bool{}
		for _, kind := range in.Plan.BillableKinds {
			c.kinds[kind] = true
		}
	}
	c.st = &Statement{
		Account: in.Account, Period: in.Period, Finality: in.Finality, AsOf: in.AsOf,
		Plan: in.Plan.Name, Policy: in.Plan.Policy, Currency: in.Plan.Currency,
	}
	return c, nil
}

// readTenants counts the seats of all tenants.
func (c *computation) readTenants() error {
	if c.in.Tenants == nil {
		return nil
	}
	seen := map[string]bool{}
	for tenant, err := range c.in.Tenants {
		if err != nil {
			return &Error{Kind: ErrUsageIncomplete, Detail: "tenants", Err: err}
		}
		if tenant.ID == "" || seen[tenant.ID] {
			return &Error{Kind: ErrDuplicate, Tenant: tenant.ID, Detail: "tenant without id, or stated twice"}
		}
		seen[tenant.ID] = true
		part, err := c.readTenant(&tenant)
		if err != nil {
			return err
		}
		c.st.Tenants = append(c.st.Tenants, part)
	}
	slices.SortFunc(c.st.Tenants, func(a, b TenantStatement) int { return cmp.Compare(a.ID, b.ID) })
	for i := range c.st.Tenants {
		t := &c.st.Tenants[i]
		for g := range t.Groups {
			c.groups = append(c.groups, &priced{tenant: t.ID, group: &t.Groups[g]})
		}
	}
	return nil
}

// readTenant counts the seats of one tenant.
func (c *computation) readTenant(t *Tenant) (TenantStatement, error) {
	part := TenantStatement{ID: t.ID, Name: t.Name, Sensitive: t.Sensitive}
	if err := t.Selection.Validate(); err != nil {
		return part, inTenant(err, t.ID)
	}
	spans, err := t.windows(c.in.Period, c.in.Plan.IncludedDays, c.until)
	if err != nil {
		return part, err
	}
	part.Billable = spans
	names, split, err := c.splitOf(t)
	if err != nil {
		return part, inTenant(err, t.ID)
	}
	tally := newTally(c.ruler, c.ruler.spans(spans), len(names), !c.in.TotalsOnly || !t.Ordered)
	if c.in.Daily {
		if tally.days, err = newDayCount(c.in, c.ruler, t); err != nil {
			return part, err
		}
	}
	if err := c.readRoster(t, tally, split); err != nil {
		return part, err
	}
	part.Covered = tally.present
	if tally.days != nil {
		part.Daily = tally.days.counts()
	}
	for g, name := range names {
		seats := newSeats(tally, g, !c.in.TotalsOnly)
		counted := &tally.groups[g]
		part.Groups = append(part.Groups, GroupStatement{
			Name: name, Users: int(counted.users), Heads: int(counted.heads), Merged: counted.merged,
			Units: Units{seats.units(), int64(c.ruler.of)}, seats: seats,
		})
	}
	return part, nil
}

// splitOf gives the groups of a tenant: one without a name where no split is in force.
func (c *computation) splitOf(t *Tenant) ([]string, *splitter, error) {
	if len(t.Split.Groups) == 0 {
		return []string{""}, nil, nil
	}
	split, err := newSplitter(t.Split, t.Domain, c.in.Plan.EduSuffixes)
	if err != nil {
		return nil, nil, err
	}
	if !t.Split.Approval.inForce(c.in.Period) {
		return []string{""}, nil, nil
	}
	return split.names, split, nil
}

// readRoster reads the users of a tenant and refuses a roster that is missing or leaves users out (O9).
func (c *computation) readRoster(t *Tenant, tally *tally, split *splitter) error {
	r := &roster{tenant: t, tally: tally, kinds: c.kinds, split: split}
	if err := r.run(); err != nil {
		return err
	}
	active := len(tally.windows) > 0
	if !r.read && active && !t.NoUsers {
		return &Error{Kind: ErrUsageIncomplete, Tenant: t.ID, Detail: "the roster is empty although the tenant is active"}
	}
	if !r.read && !t.NoUsers && tally.days != nil {
		tally.days.untold()
	}
	if c.ruler.last >= 0 && tally.present < t.Accounts { // before the first day of a period nobody is counted yet
		return &Error{
			Kind: ErrPartialCoverage, Tenant: t.ID,
			Detail: fmt.Sprintf("%d of the %d users of the directory are covered", tally.present, t.Accounts),
		}
	}
	return nil
}

// sum adds everything up.
func (c *computation) sum() error {
	st := c.st
	parts := []money.Amount{}
	for i := range st.Tenants {
		t := &st.Tenants[i]
		groups := make([]money.Amount, len(t.Groups))
		for g := range t.Groups {
			groups[g] = t.Groups[g].Subtotal
		}
		var err error
		if t.Subtotal, err = c.add(groups...); err != nil {
			return inTenant(err, t.ID)
		}
		parts = append(parts, t.Subtotal)
	}
	for i := range st.Projects {
		parts = append(parts, st.Projects[i].Subtotal)
	}
	for i := range st.Charges {
		parts = append(parts, st.Charges[i].Amount)
	}
	var err error
	st.Total, err = c.add(parts...)
	return err
}

// add sums amounts; the sum must still fit into minor units.
func (c *computation) add(amounts ...money.Amount) (money.Amount, error) {
	sum, err := money.Sum(c.in.Plan.Currency, amounts...)
	if err == nil {
		_, err = sum.Minor()
	}
	if err != nil {
		return sum, &Error{Kind: ErrAmountOutOfRange, Err: err}
	}
	return sum, nil
}

// inTenant completes an error with the tenant that it belongs to.
func inTenant(err error, id string) error {
	if e, ok := err.(*Error); ok && e.Tenant == "" { //nolint:errorlint // only our own outermost error is completed
		e.Tenant = id
	}
	return err
}

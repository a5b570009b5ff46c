package usage

import (
	"slices"

	"github.com/billhatch/billhatch/internal/wire"
	"github.com/billhatch/billhatch/usage/civil"
)

// counted takes the lines of a statement one after the other, and says what cannot be there: what has no place in a
// statement, comes twice, or would make a reader of the statement fail. The encoder asks it as the decoder does.
type counted struct {
	codedEnd
	stage   int
	period  civil.Period
	tenant  wire.Text // the last one
	project wire.Text
	groups  map[wire.Text]bool // of the last tenant
	charges map[chargeName]bool
}

// chargeName tells charges apart: a group is a part of it, because the key of a minimum may end in the id of a tenant.
type chargeName struct{ key, kind, group wire.Text }

// The stages of a statement, in order.
const (
	beforeHead = iota
	inTenants
	inProjects
	inCharges
	ended
)

// take gives the reason why a line cannot be there, or "".
func (c *counted) take(v *codedLine) string {
	parts := 0
	for _, is := range [...]bool{
		v.Statement != nil, v.Tenant != nil, v.Group != nil, v.Project != nil, v.Charge != nil, v.End != nil,
	} {
		if is {
			parts++
		}
	}
	switch {
	case parts != 1:
		return "not one part"
	case (v.Statement != nil) != (c.stage == beforeHead):
		return "not where it belongs"
	case v.Statement != nil:
		c.stage = inTenants
		return c.head(v.Statement)
	case v.Tenant != nil:
		return c.reach(inTenants, &c.Tenants, c.aTenant(v.Tenant))
	case v.Group != nil:
		return c.reach(inTenants, &c.Groups, c.group(v.Group))
	case v.Project != nil:
		return c.reach(inProjects, &c.Projects, c.aProject(v.Project))
	case v.Charge != nil:
		return c.reach(inCharges, &c.Charges, c.charge(v.Charge))
	case *v.End != c.codedEnd:
		return "the counts at the end differ"
	}
	c.stage = ended
	return ""
}

// reach counts a part of a stage, unless there is a reason against it.
func (c *counted) reach(stage int, count *int, reason string) string {
	if reason != "" {
		return reason
	}
	if c.stage > stage {
		return "not where it belongs"
	}
	c.stage = stage
	if *count++; *count > maxCodedParts {
		return "too many parts"
	}
	return ""
}

func (c *counted) head(h *codedHead) string {
	c.period = h.Period
	switch {
	case h.Version != codecVersion:
		return "version"
	case h.Account == "":
		return "no account"
	case h.Period.IsZero() || h.Period.Days() > maxCodedDays:
		return "no period, or one that is too long"
	case (h.Finality == Final) != h.AsOf.IsZero() || !h.AsOf.IsZero() && !h.Period.ContainsDate(h.AsOf):
		return "as-of date"
	}
	return ""
}

func (c *counted) aTenant(t *codedTenant) string {
	switch {
	case t.ID <= c.tenant:
		return "tenants out of order, or twice"
	case t.Covered < 0 || len(t.Daily) > c.period.Days() || slices.ContainsFunc(t.Daily, func(n int) bool { return n < 0 }):
		return "counts of a tenant"
	}
	last := c.period.From()
	for _, s := range t.Billable {
		if s.From.Before(last) || s.IsOpen() || !s.From.Before(s.To) || s.To.After(c.period.To()) {
			return "billable days of a tenant"
		}
		last = s.To
	}
	c.tenant, c.groups = t.ID, map[wire.Text]bool{}
	return ""
}

func (c *counted) group(g *codedGroup) string {
	units, pool := g.Units, g.Pricing.Pool
	switch {
	case c.Tenants == 0:
		return "a group without a tenant"
	case c.groups[g.Name]:
		return "a group twice"
	case g.Users < 0 || g.Heads < 0 || g.Merged < 0 || g.Pricing.Heads < 0:
		return "counts of a group"
	case units[0] < 0 || units[1] < 1 || units[1] > maxTicks || pool[0] < 0 || pool[1] != units[1]:
		return "units of a group"
	case g.Pricing.Charge == nil:
		return "no charge of a group"
	case g.Shared && !g.Kept:
		return "shared rows of a group without rows"
	}
	c.groups[g.Name] = true
	if g.Kept {
		if g.Users > maxCodedRows-c.Rows {
			return "too many rows"
		}
		c.Rows += g.Users
	}
	return ""
}

func (c *counted) aProject(p *codedProject) string {
	if p.ID <= c.project {
		return "projects out of order, or twice"
	}
	c.project = p.ID
	if p.Fee != nil {
		return p.Fee.reason()
	}
	return ""
}

func (c *counted) charge(v *codedCharge) string {
	name := chargeName{v.Key, v.Kind, v.Group}
	if c.charges[name] {
		return "a charge twice"
	}
	if c.charges == nil {
		c.charges = map[chargeName]bool{}
	}
	c.charges[name] = true
	return v.reason()
}

// reason tells what is wrong with a charge by itself. Invoices and reports count on the details of discounts and meters.
func (c *codedCharge) reason() string {
	kind := ChargeKind(c.Kind)
	switch {
	case !slices.Contains([]ChargeKind{ChargeFee, ChargeShared, ChargeMinimum, ChargeDiscount, ChargeAdjustment}, kind):
		return "kind of a charge"
	case (kind == ChargeDiscount) != (c.Discount != nil), (kind == ChargeShared) != (c.Meter != nil):
		return "details of a charge"
	}
	return ""
}

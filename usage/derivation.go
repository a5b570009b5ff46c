package usage

import (
	"fmt"
	"math/big"
	"strings"

	"github.com/billhatch/billhatch/money"
	"github.com/billhatch/billhatch/usage/civil"
)

// Derivation explains the amount of one row: how coverage became units, units a price, and the price an amount.
type Derivation struct {
	Tenant, Group, User string
	Policy              Policy
	Period              civil.Period
	Finality            Finality
	AsOf                civil.Date   // of the statement
	Covered             []civil.Span // civil days that were covered and billable, in order
	Billable            []civil.Span // when the tenant was billable at all
	Units               Units
	Pricing             Pricing
	Exact               *big.Rat // of this row before rounding
	Amount              money.Amount
	// Shared tells that the row has a part of an amount that was rounded as a whole, by largest remainder: that of the
	// group, or where the price has no single price of a seat, that of all groups that are priced together.
	Shared   bool
	Subtotal money.Amount // of the group
}

// Explain derives the amount of one user of a tenant. It needs the rows; a user without a row is ErrNotFound.
func (st *Statement) Explain(tenant, user string) (Derivation, error) {
	t, ok := st.Tenant(tenant)
	if !ok {
		return Derivation{}, &Error{Kind: ErrNotFound, Tenant: tenant}
	}
	for g := range t.Groups {
		group := &t.Groups[g]
		if !group.HasRows() {
			continue
		}
		if d, ok := group.explain(user); ok {
			d.Tenant, d.Policy, d.Period, d.Billable = tenant, st.Policy, st.Period, t.Billable
			d.Finality, d.AsOf = st.Finality, st.AsOf
			return d, nil
		}
	}
	return Derivation{}, &Error{Kind: ErrNotFound, Tenant: tenant, User: user}
}

func (g *GroupStatement) explain(user string) (Derivation, bool) {
	for row := range g.Rows() {
		if row.User != user {
			continue
		}
		d := Derivation{
			Group: g.Name, User: user, Units: row.Units, Pricing: g.Pricing, Amount: row.Amount,
			Subtotal: g.Subtotal, Covered: g.seats.spans(user),
		}
		d.Exact, d.Shared = g.exact(row.Units)
		return d, true
	}
	return Derivation{}, false
}

// exact is the unrounded amount of a row, and whether it is a part of an amount that was rounded as a whole.
func (g *GroupStatement) exact(u Units) (*big.Rat, bool) {
	if g.Pricing.Unit.IsSet() && !g.Pricing.IsWhole {
		each := new(big.Rat).Mul(g.Pricing.Unit.Rat(), u.Rat())
		return each, g.seats.sharedOut
	}
	part := new(big.Rat)
	if g.Units.Covered > 0 {
		part.Mul(g.Subtotal.Rat(), big.NewRat(u.Covered, g.Units.Covered))
	}
	return part, true
}

// spans gives the civil days that a user's stretches touch.
func (s *seats) spans(user string) []civil.Span {
	for _, chunk := range s.chunks {
		for i := range chunk {
			if chunk[i].user != user {
				continue
			}
			var out []civil.Span
			for _, p := range s.covered(nil, &chunk[i]) {
				out = append(out, s.ruler.days(p))
			}
			return out
		}
	}
	return nil
}

// Rat gives the units as an exact fraction.
func (u Units) Rat() *big.Rat {
	if u.Of == 0 {
		return new(big.Rat)
	}
	return big.NewRat(u.Covered, u.Of)
}

// String gives "21/31".
func (u Units) String() string { return fmt.Sprintf("%d/%d", u.Covered, u.Of) }

// Lines explains the row in plain English, one step a line.
func (d Derivation) Lines() []string {
	who := fmt.Sprintf("%s in tenant %s", d.User, d.Tenant)
	if d.Group != "" {
		who += ", group " + d.Group
	}
	unit := "days"
	if d.Policy == Seconds {
		unit = "seconds"
	}
	lines := []string{
		who,
		"covered:  " + joinSpans(d.Covered) + " (half-open)",
		"tenant:   billable " + joinSpans(d.Billable),
		fmt.Sprintf("share:    %s %s of %s by policy %s = %s units", d.Units, unit, d.Period, d.Policy, ratText(d.Units.Rat())),
	}
	lines = append(lines, d.priceLines()...)
	last := fmt.Sprintf("amount:   %s exactly, %s after rounding", ratText(d.Exact), d.Amount)
	if d.Shared {
		last += fmt.Sprintf(" (a part of %s, by largest remainder)", d.Subtotal)
	}
	return append(lines, last)
}

func (d Derivation) priceLines() []string {
	p := &d.Pricing
	what := fmt.Sprintf("head count %d at period end", p.Heads)
	if d.Finality == ToDate {
		what = fmt.Sprintf("head count %d on the day before %s", p.Heads, d.AsOf)
	}
	if p.Basis == ProratedUnits {
		what = fmt.Sprintf("%s units", ratText(p.Pool.Rat()))
	}
	over := "over all tenants of the account"
	if p.Scope == OverTenant {
		over = "of this tenant"
	}
	var lines []string
	if p.IsWhole {
		lines = append(lines, fmt.Sprintf("whole:    %d units are charged for the group", p.Whole))
	}
	if p.Unit.IsSet() {
		line := fmt.Sprintf("price:    %s a seat, %s price", p.Unit, p.Price.Model)
		if tier := p.Charge.TierText(); tier != "" {
			line += fmt.Sprintf(", tier %s by %s %s", tier, what, over)
		}
		return append(lines, line)
	}
	return append(lines,
		fmt.Sprintf("price:    %s price of %s units %s", p.Price.Model, ratText(p.Pool.Rat()), over),
		"          "+p.Charge.String(),
	)
}

// ratText writes a fraction with six decimals; none is 0.
func ratText(v *big.Rat) string {
	if v == nil {
		v = new(big.Rat)
	}
	return v.FloatString(6)
}

func joinSpans(spans []civil.Span) string {
	if len(spans) == 0 {
		return "never"
	}
	texts := make([]string, len(spans))
	for i, s := range spans {
		texts[i] = s.String()
	}
	return strings.Join(texts, ", ")
}

package usage

import (
	"errors"
	"math/big"
	"slices"

	"github.com/billhatch/billhatch/money"
	"github.com/billhatch/billhatch/usage/pricing"
)

// pool is the users over whom a quantity is added up: all groups with the same price in the scope of the plan.
type pool struct {
	name   string // of the group, empty for seats outside groups
	price  pricing.Price
	groups []*priced
	heads  int64
	ticks  int64
}

// priceSeats finds the price of every group and prices its rows.
func (c *computation) priceSeats() error {
	for _, p := range c.pools() {
		if err := c.pricePool(p); err != nil {
			return err
		}
	}
	for _, g := range c.groups {
		minor, ok := g.group.seats.subtotal()
		if !ok {
			return &Error{Kind: ErrAmountOutOfRange, Tenant: g.tenant}
		}
		var err error
		if g.group.Subtotal, err = money.FromMinor(minor, c.in.Plan.Currency); err != nil {
			return &Error{Kind: ErrAmountOutOfRange, Tenant: g.tenant, Err: err}
		}
		if c.bases.seats, err = c.add(c.bases.seats, g.group.Subtotal); err != nil {
			return err
		}
	}
	return nil
}

// pools puts the groups together whose users choose a tier together, in order of the first tenant.
func (c *computation) pools() []*pool {
	type key struct{ tenant, group string }
	var all []*pool
	byKey := map[key]*pool{}
	for _, g := range c.groups {
		k := key{group: g.group.Name}
		if c.in.Plan.Tier.Scope == OverTenant {
			k.tenant = g.tenant
		}
		p, ok := byKey[k]
		if !ok {
			p = &pool{name: g.group.Name}
			byKey[k] = p
			all = append(all, p)
		}
		p.groups = append(p.groups, g)
		p.heads += int64(g.group.Heads)
		p.ticks += g.group.Units.Covered
	}
	return all
}

// pricePool prices the groups of a pool: each row by itself where there is one price for a seat, else the charge of
// the whole pool shared out by units.
func (c *computation) pricePool(p *pool) error {
	plan := &c.in.Plan
	var err error
	if p.price, err = plan.price(p.name); err != nil {
		return inTenant(err, p.groups[0].tenant)
	}
	units := big.NewRat(p.ticks, int64(c.ruler.of))
	quantity := units
	if plan.WholeUnits {
		quantity = new(big.Rat)
		for _, g := range p.groups {
			whole := c.wholeUnits(g)
			quantity.Add(quantity, new(big.Rat).SetInt64(whole))
		}
	}
	tierQuantity := big.NewRat(p.heads, 1)
	if plan.Tier.Basis == ProratedUnits {
		tierQuantity = quantity
	}
	charge, err := p.price.Charge(quantity, tierQuantity)
	if err != nil {
		return &Error{Kind: ErrPlan, Tenant: p.groups[0].tenant, Detail: "price of " + cut(p.name), Err: err}
	}
	unit, _, err := p.price.UnitFor(tierQuantity)
	single := err == nil
	if err != nil && !errors.Is(err, pricing.ErrNoUnit) {
		return &Error{Kind: ErrPlan, Detail: "price of " + cut(p.name), Err: err}
	}
	for _, g := range p.groups {
		g.group.Pricing = Pricing{
			Price: p.price, Scope: plan.Tier.Scope, Basis: plan.Tier.Basis, Charge: charge,
			Pool: Units{p.ticks, int64(c.ruler.of)}, Heads: int(p.heads),
			Whole: g.group.Pricing.Whole, IsWhole: plan.WholeUnits,
		}
		if single {
			g.group.Pricing.Unit, g.group.seats.unit = unit, unit
		}
	}
	if single {
		return c.priceRows(p, unit)
	}
	return c.sharePool(p, charge)
}

// wholeUnits rounds the units of a group to a whole number and notes it.
func (c *computation) wholeUnits(g *priced) int64 {
	units := g.group.Units.Rat()
	whole := roundRat(units, c.in.Plan.UnitMode)
	g.group.Pricing.Whole = whole
	return whole
}

// priceRows prices the groups of a pool that has one price for a seat.
func (c *computation) priceRows(p *pool, unit money.Amount) error {
	plan := &c.in.Plan
	for _, g := range p.groups {
		var err error
		switch {
		case plan.WholeUnits:
			err = c.shareWhole(g, unit)
		case plan.Stage == PerGroup:
			err = c.shareGroup(g, unit)
		default:
			err = g.group.seats.priceEach(unit, plan.Rounding)
		}
		if err != nil {
			return &Error{Kind: ErrAmountOutOfRange, Tenant: g.tenant, Err: err}
		}
	}
	return nil
}

// shareWhole gives the price of the whole units of a group to its rows.
func (c *computation) shareWhole(g *priced, unit money.Amount) error {
	whole := new(big.Rat).SetInt64(g.group.Pricing.Whole)
	amount, err := money.RoundRat(whole.Mul(whole, unit.Rat()), c.in.Plan.Currency, c.in.Plan.Rounding)
	if err != nil {
		return err
	}
	return g.group.seats.shareByUnits(amount)
}

// shareGroup rounds the exact amount of a group once and gives it to its rows.
func (c *computation) shareGroup(g *priced, unit money.Amount) error {
	units := g.group.Units.Rat()
	amount, err := money.RoundRat(units.Mul(units, unit.Rat()), c.in.Plan.Currency, c.in.Plan.Rounding)
	if err != nil {
		return err
	}
	return g.group.seats.shareExact(amount, unit)
}

// sharePool rounds the charge of a pool once and gives it to its groups and their rows by units.
func (c *computation) sharePool(p *pool, charge pricing.Charge) error {
	amount, err := money.RoundRat(charge.Exact, c.in.Plan.Currency, c.in.Plan.Rounding)
	if err != nil {
		return &Error{Kind: ErrAmountOutOfRange, Err: err}
	}
	minor, err := amount.Minor()
	if err != nil {
		return &Error{Kind: ErrAmountOutOfRange, Err: err}
	}
	weights := make([]weight, len(p.groups))
	for i, g := range p.groups {
		weights[i] = weight{each: g.group.Units.Covered, many: 1}
		if c.in.Plan.WholeUnits {
			weights[i].each = g.group.Pricing.Whole
		}
	}
	if !slices.ContainsFunc(weights, func(w weight) bool { return w.each > 0 }) {
		return c.addMinimum(p, amount) // nobody to give it to: the price asks something even without users
	}
	parts := allot(minor, weights)
	for _, level := range parts.levels() { // ties in order of tenant
		for _, i := range level {
			if parts.rest > 0 {
				parts.each[i]++
				parts.rest--
			}
		}
	}
	for i, g := range p.groups {
		part, err := money.FromMinor(parts.each[i], c.in.Plan.Currency)
		if err == nil {
			err = g.group.seats.shareByUnits(part)
		}
		if err != nil {
			return &Error{Kind: ErrAmountOutOfRange, Tenant: g.tenant, Err: err}
		}
	}
	return nil
}

func (c *computation) addMinimum(p *pool, amount money.Amount) error {
	for _, g := range p.groups {
		if err := g.group.seats.shareByUnits(c.zero); err != nil {
			return err
		}
	}
	if amount.IsZero() {
		return nil
	}
	key, name := "minimum/seats", "Seats, minimum"
	if p.name != "" {
		key, name = "minimum/group/"+p.name, p.name+", minimum"
	}
	if c.in.Plan.Tier.Scope == OverTenant {
		key += "/" + p.groups[0].tenant
	}
	c.st.Charges = append(c.st.Charges, Charge{Key: key, Kind: ChargeMinimum, Name: name, Group: p.name, Amount: amount})
	var err error
	c.bases.seats, err = c.add(c.bases.seats, amount)
	return err
}

// roundRat rounds a quantity that is not negative to a whole number.
func roundRat(v *big.Rat, mode money.Rounding) int64 {
	whole, rest := new(big.Int).QuoRem(v.Num(), v.Denom(), new(big.Int))
	n := whole.Int64()
	if rest.Sign() == 0 {
		return n
	}
	half := new(big.Int).Lsh(rest, 1).Cmp(v.Denom())
	up := false
	switch mode {
	case money.HalfUp:
		up = half >= 0
	case money.HalfDown:
		up = half > 0
	case money.HalfEven:
		up = half > 0 || half == 0 && n%2 == 1
	case money.Up, money.Ceiling:
		up = true
	}
	if up {
		n++
	}
	return n
}

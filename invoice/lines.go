package invoice

import (
	"cmp"
	"fmt"
	"math/big"

	"github.com/shopspring/decimal"

	"github.com/billhatch/billhatch/money"
	"github.com/billhatch/billhatch/usage"
)

// quantityPlaces is how exactly a line states its quantity.
const quantityPlaces = 4

// part is a line that can be put together with others of the same class.
type part struct {
	line  Line
	exact *big.Rat // quantity
	class string   // lines of one class are put together
	what  string   // how an aggregate of the class is described, after its number
}

func (b *builder) seats(t *usage.TenantStatement, g *usage.GroupStatement) error {
	name := cmp.Or(t.Name, t.ID)
	line := Line{
		Key: "seats/" + t.ID + "/" + g.Name, Kind: Seats, Description: name, Tenant: t.ID, Group: g.Name,
		Unit: g.Pricing.Unit, Amount: g.Subtotal, Merged: 1,
	}
	what := "tenants"
	if g.Name != "" {
		line.Description += ", " + g.Name
		what += ", " + g.Name
	}
	exact := g.Units.Rat()
	if g.Pricing.IsWhole {
		exact = new(big.Rat).SetInt64(g.Pricing.Whole)
	}
	bl := b.bill(g.Name)
	bl.add(b.opt, part{line: line, exact: exact, class: "seats/" + g.Name, what: what})
	return bl.count(usage.OnSeats, g.Subtotal)
}

func (b *builder) project(p *usage.ProjectStatement) error {
	bl := b.bill("")
	name := cmp.Or(p.Name, p.ID)
	if p.Fee != nil {
		bl.add(b.opt, part{
			line: Line{
				Key: p.Fee.Key, Kind: Fee, Description: name + ", " + p.Fee.Name, Project: p.ID,
				Unit: p.Fee.Amount, Amount: p.Fee.Amount, Merged: 1,
			},
			exact: big.NewRat(1, 1), class: "fee/" + p.Plan, what: "projects, " + p.Fee.Name,
		})
		if err := bl.count(usage.OnFees, p.Fee.Amount); err != nil {
			return err
		}
	}
	for i := range p.Meters {
		m := &p.Meters[i]
		if m.Shared || !m.Amount.IsSet() {
			continue
		}
		bl.add(b.opt, part{
			line: Line{
				Key: "metered/" + p.ID + "/" + m.Meter.Name, Kind: Metered, Project: p.ID,
				Description: name + ", " + m.Meter.Name, Unit: m.Meter.Price.Unit, Amount: m.Amount, Merged: 1,
			},
			exact: m.Overage.Value.Rat(), class: "metered/" + m.Meter.Name, what: "projects, " + m.Meter.Name,
		})
		if err := bl.count(usage.OnMetered, m.Amount); err != nil {
			return err
		}
	}
	return nil
}

func (bl *bill) add(opt Options, p part) {
	if opt.OmitZero && p.line.Amount.IsZero() {
		return
	}
	p.line.Quantity = quantity(p.exact)
	bl.parts = append(bl.parts, p)
}

func quantity(v *big.Rat) decimal.Decimal {
	return decimal.NewFromBigRat(v, quantityPlaces)
}

func (b *builder) sharedLine(c *usage.Charge) Line {
	line := chargeLine(c, Metered, c.Amount)
	line.Quantity, line.Unit = c.Meter.Overage.Value, c.Meter.Meter.Price.Unit
	return line
}

func chargeLine(c *usage.Charge, kind LineKind, amount money.Amount) Line {
	return Line{
		Key: c.Key, Kind: kind, Description: cmp.Or(c.Name, c.Key), Group: c.Group,
		Quantity: decimal.NewFromInt(1), Unit: amount, Amount: amount, Merged: 1,
	}
}

// lines puts the parts together as far as it is needed, and adds the charges of the account.
func (bl *bill) lines(opt Options) ([]Line, error) {
	out := make([]Line, 0, min(len(bl.parts)+len(bl.charges), opt.MaxLines))
	if len(bl.parts)+len(bl.charges) <= opt.MaxLines {
		for i := range bl.parts {
			out = append(out, bl.parts[i].line)
		}
		return append(out, bl.charges...), nil
	}
	keep, ok := bl.keep(opt.MaxLines - len(bl.charges))
	if !ok {
		return nil, &Error{Kind: ErrLines, Detail: fmt.Sprintf("%d charges of the account, at most %d lines", len(bl.charges), opt.MaxLines)}
	}
	for i := range bl.parts[:keep] {
		out = append(out, bl.parts[i].line)
	}
	merged, err := aggregate(bl.parts[keep:])
	if err != nil {
		return nil, err
	}
	return append(append(out, merged...), bl.charges...), nil
}

// keep is the largest number of parts that can keep their lines while the rest, one line for each class, still fits
// into room. It tells whether even no part could.
func (bl *bill) keep(room int) (int, bool) {
	rest := map[string]bool{}
	for n := len(bl.parts); n > 0; n-- {
		rest[bl.parts[n-1].class] = true
		if n-1+len(rest) <= room {
			return n - 1, true
		}
	}
	return 0, false
}

// aggregate puts parts of the same class into one line each, in order of their first part.
func aggregate(parts []part) ([]Line, error) {
	type sum struct {
		line  Line
		exact *big.Rat
		class string
		what  string
	}
	var order []*sum
	byClass := map[string]*sum{}
	for i := range parts {
		p := &parts[i]
		s, ok := byClass[p.class]
		if !ok {
			s = &sum{line: p.line, exact: new(big.Rat).Set(p.exact), class: p.class, what: p.what}
			byClass[p.class] = s
			order = append(order, s)
			continue
		}
		var err error
		if s.line.Amount, err = s.line.Amount.Add(p.line.Amount); err != nil {
			return nil, &Error{Kind: ErrTotals, Err: err}
		}
		s.exact.Add(s.exact, p.exact)
		s.line.Merged++
		if !s.line.Unit.Equal(p.line.Unit) {
			s.line.Unit = money.Amount{}
		}
	}
	out := make([]Line, len(order))
	for i, s := range order {
		if s.line.Merged == 1 { // nothing to put it together with
			out[i] = s.line
			continue
		}
		s.line.Key, s.line.Kind, s.line.Tenant, s.line.Project = "aggregate/"+s.class, Aggregate, "", ""
		s.line.Quantity = quantity(s.exact)
		s.line.Description = fmt.Sprintf("%d further %s", s.line.Merged, s.what)
		out[i] = s.line
	}
	return out, nil
}

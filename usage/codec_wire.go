package usage

import (
	"slices"
	"time"

	"github.com/billhatch/billhatch/internal/wire"
	"github.com/billhatch/billhatch/usage/civil"
)

// codedLine is a line other than that of a row: one of these, which also names it.
type codedLine struct {
	Statement *codedHead    `json:"statement,omitempty"`
	Tenant    *codedTenant  `json:"tenant,omitempty"`
	Group     *codedGroup   `json:"group,omitempty"`
	Project   *codedProject `json:"project,omitempty"`
	Charge    *codedCharge  `json:"charge,omitempty"`
	End       *codedEnd     `json:"end,omitempty"`
}

type codedHead struct {
	Version    int          `json:"version"`
	Account    wire.Text    `json:"account"`
	Name       wire.Text    `json:"name,omitempty"`
	Period     civil.Period `json:"period"`
	Finality   Finality     `json:"finality"`
	AsOf       civil.Date   `json:"as_of,omitzero"`
	Plan       wire.Text    `json:"plan,omitempty"`
	Policy     Policy       `json:"policy"`
	Currency   wire.Text    `json:"currency"`
	Total      wire.Amount  `json:"total"`
	Incomplete bool         `json:"incomplete,omitempty"`
}

type codedEnd struct {
	Tenants  int `json:"tenants"`
	Groups   int `json:"groups"`
	Rows     int `json:"rows"`
	Projects int `json:"projects"`
	Charges  int `json:"charges"`
}

type codedTenant struct {
	ID        wire.Text    `json:"id"`
	Name      wire.Text    `json:"name,omitempty"`
	Sensitive bool         `json:"sensitive,omitempty"`
	Billable  []civil.Span `json:"billable,omitempty"`
	Covered   int          `json:"covered"`
	Daily     []int        `json:"daily,omitzero"`
	Subtotal  wire.Amount  `json:"subtotal"`
}

// codedUnits are covered ticks and those of the whole period.
type codedUnits [2]int64

type codedGroup struct {
	Name     wire.Text    `json:"name"`
	Users    int          `json:"users"`
	Heads    int          `json:"heads"`
	Merged   int          `json:"merged,omitempty"`
	Units    codedUnits   `json:"units"`
	Pricing  codedPricing `json:"pricing"`
	Kept     bool         `json:"kept"`             // a line for each user follows
	Shared   bool         `json:"shared,omitempty"` // the rows have parts of an amount that was rounded as a whole
	Subtotal wire.Amount  `json:"subtotal"`
}

type codedPricing struct {
	Price  *wire.Price  `json:"price,omitempty"`
	Scope  TierScope    `json:"scope"`
	Basis  TierBasis    `json:"basis"`
	Unit   wire.Amount  `json:"unit,omitzero"`
	Charge *wire.Charge `json:"charge"`
	Pool   codedUnits   `json:"pool"`
	Heads  int          `json:"heads"`
	Whole  *int64       `json:"whole,omitempty"` // units that are charged, where they land in whole numbers
}

type codedProject struct {
	ID       wire.Text    `json:"id"`
	Name     wire.Text    `json:"name,omitempty"`
	Plan     wire.Text    `json:"plan"`
	State    State        `json:"state"`
	Meters   []codedMeter `json:"meters,omitempty"`
	Fee      *codedCharge `json:"fee,omitempty"`
	Subtotal wire.Amount  `json:"subtotal"`
}

type codedMeter struct {
	Name      wire.Text    `json:"name"`
	Unit      wire.Text    `json:"unit,omitempty"`
	Included  wire.Number  `json:"included"`
	Unlimited bool         `json:"unlimited,omitempty"`
	Price     *wire.Price  `json:"price,omitempty"`
	Reading   codedReading `json:"reading"`
	State     State        `json:"state"`
	Shared    bool         `json:"shared,omitempty"`
	Overage   *wire.Number `json:"overage,omitempty"`
	Charge    *wire.Charge `json:"charge,omitempty"`
	Amount    wire.Amount  `json:"amount,omitzero"`
	Forecast  *wire.Number `json:"forecast,omitempty"`
}

type codedReading struct {
	Meter wire.Text    `json:"meter"`
	Used  *wire.Number `json:"used,omitempty"` // not there: unknown
	At    time.Time    `json:"at,omitzero"`    // in UTC
}

type codedCharge struct {
	Key      wire.Text      `json:"key"`
	Kind     wire.Text      `json:"kind"`
	Name     wire.Text      `json:"name,omitempty"`
	Group    wire.Text      `json:"group,omitempty"`
	Amount   wire.Amount    `json:"amount"`
	On       civil.Date     `json:"on,omitzero"`
	Discount *codedDiscount `json:"discount,omitempty"`
	Meter    *codedMeter    `json:"meter,omitempty"`
}

type codedDiscount struct {
	ID      wire.Text   `json:"id"`
	Name    wire.Text   `json:"name,omitempty"`
	Percent wire.Number `json:"percent"`
	Amount  wire.Amount `json:"amount,omitzero"`
	On      Target      `json:"on"`
	Valid   civil.Span  `json:"valid"`
	Base    wire.Amount `json:"base"`
	Days    int         `json:"days"`
	Of      int         `json:"of"`
	Capped  bool        `json:"capped,omitempty"`
}

func codeHead(st *Statement) *codedHead {
	return &codedHead{
		Version: codecVersion, Account: wire.Text(st.Account.ID), Name: wire.Text(st.Account.Name), Period: st.Period,
		Finality: st.Finality, AsOf: st.AsOf, Plan: wire.Text(st.Plan), Policy: st.Policy, Currency: wire.Text(st.Currency),
		Total: wire.Amount(st.Total), Incomplete: st.Incomplete,
	}
}

func (c *codedHead) into(st *Statement) {
	st.Account = Account{ID: string(c.Account), Name: string(c.Name)}
	st.Period, st.Finality, st.AsOf, st.Plan, st.Policy = c.Period, c.Finality, c.AsOf, string(c.Plan), c.Policy
	st.Currency, st.Total, st.Incomplete = string(c.Currency), c.Total.Money(), c.Incomplete
}

func codeTenant(t *TenantStatement) *codedTenant {
	return &codedTenant{
		ID: wire.Text(t.ID), Name: wire.Text(t.Name), Sensitive: t.Sensitive, Billable: t.Billable, Covered: t.Covered,
		Daily: t.Daily, Subtotal: wire.Amount(t.Subtotal),
	}
}

func (c *codedTenant) tenant() TenantStatement {
	return TenantStatement{
		ID: string(c.ID), Name: string(c.Name), Sensitive: c.Sensitive, Billable: c.Billable, Covered: c.Covered,
		Daily: c.Daily, Subtotal: c.Subtotal.Money(),
	}
}

func codeGroup(g *GroupStatement) *codedGroup {
	p := &g.Pricing
	out := &codedGroup{
		Name: wire.Text(g.Name), Users: g.Users, Heads: g.Heads, Merged: g.Merged, Units: codedUnits{g.Units.Covered, g.Units.Of},
		Pricing: codedPricing{
			Price: wire.PriceOf(p.Price), Scope: p.Scope, Basis: p.Basis, Unit: wire.Amount(p.Unit),
			Charge: wire.ChargeOf(&p.Charge), Pool: codedUnits{p.Pool.Covered, p.Pool.Of}, Heads: p.Heads,
		},
		Kept: g.HasRows(), Subtotal: wire.Amount(g.Subtotal),
	}
	if p.IsWhole {
		out.Pricing.Whole = &p.Whole
	}
	if g.HasRows() {
		out.Shared = g.seats.sharedOut
	}
	return out
}

func (c *codedGroup) group() GroupStatement {
	p := &c.Pricing
	out := GroupStatement{
		Name: string(c.Name), Users: c.Users, Heads: c.Heads, Merged: c.Merged, Units: Units{c.Units[0], c.Units[1]},
		Pricing: Pricing{
			Price: p.Price.Pricing(), Scope: p.Scope, Basis: p.Basis, Unit: p.Unit.Money(),
			Pool: Units{p.Pool[0], p.Pool[1]}, Heads: p.Heads,
		},
		Subtotal: c.Subtotal.Money(),
	}
	out.Pricing.Charge = p.Charge.Pricing()
	if p.Whole != nil {
		out.Pricing.Whole, out.Pricing.IsWhole = *p.Whole, true
	}
	return out
}

func codeProject(p *ProjectStatement) *codedProject {
	out := &codedProject{
		ID: wire.Text(p.ID), Name: wire.Text(p.Name), Plan: wire.Text(p.Plan), State: p.State, Subtotal: wire.Amount(p.Subtotal),
	}
	for i := range p.Meters {
		out.Meters = append(out.Meters, *codeMeter(&p.Meters[i]))
	}
	if p.Fee != nil {
		out.Fee = codeCharge(p.Fee)
	}
	return out
}

func (c *codedProject) project() ProjectStatement {
	out := ProjectStatement{
		ID: string(c.ID), Name: string(c.Name), Plan: string(c.Plan), State: c.State, Subtotal: c.Subtotal.Money(),
	}
	out.Meters = slices.Grow(out.Meters, len(c.Meters))
	for i := range c.Meters {
		out.Meters = append(out.Meters, c.Meters[i].meter())
	}
	if c.Fee != nil {
		fee := c.Fee.charge()
		out.Fee = &fee
	}
	return out
}

func codeQuantity(q Quantity) *wire.Number {
	if !q.Known {
		return nil
	}
	return (*wire.Number)(&q.Value)
}

func quantityOf(n *wire.Number) Quantity {
	if n == nil {
		return Quantity{}
	}
	return Known(n.Decimal())
}

func codeMeter(m *MeterStatement) *codedMeter {
	out := &codedMeter{
		Name: wire.Text(m.Meter.Name), Unit: wire.Text(m.Meter.Unit), Included: wire.Number(m.Meter.Included),
		Unlimited: m.Meter.Unlimited, Price: wire.PriceOf(m.Meter.Price),
		Reading: codedReading{Meter: wire.Text(m.Reading.Meter), Used: codeQuantity(m.Reading.Used), At: m.Reading.At},
		State:   m.State, Shared: m.Shared, Overage: codeQuantity(m.Overage), Amount: wire.Amount(m.Amount),
		Forecast: codeQuantity(m.Forecast),
	}
	if !out.Reading.At.IsZero() {
		out.Reading.At = out.Reading.At.UTC()
	}
	if m.Charge != nil {
		out.Charge = wire.ChargeOf(m.Charge)
	}
	return out
}

func (c *codedMeter) meter() MeterStatement {
	out := MeterStatement{
		Meter: Meter{
			Name: string(c.Name), Unit: string(c.Unit), Included: c.Included.Decimal(), Unlimited: c.Unlimited, Price: c.Price.Pricing(),
		},
		Reading: Reading{Meter: string(c.Reading.Meter), Used: quantityOf(c.Reading.Used), At: c.Reading.At},
		State:   c.State, Shared: c.Shared, Overage: quantityOf(c.Overage), Amount: c.Amount.Money(), Forecast: quantityOf(c.Forecast),
	}
	if c.Charge != nil {
		charge := c.Charge.Pricing()
		out.Charge = &charge
	}
	return out
}

func codeCharge(c *Charge) *codedCharge {
	out := &codedCharge{
		Key: wire.Text(c.Key), Kind: wire.Text(c.Kind), Name: wire.Text(c.Name), Group: wire.Text(c.Group),
		Amount: wire.Amount(c.Amount), On: c.On,
	}
	if d := c.Discount; d != nil {
		out.Discount = &codedDiscount{
			ID: wire.Text(d.Discount.ID), Name: wire.Text(d.Discount.Name), Percent: wire.Number(d.Discount.Percent),
			Amount: wire.Amount(d.Discount.Amount), On: d.Discount.On, Valid: d.Discount.Valid,
			Base: wire.Amount(d.Base), Days: d.Days, Of: d.Of, Capped: d.Capped,
		}
	}
	if c.Meter != nil {
		out.Meter = codeMeter(c.Meter)
	}
	return out
}

func (c *codedCharge) charge() Charge {
	out := Charge{
		Key: string(c.Key), Kind: ChargeKind(c.Kind), Name: string(c.Name), Group: string(c.Group), Amount: c.Amount.Money(), On: c.On,
	}
	if d := c.Discount; d != nil {
		out.Discount = &DiscountDetail{
			Discount: Discount{
				ID: string(d.ID), Name: string(d.Name), Percent: d.Percent.Decimal(), Amount: d.Amount.Money(), On: d.On, Valid: d.Valid,
			},
			Base: d.Base.Money(), Days: d.Days, Of: d.Of, Capped: d.Capped,
		}
	}
	if c.Meter != nil {
		meter := c.Meter.meter()
		out.Meter = &meter
	}
	return out
}

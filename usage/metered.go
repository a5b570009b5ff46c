package usage

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/shopspring/decimal"

	"github.com/billhatch/billhatch/money"
)

// sharedUse is what all projects together used of a shared meter.
type sharedUse struct {
	meter    Meter
	read     decimal.Decimal // sum of the readings
	used     decimal.Decimal // what is charged: the same, or in a forecast the expected sum
	missing  bool
	projects int
}

// readProjects prices the meters of all projects.
func (c *computation) readProjects() error {
	c.shared = map[string]*sharedUse{}
	for _, m := range c.in.Plan.Shared {
		c.shared[m.Name] = &sharedUse{meter: m}
	}
	if c.in.Projects != nil {
		seen := map[string]bool{}
		for project, err := range c.in.Projects {
			if err != nil {
				return &Error{Kind: ErrUsageIncomplete, Detail: "projects", Err: err}
			}
			if project.ID == "" || seen[project.ID] {
				return &Error{Kind: ErrDuplicate, Project: project.ID, Detail: "project without id, or stated twice"}
			}
			seen[project.ID] = true
			part, err := c.readProject(&project)
			if err != nil {
				return inProject(err, project.ID)
			}
			c.st.Projects = append(c.st.Projects, part)
		}
		slices.SortFunc(c.st.Projects, func(a, b ProjectStatement) int { return cmp.Compare(a.ID, b.ID) })
	}
	return c.chargeShared()
}

// readProject prices the meters of one project.
func (c *computation) readProject(p *Project) (ProjectStatement, error) {
	part := ProjectStatement{ID: p.ID, Name: p.Name, Plan: p.Plan, State: StateNotActive, Subtotal: c.zero}
	if !p.Active.From.IsZero() {
		if err := p.Active.Valid(); err != nil {
			return part, &Error{Kind: ErrInterval, Detail: "active " + p.Active.String(), Err: err}
		}
	}
	plan, ok := c.meteredPlan(p.Plan)
	if !ok {
		return part, &Error{Kind: ErrPriceMissing, Detail: fmt.Sprintf("metered plan %q", cut(p.Plan))}
	}
	if err := p.checkReadings(plan); err != nil {
		return part, err
	}
	if !p.activeIn(c.in.Period) && len(p.Readings) == 0 {
		return part, nil
	}
	amounts := make([]money.Amount, 0, len(plan.Meters)+1)
	part.Meters = slices.Grow(part.Meters, len(plan.Meters))
	var err error
	for _, m := range plan.Meters {
		ms, err := c.readMeter(m, p.reading(m.Name))
		if err != nil {
			return part, err
		}
		part.Meters = append(part.Meters, ms)
		if ms.Amount.IsSet() {
			amounts = append(amounts, ms.Amount)
		}
	}
	part.State = worst(part.Meters)
	if c.bases.metered, err = c.add(append(amounts, c.bases.metered)...); err != nil {
		return part, err
	}
	if plan.Fee != nil {
		part.Fee = &Charge{
			Key: "project/" + p.ID + "/fee/" + plan.Fee.ID, Kind: ChargeFee, Name: plan.Fee.Name, Amount: plan.Fee.Amount,
		}
		amounts = append(amounts, plan.Fee.Amount)
		if c.bases.fees, err = c.add(c.bases.fees, plan.Fee.Amount); err != nil {
			return part, err
		}
	}
	part.Subtotal, err = c.add(amounts...)
	return part, err
}

func (c *computation) meteredPlan(name string) (*MeteredPlan, bool) {
	for i := range c.in.Plan.Metered {
		if c.in.Plan.Metered[i].Name == name {
			return &c.in.Plan.Metered[i], true
		}
	}
	return nil, false
}

// checkReadings refuses readings of meters that the plan does not have, or that come twice. A good list is therefore as
// short as that of the meters.
func (p *Project) checkReadings(plan *MeteredPlan) error {
	for i, r := range p.Readings {
		known := slices.ContainsFunc(plan.Meters, func(m Meter) bool { return m.Name == r.Meter })
		twice := slices.ContainsFunc(p.Readings[:i], func(before Reading) bool { return before.Meter == r.Meter })
		if twice || !known {
			return &Error{Kind: ErrReading, Detail: fmt.Sprintf("meter %q is not in the plan, or was read twice", cut(r.Meter))}
		}
		if !r.Used.Valid() {
			return &Error{Kind: ErrReading, Detail: fmt.Sprintf("meter %q has a reading that is negative or out of bounds", cut(r.Meter))}
		}
	}
	return nil
}

// reading finds the reading of a meter; without one nothing is known.
func (p *Project) reading(meter string) Reading {
	for _, r := range p.Readings {
		if r.Meter == meter {
			return r
		}
	}
	return Reading{Meter: meter}
}

// readMeter prices one reading.
func (c *computation) readMeter(m Meter, r Reading) (MeterStatement, error) {
	ms := MeterStatement{Meter: m, Reading: r}
	use := r.Used
	if c.in.Finality == Forecast {
		ms.Forecast = c.forecast(r.Used)
		use = ms.Forecast
	}
	ms.State = c.thresholds().State(r.Used, m.allowance())
	if !use.Known && c.in.Finality == Final {
		return ms, &Error{Kind: ErrUsageIncomplete, Detail: fmt.Sprintf("meter %q has no reading", cut(m.Name))}
	}
	if shared, ok := c.shared[m.Name]; ok {
		ms.Shared = true
		shared.projects++
		shared.missing = shared.missing || !use.Known
		if use.Known {
			shared.read, shared.used = shared.read.Add(r.Used.Value), shared.used.Add(use.Value)
		}
		return ms, nil
	}
	return ms, c.priceMeter(&ms, use)
}

func (c *computation) thresholds() Thresholds {
	if t := c.in.Plan.Thresholds; !t.isZero() {
		return t
	}
	return DefaultThresholds()
}

func (m *Meter) allowance() Allowance { return Allowance{m.Included, m.Unlimited} }

// priceMeter charges what exceeds the allowance.
func (c *computation) priceMeter(ms *MeterStatement, use Quantity) error {
	if !use.Known {
		c.st.Incomplete = true
		return nil
	}
	over := decimal.Zero
	if m := &ms.Meter; !m.Unlimited && use.Value.GreaterThan(m.Included) {
		over = use.Value.Sub(m.Included)
	}
	ms.Overage, ms.Amount = Known(over), c.zero
	if ms.Meter.Unlimited {
		return nil
	}
	charge, err := ms.Meter.Price.Charge(over.Rat(), nil)
	if err != nil {
		return &Error{Kind: ErrPlan, Detail: "price of meter " + cut(ms.Meter.Name), Err: err}
	}
	ms.Charge = &charge
	ms.Amount, err = money.RoundRat(charge.Exact, c.in.Plan.Currency, c.in.Plan.Rounding)
	if err == nil {
		_, err = ms.Amount.Minor()
	}
	if err != nil {
		return &Error{Kind: ErrAmountOutOfRange, Err: err}
	}
	return nil
}

// chargeShared charges what all projects together used beyond a shared allowance.
func (c *computation) chargeShared() error {
	for _, m := range c.in.Plan.Shared {
		use := c.shared[m.Name]
		if use.projects == 0 {
			continue
		}
		ms := MeterStatement{Meter: m, Reading: Reading{Meter: m.Name}, Shared: true}
		total := Quantity{Value: use.used, Known: !use.missing}
		ms.Reading.Used = Quantity{Value: use.read, Known: !use.missing}
		if c.in.Finality == Forecast {
			ms.Forecast = total
		}
		ms.State = c.thresholds().State(ms.Reading.Used, m.allowance())
		if err := c.priceMeter(&ms, total); err != nil {
			return err
		}
		charge := Charge{Key: "shared/" + m.Name, Kind: ChargeShared, Name: m.Name, Amount: c.zero, Meter: &ms}
		if ms.Amount.IsSet() {
			charge.Amount = ms.Amount
		}
		c.st.Charges = append(c.st.Charges, charge)
		var err error
		if c.bases.metered, err = c.add(c.bases.metered, charge.Amount); err != nil {
			return err
		}
	}
	return nil
}

// forecast expects usage to go on at its rate so far. Before the first whole day nothing can be expected.
func (c *computation) forecast(used Quantity) Quantity {
	elapsed := c.in.AsOf.Sub(c.in.Period.From())
	if !used.Known || elapsed <= 0 {
		return Quantity{}
	}
	whole := used.Value.Mul(decimal.NewFromInt(int64(c.in.Period.Days())))
	return Known(whole.DivRound(decimal.NewFromInt(int64(elapsed)), forecastPlaces))
}

// forecastPlaces is how exactly a forecast quantity is stated.
const forecastPlaces = 4

// worst is the state of a project: that of the meter that needs attention most; a missing reading comes first.
func worst(meters []MeterStatement) State {
	state := StateActive
	for i := range meters {
		if meters[i].State == StateUnavailable {
			return StateUnavailable
		}
		if !meters[i].Shared {
			state = max(state, meters[i].State)
		}
	}
	return state
}

// inProject completes an error with the project that it belongs to.
func inProject(err error, id string) error {
	if e, ok := err.(*Error); ok && e.Project == "" { //nolint:errorlint // only our own outermost error is completed
		e.Project = id
	}
	return err
}

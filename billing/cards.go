package billing

import (
	"cmp"
	"slices"

	"github.com/shopspring/decimal"

	"github.com/billhatch/billhatch/money"
	"github.com/billhatch/billhatch/usage"
	"github.com/billhatch/billhatch/usage/pricing"
)

// card shows one project and adds its readings to the totals.
func (p *usagePanel) card(project *usage.Project) {
	card := ProjectCard{ID: project.ID, Name: project.Name, Plan: project.Plan, State: usage.StateNotActive, Health: usage.HealthOnTrack}
	if project.Name == "" {
		p.miss(MissingMetadata)
	}
	active := false
	if !project.Active.From.IsZero() {
		_, active = p.Period.Span().Intersect(project.Active)
	}
	meters, planned := p.metersOf(project.Plan)
	if active && !planned {
		meters = readMeters(project.Readings)
	}
	if active {
		card.State, card.Health = usage.StateActive, usage.HealthOnTrack
		for _, m := range meters {
			p.meter(&card, project, m, planned)
		}
	}
	p.Projects = append(p.Projects, card)
}

// meter adds one meter to a card and to the totals. A reading that is missing is a state and never zero.
func (p *usagePanel) meter(card *ProjectCard, project *usage.Project, m usage.Meter, planned bool) {
	reading := usage.Reading{Meter: m.Name}
	for _, r := range project.Readings {
		if r.Meter == m.Name {
			reading = r
		}
	}
	if !reading.Used.Valid() { // counting with it could take for ever; nothing is known then
		reading.Used = usage.Quantity{}
	}
	shared := p.sharedMeter(m.Name)
	service := p.run.service
	mc := MeterCard{
		Meter: m.Name, Unit: m.Unit, Used: reading.Used, ReadAt: reading.At, HasLimit: planned && shared == nil,
		Freshness: reading.Freshness(service.now(), service.cfg.FreshFor),
	}
	if planned && m.Price.Model == pricing.Flat {
		mc.Rate = m.Price.Unit
	}
	state, health := usage.StateActive, usage.HealthOnTrack
	switch {
	case !reading.Used.Known:
		p.miss(MissingReadings)
		state, health = usage.StateUnavailable, usage.HealthUnavailable
	case mc.HasLimit:
		mc.Included = usage.Allowance{Included: m.Included, Unlimited: m.Unlimited}
		state = service.cfg.Thresholds.State(reading.Used, mc.Included)
		health = service.cfg.Thresholds.Health(reading.Used, mc.Included)
	}
	mc.State, mc.Health = state, health
	card.Meters = append(card.Meters, mc)
	if card.State != usage.StateUnavailable {
		if state == usage.StateUnavailable {
			card.State, card.Health = state, health
		} else {
			card.State, card.Health = max(card.State, state), max(card.Health, health)
		}
	}
	p.sum(m, reading.Used, mc, shared)
}

// sum adds a reading to the total of its meter.
func (p *usagePanel) sum(m usage.Meter, used usage.Quantity, mc MeterCard, shared *usage.Meter) {
	i := slices.IndexFunc(p.Totals, func(t MeterTotal) bool { return t.Meter == m.Name })
	if i < 0 {
		i = len(p.Totals)
		p.Totals = append(p.Totals, MeterTotal{Meter: m.Name, Unit: m.Unit, HasLimit: true})
	}
	t := &p.Totals[i]
	if !used.Known {
		t.Partial = true
	} else {
		t.Used = usage.Known(t.Used.Value.Add(used.Value))
	}
	switch {
	case shared != nil:
		t.Included = usage.Allowance{Included: shared.Included, Unlimited: shared.Unlimited}
	case !mc.HasLimit:
		t.HasLimit = false
	default:
		t.Included.Included = t.Included.Included.Add(mc.Included.Included)
		t.Included.Unlimited = t.Included.Unlimited || mc.Included.Unlimited
	}
}

// finish states the totals.
func (p *usagePanel) finish() {
	th := p.run.service.cfg.Thresholds
	slices.SortFunc(p.Totals, func(a, b MeterTotal) int { return cmp.Compare(a.Meter, b.Meter) })
	for i := range p.Totals {
		t := &p.Totals[i]
		switch {
		case !t.Used.Known:
			t.State, t.Health = usage.StateUnavailable, usage.HealthUnavailable
		case t.HasLimit:
			t.State, t.Health = th.State(t.Used, t.Included), th.Health(t.Used, t.Included)
		default:
			t.State, t.Health = usage.StateActive, usage.HealthOnTrack
		}
		if !t.HasLimit {
			t.Included = usage.Allowance{}
		}
	}
}

// metersOf gives the meters of a project's plan, and whether the plan is known.
func (p *usagePanel) metersOf(plan string) ([]usage.Meter, bool) {
	if p.plan == nil {
		return nil, false
	}
	for _, mp := range p.plan.Plan.Metered {
		if mp.Name == plan {
			return mp.Meters, true
		}
	}
	return nil, false
}

func (p *usagePanel) sharedMeter(name string) *usage.Meter {
	if p.plan == nil {
		return nil
	}
	for i := range p.plan.Plan.Shared {
		if p.plan.Plan.Shared[i].Name == name {
			return &p.plan.Plan.Shared[i]
		}
	}
	return nil
}

// readMeters makes bare meters of the readings, for a project whose plan is not known.
func readMeters(readings []usage.Reading) []usage.Meter {
	var out []usage.Meter
	for _, r := range readings {
		out = append(out, usage.Meter{Name: r.Meter, Included: decimal.Zero})
	}
	return out
}

// charges estimates what usage costs, by the same code that closes the month. Whatever keeps it from being computed
// leaves the estimates unset.
func (p *usagePanel) charges() {
	toDate, ok := p.compute(usage.ToDate, p.projects)
	if ok {
		p.estimate(toDate)
	}
	if st, ok := p.compute(usage.Forecast, p.projects); ok {
		p.Expected = st.Total
	}
	if ok && within(toDate) { // as if nothing had been used
		p.DiscountedFee = toDate.Total
	} else if st, ok := p.compute(usage.ToDate, unused(p.projects)); ok {
		p.DiscountedFee = st.Total
	}
}

// within tells whether all usage of a statement is within the allowances. Only what goes beyond them has a price.
func within(st *usage.Statement) bool {
	over := func(ms *usage.MeterStatement) bool { return ms.Overage.Value.Sign() > 0 }
	for i := range st.Projects {
		for m := range st.Projects[i].Meters {
			if over(&st.Projects[i].Meters[m]) {
				return false
			}
		}
	}
	for i := range st.Charges {
		if ms := st.Charges[i].Meter; ms != nil && over(ms) {
			return false
		}
	}
	return true
}

// compute makes a statement of the projects alone.
func (p *usagePanel) compute(finality usage.Finality, projects []usage.Project) (*usage.Statement, bool) {
	st, err := usage.Compute(usage.Input{
		Account: usage.Account{ID: p.run.account.ID}, Period: p.Period, Plan: p.plan.Plan, Discounts: p.plan.Discounts,
		Finality: finality, AsOf: p.asOf, TotalsOnly: true,
		Projects: func(yield func(usage.Project, error) bool) {
			for _, project := range projects {
				if !yield(project, nil) {
					return
				}
			}
		},
	})
	return st, err == nil && !st.Incomplete
}

// estimate takes the overage and the fees out of a statement to date.
func (p *usagePanel) estimate(st *usage.Statement) {
	overage, fees := []money.Amount{}, []money.Amount{}
	cards := make(map[string]*ProjectCard, len(p.Projects))
	for i := range p.Projects {
		cards[p.Projects[i].ID] = &p.Projects[i]
	}
	for i := range st.Projects {
		part := &st.Projects[i]
		if part.Fee != nil {
			fees = append(fees, part.Fee.Amount)
		}
		for m := range part.Meters {
			ms := &part.Meters[m]
			if !ms.Amount.IsSet() {
				continue
			}
			overage = append(overage, ms.Amount)
			cards[part.ID].cost(ms)
		}
	}
	for i := range st.Charges {
		switch st.Charges[i].Kind {
		case usage.ChargeFee:
			fees = append(fees, st.Charges[i].Amount)
		case usage.ChargeShared:
			overage = append(overage, st.Charges[i].Amount)
		}
	}
	p.Overage, _ = money.Sum(st.Currency, overage...)
	p.MonthlyFee, _ = money.Sum(st.Currency, fees...)
}

// unused gives the projects as if nothing had been used.
func unused(projects []usage.Project) []usage.Project {
	out := slices.Clone(projects)
	for i := range out {
		out[i].Readings = slices.Clone(out[i].Readings)
		for r := range out[i].Readings {
			out[i].Readings[r].Used = usage.Known(decimal.Zero)
		}
	}
	return out
}

// cost puts what a meter costs so far on the card.
func (c *ProjectCard) cost(ms *usage.MeterStatement) {
	for i := range c.Meters {
		if c.Meters[i].Meter == ms.Meter.Name {
			c.Meters[i].Overage = ms.Amount
		}
	}
}

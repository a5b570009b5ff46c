package frozen

import (
	"maps"
	"slices"

	"github.com/billhatch/billhatch/internal/wire"
	"github.com/billhatch/billhatch/money"
	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/usage"
	"github.com/billhatch/billhatch/usage/civil"
	"github.com/billhatch/billhatch/usage/pricing"
)

type agreement struct {
	Plan        plan         `json:"plan"`
	Discounts   []discount   `json:"discounts,omitempty"`
	Adjustments []adjustment `json:"adjustments,omitempty"`
}

type plan struct {
	Name          wire.Text           `json:"name,omitempty"`
	Currency      wire.Text           `json:"currency"`
	Policy        usage.Policy        `json:"policy"`
	WholeUnits    bool                `json:"whole_units,omitempty"`
	UnitMode      money.Rounding      `json:"unit_mode"`
	Rounding      money.Rounding      `json:"rounding"`
	Stage         usage.RoundingStage `json:"rounding_stage"`
	IncludedDays  int                 `json:"included_days,omitempty"`
	EduSuffixes   []wire.Text         `json:"edu_suffixes,omitempty"`
	BillableKinds []wire.Text         `json:"billable_kinds,omitempty"`
	Seats         *wire.Price         `json:"seats,omitempty"`
	Groups        []groupPrice        `json:"groups,omitempty"` // in order of name
	Tier          usage.TierRule      `json:"tier"`
	Fees          []fee               `json:"fees,omitempty"`
	Metered       []metered           `json:"metered,omitempty"`
	Shared        []meter             `json:"shared,omitempty"`
	Approaching   *wire.Number        `json:"approaching,omitempty"` // thresholds; not there: the defaults
	ActionNeeded  *wire.Number        `json:"action_needed,omitempty"`
}

type groupPrice struct {
	Name  wire.Text   `json:"name"`
	Price *wire.Price `json:"price"`
}

type fee struct {
	ID     wire.Text   `json:"id"`
	Name   wire.Text   `json:"name,omitempty"`
	Amount wire.Amount `json:"amount"`
}

type metered struct {
	Name   wire.Text `json:"name"`
	Fee    *fee      `json:"fee,omitempty"`
	Meters []meter   `json:"meters,omitempty"`
}

type meter struct {
	Name      wire.Text   `json:"name"`
	Unit      wire.Text   `json:"unit,omitempty"`
	Included  wire.Number `json:"included"`
	Unlimited bool        `json:"unlimited,omitempty"`
	Price     *wire.Price `json:"price,omitempty"`
}

type discount struct {
	ID      wire.Text    `json:"id"`
	Name    wire.Text    `json:"name,omitempty"`
	Percent wire.Number  `json:"percent"`
	Amount  wire.Amount  `json:"amount,omitzero"`
	On      usage.Target `json:"on"`
	Valid   civil.Span   `json:"valid"`
}

type adjustment struct {
	ID     wire.Text   `json:"id"`
	Name   wire.Text   `json:"name,omitempty"`
	On     civil.Date  `json:"on"`
	Amount wire.Amount `json:"amount"`
}

func encodeAgreement(a *provider.Agreement) agreement {
	out := agreement{Plan: encodePlan(&a.Plan)}
	for i := range a.Discounts {
		d := &a.Discounts[i]
		out.Discounts = append(out.Discounts, discount{
			ID: wire.Text(d.ID), Name: wire.Text(d.Name), Percent: wire.Number(d.Percent), Amount: wire.Amount(d.Amount),
			On: d.On, Valid: d.Valid,
		})
	}
	for i := range a.Adjustments {
		d := &a.Adjustments[i]
		out.Adjustments = append(out.Adjustments, adjustment{
			ID: wire.Text(d.ID), Name: wire.Text(d.Name), On: d.On, Amount: wire.Amount(d.Amount),
		})
	}
	return out
}

func (a *agreement) decode() provider.Agreement {
	out := provider.Agreement{Plan: a.Plan.decode()}
	for i := range a.Discounts {
		d := &a.Discounts[i]
		out.Discounts = append(out.Discounts, usage.Discount{
			ID: string(d.ID), Name: string(d.Name), Percent: d.Percent.Decimal(), Amount: d.Amount.Money(), On: d.On, Valid: d.Valid,
		})
	}
	for i := range a.Adjustments {
		d := &a.Adjustments[i]
		out.Adjustments = append(out.Adjustments, usage.Adjustment{
			ID: string(d.ID), Name: string(d.Name), On: d.On, Amount: d.Amount.Money(),
		})
	}
	return out
}

func encodePlan(p *usage.Plan) plan {
	out := plan{
		Name: wire.Text(p.Name), Currency: wire.Text(p.Currency), Policy: p.Policy, WholeUnits: p.WholeUnits,
		UnitMode: p.UnitMode, Rounding: p.Rounding, Stage: p.Stage, IncludedDays: p.IncludedDays,
		EduSuffixes: texts(p.EduSuffixes), BillableKinds: texts(p.BillableKinds), Seats: wire.PriceOf(p.Seats), Tier: p.Tier,
		Shared:      encodeMeters(p.Shared),
		Approaching: wire.NumberOf(p.Thresholds.Approaching), ActionNeeded: wire.NumberOf(p.Thresholds.ActionNeeded),
	}
	for _, name := range slices.Sorted(maps.Keys(p.Groups)) {
		out.Groups = append(out.Groups, groupPrice{Name: wire.Text(name), Price: wire.PriceOf(p.Groups[name])})
	}
	for i := range p.Fees {
		out.Fees = append(out.Fees, encodeFee(&p.Fees[i]))
	}
	for i := range p.Metered {
		mp := metered{Name: wire.Text(p.Metered[i].Name), Meters: encodeMeters(p.Metered[i].Meters)}
		if p.Metered[i].Fee != nil {
			f := encodeFee(p.Metered[i].Fee)
			mp.Fee = &f
		}
		out.Metered = append(out.Metered, mp)
	}
	return out
}

func (p *plan) decode() usage.Plan {
	out := usage.Plan{
		Name: string(p.Name), Currency: string(p.Currency), Policy: p.Policy, WholeUnits: p.WholeUnits,
		UnitMode: p.UnitMode, Rounding: p.Rounding, Stage: p.Stage, IncludedDays: p.IncludedDays,
		EduSuffixes: strings(p.EduSuffixes), BillableKinds: strings(p.BillableKinds), Seats: p.Seats.Pricing(), Tier: p.Tier,
		Shared:     decodeMeters(p.Shared),
		Thresholds: usage.Thresholds{Approaching: p.Approaching.Decimal(), ActionNeeded: p.ActionNeeded.Decimal()},
	}
	for _, g := range p.Groups {
		if out.Groups == nil {
			out.Groups = map[string]pricing.Price{}
		}
		out.Groups[string(g.Name)] = g.Price.Pricing()
	}
	for i := range p.Fees {
		out.Fees = append(out.Fees, p.Fees[i].decode())
	}
	for i := range p.Metered {
		mp := usage.MeteredPlan{Name: string(p.Metered[i].Name), Meters: decodeMeters(p.Metered[i].Meters)}
		if p.Metered[i].Fee != nil {
			f := p.Metered[i].Fee.decode()
			mp.Fee = &f
		}
		out.Metered = append(out.Metered, mp)
	}
	return out
}

func encodeFee(f *usage.Fee) fee {
	return fee{ID: wire.Text(f.ID), Name: wire.Text(f.Name), Amount: wire.Amount(f.Amount)}
}

func (f *fee) decode() usage.Fee {
	return usage.Fee{ID: string(f.ID), Name: string(f.Name), Amount: f.Amount.Money()}
}

func encodeMeters(in []usage.Meter) []meter {
	var out []meter
	for i := range in {
		m := &in[i]
		out = append(out, meter{
			Name: wire.Text(m.Name), Unit: wire.Text(m.Unit), Included: wire.Number(m.Included), Unlimited: m.Unlimited,
			Price: wire.PriceOf(m.Price),
		})
	}
	return out
}

func decodeMeters(in []meter) []usage.Meter {
	var out []usage.Meter
	for i := range in {
		m := &in[i]
		out = append(out, usage.Meter{
			Name: string(m.Name), Unit: string(m.Unit), Included: m.Included.Decimal(), Unlimited: m.Unlimited,
			Price: m.Price.Pricing(),
		})
	}
	return out
}

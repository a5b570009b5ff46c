package usage

import (
	"fmt"
	"sort"

	"github.com/shopspring/decimal"

	"github.com/billhatch/billhatch/money"
	"github.com/billhatch/billhatch/usage/pricing"
)

// Plan is what an account has agreed to pay: one currency, one set of prices, one way of counting. It can be read
// from JSON. The zero value of every setting is the documented default; a price has no default.
type Plan struct {
	Name     string `json:"name"`
	Currency string `json:"currency"` // ISO 4217

	Policy     Policy         `json:"policy"`
	WholeUnits bool           `json:"whole_units"` // TenantShare only: units of a group land in whole numbers
	UnitMode   money.Rounding `json:"unit_mode"`   // how WholeUnits rounds; half up by default
	Rounding   money.Rounding `json:"rounding"`    // half up, away from zero, by default
	Stage      RoundingStage  `json:"rounding_stage"`

	IncludedDays int      `json:"included_days"` // days of a new tenant that are not billed (O11: 14)
	EduSuffixes  []string `json:"edu_suffixes"`  // domains on which a tenant may be split (O10); empty: edu
	// BillableKinds is a uniform rule for whole tenants (O9): only records of these kinds are billed. Empty: all are.
	// A kind that no record has bills nobody, so hosts check the names.
	BillableKinds []string `json:"billable_kinds"`

	Seats  pricing.Price            `json:"seats"`  // price of a seat for a whole period
	Groups map[string]pricing.Price `json:"groups"` // price of a seat by group, for tenants with a split (O10)
	Tier   TierRule                 `json:"tier"`

	Fees    []Fee         `json:"fees"`    // fixed fees of the account, per period
	Metered []MeteredPlan `json:"metered"` // plans of projects (C4)
	Shared  []Meter       `json:"shared"`  // allowances that all projects of the account use together

	Thresholds Thresholds `json:"thresholds"` // zero: the defaults
}

// TierRule says which quantity chooses a volume tier; see [TierScope] and [TierBasis].
type TierRule struct {
	Scope TierScope `json:"scope"`
	Basis TierBasis `json:"basis"`
}

// Fee is a fixed amount per period.
type Fee struct {
	ID     string       `json:"id"`
	Name   string       `json:"name"`
	Amount money.Amount `json:"amount"`
}

// MeteredPlan is the plan of a project: its fee and its meters.
type MeteredPlan struct {
	Name   string  `json:"name"`
	Fee    *Fee    `json:"fee,omitempty"` // per project and period
	Meters []Meter `json:"meters"`
}

// Meter is what is measured, how much of it is included in a period, and what the rest costs.
type Meter struct {
	Name      string          `json:"name"` // such as "minutes" or "sms"
	Unit      string          `json:"unit"` // such as "minute"
	Included  decimal.Decimal `json:"included"`
	Unlimited bool            `json:"unlimited"` // everything is included
	Price     pricing.Price   `json:"price"`     // of the units beyond what is included
}

// MaxIncludedDays bounds Plan.IncludedDays.
const MaxIncludedDays = 366

// Validate tells whether the plan can be computed with. Prices that no tenant or project needs may be missing.
func (p *Plan) Validate() error {
	if _, ok := money.Exponent(p.Currency); !ok {
		return &Error{Kind: ErrPlan, Detail: fmt.Sprintf("currency %q is not in ISO 4217", cut(p.Currency))}
	}
	if p.IncludedDays < 0 || p.IncludedDays > MaxIncludedDays {
		return &Error{Kind: ErrPlan, Detail: fmt.Sprintf("included_days is %d, want 0 to %d", p.IncludedDays, MaxIncludedDays)}
	}
	if p.WholeUnits && p.Policy != TenantShare {
		return &Error{Kind: ErrPlan, Detail: "whole_units needs the policy tenant_share"}
	}
	if err := p.validateSettings(); err != nil {
		return err
	}
	if !p.Thresholds.isZero() {
		if err := p.Thresholds.Validate(); err != nil {
			return err
		}
	}
	if err := p.validatePrices(); err != nil {
		return err
	}
	for _, fee := range p.Fees {
		if err := p.validateFee(&fee); err != nil {
			return err
		}
	}
	return p.validateMeters()
}

// validateSettings refuses values that are in no set.
func (p *Plan) validateSettings() error {
	for _, setting := range []struct {
		name string
		ok   bool
	}{
		{"policy", int(p.Policy) < len(policyNames)},
		{"rounding_stage", int(p.Stage) < len(stageNames)},
		{"tier scope", int(p.Tier.Scope) < len(scopeNames)},
		{"tier basis", int(p.Tier.Basis) < len(basisNames)},
		{"rounding", p.Rounding >= money.HalfUp && p.Rounding <= money.Floor},
		{"unit_mode", p.UnitMode >= money.HalfUp && p.UnitMode <= money.Floor},
	} {
		if !setting.ok {
			return &Error{Kind: ErrPlan, Detail: setting.name + " is not in its set"}
		}
	}
	return nil
}

// bounded tells whether a number may enter arithmetic: at most 34 digits, exponent -18 to 18.
func bounded(d decimal.Decimal) bool {
	const bitsOf34Digits = 113
	e := d.Exponent()
	return e >= -18 && e <= 18 && d.Coefficient().BitLen() <= bitsOf34Digits
}

func (p *Plan) validatePrices() error {
	if p.Seats.Model != 0 {
		if err := p.validatePrice("seats", p.Seats); err != nil {
			return err
		}
	}
	names := make([]string, 0, len(p.Groups))
	for name := range p.Groups {
		names = append(names, name)
	}
	sort.Strings(names) // the same plan gives the same error
	for _, name := range names {
		if name == "" {
			return &Error{Kind: ErrPlan, Detail: "a group has no name"}
		}
		if err := p.validatePrice("group "+cut(name), p.Groups[name]); err != nil {
			return err
		}
	}
	return nil
}

func (p *Plan) validatePrice(what string, price pricing.Price) error {
	if price.Model == 0 {
		return &Error{Kind: ErrPriceMissing, Detail: what}
	}
	if err := price.Validate(); err != nil {
		return &Error{Kind: ErrPlan, Detail: "price of " + what, Err: err}
	}
	if c := price.Currency(); c != p.Currency {
		return &Error{Kind: ErrCurrency, Detail: fmt.Sprintf("price of %s is in %s, the plan in %s", what, c, p.Currency)}
	}
	return nil
}

func (p *Plan) validateFee(fee *Fee) error {
	if fee.ID == "" {
		return &Error{Kind: ErrPlan, Detail: fmt.Sprintf("fee %q has no id", cut(fee.Name))}
	}
	if !fee.Amount.IsSet() {
		return &Error{Kind: ErrPriceMissing, Detail: "fee " + cut(fee.ID)}
	}
	if c := fee.Amount.Currency(); c != p.Currency {
		return &Error{Kind: ErrCurrency, Detail: fmt.Sprintf("fee %s is in %s, the plan in %s", cut(fee.ID), c, p.Currency)}
	}
	if _, err := fee.Amount.Minor(); err != nil || fee.Amount.Sign() < 0 {
		return &Error{Kind: ErrPlan, Detail: "fee " + cut(fee.ID) + " must be whole minor units and not negative", Err: err}
	}
	return nil
}

func (p *Plan) validateMeters() error {
	plans := map[string]bool{}
	for _, mp := range p.Metered {
		if mp.Name == "" || plans[mp.Name] {
			return &Error{Kind: ErrPlan, Detail: fmt.Sprintf("metered plan %q is unnamed or stated twice", cut(mp.Name))}
		}
		plans[mp.Name] = true
		if mp.Fee != nil {
			if err := p.validateFee(mp.Fee); err != nil {
				return err
			}
		}
		if err := p.validateMeterList("plan "+cut(mp.Name), mp.Meters); err != nil {
			return err
		}
	}
	return p.validateMeterList("shared meters", p.Shared)
}

func (p *Plan) validateMeterList(where string, meters []Meter) error {
	seen := map[string]bool{}
	for _, m := range meters {
		switch {
		case m.Name == "" || seen[m.Name]:
			return &Error{Kind: ErrPlan, Detail: fmt.Sprintf("%s: meter %q is unnamed or stated twice", where, cut(m.Name))}
		case m.Included.Sign() < 0 || !bounded(m.Included):
			return &Error{Kind: ErrPlan, Detail: fmt.Sprintf("%s: meter %q includes a quantity that is negative or out of bounds", where, cut(m.Name))}
		case m.Unlimited:
		default:
			if err := p.validatePrice("meter "+cut(m.Name), m.Price); err != nil {
				return err
			}
		}
		seen[m.Name] = true
	}
	return nil
}

// price gives the price of a group; the empty name is the price of a seat outside groups.
func (p *Plan) price(group string) (pricing.Price, error) {
	price := p.Seats
	if group != "" {
		price = p.Groups[group]
	}
	if price.Model == 0 {
		what := "seats"
		if group != "" {
			what = "group " + cut(group)
		}
		return price, &Error{Kind: ErrPriceMissing, Detail: what}
	}
	return price, nil
}

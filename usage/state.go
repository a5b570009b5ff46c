package usage

import (
	"github.com/shopspring/decimal"
)

// State is what a project card says about its usage (C4). Missing usage is a state of its own and never zero.
type State uint8

// The states of usage.
const (
	StateUnavailable State = iota // the reading is missing
	StateNotActive                // the project has not started, or has ended
	StateActive
	StateApproaching // from the first threshold on (80 %)
	StateOver        // more than what is included
)

var stateNames = []string{"unavailable", "not_active_yet", "active", "approaching_limit", "over_limit"}

// String gives the name as it stands in documents.
func (s State) String() string { return nameOf(stateNames, s) }

// MarshalText writes the name.
func (s State) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads a name; the empty text is [StateUnavailable].
func (s *State) UnmarshalText(text []byte) error { return readName(s, stateNames, text) }

// Health is the second vocabulary of usage (C5).
type Health uint8

// The values of the second vocabulary.
const (
	HealthUnavailable  Health = iota // the reading is missing
	HealthOnTrack                    // also of a project that is not active
	HealthWarning                    // from the first threshold on (80 %)
	HealthActionNeeded               // from the second threshold on (95 %)
	HealthOver                       // more than what is included
)

var healthNames = []string{"unavailable", "on_track", "warning", "action_needed", "over_limit"}

// String gives the name as it stands in documents.
func (h Health) String() string { return nameOf(healthNames, h) }

// MarshalText writes the name.
func (h Health) MarshalText() ([]byte, error) { return []byte(h.String()), nil }

// UnmarshalText reads a name; the empty text is [HealthUnavailable].
func (h *Health) UnmarshalText(text []byte) error { return readName(h, healthNames, text) }

// Thresholds say where usage begins to need attention, in percent of what is included. A threshold belongs to the
// higher state; over the limit is more than 100 percent and not a setting.
type Thresholds struct {
	Approaching  decimal.Decimal `json:"approaching"`   // approaching limit, warning
	ActionNeeded decimal.Decimal `json:"action_needed"` // action needed
}

// DefaultThresholds are 80 and 95 percent.
func DefaultThresholds() Thresholds {
	return Thresholds{Approaching: decimal.New(80, 0), ActionNeeded: decimal.New(95, 0)}
}

func (t Thresholds) isZero() bool { return t.Approaching.IsZero() && t.ActionNeeded.IsZero() }

// Validate wants 0 < approaching <= action needed <= 100.
func (t Thresholds) Validate() error {
	hundred := decimal.New(100, 0)
	if !bounded(t.Approaching) || !bounded(t.ActionNeeded) ||
		t.Approaching.Sign() <= 0 || t.Approaching.GreaterThan(t.ActionNeeded) || t.ActionNeeded.GreaterThan(hundred) {
		return &Error{Kind: ErrPlan, Detail: "thresholds must be 0 < approaching <= action needed <= 100 percent"}
	}
	return nil
}

// Allowance is what is included in a period. The zero value includes nothing.
type Allowance struct {
	Included  decimal.Decimal
	Unlimited bool
}

// State tells the state of an active project that has used so much of its allowance. Using anything where nothing is
// included is over the limit.
func (t Thresholds) State(used Quantity, of Allowance) State {
	switch {
	case !used.Known || !bounded(used.Value) || !bounded(of.Included):
		return StateUnavailable
	case of.over(used.Value):
		return StateOver
	case of.reaches(used.Value, t.Approaching):
		return StateApproaching
	}
	return StateActive
}

// Health tells the same in the second vocabulary.
func (t Thresholds) Health(used Quantity, of Allowance) Health {
	switch {
	case !used.Known || !bounded(used.Value) || !bounded(of.Included):
		return HealthUnavailable
	case of.over(used.Value):
		return HealthOver
	case of.reaches(used.Value, t.ActionNeeded):
		return HealthActionNeeded
	case of.reaches(used.Value, t.Approaching):
		return HealthWarning
	}
	return HealthOnTrack
}

func (a Allowance) over(used decimal.Decimal) bool {
	return !a.Unlimited && used.GreaterThan(a.Included)
}

// reaches tells whether used is at least so many percent of the allowance, without dividing.
func (a Allowance) reaches(used, percent decimal.Decimal) bool {
	if a.Unlimited || a.Included.Sign() <= 0 {
		return false
	}
	if short(used) && short(a.Included) && short(percent) {
		return used.CoefficientInt64()*100 >= a.Included.CoefficientInt64()*percent.CoefficientInt64()
	}
	return used.Mul(decimal.New(100, 0)).GreaterThanOrEqual(a.Included.Mul(percent))
}

// short tells whether a number is a whole one that can be multiplied with another such within an int64.
func short(d decimal.Decimal) bool {
	const digits = 9
	return d.Exponent() == 0 && d.NumDigits() <= digits
}

package usage

import (
	"strconv"
	"strings"
)

// Policy says how covered time becomes a share of the period. The denominator is always the whole period, also
// when the account or the tenant starts inside it.
type Policy uint8

const (
	// HalfOpenDays counts the civil days d with date(start) <= d < date(end): the day of joining is charged, the
	// day of leaving is not. It is the default.
	HalfOpenDays Policy = iota
	// TouchedDays counts every civil day with any covered instant.
	TouchedDays
	// Seconds counts elapsed time over the elapsed time of the period; a day of a clock change is shorter or longer.
	// Instants are cut to whole seconds.
	Seconds
	// TenantShare counts the tenant's billable days for every seat of the tenant: users covered on the tenant's last
	// billable day of the period. See Plan.WholeUnits for a share that lands in whole units.
	TenantShare
	// FullPeriod charges the whole period to everybody who is covered for any part of it, be it an instant.
	FullPeriod
)

var policyNames = []string{"half_open_days", "touched_days", "seconds", "tenant_share", "full_period"}

// String gives the name as it stands in configuration.
func (p Policy) String() string { return nameOf(policyNames, p) }

// MarshalText writes the name.
func (p Policy) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalText reads a name; the empty text is the default, an unknown one an error of kind [ErrPlan].
func (p *Policy) UnmarshalText(text []byte) error { return readName(p, policyNames, text) }

// RoundingStage says where amounts are rounded to the currency's minor unit.
type RoundingStage uint8

const (
	// PerRow rounds every row once; a subtotal is the sum of its rows, so each row can be checked by hand.
	PerRow RoundingStage = iota
	// PerGroup rounds the subtotal of a group once and gives it to the rows by largest remainder, ties in order of
	// user id.
	PerGroup
)

var stageNames = []string{"per_row", "per_group"}

// String gives the name as it stands in configuration.
func (s RoundingStage) String() string { return nameOf(stageNames, s) }

// MarshalText writes the name.
func (s RoundingStage) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads a name; the empty text is the default, an unknown one an error of kind [ErrPlan].
func (s *RoundingStage) UnmarshalText(text []byte) error { return readName(s, stageNames, text) }

// TierScope says over which users the quantity is added up that chooses a tier.
type TierScope uint8

const (
	// OverAccount adds up all tenants of the account whose users have the same price (O11).
	OverAccount TierScope = iota
	// OverTenant takes every tenant by itself.
	OverTenant
)

var scopeNames = []string{"account", "tenant"}

// String gives the name as it stands in configuration.
func (s TierScope) String() string { return nameOf(scopeNames, s) }

// MarshalText writes the name.
func (s TierScope) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads a name; the empty text is the default, an unknown one an error of kind [ErrPlan].
func (s *TierScope) UnmarshalText(text []byte) error { return readName(s, scopeNames, text) }

// TierBasis says which quantity chooses a volume tier. Graduated and package prices always price the prorated units.
type TierBasis uint8

const (
	// HeadCount counts the users who are billable on the last day of the period (under Seconds: in its last second; in
	// a statement to date: on the last day that is counted).
	HeadCount TierBasis = iota
	// ProratedUnits takes the sum of the users' shares of the period.
	ProratedUnits
)

var basisNames = []string{"head_count", "prorated_units"}

// String gives the name as it stands in configuration.
func (b TierBasis) String() string { return nameOf(basisNames, b) }

// MarshalText writes the name.
func (b TierBasis) MarshalText() ([]byte, error) { return []byte(b.String()), nil }

// UnmarshalText reads a name; the empty text is the default, an unknown one an error of kind [ErrPlan].
func (b *TierBasis) UnmarshalText(text []byte) error { return readName(b, basisNames, text) }

// nameOf gives the name of an enumerated value; a value that is not in the set shows its number.
func nameOf[T ~uint8](names []string, v T) string {
	if int(v) < len(names) {
		return names[v]
	}
	return "unknown(" + strconv.Itoa(int(v)) + ")"
}

func readName[T ~uint8](dst *T, names []string, text []byte) error {
	if len(text) == 0 {
		*dst = 0
		return nil
	}
	for i, name := range names {
		if name == string(text) {
			*dst = T(i)
			return nil
		}
	}
	return &Error{Kind: ErrPlan, Detail: strconv.Quote(cut(string(text))) + " is none of " + strings.Join(names, ", ")}
}

package usage

import (
	"time"

	"github.com/shopspring/decimal"

	"github.com/billhatch/billhatch/usage/civil"
)

// Project is a part of an account whose minutes and messages are metered.
type Project struct {
	ID     string
	Name   string
	Plan   string     // names one of Plan.Metered
	Active civil.Span // zero: not active yet; an open end: still active

	// Readings are the usage of the period, one for every meter of the plan. A meter without a reading is missing
	// usage: no final statement is made of it.
	Readings []Reading
}

// Quantity is a number of units that may be unknown. The zero value is unknown, which is never zero units.
type Quantity struct {
	Value decimal.Decimal
	Known bool
}

// Known makes a quantity.
func Known(v decimal.Decimal) Quantity { return Quantity{Value: v, Known: true} }

// Valid tells whether the quantity can be counted with: it is unknown, or a number that is not negative and has at most
// 34 digits and an exponent from -18 to 18.
func (q Quantity) Valid() bool { return !q.Known || bounded(q.Value) && q.Value.Sign() >= 0 }

// Reading is what a meter says about the period, up to an instant.
type Reading struct {
	Meter string
	Used  Quantity
	At    time.Time // when it was read; zero: not told
}

// Freshness tells how old a reading is.
type Freshness uint8

// How old a reading is.
const (
	FreshnessUnknown Freshness = iota // missing, or without a time
	Fresh
	Stale
)

var freshnessNames = []string{"unknown", "fresh", "stale"}

// String gives the name as it stands in documents.
func (f Freshness) String() string { return nameOf(freshnessNames, f) }

// MarshalText writes the name.
func (f Freshness) MarshalText() ([]byte, error) { return []byte(f.String()), nil }

// Freshness tells whether the reading is older than maxAge at the instant now (C5).
func (r Reading) Freshness(now time.Time, maxAge time.Duration) Freshness {
	switch {
	case !r.Used.Known || r.At.IsZero():
		return FreshnessUnknown
	case now.Sub(r.At) > maxAge:
		return Stale
	}
	return Fresh
}

// activeIn tells whether the project is active on any day of the period.
func (p *Project) activeIn(period civil.Period) bool {
	if p.Active.From.IsZero() {
		return false
	}
	_, some := period.Span().Intersect(p.Active)
	return some
}

package usage

import (
	"iter"

	"github.com/billhatch/billhatch/money"
	"github.com/billhatch/billhatch/usage/civil"
	"github.com/billhatch/billhatch/usage/pricing"
)

// Finality says how much of a period a statement knows.
type Finality uint8

const (
	// Final is a statement of a period that is over.
	Final Finality = iota
	// ToDate counts what was covered and used before a day of the running period, over the whole period.
	ToDate
	// Forecast expects open coverage to last until the end of the period, and usage to go on at its rate so far.
	Forecast
)

var finalityNames = []string{"final", "to_date", "forecast"}

// String gives the name as it stands in documents.
func (f Finality) String() string { return nameOf(finalityNames, f) }

// MarshalText writes the name.
func (f Finality) MarshalText() ([]byte, error) { return []byte(f.String()), nil }

// UnmarshalText reads a name; the empty text is [Final].
func (f *Finality) UnmarshalText(text []byte) error { return readName(f, finalityNames, text) }

// Statement is what one account owes for one period. It is made by [Compute]; rows add up to groups, groups to
// tenants, and tenants, projects and charges to the total, to the last minor unit.
type Statement struct {
	Account  Account
	Period   civil.Period
	Finality Finality
	AsOf     civil.Date // first day that is not counted; zero when the statement is final
	Plan     string
	Policy   Policy
	Currency string

	Tenants  []TenantStatement  // in order of id
	Projects []ProjectStatement // in order of id
	Charges  []Charge           // of the account itself: fees, shared meters, discounts, adjustments

	Total money.Amount // before taxes

	// Incomplete tells that a meter had no reading, so that Total leaves its charge out. It never happens in a final
	// statement.
	Incomplete bool
}

// TenantStatement is the part of one tenant.
type TenantStatement struct {
	ID, Name  string
	Sensitive bool
	Billable  []civil.Span // the parts of the period in which the tenant was billable
	Covered   int          // users covered at the end of the period, billable or not
	Groups    []GroupStatement
	Subtotal  money.Amount

	// Daily counts the users of each day of the period, from its first day on: those who are covered on the day by a
	// record of a billable kind while the tenant is billable, in whatever group and however the policy charges them. A
	// statement to date tells the days up to and including AsOf, which is not charged yet. Nil unless Input.Daily asks for
	// it; the day of AsOf is left out when the tenant is first billable on it and has no roster yet.
	Daily []int
}

// GroupStatement is the part of one group of a tenant, or of the whole tenant where it is not split.
type GroupStatement struct {
	Name     string // empty where the tenant is not split
	Users    int    // users with a billable share: the number of rows
	Heads    int    // users who are billable at the end of the period
	Merged   int    // users whose records overlapped and were united
	Units    Units  // sum of the users' shares of the period
	Pricing  Pricing
	Subtotal money.Amount

	seats *seats
}

// Units is an exact number of seats: covered ticks over the ticks of the whole period. Ticks are civil days, or
// seconds under the policy [Seconds].
type Units struct {
	Covered, Of int64
}

// Pricing says how a group came to its price.
type Pricing struct {
	Price pricing.Price
	Scope TierScope
	Basis TierBasis

	// Unit is the price of a seat for the whole period. It is unset where the price has no single one (graduated and
	// package prices, fees of a tier): then Charge, made over all users of the scope, is shared out by units.
	Unit money.Amount

	Charge pricing.Charge // tier, and how the exact amount came about
	Pool   Units          // units of the scope
	Heads  int            // heads of the scope

	// Whole is the number of units that is charged when units land in whole numbers; see Plan.WholeUnits.
	Whole   int64
	IsWhole bool
}

// Row is one user of a group.
type Row struct {
	User, Name, Address string

	Covered civil.Span   // from the first covered day to after the last one, within the period, gaps included
	Pieces  int          // separate stretches in it; more than one: there are gaps
	Units   Units        // charged share of the period
	Unit    money.Amount // see Pricing.Unit
	Amount  money.Amount
}

// ProjectStatement is the part of one project.
type ProjectStatement struct {
	ID, Name, Plan string
	State          State
	Meters         []MeterStatement
	Fee            *Charge
	Subtotal       money.Amount
}

// MeterStatement is what one meter of a project measured, and what it costs.
type MeterStatement struct {
	Meter    Meter
	Reading  Reading
	State    State           // of this meter alone
	Shared   bool            // the allowance and the price are those of the account, see Statement.Charges
	Overage  Quantity        // units beyond the allowance
	Charge   *pricing.Charge // nil while the reading is missing, or where everything is included
	Amount   money.Amount    // unset while the reading is missing, or where Shared
	Forecast Quantity        // expected reading at the end of the period; only in a forecast
}

// ChargeKind says what a charge is.
type ChargeKind string

// The kinds of charges.
const (
	ChargeFee        ChargeKind = "fee"
	ChargeShared     ChargeKind = "shared_meter" // overage of an allowance that projects share
	ChargeMinimum    ChargeKind = "minimum"      // what a price asks even without users
	ChargeDiscount   ChargeKind = "discount"     // negative
	ChargeAdjustment ChargeKind = "adjustment"
)

// Charge is an amount that belongs to the account or to a project as a whole.
type Charge struct {
	Key    string // stable within the statement
	Kind   ChargeKind
	Name   string
	Group  string // minimum: the group whose price asks for it
	Amount money.Amount

	On       civil.Date      // adjustments: the day they are dated
	Discount *DiscountDetail // discounts
	Meter    *MeterStatement // shared meters: the sum over all projects
}

// IsFinal tells whether the period is over and everything is known.
func (st *Statement) IsFinal() bool { return st.Finality == Final && !st.Incomplete }

// Tenant finds the part of a tenant.
func (st *Statement) Tenant(id string) (*TenantStatement, bool) {
	for i := range st.Tenants {
		if st.Tenants[i].ID == id {
			return &st.Tenants[i], true
		}
	}
	return nil, false
}

// Users is the number of rows of the whole statement.
func (st *Statement) Users() int {
	n := 0
	for i := range st.Tenants {
		for g := range st.Tenants[i].Groups {
			n += st.Tenants[i].Groups[g].Users
		}
	}
	return n
}

// HasRows tells whether the rows were kept; see Input.TotalsOnly.
func (g *GroupStatement) HasRows() bool { return g.seats != nil && g.seats.kept }

// Rows gives the rows in order of user id. It can be read any number of times, by several goroutines. It is empty
// when the rows were not kept.
func (g *GroupStatement) Rows() iter.Seq[Row] {
	return func(yield func(Row) bool) {
		if g.HasRows() {
			g.seats.rows(yield)
		}
	}
}

package usage

import (
	"iter"

	"github.com/billhatch/billhatch/usage/civil"
)

// Account is the party that is invoiced.
type Account struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// Tenant is an environment of an account whose users are covered. When a tenant is onboarded all its users are
// covered (O9): there is no way to bill a chosen subset, and [Selection] exists only to refuse the wish.
type Tenant struct {
	ID        string
	Name      string
	Domain    string // mail domain of the tenant; needed for a split
	Sensitive bool   // visible only to some members (O12); it is billed like any other

	Onboarded     civil.Date   // first day of the tenant; zero: before the period
	FirstBillable civil.Date   // first day that is billed; zero: Onboarded plus the plan's included days (O11)
	Left          civil.Date   // first day on which the tenant is no longer covered; zero: it stays
	Pauses        []civil.Span // paused time is not billed; an open end is a pause until further notice

	Selection Selection
	Split     Split

	// Accounts is the number of users in the tenant's directory at the end of the period. When it is not 0 and the
	// roster covers fewer users on that day, the statement is refused with ErrPartialCoverage.
	Accounts int
	// NoUsers states that the tenant really has no users. Without it an empty roster of an active tenant is missing
	// usage, which is an error and never zero.
	NoUsers bool

	// Users is the roster: every user with every interval, one record each, read once. A roster in order of user
	// id is streamed; in any other order it is held in memory while its tenant is computed. The statement is the
	// same for every order.
	//
	// Ordered promises the order of user id (by bytes): with Input.TotalsOnly nothing is kept in memory then, and a
	// record out of order is an error.
	Ordered bool
	Users   iter.Seq2[Record, error]
}

// Record is one line of a roster: a user and one interval of coverage. A user has as many records as intervals.
// Overlaps and repeated records are united: nobody is charged more than one period.
type Record struct {
	User    string // the directory's id; when empty the address identifies the user
	Name    string
	Address string // mail address; needed for a split, and when User is empty
	Kind    string // what the directory calls it, such as "licensed" or "shared"; see Plan.BillableKinds
	Covered Interval
}

// Selection is a wish to cover only some users of a tenant. The zero value means everybody; anything else is
// refused with ErrPartialCoverage (O9). A uniform rule for whole tenants is Plan.BillableKinds.
type Selection struct {
	Only   []string
	Except []string
}

// Validate refuses every selection but the empty one.
func (s Selection) Validate() error {
	switch {
	case s.Only != nil:
		return &Error{Kind: ErrPartialCoverage, Detail: "only chosen users were asked for; all users of a tenant are covered"}
	case s.Except != nil:
		return &Error{Kind: ErrPartialCoverage, Detail: "users were left out; all users of a tenant are covered"}
	}
	return nil
}

// windows gives the parts of the period in which the tenant is billable: from its first billable day, until it
// leaves, without its pauses, and not beyond the day until (zero: the end of the period).
func (t *Tenant) windows(period civil.Period, included int, until civil.Date) ([]civil.Span, error) {
	first := t.firstBillable(included)
	whole := period.Span()
	if first.After(whole.From) {
		whole.From = first
	}
	for _, end := range []civil.Date{t.Left, until} {
		if !end.IsZero() && end.Before(whole.To) {
			whole.To = end
		}
	}
	if !t.Left.IsZero() && !t.Onboarded.IsZero() && t.Left.Before(t.Onboarded) {
		return nil, &Error{Kind: ErrInterval, Tenant: t.ID, Detail: "left " + t.Left.String() + " before it was onboarded " + t.Onboarded.String()}
	}
	open := []civil.Span{}
	if whole.From.Before(whole.To) {
		open = append(open, whole)
	}
	for _, pause := range t.Pauses {
		if err := pause.Valid(); err != nil {
			return nil, &Error{Kind: ErrInterval, Tenant: t.ID, Detail: "pause " + pause.String(), Err: err}
		}
		open = without(open, pause)
	}
	return open, nil
}

// firstBillable is zero when the tenant states neither a first billable day nor the day of its onboarding.
func (t *Tenant) firstBillable(included int) civil.Date {
	switch {
	case !t.FirstBillable.IsZero():
		return t.FirstBillable
	case t.Onboarded.IsZero():
		return civil.Date{}
	}
	return t.Onboarded.AddDays(included)
}

// without cuts a span out of a list of spans.
func without(spans []civil.Span, out civil.Span) []civil.Span {
	kept := make([]civil.Span, 0, len(spans)+1)
	for _, s := range spans {
		if !out.IsOpen() && !out.To.After(s.From) || !out.From.Before(s.To) {
			kept = append(kept, s)
			continue
		}
		if s.From.Before(out.From) {
			kept = append(kept, civil.Span{From: s.From, To: out.From})
		}
		if !out.IsOpen() && out.To.Before(s.To) {
			kept = append(kept, civil.Span{From: out.To, To: s.To})
		}
	}
	return kept
}

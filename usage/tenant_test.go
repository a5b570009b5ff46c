package usage_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/usage"
	"github.com/billhatch/billhatch/usage/civil"
)

// TestO11TrialsAndPausesCutCoverage (O11): included first days and pauses are not billed, the denominator stays the month.
func TestO11TrialsAndPausesCutCoverage(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		set    func(t *testing.T, tenant *usage.Tenant, plan *usage.Plan)
		amount string
	}{
		{"a tenant without dates is billed for the whole month", func(*testing.T, *usage.Tenant, *usage.Plan) {}, "31.00"},
		{"a tenant onboarded on the 11th is billed from the 11th", func(t *testing.T, n *usage.Tenant, _ *usage.Plan) {
			n.Onboarded = date(t, "2026-10-11")
		}, "21.00"},
		{"the first 14 days are included", func(t *testing.T, n *usage.Tenant, p *usage.Plan) {
			n.Onboarded, p.IncludedDays = date(t, "2026-10-11"), 14
		}, "7.00"},
		{"included days reach into the month from the one before", func(t *testing.T, n *usage.Tenant, p *usage.Plan) {
			n.Onboarded, p.IncludedDays = date(t, "2026-09-20"), 14
		}, "28.00"},
		{"a tenant in its included days owes nothing", func(t *testing.T, n *usage.Tenant, p *usage.Plan) {
			n.Onboarded, p.IncludedDays = date(t, "2026-10-20"), 14
		}, "0.00"},
		{"a first billable day overrides the included days", func(t *testing.T, n *usage.Tenant, p *usage.Plan) {
			n.Onboarded, n.FirstBillable, p.IncludedDays = date(t, "2026-10-11"), date(t, "2026-10-30"), 14
		}, "2.00"},
		{"a pause is cut out", func(t *testing.T, n *usage.Tenant, _ *usage.Plan) {
			n.Pauses = []civil.Span{span(t, "2026-10-05", "2026-10-10")}
		}, "26.00"},
		{"overlapping pauses are cut out once", func(t *testing.T, n *usage.Tenant, _ *usage.Plan) {
			n.Pauses = []civil.Span{span(t, "2026-10-05", "2026-10-10"), span(t, "2026-10-08", "2026-10-12")}
		}, "24.00"},
		{"a pause until further notice", func(t *testing.T, n *usage.Tenant, _ *usage.Plan) {
			n.Pauses = []civil.Span{span(t, "2026-10-05", "")}
		}, "4.00"},
		{"a pause from a future date does not matter yet", func(t *testing.T, n *usage.Tenant, _ *usage.Plan) {
			n.Pauses = []civil.Span{span(t, "2026-12-01", "")}
		}, "31.00"},
		{"a tenant that has left", func(t *testing.T, n *usage.Tenant, _ *usage.Plan) {
			n.Left = date(t, "2026-10-03")
		}, "2.00"},
		{"the tenant's share of the month for every seat", func(t *testing.T, n *usage.Tenant, p *usage.Plan) {
			n.Onboarded, p.Policy = date(t, "2026-10-11"), usage.TenantShare
		}, "21.00"},
		{"a share of the month in whole units", func(t *testing.T, n *usage.Tenant, p *usage.Plan) {
			n.Onboarded, p.Policy, p.WholeUnits = date(t, "2026-10-11"), usage.TenantShare, true
		}, "31.00"},
		{"a pause counts in seconds too", func(t *testing.T, n *usage.Tenant, p *usage.Plan) {
			n.Pauses, p.Policy = []civil.Span{span(t, "2026-10-05", "2026-10-10")}, usage.Seconds
		}, "26.00"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			in := october(t)
			tenant := usage.Tenant{ID: "t1", Users: each(user(t, "u", "2026-01-01", ""))}
			c.set(t, &tenant, &in.Plan)
			in.Tenants = each(tenant)
			require.Equal(t, c.amount+" USD", compute(t, in).Total.String())
		})
	}
}

// TestRosterIsUnitedByUser: one user is one row, however the roster says it.
func TestRosterIsUnitedByUser(t *testing.T) {
	t.Parallel()
	whole := func(id, name, address string) usage.Record {
		return usage.Record{User: id, Name: name, Address: address, Covered: usage.Days(civil.MustDate(2026, 1, 1), civil.Date{})}
	}
	for _, c := range []struct {
		name    string
		records []usage.Record
		users   []string
	}{
		{"the same directory id twice is one user", []usage.Record{whole("a", "", ""), whole("a", "", "")}, []string{"a"}},
		{"the same id in any order is one user", []usage.Record{whole("b", "", ""), whole("a", "", ""), whole("b", "", "")}, []string{"a", "b"}},
		{"without ids the address identifies, its case does not matter", []usage.Record{whole("", "", "A@x.com"), whole("", "", "a@X.com")}, []string{"a@x.com"}},
		{"a tag makes another address", []usage.Record{whole("", "", "a@x.com"), whole("", "", "a+tag@x.com")}, []string{"a+tag@x.com", "a@x.com"}},
		{"dots make another address", []usage.Record{whole("", "", "ab@x.com"), whole("", "", "a.b@x.com")}, []string{"a.b@x.com", "ab@x.com"}},
		{"two ids with one address are two users", []usage.Record{whole("a", "", "x@x.com"), whole("b", "", "x@x.com")}, []string{"a", "b"}},
		{"ids are compared as they stand", []usage.Record{whole("a", "", ""), whole("A", "", "")}, []string{"A", "a"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			st := compute(t, october(t, c.records...))
			var got []string
			for row := range st.Tenants[0].Groups[0].Rows() {
				got = append(got, row.User)
			}
			require.Equal(t, c.users, got)
		})
	}
}

// TestTheLatestRecordNamesTheUser in every order of the records.
func TestTheLatestRecordNamesTheUser(t *testing.T) {
	t.Parallel()
	old := user(t, "b", "2026-10-01", "2026-10-10")
	old.Name = "Old Name"
	recent := user(t, "b", "2026-10-05", "2026-10-07")
	recent.Name = "New Name"
	a := user(t, "a", "2026-10-01", "")
	for _, records := range [][]usage.Record{{a, old, recent}, {a, recent, old}, {old, recent, a}, {recent, a, old}, {old, a, recent}} {
		st := compute(t, october(t, records...))
		got := rows(t, st, "t1")["b"]
		require.Equal(t, "New Name", got.Name)
		require.Equal(t, "9.00 USD", got.Amount.String())
		require.Equal(t, 1, st.Tenants[0].Groups[0].Merged)
	}
}

// TestO9NoPartialCoverage (O9): all users of a tenant are covered; choosing users is refused, a uniform rule is a price.
func TestO9NoPartialCoverage(t *testing.T) {
	t.Parallel()
	licensed, shared := user(t, "a", "2026-01-01", ""), user(t, "b", "2026-01-01", "")
	licensed.Kind, shared.Kind = "licensed", "shared"
	for _, c := range []struct {
		name   string
		tenant usage.Tenant
		kinds  []string
		err    error
		amount string
	}{
		{"everybody is covered", usage.Tenant{}, nil, nil, "62.00"},
		{"a list of chosen users is refused", usage.Tenant{Selection: usage.Selection{Only: []string{"a"}}}, nil, usage.ErrPartialCoverage, ""},
		{"an empty list of chosen users is refused", usage.Tenant{Selection: usage.Selection{Only: []string{}}}, nil, usage.ErrPartialCoverage, ""},
		{"leaving users out is refused", usage.Tenant{Selection: usage.Selection{Except: []string{"b"}}}, nil, usage.ErrPartialCoverage, ""},
		{"a roster shorter than the directory is refused", usage.Tenant{Accounts: 3}, nil, usage.ErrPartialCoverage, ""},
		{"a roster as long as the directory is fine", usage.Tenant{Accounts: 2}, nil, nil, "62.00"},
		{"a uniform rule by kind bills only that kind", usage.Tenant{}, []string{"licensed"}, nil, "31.00"},
		{"a uniform rule still covers everybody", usage.Tenant{Accounts: 2}, []string{"licensed"}, nil, "31.00"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			in := october(t)
			c.tenant.ID, c.tenant.Users = "t1", each(licensed, shared)
			in.Tenants, in.Plan.BillableKinds = each(c.tenant), c.kinds
			if c.err != nil {
				_, err := usage.Compute(in)
				require.ErrorIs(t, err, c.err)
				require.ErrorContains(t, err, `tenant "t1"`)
				return
			}
			require.Equal(t, c.amount+" USD", compute(t, in).Total.String())
		})
	}
}

// TestMissingUsageIsNeverZero: no roster, an empty one, or one that breaks off is an error.
func TestMissingUsageIsNeverZero(t *testing.T) {
	t.Parallel()
	broken := errors.New("connection lost")
	for _, c := range []struct {
		name   string
		tenant usage.Tenant
		err    error
	}{
		{"no roster", usage.Tenant{}, usage.ErrUsageIncomplete},
		{"an empty roster", usage.Tenant{Users: each[usage.Record]()}, usage.ErrUsageIncomplete},
		{"an empty roster that is stated to be empty", usage.Tenant{Users: each[usage.Record](), NoUsers: true}, nil},
		{"no roster of a tenant that is paused all month", usage.Tenant{Pauses: []civil.Span{{From: civil.MustDate(2026, 9, 1)}}}, nil},
		{"a roster that breaks off", usage.Tenant{Users: failing(broken, user(t, "a", "2026-10-01", ""))}, broken},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			in := october(t)
			c.tenant.ID = "t1"
			in.Tenants = each(c.tenant)
			st, err := usage.Compute(in)
			if c.err != nil {
				require.ErrorIs(t, err, c.err)
				require.ErrorIs(t, err, usage.ErrUsageIncomplete)
				require.Nil(t, st)
				return
			}
			require.NoError(t, err)
			check(t, st)
			require.Equal(t, "0.00 USD", st.Total.String())
		})
	}
}

// TestARosterSaidToBeInOrderMustBe: nothing is kept, so nothing can be put right.
func TestARosterSaidToBeInOrderMustBe(t *testing.T) {
	t.Parallel()
	in := october(t)
	in.TotalsOnly = true
	in.Tenants = each(usage.Tenant{ID: "t1", Ordered: true, Users: each(user(t, "b", "2026-10-01", ""), user(t, "a", "2026-10-01", ""))})
	_, err := usage.Compute(in)
	require.ErrorIs(t, err, usage.ErrRoster)
}

// TestTheDirectoryIsNotComparedBeforeTheFirstDay: a statement to date on the first day of a month counts nobody yet.
func TestTheDirectoryIsNotComparedBeforeTheFirstDay(t *testing.T) {
	t.Parallel()
	in := october(t)
	in.Tenants = each(usage.Tenant{ID: "t1", Accounts: 1, Users: each(user(t, "a", "2026-01-01", ""))})
	in.Finality, in.AsOf = usage.ToDate, date(t, "2026-10-01")
	require.Equal(t, "0.00 USD", compute(t, in).Total.String())
	in.AsOf = date(t, "2026-10-02")
	require.Equal(t, "1.00 USD", compute(t, in).Total.String())
}

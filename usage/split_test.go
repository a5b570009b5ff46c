package usage_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/money"
	"github.com/billhatch/billhatch/usage"
	"github.com/billhatch/billhatch/usage/pricing"
)

// campus is a university with students and staff, billed apart by approval.
func campus(t *testing.T, users ...usage.Record) usage.Tenant {
	t.Helper()
	return usage.Tenant{
		ID: "u1", Name: "Lakeside University", Domain: "lakeside.edu", Users: each(users...),
		Split: usage.Split{
			Groups: []usage.Group{
				{Name: "staff", Domains: []string{"lakeside.edu"}},
				{Name: "students", Domains: []string{"students.lakeside.edu"}},
			},
			Approval: usage.Approval{By: "ops@example.com", On: date(t, "2026-01-15")},
		},
	}
}

func campusInput(t *testing.T, tenant usage.Tenant) usage.Input {
	t.Helper()
	in := october(t)
	in.Plan.Groups = map[string]pricing.Price{"staff": flat("31.00"), "students": flat("3.10")}
	in.Tenants = each(tenant)
	return in
}

func member(t *testing.T, id, address string) usage.Record {
	t.Helper()
	r := user(t, id, "2026-01-01", "")
	r.Address = address
	return r
}

// TestO10GroupsHaveTheirOwnPriceAndSubtotal (O10) and their sum is the tenant.
func TestO10GroupsHaveTheirOwnPriceAndSubtotal(t *testing.T) {
	t.Parallel()
	st := compute(t, campusInput(t, campus(t,
		member(t, "a", "prof@lakeside.edu"),
		member(t, "b", "kim@students.lakeside.edu"),
		member(t, "c", "Lee@Students.Lakeside.EDU"),
	)))
	groups := st.Tenants[0].Groups
	require.Len(t, groups, 2)
	require.Equal(t, "staff", groups[0].Name)
	require.Equal(t, "31.00 USD", groups[0].Subtotal.String())
	require.Equal(t, "students", groups[1].Name)
	require.Equal(t, 2, groups[1].Users)
	require.Equal(t, "6.20 USD", groups[1].Subtotal.String())
	require.Equal(t, "37.20 USD", st.Tenants[0].Subtotal.String())
}

// TestO10EveryUserIsInExactlyOneGroup (O10): a user in neither or in both is an error that names the users.
func TestO10EveryUserIsInExactlyOneGroup(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		set   func(*usage.Tenant)
		users []usage.Record
		group map[string]string // by user
		err   error
		named []string
	}{
		{
			name:  "a user in neither group is named",
			users: []usage.Record{member(t, "a", "x@lakeside.edu"), member(t, "b", "x@gmail.com"), member(t, "c", "")},
			err:   usage.ErrSplitAmbiguous, named: []string{"b", "c"},
		},
		{
			name:  "a domain is matched by whole labels",
			users: []usage.Record{member(t, "b", "x@evil-lakeside.edu")},
			err:   usage.ErrSplitAmbiguous, named: []string{"b"},
		},
		{
			name:  "a domain that only begins with ours does not match",
			users: []usage.Record{member(t, "b", "x@lakeside.edu.evil.com")},
			err:   usage.ErrSplitAmbiguous, named: []string{"b"},
		},
		{
			name:  "a domain below a listed one is not listed",
			users: []usage.Record{member(t, "b", "x@law.lakeside.edu")},
			err:   usage.ErrSplitAmbiguous, named: []string{"b"},
		},
		{
			name:  "a wildcard matches every domain below",
			set:   func(n *usage.Tenant) { n.Split.Groups[0].Domains = []string{"lakeside.edu", "*.lakeside.edu"} },
			users: []usage.Record{member(t, "b", "x@law.lakeside.edu"), member(t, "c", "x@students.lakeside.edu")},
			group: map[string]string{"b": "staff", "c": "students"},
		},
		{
			name: "the longer wildcard wins over the shorter",
			set: func(n *usage.Tenant) {
				n.Split.Groups[0].Domains = []string{"*.lakeside.edu"}
				n.Split.Groups[1].Domains = []string{"*.students.lakeside.edu"}
			},
			users: []usage.Record{member(t, "b", "x@a.students.lakeside.edu"), member(t, "c", "x@students.lakeside.edu")},
			group: map[string]string{"b": "students", "c": "staff"},
		},
		{
			name:  "an address list wins over domains",
			set:   func(n *usage.Tenant) { n.Split.Groups[1].Addresses = []string{"Kim@lakeside.edu"} },
			users: []usage.Record{member(t, "b", "kim@lakeside.edu")},
			group: map[string]string{"b": "students"},
		},
		{
			name: "an address in both lists is refused and named",
			set: func(n *usage.Tenant) {
				n.Split.Groups[0].Addresses, n.Split.Groups[1].Addresses = []string{"k@lakeside.edu"}, []string{"K@lakeside.edu"}
			},
			users: []usage.Record{member(t, "b", "x@lakeside.edu")},
			err:   usage.ErrSplitAmbiguous, named: []string{"k@lakeside.edu"},
		},
		{
			name:  "a domain in both groups is refused",
			set:   func(n *usage.Tenant) { n.Split.Groups[1].Domains = []string{"LAKESIDE.edu."} },
			users: []usage.Record{member(t, "b", "x@lakeside.edu")},
			err:   usage.ErrSplitAmbiguous,
		},
		{
			name:  "an empty group is refused",
			set:   func(n *usage.Tenant) { n.Split.Groups[1].Domains = nil },
			users: []usage.Record{member(t, "b", "x@lakeside.edu")},
			err:   usage.ErrSplitAmbiguous,
		},
		{
			name:  "a user with addresses in two groups is named",
			users: []usage.Record{member(t, "b", "x@lakeside.edu"), member(t, "b", "x@students.lakeside.edu")},
			err:   usage.ErrSplitAmbiguous, named: []string{"b"},
		},
		{
			name:  "a quoted local part does not smuggle a domain in",
			users: []usage.Record{member(t, "b", `"x@students.lakeside.edu"@evil.com`)},
			err:   usage.ErrSplitAmbiguous, named: []string{"b"},
		},
		{
			name:  "a letter that only folds to ours does not match",
			users: []usage.Record{member(t, "b", "x@lakeſide.edu")},
			err:   usage.ErrSplitAmbiguous, named: []string{"b"},
		},
		{
			name:  "a tenant on another domain is refused",
			set:   func(n *usage.Tenant) { n.Domain = "lakeside.com" },
			users: []usage.Record{member(t, "b", "x@lakeside.edu")},
			err:   usage.ErrSplitDomain,
		},
		{
			name:  "edu must be the last label",
			set:   func(n *usage.Tenant) { n.Domain = "edu.lakeside.com" },
			users: []usage.Record{member(t, "b", "x@lakeside.edu")},
			err:   usage.ErrSplitDomain,
		},
		{
			name:  "edu.au is refused unless the plan lists it",
			set:   func(n *usage.Tenant) { n.Domain = "lakeside.edu.au" },
			users: []usage.Record{member(t, "b", "x@lakeside.edu")},
			err:   usage.ErrSplitDomain,
		},
		{
			name:  "a split without an approval is refused",
			set:   func(n *usage.Tenant) { n.Split.Approval = usage.Approval{} },
			users: []usage.Record{member(t, "b", "x@lakeside.edu")},
			err:   usage.ErrSplitNotApproved,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			tenant := campus(t, c.users...)
			if c.set != nil {
				c.set(&tenant)
			}
			in := campusInput(t, tenant)
			if c.err != nil {
				_, err := usage.Compute(in)
				require.ErrorIs(t, err, c.err)
				var e *usage.Error
				require.ErrorAs(t, err, &e)
				require.Equal(t, "u1", e.Tenant)
				require.Equal(t, c.named, e.Users)
				return
			}
			st := compute(t, in)
			for g := range st.Tenants[0].Groups {
				group := &st.Tenants[0].Groups[g]
				for row := range group.Rows() {
					require.Equal(t, c.group[row.User], group.Name)
				}
			}
			require.Equal(t, len(c.group), st.Users())
		})
	}
}

// TestO10AnApprovalNeverChangesWithinAPeriod (O10).
func TestO10AnApprovalNeverChangesWithinAPeriod(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name          string
		on, withdrawn string
		split         bool
	}{
		{"approved before the period", "2026-01-15", "", true},
		{"approved within the period holds for all of it", "2026-10-20", "", true},
		{"approved after the period does not hold yet", "2026-11-01", "", false},
		{"withdrawn within the period holds until its end", "2026-01-15", "2026-10-20", true},
		{"withdrawn on the first day does not hold any more", "2026-01-15", "2026-10-01", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			tenant := campus(t, member(t, "a", "prof@lakeside.edu"), member(t, "b", "kim@students.lakeside.edu"))
			tenant.Split.Approval.On, tenant.Split.Approval.Withdrawn = date(t, c.on), date(t, c.withdrawn)
			st := compute(t, campusInput(t, tenant))
			want := "62.00 USD" // both at the ordinary price
			if c.split {
				want = "34.10 USD"
			}
			require.Equal(t, want, st.Total.String())
		})
	}
}

// TestTheHostMayAllowFurtherSuffixes such as edu.au.
func TestTheHostMayAllowFurtherSuffixes(t *testing.T) {
	t.Parallel()
	tenant := campus(t, member(t, "a", "prof@lakeside.edu"))
	tenant.Domain = "lakeside.edu.au"
	in := campusInput(t, tenant)
	in.Plan.EduSuffixes = []string{"edu", "edu.au"}
	require.Equal(t, "31.00 USD", compute(t, in).Total.String())
}

// TestAPriceForEveryGroup: a group without a price is an error and never billed like another one.
func TestAPriceForEveryGroup(t *testing.T) {
	t.Parallel()
	in := campusInput(t, campus(t, member(t, "a", "prof@lakeside.edu")))
	delete(in.Plan.Groups, "students")
	_, err := usage.Compute(in)
	require.ErrorIs(t, err, usage.ErrPriceMissing)
	require.ErrorContains(t, err, "students")
	in.Plan.Groups["students"] = pricing.Price{Model: pricing.Flat, Unit: money.MustParse("3", "EUR")}
	_, err = usage.Compute(in)
	require.ErrorIs(t, err, usage.ErrCurrency)
}

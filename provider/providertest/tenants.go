package providertest

import (
	"context"
	"fmt"
	"iter"
	"slices"

	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/usage"
	"github.com/billhatch/billhatch/usage/civil"
)

// roster makes so many records, in order of user, all of them from a day on.
func roster(n int, from civil.Date) iter.Seq2[usage.Record, error] {
	return func(yield func(usage.Record, error) bool) {
		for i := range n {
			rec := usage.Record{
				User: fmt.Sprintf("user-%06d", i), Name: fmt.Sprintf("User %d", i), Kind: "licensed",
				Address: fmt.Sprintf("user-%06d@tenant.example.com", i), Covered: usage.Days(from, civil.Date{}),
			}
			if !yield(rec, nil) {
				return
			}
		}
	}
}

// given makes a roster of records.
func given(records []usage.Record) iter.Seq2[usage.Record, error] {
	return func(yield func(usage.Record, error) bool) {
		for _, rec := range records {
			if !yield(rec, nil) {
				return
			}
		}
	}
}

// tenant adds a tenant with a roster.
func (r *rec) tenant(account, id string, users int, change ...func(*usage.Tenant)) {
	t := usage.Tenant{
		ID: id, Name: "Tenant " + id, Domain: "tenant.example.com", Onboarded: r.month(-6).From(), Accounts: users,
		NoUsers: users == 0, Ordered: true, Users: roster(users, r.month(-3).From()),
	}
	for _, f := range change {
		f(&t)
	}
	r.AddTenant(account, t)
}

// tenants reads the tenants of a month without their rosters.
func (r *rec) tenants(account string, period civil.Period) ([]string, error) {
	var out []string
	for t, err := range ability[provider.TenantReader](r.r).Tenants(r.Context(), account, period) {
		if err != nil {
			return out, err
		}
		out = append(out, t.ID)
	}
	return out, nil
}

func (r *rec) hasTenants(account string, want ...string) {
	r.Helper()
	got, err := r.tenants(account, r.month(-1))
	r.ok(err, "tenants")
	if len(got)+len(want) > 0 {
		same(r.check, "tenants", got, want)
	}
}

// users reads a roster.
func users(t usage.Tenant) ([]usage.Record, error) {
	var out []usage.Record
	if t.Users == nil {
		return nil, nil
	}
	for rec, err := range t.Users {
		if err != nil {
			return out, err
		}
		out = append(out, rec)
	}
	return out, nil
}

func tenantCases() group[*rec] {
	return group[*rec]{
		name: "tenants", ability: provider.CanReadTenants, seeds: []string{"AddTenant"},
		cases: slices.Concat(tenantListCases(), rosterCases(), iterationCases("Tenants", iteration{
			add: func(r *rec, account, id string) { r.tenant(account, id, 3) },
			all: func(ctx context.Context, r *rec, account string) iter.Seq2[string, error] {
				return mapped(ability[provider.TenantReader](r.r).Tenants(ctx, account, r.month(-1)),
					func(t usage.Tenant) string { return t.ID })
			},
		})),
	}
}

func tenantListCases() []testCase[*rec] {
	window := func(name string, shown bool, change func(t *usage.Tenant, month civil.Period)) testCase[*rec] {
		return testCase[*rec]{name: name, run: func(r *rec) {
			account := r.account()
			r.tenant(account, "t", 1, func(t *usage.Tenant) { change(t, r.month(-1)) })
			if shown {
				r.hasTenants(account, "t")
			} else {
				r.hasTenants(account)
			}
		}}
	}
	return []testCase[*rec]{
		{name: "a tenant is read with everything that it was made with", run: func(r *rec) {
			account, month := r.account(), r.month(-1)
			want := usage.Tenant{
				ID: "t", Name: "Töchter & Söhne", Domain: "school.edu", Sensitive: true, Onboarded: month.From(),
				FirstBillable: month.From().AddDays(14), Left: month.To().AddDays(40),
				Pauses: []civil.Span{{From: month.From().AddDays(20), To: month.From().AddDays(22)}},
				Split: usage.Split{Groups: []usage.Group{
					{Name: "students", Domains: []string{"student.school.edu"}, Addresses: []string{"ada@school.edu"}},
					{Name: "staff", Domains: []string{"school.edu"}},
				}},
				Accounts: 2, Ordered: true, Users: roster(2, month.From()),
			}
			r.AddTenant(account, want)
			for got, err := range ability[provider.TenantReader](r.r).Tenants(r.Context(), account, month) {
				r.ok(err, "tenants")
				got.Users, want.Users, want.Ordered = nil, nil, got.Ordered
				same(r.check, "tenant", got, want)
				return
			}
			r.fatalf("got no tenant")
		}},
		{name: "a tenant that states to have no users says so", run: func(r *rec) {
			account := r.account()
			r.tenant(account, "t", 0)
			for got, err := range ability[provider.TenantReader](r.r).Tenants(r.Context(), account, r.month(-1)) {
				r.ok(err, "tenants")
				r.that(got.NoUsers, "the statement is lost")
			}
		}},
		window("a tenant that left on the first day of the period is not of it", false, func(t *usage.Tenant, m civil.Period) { t.Left = m.From() }),
		window("a tenant that left on the second day of the period is of it", true, func(t *usage.Tenant, m civil.Period) { t.Left = m.From().AddDays(1) }),
		window("a tenant that begins on the last day of the period is of it", true, func(t *usage.Tenant, m civil.Period) { t.Onboarded = m.To().AddDays(-1) }),
		window("a tenant that begins on the day after the period is not of it", false, func(t *usage.Tenant, m civil.Period) { t.Onboarded = m.To() }),
		window("a tenant that does not say when it began is of every period", true, func(t *usage.Tenant, _ civil.Period) { t.Onboarded = civil.Date{} }),
	}
}

func rosterCases() []testCase[*rec] {
	read := func(r *rec, account string, f func(t usage.Tenant) bool) {
		r.Helper()
		for t, err := range ability[provider.TenantReader](r.r).Tenants(r.Context(), account, r.month(-1)) {
			r.ok(err, "tenants")
			if !f(t) {
				return
			}
		}
	}
	return []testCase[*rec]{
		{name: "a roster holds every record as it was made", run: func(r *rec) {
			account, month := r.account(), r.month(-1)
			want := []usage.Record{
				{User: "u1", Name: "Ada", Address: "ada@tenant.example.com", Kind: "licensed", Covered: usage.Days(month.From(), month.To())},
				{User: "u1", Name: "Ada", Address: "ada@tenant.example.com", Kind: "licensed", Covered: usage.Days(month.To(), civil.Date{})},
				{User: "u2", Name: "Bob", Address: "bob@tenant.example.com", Kind: "shared", Covered: usage.Times(second(r.Now()), second(r.Now()).Add(3600e9))},
			}
			r.tenant(account, "t", 2, func(t *usage.Tenant) {
				t.Users = given(want)
			})
			read(r, account, func(t usage.Tenant) bool {
				got, err := users(t)
				r.ok(err, "roster")
				same(r.check, "roster", got, want[:len(got)])
				r.that(len(got) >= 2, "got %d records of three, two of which are of the period", len(got))
				return true
			})
		}},
		{name: "rosters are read while the iteration goes on", run: func(r *rec) {
			account := r.account()
			for i := range 5 {
				r.tenant(account, fmt.Sprintf("t%d", i), 20+i)
			}
			i := 0
			read(r, account, func(t usage.Tenant) bool {
				got, err := users(t)
				r.ok(err, fmt.Sprintf("roster of %s", t.ID))
				same(r.check, "size of the roster of "+t.ID, len(got), 20+i)
				i++
				return true
			})
			same(r.check, "number of tenants", i, 5)
		}},
		{name: "a roster that is promised in order of user is in order", run: func(r *rec) {
			account := r.account()
			r.tenant(account, "t", 300, func(t *usage.Tenant) {
				all, err := users(usage.Tenant{Users: roster(300, r.month(-3).From())})
				r.ok(err, "roster of the suite")
				slices.Reverse(all)
				t.Ordered, t.Users = false, given(all)
			})
			read(r, account, func(t usage.Tenant) bool {
				got, err := users(t)
				r.ok(err, "roster")
				same(r.check, "size of the roster", len(got), 300)
				r.that(!t.Ordered || slices.IsSortedFunc(got, func(a, b usage.Record) int {
					if a.User < b.User {
						return -1
					}
					return 1
				}), "the roster is not in order")
				return true
			})
		}},
		{name: "a roster may be left in the middle, and the next one is whole", run: func(r *rec) {
			account := r.account()
			r.tenant(account, "t1", 50)
			r.tenant(account, "t2", 7)
			read(r, account, func(t usage.Tenant) bool {
				if t.ID == "t1" {
					for _, err := range t.Users {
						r.ok(err, "first record")
						break
					}
					return true
				}
				got, err := users(t)
				r.ok(err, "roster")
				same(r.check, "size of the roster", len(got), 7)
				return true
			})
			r.hasTenants(account, "t1", "t2")
		}},
		{name: "a roster of 20,000 users is read whole", run: func(r *rec) {
			account := r.account()
			r.tenant(account, "t", 20_000)
			read(r, account, func(t usage.Tenant) bool {
				n := 0
				for _, err := range t.Users {
					r.ok(err, "roster")
					n++
				}
				same(r.check, "size of the roster", n, 20_000)
				return true
			})
		}},
		{name: "a roster ends with an error when its context is done on the way", run: func(r *rec) {
			account := r.account()
			r.tenant(account, "t", 20_000)
			ctx, cancel := context.WithCancel(r.Context())
			defer cancel()
			var last error
			n := 0
			for t, err := range ability[provider.TenantReader](r.r).Tenants(ctx, account, r.month(-1)) {
				if last = err; err != nil {
					break
				}
				for _, err := range t.Users {
					if last = err; err != nil {
						break
					}
					if n++; n == 10 {
						cancel()
					}
				}
			}
			r.refused(last, "Tenants", "roster whose context is done", provider.ErrTimeout, provider.ErrUnavailable)
			r.that(n < 20_000, "the roster was read to its end")
		}},
		{name: "the lists of a tenant may be changed by the caller", run: func(r *rec) {
			account, pause := r.account(), civil.Span{From: r.month(-1).From(), To: r.month(-1).To()}
			r.tenant(account, "t", 1, func(t *usage.Tenant) {
				t.Pauses = []civil.Span{pause}
				t.Split.Groups = []usage.Group{{Name: "students", Domains: []string{"student.school.edu"}}}
			})
			for range 2 {
				read(r, account, func(t usage.Tenant) bool {
					kept := only(r.check, "pauses", t.Pauses)
					domain := only(r.check, "domains", only(r.check, "groups", t.Split.Groups).Domains)
					same(r.check, "pause", *kept, pause)
					same(r.check, "domain", *domain, "student.school.edu")
					*kept, *domain = civil.Span{}, "changed"
					return true
				})
			}
		}},
	}
}

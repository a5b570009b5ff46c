package sqlstore_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/adapters/pgxcopy"
	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/provider/memory"
	"github.com/billhatch/billhatch/provider/sqlstore"
	"github.com/billhatch/billhatch/usage"
	"github.com/billhatch/billhatch/usage/civil"
)

// given makes a roster of records.
func given(records ...usage.Record) iter.Seq2[usage.Record, error] {
	return func(yield func(usage.Record, error) bool) {
		for _, r := range records {
			if !yield(r, nil) {
				return
			}
		}
	}
}

// read gives the roster of a tenant as it is stored.
func read(t *testing.T, store *sqlstore.Store, account, tenant string) []usage.Record {
	t.Helper()
	var out []usage.Record
	for got, err := range store.Tenants(t.Context(), account, month()) {
		require.NoError(t, err)
		if got.ID != tenant {
			continue
		}
		for r, err := range got.Users {
			require.NoError(t, err)
			out = append(out, r)
		}
	}
	return out
}

// odd are records whose texts mean something to a database, in order of user.
func odd() []usage.Record {
	from := month().From()
	at := time.Date(2026, time.October, 3, 9, 30, 0, 123456789, time.UTC)
	return []usage.Record{
		{User: `"quoted"`, Name: `back\slash`, Kind: "NULL", Covered: usage.Days(from, from)},
		{User: "'; DROP TABLE billhatch_coverage; --", Name: "{a,b}", Address: "a\tb\nc", Covered: usage.Days(from, from.AddDays(1))},
		{Address: "Ada@Tenant.example.com", Name: "without an id", Covered: usage.Days(from, civil.Date{})},
		{User: "again", Kind: "licensed", Covered: usage.Days(from, from.AddDays(3))},
		{User: "again", Kind: "shared", Covered: usage.Days(from, from.AddDays(3))},
		{User: "again", Kind: "licensed", Covered: usage.Times(at, at.Add(time.Nanosecond))},
		{User: "first day of all", Covered: usage.Days(civil.MustDate(1, time.January, 1), civil.MustDate(9999, time.December, 31))},
		{User: "open", Covered: usage.Times(at, time.Time{})},
		{User: "Zoë 北京 \U0001F600", Name: `\N`, Address: `\\`, Covered: usage.Days(from, civil.Date{})},
	}
}

// paths are the ways of an import.
func paths() map[string]func(*sqlstore.Config) {
	return map[string]func(*sqlstore.Config){
		"as it is":  func(*sqlstore.Config) {},
		"with COPY": func(c *sqlstore.Config) { c.Copy = pgxcopy.From },
	}
}

func eachPath(t *testing.T, test func(t *testing.T, store *sqlstore.Store)) {
	t.Helper()
	each(t, func(t *testing.T, e engine) {
		for name, change := range paths() {
			if name == "with COPY" && e.dialect != sqlstore.PostgreSQL {
				continue
			}
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				store, _ := e.store(t, change)
				seed(t, store)
				test(t, store)
			})
		}
	})
}

func TestARosterIsReadAsItWasImportedInOrderOfUser(t *testing.T) {
	t.Parallel()
	eachPath(t, func(t *testing.T, store *sqlstore.Store) {
		records := odd()
		want := slices.Clone(records)
		key := func(r usage.Record) string {
			if r.User == "" {
				return strings.ToLower(r.Address)
			}
			return r.User
		}
		slices.SortStableFunc(want, func(a, b usage.Record) int { return strings.Compare(key(a), key(b)) })
		slices.Reverse(records[:2])
		n, err := store.ImportCoverage(t.Context(), "a1", "t1", given(records...))
		require.NoError(t, err)
		require.EqualValues(t, len(records), n)
		require.Equal(t, want, read(t, store, "a1", "t1"))

		n, err = store.ImportCoverage(t.Context(), "a1", "t1", given())
		require.NoError(t, err)
		require.Zero(t, n)
		require.Empty(t, read(t, store, "a1", "t1"), "an import takes the place of all that was")
	})
}

func TestARosterLongerThanABatchIsImportedWhole(t *testing.T) {
	t.Parallel()
	eachPath(t, func(t *testing.T, store *sqlstore.Store) {
		for _, size := range []int{1, 3999, 4000, 4001, 4096, 4097, 8192} {
			n, err := store.ImportCoverage(t.Context(), "a1", "t1", roster(size))
			require.NoError(t, err)
			require.EqualValues(t, size, n)
			got := read(t, store, "a1", "t1")
			require.Len(t, got, size)
			i := 0
			for want, err := range roster(size) {
				require.NoError(t, err)
				require.Equal(t, want, got[i])
				i++
			}
		}
	})
}

func TestAnImportThatFailsLeavesTheRosterAsItWas(t *testing.T) {
	t.Parallel()
	errHost := errors.New("the directory does not answer, canary@example.com")
	bad := func(r usage.Record) iter.Seq2[usage.Record, error] { return given(append(odd(), r)...) }
	covered := usage.Days(month().From(), civil.Date{})
	for _, tc := range []struct {
		name string
		seq  iter.Seq2[usage.Record, error]
		kind error
	}{
		{"an error of the host", func(yield func(usage.Record, error) bool) {
			for r, err := range roster(5000) {
				if !yield(r, err) {
					return
				}
			}
			yield(usage.Record{}, errHost)
		}, provider.ErrIncomplete},
		{"an error of the closed set", func(yield func(usage.Record, error) bool) {
			yield(usage.Record{}, &provider.Error{Kind: provider.ErrRateLimited})
		}, provider.ErrRateLimited},
		{"a record without an interval", bad(usage.Record{User: "u"}), provider.ErrInvalid},
		{"an interval that ends before it begins", bad(usage.Record{User: "u", Covered: usage.Days(month().To(), month().From())}), provider.ErrInvalid},
		{"neither an id nor an address", bad(usage.Record{Covered: covered}), provider.ErrInvalid},
		{"an address that is none", bad(usage.Record{Address: "canary", Covered: covered}), provider.ErrInvalid},
		{"an id that is too long", bad(usage.Record{User: strings.Repeat("x", sqlstore.MaxID+1), Covered: covered}), provider.ErrInvalid},
		{"a zero byte", bad(usage.Record{User: "u", Name: "a\x00b", Covered: covered}), provider.ErrInvalid},
		{"text that is not UTF-8", bad(usage.Record{User: "\xff", Covered: covered}), provider.ErrInvalid},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			eachPath(t, func(t *testing.T, store *sqlstore.Store) {
				before := read(t, store, "a1", "t1")
				_, err := store.ImportCoverage(t.Context(), "a1", "t1", tc.seq)
				refused(t, err, "ImportCoverage", tc.kind)
				require.Equal(t, before, read(t, store, "a1", "t1"))
			})
		})
	}
}

func TestAnImportWhoseContextIsDoneLeavesTheRosterAsItWas(t *testing.T) {
	t.Parallel()
	eachPath(t, func(t *testing.T, store *sqlstore.Store) {
		before := read(t, store, "a1", "t1")
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		_, err := store.ImportCoverage(ctx, "a1", "t1", func(yield func(usage.Record, error) bool) {
			for r, err := range roster(9000) {
				if r.User == "user-0006000" {
					cancel()
				}
				if !yield(r, err) {
					return
				}
			}
		})
		refused(t, err, "ImportCoverage", provider.ErrTimeout)
		require.Equal(t, before, read(t, store, "a1", "t1"))
	})
}

// A statement is made of the data of one moment, even while a roster is replaced under its hands.
func TestAnIterationSeesTheDataOfOneMoment(t *testing.T) {
	t.Parallel()
	eachPath(t, func(t *testing.T, store *sqlstore.Store) {
		_, err := store.ImportCoverage(t.Context(), "a1", "t1", roster(9000))
		require.NoError(t, err)
		require.NoError(t, store.SaveTenant(t.Context(), "a1", tenant("t2")))
		n, tenants := 0, 0
		for got, err := range store.Tenants(t.Context(), "a1", month()) {
			require.NoError(t, err)
			tenants++
			for _, err := range got.Users {
				require.NoError(t, err)
				if n++; n == 100 {
					_, err := store.ImportCoverage(t.Context(), "a1", "t1", roster(3))
					require.NoError(t, err)
					require.NoError(t, store.RemoveTenant(t.Context(), "a1", "t2"))
				}
			}
		}
		require.Equal(t, 9000, n)
		require.Equal(t, 2, tenants)
		require.Len(t, read(t, store, "a1", "t1"), 3)
	})
}

func TestARosterIsNotReadAfterItsIteration(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, e engine) {
		store, _ := e.store(t)
		seed(t, store)
		var users iter.Seq2[usage.Record, error]
		for got, err := range store.Tenants(t.Context(), "a1", month()) {
			require.NoError(t, err)
			users = got.Users
		}
		refused(t, drain(users), "Tenants", provider.ErrInvalid)
	})
}

func TestAPoolOfOneConnectionIsEnoughForAStatement(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, e engine) {
		store, db := e.store(t)
		seed(t, store)
		db.SetMaxOpenConns(1)
		for _, c := range calls() {
			require.NoError(t, c.do(t.Context(), store), c.op)
			if c.write {
				e.clear(t, db)
				seed(t, store)
			}
		}
		require.Zero(t, db.Stats().InUse, "connections that were not given back")
	})
}

func TestOneUserIsSetAloneAndTakenAway(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, e engine) {
		store, _ := e.store(t)
		seed(t, store)
		covered := usage.Days(month().From(), month().To())
		set := func(user string, records ...usage.Record) error {
			return store.SetCoverage(t.Context(), "a1", "t1", user, records...)
		}
		require.NoError(t, set("user-0000002", usage.Record{User: "user-0000002", Covered: covered}))
		require.NoError(t, set("user-0000003"))
		require.NoError(t, set("ada@school.edu", usage.Record{Address: "ADA@school.edu", Covered: covered}))
		got := read(t, store, "a1", "t1")
		require.Len(t, got, 5)
		require.Equal(t, "ADA@school.edu", got[0].Address)
		require.Equal(t, covered, got[3].Covered)
		refused(t, set("user-1", usage.Record{User: "user-2", Covered: covered}), "SetCoverage", provider.ErrInvalid)
		refused(t, set("", usage.Record{User: "user-2", Covered: covered}), "SetCoverage", provider.ErrInvalid)
		require.Equal(t, got, read(t, store, "a1", "t1"))
	})
}

// Whatever is written is written to something that there is, of the account that is named, and is something that can be
// read again.
func TestWritesThatCannotBeAreRefused(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", sqlstore.MaxID+1)
	used := func(text string) usage.Quantity { return usage.Known(decimal.RequireFromString(text)) }
	type store = *sqlstore.Store
	with := func(change func(a *provider.Account)) provider.Account {
		a := account("new")
		change(&a)
		return a
	}
	for _, tc := range []struct {
		name string
		kind error
		do   func(ctx context.Context, s store) error
	}{
		{"an account without an id", provider.ErrInvalid, func(ctx context.Context, s store) error {
			return s.SaveAccount(ctx, with(func(a *provider.Account) { a.ID = "" }))
		}},
		{"an id that is too long", provider.ErrInvalid, func(ctx context.Context, s store) error {
			return s.SaveAccount(ctx, with(func(a *provider.Account) { a.ID = long }))
		}},
		{"a name with a zero byte", provider.ErrInvalid, func(ctx context.Context, s store) error {
			return s.SaveAccount(ctx, with(func(a *provider.Account) { a.Name = "a\x00" }))
		}},
		{"a currency that there is not", provider.ErrInvalid, func(ctx context.Context, s store) error {
			return s.SaveAccount(ctx, with(func(a *provider.Account) { a.Currency = "XXX1" }))
		}},
		{"no zone", provider.ErrInvalid, func(ctx context.Context, s store) error {
			return s.SaveAccount(ctx, with(func(a *provider.Account) { a.Zone = nil }))
		}},
		{"a zone that cannot be loaded", provider.ErrInvalid, func(ctx context.Context, s store) error {
			return s.SaveAccount(ctx, with(func(a *provider.Account) { a.Zone = time.FixedZone("here", 3600) }))
		}},
		{"a zone with the name of another one", provider.ErrInvalid, func(ctx context.Context, s store) error {
			return s.SaveAccount(ctx, with(func(a *provider.Account) { a.Zone = time.FixedZone("Europe/Berlin", 7200) }))
		}},
		{"an assignment of an unknown account", provider.ErrNotFound, func(ctx context.Context, s store) error { return s.Assign(ctx, "p", "a2", "nobody") }},
		{"an assignment to nobody", provider.ErrInvalid, func(ctx context.Context, s store) error { return s.Assign(ctx, "", "a2") }},
		{"an unknown account", provider.ErrNotFound, func(ctx context.Context, s store) error { return s.RemoveAccount(ctx, "nobody") }},
		{"a tenant of an unknown account", provider.ErrNotFound, func(ctx context.Context, s store) error { return s.SaveTenant(ctx, "nobody", tenant("t")) }},
		{"a tenant of which only some users are covered", provider.ErrInvalid, func(ctx context.Context, s store) error {
			return s.SaveTenant(ctx, "a1", usage.Tenant{ID: "t", Selection: usage.Selection{Only: []string{"ada"}}})
		}},
		{"a tenant that left before it came", provider.ErrInvalid, func(ctx context.Context, s store) error {
			return s.SaveTenant(ctx, "a1", usage.Tenant{ID: "t", Onboarded: month().To(), Left: month().From()})
		}},
		{"a pause without days", provider.ErrInvalid, func(ctx context.Context, s store) error {
			return s.SaveTenant(ctx, "a1", usage.Tenant{ID: "t", Pauses: []civil.Span{{From: month().From(), To: month().From()}}})
		}},
		{"a tenant of another account", provider.ErrNotFound, func(ctx context.Context, s store) error { return s.RemoveTenant(ctx, "a2", "t1") }},
		{"coverage in another account", provider.ErrNotFound, func(ctx context.Context, s store) error {
			_, err := s.ImportCoverage(ctx, "a2", "t1", roster(1))
			return err
		}},
		{"a user in another account", provider.ErrNotFound, func(ctx context.Context, s store) error { return s.SetCoverage(ctx, "a2", "t1", "u") }},
		{"groups in another account", provider.ErrNotFound, func(ctx context.Context, s store) error { return s.SetSplit(ctx, "a2", "t1", usage.Split{}) }},
		{"an approval by nobody", provider.ErrInvalid, func(ctx context.Context, s store) error {
			return s.ApproveSplit(ctx, "a1", "t1", usage.Approval{On: month().From()})
		}},
		{"an approval without a day", provider.ErrInvalid, func(ctx context.Context, s store) error {
			return s.ApproveSplit(ctx, "a1", "t1", usage.Approval{By: "owner"})
		}},
		{"an approval of no groups", provider.ErrConflict, func(ctx context.Context, s store) error {
			if err := s.SetSplit(ctx, "a1", "t1", usage.Split{}); err != nil {
				return err
			}
			return s.ApproveSplit(ctx, "a1", "t1", usage.Approval{By: "owner", On: month().From()})
		}},
		{"a project of an unknown account", provider.ErrNotFound, func(ctx context.Context, s store) error {
			return s.SaveProject(ctx, "nobody", usage.Project{ID: "p"})
		}},
		{"a project that ends before it begins", provider.ErrInvalid, func(ctx context.Context, s store) error {
			return s.SaveProject(ctx, "a1", usage.Project{ID: "p", Active: civil.Span{From: month().To(), To: month().From()}})
		}},
		{"readings in another account", provider.ErrNotFound, func(ctx context.Context, s store) error { return s.SetReadings(ctx, "a2", "p1", month().Span()) }},
		{"readings of an open period", provider.ErrInvalid, func(ctx context.Context, s store) error {
			return s.SetReadings(ctx, "a1", "p1", civil.Span{From: month().From()})
		}},
		{"a meter that stands twice", provider.ErrInvalid, func(ctx context.Context, s store) error {
			return s.SetReadings(ctx, "a1", "p1", month().Span(), usage.Reading{Meter: "m"}, usage.Reading{Meter: "m"})
		}},
		{"a reading below zero", provider.ErrInvalid, func(ctx context.Context, s store) error {
			return s.SetReadings(ctx, "a1", "p1", month().Span(), usage.Reading{Meter: "m", Used: used("-1")})
		}},
		{"a reading of 35 digits", provider.ErrInvalid, func(ctx context.Context, s store) error {
			return s.SetReadings(ctx, "a1", "p1", month().Span(), usage.Reading{Meter: "m", Used: used(strings.Repeat("1", 35))})
		}},
		{"a figure of a project of another account", provider.ErrNotFound, func(ctx context.Context, s store) error { return s.SetDaily(ctx, "a2", figure(1)) }},
		{"a figure without a day", provider.ErrInvalid, func(ctx context.Context, s store) error {
			return s.SetDaily(ctx, "a1", figure(3), provider.DayUsage{Project: "p1", Meter: "m", Used: used("1")})
		}},
		{"a plan that cannot be computed with", provider.ErrInvalid, func(ctx context.Context, s store) error {
			return s.SetPlan(ctx, "a1", civil.Date{}, usage.Plan{Currency: "USD", IncludedDays: -1})
		}},
		{"a plan in another currency", provider.ErrInvalid, func(ctx context.Context, s store) error {
			p := usage.Plan{Name: "euro", Currency: "EUR"}
			return s.SetPlan(ctx, "a1", civil.Date{}, p)
		}},
		{"a plan of an unknown account", provider.ErrNotFound, func(ctx context.Context, s store) error { return s.SetPlan(ctx, "nobody", civil.Date{}, plan("p")) }},
		{"a discount of 101 percent", provider.ErrInvalid, func(ctx context.Context, s store) error {
			d := discount("d")
			d.Percent = decimal.NewFromInt(101)
			return s.SaveDiscount(ctx, "a1", d)
		}},
		{"a discount of an unknown account", provider.ErrNotFound, func(ctx context.Context, s store) error { return s.SaveDiscount(ctx, "nobody", discount("d")) }},
		{"an adjustment without an amount", provider.ErrInvalid, func(ctx context.Context, s store) error {
			return s.SaveAdjustment(ctx, "a1", usage.Adjustment{ID: "a", On: month().From()})
		}},
		{"an adjustment of another account", provider.ErrNotFound, func(ctx context.Context, s store) error { return s.RemoveAdjustment(ctx, "a2", "adj1") }},
		{"a discount of another account", provider.ErrNotFound, func(ctx context.Context, s store) error { return s.RemoveDiscount(ctx, "a2", "d1") }},
		{"a plan from another day", provider.ErrNotFound, func(ctx context.Context, s store) error { return s.RemovePlan(ctx, "a1", month().From()) }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			each(t, func(t *testing.T, e engine) {
				store := e.quick(t)
				seed(t, store)
				err := tc.do(t.Context(), store)
				require.ErrorIs(t, err, tc.kind)
				require.True(t, provider.IsKind(err, tc.kind))
				require.NoError(t, drain(store.Tenants(t.Context(), "a1", month())), "what is there can be read")
				agreement, err := store.Plan(t.Context(), "a1", month())
				require.NoError(t, err)
				require.Equal(t, "standard", agreement.Plan.Name)
				require.NoError(t, drain(store.Daily(t.Context(), "a1", month())))
			})
		})
	}
}

func TestAnAccountIsRemovedWithWhatIsReadOfItAndItsBooksStay(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, e engine) {
		store, _ := e.store(t)
		seed(t, store)
		_, err := store.Put(t.Context(), provider.Closing{Key: key1("a1"), State: provider.Planned})
		require.NoError(t, err)
		require.NoError(t, store.Freeze(t.Context(), frozen("a1", "body")))
		require.NoError(t, store.RemoveAccount(t.Context(), "a1"))
		_, err = store.Account(t.Context(), "a1")
		require.ErrorIs(t, err, provider.ErrNotFound)
		assigned, err := store.Assigned(t.Context(), "partner", "a1")
		require.NoError(t, err)
		require.False(t, assigned)
		head, err := store.VerifyAudit(t.Context(), "a1")
		require.NoError(t, err)
		require.EqualValues(t, 1, head.Sequence)
		_, err = store.Closing(t.Context(), key1("a1"))
		require.NoError(t, err)
		_, err = store.Statement(t.Context(), key1("a1"))
		require.NoError(t, err)
		require.NoError(t, store.SaveAccount(t.Context(), account("a1")), "an account of the same id")
		require.Empty(t, read(t, store, "a1", "t1"))
		_, err = store.Plan(t.Context(), "a1", month())
		require.ErrorIs(t, err, provider.ErrIncomplete)
	})
}

func TestAReplacedDiscountKeepsItsPlace(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, e engine) {
		store, _ := e.store(t)
		seed(t, store)
		for _, d := range []string{"d2", "d0"} {
			require.NoError(t, store.SaveDiscount(t.Context(), "a1", discount(d)))
		}
		changed := discount("d2")
		changed.Name = "changed"
		require.NoError(t, store.SaveDiscount(t.Context(), "a1", changed))
		got, err := store.Plan(t.Context(), "a1", month())
		require.NoError(t, err)
		names := []string{}
		for _, d := range got.Discounts {
			names = append(names, d.Name)
		}
		require.Equal(t, []string{"d1", "changed", "d0"}, names, "they are taken off in this order")
	})
}

// Every account of the demonstration, copied into a database, gives the same statement as it does in memory.
func TestStatementsOutOfADatabaseAreThoseOutOfMemory(t *testing.T) {
	t.Parallel()
	world, err := memory.Demo(7, newClock().Now())
	require.NoError(t, err)
	source := world.Records()
	each(t, func(t *testing.T, e engine) {
		store, _ := e.store(t)
		page, err := source.Accounts(t.Context(), provider.AccountQuery{Limit: provider.MaxPage})
		require.NoError(t, err)
		compared := 0
		for _, a := range page.Accounts {
			require.NoError(t, store.SaveAccount(t.Context(), a))
			period, err := civil.Month(2026, time.October, a.Zone)
			require.NoError(t, err)
			want, wantErr := statement(t, source, a, period)
			if wantErr == nil {
				compared++
			}
			transfer(t, source, store, a, period)
			got, gotErr := statement(t, store, a, period)
			require.Equal(t, fmt.Sprint(wantErr), fmt.Sprint(gotErr), a.ID)
			require.Equal(t, want, got, a.ID)
		}
		require.Greater(t, compared, 3)
	})
}

// source is what statements are made of.
type source interface {
	provider.TenantReader
	provider.ProjectReader
	provider.DailyReader
	provider.PlanReader
}

func statement(t *testing.T, from source, a provider.Account, period civil.Period) (*usage.Statement, error) {
	t.Helper()
	agreement, err := from.Plan(t.Context(), a.ID, period)
	if err != nil {
		return nil, err
	}
	return usage.Compute(usage.Input{
		Account: usage.Account{ID: a.ID, Name: a.Name}, Period: period, Plan: agreement.Plan, Discounts: agreement.Discounts,
		Adjustments: agreement.Adjustments, Tenants: from.Tenants(t.Context(), a.ID, period),
		Projects: inUTC(from.Projects(t.Context(), a.ID, period)),
	})
}

// inUTC gives projects whose readings are the same instants, told in UTC.
func inUTC(projects iter.Seq2[usage.Project, error]) iter.Seq2[usage.Project, error] {
	return func(yield func(usage.Project, error) bool) {
		for p, err := range projects {
			for i := range p.Readings {
				p.Readings[i].At = p.Readings[i].At.UTC()
			}
			if !yield(p, err) {
				return
			}
		}
	}
}

// transfer copies what a period of an account is made of.
func transfer(t *testing.T, from source, to *sqlstore.Store, a provider.Account, period civil.Period) {
	t.Helper()
	ctx := t.Context()
	if agreement, err := from.Plan(ctx, a.ID, period); err == nil {
		require.NoError(t, to.SetPlan(ctx, a.ID, civil.Date{}, agreement.Plan))
		for _, d := range agreement.Discounts {
			require.NoError(t, to.SaveDiscount(ctx, a.ID, d))
		}
		for _, adj := range agreement.Adjustments {
			require.NoError(t, to.SaveAdjustment(ctx, a.ID, adj))
		}
	}
	for tenant, err := range from.Tenants(ctx, a.ID, period) {
		require.NoError(t, err)
		require.NoError(t, to.SaveTenant(ctx, a.ID, tenant))
		_, err := to.ImportCoverage(ctx, a.ID, tenant.ID, tenant.Users)
		require.NoError(t, err)
	}
	for p, err := range from.Projects(ctx, a.ID, period) {
		require.NoError(t, err)
		require.NoError(t, to.SaveProject(ctx, a.ID, p))
		require.NoError(t, to.SetReadings(ctx, a.ID, p.ID, period.Span(), p.Readings...))
	}
	var figures []provider.DayUsage
	for f, err := range from.Daily(ctx, a.ID, period) {
		require.NoError(t, err)
		figures = append(figures, f)
	}
	require.NoError(t, to.SetDaily(ctx, a.ID, figures...))
	var stored []provider.DayUsage
	for f, err := range to.Daily(ctx, a.ID, period) {
		require.NoError(t, err)
		stored = append(stored, f)
	}
	require.Equal(t, fmt.Sprint(figures), fmt.Sprint(stored))
}

package memory_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/invoice"
	"github.com/billhatch/billhatch/money"
	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/provider/memory"
	"github.com/billhatch/billhatch/usage"
	"github.com/billhatch/billhatch/usage/civil"
	"github.com/billhatch/billhatch/usage/pricing"
)

func october(t testing.TB) civil.Period {
	t.Helper()
	month, err := civil.Month(2026, time.October, time.UTC)
	require.NoError(t, err)
	return month
}

func TestAssignmentsAreReadAnew(t *testing.T) {
	t.Parallel()
	world := memory.New()
	r := world.Records()
	names := []string{"Zebra", "Acme", "Acme", "beta"}
	var all []provider.Account
	for i, name := range names {
		all = append(all, world.AddAccount(provider.Account{ID: fmt.Sprint("a", i), Name: name}))
		world.Assign("partner", all[i].ID)
	}
	var got []string
	for cursor := ""; ; {
		page, err := r.Clients(t.Context(), provider.ClientQuery{Partner: "partner", Limit: 1, Cursor: cursor})
		require.NoError(t, err)
		for _, a := range page.Accounts {
			got = append(got, a.ID)
		}
		if cursor = page.Next; cursor == "" {
			break
		}
	}
	require.Equal(t, []string{"a1", "a2", "a0", "a3"}, got, "in order of name and id")

	page, err := r.Clients(t.Context(), provider.ClientQuery{Partner: "partner", Limit: 1})
	require.NoError(t, err)
	world.Revoke("partner", "a1", "a2") // also the one on which the cursor stands
	ok, err := r.Assigned(t.Context(), "partner", "a1")
	require.NoError(t, err)
	require.False(t, ok)
	page, err = r.Clients(t.Context(), provider.ClientQuery{Partner: "partner", Limit: 5, Cursor: page.Next})
	require.NoError(t, err)
	require.Len(t, page.Accounts, 2)

	for _, pair := range [][2]string{{"", ""}, {"partner", "none"}, {"none", "a0"}, {"Partner", "a0"}} {
		ok, err := r.Assigned(t.Context(), pair[0], pair[1])
		require.NoError(t, err)
		require.False(t, ok)
	}
	page, err = r.Clients(t.Context(), provider.ClientQuery{Partner: "none", Limit: 5})
	require.NoError(t, err)
	require.Empty(t, page.Accounts)
}

func TestTenantsThatMatterForThePeriod(t *testing.T) {
	t.Parallel()
	world := memory.New()
	acme := world.AddAccount(provider.Account{})
	from, to := october(t).From(), october(t).To()
	for id, tenant := range map[string]usage.Tenant{
		"always":                    {},
		"joined on the last day":    {Onboarded: to.AddDays(-1)},
		"joined the day after":      {Onboarded: to},
		"left on the first day":     {Left: from},
		"left the day after it":     {Left: from.AddDays(1)},
		"was there for a day only":  {Onboarded: from, Left: from.AddDays(1)},
		"left long ago":             {Left: from.AddDays(-100)},
		"paused until further note": {Pauses: []civil.Span{{From: from}}},
	} {
		tenant.ID = id
		world.AddTenant(acme.ID, tenant)
	}
	var got []string
	for tenant, err := range world.Records().Tenants(t.Context(), acme.ID, october(t)) {
		require.NoError(t, err)
		got = append(got, tenant.ID)
	}
	require.Equal(t, []string{
		"always", "joined on the last day", "left the day after it", "paused until further note", "was there for a day only",
	}, got)
	for _, err := range world.Records().Tenants(t.Context(), "acct_x", october(t)) {
		require.Equal(t, provider.NotFound("Tenants"), err)
	}
	for _, err := range world.Records().Projects(t.Context(), acme.ID, civil.Period{}) {
		require.ErrorIs(t, err, provider.ErrInvalid)
	}
}

// A quantity that is unknown takes the figure of its day away, and a project that is replaced has no figures.
func TestFiguresCanBeTakenAway(t *testing.T) {
	t.Parallel()
	world := memory.New()
	acme := world.AddAccount(provider.Account{})
	world.AddProject(acme.ID, usage.Project{ID: "p"})
	day := october(t).From()
	figure := func(meter string, used usage.Quantity) provider.DayUsage {
		return provider.DayUsage{Project: "p", Meter: meter, Day: day, Used: used}
	}
	meters := func() (out []string) {
		for d, err := range world.Records().Daily(t.Context(), acme.ID, october(t)) {
			require.NoError(t, err)
			out = append(out, d.Meter)
		}
		return out
	}
	seven := usage.Known(decimal.NewFromInt(7))
	world.SetDaily(acme.ID, figure("sms", seven), figure("calls", usage.Quantity{}), figure("minutes", seven))
	require.Equal(t, []string{"minutes", "sms"}, meters())
	world.SetDaily(acme.ID, figure("minutes", usage.Quantity{}))
	require.Equal(t, []string{"sms"}, meters())
	world.AddProject(acme.ID, usage.Project{ID: "p"})
	require.Empty(t, meters())
	for _, err := range world.Records().Daily(t.Context(), acme.ID, civil.Period{}) {
		require.ErrorIs(t, err, provider.ErrInvalid)
	}
	require.NoError(t, world.Err())
}

// Records may be added in any order; rosters are in order of user, as they promise.
func TestRostersAreInOrder(t *testing.T) {
	t.Parallel()
	world := memory.New()
	acme := world.AddAccount(provider.Account{})
	world.AddTenant(acme.ID, usage.Tenant{ID: "hq"})
	always := usage.Days(civil.MustDate(2026, 1, 1), civil.Date{})
	for _, rec := range []usage.Record{
		{User: "u2"}, {Address: "B@x.example"}, {User: "u1"}, {Address: "a@x.example"}, {User: "u1"},
	} {
		rec.Covered = always
		world.AddRoster(acme.ID, "hq", rec)
	}
	st, err := usage.Compute(usage.Input{
		Account: usage.Account{ID: acme.ID}, Period: october(t), TotalsOnly: true,
		Plan:    usage.Plan{Currency: "USD", Seats: pricing.Price{Model: pricing.Flat, Unit: usd("2")}},
		Tenants: world.Records().Tenants(t.Context(), acme.ID, october(t)),
	})
	require.NoError(t, err)
	require.Equal(t, "8.00 USD", st.Total.String())
}

func TestPlansDiscountsAndAdjustmentsHoldForTheirTime(t *testing.T) {
	t.Parallel()
	world := memory.New()
	acme := world.AddAccount(provider.Account{})
	_, err := world.Records().Plan(t.Context(), acme.ID, october(t))
	require.ErrorIs(t, err, provider.ErrIncomplete)
	_, err = world.Records().Plan(t.Context(), "acct_x", october(t))
	require.Equal(t, provider.NotFound("Plan"), err)
	world.SetPlan(acme.ID, october(t).From(), usage.Plan{Name: "second", Currency: "USD"})
	world.SetPlan(acme.ID, civil.Date{}, usage.Plan{Name: "first", Currency: "USD"})
	day := october(t).From()
	for id, valid := range map[string]civil.Span{
		"until the day before": {From: day.AddDays(-9), To: day}, "of the first day": {From: day, To: day.AddDays(1)},
		"open": {From: day.AddDays(-99)}, "from the day after": {From: october(t).To()},
	} {
		world.AddDiscount(acme.ID, usage.Discount{ID: id, Percent: decimal.NewFromInt(10), Valid: valid})
	}
	world.AddAdjustment(acme.ID, usage.Adjustment{ID: "in", On: day, Amount: usd("-5")})
	world.AddAdjustment(acme.ID, usage.Adjustment{ID: "after", On: october(t).To(), Amount: usd("-5")})
	require.NoError(t, world.Err())
	for period, name := range map[civil.Period]string{october(t).Prev(): "first", october(t): "second", october(t).Next(): "second"} {
		agreed, err := world.Records().Plan(t.Context(), acme.ID, period)
		require.NoError(t, err)
		require.Equal(t, name, agreed.Plan.Name)
	}
	agreed, err := world.Records().Plan(t.Context(), acme.ID, october(t))
	require.NoError(t, err)
	require.Len(t, agreed.Discounts, 2)
	require.Len(t, agreed.Adjustments, 1)

	world.Set(day.Start(time.UTC))
	history, err := world.Payments().Discounts(t.Context(), provider.HistoryQuery{Customer: acme.Customer, Limit: 10})
	require.NoError(t, err)
	active := map[string]bool{}
	for i, item := range history.Items {
		active[item.ID] = item.Active
		require.True(t, i == 0 || !item.From.After(history.Items[i-1].From), "newest first")
	}
	require.Equal(t, map[string]bool{
		"until the day before": false, "of the first day": true, "open": true, "from the day after": false, "in": true, "after": false,
	}, active)
}

// What a caller does with an answer, or with what it has put in, changes nothing.
func TestNothingIsShared(t *testing.T) {
	t.Parallel()
	world := memory.New()
	p, r := world.Payments(), world.Records()
	acme := world.AddAccount(provider.Account{})
	inv := world.AddInvoice(acme.ID, invoice.Invoice{Seller: invoice.Party{Lines: []string{"street"}}})
	inv.Lines[0].Description, inv.Seller.Lines[0] = "changed", "changed"
	got, err := p.Invoice(t.Context(), acme.Customer, inv.ID)
	require.NoError(t, err)
	require.Equal(t, "Services", got.Lines[0].Description)
	require.Equal(t, "street", got.Seller.Lines[0])
	got.Lines[0].Description = "changed"
	page, err := p.Invoices(t.Context(), provider.InvoiceQuery{Customer: acme.Customer, Limit: 1})
	require.NoError(t, err)
	require.Equal(t, "Services", page.Invoices[0].Lines[0].Description)

	plan := draft(t, 2)
	issued, err := p.Issue(t.Context(), provider.IssueRequest{Key: "k", Customer: acme.Customer, Invoice: plan})
	require.NoError(t, err)
	plan.Lines[0].Description, issued.Lines[1].Description = "changed", "changed"
	got, err = p.Invoice(t.Context(), acme.Customer, issued.ID)
	require.NoError(t, err)
	require.Equal(t, "seats", got.Lines[0].Description+got.Lines[1].Description[5:])

	world.SetRecipients(acme.ID, []string{"a@x.example"}, nil)
	to, err := p.Recipients(t.Context(), acme.Customer)
	require.NoError(t, err)
	to.Invoices[0].ID = "changed"
	to, err = p.Recipients(t.Context(), acme.Customer)
	require.NoError(t, err)
	require.Equal(t, "rcp_000001", to.Invoices[0].ID)

	tiers := []pricing.Tier{{Unit: usd("1")}}
	agreement := usage.Plan{
		Currency: "USD", Seats: pricing.Price{Model: pricing.Volume, Tiers: tiers}, BillableKinds: []string{"licensed"},
		Groups:  map[string]pricing.Price{"staff": {Model: pricing.Volume, Tiers: tiers}},
		Metered: []usage.MeteredPlan{{Name: "m", Fee: &usage.Fee{ID: "f", Amount: usd("1")}, Meters: []usage.Meter{{Name: "minutes", Price: pricing.Price{Model: pricing.Volume, Tiers: tiers}}}}},
	}
	world.SetPlan(acme.ID, civil.Date{}, agreement)
	spoil := func(plan *usage.Plan) {
		plan.Seats.Tiers[0].Unit, plan.Metered[0].Meters[0].Price.Tiers[0].Unit = usd("9"), usd("9")
		plan.Groups["staff"].Tiers[0].Unit = usd("9")
		plan.Groups["other"] = pricing.Price{}
		plan.Metered[0].Fee.Amount, plan.BillableKinds[0] = usd("9"), "changed"
	}
	spoil(&agreement)
	for range 2 {
		a, err := r.Plan(t.Context(), acme.ID, october(t))
		require.NoError(t, err)
		require.Len(t, a.Plan.Groups, 1)
		require.Equal(t, []string{"licensed"}, a.Plan.BillableKinds)
		for _, unit := range []money.Amount{
			a.Plan.Seats.Tiers[0].Unit, a.Plan.Metered[0].Meters[0].Price.Tiers[0].Unit, a.Plan.Groups["staff"].Tiers[0].Unit,
			a.Plan.Metered[0].Fee.Amount,
		} {
			require.Equal(t, "1.00 USD", unit.String())
		}
		spoil(&a.Plan)
	}
}

func TestTheAuditLog(t *testing.T) {
	t.Parallel()
	world := memory.New()
	r := world.Records()
	entry := func(id string) provider.AuditEntry {
		return provider.AuditEntry{ID: id, Account: "acme", Actor: "ann", Action: "reveal", Outcome: provider.Attempted}
	}
	first, err := r.Append(t.Context(), entry("1"))
	require.NoError(t, err)
	require.EqualValues(t, 1, first.Sequence)
	require.Equal(t, world.Now(), first.At)
	world.Advance(time.Hour)
	again, err := r.Append(t.Context(), entry("1"))
	require.NoError(t, err)
	require.Equal(t, first, again, "the same id is not written twice")
	other := entry("1")
	other.Outcome = provider.Succeeded
	_, err = r.Append(t.Context(), other)
	require.ErrorIs(t, err, provider.ErrConflict)

	for name, spoil := range map[string]func(*provider.AuditEntry){
		"no id":                 func(e *provider.AuditEntry) { e.ID = " " },
		"no account":            func(e *provider.AuditEntry) { e.Account = "" },
		"no action":             func(e *provider.AuditEntry) { e.Action = "" },
		"an outcome of its own": func(e *provider.AuditEntry) { e.Outcome = "maybe" },
		"a purpose of 501 bytes": func(e *provider.AuditEntry) {
			e.Purpose = strings.Repeat("x", provider.MaxPurpose+1)
		},
	} {
		e := entry("bad")
		spoil(&e)
		_, err := r.Append(t.Context(), e)
		require.ErrorIs(t, err, provider.ErrInvalid, name)
	}
	long := entry("2")
	long.Actor, long.Outcome, long.Purpose = "ben", provider.Refused, strings.Repeat("x", provider.MaxPurpose)
	second, err := r.Append(t.Context(), long)
	require.NoError(t, err)
	require.EqualValues(t, 2, second.Sequence)

	for name, tc := range map[string]struct {
		q    provider.AuditQuery
		want int
	}{
		"everything":                     {provider.AuditQuery{}, 2},
		"by actor":                       {provider.AuditQuery{Actor: "ben"}, 1},
		"by outcome":                     {provider.AuditQuery{Outcome: provider.Attempted}, 1},
		"by action":                      {provider.AuditQuery{Action: "download"}, 0},
		"from the second on":             {provider.AuditQuery{From: second.At}, 1},
		"until before the second":        {provider.AuditQuery{To: second.At}, 1},
		"between them, the end excluded": {provider.AuditQuery{From: first.At, To: first.At}, 0},
	} {
		tc.q.Account, tc.q.Limit = "acme", 10
		page, err := r.Audit(t.Context(), tc.q)
		require.NoError(t, err)
		require.Len(t, page.Entries, tc.want, name)
	}
	_, err = r.Audit(t.Context(), provider.AuditQuery{Limit: 5})
	require.ErrorIs(t, err, provider.ErrInvalid)

	world.FailAlways("Append", provider.ErrUnavailable) // the log is down
	_, err = r.Append(t.Context(), entry("3"))
	require.ErrorIs(t, err, provider.ErrUnavailable)
	world.Heal("Append")
	page, err := r.Audit(t.Context(), provider.AuditQuery{Account: "acme", Limit: 5})
	require.NoError(t, err)
	require.Len(t, page.Entries, 2)
	require.EqualValues(t, 2, page.Entries[0].Sequence, "newest first")
}

func TestTheLedgerTakesOneOfManyWriters(t *testing.T) {
	t.Parallel()
	world := memory.New()
	r := world.Records()
	key := provider.ClosingKey{Account: "acme", From: october(t).From(), To: october(t).To(), Revision: 1}
	race := func(c provider.Closing) (won int) {
		var mu sync.Mutex
		var wg sync.WaitGroup
		for i := range 24 {
			wg.Go(func() {
				mine := c
				mine.Owner = fmt.Sprint(i)
				_, err := r.Put(t.Context(), mine)
				mu.Lock()
				defer mu.Unlock()
				if err == nil {
					won++
				}
			})
		}
		wg.Wait()
		return won
	}
	require.Equal(t, 1, race(provider.Closing{Key: key, State: provider.Planned}))
	require.Equal(t, 1, race(provider.Closing{Key: key, State: provider.Frozen, Version: 1}))
	stored, err := r.Closing(t.Context(), key)
	require.NoError(t, err)
	require.EqualValues(t, 2, stored.Version)
	for _, version := range []int64{-1, 0, 1, 3} {
		other := stored
		other.Version = version
		_, err = r.Put(t.Context(), other)
		require.ErrorIs(t, err, provider.ErrConflict, "version %d", version)
	}
	stored.Invoice = "in_1"
	stored, err = r.Put(t.Context(), stored)
	require.NoError(t, err)
	for _, id := range []string{"in_2", ""} {
		other := stored
		other.Invoice = id
		_, err = r.Put(t.Context(), other)
		require.ErrorIs(t, err, provider.ErrConflict, "the invoice is set once")
	}
	for name, spoil := range map[string]func(*provider.Closing){
		"no account":    func(c *provider.Closing) { c.Key.Account = "" },
		"no days":       func(c *provider.Closing) { c.Key.To = c.Key.From },
		"revision 0":    func(c *provider.Closing) { c.Key.Revision = 0 },
		"unknown state": func(c *provider.Closing) { c.State = "closed" },
		"a zero byte":   func(c *provider.Closing) { c.Key.Group = "a\x00b" },
	} {
		c := provider.Closing{Key: key, State: provider.Planned}
		spoil(&c)
		_, err := r.Put(t.Context(), c)
		require.ErrorIs(t, err, provider.ErrInvalid, name)
	}
	key.Revision = 2
	_, err = r.Closing(t.Context(), key)
	require.Equal(t, provider.NotFound("Closing"), err)
}

func TestTheLedgerIsListedByPeriod(t *testing.T) {
	t.Parallel()
	world := memory.New()
	month := october(t)
	put := func(account, group string, month civil.Period, revision int, state provider.ClosingState) {
		_, err := world.Records().Put(t.Context(), provider.Closing{
			Key:   provider.ClosingKey{Account: account, Group: group, From: month.From(), To: month.To(), Revision: revision},
			State: state,
		})
		require.NoError(t, err)
	}
	put("b", "", month.Prev(), 1, provider.Sent)
	put("b", "", month, 1, provider.Sent)
	put("a", "staff", month, 1, provider.Parked)
	put("a", "", month, 1, provider.Sent)
	put("a", "", month, 2, provider.Planned)
	put("a", "", month.Prev(), 1, provider.Sent)
	list := func(q provider.ClosingQuery) (out []string) {
		for q.Limit = 2; ; {
			page, err := world.Records().Closings(t.Context(), q)
			require.NoError(t, err)
			for _, c := range page.Closings {
				out = append(out, fmt.Sprintf("%s%s %s %d", c.Key.Account, c.Key.Group, c.Key.From.String()[5:7], c.Key.Revision))
			}
			if q.Cursor = page.Next; q.Cursor == "" {
				return out
			}
		}
	}
	require.Equal(t, []string{"a 10 2", "a 10 1", "astaff 10 1", "b 10 1", "a 09 1", "b 09 1"}, list(provider.ClosingQuery{}))
	require.Equal(t, []string{"b 10 1", "b 09 1"}, list(provider.ClosingQuery{Account: "b"}))
	require.Equal(t, []string{"astaff 10 1"}, list(provider.ClosingQuery{State: provider.Parked}))
	_, err := world.Records().Closings(t.Context(), provider.ClosingQuery{State: "closed", Limit: 1})
	require.ErrorIs(t, err, provider.ErrInvalid)
}

func TestTheInboxKeepsTheFirst(t *testing.T) {
	t.Parallel()
	world := memory.New()
	r := world.Records()
	body := []byte("first")
	for i := range 3 {
		isNew, err := r.Receive(t.Context(), provider.Event{ID: fmt.Sprint(i)}, body)
		require.NoError(t, err)
		require.True(t, isNew)
	}
	isNew, err := r.Receive(t.Context(), provider.Event{ID: "1"}, body)
	require.NoError(t, err)
	require.False(t, isNew)
	body[0] = 'F' // the store has a copy
	_, err = r.Receive(t.Context(), provider.Event{ID: "1"}, body)
	require.ErrorIs(t, err, provider.ErrConflict)
	_, err = r.Receive(t.Context(), provider.Event{}, body)
	require.ErrorIs(t, err, provider.ErrInvalid)

	require.NoError(t, r.Done(t.Context(), "1"))
	require.NoError(t, r.Done(t.Context(), "1"))
	require.Equal(t, provider.NotFound("Done"), r.Done(t.Context(), "x"))
	isNew, err = r.Receive(t.Context(), provider.Event{ID: "1"}, []byte("first"))
	require.NoError(t, err)
	require.False(t, isNew, "what is done stays done")
	pending, err := r.Pending(t.Context(), provider.PendingQuery{Limit: 1})
	require.NoError(t, err)
	require.Equal(t, []provider.Event{{ID: "0"}}, pending.Events)
	require.NoError(t, r.Done(t.Context(), "0"), "what a cursor stands behind may be done")
	pending, err = r.Pending(t.Context(), provider.PendingQuery{Limit: 9, Cursor: pending.Next})
	require.NoError(t, err)
	require.Equal(t, provider.PendingPage{Events: []provider.Event{{ID: "2"}}}, pending)
}

func TestWhatIsFrozenNeverChanges(t *testing.T) {
	t.Parallel()
	world := memory.New()
	r := world.Records()
	key := provider.ClosingKey{Account: "acme", From: october(t).From(), To: october(t).To(), Revision: 1}
	_, err := r.Statement(t.Context(), key)
	require.Equal(t, provider.NotFound("Statement"), err)
	s := frozen(key, "statement")
	require.NoError(t, r.Freeze(t.Context(), s))
	require.NoError(t, r.Freeze(t.Context(), s))
	require.ErrorIs(t, r.Freeze(t.Context(), frozen(key, "another")), provider.ErrConflict)
	s.Body[0] = 'S'
	require.ErrorIs(t, r.Freeze(t.Context(), s), provider.ErrInvalid, "the hash is not that of the body")
	for range 2 {
		got, err := r.Statement(t.Context(), key)
		require.NoError(t, err)
		require.Equal(t, frozen(key, "statement"), got)
		got.Body[0] = 'S'
	}
}

// Everything at once, for the race detector.
func TestManyUseTheWorldAtOnce(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for op, call := range f.calls(t) {
				if err := call(t.Context()); err != nil && provider.Kind(err) == nil {
					t.Error(op, err)
				}
			}
			f.AddInvoice(f.acme.ID, invoice.Invoice{})
			f.AddRoster(f.acme.ID, "a", usage.Record{User: "u"})
			f.SetRecipients(f.acme.ID, []string{"a@x.example"}, nil)
			f.FailNext("Health", provider.ErrTimeout)
			f.Hook(func(memory.Call) { f.Now() })
			f.Advance(time.Second)
			f.Calls()
			f.Webhooks()
			f.Heal()
		})
	}
	wg.Wait()
	require.NoError(t, f.Err())
}

package integration_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"
	"github.com/riverqueue/river/rivertype"
	"github.com/stretchr/testify/require"

	riverbilling "github.com/billhatch/billhatch/adapters/river"
	"github.com/billhatch/billhatch/billing/closing"
	"github.com/billhatch/billhatch/internal/integration/pgtest"
	"github.com/billhatch/billhatch/money"
	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/provider/memory"
	"github.com/billhatch/billhatch/usage"
	"github.com/billhatch/billhatch/usage/civil"
	"github.com/billhatch/billhatch/usage/pricing"
)

func TestMain(m *testing.M) { pgtest.Run(m) }

func october(t *testing.T) civil.Period {
	t.Helper()
	period, err := civil.Month(2026, time.October, time.UTC)
	require.NoError(t, err)
	return period
}

// house is a world in memory whose months are closed by River.
type house struct {
	world *memory.World
	pool  *pgxpool.Pool
	cfg   riverbilling.Config
}

// newHouse has accounts that owe 10 dollars each.
func newHouse(t *testing.T, accounts int) *house {
	t.Helper()
	dsn := pgtest.Copy(t, "river", func(dsn string) error {
		pool, err := pgxpool.New(context.Background(), dsn)
		if err != nil {
			return err
		}
		defer pool.Close()
		migrator, err := rivermigrate.New(riverpgxv5.New(pool), nil)
		if err == nil {
			_, err = migrator.Migrate(context.Background(), rivermigrate.DirectionUp, nil)
		}
		return err
	})
	pool, err := pgxpool.New(t.Context(), dsn)
	require.NoError(t, err)
	t.Cleanup(pool.Close)
	world := memory.New()
	for i := range accounts {
		account := world.AddAccount(provider.Account{ID: fmt.Sprintf("account_%04d", i), Name: "Account"})
		world.SetPlan(account.ID, civil.Date{}, usage.Plan{
			Name: "Seats", Currency: "USD", Seats: pricing.Price{Model: pricing.Flat, Unit: money.MustParse("10", "USD")},
		})
		world.AddTenant(account.ID, usage.Tenant{ID: "hq", Name: "Headquarters"})
		world.AddRoster(account.ID, "hq", usage.Record{User: "ada", Covered: usage.Days(civil.MustDate(2026, time.January, 1), civil.Date{})})
	}
	closer, err := closing.New(closing.Config{
		Payments: world.Payments(), Records: world.Records(), Clock: world.Now, Owner: t.Name(),
	})
	require.NoError(t, err)
	return &house{world, pool, riverbilling.Config{Closer: closer, Records: world.Records(), Clock: world.Now}}
}

// client connects to River; with a machine it works, without it only inserts.
func (h *house) client(t *testing.T, change ...func(*river.Config)) *river.Client[pgx.Tx] {
	t.Helper()
	cfg := &river.Config{FetchCooldown: time.Millisecond, FetchPollInterval: 10 * time.Millisecond}
	for _, f := range change {
		f(cfg)
	}
	client, err := river.NewClient(riverpgxv5.New(h.pool), cfg)
	require.NoError(t, err)
	return client
}

func (h *house) works(t *testing.T) func(*river.Config) {
	t.Helper()
	workers := river.NewWorkers()
	require.NoError(t, riverbilling.AddWorkers[pgx.Tx](workers, h.cfg))
	return func(c *river.Config) {
		c.Workers, c.Queues = workers, map[string]river.QueueConfig{riverbilling.Queue: {MaxWorkers: 8}}
	}
}

// begin starts a client that works, and ends it with the test.
func (h *house) begin(t *testing.T, change ...func(*river.Config)) *river.Client[pgx.Tx] {
	t.Helper()
	client := h.client(t, append([]func(*river.Config){h.works(t)}, change...)...)
	require.NoError(t, client.Start(t.Context()))
	t.Cleanup(func() { _ = client.StopAndCancel(context.Background()) }) //nolint:usetesting // the test's context is done by then
	return client
}

func (h *house) insertRun(t *testing.T, client *river.Client[pgx.Tx]) bool {
	t.Helper()
	inserted := false
	require.NoError(t, pgx.BeginFunc(t.Context(), h.pool, func(tx pgx.Tx) error {
		var err error
		inserted, err = riverbilling.InsertRun(t.Context(), client, tx, october(t))
		return err
	}))
	return inserted
}

// jobs counts jobs by kind and state.
func (h *house) jobs(t *testing.T) map[string]int {
	t.Helper()
	rows, err := h.pool.Query(t.Context(), "SELECT kind || ' ' || state, count(*) FROM river_job GROUP BY 1")
	require.NoError(t, err)
	out := map[string]int{}
	var name string
	var n int
	_, err = pgx.ForEachRow(rows, []any{&name, &n}, func() error { out[name] = n; return nil })
	require.NoError(t, err)
	return out
}

// until waits until the jobs are as wanted.
func (h *house) until(t *testing.T, want map[string]int) {
	t.Helper()
	require.Eventually(t, func() bool { return fmt.Sprint(h.jobs(t)) == fmt.Sprint(want) }, 30*time.Second, 10*time.Millisecond,
		"want %v", want)
}

// billed wants one open invoice for every account.
func (h *house) billed(t *testing.T) {
	t.Helper()
	accounts, err := h.world.Records().Accounts(t.Context(), provider.AccountQuery{Limit: provider.MaxPage})
	for require.NoError(t, err); ; {
		for _, account := range accounts.Accounts {
			page, err := h.world.Payments().Invoices(t.Context(), provider.InvoiceQuery{Customer: account.Customer, Limit: 10})
			require.NoError(t, err)
			require.Len(t, page.Invoices, 1, account.ID)
			require.Equal(t, "10.00 USD", page.Invoices[0].Total.String())
		}
		if accounts.Next == "" {
			return
		}
		accounts, err = h.world.Records().Accounts(t.Context(), provider.AccountQuery{Limit: provider.MaxPage, Cursor: accounts.Next})
		require.NoError(t, err)
	}
}

// TestARunClosesEveryAccountOnce: whoever asks for it, and however often.
func TestARunClosesEveryAccountOnce(t *testing.T) {
	t.Parallel()
	const accounts = 250 // three pages
	h := newHouse(t, accounts)
	first := h.begin(t)
	require.True(t, h.insertRun(t, first))
	h.begin(t) // another machine
	h.until(t, map[string]int{"billhatch_run completed": 1, "billhatch_close completed": accounts})
	h.billed(t)

	require.True(t, h.insertRun(t, first), "one that is done stands in nobody's way")
	h.until(t, map[string]int{"billhatch_run completed": 2, "billhatch_close completed": 2 * accounts})
	h.billed(t)
}

// TestAJobExistsWhenTheHostsTransactionCommits, and only then.
func TestAJobExistsWhenTheHostsTransactionCommits(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 1)
	client := h.client(t)
	tx, err := h.pool.Begin(t.Context())
	require.NoError(t, err)
	inserted, err := riverbilling.InsertClose(t.Context(), client, tx, "account_0000", october(t))
	require.NoError(t, err)
	require.True(t, inserted)
	require.Empty(t, h.jobs(t), "not yet")
	require.NoError(t, tx.Rollback(t.Context()))
	require.Empty(t, h.jobs(t), "never")

	require.NoError(t, pgx.BeginFunc(t.Context(), h.pool, func(tx pgx.Tx) error {
		for _, want := range []bool{true, false} {
			inserted, err := riverbilling.InsertClose(t.Context(), client, tx, "account_0000", october(t))
			if err != nil {
				return err
			}
			require.Equal(t, want, inserted, "one job for an account and a month")
		}
		next := october(t).Next()
		inserted, err := riverbilling.InsertClose(t.Context(), client, tx, "account_0000", next)
		require.True(t, inserted, "another month is another job")
		return err
	}))
	require.Equal(t, map[string]int{"billhatch_close available": 2}, h.jobs(t))
}

// TestARunGoesOnWhereItWasStopped: with the page that failed, not with the first.
func TestARunGoesOnWhereItWasStopped(t *testing.T) {
	t.Parallel()
	const accounts = 350 // four pages
	h := newHouse(t, accounts)
	var pages atomic.Int64
	h.world.Hook(func(c memory.Call) {
		if c.Op == "Accounts" && pages.Add(1) == 3 {
			h.world.FailNext("Accounts", provider.ErrUnavailable)
		}
	})
	client := h.begin(t, func(c *river.Config) { c.RetryPolicy = atOnce{} })
	require.True(t, h.insertRun(t, client))
	h.until(t, map[string]int{"billhatch_run completed": 1, "billhatch_close completed": accounts})
	require.Equal(t, int64(5), pages.Load(), "one page was asked for twice")
	h.world.Hook(nil)
	h.billed(t)
}

// atOnce tries again without a pause.
type atOnce struct{}

func (atOnce) NextRetry(*rivertype.JobRow) time.Time { return time.Now() }

// TestAStopLosesNothing: closings that are under way end or are taken up by another machine.
func TestAStopLosesNothing(t *testing.T) {
	t.Parallel()
	const accounts = 120
	h := newHouse(t, accounts)
	under := make(chan struct{}, accounts)
	h.world.Hook(func(c memory.Call) {
		if c.Op == "Issue" {
			select {
			case under <- struct{}{}:
			default:
			}
		}
	})
	first := h.begin(t)
	require.True(t, h.insertRun(t, first))
	<-under
	require.NoError(t, first.StopAndCancel(t.Context()))
	for state, n := range h.jobs(t) {
		require.NotContains(t, []string{"billhatch_close running", "billhatch_close cancelled", "billhatch_close retryable"}, state, "%d", n)
	}
	h.world.Hook(nil)
	h.begin(t)
	h.until(t, map[string]int{"billhatch_run completed": 1, "billhatch_close completed": accounts})
	h.billed(t)
}

// TestWhatAPersonMustLookAtIsCancelledWithItsReason, and can be inserted again once it is put right.
func TestWhatAPersonMustLookAtIsCancelledWithItsReason(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 2)
	h.world.InjectAlways("Plan", memory.Fault{Err: provider.ErrIncomplete, Only: "account_0001"})
	client := h.begin(t)
	require.True(t, h.insertRun(t, client))
	h.until(t, map[string]int{"billhatch_run completed": 1, "billhatch_close completed": 1, "billhatch_close cancelled": 1})
	var reason string
	require.NoError(t, h.pool.QueryRow(t.Context(), "SELECT errors[1]->>'error' FROM river_job WHERE state = 'cancelled'").Scan(&reason))
	require.Contains(t, reason, "closing: Close: account account_0001: "+provider.ErrIncomplete.Error())
	h.world.Heal()
	require.True(t, h.insertRun(t, client))
	h.until(t, map[string]int{"billhatch_run completed": 2, "billhatch_close completed": 3, "billhatch_close cancelled": 1})
	h.billed(t)
}

// TestTheLeaderInsertsTheLastMonth: at its election, and the next leader not again while River remembers it.
func TestTheLeaderInsertsTheLastMonth(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 3)
	skipped := make(chan bool, 10)
	periodic := func(c *river.Config) {
		job, err := riverbilling.Monthly{Clock: h.world.Now, First: civil.MustDate(2026, time.October, 1)}.Job()
		require.NoError(t, err)
		c.PeriodicJobs, c.Middleware = []*river.PeriodicJob{job}, []rivertype.Middleware{&runs{skipped: skipped}}
	}
	first := h.begin(t, periodic)
	require.False(t, <-skipped)
	h.until(t, map[string]int{"billhatch_run completed": 1, "billhatch_close completed": 3})
	h.billed(t)
	require.NoError(t, first.Stop(t.Context()))

	second := h.begin(t, periodic)
	require.True(t, <-skipped, "the next leader")
	require.True(t, h.insertRun(t, second), "who asks for it is heard")
	require.False(t, <-skipped)
	h.until(t, map[string]int{"billhatch_run completed": 2, "billhatch_close completed": 6})
	h.billed(t)
}

// runs tells of each run that is inserted whether it was skipped.
type runs struct {
	river.MiddlewareDefaults
	skipped chan<- bool
}

func (r *runs) InsertMany(
	ctx context.Context, params []*rivertype.JobInsertParams, insert func(context.Context) ([]*rivertype.JobInsertResult, error),
) ([]*rivertype.JobInsertResult, error) {
	results, err := insert(ctx)
	for _, result := range results {
		if result.Job.Kind == (riverbilling.RunArgs{}).Kind() {
			r.skipped <- result.UniqueSkippedAsDuplicate
		}
	}
	return results, err
}

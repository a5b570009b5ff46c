package riverbilling

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"
	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/billing/closing"
	"github.com/billhatch/billhatch/invoice"
	"github.com/billhatch/billhatch/money"
	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/provider/memory"
	"github.com/billhatch/billhatch/usage"
	"github.com/billhatch/billhatch/usage/civil"
	"github.com/billhatch/billhatch/usage/pricing"
)

func october(t *testing.T) civil.Period {
	t.Helper()
	period, err := civil.Month(2026, time.October, time.UTC)
	require.NoError(t, err)
	return period
}

// house is a worker over a world in memory with an account that owes 120 dollars a month.
type house struct {
	world   *memory.World
	account provider.Account
	worker  *closeWorker
}

func newHouse(t *testing.T) *house {
	t.Helper()
	world := memory.New()
	account := world.AddAccount(provider.Account{ID: "acme", Name: "Acme"})
	world.SetPlan(account.ID, civil.Date{}, usage.Plan{
		Name: "Seats", Currency: "USD", Seats: pricing.Price{Model: pricing.Flat, Unit: money.MustParse("120", "USD")},
	})
	world.AddTenant(account.ID, usage.Tenant{ID: "hq", Name: "Headquarters"})
	world.AddRoster(account.ID, "hq", usage.Record{User: "ada", Covered: usage.Days(civil.MustDate(2026, time.January, 1), civil.Date{})})
	closer, err := closing.New(closing.Config{
		Payments: world.Payments(), Records: world.Records(), Clock: world.Now, Owner: "test",
		Sleep: func(ctx context.Context, d time.Duration) error {
			world.Advance(d)
			return ctx.Err()
		},
	})
	require.NoError(t, err)
	return &house{world, account, &closeWorker{closer: closer, clock: world.Now, timeout: time.Minute}}
}

func (h *house) work(ctx context.Context, t *testing.T) error {
	t.Helper()
	period := october(t)
	return h.worker.Work(ctx, &river.Job[CloseArgs]{
		JobRow: &rivertype.JobRow{}, Args: CloseArgs{Account: h.account.ID, From: period.From(), To: period.To()},
	})
}

// TestWhatBecomesOfAJob: every way in which a closing can end is one way in which its job ends.
func TestWhatBecomesOfAJob(t *testing.T) {
	t.Parallel()
	cancelled := func(t *testing.T, err error) {
		t.Helper()
		var cancel *river.JobCancelError
		require.ErrorAs(t, err, &cancel)
	}
	snoozed := func(d time.Duration) func(*testing.T, error) {
		return func(t *testing.T, err error) {
			t.Helper()
			var snooze *river.JobSnoozeError
			require.ErrorAs(t, err, &snooze)
			require.Equal(t, d, snooze.Duration)
		}
	}
	retried := func(t *testing.T, err error) {
		t.Helper()
		require.Error(t, err)
		var snooze *river.JobSnoozeError
		var cancel *river.JobCancelError
		require.NotErrorAs(t, err, &snooze)
		require.NotErrorAs(t, err, &cancel)
	}
	for _, c := range []struct {
		name  string
		given func(*house)
		then  func(*testing.T, error)
		kind  error // of what a cancelled or retried job keeps
	}{
		{name: "a month that is closed completes", then: func(t *testing.T, err error) {
			t.Helper()
			require.NoError(t, err)
		}},
		{
			name:  "a month that is not over waits an hour near its end",
			given: func(h *house) { h.world.Set(time.Date(2026, time.October, 31, 12, 0, 0, 0, time.UTC)) },
			then:  snoozed(time.Hour),
		},
		{
			name:  "a month that has just begun waits until it may be over somewhere",
			given: func(h *house) { h.world.Set(time.Date(2026, time.October, 30, 10, 0, 0, 0, time.UTC)) },
			then:  snoozed(24 * time.Hour),
		},
		{
			name:  "a month that lies ahead is cancelled",
			given: func(h *house) { h.world.Set(time.Date(2026, time.September, 30, 0, 0, 0, 0, time.UTC)) },
			then:  cancelled, kind: usage.ErrPeriodUnavailable,
		},
		{
			name:  "a provider that is away is tried again",
			given: func(h *house) { h.world.FailAlways("Issue", provider.ErrUnavailable) },
			then:  retried, kind: provider.ErrUnavailable,
		},
		{
			name:  "a limit that is reached waits",
			given: func(h *house) { h.world.FailAlways("Issue", provider.ErrRateLimited) },
			then:  snoozed(15 * time.Second),
		},
		{
			name:  "an account that nobody knows is cancelled",
			given: func(h *house) { h.account.ID = "nobody" },
			then:  cancelled, kind: provider.ErrNotFound,
		},
		{
			name:  "records that lack a plan are cancelled",
			given: func(h *house) { h.world.FailAlways("Plan", provider.ErrIncomplete) },
			then:  cancelled, kind: provider.ErrIncomplete,
		},
		{
			name: "a closing that wants a person is cancelled",
			given: func(h *house) {
				h.world.InjectAlways("Issue", memory.Fault{Alter: func(answer any) {
					if inv, ok := answer.(*invoice.Invoice); ok {
						inv.Total = money.MustParse("1", "USD")
					}
				}})
			},
			then: cancelled, kind: closing.ErrParked,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			if c.given != nil {
				c.given(h)
			}
			err := h.work(t.Context(), t)
			c.then(t, err)
			if c.kind != nil {
				require.ErrorIs(t, err, c.kind)
			}
		})
	}
}

// TestAClosingThatIsStoppedIsTakenUpAtOnce: whoever stops the client loses nothing, and neither a time limit nor somebody
// who cancels one job is taken for it.
func TestAClosingThatIsStoppedIsTakenUpAtOnce(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		context func(context.Context) (context.Context, context.CancelFunc)
		snooze  bool
	}{
		{"the client stops", context.WithCancel, true},
		{"the attempt takes too long", func(ctx context.Context) (context.Context, context.CancelFunc) {
			return context.WithDeadline(ctx, time.Now().Add(-time.Second))
		}, false},
		{"the job is cancelled", func(ctx context.Context) (context.Context, context.CancelFunc) {
			ctx, cancel := context.WithCancelCause(ctx)
			return ctx, func() { cancel(river.ErrJobCancelledRemotely) }
		}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			ctx, cancel := c.context(t.Context())
			cancel()
			err := h.work(ctx, t)
			require.Error(t, err)
			var snooze *river.JobSnoozeError
			require.Equal(t, c.snooze, errors.As(err, &snooze), "%v", err)
			if c.snooze {
				require.Zero(t, snooze.Duration)
			}
			require.NoError(t, h.work(t.Context(), t), "the month can be closed afterwards")
		})
	}
}

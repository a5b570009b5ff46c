package riverbilling

import (
	"context"
	"errors"
	"time"

	"github.com/riverqueue/river"

	"github.com/billhatch/billhatch/billing/closing"
	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/usage"
	"github.com/billhatch/billhatch/usage/civil"
)

// closeWorker closes a month of one account.
type closeWorker struct {
	river.WorkerDefaults[CloseArgs]
	closer  *closing.Closer
	clock   func() time.Time
	timeout time.Duration
}

// Timeout bounds an attempt.
func (w *closeWorker) Timeout(*river.Job[CloseArgs]) time.Duration { return w.timeout }

// Work closes the month, and says what is to become of the job.
func (w *closeWorker) Work(ctx context.Context, job *river.Job[CloseArgs]) error {
	period, err := civil.NewPeriod(job.Args.From, job.Args.To, time.UTC)
	if err != nil {
		return river.JobCancel(err)
	}
	_, err = w.closer.Close(ctx, job.Args.Account, period)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, usage.ErrPeriodOpen):
		return river.JobSnooze(untilOver(period, w.clock()))
	case !closing.Retry(err):
		return river.JobCancel(err)
	case stopped(ctx):
		return river.JobSnooze(0) // another machine takes it up
	}
	for _, p := range pauses() {
		if errors.Is(err, p.kind) {
			return river.JobSnooze(p.pause)
		}
	}
	return err
}

// pause is how long a job waits for a reason that passes by itself and says nothing about the provider's health: it does not
// count as an attempt.
type pause struct {
	kind  error
	pause time.Duration
}

func pauses() []pause {
	return []pause{
		{closing.ErrElsewhere, time.Minute},
		{closing.ErrQuiet, 5 * time.Minute},
		{provider.ErrRateLimited, 15 * time.Second},
	}
}

// Months end in the zones of the Earth from 14 hours before they do in UTC to 12 hours after.
const (
	firstZone = 14 * time.Hour
	openPause = time.Hour
)

// untilOver is how long a job waits for the end of a period in a zone that it does not know.
func untilOver(period civil.Period, now time.Time) time.Duration {
	return max(openPause, period.To().Start(time.UTC).Add(-firstZone).Sub(now))
}

// stopped tells whether the client is being stopped, and not only this job.
func stopped(ctx context.Context) bool {
	return errors.Is(ctx.Err(), context.Canceled) && !errors.Is(context.Cause(ctx), river.ErrJobCancelledRemotely)
}

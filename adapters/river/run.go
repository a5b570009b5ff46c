package riverbilling

import (
	"context"
	"time"

	"github.com/riverqueue/river"

	"github.com/billhatch/billhatch/provider"
)

// runWorker inserts a job for every account.
type runWorker[TTx any] struct {
	river.WorkerDefaults[RunArgs]
	accounts provider.AccountLister
	timeout  time.Duration
}

// Timeout bounds an attempt.
func (w *runWorker[TTx]) Timeout(*river.Job[RunArgs]) time.Duration { return w.timeout }

// slice is how many pages of accounts an attempt goes through before it gives way: River keeps the cursor between
// attempts only.
const slice = 20

// Work goes through the accounts, page by page.
func (w *runWorker[TTx]) Work(ctx context.Context, job *river.Job[RunArgs]) error {
	client := river.ClientFromContext[TTx](ctx)
	river.ResumableStepCursor(ctx, "accounts", nil, func(ctx context.Context, cursor string) error {
		for range slice {
			next, err := w.page(ctx, client, job.Args, cursor)
			switch {
			case provider.IsKind(err, provider.ErrInvalidCursor) && cursor != "": // its key is gone: begin anew
			case err != nil && stopped(ctx):
				return river.JobSnooze(0)
			case err != nil:
				return err
			case next == "":
				return nil
			}
			cursor = next
			if err := river.ResumableSetCursor(ctx, cursor); err != nil {
				return err
			}
		}
		return river.JobSnooze(0)
	})
	return nil
}

// page inserts the jobs of one page of accounts, all or none, and gives the cursor of the next; empty: there is none.
func (w *runWorker[TTx]) page(ctx context.Context, client *river.Client[TTx], run RunArgs, cursor string) (string, error) {
	page, err := w.accounts.Accounts(ctx, provider.AccountQuery{Limit: provider.MaxPage, Cursor: cursor})
	if err != nil || len(page.Accounts) == 0 {
		return "", err
	}
	jobs := make([]river.InsertManyParams, len(page.Accounts))
	for i := range page.Accounts {
		jobs[i].Args = CloseArgs{Account: page.Accounts[i].ID, From: run.From, To: run.To}
	}
	if _, err := client.InsertMany(ctx, jobs); err != nil {
		return "", err
	}
	return page.Next, nil
}

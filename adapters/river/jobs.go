package riverbilling

import (
	"context"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"github.com/billhatch/billhatch/usage/civil"
)

// Queue is where the jobs are inserted. Its MaxWorkers bounds how many accounts a machine closes at a time.
const Queue = "billhatch"

// CloseArgs is the job that closes a month of one account. While such a job waits or runs there is no second one; one that
// has ended stands in nobody's way.
type CloseArgs struct {
	Account string     `json:"account"`
	From    civil.Date `json:"from"`
	To      civil.Date `json:"to"` // not included
}

// Kind names the job for River.
func (CloseArgs) Kind() string { return "billhatch_close" }

// InsertOpts are what the job is inserted with.
func (CloseArgs) InsertOpts() river.InsertOpts { return options() }

// RunArgs is the job that inserts a [CloseArgs] for every account.
type RunArgs struct {
	From civil.Date `json:"from"`
	To   civil.Date `json:"to"` // not included
	// Scheduled tells the runs of [Monthly] from others, so that what was done by itself can be asked for again.
	Scheduled bool `json:"scheduled,omitempty"`
}

// Kind names the job for River.
func (RunArgs) Kind() string { return "billhatch_run" }

// InsertOpts are what the job is inserted with.
func (RunArgs) InsertOpts() river.InsertOpts { return options() }

// options makes a job unique as long as it is not done.
func options() river.InsertOpts {
	return river.InsertOpts{Queue: Queue, UniqueOpts: river.UniqueOpts{ByArgs: true, ByState: underWay()}}
}

// underWay are the states of a job that is not done.
func underWay() []rivertype.JobState {
	return []rivertype.JobState{
		rivertype.JobStateAvailable, rivertype.JobStatePending, rivertype.JobStateRetryable, rivertype.JobStateRunning,
		rivertype.JobStateScheduled,
	}
}

// InsertRun has the month of all accounts closed once the transaction is committed. It tells whether a job was inserted:
// there is none when the same run is waiting or under way.
func InsertRun[TTx any](ctx context.Context, client *river.Client[TTx], tx TTx, period civil.Period) (bool, error) {
	return insert(ctx, client, tx, RunArgs{From: period.From(), To: period.To()})
}

// InsertClose has the month of one account closed once the transaction is committed. It tells whether a job was inserted:
// there is none when the same closing is waiting or under way.
func InsertClose[TTx any](ctx context.Context, client *river.Client[TTx], tx TTx, account string, period civil.Period) (bool, error) {
	return insert(ctx, client, tx, CloseArgs{Account: account, From: period.From(), To: period.To()})
}

func insert[TTx any](ctx context.Context, client *river.Client[TTx], tx TTx, args river.JobArgs) (bool, error) {
	inserted, err := client.InsertTx(ctx, tx, args, nil)
	if err != nil {
		return false, err
	}
	return !inserted.UniqueSkippedAsDuplicate, nil
}

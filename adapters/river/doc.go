// Package riverbilling spreads the month close over worker machines by way of River (github.com/riverqueue/river), the
// job queue in the host's own PostgreSQL: a job for each account and month, and one that inserts them.
//
//	workers := river.NewWorkers()
//	err := riverbilling.AddWorkers[pgx.Tx](workers, riverbilling.Config{Closer: closer, Records: records, Clock: time.Now})
//	…
//	monthly, err := riverbilling.Monthly{Clock: time.Now, First: civil.MustDate(2026, time.October, 1)}.Job()
//	…
//	client, err := river.NewClient(riverpgxv5.New(pool), &river.Config{
//		Workers:      workers,
//		Queues:       map[string]river.QueueConfig{riverbilling.Queue: {MaxWorkers: 20}},
//		PeriodicJobs: []*river.PeriodicJob{monthly},
//	})
//
// [InsertRun] and [InsertClose] insert jobs in a transaction of the host, so that they exist when it commits and only
// then. The type parameter is the transaction of River's driver, such as pgx.Tx; this package imports no driver.
//
// # What becomes of a job
//
// The ledger of the records says what is closed, not the queue: a job that is lost, done twice, or done by two machines
// at once makes no second invoice, and inserting a run again goes on where the one before ended.
//
//	the month is closed, or there is nothing to bill    completed
//	the month is not over in the account's zone         snoozed until it may be
//	another process is at work on it, or something that was sent may still arrive, or the provider's limit is reached
//	                                                    snoozed
//	anything else for which closing.Retry is true       retried, by the client's policy
//	it is parked, the records lack something, the ledger is behind
//	                                                    cancelled with the reason, which is in the ledger as well
//
// A cancelled job wants somebody to do something first: put the records right, or closing.Closer.Unpark or Reconcile. Then
// insert it anew.
//
// The job that inserts the others ([RunArgs]) goes through the accounts page by page. It keeps its place in River's cursor of
// a resumable step, and gives way after some pages, so that a stop or a crash costs little. What it inserts again is
// passed over.
//
// # Stopping
//
// Client.Stop lets closings that have begun end. Those that Client.StopAndCancel, or River's SoftStopTimeout, cancels give
// their lease up and are taken up at once by another machine. A machine that is killed leaves its jobs to River's
// rescuer: set RescueStuckJobsAfter, an hour by default, as low as Config.Timeout allows.
//
// # Units
//
// Periods are half-open civil dates; they hold in each account's own zone. The times of [Monthly] are UTC.
//
// # Errors
//
// A configuration that cannot work is [ErrConfig]. Errors of jobs are those of billing/closing, whose texts hold nothing
// but account ids and kinds: River keeps and logs them.
//
// # Concurrency
//
// Everything is safe for concurrent use. Nothing has a goroutine of its own.
package riverbilling

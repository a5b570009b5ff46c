package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"

	riverbilling "github.com/billhatch/billhatch/adapters/river"
	"github.com/billhatch/billhatch/usage/civil"
)

// queue closes months by jobs of River, on every machine that runs a worker.
type queue struct {
	h       *house
	client  *river.Client[pgx.Tx]
	started bool
}

// newQueue connects to River. A process that only answers requests inserts jobs and works none.
func (h *house) newQueue(ctx context.Context) (months, error) {
	cfg := &river.Config{Logger: h.s.log}
	if !h.s.web {
		workers := river.NewWorkers()
		err := riverbilling.AddWorkers[pgx.Tx](workers, riverbilling.Config{
			Closer: h.closer, Records: h.db.store, Clock: h.s.clock, Timeout: h.s.rescue / 2,
		})
		if err != nil {
			return nil, err
		}
		monthly, err := riverbilling.Monthly{Clock: h.s.clock, First: h.first}.Job()
		if err != nil {
			return nil, err
		}
		cfg.Workers, cfg.PeriodicJobs = workers, []*river.PeriodicJob{monthly}
		cfg.Queues = map[string]river.QueueConfig{riverbilling.Queue: {MaxWorkers: h.s.workers}}
		cfg.JobTimeout, cfg.RescueStuckJobsAfter, cfg.SoftStopTimeout = h.s.rescue/2, h.s.rescue, patience
	}
	client, err := river.NewClient(riverpgxv5.New(h.db.pool), cfg)
	if err != nil {
		return nil, err
	}
	q := &queue{h: h, client: client, started: !h.s.web}
	if q.started {
		err = client.Start(context.WithoutCancel(ctx)) // it ends by stop, and not before requests
	}
	return q, err
}

// ask inserts the run together with the host's own note of who asked for it: both are there, or neither.
func (q *queue) ask(ctx context.Context, by *user, month civil.Period) (string, error) {
	inserted := false
	err := q.h.db.inTx(ctx, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, asked, rand.Text(), month.String(), by.id, q.h.s.clock().UTC().Format(time.RFC3339)); err != nil {
			return err
		}
		var err error
		inserted, err = riverbilling.InsertRun(ctx, q.client, tx, month)
		return err
	})
	switch {
	case err != nil:
		return "", err
	case !inserted:
		return "The same run waits already, or is under way.", nil
	}
	return "The run waits for a worker. See the ledger below.", nil
}

func (q *queue) stop(ctx context.Context) error {
	if !q.started {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*patience)
	defer cancel()
	return q.client.Stop(ctx)
}

func (q *queue) say() string {
	if q.h.s.web {
		return "worker processes"
	}
	return fmt.Sprintf("%d at a time in this process, by River, from the month of %s on", q.h.s.workers, q.h.first)
}

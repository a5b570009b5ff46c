package riverbilling_test

import (
	"context"
	"fmt"
	"log"
	"time"

	"github.com/riverqueue/river"

	riverbilling "github.com/billhatch/billhatch/adapters/river"
	"github.com/billhatch/billhatch/billing/closing"
	"github.com/billhatch/billhatch/provider/memory"
	"github.com/billhatch/billhatch/usage/civil"
)

// tx stands for the transaction of River's driver, such as pgx.Tx.
type tx struct{}

// What a process that closes months gives to river.NewClient.
func Example() {
	world := memory.New() // a host has its payments and records here
	closer, err := closing.New(closing.Config{
		Payments: world.Payments(), Records: world.Records(), Clock: world.Now, Owner: "worker-1",
	})
	if err != nil {
		log.Fatal(err)
	}
	workers := river.NewWorkers()
	err = riverbilling.AddWorkers[tx](workers, riverbilling.Config{Closer: closer, Records: world.Records(), Clock: world.Now})
	if err != nil {
		log.Fatal(err)
	}
	monthly, err := riverbilling.Monthly{Clock: world.Now, First: civil.MustDate(2026, time.October, 1)}.Job()
	if err != nil {
		log.Fatal(err)
	}
	cfg := river.Config{
		Workers: workers, PeriodicJobs: []*river.PeriodicJob{monthly},
		Queues:               map[string]river.QueueConfig{riverbilling.Queue: {MaxWorkers: 20}},
		RescueStuckJobsAfter: 2 * riverbilling.DefaultTimeout,
	}
	fmt.Println(len(cfg.PeriodicJobs), cfg.Queues[riverbilling.Queue].MaxWorkers)
	// Output: 1 20
}

// When months are closed: some hours after they are over in UTC, unless usage takes longer to come in.
func ExampleMonthly() {
	now := time.Date(2026, time.November, 21, 9, 0, 0, 0, time.UTC)
	fmt.Println(riverbilling.Monthly{}.Next(now).Format(time.RFC3339))
	fmt.Println(riverbilling.Monthly{After: 3 * 24 * time.Hour}.Next(now).Format(time.RFC3339))
	// Output:
	// 2026-12-01T12:00:00Z
	// 2026-12-04T00:00:00Z
}

// A closing is inserted with what it belongs to: when the transaction is rolled back, it never was.
func ExampleInsertClose() {
	approve := func(ctx context.Context, client *river.Client[tx], t tx, account string, month civil.Period) error {
		_, err := riverbilling.InsertClose(ctx, client, t, account, month)
		return err
	}
	_ = approve
}

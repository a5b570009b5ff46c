package closing_test

import (
	"bufio"
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/billing/closing"
	"github.com/billhatch/billhatch/internal/integration/pgtest"
	"github.com/billhatch/billhatch/invoice"
	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/provider/sqlstore"
	"github.com/billhatch/billhatch/provider/stripe"
	"github.com/billhatch/billhatch/usage/civil"
)

// errandVariable tells the test binary that it is a process that closes a month.
const errandVariable = "BILLHATCH_CLOSING_ERRAND"

func TestMain(m *testing.M) {
	if text := os.Getenv(errandVariable); text != "" {
		if err := runErrand(text, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	pgtest.Run(m)
}

// errand is what a process is to do: a run for a month.
type errand struct {
	Dialect sqlstore.Dialect
	Driver  string
	DSN     string
	URL     string // of Stripe
	Key     string
	Owner   string
	Offset  time.Duration // of the world's clock before that of the machine
	Month   civil.Date    // its first day
	Lease   time.Duration
	Workers int
	Naive   bool // see naive
}

// report is a line that a process writes: first that it begins, then an account each.
type report struct {
	Begins  bool   `json:",omitempty"`
	Account string `json:",omitempty"`
	Invoice string `json:",omitempty"`
	Error   string `json:",omitempty"`
}

// errand describes a process of the world as it is now.
func (w *world) errand(owner string) errand {
	return errand{
		Dialect: w.engine.dialect, Driver: w.engine.driver, DSN: w.dsn, URL: w.url, Key: w.fake.Key(), Owner: owner,
		Offset: time.Duration(w.offset.Load()), Month: w.month.From(), Workers: 2,
	}
}

// start starts a process, whose reports can be read until it ends.
func (e errand) start(tb testing.TB) (*exec.Cmd, *bufio.Scanner) {
	tb.Helper()
	text, err := json.Marshal(e)
	require.NoError(tb, err)
	program, err := os.Executable()
	require.NoError(tb, err)
	cmd := exec.CommandContext(context.WithoutCancel(tb.Context()), program)
	cmd.Env = append(os.Environ(), errandVariable+"="+string(text), "GOMAXPROCS=2")
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	require.NoError(tb, err)
	require.NoError(tb, cmd.Start())
	return cmd, bufio.NewScanner(out)
}

// runErrand is the whole process.
func runErrand(text string, out io.Writer) error {
	var e errand
	if err := json.Unmarshal([]byte(text), &e); err != nil {
		return err
	}
	db, err := sql.Open(e.Driver, e.DSN)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	store, err := newStore(db, e.Dialect)
	if err != nil {
		return err
	}
	clock := func() time.Time { return time.Now().Add(e.Offset) }
	payments, err := newPayments(e.URL, e.Key, clock)
	if err != nil {
		return err
	}
	defer payments.Close()
	cfg := newConfig(e.Owner, store, payments, clock)
	cfg.Lease = e.Lease
	if e.Naive {
		cfg.Payments = naive{payments}
	}
	closer, err := closing.New(cfg)
	if err != nil {
		return err
	}
	year, month, _ := e.Month.Date()
	period, err := civil.Month(year, month, time.UTC)
	if err != nil {
		return err
	}
	lines := json.NewEncoder(out)
	if err := lines.Encode(report{Begins: true}); err != nil {
		return err
	}
	summary, err := closer.Run(context.Background(), period, closing.RunOptions{
		Workers: e.Workers, Rounds: rounds,
		Each: func(r closing.AccountResult) {
			told := report{Account: r.Account}
			if r.Err != nil {
				told.Error = r.Err.Error()
			} else if len(r.Result.Closings) > 0 {
				told.Invoice = r.Result.Closings[0].Invoice
			}
			_ = lines.Encode(told)
		},
	})
	if err == nil && !summary.Done() {
		err = fmt.Errorf("the run is not done: %+v", summary)
	}
	return err
}

// rounds is how often a process looks whether another one is done with an account, which it does every 50 ms.
const rounds = 400

// naive issues invoices as it is done without thinking of failures: with a new key for each attempt, and it is written
// down in the end. It is there so that tests can show that they would find it.
type naive struct{ *stripe.Provider }

func (n naive) Issue(ctx context.Context, r provider.IssueRequest) (invoice.Invoice, error) {
	claim := r.Claim
	r.Key, r.Known, r.Claim, r.Before = rand.Text(), "", nil, nil
	issued, err := n.Provider.Issue(ctx, r)
	if err == nil {
		_, err = claim(ctx, issued.ID)
	}
	return issued, err
}

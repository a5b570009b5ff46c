package closing

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"sync"
	"time"

	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/usage"
	"github.com/billhatch/billhatch/usage/civil"
)

// RunOptions say how the month of all accounts is closed. The zero value is a good choice.
type RunOptions struct {
	Workers int // accounts at a time; 0: 4
	// DryRun shows what would be billed and writes nothing.
	DryRun bool
	// Each is told of each account when it is done with, one at a time; nil: nobody. With DryRun it gets the preview.
	Each func(AccountResult)
	// Stop ends the run gracefully when it is closed: what is under way is finished, nothing else is begun.
	Stop <-chan struct{}
	// Rounds is how often accounts that failed for a reason that may pass are tried again; 0: three times; below 0: never.
	Rounds int
}

// AccountResult is how the month of one account went.
type AccountResult struct {
	Account string
	Result  Result
	Preview Preview // of a dry run
	Err     error   // an *Error; nil: it is closed
}

// Summary counts how a run went. Every account is in one of the counts.
type Summary struct {
	Closed     int // there is a final invoice, or with DryRun: there would be
	Empty      int // there was nothing to bill
	Open       int // the month is not over in the account's zone, or the account came later
	Incomplete int // the records lack something: see Error.Kind
	Parked     int // a person must look
	Failed     int // anything else; see Retry
	Stopped    bool
}

// Done tells whether every account whose month is over is closed.
func (s *Summary) Done() bool {
	return !s.Stopped && s.Incomplete == 0 && s.Parked == 0 && s.Failed == 0
}

const (
	defaultWorkers = 4
	defaultRounds  = 3
	firstRound     = 2 * time.Second
)

// Run closes the month of all accounts, and goes on where an earlier run stopped: what is closed is passed over. The
// accounts come from the records, which must be able to list them. One account that fails, or panics, does not stop the
// others.
//
// The error is about the run itself: that the accounts could not be listed, or that ctx was done. What is wrong with
// single accounts is in the summary and told to Each.
func (c *Closer) Run(ctx context.Context, period civil.Period, options RunOptions) (Summary, error) {
	const op = "Run"
	accounts, ok := provider.As[provider.AccountLister](c.cfg.Records)
	if !ok {
		return Summary{}, &Error{Op: op, Kind: provider.ErrUnsupported, Message: "the records cannot list accounts"}
	}
	if options.Workers <= 0 {
		options.Workers = defaultWorkers
	}
	if options.Rounds == 0 {
		options.Rounds = defaultRounds
	}
	r := &runner{c: c, period: period, options: options}
	err := r.round(ctx, list(ctx, accounts))
	wait := firstRound
	for left := options.Rounds; err == nil && left > 0 && len(r.pending) > 0 && !r.stopped(); left-- {
		if err = c.cfg.Sleep(ctx, wait); err == nil {
			again := r.pending
			r.pending, wait = nil, 4*wait
			err = r.round(ctx, idsOf(again))
		}
	}
	for i := range r.pending {
		r.finish(&r.pending[i])
	}
	r.summary.Stopped = r.stopped() || ctx.Err() != nil
	if ctx.Err() != nil {
		err = &provider.Error{Op: op, Kind: provider.ErrTimeout, Err: ctx.Err()}
	}
	return r.summary, wrap(op, "", err)
}

// runner is a run on its way.
type runner struct {
	c       *Closer
	period  civil.Period
	options RunOptions

	mu      sync.Mutex
	pending []AccountResult // what failed for a reason that may pass
	summary Summary
}

func (r *runner) stopped() bool {
	select {
	case <-r.options.Stop:
		return true
	default:
		return false
	}
}

// round has the workers go through accounts. Its error is that of the source.
func (r *runner) round(ctx context.Context, accounts iter.Seq2[string, error]) error {
	work := make(chan string)
	var workers sync.WaitGroup
	for range r.options.Workers {
		workers.Go(func() {
			for account := range work {
				r.done(r.one(ctx, account))
			}
		})
	}
	defer workers.Wait()
	defer close(work)
	for account, err := range accounts {
		if err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-r.options.Stop:
			return nil
		case work <- account:
		}
	}
	return nil
}

// one closes one account, and contains what goes wrong.
func (r *runner) one(ctx context.Context, account string) (out AccountResult) {
	op := "Close"
	out.Account = account
	defer func() {
		if p := recover(); p != nil {
			out.Err = &Error{Op: op, Account: account, Kind: ErrPanic, Err: fmt.Errorf("panic: %v", p)}
		}
	}()
	var err error
	if r.options.DryRun {
		op = "Preview"
		out.Preview, err = r.c.Preview(ctx, account, r.period)
	} else {
		out.Result, err = r.c.attempt(ctx, account, r.period)
	}
	out.Err = wrap(op, account, err)
	return out
}

// done keeps what may be tried again for the next round.
func (r *runner) done(result AccountResult) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if Retry(result.Err) {
		r.pending = append(r.pending, result)
		return
	}
	r.finish(&result)
}

// finish counts an account and tells of it. The lock must be held, or no worker left.
func (r *runner) finish(result *AccountResult) {
	count := &r.summary.Failed
	switch {
	case result.Err == nil && r.nothing(result):
		count = &r.summary.Empty
	case result.Err == nil:
		count = &r.summary.Closed
	case errors.Is(result.Err, usage.ErrPeriodOpen), errors.Is(result.Err, usage.ErrPeriodUnavailable):
		count = &r.summary.Open
	case errors.Is(result.Err, ErrParked):
		count = &r.summary.Parked
	case incomplete(result.Err):
		count = &r.summary.Incomplete
	}
	*count++
	if result.Err != nil {
		r.c.cfg.Observe(Event{Account: result.Account, Err: result.Err, At: r.c.wall()})
	}
	if r.options.Each != nil {
		r.options.Each(*result)
	}
}

// nothing tells whether there was nothing to bill.
func (r *runner) nothing(result *AccountResult) bool {
	if r.options.DryRun {
		return len(result.Preview.Invoices) == 0
	}
	for i := range result.Result.Closings {
		if result.Result.Closings[i].State != provider.Empty {
			return false
		}
	}
	return true
}

// incomplete tells whether an account could not be billed because of what its records say.
func incomplete(err error) bool {
	var e *Error
	if !errors.As(err, &e) {
		return false
	}
	for _, kind := range append(usageKinds(), provider.ErrIncomplete, provider.ErrNotConfigured) {
		if errors.Is(e.Kind, kind) {
			return true
		}
	}
	return false
}

// list goes through the ids of all accounts.
func list(ctx context.Context, accounts provider.AccountLister) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		query := provider.AccountQuery{Limit: provider.MaxPage}
		for {
			page, err := accounts.Accounts(ctx, query)
			if err != nil {
				yield("", err)
				return
			}
			for i := range page.Accounts {
				if !yield(page.Accounts[i].ID, nil) {
					return
				}
			}
			if page.Next == "" {
				return
			}
			query.Cursor = page.Next
		}
	}
}

func idsOf(results []AccountResult) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		for i := range results {
			if !yield(results[i].Account, nil) {
				return
			}
		}
	}
}

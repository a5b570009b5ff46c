package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/billhatch/billhatch/billing/closing"
	"github.com/billhatch/billhatch/usage/civil"
)

// months closes months: a timer in this process on SQLite, River's workers on PostgreSQL.
type months interface {
	// ask has the month of all accounts closed, and tells what has become of it so far.
	ask(ctx context.Context, by *user, month civil.Period) (string, error)
	// stop ends what is under way gracefully.
	stop(ctx context.Context) error
	// say tells in words how months are closed.
	say() string
}

// newMonths gives the one that fits the database.
func (h *house) newMonths(ctx context.Context) (months, error) {
	if h.s.postgres() {
		return h.newQueue(ctx)
	}
	return h.newTimer(ctx), nil
}

// timer closes months in this process.
type timer struct {
	h      *house
	ctx    context.Context // of what it does; it ends some time after halt
	cancel context.CancelFunc
	halt   chan struct{} // closed: nothing new is begun
	once   sync.Once
	work   sync.WaitGroup
	turn   sync.Mutex // one run at a time

	mu     sync.Mutex
	closed civil.Period // that needs no further run
}

// look is how often the timer looks whether a month is over.
const look = 10 * time.Minute

func (h *house) newTimer(ctx context.Context) *timer {
	t := &timer{h: h, halt: make(chan struct{})}
	t.ctx, t.cancel = context.WithCancel(context.WithoutCancel(ctx))
	t.work.Go(t.loop)
	return t
}

func (t *timer) loop() {
	tick := time.NewTicker(look)
	defer tick.Stop()
	for {
		month, err := lastOver(t.h.s.clock())
		if err == nil && !month.From().Before(t.h.first) && !t.done(month) {
			if _, err := t.run(month); err != nil {
				t.h.s.log.Error("the month could not be closed", "error", err)
			}
		}
		select {
		case <-t.halt:
			return
		case <-tick.C:
		}
	}
}

func (t *timer) done(month civil.Period) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.closed.Equal(month)
}

// run closes the month of all accounts.
func (t *timer) run(month civil.Period) (closing.Summary, error) {
	t.turn.Lock()
	defer t.turn.Unlock()
	summary, err := t.h.closer.Run(t.ctx, month, closing.RunOptions{Workers: t.h.s.workers, Stop: t.halt})
	t.h.s.log.Info("month closed", "month", month.String(), "closed", summary.Closed, "empty", summary.Empty, "open", summary.Open,
		"incomplete", summary.Incomplete, "parked", summary.Parked, "failed", summary.Failed, "stopped", summary.Stopped)
	if err == nil && summary.Done() {
		t.mu.Lock()
		t.closed = month
		t.mu.Unlock()
	}
	return summary, err
}

// askWait is how long a page waits for a run before it says that it goes on.
const askWait = 5 * time.Second

func (t *timer) ask(_ context.Context, by *user, month civil.Period) (string, error) {
	select {
	case <-t.halt:
		return "", errors.New("the program is ending")
	default:
	}
	t.h.s.log.Info("month asked for", "month", month.String(), "by", by.id)
	result := make(chan string, 1)
	t.work.Go(func() {
		summary, err := t.run(month)
		if err != nil {
			result <- "The run could not go through all accounts."
			return
		}
		result <- inWords(&summary)
	})
	wait := time.NewTimer(askWait)
	defer wait.Stop()
	select {
	case text := <-result:
		return text, nil
	case <-wait.C:
		return "The run goes on. See the ledger below.", nil
	}
}

func (t *timer) stop(context.Context) error {
	t.once.Do(func() { close(t.halt) })
	late := time.AfterFunc(patience, t.cancel) // what is cut off goes on with the next start
	defer late.Stop()
	t.work.Wait()
	t.cancel()
	return nil
}

func (t *timer) say() string {
	return fmt.Sprintf("a timer in this process, from the month of %s on", t.h.first)
}

// inWords tells how a run went.
func inWords(s *closing.Summary) string {
	return fmt.Sprintf("%d closed, %d with nothing to bill, %d not over yet, %d incomplete, %d parked, %d failed.",
		s.Closed, s.Empty, s.Open, s.Incomplete, s.Parked, s.Failed)
}

// closeMonth is the command close: it closes a month in this process, whoever else is at work on it.
func closeMonth(ctx context.Context, s *settings, stdout io.Writer) (err error) {
	month, err := civil.ParseMonth(s.month, time.UTC)
	if err != nil {
		return err
	}
	h, err := newHouse(ctx, s)
	defer func() { err = errors.Join(err, h.close(ctx)) }()
	if err != nil {
		return err
	}
	if s.account != "" {
		return h.closeOne(ctx, stdout, month)
	}
	summary, err := h.closer.Run(ctx, month, closing.RunOptions{
		Workers: s.workers, DryRun: s.dryRun, Stop: ctx.Done(),
		Each: func(r closing.AccountResult) { tell(stdout, &r, s.dryRun) },
	})
	if err != nil {
		return err
	}
	_, _ = fmt.Fprintln(stdout, inWords(&summary))
	if !summary.Done() {
		return errors.New("not every account is closed")
	}
	return nil
}

func (h *house) closeOne(ctx context.Context, stdout io.Writer, month civil.Period) error {
	r := closing.AccountResult{Account: h.s.account}
	var err error
	if h.s.dryRun {
		r.Preview, err = h.closer.Preview(ctx, h.s.account, month)
	} else {
		r.Result, err = h.closer.Close(ctx, h.s.account, month)
	}
	if err != nil {
		return err
	}
	tell(stdout, &r, h.s.dryRun)
	return nil
}

// tell says what has become of an account, or what would.
func tell(w io.Writer, r *closing.AccountResult, dry bool) {
	switch {
	case r.Err != nil:
		_, _ = fmt.Fprintln(w, r.Err)
	case dry && len(r.Preview.Invoices) == 0:
		_, _ = fmt.Fprintln(w, r.Account+": nothing to bill")
	case dry:
		for i := range r.Preview.Invoices {
			_, _ = fmt.Fprintln(w, r.Account+": "+r.Preview.Invoices[i].Total.String())
		}
	default:
		for i := range r.Result.Closings {
			c := &r.Result.Closings[i]
			_, _ = fmt.Fprintf(w, "%s: %s %s %s\n", r.Account, c.State, c.Total, c.Invoice)
		}
	}
}

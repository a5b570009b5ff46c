package spool_test

import (
	"context"
	"io"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/billing/portal/internal/spool"
)

// start is when every test begins.
var start = time.Date(2026, 10, 17, 12, 0, 0, 0, time.UTC)

// clock is a clock that tests move.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) move(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// house is a spool in a directory of its own.
type house struct {
	*spool.Spool
	*clock
	t   *testing.T
	dir string
}

func build(t *testing.T, opts spool.Options) *house {
	t.Helper()
	h := &house{clock: &clock{now: start}, t: t, dir: t.TempDir()}
	opts.Dir, opts.Clock = h.dir, h.Now
	var err error
	h.Spool, err = spool.New(opts)
	require.NoError(t, err)
	t.Cleanup(func() {
		require.NoError(t, h.Close(context.Background())) //nolint:usetesting // that of the test has ended
		require.Equal(t, spool.Books{}, h.Books())
	})
	return h
}

var october = spool.Key{Owner: "ada", Account: "acme", Name: "2026-10.xlsx"}

// by is a key of an owner.
func by(owner, name string) spool.Key {
	return spool.Key{Owner: owner, Account: "acme", Name: name}
}

// text writes a text.
func text(s string) spool.Write {
	return func(_ context.Context, w io.Writer, _ func(spool.Counts)) (any, error) {
		_, err := io.WriteString(w, s)
		return len(s), err
	}
}

// never fails the test when it is called.
func never(t *testing.T) spool.Write {
	return func(context.Context, io.Writer, func(spool.Counts)) (any, error) {
		t.Error("written once more")
		return nil, nil
	}
}

// untilEnded works until it is told to stop.
func untilEnded(ctx context.Context, _ io.Writer, _ func(spool.Counts)) (any, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

// begin starts a job that must be new.
func (h *house) begin(key spool.Key, write spool.Write) *spool.Job {
	h.t.Helper()
	job, started, err := h.Start(h.t.Context(), key, write)
	require.NoError(h.t, err)
	require.True(h.t, started)
	return job
}

// finish starts a job that must be new and waits for it.
func (h *house) finish(key spool.Key, write spool.Write) *spool.Job {
	h.t.Helper()
	job := h.begin(key, write)
	<-job.Done()
	return job
}

// held is a job at work that ends when the test says so.
type held struct {
	*spool.Job
	w        io.Writer
	progress func(spool.Counts)
	end      chan error
}

// hold starts a job that must be new and waits until it works.
func (h *house) hold(key spool.Key) *held {
	h.t.Helper()
	out := &held{end: make(chan error, 1)}
	working := make(chan struct{})
	out.Job = h.begin(key, func(ctx context.Context, w io.Writer, progress func(spool.Counts)) (any, error) {
		out.w, out.progress = w, progress
		close(working)
		select {
		case err := <-out.end:
			return nil, err
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	})
	<-working
	return out
}

// stop ends a held job and waits for it.
func (j *held) stop(err error) {
	j.end <- err
	<-j.Done()
}

// read gives the whole file of a job.
func read(t require.TestingT, job *spool.Job) string {
	body, size, err := job.Open()
	require.NoError(t, err)
	content, err := io.ReadAll(body)
	require.NoError(t, err)
	require.Len(t, content, int(size))
	require.NoError(t, body.Close())
	return string(content)
}

// failed asserts that a job has failed for a reason and has left nothing.
func failed(t *testing.T, job *spool.Job, kind error) {
	t.Helper()
	<-job.Done()
	s := job.Snapshot()
	require.Equal(t, spool.Failed, s.State)
	require.ErrorIs(t, s.Err, kind)
	require.Zero(t, s.Size)
	require.Nil(t, s.Result)
	_, _, err := job.Open()
	require.ErrorIs(t, err, kind)
	require.False(t, job.HasFile())
}

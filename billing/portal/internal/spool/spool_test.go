package spool_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/billing/portal/internal/spool"
)

// TestAReportIsWrittenInTheBackgroundAndReadLater (O7).
func TestAReportIsWrittenInTheBackgroundAndReadLater(t *testing.T) {
	t.Parallel()
	h := build(t, spool.Options{})
	job := h.hold(october)
	_, err := io.WriteString(job.w, "tenant,")
	require.NoError(t, err)
	counts := spool.Counts{Done: 1, Total: 3, RowsDone: 10, Rows: 40}
	job.progress(counts)
	require.Equal(t, spool.Snapshot{State: spool.Running, Counts: counts, Started: start, Size: 7}, job.Snapshot())
	_, _, err = job.Open()
	require.ErrorIs(t, err, spool.ErrNotReady)
	select {
	case <-job.Done():
		require.Fail(t, "it is still running")
	default:
	}

	h.move(time.Minute)
	_, err = io.WriteString(job.w, "cost\n")
	require.NoError(t, err)
	job.stop(nil)
	job.progress(spool.Counts{}) // too late
	ready := spool.Snapshot{
		State: spool.Ready, Counts: counts, Started: start, Finished: start.Add(time.Minute), Size: 12,
	}
	require.Equal(t, ready, job.Snapshot())

	found, ok := h.Find(october)
	require.True(t, ok)
	require.Same(t, job.Job, found)
	require.Equal(t, "tenant,cost\n", read(t, found))
	_, err = io.WriteString(job.w, "more")
	require.ErrorIs(t, err, spool.ErrGone, "the work has returned")
	require.Equal(t, "tenant,cost\n", read(t, found))
}

func TestTheResultOfAJobIsKept(t *testing.T) {
	t.Parallel()
	h := build(t, spool.Options{})
	require.Equal(t, 5, h.finish(october, text("hello")).Snapshot().Result)
}

func TestReadersAreIndependentOfEachOther(t *testing.T) {
	t.Parallel()
	h := build(t, spool.Options{})
	job := h.finish(october, text("0123456789"))
	first, size, err := job.Open()
	require.NoError(t, err)
	require.EqualValues(t, 10, size)
	second, _, err := job.Open()
	require.NoError(t, err)

	at, err := first.Seek(-3, io.SeekEnd)
	require.NoError(t, err)
	require.EqualValues(t, 7, at)
	require.NoError(t, second.Close())
	require.NoError(t, second.Close(), "closing twice does no harm")
	rest, err := io.ReadAll(first)
	require.NoError(t, err)
	require.Equal(t, "789", string(rest))
	require.NoError(t, first.Close())
	require.Equal(t, "0123456789", read(t, job), "it is kept for the next one")
}

func TestTheSameReportIsNotWrittenTwice(t *testing.T) {
	t.Parallel()
	t.Run("while it is running or kept", func(t *testing.T) {
		t.Parallel()
		h := build(t, spool.Options{Keep: time.Hour, Most: 1})
		job := h.hold(october)
		again, started, err := h.Start(t.Context(), october, never(t))
		require.NoError(t, err, "joining takes no place")
		require.False(t, started)
		require.Same(t, job.Job, again)
		job.stop(nil)
		h.move(time.Hour - 1)
		again, started, err = h.Start(t.Context(), october, never(t))
		require.NoError(t, err)
		require.False(t, started)
		require.Same(t, job.Job, again)
	})
	t.Run("but anew when it has failed", func(t *testing.T) {
		t.Parallel()
		h := build(t, spool.Options{})
		job := h.hold(october)
		job.stop(io.ErrUnexpectedEOF)
		found, ok := h.Find(october)
		require.True(t, ok, "the page shows why")
		failed(t, found, io.ErrUnexpectedEOF)
		require.Equal(t, "now", read(t, h.finish(october, text("now"))))
		failed(t, job.Job, io.ErrUnexpectedEOF)
	})
	t.Run("whoever asks at the same time", func(t *testing.T) {
		t.Parallel()
		h := build(t, spool.Options{})
		var written, begun atomic.Int64
		var wg sync.WaitGroup
		for range 64 {
			wg.Go(func() {
				job, started, err := h.Start(t.Context(), october,
					func(_ context.Context, w io.Writer, progress func(spool.Counts)) (any, error) {
						progress(spool.Counts{Total: 1})
						return text(fmt.Sprint(written.Add(1)))(t.Context(), w, progress)
					})
				if err != nil {
					t.Error(err)
					return
				}
				if started {
					begun.Add(1)
				}
				<-job.Done()
				job.Snapshot()
				if body, _, err := job.Open(); err != nil || body.Close() != nil {
					t.Error("no body", err)
				}
			})
		}
		wg.Wait()
		require.EqualValues(t, 1, written.Load())
		require.EqualValues(t, 1, begun.Load())
		job, ok := h.Find(october)
		require.True(t, ok)
		require.Equal(t, "1", read(t, job))
	})
}

// TestAJobBelongsToItsOwner (C12): every part of the key counts.
func TestAJobBelongsToItsOwner(t *testing.T) {
	t.Parallel()
	h := build(t, spool.Options{})
	mine := h.finish(october, text("mine"))
	for _, other := range []spool.Key{
		{},
		{Owner: "eve", Account: "acme", Name: "2026-10.xlsx"},
		{Owner: "ada", Account: "other", Name: "2026-10.xlsx"},
		{Owner: "ada", Account: "acme", Name: "2026-09.xlsx"},
		{Owner: "adaacme", Account: "", Name: "2026-10.xlsx"},
	} {
		_, ok := h.Find(other)
		require.False(t, ok, "%v", other)
		h.Drop(other)
		require.Equal(t, "theirs", read(t, h.finish(other, text("theirs"))))
	}
	require.Equal(t, "mine", read(t, mine))
}

type contextKey struct{}

func TestTheWorkOutlivesWhoeverStartedIt(t *testing.T) {
	t.Parallel()
	h := build(t, spool.Options{})
	ctx, cancel := context.WithCancel(context.WithValue(t.Context(), contextKey{}, "trace"))
	proceed := make(chan struct{})
	var own context.Context
	job, _, err := h.Start(ctx, october, func(ctx context.Context, w io.Writer, progress func(spool.Counts)) (any, error) {
		own = ctx
		<-proceed
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if _, limited := ctx.Deadline(); !limited {
			return nil, errors.New("no time limit")
		}
		value, _ := ctx.Value(contextKey{}).(string)
		return text(value)(ctx, w, progress)
	})
	require.NoError(t, err)
	cancel()
	close(proceed)
	<-job.Done()
	require.Equal(t, "trace", read(t, job))
	require.Error(t, own.Err(), "nothing of it is left, not even its timer")
}

// TestSoManyJobsAtATime (T28).
func TestSoManyJobsAtATime(t *testing.T) {
	t.Parallel()
	h := build(t, spool.Options{Most: 3, PerOwner: 2})
	busy := func(key spool.Key) {
		t.Helper()
		job, started, err := h.Start(t.Context(), key, never(t))
		require.ErrorIs(t, err, spool.ErrBusy)
		require.Nil(t, job)
		require.False(t, started)
		_, ok := h.Find(key)
		require.False(t, ok)
	}
	first, second := h.hold(by("ada", "1")), h.hold(by("ada", "2"))
	busy(by("ada", "3"))
	third := h.hold(by("bob", "1"))
	busy(by("bob", "2"))
	busy(by("cid", "1"))
	first.stop(nil)
	busy2 := h.hold(by("cid", "1"))
	second.stop(errors.New("failed"))
	third.stop(nil)
	busy2.stop(nil)
	require.Equal(t, spool.Books{Jobs: 4}, h.Books(), "all places are given back")
}

func TestADroppedJobKeepsItsPlaceUntilItHasStopped(t *testing.T) {
	t.Parallel()
	h := build(t, spool.Options{Most: 1})
	stubborn := make(chan struct{})
	job := h.begin(october, func(context.Context, io.Writer, func(spool.Counts)) (any, error) {
		<-stubborn
		return "done after all", nil
	})
	h.Drop(october)
	_, ok := h.Find(october)
	require.False(t, ok)
	_, _, err := h.Start(t.Context(), october, never(t))
	require.ErrorIs(t, err, spool.ErrBusy)
	close(stubborn)
	failed(t, job, spool.ErrGone)
	require.Equal(t, "anew", read(t, h.finish(october, text("anew"))))
}

func TestAFinishedJobIsKeptForAWhile(t *testing.T) {
	t.Parallel()
	h := build(t, spool.Options{Keep: 10 * time.Minute})
	ready, broken := h.finish(october, text("ready")), h.finish(by("bob", "1"), func(
		context.Context, io.Writer, func(spool.Counts),
	) (any, error) {
		return nil, io.EOF
	})
	running := h.hold(by("cid", "1"))
	body, _, err := ready.Open()
	require.NoError(t, err)

	h.move(10*time.Minute - 1)
	_, ok := h.Find(october)
	require.True(t, ok)
	_, ok = h.Find(by("bob", "1"))
	require.True(t, ok)
	h.move(1)
	_, _, err = ready.Open()
	require.ErrorIs(t, err, spool.ErrGone)
	_, ok = h.Find(october)
	require.False(t, ok)
	_, ok = h.Find(by("bob", "1"))
	require.False(t, ok)
	failed(t, broken, io.EOF)
	_, ok = h.Find(by("cid", "1"))
	require.True(t, ok, "what is running does not expire")
	running.stop(nil)

	require.True(t, ready.HasFile(), "somebody reads it")
	rest, err := io.ReadAll(body)
	require.NoError(t, err)
	require.Equal(t, "ready", string(rest))
	require.NoError(t, body.Close())
	require.False(t, ready.HasFile())
	require.Equal(t, "anew", read(t, h.finish(october, text("anew"))))
}

func TestADroppedFileGoesWithItsLastReader(t *testing.T) {
	t.Parallel()
	h := build(t, spool.Options{})
	job := h.finish(october, text("content"))
	first, _, err := job.Open()
	require.NoError(t, err)
	second, _, err := job.Open()
	require.NoError(t, err)
	h.Drop(october)
	h.Drop(october)
	_, _, err = job.Open()
	require.ErrorIs(t, err, spool.ErrGone)
	require.NoError(t, first.Close())
	require.NoError(t, first.Close())
	rest, err := io.ReadAll(second)
	require.NoError(t, err)
	require.Equal(t, "content", string(rest))
	require.EqualValues(t, 7, h.Books().Bytes)
	require.NoError(t, second.Close())
	require.Zero(t, h.Books().Bytes)
	_, err = second.Read(make([]byte, 1))
	require.Error(t, err)
}

func TestClose(t *testing.T) {
	t.Parallel()
	t.Run("ends what is running, forgets the rest and begins nothing more", func(t *testing.T) {
		t.Parallel()
		h := build(t, spool.Options{})
		ready, running := h.finish(by("ada", "1"), text("ready")), h.hold(by("ada", "2"))
		require.NoError(t, h.Close(t.Context()))
		failed(t, running.Job, spool.ErrClosed)
		require.False(t, ready.HasFile())
		_, _, err := ready.Open()
		require.ErrorIs(t, err, spool.ErrGone)
		_, ok := h.Find(by("ada", "1"))
		require.False(t, ok)
		_, _, err = h.Start(t.Context(), october, never(t))
		require.ErrorIs(t, err, spool.ErrClosed)
		require.NoError(t, h.Close(t.Context()))
	})
	t.Run("lets a reader read to the end", func(t *testing.T) {
		t.Parallel()
		h := build(t, spool.Options{})
		body, _, err := h.finish(october, text("content")).Open()
		require.NoError(t, err)
		require.NoError(t, h.Close(t.Context()))
		content, err := io.ReadAll(body)
		require.NoError(t, err)
		require.Equal(t, "content", string(content))
		require.NoError(t, body.Close())
	})
	t.Run("does not wait for ever", func(t *testing.T) {
		t.Parallel()
		h := build(t, spool.Options{})
		stubborn := make(chan struct{})
		var late error
		job := h.begin(october, func(_ context.Context, w io.Writer, _ func(spool.Counts)) (any, error) {
			<-stubborn
			_, late = w.Write([]byte("late"))
			return nil, nil
		})
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		err := h.Close(ctx)
		require.ErrorIs(t, err, spool.ErrTimeout)
		require.ErrorIs(t, err, context.Canceled)
		close(stubborn)
		failed(t, job, spool.ErrClosed)
		require.ErrorIs(t, late, spool.ErrClosed)
		require.NoError(t, h.Close(ctx), "now there is nothing to wait for")
	})
}

func TestOptions(t *testing.T) {
	t.Parallel()
	full, err := spool.Options{Clock: time.Now}.Completed()
	require.NoError(t, err)
	full.Clock = nil
	require.Equal(t, spool.Options{
		Keep: 15 * time.Minute, MaxTime: 15 * time.Minute, MaxBytes: 256 << 20, MaxTotal: 1 << 30, Most: 4, PerOwner: 2,
	}, full)
	huge, err := spool.Options{Clock: time.Now, MaxBytes: math.MaxInt64, Most: 1}.Completed()
	require.NoError(t, err)
	require.Positive(t, huge.MaxTotal)
	require.Equal(t, 1, huge.PerOwner)

	for name, o := range map[string]spool.Options{
		"no clock":          {},
		"negative keep":     {Clock: time.Now, Keep: -1},
		"negative time":     {Clock: time.Now, MaxTime: -1},
		"negative bytes":    {Clock: time.Now, MaxBytes: -1},
		"negative total":    {Clock: time.Now, MaxTotal: -1},
		"negative most":     {Clock: time.Now, Most: -1},
		"negative perOwner": {Clock: time.Now, PerOwner: -1},
	} {
		o.Dir = t.TempDir()
		s, err := spool.New(o)
		require.ErrorIs(t, err, spool.ErrOptions, name)
		require.Nil(t, s)
	}
}

// TestErrorsTellNothingOfFiles: what an error says is its kind.
func TestErrorsTellNothingOfFiles(t *testing.T) {
	t.Parallel()
	_, err := spool.New(spool.Options{Clock: time.Now, Dir: "/no/such/directory"})
	require.ErrorIs(t, err, spool.ErrStorage)
	require.Equal(t, "spool: storage failed", err.Error())
	require.NotContains(t, fmt.Sprintf("%v %+v", err, err), "such")
}

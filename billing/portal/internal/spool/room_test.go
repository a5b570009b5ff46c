package spool_test

import (
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/billing/portal/internal/spool"
)

// kept lists which of some jobs can be found, in order.
func (h *house) kept(keys ...spool.Key) string {
	var out []string
	for _, key := range keys {
		if _, ok := h.Find(key); ok {
			out = append(out, key.Owner+key.Name)
		}
	}
	return strings.Join(out, " ")
}

// fill finishes a job whose file has so many bytes, a second after the one before.
func (h *house) fill(key spool.Key, bytes int) *spool.Job {
	h.move(time.Second)
	return h.finish(key, text(strings.Repeat("x", bytes)))
}

// TestRoomIsMadeByWhoeverHoldsTheMost (T28).
func TestRoomIsMadeByWhoeverHoldsTheMost(t *testing.T) {
	t.Parallel()
	a1, a2, a3, b1, b2 := by("a", "1"), by("a", "2"), by("a", "3"), by("b", "1"), by("b", "2")
	all := []spool.Key{a1, a2, a3, b1, b2}
	setup := func(t *testing.T) *house { return build(t, spool.Options{MaxBytes: 100, MaxTotal: 100}) }

	t.Run("its oldest file goes first", func(t *testing.T) {
		t.Parallel()
		h := setup(t)
		h.fill(by("a", "empty"), 0)
		h.fill(b1, 20)
		h.fill(a1, 30)
		h.fill(a2, 30)
		require.Equal(t, spool.Ready, h.fill(b2, 20).Snapshot().State)
		require.Equal(t, "a1 a2 b1 b2", h.kept(all...), "there was room")
		require.Equal(t, spool.Ready, h.fill(a3, 10).Snapshot().State)
		require.Equal(t, "a2 a3 b1 b2", h.kept(all...))
		require.Equal(t, "aempty", h.kept(by("a", "empty")), "it makes no room")
	})
	t.Run("whoever wants it, and however old the files of others are", func(t *testing.T) {
		t.Parallel()
		h := setup(t)
		h.fill(b1, 30)
		h.fill(a1, 40)
		h.fill(a2, 20)
		require.Equal(t, spool.Ready, h.fill(by("c", "1"), 20).Snapshot().State)
		require.Equal(t, "a2 b1", h.kept(all...))
	})
	t.Run("who holds less is safe from who holds more", func(t *testing.T) {
		t.Parallel()
		h := setup(t)
		h.fill(b1, 10)
		job := h.fill(a1, 91)
		failed(t, job, spool.ErrNoRoom)
		require.Equal(t, "a1 b1", h.kept(all...), "the failed one can be asked about")
		require.Equal(t, "xxxxxxxxxx", read(t, mustFind(t, h, b1)))
		require.EqualValues(t, 10, h.Books().Bytes)
	})
	t.Run("a file that is being written grows at the cost of its owner's other files", func(t *testing.T) {
		t.Parallel()
		h := setup(t)
		h.fill(a1, 40)
		h.fill(a2, 40)
		h.fill(b1, 20)
		job := h.hold(a3)
		for _, kept := range []string{"a2 a3 b1", "a2 a3 b1", "a3 b1", "a3 b1"} {
			_, err := io.WriteString(job.w, strings.Repeat("x", 20))
			require.NoError(t, err)
			require.Equal(t, kept, h.kept(all...))
		}
		_, err := job.w.Write([]byte("x"))
		require.ErrorIs(t, err, spool.ErrNoRoom)
		job.stop(nil)
		failed(t, job.Job, spool.ErrNoRoom)
	})
	t.Run("a file that somebody reads stays", func(t *testing.T) {
		t.Parallel()
		h := setup(t)
		body, _, err := h.fill(a1, 60).Open()
		require.NoError(t, err)
		h.fill(a2, 20)
		h.fill(b1, 30)
		require.Equal(t, "a1 b1", h.kept(all...), "it is the oldest one")
		failed(t, h.fill(by("c", "1"), 50), spool.ErrNoRoom)
		require.NoError(t, body.Close())
		require.Equal(t, spool.Ready, h.fill(by("c", "1"), 50).Snapshot().State)
		require.Equal(t, "b1", h.kept(all...))
	})
	t.Run("a dropped file takes room until nobody reads it", func(t *testing.T) {
		t.Parallel()
		h := setup(t)
		body, _, err := h.fill(a1, 60).Open()
		require.NoError(t, err)
		h.Drop(a1)
		failed(t, h.fill(b1, 50), spool.ErrNoRoom)
		require.NoError(t, body.Close())
		require.Equal(t, spool.Ready, h.fill(b1, 50).Snapshot().State)
	})
}

func mustFind(t *testing.T, h *house, key spool.Key) *spool.Job {
	t.Helper()
	job, ok := h.Find(key)
	require.True(t, ok)
	return job
}

// TestSoManyJobsAreRemembered (T28): empty files count, too.
func TestSoManyJobsAreRemembered(t *testing.T) {
	t.Parallel()
	h := build(t, spool.Options{Keep: 24 * time.Hour})
	quiet := h.fill(by("quiet", "report"), 1)
	for i := range 2 * spool.MaxJobs {
		h.fill(by("noisy", fmt.Sprint(i)), 0)
		require.LessOrEqual(t, h.Books().Jobs, spool.MaxJobs)
	}
	require.Equal(t, "x", read(t, quiet))
	_, ok := h.Find(by("noisy", fmt.Sprint(spool.MaxJobs)))
	require.False(t, ok, "the oldest are forgotten")
	_, ok = h.Find(by("noisy", fmt.Sprint(spool.MaxJobs+1)))
	require.True(t, ok)
}

func TestNoMoreJobsThanCanBeRemembered(t *testing.T) {
	t.Parallel()
	h := build(t, spool.Options{})
	var bodies []io.Closer
	for i := range spool.MaxJobs {
		body, _, err := h.fill(by(fmt.Sprint(i), "report"), 1).Open()
		require.NoError(t, err)
		bodies = append(bodies, body)
	}
	_, _, err := h.Start(t.Context(), october, never(t))
	require.ErrorIs(t, err, spool.ErrBusy, "all are being read")
	_, _, err = h.Start(t.Context(), by("0", "report"), never(t))
	require.NoError(t, err, "joining needs no room")
	for _, body := range bodies {
		require.NoError(t, body.Close())
	}
	h.fill(october, 1)
}

package spool_test

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/billing/portal/internal/spool"
)

var errOwn = errors.New("an error of the report")

func TestWhatAFailedJobHasWrittenCannotBeOpened(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		write spool.Write
		kind  error
	}{
		{"the work returns an error, which is told as it is", func(_ context.Context, w io.Writer, _ func(spool.Counts)) (any, error) {
			_, _ = io.WriteString(w, "half")
			return "result", errOwn
		}, errOwn},
		{"the file is too long", text("123456789"), spool.ErrTooLarge},
		{"the file is too long in pieces", func(_ context.Context, w io.Writer, _ func(spool.Counts)) (any, error) {
			for range 2 {
				if _, err := io.WriteString(w, "12345"); err != nil {
					return nil, err
				}
			}
			return nil, errOwn
		}, spool.ErrTooLarge},
		{"an error of writing is passed over", func(_ context.Context, w io.Writer, _ func(spool.Counts)) (any, error) {
			_, _ = io.WriteString(w, "123456789")
			_, _ = io.WriteString(w, "1")
			return "result", nil
		}, spool.ErrTooLarge},
		{"an error of writing is called something else", func(_ context.Context, w io.Writer, _ func(spool.Counts)) (any, error) {
			_, _ = io.WriteString(w, "123456789")
			return nil, errOwn
		}, spool.ErrTooLarge},
		{"the work panics", func(_ context.Context, w io.Writer, _ func(spool.Counts)) (any, error) {
			_, _ = io.WriteString(w, "half")
			panic("on the way")
		}, spool.ErrPanic},
		{"the work ends its goroutine", func(_ context.Context, w io.Writer, _ func(spool.Counts)) (any, error) {
			_, _ = io.WriteString(w, "half")
			runtime.Goexit()
			return nil, nil
		}, spool.ErrPanic},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			h := build(t, spool.Options{MaxBytes: 8})
			job := h.finish(october, c.write)
			failed(t, job, c.kind)
			require.Equal(t, spool.Books{Jobs: 1}, h.Books())
			require.Equal(t, "12345678", read(t, h.finish(october, text("12345678"))), "the next one may work")
		})
	}
}

func TestAPanicLeavesItsTrace(t *testing.T) {
	t.Parallel()
	h := build(t, spool.Options{})
	job := h.finish(october, func(context.Context, io.Writer, func(spool.Counts)) (any, error) { panic("a secret") })
	err := job.Snapshot().Err
	require.NotContains(t, err.Error(), "secret")
	var trace *spool.PanicError
	require.ErrorAs(t, err, &trace)
	require.Equal(t, "a secret", trace.Value)
	require.NotContains(t, trace.Error(), "secret")
	require.Contains(t, string(trace.Stack), "TestAPanicLeavesItsTrace")
}

func TestAJobThatTakesTooLongIsEnded(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		s, err := spool.New(spool.Options{Dir: dir, MaxTime: time.Minute, Clock: time.Now})
		require.NoError(t, err)
		begun := time.Now()
		job, _, err := s.Start(t.Context(), october, untilEnded)
		require.NoError(t, err)
		<-job.Done()
		require.Equal(t, time.Minute, time.Since(begun))
		failed(t, job, spool.ErrTimeout)

		job, _, err = s.Start(t.Context(), october, func(_ context.Context, w io.Writer, _ func(spool.Counts)) (any, error) {
			time.Sleep(2 * time.Minute) // it does not look at its context
			_, err := io.WriteString(w, "late")
			return nil, err
		})
		require.NoError(t, err)
		failed(t, job, spool.ErrTimeout)
		require.NoError(t, s.Close(t.Context()))
	})
}

// unusable is a directory in which nobody, not even root, can make anything.
func unusable(t *testing.T) string {
	if runtime.GOOS == "linux" {
		return "/proc"
	}
	dir := t.TempDir()
	require.NoError(t, os.Chmod(dir, 0o500))
	return dir
}

func TestTheDirectoryIsTriedAtTheStart(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	for name, dir := range map[string]string{
		"it does not exist": filepath.Join(t.TempDir(), "missing"),
		"it is a file":      file,
		"it is read-only":   unusable(t),
	} {
		s, err := spool.New(spool.Options{Dir: dir, Clock: time.Now})
		require.ErrorIs(t, err, spool.ErrStorage, name)
		require.Nil(t, s)
		var cause *fs.PathError
		require.ErrorAs(t, err, &cause, name)
	}
	dir := t.TempDir()
	s, err := spool.New(spool.Options{Dir: dir, Clock: time.Now})
	require.NoError(t, err)
	require.Empty(t, files(t, dir), "nothing is left of it")
	require.NoError(t, s.Close(t.Context()))
}

func TestADirectoryThatVanishes(t *testing.T) {
	t.Parallel()
	h := build(t, spool.Options{})
	before := h.finish(by("ada", "1"), text("before"))
	require.NoError(t, os.RemoveAll(h.dir))
	require.Equal(t, "before", read(t, before), "what was written is still there")
	failed(t, h.finish(october, never(t)), spool.ErrStorage)
	require.NoError(t, os.Mkdir(h.dir, 0o700))
	require.Equal(t, "after", read(t, h.finish(october, text("after"))))
}

func TestADiskThatDoesNotTakeMore(t *testing.T) {
	t.Parallel()
	h := build(t, spool.Options{})
	job := h.hold(october)
	_, err := io.WriteString(job.w, "good")
	require.NoError(t, err)
	require.NoError(t, job.BreakFile())
	_, err = io.WriteString(job.w, "bad")
	require.ErrorIs(t, err, spool.ErrStorage)
	require.ErrorIs(t, err, os.ErrClosed)
	_, err = io.WriteString(job.w, "bad")
	require.ErrorIs(t, err, spool.ErrStorage)
	job.stop(nil)
	failed(t, job.Job, spool.ErrStorage)
}

// files lists everything below a directory.
func files(t *testing.T, dir string) (paths []string) {
	t.Helper()
	require.NoError(t, filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		if path != dir {
			paths = append(paths, path)
		}
		return err
	}))
	return paths
}

// TestFilesArePrivate (C16).
func TestFilesArePrivate(t *testing.T) {
	t.Parallel()
	t.Run("and have no name while they are open", func(t *testing.T) {
		t.Parallel()
		if runtime.GOOS == "windows" {
			t.Skip("open files have names there; the next test is about that")
		}
		h := build(t, spool.Options{})
		job := h.hold(october)
		_, err := io.WriteString(job.w, "content")
		require.NoError(t, err)
		require.Empty(t, files(t, h.dir))
		job.stop(nil)
		require.Empty(t, files(t, h.dir))
	})
	t.Run("and are removed later where an open file cannot be", func(t *testing.T) {
		t.Parallel()
		h := build(t, spool.Options{Most: 8, PerOwner: 8, Keep: time.Minute})
		h.Remove(func(string) error { return errors.ErrUnsupported })
		job := h.hold(october)
		paths := files(t, h.dir)
		require.Len(t, paths, 2)
		for i, mode := range []fs.FileMode{fs.ModeDir | 0o700, 0o600} {
			info, err := os.Stat(paths[i])
			require.NoError(t, err)
			require.Equal(t, mode, info.Mode())
		}
		require.True(t, strings.HasPrefix(filepath.Base(paths[0]), "billhatch-"))

		job.stop(errOwn)
		require.Empty(t, files(t, h.dir), "failed")
		h.finish(by("ada", "dropped"), text("x"))
		h.Drop(by("ada", "dropped"))
		require.Empty(t, files(t, h.dir), "dropped")
		h.finish(by("ada", "expired"), text("x"))
		h.move(time.Minute)
		h.Find(october)
		require.Empty(t, files(t, h.dir), "expired")
		h.finish(by("ada", "kept"), text("x"))
		h.hold(by("ada", "running"))
		require.Len(t, files(t, h.dir), 4)
		require.NoError(t, h.Close(t.Context()))
		require.Empty(t, files(t, h.dir), "closed")
	})
}

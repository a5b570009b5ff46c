package spool_test

import (
	"context"
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/billing/portal/internal/spool"
)

// BenchmarkJob is what a report costs beside its own work, in pieces of 64 KiB.
func BenchmarkJob(b *testing.B) {
	const pieces, size = 16, 64 << 10
	s, err := spool.New(spool.Options{Dir: b.TempDir(), Clock: time.Now})
	require.NoError(b, err)
	piece := make([]byte, size)
	b.SetBytes(pieces * size)
	b.ReportAllocs()
	for b.Loop() {
		job, _, err := s.Start(b.Context(), october, func(_ context.Context, w io.Writer, _ func(spool.Counts)) (any, error) {
			for range pieces {
				if _, err := w.Write(piece); err != nil {
					return nil, err
				}
			}
			return nil, nil
		})
		require.NoError(b, err)
		<-job.Done()
		s.Drop(october)
	}
	require.NoError(b, s.Close(b.Context()))
}

// BenchmarkFind is what a page costs that shows the progress, among as many jobs as there may be.
func BenchmarkFind(b *testing.B) {
	s, err := spool.New(spool.Options{Dir: b.TempDir(), Clock: time.Now})
	require.NoError(b, err)
	for i := range spool.MaxJobs {
		job, _, err := s.Start(b.Context(), by("ada", string(rune('A'+i))), text("x"))
		require.NoError(b, err)
		<-job.Done()
	}
	b.ReportAllocs()
	for b.Loop() {
		job, ok := s.Find(by("ada", "A"))
		require.True(b, ok)
		job.Snapshot()
	}
	require.NoError(b, s.Close(b.Context()))
}

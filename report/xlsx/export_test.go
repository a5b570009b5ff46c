package xlsx

import (
	"context"
	"io"
)

// SkipRows lets the sheet go on as if so many rows, all empty, had been written.
func (s *Sheet) SkipRows(n int) { s.rows += n }

// NewSmallWriter is NewWriter with another limit than 4 GB.
func NewSmallWriter(ctx context.Context, out io.Writer, options Options, limit int64) (*Writer, error) {
	return newWriter(ctx, out, options, limit)
}

package xlsx_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/report/xlsx"
)

func TestCallsOutOfOrderEndTheWorkbook(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name string
		want error
		call func(*xlsx.Writer, *xlsx.Sheet) error
	}{
		{"a sheet while one is open", xlsx.ErrState, func(w *xlsx.Writer, _ *xlsx.Sheet) error {
			_, err := w.Sheet("U", xlsx.SheetOptions{})
			return err
		}},
		{"closing the workbook with a sheet open", xlsx.ErrState, func(w *xlsx.Writer, _ *xlsx.Sheet) error { return w.Close() }},
		{"closing a sheet within a row", xlsx.ErrState, func(_ *xlsx.Writer, s *xlsx.Sheet) error {
			s.Row()
			return s.Close()
		}},
		{"a row within a row", xlsx.ErrState, func(_ *xlsx.Writer, s *xlsx.Sheet) error {
			s.Row()
			return s.Row().End()
		}},
		{"a row that ends twice", xlsx.ErrState, func(_ *xlsx.Writer, s *xlsx.Sheet) error {
			r := s.Row()
			if err := r.End(); err != nil {
				return err
			}
			return r.End()
		}},
		{"a cell after its row", xlsx.ErrState, func(_ *xlsx.Writer, s *xlsx.Sheet) error {
			r := s.Row()
			if err := r.End(); err != nil {
				return err
			}
			r.Text("x")
			return s.Close()
		}},
		{"a row after its sheet", xlsx.ErrState, func(_ *xlsx.Writer, s *xlsx.Sheet) error {
			if err := s.Close(); err != nil {
				return err
			}
			r := s.Row()
			r.Text("x")
			r.Number(1, 0)
			return r.End()
		}},
		{"a second header", xlsx.ErrState, func(_ *xlsx.Writer, s *xlsx.Sheet) error {
			if err := s.Header(); err != nil {
				return err
			}
			return s.Header()
		}},
		{"no sheet", xlsx.ErrState, func(*xlsx.Writer, *xlsx.Sheet) error {
			w, err := xlsx.NewWriter(context.Background(), io.Discard, xlsx.Options{})
			if err != nil {
				return err
			}
			return errors.Join(w.Close(), errors.New("other workbook"))
		}},
		{"a link to no tab", xlsx.ErrName, func(w *xlsx.Writer, s *xlsx.Sheet) error {
			r := s.Row()
			r.Link("x", "U")
			if err := errors.Join(r.End(), s.Close()); err != nil {
				return err
			}
			return w.Close()
		}},
		{"a column too many", xlsx.ErrLimit, func(_ *xlsx.Writer, s *xlsx.Sheet) error {
			r := s.Row()
			for range xlsx.MaxColumns {
				r.Blank()
			}
			r.Text("x")
			return r.End()
		}},
		{"an unknown style", xlsx.ErrValue, func(_ *xlsx.Writer, s *xlsx.Sheet) error {
			r := s.Row()
			r.Style(xlsx.Alert + 1)
			return r.End()
		}},
		{"a negative scale", xlsx.ErrValue, func(_ *xlsx.Writer, s *xlsx.Sheet) error {
			r := s.Row()
			r.Number(1, -1)
			return r.End()
		}},
		{"a scale too many", xlsx.ErrValue, func(_ *xlsx.Writer, s *xlsx.Sheet) error {
			r := s.Row()
			r.Total(1, 19, 1, 0)
			return r.End()
		}},
		{"a total of its own row", xlsx.ErrValue, func(_ *xlsx.Writer, s *xlsx.Sheet) error {
			r := s.Row()
			r.Total(1, 0, 1, 1)
			return r.End()
		}},
		{"a total of row 0", xlsx.ErrValue, func(_ *xlsx.Writer, s *xlsx.Sheet) error {
			if err := s.Row().End(); err != nil {
				return err
			}
			r := s.Row()
			r.TotalDecimal("1", 0, 1)
			return r.End()
		}},
		{"a total that is no number", xlsx.ErrValue, func(_ *xlsx.Writer, s *xlsx.Sheet) error {
			if err := s.Row().End(); err != nil {
				return err
			}
			r := s.Row()
			r.TotalDecimal("1)+HYPERLINK(1", 1, 1)
			return r.End()
		}},
		{"giving up", xlsx.ErrAborted, func(w *xlsx.Writer, s *xlsx.Sheet) error {
			w.Abort()
			return s.Close()
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			if tc.name == "no sheet" {
				require.ErrorIs(t, tc.call(nil, nil), tc.want)
				return
			}
			require.ErrorIs(t, broken(t, tc.call), tc.want)
		})
	}
}

func TestBadNamesAndOptionsAreRefused(t *testing.T) {
	t.Parallel()
	for _, name := range []string{
		"", " ", "a ", "'a", "a'", "a/b", "a:b", "a*b", "a?b", `a\b`, "a[b", "a]b", "History", "HISTORY", "\x00", "a\tb", "a\u202eb", "\xff",
		strings.Repeat("a", 32), strings.Repeat("😀", 16), strings.Repeat("a", 5000), "t", "Ｔ", "_x0041_",
	} {
		err := broken(t, func(w *xlsx.Writer, s *xlsx.Sheet) error {
			if err := s.Close(); err != nil {
				return err
			}
			_, err := w.Sheet(name, xlsx.SheetOptions{})
			return err
		})
		require.ErrorIs(t, err, xlsx.ErrName, "%q", name)
	}
	for _, o := range []xlsx.SheetOptions{
		{Freeze: -1},
		{Freeze: xlsx.MaxRows},
		{Columns: []xlsx.Column{{Width: -1}}},
		{Columns: []xlsx.Column{{Width: 256}}},
		{Columns: make([]xlsx.Column, xlsx.MaxColumns+1)},
	} {
		err := broken(t, func(w *xlsx.Writer, s *xlsx.Sheet) error {
			if err := s.Close(); err != nil {
				return err
			}
			_, err := w.Sheet("U", o)
			return err
		})
		require.True(t, errors.Is(err, xlsx.ErrValue) || errors.Is(err, xlsx.ErrLimit))
	}
	for _, o := range []xlsx.Options{
		{Workers: -1}, {Workers: 65}, {Level: xlsx.Fast + 1}, {Properties: xlsx.Properties{Created: time.Date(12000, 1, 1, 0, 0, 0, 0, time.UTC)}},
	} {
		_, err := xlsx.NewWriter(t.Context(), io.Discard, o)
		require.ErrorIs(t, err, xlsx.ErrValue)
	}
}

func TestRowsBeyondTheLastAreAnError(t *testing.T) {
	t.Parallel()
	err := broken(t, func(_ *xlsx.Writer, s *xlsx.Sheet) error {
		s.SkipRows(xlsx.MaxRows - 2)
		for s.Rows() < xlsx.MaxRows {
			row(t, s, func(r *xlsx.Row) { r.Text("x") })
		}
		return s.Row().End()
	})
	require.ErrorIs(t, err, xlsx.ErrLimit)
	file := single(t, xlsx.Options{}, xlsx.SheetOptions{Filter: true, Columns: threeColumns}, func(s *xlsx.Sheet) {
		require.NoError(t, s.Header())
		s.SkipRows(xlsx.MaxRows - 2)
		row(t, s, func(r *xlsx.Row) { r.Text("last") })
	})
	tab := read(t, file).tabs[0]
	require.Equal(t, "last", tab.cells["A1048576"].value)
	require.Equal(t, "A1:C1048576", tab.sheet.Filter.Ref)
}

func TestAFileAboveTheLimitOfTheFormatIsAnError(t *testing.T) {
	t.Parallel()
	fill := func(limit int64, rows int) ([]byte, error) {
		var file bytes.Buffer
		w, err := xlsx.NewSmallWriter(t.Context(), &file, xlsx.Options{InlineStrings: true}, limit)
		require.NoError(t, err)
		defer w.Abort()
		s, err := w.Sheet("T", xlsx.SheetOptions{})
		for i := 0; err == nil && i < rows; i++ {
			r := s.Row()
			r.Number(int64(i), 0)
			err = r.End()
		}
		if err == nil {
			err = s.Close()
		}
		if end := w.Close(); err == nil {
			err = end
		}
		return file.Bytes(), err
	}
	whole, err := fill(1<<32, 20_000)
	require.NoError(t, err)
	raw := int64(len(readPart(t, whole, "xl/worksheets/sheet1.xml")))
	for _, limit := range []int64{raw - 1, raw / 4, 100} {
		file, err := fill(limit, 20_000)
		require.ErrorIs(t, err, xlsx.ErrLimit, "the part before compression: %d of %d", limit, raw)
		_, err = readBook(file)
		require.Error(t, err)
	}
	same, err := fill(raw, 20_000)
	require.NoError(t, err)
	require.Equal(t, whole, same)
	few, err := fill(1<<32, 1)
	require.NoError(t, err)
	_, err = fill(int64(len(few)), 1)
	require.NoError(t, err)
	for limit := int64(len(few)) - 1; limit > 2700; limit -= 50 { // above the longest part before compression
		file, err := fill(limit, 1)
		require.ErrorIs(t, err, xlsx.ErrLimit, "the file")
		_, err = readBook(file)
		require.Error(t, err)
	}
}

// sample writes a workbook of several chunks that does not compress well.
func sample(ctx context.Context, out io.Writer, options xlsx.Options, tabs, rows int) error {
	w, err := xlsx.NewWriter(ctx, out, options)
	if err != nil {
		return err
	}
	defer w.Abort()
	var names xlsx.Namer
	noise := uint64(1)
	for range tabs {
		s, err := w.Sheet(names.Name("Tenant"), xlsx.SheetOptions{Columns: threeColumns, Freeze: 1, Filter: true})
		if err != nil {
			return err
		}
		if err := s.Header(); err != nil {
			return err
		}
		for range rows {
			noise = noise*6364136223846793005 + 1442695040888963407
			r := s.Row()
			r.Text("User " + string(rune('A'+noise>>60)) + string(rune(0x4e00+noise>>52)))
			r.Number(int64(noise>>60), 0)
			r.Number(int64(noise>>40), 2)
			if err := r.End(); err != nil {
				return err
			}
		}
		if err := s.Close(); err != nil {
			return err
		}
	}
	return w.Close()
}

// failing takes so many bytes and then fails, or takes less than it was given.
type failing struct {
	bytes.Buffer
	room  int
	short bool
}

var errDisk = errors.New("disk full")

func (f *failing) Write(p []byte) (int, error) {
	if len(p) <= f.room {
		f.room -= len(p)
		return f.Buffer.Write(p)
	}
	n, _ := f.Buffer.Write(p[:f.room])
	f.room = 0
	if f.short {
		return n, nil
	}
	return n, errDisk
}

func TestAWriterThatFailsAtAnyByteLeavesNoFile(t *testing.T) {
	t.Parallel()
	small, large := 61, 200_003
	if os.Getenv("BILLHATCH_LONG") != "" {
		small, large = 1, 30_011
	}
	for _, shape := range []struct{ tabs, rows, step int }{{2, 3, small}, {3, 10_000, large}} {
		var whole bytes.Buffer
		require.NoError(t, sample(t.Context(), &whole, xlsx.Options{Workers: 2}, shape.tabs, shape.rows))
		for room := 0; room < whole.Len(); room++ {
			if room%shape.step != 0 && (shape.step == large || room < whole.Len()-30) {
				continue // but every byte of the small one's end record
			}
			for _, short := range []bool{false, true} {
				out := &failing{room: room, short: short}
				err := sample(t.Context(), out, xlsx.Options{Workers: 2}, shape.tabs, shape.rows)
				if short {
					require.ErrorIs(t, err, io.ErrShortWrite)
				} else {
					require.ErrorIs(t, err, errDisk)
				}
				require.True(t, bytes.HasPrefix(whole.Bytes(), out.Bytes()))
				_, err = readBook(out.Bytes())
				require.Error(t, err, "after %d of %d bytes", room, whole.Len())
			}
		}
		out := &failing{room: whole.Len()}
		require.NoError(t, sample(t.Context(), out, xlsx.Options{Workers: 2}, shape.tabs, shape.rows))
		require.Equal(t, whole.Bytes(), out.Bytes())
	}
}

func TestACancelledContextEndsTheWorkbook(t *testing.T) {
	t.Parallel()
	cause := errors.New("client left")
	for _, at := range []int{0, 1, 255, 300, 40000} {
		ctx, cancel := context.WithCancelCause(t.Context())
		defer cancel(nil)
		var file bytes.Buffer
		w, err := xlsx.NewWriter(ctx, &file, xlsx.Options{Workers: 2})
		require.NoError(t, err)
		s, err := w.Sheet("T", xlsx.SheetOptions{})
		require.NoError(t, err)
		for i := 0; err == nil && i < at+300; i++ {
			if i == at {
				cancel(cause)
			}
			r := s.Row()
			r.Text(strings.Repeat("x", 50))
			r.Number(int64(i), 0)
			err = r.End()
		}
		require.ErrorIs(t, err, context.Canceled)
		require.ErrorIs(t, s.Close(), context.Canceled)
		require.ErrorIs(t, w.Close(), context.Canceled)
		_, err = readBook(file.Bytes())
		require.Error(t, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var file bytes.Buffer
	w, err := xlsx.NewWriter(ctx, &file, xlsx.Options{})
	require.NoError(t, err)
	s, err := w.Sheet("T", xlsx.SheetOptions{})
	require.NoError(t, err)
	require.NoError(t, s.Close())
	cancel()
	require.ErrorIs(t, w.Close(), context.Canceled, "also when only the end is missing")
	_, err = readBook(file.Bytes())
	require.Error(t, err)
}

// gate lets bytes through only when it is open.
type gate struct {
	open  chan struct{}
	mu    sync.Mutex
	total int
}

func (g *gate) Write(p []byte) (int, error) {
	<-g.open
	g.mu.Lock()
	defer g.mu.Unlock()
	g.total += len(p)
	return len(p), nil
}

func TestASlowWriterHoldsTheRowsBack(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		out := &gate{open: make(chan struct{})}
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		rows := 0
		done := make(chan error, 1)
		go func() {
			w, err := xlsx.NewWriter(ctx, out, xlsx.Options{Workers: 2, InlineStrings: true})
			if err != nil {
				done <- err
				return
			}
			defer w.Abort()
			s, err := w.Sheet("T", xlsx.SheetOptions{})
			for text := strings.Repeat("x", 1000); err == nil && rows < 1_000_000; rows++ {
				r := s.Row()
				r.Text(text)
				err = r.End()
			}
			done <- err
		}()
		synctest.Wait() // everything waits for the gate
		held := rows
		require.Greater(t, held, 100)
		require.Less(t, held, 10_000, "some megabytes, not the whole workbook")
		cancel()
		require.ErrorIs(t, <-done, context.Canceled, "the rows need not wait for the writer")
		close(out.open)
		synctest.Wait()
	})
}

package xlsx_test

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/billhatch/billhatch/report/xlsx"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// single writes a workbook of one tab "T" and gives the file.
func single(t testing.TB, options xlsx.Options, sheet xlsx.SheetOptions, fill func(*xlsx.Sheet)) []byte {
	t.Helper()
	var file bytes.Buffer
	w, err := xlsx.NewWriter(t.Context(), &file, options)
	require.NoError(t, err)
	defer w.Abort()
	s, err := w.Sheet("T", sheet)
	require.NoError(t, err)
	fill(s)
	require.NoError(t, s.Close())
	require.NoError(t, w.Close())
	return file.Bytes()
}

// row writes one row.
func row(t testing.TB, s *xlsx.Sheet, fill func(*xlsx.Row)) {
	t.Helper()
	r := s.Row()
	fill(r)
	require.NoError(t, r.End())
}

// broken runs calls that must end a workbook with an error, and gives the error after checking that it stays, and
// that no file comes out.
func broken(t *testing.T, calls func(*xlsx.Writer, *xlsx.Sheet) error) error {
	t.Helper()
	var file bytes.Buffer
	w, err := xlsx.NewWriter(t.Context(), &file, xlsx.Options{})
	require.NoError(t, err)
	s, err := w.Sheet("T", xlsx.SheetOptions{Columns: []xlsx.Column{{Title: "A"}}})
	require.NoError(t, err)
	cause := calls(w, s)
	require.Error(t, cause)
	_, again := w.Sheet("U", xlsx.SheetOptions{})
	require.ErrorIs(t, again, cause)
	require.ErrorIs(t, w.Close(), cause)
	require.ErrorIs(t, w.Close(), cause)
	_, err = readBook(file.Bytes())
	require.Error(t, err, "the file must not open")
	return cause
}

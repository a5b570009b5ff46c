package xlsx_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/report/xlsx"
)

func TestTheBytesDependOnTheCallsAlone(t *testing.T) {
	t.Parallel()
	for _, o := range []xlsx.Options{{}, {Level: xlsx.Fast}, {InlineStrings: true}} {
		for _, shape := range []struct{ tabs, rows int }{{1, 12_000}, {60, 20}} {
			sums := map[[32]byte][]int{}
			for _, workers := range []int{1, 2, 3, 7, 0, 2} {
				o.Workers = workers
				h := sha256.New()
				require.NoError(t, sample(t.Context(), h, o, shape.tabs, shape.rows))
				sum := [32]byte(h.Sum(nil))
				sums[sum] = append(sums[sum], workers)
			}
			require.Len(t, sums, 1, "%+v %+v", o, shape)
		}
	}
}

func TestUnzipFindsNoFault(t *testing.T) {
	t.Parallel()
	unzip, err := exec.LookPath("unzip")
	if err != nil {
		t.Skip("unzip is not installed")
	}
	var file bytes.Buffer
	require.NoError(t, sample(t.Context(), &file, xlsx.Options{}, 3, 10_000))
	name := filepath.Join(t.TempDir(), "a.xlsx")
	require.NoError(t, os.WriteFile(name, file.Bytes(), 0o600))
	out, err := exec.CommandContext(context.Background(), unzip, "-tq", name).CombinedOutput()
	require.NoError(t, err, "%s", out)
}

func TestRowsCostNoAllocations(t *testing.T) {
	w, err := xlsx.NewWriter(t.Context(), io.Discard, xlsx.Options{Workers: 1})
	require.NoError(t, err)
	defer w.Abort()
	s, err := w.Sheet("T", xlsx.SheetOptions{})
	require.NoError(t, err)
	const rows = 1000
	var mails [10 * rows]string
	for i := range mails {
		mails[i] = fmt.Sprintf("user%d@example.com", i)
	}
	next := 0
	write := func() {
		for range rows {
			r := s.Row()
			r.Text("Ada Löwenstein")
			r.Text(mails[next])
			r.Date(2026, 3, 1)
			r.Number(1250, 2)
			r.Decimal("12.50")
			if err := r.End(); err != nil {
				t.Error(err)
			}
			next = (next + 1) % len(mails)
		}
	}
	for range 20 {
		write() // until the buffers have their size
	}
	require.LessOrEqual(t, testing.AllocsPerRun(100, write), 0.01*rows)
}

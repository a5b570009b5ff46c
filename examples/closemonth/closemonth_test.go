package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/csv"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/internal/agree"
	"github.com/billhatch/billhatch/usage"
)

// statementPart cuts off what follows the statement: sizes of files are not ours to promise.
func statementPart(t *testing.T, r result) string {
	t.Helper()
	require.Empty(t, r.stderr)
	require.Equal(t, 0, r.code)
	text, _, ok := strings.Cut(r.stdout, "\nWritten to "+r.out+"\n")
	require.True(t, ok, r.stdout)
	return text
}

func TestTheStatementIsPrinted(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		golden string
		args   []string
		files  []string
	}{
		{"october.txt", nil, []string{
			"invoice-meridian-2026-10.pdf", "usage-meridian-2026-10.csv", "usage-meridian-2026-10.xlsx",
		}},
		{"member.txt", []string{"-reader", "member", "-explain", "ae-221"}, []string{
			"usage-meridian-2026-10-member.csv", "usage-meridian-2026-10-member.xlsx",
		}},
		{"preview.txt", []string{"-now", "2026-10-17T18:00:00-04:00"}, []string{
			"usage-meridian-2026-10-to-date.csv", "usage-meridian-2026-10-to-date.xlsx",
		}},
		{"first_day.txt", []string{"-now", "2026-10-01"}, []string{
			"usage-meridian-2026-10-to-date.csv", "usage-meridian-2026-10-to-date.xlsx",
		}},
		{"per_group.txt", []string{"-per-group", "-explain", "kwame.brandt@west.ardenne.example"}, []string{
			"invoice-meridian-2026-10-staff.pdf", "invoice-meridian-2026-10-students.pdf", "invoice-meridian-2026-10.pdf",
			"usage-meridian-2026-10.csv", "usage-meridian-2026-10.xlsx",
		}},
		{"generated.txt", []string{"-generate", "45x20", "-explain", "u000000005"}, []string{
			"invoice-meridian-made-up-2026-10.pdf", "usage-meridian-made-up-2026-10.csv", "usage-meridian-made-up-2026-10.xlsx",
		}},
	} {
		t.Run(c.golden, func(t *testing.T) {
			t.Parallel()
			r := execute(t, c.args...)
			golden(t, c.golden, statementPart(t, r))
			require.Equal(t, c.files, filesIn(t, r.out))
			require.Equal(t, []string{"out"}, filesIn(t, filepath.Dir(r.out)), "nothing is left beside -out")
			for _, name := range c.files {
				require.Contains(t, r.stdout, "\n"+name+" ")
			}
		})
	}
}

func TestEveryRowIsExplainedOnRequest(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ golden, user string }{
		{"explain_rejoined.txt", "ae-221"},
		{"explain_paused.txt", "pcu-3002"},
		{"explain_staff_by_address.txt", "zoe.abernathy@students.hollisfield.example.edu"},
	} {
		t.Run(c.golden, func(t *testing.T) {
			t.Parallel()
			text := statementPart(t, execute(t, "-explain", c.user))
			_, explained, _ := strings.Cut(text, "nobody pays twice.\n")
			golden(t, c.golden, explained)
		})
	}
}

// statementOf computes what a run with these flags is about.
func statementOf(t *testing.T, args ...string) *usage.Statement {
	t.Helper()
	set, err := parse(args, &bytes.Buffer{}, &bytes.Buffer{})
	require.NoError(t, err)
	org, err := open(set)
	require.NoError(t, err)
	m, err := org.month(set)
	require.NoError(t, err)
	st, err := usage.Compute(org.input(t.Context(), m, newProgress(set)))
	require.NoError(t, err)
	return st
}

func TestTheDocumentsAgreeWithTheStatement(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{nil, {"-month", "2026-01"}, {"-now", "2026-10-17"}, {"-generate", "20x50"}} {
		t.Run(strings.Join(args, " "), func(t *testing.T) {
			t.Parallel()
			agree.Check(t, statementOf(t, args...))
		})
	}
}

// TestO12AMemberSeesNothingOfASensitiveTenant (O12): not in the table, not in the files, and the sum shown is that of the file.
func TestO12AMemberSeesNothingOfASensitiveTenant(t *testing.T) {
	t.Parallel()
	r := execute(t, "-reader", "member")
	shown := statementPart(t, r)
	require.NotContains(t, strings.ToLower(shown), "orchid")
	require.Contains(t, shown, "Partial: 1 tenant is hidden")

	st := statementOf(t)
	require.NotContains(t, shown, st.Total.String())

	text, err := os.ReadFile(filepath.Join(r.out, "usage-meridian-2026-10-member.csv"))
	require.NoError(t, err)
	require.NotContains(t, strings.ToLower(string(text)), "orchid")
	rows, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	require.NoError(t, err)
	amounts := -1
	for i, name := range rows[0] {
		if name == "amount" {
			amounts = i
		}
	}
	sum := decimal.Decimal{}
	for _, row := range rows[1:] {
		if row[amounts] != "" {
			sum = sum.Add(decimal.RequireFromString(row[amounts]))
		}
	}
	require.Contains(t, shown, " "+sum.StringFixed(2)+" USD\n", "the sum in the table is that of the file")

	book, err := os.ReadFile(filepath.Join(r.out, "usage-meridian-2026-10-member.xlsx"))
	require.NoError(t, err)
	tabs, err := agree.ReadWorkbook(book)
	require.NoError(t, err)
	require.Len(t, tabs, 8, "a summary and seven of the eight tenants")

	code, _, stderr := executeInto(t, r.out, "-reader", "member", "-explain", "ol-11")
	require.Equal(t, 1, code)
	_, _, absent := executeInto(t, r.out, "-reader", "member", "-explain", "xx-11")
	require.Equal(t, strings.ReplaceAll(absent, "xx-11", "ol-11"), stderr, "hidden reads like absent")
}

func TestTenantsWithLongNamesHaveTabsOfTheirOwn(t *testing.T) {
	t.Parallel()
	r := execute(t)
	require.Equal(t, 0, r.code)
	book, err := os.ReadFile(filepath.Join(r.out, "usage-meridian-2026-10.xlsx"))
	require.NoError(t, err)
	tabs, err := agree.ReadWorkbook(book)
	require.NoError(t, err)
	names := map[string]bool{}
	for _, tab := range tabs {
		names[tab.Name] = true
	}
	require.Len(t, names, 9)
	require.Contains(t, names, "Ardenne Biomedical Research Net")
}

func TestASecondRunWritesTheSameBytes(t *testing.T) {
	t.Parallel()
	sums := func(dir string) map[string][32]byte {
		all := map[string][32]byte{}
		for _, name := range filesIn(t, dir) {
			data, err := os.ReadFile(filepath.Join(dir, name))
			require.NoError(t, err)
			all[name] = sha256.Sum256(data)
		}
		return all
	}
	first := execute(t, "-per-group")
	before := sums(first.out)
	require.Len(t, before, 5)

	code, again, _ := executeInto(t, first.out, "-per-group")
	require.Equal(t, 0, code)
	require.Equal(t, first.stdout, again)
	require.Equal(t, before, sums(first.out), "written over the first ones")
	require.Equal(t, before, sums(execute(t, "-per-group").out), "written elsewhere")

	dir := copySample(t)
	require.Equal(t, before, sums(execute(t, "-per-group", "-in", dir, "-now", "2026-11-01").out), "read from a folder")
}

func TestTheFlagsAreListed(t *testing.T) {
	t.Parallel()
	r := execute(t, "-h")
	require.Equal(t, 0, r.code)
	require.Empty(t, r.stderr)
	for _, name := range []string{"month", "now", "in", "out", "explain", "reader", "per-group", "generate"} {
		require.Contains(t, r.stdout, "  -"+name)
	}
	require.Empty(t, filesIn(t, filepath.Dir(r.out)))
}

func TestAnInterruptedRunLeavesNothing(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{nil, {"-generate", "3x3"}} {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		dir := t.TempDir()
		var stdout, stderr bytes.Buffer
		code := run(ctx, append([]string{"-out", filepath.Join(dir, "out")}, args...), &stdout, &stderr)
		require.Equal(t, 1, code)
		require.Empty(t, stdout.String())
		require.Equal(t, "closemonth: interrupted; nothing was written\n", stderr.String())
		require.Empty(t, filesIn(t, dir))
	}
}

func TestAStatementThatCannotBePrintedIsAnError(t *testing.T) {
	t.Parallel()
	var stderr bytes.Buffer
	closed, err := os.Create(filepath.Join(t.TempDir(), "stdout"))
	require.NoError(t, err)
	require.NoError(t, closed.Close())
	code := run(t.Context(), []string{"-out", filepath.Join(t.TempDir(), "out")}, closed, &stderr)
	require.Equal(t, 1, code)
	require.Contains(t, stderr.String(), "closemonth: the files are written, but not the statement: ")
}

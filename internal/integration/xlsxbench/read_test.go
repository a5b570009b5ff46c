package xlsxbench_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"

	"github.com/billhatch/billhatch/internal/integration/xlsxbench"
	"github.com/billhatch/billhatch/report/xlsx"
)

// hostile are texts that are shown as they are.
var hostile = []string{
	"=1+1", "+1", "-1", "@SUM(A1)", `=HYPERLINK("http://x")`, " outer spaces ", "line\nbreak", "<&>\"'", "]]>", "𠮷野家 😀 עברית",
	"_x0041_", "_x0041_x0042_", "007", "1E5", "TRUE", "2026-03-01", "#REF!", strings.Repeat("long ", 2000),
}

// names of tabs that are hard to refer to.
var names = []string{"D'Alsace & <Söhne>", "A1", "=cmd", "𠮷野家 😀", "R1C1", "Summary"}

// cell is what was written, as it should be read back.
type cell struct{ text, number, formula string }

// write writes the tabs and gives what is in their cells.
func write(t *testing.T, options xlsx.Options) ([]byte, map[string][][]cell) {
	t.Helper()
	var file bytes.Buffer
	w, err := xlsx.NewWriter(t.Context(), &file, options)
	require.NoError(t, err)
	defer w.Abort()
	want := map[string][][]cell{}
	table := xlsxbench.NewTable(xlsxbench.Shape{Tabs: len(names), Rows: 300})
	for tab, name := range names {
		rank := 0
		if name == "Summary" {
			rank = -1
		}
		s, err := w.Sheet(name, xlsx.SheetOptions{
			Columns: []xlsx.Column{{Title: "Text", Width: 40}, {Title: "Day", Width: 12, Right: true}, {Title: "EUR", Width: 14, Right: true}, {Title: "Days"}},
			Freeze:  1, Filter: true, Rank: rank,
		})
		require.NoError(t, err)
		require.NoError(t, s.Header())
		rows := [][]cell{{{text: "Text"}, {text: "Day"}, {text: "EUR"}, {text: "Days"}}}
		for i := range 300 {
			u := table.Row(xlsxbench.Shape{Tabs: len(names), Rows: 300}, tab, i)
			text := u.Mail
			if i < len(hostile) {
				text = hostile[i]
			}
			r := s.Row()
			r.Text(text)
			r.Day(u.From)
			r.Number(u.Cents, 2)
			r.Decimal(strconv.Itoa(u.Days) + ".125")
			require.NoError(t, r.End())
			rows = append(rows, []cell{
				{text: text}, {number: strconv.Itoa(u.From)}, {number: fmt.Sprintf("%d.%02d", u.Cents/100, u.Cents%100)}, {number: strconv.Itoa(u.Days) + ".125"},
			})
		}
		s.EndTable()
		total := table.Total(xlsxbench.Shape{Tabs: len(names), Rows: 300}, tab)
		r := s.Row()
		r.Style(xlsx.Total)
		r.Link("To the summary", "Summary")
		r.Blank()
		r.Total(total, 2, 2, 301)
		require.NoError(t, r.End())
		want[name] = append(rows, []cell{
			{text: "To the summary"}, {}, {number: fmt.Sprintf("%d.%02d", total/100, total%100), formula: "SUBTOTAL(109,C2:C301)"},
		})
		require.NoError(t, s.Close())
	}
	require.NoError(t, w.Close())
	return file.Bytes(), want
}

func TestExcelizeReadsEveryCellAsItWasWritten(t *testing.T) {
	t.Parallel()
	for _, options := range []xlsx.Options{{}, {Level: xlsx.Fast}, {InlineStrings: true}} {
		file, want := write(t, options)
		f, err := excelize.OpenReader(bytes.NewReader(file))
		require.NoError(t, err)
		require.Equal(t, append([]string{"Summary"}, names[:5]...), f.GetSheetList())
		for name, rows := range want {
			got, err := f.GetRows(name, excelize.Options{RawCellValue: true})
			require.NoError(t, err)
			require.Len(t, got, len(rows))
			for i, row := range rows {
				for j, c := range row {
					at, err := excelize.CoordinatesToCellName(j+1, i+1)
					require.NoError(t, err)
					checkCell(t, f, name, at, c)
				}
			}
			if name != "Summary" {
				ok, to, err := f.GetCellHyperLink(name, "A302")
				require.NoError(t, err)
				require.True(t, ok)
				require.Equal(t, "'Summary'!A1", to)
			}
			panes, err := f.GetPanes(name)
			require.NoError(t, err)
			require.True(t, panes.Freeze)
			require.Equal(t, "A2", panes.TopLeftCell)
		}
		require.NoError(t, f.Close())
	}
}

func checkCell(t *testing.T, f *excelize.File, name, at string, c cell) {
	t.Helper()
	value, err := f.GetCellValue(name, at, excelize.Options{RawCellValue: true})
	require.NoError(t, err)
	kind, err := f.GetCellType(name, at)
	require.NoError(t, err)
	formula, err := f.GetCellFormula(name, at)
	require.NoError(t, err)
	require.Equal(t, c.formula, formula, "%s %s", name, at)
	if c.number != "" {
		require.Equal(t, c.number, value, "%s %s", name, at)
		require.Equal(t, excelize.CellTypeUnset, kind, "%s %s", name, at)
		return
	}
	require.Equal(t, c.text, value, "%s %s", name, at)
	if c.text != "" {
		require.Contains(t, []excelize.CellType{excelize.CellTypeSharedString, excelize.CellTypeInlineString}, kind, "%s %s", name, at)
	}
}

// program finds a program that integration runs must have.
func program(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err == nil {
		return path
	}
	if os.Getenv("BILLHATCH_INTEGRATION") == "1" {
		require.NoError(t, err, "BILLHATCH_INTEGRATION=1 needs %s", name)
	}
	t.Skipf("%s is not installed; BILLHATCH_INTEGRATION=1 makes this a failure", name)
	return ""
}

// convert opens a workbook in LibreOffice and gives the folder with what it wrote.
func convert(t *testing.T, file []byte, to string) string {
	t.Helper()
	office := program(t, "soffice")
	dir := t.TempDir()
	name := filepath.Join(dir, "book.xlsx")
	require.NoError(t, os.WriteFile(name, file, 0o600))
	cmd := exec.CommandContext(context.WithoutCancel(t.Context()), office, "-env:UserInstallation=file://"+dir+"/profile",
		"--headless", "--convert-to", to, "--outdir", dir, name)
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	return dir
}

func TestLibreOfficeShowsEveryCellAsItWasWritten(t *testing.T) {
	t.Parallel()
	file, want := write(t, xlsx.Options{})
	// Comma, quote, UTF-8, from line 1, all quoted as text, formats of dates, all sheets.
	dir := convert(t, file, "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,-1")
	for name, rows := range want {
		f, err := os.Open(filepath.Join(dir, "book-"+name+".csv")) //nolint:gosec // a folder of the test
		require.NoError(t, err)
		r := csv.NewReader(f)
		r.FieldsPerRecord = -1
		got, err := r.ReadAll()
		require.NoError(t, err)
		require.NoError(t, f.Close())
		require.Len(t, got, len(rows), name)
		for i, row := range rows {
			for j, c := range row {
				switch {
				case i > 0 && j == 1 && c.number != "":
					require.Regexp(t, `^2026-0[34]-\d\d$`, got[i][j])
				case c.number != "":
					require.Equal(t, plain(c.number), got[i][j], "%s row %d", name, i+1)
				default:
					require.Equal(t, c.text, got[i][j], "%s row %d", name, i+1)
				}
			}
		}
	}
}

// plain is a number without the zeros that LibreOffice leaves out of CSV.
func plain(number string) string {
	return strings.TrimSuffix(strings.TrimRight(number, "0"), ".")
}

func TestLibreOfficePrintsEveryTabOnPagesOfOneWidth(t *testing.T) {
	t.Parallel()
	info := program(t, "pdfinfo")
	file, _ := write(t, xlsx.Options{})
	dir := convert(t, file, "pdf")
	out, err := exec.CommandContext(t.Context(), info, filepath.Join(dir, "book.pdf")).CombinedOutput()
	require.NoError(t, err, "%s", out)
	require.Regexp(t, `Page size:\s+84[12]\.\d+ x 595\.\d+ pts \(A4\)`, string(out), "landscape")
	text, err := exec.CommandContext(t.Context(), program(t, "pdftotext"), "-layout", filepath.Join(dir, "book.pdf"), "-").Output()
	require.NoError(t, err)
	pages := strings.Split(strings.TrimSuffix(string(text), "\f"), "\f")
	require.Greater(t, len(pages), 2*len(names))
	for i, page := range pages {
		require.Contains(t, page, "EUR", "page %d has the header", i+1)
		require.Contains(t, page, fmt.Sprintf("%d / %d", i+1, len(pages)), "and its number")
	}
}

func TestBothWritersOfTheBenchmarkWriteTheSameCells(t *testing.T) {
	t.Parallel()
	shape := xlsxbench.Shape{Tabs: 3, Rows: 200}
	table := xlsxbench.NewTable(shape)
	var own, peer bytes.Buffer
	require.NoError(t, xlsxbench.WriteOwn(t.Context(), &own, table, shape, xlsx.Options{}))
	require.NoError(t, xlsxbench.WritePeer(&peer, table, shape))
	a, err := excelize.OpenReader(&own)
	require.NoError(t, err)
	b, err := excelize.OpenReader(&peer)
	require.NoError(t, err)
	require.Equal(t, b.GetSheetList(), a.GetSheetList())
	for _, name := range a.GetSheetList() {
		x, err := a.GetRows(name)
		require.NoError(t, err)
		y, err := b.GetRows(name)
		require.NoError(t, err)
		require.Equal(t, y, x, name)
	}
	require.NoError(t, a.Close())
	require.NoError(t, b.Close())
}

package xlsx_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/report/xlsx"
)

var threeColumns = []xlsx.Column{{Title: "Name", Width: 30}, {Title: "Days", Width: 8, Right: true}, {Title: "EUR", Right: true}}

// statement writes a tab with a heading, a header at row 3, two users, a total and a note.
func statement(t *testing.T, w *xlsx.Writer, name string) {
	t.Helper()
	s, err := w.Sheet(name, xlsx.SheetOptions{Columns: threeColumns, Freeze: 3, Filter: true})
	require.NoError(t, err)
	require.Equal(t, name, s.Name())
	row(t, s, func(r *xlsx.Row) {
		r.Style(xlsx.Title)
		r.Text("Usage")
	})
	row(t, s, func(*xlsx.Row) {})
	require.NoError(t, s.Header())
	first := s.Rows() + 1
	for i := range 2 {
		row(t, s, func(r *xlsx.Row) {
			r.Text("User")
			r.Number(31, 0)
			r.Number(int64(1250+i), 2)
		})
	}
	s.EndTable()
	last := s.Rows()
	row(t, s, func(r *xlsx.Row) {
		r.Style(xlsx.Total)
		r.Text("Total")
		r.Blank()
		r.TotalDecimal("25.01", first, last)
	})
	row(t, s, func(r *xlsx.Row) {
		r.Style(xlsx.Note)
		r.Text("Not final")
	})
	require.NoError(t, s.Close())
}

func TestASheetHasHeaderFilterTotalsAndPage(t *testing.T) {
	t.Parallel()
	var file bytes.Buffer
	w, err := xlsx.NewWriter(t.Context(), &file, xlsx.Options{})
	require.NoError(t, err)
	statement(t, w, "D'Alsace & <Söhne>")
	require.NoError(t, w.Close())

	b := read(t, file.Bytes())
	tab := b.tab(t, "D'Alsace & <Söhne>")
	sheet := tab.sheet
	require.Equal(t, 3, sheet.Pane.Split)
	require.Equal(t, "A4", sheet.Pane.Top)
	require.Equal(t, "frozen", sheet.Pane.State)
	require.Len(t, sheet.Cols, 2, "columns without a width keep the default")
	require.Equal(t, "30.7109375", sheet.Cols[0].Width)
	require.Equal(t, 2, sheet.Cols[1].Min)
	require.Equal(t, "A3:C5", sheet.Filter.Ref, "totals stay outside")
	require.Equal(t, 9, sheet.Setup.Paper)
	require.Equal(t, "landscape", sheet.Setup.Orientation)
	require.Equal(t, "0", sheet.Setup.FitToHeight)
	require.Equal(t, "&L&A&R&P / &N", sheet.Footer)
	require.Contains(t, b.parts[tab.part], `<pageSetUpPr fitToPage="1"/>`)

	require.Equal(t, []string{"A1", "A3", "B3", "C3", "A4", "B4", "C4", "A5", "B5", "C5", "A6", "B6", "C6", "A7"}, tab.order)
	require.Equal(t, readCell{formula: "SUBTOTAL(109,C4:C5)", value: "25.01", style: tab.cells["C6"].style}, tab.cells["C6"])
	require.Equal(t, "#,##0.00", b.styles.format(tab.cells["C6"].style))
	require.Empty(t, b.styles.Cells[tab.cells["A3"].style].Align.Horizontal)
	require.Equal(t, "right", b.styles.Cells[tab.cells["B3"].style].Align.Horizontal)
	require.Equal(t, "22", sheet.Rows[1].Height)
	require.Equal(t, "24", sheet.Rows[0].Height)
	require.Empty(t, sheet.Rows[2].Height)

	require.Equal(t, []readName{
		{Name: "_xlnm._FilterDatabase", Hidden: true, Ref: "'D''Alsace & <Söhne>'!$A$3:$C$5"},
		{Name: "_xlnm.Print_Titles", Ref: "'D''Alsace & <Söhne>'!$3:$3"},
	}, b.names)
	require.Contains(t, b.parts["xl/workbook.xml"], `name="D'Alsace &amp; &lt;Söhne&gt;"`, "the apostrophe stands literally")
}

func TestTabsStandInTheOrderOfTheirRank(t *testing.T) {
	t.Parallel()
	var file bytes.Buffer
	w, err := xlsx.NewWriter(t.Context(), &file, xlsx.Options{})
	require.NoError(t, err)
	statement(t, w, "B")
	statement(t, w, "A")
	for _, s := range []struct {
		name string
		rank int
	}{{"Notes", 7}, {"Summary", -1}, {"Cover", -2}} {
		s, err := w.Sheet(s.name, xlsx.SheetOptions{Rank: s.rank})
		require.NoError(t, err)
		row(t, s, func(r *xlsx.Row) { r.Text("of " + s.Name()) })
		require.NoError(t, s.Close())
	}
	require.NoError(t, w.Close())
	b := read(t, file.Bytes())
	var order []string
	for _, tab := range b.tabs {
		order = append(order, tab.name)
	}
	require.Equal(t, []string{"Cover", "Summary", "B", "A", "Notes"}, order)
	require.Equal(t, "of Summary", b.tabs[1].cells["A1"].value, "names and sheets belong together")
	require.Equal(t, []readName{
		{Name: "_xlnm._FilterDatabase", Tab: 2, Hidden: true, Ref: "'B'!$A$3:$C$5"},
		{Name: "_xlnm._FilterDatabase", Tab: 3, Hidden: true, Ref: "'A'!$A$3:$C$5"},
		{Name: "_xlnm.Print_Titles", Tab: 2, Ref: "'B'!$3:$3"},
		{Name: "_xlnm.Print_Titles", Tab: 3, Ref: "'A'!$3:$3"},
	}, b.names, "names belong to the place of the tab, not to the order of writing")
}

func TestLinksLeadToTabs(t *testing.T) {
	t.Parallel()
	var file bytes.Buffer
	w, err := xlsx.NewWriter(t.Context(), &file, xlsx.Options{})
	require.NoError(t, err)
	s, err := w.Sheet("Summary", xlsx.SheetOptions{})
	require.NoError(t, err)
	row(t, s, func(r *xlsx.Row) {
		r.Text("x")
		r.Link("Alsace", `D'Al"sace`)
		r.Text("y")
		r.Link("", "nowhere")
	})
	require.NoError(t, s.Close())
	statement(t, w, `D'Al"sace`)
	require.NoError(t, w.Close())
	tab := read(t, file.Bytes()).tab(t, "Summary")
	require.Len(t, tab.sheet.Links, 1)
	require.Equal(t, "B1", tab.sheet.Links[0].Ref)
	require.Equal(t, `'D''Al"sace'!A1`, tab.sheet.Links[0].Location)
	require.Equal(t, "Alsace", tab.cells["B1"].value)
	require.NotEqual(t, tab.cells["A1"].style, tab.cells["B1"].style)
	require.Equal(t, tab.cells["A1"].style, tab.cells["C1"].style, "the style of the row comes back")
}

func TestASheetHoldsNoMoreLinksThanExcelReads(t *testing.T) {
	t.Parallel()
	const most = 65530
	file := single(t, xlsx.Options{}, xlsx.SheetOptions{}, func(s *xlsx.Sheet) {
		for range most + 1 {
			row(t, s, func(r *xlsx.Row) { r.Link("home", "T") })
		}
	})
	part := readPart(t, file, "xl/worksheets/sheet1.xml")
	require.Equal(t, most, strings.Count(part, "<hyperlink "))
	require.Contains(t, part, fmt.Sprintf(`r="A%d"`, most+1), "the text stands there")
}

func TestTotalsThatNoFormulaCanGiveArePlain(t *testing.T) {
	t.Parallel()
	var counts xlsx.Counts
	var file bytes.Buffer
	w, err := xlsx.NewWriter(t.Context(), &file, xlsx.Options{})
	require.NoError(t, err)
	s, err := w.Sheet("T", xlsx.SheetOptions{})
	require.NoError(t, err)
	row(t, s, func(r *xlsx.Row) {
		r.Number(1000000000000001, 2) // stands as text
		r.Number(1, 2)
		r.Number(1, 2)
		r.Number(1, 2)
	})
	row(t, s, func(r *xlsx.Row) {
		r.Total(1000000000000001, 2, 1, 1)
		r.Total(1, 2, 1, 1)
		r.Total(0, 2, 2, 1)
		r.Total(1000000000000001, 2, 1, 1)
	})
	row(t, s, func(r *xlsx.Row) {
		r.TotalDecimal("3.00", 1, 1)
		r.TotalDecimal("3.00", 1, 2)
	})
	require.NoError(t, s.Close())
	counts = w.Counts()
	require.NoError(t, w.Close())
	cells := read(t, file.Bytes()).tabs[0].cells
	require.Empty(t, cells["A2"].formula, "a formula would leave the text out")
	require.Equal(t, "10000000000000.01", cells["A2"].value)
	require.Equal(t, "SUBTOTAL(109,B1:B1)", cells["B2"].formula)
	require.Empty(t, cells["C2"].formula, "no rows")
	require.Equal(t, "0.00", cells["C2"].value)
	require.Equal(t, "text", cells["D2"].kind)
	require.Empty(t, cells["A3"].formula)
	require.Equal(t, "SUBTOTAL(109,B1:B2)", cells["B3"].formula)
	require.Equal(t, 3, counts.LongNumbers)
}

func TestRuledRowsReachAcrossTheTable(t *testing.T) {
	t.Parallel()
	for style, ruled := range map[xlsx.Style]bool{
		xlsx.Body: false, xlsx.Header: true, xlsx.Title: false, xlsx.Note: false, xlsx.Strong: false, xlsx.Subtotal: true, xlsx.Total: true, xlsx.Alert: false,
	} {
		file := single(t, xlsx.Options{}, xlsx.SheetOptions{Columns: threeColumns}, func(s *xlsx.Sheet) {
			row(t, s, func(r *xlsx.Row) {
				r.Style(style)
				r.Blank()
				r.Text("x")
			})
		})
		b := read(t, file)
		if ruled {
			require.Equal(t, []string{"A1", "B1", "C1"}, b.tabs[0].order, "style %d", style)
		} else {
			require.Equal(t, []string{"B1"}, b.tabs[0].order, "style %d", style)
		}
		look := b.styles.Cells[b.tabs[0].cells["B1"].style]
		require.Equal(t, style == xlsx.Body, look.Font == 0)
	}
}

func TestStylesAreWrittenAsNeeded(t *testing.T) {
	t.Parallel()
	file := single(t, xlsx.Options{}, xlsx.SheetOptions{}, func(s *xlsx.Sheet) {
		for range 3 {
			row(t, s, func(r *xlsx.Row) {
				r.Text("a")
				r.Number(1, 3)
				r.Number(1, 3)
				r.Number(1, 2)
			})
		}
	})
	b := read(t, file)
	require.Len(t, b.styles.Cells, 3)
	require.Len(t, b.styles.Formats, 1)
}

func TestPropertiesStandInTheDocument(t *testing.T) {
	t.Parallel()
	zone := time.FixedZone("", 2*3600)
	file := single(t, xlsx.Options{Properties: xlsx.Properties{
		Title: "Usage & <more>", Subject: "_x0041_", Author: "\x00A", Company: "Acme", Created: time.Date(2026, 4, 1, 1, 2, 3, 4, zone),
	}}, xlsx.SheetOptions{}, func(*xlsx.Sheet) {})
	b := read(t, file)
	core := b.parts["docProps/core.xml"]
	require.Contains(t, core, "<dc:title>Usage &amp; &lt;more&gt;</dc:title>")
	require.Contains(t, core, "<dc:subject>_x0041_</dc:subject>")
	require.Contains(t, core, "<dc:creator>\uFFFDA</dc:creator>")
	require.Contains(t, core, `>2026-03-31T23:02:03Z</dcterms:created>`)
	require.Contains(t, b.parts["docProps/app.xml"], "<Company>Acme</Company>")

	plain := read(t, single(t, xlsx.Options{}, xlsx.SheetOptions{}, func(*xlsx.Sheet) {}))
	require.NotContains(t, plain.parts["docProps/core.xml"], "<dc")
	require.NotContains(t, plain.parts["xl/workbook.xml"], "definedNames")
	require.NotContains(t, plain.parts, "xl/sharedStrings.xml")
}

func TestEveryPartIsDeclared(t *testing.T) {
	t.Parallel()
	var file bytes.Buffer
	w, err := xlsx.NewWriter(t.Context(), &file, xlsx.Options{})
	require.NoError(t, err)
	statement(t, w, "A")
	statement(t, w, "B")
	require.NoError(t, w.Close())
	b := read(t, file.Bytes())
	types := b.parts["[Content_Types].xml"]
	for _, part := range b.order {
		if part != "[Content_Types].xml" && !strings.HasSuffix(part, ".rels") {
			require.Equal(t, 1, strings.Count(types, `PartName="/`+part+`"`), part)
		}
	}
	require.Equal(t, []string{"_rels/.rels", "docProps/core.xml", "xl/worksheets/sheet1.xml"}, b.order[:3], "programs tell the type by the first parts")
}

func TestColumnsBeyondZ(t *testing.T) {
	t.Parallel()
	file := single(t, xlsx.Options{}, xlsx.SheetOptions{}, func(s *xlsx.Sheet) {
		row(t, s, func(r *xlsx.Row) {
			for i := range xlsx.MaxColumns {
				r.Number(int64(i), 0)
			}
		})
	})
	tab := read(t, file).tabs[0]
	for ref, want := range map[string]string{"A1": "0", "Z1": "25", "AA1": "26", "AZ1": "51", "BA1": "52", "ZZ1": "701", "AAA1": "702", "XFD1": "16383"} {
		require.Equal(t, want, tab.cells[ref].value, ref)
	}
	require.Len(t, tab.cells, xlsx.MaxColumns)
}

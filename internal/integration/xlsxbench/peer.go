package xlsxbench

import (
	"fmt"
	"io"

	"github.com/xuri/excelize/v2"
)

// WritePeer writes the same workbook with excelize's StreamWriter, except for what it cannot do in reasonable
// time: print titles, which take longer with every tab.
func WritePeer(out io.Writer, t *Table, shape Shape) (err error) {
	f := excelize.NewFile()
	defer func() {
		if e := f.Close(); err == nil {
			err = e
		}
	}()
	if err := f.SetSheetName("Sheet1", "Summary"); err != nil {
		return err
	}
	look, err := newPeerStyles(f)
	if err != nil {
		return err
	}
	for tab := range shape.Tabs {
		if err := peerTab(f, look, t, shape, tab); err != nil {
			return err
		}
	}
	if err := peerSummary(f, look, t, shape); err != nil {
		return err
	}
	_, err = f.WriteTo(out)
	return err
}

type peerStyles struct{ header, date, money, total, sum int }

func newPeerStyles(f *excelize.File) (s peerStyles, err error) {
	day := "yyyy-mm-dd"
	bold := &excelize.Font{Bold: true, Size: 11, Family: "Calibri"}
	for _, x := range []struct {
		to    *int
		style excelize.Style
	}{
		{&s.header, excelize.Style{Font: bold, Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"E8EDF3"}}}},
		{&s.date, excelize.Style{CustomNumFmt: &day}},
		{&s.money, excelize.Style{NumFmt: 4}},
		{&s.total, excelize.Style{Font: bold}},
		{&s.sum, excelize.Style{Font: bold, NumFmt: 4}},
	} {
		if *x.to, err = f.NewStyle(&x.style); err != nil {
			return s, err
		}
	}
	return s, nil
}

func peerTab(f *excelize.File, look peerStyles, t *Table, shape Shape, tab int) error {
	name := tabName(tab)
	if _, err := f.NewSheet(name); err != nil {
		return err
	}
	fit, width, paper, landscape := true, 1, 9, "landscape"
	if err := f.SetSheetProps(name, &excelize.SheetPropsOptions{FitToPage: &fit}); err != nil {
		return err
	}
	if err := f.SetPageLayout(name, &excelize.PageLayoutOptions{Size: &paper, Orientation: &landscape, FitToWidth: &width}); err != nil {
		return err
	}
	if err := f.SetHeaderFooter(name, &excelize.HeaderFooterOptions{OddFooter: "&L&A&R&P / &N"}); err != nil {
		return err
	}
	// Before the stream; afterwards it would read the whole sheet again.
	if err := f.AutoFilter(name, fmt.Sprintf("A1:H%d", shape.Rows+1), nil); err != nil {
		return err
	}
	s, err := f.NewStreamWriter(name)
	if err != nil {
		return err
	}
	for i, w := range widths {
		if err := s.SetColWidth(i+1, i+1, float64(w)); err != nil {
			return err
		}
	}
	if err := s.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return err
	}
	if err := peerRows(s, look, t, shape, tab); err != nil {
		return err
	}
	return s.Flush()
}

func peerRows(s *excelize.StreamWriter, look peerStyles, t *Table, shape Shape, tab int) error {
	cells := make([]any, len(titles))
	for i, title := range titles {
		cells[i] = excelize.Cell{StyleID: look.header, Value: title}
	}
	if err := s.SetRow("A1", cells); err != nil {
		return err
	}
	for i := range shape.Rows {
		u := t.Row(shape, tab, i)
		cells[0], cells[1], cells[2], cells[3] = u.ID, u.Name, u.Mail, u.Plan
		cells[4] = excelize.Cell{StyleID: look.date, Value: u.From}
		cells[5] = excelize.Cell{StyleID: look.date, Value: u.To}
		cells[6] = u.Days
		cells[7] = excelize.Cell{StyleID: look.money, Value: float64(u.Cents) / 100}
		if err := s.SetRow(fmt.Sprintf("A%d", i+2), cells); err != nil {
			return err
		}
	}
	for i := range cells {
		cells[i] = excelize.Cell{StyleID: look.total}
	}
	cells[0] = excelize.Cell{StyleID: look.total, Value: "Total"}
	cells[7] = excelize.Cell{StyleID: look.sum, Value: float64(t.Total(shape, tab)) / 100, Formula: fmt.Sprintf("SUBTOTAL(109,H2:H%d)", shape.Rows+1)}
	return s.SetRow(fmt.Sprintf("A%d", shape.Rows+2), cells)
}

func peerSummary(f *excelize.File, look peerStyles, t *Table, shape Shape) error {
	s, err := f.NewStreamWriter("Summary")
	if err != nil {
		return err
	}
	if err := s.SetRow("A1", []any{excelize.Cell{StyleID: look.header, Value: "Tenant"}, excelize.Cell{StyleID: look.header, Value: "EUR"}}); err != nil {
		return err
	}
	for tab := range shape.Tabs {
		row := []any{tabName(tab), excelize.Cell{StyleID: look.money, Value: float64(t.Total(shape, tab)) / 100}}
		if err := s.SetRow(fmt.Sprintf("A%d", tab+2), row); err != nil {
			return err
		}
	}
	return s.Flush()
}

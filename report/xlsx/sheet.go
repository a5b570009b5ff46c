package xlsx

// maxLinks is how many links a sheet may hold.
const maxLinks = 65530

// Sheet is one tab while it is written.
type Sheet struct {
	w       *Writer
	tab     *tab
	options SheetOptions
	c       *chunk
	row     Row
	rows    int // rows ended
	links   []byte
	linked  int
	plain   []bool // columns in which a number stands as text, so that no formula can sum them
	closed  bool
	broken  bool // an error of this sheet is known
}

// Name gives the name of the tab.
func (s *Sheet) Name() string { return s.tab.name }

// Rows gives the number of rows that have ended, which is the number of the last of them. At [MaxRows] the sheet
// is full, and a further row ends the workbook with [ErrLimit].
func (s *Sheet) Rows() int { return s.rows }

// Row begins the next row, in the style [Body]. A row that ends without a cell stays empty. The Row is
// valid until its End and is then used again.
func (s *Sheet) Row() *Row {
	r := &s.row
	switch {
	case s.closed:
		s.note(errorf(ErrState, "sheet %d is closed", s.tab.number))
	case r.live:
		s.note(errorf(ErrState, "row %d of sheet %d has not ended", s.rows+1, s.tab.number))
	case s.rows >= MaxRows:
		s.note(errorf(ErrLimit, "more than %d rows in sheet %d", MaxRows, s.tab.number))
	}
	r.begin(s.rows + 1)
	return r
}

// Header writes the titles of the columns as a row. It repeats on each printed page, and the filter hangs
// on it. A sheet has at most one.
func (s *Sheet) Header() error {
	if s.tab.header > 0 {
		return s.fail(errorf(ErrState, "sheet %d has a header already", s.tab.number))
	}
	r := s.Row()
	r.Style(Header)
	for _, c := range s.options.Columns {
		r.text(c.Title, c.Right)
	}
	s.tab.header = s.rows + 1
	return r.End()
}

// EndTable says that the last row written is the last of the table that the filter covers, so that totals
// below stay outside. Without it the table ends with the sheet.
func (s *Sheet) EndTable() { s.tab.tableEnd = s.rows }

// Close ends the sheet.
func (s *Sheet) Close() error {
	if s.closed {
		return s.w.e.failed()
	}
	if s.row.live {
		return s.fail(errorf(ErrState, "row %d of sheet %d has not ended", s.rows+1, s.tab.number))
	}
	if s.tab.tableEnd == 0 {
		s.tab.tableEnd = s.rows
	}
	s.closed = true
	s.w.sheet = nil
	if s.c == nil {
		return s.w.e.failed()
	}
	s.c.raw = s.appendTail(s.c.raw)
	s.w.e.submit(s.c, true)
	s.c = nil
	return s.w.e.failed()
}

// note ends the workbook; the end of the row gives the error.
func (s *Sheet) note(err error) {
	s.broken = true
	s.w.e.fail(err)
}

// fail ends the workbook and gives the error that did so, which may be an earlier one.
func (s *Sheet) fail(err error) error {
	s.note(err)
	return s.w.e.failed()
}

// rotate sends a full chunk on its way and takes a new one.
func (s *Sheet) rotate() error {
	p := s.c.part
	s.w.e.submit(s.c, false)
	c, err := s.w.e.next(p, false)
	s.c = c
	return err
}

// appendHead appends all that stands before the rows.
func (s *Sheet) appendHead(b []byte) []byte {
	b = append(b, xmlHead+`<worksheet xmlns="`+nsMain+`"><sheetPr><pageSetUpPr fitToPage="1"/></sheetPr><sheetViews>`...)
	if n := s.options.Freeze; n > 0 {
		b = appendInt(append(b, `<sheetView workbookViewId="0"><pane ySplit="`...), n)
		b = appendInt(append(b, `" topLeftCell="A`...), n+1)
		b = append(b, `" activePane="bottomLeft" state="frozen"/><selection pane="bottomLeft" activeCell="A`...)
		b = appendInt(append(appendInt(b, n+1), `" sqref="A`...), n+1)
		b = append(b, `"/></sheetView>`...)
	} else {
		b = append(b, `<sheetView workbookViewId="0"/>`...)
	}
	b = append(b, `</sheetViews><sheetFormatPr defaultRowHeight="15"/>`...)
	b = s.appendWidths(b)
	return append(b, `<sheetData>`...)
}

// appendWidths appends the columns that have a width. Excel adds the margins of a cell, 5 of 7 pixels.
func (s *Sheet) appendWidths(b []byte) []byte {
	open := false
	for i, c := range s.options.Columns {
		if c.Width == 0 {
			continue
		}
		if !open {
			b = append(b, `<cols>`...)
			open = true
		}
		b = appendInt(append(b, `<col min="`...), i+1)
		b = appendInt(append(b, `" max="`...), i+1)
		b = appendInt(append(b, `" width="`...), c.Width)
		b = append(b, `.7109375" customWidth="1"/>`...)
	}
	if open {
		b = append(b, `</cols>`...)
	}
	return b
}

// appendTail appends all that stands after the rows: filter, links, and the page: A4 across, one page wide, the
// name of the tab and the page number at the foot. Text that looks like a number is not marked as a mistake.
func (s *Sheet) appendTail(b []byte) []byte {
	b = append(b, `</sheetData>`...)
	if s.tab.filtered() {
		b = appendInt(append(b, `<autoFilter ref="A`...), s.tab.header)
		b = appendColumn(append(b, ':'), s.tab.columns-1)
		b = append(appendInt(b, s.tab.lastRow()), `"/>`...)
	}
	if s.linked > 0 {
		b = append(append(append(b, `<hyperlinks>`...), s.links...), `</hyperlinks>`...)
	}
	b = append(b, `<pageMargins left="0.5" right="0.5" top="0.6" bottom="0.7" header="0.3" footer="0.3"/>`+
		`<pageSetup paperSize="9" fitToHeight="0" orientation="landscape"/>`+
		`<headerFooter><oddFooter>&amp;L&amp;A&amp;R&amp;P / &amp;N</oddFooter></headerFooter>`...)
	if s.rows > 0 {
		b = appendColumn(append(b, `<ignoredErrors><ignoredError sqref="A1:`...), max(s.tab.columns, 1)-1)
		b = append(appendInt(b, s.rows), `" numberStoredAsText="1"/></ignoredErrors>`...)
	}
	return append(b, `</worksheet>`...)
}

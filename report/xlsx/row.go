package xlsx

import "strconv"

// checkRows is after how many rows an end of the context is noticed at the latest.
const checkRows = 256

// Row is the row being written. Its methods write one cell each, from left to right. They give no error:
// the first one ends the workbook and comes back from [Row.End].
type Row struct {
	s      *Sheet
	style  Style
	live   bool
	opened bool
	column int      // of the next cell, from 0
	ref    [16]byte // the number of the row, and what stands between a reference and a value
	digits int      // of the number
	size   int      // of ref
}

func (r *Row) begin(number int) {
	r.style, r.live, r.opened, r.column = Body, true, false, 0
	d := strconv.AppendUint(r.ref[:0], uint64(number), 10)
	r.digits = len(d)
	r.size = len(append(d, toValue...))
}

// toValue is what stands between the reference of a cell and its value.
const toValue = `"><v>`

// Style sets the style of the cells that follow in this row. Its height is that of the style of its first cell.
func (r *Row) Style(s Style) {
	if s >= link {
		r.reject(errorf(ErrValue, "unknown style %d", s))
		return
	}
	r.style = s
}

// Text writes a text. An empty one leaves the cell empty.
func (r *Row) Text(text string) { r.text(text, false) }

func (r *Row) text(text string, right bool) {
	if text == "" {
		r.Blank()
		return
	}
	text, cut := fitText(text)
	if cut {
		r.s.w.counts.CutTexts++
	}
	format := formatText
	if right {
		format = formatRight
	}
	x := r.s.w.styles.get(r.style, format, formulaLike(text))
	if r.s.w.options.InlineStrings {
		r.inline(x, text)
		return
	}
	n, err := r.s.w.texts.index(text)
	if err != nil {
		r.s.note(err)
		return
	}
	if b, ok := r.cell(x, kindShared); ok {
		r.s.c.raw = append(appendInt(b, n), `</v></c>`...)
	}
}

func (r *Row) inline(x *xf, text string) {
	tail := `"><is><t>`
	if spaced(text) {
		tail = `"><is><t xml:space="preserve">`
	}
	if b, ok := r.place(x, kindInline); ok {
		b = append(append(b, r.ref[:r.digits]...), tail...)
		r.s.c.raw = append(appendText(b, text, true), `</t></is></c>`...)
	}
}

// Number writes unscaled / 10^scale with scale decimals, 0 to 18: Number(1250, 2) is 12.50.
func (r *Row) Number(unscaled int64, scale int) {
	if scale < 0 || scale > maxScale {
		r.reject(errorf(ErrValue, "scale %d outside 0 to %d", scale, maxScale))
		return
	}
	if isLong(unscaled) {
		var text [32]byte
		r.long(string(appendScaled(text[:0], unscaled, scale)))
		return
	}
	x := r.s.w.styles.get(r.style, formatNumber+scale, false)
	if b, ok := r.cell(x, kindNumber); ok {
		r.s.c.raw = append(appendScaled(b, unscaled, scale), `</v></c>`...)
	}
}

// Decimal writes decimal text as a number, with as many decimals as the text has: an optional sign, digits, and
// optionally a point and 1 to 18 digits; no exponent, at most 34 significant digits.
func (r *Row) Decimal(text string) {
	d, err := parseDecimal(text)
	if err != nil {
		r.reject(err)
		return
	}
	if d.long {
		r.long(string(d.append(nil)))
		return
	}
	x := r.s.w.styles.get(r.style, formatNumber+len(d.frac), false)
	if b, ok := r.cell(x, kindNumber); ok {
		r.s.c.raw = append(d.append(b), `</v></c>`...)
	}
}

// long writes a number as text and bars its column from formulas.
func (r *Row) long(text string) {
	for len(r.s.plain) <= r.column {
		r.s.plain = append(r.s.plain, false)
	}
	r.s.plain[r.column] = true
	r.s.w.counts.LongNumbers++
	r.text(text, true)
}

// Date writes a civil day, shown as 2026-03-31: 1 March 1900 to 31 December 9999.
func (r *Row) Date(year, month, day int) {
	n, ok := dayNumber(year, month, day)
	if !ok {
		r.reject(errorf(ErrValue, "no date from 1900-03-01 to 9999-12-31: %d-%d-%d", year, month, day))
		return
	}
	r.Day(n)
}

// Day writes a civil day given as the count of days since 30 December 1899, 61 to 2958465; 1970-01-01
// is 25569.
func (r *Row) Day(serial int) {
	if serial < minDay || serial > maxDay {
		r.reject(errorf(ErrValue, "day number %d outside %d to %d", serial, minDay, maxDay))
		return
	}
	x := r.s.w.styles.get(r.style, formatDate, false)
	if b, ok := r.cell(x, kindNumber); ok {
		r.s.c.raw = append(appendInt(b, serial), `</v></c>`...)
	}
}

// Blank leaves the cell empty.
func (r *Row) Blank() {
	if !r.style.ruled() {
		r.column++
		return
	}
	x := r.s.w.styles.get(r.style, formatText, false)
	if b, ok := r.place(x, kindNumber); ok {
		r.s.c.raw = append(append(b, r.ref[:r.digits]...), `"/>`...)
	}
}

// Link writes a text that leads to the top of a tab of this workbook, which may be written later but must
// exist in the end. From the 65,531st in a sheet on only the text is written.
func (r *Row) Link(text, tab string) {
	at := r.column
	style := r.style
	r.style = link
	r.text(text, false)
	r.style = style
	s := r.s
	if text == "" || s.linked == maxLinks || s.w.e.failed() != nil {
		return
	}
	s.linked++
	s.w.targets[tab] = true
	b := appendColumn(append(s.links, `<hyperlink ref="`...), at)
	b = append(append(b, r.ref[:r.digits]...), `" location="`...)
	s.links = append(appendTabRef(b, tab), `!A1"/>`...)
}

// Total writes the sum of the rows first to last of this column: a formula, so that it follows the filter, and
// the sum itself, which the caller has computed exactly and which programs show that do not calculate.
// Totals among those rows do not count twice. With last below first there is nothing to sum and only the
// number is written, as also when a number of the column had to be written as text.
func (r *Row) Total(unscaled int64, scale int, first, last int) {
	if !r.summable(first, last) || isLong(unscaled) || scale < 0 || scale > maxScale {
		r.Number(unscaled, scale)
		return
	}
	if b, ok := r.formula(scale, first, last); ok {
		r.s.c.raw = append(appendScaled(b, unscaled, scale), `</v></c>`...)
	}
}

// TotalDecimal is [Row.Total] with the sum as decimal text, as for [Row.Decimal].
func (r *Row) TotalDecimal(text string, first, last int) {
	d, err := parseDecimal(text)
	if err != nil || !r.summable(first, last) || d.long {
		r.Decimal(text)
		return
	}
	if b, ok := r.formula(len(d.frac), first, last); ok {
		r.s.c.raw = append(d.append(b), `</v></c>`...)
	}
}

// summable tells whether a formula can sum those rows of the column.
func (r *Row) summable(first, last int) bool {
	if first > last {
		return false
	}
	if first < 1 || last > r.s.rows {
		r.reject(errorf(ErrValue, "total of rows %d to %d, of which %d exist", first, last, r.s.rows))
		return false
	}
	return r.column >= len(r.s.plain) || !r.s.plain[r.column]
}

// formula writes a total up to its value.
func (r *Row) formula(scale, first, last int) ([]byte, bool) {
	x := r.s.w.styles.get(r.style, formatNumber+scale, false)
	column := r.column
	b, ok := r.place(x, kindNumber)
	if !ok {
		return nil, false
	}
	b = append(append(b, r.ref[:r.digits]...), `"><f>SUBTOTAL(109,`...)
	b = appendInt(appendColumn(b, column), first)
	b = appendInt(appendColumn(append(b, ':'), column), last)
	return append(b, `)</f><v>`...), true
}

// cell begins a cell with a value, up to that. It is false after an error.
func (r *Row) cell(x *xf, kind int) ([]byte, bool) {
	b, ok := r.place(x, kind)
	return append(b, r.ref[:r.size]...), ok
}

// place begins a cell, up to the letters of its column. It is false after an error.
func (r *Row) place(x *xf, kind int) ([]byte, bool) {
	s := r.s
	if !r.live || s.c == nil {
		r.lost()
		return nil, false
	}
	if r.column >= MaxColumns {
		r.reject(errorf(ErrLimit, "more than %d columns", MaxColumns))
		return nil, false
	}
	b := s.c.raw
	if !r.opened {
		b = r.open(b)
	}
	starts := x.starts[kind]
	if r.column >= len(starts) {
		starts = x.extend(kind, r.column)
	}
	r.column++
	return append(b, starts[r.column-1]...), true
}

func (r *Row) open(b []byte) []byte {
	r.opened = true
	b = append(append(b, `<row r="`...), r.ref[:r.digits]...)
	if h := r.style.height(); h != "" {
		b = append(append(append(b, `" ht="`...), h...), `" customHeight="1`...)
	}
	return append(b, `">`...)
}

// lost notes a cell outside a row, unless an earlier error explains it.
func (r *Row) lost() {
	if !r.live {
		r.s.note(errorf(ErrState, "cell after the end of its row in sheet %d", r.s.tab.number))
	}
}

// reject ends the workbook because of the cell that comes next.
func (r *Row) reject(err error) {
	cell := string(appendColumn(nil, r.column)) + string(r.ref[:r.digits])
	r.s.note(&CellError{Sheet: r.s.tab.number, Tab: r.s.tab.name, Cell: cell, Err: err})
}

// End ends the row. It gives the error of the workbook if there is one; an end of the context or a fault of
// the io.Writer may show some rows later.
func (r *Row) End() error {
	s := r.s
	if !r.live {
		return s.fail(errorf(ErrState, "row of sheet %d ended twice", s.tab.number))
	}
	if r.style.ruled() {
		for r.column < s.tab.columns {
			r.Blank()
		}
	}
	r.live = false
	s.rows++
	if s.c == nil {
		return s.w.e.failed()
	}
	if r.opened {
		s.c.raw = append(s.c.raw, `</row>`...)
	}
	if len(s.c.raw) >= chunkSize {
		return s.rotate()
	}
	if s.rows%checkRows == 0 || s.broken {
		return s.w.e.failed()
	}
	return nil
}

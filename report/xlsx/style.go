package xlsx

import "strconv"

// Style is the look of cells.
type Style uint8

// Styles.
const (
	Body     Style = iota // ordinary rows
	Header                // bold on a tint, ruled below; the row is taller and its texts wrap
	Title                 // large and bold, for the name of the tab's subject
	Note                  // grey, for explanations
	Strong                // bold
	Subtotal              // bold, ruled above
	Total                 // bold, ruled above and below
	Alert                 // bold red, such as "partial" or "not final"
	link                  // of [Row.Link]
	styleCount
)

// ruled tells the styles that reach across all columns of the sheet.
func (s Style) ruled() bool { return s == Header || s == Subtotal || s == Total }

// height is the height of a row in points; 0 is the default.
func (s Style) height() string {
	switch s {
	case Header:
		return "22"
	case Title:
		return "24"
	}
	return ""
}

// Formats of cells. A number with n decimals has the format formatNumber+n.
const (
	formatText   = 0
	formatNumber = 1
	maxScale     = 18
	formatDate   = formatNumber + maxScale + 1
	formatRight  = formatDate + 1 // text at the right
)

// A key packs what makes a cell format: style, format, and whether text is marked as never a formula.
const (
	keyFormat = 4
	keyQuote  = 9
	keyCount  = 1 << 10
)

// Kinds of cells.
const (
	kindNumber = iota
	kindShared
	kindInline
	kinds
)

// xf is a cell format in use.
type xf struct {
	key    uint16
	attr   string
	starts [kinds][]string // what cells begin with, for each column, up to its letters
}

// extend makes the starts of the columns up to one. Style and type stand before the reference: so all from the
// reference to the value is as in the cell to the left, and files are some 2 % smaller. XML leaves
// the order open.
func (x *xf) extend(kind, column int) []string {
	head := `<c ` + x.attr + [kinds]string{"", `t="s" `, `t="inlineStr" `}[kind] + `r="`
	for i := len(x.starts[kind]); i <= column; i++ {
		x.starts[kind] = append(x.starts[kind], head+string(appendColumn(nil, i)))
	}
	return x.starts[kind]
}

// styles holds the cell formats in the order of first use.
type styles struct {
	index [keyCount]uint16
	list  []*xf
}

func newStyles() *styles {
	t := &styles{}
	t.add(0)
	return t
}

// get gives the cell format for a key, new or known.
func (t *styles) get(s Style, format int, quote bool) *xf {
	key := uint16(s) | uint16(format)<<keyFormat
	if quote {
		key |= 1 << keyQuote
	}
	if i := t.index[key]; i != 0 || key == 0 {
		return t.list[i]
	}
	return t.add(key)
}

func (t *styles) add(key uint16) *xf {
	i := len(t.list)
	attr := ""
	if i > 0 {
		attr = `s="` + strconv.Itoa(i) + `" `
	}
	t.index[key] = uint16(i)
	x := &xf{key: key, attr: attr}
	t.list = append(t.list, x)
	return x
}

// appendXML appends the part xl/styles.xml.
func (t *styles) appendXML(b []byte) []byte {
	b = append(b, xmlHead+`<styleSheet xmlns="`+nsMain+`">`...)
	b = t.appendFormats(b)
	b = append(b, fonts+fills+borders...)
	b = append(b, `<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs><cellXfs count="`...)
	b = append(appendInt(b, len(t.list)), `">`...)
	for _, x := range t.list {
		b = appendXF(b, x.key)
	}
	return append(b, `</cellXfs><cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles>`+
		`<dxfs count="0"/><tableStyles count="0" defaultTableStyle="TableStyleMedium9" defaultPivotStyle="PivotStyleLight16"/></styleSheet>`...)
}

// Number formats: two are built in, the others get numbers from 164 on.
const (
	numberWhole  = 3 // #,##0
	numberCents  = 4 // #,##0.00
	numberCustom = 164
)

func numberFormat(format int) int {
	switch format {
	case formatText, formatRight:
		return 0
	case formatNumber:
		return numberWhole
	case formatNumber + 2:
		return numberCents
	}
	return numberCustom + format
}

// appendFormats appends the number formats in use that are not built in.
func (t *styles) appendFormats(b []byte) []byte {
	var used [formatRight + 1]bool
	count := 0
	for _, x := range t.list {
		format := int(x.key >> keyFormat & 31)
		if numberFormat(format) >= numberCustom && !used[format] {
			used[format] = true
			count++
		}
	}
	if count == 0 {
		return b
	}
	b = append(appendInt(append(b, `<numFmts count="`...), count), `">`...)
	for format, ok := range used {
		if !ok {
			continue
		}
		b = append(appendInt(append(b, `<numFmt numFmtId="`...), numberFormat(format)), `" formatCode="`...)
		if format == formatDate {
			b = append(b, `yyyy\-mm\-dd`...)
		} else {
			b = append(b, `#,##0.`...)
			for range format - formatNumber {
				b = append(b, '0')
			}
		}
		b = append(b, `"/>`...)
	}
	return append(b, `</numFmts>`...)
}

// looks are the numbers of font, fill and border for each style.
func (s Style) look() (font, fill, border string) {
	switch s {
	case Header:
		return "1", "2", "1"
	case Title:
		return "2", "0", "0"
	case Note:
		return "3", "0", "0"
	case Strong:
		return "1", "0", "0"
	case Subtotal:
		return "1", "0", "2"
	case Total:
		return "1", "2", "3"
	case Alert:
		return "4", "0", "0"
	case link:
		return "5", "0", "0"
	}
	return "0", "0", "0"
}

func appendXF(b []byte, key uint16) []byte {
	style, format := Style(key&15), int(key>>keyFormat&31)
	font, fill, border := style.look()
	number := numberFormat(format)
	b = appendInt(append(b, `<xf numFmtId="`...), number)
	b = append(b, `" fontId="`+font+`" fillId="`+fill+`" borderId="`+border+`" xfId="0"`...)
	if key>>keyQuote != 0 {
		b = append(b, ` quotePrefix="1"`...)
	}
	for _, apply := range [...]struct {
		name string
		on   bool
	}{{"NumberFormat", number != 0}, {"Font", font != "0"}, {"Fill", fill != "0"}, {"Border", border != "0"}} {
		if apply.on {
			b = append(b, ` apply`+apply.name+`="1"`...)
		}
	}
	align := ""
	if format == formatRight {
		align = ` horizontal="right"`
	}
	if style == Header {
		align += ` vertical="center" wrapText="1"`
	}
	if align == "" {
		return append(b, `/>`...)
	}
	return append(b, ` applyAlignment="1"><alignment`+align+`/></xf>`...)
}

const (
	fontName = `<name val="Calibri"/><family val="2"/></font>`
	fonts    = `<fonts count="6">` +
		`<font><sz val="11"/>` + fontName +
		`<font><b/><sz val="11"/>` + fontName +
		`<font><b/><sz val="16"/>` + fontName +
		`<font><sz val="11"/><color rgb="FF5F6B7A"/>` + fontName +
		`<font><b/><sz val="11"/><color rgb="FFB3261E"/>` + fontName +
		`<font><u/><sz val="11"/><color rgb="FF0B57D0"/>` + fontName +
		`</fonts>`
	fills = `<fills count="3"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill>` +
		`<fill><patternFill patternType="solid"><fgColor rgb="FFE8EDF3"/><bgColor indexed="64"/></patternFill></fill></fills>`
	thin    = ` style="thin"><color rgb="FF8592A3"/>`
	borders = `<borders count="4"><border><left/><right/><top/><bottom/><diagonal/></border>` +
		`<border><left/><right/><top/><bottom` + thin + `</bottom><diagonal/></border>` +
		`<border><left/><right/><top` + thin + `</top><bottom/><diagonal/></border>` +
		`<border><left/><right/><top` + thin + `</top><bottom style="double"><color rgb="FF8592A3"/></bottom><diagonal/></border></borders>`
)

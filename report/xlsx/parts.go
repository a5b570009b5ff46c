package xlsx

import (
	"strconv"
	"time"
)

// Namespaces and types of the package format.
const (
	xmlHead    = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n"
	nsMain     = `http://schemas.openxmlformats.org/spreadsheetml/2006/main`
	nsOffice   = `http://schemas.openxmlformats.org/officeDocument/2006/`
	nsPackage  = `http://schemas.openxmlformats.org/package/2006/`
	typePrefix = `application/vnd.openxmlformats-officedocument.`
	typeSheet  = typePrefix + `spreadsheetml.`
)

func sheetPath(number int) string { return "xl/worksheets/sheet" + strconv.Itoa(number) + ".xml" }

func appendRootRels(b []byte) []byte {
	return append(b, xmlHead+`<Relationships xmlns="`+nsPackage+`relationships">`+
		`<Relationship Id="rId1" Type="`+nsOffice+`relationships/officeDocument" Target="xl/workbook.xml"/>`+
		`<Relationship Id="rId2" Type="`+nsPackage+`relationships/metadata/core-properties" Target="docProps/core.xml"/>`+
		`<Relationship Id="rId3" Type="`+nsOffice+`relationships/extended-properties" Target="docProps/app.xml"/>`+
		`</Relationships>`...)
}

func (p *Properties) appendCore(b []byte) []byte {
	b = append(b, xmlHead+`<cp:coreProperties xmlns:cp="`+nsPackage+`metadata/core-properties"`+
		` xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/"`+
		` xmlns:dcmitype="http://purl.org/dc/dcmitype/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">`...)
	b = appendElement(b, "dc:title", p.Title)
	b = appendElement(b, "dc:subject", p.Subject)
	b = appendElement(b, "dc:creator", p.Author)
	if !p.Created.IsZero() {
		b = append(b, `<dcterms:created xsi:type="dcterms:W3CDTF">`...)
		b = append(p.Created.UTC().AppendFormat(b, time.DateOnly+"T"+time.TimeOnly), `Z</dcterms:created>`...)
	}
	return append(b, `</cp:coreProperties>`...)
}

func (p *Properties) appendApp(b []byte) []byte {
	b = append(b, xmlHead+`<Properties xmlns="`+nsOffice+`extended-properties"><Application>Microsoft Excel</Application>`...)
	b = appendElement(b, "Company", p.Company)
	return append(b, `</Properties>`...)
}

func appendElement(b []byte, name, text string) []byte {
	if text == "" {
		return b
	}
	b = append(append(append(b, '<'), name...), '>')
	b = appendText(b, text, false)
	return append(append(append(b, "</"...), name...), '>')
}

func (w *Writer) appendContentTypes(b []byte) []byte {
	b = append(b, xmlHead+`<Types xmlns="`+nsPackage+`content-types">`+
		`<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>`+
		`<Default Extension="xml" ContentType="application/xml"/>`...)
	b = appendOverride(b, "docProps/app.xml", typePrefix+"extended-properties+xml")
	b = appendOverride(b, "docProps/core.xml", "application/vnd.openxmlformats-package.core-properties+xml")
	b = appendOverride(b, "xl/styles.xml", typeSheet+"styles+xml")
	b = appendOverride(b, "xl/workbook.xml", typeSheet+"sheet.main+xml")
	for _, t := range w.tabs {
		b = appendOverride(b, sheetPath(t.number), typeSheet+"worksheet+xml")
	}
	if w.texts.part != nil {
		b = appendOverride(b, w.texts.part.name, typeSheet+"sharedStrings+xml")
	}
	return append(b, `</Types>`...)
}

func appendOverride(b []byte, name, contentType string) []byte {
	b = append(append(b, `<Override PartName="/`...), name...)
	b = append(append(b, `" ContentType="`...), contentType...)
	return append(b, `"/>`...)
}

func (w *Writer) appendWorkbookRels(b []byte) []byte {
	b = append(b, xmlHead+`<Relationships xmlns="`+nsPackage+`relationships">`...)
	for _, t := range w.tabs {
		b = appendInt(append(b, `<Relationship Id="rId`...), t.number)
		b = append(b, `" Type="`+nsOffice+`relationships/worksheet" Target="worksheets/sheet`...)
		b = append(appendInt(b, t.number), `.xml"/>`...)
	}
	b = appendInt(append(b, `<Relationship Id="rId`...), len(w.tabs)+1)
	b = append(b, `" Type="`+nsOffice+`relationships/styles" Target="styles.xml"/>`...)
	if w.texts.part != nil {
		b = appendInt(append(b, `<Relationship Id="rId`...), len(w.tabs)+2)
		b = append(b, `" Type="`+nsOffice+`relationships/sharedStrings" Target="sharedStrings.xml"/>`...)
	}
	return append(b, `</Relationships>`...)
}

func (w *Writer) appendWorkbook(b []byte) []byte {
	b = append(b, xmlHead+`<workbook xmlns="`+nsMain+`" xmlns:r="`+nsOffice+`relationships">`+
		`<workbookPr defaultThemeVersion="124226"/>`+
		`<bookViews><workbookView xWindow="240" yWindow="15" windowWidth="24000" windowHeight="12000"/></bookViews><sheets>`...)
	for _, t := range w.tabs {
		b = appendAttr(append(b, `<sheet name="`...), t.name)
		b = appendInt(append(b, `" sheetId="`...), t.number)
		b = appendInt(append(b, `" r:id="rId`...), t.number)
		b = append(b, `"/>`...)
	}
	b = append(b, `</sheets>`...)
	n := len(b)
	b = append(b, `<definedNames>`...)
	none := len(b)
	b = w.appendFilterNames(b)
	b = w.appendTitleNames(b)
	if len(b) == none { // the element must not be empty
		b = b[:n]
	} else {
		b = append(b, `</definedNames>`...)
	}
	return append(b, `</workbook>`...)
}

// appendFilterNames appends the hidden names that go with filters.
func (w *Writer) appendFilterNames(b []byte) []byte {
	for i, t := range w.tabs {
		if !t.filtered() {
			continue
		}
		b = appendInt(append(b, `<definedName name="_xlnm._FilterDatabase" localSheetId="`...), i)
		b = appendTabRef(append(b, `" hidden="1">`...), t.name)
		b = appendInt(append(b, `!$A$`...), t.header)
		b = appendColumn(append(b, `:$`...), t.columns-1)
		b = appendInt(append(b, '$'), t.lastRow())
		b = append(b, `</definedName>`...)
	}
	return b
}

// appendTitleNames appends the names that repeat the header on each printed page.
func (w *Writer) appendTitleNames(b []byte) []byte {
	for i, t := range w.tabs {
		if t.header == 0 {
			continue
		}
		b = appendInt(append(b, `<definedName name="_xlnm.Print_Titles" localSheetId="`...), i)
		b = appendTabRef(append(b, `">`...), t.name)
		b = appendInt(append(b, `!$`...), t.header)
		b = appendInt(append(b, `:$`...), t.header)
		b = append(b, `</definedName>`...)
	}
	return b
}

// appendTabRef appends a tab name as formulas need it: in apostrophes, its own ones doubled.
func appendTabRef(b []byte, name string) []byte {
	b = append(b, '\'')
	from := 0
	for i := range len(name) {
		if name[i] == '\'' {
			b = append(appendAttr(b, name[from:i]), '\'')
			from = i
		}
	}
	return append(appendAttr(b, name[from:]), '\'')
}

// filtered tells whether the sheet gets filter buttons.
func (t *tab) filtered() bool { return t.filter && t.header > 0 && t.columns > 0 }

// lastRow is the last row of the table.
func (t *tab) lastRow() int { return max(t.header, t.tableEnd) }

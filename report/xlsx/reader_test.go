package xlsx_test

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"path"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// book is a workbook as a small independent reader sees it: standard zip, inflate and XML.
type book struct {
	tabs   []readTab
	names  []readName
	styles readStyles
	parts  map[string]string
	order  []string // of the parts
}

type readName struct {
	Name   string `xml:"name,attr"`
	Tab    int    `xml:"localSheetId,attr"`
	Hidden bool   `xml:"hidden,attr"`
	Ref    string `xml:",chardata"`
}

type readTab struct {
	name  string
	part  string
	cells map[string]readCell
	order []string
	sheet readSheet
}

type readCell struct {
	kind    string // of the value: "" is a number
	value   string
	formula string
	style   int
}

type readSheet struct {
	Pane struct {
		Split int    `xml:"ySplit,attr"`
		Top   string `xml:"topLeftCell,attr"`
		State string `xml:"state,attr"`
	} `xml:"sheetViews>sheetView>pane"`
	Cols []struct {
		Min   int    `xml:"min,attr"`
		Max   int    `xml:"max,attr"`
		Width string `xml:"width,attr"`
	} `xml:"cols>col"`
	Rows []struct {
		R      int    `xml:"r,attr"`
		Height string `xml:"ht,attr"`
		Cells  []struct {
			R      string    `xml:"r,attr"`
			S      int       `xml:"s,attr"`
			T      string    `xml:"t,attr"`
			V      string    `xml:"v"`
			F      string    `xml:"f"`
			Inline *readText `xml:"is>t"`
		} `xml:"c"`
	} `xml:"sheetData>row"`
	Filter struct {
		Ref string `xml:"ref,attr"`
	} `xml:"autoFilter"`
	Links []struct {
		Ref      string `xml:"ref,attr"`
		Location string `xml:"location,attr"`
	} `xml:"hyperlinks>hyperlink"`
	Setup struct {
		Paper       int    `xml:"paperSize,attr"`
		Orientation string `xml:"orientation,attr"`
		FitToHeight string `xml:"fitToHeight,attr"`
	} `xml:"pageSetup"`
	Footer string `xml:"headerFooter>oddFooter"`
}

type readText struct {
	Space string `xml:"http://www.w3.org/XML/1998/namespace space,attr"`
	Text  string `xml:",chardata"`
}

type readStyles struct {
	Formats []struct {
		ID   int    `xml:"numFmtId,attr"`
		Code string `xml:"formatCode,attr"`
	} `xml:"numFmts>numFmt"`
	Cells []struct {
		Format int  `xml:"numFmtId,attr"`
		Font   int  `xml:"fontId,attr"`
		Fill   int  `xml:"fillId,attr"`
		Border int  `xml:"borderId,attr"`
		Quote  bool `xml:"quotePrefix,attr"`
		Align  struct {
			Horizontal string `xml:"horizontal,attr"`
		} `xml:"alignment"`
	} `xml:"cellXfs>xf"`
}

// format gives the number format of a cell style.
func (s *readStyles) format(style int) string {
	id := s.Cells[style].Format
	for _, f := range s.Formats {
		if f.ID == id {
			return f.Code
		}
	}
	return map[int]string{0: "", 3: "#,##0", 4: "#,##0.00"}[id]
}

func read(t require.TestingT, file []byte) *book {
	b, err := readBook(file)
	require.NoError(t, err)
	return b
}

func readBook(file []byte) (*book, error) {
	archive, err := zip.NewReader(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		return nil, err
	}
	b := &book{parts: map[string]string{}}
	for _, f := range archive.File {
		text, err := readFile(f)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", f.Name, err)
		}
		if _, twice := b.parts[f.Name]; twice {
			return nil, fmt.Errorf("%s stands twice in the archive", f.Name)
		}
		b.parts[f.Name] = text
		b.order = append(b.order, f.Name)
	}
	return b, b.readTabs()
}

// readPart gives the text of one part of a file that is too large to be read as a whole.
func readPart(t testing.TB, file []byte, name string) string {
	t.Helper()
	archive, err := zip.NewReader(bytes.NewReader(file), int64(len(file)))
	require.NoError(t, err)
	r, err := archive.Open(name)
	require.NoError(t, err)
	text, err := io.ReadAll(r)
	require.NoError(t, err)
	return string(text)
}

func readFile(f *zip.File) (string, error) {
	r, err := f.Open()
	if err != nil {
		return "", err
	}
	text, err := io.ReadAll(r) // checks length and sum
	if err != nil {
		return "", err
	}
	return string(text), wellFormed(text)
}

func wellFormed(text []byte) error {
	d := xml.NewDecoder(bytes.NewReader(text))
	for {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
	}
}

func (b *book) readTabs() error {
	var workbook struct {
		Sheets []struct {
			Name string `xml:"name,attr"`
			ID   string `xml:"http://schemas.openxmlformats.org/officeDocument/2006/relationships id,attr"`
		} `xml:"sheets>sheet"`
		Names []readName `xml:"definedNames>definedName"`
	}
	var rels struct {
		Rels []struct {
			ID     string `xml:"Id,attr"`
			Target string `xml:"Target,attr"`
		} `xml:"Relationship"`
	}
	var strs struct {
		Items []struct {
			T readText `xml:"t"`
		} `xml:"si"`
	}
	for name, to := range map[string]any{
		"xl/workbook.xml": &workbook, "xl/_rels/workbook.xml.rels": &rels, "xl/styles.xml": &b.styles, "xl/sharedStrings.xml": &strs,
	} {
		if text, ok := b.parts[name]; ok {
			if err := xml.Unmarshal([]byte(text), to); err != nil {
				return err
			}
		}
	}
	texts := make([]string, len(strs.Items))
	for i, s := range strs.Items {
		texts[i] = cellText(s.T)
	}
	targets := map[string]string{}
	for _, r := range rels.Rels {
		targets[r.ID] = path.Join("xl", r.Target)
	}
	b.names = workbook.Names
	for _, s := range workbook.Sheets {
		tab, err := b.readTab(s.Name, targets[s.ID], texts)
		if err != nil {
			return err
		}
		b.tabs = append(b.tabs, tab)
	}
	return nil
}

func (b *book) readTab(name, part string, texts []string) (readTab, error) {
	tab := readTab{name: name, part: part, cells: map[string]readCell{}}
	if err := xml.Unmarshal([]byte(b.parts[part]), &tab.sheet); err != nil {
		return tab, fmt.Errorf("%s: %w", part, err)
	}
	for _, row := range tab.sheet.Rows {
		for _, c := range row.Cells {
			cell := readCell{kind: c.T, value: c.V, formula: c.F, style: c.S}
			switch c.T {
			case "s":
				i, err := strconv.Atoi(c.V)
				if err != nil || i < 0 || i >= len(texts) {
					return tab, fmt.Errorf("%s: no text %q", c.R, c.V)
				}
				cell.kind, cell.value = "text", texts[i]
			case "inlineStr":
				cell.kind, cell.value = "text", cellText(*c.Inline)
			}
			if !strings.HasSuffix(c.R, strconv.Itoa(row.R)) {
				return tab, fmt.Errorf("cell %s in row %d", c.R, row.R)
			}
			tab.cells[c.R] = cell
			tab.order = append(tab.order, c.R)
		}
	}
	return tab, nil
}

var escaped = regexp.MustCompile(`_x[0-9A-Fa-f]{4}_`)

// cellText undoes the escapes of the format, and drops outer space that is not marked as kept.
func cellText(t readText) string {
	s := t.Text
	if t.Space != "preserve" {
		s = strings.Trim(s, " \t\r\n")
	}
	return escaped.ReplaceAllStringFunc(s, func(e string) string {
		n, _ := strconv.ParseUint(e[2:6], 16, 16)
		return string(rune(n))
	})
}

// tab gives the tab of that name.
func (b *book) tab(t testing.TB, name string) readTab {
	t.Helper()
	for _, tab := range b.tabs {
		if tab.name == name {
			return tab
		}
	}
	require.Failf(t, "no tab", "%q", name)
	return readTab{}
}

package agree

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Sheet is a tab of a workbook as a reader sees it.
type Sheet struct {
	Name   string
	Cells  []Cell            // in the order of the file: row by row
	Filter string            // area of the table with filter buttons, as "A4:I9"
	Links  map[string]string // where cells lead to
}

// Cell is a cell that is not empty.
type Cell struct {
	Column  string // letters
	Row     int
	Text    string // if it is a text
	Number  string // if it is a number, as it stands in the file
	Formula string
}

// ReadWorkbook reads all tabs of an .xlsx file in the order in which they stand. It knows just what report/xlsx writes.
func ReadWorkbook(file []byte) ([]Sheet, error) {
	archive, err := zip.NewReader(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		return nil, err
	}
	parts := map[string]*zip.File{}
	for _, part := range archive.File {
		parts[part.Name] = part
	}
	targets := map[string]string{}
	err = scan(parts["xl/_rels/workbook.xml.rels"], func(name string, attrs []xml.Attr, _ []byte) {
		if name == "Relationship" {
			targets[attr(attrs, "Id")] = "xl/" + strings.TrimPrefix(attr(attrs, "Target"), "/xl/")
		}
	})
	if err != nil {
		return nil, fmt.Errorf("relations: %w", err)
	}
	texts, err := readTexts(parts["xl/sharedStrings.xml"])
	if err != nil {
		return nil, fmt.Errorf("texts: %w", err)
	}
	var sheets []Sheet
	var ids []string
	err = scan(parts["xl/workbook.xml"], func(name string, attrs []xml.Attr, _ []byte) {
		if name == "sheet" {
			sheets = append(sheets, Sheet{Name: attr(attrs, "name")})
			ids = append(ids, attr(attrs, "id"))
		}
	})
	if err != nil {
		return nil, fmt.Errorf("workbook: %w", err)
	}
	for i := range sheets {
		if err := sheets[i].read(parts[targets[ids[i]]], texts); err != nil {
			return nil, fmt.Errorf("tab %q: %w", sheets[i].Name, err)
		}
	}
	return sheets, nil
}

// scan calls on for every element that begins, without text, and for every element that ends, with the text right before
// its end and without attributes.
func scan(part *zip.File, on func(name string, attrs []xml.Attr, text []byte)) error {
	if part == nil {
		return io.ErrUnexpectedEOF
	}
	r, err := part.Open()
	if err != nil {
		return err
	}
	defer func() { _ = r.Close() }()
	d := xml.NewDecoder(r)
	var text []byte
	for {
		token, err := d.RawToken()
		if err == io.EOF { //nolint:errorlint // the decoder gives io.EOF itself; the zip reader has compared the checksum
			return nil
		}
		if err != nil {
			return err
		}
		switch token := token.(type) {
		case xml.StartElement:
			text = text[:0]
			on(token.Name.Local, token.Attr, nil)
		case xml.CharData:
			text = append(text, token...)
		case xml.EndElement:
			on("/"+token.Name.Local, nil, text)
			text = text[:0]
		}
	}
}

func attr(attrs []xml.Attr, name string) string {
	for i := range attrs {
		if attrs[i].Name.Local == name {
			return attrs[i].Value
		}
	}
	return ""
}

func readTexts(part *zip.File) ([]string, error) {
	var texts []string
	err := scan(part, func(name string, _ []xml.Attr, text []byte) {
		switch name {
		case "si":
			texts = append(texts, "")
		case "/t":
			texts[len(texts)-1] += unescape(string(text))
		}
	})
	return texts, err
}

// unescape turns _x0041_ into the sign that spreadsheets show for it.
func unescape(s string) string {
	for from := 0; ; {
		at := strings.Index(s[from:], "_x")
		if at < 0 {
			return s
		}
		at += from
		if len(s) >= at+7 && s[at+6] == '_' {
			if n, err := strconv.ParseUint(s[at+2:at+6], 16, 16); err == nil {
				r := utf8.AppendRune(nil, rune(n))
				s = s[:at] + string(r) + s[at+7:]
				from = at + len(r)
				continue
			}
		}
		from = at + 2
	}
}

func (s *Sheet) read(part *zip.File, texts []string) error {
	var c Cell
	var kind string
	var bad error
	s.Links = map[string]string{}
	err := scan(part, func(name string, attrs []xml.Attr, text []byte) {
		switch name {
		case "c":
			c, kind = Cell{}, attr(attrs, "t")
			c.Column, c.Row = split(attr(attrs, "r"))
		case "/f":
			c.Formula = string(text)
		case "/v":
			if kind != "s" {
				c.Number = string(text)
				break
			}
			n, err := strconv.Atoi(string(text))
			if err != nil || n < 0 || n >= len(texts) {
				bad = fmt.Errorf("%s%d: no text %q", c.Column, c.Row, text)
				break
			}
			c.Text = texts[n]
		case "/t": // a text in its cell
			c.Text = unescape(string(text))
		case "/c":
			if c.Text != "" || c.Number != "" || c.Formula != "" {
				s.Cells = append(s.Cells, c)
			}
		case "autoFilter":
			s.Filter = attr(attrs, "ref")
		case "hyperlink":
			s.Links[attr(attrs, "ref")] = attr(attrs, "location")
		}
	})
	if err == nil {
		err = bad
	}
	return err
}

// split parts "H12" into "H" and 12.
func split(ref string) (string, int) {
	at := strings.IndexAny(ref, "0123456789")
	if at < 0 {
		return ref, 0
	}
	n, err := strconv.Atoi(ref[at:])
	if err != nil {
		return ref, 0
	}
	return ref[:at], n
}

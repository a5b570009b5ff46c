package agree

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// tab is what a tab of the workbook says about money.
type tab struct {
	name     string
	rows     int   // of the table with amounts
	sum      int64 // of the amounts in the table, in minor units
	total    int64 // the last amount in the tab
	problems []string
}

// cell is a cell with a number or a text.
type cell struct {
	Ref     string `xml:"r,attr"`
	Type    string `xml:"t,attr"`
	Formula string `xml:"f"`
	Value   string `xml:"v"`
	text    string
}

type row struct {
	Number int    `xml:"r,attr"`
	Cells  []cell `xml:"c"`
}

type sheet struct {
	Rows   []row `xml:"sheetData>row"`
	Filter struct {
		Ref string `xml:"ref,attr"`
	} `xml:"autoFilter"`
}

// readWorkbook reads all tabs in the order in which they stand.
func readWorkbook(file []byte, digits int) ([]tab, error) {
	archive, err := zip.NewReader(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		return nil, err
	}
	parts := map[string]*zip.File{}
	for _, part := range archive.File {
		parts[part.Name] = part
	}
	var book struct {
		Sheets []struct {
			Name string `xml:"name,attr"`
			ID   string `xml:"http://schemas.openxmlformats.org/officeDocument/2006/relationships id,attr"`
		} `xml:"sheets>sheet"`
	}
	var rels struct {
		All []struct {
			ID     string `xml:"Id,attr"`
			Target string `xml:"Target,attr"`
		} `xml:"Relationship"`
	}
	var texts struct {
		Items []struct {
			Text string `xml:"t"`
		} `xml:"si"`
	}
	for name, into := range map[string]any{
		"xl/workbook.xml": &book, "xl/_rels/workbook.xml.rels": &rels, "xl/sharedStrings.xml": &texts,
	} {
		if err := decode(parts[name], into); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	targets := map[string]string{}
	for _, rel := range rels.All {
		targets[rel.ID] = "xl/" + strings.TrimPrefix(rel.Target, "/xl/")
	}
	strs := make([]string, len(texts.Items))
	for i := range texts.Items {
		strs[i] = texts.Items[i].Text
	}
	var tabs []tab
	for _, s := range book.Sheets {
		var content sheet
		if err := decode(parts[targets[s.ID]], &content); err != nil {
			return nil, fmt.Errorf("tab %q: %w", s.Name, err)
		}
		read := content.read(strs, digits)
		read.name = s.Name
		tabs = append(tabs, read)
	}
	return tabs, nil
}

func decode(part *zip.File, into any) error {
	if part == nil {
		return io.ErrUnexpectedEOF
	}
	r, err := part.Open()
	if err != nil {
		return err
	}
	err = xml.NewDecoder(r).Decode(into)
	if _, rest := io.Copy(io.Discard, r); err == nil {
		err = rest // the checksum is compared at the end
	}
	if closed := r.Close(); err == nil {
		err = closed
	}
	return err
}

// read finds the column of amounts by its title, adds up the table, and evaluates every formula in the column.
func (s *sheet) read(texts []string, digits int) tab {
	var out tab
	column, header := s.amounts(texts)
	if column == "" {
		out.problems = append(out.problems, "no column of amounts")
		return out
	}
	bottom := 0 // of the table, where there is a filter
	if _, to, ok := strings.Cut(s.Filter.Ref, ":"); ok {
		_, bottom = split(to)
	}
	values := map[int]int64{} // by row, without formulas
	for _, r := range s.Rows {
		if r.Number <= header {
			continue
		}
		c := r.find(column)
		if c == nil || c.Type == "s" && c.text == "" {
			continue
		}
		n, err := parseMinor(c.plain(), digits)
		if err != nil {
			if c.Type != "s" {
				out.problems = append(out.problems, fmt.Sprintf("%s: %v", c.Ref, err))
			}
			continue // a word instead of an amount
		}
		out.total = n
		if c.Formula == "" {
			values[r.Number] = n
			if r.Number <= bottom {
				out.sum += n
				out.rows++
			}
			continue
		}
		if want, ok := evaluate(c.Formula, column, values); !ok || want != n {
			out.problems = append(out.problems, fmt.Sprintf("%s: %s gives %d, the cell says %d", c.Ref, c.Formula, want, n))
		}
	}
	return out
}

// amounts finds the header and in it the column of amounts, and gives the cells their texts.
func (s *sheet) amounts(texts []string) (column string, header int) {
	for i := range s.Rows {
		r := &s.Rows[i]
		for j := range r.Cells {
			c := &r.Cells[j]
			if c.Type != "s" {
				continue
			}
			if n, err := strconv.Atoi(c.Value); err == nil && n >= 0 && n < len(texts) {
				c.text = texts[n]
			}
			if column == "" && c.text == "Amount" && j > 3 {
				column, _ = split(c.Ref)
				header = r.Number
			}
		}
	}
	return column, header
}

func (r *row) find(column string) *cell {
	for i := range r.Cells {
		if c, _ := split(r.Cells[i].Ref); c == column {
			return &r.Cells[i]
		}
	}
	return nil
}

// plain is the number of a cell, which may stand as text.
func (c *cell) plain() string {
	if c.Type == "s" {
		return c.text
	}
	return c.Value
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

// evaluate computes SUBTOTAL(109,H5:H9) over the cells that are no subtotals themselves.
func evaluate(formula, column string, values map[int]int64) (int64, bool) {
	area, ok := strings.CutPrefix(formula, "SUBTOTAL(109,")
	from, to, colon := strings.Cut(strings.TrimSuffix(area, ")"), ":")
	fromColumn, first := split(from)
	toColumn, last := split(to)
	if !ok || !colon || fromColumn != column || toColumn != column || first < 1 || last < first {
		return 0, false
	}
	var sum int64
	for n := first; n <= last; n++ {
		sum += values[n]
	}
	return sum, true
}

// parseMinor reads "12.50" as 1250. The number must not have more digits after the point than the currency.
func parseMinor(text string, digits int) (int64, error) {
	whole, places, _ := strings.Cut(text, ".")
	if len(places) > digits {
		return 0, fmt.Errorf("%q has more than %d digits after the point", text, digits)
	}
	return strconv.ParseInt(whole+places+strings.Repeat("0", digits-len(places)), 10, 64)
}

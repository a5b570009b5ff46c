package portal

import (
	"html/template"
	"strings"
)

// PictureView is a drawing with the same data as a table: shared template "picture".
type PictureView struct {
	ID      string // prefix of the ids in it
	Caption string
	Drawing template.HTML
	Table   template.HTML // the data; empty: it stands beside the drawing anyway
}

// dataTable writes a table whose first column names the rows.
func dataTable(caption string, head []string, rows [][]string) template.HTML {
	const row = 120 // about as long as a row is, in bytes
	var b strings.Builder
	b.Grow(row * (len(rows) + 3)) //nolint:mnd // caption and head
	cell := func(open, text, end string) {
		b.WriteString(open)
		b.WriteString(template.HTMLEscapeString(text))
		b.WriteString(end)
	}
	b.WriteString(`<table class="bh-table" part="table"><caption class="bh-visually-hidden">`)
	cell("", caption, `</caption><thead><tr>`)
	for _, text := range head {
		cell(`<th scope="col">`, text, `</th>`)
	}
	b.WriteString("</tr></thead><tbody>")
	for _, row := range rows {
		b.WriteString("\n<tr>")
		for i, text := range row {
			if i == 0 {
				cell(`<th scope="row">`, text, `</th>`)
				continue
			}
			cell("<td>", text, "</td>")
		}
		b.WriteString("</tr>")
	}
	b.WriteString("</tbody></table>")
	return template.HTML(b.String()) //nolint:gosec // every text went through cell
}

package xlsx_test

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"

	"github.com/billhatch/billhatch/report/xlsx"
)

func Example() {
	var file bytes.Buffer
	if err := writeReport(context.Background(), &file); err != nil {
		fmt.Println(err)
		return
	}
	archive, err := zip.NewReader(bytes.NewReader(file.Bytes()), int64(file.Len()))
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, part := range archive.File {
		fmt.Println(part.Name)
	}
	// Output:
	// _rels/.rels
	// docProps/core.xml
	// xl/worksheets/sheet1.xml
	// xl/worksheets/sheet2.xml
	// xl/sharedStrings.xml
	// xl/styles.xml
	// xl/workbook.xml
	// xl/_rels/workbook.xml.rels
	// docProps/app.xml
	// [Content_Types].xml
}

// writeReport writes a tab with two users and, before it, a summary that leads there.
func writeReport(ctx context.Context, file *bytes.Buffer) error {
	w, err := xlsx.NewWriter(ctx, file, xlsx.Options{Properties: xlsx.Properties{Title: "Usage, March 2026"}})
	if err != nil {
		return err
	}
	defer w.Abort()

	var names xlsx.Namer
	summary, acme := names.Name("Summary"), names.Name("Acme / Head office")

	s, err := w.Sheet(acme, xlsx.SheetOptions{
		Columns: []xlsx.Column{{Title: "User", Width: 30}, {Title: "Since", Width: 12, Right: true}, {Title: "EUR", Width: 12, Right: true}},
		Freeze:  1,
		Filter:  true,
	})
	if err != nil {
		return err
	}
	if err := s.Header(); err != nil {
		return err
	}
	for i, user := range []string{"Ada", "=Bob"} {
		r := s.Row()
		r.Text(user)
		r.Date(2026, 3, 1+i)
		r.Number(1250, 2)
		if err := r.End(); err != nil {
			return err
		}
	}
	s.EndTable()
	last := s.Rows()
	r := s.Row()
	r.Style(xlsx.Total)
	r.Text("Total")
	r.Blank()
	r.Total(2500, 2, 2, last)
	if err := r.End(); err != nil {
		return err
	}
	if err := s.Close(); err != nil {
		return err
	}

	s, err = w.Sheet(summary, xlsx.SheetOptions{Rank: -1, Columns: []xlsx.Column{{Width: 30}, {Width: 12}}})
	if err != nil {
		return err
	}
	r = s.Row()
	r.Link("Acme / Head office", acme)
	r.Decimal("25.00")
	if err := r.End(); err != nil {
		return err
	}
	if err := s.Close(); err != nil {
		return err
	}
	return w.Close()
}

func ExampleNamer() {
	var names xlsx.Namer
	for _, tenant := range []string{"Acme", "ACME", "R&D: 50/50?", "'quoted'", "History", "\u202e", "Straße", "STRASSE"} {
		fmt.Println(names.Name(tenant))
	}
	// Output:
	// Acme
	// ACME (2)
	// R&D- 50-50-
	// quoted
	// History_
	// Tenant
	// Straße
	// STRASSE (2)
}

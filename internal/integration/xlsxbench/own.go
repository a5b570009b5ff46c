package xlsxbench

import (
	"context"
	"io"

	"github.com/billhatch/billhatch/report/xlsx"
)

// WriteOwn writes the workbook with report/xlsx.
func WriteOwn(ctx context.Context, out io.Writer, t *Table, shape Shape, options xlsx.Options) error {
	w, err := xlsx.NewWriter(ctx, out, options)
	if err != nil {
		return err
	}
	defer w.Abort()
	columns := make([]xlsx.Column, len(titles))
	for i := range columns {
		columns[i] = xlsx.Column{Title: titles[i], Width: widths[i], Right: i >= 4}
	}
	for tab := range shape.Tabs {
		if err := ownTab(w, t, shape, tab, columns); err != nil {
			return err
		}
	}
	s, err := w.Sheet("Summary", xlsx.SheetOptions{
		Columns: []xlsx.Column{{Title: "Tenant", Width: 32}, {Title: "EUR", Width: 14, Right: true}}, Rank: -1, Freeze: 1,
	})
	if err != nil {
		return err
	}
	if err := s.Header(); err != nil {
		return err
	}
	for tab := range shape.Tabs {
		r := s.Row()
		r.Link(tabName(tab), tabName(tab))
		r.Number(t.Total(shape, tab), 2)
		if err := r.End(); err != nil {
			return err
		}
	}
	if err := s.Close(); err != nil {
		return err
	}
	return w.Close()
}

func ownTab(w *xlsx.Writer, t *Table, shape Shape, tab int, columns []xlsx.Column) error {
	s, err := w.Sheet(tabName(tab), xlsx.SheetOptions{Columns: columns, Freeze: 1, Filter: true})
	if err != nil {
		return err
	}
	if err := s.Header(); err != nil {
		return err
	}
	for i := range shape.Rows {
		u := t.Row(shape, tab, i)
		r := s.Row()
		r.Text(u.ID)
		r.Text(u.Name)
		r.Text(u.Mail)
		r.Text(u.Plan)
		r.Day(u.From)
		r.Day(u.To)
		r.Number(int64(u.Days), 0)
		r.Number(u.Cents, 2)
		if err := r.End(); err != nil {
			return err
		}
	}
	s.EndTable()
	last := s.Rows()
	r := s.Row()
	r.Style(xlsx.Total)
	r.Text("Total")
	for range len(columns) - 2 {
		r.Blank()
	}
	r.Total(t.Total(shape, tab), 2, 2, last)
	if err := r.End(); err != nil {
		return err
	}
	return s.Close()
}

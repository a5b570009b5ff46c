package xlsxbench

import (
	"fmt"
	"math/rand/v2"
)

// Shape is the size of a workbook.
type Shape struct{ Tabs, Rows int }

// Row is one billed user.
type Row struct {
	ID, Name, Mail, Plan string
	From, To             int // civil days since 1899-12-30
	Days                 int
	Cents                int64
}

// Table holds the rows, which come again after so many tabs. It stays small beside what a writer needs.
type Table struct{ rows []Row }

// Titles of the columns of the tables.
var titles = [...]string{"ID", "Name", "E-mail", "Plan", "From", "To", "Days", "EUR"}

// widths of the columns in characters.
var widths = [...]int{12, 26, 34, 14, 12, 12, 8, 14}

// NewTable makes the rows for a shape, the same ones every time.
func NewTable(shape Shape) *Table {
	first := [...]string{"Ada", "Bjørn", "Chloé", "Dmitri", "Eva", "François", "Grace", "Hiroshi", "Ines", "Jürgen", "Kemal", "Łucja"}
	last := [...]string{"Andersson", "Baker", "Castro", "Dubois", "Evans", "Fischer", "García", "Hansen", "Ito", "Jansen", "Kowalski", "O'Neill"}
	plans := [...]string{"Standard", "Plus", "Enterprise", "Student"}
	prices := [...]int64{350, 600, 1250, 100}
	rnd := rand.New(rand.NewPCG(1, 2))
	t := &Table{rows: make([]Row, min(shape.Tabs*shape.Rows, 50_000))}
	for i := range t.rows {
		f, l, p := rnd.IntN(len(first)), rnd.IntN(len(last)), rnd.IntN(len(plans))
		from := 46082 + rnd.IntN(31) // in March 2026
		to := from + rnd.IntN(46113-from)
		t.rows[i] = Row{
			ID:   fmt.Sprintf("u-%08x", rnd.Uint32()),
			Name: first[f] + " " + last[l],
			Mail: fmt.Sprintf("user%d.%d@tenant.example", i, rnd.IntN(1000)),
			Plan: plans[p], From: from, To: to, Days: to - from + 1,
			Cents: prices[p] * int64(to-from+1) / 31,
		}
	}
	return t
}

// Row gives a row of a tab, both from 0.
func (t *Table) Row(shape Shape, tab, i int) *Row {
	return &t.rows[(tab*shape.Rows+i)%len(t.rows)]
}

// Total gives the sum of a tab in cents.
func (t *Table) Total(shape Shape, tab int) int64 {
	var sum int64
	for i := range shape.Rows {
		sum += t.Row(shape, tab, i).Cents
	}
	return sum
}

func tabName(i int) string { return fmt.Sprintf("Tenant %05d", i+1) }

package agree

import (
	"fmt"
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

// readTabs reads all tabs in the order in which they stand.
func readTabs(file []byte, digits int) ([]tab, error) {
	sheets, err := ReadWorkbook(file)
	tabs := make([]tab, len(sheets))
	for i := range sheets {
		tabs[i] = sheets[i].amounts(digits)
	}
	return tabs, err
}

// amounts finds the column of amounts by its title, adds up the table, and evaluates every formula in the column.
func (s *Sheet) amounts(digits int) tab {
	out := tab{name: s.Name}
	column, header := "", 0
	for i := range s.Cells {
		if c := &s.Cells[i]; c.Text == "Amount" && c.Column > "F" {
			column, header = c.Column, c.Row
			break
		}
	}
	if column == "" {
		out.problems = append(out.problems, "no column of amounts")
		return out
	}
	bottom := 0 // of the table, where there is a filter
	if _, to, ok := strings.Cut(s.Filter, ":"); ok {
		_, bottom = split(to)
	}
	values := map[int]int64{} // by row, without formulas
	for i := range s.Cells {
		c := &s.Cells[i]
		if c.Column != column || c.Row <= header {
			continue
		}
		n, err := parseMinor(c.Number+c.Text, digits) // a long number stands as text
		if err != nil {
			out.problems = append(out.problems, fmt.Sprintf("%s%d: %v", c.Column, c.Row, err))
			continue
		}
		out.total = n
		if c.Formula == "" {
			values[c.Row] = n
			if c.Row <= bottom {
				out.sum += n
				out.rows++
			}
			continue
		}
		if want, ok := evaluate(c.Formula, column, values); !ok || want != n {
			out.problems = append(out.problems, fmt.Sprintf("%s%d: %s gives %d, the cell says %d", c.Column, c.Row, c.Formula, want, n))
		}
	}
	return out
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

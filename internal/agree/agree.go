package agree

import (
	"bytes"
	"errors"
	"io"
	"testing"

	"github.com/billhatch/billhatch/invoice"
	"github.com/billhatch/billhatch/money"
	"github.com/billhatch/billhatch/report"
	"github.com/billhatch/billhatch/report/xlsx"
	"github.com/billhatch/billhatch/usage"
)

// fewLines is a bound on the lines of an invoice that makes most statements put lines together.
const fewLines = 5

// figures are the amounts of a statement in minor units, as its rows give them.
type figures struct {
	digits   int
	tenants  map[string]int64
	users    map[string]int
	projects int64
	charges  int64
	total    int64
	rows     bool // they were kept
}

// Check fails the test unless everything that is made from the statement agrees with it. A statement without rows has no
// documents; one that is not final has no invoice.
func Check(t testing.TB, st *usage.Statement) {
	t.Helper()
	if err := st.Verify(); err != nil {
		t.Errorf("the statement does not add up: %v", err)
		return
	}
	f, ok := read(t, st)
	if !ok {
		return
	}
	if st.IsFinal() {
		checkInvoices(t, st, f)
	}
	if !f.rows {
		if _, err := report.CSV(t.Context(), io.Discard, st, report.Options{}); !errors.Is(err, report.ErrNoRows) {
			t.Errorf("a statement without rows gives a report: %v", err)
		}
		return
	}
	checkWorkbook(t, st, f)
	checkCSV(t, st, f)
	checkJSONLines(t, st, f)
}

// read adds up the rows, and everything else, in integers.
func read(t testing.TB, st *usage.Statement) (*figures, bool) {
	t.Helper()
	digits, _ := money.Exponent(st.Currency)
	f := &figures{digits: digits, tenants: map[string]int64{}, users: map[string]int{}, rows: true}
	ok := true
	minor := func(a money.Amount, what string) int64 {
		n, err := a.Minor()
		if err != nil || a.Currency() != st.Currency {
			t.Errorf("%s is %s, which is no whole amount in %s: %v", what, a, st.Currency, err)
			ok = false
		}
		return n
	}
	for i := range st.Tenants {
		tenant := &st.Tenants[i]
		var sum int64
		for g := range tenant.Groups {
			group := &tenant.Groups[g]
			if !group.HasRows() {
				f.rows = f.rows && group.Users == 0
				sum += minor(group.Subtotal, "a group of tenant "+tenant.ID)
				continue
			}
			var rows int64
			for row := range group.Rows() {
				rows += minor(row.Amount, "the row of user "+row.User)
				f.users[tenant.ID]++
			}
			if want := minor(group.Subtotal, "a group of tenant "+tenant.ID); rows != want {
				t.Errorf("tenant %q, group %q: rows sum to %d, the subtotal is %d", tenant.ID, group.Name, rows, want)
				ok = false
			}
			sum += rows
		}
		if want := minor(tenant.Subtotal, "tenant "+tenant.ID); sum != want {
			t.Errorf("tenant %q: groups sum to %d, the subtotal is %d", tenant.ID, sum, want)
			ok = false
		}
		f.tenants[tenant.ID] = sum
		f.total += sum
	}
	for i := range st.Projects {
		f.projects += minor(st.Projects[i].Subtotal, "project "+st.Projects[i].ID)
	}
	for i := range st.Charges {
		f.charges += minor(st.Charges[i].Amount, "charge "+st.Charges[i].Key)
	}
	f.total += f.projects + f.charges
	if want := minor(st.Total, "the total"); f.total != want {
		t.Errorf("all rows, projects and charges sum to %d, the total is %d", f.total, want)
		ok = false
	}
	return f, ok
}

// checkInvoices compares one invoice, one for each group, and one with few lines.
func checkInvoices(t testing.TB, st *usage.Statement, f *figures) {
	t.Helper()
	for _, c := range []struct {
		name string
		opt  invoice.Options
	}{
		{"one invoice", invoice.Options{}},
		{"one invoice of few lines", invoice.Options{MaxLines: fewLines}},
		{"one invoice for each group", invoice.Options{PerGroup: true}},
		{"without lines of nothing", invoice.Options{OmitZero: true}},
	} {
		invoices, err := invoice.FromStatement(st, c.opt)
		switch {
		case errors.Is(err, invoice.ErrNegativeTotal):
			continue // credits beyond the charges: there is no invoice
		case errors.Is(err, invoice.ErrLines) && c.opt.MaxLines > 0:
			continue // more charges and classes than lines: an error, not a wrong sum
		case err != nil:
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		var total int64
		tenants, together := map[string]int64{}, false
		for i := range invoices {
			inv := &invoices[i]
			if err := inv.Verify(); err != nil {
				t.Errorf("%s: %v", c.name, err)
			}
			for l := range inv.Lines {
				n, err := inv.Lines[l].Amount.Minor()
				if err != nil {
					t.Errorf("%s: line %q: %v", c.name, inv.Lines[l].Key, err)
				}
				total += n
				together = together || inv.Lines[l].Kind == invoice.Aggregate
				if inv.Lines[l].Tenant != "" {
					tenants[inv.Lines[l].Tenant] += n
				}
			}
		}
		if total != f.total {
			t.Errorf("%s: lines sum to %d, the statement to %d", c.name, total, f.total)
		}
		if together {
			continue
		}
		for id, want := range f.tenants {
			if tenants[id] != want {
				t.Errorf("%s: lines of tenant %q sum to %d, its rows to %d", c.name, id, tenants[id], want)
			}
		}
	}
}

// checkWorkbook reads the workbook back, tab by tab.
func checkWorkbook(t testing.TB, st *usage.Statement, f *figures) {
	t.Helper()
	var file bytes.Buffer
	result, err := report.Workbook(t.Context(), &file, st, report.Options{Workers: 1, Level: xlsx.Fast})
	if err != nil {
		t.Errorf("workbook: %v", err)
		return
	}
	tabs, err := readTabs(file.Bytes(), f.digits)
	if err != nil {
		t.Errorf("workbook does not read back: %v", err)
		return
	}
	if result.Tabs != len(tabs) || result.Partial {
		t.Errorf("workbook has %d tabs, the result is %+v", len(tabs), result)
	}
	for _, tab := range tabs {
		for _, problem := range tab.problems {
			t.Errorf("workbook, tab %q: %s", tab.name, problem)
		}
	}
	if tabs[0].total != f.total {
		t.Errorf("workbook: the summary has the total %d, the rows sum to %d", tabs[0].total, f.total)
	}
	tabs = tabs[1:]
	if len(st.Projects) > 0 {
		if tabs[0].sum != f.projects || tabs[0].total != f.projects {
			t.Errorf("workbook, projects: rows sum to %d, total %d, in the statement %d", tabs[0].sum, tabs[0].total, f.projects)
		}
		tabs = tabs[1:]
	}
	if len(tabs) < len(st.Tenants) {
		t.Errorf("workbook: %d tabs for %d tenants", len(tabs), len(st.Tenants))
		return
	}
	if len(tabs) > len(st.Tenants) {
		return // tenants of more than a million users go on in further tabs: the total has been compared
	}
	for i := range st.Tenants {
		id, tab := st.Tenants[i].ID, tabs[i]
		if want := f.tenants[id]; tab.sum != want || tab.total != want {
			t.Errorf("workbook, tab %q: rows sum to %d, total %d, tenant %q has %d", tab.name, tab.sum, tab.total, id, want)
		}
		if tab.rows != f.users[id] {
			t.Errorf("workbook, tab %q: %d rows, tenant %q has %d users", tab.name, tab.rows, id, f.users[id])
		}
	}
}

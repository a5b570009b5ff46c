package agree

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/billhatch/billhatch/report"
	"github.com/billhatch/billhatch/usage"
)

// checkCSV reads the table back and adds up its column of amounts.
func checkCSV(t testing.TB, st *usage.Statement, f *figures) {
	t.Helper()
	var file bytes.Buffer
	if _, err := report.CSV(t.Context(), &file, st, report.Options{}); err != nil {
		t.Errorf("CSV: %v", err)
		return
	}
	records, err := csv.NewReader(&file).ReadAll()
	if err != nil || len(records) < 2 {
		t.Errorf("CSV does not read back: %d records, %v", len(records), err)
		return
	}
	column := func(name string) int { return slices.Index(records[0], name) }
	kind, tenant, item, cost := column("kind"), column("tenant"), column("item"), column("amount")
	if min(kind, tenant, item, cost) < 0 {
		t.Errorf("CSV has the header %v", records[0])
		return
	}
	end := records[len(records)-1]
	if end[kind] != "end" || end[item] != strconv.Itoa(len(records)-2) {
		t.Errorf("CSV ends in %v after %d records", end, len(records)-2)
	}
	total, tenants, users := int64(0), map[string]int64{}, 0
	for i, record := range records[1:] {
		if record[cost] == "" {
			continue
		}
		n, err := parseMinor(record[cost], f.digits)
		if err != nil {
			t.Errorf("CSV, record %d: %v", i+1, err)
		}
		total += n
		switch record[kind] {
		case "user":
			users++
			tenants[canon(record[tenant])] += n
		case "no_users":
			tenants[canon(record[tenant])] += n
		}
	}
	if total != f.total {
		t.Errorf("CSV: amounts sum to %d, the statement to %d", total, f.total)
	}
	compare(t, "CSV", f, tenants, users)
}

// compare compares tenants by what their lines sum to, and the number of users.
func compare(t testing.TB, what string, f *figures, tenants map[string]int64, users int) {
	t.Helper()
	want, sums := 0, map[string]int64{}
	for id, sum := range f.tenants {
		want += f.users[id]
		sums[canon(id)] += sum
	}
	for id, sum := range sums {
		if tenants[id] != sum {
			t.Errorf("%s: tenant %q sums to %d, its rows to %d", what, id, tenants[id], sum)
		}
	}
	if users != want {
		t.Errorf("%s: %d users, in the statement %d", what, users, want)
	}
}

// canon gives the form in which ids are compared: what a format may replace, and the apostrophes that guard a field of
// CSV, are the same on both sides.
func canon(id string) string {
	id = strings.TrimLeft(strings.ReplaceAll(id, "\r\n", "\n"), "'")
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == 0xfffe || r == 0xffff {
			return utf8.RuneError
		}
		return r
	}, id)
}

type amount struct {
	Amount, Currency string
}

// checkJSONLines reads the lines back and adds up their amounts.
func checkJSONLines(t testing.TB, st *usage.Statement, f *figures) {
	t.Helper()
	var file bytes.Buffer
	if _, err := report.JSONLines(t.Context(), &file, st, report.Options{}); err != nil {
		t.Errorf("JSON lines: %v", err)
		return
	}
	minor := func(m *amount) int64 {
		if m == nil {
			return 0
		}
		n, err := parseMinor(m.Amount, f.digits)
		if err != nil || m.Currency != st.Currency {
			t.Errorf("JSON lines: %+v is no amount in %s: %v", m, st.Currency, err)
		}
		return n
	}
	lines := bytes.Split(bytes.TrimSuffix(file.Bytes(), []byte("\n")), []byte("\n"))
	total, tenants, users := int64(0), map[string]int64{}, 0
	for i, text := range lines {
		var line struct {
			Type, Tenant            string
			Amount, Subtotal, Total *amount
			Lines                   int
		}
		if err := json.Unmarshal(text, &line); err != nil {
			t.Errorf("JSON lines: line %d: %v", i+1, err)
			return
		}
		switch line.Type {
		case "row":
			users++
			tenants[canon(line.Tenant)] += minor(line.Amount)
			total += minor(line.Amount)
		case "project":
			total += minor(line.Subtotal)
		case "charge":
			total += minor(line.Amount)
		case "end":
			if i != len(lines)-1 || line.Lines != i || minor(line.Total) != f.total {
				t.Errorf("JSON lines end at line %d of %d in %s, the statement sums to %d", i+1, len(lines), text, f.total)
			}
		}
		if i == len(lines)-1 && line.Type != "end" {
			t.Errorf("JSON lines end in a line of type %q", line.Type)
		}
	}
	if total != f.total {
		t.Errorf("JSON lines: amounts sum to %d, the statement to %d", total, f.total)
	}
	compare(t, "JSON lines", f, tenants, users)
}

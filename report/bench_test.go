package report_test

import (
	"fmt"
	"io"
	"runtime"
	"runtime/metrics"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/report"
	"github.com/billhatch/billhatch/report/xlsx"
	"github.com/billhatch/billhatch/usage"
)

// The size of the benchmarks: a million rows.
const (
	benchTenants = 200
	benchUsers   = 5000
)

// benchRow is the cells of a row, ready to be written.
type benchRow struct {
	name, address, user string
	from, to            int
	days, minor         int64
	first, last         string
}

type benchData struct {
	st   *usage.Statement
	rows [][]benchRow // by tenant
}

var benchOnce = sync.OnceValues(func() (*benchData, error) { //nolint:gochecknoglobals // computed once for all benchmarks
	period, err := parseMonth()
	if err != nil {
		return nil, err
	}
	var tenants []usage.Tenant
	for i := range benchTenants {
		users := make([]usage.Record, benchUsers)
		for u := range users {
			n, to := i*benchUsers+u, 0
			if n%5 == 4 {
				to = 20 + n%12
			}
			users[u] = user(fmt.Sprintf("user-%07d", n), fmt.Sprintf("Person %d", n), fmt.Sprintf("person.%d@example.com", n), 1+n%17, to)
		}
		tenants = append(tenants, tenant(fmt.Sprintf("t%03d", i), fmt.Sprintf("Tenant %d", i), users...))
	}
	d := &benchData{}
	d.st, err = usage.Compute(usage.Input{
		Account: usage.Account{ID: "acme", Name: "Acme Holdings"}, Period: period, Plan: seatPlan(), Tenants: each(tenants...),
	})
	if err != nil {
		return nil, err
	}
	for i := range d.st.Tenants {
		var rows []benchRow
		for row := range d.st.Tenants[i].Groups[0].Rows() {
			minor, err := row.Amount.Minor()
			if err != nil {
				return nil, err
			}
			last := row.Covered.To.AddDays(-1)
			rows = append(rows, benchRow{
				row.Name, row.Address, row.User, int(row.Covered.From.Ordinal()) - 693594, int(last.Ordinal()) - 693594,
				row.Units.Covered, minor, row.Covered.From.String(), last.String(),
			})
		}
		d.rows = append(d.rows, rows)
	}
	return d, nil
})

func cpu() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// measure runs a benchmark over a million rows and reports processor time, bytes and the peak of the heap above what was
// there before.
func measure(b *testing.B, run func(w io.Writer) error) {
	b.Helper()
	runtime.GC()
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(sample)
	base, peak := sample[0].Value.Uint64(), uint64(0)
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case <-stop:
				return
			case <-time.After(5 * time.Millisecond):
				metrics.Read(sample)
				peak = max(peak, sample[0].Value.Uint64())
			}
		}
	}()
	b.ReportAllocs()
	before := cpu()
	var out counter
	for b.Loop() {
		out = 0
		require.NoError(b, run(&out))
	}
	b.ReportMetric((cpu()-before).Seconds()/float64(b.N), "cpu-s/op")
	b.ReportMetric(float64(out)/1e6, "MB")
	close(stop)
	<-done
	b.ReportMetric(float64(max(peak, base)-base)/1e6, "peak-MB")
}

type counter int64

func (c *counter) Write(p []byte) (int, error) {
	*c += counter(len(p))
	return len(p), nil
}

// BenchmarkWorkbook compares the report with the bare writer that is given the same cells (X2).
func BenchmarkWorkbook(b *testing.B) {
	d, err := benchOnce()
	require.NoError(b, err)
	b.Run("bare", func(b *testing.B) {
		measure(b, func(w io.Writer) error { return bareWorkbook(b, w, d) })
	})
	b.Run("report", func(b *testing.B) {
		measure(b, func(w io.Writer) error {
			_, err := report.Workbook(b.Context(), w, d.st, report.Options{})
			return err
		})
	})
}

func bareWorkbook(b *testing.B, w io.Writer, d *benchData) error {
	x, err := xlsx.NewWriter(b.Context(), w, xlsx.Options{})
	if err != nil {
		return err
	}
	defer x.Abort()
	columns := []xlsx.Column{
		{Title: "Name", Width: 26},
		{Title: "Address", Width: 34},
		{Title: "User ID", Width: 22},
		{Title: "From", Width: 12, Right: true},
		{Title: "To", Width: 14, Right: true},
		{Title: "Days", Width: 13, Right: true},
		{Title: "Stretches", Width: 11, Right: true},
		{Title: "Price", Width: 12, Right: true},
		{Title: "Amount", Width: 16, Right: true},
	}
	for i, rows := range d.rows {
		s, err := x.Sheet("Tenant "+strconv.Itoa(i), xlsx.SheetOptions{Columns: columns, Freeze: 1, Filter: true})
		if err != nil {
			return err
		}
		if err := s.Header(); err != nil {
			return err
		}
		for n := range rows {
			row := &rows[n]
			r := s.Row()
			r.Text(row.name)
			r.Text(row.address)
			r.Text(row.user)
			r.Day(row.from)
			r.Day(row.to)
			r.Number(row.days, 0)
			r.Blank()
			r.Number(430, 2)
			r.Number(row.minor, 2)
			if err := r.End(); err != nil {
				return err
			}
		}
		if err := s.Close(); err != nil {
			return err
		}
	}
	return x.Close()
}

// BenchmarkCSV compares CSV with a bare loop that appends the same fields.
func BenchmarkCSV(b *testing.B) {
	d, err := benchOnce()
	require.NoError(b, err)
	b.Run("bare", func(b *testing.B) {
		measure(b, func(w io.Writer) error { return bareCSV(w, d) })
	})
	b.Run("report", func(b *testing.B) {
		measure(b, func(w io.Writer) error {
			_, err := report.CSV(b.Context(), w, d.st, report.Options{})
			return err
		})
	})
}

func bareCSV(w io.Writer, d *benchData) error {
	buf := make([]byte, 0, 80<<10)
	for i, rows := range d.rows {
		t := &d.st.Tenants[i]
		for n := range rows {
			row := &rows[n]
			buf = append(append(append(append(append(buf, "acme,2026-10,final,user,"...), t.ID...), ','), t.Name...), ",,,,,"...)
			buf = append(append(append(append(buf, row.user...), ','), row.name...), ',')
			buf = append(append(append(append(buf, row.address...), ','), row.first...), ',')
			buf = strconv.AppendInt(append(append(buf, row.last...), ','), row.days, 10)
			buf = append(buf, ",31,1,,,,4.30,"...)
			buf = strconv.AppendInt(buf, row.minor/100, 10)
			buf = append(buf, '.', byte('0'+row.minor/10%10), byte('0'+row.minor%10))
			buf = append(buf, ",USD\r\n"...)
			if len(buf) >= 64<<10 {
				if _, err := w.Write(buf); err != nil {
					return err
				}
				buf = buf[:0]
			}
		}
	}
	_, err := w.Write(buf)
	return err
}

// BenchmarkJSONLines is to be compared with CSV: twice the bytes.
func BenchmarkJSONLines(b *testing.B) {
	d, err := benchOnce()
	require.NoError(b, err)
	measure(b, func(w io.Writer) error {
		_, err := report.JSONLines(b.Context(), w, d.st, report.Options{})
		return err
	})
}

// BenchmarkRows is what reading the rows of the statement costs, without writing anything.
func BenchmarkRows(b *testing.B) {
	d, err := benchOnce()
	require.NoError(b, err)
	measure(b, func(io.Writer) error {
		n := 0
		for i := range d.st.Tenants {
			for row := range d.st.Tenants[i].Groups[0].Rows() {
				n += row.Pieces
			}
		}
		if n != benchTenants*benchUsers {
			return fmt.Errorf("%d rows", n)
		}
		return nil
	})
}

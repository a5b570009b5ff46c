package report_test

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/money"
	"github.com/billhatch/billhatch/report"
	"github.com/billhatch/billhatch/report/xlsx"
	"github.com/billhatch/billhatch/usage"
	"github.com/billhatch/billhatch/usage/civil"
	"github.com/billhatch/billhatch/usage/pricing"
)

// format is one of the three documents, and how its reader tells that it is complete.
type format struct {
	name     string
	write    func(context.Context, io.Writer, *usage.Statement, report.Options) (report.Result, error)
	complete func(file []byte) bool
}

func formats() []format {
	return []format{
		{"workbook", report.Workbook, func(file []byte) bool {
			_, err := zip.NewReader(bytes.NewReader(file), int64(len(file)))
			return err == nil
		}},
		{"CSV", report.CSV, func(file []byte) bool {
			lines := strings.Split(string(file), "\r\n")
			return len(lines) > 1 && lines[len(lines)-1] == "" && strings.Contains(lines[len(lines)-2], fmt.Sprintf(",end,,,,,,%d,", len(lines)-3))
		}},
		{"JSON lines", report.JSONLines, func(file []byte) bool {
			lines := strings.Split(string(file), "\n")
			return len(lines) > 1 && lines[len(lines)-1] == "" && strings.HasPrefix(lines[len(lines)-2], fmt.Sprintf(`{"type":"end","lines":%d,`, len(lines)-2))
		}},
	}
}

// broken is a disk that is full after some bytes.
type broken struct {
	bytes.Buffer
	room int
}

var errFull = errors.New("disk full")

func (b *broken) Write(p []byte) (int, error) {
	if len(p) > b.room {
		n, _ := b.Buffer.Write(p[:b.room])
		b.room = 0
		return n, errFull
	}
	b.room -= len(p)
	return b.Buffer.Write(p)
}

func TestAFileIsCompleteOnlyWhenEveryByteWasWritten(t *testing.T) {
	t.Parallel()
	st := compute(t, everything(t))
	for _, f := range formats() {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			var whole bytes.Buffer
			_, err := f.write(t.Context(), &whole, st, report.Options{Workers: 1})
			require.NoError(t, err)
			require.True(t, f.complete(whole.Bytes()))
			step := max(1, whole.Len()/300)
			for n := 0; n < whole.Len(); n += step {
				w := &broken{room: n}
				_, err := f.write(t.Context(), w, st, report.Options{Workers: 1})
				require.ErrorIs(t, err, errFull, "after %d bytes", n)
				require.False(t, f.complete(w.Bytes()), "after %d bytes", n)
			}
			w := &broken{room: whole.Len() - 1}
			_, err = f.write(t.Context(), w, st, report.Options{Workers: 1})
			require.ErrorIs(t, err, errFull)
			require.False(t, f.complete(w.Bytes()))
		})
	}
}

// short takes less than it was given and says nothing.
type short struct{}

func (short) Write(p []byte) (int, error) { return len(p) / 2, nil }

func TestAWriterThatTakesLessIsAnError(t *testing.T) {
	t.Parallel()
	for _, f := range formats() {
		_, err := f.write(t.Context(), short{}, seats(t, tenant("t", "Acme", people(3)...)), report.Options{})
		require.ErrorIs(t, err, io.ErrShortWrite, f.name)
	}
}

// counted is a context that is cancelled when it has been looked at so many times.
type counted struct {
	context.Context
	left atomic.Int64
}

func (c *counted) Err() error {
	if c.left.Add(-1) < 0 {
		return context.Canceled
	}
	return nil
}

func TestCancellingAtAnyRowLeavesNoCompleteFile(t *testing.T) {
	t.Parallel()
	st := seats(t, tenant("t1", "Acme", people(20)...), tenant("t2", "Empty"), tenant("t3", "Zeta", people(20)...))
	for _, f := range formats() {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			for n := range 45 {
				var file bytes.Buffer
				ctx := &counted{Context: t.Context()}
				ctx.left.Store(int64(n))
				_, err := f.write(ctx, &file, st, report.Options{Workers: 1})
				if err == nil {
					require.GreaterOrEqual(t, n, 40, "the context is looked at before every row")
					continue
				}
				require.ErrorIs(t, err, context.Canceled)
				require.False(t, f.complete(file.Bytes()), "at row %d", n)
			}
			ctx, cancel := context.WithCancel(t.Context())
			done := 0
			var file bytes.Buffer
			_, err := f.write(ctx, &file, st, report.Options{Progress: func(p report.Progress) {
				if done = p.TenantsDone; done == 1 {
					cancel()
				}
			}})
			require.ErrorIs(t, err, context.Canceled)
			require.Equal(t, 1, done)
			require.False(t, f.complete(file.Bytes()))
		})
	}
}

// changed computes a statement and changes it.
func changed(t *testing.T, change func(*usage.Statement)) *usage.Statement {
	t.Helper()
	st := seats(t, tenant("t1", "Acme", people(5)...), tenant("t2", "Zeta", people(5)...))
	change(st)
	return st
}

func TestAStatementThatDoesNotAddUpIsRefused(t *testing.T) {
	t.Parallel()
	more := func(a *money.Amount) {
		sum, err := a.Add(usd("0.01"))
		require.NoError(t, err)
		*a = sum
	}
	for name, st := range map[string]*usage.Statement{
		"there is none":         nil,
		"it is empty":           {},
		"no period":             changed(t, func(st *usage.Statement) { st.Period = civil.Period{} }),
		"the total is wrong":    changed(t, func(st *usage.Statement) { more(&st.Total) }),
		"a tenant is wrong":     changed(t, func(st *usage.Statement) { more(&st.Tenants[1].Subtotal); more(&st.Total) }),
		"another currency":      changed(t, func(st *usage.Statement) { st.Currency = "EUR" }),
		"an amount is not set":  changed(t, func(st *usage.Statement) { st.Tenants[0].Subtotal = money.Amount{} }),
		"rows are not the last": changed(t, func(st *usage.Statement) { st.Tenants[1].Groups[0].Users-- }),
		"a project is wrong": func() *usage.Statement {
			st := compute(t, everything(t))
			more(&st.Projects[0].Meters[0].Amount)
			return st
		}(),
		"the rows are wrong": changed(t, func(st *usage.Statement) {
			more(&st.Tenants[1].Groups[0].Subtotal)
			more(&st.Tenants[1].Subtotal)
			more(&st.Total)
		}),
	} {
		for _, f := range formats() {
			t.Run(name+", "+f.name, func(t *testing.T) {
				t.Parallel()
				var file bytes.Buffer
				_, err := f.write(t.Context(), &file, st, report.Options{})
				require.ErrorIs(t, err, report.ErrStatement)
				require.False(t, f.complete(file.Bytes()))
			})
		}
	}
}

func TestAnErrorNamesTheTenantAndIsShort(t *testing.T) {
	t.Parallel()
	st := seats(t, tenant(strings.Repeat("ü", 100), "Zeta", people(2)...))
	st.Tenants[0].Groups[0].Users++
	_, err := report.CSV(t.Context(), io.Discard, st, report.Options{})
	var e *report.Error
	require.ErrorAs(t, err, &e)
	require.Equal(t, st.Tenants[0].ID, e.Tenant)
	require.Equal(t, `report: tenant "`+strings.Repeat("ü", 40)+`…": statement does not add up: 2 rows sum to 846 minor units, stated are 3 rows and 8.46 USD`, err.Error())
}

func TestAStatementWithoutRowsIsRefused(t *testing.T) {
	t.Parallel()
	in := seatInput(t, tenant("t1", "Acme", people(5)...))
	in.TotalsOnly = true
	st := compute(t, in)
	for _, f := range formats() {
		var file bytes.Buffer
		_, err := f.write(t.Context(), &file, st, report.Options{})
		require.ErrorIs(t, err, report.ErrNoRows, f.name)
		require.Zero(t, file.Len(), f.name)
		_, err = f.write(t.Context(), &file, st, report.Options{Visible: all()})
		require.NoError(t, err, "%s: rows of hidden tenants are not needed", f.name)
	}
}

func TestOptionsThatTheWriterRefusesAreErrors(t *testing.T) {
	t.Parallel()
	st := seats(t)
	for _, opt := range []report.Options{{Workers: -1}, {Workers: 1 << 20}, {Level: 9}} {
		_, err := report.Workbook(t.Context(), io.Discard, st, opt)
		require.ErrorIs(t, err, report.ErrOptions)
		require.ErrorIs(t, err, xlsx.ErrValue)
	}
}

// slow takes a byte at a time.
type slow struct{ bytes.Buffer }

func (s *slow) Write(p []byte) (int, error) {
	for i := range p {
		s.WriteByte(p[i])
		if i%512 == 0 {
			time.Sleep(time.Microsecond)
		}
	}
	return len(p), nil
}

func TestTheSameInputGivesTheSameBytes(t *testing.T) {
	t.Parallel()
	in := everything(t)
	in.Tenants = each(tenant("t1", "Acme", people(9000)...), campus(), tenant("t2", "ACME", people(300)...))
	st, again := large(t, in), large(t, in)
	for _, f := range formats() {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			sums := map[[32]byte]bool{}
			for _, workers := range []int{1, 1, 2, 3, 8} {
				var file bytes.Buffer
				_, err := f.write(t.Context(), &file, st, report.Options{Workers: workers})
				require.NoError(t, err)
				sums[sha256.Sum256(file.Bytes())] = true
			}
			var file slow
			_, err := f.write(t.Context(), &file, again, report.Options{})
			require.NoError(t, err)
			sums[sha256.Sum256(file.Bytes())] = true
			require.Len(t, sums, 1)
		})
	}
}

func TestProgressIsToldAndReachesTheEnd(t *testing.T) {
	t.Parallel()
	st := large(t, seatInput(t, tenant("t1", "Acme", people(9000)...), tenant("t2", "Zeta", people(10)...), tenant("t3", "Hidden", people(3)...)))
	for _, f := range formats() {
		var told []report.Progress
		result, err := f.write(t.Context(), io.Discard, st, report.Options{
			Visible: all("t1", "t2"), Progress: func(p report.Progress) { told = append(told, p) },
		})
		require.NoError(t, err)
		require.Equal(t, []report.Progress{
			{Tenants: 2, Rows: 9010, RowsDone: 4096},
			{Tenants: 2, Rows: 9010, RowsDone: 8192},
			{Tenants: 2, TenantsDone: 1, Rows: 9010, RowsDone: 9000},
			{Tenants: 2, TenantsDone: 2, Rows: 9010, RowsDone: 9010},
		}, told, f.name)
		require.Equal(t, 9010, result.Rows)
	}
}

func TestACallbackThatPanicsLeavesNoGoroutines(t *testing.T) {
	t.Parallel()
	st := large(t, seatInput(t, tenant("t1", "Acme", people(5000)...)))
	for _, f := range formats() { // goleak looks when all tests are done
		require.Panics(t, func() {
			_, _ = f.write(t.Context(), io.Discard, st, report.Options{Progress: func(report.Progress) { panic("host") }})
		}, f.name)
	}
}

func TestFileNamesAreSafeEverywhere(t *testing.T) {
	t.Parallel()
	name := func(id string, change func(*usage.Statement)) string {
		st := seats(t)
		st.Account.ID = id
		if change != nil {
			change(st)
		}
		return report.FileName(st, ".xlsx")
	}
	require.Equal(t, "usage-acme-2026-10.xlsx", name("acme", nil))
	require.Equal(t, "usage-etc-passwd-2026-10.xlsx", name("../../etc/passwd", nil))
	require.Equal(t, "usage-a-b-2026-10.xlsx", name("a\"\r\n; b", nil))
	require.Equal(t, "usage-2026-10.xlsx", name("日本", nil))
	require.Equal(t, "usage-"+strings.Repeat("x", 48)+"-2026-10.xlsx", name(strings.Repeat("x", 100), nil))
	require.Equal(t, "usage-acme-2026-10-to-date.xlsx", name("acme", func(st *usage.Statement) { st.Finality = usage.ToDate }))
	require.Equal(t, "usage-acme-2026-10-forecast.xlsx", name("acme", func(st *usage.Statement) { st.Finality = usage.Forecast }))
	require.Equal(t, "usage-acme-2026-10-05-2026-11-05.xlsx", name("acme", func(st *usage.Statement) {
		var err error
		st.Period, err = civil.NewPeriod(day(5), day(36), st.Period.Zone())
		require.NoError(t, err)
	}))
	require.Equal(t, "usage", report.FileName(nil, ""))
}

func TestWordsListsExactlyWhatIsPrinted(t *testing.T) {
	t.Parallel()
	asked := map[string]bool{}
	translate := func(word string) string { asked[word] = true; return "" }
	print := func(st *usage.Statement, opt report.Options) {
		opt.Translate = translate
		workbook(t, st, opt)
	}
	print(compute(t, everything(t)), report.Options{})
	print(compute(t, everything(t)), report.Options{Visible: all("t-head")})
	print(seats(t), report.Options{})
	paused := tenant("t", strings.Repeat("x", xlsx.MaxText+1), people(9)...)
	paused.Pauses = []civil.Span{{From: day(3), To: day(4)}}
	never := tenant("u", "Never")
	never.FirstBillable = day(40)
	print(seats(t, paused, never), report.Options{}.WithRowsPerTab(10))
	in := seatInput(t, tenant("t", "Acme", people(2)...))
	in.Plan.Seats.Unit = usd("12345678901234567.89")
	for _, policy := range []usage.Policy{usage.TouchedDays, usage.Seconds, usage.TenantShare, usage.FullPeriod} {
		in.Plan.Policy = policy
		print(compute(t, in), report.Options{})
	}
	in = everything(t)
	tiers := pricing.Price{Model: pricing.Graduated, Tiers: []pricing.Tier{{Unit: usd("1.00")}}}
	in.Plan.Metered[0].Meters = append(in.Plan.Metered[0].Meters, usage.Meter{Name: "tiered", Price: tiers})
	in.Plan.Seats = pricing.Price{Model: pricing.Graduated, Minimum: usd("5.00"), Tiers: []pricing.Tier{{Unit: usd("3.00")}}}
	in.Tenants = each(tenant("t", "Nobody"))
	in.Projects = each(usage.Project{ID: "p", Plan: "Voice", Active: civil.Span{From: day(1)}, Readings: []usage.Reading{
		{Meter: "minutes", Used: usage.Known(decimal.NewFromInt(10))},
	}})
	for _, finality := range []usage.Finality{usage.ToDate, usage.Forecast} {
		for _, asOf := range []int{1, 9} {
			in.Finality, in.AsOf = finality, day(asOf)
			print(compute(t, in), report.Options{})
		}
	}
	for _, word := range report.Words() {
		require.True(t, asked[word], "never printed: %q", word)
		delete(asked, word)
	}
	require.Empty(t, asked, "printed but not listed")
}

func TestTheWorkbookSpeaksTheLanguageOfItsReader(t *testing.T) {
	t.Parallel()
	words := map[string]string{"Summary": "Übersicht", "Total": "Summe", "{from} to {to}, both inclusive, {days} days": "{days} Tage: {from} bis {to}"}
	b := workbook(t, seats(t, tenant("t", "Summary", people(1)...)), report.Options{Translate: func(w string) string { return words[w] }})
	require.Equal(t, []string{"Übersicht", "Summary"}, b.tabs())
	require.Contains(t, b.rows("Übersicht"), "Period|31 Tage: 2026-10-01 bis 2026-10-31")
	require.Contains(t, b.rows("Summary"), "Summe|4.30")
}

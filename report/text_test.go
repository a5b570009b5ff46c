package report_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"flag"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/billhatch/billhatch/money"
	"github.com/billhatch/billhatch/report"
	"github.com/billhatch/billhatch/usage"
	"github.com/billhatch/billhatch/usage/civil"
)

var update = flag.Bool("update", false, "write the golden files anew")

func csvText(tb testing.TB, st *usage.Statement, opt report.Options) string {
	tb.Helper()
	var file bytes.Buffer
	_, err := report.CSV(tb.Context(), &file, st, opt)
	require.NoError(tb, err)
	return file.String()
}

func jsonText(tb testing.TB, st *usage.Statement, opt report.Options) string {
	tb.Helper()
	var file bytes.Buffer
	_, err := report.JSONLines(tb.Context(), &file, st, opt)
	require.NoError(tb, err)
	return file.String()
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		require.NoError(t, os.MkdirAll("testdata", 0o755))
		require.NoError(t, os.WriteFile(path, []byte(got), 0o600))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(want), got)
}

func TestTheBytesOfCSVAreThoseOfTheGoldenFile(t *testing.T) {
	t.Parallel()
	golden(t, "everything.csv", csvText(t, compute(t, everything(t)), report.Options{}))
	golden(t, "partial.csv", csvText(t, compute(t, everything(t)), report.Options{Visible: all("t-head", "t-empty")}))
}

func TestTheBytesOfJSONLinesAreThoseOfTheGoldenFile(t *testing.T) {
	t.Parallel()
	golden(t, "everything.jsonl", jsonText(t, compute(t, everything(t)), report.Options{}))
	golden(t, "partial.jsonl", jsonText(t, compute(t, everything(t)), report.Options{Visible: all("t-head", "t-empty")}))
}

func TestAByteOrderMarkComesFirstWhenAskedFor(t *testing.T) {
	t.Parallel()
	st := seats(t, tenant("t", "Acme", people(1)...))
	plain := csvText(t, st, report.Options{})
	require.Equal(t, "\ufeff"+plain, csvText(t, st, report.Options{ByteOrderMark: true}))
	require.True(t, strings.HasPrefix(plain, "account,"))
}

// spreadsheetRuns tells what a spreadsheet may take for a formula, after what it may skip.
func spreadsheetRuns(field string) bool {
	rest := strings.TrimLeftFunc(field, func(r rune) bool {
		return r != '\t' && r != '\r' && r != '\n' && (unicode.IsSpace(r) || unicode.Is(unicode.Cf, r))
	})
	first, _ := utf8.DecodeRuneInString(rest)
	return rest != "" && strings.ContainsRune("=+-@＝＋－＠\t\r\n", first)
}

// unguard takes back what CSV has put before a text, as the documentation of the package says.
func unguard(field string) string {
	if rest, ok := strings.CutPrefix(field, "'"); ok && report.FormulaLike(rest) {
		return rest
	}
	return field
}

func clean(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' && r != '\t' && r != '\r' && r != '\n' || r == 0x7f || r == 0xfffe || r == 0xffff {
			return utf8.RuneError
		}
		return r
	}, s)
	return strings.ReplaceAll(s, "\r\n", "\n") // as the reader of the standard library does
}

func checkField(tb testing.TB, s string) {
	tb.Helper()
	record := append(report.AppendField(nil, s), ",end"...)
	fields, err := csv.NewReader(bytes.NewReader(record)).Read()
	require.NoError(tb, err, "%q gives %q", s, record)
	require.Len(tb, fields, 2)
	require.False(tb, spreadsheetRuns(fields[0]), "%q gives %q", s, record)
	require.Equal(tb, clean(s), unguard(fields[0]), "%q gives %q", s, record)
	require.True(tb, utf8.Valid(record))
}

func TestTextsInCSVAreNeverFormulasAndReadBack(t *testing.T) {
	t.Parallel()
	for _, name := range hostileNames() {
		checkField(t, name)
		checkField(t, "'"+name)
		checkField(t, "''"+name)
		checkField(t, " "+name)
	}
	rapid.Check(t, func(t *rapid.T) {
		parts := rapid.SliceOfN(rapid.SampledFrom([]string{"'", "=", "+", "-", "@", "\t", "\r", "\n", " ", "\u00a0", "\ufeff", "＝", ",", "\"", "a", "1", "\xff", "\x00"}), 0, 8)
		s := strings.Join(parts.Draw(t, "parts"), "")
		record := append(report.AppendField(nil, s), ",end"...)
		fields, err := csv.NewReader(bytes.NewReader(record)).Read()
		if err != nil || len(fields) != 2 || spreadsheetRuns(fields[0]) || unguard(fields[0]) != clean(s) {
			t.Fatalf("%q gives %q, which reads as %q: %v", s, record, fields, err)
		}
	})
}

func FuzzCSVField(f *testing.F) {
	for _, name := range hostileNames() {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, s string) { checkField(t, s) })
}

func FuzzJSONString(f *testing.F) {
	for _, name := range hostileNames() {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, s string) {
		text := report.AppendString(nil, s)
		var back string
		require.NoError(t, json.Unmarshal(text, &back), "%q", text)
		require.Equal(t, strings.Map(func(r rune) rune { return r }, s), back) // Map replaces bad UTF-8
		require.NotContains(t, string(text), "\n")
		require.True(t, utf8.Valid(text))
	})
}

func TestMinorUnitsAreWrittenAsMoneyWritesThem(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		code := rapid.SampledFrom([]string{"JPY", "USD", "KWD", "CLF"}).Draw(t, "code")
		n := rapid.OneOf(rapid.Int64(), rapid.Int64Range(-1200, 1200), rapid.Just(int64(math.MinInt64))).Draw(t, "minor")
		scale, _ := money.Exponent(code)
		a, err := money.FromMinor(n, code)
		if err != nil {
			t.Fatal(err)
		}
		if got := string(report.AppendMinor(nil, n, scale)) + " " + code; got != a.String() {
			t.Fatalf("%d is %s, not %s", n, got, a)
		}
	})
}

func TestTheLastRecordOfCSVCountsTheOthers(t *testing.T) {
	t.Parallel()
	st := seats(t, tenant("t1", "Acme", people(7)...), tenant("t2", "Empty"))
	lines := strings.Split(csvText(t, st, report.Options{}), "\r\n")
	require.Len(t, lines, 1+7+1+1+1, "header, users, tenant without users, end, nothing after the last line break")
	require.True(t, strings.HasPrefix(lines[9], "acme,2026-10,final,end,,,,,,8,"), lines[9])
	require.Empty(t, lines[10])
}

func TestPeriodsOtherThanMonthsAreHalfOpenInCSV(t *testing.T) {
	t.Parallel()
	in := seatInput(t, tenant("t", "Acme", people(1)...))
	var err error
	in.Period, err = civil.NewPeriod(day(5), day(36), in.Period.Zone())
	require.NoError(t, err)
	require.Contains(t, csvText(t, compute(t, in), report.Options{}), "acme,2026-10-05..2026-11-05,final,user,")
}

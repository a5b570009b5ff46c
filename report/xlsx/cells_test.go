package xlsx_test

import (
	"bytes"
	"fmt"
	"math"
	"math/big"
	"strings"
	"testing"
	"time"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/billhatch/billhatch/report/xlsx"
)

func TestTextComesBackOrIsVisiblyReplaced(t *testing.T) {
	t.Parallel()
	const bad = "\uFFFD"
	for _, tc := range []struct{ name, in, want string }{
		{"plain", "Acme", "Acme"},
		{"letters of all planes", "Łódź 日本 𠮷野家 😀 עברית", "Łódź 日本 𠮷野家 😀 עברית"},
		{"signs of XML", `<a href="x">&amp; 'q' ]]>`, `<a href="x">&amp; 'q' ]]>`},
		{"outer spaces are kept", "  a  ", "  a  "},
		{"only spaces", "   ", "   "},
		{"line breaks and tabs are kept", "\ta\nb\r\nc\rd\n", "\ta\nb\r\nc\rd\n"},
		{"NUL", "a\x00b", "a" + bad + "b"},
		{"other control characters", "\x01\x1b[31m\x7f", bad + bad + "[31m" + bad},
		{"control characters beyond ASCII", "a\u0080b\u009fc", "a" + bad + "b" + bad + "c"},
		{"no-break space is no control character", "a\u00a0b", "a\u00a0b"},
		{"non-characters", "a\uFFFEb\uFFFFc", "a" + bad + "b" + bad + "c"},
		{"bytes that are not UTF-8", "a\xff\xfeb", "a" + bad + bad + "b"},
		{"a cut character at the end", "a\xe2\x82", "a" + bad + bad},
		{"half a surrogate pair", "\xed\xa0\x80", bad + bad + bad},
		{"the replacement itself", bad, bad},
		{"what looks like an escape", "_x0041_", "_x0041_"},
		{"small hex digits", "_x00e9_", "_x00e9_"},
		{"an escaped underscore", "_x005F_", "_x005F_"},
		{"escapes that share an underscore", "_x0041_x0042_", "_x0041_x0042_"},
		{"an escape before a carriage return", "_x005F\r_", "_x005F\r_"},
		{"almost escapes", "_x004_ _x00G1_ _X0041_ __x0041__ _x0041", "_x004_ _x00G1_ _X0041_ __x0041__ _x0041"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			for _, inline := range []bool{false, true} {
				file := single(t, xlsx.Options{InlineStrings: inline}, xlsx.SheetOptions{}, func(s *xlsx.Sheet) {
					row(t, s, func(r *xlsx.Row) { r.Text(tc.in) })
				})
				b := read(t, file)
				cell := b.tabs[0].cells["A1"]
				require.Equal(t, "text", cell.kind)
				require.Equal(t, tc.want, cell.value)
				_, table := b.parts["xl/sharedStrings.xml"]
				require.Equal(t, !inline, table)
			}
		})
	}
}

func TestTextNeverBecomesAFormula(t *testing.T) {
	t.Parallel()
	for text, marked := range map[string]bool{
		"=1+1": true, "+1": true, "-1": true, "@SUM(A1)": true, "=HYPERLINK(\"http://x\")": true, "  =1": true,
		"\t=1": true, "\tx": true, "\rx": true, "\n=1": true, "＝1": true, "＋1": true, "－1": true, "＠x": true, "=cmd|' /C calc'!A0": true,
		"Acme": false, "1-2": false, "a=b": false, "Ärzte": false, "日本": false, " x": false, "(=1)": false,
	} {
		file := single(t, xlsx.Options{}, xlsx.SheetOptions{}, func(s *xlsx.Sheet) {
			row(t, s, func(r *xlsx.Row) { r.Text(text) })
		})
		b := read(t, file)
		cell := b.tabs[0].cells["A1"]
		require.Equal(t, text, cell.value)
		require.Empty(t, cell.formula)
		require.Equal(t, marked, b.styles.Cells[cell.style].Quote, "%q", text)
		require.NotContains(t, b.parts[b.tabs[0].part], "<f>")
	}
}

func TestLongTextIsCutWithAMarkAndCounted(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, in string
		cut      bool
	}{
		{"at the limit", strings.Repeat("a", xlsx.MaxText), false},
		{"one above", strings.Repeat("a", xlsx.MaxText+1), true},
		{"two units each, at the limit", strings.Repeat("😀", xlsx.MaxText/2), false},
		{"two units each, above", strings.Repeat("😀", xlsx.MaxText/2+1), true},
		{"many bytes, few units", strings.Repeat("語", xlsx.MaxText), false},
		{"letters with marks", strings.Repeat("e\u0301", xlsx.MaxText), true},
		{"nothing but marks", strings.Repeat("\u0301", 2*xlsx.MaxText), true},
		{"no UTF-8", strings.Repeat("\xff", xlsx.MaxText+1), true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			var file bytes.Buffer
			w, err := xlsx.NewWriter(t.Context(), &file, xlsx.Options{})
			require.NoError(t, err)
			s, err := w.Sheet("T", xlsx.SheetOptions{})
			require.NoError(t, err)
			row(t, s, func(r *xlsx.Row) { r.Text(tc.in) })
			require.NoError(t, s.Close())
			counts := w.Counts()
			require.NoError(t, w.Close())
			got := read(t, file.Bytes()).tabs[0].cells["A1"].value
			if !tc.cut {
				require.Zero(t, counts)
				require.Equal(t, tc.in, got)
				return
			}
			require.Equal(t, xlsx.Counts{CutTexts: 1}, counts)
			start, ok := strings.CutSuffix(got, " […]")
			require.True(t, ok)
			require.True(t, strings.HasPrefix(strings.ToValidUTF8(tc.in, "\uFFFD"), start) || !utf8.ValidString(tc.in))
			units := len(utf16.Encode([]rune(got)))
			require.LessOrEqual(t, units, xlsx.MaxText)
			require.Greater(t, units, xlsx.MaxText-40)
		})
	}
}

func TestNumbersAreExactDecimalText(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name     string
		unscaled int64
		scale    int
		value    string
		format   string
		kind     string
	}{
		{"cents", 1250, 2, "12.50", "#,##0.00", ""},
		{"below one", 5, 2, "0.05", "#,##0.00", ""},
		{"zero", 0, 2, "0.00", "#,##0.00", ""},
		{"negative", -1, 2, "-0.01", "#,##0.00", ""},
		{"whole", 31, 0, "31", "#,##0", ""},
		{"three decimals", 1234567, 3, "1234.567", "#,##0.000", ""},
		{"four decimals", 1, 4, "0.0001", "#,##0.0000", ""},
		{"most decimals", 1, 18, "0.000000000000000001", "#,##0.000000000000000000", ""},
		{"15 digits", 999999999999999, 2, "9999999999999.99", "#,##0.00", ""},
		{"16 digits, the last of them zero", 9999999999999990, 2, "99999999999999.90", "#,##0.00", ""},
		{"16 digits", 1000000000000001, 2, "10000000000000.01", "", "text"},
		{"16 digits, negative", -1000000000000001, 2, "-10000000000000.01", "", "text"},
		{"the greatest", math.MaxInt64, 2, "92233720368547758.07", "", "text"},
		{"the least", math.MinInt64, 0, "-9223372036854775808", "", "text"},
		{"a great power of ten", 1e18, 0, "1000000000000000000", "#,##0", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			file := single(t, xlsx.Options{}, xlsx.SheetOptions{}, func(s *xlsx.Sheet) {
				row(t, s, func(r *xlsx.Row) {
					r.Number(tc.unscaled, tc.scale)
					r.Decimal(tc.value)
				})
			})
			b := read(t, file)
			require.Equal(t, b.tabs[0].cells["A1"], b.tabs[0].cells["B1"], "both ways are the same")
			cell := b.tabs[0].cells["A1"]
			require.Equal(t, tc.value, cell.value)
			require.Equal(t, tc.kind, cell.kind)
			require.Equal(t, tc.format, b.styles.format(cell.style))
			if tc.kind == "text" {
				require.Equal(t, "right", b.styles.Cells[cell.style].Align.Horizontal)
			}
		})
	}
}

func TestDecimalTextIsReadStrictly(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"1": "1", "+1.50": "1.50", "007.10": "7.10", "-0.00": "0.00", "0.5": "0.5", "-12.345": "-12.345",
		"1" + strings.Repeat("0", 33):  "1" + strings.Repeat("0", 33),
		"0.000000000000000001":         "0.000000000000000001",
		strings.Repeat("0", 40) + "12": "12",
	} {
		file := single(t, xlsx.Options{}, xlsx.SheetOptions{}, func(s *xlsx.Sheet) {
			row(t, s, func(r *xlsx.Row) { r.Decimal(in) })
		})
		require.Equal(t, want, read(t, file).tabs[0].cells["A1"].value, "%q", in)
	}
	for _, in := range []string{
		"", "-", "+", ".", "1.", ".5", "1e3", "0x10", "1,5", "1 000", " 1", "1 ", "--1", "1.2.3", "NaN", "Inf", "１", "=1", "1\x00",
		"0.0000000000000000001", strings.Repeat("9", 35), strings.Repeat("9", 20) + "." + strings.Repeat("9", 15), strings.Repeat("0", 200),
	} {
		err := broken(t, func(_ *xlsx.Writer, s *xlsx.Sheet) error {
			r := s.Row()
			r.Blank()
			r.Decimal(in)
			return r.End()
		})
		require.ErrorIs(t, err, xlsx.ErrValue, "%q", in)
		var at *xlsx.CellError
		require.ErrorAs(t, err, &at)
		require.Equal(t, "B1", at.Cell)
		require.Equal(t, 1, at.Sheet)
		require.Equal(t, "T", at.Tab)
		require.Less(t, len(err.Error()), 200)
	}
}

func TestEveryNumberReadsBackAsItself(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		unscaled := rapid.Int64().Draw(rt, "unscaled")
		scale := rapid.IntRange(0, 18).Draw(rt, "scale")
		file := single(t, xlsx.Options{}, xlsx.SheetOptions{}, func(s *xlsx.Sheet) {
			row(t, s, func(r *xlsx.Row) { r.Number(unscaled, scale) })
		})
		cell := read(rt, file).tabs[0].cells["A1"]
		got, ok := new(big.Rat).SetString(cell.value)
		require.True(rt, ok)
		want := new(big.Rat).SetFrac(big.NewInt(unscaled), new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(scale)), nil))
		require.Zero(rt, got.Cmp(want), "%s", cell.value)
		if cell.kind == "" { // then a binary fraction shows the same 15 digits
			f, _ := want.Float64()
			back, _ := new(big.Rat).SetString(fmt.Sprintf("%.14e", f))
			require.Zero(rt, back.Cmp(want), "%s would be rounded", cell.value)
		}
	})
}

func TestDatesAreCivilDays(t *testing.T) {
	t.Parallel()
	days := 0
	file := single(t, xlsx.Options{}, xlsx.SheetOptions{}, func(s *xlsx.Sheet) {
		for d := time.Date(1900, 3, 1, 0, 0, 0, 0, time.UTC); d.Year() < 10000; d = d.AddDate(0, 0, 211) {
			row(t, s, func(r *xlsx.Row) {
				r.Date(d.Year(), int(d.Month()), d.Day())
				r.Day(int(d.Unix()/86400) + 25569)
			})
			days++
		}
	})
	b := read(t, file)
	require.Equal(t, "61", b.tabs[0].cells["A1"].value)
	require.Equal(t, `yyyy\-mm\-dd`, b.styles.format(b.tabs[0].cells["A1"].style))
	for i := range days {
		a, d := fmt.Sprintf("A%d", i+1), fmt.Sprintf("B%d", i+1)
		if b.tabs[0].cells[a] != b.tabs[0].cells[d] {
			require.Equal(t, b.tabs[0].cells[d], b.tabs[0].cells[a])
		}
	}
	for _, d := range [][3]int{
		{1900, 2, 28}, {1899, 12, 31}, {10000, 1, 1}, {0, 1, 1}, {-1, 1, 1}, {2026, 0, 1}, {2026, 13, 1}, {2026, 2, 29}, {2100, 2, 29}, {2026, 4, 31}, {2026, 1, 0},
	} {
		err := broken(t, func(_ *xlsx.Writer, s *xlsx.Sheet) error {
			r := s.Row()
			r.Date(d[0], d[1], d[2])
			return r.End()
		})
		require.ErrorIs(t, err, xlsx.ErrValue, "%v", d)
	}
	for _, n := range []int{60, 0, -1, 2958466} {
		err := broken(t, func(_ *xlsx.Writer, s *xlsx.Sheet) error {
			r := s.Row()
			r.Day(n)
			return r.End()
		})
		require.ErrorIs(t, err, xlsx.ErrValue, "%d", n)
	}
}

func TestTheLastDayOfAYearIsFollowedByTheFirst(t *testing.T) {
	t.Parallel()
	file := single(t, xlsx.Options{}, xlsx.SheetOptions{}, func(s *xlsx.Sheet) {
		row(t, s, func(r *xlsx.Row) {
			r.Date(2024, 2, 29)
			r.Date(2026, 12, 31)
			r.Date(2027, 1, 1)
			r.Date(9999, 12, 31)
			r.Date(1970, 1, 1)
		})
	})
	cells := read(t, file).tabs[0].cells
	require.Equal(t, "45351", cells["A1"].value)
	require.Equal(t, "46387", cells["B1"].value)
	require.Equal(t, "46388", cells["C1"].value)
	require.Equal(t, "2958465", cells["D1"].value)
	require.Equal(t, "25569", cells["E1"].value)
}

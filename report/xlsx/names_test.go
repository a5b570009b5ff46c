package xlsx_test

import (
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/billhatch/billhatch/report/xlsx"
)

func TestOneNameIsMadeValid(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ name, in, want string }{
		{"good", "Acme", "Acme"},
		{"31 units", strings.Repeat("a", 31), strings.Repeat("a", 31)},
		{"32 units", strings.Repeat("a", 32), strings.Repeat("a", 31)},
		{"emoji count twice", strings.Repeat("😀", 16), strings.Repeat("😀", 15)},
		{"a letter is not parted from its mark", strings.Repeat("a", 30) + "e\u0301", strings.Repeat("a", 30)},
		{"a family is not torn apart", strings.Repeat("a", 24) + "👩\u200d👩\u200d👧\u200d👦", strings.Repeat("a", 24)},
		{"a skin tone stays with its hand", strings.Repeat("a", 29) + "👋🏽", strings.Repeat("a", 29)},
		{"a cut leaves no space at the end", strings.Repeat("a", 30) + " b", strings.Repeat("a", 30)},
		{"a cut leaves no apostrophe at the end", strings.Repeat("a", 30) + "'b", strings.Repeat("a", 30)},
		{"forbidden signs", `a:b\c/d?e*f[g]h`, "a-b-c-d-e-f(g)h"},
		{"forbidden signs, full width", "a：b＼c／d？e＊f［g］h", "a-b-c-d-e-f(g)h"},
		{"apostrophes outside", "''O'Neill'", "O'Neill"},
		{"apostrophe, full width", "＇x＇", "x"},
		{"nothing", "", "Tenant"},
		{"spaces", " \t\n\u00a0\u3000", "Tenant"},
		{"only what is trimmed", "' ' '", "Tenant"},
		{"only what cannot be seen", "\u200b\u2060\ufeff\u200d\u2800\u3164", "Tenant"},
		{"only a mark", "\u0301", "Tenant"},
		{"white space is one space", "  a \t\r\n b\u2028c ", "a b c"},
		{"NUL and control characters", "a\x00b\x1b[0m\u0085c", "ab(0m c"},
		{"direction overrides", "\u202eemca\u202c \u2066x\u2069", "emca x"},
		{"joiners stay", "می\u200cخواهم", "می\u200cخواهم"},
		{"no UTF-8", "a\xffb", "a\uFFFDb"},
		{"non-characters", "a\uFFFEb", "a\uFFFDb"},
		{"reserved", "History", "History_"},
		{"reserved, other case", "hIsToRy", "hIsToRy_"},
		{"reserved within", "History 2026", "History 2026"},
		{"reserved and padded", "H" + strings.Repeat("\u200d", 24) + "istory", "History_"},
		{"a formula", "=cmd", "=cmd"},
		{"two dots", "..", ".."},
		{"a cell", "A1", "A1"},
		{"what programs decode", "_x0041_x0042_", "-x0041-x0042_"},
		{"what programs decode, hidden", "_x00\u200b41_", "-x0041_"},
		{"very long", strings.Repeat("語", 1_000_000), strings.Repeat("語", 31)},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			var n xlsx.Namer
			got := n.Name(tc.in)
			require.Equal(t, tc.want, got)
			checkTabName(t, got)
		})
	}
}

// checkTabName checks the rules of the format, written independently.
func checkTabName(t require.TestingT, name string) {
	if fault := faultOf(name); fault != "" {
		require.Failf(t, "bad tab name", "%q: %s", name, fault)
	}
}

func faultOf(name string) string {
	switch {
	case !utf8.ValidString(name):
		return "no UTF-8"
	case len(utf16.Encode([]rune(name))) > 31:
		return "too long"
	case strings.TrimSpace(name) == "":
		return "blank"
	case strings.ContainsAny(name, `:\/?*[]`):
		return "forbidden sign"
	case strings.HasPrefix(name, "'"), strings.HasSuffix(name, "'"):
		return "apostrophe outside"
	case strings.EqualFold(name, "History"):
		return "reserved"
	}
	for _, r := range name {
		if unicode.IsControl(r) || r == '\ufffe' || r == '\uffff' || unicode.Is(unicode.Bidi_Control, r) {
			return "invisible sign"
		}
	}
	return ""
}

func TestEqualNamesGetNumbers(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name     string
		in, want []string
	}{
		{"equal", []string{"A", "A", "A"}, []string{"A", "A (2)", "A (3)"}},
		{"equal but for case", []string{"Acme", "ACME", "acme"}, []string{"Acme", "ACME (2)", "acme (3)"}},
		{"a wanted number is taken", []string{"A (2)", "A", "A", "A (2)"}, []string{"A (2)", "A", "A (3)", "A (2) (2)"}},
		{"equal after cleaning", []string{"a/b", "a:b", "a-b"}, []string{"a-b", "a-b (2)", "a-b (3)"}},
		{"equal after cutting", []string{strings.Repeat("x", 31), strings.Repeat("x", 40)}, []string{strings.Repeat("x", 31), strings.Repeat("x", 27) + " (2)"}},
		{"the number fits beside emoji", []string{strings.Repeat("😀", 20), strings.Repeat("😀", 20)}, []string{strings.Repeat("😀", 15), strings.Repeat("😀", 13) + " (2)"}},
		{"nameless", []string{"", " ", "Tenant", "\x00"}, []string{"Tenant", "Tenant (2)", "Tenant (3)", "Tenant (4)"}},
		{"reserved", []string{"History", "HISTORY", "history_"}, []string{"History_", "HISTORY_ (2)", "history_ (3)"}},
		{"Turkish i", []string{"İ", "i\u0307", "ı", "I", "i"}, []string{"İ", "i\u0307 (2)", "ı (3)", "I (4)", "i (5)"}},
		{"full width", []string{"Acme", "Ａｃｍｅ", "ａＣＭＥ"}, []string{"Acme", "Ａｃｍｅ (2)", "ａＣＭＥ (3)"}},
		{"long s and Kelvin", []string{"sk", "\u017f\u212a"}, []string{"sk", "\u017f\u212a (2)"}},
		{"sharp s", []string{"Straße", "STRASSE", "STRAẞE"}, []string{"Straße", "STRASSE (2)", "STRAẞE (3)"}},
		{"sigma", []string{"ΟΔΟΣ", "οδος"}, []string{"ΟΔΟΣ", "οδος (2)"}},
		{"composed and decomposed", []string{"Café", "CAFE\u0301", "Cafe"}, []string{"Café", "CAFE\u0301 (2)", "Cafe"}},
		{"composed and decomposed Cyrillic", []string{"Йод", "и\u0306од", "Ёлка", "е\u0308лка"}, []string{"Йод", "и\u0306од (2)", "Ёлка", "е\u0308лка (2)"}},
		{"different letters stay different", []string{"Müller", "Muller", "Möller", "Åsa", "Asa", "Čech", "Cech"}, []string{"Müller", "Muller", "Möller", "Åsa", "Asa", "Čech", "Cech"}},
		{"kana of both kinds", []string{"すし", "スシ"}, []string{"すし", "スシ (2)"}},
		{"invisible difference", []string{"ab", "a\u200db", "a\ufe0fb"}, []string{"ab", "a\u200db (2)", "a\ufe0fb (3)"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			var n xlsx.Namer
			for i, in := range tc.in {
				require.Equal(t, tc.want[i], n.Name(in))
			}
		})
	}
}

func TestTheFallbackIsTheCallersWord(t *testing.T) {
	t.Parallel()
	n := xlsx.Namer{Fallback: "Mieter"}
	require.Equal(t, "Mieter", n.Name(" "))
	require.Equal(t, "Mieter (2)", n.Name(""))
	n = xlsx.Namer{Fallback: "a/b"}
	require.Equal(t, "a-b", n.Name(""))
	n = xlsx.Namer{Fallback: "\x00"}
	require.Equal(t, "Tenant", n.Name(""))
}

// hostile gives names made to collide in one way.
func hostile(kind string, i int) string {
	switch kind {
	case "all the same":
		return "Acme"
	case "nothing to see":
		return strings.Repeat("\u200b", i%7)
	case "pairs that share the cut start":
		return strings.Repeat("a", 27) + fmt.Sprintf("%04d", i/2)
	case "triples of numbers":
		return fmt.Sprintf("A (%d)", i/3)
	case "numbers from above":
		return fmt.Sprintf("A (%d)", 20_000-i)
	case "case patterns":
		b := []byte("abcdefghijklmnop")
		for j := range b {
			b[j] -= byte(i >> j & 1 * 32)
		}
		return string(b)
	case "emoji":
		return strings.Repeat("😀", 10+i%20)
	}
	return strings.Repeat("x", 31-len(fmt.Sprint(i/2))) + fmt.Sprint(i/2) // cut to many stems
}

func TestTenThousandHostileNamesStayUnique(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{
		"all the same", "nothing to see", "pairs that share the cut start", "triples of numbers", "numbers from above", "case patterns", "emoji", "stems",
	} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			var n xlsx.Namer
			seen := map[string]bool{}
			start := time.Now()
			for i := range 10_000 {
				name := n.Name(hostile(kind, i))
				checkTabName(t, name)
				key := strings.ToLower(name)
				if seen[key] {
					require.Failf(t, "twice", "%q", name)
				}
				seen[key] = true
			}
			require.Less(t, time.Since(start), 5*time.Second, "quadratic would take minutes")
		})
	}
}

func TestAnyNamesAreValidUniqueAndTakenByTheWriter(t *testing.T) {
	t.Parallel()
	letters := []rune("aAiIİıßsS ' /[]:*?\\History()2_x0041\u0307\u0301\u200d\ufe0f\u202e\x00\n😀👩語é")
	rapid.Check(t, func(rt *rapid.T) {
		wanted := rapid.SliceOfN(rapid.OneOf(
			rapid.StringOfN(rapid.SampledFrom(letters), 0, 40, -1), rapid.String(),
			rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) }),
		), 1, 30).Draw(rt, "wanted")
		var first, second xlsx.Namer
		w, err := xlsx.NewWriter(t.Context(), &strings.Builder{}, xlsx.Options{Workers: 1})
		require.NoError(rt, err)
		defer w.Abort()
		for _, s := range wanted {
			name := first.Name(s)
			require.Equal(rt, name, second.Name(s), "the same calls give the same names")
			checkTabName(rt, name)
			sheet, err := w.Sheet(name, xlsx.SheetOptions{})
			require.NoError(rt, err, "%q from %q", name, s)
			require.NoError(rt, sheet.Close())
		}
	})
}

func FuzzTabName(f *testing.F) {
	for _, s := range []string{
		"Acme", "", "History", "a/b", "'x'", strings.Repeat("😀", 20), "İi̇ı", "ＡＣＭＥ", "\u202e", "a\x00", "\xff", "_x0041_", "e\u0301",
		strings.Repeat("\u0301", 40), "H\u200distory", strings.Repeat("a", 30) + "'b",
	} {
		f.Add(s, "Acme")
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		var n xlsx.Namer
		first, second := n.Name(a), n.Name(b)
		checkTabName(t, first)
		checkTabName(t, second)
		require.False(t, strings.EqualFold(first, second), "%q %q", first, second)
		var again xlsx.Namer
		require.Equal(t, first, again.Name(first), "a name that is good stays")
		var file strings.Builder
		w, err := xlsx.NewWriter(t.Context(), &file, xlsx.Options{Workers: 1})
		require.NoError(t, err)
		for _, name := range []string{first, second} {
			s, err := w.Sheet(name, xlsx.SheetOptions{Columns: threeColumns, Filter: true})
			require.NoError(t, err, "%q", name)
			require.NoError(t, s.Header())
			require.NoError(t, s.Close())
		}
		require.NoError(t, w.Close())
		book := read(t, []byte(file.String()))
		for i, name := range []string{first, second} {
			require.Equal(t, name, book.tabs[i].name)
			require.Equal(t, "'"+strings.ReplaceAll(name, "'", "''")+"'!$A$1:$C$1", book.names[i].Ref)
		}
	})
}

func FuzzCellText(f *testing.F) {
	for _, s := range []string{
		"Acme", "", " a ", "=1+1", "_x0041_", "_x005F_", "_x005F\r_", "\x00\x01", "\xff", "\ufffe", "<&>", "]]>", "a\r\nb", strings.Repeat("😀", 17000), "𠮷",
	} {
		f.Add(s, true)
		f.Add(s, false)
	}
	f.Fuzz(func(t *testing.T, text string, inline bool) {
		file := single(t, xlsx.Options{InlineStrings: inline, Workers: 1}, xlsx.SheetOptions{}, func(s *xlsx.Sheet) {
			row(t, s, func(r *xlsx.Row) {
				r.Text(text)
				r.Text("after")
				r.Text(text)
			})
		})
		cells := read(t, file).tabs[0].cells
		require.Equal(t, "after", cells["B1"].value)
		require.Equal(t, cells["A1"], cells["C1"])
		require.Empty(t, cells["A1"].formula)
		if got, want := cells["A1"].value, shown(text); want != got {
			start, cut := strings.CutSuffix(got, " […]")
			require.True(t, cut && strings.HasPrefix(want, start) && len(utf16.Encode([]rune(want))) > xlsx.MaxText, "%q: %q", text, got)
		}
	})
}

// shown is what a cell shows of a text of any length.
func shown(s string) string {
	var b strings.Builder
	for _, r := range s { // bad bytes come as U+FFFD
		switch {
		case r == '\t' || r == '\n' || r == '\r':
		case unicode.IsControl(r), r == '\ufffe', r == '\uffff':
			r = '\ufffd'
		}
		b.WriteRune(r)
	}
	return b.String()
}

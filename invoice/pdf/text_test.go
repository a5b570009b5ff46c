package pdf_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/billhatch/billhatch/invoice/pdf"
)

// Liberation Sans has no U+FFFD: the box is drawn for what it lacks.
const box = "□"

func TestEveryTextIsDrawnOrVisiblyReplaced(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name, text, want string
		warnings         []string
	}{
		{"Polish", "Łódź", "Łódź", nil},
		{"Greek", "Ελλάδα", "Ελλάδα", nil},
		{"Cyrillic", "Кириллица", "Кириллица", nil},
		{"Vietnamese", "Hà Nội", "Hà Nội", nil},
		{
			"Japanese without a face for it", "日本語", box + box + box,
			[]string{"replaced U+65E5 once", "replaced U+672C once", "replaced U+8A9E once"},
		},
		{
			"a sign above U+FFFF", "𠮷野家", box + box + box,
			[]string{"replaced U+20BB7 once", "replaced U+91CE once", "replaced U+5BB6 once"},
		},
		{
			"Arabic without a face for it", "عرب", box + box + box,
			[]string{"replaced U+0639 once", "replaced U+0631 once", "replaced U+0628 once"},
		},
		{"Hebrew runs from right to left and is reported", "שלום", "םולש", []string{"unshaped Hebrew 4 times"}},
		{"numbers and brackets in Hebrew", "א (12.5) ב", "ב (12.5) א", []string{"unshaped Hebrew 2 times"}},
		{"Latin around Hebrew stays in place", "Co אב Ltd", "Co בא Ltd", []string{"unshaped Hebrew 2 times"}},
		{
			"an emoji with its modifier", "A😀\u200d👩\ufe0fB", "A" + box + box + "B",
			[]string{"replaced U+1F600 once", "dropped U+200D once", "replaced U+1F469 once", "dropped U+FE0F once"},
		},
		{
			"control characters", "a\x00b\x1b[31m\x7f", "a" + box + "b" + box + "[31m" + box,
			[]string{"replaced U+0000 once", "replaced U+001B once", "replaced U+007F once"},
		},
		{"a text direction override", "a\u202ecba", "acba", []string{"dropped U+202E once"}},
		{"bytes that are not UTF-8", "a\xff\xfe", "a" + box + box, []string{"replaced U+FFFD 2 times"}},
		{"half of a sign", "a\xe2\x82", "a" + box + box, []string{"replaced U+FFFD 2 times"}},
		{"private use", "\ue000\uf8ff", box + box, []string{"replaced U+E000 once", "replaced U+F8FF once"}},
		{"no character at all", "\uffff", box, []string{"replaced U+FFFF once"}},
		{"tabs and line ends", "a\tb\r\nc\rd\u2028e", "a b\nc\nd\ne", nil},
		{"a hyphen and a space that the face lacks", "1\u2007000 a\u20116\u30002", "1\u2007000 a-6 2", nil},
		{"PDF syntax", `(a) \ ) Tj ET`, `(a) \ ) Tj ET`, nil},
		{"bytes that would be carriage returns", "\u0d0d\u010d\u2013", box + "č–", []string{"replaced U+0D0D once"}},
		{"the soft hyphen", "a\u00adb", "ab", []string{"dropped U+00AD once"}},
	}
	r := must(pdf.New(pdf.Options{}))
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			inv := sample(1, "EUR")
			inv.Lines[0].Description = c.text
			var out bytes.Buffer
			result, err := r.Render(context.Background(), &out, inv)
			require.NoError(t, err)
			pages := read(t, out.Bytes())
			got := strings.Join(pages[0].after("€36.00"), "\n")
			require.True(t, strings.HasPrefix(got, c.want+"\nSubtotal\n"), "%q", got)
			var warnings []string
			for _, w := range result.Warnings {
				warnings = append(warnings, w.String())
			}
			require.Equal(t, c.warnings, warnings)
		})
	}
}

func TestWarningsAreBounded(t *testing.T) {
	t.Parallel()
	inv := sample(1, "EUR")
	var b strings.Builder
	for r := rune(0x4e00); r < 0x4e00+100; r++ {
		b.WriteRune(r)
	}
	inv.Lines[0].Description = b.String()
	result, _ := render(t, pdf.Options{}, inv)
	require.Len(t, result.Warnings, pdf.MaxWarnings)
	require.Equal(t, 100-pdf.MaxWarnings, result.More)
}

func TestHostileTextInEveryFieldNeverFailsAndNeverVanishes(t *testing.T) {
	t.Parallel()
	r := must(pdf.New(pdf.Options{}))
	rapid.Check(t, func(t *rapid.T) {
		sign := rapid.OneOf(rapid.Rune(), rapid.RuneFrom([]rune(" \n\r\t()\\\x00\u202e\u200d-/日。𠮷שع\u0301")))
		word := rapid.OneOf(rapid.StringOfN(sign, 0, 40, -1), rapid.Map(rapid.SliceOfN(rapid.Byte(), 0, 40),
			func(b []byte) string { return string(b) }))
		inv := sample(rapid.IntRange(0, 30).Draw(t, "lines"), "EUR")
		for i := range inv.Lines {
			inv.Lines[i].Description = word.Draw(t, "description")
		}
		inv.Number, inv.Reference, inv.Note = word.Draw(t, "number"), word.Draw(t, "reference"), word.Draw(t, "note")
		inv.Seller.Name, inv.Customer.Name = word.Draw(t, "seller"), word.Draw(t, "customer")
		inv.Customer.Lines, inv.Customer.TaxIDs = []string{word.Draw(t, "address")}, []string{word.Draw(t, "tax id")}
		inv.Taxes[0].Name = word.Draw(t, "tax")
		var out bytes.Buffer
		result, err := r.Render(context.Background(), &out, inv)
		if errors.Is(err, pdf.ErrInvoice) {
			require.Greater(t, len(inv.Taxes[0].Name), 200)
			return
		}
		require.NoError(t, err)
		require.Positive(t, result.Pages)
	})
}

// FuzzText draws any text and compares what is on the page with what went in: every sign is there, or replaced with
// a warning, or invisible.
func FuzzText(f *testing.F) {
	for _, seed := range []string{
		"", "Łódź 日本語 𠮷野家 العربية 😀", "\x00\xff(\\)\r\n\u202e", "a\u0301 שלום 12,5 (x)",
		strings.Repeat("x", 300), "\u200b\u200c\ufeff", "ﷺ", "\U000E0041", "\u0600", `\`, `Ü\`,
	} {
		f.Add(seed)
	}
	r := must(pdf.New(pdf.Options{}))
	f.Fuzz(func(t *testing.T, s string) {
		if len(s) > 2000 {
			return
		}
		inv := sample(1, "EUR")
		inv.Lines[0].Description = "<" + s + ">"
		var out bytes.Buffer
		result, err := r.Render(context.Background(), &out, inv)
		require.NoError(t, err)
		replaced, dropped := map[rune]int{}, map[rune]int{}
		for _, w := range result.Warnings {
			switch w.Kind {
			case pdf.Replaced:
				replaced[w.Sign] = w.Count
			case pdf.Dropped:
				dropped[w.Sign] = w.Count
			}
		}
		if result.More > 0 {
			return
		}
		want := map[rune]int{}
		for _, sign := range s {
			switch {
			case sign == utf8.RuneError || replaced[sign] > 0:
				want['□']++
			case dropped[sign] > 0 || unicode.IsSpace(sign):
			case sign == '\u2010' || sign == '\u2011' || sign == '\u2212':
				want['-']++
			default:
				want[sign]++
			}
		}
		got := map[rune]int{}
		var drawn strings.Builder
		for _, p := range read(t, out.Bytes()) {
			drawn.WriteString(p.String())
		}
		_, rest, _ := strings.Cut(drawn.String(), "€36.00\n")
		rest, _, _ = strings.Cut(rest, "Subtotal")
		for _, sign := range rest {
			switch {
			case unicode.IsSpace(sign):
			case sign == '\u2010' || sign == '\u2011' || sign == '\u2212':
				got['-']++
			default:
				got[sign]++
			}
		}
		if strings.Contains(s, "Subtotal") || strings.Contains(rest, "Carried") {
			return
		}
		want['<']++
		want['>']++
		// Brackets are turned around next to letters from right to left.
		for _, pair := range []string{"<>", "()", "[]", "{}", "«»"} {
			two := []rune(pair)
			require.Equal(t, want[two[0]]+want[two[1]], got[two[0]]+got[two[1]], pair)
			for _, sign := range two {
				delete(want, sign)
				delete(got, sign)
			}
		}
		require.Equal(t, fmt.Sprint(want), fmt.Sprint(got))
	})
}

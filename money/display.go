package money

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// localeFormat is how a language writes amounts: separators, whether the symbol follows the number, and
// what stands between them. Numbers are grouped by three when the first group has at least minGroup
// digits.
type localeFormat struct {
	language   string
	decimal    string
	group      string
	minGroup   int
	symbolLast bool
	gap        string
	symbols    []symbolEntry
}

type symbolEntry struct{ code, symbol string }

// plainFormat is for languages that the table does not have.
var plainFormat = localeFormat{decimal: ".", group: ",", minGroup: 1, gap: " "}

// Display returns the amount for a reader, as Unicode CLDR 48 writes it: "$1,234.50" in en,
// "1.234,50 $" in de, with no-break spaces where CLDR has them. It shows every digit that the amount has
// and never fewer decimals than ISO 4217 gives the currency.
//
// The locale is a BCP 47 tag. Its language decides (en, de, fr, es, ja, and pt as in Brazil), so "de-AT"
// is shown as "de"; any other locale gives "USD 1,234.50" in plain ASCII. The zero Amount is "".
func (a Amount) Display(locale string) string {
	if !a.IsSet() {
		return ""
	}
	f := formatFor(locale)
	symbol := f.symbol(a.cur.code())
	var buf [160]byte
	b := buf[:0]
	if a.Sign() < 0 {
		b = append(b, '-')
	}
	if f.symbolLast {
		b = f.appendNumber(b, a)
		b = append(b, f.gap...)
		return string(append(b, symbol...))
	}
	b = append(b, symbol...)
	b = append(b, f.gap...)
	if last, _ := utf8.DecodeLastRuneInString(symbol); f.gap == "" && !unicode.IsSymbol(last) {
		b = append(b, "\u00a0"...) // CLDR's currencySpacing: letters do not touch digits
	}
	return string(f.appendNumber(b, a))
}

// formatFor finds the language of a locale in the table.
func formatFor(locale string) *localeFormat {
	language := locale
	if i := strings.IndexAny(locale, "-_"); i >= 0 {
		language = locale[:i]
	}
	if len(language) == 2 {
		for i := range displayTable {
			if strings.EqualFold(displayTable[i].language, language) {
				return &displayTable[i]
			}
		}
	}
	return &plainFormat
}

// symbol returns the code itself when the language has no other symbol.
func (f *localeFormat) symbol(code string) string {
	for _, e := range f.symbols {
		if e.code == code {
			return e.symbol
		}
	}
	return code
}

// appendNumber appends the magnitude of a.
func (f *localeFormat) appendNumber(b []byte, a Amount) []byte {
	var buf [numberLen]byte
	whole, places := a.digits(buf[:0])
	if len(whole) >= 3+f.minGroup {
		first := (len(whole)-1)%3 + 1
		b = append(b, whole[:first]...)
		for i := first; i < len(whole); i += 3 {
			b = append(b, f.group...)
			b = append(b, whole[i:i+3]...)
		}
	} else {
		b = append(b, whole...)
	}
	if len(places) > 0 {
		b = append(b, f.decimal...)
		b = append(b, places...)
	}
	return b
}

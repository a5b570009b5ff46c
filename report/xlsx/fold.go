package xlsx

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// foldTab gives the key under which names of tabs count as the same. It joins more than Unicode's simple
// case folding does, because a spreadsheet that finds two names equal loses or repairs a tab, while
// a suffix too many does no harm: also the Turkish i's, full-width letters, kana of both kinds, ß and ss, letters
// composed and decomposed, and what is invisible.
func foldTab(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	for _, r := range s {
		if r < 0x80 {
			if 'A' <= r && r <= 'Z' {
				r += 'a' - 'A'
			}
			b.WriteByte(byte(r))
			continue
		}
		foldRune(&b, r)
	}
	return b.String()
}

func foldRune(b *strings.Builder, r rune) {
	switch {
	case r == '\u0307', unicode.Is(unicode.Cf, r), unicode.Is(unicode.Variation_Selector, r):
		return // the dot of a decomposed İ, and the invisible
	case r >= '！' && r <= '～':
		r -= '！' - '!'
	case r >= 'ぁ' && r <= 'ゖ':
		r += 'ァ' - 'ぁ'
	}
	base, mark := decompose(r)
	switch base = foldSimple(base); base {
	case 'ı':
		base = 'i'
	case 'ß':
		b.WriteString("ss")
		return
	}
	b.WriteRune(base)
	if mark != 0 && mark != '\u0307' {
		b.WriteRune(mark)
	}
}

// foldSimple gives the least character of those that are the same but for case; for ASCII the small letter.
func foldSimple(r rune) rune {
	least := r
	for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
		least = min(least, f)
	}
	if 'A' <= least && least <= 'Z' {
		return least + 'a' - 'A'
	}
	return least
}

// composed lists, for each combining mark, ASCII letters followed by what they become with it.
const composed = "\u0300AÀEÈIÌNǸOÒUÙaàeèiìnǹoòuù" +
	"\u0301AÁCĆEÉIÍLĹNŃOÓRŔSŚUÚYÝZŹaácćeéiílĺnńoórŕsśuúyýzź" +
	"\u0302AÂCĈEÊGĜHĤIÎJĴOÔSŜUÛWŴYŶaâcĉeêgĝhĥiîjĵoôsŝuûwŵyŷ" +
	"\u0303AÃIĨNÑOÕUŨaãiĩnñoõuũ" +
	"\u0304AĀEĒIĪOŌUŪaāeēiīoōuū" +
	"\u0306AĂEĔGĞIĬOŎUŬaăeĕgğiĭoŏuŭ" +
	"\u0307CĊEĖGĠIİZŻcċeėgġzż" +
	"\u0308AÄEËIÏOÖUÜYŸaäeëiïoöuüyÿ" +
	"\u030aAÅUŮaåuů" +
	"\u030bOŐUŰoőuű" +
	"\u030cCČDĎEĚNŇRŘSŠTŤZŽcčdďeěnňrřsštťzž" +
	"\u0326SȘTȚsștț" +
	"\u0327CÇGĢKĶLĻNŅRŖSŞTŢcçgģkķlļnņrŗsştţ" +
	"\u0328AĄEĘIĮUŲaąeęiįuų"

// decompose parts a letter from its mark, for the letters of European languages.
func decompose(r rune) (base, mark rune) {
	switch {
	case r < 0xc0, r > 0x451, isMark(r):
		return r, 0
	case r == 'Й':
		return 'И', '\u0306'
	case r == 'й':
		return 'и', '\u0306'
	case r == 'Ё':
		return 'Е', '\u0308'
	case r == 'ё':
		return 'е', '\u0308'
	}
	i := strings.IndexRune(composed, r)
	if i < 0 {
		return r, 0
	}
	base = rune(composed[i-1])
	for !isMark(mark) {
		_, n := utf8.DecodeLastRuneInString(composed[:i])
		i -= n
		mark, _ = utf8.DecodeRuneInString(composed[i:])
	}
	return base, mark
}

func isMark(r rune) bool { return r >= 0x300 && r < 0x370 }

package words_test

import (
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"
	"unicode"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/billing/portal/internal/words"
	"github.com/billhatch/billhatch/money"
	"github.com/billhatch/billhatch/usage/civil"
)

// open makes a catalog with an overlay of files.
func open(t testing.TB, overlay map[string]string) *words.Catalog {
	t.Helper()
	c, err := words.New(files(overlay))
	require.NoError(t, err)
	return c
}

func files(overlay map[string]string) fstest.MapFS {
	fsys := fstest.MapFS{}
	for name, text := range overlay {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return fsys
}

// shipped are the files as they stand in the repository, read by another reader than the package's.
func shipped(t testing.TB) map[string]map[string]any {
	t.Helper()
	out := map[string]map[string]any{}
	for _, lang := range []string{"en", "de", "fr"} {
		data, err := os.ReadFile("messages/" + lang + ".json")
		require.NoError(t, err)
		var texts map[string]any
		require.NoError(t, json.Unmarshal(data, &texts))
		out[lang] = texts
	}
	return out
}

// texts gives the forms of a message in a file.
func texts(t testing.TB, value any) map[string]string {
	t.Helper()
	if text, ok := value.(string); ok {
		return map[string]string{"other": text}
	}
	forms := map[string]string{}
	object, ok := value.(map[string]any)
	require.True(t, ok)
	for name, form := range object {
		text, ok := form.(string)
		require.True(t, ok)
		forms[name] = text
	}
	return forms
}

func usd(value string) money.Amount { return money.MustParse(value, "USD") }

func number(s string) decimal.Decimal { return decimal.RequireFromString(s) }

func TestTheShippedLanguagesAreComplete(t *testing.T) {
	t.Parallel()
	c := open(t, nil)
	require.Equal(t, []string{"en", "de", "fr"}, c.Languages())
	all := shipped(t)
	require.Greater(t, len(c.Keys()), 500)
	require.True(t, slices.IsSorted(c.Keys()))
	name := regexp.MustCompile(`\{([a-z0-9_]+)\}`)
	for lang, file := range all {
		require.Len(t, file, len(c.Keys()), lang)
		for _, key := range c.Keys() {
			require.Contains(t, file, key, lang)
			_, plural := all["en"][key].(map[string]any)
			forms := texts(t, file[key])
			if plural {
				require.Len(t, forms, 2, "%s %s", lang, key)
				require.Contains(t, forms, "one", "%s %s", lang, key)
			}
			for _, form := range forms {
				var names []string
				for _, m := range name.FindAllStringSubmatch(form, -1) {
					names = append(names, m[1])
				}
				slices.Sort(names)
				require.Equal(t, c.Names(key), slices.Compact(names), "%s %s: %s", lang, key, form)
			}
		}
	}
}

// The words that tell one language from another: what is the same in two languages is a word of both of them.
func TestMessagesAreTranslated(t *testing.T) {
	t.Parallel()
	all := shipped(t)
	for _, lang := range []string{"de", "fr"} {
		for key, value := range all[lang] {
			if text, ok := value.(string); ok && len(strings.Fields(text)) > 3 {
				require.NotEqual(t, all["en"][key], text, "%s %s", lang, key)
			}
		}
	}
}

func TestTheCopyKeepsItsStyle(t *testing.T) {
	t.Parallel()
	familiar := map[string][]string{ // readers are addressed formally
		"de": {"du", "dich", "dir", "dein", "deine", "deinem", "deinen", "deiner", "deines", "euch", "euer"},
		"fr": {"tu", "te", "toi", "ton", "ta", "tes"},
	}
	loose := map[string]*regexp.Regexp{ // signs that belong to another language, or to no calm text
		"en": regexp.MustCompile(`[!'"«»„]|\.\.\.|  | [:;?]`),
		"de": regexp.MustCompile(`[!'"«»”]|\.\.\.|  | [:;?]`),
		"fr": regexp.MustCompile(`[!'"„“”]|\.\.\.|  |[^\x{a0}]:|[^\x{202f}][;?]|«[^\x{a0}]|[^\x{a0}]»`),
	}
	for lang, file := range shipped(t) {
		for key, value := range file {
			for _, text := range texts(t, value) {
				require.NotRegexp(t, loose[lang], text, "%s %s", lang, key)
				require.NotContains(t, strings.ToLower(text), "stripe", "%s %s: hosts have other providers", lang, key)
				for _, word := range strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) }) {
					require.NotContains(t, familiar[lang], word, "%s %s: %s", lang, key, text)
				}
				sentence := strings.HasSuffix(key, ".text") || strings.HasSuffix(key, "_text")
				if strings.HasSuffix(key, ".title") || strings.HasSuffix(key, "_title") || sentence {
					require.Equal(t, sentence, strings.HasSuffix(text, "."), "%s %s: %s", lang, key, text)
				}
			}
		}
	}
}

// Whoever speaks to the browser says what stands on a button, so the longer name that it has for screen readers says the
// same.
func TestLongNamesOfButtonsSayWhatStandsOnThem(t *testing.T) {
	t.Parallel()
	for language, messages := range shipped(t) {
		for _, key := range []string{"invoice.download", "invoice.request"} {
			long, stands := fmt.Sprint(messages[key+"_number"]), fmt.Sprint(messages[key])
			require.Contains(t, strings.ToLower(long), strings.ToLower(stands), "%s: %s", language, key)
		}
	}
}

func TestKeysAreDottedWords(t *testing.T) {
	t.Parallel()
	for _, key := range open(t, nil).Keys() {
		require.Regexp(t, `^[a-z]+(_[a-z]+)*(\.[a-z0-9]+(_[a-z0-9]+)*)+$`, key)
	}
}

func TestArgumentsAreWrittenInTheLanguage(t *testing.T) {
	t.Parallel()
	c := open(t, nil)
	day := civil.MustDate(2026, time.October, 1)
	month, err := civil.Month(2026, time.October, time.UTC)
	require.NoError(t, err)
	en, de, fr := c.Match("en"), c.Match("de"), c.Match("fr")
	require.Equal(t, "The first invoice will be issued on Oct 1, 2026.", en.T("invoices.nothing_yet_on", "date", day))
	require.Equal(t, "Die erste Rechnung wird am 1. Okt. 2026 ausgestellt.", de.T("invoices.nothing_yet_on", "date", day))
	require.Equal(t, "La première facture sera émise le 1 oct. 2026.", fr.T("invoices.nothing_yet_on", "date", day))
	require.Equal(t, "Invoice INV-7 of $1,234.50 was due on Oct 1, 2026.",
		en.T("invoices.overdue_text", "number", "INV-7", "amount", usd("1234.5"), "date", day))
	require.Equal(t, "2.000 von 1.234.567 Zeilen", de.T("report.progress_rows", "done", 2000, "count", 1234567))
	require.Equal(t, "1\u202f000,5 sur {included}", fr.T("usage.used_of", "used", number("1000.5")), "what is missing is seen")
	require.Equal(t, "Oct 1\u2009–\u200931, 2026 – Billing", en.T("page.title", "page", month))
	require.Equal(t, "7 – Billing", en.T("page.title", "page", int64(7)))
	require.Equal(t, "Not available – Billing", en.T("page.title", "page", nil))
	require.Equal(t, "<b> & \"x\" – Billing", en.T("page.title", "page", `<b> & "x"`), "escaping is the template's")
	require.Equal(t, "{page} – Billing", en.T("page.title", "page", "{page}"), "an argument is not read for names")
	require.Equal(t, "1m0s – Billing", en.T("page.title", "page", time.Minute))
}

func TestPluralFormsFollowTheCount(t *testing.T) {
	t.Parallel()
	c := open(t, nil)
	for _, line := range []struct {
		lang  string
		count any
		want  string
	}{
		{"en", 0, "0 tenants"},
		{"en", 1, "1 tenant"},
		{"en", int64(1), "1 tenant"},
		{"en", 2, "2 tenants"},
		{"en", number("1"), "1 tenant"},
		{"en", number("1.00"), "1 tenant"},
		{"en", number("1.5"), "1.5 tenants"},
		{"en", 1_000_000, "1,000,000 tenants"},
		{"de", 1, "1 Mandant"},
		{"de", 0, "0 Mandanten"},
		{"fr", 0, "0 environnement"},
		{"fr", 1, "1 environnement"},
		{"fr", number("1.5"), "1,5 environnement"},
		{"fr", 2, "2 environnements"},
		{"fr", 1_000_000, "1\u202f000\u202f000 environnements"},
		{"en", "many", "many tenants"},
	} {
		require.Equal(t, line.want, c.Match(line.lang).T("usage.tenant_count", "count", line.count))
	}
	require.Equal(t, "{count} tenants", c.Match("en").T("usage.tenant_count"))
}

func TestMistakesOfACallerAreSeenAndHarmless(t *testing.T) {
	t.Parallel()
	p := open(t, nil).Match("en")
	require.Equal(t, "⟦usage.titel⟧", p.T("usage.titel"))
	require.False(t, p.Has("usage.titel"))
	require.True(t, p.Has("usage.title"))
	require.Equal(t, "{page} – Billing", p.T("page.title", "page"))
	require.Equal(t, "{page} – Billing", p.T("page.title", 1, 2, []string{"x"}, "y"))
	require.Equal(t, "Usage", p.T("usage.title", "count", 1))
	require.Nil(t, open(t, nil).Names("usage.titel"))
}

func TestWhatIsNotSetIsNeverZero(t *testing.T) {
	t.Parallel()
	for lang, want := range map[string]string{"en": "Not available", "de": "Nicht verfügbar", "fr": "Non disponible"} {
		p := open(t, nil).Match(lang)
		require.Equal(t, want, p.Money(money.Amount{}))
		require.Equal(t, want, p.Date(civil.Date{}))
		require.Equal(t, want, p.Month(civil.Period{}))
		require.Equal(t, want, p.ShortMonth(civil.Period{}))
		require.Equal(t, want, p.Period(civil.Period{}))
		require.Equal(t, want, p.Time(time.Time{}, time.UTC))
		require.Contains(t, p.T("history.credit_of", "amount", money.Amount{}), want)
		require.NotContains(t, p.T("history.credit_of", "amount", money.Amount{}), "0")
	}
}

func TestWhatACatalogGivesIsTheCallers(t *testing.T) {
	t.Parallel()
	c := open(t, nil)
	c.Languages()[0], c.Keys()[0], c.Names("page.title")[0] = "xx", "xx", "xx"
	require.Equal(t, "en", c.Languages()[0])
	require.NotEqual(t, "xx", c.Keys()[0])
	require.Equal(t, []string{"page"}, c.Names("page.title"))
	require.Equal(t, []string{"count"}, c.Names("usage.tenant_count"))
	require.Equal(t, []string{"count", "done"}, c.Names("report.progress_rows"))
}

package words_test

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTheReadersLanguageIsFound(t *testing.T) {
	t.Parallel()
	c := open(t, map[string]string{"pt-BR.json": `{}`, "zh-Hant.json": `{}`, "de-AT.json": `{}`, "he.json": `{}`})
	require.Equal(t, []string{"en", "de", "de-AT", "fr", "he", "pt-BR", "zh-Hant"}, c.Languages())
	for accept, want := range map[string]string{
		"":                                "en",
		"de":                              "de",
		"DE":                              "de",
		"de_DE":                           "de",
		"de-CH":                           "de",
		"de-AT":                           "de-AT",
		"de-at-1996":                      "de-AT",
		"pt":                              "pt-BR",
		"pt-PT":                           "pt-BR",
		"zh-TW":                           "zh-Hant",
		"zh-hant-tw":                      "zh-Hant",
		"it":                              "en",
		"it, fr;q=0.5":                    "fr",
		"en-US,en;q=0.9,de;q=0.8":         "en",
		"en;q=0.1,de;q=0.2,fr;q=0.3":      "fr",
		"fr;q=0.5,de;q=0.5":               "fr",
		"fr;q=0.501 , de;q=0.5":           "fr",
		"fr ; q=0.2\t,\tde ;\tq=0.9":      "de",
		"fr;Q=0.1,de;q=0.2":               "de",
		"fr;q=0":                          "en",
		"fr;q=0.000,de;q=0.001":           "de",
		"fr;q=1.001,de;q=0.1":             "de",
		"fr;q=2,de;q=0.1":                 "de",
		"fr;q=0.1234,de;q=0.1":            "de",
		"fr;q=,de;q=0.1":                  "de",
		"fr;q=-1,de;q=0.1":                "de",
		"fr;q=1e3,de;q=0.1":               "de",
		"fr;q=0.:,de;q=0.1":               "de",
		"fr;q=0./9,de;q=0.1":              "de",
		"fr;level=1,de;q=0.1":             "de",
		"*":                               "en",
		"*;q=0.5,de;q=0.4":                "en",
		"de,*;q=0.1":                      "de",
		"fr-":                             "en",
		"-fr":                             "en",
		"f r":                             "en",
		"français":                        "en",
		"fr-verylongsubtag":               "en",
		"../../etc/passwd":                "en",
		"\x00fr":                          "en",
		strings.Repeat("x,", 31) + "fr":   "fr",
		strings.Repeat("x,", 32) + "fr":   "en",
		strings.Repeat(" ", 1022) + "fr":  "fr",
		strings.Repeat(" ", 1023) + "fr":  "en",
		strings.Repeat("fr-", 400) + "fr": "en",
		strings.Repeat("a", 1<<20):        "en",
	} {
		require.Equal(t, want, c.Match(accept).Language(), "%.60q", accept)
	}
}

func TestDirections(t *testing.T) {
	t.Parallel()
	for tag, want := range map[string]string{
		"en": "ltr", "de": "ltr", "fr": "ltr", "ja": "ltr", "sr-Cyrl": "ltr", "az": "ltr", "ar-Latn": "ltr", "pt-BR": "ltr",
		"ar": "rtl", "he": "rtl", "fa": "rtl", "ur": "rtl", "ar-EG": "rtl", "az-Arab": "rtl", "az-Arab-IR": "rtl", "ckb": "rtl", "yi": "rtl",
	} {
		p := open(t, map[string]string{tag + ".json": `{}`}).Match(tag)
		require.Equal(t, tag, p.Language())
		require.Equal(t, want, p.Direction(), tag)
	}
}

// naiveMatch is Match written from its documentation, with regular expressions and fractions.
func naiveMatch(languages []string, accept string) string {
	if len(accept) > 1024 {
		accept = accept[:1024]
	}
	entry := regexp.MustCompile(`^[ \t]*(\*|[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{1,8})*)[ \t]*(?:;[ \t]*[qQ]=(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)[ \t]*)?$`)
	best, weight := "en", 0.0
	entries := strings.Split(accept, ",")
	for _, e := range entries[:min(32, len(entries))] {
		m := entry.FindStringSubmatch(e)
		if m == nil || len(m[1]) > 35 {
			continue
		}
		q := 1.0
		if m[2] != "" {
			q, _ = strconv.ParseFloat(m[2], 64)
		}
		if found := naiveLookup(languages, strings.ToLower(strings.ReplaceAll(m[1], "_", "-"))); found != "" && q > weight {
			best, weight = found, q
		}
	}
	return best
}

func naiveLookup(languages []string, tag string) string {
	if tag == "*" {
		return "en"
	}
	subtags := strings.Split(tag, "-")
	for n := len(subtags); n > 0; n-- {
		prefix := strings.Join(subtags[:n], "-")
		if i := slices.IndexFunc(languages, func(l string) bool { return strings.EqualFold(l, prefix) }); i >= 0 {
			return languages[i]
		}
	}
	if i := slices.IndexFunc(languages, func(l string) bool { return strings.HasPrefix(l, subtags[0]+"-") }); i >= 0 {
		return languages[i]
	}
	return ""
}

func FuzzMatch(f *testing.F) {
	c := open(f, map[string]string{"pt-BR.json": `{}`, "zh-Hant.json": `{}`, "de-AT.json": `{}`, "nds.json": `{}`})
	for _, s := range []string{
		"", "de", "en-US,en;q=0.9,de;q=0.8", "fr;q=0.5,de;q=0.5", "*;q=0.1,pt", "zh_TW;q=1.000", "de-AT-1996, nds;q=0.7",
		"fr;q=1.001", "a,b,,;,;q=1,=,-", "de;q=0.5;q=1", "\t de \t; \tq=0.5 ", "FR;Q=0.5,DE;q=0.1", strings.Repeat("fr;q=0.1,", 40),
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, accept string) {
		require.Equal(t, naiveMatch(c.Languages(), accept), c.Match(accept).Language(), "%q", accept)
	})
}

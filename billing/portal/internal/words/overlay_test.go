package words_test

import (
	"encoding/json"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/billing/portal/internal/words"
)

func TestAnOverlayChangesWording(t *testing.T) {
	t.Parallel()
	c := open(t, map[string]string{
		"en.json":  `{"usage.title": "Consumption"}`,
		"de.json":  `{"usage.tenant_count": {"one": "ein Mandant", "other": "{count} Mandanten"}}`,
		"notes.md": "not a language", "backup.json.old": "{",
	})
	require.Equal(t, "Consumption", c.Match("en").T("usage.title"))
	require.Equal(t, "Nutzung", c.Match("de").T("usage.title"), "its own words stay")
	require.Equal(t, "ein Mandant", c.Match("de").T("usage.tenant_count", "count", 1))
	require.Equal(t, "2 Mandanten", c.Match("de").T("usage.tenant_count", "count", 2))
	require.Equal(t, "Rechnungen", c.Match("de").T("invoices.title"))
	require.Equal(t, []string{"en", "de", "fr"}, c.Languages())
}

func TestAnAddedLanguageIsCompletedFromTheOneThatItIsAVariantOfAndFromEnglish(t *testing.T) {
	t.Parallel()
	c := open(t, map[string]string{
		"en.json":    `{"nav.usage": "Consumption"}`,
		"de-AT.json": `{"usage.title": "Verbrauch"}`,
		"ru.json": `{"language.name": "Русский", "usage.title": "Использование",
			"usage.tenant_count": {"one": "{count} клиент", "few": "{count} клиента", "many": "{count} клиентов", "other": "{count} клиента"}}`,
		"ja.json": `{"usage.tenant_count": {"other": "テナント {count} 件"}}`,
	})
	at, ru, ja := c.Match("de-AT"), c.Match("ru"), c.Match("ja")
	require.Equal(t, "Verbrauch", at.T("usage.title"))
	require.Equal(t, "Rechnungen", at.T("invoices.title"))
	require.Equal(t, "1.234,5", at.Number(number("1234.5")))
	require.Equal(t, "Использование", ru.T("usage.title"))
	require.Equal(t, "Invoices", ru.T("invoices.title"))
	require.Equal(t, "Consumption", ru.T("nav.usage"), "English as the host words it")
	require.Equal(t, "21 клиент", ru.T("usage.tenant_count", "count", 21))
	require.Equal(t, "3 клиента", ru.T("usage.tenant_count", "count", 3))
	require.Equal(t, "11 клиентов", ru.T("usage.tenant_count", "count", 11))
	require.Equal(t, "21 projects", ru.T("usage.project_count", "count", 21), "English words follow the English rule")
	require.Equal(t, "テナント 1 件", ja.T("usage.tenant_count", "count", 1))

	require.Equal(t, "Русский", ru.Name())
	require.Equal(t, "de-AT", at.Name(), "no other language says what this one calls itself")
	require.Equal(t, "ja", ja.Name())
	require.Equal(t, "Deutsch", c.Match("de").Name())
}

func TestAWrongOverlayIsRefusedByFileAndKey(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, file, text, key, detail string }{
		{"a key that does not exist", "de.json", `{"usage.titel": "x"}`, "usage.titel", "no such message"},
		{"a key twice", "de.json", `{"usage.title": "x", "usage.title": "y"}`, "usage.title", "twice"},
		{"a form twice", "de.json", `{"usage.tenant_count": {"other": "{count} a", "other": "{count} b"}}`, "usage.tenant_count", "twice"},
		{"an argument that English does not have", "de.json", `{"usage.title": "x {name}"}`, "usage.title", "{name} is not in the English text"},
		{"an argument left out", "es.json", `{"nav.back_to_host": "Volver"}`, "nav.back_to_host", "{name} of the English text is missing"},
		{"an argument in English itself", "en.json", `{"usage.title": "x {name}"}`, "usage.title", "{name} is not in the English text"},
		{"an argument only in one form", "de.json", `{"report.progress_rows": {"one": "{count}", "other": "{done} {count}"}}`, "report.progress_rows", `"one" lacks {done}`},
		{"a category of another language", "de.json", `{"usage.tenant_count": {"one": "{count}", "few": "{count}", "other": "{count}"}}`, "usage.tenant_count", `no plural form "few"`},
		{"a category of no language", "xx.json", `{"usage.tenant_count": {"others": "{count}"}}`, "usage.tenant_count", `no plural form "others"`},
		{"a missing category", "ru.json", `{"usage.tenant_count": {"one": "{count}", "other": "{count}"}}`, "usage.tenant_count", `"few" is missing`},
		{"no other", "de.json", `{"usage.tenant_count": {"one": "{count}"}}`, "usage.tenant_count", `"other" is missing`},
		{"no forms", "sw.json", `{"usage.tenant_count": {}}`, "usage.tenant_count", `"other" is missing`},
		{"HTML", "de.json", `{"usage.title": "<b>x</b>"}`, "usage.title", "HTML"},
		{"HTML, written as JSON can", "de.json", `{"usage.title": "\u003cb"}`, "usage.title", "HTML"},
		{"an entity", "de.json", `{"usage.title": "x&nbsp;y"}`, "usage.title", "HTML"},
		{"a numeric entity", "de.json", `{"usage.title": "A & B &#39;"}`, "usage.title", "HTML"},
		{"no text", "de.json", `{"usage.title": ""}`, "usage.title", "empty"},
		{"space around", "de.json", `{"usage.title": " x"}`, "usage.title", "space"},
		{"two lines", "de.json", `{"usage.title": "x\ny"}`, "usage.title", "cannot be shown"},
		{"half of a character", "de.json", `{"usage.title": "x\ud800"}`, "usage.title", "cannot be shown"},
		{"too long", "de.json", `{"usage.title": "` + strings.Repeat("x", 2001) + `"}`, "usage.title", "longer"},
		{"an open brace", "de.json", `{"usage.title": "x {"}`, "usage.title", "name of an argument"},
		{"an empty brace", "de.json", `{"usage.title": "x {}"}`, "usage.title", "name of an argument"},
		{"a brace with something else", "de.json", `{"usage.title": "{Name}"}`, "usage.title", "name of an argument"},
		{"a closing brace", "de.json", `{"usage.title": "x } {"}`, "usage.title", "} without {"},
		{"a number", "de.json", `{"usage.title": 7}`, "usage.title", "neither a text nor plural forms"},
		{"null", "de.json", `{"usage.title": null}`, "usage.title", "neither a text nor plural forms"},
		{"nested keys", "de.json", `{"usage": {"title": {}}}`, "usage", "not a text"},
		{"a form that is a number", "de.json", `{"usage.tenant_count": {"one": 1}}`, "usage.tenant_count", "not a text"},
		{"a list", "de.json", `[]`, "", "not a JSON object"},
		{"nothing", "de.json", ``, "", "EOF"},
		{"half a file", "de.json", `{"usage.title": "x"`, "", "EOF"},
		{"half a message", "de.json", `{"usage.title":`, "usage.title", "EOF"},
		{"half a form", "de.json", `{"usage.tenant_count": {"one":`, "usage.tenant_count", "EOF"},
		{"a comma at the end", "de.json", `{"usage.title": "x",}`, "", "invalid character"},
		{"no comma", "de.json", `{"usage.title": "x" "usage.plan": "y"}`, "", "invalid character"},
		{"more after the object", "de.json", `{} {}`, "", "more after the object"},
		{"a comment", "de.json", `{} // x`, "", "more after the object"},
		{"not UTF-8", "de.json", "{\"usage.title\": \"\xff\"}", "", "not UTF-8"},
		{"too large", "de.json", `{}` + strings.Repeat(" ", 1<<20), "", "cannot be read"},
		{"no language", "german.json", `{}`, "", "not a language tag"},
		{"no name", ".json", `{}`, "", "not a language tag"},
		{"another spelling of a language", "pt-br.json", `{}`, "", "written pt-BR"},
		{"an underscore", "pt_BR.json", `{}`, "", "written pt-BR"},
	} {
		_, err := words.New(files(map[string]string{c.file: c.text}))
		require.ErrorIs(t, err, words.ErrMessages, c.name)
		var e *words.Error
		require.ErrorAs(t, err, &e, c.name)
		require.Equal(t, c.file, e.File, c.name)
		require.Equal(t, c.key, e.Key, c.name)
		require.Contains(t, e.Detail, c.detail, c.name)
		require.Contains(t, err.Error(), c.file, c.name)
		require.Contains(t, err.Error(), c.key, c.name)
		require.Less(t, len(err.Error()), 300, c.name)
	}
}

func TestAnOverlayThatCannotBeReadIsRefused(t *testing.T) {
	t.Parallel()
	_, err := words.New(broken{})
	require.ErrorIs(t, err, words.ErrMessages)
	require.ErrorIs(t, err, fs.ErrPermission)

	whole := files(map[string]string{"de.json": `{}`})
	for name, folder := range map[string]fs.FS{
		"a file that may not be opened": locked{whole}, "a file that breaks off": torn{whole},
	} {
		_, err = words.New(folder)
		require.ErrorIs(t, err, words.ErrMessages, name)
		require.ErrorIs(t, err, fs.ErrPermission, name)
		var e *words.Error
		require.ErrorAs(t, err, &e, name)
		require.Equal(t, "de.json", e.File, name)
	}

	_, err = words.New(fstest.MapFS{"de.json/x": {}})
	require.NoError(t, err, "a folder is no language")
}

// broken is a folder that may not be read.
type broken struct{}

func (broken) Open(name string) (fs.File, error) {
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrPermission}
}

// locked lists its files and opens none.
type locked struct{ fstest.MapFS }

func (locked) Open(name string) (fs.File, error) { return broken{}.Open(name) }

// torn opens files that cannot be read.
type torn struct{ fstest.MapFS }

func (f torn) Open(name string) (fs.File, error) {
	file, err := f.MapFS.Open(name)
	return tornFile{file}, err
}

type tornFile struct{ fs.File }

func (tornFile) Read([]byte) (int, error) { return 0, fs.ErrPermission }

// FuzzOverlay compares what is accepted with what package json reads in the same bytes.
func FuzzOverlay(f *testing.F) {
	original := open(f, nil)
	for _, s := range []string{
		`{}`, `{"usage.title": "x"}`, `{"usage.tenant_count": {"one": "a", "other": "{count} b"}}`, `{"usage.title": "A & B"}`,
		`{"usage.title": "x", "usage.title": "y"}`, `{"usage.title": "\u003cb\u003e"}`, `{"page.title": "{page}{page} {"}`, `[1]`, `{} {}`,
		`{"usage.tenant_count": "{count}"}`, "{\"usage.title\": \"\\ud83d\\ude00\"}", `{"usage.title": {"other": "x"}}`,
	} {
		f.Add("de", []byte(s))
		f.Add("xx-Latn", []byte(s))
	}
	f.Fuzz(func(t *testing.T, tag string, data []byte) {
		if !fs.ValidPath(tag) || strings.Contains(tag, "/") {
			t.Skip("no name of a file")
		}
		c, err := words.New(fstest.MapFS{tag + ".json": {Data: data}})
		if err != nil {
			var e *words.Error
			require.ErrorAs(t, err, &e)
			require.NotEmpty(t, e.File)
			require.Less(t, len(err.Error()), 1000)
			return
		}
		var read map[string]any
		require.NoError(t, json.Unmarshal(data, &read))
		require.Contains(t, c.Languages(), tag)
		p := c.Match(tag)
		for key, value := range read {
			require.Contains(t, original.Keys(), key)
			for category, form := range texts(t, value) {
				require.NotContains(t, form, "<")
				if category == "other" {
					require.Equal(t, form, p.T(key), "without arguments the text is seen as it is written")
				}
			}
		}
		require.Equal(t, original.Keys(), c.Keys())
	})
}

package portal

import (
	"bytes"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"
)

// TestEveryPageIsCompiled: none of ours is left to html/template, and compiled every one is the same, in every language.
func TestEveryPageIsCompiled(t *testing.T) {
	t.Parallel()
	p, err := sampled(t, nil)
	require.NoError(t, err)
	for _, language := range p.words.Languages() {
		for _, page := range p.pages.samples(p) {
			page.say, page.Language = p.words.Match(language), language
			r := p.pages.renderers[page.Name]
			require.Contains(t, r.compiled, language, "%s is compiled", page.Name)
			var want bytes.Buffer
			require.NoError(t, r.set.ExecuteTemplate(&want, page.main(), page))
			require.NoError(t, r.differs(page, want.Bytes()), page.Name)
		}
	}
}

// TestAPageThatCannotBeCompiledIsLeftToHTMLTemplate, and every other one is compiled all the same.
func TestAPageThatCannotBeCompiledIsLeftToHTMLTemplate(t *testing.T) {
	t.Parallel()
	p, err := sampled(t, fstest.MapFS{
		"reports.html": {Data: []byte(`{{define "main"}}{{printf "%s: %d" (.T "reports.title") (len .Panel.Months)}}{{end}}`)},
	})
	require.NoError(t, err)
	require.Empty(t, p.pages.renderers["reports"].compiled)
	require.NotEmpty(t, p.pages.renderers["usage"].compiled)
	body, err := p.pages.render(nil, &Page{Name: "reports", Language: "de", Fragment: true, Panel: ReportsView{}, say: p.words.Match("de"), pages: p.pages})
	require.NoError(t, err)
	require.Contains(t, string(body), p.words.Match("de").T("reports.title")+": 0")
}

// TestWhatACompiledPageCannotWriteIsWrittenByHTMLTemplate: values that no sample has, such as those of a map.
func TestWhatACompiledPageCannotWriteIsWrittenByHTMLTemplate(t *testing.T) {
	t.Parallel()
	p, err := sampled(t, fstest.MapFS{
		"reports.html": {Data: []byte(`{{define "main"}}{{with .Panel.State}}{{.}}{{end}}{{end}}`)},
	})
	require.NoError(t, err)
	require.NotEmpty(t, p.pages.renderers["reports"].compiled)
	page := &Page{Name: "reports", Language: "en", Fragment: true, Panel: map[string]any{"State": 1.5}, say: p.words.Match("en"), pages: p.pages}
	body, err := p.pages.render([]byte("kept:"), page)
	require.NoError(t, err)
	require.Regexp(t, `^kept:<section(?s:.*)1\.5`, string(body))
}

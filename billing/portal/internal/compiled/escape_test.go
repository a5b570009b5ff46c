package compiled_test

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/billing/portal/internal/compiled"
)

// FuzzEscaping holds every place in which a text may stand to what html/template writes there.
func FuzzEscaping(f *testing.F) {
	for _, text := range []string{
		"", "plain", `<a href="x">'&+`, "\x00\xff\xc3\u2028", "javascript:alert(1)", "JaVaScRiPt\n:x", "a:b/c", "a/b:c", ":x", "//host/x",
		"http://host/a b?c=d&e#f", "mailto:a+b@example.com", "%41%zz%4", "100%", "é€😀", "[::1]", "(x)", "{y}|\\^`",
	} {
		f.Add(text)
	}
	set := parse(f, `<title>{{.Name}}</title><p title="{{.Name}}" class='{{.Name}}'>{{.Name}}</p>`+
		`<a href="{{.Name}}">1</a><a href='/x/{{.Name}}'>2</a><a href="/x?y={{.Name}}&z={{.Name}}">3</a><a href="{{.Name}}?{{.Name}}">4</a>`)
	c, err := compiled.New(set, nil, "page")
	require.NoError(f, err)
	f.Fuzz(func(t *testing.T, text string) {
		data := &shop{Name: text}
		var want bytes.Buffer
		require.NoError(t, set.Execute(&want, data))
		got, err := c.Append(nil, "page", data)
		require.NoError(t, err)
		require.Equal(t, want.String(), string(got))
	})
}

package compiled_test

import (
	"bytes"
	"testing"

	"github.com/billhatch/billhatch/billing/portal/internal/compiled"
)

// BenchmarkExecute compares both ways to execute a template.
func BenchmarkExecute(b *testing.B) {
	set := parse(b, `<h1>{{.Name}}</h1>{{range $i, $x := .Items}}<a href="{{$x.Link}}" title="{{$.T "title"}}">{{$.T "label"}} {{$x.Label}}</a>`+
		`{{if eq $.State "open<"}}{{$x.Sum 3}}{{end}}{{end}}`)
	data := sample()
	b.Run("compiled", func(b *testing.B) {
		c, err := compiled.New(set, constant, "page")
		if err != nil {
			b.Fatal(err)
		}
		var out []byte
		b.ReportAllocs()
		for b.Loop() {
			if out, err = c.Append(out[:0], "page", data); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("html/template", func(b *testing.B) {
		var out bytes.Buffer
		b.ReportAllocs()
		for b.Loop() {
			out.Reset()
			if err := set.Execute(&out, data); err != nil {
				b.Fatal(err)
			}
		}
	})
}

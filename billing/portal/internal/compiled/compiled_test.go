package compiled_test

import (
	"bytes"
	"errors"
	"html/template"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/billing/portal/internal/compiled"
)

// shop is data like that of a page: with methods of its pointer, with fields and methods of what it embeds, with values
// behind interfaces.
type shop struct {
	*owner
	Name   string
	Open   bool
	Items  []item
	Empty  []item
	Panel  any
	Nobody *owner
	Intro  template.HTML
	State  state
	Count  int
	Day    weekday
	Texts  map[string]string
	hidden string
}

type owner struct{ Family string }

// Greet is known to every shop with an owner.
func (o *owner) Greet(name string) string { return "Hello " + name + " from " + o.Family }

// T stands for texts that are the same in every execution.
func (o *owner) T(key string, args ...any) string {
	return "(" + key + ")" + strings.Repeat("!", len(args))
}

type item struct {
	Label string
	Price int
	Link  string
	Next  *item
}

func (i item) Sum(n int) int           { return i.Price * n }
func (i *item) Address() string        { return "address of " + i.Label }
func (i item) Same(other item) bool    { return i == other }
func (i item) Many(names ...state) int { return len(names) }
func (i item) Fails() (string, error)  { return "", errors.New("it failed") }
func (i item) Works() (string, error)  { return i.Label, nil }
func (i item) Before(o *item) bool     { return o == nil }
func (i item) On(d weekday) bool       { return d > 4 }

type state string

type weekday int

func (d weekday) String() string { return "day " + time.Weekday(d).String() }

func sample() *shop {
	items := []item{
		{Label: "A & B", Price: 3, Link: "/a?b=c&d=e f+g"},
		{Label: `<script>"'`, Link: "javascript:alert(1)"},
		{Label: "plain", Price: -1, Link: "HTTPS://example.com/%41%zz\x00ü"},
	}
	items[0].Next = &items[1]
	return &shop{
		owner: &owner{"Meier"}, Name: "<Shop>", Open: true, Items: items, Panel: &items[0], Intro: "<em>hi</em>", State: "open<",
		Count: 7, Day: 2, Texts: map[string]string{"a": "b"}, hidden: "x",
	}
}

// parse makes a set that html/template has escaped.
func parse(t testing.TB, text string) *template.Template {
	t.Helper()
	set, err := template.New("page").Parse(text)
	require.NoError(t, err)
	_ = set.Execute(&bytes.Buffer{}, sample()) // may fail, and has escaped all the same
	return set
}

func constant(method string, args []string) (string, bool) {
	if method != "T" || len(args) == 0 {
		return "", false
	}
	return "(" + args[0] + ")" + strings.Repeat("!", len(args)-1), true
}

// TestWhatIsWrittenIsWhatHTMLTemplateWrites: each of these is supported.
func TestWhatIsWrittenIsWhatHTMLTemplateWrites(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"text alone":                           `a <b>c</b>`,
		"a field":                              `{{.Name}}`,
		"a field of what is embedded":          `{{.Family}}`,
		"a field behind a pointer":             `{{(index0 .)}}`,
		"a field behind an interface":          `{{.Panel.Label}}`,
		"a chain through a pointer":            `{{.Panel.Next.Label}}`,
		"a chain of what is in parentheses":    `{{(.Panel).Label}}`,
		"a method of what is embedded":         `{{.Greet "you <"}}`,
		"a method of a pointer":                `{{range .Items}}{{.Address}}{{end}}`,
		"a method with an argument":            `{{range .Items}}{{.Sum 3}} {{.Sum $.Count}}{{end}}`,
		"a method of an item with an item":     `{{range .Items}}{{if .Same $.Panel}}same{{else}}other{{end}}{{end}}`,
		"a method with any number of literals": `{{.Panel.Many}}{{.Panel.Many "a" "b"}}{{.Panel.Many .State}}`,
		"a method that may fail":               `{{.Panel.Works}}`,
		"a method with nil":                    `{{if .Panel.Before nil}}first{{end}}{{if .Panel.Before .Panel.Next}}second{{end}}`,
		"a method that converts a literal":     `{{if .Panel.On 5}}yes{{end}}`,
		"known texts":                          `<p title="{{.T "a'b"}}">{{.T "a<b"}}{{$.T "c" "name" "value"}}</p>`,
		"a known text as an argument":          `{{.Greet (.T "x")}}{{or "" (.T "y")}}{{print (.T "z") "!"}}`,
		"a text that is not known":             `{{.T "x" .Count}}`,
		"in a title":                           `<title>{{.Name}}</title>`,
		"in an attribute":                      `<p title="{{.Name}}" class='{{.State}}'>{{.State}}</p>`,
		"links":                                `{{range .Items}}<a href="{{.Link}}">{{.Label}}</a>{{end}}`,
		"parts of links":                       `{{range .Items}}<a href="/x/{{.Link}}">1</a><a href="/?q={{.Link}}&amp;r={{.Label}}">2</a>{{end}}`,
		"HTML":                                 `<p>{{.Intro}}</p>`,
		"numbers":                              `<p title="{{.Count}}">{{.Count}}{{12}}</p>`,
		"literals":                             `{{"a<b"}}{{if true}}x{{end}}{{if false}}y{{end}}`,
		"if and else":                          `{{if .Open}}open{{else}}closed{{end}}{{if .Empty}}some{{else if .Count}}count{{else}}none{{end}}`,
		"with":                                 `{{with .Panel}}{{.Label}}{{end}}{{with .Empty}}x{{else}}{{.Name}}{{end}}{{with $x := .Count}}{{$x}}{{.}}{{end}}`,
		"if of every kind":                     `{{if .Count}}1{{end}}{{if .Items}}2{{end}}{{if .Name}}3{{end}}{{if .Texts}}4{{end}}{{if .Nobody}}5{{end}}{{if .Panel}}6{{end}}`,
		"range":                                `{{range .Items}}{{.Label}},{{end}}{{range .Empty}}x{{else}}none{{end}}`,
		"range with variables":                 `{{range $i, $x := .Items}}{{if $i}}, {{end}}{{$i}}{{$x.Label}}{{end}}{{range $x := .Items}}{{$x.Price}}{{end}}`,
		"range within range":                   `{{range $i, $x := .Items}}{{range $j, $y := $.Items}}{{$i}}{{$j}}{{end}}{{end}}`,
		"variables":                            `{{$a := .Name}}{{$b := 1}}{{if .Open}}{{$a := "inner"}}{{$a}}{{$b = 2}}{{end}}{{$a}}{{$b}}`,
		"a variable in the other branch":       `{{$a := "outer"}}{{if .Empty}}{{$a := "inner"}}{{$a}}{{else}}{{$a}}{{end}}{{$a}}`,
		"and, or, not":                         `{{if and .Open .Count}}1{{end}}{{if or .Empty .Open}}2{{end}}{{if not .Empty}}3{{end}}{{or .Empty .Name}}{{and .Open .Name}}`,
		"comparisons":                          `{{if eq .State "open<"}}1{{end}}{{if ne .Count 7}}2{{end}}{{if eq .Open true}}3{{end}}{{if gt .Count 6}}4{{end}}{{if eq .Name .State}}5{{end}}`,
		"print":                                `{{print "a" .State 1 2 .Count}}{{print .Day}}`,
		"templates":                            `{{define "part"}}<i>{{.Label}}{{$.Price}}</i>{{end}}{{range .Items}}{{template "part" .}}{{end}}`,
		"a template without data":              `{{define "rule"}}<hr>{{end}}{{template "rule"}}{{template "rule"}}`,
		"variables end with a template":        `{{define "part"}}{{$x := .Label}}{{$y := .Price}}{{$x}}{{$y}}{{end}}{{$x := "mine"}}{{template "part" .Panel}}{{$x}}`,
		"a comment":                            `a{{/* nothing */}}b{{- /* nothing */ -}} c`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			set := parse(t, strings.ReplaceAll(text, "(index0 .)", ".Panel.Next.Label"))
			var want bytes.Buffer
			require.NoError(t, set.Execute(&want, sample()))
			for _, known := range []compiled.Constant{constant, nil} {
				c, err := compiled.New(set, known, "page")
				require.NoError(t, err)
				for range 2 { // the second time by what the first one has learnt
					got, err := c.Append([]byte("before:"), "page", sample())
					require.NoError(t, err)
					require.Equal(t, "before:"+want.String(), string(got))
				}
			}
		})
	}
}

// TestWhatIsNotKnownIsLeftToHTMLTemplate: nothing is written then.
func TestWhatIsNotKnownIsLeftToHTMLTemplate(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"a value with text of its own":    `{{.Day}}`,
		"HTML within a tag":               `<p title="{{.Intro}}"></p>`,
		"a nil pointer":                   `{{.Nobody}}`,
		"a field of a nil pointer":        `{{.Nobody.Family}}`,
		"a field that does not exist":     `{{.Missing}}`,
		"a field that is not exported":    `{{.hidden}}`,
		"a field with an argument":        `{{.Name 1}}`,
		"a method with too few arguments": `{{.Greet}}`,
		"a method that fails":             `{{.Panel.Fails}}`,
		"an argument of another type":     `{{.Greet .Count}}`,
		"nil for a text":                  `{{.Greet nil}}`,
		"a key of a map":                  `{{.Texts.a}}`,
		"a range over a map":              `{{range .Texts}}{{.}}{{end}}`,
		"a range over a number":           `{{range .Count}}x{{end}}`,
		"break":                           `{{range .Items}}{{break}}{{end}}`,
		"a pipeline":                      `{{.Name | print}}`,
		"printf":                          `{{printf "%d" .Count}}`,
		"a script":                        `<script>let x = {{.Name}}</script>`,
		"a style":                         `<p style="color: {{.Name}}"></p>`,
		"an attribute without quotes":     `<p title={{.Name}}></p>`,
		"a template in an attribute":      `{{define "part"}}{{.}}{{end}}<p title="{{template "part" .Name}}"></p>`,
		"a template that executes itself": `{{define "part"}}{{with .Next}}{{template "part" .}}{{end}}{{end}}{{template "part" .Panel}}`,
		"numbers with a fraction":         `{{if eq 1.5 1.5}}x{{end}}`,
		"texts compared with numbers":     `{{if eq .Name 1}}x{{end}}`,
		"nothing":                         `{{$ = 1}}{{.Name}}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			set := parse(t, "some text"+text)
			c, err := compiled.New(set, constant, "page")
			if err == nil {
				var out []byte
				out, err = c.Append([]byte("before"), "page", sample())
				require.Equal(t, "before", string(out))
			}
			require.ErrorIs(t, err, compiled.ErrUnsupported)
		})
	}
	c, err := compiled.New(parse(t, "x"), nil, "page")
	require.NoError(t, err)
	_, err = c.Append(nil, "other", nil)
	require.ErrorIs(t, err, compiled.ErrUnsupported)
	_, err = compiled.New(parse(t, "x"), nil, "other")
	require.ErrorIs(t, err, compiled.ErrUnsupported)
}

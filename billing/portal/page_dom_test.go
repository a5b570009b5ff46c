package portal_test

import (
	"encoding/xml"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// node is an element of a page.
type node struct {
	name     string
	attr     map[string]string
	children []*node
	texts    []string // own text, in order
	parent   *node
}

// document reads the page of an answer. Text between elements is kept as it is shown.
func (a *answer) document(t testing.TB) *node {
	t.Helper()
	require.Contains(t, a.header.Get("Content-Type"), "text/html")
	return parse(t, a.body)
}

// parse reads markup strictly in what it nests: a tag that is closed by another is an error.
func parse(t testing.TB, markup string) *node {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(markup))
	d.Strict, d.AutoClose, d.Entity = false, xml.HTMLAutoClose, xml.HTMLEntity
	root := &node{}
	at := root
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			require.Same(t, root, at, "not closed: %s", at.name)
			return root
		}
		require.NoError(t, err)
		switch token := token.(type) {
		case xml.StartElement:
			child := &node{name: token.Name.Local, attr: map[string]string{}, parent: at}
			for _, a := range token.Attr {
				require.NotContains(t, child.attr, a.Name.Local, "given twice in %s", child.name)
				child.attr[a.Name.Local] = a.Value
			}
			at.children = append(at.children, child)
			at = child
		case xml.EndElement:
			require.Equal(t, at.name, token.Name.Local)
			at = at.parent
		case xml.CharData:
			at.texts = append(at.texts, string(token))
			at.children = append(at.children, &node{texts: []string{string(token)}, parent: at})
		case xml.Comment:
			require.Fail(t, "a comment", string(token))
		}
	}
}

// all gives the elements below a node for which every test holds, in order of the document.
func (n *node) all(tests ...func(*node) bool) []*node {
	var out []*node
	for _, child := range n.children {
		if child.name == "" {
			continue
		}
		if !slices.ContainsFunc(tests, func(test func(*node) bool) bool { return !test(child) }) {
			out = append(out, child)
		}
		out = append(out, child.all(tests...)...)
	}
	return out
}

// one gives the only element for which every test holds.
func (n *node) one(t testing.TB, tests ...func(*node) bool) *node {
	t.Helper()
	found := n.all(tests...)
	require.Len(t, found, 1)
	return found[0]
}

// text gives the text of an element with single spaces.
func (n *node) text() string {
	var b strings.Builder
	var walk func(*node)
	walk = func(n *node) {
		if n.name == "" && len(n.children) == 0 {
			for _, s := range n.texts {
				b.WriteString(s)
			}
		}
		for _, c := range n.children {
			walk(c)
		}
		if slices.Contains([]string{"td", "th", "dt", "dd", "li", "p", "h1", "h2", "h3"}, n.name) {
			b.WriteByte(' ')
		}
	}
	walk(n)
	return strings.Join(strings.Fields(b.String()), " ")
}

// textsOf gives the texts of elements.
func textsOf(nodes []*node) []string {
	out := make([]string, len(nodes))
	for i, n := range nodes {
		out[i] = n.text()
	}
	return out
}

func tag(name string) func(*node) bool { return func(n *node) bool { return n.name == name } }

func class(name string) func(*node) bool {
	return func(n *node) bool { return slices.Contains(strings.Fields(n.attr["class"]), name) }
}

func has(attr, value string) func(*node) bool {
	return func(n *node) bool { v, ok := n.attr[attr]; return ok && v == value }
}

func says(text string) func(*node) bool {
	return func(n *node) bool { return strings.Contains(n.text(), text) }
}

// links gives the addresses that a part of a page leads to.
func (n *node) links() []string {
	var out []string
	for _, a := range n.all(tag("a")) {
		out = append(out, a.attr["href"])
	}
	return out
}

// value gives what stands beside a name in a list of names and values, or of figures.
func (n *node) value(t testing.TB, name string) string {
	t.Helper()
	term := n.one(t, tag("dt"), func(n *node) bool { return n.text() == name })
	return term.parent.all(tag("dd"))[0].text()
}

// cells gives the cells of a row.
func (n *node) cells() []*node {
	return n.all(func(n *node) bool { return n.name == "td" || n.name == "th" })
}

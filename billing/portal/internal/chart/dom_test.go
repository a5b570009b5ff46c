package chart_test

import (
	"encoding/xml"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// node is an element of a picture.
type node struct {
	name  string
	attrs map[string]string
	text  string // of the element itself
	nodes []*node
}

// parse reads a picture strictly: well-formed XML with one root.
func parse(t testing.TB, markup string) *node {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(markup))
	top := &node{}
	open := []*node{top}
	for {
		token, err := d.Token()
		if token == nil {
			require.EqualError(t, err, "EOF")
			break
		}
		at := open[len(open)-1]
		switch token := token.(type) {
		case xml.StartElement:
			child := &node{name: token.Name.Local, attrs: map[string]string{}}
			for _, attr := range token.Attr {
				require.NotContains(t, child.attrs, attr.Name.Local, "an attribute is there once")
				child.attrs[attr.Name.Local] = attr.Value
			}
			at.nodes = append(at.nodes, child)
			open = append(open, child)
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			at.text += string(token)
		default:
			require.Failf(t, "unexpected token", "%T", token)
		}
	}
	require.Len(t, open, 1)
	require.Len(t, top.nodes, 1, "one root")
	require.Empty(t, top.text)
	return top.nodes[0]
}

// draw draws and reads a picture.
func draw(t testing.TB, p picture) *node {
	t.Helper()
	html, err := p.HTML()
	require.NoError(t, err)
	return parse(t, string(html))
}

// each visits an element and everything in it.
func (n *node) each(visit func(*node)) {
	visit(n)
	for _, child := range n.nodes {
		child.each(visit)
	}
}

func (n *node) classes() []string { return strings.Fields(n.attrs["class"]) }

// all finds the elements of a class.
func (n *node) all(class string) []*node {
	var found []*node
	n.each(func(child *node) {
		for _, c := range child.classes() {
			if c == class {
				found = append(found, child)
			}
		}
	})
	return found
}

// one finds the only element of a class.
func (n *node) one(t testing.TB, class string) *node {
	t.Helper()
	found := n.all(class)
	require.Len(t, found, 1, class)
	return found[0]
}

// child finds the only child of a name.
func (n *node) child(t testing.TB, name string) *node {
	t.Helper()
	var found []*node
	for _, child := range n.nodes {
		if child.name == name {
			found = append(found, child)
		}
	}
	require.Len(t, found, 1, name)
	return found[0]
}

// plot is the drawing without the legend.
func (n *node) plot(t testing.TB) *node {
	t.Helper()
	return n.one(t, "bh-chart-svg")
}

// pct reads a percentage as hundredths of a percent.
func (n *node) pct(t testing.TB, name string) int {
	t.Helper()
	number, ok := strings.CutSuffix(n.attrs[name], "%")
	require.True(t, ok, "%s=%q is a percentage", name, n.attrs[name])
	value, err := strconv.ParseFloat(number, 64)
	require.NoError(t, err)
	if value < 0 {
		return int(value*100 - 0.5)
	}
	return int(value*100 + 0.5)
}

// content is all of the text.
func (n *node) content() string {
	var b strings.Builder
	n.each(func(child *node) { b.WriteString(child.text) })
	return b.String()
}

// labels are the texts of a class.
func (n *node) labels(class string) []string {
	var out []string
	for _, label := range n.all(class) {
		out = append(out, label.content())
	}
	return out
}

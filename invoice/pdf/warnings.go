package pdf

import "fmt"

// WarningKind says in which way the document differs from the invoice's text.
type WarningKind string

// The kinds of warnings.
const (
	Replaced WarningKind = "replaced" // no face has the sign; a visible replacement is printed
	Dropped  WarningKind = "dropped"  // an invisible sign, such as a text direction control, is left out
	Unshaped WarningKind = "unshaped" // the script is drawn letter by letter, without joining or full reordering
)

// MaxWarnings bounds the warnings of one document; further kinds of signs are only counted in [Result.More].
const MaxWarnings = 64

// Warning is one way in which the document differs from the invoice's text. It holds single signs, never the text
// they stood in.
type Warning struct {
	Kind   WarningKind
	Sign   rune   // the sign; for Unshaped the first one of its script
	Script string // for Unshaped: the name of the script in Unicode, such as "Arabic"
	Count  int    // how often
}

// String gives "replaced U+1F600 3 times".
func (w Warning) String() string {
	what := fmt.Sprintf("%U", w.Sign)
	if w.Script != "" {
		what = w.Script
	}
	if w.Count == 1 {
		return fmt.Sprintf("%s %s once", w.Kind, what)
	}
	return fmt.Sprintf("%s %s %d times", w.Kind, what, w.Count)
}

// notes collects the warnings of one document in the order of their first appearance.
type notes struct {
	list []Warning
	more int
}

func (n *notes) add(kind WarningKind, sign rune, script string) {
	for i := range n.list {
		w := &n.list[i]
		if w.Kind == kind && (w.Sign == sign || script != "" && w.Script == script) {
			w.Count++
			return
		}
	}
	if len(n.list) == MaxWarnings {
		n.more++
		return
	}
	n.list = append(n.list, Warning{Kind: kind, Sign: sign, Script: script, Count: 1})
}

package layercheck

import (
	"slices"
	"strings"
)

// ModulePath is the import path of the root module.
const ModulePath = "github.com/billhatch/billhatch"

// Third-party modules that some package may import at run time.
const (
	modDecimal = "github.com/shopspring/decimal"
	modFlate   = "github.com/klauspost/compress"
	modPDF     = "codeberg.org/go-pdf/fpdf"
	modFonts   = "codeberg.org/go-fonts/liberation"
	modStripe  = "github.com/stripe/stripe-go/v76"
	modTime    = "golang.org/x/time"
	modMock    = "go.uber.org/mock"
)

// Kind says how strictly a package is held to the rules for code and documentation.
type Kind int

// The kinds of packages.
const (
	// Library is code that hosts import: every rule applies.
	Library Kind = iota
	// Support is test support for hosts: as Library, but it may import testing and
	// needs no Example, because its entry points take a *testing.T.
	Support
	// Generated is written by a tool: only the rules about imports apply.
	Generated
	// Internal is our own business: no headings and no Example needed.
	Internal
	// TestHelp is a package under internal/ that test files share: as Internal, but it may import
	// testing, and nothing but test files and other such packages may import it.
	TestHelp
	// Program is an example or a tool: it may read the wall clock and hold variables.
	Program
)

// Layer is the row of one package in the table.
type Layer struct {
	Path string   // relative to the module root; the root package is "."
	Kind Kind     // how strictly it is held
	Ours []string // arrows: our packages that it may import; what those may import is allowed too
	Mods []string // third-party modules that its own files may import
	HTTP bool     // may import net/http and html/template
}

// Layers returns the table. The order is from the bottom up; no arrow points to a later row.
func Layers() []Layer {
	decimal := []string{modDecimal}
	return []Layer{
		{Path: ".", Kind: Internal},
		{Path: "money", Mods: decimal},
		{Path: "rbac"},
		{Path: "rbac/rbactest", Kind: Support, Ours: []string{"rbac"}},
		{Path: "usage/civil"},
		{Path: "usage/pricing", Ours: []string{"money"}, Mods: decimal},
		{Path: "internal/wire", Kind: Internal, Ours: []string{"usage/pricing", "money"}, Mods: decimal},
		{Path: "usage", Ours: []string{"usage/civil", "usage/pricing", "money", "internal/wire"}, Mods: decimal},
		{Path: "invoice", Ours: []string{"usage"}, Mods: decimal},
		{Path: "invoice/pdf", Ours: []string{"invoice"}, Mods: []string{modDecimal, modPDF, modFonts, modFlate}},
		{Path: "report/xlsx", Mods: []string{modDecimal, modFlate}},
		{Path: "report", Ours: []string{"usage", "report/xlsx"}, Mods: decimal},
		{Path: "internal/agree", Kind: TestHelp, Ours: []string{"report", "invoice"}, Mods: decimal},
		{Path: "internal/stripefake", Kind: TestHelp, HTTP: true},
		{Path: "provider", Ours: []string{"invoice"}, Mods: decimal},
		{Path: "internal/frozen", Kind: Internal, Ours: []string{"provider"}, Mods: decimal},
		{Path: "provider/memory", Ours: []string{"provider", "invoice/pdf"}, Mods: decimal},
		{Path: "provider/stripe", Ours: []string{"provider"}, Mods: []string{modDecimal, modStripe, modTime}, HTTP: true},
		{Path: "provider/sqlstore", Ours: []string{"provider"}, Mods: decimal},
		{Path: "provider/providertest", Kind: Support, Ours: []string{"provider"}, Mods: decimal},
		{Path: "provider/providermock", Kind: Generated, Ours: []string{"provider"}, Mods: []string{modDecimal, modMock}},
		{Path: "billing", Ours: []string{"rbac", "report", "provider", "internal/frozen"}, Mods: decimal},
		{Path: "billing/closing", Ours: []string{"billing"}, Mods: decimal},
		{
			Path: "internal/simulate", Kind: TestHelp, HTTP: true, Mods: decimal,
			Ours: []string{"billing/closing", "provider/stripe", "provider/memory", "internal/stripefake"},
		},
		{Path: "billing/portal", Ours: []string{"billing"}, Mods: []string{modDecimal, modTime}, HTTP: true},
		{Path: "billing/webhook", Ours: []string{"billing"}, HTTP: true},
	}
}

// Table answers questions about a list of layers.
type Table struct {
	rows map[string]Layer
}

// NewTable indexes rows by path.
func NewTable(rows []Layer) Table {
	t := Table{rows: make(map[string]Layer, len(rows))}
	for _, row := range rows {
		t.rows[row.Path] = row
	}
	return t
}

// Row finds the layer of a package. Three families need no row of their own: examples may
// import everything, a package under internal/ imports the standard library only, and a package
// under another package's internal/ is held like its owner.
func (t Table) Row(path string) (Layer, bool) {
	if row, ok := t.rows[path]; ok {
		return row, true
	}
	switch owner, _, nested := strings.Cut(path, "/internal/"); {
	case path == "examples" || strings.HasPrefix(path, "examples/"):
		return Layer{Path: path, Kind: Program, HTTP: true}, true
	case path == "internal" || strings.HasPrefix(path, "internal/"):
		return Layer{Path: path, Kind: Internal}, true
	case nested:
		row, ok := t.Row(owner)
		row.Path, row.Kind = path, max(row.Kind, Internal)
		return row, ok
	}
	return Layer{}, false
}

// below returns every package of ours that path may import, directly or through its arrows.
func (t Table) below(path string) map[string]bool {
	seen := map[string]bool{}
	var walk func(string)
	walk = func(p string) {
		row, ok := t.Row(p)
		if !ok {
			return
		}
		for _, next := range row.Ours {
			if !seen[next] {
				seen[next] = true
				walk(next)
			}
		}
	}
	walk(path)
	return seen
}

// compiles returns what a host compiles that imports path: the allowed third-party modules and
// whether net/http may be among the dependencies.
func (t Table) compiles(path string) (mods []string, http bool) {
	row, _ := t.Row(path)
	mods, http = slices.Clone(row.Mods), row.HTTP
	for p := range t.below(path) {
		below, _ := t.Row(p)
		mods = append(mods, below.Mods...)
		http = http || below.HTTP
	}
	slices.Sort(mods)
	return slices.Compact(mods), http
}

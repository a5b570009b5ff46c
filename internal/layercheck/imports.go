package layercheck

import (
	"slices"
	"strings"
)

// CheckImports applies the arrows: which of our packages, which modules and which sensitive parts
// of the standard library each package's own code imports. Test files are free.
func CheckImports(tree *Tree, table Table) []Finding {
	var found []Finding
	for _, pkg := range tree.Packages {
		if len(pkg.Files) == 0 {
			continue
		}
		row, ok := table.Row(pkg.Path)
		if !ok {
			found = append(found, Finding{
				"layer", pkg.Path,
				"has no row in the table of layers; add one to internal/layercheck/layers.go and to internal/docs/design.md",
			})
			continue
		}
		for _, file := range pkg.Files {
			for _, spec := range file.Syntax.Imports {
				if rule, text := judgeImport(table, row, importPath(spec)); text != "" {
					found = append(found, Finding{rule, tree.at(spec.Pos()), text})
				}
			}
		}
	}
	return found
}

func judgeImport(table Table, row Layer, imported string) (rule, text string) {
	if target, ok := ours(imported); ok {
		return "arrow", judgeArrow(table, row, target)
	}
	if standard(imported) {
		return "standard", judgeStandard(row, imported)
	}
	return "module", judgeModule(row, imported)
}

func judgeArrow(table Table, row Layer, target string) string {
	targetRow, ok := table.Row(target)
	switch {
	case !ok:
		return "" // reported at the target itself
	case row.Kind == Program && targetRow.Kind != TestHelp:
		if strings.HasPrefix(target, "internal/") {
			return "an example imports " + target + "; show only what a host can import"
		}
		return ""
	case strings.HasPrefix(target, "examples/"):
		return row.Path + " imports " + target + "; examples are imported by nobody"
	}
	if targetRow.Kind == TestHelp && row.Kind != TestHelp {
		return row.Path + " imports " + target + ", which is help for tests; import it in _test.go files only"
	}
	below := table.below(row.Path)
	if targetRow.Kind == Internal && strings.Contains("/"+target, "/internal/") {
		for _, p := range targetRow.Ours {
			if !below[p] {
				return row.Path + " reaches " + p + " through " + target + "; move the helper below its user"
			}
		}
		return ""
	}
	if below[target] {
		return ""
	}
	return row.Path + " must not import " + target + ": arrows point down only; pass the value in, " +
		"declare a small interface here, or move the code down (internal/docs/design.md, section The house)"
}

func judgeStandard(row Layer, imported string) string {
	switch {
	case row.Kind == Program || row.Kind == Generated:
		return ""
	case imported == "testing" || strings.HasPrefix(imported, "testing/"):
		if row.Kind != Support && row.Kind != TestHelp {
			return "testing in library code puts its flags into the host's program; move this to a _test.go file or to a ...test package"
		}
	case imported == "net/http" || strings.HasPrefix(imported, "net/http/") || imported == "html/template":
		if !row.HTTP {
			return imported + " belongs in billing/portal, billing/webhook and provider/stripe only; hand the bytes or the interface up instead"
		}
	case imported == "plugin" || imported == "unsafe" || imported == "expvar" || imported == "net/http/pprof":
		return imported + " has no place in a library; remove it"
	}
	return ""
}

func judgeModule(row Layer, imported string) string {
	mods := row.Mods
	if row.Kind == Program {
		mods = []string{modDecimal} // what a host's own code would use; adapters are shown in nested modules
	}
	if slices.ContainsFunc(mods, func(m string) bool { return within(imported, m) }) {
		return ""
	}
	return row.Path + " must not import " + imported + "; write it with the standard library, put it into a nested module, " +
		"or give it a row in internal/layercheck/layers.go and a reason in internal/docs/dependencies.md"
}

func within(imported, module string) bool {
	return imported == module || strings.HasPrefix(imported, module+"/")
}

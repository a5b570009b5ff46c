package layercheck

import (
	"regexp"
	"slices"
	"strings"
)

// GoMod is the part of the output of go mod edit -json that is checked.
type GoMod struct {
	Go        string
	Toolchain string
	Require   []struct {
		Path     string
		Indirect bool
	}
	Replace []struct{ Old struct{ Path string } }
	Exclude []struct{ Path string }
	Tool    []struct{ Path string }
}

// Built is one package of the output of go list -deps -json.
type Built struct {
	ImportPath string
	Standard   bool
	Export     string
	Imports    []string
	Module     *struct{ Path string }
}

// CheckModule applies the rules for the root go.mod and compares it with the page of
// dependencies: two lists, under the headings "Run time" and "Tests", each module in backquotes at the
// beginning of a table row. imported are the third-party modules that library code imports.
func CheckModule(mod GoMod, page string, imported []string) []Finding {
	var found []Finding
	report := func(text string) { found = append(found, Finding{"go.mod", "go.mod", text}) }
	for _, r := range mod.Replace {
		report("replaces " + r.Old.Path + "; hosts do not see replacements, so remove it and require a released version")
	}
	for _, x := range mod.Exclude {
		report("excludes " + x.Path + "; hosts do not see exclusions, so require a version that works")
	}
	if mod.Toolchain != "" {
		report("names a toolchain; remove the line, the host chooses it")
	}
	if strings.Count(mod.Go, ".") == 2 && !strings.HasSuffix(mod.Go, ".0") {
		report("asks for go " + mod.Go + "; a patch release binds every host, so use the .0 of that minor version")
	}
	for _, t := range mod.Tool {
		report("pins the tool " + t.Path + "; tools belong in internal/tools/go.mod")
	}

	runTime, tests := documented(page, "Run time"), documented(page, "Tests")
	for _, m := range imported {
		if !slices.Contains(runTime, m) {
			report("library code imports " + m + ", which has no reason under \"Run time\" in internal/docs/dependencies.md; write one or do without it")
		}
	}
	for _, r := range mod.Require {
		if !r.Indirect && !slices.Contains(runTime, r.Path) && !slices.Contains(tests, r.Path) {
			report("requires " + r.Path + ", which internal/docs/dependencies.md does not mention; give its reason or remove it")
		}
	}
	return found
}

var tableRow = regexp.MustCompile("(?m)^\\|\\s*`([^`]+)`")

// documented returns the modules in the table under one heading of the page.
func documented(page, heading string) []string {
	_, rest, _ := strings.Cut(page, "\n## "+heading+"\n")
	section, _, _ := strings.Cut(rest, "\n## ")
	var mods []string
	for _, m := range tableRow.FindAllStringSubmatch(section, -1) {
		mods = append(mods, m[1])
	}
	return mods
}

// CheckBuilt looks at everything that a host compiles when it imports one of our packages:
// modules outside the row of the package and of the packages below it, net/http where it is not
// needed, and testing. The packages come from go list, dependencies included.
func CheckBuilt(built []Built, table Table) []Finding {
	byPath := make(map[string]Built, len(built))
	for _, b := range built {
		byPath[b.ImportPath] = b
	}
	var found []Finding
	for _, b := range built {
		path, ok := ours(b.ImportPath)
		row, known := table.Row(path)
		if !ok || !known || row.Kind == Program || row.Kind == Generated {
			continue
		}
		mods, http := table.compiles(path)
		for _, dep := range dependencies(byPath, b.ImportPath) {
			if text := judgeBuilt(dep, row, mods, http); text != "" {
				found = append(found, Finding{"compiled", path, text})
			}
		}
	}
	return found
}

func judgeBuilt(dep Built, row Layer, mods []string, http bool) string {
	const wayOut = "; find the import with go mod why -m or go list -deps and cut it"
	switch {
	case dep.Standard:
		if dep.ImportPath == "net/http" && !http || dep.ImportPath == "testing" && row.Kind != Support && row.Kind != TestHelp {
			return "a host that imports it compiles " + dep.ImportPath + wayOut
		}
	case dep.Module == nil || dep.Module.Path == ModulePath || slices.Contains(mods, dep.Module.Path):
	case carriedBy(dep.Module.Path, mods):
	default:
		return "a host that imports it compiles " + dep.ImportPath + " of " + dep.Module.Path + wayOut
	}
	return ""
}

// carriedBy allows what an allowed module brings with it.
func carriedBy(module string, mods []string) bool {
	brings := map[string][]string{
		modStripe: {"golang.org/x/net"},
		modPDF:    {"golang.org/x/image"},
	}
	return slices.ContainsFunc(mods, func(m string) bool { return slices.Contains(brings[m], module) })
}

// dependencies returns everything that path imports, directly or not, in a stable order.
func dependencies(byPath map[string]Built, path string) []Built {
	var deps []Built
	seen := map[string]bool{path: true}
	for queue := []string{path}; len(queue) > 0; queue = queue[1:] {
		for _, next := range byPath[queue[0]].Imports {
			if !seen[next] {
				seen[next] = true
				deps = append(deps, byPath[next])
				queue = append(queue, next)
			}
		}
	}
	return deps
}

// ImportedModules returns the third-party modules that the given packages of ours import
// directly, programs left out.
func ImportedModules(built []Built, table Table) []string {
	byPath := make(map[string]Built, len(built))
	for _, b := range built {
		byPath[b.ImportPath] = b
	}
	var mods []string
	for _, b := range built {
		path, ok := ours(b.ImportPath)
		if row, known := table.Row(path); !ok || !known || row.Kind == Program {
			continue
		}
		for _, imported := range b.Imports {
			if m := byPath[imported].Module; m != nil && m.Path != ModulePath {
				mods = append(mods, m.Path)
			}
		}
	}
	slices.Sort(mods)
	return slices.Compact(mods)
}

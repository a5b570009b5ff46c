package layercheck

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strconv"
	"strings"
)

// MaxLines is the length from which a file must be split. Tests and generated files may be longer.
const MaxLines = 450

// banned names things of other packages that library code must not touch, with the way out.
func banned(imported, name string) (wayOut string) {
	switch imported {
	case "time":
		if slices.Contains([]string{"Now", "Since", "Until"}, name) {
			return "reads the wall clock; take the time as a value or a Clock func() time.Time"
		}
	case modDecimal:
		if slices.Contains([]string{
			"DivisionPrecision", "PowPrecisionNegativeExponent", "MarshalJSONWithoutQuotes",
			"ExpMaxIterations", "TrimTrailingZeros",
		}, name) {
			return "is a setting of the whole program, which belongs to the host; pass the precision to the operation"
		}
		if strings.HasPrefix(name, "NewFromFloat") {
			return "brings binary fractions into money; use decimal.New, RequireFromString or NewFromInt"
		}
	case "net/http":
		if slices.Contains([]string{
			"DefaultServeMux", "Handle", "HandleFunc", "DefaultClient", "DefaultTransport",
			"Get", "Head", "Post", "PostForm", "ListenAndServe", "ListenAndServeTLS",
		}, name) {
			return "uses a global of net/http; build a mux, a client or a server, or take the host's"
		}
	case "log":
		if name == "Logger" || name == "New" {
			return ""
		}
		return "writes to the program's global logger; use the *slog.Logger from the options"
	case "log/slog":
		if slices.Contains([]string{"Default", "SetDefault", "Debug", "Info", "Warn", "Error"}, name) {
			return "uses the program's global logger; use the *slog.Logger from the options"
		}
	case "os":
		if slices.Contains([]string{"Exit", "Getenv", "LookupEnv", "Setenv", "Stdout", "Stderr", "Args"}, name) {
			return "belongs to the host's program; take the value or the writer as a parameter"
		}
	}
	return ""
}

// CheckCode reports banned calls, init functions, mutable package variables and long files
// in the code that hosts import and in what is internal to it. Programs may do as they like,
// except for the length.
func CheckCode(tree *Tree, table Table) []Finding {
	var found []Finding
	for _, pkg := range tree.Packages {
		row, ok := table.Row(pkg.Path)
		if !ok || row.Kind == Generated {
			continue
		}
		for _, file := range pkg.Files {
			if file.Generated {
				continue
			}
			if file.Lines > MaxLines {
				found = append(found, Finding{
					"length", file.Name,
					"has " + strconv.Itoa(file.Lines) + " lines, more than " + strconv.Itoa(MaxLines) + "; split it by topic",
				})
			}
			if row.Kind != Program {
				found = append(found, bannedNames(tree, pkg, file)...)
				found = append(found, initFuncs(tree, file)...)
			}
		}
		if row.Kind != Program {
			found = append(found, packageVars(tree, pkg)...)
		}
	}
	return found
}

func bannedNames(tree *Tree, pkg *Package, file *File) []Finding {
	var found []Finding
	ast.Inspect(file.Syntax, func(n ast.Node) bool {
		sel, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		x, ok := sel.X.(*ast.Ident)
		if !ok {
			return true
		}
		name, ok := pkg.Uses[x].(*types.PkgName)
		if !ok {
			return true
		}
		if wayOut := banned(name.Imported().Path(), sel.Sel.Name); wayOut != "" {
			found = append(found, Finding{"banned", tree.at(sel.Pos()), x.Name + "." + sel.Sel.Name + " " + wayOut})
		}
		return true
	})
	return found
}

func initFuncs(tree *Tree, file *File) []Finding {
	var found []Finding
	for _, decl := range file.Syntax.Decls {
		if fn, ok := decl.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "init" {
			found = append(found, Finding{"init", tree.at(fn.Pos()), "runs before the host can say anything; do it in a constructor"})
		}
	}
	return found
}

// packageVars reports variables that could carry state from one call to the next. Left alone are
// error sentinels, embedded files, compile-time assertions, and unexported variables with an
// initial value that nothing in the package writes to: tables, compiled expressions and the like.
func packageVars(tree *Tree, pkg *Package) []Finding {
	written := writtenNames(pkg)
	var found []Finding
	for _, file := range pkg.Files {
		for _, decl := range file.Syntax.Decls {
			gen, ok := decl.(*ast.GenDecl)
			if !ok || gen.Tok != token.VAR {
				continue
			}
			for _, spec := range gen.Specs {
				spec, ok := spec.(*ast.ValueSpec)
				if !ok {
					continue
				}
				embedded := embeds(gen.Doc) || embeds(spec.Doc)
				for i, name := range spec.Names {
					if why := judgeVar(spec, i, written, embedded); why != "" {
						found = append(found, Finding{"package variable", tree.at(name.Pos()), name.Name + " " + why})
					}
				}
			}
		}
	}
	return found
}

func judgeVar(spec *ast.ValueSpec, i int, written map[string]bool, embedded bool) (why string) {
	name := spec.Names[i].Name
	var value ast.Expr
	if i < len(spec.Values) {
		value = spec.Values[i]
	}
	switch {
	case name == "_":
		return ""
	case written[name]:
		return "is a package variable that is written to; keep the state in a value that the host makes"
	case embedded && !spec.Names[i].IsExported():
		return ""
	case isSentinel(name, value):
		return ""
	case spec.Names[i].IsExported():
		return "can be replaced by any importer; make it a constant or a function that returns the value"
	case value == nil && len(spec.Values) == 0:
		return "is a package variable without a value, so it is there to be changed; keep the state in a value that the host makes"
	case stateful(value):
		return "holds state by its type; keep it in a value that the host makes"
	}
	return ""
}

// isSentinel accepts ErrX and errX, the names that Go gives to error values and to nothing else.
func isSentinel(name string, value ast.Expr) bool {
	return value != nil && (strings.HasPrefix(name, "Err") || strings.HasPrefix(name, "err"))
}

func embeds(doc *ast.CommentGroup) bool {
	if doc == nil {
		return false
	}
	return slices.ContainsFunc(doc.List, func(c *ast.Comment) bool { return strings.HasPrefix(c.Text, "//go:embed ") })
}

// stateful recognises values of package sync and channels. sync.OnceValue makes a constant that
// is computed late and stays allowed.
func stateful(value ast.Expr) bool {
	switch v := value.(type) {
	case *ast.UnaryExpr:
		return stateful(v.X)
	case *ast.CompositeLit:
		sel, ok := v.Type.(*ast.SelectorExpr)
		if !ok {
			return false
		}
		x, ok := sel.X.(*ast.Ident)
		return ok && (x.Name == "sync" || x.Name == "atomic")
	case *ast.CallExpr:
		fn, ok := v.Fun.(*ast.Ident)
		if !ok || fn.Name != "make" && fn.Name != "new" {
			return false
		}
		return true
	}
	return false
}

// writtenNames collects the package variables that some statement assigns to, increments,
// deletes from, clears, or hands to a call by address, through any number of selectors and indexes.
// A pointer to the row of a table that is returned or kept does not count: it saves a copy.
func writtenNames(pkg *Package) map[string]bool {
	written := map[string]bool{}
	mark := func(e ast.Expr) {
		id := rootIdent(e)
		v, ok := pkg.Uses[id].(*types.Var)
		if ok && v.Pkg() != nil && v.Parent() == v.Pkg().Scope() {
			written[id.Name] = true
		}
	}
	inspect := func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			for _, lhs := range n.Lhs {
				mark(lhs)
			}
		case *ast.RangeStmt:
			mark(n.Key)
			mark(n.Value)
		case *ast.IncDecStmt:
			mark(n.X)
		case *ast.CallExpr:
			if f, ok := n.Fun.(*ast.Ident); ok && (f.Name == "delete" || f.Name == "clear") && len(n.Args) > 0 {
				mark(n.Args[0])
			}
			for _, arg := range n.Args {
				if ref, ok := arg.(*ast.UnaryExpr); ok && ref.Op == token.AND {
					mark(ref.X)
				}
			}
		}
		return true
	}
	for _, file := range pkg.Files {
		ast.Inspect(file.Syntax, inspect)
	}
	return written
}

// rootIdent returns x for x, x.f, x[i], *x, (x) and x[i:j]; nil for anything else.
func rootIdent(e ast.Expr) *ast.Ident {
	for {
		switch x := e.(type) {
		case *ast.Ident:
			return x
		case *ast.SelectorExpr:
			e = x.X
		case *ast.IndexExpr:
			e = x.X
		case *ast.SliceExpr:
			e = x.X
		case *ast.StarExpr:
			e = x.X
		case *ast.ParenExpr:
			e = x.X
		default:
			return nil
		}
	}
}

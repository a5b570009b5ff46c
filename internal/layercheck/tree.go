package layercheck

import (
	"errors"
	"fmt"
	"go/ast"
	"go/build/constraint"
	"go/parser"
	"go/token"
	"go/types"
	"io/fs"
	"path"
	"sort"
	"strconv"
	"strings"
)

// A Finding is one broken rule: where, what, and what to do about it.
type Finding struct {
	Rule string // short name of the rule, such as "arrow"
	Pos  string // file:line, or a package path
	Text string // what is wrong and what to do
}

// String returns the finding on one line.
func (f Finding) String() string { return f.Pos + ": " + f.Rule + ": " + f.Text }

// A File is one parsed source file.
type File struct {
	Name      string // relative to the module root
	Syntax    *ast.File
	Lines     int
	Generated bool
}

// A Package is the source of one folder.
type Package struct {
	Path  string // relative to the module root; the root package is "."
	Files []*File
	Tests []*File
	Uses  map[*ast.Ident]types.Object // what the names in Files stand for, without looking into imports
}

// A Tree is the source of a module without its nested modules.
type Tree struct {
	Fset     *token.FileSet
	Packages []*Package // sorted by path
}

// ReadTree parses every Go file below the root of fsys. It leaves out hidden folders,
// testdata, nested modules, and files that a build constraint takes out of every build.
func ReadTree(fsys fs.FS) (*Tree, error) {
	tree := &Tree{Fset: token.NewFileSet()}
	byDir := map[string]*Package{}
	err := fs.WalkDir(fsys, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			return skipDir(fsys, name)
		}
		if !strings.HasSuffix(name, ".go") {
			return nil
		}
		file, err := tree.parse(fsys, name)
		if err != nil || file == nil {
			return err
		}
		dir := path.Dir(name)
		if byDir[dir] == nil {
			byDir[dir] = &Package{Path: dir}
		}
		if strings.HasSuffix(name, "_test.go") {
			byDir[dir].Tests = append(byDir[dir].Tests, file)
		} else {
			byDir[dir].Files = append(byDir[dir].Files, file)
		}
		return nil
	})
	for _, pkg := range byDir {
		pkg.resolve(tree.Fset)
		tree.Packages = append(tree.Packages, pkg)
	}
	sort.Slice(tree.Packages, func(i, j int) bool { return tree.Packages[i].Path < tree.Packages[j].Path })
	return tree, err
}

func skipDir(fsys fs.FS, name string) error {
	if name == "." {
		return nil
	}
	base := path.Base(name)
	if base == "testdata" || base == "vendor" || strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_") {
		return fs.SkipDir
	}
	if _, err := fs.Stat(fsys, path.Join(name, "go.mod")); err == nil {
		return fs.SkipDir
	}
	return nil
}

// parse returns nil without an error for a file that is never built.
func (t *Tree) parse(fsys fs.FS, name string) (*File, error) {
	src, err := fs.ReadFile(fsys, name)
	if err != nil {
		return nil, err
	}
	syntax, err := parser.ParseFile(t.Fset, name, src, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	if neverBuilt(syntax) {
		return nil, nil
	}
	return &File{
		Name: name, Syntax: syntax,
		Lines:     t.Fset.File(syntax.Pos()).LineCount(),
		Generated: ast.IsGenerated(syntax),
	}, nil
}

// resolve binds names to their declarations. Imported packages stay empty, so types are mostly unknown
// and errors mean nothing; which variable or which import a name stands for is known all the same.
func (p *Package) resolve(fset *token.FileSet) {
	files := make([]*ast.File, len(p.Files))
	for i, file := range p.Files {
		files[i] = file.Syntax
	}
	p.Uses = map[*ast.Ident]types.Object{}
	config := types.Config{Importer: noImports{}, Error: func(error) {}}
	_, _ = config.Check(p.Path, fset, files, &types.Info{Uses: p.Uses})
}

type noImports struct{}

func (noImports) Import(string) (*types.Package, error) {
	return nil, errors.New("imports are not read")
}

func neverBuilt(file *ast.File) bool {
	for _, group := range file.Comments {
		if group.Pos() > file.Package {
			break
		}
		for _, line := range group.List {
			if expr, err := constraint.Parse(line.Text); err == nil {
				return !expr.Eval(func(tag string) bool { return tag != "ignore" })
			}
		}
	}
	return false
}

// at formats a position.
func (t *Tree) at(pos token.Pos) string {
	p := t.Fset.Position(pos)
	return p.Filename + ":" + strconv.Itoa(p.Line)
}

// importPath returns the path that spec imports.
func importPath(spec *ast.ImportSpec) string {
	p, _ := strconv.Unquote(spec.Path.Value) // the parser accepts quoted strings only
	return p
}

// ours turns an import path of the root module into a path relative to it.
func ours(imported string) (string, bool) {
	if imported == ModulePath {
		return ".", true
	}
	return strings.CutPrefix(imported, ModulePath+"/")
}

// standard reports whether an import path belongs to the standard library: its first element
// has no dot.
func standard(imported string) bool {
	first, _, _ := strings.Cut(imported, "/")
	return !strings.Contains(first, ".")
}

package layercheck

import (
	"go/ast"
	"go/token"
	"path"
	"strings"
)

// CheckDocs applies the rules of documentation: a package comment everywhere, a doc.go with the
// three headings and a runnable Example for what hosts import, and a comment on every exported name.
func CheckDocs(tree *Tree, table Table) []Finding {
	var found []Finding
	for _, pkg := range tree.Packages {
		row, ok := table.Row(pkg.Path)
		if !ok || len(pkg.Files) == 0 || row.Kind == Generated {
			continue
		}
		found = append(found, checkPackageDoc(pkg, row)...)
		if row.Kind == Library && !hasExample(pkg) {
			found = append(found, Finding{"example", pkg.Path, "has no Example with an // Output: comment; show the main operation in example_test.go"})
		}
		if row.Kind == Library || row.Kind == Support {
			for _, file := range pkg.Files {
				if !file.Generated {
					found = append(found, undocumented(tree, file)...)
				}
			}
		}
	}
	return found
}

func checkPackageDoc(pkg *Package, row Layer) []Finding {
	doc, inDocFile := "", false
	for _, file := range pkg.Files {
		if text := file.Syntax.Doc.Text(); text != "" {
			doc += text
			inDocFile = inDocFile || path.Base(file.Name) == "doc.go"
		}
	}
	if doc == "" {
		return []Finding{{"package comment", pkg.Path, "has no package comment; say in doc.go in one sentence what the package is for"}}
	}
	if row.Kind != Library && row.Kind != Support {
		return nil
	}
	var found []Finding
	if !inDocFile {
		found = append(found, Finding{"package comment", pkg.Path, "keeps its package comment outside doc.go; move it there"})
	}
	for _, heading := range []string{"Units", "Errors", "Concurrency"} {
		if !strings.Contains("\n"+doc, "\n# "+heading+"\n") {
			found = append(found, Finding{"heading", pkg.Path, "doc.go has no section \"# " + heading + "\"; add it, and say so when there is nothing to know"})
		}
	}
	return found
}

// hasExample looks for an Example function whose output go test compares.
func hasExample(pkg *Package) bool {
	for _, file := range pkg.Tests {
		for _, decl := range file.Syntax.Decls {
			fn, ok := decl.(*ast.FuncDecl)
			if !ok || fn.Recv != nil || fn.Body == nil || !strings.HasPrefix(fn.Name.Name, "Example") {
				continue
			}
			for _, comment := range file.Syntax.Comments {
				text := strings.ToLower(comment.Text())
				within := comment.Pos() > fn.Body.Lbrace && comment.End() < fn.Body.Rbrace
				if within && (strings.HasPrefix(text, "output:") || strings.HasPrefix(text, "unordered output:")) {
					return true
				}
			}
		}
	}
	return false
}

// undocumented lists exported names of one file that have no comment. A group of constants,
// variables or types may share the comment of the group. Struct fields are left to the reader.
func undocumented(tree *Tree, file *File) []Finding {
	var found []Finding
	missing := func(pos token.Pos, name string) {
		found = append(found, Finding{"comment", tree.at(pos), name + " is exported and has no comment; say what its signature cannot"})
	}
	for _, decl := range file.Syntax.Decls {
		switch decl := decl.(type) {
		case *ast.FuncDecl:
			recv, visible := receiver(decl)
			if visible && decl.Name.IsExported() && decl.Doc.Text() == "" && !saysItAll(decl) {
				missing(decl.Pos(), recv+decl.Name.Name)
			}
		case *ast.GenDecl:
			for _, spec := range decl.Specs {
				undocumentedSpec(decl, spec, missing)
			}
		}
	}
	return found
}

// saysItAll is true for the two methods of errors: the type's comment tells what they return.
func saysItAll(decl *ast.FuncDecl) bool {
	return decl.Recv != nil && (decl.Name.Name == "Error" || decl.Name.Name == "Unwrap")
}

func undocumentedSpec(decl *ast.GenDecl, spec ast.Spec, missing func(token.Pos, string)) {
	group := decl.Doc.Text() != ""
	switch spec := spec.(type) {
	case *ast.ValueSpec:
		for _, name := range spec.Names {
			if name.IsExported() && !group && spec.Doc.Text() == "" && spec.Comment.Text() == "" {
				missing(name.Pos(), name.Name)
			}
		}
	case *ast.TypeSpec:
		if !spec.Name.IsExported() {
			return
		}
		if !group && spec.Doc.Text() == "" && spec.Comment.Text() == "" {
			missing(spec.Pos(), spec.Name.Name)
		}
		// The comment of an interface with one method is about that method.
		if iface, ok := spec.Type.(*ast.InterfaceType); ok && iface.Methods.NumFields() > 1 {
			for _, m := range iface.Methods.List {
				if len(m.Names) > 0 && m.Names[0].IsExported() && m.Doc.Text() == "" && m.Comment.Text() == "" {
					missing(m.Pos(), spec.Name.Name+"."+m.Names[0].Name)
				}
			}
		}
	}
}

// receiver returns "T." for a method of T and whether hosts can see T.
func receiver(fn *ast.FuncDecl) (prefix string, visible bool) {
	if fn.Recv == nil || len(fn.Recv.List) == 0 {
		return "", true
	}
	t := fn.Recv.List[0].Type
	for {
		switch x := t.(type) {
		case *ast.StarExpr:
			t = x.X
		case *ast.IndexExpr:
			t = x.X
		case *ast.IndexListExpr:
			t = x.X
		case *ast.Ident:
			return x.Name + ".", x.IsExported()
		default:
			return "", false
		}
	}
}

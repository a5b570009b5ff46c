package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// keep is the function that a rewritten package has in addition; it tells whether the check of a number stays.
const keep = "guardsKeep"

// switchName names the environment variable with the number of the check that is taken away.
const switchName = "GUARDS_TAKE_AWAY"

// guard is one check in a file.
type guard struct {
	id         int    // from 1
	file       string // relative to the root
	dir        string // absolute, of its package
	line       int
	text       string // the condition
	start, end int    // its place in the file
	excused    string // why it need not be needed
}

// source is a file as it was when it was read.
type source struct {
	path   string // absolute
	pkg    string // the name in its package clause
	text   string
	guards []guard
}

// read reads the files and numbers their checks.
func read(root string, files []string) ([]source, error) {
	var out []source
	id := 0
	for _, file := range files {
		s, err := find(root, file)
		if err != nil {
			return nil, err
		}
		for i := range s.guards {
			id++
			s.guards[i].id = id
		}
		out = append(out, s)
	}
	return out, nil
}

// find lists the checks of a file.
func find(root, file string) (source, error) {
	path, err := filepath.Abs(filepath.Join(root, file))
	if err != nil {
		return source{}, err
	}
	text, err := os.ReadFile(path) //nolint:gosec // a tool for the files of this repository
	if err != nil {
		return source{}, err
	}
	fset := token.NewFileSet()
	parsed, err := parser.ParseFile(fset, path, text, parser.ParseComments)
	if err != nil {
		return source{}, err
	}
	reasons := map[int]string{}
	for _, group := range parsed.Comments {
		for _, c := range group.List {
			if _, why, ok := strings.Cut(c.Text, "guard:"); ok {
				reasons[fset.Position(c.Pos()).Line] = strings.TrimSpace(why)
			}
		}
	}
	out := source{path: path, pkg: parsed.Name.Name, text: string(text)}
	for _, cond := range conditions(parsed) {
		start, end := fset.Position(cond.Pos()), fset.Position(cond.End())
		out.guards = append(out.guards, guard{
			file: file, dir: filepath.Dir(path), line: start.Line, text: string(text[start.Offset:end.Offset]),
			start: start.Offset, end: end.Offset, excused: reasons[start.Line],
		})
	}
	return out, nil
}

// conditions lists the conditions of the checks below a node, in the order of the file.
func conditions(root ast.Node) []ast.Expr {
	var out []ast.Expr
	ast.Inspect(root, func(n ast.Node) bool {
		switch s := n.(type) {
		case *ast.IfStmt:
			if s.Else == nil && returns(s.Body.List) {
				out = append(out, s.Cond)
			}
		case *ast.SwitchStmt:
			if s.Tag != nil {
				return true
			}
			for _, clause := range s.Body.List {
				if c, ok := clause.(*ast.CaseClause); ok && returns(c.Body) {
					out = append(out, c.List...)
				}
			}
		}
		return true
	})
	slices.SortFunc(out, func(a, b ast.Expr) int { return int(a.Pos() - b.Pos()) })
	return out
}

// returns tells whether a list of statements ends in a return.
func returns(list []ast.Stmt) bool {
	if len(list) == 0 {
		return false
	}
	_, ok := list[len(list)-1].(*ast.ReturnStmt)
	return ok
}

// switched is the file with every check behind its switch; no line moves.
func (s source) switched() string {
	type insert struct {
		at   int
		text string
	}
	var inserts []insert
	for _, g := range s.guards {
		inserts = append(inserts,
			insert{g.start, fmt.Sprintf("%s(%d) && bool(", keep, g.id)},
			insert{g.end, ")"})
	}
	// Checks nest (a function literal inside a condition has checks of its own), but no two share a beginning.
	slices.SortStableFunc(inserts, func(a, b insert) int { return a.at - b.at })
	var out strings.Builder
	done := 0
	for _, in := range inserts {
		out.WriteString(s.text[done:in.at])
		out.WriteString(in.text)
		done = in.at
	}
	out.WriteString(s.text[done:])
	return out.String()
}

// helper is the file that a rewritten package has in addition.
func helper(pkg string) string {
	return fmt.Sprintf(`package %[1]s

import guardsOS "os"
import guardsStrconv "strconv"

var guardsAway, _ = guardsStrconv.Atoi(guardsOS.Getenv(%[2]q))

func %[3]s(id int) bool { return id != guardsAway }
`, pkg, switchName, keep)
}

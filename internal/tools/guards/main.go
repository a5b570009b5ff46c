// Command guards shows that every check of the given files is needed: it takes the checks away one at a time, without
// touching the tree, and runs the tests, which must fail each time.
//
//	go run ./guards -root ../.. -test ./billing/...,./rbac/... billing/account.go billing/session.go rbac/engine.go
//
// A check is an if statement without else that ends in a return, and a case of a switch without a tag that does; the
// condition of the check becomes false. A check that may be taken away for a reason carries the comment "guard:" with
// the reason on its line and is listed, not tried.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// guard is one check in a file.
type guard struct {
	file       string // relative to the root
	line       int
	text       string // the condition
	start, end int    // its place in the file
	excused    string // why it need not be needed
}

func main() {
	root := flag.String("root", ".", "folder of the module")
	tests := flag.String("test", "./...", "packages whose tests must fail, by comma")
	run := flag.String("run", "", "only tests of this name, as for go test")
	workers := flag.Int("workers", 2, "how many are tried at once")
	limit := flag.Duration("timeout", 2*time.Minute, "for the tests of one check")
	list := flag.Bool("list", false, "list the checks and try nothing")
	flag.Parse()
	if err := work(*root, strings.Split(*tests, ","), *run, *workers, *limit, *list, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func work(root string, tests []string, run string, workers int, limit time.Duration, list bool, files []string) error {
	var guards []guard
	for _, file := range files {
		found, err := find(root, file)
		if err != nil {
			return err
		}
		guards = append(guards, found...)
	}
	survivors, excused, tried := 0, 0, 0
	var mu sync.Mutex
	var wait sync.WaitGroup
	slots := make(chan struct{}, workers)
	for _, g := range guards {
		if g.excused != "" || list {
			excused++
			fmt.Printf("%s:%d: %s (%s)\n", g.file, g.line, g.text, g.excused)
			continue
		}
		tried++
		wait.Add(1)
		slots <- struct{}{}
		go func() {
			defer func() { <-slots; wait.Done() }()
			alive, err := survives(root, g, tests, run, limit)
			mu.Lock()
			defer mu.Unlock()
			if err != nil || alive {
				survivors++
				fmt.Printf("%s:%d: nothing fails without: %s %v\n", g.file, g.line, g.text, errText(err))
			}
		}()
	}
	wait.Wait()
	fmt.Printf("%d checks tried, %d excused, %d not needed by any test\n", tried, excused, survivors)
	if survivors > 0 {
		return fmt.Errorf("%d checks can be taken away without a test failing", survivors)
	}
	return nil
}

func errText(err error) string {
	if err == nil {
		return ""
	}
	return "(" + err.Error() + ")"
}

// find lists the checks of a file.
func find(root, file string) ([]guard, error) {
	path := filepath.Join(root, file)
	source, err := os.ReadFile(path) //nolint:gosec // a tool for the files of this repository
	if err != nil {
		return nil, err
	}
	fset := token.NewFileSet()
	parsed, err := parser.ParseFile(fset, path, source, parser.ParseComments)
	if err != nil {
		return nil, err
	}
	reasons := map[int]string{}
	for _, group := range parsed.Comments {
		for _, c := range group.List {
			if _, why, ok := strings.Cut(c.Text, "guard:"); ok {
				reasons[fset.Position(c.Pos()).Line] = strings.TrimSpace(why)
			}
		}
	}
	var out []guard
	add := func(cond ast.Expr) {
		start, end := fset.Position(cond.Pos()), fset.Position(cond.End())
		out = append(out, guard{
			file: file, line: start.Line, text: string(source[start.Offset:end.Offset]),
			start: start.Offset, end: end.Offset, excused: reasons[start.Line],
		})
	}
	ast.Inspect(parsed, func(n ast.Node) bool {
		switch s := n.(type) {
		case *ast.IfStmt:
			if s.Else == nil && returns(s.Body.List) {
				add(s.Cond)
			}
		case *ast.SwitchStmt:
			if s.Tag != nil {
				return true
			}
			for _, clause := range s.Body.List {
				c, ok := clause.(*ast.CaseClause)
				if !ok || !returns(c.Body) {
					continue
				}
				for _, cond := range c.List {
					add(cond)
				}
			}
		}
		return true
	})
	return out, nil
}

// returns tells whether a list of statements ends in a return.
func returns(list []ast.Stmt) bool {
	if len(list) == 0 {
		return false
	}
	_, ok := list[len(list)-1].(*ast.ReturnStmt)
	return ok
}

// survives runs the tests without the check and tells whether they pass.
func survives(root string, g guard, tests []string, run string, limit time.Duration) (bool, error) {
	path, err := filepath.Abs(filepath.Join(root, g.file))
	if err != nil {
		return false, err
	}
	source, err := os.ReadFile(path) //nolint:gosec // a tool for the files of this repository
	if err != nil {
		return false, err
	}
	dir, err := os.MkdirTemp("", "guards")
	if err != nil {
		return false, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	changed := string(source[:g.start]) + "false && (" + g.text + ")" + string(source[g.end:])
	mutant := filepath.Join(dir, filepath.Base(g.file))
	if err := os.WriteFile(mutant, []byte(changed), 0o600); err != nil { //nolint:gosec // below the folder made above
		return false, err
	}
	overlay, err := json.Marshal(map[string]map[string]string{"Replace": {path: mutant}})
	if err != nil {
		return false, err
	}
	overlayFile := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(overlayFile, overlay, 0o600); err != nil {
		return false, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	args := []string{"test", "-overlay", overlayFile, "-count=1", "-failfast", "-vet=off"}
	if run != "" {
		args = append(args, "-run", run)
	}
	cmd := exec.CommandContext(ctx, "go", append(args, tests...)...) //nolint:gosec // arguments of whoever runs the tool
	cmd.Dir = root
	output, err := cmd.CombinedOutput()
	if strings.Contains(string(output), "[build failed]") || strings.Contains(string(output), "[setup failed]") {
		return false, fmt.Errorf("does not build: %.200s", output)
	}
	return err == nil, nil
}

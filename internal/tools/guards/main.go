// Command guards shows that every check of the given files is needed: it takes the checks away one at a time, without
// touching the tree, and runs the tests, which must fail each time.
//
//	go run ./guards -root ../.. billing/account.go billing/session.go rbac/engine.go
//
// A check is an if statement without else that ends in a return, and a case of a switch without a tag that does; the
// condition of the check becomes false. A check that may be taken away for a reason carries the comment "guard:" with
// the reason on its line and is listed, not tried.
//
// A check is tried with the tests of its own package, or with those that -test names. The files are read once and the
// tests are compiled once, with every check behind a switch that an environment variable throws. Tests that do not end
// within the time limit have noticed.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"sync"
	"time"
)

// options say what is tried, and how.
type options struct {
	root    string
	tests   []string // patterns of packages; none: the package of each file
	run     string
	short   bool
	workers int
	limit   time.Duration // for the tests of one package without one check
	list    bool
}

func main() {
	var o options
	var tests string
	flag.StringVar(&o.root, "root", ".", "folder of the module")
	flag.StringVar(&tests, "test", "", "packages whose tests must fail, by comma; the packages of the files unless given")
	flag.StringVar(&o.run, "run", "", "only tests of this name, as for go test")
	flag.BoolVar(&o.short, "short", false, "as for go test")
	flag.IntVar(&o.workers, "workers", 2, "how many are tried at once")
	flag.DurationVar(&o.limit, "timeout", time.Minute, "for the tests of one package without one check")
	flag.BoolVar(&o.list, "list", false, "list the checks and try nothing")
	flag.Parse()
	if tests != "" {
		o.tests = strings.Split(tests, ",")
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := work(ctx, os.Stdout, o, flag.Args())
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// work tries the checks of the files and writes what it finds to out. It fails when a check is not needed.
func work(ctx context.Context, out io.Writer, o options, files []string) error {
	sources, err := read(o.root, files)
	if err != nil {
		return err
	}
	var guards []guard
	excused := 0
	for _, s := range sources {
		for _, g := range s.guards {
			if g.excused == "" && !o.list {
				guards = append(guards, g)
				continue
			}
			excused++
			tell(out, "%s:%d: %s (%s)\n", g.file, g.line, g.text, g.excused)
		}
	}
	survivors := 0
	if len(guards) > 0 {
		if survivors, err = try(ctx, out, o, sources, guards); err != nil {
			return err
		}
	}
	tell(out, "%d checks tried, %d excused, %d not needed by any test\n", len(guards), excused, survivors)
	if survivors > 0 {
		return fmt.Errorf("%d checks can be taken away without a test failing", survivors)
	}
	return nil
}

// tell writes a line; whoever reads it may be gone.
func tell(out io.Writer, format string, args ...any) { _, _ = fmt.Fprintf(out, format, args...) }

// try counts the checks that no test needs.
func try(ctx context.Context, out io.Writer, o options, sources []source, guards []guard) (int, error) {
	dir, err := os.MkdirTemp("", "guards")
	if err != nil {
		return 0, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	suites, err := build(ctx, dir, o, sources)
	if err != nil {
		return 0, err
	}
	for _, s := range suites {
		if failed, output := s.fails(ctx, o, 0); failed {
			return 0, fmt.Errorf("the tests of %s fail with every check in place:\n%s", s.pkg, output)
		}
	}
	var survivors int
	var mu sync.Mutex
	var wait sync.WaitGroup
	slots := make(chan struct{}, max(o.workers, 1))
	for _, g := range guards {
		slots <- struct{}{}
		wait.Go(func() {
			defer func() { <-slots }()
			if ctx.Err() != nil || caught(ctx, o, suites, g) {
				return
			}
			mu.Lock()
			defer mu.Unlock()
			survivors++
			tell(out, "%s:%d: nothing fails without: %s\n", g.file, g.line, g.text)
		})
	}
	wait.Wait()
	return survivors, ctx.Err()
}

// caught tells whether a test fails without the check, those of its own package first.
func caught(ctx context.Context, o options, suites []suite, g guard) bool {
	for _, own := range []bool{true, false} {
		if !own && len(o.tests) == 0 {
			return false
		}
		for _, s := range suites {
			if (s.dir == g.dir) != own {
				continue
			}
			if failed, _ := s.fails(ctx, o, g.id); failed {
				return true
			}
		}
	}
	return false
}

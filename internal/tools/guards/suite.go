package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// suite is the compiled tests of a package.
type suite struct {
	pkg, dir string
	binary   string
}

// build compiles the tests of the packages, with the checks of the sources behind their switches.
func build(ctx context.Context, dir string, o options, sources []source) ([]suite, error) {
	overlay, err := writeOverlay(dir, sources)
	if err != nil {
		return nil, err
	}
	patterns := o.tests
	if len(patterns) == 0 {
		for _, s := range sources {
			patterns = append(patterns, filepath.Dir(s.path))
		}
		slices.Sort(patterns)
		patterns = slices.Compact(patterns)
	}
	list := append([]string{"list", "-f", "{{.ImportPath}}\t{{.Dir}}"}, patterns...)
	listed, err := goCommand(ctx, o.root, list...)
	if err != nil {
		return nil, err
	}
	var out []suite
	for i, line := range strings.Split(strings.TrimSpace(listed), "\n") {
		pkg, folder, ok := strings.Cut(line, "\t")
		if !ok {
			return nil, fmt.Errorf("go list: %s", listed)
		}
		s := suite{pkg: pkg, dir: folder, binary: filepath.Join(dir, strconv.Itoa(i)+".test")}
		if _, err := goCommand(ctx, o.root, "test", "-c", "-vet=off", "-overlay", overlay, "-o", s.binary, pkg); err != nil {
			return nil, err
		}
		if _, err := os.Stat(s.binary); errors.Is(err, os.ErrNotExist) {
			continue // a package without tests
		}
		out = append(out, s)
	}
	return out, nil
}

// writeOverlay writes the files that stand in for the sources, and the list of them that the go command reads.
func writeOverlay(dir string, sources []source) (string, error) {
	replace := map[string]string{}
	stand := func(path, text string) error {
		if _, ok := replace[path]; ok {
			return nil
		}
		replace[path] = filepath.Join(dir, strconv.Itoa(len(replace))+".go")
		return os.WriteFile(replace[path], []byte(text), 0o600) //nolint:gosec // below a folder of our own
	}
	for _, s := range sources {
		err := errors.Join(stand(s.path, s.switched()), stand(filepath.Join(filepath.Dir(s.path), "guards_keep.go"), helper(s.pkg)))
		if err != nil {
			return "", err
		}
	}
	text, err := json.Marshal(map[string]map[string]string{"Replace": replace})
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "overlay.json")
	return path, os.WriteFile(path, text, 0o600)
}

// goCommand runs the go command in the module and returns what it printed.
func goCommand(ctx context.Context, root string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "go", args...) //nolint:gosec // arguments of whoever runs the tool
	cmd.Dir = root
	var output, problems bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &problems
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("go %s: %w\n%s%s", strings.Join(args, " "), err, output.String(), problems.String())
	}
	return output.String(), nil
}

// fails runs the tests without the check of a number, 0 for none, until the first fails; it returns what they printed.
func (s suite) fails(ctx context.Context, o options, id int) (bool, string) {
	ctx, cancel := context.WithTimeout(ctx, o.limit)
	defer cancel()
	args := []string{"-test.failfast", "-test.paniconexit0", "-test.count=1"}
	if o.run != "" {
		args = append(args, "-test.run", o.run)
	}
	if o.short {
		args = append(args, "-test.short")
	}
	cmd := exec.CommandContext(ctx, s.binary, args...) //nolint:gosec // a file of our own
	cmd.Dir = s.dir
	cmd.Env = append(os.Environ(), switchName+"="+strconv.Itoa(id), "PWD="+s.dir)
	cmd.WaitDelay = time.Second
	output := &watch{failed: cancel}
	cmd.Stdout, cmd.Stderr = output, output
	err := cmd.Run()
	if err == nil {
		return false, ""
	}
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		err = fmt.Errorf("they have not ended after %s: %w", o.limit, err)
	}
	return true, output.text.String() + err.Error()
}

// watch keeps what tests print and calls failed as soon as one of them has failed, when others may still go on for long.
// The exec package writes from one goroutine only when both outputs are the same writer, as here.
type watch struct {
	text   bytes.Buffer
	failed func()
}

func (w *watch) Write(p []byte) (int, error) {
	from := max(0, w.text.Len()-len("\n--- FAIL: "))
	w.text.Write(p)
	seen := w.text.Bytes()[from:]
	if bytes.HasPrefix(seen, []byte("--- FAIL: ")) && from == 0 || bytes.Contains(seen, []byte("\n--- FAIL: ")) {
		w.failed()
	}
	return len(p), nil
}

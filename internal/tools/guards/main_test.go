package main

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

const sample = `package sample

import "errors"

type flag bool

var errRefused = errors.New("refused")

// Loaded is decided before any test runs.
var Loaded = Needed(-1) != nil

func Needed(n int) error {
	if n < 0 {
		return errRefused
	}
	return nil
}

func Needless(n int) error {
	if n > 1000 {
		return errRefused
	}
	return nil
}

func Excused(n int) error {
	if n > 1000 { // guard: larger numbers do not occur
		return errRefused
	}
	return nil
}

func Choice(n int, odd flag) string {
	switch {
	case n == 0, n == 1:
		return "few"
	case odd:
		return "odd"
	default:
		return "many"
	}
}

func Nested(n int) int {
	if func() bool {
		if n == 3 {
			return true
		}
		return n == 4
	}() {
		return 1
	}
	return 0
}

func Ends(n int) {
	for {
		if n > 3 {
			return
		}
		if n < 3 {
			n++
		} else {
			n += 2
		}
	}
}

func Panics(list []int) int {
	if len(list) == 0 {
		return 0
	}
	return list[0]
}
`

const sampleTests = `package sample

import "testing"

func TestAll(t *testing.T) {
	t.Run("each", func(t *testing.T) {
		if Needed(-1) == nil || Needed(1) != nil || !Loaded || Needless(1) != nil || Excused(1) != nil {
			t.Error("numbers")
		}
	})
	if Choice(0, false) != "few" || Choice(5, true) != "odd" || Choice(4, false) != "many" {
		t.Error("choices")
	}
	if Nested(3) != 1 || Nested(4) != 1 || Nested(5) != 0 {
		t.Error("nested")
	}
	Panics(nil)
	Ends(0)
}
`

// module writes a module of files and returns its folder.
func module(t *testing.T, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	files["go.mod"] = "module example.com/sample\n\ngo 1.26\n"
	for name, text := range files {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

// lines are what the tool printed, sorted, because checks are tried side by side.
func lines(out bytes.Buffer) string {
	list := strings.Split(strings.TrimSpace(out.String()), "\n")
	slices.Sort(list)
	return strings.Join(list, "\n")
}

func TestTheChecksThatNoTestNeedsAreNamed(t *testing.T) {
	t.Parallel()
	root := module(t, map[string]string{"sample.go": sample, "sample_test.go": sampleTests})
	var out bytes.Buffer
	err := work(t.Context(), &out, options{root: root, workers: 2, limit: 3 * time.Second}, []string{"sample.go"})
	if err == nil || err.Error() != "2 checks can be taken away without a test failing" {
		t.Errorf("error: %v", err)
	}
	const want = `9 checks tried, 1 excused, 2 not needed by any test
sample.go:20: nothing fails without: n > 1000
sample.go:35: nothing fails without: n == 1
sample.go:27: n > 1000 (larger numbers do not occur)`
	wanted := strings.Split(want, "\n")
	slices.Sort(wanted)
	if got := lines(out); got != strings.Join(wanted, "\n") {
		t.Errorf("printed:\n%s", got)
	}
	after, err := os.ReadFile(filepath.Join(root, "sample.go"))
	if err != nil || string(after) != sample {
		t.Errorf("the file was touched: %v", err)
	}
}

func TestChecksAreTriedWithTheTestsThatAreNamed(t *testing.T) {
	t.Parallel()
	const small = "package small\n\nfunc Odd(n int) bool {\n\tif n%2 == 0 {\n\t\treturn false\n\t}\n\treturn true\n}\n"
	const user = "package user\n\nimport (\n\t\"testing\"\n\n\t\"example.com/sample/small\"\n)\n\n" +
		"func TestOdd(t *testing.T) {\n\tif small.Odd(2) {\n\t\tt.Error(2)\n\t}\n}\n"
	const none = "package small\n\nimport \"testing\"\n\nfunc TestNothing(t *testing.T) {}\n"
	root := module(t, map[string]string{"small/small.go": small, "small/small_test.go": none, "user/user_test.go": user})
	o := options{root: root, workers: 1, limit: time.Minute}
	var out bytes.Buffer
	if err := work(t.Context(), &out, o, []string{"small/small.go"}); err == nil {
		t.Errorf("the tests of the package itself need nothing, printed:\n%s", out.String())
	}
	o.tests = []string{"./..."}
	out.Reset()
	if err := work(t.Context(), &out, o, []string{"small/small.go"}); err != nil {
		t.Errorf("%v, printed:\n%s", err, out.String())
	}
	o.run = "TestNone"
	out.Reset()
	if err := work(t.Context(), &out, o, []string{"small/small.go"}); err == nil {
		t.Errorf("no test was run, printed:\n%s", out.String())
	}
}

func TestTestsThatFailAnywayShowNothing(t *testing.T) {
	t.Parallel()
	const fails = "package sample\n\nimport \"testing\"\n\nfunc TestIt(t *testing.T) { t.Error(\"always\") }\n"
	for name, files := range map[string]map[string]string{
		"a test fails with every check in place": {"sample.go": sample, "sample_test.go": fails},
		"the tests do not build":                 {"sample.go": sample, "sample_test.go": fails + "func TestIt() {}\n"},
		"the file does not parse":                {"sample.go": sample + "{"},
		"there is no such file":                  {},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			err := work(t.Context(), &out, options{root: module(t, files), workers: 1, limit: time.Minute}, []string{"sample.go"})
			if err == nil || strings.Contains(err.Error(), "can be taken away") || strings.Contains(out.String(), "checks tried") {
				t.Errorf("error %v, printed:\n%s", err, out.String())
			}
		})
	}
}

func TestTestsThatDoNotEndShowNothing(t *testing.T) {
	t.Parallel()
	const hangs = "package sample\n\nimport \"testing\"\n\nfunc TestIt(t *testing.T) { select {} }\n"
	root := module(t, map[string]string{"sample.go": sample, "sample_test.go": hangs})
	var out bytes.Buffer
	err := work(t.Context(), &out, options{root: root, workers: 1, limit: time.Nanosecond}, []string{"sample.go"})
	if err == nil || !strings.Contains(err.Error(), "have not ended after 1ns") {
		t.Errorf("error: %v", err)
	}
}

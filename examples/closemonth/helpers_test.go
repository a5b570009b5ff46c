package main

import (
	"bytes"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write the golden files")

// result is what a run left behind.
type result struct {
	code           int
	stdout, stderr string
	out            string // folder
}

// execute runs the program into a folder that does not exist yet.
func execute(t *testing.T, args ...string) result {
	t.Helper()
	r := result{out: filepath.Join(t.TempDir(), "out")}
	r.code, r.stdout, r.stderr = executeInto(t, r.out, args...)
	return r
}

func executeInto(t *testing.T, out string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var o, e bytes.Buffer
	code = run(t.Context(), append([]string{"-out", out}, args...), &o, &e)
	return code, o.String(), e.String()
}

// copySample copies the built-in organisation to a folder.
func copySample(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	inside, err := fs.Sub(sample, "organisation")
	require.NoError(t, err)
	require.NoError(t, os.CopyFS(dir, inside))
	return dir
}

// replace puts a text in the place of one that stands exactly once in a file.
func replace(t *testing.T, dir, name, old, text string) {
	t.Helper()
	file := filepath.Join(dir, filepath.FromSlash(name))
	before, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, 1, strings.Count(string(before), old), "%q in %s", old, name)
	require.NoError(t, os.WriteFile(file, []byte(strings.Replace(string(before), old, text, 1)), 0o600)) //nolint:gosec // a folder of this test
}

// filesIn lists a folder, hidden files too. One that does not exist has none.
func filesIn(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if !os.IsNotExist(err) {
		require.NoError(t, err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// golden compares a text with a file of testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		require.NoError(t, os.WriteFile(file, []byte(got), 0o600))
	}
	want, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, string(want), got)
}

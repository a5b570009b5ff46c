package main

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// put gives something to add to a bundle.
func put(text string) func(io.Writer) (string, error) {
	return func(w io.Writer) (string, error) {
		_, err := io.WriteString(w, text)
		return "", err
	}
}

// read gives the files of a folder with their texts; a folder in it counts as "/".
func read(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, name := range filesIn(t, dir) {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			data = []byte("/")
		}
		all[name] = string(data)
	}
	return all
}

func TestFilesAppearTogetherOrNotAtAll(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		before  map[string]string // "/" is a folder; nil: -out does not exist
		publish bool
		want    map[string]string
	}{
		{"into a new folder", nil, true, map[string]string{"a": "new a", "b": "new b"}},
		{"beside and over older files", map[string]string{"a": "old a", "c": "old c"}, true, map[string]string{"a": "new a", "b": "new b", "c": "old c"}},
		{"when one is in the way the older ones come back", map[string]string{"a": "old a", "b": "/"}, false, map[string]string{"a": "old a", "b": "/"}},
		{"when one is in the way the new ones go away", map[string]string{"b": "/"}, false, map[string]string{"b": "/"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			parent := t.TempDir()
			dir := filepath.Join(parent, "out")
			if c.before != nil {
				require.NoError(t, os.Mkdir(dir, 0o750))
			}
			for name, text := range c.before {
				if text == "/" {
					require.NoError(t, os.Mkdir(filepath.Join(dir, name), 0o750))
				} else {
					require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
				}
			}
			b, err := newBundle(dir)
			require.NoError(t, err)
			require.NoError(t, b.add("a", put("new a")))
			require.NoError(t, b.add("b", put("new b")))
			err = b.publish()
			b.discard()
			require.Equal(t, c.publish, err == nil, "%v", err)
			require.Equal(t, c.want, read(t, dir))
			require.Equal(t, []string{"out"}, filesIn(t, parent))
		})
	}
}

func TestAFolderThatWasMadeGoesAwayAgain(t *testing.T) {
	t.Parallel()
	parent := t.TempDir()
	b, err := newBundle(filepath.Join(parent, "out"))
	require.NoError(t, err)
	require.NoError(t, b.add("a", put("a")))
	require.NoError(t, b.add("b", put("b")))
	require.NoError(t, os.Remove(filepath.Join(b.tmp, "b")))
	require.ErrorIs(t, b.publish(), os.ErrNotExist)
	b.discard()
	require.Empty(t, filesIn(t, parent))
}

func TestAFileThatCannotBeMadeIsAnError(t *testing.T) {
	t.Parallel()
	b, err := newBundle(filepath.Join(t.TempDir(), "out"))
	require.NoError(t, err)
	defer b.discard()
	broken := errors.New("disk full")
	require.ErrorIs(t, b.add("a", func(io.Writer) (string, error) { return "", broken }), broken)
	require.Empty(t, b.made)
	require.Error(t, b.add("a", put("twice")), "no file is made twice")
}

func TestTheOutputFolderMustBePossible(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	for name, out := range map[string]string{
		"a file":                      file,
		"a folder in a missing one":   filepath.Join(dir, "missing", "out"),
		"a folder in what is no such": filepath.Join(file, "out"),
	} {
		code, stdout, stderr := executeInto(t, out)
		require.Equal(t, 1, code, name)
		require.Empty(t, stdout, name)
		require.Contains(t, stderr, "closemonth: -out: ", name)
		require.Equal(t, []string{"file"}, filesIn(t, dir), name)
	}
}

func TestNamesOfInvoicesAreSafe(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"meridian": "meridian", "Staff & Faculty": "staff---faculty", "../x": "---x", "": "", "Łódź": "--d-",
	} {
		require.Equal(t, want, slug(text))
	}
}

package layercheck_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"go/importer"
	"go/token"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/internal/layercheck"
)

// root is the module root, seen from the folder of this test.
var root = filepath.Join("..", "..")

func TestTheSourceTreeKeepsItsRules(t *testing.T) {
	t.Parallel()
	tree, err := layercheck.ReadTree(os.DirFS(root))
	require.NoError(t, err)
	table := layercheck.NewTable(layercheck.Layers())

	t.Run("imports follow the arrows", func(t *testing.T) {
		t.Parallel()
		fail(t, layercheck.CheckImports(tree, table))
	})
	t.Run("what hosts import is documented", func(t *testing.T) {
		t.Parallel()
		fail(t, layercheck.CheckDocs(tree, table))
	})
	t.Run("library code has no state, no clock and no long files", func(t *testing.T) {
		t.Parallel()
		fail(t, layercheck.CheckCode(tree, table))
	})
}

// TestTheBuildKeepsItsRules (L2, L3): interfaces of our own types, and only the modules that have a reason.
func TestTheBuildKeepsItsRules(t *testing.T) {
	t.Parallel()
	table := layercheck.NewTable(layercheck.Layers())
	built := goList(t)

	t.Run("a host compiles only what it asked for", func(t *testing.T) {
		t.Parallel()
		fail(t, layercheck.CheckBuilt(built, table))
	})
	t.Run("exported signatures show our own types and no floating point", func(t *testing.T) {
		t.Parallel()
		fail(t, checkSurfaces(t, built, table))
	})
	t.Run("each requirement of the root module has its reason", func(t *testing.T) {
		t.Parallel()
		var mod layercheck.GoMod
		require.NoError(t, json.Unmarshal(run(t, "mod", "edit", "-json"), &mod))
		page, err := os.ReadFile(filepath.Join(root, "internal", "docs", "dependencies.md"))
		require.NoError(t, err)
		fail(t, layercheck.CheckModule(mod, string(page), layercheck.ImportedModules(built, table)))
	})
}

func fail(t *testing.T, found []layercheck.Finding) {
	t.Helper()
	for _, f := range found {
		t.Error(f)
	}
}

// checkSurfaces reads the export data that go list has just compiled.
func checkSurfaces(t *testing.T, built []layercheck.Built, table layercheck.Table) []layercheck.Finding {
	t.Helper()
	export := map[string]string{}
	for _, b := range built {
		export[b.ImportPath] = b.Export
	}
	imports := importer.ForCompiler(token.NewFileSet(), "gc", func(path string) (io.ReadCloser, error) {
		if export[path] == "" {
			return nil, errors.New("go list gave no export data for " + path)
		}
		return os.Open(export[path])
	})
	var found []layercheck.Finding
	for _, b := range built {
		path, ok := strings.CutPrefix(b.ImportPath, layercheck.ModulePath+"/")
		row, known := table.Row(path)
		if !ok || !known {
			continue
		}
		pkg, err := imports.Import(b.ImportPath)
		if err != nil {
			t.Errorf("%s: does not build, so its surface cannot be read: %v", path, err)
			continue
		}
		found = append(found, layercheck.CheckSurface(pkg, row)...)
	}
	return found
}

func goList(t *testing.T) []layercheck.Built {
	t.Helper()
	out := json.NewDecoder(bytes.NewReader(
		run(t, "list", "-e", "-deps", "-export", "-json=ImportPath,Standard,Export,Imports,Module", "./...")))
	var built []layercheck.Built
	for {
		var b layercheck.Built
		err := out.Decode(&b)
		if errors.Is(err, io.EOF) {
			return built
		}
		require.NoError(t, err)
		built = append(built, b)
	}
}

// run calls the go command at the module root, for this module alone. The test cache cannot see what
// the command reads; looking at go.mod here makes a change of it count.
func run(t *testing.T, args ...string) []byte {
	t.Helper()
	require.FileExists(t, filepath.Join(root, "go.mod"))
	cmd := exec.CommandContext(t.Context(), "go", args...)
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "GOWORK=off")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	require.NoError(t, err, "go %s: %s", strings.Join(args, " "), stderr.String())
	return out
}

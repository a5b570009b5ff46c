package simulate

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// guard is a guard of the protocol, and how it is taken out: by edits of the code that ships, which the compiler sees
// through -overlay while the tree stays as it is. Then its scenario must fail, and, where chance finds it too, so must
// TestWorlds within a number of worlds at a rate of 250.
type guard struct {
	name  string
	test  string // fails without it
	edits []edit
	// worlds are enough for chance to find that it is missing; 0: chance does not find it, since others stand behind it.
	worlds int
}

// edit replaces a text, which stands in the file once, by another.
type edit struct{ file, old, without string }

// The files that guards are in, from here.
const (
	fileFreeze  = "../../billing/closing/freeze.go"
	fileIssue   = "../../billing/closing/issue.go"
	filePerson  = "../../billing/closing/person.go"
	fileLedger  = "../../provider/memory/closings.go"
	fileCall    = "../../provider/stripe/call.go"
	fileRun     = "../../provider/stripe/issue_run.go"
	fileLines   = "../../provider/stripe/issue_lines.go"
	fileEnd     = "../../provider/stripe/issue_end.go"
	versionText = "if old.Version != c.Version {"
)

func guards() []guard {
	return []guard{
		{name: "look before create", test: "TestGuardLook", worlds: 800, edits: []edit{
			{fileRun, "seen, err := is.look(ctx)\n\tif err == nil && is.r.Claim != nil", "seen, err := sight{}, error(nil)\n\tif err == nil && is.r.Claim != nil"},
		}},
		{name: "deterministic keys", test: "TestGuardKeys", worlds: 100, edits: []edit{
			{fileCall, `return "bh1/" + e.op`, `return "bh1/" + randomUpTo(1<<62).String() + e.op`},
		}},
		{name: "claim: compare and set", test: "TestGuardClaim", edits: []edit{
			{fileLedger, versionText, "if false {"},
			{fileLedger, `if old.Invoice != "" && c.Invoice != old.Invoice {`, "if false {"},
		}},
		{name: "put with version", test: "TestGuardVersion", edits: []edit{{fileLedger, versionText, "if false {"}}},
		{name: "last-moment lease check", test: "TestGuardLease", edits: []edit{
			{fileIssue, "return h.alive(ctx)", "return nil"},
			{fileRun, "if p.wallClock().Sub(began) > maxAge {", "if false {"},
		}},
		{name: "compare before finalise", test: "TestGuardCompare", edits: []edit{
			{fileLines, "if round > 0 || !fresh {", "if round > 0 {\n\t\t\treturn &stripe.Invoice{ID: id, Status: stripe.InvoiceStatusDraft}, nil\n\t\t}\n\t\tif !fresh {"},
		}},
		{name: "check after finalise", test: "TestGuardCheck", edits: []edit{
			{fileEnd, "if !is.isPlan(inv, lines) {", "if false {"},
			{fileIssue, " || !issued.Total.Equal(inv.Total) {", " {"},
		}},
		{name: "the frozen statement is read, not computed again", test: "TestGuardFrozen", worlds: 100, edits: []edit{
			{fileFreeze, `if head.Hash != "" && head.State != provider.Voided {`, "if false {"},
			{
				fileFreeze, "body, stored, err := m.read(ctx, h.now.Key)\n\tif provider.IsKind(err, provider.ErrNotFound) {",
				"body, stored, err := (*frozen.Month)(nil), provider.FrozenStatement{}, error(nil)\n\tif body == nil {",
			},
			{fileFreeze, "return m.read(ctx, h.now.Key)\n\t}\n\treturn body, stored, err", "return body, stored, nil\n\t}\n\treturn body, stored, err"},
		}},
		{name: "behind after a restore", test: "TestGuardBehind", edits: []edit{
			{fileFreeze, "if err := m.behind(ctx); err != nil {", "if err := error(nil); err != nil {"},
		}},
		{name: "quiet time before a new revision", test: "TestGuardQuiet", edits: []edit{
			{filePerson, "if m.c.wall().Sub(line.UpdatedAt) < m.c.cfg.Quiet {", "if false {"},
		}},
		{name: "a known draft that was deleted is not made anew", test: "TestGuardKnown", edits: []edit{
			{fileIssue, ", Known: h.now.Invoice,", ","},
			{fileIssue, "return h.now.Invoice, nil", "return id, nil"},
		}},
	}
}

// without gives the files of a guard as they are without it, by their absolute paths.
func (g *guard) without(t *testing.T) map[string]string {
	t.Helper()
	files := map[string]string{}
	for _, e := range g.edits {
		path, err := filepath.Abs(e.file)
		require.NoError(t, err)
		if files[path] == "" {
			text, err := os.ReadFile(path)
			require.NoError(t, err)
			files[path] = string(text)
		}
		require.Equal(t, 1, strings.Count(files[path], e.old), "%s: %s: %q", g.name, e.file, e.old)
		files[path] = strings.Replace(files[path], e.old, e.without, 1)
	}
	return files
}

// TestGuardsCanBeTakenOut keeps the edits in step with the code, and each with a scenario that is there.
func TestGuardsCanBeTakenOut(t *testing.T) {
	t.Parallel()
	scenarios, err := os.ReadFile("guards_test.go")
	require.NoError(t, err)
	for _, g := range guards() {
		require.NotEmpty(t, g.without(t))
		require.Equal(t, 1, strings.Count(string(scenarios), "func "+g.test+"("), g.name)
	}
}

// TestCanaries takes each guard out and wants its scenario to fail, and TestWorlds where chance finds it.
func TestCanaries(t *testing.T) {
	if !long() {
		t.Skip("BILLHATCH_LONG=1 builds the package once for each guard")
	}
	for _, g := range guards() {
		t.Run(g.name, func(t *testing.T) {
			binary := g.build(t)
			out, failed := run(t, binary, "-test.run", "^"+g.test+"$")
			require.True(t, failed && strings.Contains(out, "--- FAIL: "+g.test), "without it nothing fails: %s", out)
			if g.worlds == 0 {
				return
			}
			out, failed = run(t, binary, "-test.run", "^TestWorlds$", "-worlds", strconv.Itoa(g.worlds), "-rate", "250")
			require.True(t, failed && strings.Contains(out, "again: go test"), "no world of %d fails without it: %s", g.worlds, out)
		})
	}
}

// build compiles the tests of this package without the guard.
func (g *guard) build(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	overlay := struct{ Replace map[string]string }{map[string]string{}}
	for path, text := range g.without(t) {
		changed := filepath.Join(dir, strconv.Itoa(len(overlay.Replace))+".go")
		require.NoError(t, os.WriteFile(changed, []byte(text), 0o600))
		overlay.Replace[path] = changed
	}
	list, err := json.Marshal(overlay)
	require.NoError(t, err)
	file, binary := filepath.Join(dir, "overlay.json"), filepath.Join(dir, "simulate.test")
	require.NoError(t, os.WriteFile(file, list, 0o600))
	out, failed := run(t, "go", "test", "-c", "-overlay", file, "-o", binary, ".")
	require.False(t, failed, "it does not compile: %s", out)
	return binary
}

// run runs a command and tells whether it has failed.
func run(t *testing.T, name string, args ...string) (out string, failed bool) {
	t.Helper()
	text, err := exec.CommandContext(t.Context(), name, args...).CombinedOutput() //nolint:gosec // our own tests
	if err != nil {
		require.ErrorAs(t, err, new(*exec.ExitError))
	}
	return string(text), err != nil
}

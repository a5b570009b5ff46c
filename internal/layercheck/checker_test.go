package layercheck_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/internal/layercheck"
)

const ourPath = layercheck.ModulePath + "/"

// A sourceCase is a small module and the rules that it breaks: each entry of want must be part of
// exactly one finding, in any order, and there are no other findings.
type sourceCase struct {
	name  string
	files map[string]string
	want  []string
}

func (c sourceCase) check(t *testing.T, check func(*layercheck.Tree, layercheck.Table) []layercheck.Finding) {
	t.Helper()
	fsys := fstest.MapFS{}
	for name, src := range c.files {
		fsys[name] = &fstest.MapFile{Data: []byte(src)}
	}
	tree, err := layercheck.ReadTree(fsys)
	require.NoError(t, err)
	requireFindings(t, c.want, check(tree, layercheck.NewTable(layercheck.Layers())))
}

func requireFindings(t *testing.T, want []string, got []layercheck.Finding) {
	t.Helper()
	require.Len(t, got, len(want), "findings: %v", got)
	for _, w := range want {
		matches := 0
		for _, f := range got {
			if strings.Contains(f.String(), w) {
				matches++
			}
		}
		require.Equal(t, 1, matches, "%q among %v", w, got)
	}
}

// imports writes a file with the given imports.
func imports(paths ...string) string {
	var b strings.Builder
	b.WriteString("package p\n")
	for _, p := range paths {
		fmt.Fprintf(&b, "import _ %q\n", p)
	}
	return b.String()
}

func TestImportRules(t *testing.T) {
	t.Parallel()
	const (
		decimal = "github.com/shopspring/decimal"
		stripe  = "github.com/stripe/stripe-go/v76/client"
		flate   = "github.com/klauspost/compress/flate"
		pdf     = "codeberg.org/go-pdf/fpdf"
	)
	for _, c := range []sourceCase{
		{"a package may import what lies below it, also over several layers", map[string]string{
			"billing/a.go": imports(ourPath+"rbac", ourPath+"usage", ourPath+"money", "context", decimal),
		}, nil},
		{"an import upwards is refused", map[string]string{
			"usage/a.go": imports(ourPath + "invoice"),
		}, []string{"usage/a.go:2: arrow: usage must not import invoice"}},
		{"an import sideways is refused", map[string]string{
			"report/a.go": imports(ourPath + "invoice"),
		}, []string{"report must not import invoice"}},
		{"the calendar imports nothing of ours", map[string]string{
			"usage/civil/a.go": imports(ourPath + "money"),
		}, []string{"usage/civil must not import money"}},
		{"providers know neither billing nor roles", map[string]string{
			"provider/memory/a.go": imports(ourPath+"billing", ourPath+"rbac"),
		}, []string{"must not import billing", "must not import rbac"}},
		{"the facade knows no implementation of a provider", map[string]string{
			"billing/a.go":        imports(ourPath + "provider/memory"),
			"billing/portal/a.go": imports(ourPath + "invoice/pdf"),
		}, []string{"billing must not import provider/memory", "billing/portal must not import invoice/pdf"}},
		{"tests may import upwards", map[string]string{
			"provider/a.go":      imports(),
			"provider/a_test.go": imports(ourPath+"billing", "testing", "github.com/stretchr/testify/require"),
		}, nil},
		{"a new package needs a row in the table", map[string]string{
			"ledger/a.go": imports(),
		}, []string{"ledger: layer: has no row"}},
		{"a new package below a known one needs a row, too", map[string]string{
			"usage/meters/a.go": imports(),
		}, []string{"usage/meters: layer"}},
		{"an internal helper imports the standard library only", map[string]string{
			"internal/text/a.go": imports("strings", ourPath+"money", decimal),
			"money/a.go":         imports(ourPath + "internal/text"),
		}, []string{"internal/text must not import money", "internal/text must not import " + decimal}},
		{"help for tests may import testing, and only tests import it", map[string]string{
			"internal/agree/a.go": imports("testing", ourPath+"report", ourPath+"money"),
			"report/a_test.go":    imports(ourPath + "internal/agree"),
			"invoice/a.go":        imports(ourPath + "internal/agree"),
			"examples/x/a.go":     imports(ourPath + "internal/agree"),
		}, []string{"invoice imports internal/agree, which is help", "examples/x imports internal/agree, which is help"}},
		{"help for tests follows the arrows of its row", map[string]string{
			"internal/agree/a.go": imports(ourPath + "billing"),
		}, []string{"internal/agree must not import billing"}},
		{"help for tests may be built on other help, along the arrows", map[string]string{
			"internal/simulate/a.go": imports(ourPath + "internal/stripefake"),
			"internal/agree/a.go":    imports(ourPath + "internal/stripefake"),
		}, []string{"internal/agree must not import internal/stripefake"}},
		{"the internal package of a package is held like its owner", map[string]string{
			"usage/internal/tiers/a.go": imports(ourPath+"money", ourPath+"invoice"),
			"usage/a.go":                imports(ourPath + "usage/internal/tiers"),
		}, []string{"usage/internal/tiers must not import invoice"}},
		{"examples import what hosts can import", map[string]string{
			"examples/portal/a.go": imports(ourPath+"billing/portal", ourPath+"provider/memory", "net/http", decimal),
		}, nil},
		{"examples import nothing internal and no adapters", map[string]string{
			"examples/portal/a.go": imports(ourPath+"internal/text", "github.com/go-chi/chi/v5"),
			"internal/text/a.go":   imports(),
		}, []string{"imports internal/text; show only", "must not import github.com/go-chi/chi/v5"}},
		{"nobody imports examples", map[string]string{
			"billing/a.go":         imports(ourPath + "examples/portal"),
			"examples/portal/a.go": imports(),
		}, []string{"examples are imported by nobody"}},
		{"Stripe stays in its package", map[string]string{
			"provider/stripe/a.go": imports(stripe, "net/http"),
			"provider/a.go":        imports(stripe),
			"billing/webhook/a.go": imports(stripe, "net/http"),
		}, []string{"provider/a.go:2: module", "billing/webhook/a.go:2: module"}},
		{"compression and the PDF library stay in the documents", map[string]string{
			"report/xlsx/a.go": imports(flate),
			"invoice/pdf/a.go": imports(flate, pdf, "codeberg.org/go-fonts/liberation/liberationsansregular"),
			"report/a.go":      imports(flate),
			"invoice/a.go":     imports(pdf),
		}, []string{"report must not import " + flate, "invoice must not import " + pdf}},
		{"drivers, routers, telemetry and workbook libraries stay out", map[string]string{
			"provider/sqlstore/a.go": imports("database/sql", "modernc.org/sqlite"),
			"billing/portal/a.go":    imports("github.com/gin-gonic/gin", "html/template"),
			"billing/a.go":           imports("go.opentelemetry.io/otel"),
			"report/a.go":            imports("github.com/xuri/excelize/v2"),
		}, []string{"modernc.org/sqlite", "gin-gonic", "opentelemetry", "excelize"}},
		{"a module is not mistaken for another with the same beginning", map[string]string{
			"money/a.go": imports(decimal + "-extras"),
		}, []string{decimal + "-extras"}},
		{"HTTP and pages begin at the top", map[string]string{
			"billing/a.go":        imports("net/http"),
			"report/a.go":         imports("html/template"),
			"billing/portal/a.go": imports("net/http", "html/template"),
		}, []string{"billing/a.go:2: standard: net/http", "report/a.go:2: standard: html/template"}},
		{"test tools stay out of library code", map[string]string{
			"provider/memory/a.go":       imports("testing", "github.com/stretchr/testify/require"),
			"provider/providertest/a.go": imports("testing", "github.com/stretchr/testify/require"),
			"provider/providermock/a.go": imports("go.uber.org/mock/gomock"),
			"rbac/rbactest/a.go":         imports("testing", "pgregory.net/rapid"),
		}, []string{
			"memory/a.go:2: standard: testing", "memory/a.go:3: module",
			"providertest/a.go:3: module", "rbactest/a.go:3: module",
		}},
		{"nested modules, test data and files outside every build are left alone", map[string]string{
			"internal/integration/go.mod": "module x",
			"internal/integration/a.go":   imports("github.com/xuri/excelize/v2"),
			"money/testdata/a.go":         imports("net/http"),
			"money/gen.go":                "//go:build ignore\n\n" + imports("net/http"),
		}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.check(t, layercheck.CheckImports)
		})
	}
}

func TestDocumentationRules(t *testing.T) {
	t.Parallel()
	const (
		doc     = "// Package rbac decides.\n//\n// # Units\n//\n// None.\n//\n// # Errors\n//\n// None.\n//\n// # Concurrency\n//\n// Safe.\npackage rbac\n"
		example = "package rbac_test\nfunc Example() {\n\tprintln()\n\t// Output: 1\n}\n"
	)
	with := func(src string) map[string]string {
		return map[string]string{"rbac/doc.go": doc, "rbac/e_test.go": example, "rbac/a.go": "package rbac\n" + src}
	}
	for _, c := range []sourceCase{
		{"a documented package passes", with("// A is one.\nfunc A() {}\nfunc b() {}\n"), nil},
		{"a missing package comment is found", map[string]string{
			"rbac/a.go": "package rbac\n", "rbac/e_test.go": example,
		}, []string{"rbac: package comment: has no"}},
		{"a package comment outside doc.go is found", map[string]string{
			"rbac/a.go": doc, "rbac/e_test.go": example,
		}, []string{"outside doc.go"}},
		{"a missing section is found", map[string]string{
			"rbac/doc.go": strings.Replace(doc, "# Errors", "Errors", 1), "rbac/e_test.go": example,
		}, []string{`"# Errors"`}},
		{"a missing Example is found", map[string]string{"rbac/doc.go": doc}, []string{"rbac: example"}},
		{"an Example without output does not count", map[string]string{
			"rbac/doc.go": doc, "rbac/e_test.go": "package rbac_test\n// Output: of nothing.\nfunc Example() {}\n",
		}, []string{"rbac: example"}},
		{"functions, methods, types, values and interface methods need comments", with(
			"func F() {}\ntype T struct{}\nfunc (t *T) M() {}\nvar V = 1\ntype I interface{ N(); n() }\nconst C = 1\ntype G[E any] struct{}\nfunc (G[E]) O() {}\n",
		), []string{"F is", " T is", "T.M is", "V is", " I is", "I.N is", "C is", " G is", "G.O is"}},
		{"a group may share one comment and a value may have its comment beside it", with(
			"// Both.\nconst (\n\tA = 1\n\tB = 2\n)\nconst (\n\tD = 1 // one\n)\n",
		), nil},
		{"the methods of an error type need none, functions of that name do", with(
			"// E is.\ntype E struct{}\nfunc (E) Error() string { return \"\" }\nfunc (E) Unwrap() error { return nil }\nfunc (E) String() string { return \"\" }\nfunc Unwrap() {}\n",
		), []string{"E.String is", " Unwrap is"}},
		{"the only method of a documented interface needs none", with("// I does N.\ntype I interface{ N() }\n"), nil},
		{"methods of unexported types need none", with("type t struct{}\nfunc (t) M() {}\n"), nil},
		{"a comment that only switches a linter is none", with("//nolint:all\nfunc F() {}\n"), []string{"F is"}},
		{"generated files are left alone", map[string]string{
			"rbac/doc.go": doc, "rbac/e_test.go": example,
			"rbac/z.go": "// Code generated by x. DO NOT EDIT.\n\npackage rbac\nfunc F() {}\n",
		}, nil},
		{"internal packages and examples need a package comment only", map[string]string{
			"internal/text/a.go": "// Package text is.\npackage text\nfunc F() {}\n",
			"examples/x/main.go": "package main\nfunc main() {}\n",
		}, []string{"examples/x: package comment"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.check(t, layercheck.CheckDocs)
		})
	}
}

func TestCodeRules(t *testing.T) {
	t.Parallel()
	in := func(src string) map[string]string { return map[string]string{"rbac/a.go": "package rbac\n" + src} }
	for _, c := range []sourceCase{
		{"the wall clock is not read, under whatever name", in(
			"import \"time\"\nimport clock \"time\"\nvar _ = time.Now\nfunc f(t time.Time) { _ = clock.Since(t) }\n",
		), []string{"a.go:4: banned: time.Now", "clock.Since"}},
		{"a variable that is called time is no clock", in("type c struct{}\nfunc (c) Now() int { return 1 }\nfunc f(time c) int { return time.Now() }\n"), nil},
		{"examples may read the clock", map[string]string{
			"examples/x/main.go": "package main\nimport \"time\"\nvar start = time.Now()\nfunc init() {}\nfunc main() {}\n",
		}, nil},
		{"settings of the decimal package belong to the host", in(
			"import \"github.com/shopspring/decimal\"\nfunc f() { decimal.DivisionPrecision = 8; decimal.MarshalJSONWithoutQuotes = true; _ = decimal.NewFromFloat(1) }\n",
		), []string{"decimal.DivisionPrecision", "decimal.MarshalJSONWithoutQuotes", "decimal.NewFromFloat "}},
		{"globals of net/http, log and os are not used", in(
			"import (\n\"net/http\"\n\"log\"\n\"log/slog\"\n\"os\"\n)\nvar _ = http.DefaultServeMux\nfunc f() { log.Printf(\"\"); slog.Info(\"\"); os.Exit(1) }\n",
		), []string{"http.DefaultServeMux", "log.Printf", "slog.Info", "os.Exit"}},
		{"init is refused, a method of that name is not", in("func init() {}\ntype t int\nfunc (t) init() {}\n"), []string{"a.go:2: init"}},
		{"sentinels, assertions, embedded files and read-only tables pass", in(
			"import \"errors\"\nimport _ \"embed\"\nvar ErrA = errors.New(\"a\")\nvar _ error = (*e)(nil)\n//go:embed a.txt\nvar page string\nvar table = map[string]int{\"a\": 1}\ntype e struct{}\nfunc (*e) Error() string { return page }\nfunc f() int { table := 1; table = 2; return table }\n",
		), nil},
		{"a table that somebody writes to is state", in(
			"var a = map[string]int{\"a\": 1}\nvar b, c = 1, []int{1}\nvar d = map[int]int{}\nvar e = struct{ x int }{}\nfunc f() { a[\"b\"] = 2; b++; g(&c[0]); delete(d, 1); e.x = 1 }\n",
		), []string{": a is", ": b is", ": c is", ": d is", ": e is"}},
		{"a pointer to the row of a table is not", in("var a = []struct{ x int }{{1}}\nfunc f() *struct{ x int } { return &a[0] }\n"), nil},
		{"a sentinel that is replaced is state", in("import \"errors\"\nvar ErrA = errors.New(\"a\")\nfunc f() { ErrA = nil }\n"), []string{"ErrA is"}},
		{"state in another file of the package is seen", map[string]string{
			"rbac/a.go": "package rbac\nvar a = 1\n", "rbac/b.go": "package rbac\nfunc f() { a = 2 }\n",
		}, []string{"rbac/a.go:2: package variable: a"}},
		{"an exported variable can be replaced by a host", in("var Default = struct{}{}\n"), []string{"Default can be replaced"}},
		{"variables without a value, locks, pools and channels are state", in(
			"import \"sync\"\nvar a int\nvar b = sync.Pool{}\nvar c = &sync.Mutex{}\nvar d = make(chan int)\n",
		), []string{": a is a package variable without", ": b holds", ": c holds", ": d holds"}},
		{"a long file is found, a long test and a long generated file are not", map[string]string{
			"rbac/a.go":          "package rbac\n" + strings.Repeat("\n", layercheck.MaxLines),
			"rbac/a_test.go":     "package rbac\n" + strings.Repeat("\n", layercheck.MaxLines),
			"rbac/z.go":          "// Code generated by x. DO NOT EDIT.\n\npackage rbac\n" + strings.Repeat("\n", layercheck.MaxLines),
			"examples/x/main.go": "package main\n" + strings.Repeat("\n", layercheck.MaxLines-2),
		}, []string{"rbac/a.go: length"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.check(t, layercheck.CheckCode)
		})
	}
}

// sources type-checks packages that exist in memory only.
type sources map[string]string

func (s sources) Import(path string) (*types.Package, error) {
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, path+".go", s[path], 0)
	if err != nil {
		return nil, err
	}
	config := types.Config{Importer: s}
	return config.Check(path, fset, []*ast.File{file}, nil)
}

func TestSurfaceRules(t *testing.T) {
	t.Parallel()
	foreign := sources{
		"github.com/shopspring/decimal":    "package decimal\ntype Decimal struct{ F float64 }\n",
		"github.com/stripe/stripe-go/v76":  "package stripe\ntype Invoice struct{}\ntype Status = Invoice\n",
		ourPath + "internal/text":          "package text\ntype Case int\n",
		ourPath + "billing/internal/panel": "package panel\ntype State int\n",
		ourPath + "money":                  "package money\ntype Amount struct{}\n",
	}
	const prelude = "package p\nimport (\n\"github.com/shopspring/decimal\"\nstripe \"github.com/stripe/stripe-go/v76\"\n\"" +
		ourPath + "internal/text\"\n\"" + ourPath + "billing/internal/panel\"\n\"" + ourPath + "money\"\n)\n" +
		"var _ decimal.Decimal\nvar _ stripe.Invoice\nvar _ text.Case\nvar _ panel.State\nvar _ money.Amount\n"
	for _, c := range []struct {
		name, src string
		want      []string
	}{
		{"decimals, our own types and plain values pass", "func F(a money.Amount, d []decimal.Decimal) (int, error) { return 0, nil }\n", nil},
		{"unexported code may do as it likes", "func f(float64) stripe.Invoice { return stripe.Invoice{} }\ntype T struct{ x float64 }\n", nil},
		{"a floating point parameter is found", "func F(x float64) {}\n", []string{"p.F: float"}},
		{"a floating point result inside a structure is found", "func F() map[string][]*float32 { return nil }\n", []string{"p.F: float"}},
		{"a floating point field is found", "type T struct{ Share float64 }\n", []string{"p.T: float"}},
		{"a floating point method, constant and variable are found", "type T int\nfunc (T) M() float64 { return 0 }\nconst C = 1.5\nvar V float64\n", []string{"p.T.M: float", "p.C: float", "p.V: float"}},
		{"a name for a floating point number hides nothing", "type rate float64\ntype also = float64\nfunc F(rate) {}\nfunc G(also) {}\n", []string{"p.F: float", "p.G: float"}},
		{"a constraint and an interface method hide nothing", "func F[N interface{ ~int | ~float64 }](N) {}\ntype I interface{ M(func(float64)) }\n", []string{"p.F: float", "p.I: float"}},
		{"the constraint of a type hides nothing", "type T[N interface{ ~float32 }] struct{}\n", []string{"p.T: float"}},
		{"what an unexported embedded structure promotes is found", "type inner struct{ Share float64 }\ntype T struct{ inner }\n", []string{"p.T: float"}},
		{"a callback and an iterator hide nothing", "func F() func(yield func(int, float64) bool) { return nil }\n", []string{"p.F: float"}},
		{"a type of Stripe is found", "func F(*stripe.Invoice) {}\ntype T struct{ stripe.Invoice }\n", []string{"p.F: foreign type", "p.T: foreign type"}},
		{"an alias of ours for a type of Stripe is found", "type Invoice = stripe.Invoice\n", []string{"p.Invoice: foreign type"}},
		{"internal types are found", "func F(text.Case) {}\nvar V panel.State\n", []string{"p.F: internal type", "p.V: internal type"}},
		{"an unexported structure that leaks is looked into", "type secret struct{ Raw stripe.Invoice }\nfunc F() *secret { return nil }\n", []string{"p.F: foreign type"}},
		{"types that contain themselves end", "type T struct{ Next *T }\ntype u struct{ Next *u }\nfunc F() *u { return nil }\n", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			all := sources{ourPath + "p": prelude + c.src}
			for path, src := range foreign {
				all[path] = src
			}
			pkg, err := all.Import(ourPath + "p")
			require.NoError(t, err)
			requireFindings(t, c.want, layercheck.CheckSurface(pkg, layercheck.Layer{Path: "p"}))
		})
	}
}

func TestGoModRules(t *testing.T) {
	t.Parallel()
	const page = "# Dependencies\n\n## Run time\n\n| module | reason |\n|---|---|\n| `a.org/a` | because |\n\n## Tests\n\n| `b.org/b` | because |\n"
	type require1 = struct {
		Path     string
		Indirect bool
	}
	for _, c := range []struct {
		name     string
		mod      layercheck.GoMod
		imported []string
		want     []string
	}{
		{"a documented module passes", layercheck.GoMod{Go: "1.26.0", Require: []require1{{"a.org/a", false}, {"b.org/b", false}, {"c.org/c", true}}}, []string{"a.org/a"}, nil},
		{"a requirement without a reason is found", layercheck.GoMod{Require: []require1{{"c.org/c", false}}}, nil, []string{"requires c.org/c"}},
		{"an import without a reason is found, even when only tests have one", layercheck.GoMod{}, []string{"b.org/b"}, []string{"imports b.org/b"}},
		{"a toolchain and a patch version bind hosts", layercheck.GoMod{Go: "1.26.3", Toolchain: "go1.26.8"}, nil, []string{"toolchain", "1.26.3"}},
		{"replacements, exclusions and tools are found", layercheck.GoMod{
			Replace: []struct{ Old struct{ Path string } }{{Old: struct{ Path string }{"a.org/a"}}},
			Exclude: []struct{ Path string }{{"b.org/b"}},
			Tool:    []struct{ Path string }{{"c.org/c"}},
		}, nil, []string{"replaces a.org/a", "excludes b.org/b", "tool c.org/c"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			requireFindings(t, c.want, layercheck.CheckModule(c.mod, page, c.imported))
		})
	}
}

func TestBuildRules(t *testing.T) {
	t.Parallel()
	type module = struct{ Path string }
	std := func(path string, imports ...string) layercheck.Built {
		return layercheck.Built{ImportPath: path, Standard: true, Imports: imports}
	}
	third := func(path, mod string, imports ...string) layercheck.Built {
		return layercheck.Built{ImportPath: path, Module: &module{mod}, Imports: imports}
	}
	own := func(path string, imports ...string) layercheck.Built {
		return layercheck.Built{ImportPath: ourPath + path, Module: &module{layercheck.ModulePath}, Imports: imports}
	}
	decimal := third("github.com/shopspring/decimal", "github.com/shopspring/decimal", "fmt")
	flate := third("github.com/klauspost/compress/flate", "github.com/klauspost/compress")
	for _, c := range []struct {
		name  string
		built []layercheck.Built
		want  []string
	}{
		{"usage with decimals passes", []layercheck.Built{std("fmt"), decimal, own("usage", "fmt", decimal.ImportPath)}, nil},
		{"a heavy module is found through another package of ours", []layercheck.Built{
			flate, own("internal/zip", flate.ImportPath), own("rbac", ourPath+"internal/zip"),
		}, []string{"internal/zip: compiled", "rbac: compiled"}},
		{"report may carry the compression of its workbook writer", []layercheck.Built{
			flate, own("report/xlsx", flate.ImportPath), own("report", ourPath+"report/xlsx"),
		}, nil},
		{"what a module brings along is found, too", []layercheck.Built{
			third("evil.org/x", "evil.org/x"), third("github.com/shopspring/decimal", "github.com/shopspring/decimal", "evil.org/x"),
			own("money", "github.com/shopspring/decimal"),
		}, []string{"money: compiled: a host that imports it compiles evil.org/x"}},
		{"net/http and testing are found through others", []layercheck.Built{
			std("net/http"), std("testing"), std("expvar", "net/http", "testing"), own("usage", "expvar"),
		}, []string{"compiles net/http", "compiles testing"}},
		{"programs may compile everything", []layercheck.Built{std("net/http"), flate, own("examples/portal", "net/http", flate.ImportPath)}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			requireFindings(t, c.want, layercheck.CheckBuilt(c.built, layercheck.NewTable(layercheck.Layers())))
		})
	}
}

func TestTheTableHasNoArrowUpwards(t *testing.T) {
	t.Parallel()
	earlier := map[string]bool{}
	for _, row := range layercheck.Layers() {
		for _, target := range row.Ours {
			require.True(t, earlier[target], "%s points to %s, which stands below it in the table", row.Path, target)
		}
		earlier[row.Path] = true
	}
}

package portal_test

import (
	"fmt"
	"math"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/rbac"
)

// theme are the default colours of one scheme, by token.
type theme map[string][3]float64

// themes reads the tokens of the stylesheet.
func themes(t *testing.T) map[string]theme {
	t.Helper()
	declaration := regexp.MustCompile(`--bh-([a-z-]+): var\(--billing-([a-z-]+), (.*)\);`)
	scheme := regexp.MustCompile(`^light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)$`)
	alias := regexp.MustCompile(`^var\(--bh-([a-z-]+)\)$`)
	out := map[string]theme{"light": {}, "dark": {}}
	for _, m := range declaration.FindAllStringSubmatch(text(t, "assets/style/tokens.css"), -1) {
		require.Equal(t, m[1], m[2], "a token has one name")
		if two := scheme.FindStringSubmatch(m[3]); two != nil {
			out["light"][m[1]], out["dark"][m[1]] = colour(t, two[1]), colour(t, two[2])
		}
		if other := alias.FindStringSubmatch(m[3]); other != nil {
			for _, of := range out {
				require.Contains(t, of, other[1])
				of[m[1]] = of[other[1]]
			}
		}
	}
	return out
}

func colour(t *testing.T, hex string) [3]float64 {
	t.Helper()
	var out [3]float64
	for i := range out {
		n, err := strconv.ParseUint(hex[1+2*i:3+2*i], 16, 8)
		require.NoError(t, err)
		out[i] = float64(n) / 255
	}
	return out
}

// mix is color-mix(in srgb, a percent%, b).
func mix(a [3]float64, percent float64, b [3]float64) [3]float64 {
	for i := range a {
		a[i] = (a[i]*percent + b[i]*(100-percent)) / 100
	}
	return a
}

// luminance and contrast are those of WCAG 2.2.
func luminance(c [3]float64) float64 {
	for i, v := range c {
		if c[i] = v / 12.92; v > 0.04045 {
			c[i] = math.Pow((v+0.055)/1.055, 2.4)
		}
	}
	return 0.2126*c[0] + 0.7152*c[1] + 0.0722*c[2]
}

func contrast(a, b [3]float64) float64 {
	x, y := luminance(a), luminance(b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

func TestContrastIsThatOfKnownPairs(t *testing.T) {
	t.Parallel()
	for pair, want := range map[[2]string]float64{
		{"#000000", "#ffffff"}: 21, {"#777777", "#ffffff"}: 4.478, {"#ff0000", "#ffffff"}: 3.998, {"#123456", "#123456"}: 1,
	} {
		require.InDelta(t, want, contrast(colour(t, pair[0]), colour(t, pair[1])), 0.001, pair)
	}
}

// percentOf reads the share of a colour in a mix of the stylesheet.
func percentOf(t *testing.T, file, mixed string) float64 {
	t.Helper()
	m := regexp.MustCompile(regexp.QuoteMeta(mixed) + ` (\d+)%`).FindStringSubmatch(text(t, "assets/style/"+file))
	require.Len(t, m, 2, mixed)
	n, err := strconv.ParseFloat(m[1], 64)
	require.NoError(t, err)
	return n
}

func TestDefaultColoursAreLegibleInBothSchemes(t *testing.T) {
	t.Parallel()
	const forText, forGraphics = 4.5, 3
	tint := percentOf(t, "panel.css", "background: color-mix(in srgb, var(--bh-state)")
	hover := percentOf(t, "form.css", "background: color-mix(in srgb, var(--bh-accent)")
	for scheme, c := range themes(t) {
		require.Len(t, c, 13, scheme)
		check := func(least float64, what string, front, back [3]float64) {
			require.GreaterOrEqual(t, contrast(front, back), least, "%s: %s", scheme, what)
		}
		for _, surface := range []string{"surface", "surface-raised", "background"} {
			for _, front := range []string{"text", "text-muted", "accent", "danger", "warning", "success"} {
				check(forText, front+" on "+surface, c[front], c[surface])
			}
			for _, front := range []string{"control", "focus"} {
				check(forGraphics, front+" on "+surface, c[front], c[surface])
			}
		}
		for _, state := range []string{"accent", "danger", "warning", "success", "text-muted"} {
			tinted := mix(c[state], tint, c["surface"])
			for _, front := range []string{state, "text", "text-muted", "accent"} {
				check(forText, front+" on the tint of "+state, c[front], tinted)
			}
		}
		check(forText, "a primary button", c["accent-text"], c["accent"])
		check(forText, "a primary button under the pointer", c["accent-text"], mix(c["accent"], hover, c["text"]))
	}
}

// TestTokensAreUsed: each is declared with a default, is used, and is one that a host can set.
func TestTokensAreUsed(t *testing.T) {
	t.Parallel()
	tokens := text(t, "assets/style/tokens.css")
	all := texts(t, "assets/style/*.css")
	declared := distinct(`(?m)^  --bh-([a-z-]+): var\(--billing-`, tokens)
	require.Len(t, declared, 20)
	for _, name := range declared {
		require.Contains(t, all, "var(--bh-"+name+")")
	}
	require.Equal(t, append(slices.Clone(declared), "state"), sortedWithout(distinct(`var\(--bh-([a-z-]+)`, all), "state"))
	require.NotContains(t, strings.ReplaceAll(all, tokens, ""), "--billing-", "hosts are asked in one place")
}

// sortedWithout moves a name to the end of a sorted list.
func sortedWithout(list []string, name string) []string {
	return append(slices.DeleteFunc(list, func(s string) bool { return s == name }), name)
}

// TestTheStylesheetIsSelfContained: it loads nothing, is measured by the element's own text, and reads both ways.
func TestTheStylesheetIsSelfContained(t *testing.T) {
	t.Parallel()
	comments := regexp.MustCompile(`(?s)/\*.*?\*/`)
	for file, style := range map[string]string{
		"style": comments.ReplaceAllString(texts(t, "assets/style/*.css"), ""),
		"chart": comments.ReplaceAllString(text(t, "internal/chart/chart.css"), ""),
	} {
		for _, never := range []string{"url(", "@import", "http:", "https:", "expression(", "behavior:", "@font-face", "src:"} {
			require.NotContains(t, style, never, file)
		}
		require.NotRegexp(t, `\drem\b`, style, "%s: in an element the root is the host's", file)
		require.NotRegexp(t, `(margin|padding|border|inset|text-align|float|clear)(-|: )(left|right)\b`, style, "%s: pages read from right to left too", file)
		require.NotRegexp(t, `(?m)^\s*(left|right):`, style, file)
		require.Equal(t, strings.Count(style, "{"), strings.Count(style, "}"), file)
	}
	for _, must := range []string{"prefers-reduced-motion", "forced-colors", "prefers-contrast", ":focus-visible", "@media print"} {
		require.Contains(t, texts(t, "assets/style/*.css"), must)
	}
}

// vocabulary reads the classes that the templates' documentation lists: whole names, and modifiers beside their block.
func vocabulary(t *testing.T) []string {
	t.Helper()
	var out []string
	for _, line := range strings.Split(text(t, "templates/README.md"), "\n") {
		if !strings.HasPrefix(line, "| `bh-") {
			continue
		}
		names := distinct("`(bh-[a-z_-]+)`", line)
		out = append(out, names...)
		for _, modifier := range distinct("`(--[a-z]+)`", line) {
			out = append(out, blockOf(line)+modifier)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// blockOf is the first class of a line.
func blockOf(line string) string {
	return regexp.MustCompile("`(bh-[a-z_-]+)`").FindStringSubmatch(line)[1]
}

// classOfScript are the classes that only the script uses.
var classOfScript = []string{"bh-element", "bh-element__content", "bh-skeleton", "bh-skeleton__line"}

// TestEveryClassIsStyledAndUsed: the stylesheet, the list in the templates' documentation, the templates and the script
// know the same classes.
func TestEveryClassIsStyledAndUsed(t *testing.T) {
	t.Parallel()
	const unstyled = "bh-nav__item" // is there for hosts
	listed := vocabulary(t)
	styled := distinct(`\.(bh-[a-z]+(?:_|-|[a-z])*)`, texts(t, "assets/style/*.css"))
	known := slices.Concat(listed, classOfScript)
	slices.Sort(known)
	for _, class := range styled {
		require.Contains(t, known, class, "styled, but not listed")
	}
	for _, class := range known {
		if class != unstyled {
			require.Contains(t, styled, class, "listed, but not styled")
		}
	}
	script := text(t, "assets/billhatch.js")
	for _, class := range classOfScript {
		require.Contains(t, script, class)
	}
	drawn := usedClasses(t)
	for _, class := range drawn {
		require.Contains(t, known, strings.TrimSuffix(class, "--"), "used, but not listed")
	}
	for _, class := range listed {
		block, _, _ := strings.Cut(class, "--")
		require.True(t, slices.Contains(drawn, class) || slices.Contains(drawn, block+"--"), "%s: listed, but not used", class)
	}
}

// usedClasses gives the classes of templates and of the code that writes markup. A name that is put together, such as
// "bh-badge--" and a state, ends with its hyphens.
func usedClasses(t *testing.T) []string {
	t.Helper()
	used := texts(t, "templates/*.html", "page*.go", "assets/billhatch.js")
	action := regexp.MustCompile(`\{\{.*?\}\}`)
	var attributes strings.Builder
	for _, attribute := range distinct("class=\"((?:\\{\\{.*?\\}\\}|[^\"{])*)\"", used) {
		attributes.WriteString(action.ReplaceAllString(attribute, "") + " ")
	}
	for _, literal := range distinct(`(?:class: "|return " )(bh-[a-z_ -]+)"`, used) {
		attributes.WriteString(literal + " ")
	}
	var out []string
	for _, class := range distinct(`\b(bh-[a-z_-]+)`, attributes.String()) {
		if !strings.HasPrefix(class, "bh-chart") {
			out = append(out, class)
		}
	}
	return out
}

// TestPartsAreDocumented: what hosts can reach with ::part is what templates and script mark.
func TestPartsAreDocumented(t *testing.T) {
	t.Parallel()
	marked := distinct(`part(?:="|: ")([a-z]+)"`, texts(t, "templates/*.html", "page*.go", "assets/billhatch.js"))
	require.Equal(t, marked, distinct(`::part\(([a-z]+)\)`, text(t, "assets/billhatch.d.ts")))
}

// TestTheStylesheetHasAllParts: a new file is also served, and what the drawings need.
func TestTheStylesheetHasAllParts(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("assets/style/*.css")
	require.NoError(t, err)
	list := regexp.MustCompile(`var stylesheets = \[\]string\{(.*)\}`).FindStringSubmatch(text(t, "assets.go"))
	require.Len(t, list, 2)
	var names []string
	for _, file := range files {
		names = append(names, fmt.Sprintf("%q", strings.TrimSuffix(filepath.Base(file), ".css")))
	}
	listed := strings.Split(list[1], ", ")
	slices.Sort(listed)
	require.Equal(t, names, listed)
	served := build(t, rbac.ClientPolicy()).as(rbac.Principal{}).get("/assets/billhatch.css").body
	require.Contains(t, served, text(t, "assets/style/element.css"))
	require.Contains(t, served, text(t, "internal/chart/chart.css"))
}

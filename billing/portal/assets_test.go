package portal_test

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/billing/portal"
	"github.com/billhatch/billhatch/rbac"
)

// text reads a file of the package.
func text(t *testing.T, path string) string {
	t.Helper()
	body, err := os.ReadFile(path) //nolint:gosec // a path of the test
	require.NoError(t, err)
	return string(body)
}

// texts reads all files of a pattern as one.
func texts(t *testing.T, patterns ...string) string {
	t.Helper()
	var out strings.Builder
	for _, pattern := range patterns {
		files, err := filepath.Glob(pattern)
		require.NoError(t, err)
		require.NotEmpty(t, files, pattern)
		for _, file := range files {
			out.WriteString(text(t, file))
		}
	}
	return out.String()
}

// distinct gives what the first group of a pattern matches, sorted, once each.
func distinct(pattern, text string) []string {
	var out []string
	for _, m := range regexp.MustCompile(pattern).FindAllStringSubmatch(text, -1) {
		out = append(out, m[1])
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func TestAssetsAreServedToEverybodyAlike(t *testing.T) {
	t.Parallel()
	h := build(t, rbac.ClientPolicy())
	const stable, forever = "public, max-age=300, must-revalidate", "public, max-age=31536000, immutable"
	for _, file := range []struct{ name, mediaType, holds string }{
		{"billhatch.js", "text/javascript; charset=utf-8", "customElements.define"},
		{"billhatch.css", "text/css; charset=utf-8", "--billing-accent"},
		{"billhatch.d.ts", "text/plain; charset=utf-8", "HTMLElementTagNameMap"},
		{"api.d.ts", "text/plain; charset=utf-8", "paths"},
	} {
		t.Run(file.name, func(t *testing.T) {
			t.Parallel()
			nobody := h.as(rbac.Principal{}).get("/assets/" + file.name)
			require.Equal(t, http.StatusOK, nobody.status)
			require.Contains(t, nobody.body, file.holds)
			require.Equal(t, file.mediaType, nobody.header.Get("Content-Type"))
			require.Equal(t, "nosniff", nobody.header.Get("X-Content-Type-Options"))
			require.Equal(t, stable, nobody.header.Get("Cache-Control"))
			require.NotContains(t, nobody.header, "Vary")
			require.NotContains(t, nobody.header, "Set-Cookie")

			somebody := h.as(person(rbac.ClientAdmin)).get("/assets/"+file.name, "Cookie", "session=1", "X-API-Key", "key")
			require.Equal(t, nobody, somebody)

			etag := nobody.header.Get("ETag")
			hashed := strings.Trim(etag, `"`)
			require.Regexp(t, `^[a-z]+\.[0-9a-f]{16}\.(js|css|d\.ts)$`, hashed)
			immutable := h.as(rbac.Principal{}).get("/assets/" + hashed)
			require.Equal(t, forever, immutable.header.Get("Cache-Control"))
			require.Equal(t, nobody.body, immutable.body)

			same := h.as(rbac.Principal{}).get("/assets/"+file.name, "If-None-Match", etag)
			require.Equal(t, http.StatusNotModified, same.status)
			require.Empty(t, same.body)
			require.Equal(t, etag, same.header.Get("ETag"))
			require.Equal(t, http.StatusOK, h.as(rbac.Principal{}).get("/assets/"+file.name, "If-None-Match", `"other"`).status)

			nowhere := h.as(rbac.Principal{})
			head := nowhere.do(nowhere.request(http.MethodHead, "/assets/"+file.name, ""))
			require.Equal(t, http.StatusOK, head.status)
			require.Empty(t, head.body)
			require.Equal(t, nobody.header, head.header)
		})
	}
}

func TestAnAssetOfAnotherReleaseIsServedButNotKept(t *testing.T) {
	t.Parallel()
	h := build(t, rbac.ClientPolicy())
	other := h.as(rbac.Principal{}).get("/assets/billhatch.0123456789abcdef.css")
	require.Equal(t, http.StatusOK, other.status)
	require.Equal(t, "no-store", other.header.Get("Cache-Control"))
	require.Equal(t, h.as(rbac.Principal{}).get("/assets/billhatch.css").body, other.body)
}

func TestWhatIsNoAssetIsNotFoundLikeAnythingElse(t *testing.T) {
	t.Parallel()
	h := build(t, rbac.ClientPolicy())
	absent := h.as(rbac.Principal{}).get("/nothing")
	require.Equal(t, http.StatusNotFound, absent.status)
	absent.header.Del("Request-Id")
	for _, name := range []string{
		"", "billhatch", "billhatch.map", "billhatch.js/", "BILLHATCH.JS", "billhatch.0123.js", "billhatch.0123456789abcdeF.js",
		"billhatch.0123456789abcdef.map", "style/base.css", "..%2fassets.go", "%2e%2e", "api.0123456789abcdef",
	} {
		got := h.as(rbac.Principal{}).get("/assets/" + name)
		got.header.Del("Request-Id")
		require.Equal(t, absent, got, name)
	}
	v := h.as(rbac.Principal{})
	require.Equal(t, http.StatusMethodNotAllowed, v.do(v.request(http.MethodPost, "/assets/billhatch.js", "")).status)
}

func TestTheScriptNamesItsStylesheetAndSpeaksEveryLanguage(t *testing.T) {
	t.Parallel()
	h := build(t, rbac.ClientPolicy(), func(h *house) {
		h.config.Messages = fstest.MapFS{"sv.json": {Data: []byte(`{"live.loading":"Laddar"}`)}}
	})
	body := h.as(rbac.Principal{}).get("/assets/billhatch.js").body
	stylesheet := strings.Trim(h.as(rbac.Principal{}).get("/assets/billhatch.css").header.Get("ETag"), `"`)
	require.Contains(t, body, `const STYLESHEET = "`+stylesheet+`";`)

	var said map[string]map[string]string
	line := regexp.MustCompile(`const TEXTS = (.*);`).FindStringSubmatch(body)
	require.Len(t, line, 2)
	require.NoError(t, json.Unmarshal([]byte(line[1]), &said))
	require.Equal(t, "Laddar", said["sv"]["loading"])
	for _, language := range []string{"en", "de", "fr", "sv"} {
		require.Len(t, said[language], 3, language)
		require.NotContains(t, said[language], "", language)
	}
	require.NotEqual(t, said["en"], said["de"])
}

func TestPagesLinkAssetsThatNeverChange(t *testing.T) {
	t.Parallel()
	h := build(t, rbac.ClientPolicy(), func(h *house) { h.config.BasePath = "/billing" })
	page := h.as(person(rbac.ClientAdmin)).get("/usage")
	links := distinct(`(?:href|src)="/billing/assets/([^"]*)"`, page.body)
	require.Len(t, links, 2)
	for _, link := range links {
		require.Contains(t, h.as(rbac.Principal{}).get("/assets/"+link).header.Get("Cache-Control"), "immutable", link)
	}
}

func TestAnAnswerSaysWhetherItIsAFragment(t *testing.T) {
	t.Parallel()
	h := build(t, rbac.ClientPolicy())
	admin, nobody := h.as(person(rbac.ClientAdmin)), h.as(rbac.Principal{})
	require.Equal(t, "1", admin.get("/usage", portal.FragmentHeader, "1").header.Get(portal.FragmentHeader))
	require.Equal(t, "1", admin.get("/nothing", portal.FragmentHeader, "1").header.Get(portal.FragmentHeader))
	require.Equal(t, "1", nobody.get("/usage", portal.FragmentHeader, "1").header.Get(portal.FragmentHeader))
	require.Empty(t, admin.get("/usage").header.Get(portal.FragmentHeader))
	require.Empty(t, admin.get("/assets/billhatch.js", portal.FragmentHeader, "1").header.Get(portal.FragmentHeader))
}

// TestTheScriptIsHarmless (C7): it keeps nothing in the browser, runs no text, and loads nothing from elsewhere.
func TestTheScriptIsHarmless(t *testing.T) {
	t.Parallel()
	script := text(t, "assets/billhatch.js")
	for _, never := range []string{
		"localStorage", "sessionStorage", "indexedDB", "document.cookie", "cookieStore", "caches", "navigator.storage", "BroadcastChannel",
		"history.", "eval(", "new Function", "import(", "document.write", "outerHTML", "insertAdjacentHTML", "setHTMLUnsafe",
		"DOMParser", "createContextualFragment", "http://", "https://", "XMLHttpRequest", "sendBeacon", "WebSocket", "EventSource",
		"postMessage", "console.", `"style"`, ".style", ".cssText", "onclick",
	} {
		require.NotContains(t, script, never)
	}
	require.Equal(t, 1, strings.Count(script, "innerHTML"), "text becomes markup in one place")
	require.NotRegexp(t, `set(Timeout|Interval)\(\s*["'\x60]`, script)
	require.Len(t, regexp.MustCompile(`[^#]\bfetch\(`).FindAllString(script, -1), 1, "one place asks the portal")
}

// TestElementsShowPagesThatThereAre: the script, its types and the package's documentation name the same elements.
func TestElementsShowPagesThatThereAre(t *testing.T) {
	t.Parallel()
	panels := regexp.MustCompile(`"(billhatch-[a-z-]+)": \{ path: "([^"]+)", scoped: (true|false) \}`).FindAllStringSubmatch(text(t, "assets/billhatch.js"), -1)
	paths := map[string]bool{}
	for _, r := range portal.Routes() {
		if !r.API && r.Method == http.MethodGet {
			paths[r.Path] = true
		}
	}
	var names []string
	for _, panel := range panels {
		names = append(names, panel[1])
		require.True(t, paths["/"+panel[2]], panel[1])
		require.Equal(t, panel[3] == "true", paths["/clients/{account}/"+panel[2]], panel[1])
	}
	slices.Sort(names)
	require.Len(t, names, 10)
	types := text(t, "assets/billhatch.d.ts")
	_, ofDOM, ok := strings.Cut(types, "interface BillhatchElements {")
	require.True(t, ok)
	ofDOM, _, _ = strings.Cut(ofDOM, "\n}")
	_, ofVue, ok := strings.Cut(types, "interface GlobalComponents {")
	require.True(t, ok)
	require.Equal(t, names, distinct(`"(billhatch-[a-z-]+)": BillhatchElement;`, ofDOM))
	require.Equal(t, names, distinct(`"(billhatch-[a-z-]+)": VueElement;`, ofVue))
	require.Equal(t, names, distinct(`<(billhatch-[a-z-]+)>`, text(t, "doc.go")))
}

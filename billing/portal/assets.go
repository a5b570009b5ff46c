package portal

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/billhatch/billhatch/billing"
	"github.com/billhatch/billhatch/billing/portal/internal/chart"
	"github.com/billhatch/billhatch/billing/portal/internal/words"
)

//go:embed assets/style/*.css assets/*.js assets/*.ts
var assetFiles embed.FS

// Names of assets, as hosts write them and as they stand in links of the assets themselves.
const (
	scriptName     = "billhatch.js"
	stylesheetName = "billhatch.css"
)

// stylesheets are the parts of the stylesheet, in their order.
var stylesheets = []string{"tokens", "base", "page", "panel", "table", "form", "element"}

// assetMaxAge is how many seconds a browser may keep an asset that it asked for by its stable name.
const assetMaxAge = 300

// assetDigits is the length of the hash in the name of an asset.
const assetDigits = 16

// asset is a file that is the same for everybody.
type asset struct {
	name      string // with the hash of its content, such as "billhatch.0123456789abcdef.css"
	mediaType string
	body      []byte
}

// etag is the entity tag of the content.
func (a asset) etag() string { return `"` + a.name + `"` }

// loadAssets reads the embedded files, by their stable names.
func loadAssets(catalog *words.Catalog) map[string]asset {
	out := map[string]asset{}
	style := newAsset(stylesheetName, stylesheet())
	for _, a := range []asset{
		style,
		newAsset(scriptName, script(style, catalog)),
		newAsset("billhatch.d.ts", readAsset("billhatch.d.ts")),
		newAsset("api.d.ts", readAsset("api.d.ts")),
	} {
		out[stableName(a.name)] = a
	}
	return out
}

// textsOfScript is the line of the script with its texts.
var textsOfScript = regexp.MustCompile(`const TEXTS = .*;`)

// script gives the script the stylesheet that it was made with, and what it says itself in every language.
func script(style asset, catalog *words.Catalog) []byte {
	texts := map[string]map[string]string{}
	for _, language := range catalog.Languages() {
		say := catalog.Match(language)
		texts[language] = map[string]string{
			"loading": say.T("live.loading"), "failed": say.T("live.failed"), "retry": say.T("action.try_again"),
		}
	}
	list, err := json.Marshal(texts)
	if err != nil { // guard: strings can be written
		panic(err)
	}
	body := bytes.ReplaceAll(readAsset(scriptName), []byte(stylesheetName), []byte(style.name))
	return textsOfScript.ReplaceAllLiteral(body, []byte("const TEXTS = "+string(list)+";"))
}

// stylesheet puts the parts together, and what the drawings need.
func stylesheet() []byte {
	var out bytes.Buffer
	for _, part := range stylesheets {
		out.Write(readAsset("style/" + part + ".css"))
		out.WriteByte('\n')
	}
	out.WriteString(chart.Stylesheet())
	return out.Bytes()
}

// readAsset gives an embedded file.
func readAsset(name string) []byte {
	body, err := assetFiles.ReadFile("assets/" + name)
	if err != nil { // guard: it is embedded
		panic(err)
	}
	return body
}

func newAsset(name string, body []byte) asset {
	stem, extension, _ := strings.Cut(name, ".")
	sum := sha256.Sum256(body)
	return asset{
		name:      stem + "." + hex.EncodeToString(sum[:])[:assetDigits] + "." + extension,
		mediaType: mediaTypeOf(extension),
		body:      body,
	}
}

func mediaTypeOf(extension string) string {
	switch extension {
	case "css":
		return "text/css; charset=utf-8"
	case "js":
		return "text/javascript; charset=utf-8"
	}
	return "text/plain; charset=utf-8" // typings: video/mp2t is what most systems make of .ts
}

// assetURL is the path of an asset by a name that never changes its content. A name that there is not is a mistake in a
// template.
func (p *Portal) assetURL(name string) (string, error) {
	a, ok := p.assets[name]
	if !ok {
		return "", fmt.Errorf("there is no asset %q", name)
	}
	return p.cfg.BasePath + "/assets/" + a.name, nil
}

// asset sends an asset. Whoever asks is not looked at: caches may keep it and share it.
func (x *exchange) asset() error {
	file := x.r.PathValue("file")
	a, ok := x.portal.assets[stableName(file)]
	if !ok {
		return billing.ErrNotFound
	}
	h := x.w.Header()
	h.Del("Vary")
	h.Del("Request-Id")
	h.Set("Content-Type", a.mediaType)
	h.Set("ETag", a.etag())
	h.Set("Cache-Control", a.caching(file))
	x.written = true
	http.ServeContent(x.w, x.r, "", time.Time{}, bytes.NewReader(a.body))
	return nil
}

// stableName takes the hash out of the name of an asset. Any hash will do: while a host replaces its processes, pages of
// one release ask processes of another for their stylesheet, and the other release's is better than none.
func stableName(file string) string {
	stem, rest, _ := strings.Cut(file, ".")
	hash, extension, ok := strings.Cut(rest, ".")
	if !ok || len(hash) != assetDigits || strings.Trim(hash, "0123456789abcdef") != "" {
		return file
	}
	return stem + "." + extension
}

// caching says how long the asset may be kept under the name that it was asked for by.
func (a asset) caching(file string) string {
	switch file {
	case a.name:
		return "public, max-age=31536000, immutable"
	case stableName(file):
		return fmt.Sprintf("public, max-age=%d, must-revalidate", assetMaxAge)
	}
	return "no-store" // the hash is another release's
}

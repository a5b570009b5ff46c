package pdf

import (
	"bytes"
	"io"
	"slices"
	"strconv"

	"codeberg.org/go-pdf/fpdf"
)

const (
	producer = "Billhatch"
	logoName = "logo"
)

// engine draws on fpdf. It is the only part of the package that knows the library.
type engine struct {
	doc     *fpdf.Fpdf
	key     fontKey
	size    float64
	ink     rgb
	stroke  rgb
	area    rgb
	started bool // a font, an ink, a stroke and an area have been set
}

func newEngine(d document) canvas {
	doc := fpdf.NewCustom(&fpdf.InitType{
		UnitStr: "pt",
		Size:    fpdf.SizeType{Wd: d.width, Ht: d.height},
	})
	doc.SetMargins(0, 0, 0)
	doc.SetAutoPageBreak(false, 0)
	doc.SetCatalogSort(true)
	doc.SetCreationDate(d.created)
	doc.SetModificationDate(d.created)
	doc.SetProducer(producer, true)
	doc.SetTitle(d.title, true)
	doc.SetAuthor(d.author, true)
	doc.SetLang(d.language)
	keys := make([]fontKey, 0, len(d.fonts))
	for key := range d.fonts {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	for _, key := range keys {
		doc.AddUTF8FontFromBytes(family(key), "", d.fonts[key])
	}
	if d.logo != nil {
		doc.RegisterImageOptionsReader(logoName, fpdf.ImageOptions{ImageType: d.logo.format}, bytes.NewReader(d.logo.data))
	}
	return &engine{doc: doc}
}

func family(key fontKey) string { return "face" + strconv.Itoa(int(key)) }

func (e *engine) page() { e.doc.AddPage() }

func (e *engine) text(x, y float64, key fontKey, size float64, color rgb, s string) {
	if !e.started || e.key != key || e.size != size {
		e.doc.SetFont(family(key), "", size)
		e.key, e.size = key, size
	}
	if !e.started || e.ink != color {
		e.doc.SetTextColor(int(color.r), int(color.g), int(color.b))
		e.ink = color
	}
	e.started = true
	e.doc.Text(x, y, s)
}

func (e *engine) line(x1, y1, x2, y2, width float64, color rgb) {
	if e.stroke != color { // the library begins with black, as the zero value does
		e.doc.SetDrawColor(int(color.r), int(color.g), int(color.b))
		e.stroke = color
	}
	e.doc.SetLineWidth(width)
	e.doc.Line(x1, y1, x2, y2)
}

func (e *engine) fill(x, y, w, h float64, color rgb) {
	if e.area != color {
		e.doc.SetFillColor(int(color.r), int(color.g), int(color.b))
		e.area = color
	}
	e.doc.Rect(x, y, w, h, "F")
}

func (e *engine) logo(x, y, w, h float64) {
	e.doc.ImageOptions(logoName, x, y, w, h, false, fpdf.ImageOptions{}, 0, "")
}

func (e *engine) finish(w io.Writer) error {
	if err := e.doc.Error(); err != nil {
		return err
	}
	return e.doc.Output(w)
}

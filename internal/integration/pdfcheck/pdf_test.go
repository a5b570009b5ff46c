package pdfcheck_test

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/billhatch/billhatch/invoice"
	"github.com/billhatch/billhatch/invoice/pdf"
	"github.com/billhatch/billhatch/money"
	"github.com/billhatch/billhatch/usage/civil"
)

// tool runs a program of poppler and gives what it prints. Anything on its standard error is a defect of the file.
func tool(t *testing.T, name string, args ...string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		if os.Getenv("BILLHATCH_INTEGRATION") == "1" {
			t.Fatalf("%s is missing (Debian package poppler-utils)", name)
		}
		t.Skipf("%s is missing", name)
	}
	command := exec.CommandContext(t.Context(), path, args...)
	command.Env = append(os.Environ(), "TZ=UTC", "LC_ALL=C.UTF-8")
	var out, complaints bytes.Buffer
	command.Stdout, command.Stderr = &out, &complaints
	if err := command.Run(); err != nil || complaints.Len() > 0 {
		t.Fatalf("%s: %v\n%s", name, err, complaints.String())
	}
	return out.String()
}

// bill is an invoice of n lines, 3 euros each.
func bill(n int) *invoice.Invoice {
	three := money.MustParse("3", "EUR")
	inv := &invoice.Invoice{
		Number: "2026-0042", Status: invoice.Open, Currency: "EUR", Issued: civil.MustDate(2026, time.December, 1),
		Seller:   invoice.Party{Name: "Northwind Software GmbH", Lines: []string{"Torstraße 140", "10119 Berlin"}, TaxIDs: []string{"VAT DE123456789"}},
		Customer: invoice.Party{Name: "Łódź Ελλάδα Кириллица Hà Nội", Lines: []string{"ul. Piotrkowska 12"}},
		Note:     `Quote \ (2026-0042) <now> & pay – “thanks” ﬁ`,
		Subtotal: money.MustParse("0", "EUR"),
	}
	for i := range n {
		inv.Lines = append(inv.Lines, invoice.Line{
			Description: fmt.Sprintf("Tenant campus-%d, covered users", i+1), Quantity: money.MustParse("1", "JPY").Decimal(),
			Unit: three, Amount: three,
		})
		inv.Subtotal, _ = inv.Subtotal.Add(three)
	}
	inv.Total = inv.Subtotal
	return inv
}

// logo is a PNG of one dark colour with a transparent frame.
func logo(t *testing.T) []byte {
	t.Helper()
	img := image.NewNRGBA(image.Rect(0, 0, 120, 40))
	for x := 5; x < 115; x++ {
		for y := 5; y < 35; y++ {
			img.Set(x, y, color.NRGBA{200, 30, 30, 255})
		}
	}
	var out bytes.Buffer
	if err := png.Encode(&out, img); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// write prints an invoice into a file.
func write(t *testing.T, o pdf.Options, inv *invoice.Invoice) (file string, result pdf.Result) {
	t.Helper()
	r, err := pdf.New(o)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if result, err = r.Render(t.Context(), &out, inv); err != nil {
		t.Fatal(err)
	}
	file = filepath.Join(t.TempDir(), "invoice.pdf")
	if err := os.WriteFile(file, out.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return file, result
}

func requireContains(t *testing.T, text string, wants ...string) {
	t.Helper()
	plain := regexp.MustCompile(`[ \x{a0}]+`).ReplaceAllString(text, " ")
	for _, want := range wants {
		if !strings.Contains(plain, want) {
			t.Errorf("%q is missing in:\n%s", want, plain)
		}
	}
}

func TestAnotherReaderFindsTheTextsInTheirOrder(t *testing.T) {
	t.Parallel()
	file, result := write(t, pdf.Options{}, bill(60))
	text := tool(t, "pdftotext", "-layout", file, "-")
	if pages := strings.Count(text, "\f"); pages != result.Pages || pages < 2 {
		t.Fatalf("%d pages, want %d", pages, result.Pages)
	}
	requireContains(t, text, "INVOICE", "Łódź Ελλάδα Кириллица Hà", "Nội", "Torstraße 140", "VAT DE123456789", "Invoice number 2026-0042",
		"Tenant campus-1, covered users 1 €3.00 €3.00", "Tenant campus-60, covered users 1 €3.00 €3.00",
		"Subtotal €180.00", "Total €180.00", "Amount due €180.00", fmt.Sprintf("Page 1 of %d", result.Pages),
		`Quote \ (2026-0042) <now> & pay – “thanks” ﬁ`)
	carried := regexp.MustCompile(`Carried forward +(\S+)[\s\S]*?Brought forward +(\S+)`).FindAllStringSubmatch(text, -1)
	if len(carried) != result.Pages-1 {
		t.Fatalf("%d carried totals on %d pages", len(carried), result.Pages)
	}
	for _, pair := range carried {
		if pair[1] != pair[2] {
			t.Errorf("carried %s, brought %s", pair[1], pair[2])
		}
	}
}

func TestTheDocumentSaysWhatItIs(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		page pdf.PageSize
		size string
	}{{pdf.A4, "595.28 x 841.89 pts (A4)"}, {pdf.Letter, "612 x 792 pts (letter)"}} {
		file, result := write(t, pdf.Options{Page: c.page, Logo: logo(t)}, bill(3))
		requireContains(t, tool(t, "pdfinfo", file), "Title: INVOICE 2026-0042", "Author: Northwind Software GmbH", "Producer: Billhatch",
			"CreationDate: Tue Dec 1 00:00:00 2026", "ModDate: Tue Dec 1 00:00:00 2026", fmt.Sprintf("Pages: %d", result.Pages),
			"Page size: "+c.size, "Encrypted: no", "JavaScript: no")
	}
}

func TestEveryFontIsEmbeddedAndCanBeSearched(t *testing.T) {
	t.Parallel()
	file, _ := write(t, pdf.Options{}, bill(3))
	lines := strings.Split(strings.TrimSpace(tool(t, "pdffonts", file)), "\n")[2:]
	if len(lines) != 2 {
		t.Fatalf("%d fonts, want regular and bold", len(lines))
	}
	for _, line := range lines {
		fields := strings.Fields(line)
		if len(fields) < 9 || strings.Join(fields[1:5], " ") != "CID TrueType Identity-H yes" || fields[6] != "yes" {
			t.Errorf("font %q is not embedded with a map to Unicode", line)
		}
	}
}

func TestThePagesAreDrawnWithoutAComplaint(t *testing.T) {
	t.Parallel()
	file, result := write(t, pdf.Options{Logo: logo(t), Accent: "#0000ff"}, bill(40))
	prefix := strings.TrimSuffix(file, ".pdf")
	tool(t, "pdftoppm", "-png", "-r", "80", file, prefix)
	for n := range result.Pages {
		picture, err := os.Open(fmt.Sprintf("%s-%d.png", prefix, n+1))
		if err != nil {
			t.Fatal(err)
		}
		img, err := png.Decode(picture)
		_ = picture.Close()
		if err != nil {
			t.Fatal(err)
		}
		dark, red, blue := 0, 0, 0
		for y := img.Bounds().Min.Y; y < img.Bounds().Max.Y; y++ {
			for x := img.Bounds().Min.X; x < img.Bounds().Max.X; x++ {
				r, g, b, _ := img.At(x, y).RGBA()
				switch {
				case r>>8 < 90 && g>>8 < 90 && b>>8 < 90:
					dark++
				case r>>8 > 180 && g>>8 < 60 && b>>8 < 60:
					red++
				case r>>8 < 40 && g>>8 < 40 && b>>8 > 200:
					blue++
				}
			}
		}
		if dark < 1500 {
			t.Errorf("page %d has %d dark points of text", n+1, dark)
		}
		if blue < 3000 {
			t.Errorf("page %d has %d points of the accent", n+1, blue)
		}
		if logoThere := red > 1000; logoThere != (n == 0) {
			t.Errorf("page %d has %d points of the logo", n+1, red)
		}
	}
}

func TestSignsOfManyScriptsAreNotBlank(t *testing.T) {
	t.Parallel()
	inv := bill(1)
	const full = "ŁódźΕλλάδαКириллицаשלום日本𠮷😀€"
	count := func(text string) int {
		inv.Lines[0].Description = text
		file, _ := write(t, pdf.Options{}, inv)
		prefix := strings.TrimSuffix(file, ".pdf")
		tool(t, "pdftoppm", "-png", "-r", "80", "-singlefile", file, prefix)
		data, err := os.ReadFile(prefix + ".png")
		if err != nil {
			t.Fatal(err)
		}
		img, err := png.Decode(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		points := 0
		for y := img.Bounds().Min.Y; y < img.Bounds().Max.Y; y++ {
			for x := img.Bounds().Min.X; x < img.Bounds().Max.X; x++ {
				if r, _, _, _ := img.At(x, y).RGBA(); r>>8 < 128 {
					points++
				}
			}
		}
		return points
	}
	none := count(".")
	for _, sign := range full {
		if got := count("." + strings.Repeat(string(sign), 20)); got < none+60 {
			t.Errorf("%U leaves %d dark points more than nothing, twenty times over", sign, got-none)
		}
	}
}

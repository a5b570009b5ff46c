package pdf_test

import (
	"bytes"
	"compress/zlib"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/invoice"
	"github.com/billhatch/billhatch/invoice/pdf"
	"github.com/billhatch/billhatch/money"
	"github.com/billhatch/billhatch/usage/civil"
)

// november is the billing period of every sample.
func november() civil.Period {
	p, err := civil.Month(2026, time.November, time.UTC)
	if err != nil {
		panic(err)
	}
	return p
}

// sample is an open invoice of n lines with 19 % tax.
func sample(n int, currency string) *invoice.Invoice {
	inv := &invoice.Invoice{
		ID: "in_1", Number: "2026-0042", Status: invoice.Open, Currency: currency,
		Period: november(), Issued: civil.MustDate(2026, time.December, 1),
		Seller: invoice.Party{
			Name: "Northwind Software GmbH", Lines: []string{"Torstraße 140", "10119 Berlin", "Germany"},
			Email: "billing@northwind.example", TaxIDs: []string{"VAT DE123456789"},
		},
		Customer: invoice.Party{
			Name: "Łódź University Press", Lines: []string{"ul. Piotrkowska 12", "90-001 Łódź", "Poland"},
			Email: "accounts@press.example", TaxIDs: []string{"VAT PL5252344078"},
		},
		Reference: "PO 4500018273",
		Note:      "Please pay by bank transfer to IBAN DE02 1203 0000 0000 2020 51.\nState the invoice number.",
	}
	for i := range n {
		text := fmt.Sprintf("Tenant campus-%d, covered users, Standard plan", i+1)
		if i%5 == 1 {
			text += ", students of the faculty of mathematics and computer science, prorated by covered days"
		}
		inv.Lines = append(inv.Lines, invoice.Line{
			Key: fmt.Sprint("line", i), Kind: invoice.Seats, Description: text, Quantity: decimal.NewFromInt(int64(12 + i)),
			Unit: money.MustParse("3", currency), Amount: money.MustParse(strconv.Itoa(3*(12+i)), currency), Merged: 1,
		})
	}
	return settle(inv, "19")
}

// settle computes the sums of an invoice anew, with one tax of that rate in percent or none.
func settle(inv *invoice.Invoice, rate string) *invoice.Invoice {
	sum := must(money.Zero(inv.Currency))
	for _, line := range inv.Lines {
		sum = must(sum.Add(line.Amount))
	}
	inv.Subtotal, inv.Total, inv.Taxes = sum, sum, nil
	if rate != "" {
		percent := decimal.RequireFromString(rate)
		tax := must(sum.Mul(percent.Shift(-2))).Round(money.HalfUp)
		inv.Taxes = []invoice.Tax{{Name: "VAT", Rate: percent, Base: sum, Amount: tax}}
		inv.Total = must(sum.Add(tax))
	}
	return inv
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// render prints an invoice with a new renderer and reads the texts back.
func render(t testing.TB, o pdf.Options, inv *invoice.Invoice) (pdf.Result, []page) {
	t.Helper()
	r, err := pdf.New(o)
	require.NoError(t, err)
	var out bytes.Buffer
	result, err := r.Render(context.Background(), &out, inv)
	require.NoError(t, err)
	pages := read(t, out.Bytes())
	require.Len(t, pages, result.Pages)
	return result, pages
}

// word is a piece of text at its place, in points from the lower left corner.
type word struct {
	x, y float64
	text string
}

// page holds the texts of a page in the order in which they are drawn.
type page []word

func (p page) String() string {
	var lines []string
	for _, w := range p {
		lines = append(lines, w.text)
	}
	return strings.Join(lines, "\n")
}

// after gives the texts that are drawn after the first one that is equal to label.
func (p page) after(label string) []string {
	for i, w := range p {
		if w.text == label {
			var rest []string
			for _, r := range p[i+1:] {
				rest = append(rest, r.text)
			}
			return rest
		}
	}
	return nil
}

func text(pages []page) string {
	var all []string
	for _, p := range pages {
		all = append(all, p.String())
	}
	return strings.Join(all, "\n")
}

var shown = regexp.MustCompile(`(?s)BT ([-\d.]+) ([-\d.]+) Td \(((?:[^\\]|\\.)*?)\) Tj ET`)

// read gets the texts out of a document, without any PDF library: it inflates the page contents and decodes the
// strings in them.
func read(t testing.TB, document []byte) []page {
	t.Helper()
	require.True(t, bytes.HasPrefix(document, []byte("%PDF-1.")), "file begins with %%PDF")
	require.True(t, bytes.HasSuffix(bytes.TrimSpace(document), []byte("%%EOF")), "file ends with %%%%EOF")
	var pages []page
	for _, part := range bytes.Split(document, []byte("\nstream\n"))[1:] {
		z, err := zlib.NewReader(bytes.NewReader(part))
		if err != nil {
			continue
		}
		content, err := io.ReadAll(z)
		require.NoError(t, err)
		if !bytes.Contains(content, []byte(" Tj ET")) || !bytes.HasPrefix(content, []byte("0 J")) {
			continue
		}
		var p page
		for _, m := range shown.FindAllSubmatch(content, -1) {
			x, err := strconv.ParseFloat(string(m[1]), 64)
			require.NoError(t, err)
			y, err := strconv.ParseFloat(string(m[2]), 64)
			require.NoError(t, err)
			p = append(p, word{x, y, decode(t, m[3])})
		}
		pages = append(pages, p)
	}
	return pages
}

// decode reads a PDF string of UTF-16.
func decode(t testing.TB, raw []byte) string {
	t.Helper()
	var plain []byte
	for i := 0; i < len(raw); i++ {
		if raw[i] == '\\' && i+1 < len(raw) {
			i++
			if raw[i] == 'r' {
				plain = append(plain, '\r')
				continue
			}
		}
		plain = append(plain, raw[i])
	}
	require.Zero(t, len(plain)%2, "UTF-16 comes in pairs: %q", raw)
	units := make([]uint16, 0, len(plain)/2)
	for i := 0; i < len(plain); i += 2 {
		units = append(units, uint16(plain[i])<<8|uint16(plain[i+1]))
	}
	return string(utf16.Decode(units))
}

// picture is a PNG with transparent corners.
func picture(t testing.TB, width, height int) []byte {
	t.Helper()
	img := image.NewNRGBA(image.Rect(0, 0, width, height))
	for x := range width {
		for y := range height {
			if dx, dy := x-height/2, y-height/2; dx*dx+dy*dy < height*height/4 || x > height+18 && y > height/3 && y < 2*height/3 {
				img.Set(x, y, color.NRGBA{20, 61, 107, 255})
			}
		}
	}
	var out bytes.Buffer
	require.NoError(t, png.Encode(&out, img))
	return out.Bytes()
}

package pdf

import (
	"bytes"
	"context"
	"errors"
	"io"
	"testing"
	"time"

	"codeberg.org/go-fonts/liberation/liberationsansbold"
	"codeberg.org/go-fonts/liberation/liberationsansregular"
	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/invoice"
	"github.com/billhatch/billhatch/money"
	"github.com/billhatch/billhatch/usage/civil"
)

// bill is an open invoice of n lines without taxes.
func bill(n int) *invoice.Invoice {
	inv := &invoice.Invoice{
		Number: "2026-0042", Status: invoice.Open, Currency: "EUR", Issued: civil.MustDate(2026, time.December, 1),
		Seller:   invoice.Party{Name: "Northwind Software GmbH", Lines: []string{"Torstraße 140", "10119 Berlin"}},
		Customer: invoice.Party{Name: "Łódź University Press", Lines: []string{"ul. Piotrkowska 12", "90-001 Łódź"}},
		Note:     "Please pay by bank transfer to IBAN DE02 1203 0000 0000 2020 51.",
		Subtotal: money.MustParse("0", "EUR"),
	}
	for range n {
		line := invoice.Line{
			Description: "Tenant campus, covered users, Standard plan, prorated by covered days",
			Quantity:    decimal.NewFromInt(12), Unit: money.MustParse("3", "EUR"), Amount: money.MustParse("36", "EUR"),
		}
		inv.Lines = append(inv.Lines, line)
		inv.Subtotal, _ = inv.Subtotal.Add(line.Amount)
	}
	inv.Total = inv.Subtotal
	return inv
}

// spoiled is a canvas that fails in one of its methods.
type spoiled struct {
	canvas
	onText, onFinish func() error
}

func (s spoiled) text(x, y float64, key fontKey, size float64, color rgb, text string) {
	if s.onText != nil {
		_ = s.onText()
	}
	s.canvas.text(x, y, key, size, color, text)
}

func (s spoiled) finish(w io.Writer) error {
	if s.onFinish != nil {
		return s.onFinish()
	}
	return s.canvas.finish(w)
}

func TestWhatGoesWrongInTheEngineIsATypedErrorAndNothingIsWritten(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	cases := []struct {
		name string
		with func(canvas) canvas
		err  error
	}{
		{"a panic with a value", func(c canvas) canvas { return spoiled{c, func() error { panic("secret text") }, nil} }, ErrEngine},
		{"a panic of the runtime", func(c canvas) canvas {
			return spoiled{c, func() error { var none io.Writer; _, err := none.Write(nil); return err }, nil}
		}, ErrEngine},
		{"an error at the end", func(c canvas) canvas { return spoiled{c, nil, func() error { return broken }} }, broken},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r, err := New(Options{})
			require.NoError(t, err)
			r.engine = func(d document) canvas { return c.with(newEngine(d)) }
			var out bytes.Buffer
			_, err = r.Render(context.Background(), &out, bill(1))
			require.ErrorIs(t, err, c.err)
			require.ErrorIs(t, err, ErrEngine)
			require.NotContains(t, err.Error(), "secret")
			require.Zero(t, out.Len())
		})
	}
}

func TestAnErrorOfTheLibraryIsKeptUntilTheEnd(t *testing.T) {
	t.Parallel()
	c := newEngine(document{width: 100, height: 100})
	c.page()
	c.text(0, 0, 3, 10, rgb{}, "no such font")
	require.ErrorContains(t, c.finish(io.Discard), "undefined font")
}

func BenchmarkRender(b *testing.B) {
	for name, n := range map[string]int{"8 lines": 8, "60 lines": 60} {
		r, err := New(Options{})
		require.NoError(b, err)
		inv := bill(n)
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := r.Render(context.Background(), io.Discard, inv); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkBareLibrary draws the same pages with the library as one uses it: whole faces, no checks, no layout.
func BenchmarkBareLibrary(b *testing.B) {
	for name, n := range map[string]int{"8 lines": 8, "60 lines": 60} {
		layout := lay(b, Options{}, bill(n))
		pages := layout.pages
		d := document{
			width: layout.width, height: layout.height, language: "en", title: "INVOICE 2026-0042", created: layout.created(),
			fonts: map[fontKey][]byte{0: liberationsansregular.TTF, 1: liberationsansbold.TTF},
		}
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				c := newEngine(d)
				replay(c, pages)
				if err := c.finish(io.Discard); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkNew(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := New(Options{}); err != nil {
			b.Fatal(err)
		}
	}
}

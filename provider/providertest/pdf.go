package providertest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"slices"

	"github.com/billhatch/billhatch/invoice"
	"github.com/billhatch/billhatch/provider"
)

// document reads a whole document, at most one byte beyond the largest.
func (p *pay) document(customer, id string) ([]byte, *provider.Document, error) {
	p.Helper()
	doc, err := ability[provider.PDFReader](p.p).InvoicePDF(p.Context(), customer, id)
	if err != nil {
		p.that(doc == nil, "got a document beside the error %q", err)
		return nil, nil, err
	}
	p.that(doc != nil && doc.Body != nil, "got no document and no error")
	defer func() { p.ok(doc.Body.Close(), "closing the document") }()
	raw, err := io.ReadAll(io.LimitReader(doc.Body, p.MaxPDF+1))
	return raw, doc, err
}

func pdfCases() group[*pay] {
	cases := hidden("InvoicePDF", nil, func(p *pay, customer, id string) error {
		_, _, err := p.document(customer, id)
		return err
	})
	return group[*pay]{
		name: "documents of invoices", ability: provider.CanReadPDF, seeds: []string{"MaxPDF"},
		cases: slices.Concat(cases, goodDocumentCases(), badDocumentCases()),
	}
}

func goodDocumentCases() []testCase[*pay] {
	return []testCase[*pay]{
		{name: "the document of an invoice begins like a PDF and has the size that it says", run: func(p *pay) {
			customer := p.customer()
			raw, doc, err := p.document(customer, p.invoice(customer, invoice.Open, 1))
			p.ok(err, "document")
			p.that(bytes.HasPrefix(raw, []byte("%PDF-")), "the document begins with %q", raw[:min(len(raw), 8)])
			p.that(doc.Size == -1 || doc.Size == int64(len(raw)), "the size is said to be %d, got %d bytes", doc.Size, len(raw))
		}},
		{name: "a document as large as it may be is given whole", seeds: []string{"SetDocument"}, run: func(p *pay) {
			customer := p.customer()
			id, want := p.invoice(customer, invoice.Open, 1), pdfOf(p.MaxPDF)
			p.SetDocument(id, want)
			raw, _, err := p.document(customer, id)
			p.ok(err, "document of the largest size")
			p.that(bytes.Equal(raw, want), "got %d bytes, want the %d that were set", len(raw), len(want))
		}},
		{name: "each invoice has its own document", seeds: []string{"SetDocument"}, run: func(p *pay) {
			customer := p.customer()
			one, other := p.invoice(customer, invoice.Open, 2), p.invoice(customer, invoice.Paid, 1)
			p.SetDocument(one, pdfOf(100))
			p.SetDocument(other, pdfOf(200))
			reader := ability[provider.PDFReader](p.p)
			got := together(racers, func(i int) int {
				doc, err := reader.InvoicePDF(p.Context(), customer, []string{one, other}[i%2])
				if err != nil {
					return -1
				}
				raw, err := io.ReadAll(doc.Body)
				if err = errors.Join(err, doc.Body.Close()); err != nil {
					return -1
				}
				return len(raw)
			})
			for i := range got {
				same(p.check, "size", got[i], []int{100, 200}[i%2])
			}
		}},
		{name: "a document may be closed before it is read, and twice", run: func(p *pay) {
			customer := p.customer()
			id := p.invoice(customer, invoice.Open, 1)
			doc, err := ability[provider.PDFReader](p.p).InvoicePDF(p.Context(), customer, id)
			p.ok(err, "document")
			p.ok(doc.Body.Close(), "closing the document")
			_ = doc.Body.Close() // may say that it is closed
			raw, _, err := p.document(customer, id)
			p.ok(err, "document again")
			p.that(len(raw) > 0, "got an empty document after another was closed early")
		}},
	}
}

func badDocumentCases() []testCase[*pay] {
	refused := func(name, what string, kind error, body func(p *pay) []byte) testCase[*pay] {
		return testCase[*pay]{name: name, seeds: []string{"SetDocument"}, run: func(p *pay) {
			customer := p.customer()
			id := p.invoice(customer, invoice.Open, 1)
			p.SetDocument(id, body(p))
			_, _, err := p.document(customer, id)
			p.refused(err, "InvoicePDF", what, kind)
		}}
	}
	return []testCase[*pay]{
		refused("an invoice may have no document", "no document", provider.ErrNoDocument, func(*pay) []byte { return nil }),
		refused("a page of HTML is no PDF", "a page of HTML", provider.ErrNotPDF, func(*pay) []byte {
			return []byte("<html><body>See https://canary.example.com or write to canary@canary.example.com</body></html>")
		}),
		refused("four bytes of a PDF are none", "the beginning of a PDF", provider.ErrNotPDF, func(*pay) []byte { return []byte("%PDF") }),
		{name: "a document that is too large is refused, and never given whole", seeds: []string{"SetDocument"}, run: func(p *pay) {
			customer := p.customer()
			id := p.invoice(customer, invoice.Open, 1)
			p.SetDocument(id, pdfOf(p.MaxPDF+1))
			raw, _, err := p.document(customer, id)
			p.refused(err, "InvoicePDF", "document that is too large", provider.ErrTooLarge)
			p.that(int64(len(raw)) <= p.MaxPDF, "got %d bytes, at most %d are allowed", len(raw), p.MaxPDF)
		}},
		{name: "asking for a document stops with its context", run: func(p *pay) {
			customer := p.customer()
			id := p.invoice(customer, invoice.Open, 1)
			p.stopped("InvoicePDF", func(ctx context.Context) error {
				_, err := ability[provider.PDFReader](p.p).InvoicePDF(ctx, customer, id)
				return err
			})
		}},
		{name: "reading a document ends soon after its context", run: func(p *pay) {
			customer := p.customer()
			ctx, cancel := context.WithCancel(p.Context())
			defer cancel()
			doc, err := ability[provider.PDFReader](p.p).InvoicePDF(ctx, customer, p.invoice(customer, invoice.Open, 1))
			p.ok(err, "document")
			cancel()
			p.soon("reading the document", func() { _, err = io.Copy(io.Discard, doc.Body) })
			if err != nil {
				p.refused(err, "InvoicePDF", "reading after the context", provider.ErrTimeout, provider.ErrUnavailable)
			}
			p.ok(doc.Body.Close(), "closing the document")
		}},
	}
}

// pdfOf gives so many bytes that begin like a PDF.
func pdfOf(size int64) []byte {
	raw := bytes.Repeat([]byte("%"), int(size))
	copy(raw, "%PDF-1.7\n")
	return raw
}

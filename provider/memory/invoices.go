package memory

import (
	"bytes"
	"context"
	"errors"
	"io"
	"slices"
	"strconv"
	"sync"

	"github.com/billhatch/billhatch/invoice"
	"github.com/billhatch/billhatch/invoice/pdf"
	"github.com/billhatch/billhatch/provider"
)

// stored is an invoice of a customer.
type stored struct {
	invoice.Invoice
	customer string
	seq      int64
	sent     bool
	document *[]byte // nil: printed on demand
}

// place is where the invoice stands in the list of its customer: by issue date, then by when it came to be.
func (s *stored) place() place { return place{int64(s.Issued.Ordinal()), s.seq} }

// store adds an invoice to a customer. The lock must be held.
func (w *World) store(c *customer, inv invoice.Invoice) *stored {
	inv.CustomerID = c.ID
	s := &stored{Invoice: inv, customer: c.ID, seq: w.next("invoice")}
	w.invoices[inv.ID] = s
	at, _ := slices.BinarySearchFunc(c.invoices, s.place(), func(other *stored, p place) int {
		if other.place().newer(p) {
			return -1
		}
		return 1
	})
	c.invoices = slices.Insert(c.invoices, at, s)
	return s
}

// remove takes a draft away. The lock must be held.
func (w *World) remove(c *customer, s *stored) {
	delete(w.invoices, s.ID)
	c.invoices = slices.DeleteFunc(c.invoices, func(other *stored) bool { return other == s })
}

// find gives an invoice of a customer that is not a draft. The lock must be held.
func (w *World) find(customerID, id string) (*stored, *customer, error) {
	c, err := w.living(customerID)
	if err != nil {
		return nil, nil, err
	}
	s, ok := w.invoices[id]
	if !ok || s.customer != c.ID || s.Status == invoice.Draft {
		return nil, nil, notFound()
	}
	return s, c, nil
}

// shown tells whether an invoice passes a filter.
func (s *stored) shown(filter provider.InvoiceFilter) bool {
	switch filter {
	case provider.PaidInvoices:
		return s.Status == invoice.Paid
	case provider.OpenInvoices:
		return s.Status == invoice.Open
	default:
		return s.Status != invoice.Draft
	}
}

// Invoice gives an invoice with all its lines.
func (p *Payments) Invoice(ctx context.Context, customerID, id string) (invoice.Invoice, error) {
	return run(ctx, p.w, Call{Op: "Invoice", Subject: customerID, Object: id}, func() (invoice.Invoice, error) {
		s, _, err := p.w.find(customerID, id)
		if err != nil {
			return invoice.Invoice{}, err
		}
		return cloneInvoice(&s.Invoice), nil
	})
}

// Invoices gives a page of invoices, with all their lines.
func (p *Payments) Invoices(ctx context.Context, q provider.InvoiceQuery) (provider.InvoicePage, error) {
	w := p.w
	return run(ctx, w, Call{Op: "Invoices", Subject: q.Customer}, func() (provider.InvoicePage, error) {
		if err := limit(q.Limit); err != nil {
			return provider.InvoicePage{}, err
		}
		if q.Filter > provider.OpenInvoices {
			return provider.InvoicePage{}, invalid("filter", "unknown")
		}
		c, err := w.living(q.Customer)
		if err != nil {
			return provider.InvoicePage{}, err
		}
		list := slices.DeleteFunc(slices.Clone(c.invoices), func(s *stored) bool { return !s.shown(q.Filter) })
		bound := []string{"invoices", c.ID, strconv.Itoa(int(q.Filter))}
		from, to, err := w.window(list, q, bound)
		if err != nil {
			return provider.InvoicePage{}, err
		}
		var page provider.InvoicePage
		page.Invoices = slices.Grow(page.Invoices, to-from)
		for _, s := range list[from:to] {
			page.Invoices = append(page.Invoices, cloneInvoice(&s.Invoice))
		}
		if from > 0 {
			page.Prev = w.keys.seal("p"+edge(list, from).String(), bound...)
		}
		if to < len(list) {
			page.Next = w.keys.seal("n"+edge(list, to-1).String(), bound...)
		}
		return page, nil
	})
}

// edge is the place of the invoice that ends a page. On an empty page that end is missing: then it is just beyond the
// neighbour, so that the neighbour is on the page that the cursor leads to.
func edge(list []*stored, i int) place {
	if i < 0 {
		p := list[0].place()
		return place{p.major, p.minor + 1}
	}
	if i >= len(list) {
		p := list[len(list)-1].place()
		return place{p.major, p.minor - 1}
	}
	return list[i].place()
}

// window finds the part of a list, newest first, that a query asks for. A cursor is "n" or "p" and a place: what is
// older than the place, or what is newer and next to it.
func (w *World) window(list []*stored, q provider.InvoiceQuery, bound []string) (from, to int, err error) {
	if q.Cursor == "" {
		return 0, min(q.Limit, len(list)), nil
	}
	text, err := w.keys.unseal(q.Cursor, bound...)
	if err != nil {
		return 0, 0, err
	}
	bad := &provider.Error{Kind: provider.ErrInvalidCursor}
	if text == "" {
		return 0, 0, bad
	}
	at, ok := parsePlace(text[1:])
	if !ok {
		return 0, 0, bad
	}
	newer := 0
	for newer < len(list) && list[newer].place().newer(at) {
		newer++
	}
	if text[0] == 'p' {
		return max(0, newer-q.Limit), newer, nil
	}
	if newer < len(list) && list[newer].place() == at {
		newer++
	}
	return newer, min(newer+q.Limit, len(list)), nil
}

// printer makes documents. The default renderer is made when the first one is asked for.
type printer struct {
	once sync.Once
	r    *pdf.Renderer
}

func (w *World) renderer() *pdf.Renderer {
	if w.opt.Renderer != nil {
		return w.opt.Renderer
	}
	w.printer.once.Do(func() { w.printer.r, _ = pdf.New(pdf.Options{}) }) // default options have nothing to refuse
	return w.printer.r
}

// InvoicePDF prints the invoice, or gives what [World.SetDocument] has set.
func (p *Payments) InvoicePDF(ctx context.Context, customerID, id string) (*provider.Document, error) {
	const op = "InvoicePDF"
	w := p.w
	fault, err := w.begin(ctx, Call{Op: op, Subject: customerID, Object: id})
	if err != nil {
		return nil, err
	}
	w.mu.Lock()
	if err := w.err; err != nil {
		w.mu.Unlock()
		return nil, named(op, err)
	}
	s, _, err := w.find(customerID, id)
	if err != nil {
		w.mu.Unlock()
		return nil, named(op, err)
	}
	inv, set := cloneInvoice(&s.Invoice), s.document
	w.mu.Unlock()

	raw, err := w.document(ctx, &inv, set)
	if err != nil {
		return nil, named(op, err)
	}
	doc := &provider.Document{Size: int64(len(raw)), Body: &body{ctx: ctx, rest: bytes.NewReader(raw)}}
	if fault.Late && fault.Err != nil {
		doc.Body = &body{ctx: ctx, rest: bytes.NewReader(raw[:len(raw)/2]), end: closed(op, fault.Err)}
	}
	if fault.Alter != nil {
		fault.Alter(doc)
	}
	return doc, nil
}

// document gives the bytes of a document, after the checks that a real provider's needs.
func (w *World) document(ctx context.Context, inv *invoice.Invoice, set *[]byte) ([]byte, error) {
	var raw []byte
	if set != nil {
		raw = *set // never changed, only replaced
	} else {
		if inv.Seller.Name == "" {
			inv.Seller = cloneParty(w.opt.Seller)
		}
		var out bytes.Buffer
		_, err := w.renderer().Render(ctx, &out, inv)
		switch {
		case errors.Is(err, pdf.ErrTooLarge):
			return nil, &provider.Error{Kind: provider.ErrTooLarge, Err: err}
		case ctx.Err() != nil:
			return nil, &provider.Error{Kind: provider.ErrTimeout, Err: ctx.Err()}
		case err != nil:
			return nil, &provider.Error{Kind: provider.ErrNoDocument, Err: err}
		}
		raw = out.Bytes()
	}
	switch {
	case len(raw) == 0:
		return nil, &provider.Error{Kind: provider.ErrNoDocument}
	case int64(len(raw)) > w.opt.MaxPDF:
		return nil, &provider.Error{Kind: provider.ErrTooLarge}
	case !bytes.HasPrefix(raw, []byte("%PDF-")):
		return nil, &provider.Error{Kind: provider.ErrNotPDF}
	}
	return raw, nil
}

// body is the stream of a document. It ends with the context, and can be made to break off.
type body struct {
	ctx  context.Context //nolint:containedctx // a stream lives as long as the request that it belongs to
	rest *bytes.Reader
	end  error // nil: io.EOF
	shut bool
}

func (b *body) Read(p []byte) (int, error) {
	if b.shut {
		return 0, io.ErrClosedPipe
	}
	if err := b.ctx.Err(); err != nil {
		return 0, closed("InvoicePDF", err)
	}
	n, err := b.rest.Read(p)
	if errors.Is(err, io.EOF) && b.end != nil {
		return n, b.end
	}
	return n, err
}

func (b *body) Close() error {
	b.shut = true
	return nil
}

// SetDocument replaces the document of an invoice: by nothing, which is provider.ErrNoDocument, or by any bytes, also
// such that are not a PDF.
func (w *World) SetDocument(invoiceID string, document []byte) {
	w.mu.Lock()
	defer w.mu.Unlock()
	s, ok := w.invoices[invoiceID]
	if !ok {
		w.mistake("SetDocument", "no invoice %q", cut(invoiceID))
		return
	}
	document = bytes.Clone(document)
	s.document = &document
}

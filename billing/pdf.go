package billing

import (
	"context"
	"io"

	"github.com/billhatch/billhatch/provider"
)

// MaxPDF bounds the document of an invoice, in bytes.
const MaxPDF = 10 << 20

// PDFPanel is the document of an invoice, or why there is none and what to do (C9).
type PDFPanel struct {
	Status
	Reason   PDFReason
	FileName string // "invoice-<id>.pdf"
	Size     int64  // in bytes; -1: not known
	// Body is the document; nil when there is none. The caller closes it. Reading more than MaxPDF bytes fails with
	// provider.ErrTooLarge.
	Body io.ReadCloser
}

// PDFReason says why there is no document. The set is closed.
type PDFReason string

// The reasons.
const (
	PDFThere    PDFReason = ""          // there is one
	PDFMissing  PDFReason = "missing"   // ask support
	PDFTooLarge PDFReason = "too_large" // use the portal
	PDFTimeout  PDFReason = "timeout"   // use the portal
	PDFDamaged  PDFReason = "damaged"   // ask support
	PDFDegraded PDFReason = "degraded"  // see the state
)

// InvoicePDF gives the document of an invoice. The invoice is read first, so that a document is only ever that of the
// account's own invoice. Taking it is audited.
func (a *Account) InvoicePDF(ctx context.Context, id string) (PDFPanel, error) {
	const op = "InvoicePDF"
	if !invoiceID.MatchString(id) {
		id = ""
	}
	run, err := a.begin(ctx, op, target{what: id})
	if err != nil {
		return PDFPanel{}, err
	}
	panel, err := run.pdf(ctx, id)
	run.end(ctx, err)
	if err == nil {
		return panel, nil
	}
	for _, line := range []struct {
		kind   error
		reason PDFReason
		step   Step
	}{
		{provider.ErrNoDocument, PDFMissing, StepAskSupport},
		{provider.ErrUnsupported, PDFMissing, StepAskSupport},
		{provider.ErrNotPDF, PDFDamaged, StepAskSupport},
		{provider.ErrTooLarge, PDFTooLarge, StepOpenPortal},
		{provider.ErrTimeout, PDFTimeout, StepOpenPortal},
	} {
		if isKind(err, line.kind) {
			panel = PDFPanel{Status: Status{State: Unavailable, Step: line.step}, Reason: line.reason}
			panel.Support = run.service.cfg.Support.ask(TopicInvoice, "Document of invoice "+id)
			return panel, nil
		}
	}
	panel = PDFPanel{Reason: PDFDegraded}
	if panel.Status, err = run.status(ctx, err); err != nil {
		return PDFPanel{}, err
	}
	return panel, nil
}

func (run *act) pdf(ctx context.Context, id string) (PDFPanel, error) {
	inv, err := run.invoice(ctx, id)
	if err != nil {
		return PDFPanel{}, err
	}
	reader, ok := provider.As[provider.PDFReader](run.service.cfg.Payments)
	if !ok {
		return PDFPanel{}, &provider.Error{Op: run.op.Name, Kind: provider.ErrUnsupported}
	}
	doc, err := reader.InvoicePDF(ctx, run.account.Customer, inv.ID)
	if err != nil {
		return PDFPanel{}, err
	}
	if doc.Size > MaxPDF {
		_ = doc.Body.Close()
		return PDFPanel{}, &provider.Error{Op: run.op.Name, Kind: provider.ErrTooLarge}
	}
	return PDFPanel{
		Status: Status{State: Ready}, FileName: "invoice-" + inv.ID + ".pdf", Size: doc.Size,
		Body: &bounded{body: doc.Body, left: MaxPDF},
	}, nil
}

// bounded reads so many bytes and fails on more, so that a cut document never looks whole.
type bounded struct {
	body io.ReadCloser
	left int64
}

func (b *bounded) Read(p []byte) (int, error) {
	if int64(len(p)) > b.left+1 {
		p = p[:b.left+1]
	}
	n, err := b.body.Read(p)
	b.left -= int64(n)
	if b.left < 0 {
		return n - 1, &provider.Error{Op: "InvoicePDF", Kind: provider.ErrTooLarge}
	}
	return n, err
}

func (b *bounded) Close() error { return b.body.Close() }

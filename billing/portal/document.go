package portal

import (
	"net/http"

	"github.com/billhatch/billhatch/billing"
)

// noDocument says why there is no document of an invoice (C9).
type noDocument struct {
	panel billing.PDFPanel
}

func (e *noDocument) Error() string { return "no document: " + string(e.panel.Reason) }

// Unwrap gives the problem's kind.
func (e *noDocument) Unwrap() error {
	switch e.panel.Reason {
	case billing.PDFTooLarge:
		return errPDFTooLarge
	case billing.PDFTimeout:
		return errPDFTimeout
	case billing.PDFDamaged:
		return errPDFDamaged
	case billing.PDFMissing:
		return errPDFMissing
	}
	return errPDFDegraded
}

// sendPDF sends the document of an invoice under its own name (C9), or says why there is none. Asking for the head only
// takes nothing, so that nothing is recorded: it tells whether there is such an invoice.
func (x *exchange) sendPDF(id string) error {
	if x.r.Method == http.MethodHead {
		return x.headPDF(id)
	}
	panel, err := x.account.InvoicePDF(x.r.Context(), id)
	if err != nil {
		return err
	}
	if panel.Body == nil {
		return &noDocument{panel}
	}
	defer panel.Body.Close() //nolint:errcheck // it was only read
	x.attachment("application/pdf", panel.FileName, panel.Size)
	return x.stream(panel.Body)
}

func (x *exchange) headPDF(id string) error {
	panel, err := x.account.Invoice(x.r.Context(), id)
	if err != nil {
		return err
	}
	if !x.account.Can("InvoicePDF") {
		_, err := x.account.InvoicePDF(x.r.Context(), id) // refused before anything is recorded
		return err
	}
	if !panel.Good() {
		return &noDocument{billing.PDFPanel{Status: panel.Status}}
	}
	if !panel.Invoice.HasPDF {
		return errPDFMissing
	}
	x.attachment("application/pdf", "invoice-"+panel.Invoice.ID+".pdf", -1)
	x.head(http.StatusOK)
	return nil
}

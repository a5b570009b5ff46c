package portal

import (
	"net/http"
	"net/url"

	"github.com/billhatch/billhatch/billing"
)

// invoicePDF sends the document of an invoice (C9).
func (x *exchange) invoicePDF() error {
	if _, err := x.query(); err != nil {
		return err
	}
	return x.sendPDF(x.r.PathValue("invoice"))
}

// startReport begins the report of a month (O7), and leads to the file when it is there at once, else to the page that
// tells how far it is.
func (x *exchange) startReport() error {
	form, err := x.form("month", "format")
	if err != nil {
		return err
	}
	month, format := form["month"], billing.Format(form["format"])
	view, err := x.makeReport(month, format)
	if err != nil {
		return err
	}
	route := "report"
	if view.State == reportReady && !x.fragment() { // an element cannot save a file: it shows the link
		route = "report_file"
	}
	to, err := x.portal.pages.link(route, x.client, month)
	if err != nil {
		return err
	}
	return x.redirect(to + "?" + url.Values{"format": {string(format)}}.Encode())
}

// reportPage tells how far the reader's own report of a month is.
func (x *exchange) reportPage() error {
	q, err := x.query("format")
	if err != nil {
		return err
	}
	found, err := x.findReport(x.r.PathValue("month"), formatOf(q["format"]))
	if err != nil {
		return err
	}
	view := ReportView{
		Month: found.Month, Format: found.Format, State: string(found.State), Progress: found.Progress,
		Size: found.Size, Partial: found.Partial,
	}
	if found.State == reportFailed {
		view.Why = x.problemText(x.failureOf(found.Err))
	}
	page := x.page("report", view)
	page.Title = page.T("report.title_month", "month", page.Month(found.Month.Period))
	if found.State == reportRunning {
		page.Refresh = int(reportRefresh.Seconds())
	}
	return x.show(http.StatusOK, page)
}

// reportFile sends the report of a month (O7).
func (x *exchange) reportFile() error {
	q, err := x.query("format")
	if err != nil {
		return err
	}
	return x.sendReport(x.r.PathValue("month"), formatOf(q["format"]))
}

// formatOf is the format that a query names: a workbook where it names none.
func formatOf(text string) billing.Format {
	if text == "" {
		return billing.Workbook
	}
	return billing.Format(text)
}

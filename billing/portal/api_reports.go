package portal

import (
	"net/http"
	"net/url"
	"strconv"

	"github.com/billhatch/billhatch/billing"
	"github.com/billhatch/billhatch/billing/portal/internal/apimodel"
	"github.com/billhatch/billhatch/provider"
)

// apiReportMonths lists the months that can be reported (O7).
func (x *exchange) apiReportMonths() error {
	if _, err := x.query(); err != nil {
		return err
	}
	months, err := x.account.ReportMonths(x.r.Context())
	return respond(x, months, err, func(months []billing.Month) apimodel.ReportMonths {
		return apimodel.ReportMonths{Months: list(months, func(m billing.Month) apimodel.ReportMonth {
			return apimodel.ReportMonth{Month: monthName(m), Period: periodModel(m.Period), Final: m.Final}
		})}
	})
}

// apiStartReport begins the report of a month and tells where to look for it (O7).
func (x *exchange) apiStartReport() error {
	body, err := decode[apimodel.ReportRequest](x)
	if err != nil {
		return err
	}
	format := billing.Workbook
	if body.Format != nil {
		if format, err = reportFormat(string(*body.Format)); err != nil {
			return err
		}
	}
	view, err := x.makeReport(body.Month, format)
	if err != nil {
		return err
	}
	x.w.Header().Set("Location", x.reportPath(view))
	if view.State == reportReady {
		return x.json(http.StatusOK, reportModel(view))
	}
	x.comeAgain()
	return x.json(http.StatusAccepted, reportModel(view))
}

// reportPath is where a report lies, below the account as the caller calls it.
func (x *exchange) reportPath(v reportView) string {
	return x.portal.cfg.BasePath + "/api/accounts/" + url.PathEscape(x.r.PathValue("account")) + "/reports/" + monthName(v.Month) +
		"?" + url.Values{"format": {string(v.Format)}}.Encode()
}

// comeAgain says when to look at a running report again.
func (x *exchange) comeAgain() {
	x.w.Header().Set("Retry-After", strconv.Itoa(int(reportRefresh.Seconds())))
}

// apiReport tells how far the caller's own report of a month is.
func (x *exchange) apiReport() error {
	format, err := x.queryFormat()
	if err != nil {
		return err
	}
	view, err := x.findReport(x.r.PathValue("month"), format)
	if err == nil && view.State == reportRunning {
		x.comeAgain()
	}
	return respond(x, view, err, reportModel)
}

func reportModel(v reportView) apimodel.Report {
	out := apimodel.Report{
		Month: monthName(v.Month), Format: apimodel.ReportFormat(v.Format), Final: v.Month.Final, State: apimodel.ReportState(v.State),
		Progress: apimodel.ReportProgress{Tenants: v.Tenants, TenantsDone: v.TenantsDone, Rows: v.Rows, RowsDone: v.RowsDone},
	}
	switch v.State {
	case reportReady:
		size := int(v.Size)
		out.Bytes, out.Partial = &size, &v.Partial
	case reportFailed:
		problem := apimodel.ProblemType(problemOf(v.Err).Type())
		out.Problem = &problem
	}
	return out
}

// apiReportFile sends the file of a report (O7).
func (x *exchange) apiReportFile() error {
	format, err := x.queryFormat()
	if err != nil {
		return err
	}
	return x.sendReport(x.r.PathValue("month"), format)
}

// queryFormat is the format that the query names: a workbook where it names none.
func (x *exchange) queryFormat() (billing.Format, error) {
	q, err := x.query("format")
	name, sent := q["format"]
	if err != nil || !sent {
		return billing.Workbook, err
	}
	return reportFormat(name)
}

func reportFormat(name string) (billing.Format, error) {
	if !apimodel.ReportFormat(name).Valid() {
		return "", &fieldError{provider.ErrInvalid, "format"}
	}
	return billing.Format(name), nil
}

package portal

import (
	"context"
	"io"
	"mime"
	"net/http"
	"strconv"
	"time"

	"github.com/billhatch/billhatch/billing"
	"github.com/billhatch/billhatch/billing/portal/internal/spool"
	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/report"
)

// reportState says how far a report is.
type reportState string

const (
	reportNone    reportState = "none" // not asked for, or not kept any more
	reportRunning reportState = "running"
	reportReady   reportState = "ready"
	reportFailed  reportState = "failed"
)

// reportView is the caller's own report of a month.
type reportView struct {
	Month  billing.Month
	Format billing.Format
	State  reportState
	report.Progress
	Size    int64 // in bytes, when it is ready
	Partial bool  // when it is ready: tenants that the reader may not see are left out (O12)
	Err     error // why it failed
}

// reportRefresh is how often a running report is looked at again.
const reportRefresh = 2 * time.Second

// reportMonth finds a month in the list of those that can be reported; that the list may be read is the permission. Any
// other month fails the way in which its report would.
func (x *exchange) reportMonth(name string, format billing.Format) (billing.Month, error) {
	months, err := x.account.ReportMonths(x.r.Context())
	if err != nil {
		return billing.Month{}, err
	}
	for _, m := range months {
		if monthName(m) == name && knownFormat(format) {
			return m, nil
		}
	}
	if _, err = x.account.Report(x.r.Context(), billing.ReportQuery{Month: name, Format: format}); err == nil { // guard: the two agree
		err = billing.ErrNotFound
	}
	return billing.Month{}, err
}

// monthName is a month as it stands in paths and forms, such as "2026-10".
func monthName(m billing.Month) string { return m.Period.From().String()[:len("2026-10")] }

func knownFormat(f billing.Format) bool {
	return f == billing.Workbook || f == billing.CSV || f == billing.JSONLines
}

// reportKey names a report: it belongs to whoever asked for it. What was made while the month was running is not the
// report of the month when it is over.
func (x *exchange) reportKey(month billing.Month, format billing.Format) spool.Key {
	name := monthName(month)
	if !month.Final {
		name += "-to-date"
	}
	return spool.Key{Owner: x.principal.ID, Account: x.account.ID(), Name: name + "." + string(format)}
}

// makeReport begins the report of a month, unless it is being made or still kept, and waits for it a little. What can be
// refused at once is refused here.
func (x *exchange) makeReport(name string, format billing.Format) (reportView, error) {
	month, err := x.reportMonth(name, format)
	if err != nil {
		return reportView{}, err
	}
	key, account := x.reportKey(month, format), x.account
	job, _, err := x.portal.spool.Start(x.r.Context(), key,
		func(ctx context.Context, w io.Writer, progress func(spool.Counts)) (any, error) {
			plan, err := account.Report(ctx, billing.ReportQuery{Month: name, Format: format, Progress: func(p report.Progress) {
				progress(spool.Counts{Done: p.TenantsDone, Total: p.Tenants, RowsDone: p.RowsDone, Rows: p.Rows})
			}})
			if err != nil {
				return nil, err
			}
			_, err = plan.WriteTo(ctx, w)
			return plan, err
		})
	if err != nil {
		return reportView{}, err
	}
	x.await(job)
	view := viewOf(job, month, format)
	if view.State == reportFailed {
		x.portal.spool.Drop(key)
		return view, view.Err
	}
	return view, nil
}

// await waits for a report until it is there, the patience of a page is over, or whoever asked is gone.
func (x *exchange) await(job *spool.Job) {
	if x.portal.cfg.Reports.Wait < 0 {
		return
	}
	patience := time.NewTimer(x.portal.cfg.Reports.Wait)
	defer patience.Stop()
	select {
	case <-job.Done():
	case <-patience.C:
	case <-x.r.Context().Done():
	}
}

// findReport tells how far the caller's report of a month is.
func (x *exchange) findReport(name string, format billing.Format) (reportView, error) {
	month, err := x.reportMonth(name, format)
	if err != nil {
		return reportView{}, err
	}
	job, ok := x.portal.spool.Find(x.reportKey(month, format))
	if !ok {
		return reportView{Month: month, Format: format, State: reportNone}, nil
	}
	return viewOf(job, month, format), nil
}

func viewOf(job *spool.Job, month billing.Month, format billing.Format) reportView {
	s := job.Snapshot()
	view := reportView{Month: month, Format: format, State: reportRunning, Size: s.Size, Err: s.Err}
	if plan, ok := s.Result.(*billing.ReportPlan); ok {
		view.Partial = plan.Partial
	}
	view.Progress = report.Progress{Tenants: s.Counts.Total, TenantsDone: s.Counts.Done, Rows: s.Counts.Rows, RowsDone: s.Counts.RowsDone}
	switch s.State {
	case spool.Ready:
		view.State = reportReady
	case spool.Failed:
		view.State = reportFailed
	}
	return view
}

// sendReport sends the file of a report: the one that is kept, after its reader was checked once more, or else a new one
// as it is written. Asking for the head only takes nothing, so that nothing is recorded.
func (x *exchange) sendReport(name string, format billing.Format) error {
	month, err := x.reportMonth(name, format)
	if err != nil {
		return err
	}
	if x.r.Method == http.MethodHead {
		x.attachment(reportMedia(format), "", -1)
		x.head(http.StatusOK)
		return nil
	}
	key := x.reportKey(month, format)
	if job, ok := x.portal.spool.Find(key); ok {
		if plan, ok := job.Snapshot().Result.(*billing.ReportPlan); ok {
			return x.sendKept(key, job, plan)
		}
	}
	plan, err := x.account.Report(x.r.Context(), billing.ReportQuery{Month: name, Format: format})
	if err != nil {
		return err
	}
	x.attachment(plan.MediaType, plan.FileName, -1)
	x.head(http.StatusOK)
	if _, err := plan.WriteTo(x.r.Context(), x.w); err != nil {
		panic(http.ErrAbortHandler) // a part of a report must not look like a whole one
	}
	return nil
}

// sendKept sends a file that was made before. One that its reader may not have any more is forgotten.
func (x *exchange) sendKept(key spool.Key, job *spool.Job, plan *billing.ReportPlan) error {
	if err := x.account.CollectReport(x.r.Context(), plan); err != nil {
		if billing.Kind(err) == provider.ErrConflict { //nolint:errorlint // the sentinel itself
			x.portal.spool.Drop(key)
		}
		return err
	}
	body, size, err := job.Open()
	if err != nil {
		return err
	}
	defer body.Close() //nolint:errcheck // it was only read
	x.attachment(plan.MediaType, plan.FileName, size)
	return x.stream(body)
}

// reportMedia is the media type of a format before there is a report.
func reportMedia(f billing.Format) string {
	switch f {
	case billing.CSV:
		return "text/csv; charset=utf-8"
	case billing.JSONLines:
		return "application/x-ndjson"
	}
	return "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
}

// attachment sets the headers of a file that is saved and never shown in place.
func (x *exchange) attachment(media, name string, size int64) {
	h := x.w.Header()
	h.Set("Content-Type", media)
	h.Set("Content-Security-Policy", "sandbox; default-src 'none'")
	h.Set("X-Frame-Options", "DENY")
	if size >= 0 {
		h.Set("Content-Length", strconv.FormatInt(size, 10))
	}
	params := map[string]string{}
	if name != "" {
		params["filename"] = name
	}
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", params))
}

// stream sends a body whose headers are set. When it cannot be sent to its end the connection is cut, so that a part
// never looks like the whole.
func (x *exchange) stream(body io.Reader) error {
	x.head(http.StatusOK)
	if _, err := io.Copy(x.w, body); err != nil {
		panic(http.ErrAbortHandler)
	}
	return nil
}

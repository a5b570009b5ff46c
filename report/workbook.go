package report

import (
	"cmp"
	"context"
	"io"
	"strconv"
	"strings"

	"github.com/billhatch/billhatch/report/xlsx"
	"github.com/billhatch/billhatch/usage"
	"github.com/billhatch/billhatch/usage/civil"
)

// Ranks of the tabs: the summary is written last and stands first.
const (
	rankSummary  = -2
	rankProjects = -1
)

// book is a workbook in the making.
type book struct {
	*view
	ctx   context.Context //nolint:containedctx // the workbook lives as long as one call of Workbook
	x     *xlsx.Writer
	names xlsx.Namer

	summary  string // names of tabs
	projects string
	tabs     [][]string // of each tenant: its tab and those it goes on in
	count    int
}

// Workbook writes the report as an .xlsx file: a summary, a tab for the projects if there are any, and a tab for each
// tenant that the reader may see (O7, O12). Errors: [ErrNoRows], [ErrStatement], [ErrOptions], those of the context and
// of the writer; after an error the file cannot be opened.
func Workbook(ctx context.Context, w io.Writer, st *usage.Statement, opt Options) (Result, error) {
	v, err := newView(st, &opt)
	if err != nil {
		return Result{}, err
	}
	if opt.rowsPerTab <= 0 || opt.rowsPerTab > xlsx.MaxRows {
		opt.rowsPerTab = xlsx.MaxRows
	}
	x, err := xlsx.NewWriter(ctx, w, xlsx.Options{
		Workers: opt.Workers, Level: opt.Level,
		Properties: xlsx.Properties{Title: v.say(wordTitle) + " " + st.Account.ID + " " + st.Period.String()},
	})
	if err != nil {
		return Result{}, &Error{Kind: ErrOptions, Err: err}
	}
	defer x.Abort()
	b := &book{view: v, ctx: ctx, x: x}
	b.nameTabs()
	if err := b.write(); err != nil {
		return Result{}, err
	}
	if err := x.Close(); err != nil {
		return Result{}, wrap(err)
	}
	result := v.result()
	counts := x.Counts()
	result.Tabs, result.CutTexts, result.LongNumbers = b.count, counts.CutTexts, counts.LongNumbers
	return result, nil
}

// nameTabs chooses all names at once, so that further tabs of one tenant never take the name of another.
func (b *book) nameTabs() {
	b.names.Fallback = b.say(wordTenant)
	b.summary = b.names.Name(b.say(wordSummary))
	if len(b.st.Projects) > 0 {
		b.projects = b.names.Name(b.say(wordProjects))
	}
	b.tabs = make([][]string, len(b.tenants))
	for i, t := range b.tenants {
		b.tabs[i] = []string{b.names.Name(tenantName(t))}
	}
}

func tenantName(t *usage.TenantStatement) string { return cmp.Or(t.Name, t.ID) }

func (b *book) write() error {
	for i := range b.tenants {
		if err := b.tenant(i); err != nil {
			return err
		}
		b.tenantDone()
	}
	if len(b.st.Projects) > 0 {
		if err := b.projectsTab(); err != nil {
			return err
		}
	}
	if err := b.ctx.Err(); err != nil {
		return wrap(err)
	}
	return b.summaryTab()
}

func (b *book) sheet(name string, opt xlsx.SheetOptions) (*xlsx.Sheet, error) {
	s, err := b.x.Sheet(name, opt)
	if err != nil {
		return nil, wrap(err)
	}
	b.count++
	return s, nil
}

// end ends a row.
func end(r *xlsx.Row) error {
	if err := r.End(); err != nil {
		return wrap(err)
	}
	return nil
}

// line writes texts side by side.
func line(s *xlsx.Sheet, style xlsx.Style, texts ...string) error {
	r := s.Row()
	r.Style(style)
	for _, text := range texts {
		r.Text(text)
	}
	return end(r)
}

// blanks leaves cells empty.
func blanks(r *xlsx.Row, n int) {
	for range n {
		r.Blank()
	}
}

func closeSheet(s *xlsx.Sheet) error {
	if err := s.Close(); err != nil {
		return wrap(err)
	}
	return nil
}

// spanText names the first and the last day.
func (b *book) spanText(s civil.Span) string {
	return b.say(wordThrough, "{from}", s.From.String(), "{to}", last(s).String())
}

// billable says when a tenant was billable, unless that is all that has been counted.
func (b *book) billable(t *usage.TenantStatement) string {
	counted := b.st.Period.Span()
	if b.st.Finality == usage.ToDate {
		counted.To = b.st.AsOf
	}
	if counted.From == counted.To || len(t.Billable) == 1 && t.Billable[0] == counted {
		return ""
	}
	if len(t.Billable) == 0 {
		return b.say(wordNever)
	}
	spans := make([]string, len(t.Billable))
	for i, s := range t.Billable {
		spans[i] = b.spanText(s)
	}
	return b.say(wordBillable, "{spans}", strings.Join(spans, ", "))
}

// periodText names the period, and its length.
func (b *book) periodText() string {
	p := b.st.Period
	return b.say(wordSpan, "{from}", p.From().String(), "{to}", last(p.Span()).String(), "{days}", strconv.Itoa(p.Days()))
}

func (b *book) statusStyle() xlsx.Style {
	if b.st.Finality == usage.Final {
		return xlsx.Note
	}
	return xlsx.Alert
}

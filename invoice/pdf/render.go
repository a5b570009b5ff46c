package pdf

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/billhatch/billhatch/invoice"
	"github.com/billhatch/billhatch/money"
)

// Bounds of one document.
const (
	MaxPages = 500
	MaxLines = 10_000 // lines of the invoice
	MaxTaxes = 100
	MaxText  = 4 << 20 // bytes of all texts of the invoice
)

// Renderer prints invoices. It holds the parsed faces and the logo and is safe for concurrent use.
type Renderer struct {
	width, height float64
	locale        string
	labels        Labels
	accentColor   rgb
	logo          *logo
	chain         *chain
	engine        func(document) canvas
}

// Result says what was printed.
type Result struct {
	Pages    int
	Warnings []Warning // in the order of their first appearance, at most MaxWarnings
	More     int       // signs that are not among the warnings because there were too many kinds
}

// New checks the options and parses the faces, which takes some milliseconds; make one Renderer and keep it.
// Errors: [ErrOptions], [ErrFace], [ErrLogo].
func New(o Options) (*Renderer, error) {
	r := &Renderer{engine: newEngine}
	var ok bool
	if r.width, r.height, ok = o.Page.points(); !ok {
		return nil, optionError("page size %d is not known", o.Page)
	}
	var err error
	if r.locale, err = o.language(); err != nil {
		return nil, err
	}
	if r.labels, err = o.Labels.filled(); err != nil {
		return nil, err
	}
	if r.accentColor, err = o.accent(); err != nil {
		return nil, err
	}
	if len(o.Logo) > 0 {
		if r.logo, err = newLogo(o.Logo); err != nil {
			return nil, err
		}
	}
	c, err := o.chain()
	if err != nil {
		return nil, err
	}
	r.chain = &c
	return r, nil
}

// Render prints an invoice as a PDF. The same invoice gives the same bytes. Nothing is written to w unless the whole
// document could be made, then it is written at once.
//
// The texts of the invoice may hold anything: what cannot be drawn is replaced visibly and reported in
// [Result.Warnings]. Errors: [ErrInvoice] when an amount is missing, in another currency or does not add up,
// [ErrTooLarge], [ErrEngine], [ErrWrite] with what w returned, and the error of ctx.
func (r *Renderer) Render(ctx context.Context, w io.Writer, inv *invoice.Invoice) (Result, error) {
	if err := ctx.Err(); err != nil {
		return Result{}, err
	}
	b := r.builder(ctx, inv)
	if err := b.check(); err != nil {
		return Result{}, err
	}
	if err := b.layout(); err != nil {
		return Result{}, err
	}
	var out bytes.Buffer
	if err := b.draw(&out); err != nil {
		return Result{}, err
	}
	if err := ctx.Err(); err != nil {
		return Result{}, err
	}
	result := Result{Pages: len(b.pages), Warnings: b.notes.list, More: b.notes.more}
	size := out.Len()
	if n, err := out.WriteTo(w); err != nil {
		return Result{}, &Error{Kind: ErrWrite, Detail: fmt.Sprintf("%d of %d bytes written", n, size), Err: err}
	}
	return result, nil
}

func (r *Renderer) builder(ctx context.Context, inv *invoice.Invoice) *builder {
	return &builder{
		Renderer: r, ctx: ctx, inv: inv, used: map[fontKey]*signSet{},
		left: margin, right: r.width - margin, bottom: r.height - footerRoom,
	}
}

// layout makes the pages.
func (b *builder) layout() error {
	b.mark = b.clean(b.statusMark())
	b.rows = make([]row, len(b.inv.Lines))
	for i := range b.inv.Lines {
		b.rows[i] = b.newRow(&b.inv.Lines[i])
	}
	b.page()
	if b.failed != nil {
		return b.failed
	}
	if b.header(); b.y > b.bottom-110 {
		return &Error{Kind: ErrTooLarge, Detail: "names and addresses leave no room for the table on the first page"}
	}
	if err := b.table(); err != nil {
		return err
	}
	if b.totals(); b.failed != nil {
		return b.failed
	}
	if b.note(); b.failed != nil {
		return b.failed
	}
	b.footers()
	return nil
}

// statusMark is what is printed on an invoice that is not simply open.
func (b *builder) statusMark() string {
	switch b.inv.Status {
	case invoice.Open:
		return ""
	case invoice.Draft:
		return b.labels.Draft
	case invoice.Paid:
		return b.labels.Paid
	case invoice.Void:
		return b.labels.Void
	case invoice.Uncollectible:
		return b.labels.Uncollectible
	}
	return b.labels.Unknown
}

// draw hands the pages to the engine. Whatever goes wrong in the library, a panic included, becomes an ErrEngine.
func (b *builder) draw(out *bytes.Buffer) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = &Error{Kind: ErrEngine, Detail: fmt.Sprintf("panic of type %T", cause)}
		}
	}()
	d := document{
		width: b.width, height: b.height, language: b.locale, created: b.created(), logo: b.logo,
		title: b.clean(b.labels.Title + " " + b.inv.Number), author: b.clean(b.inv.Seller.Name),
		fonts: make(map[fontKey][]byte, len(b.used)),
	}
	for key, set := range b.used {
		if d.fonts[key], err = b.chain.font(key).subset(set.list()); err != nil {
			return err
		}
	}
	c := b.engine(d)
	replay(c, b.pages)
	if err := c.finish(out); err != nil {
		return &Error{Kind: ErrEngine, Err: err}
	}
	return nil
}

// created is the fixed date of the document: the day of issue, for a draft the end of its period.
func (b *builder) created() time.Time {
	day := b.inv.Issued
	if day.IsZero() {
		day = b.inv.Period.To()
	}
	if day.IsZero() {
		return time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	year, month, dayOfMonth := day.Date()
	return time.Date(year, month, dayOfMonth, 0, 0, 0, 0, time.UTC)
}

func itoa(n int) string { return strconv.Itoa(n) }

// add is the sum of two amounts of the invoice.
func (b *builder) add(x, y money.Amount, what string) (money.Amount, error) {
	sum, err := x.Add(y)
	if err != nil {
		return sum, &Error{Kind: ErrInvoice, Detail: what, Err: err}
	}
	return sum, nil
}

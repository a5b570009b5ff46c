package xlsx

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
)

// Writer writes one workbook.
type Writer struct {
	e       *engine
	options Options
	styles  *styles
	texts   shared
	names   Namer // for its record of names in use
	tabs    []*tab
	targets map[string]bool // tabs that links lead to
	counts  Counts
	sheet   *Sheet // the open one
	closed  bool
	result  error // of Close
}

// Counts tells what became of values that a spreadsheet cannot hold as they were.
type Counts struct {
	CutTexts    int // texts above MaxText, cut
	LongNumbers int // numbers of more than 15 digits, written as text
}

// tab is what remains of a sheet when it is written.
type tab struct {
	name     string
	rank     int
	number   int // of the part, from 1
	header   int // row of the header; 0 is none
	tableEnd int
	columns  int
	filter   bool
}

// NewWriter begins a workbook that goes to out as it grows, in pieces of some 64 KB and more.
func NewWriter(ctx context.Context, out io.Writer, options Options) (*Writer, error) {
	return newWriter(ctx, out, options, zipMaxSize)
}

func newWriter(ctx context.Context, out io.Writer, options Options, maxSize int64) (*Writer, error) {
	if err := options.validate(); err != nil {
		return nil, err
	}
	w := &Writer{
		e:       newEngine(ctx, out, options, maxSize),
		options: options,
		styles:  newStyles(),
		targets: map[string]bool{},
	}
	w.texts.e = w.e
	w.writePart("_rels/.rels", appendRootRels)
	w.writePart("docProps/core.xml", options.Properties.appendCore)
	return w, nil
}

// Sheet begins a tab. The one before must be closed. The name must be valid and new; [Namer.Name] gives such
// names.
func (w *Writer) Sheet(name string, options SheetOptions) (*Sheet, error) {
	if err := w.ready(); err != nil {
		return nil, err
	}
	if err := options.validate(); err != nil {
		w.e.fail(err)
		return nil, err
	}
	if err := w.names.claim(name); err != nil {
		w.e.fail(err)
		return nil, err
	}
	t := &tab{
		name: name, rank: options.Rank, number: len(w.tabs) + 1,
		columns: len(options.Columns), filter: options.Filter,
	}
	c, err := w.e.next(&part{name: sheetPath(t.number)}, true)
	if err != nil {
		return nil, err
	}
	w.tabs = append(w.tabs, t)
	s := &Sheet{w: w, tab: t, options: options, c: c}
	s.options.Columns = slices.Clone(options.Columns)
	s.row.s = s
	c.raw = s.appendHead(c.raw)
	w.sheet = s
	return s, nil
}

// Counts tells what has been cut or turned into text so far.
func (w *Writer) Counts() Counts { return w.counts }

// Close completes the workbook and waits until all is written. It fails, and leaves a file that cannot be
// opened, after any error, with a sheet still open, without any sheet, or when a link leads to no tab.
// Further calls return the same.
func (w *Writer) Close() error {
	if w.closed {
		return w.result
	}
	if err := w.ready(); err != nil {
		w.e.fail(err)
	} else if err := w.closeParts(); err != nil {
		w.e.fail(err)
	}
	w.closed = true
	w.result = w.e.finish()
	return w.result
}

// Abort gives the workbook up, if it is not closed yet, and waits for what is under way: the file stays one
// that cannot be opened. It is meant for defer.
func (w *Writer) Abort() {
	if w.closed {
		return
	}
	w.e.fail(fmt.Errorf("xlsx: %w", ErrAborted))
	_ = w.Close()
}

// ready tells why nothing new can begin.
func (w *Writer) ready() error {
	switch {
	case w.closed && w.result != nil:
		return w.result
	case w.closed:
		return errorf(ErrState, "the workbook is closed")
	}
	if err := w.e.failed(); err != nil {
		return err
	}
	if w.sheet != nil {
		err := errorf(ErrState, "sheet %d is still open", w.sheet.tab.number)
		w.e.fail(err)
		return err
	}
	return nil
}

// closeParts writes what can be known only at the end.
func (w *Writer) closeParts() error {
	if len(w.tabs) == 0 {
		return errorf(ErrState, "a workbook needs a sheet")
	}
	for _, t := range w.tabs {
		delete(w.targets, t.name)
	}
	if n := len(w.targets); n > 0 {
		return errorf(ErrName, "%d tabs that links lead to do not exist", n)
	}
	slices.SortStableFunc(w.tabs, func(a, b *tab) int { return cmp.Compare(a.rank, b.rank) })
	if err := w.texts.close(); err != nil {
		return err
	}
	w.writePart("xl/styles.xml", w.styles.appendXML)
	w.writePart("xl/workbook.xml", w.appendWorkbook)
	w.writePart("xl/_rels/workbook.xml.rels", w.appendWorkbookRels)
	w.writePart("docProps/app.xml", w.options.Properties.appendApp)
	w.writePart("[Content_Types].xml", w.appendContentTypes)
	return nil
}

// writePart writes a small part. An error stays with the engine.
func (w *Writer) writePart(name string, content func([]byte) []byte) {
	c, err := w.e.next(&part{name: name}, true)
	if err != nil {
		return
	}
	c.raw = content(c.raw)
	w.e.submit(c, true)
}

// appendColumn appends the letters of a column, from 0: A, B, … Z, AA.
func appendColumn(b []byte, column int) []byte {
	if column >= 26 {
		b = appendColumn(b, column/26-1)
	}
	return append(b, byte('A'+column%26))
}

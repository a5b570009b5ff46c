// Package xlsx writes a workbook of many tabs as a stream: rows go in, bytes of an .xlsx file come
// out at once, and neither the rows nor the file are ever held in memory. It can only write, and it
// knows one layout: a table of text, exact numbers and civil dates under a frozen header, with totals,
// ready to be filtered and printed. For charts, images or merged cells take the rows and use another
// library.
//
// A workbook is written sheet by sheet, a sheet row by row, a row cell by cell. Which tab stands where
// is free: [SheetOptions.Rank] puts a summary that is written last before all others. Tab names must be
// valid and unique; a [Namer] makes them so from any customer's name.
//
//	w, err := xlsx.NewWriter(ctx, file, xlsx.Options{})
//	if err != nil { ... }
//	defer w.Abort() // does nothing after Close
//	s, err := w.Sheet("Acme", xlsx.SheetOptions{Columns: columns, Freeze: 1, Filter: true})
//	if err != nil { ... }
//	if err := s.Header(); err != nil { ... }
//	for user := range users {
//		r := s.Row()
//		r.Text(user.Name)
//		r.Number(user.Cents, 2)
//		if err := r.End(); err != nil { ... }
//	}
//	if err := s.Close(); err != nil { ... }
//	return w.Close()
//
// The same calls give the same bytes, whatever the number of workers: nothing in the file depends on
// the time, on chance or on scheduling.
//
// # Units
//
// Numbers are exact decimals: an integer and the count of its digits after the point, so Number(1250, 2)
// is 12.50, or decimal text. They stand in the file as decimal text, never as a binary fraction, and are
// shown with as many decimals as they were given. A spreadsheet itself keeps 15 significant digits; a
// number that needs more is written as right-aligned text and counted in [Counts.LongNumbers].
// Dates are civil days without a time zone. Rows count from 1, as on the screen. Widths are characters.
// Lengths of tab names and of texts are UTF-16 units, as in the file format.
//
// Text is always text: nothing in a text becomes a formula, and one that looks like a formula is marked
// so that editing the cell does not make it one. Control characters other than tab and line breaks, and
// bytes that are not UTF-8, appear as U+FFFD. Text above [MaxText] is cut, ends in " […]" and is counted
// in [Counts.CutTexts].
//
// # Errors
//
// The first error ends the workbook: every later call returns it, Close returns it, and the directory
// without which no program opens the file is never written. What has been written until then is worth
// nothing; discard it, and over HTTP break the connection off instead of ending the response well.
// Errors match [ErrName], [ErrValue], [ErrLimit], [ErrState] or [ErrAborted] with errors.Is, or the
// error of the context or of the io.Writer; a [CellError] says where the cell is. Messages never quote
// text of cells or tabs.
//
// # Concurrency
//
// A Writer, its sheets and their rows belong to one goroutine at a time. Inside, [Options.Workers]
// goroutines compress and one writes; they end when Close or Abort returns, so one of the two must be
// called. When the io.Writer is slow, row.End waits. Cancelling the context ends the workbook at the next row
// or chunk; a call of io.Writer.Write that is under way is not interrupted, and Close and Abort wait for it.
package xlsx

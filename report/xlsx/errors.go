package xlsx

import (
	"errors"
	"fmt"
)

// Kinds of errors. Errors of the context and of the io.Writer keep their own identity.
var (
	// ErrName: a tab name that is not valid, or that another tab has under case folding.
	ErrName = errors.New("invalid or taken tab name")
	// ErrValue: a number, date or option that cannot be written.
	ErrValue = errors.New("invalid value")
	// ErrLimit: more rows, columns or bytes than the format holds.
	ErrLimit = errors.New("limit of the file format exceeded")
	// ErrState: a call out of order, such as a row begun before the last one has ended.
	ErrState = errors.New("call out of order")
	// ErrAborted: the workbook was given up with Abort.
	ErrAborted = errors.New("workbook aborted")
)

// CellError says which cell an error belongs to. The message names the sheet by its number, because the
// name of a tab is a customer's name.
type CellError struct {
	Sheet int    // number of the sheet in order of creation, from 1
	Tab   string // name of the tab
	Cell  string // such as "H12"
	Err   error
}

// Error names the sheet by number and the cell, then the cause.
func (e *CellError) Error() string {
	return fmt.Sprintf("xlsx: sheet %d, cell %s: %v", e.Sheet, e.Cell, e.Err)
}

// Unwrap gives the cause.
func (e *CellError) Unwrap() error { return e.Err }

// errorf makes an error of the given kind.
func errorf(kind error, format string, args ...any) error {
	return fmt.Errorf("xlsx: %w: %s", kind, fmt.Sprintf(format, args...))
}

// clip cuts text from outside for a message.
func clip(s string) string {
	const most = 40
	n := 0
	for i := range s {
		if n == most {
			return s[:i] + "…"
		}
		n++
	}
	return s
}

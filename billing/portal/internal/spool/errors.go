package spool

import "errors"

// The kinds of errors, for errors.Is.
var (
	ErrOptions  = errors.New("invalid options")            // New
	ErrBusy     = errors.New("too many reports at a time") // Start: come again
	ErrClosed   = errors.New("closed")                     // Start after Close, and a job that Close has ended
	ErrNotReady = errors.New("not ready yet")              // Open
	ErrGone     = errors.New("not kept any more")          // Open, and a job that Drop has ended
	ErrTooLarge = errors.New("file too large")             // a job whose file would be longer than MaxBytes
	ErrNoRoom   = errors.New("no room for more files")     // a job with which all files would be longer than MaxTotal
	ErrTimeout  = errors.New("took too long")              // a job, for MaxTime; Close, for its context
	ErrStorage  = errors.New("storage failed")             // New, and a job
	ErrPanic    = errors.New("panic")                      // a job; errors.As finds a *PanicError
)

// Error is an error of this package. Its text is the kind alone, which tells nothing of files.
type Error struct {
	Kind error // a sentinel of this package
	Err  error // the cause: found by errors.As, never printed; may be nil
}

func (e *Error) Error() string { return "spool: " + e.Kind.Error() }

// Unwrap gives the kind and the cause.
func (e *Error) Unwrap() []error {
	if e.Err == nil {
		return []error{e.Kind}
	}
	return []error{e.Kind, e.Err}
}

// PanicError is the cause of a job that has panicked, for a log that may hold such things.
type PanicError struct {
	Value any
	Stack []byte
}

func (e *PanicError) Error() string { return ErrPanic.Error() }

package spool

import (
	"context"
	"io"
	"sync"
	"time"
)

// State is how far a job is.
type State int

// The states.
const (
	Running State = iota
	Ready         // the file can be opened
	Failed
)

// Counts is the progress of a job.
type Counts struct {
	Done, Total    int // tenants
	RowsDone, Rows int
}

// Job is a report that is being written or has been.
type Job struct {
	spool *Spool
	key   Key
	end   context.CancelCauseFunc // ends the work; may be called again
	done  chan struct{}

	// With the lock of the spool.
	state             State
	counts            Counts
	started, finished time.Time
	result            any
	err               error // why it has failed
	fault             error // what writing to the file has met; makes it fail
	file              *file // nil before it is made and when it is gone
	size              int64 // of the file
	readers           int
	dropped           bool // it is in the table no more
}

// Snapshot is a job at one moment.
type Snapshot struct {
	State    State
	Counts   Counts    // as told last
	Started  time.Time // by the spool's clock
	Finished time.Time // zero while it is running
	Size     int64     // bytes so far, or of the file; 0 when it has failed
	Result   any       // of the job's function; nil unless it is ready
	Err      error     // why it has failed: an *Error, or what the job's function has returned
}

// Snapshot tells how far the job is.
func (j *Job) Snapshot() Snapshot {
	j.spool.mu.Lock()
	defer j.spool.unlock()
	return Snapshot{
		State: j.state, Counts: j.counts, Started: j.started, Finished: j.finished,
		Size: j.size, Result: j.result, Err: j.err,
	}
}

// Done is closed when the job is not running any more.
func (j *Job) Done() <-chan struct{} { return j.done }

// Open gives the file from its beginning, and its size in bytes. The caller closes it; as long as it does not, the file
// is there. Readers are independent of each other. The errors are ErrNotReady, ErrGone, and why the job has failed.
func (j *Job) Open() (io.ReadSeekCloser, int64, error) {
	s := j.spool
	now := s.opts.Clock()
	s.mu.Lock()
	defer s.unlock()
	s.expire(now)
	switch {
	case j.state == Running:
		return nil, 0, &Error{Kind: ErrNotReady}
	case j.state == Failed:
		return nil, 0, j.err
	case j.dropped:
		return nil, 0, &Error{Kind: ErrGone}
	}
	j.readers++
	return &reader{SectionReader: io.NewSectionReader(j.file, 0, j.size), job: j}, j.size, nil
}

// reader reads the file of a job.
type reader struct {
	*io.SectionReader
	job  *Job
	once sync.Once
}

// Close lets the file go.
func (r *reader) Close() error {
	r.once.Do(func() {
		s := r.job.spool
		s.mu.Lock()
		defer s.unlock()
		r.job.readers--
		s.release(r.job)
	})
	return nil
}

package spool

import (
	"context"
	"runtime/debug"
)

// run does the work of a job and keeps its outcome, whatever it is.
func (s *Spool) run(ctx context.Context, job *Job, write Write) {
	var result any
	err := error(&Error{Kind: ErrPanic}) // when write ends its goroutine
	defer func() {
		if value := recover(); value != nil {
			err = &Error{Kind: ErrPanic, Err: &PanicError{Value: value, Stack: debug.Stack()}}
		}
		s.finish(ctx, job, result, err)
	}()
	result, err = s.work(ctx, job, write)
}

func (s *Spool) work(ctx context.Context, job *Job, write Write) (any, error) {
	f, err := newFile(s.opts.Dir, s.remove)
	if err != nil {
		return nil, &Error{Kind: ErrStorage, Err: err}
	}
	s.mu.Lock()
	job.file = f
	s.unlock()
	result, err := write(ctx, &sink{ctx: ctx, job: job, file: f}, job.progress)
	if err != nil && ctx.Err() != nil {
		return nil, context.Cause(ctx) // one of ours
	}
	return result, err
}

// progress keeps what the work tells of itself.
func (j *Job) progress(c Counts) {
	j.spool.mu.Lock()
	defer j.spool.unlock()
	if j.state == Running {
		j.counts = c
	}
}

// finish keeps the outcome of a job and then gives its place back: who waits for a job, or for all of them, finds no file
// that is not wanted.
func (s *Spool) finish(ctx context.Context, job *Job, result any, err error) {
	s.settle(ctx, job, result, err)
	s.mu.Lock()
	defer s.unlock()
	if s.owners[job.key.Owner]--; s.owners[job.key.Owner] == 0 {
		delete(s.owners, job.key.Owner)
	}
	if s.running--; s.running == 0 && s.closed {
		close(s.idle)
	}
	job.end(nil)
	close(job.done)
}

// settle keeps the outcome of a job. A file to which something could not be written is no file, whatever the work says of
// it; nor is that of a job that was dropped.
func (s *Spool) settle(ctx context.Context, job *Job, result any, err error) {
	now := s.opts.Clock()
	s.mu.Lock()
	defer s.unlock()
	switch {
	case job.fault != nil:
		err = job.fault
	case job.dropped:
		err = context.Cause(ctx)
	}
	job.finished = now
	if job.state, job.result = Ready, result; err != nil {
		job.state, job.result, job.err = Failed, nil, err
		s.release(job)
		job.size = 0
	}
}

// sink is what a job writes to.
type sink struct {
	ctx  context.Context
	job  *Job
	file *file
}

// Write writes to the file as long as the job may. After the first error nothing is written any more.
func (w *sink) Write(p []byte) (int, error) {
	if err := w.job.take(w.ctx, int64(len(p))); err != nil {
		return 0, err
	}
	n, err := w.file.Write(p)
	if err != nil {
		err = w.job.spoil(&Error{Kind: ErrStorage, Err: err})
	}
	return n, err
}

// take counts the bytes that are to be written, if they may be.
func (j *Job) take(ctx context.Context, n int64) error {
	s := j.spool
	s.mu.Lock()
	defer s.unlock()
	switch {
	case j.fault != nil:
	case j.state != Running:
		return &Error{Kind: ErrGone}
	case ctx.Err() != nil:
		j.fault = context.Cause(ctx)
	case n > s.opts.MaxBytes-j.size:
		j.fault = &Error{Kind: ErrTooLarge}
	case !s.makeRoom(j, n):
		j.fault = &Error{Kind: ErrNoRoom}
	default:
		j.size += n
		s.bytes += n
	}
	return j.fault
}

// spoil makes the job fail, for the first reason that there was.
func (j *Job) spoil(err error) error {
	j.spool.mu.Lock()
	defer j.spool.unlock()
	if j.fault == nil {
		j.fault = err
	}
	return j.fault
}

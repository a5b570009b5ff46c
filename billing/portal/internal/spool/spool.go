package spool

import (
	"context"
	"io"
	"os"
	"sync"
)

// maxJobs bounds the jobs that are remembered, and so the files that are open.
const maxJobs = 128

// Key names a job of one owner. No other owner's key finds it.
type Key struct {
	Owner   string // id of a principal
	Account string // id of an account
	Name    string // such as "2026-10.xlsx"
}

// Write does the work of a job. It writes in large pieces, tells its progress now and then, stops when ctx ends, and uses
// neither w nor progress after it has returned. What it returns is the job's result.
type Write func(ctx context.Context, w io.Writer, progress func(Counts)) (any, error)

// Spool runs jobs and keeps their files for a while.
type Spool struct {
	opts   Options
	remove func(string) error // os.RemoveAll

	mu      sync.Mutex // given back by unlock
	jobs    map[Key]*Job
	running int            // jobs at work, those that were dropped included
	owners  map[string]int // of them, by owner
	bytes   int64          // of all files that are there, those of dropped jobs included
	garbage []*file        // to be removed when the lock is given back
	closed  bool
	idle    chan struct{} // closed when the spool is closed and no job is at work
}

// New makes a spool, after it has tried to make a file in its directory: ErrOptions, ErrStorage.
func New(opts Options) (*Spool, error) {
	if err := opts.complete(); err != nil {
		return nil, err
	}
	s := &Spool{
		opts: opts, remove: os.RemoveAll, jobs: map[Key]*Job{}, owners: map[string]int{}, idle: make(chan struct{}),
	}
	f, err := newFile(opts.Dir, s.remove)
	if err != nil {
		return nil, &Error{Kind: ErrStorage, Err: err}
	}
	f.discard()
	return s, nil
}

// Start begins the job of the key, unless it is running or finished and still kept: then it joins that one, write is not
// called, and started is false. A job that has failed is begun anew. The errors are ErrBusy and ErrClosed.
func (s *Spool) Start(ctx context.Context, key Key, write Write) (job *Job, started bool, err error) {
	now := s.opts.Clock()
	s.mu.Lock()
	defer s.unlock()
	if s.closed {
		return nil, false, &Error{Kind: ErrClosed}
	}
	s.expire(now)
	before := s.jobs[key]
	if before != nil && before.state != Failed {
		return before, false, nil
	}
	if s.running >= s.opts.Most || s.owners[key.Owner] >= s.opts.PerOwner {
		return nil, false, &Error{Kind: ErrBusy}
	}
	if before == nil && len(s.jobs) >= maxJobs && !s.evict(key.Owner, 1, func(*Job) int64 { return 1 }) {
		return nil, false, &Error{Kind: ErrBusy}
	}
	ctx, end := s.lifetime(ctx)
	job = &Job{spool: s, key: key, end: end, done: make(chan struct{}), started: now}
	s.jobs[key] = job
	s.running++
	s.owners[key.Owner]++
	go s.run(ctx, job, write)
	return job, true, nil
}

// lifetime makes the context of a job: the values of its starter's, the time limit, and an end that says why.
func (s *Spool) lifetime(starter context.Context) (context.Context, context.CancelCauseFunc) {
	ctx, cancel := context.WithCancelCause(context.WithoutCancel(starter))
	ctx, stop := context.WithTimeoutCause(ctx, s.opts.MaxTime, &Error{Kind: ErrTimeout})
	return ctx, func(cause error) {
		cancel(cause)
		stop()
	}
}

// Find gives the job of a key, also when it has failed.
func (s *Spool) Find(key Key) (*Job, bool) {
	now := s.opts.Clock()
	s.mu.Lock()
	defer s.unlock()
	s.expire(now)
	job, ok := s.jobs[key]
	return job, ok
}

// Drop ends the job of a key, if there is one, and forgets it. Its file goes when its last reader is closed.
func (s *Spool) Drop(key Key) {
	now := s.opts.Clock()
	s.mu.Lock()
	defer s.unlock()
	s.expire(now)
	if job := s.jobs[key]; job != nil {
		s.forget(job, ErrGone)
	}
}

// Close ends all jobs, waits for them and removes all files; those that are being read go with their readers. When ctx
// ends first, it is ErrTimeout: files of jobs that do not stop are removed when they do.
func (s *Spool) Close(ctx context.Context) error {
	s.close()
	select {
	case <-s.idle:
		return nil
	default:
	}
	select {
	case <-s.idle:
		return nil
	case <-ctx.Done():
		return &Error{Kind: ErrTimeout, Err: context.Cause(ctx)}
	}
}

func (s *Spool) close() {
	s.mu.Lock()
	defer s.unlock()
	if s.closed {
		return
	}
	s.closed = true
	for _, job := range s.jobs {
		s.forget(job, ErrClosed)
	}
	if s.running == 0 {
		close(s.idle)
	}
}

// unlock gives the lock back and then removes files, which may take a while.
func (s *Spool) unlock() {
	garbage := s.garbage
	s.garbage = nil
	s.mu.Unlock()
	for _, f := range garbage {
		f.discard()
	}
}

package spool

import "time"

// The functions of this file are called with the lock of the spool.

// expire forgets the jobs that have been finished for long enough.
func (s *Spool) expire(now time.Time) {
	for _, job := range s.jobs {
		if job.state != Running && now.Sub(job.finished) >= s.opts.Keep {
			s.forget(job, ErrGone)
		}
	}
}

// forget takes a job out of the table. If it is at work it is ended, for the reason given.
func (s *Spool) forget(job *Job, reason error) {
	delete(s.jobs, job.key)
	job.dropped = true
	job.end(&Error{Kind: reason})
	s.release(job)
}

// release removes the file of a job that nobody needs any more.
func (s *Spool) release(job *Job) {
	if job.file == nil || job.state == Running || job.readers > 0 || job.state == Ready && !job.dropped {
		return
	}
	s.bytes -= job.size
	s.garbage = append(s.garbage, job.file)
	job.file = nil
}

// makeRoom tells whether the job may write so many bytes more, and drops other files for that if it has to.
func (s *Spool) makeRoom(job *Job, n int64) bool {
	for n > s.opts.MaxTotal-s.bytes {
		if !s.evict(job.key.Owner, n, func(j *Job) int64 { return j.size }) {
			return false
		}
	}
	return true
}

// evict drops a finished job that nobody reads: the oldest one of whoever holds the most, by weight. It is done for an
// owner who wants so much more; the jobs of those who hold less than it would then are safe from it.
func (s *Spool) evict(owner string, more int64, weight func(*Job) int64) bool {
	held := map[string]int64{owner: more}
	for key, job := range s.jobs {
		held[key.Owner] += weight(job)
	}
	var victim *Job
	for key, job := range s.jobs {
		switch {
		case job.state == Running || job.readers > 0 || weight(job) == 0 || held[key.Owner] < held[owner]:
		case victim == nil || held[key.Owner] > held[victim.key.Owner]:
			victim = job
		case held[key.Owner] == held[victim.key.Owner] && job.finished.Before(victim.finished):
			victim = job
		}
	}
	if victim == nil {
		return false
	}
	s.forget(victim, ErrGone)
	return true
}

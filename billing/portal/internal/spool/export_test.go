package spool

// MaxJobs is how many jobs are remembered.
const MaxJobs = maxJobs

// Completed gives the options with their defaults.
func (o Options) Completed() (Options, error) {
	err := o.complete()
	return o, err
}

// Remove replaces os.RemoveAll where a new file is hidden.
func (s *Spool) Remove(remove func(string) error) { s.remove = remove }

// Books is what a spool counts.
type Books struct {
	Jobs, Running, Owners int
	Bytes                 int64
}

// Books tells what the spool has counted.
func (s *Spool) Books() Books {
	s.mu.Lock()
	defer s.unlock()
	return Books{len(s.jobs), s.running, len(s.owners), s.bytes}
}

// HasFile tells whether the file of the job is there.
func (j *Job) HasFile() bool {
	j.spool.mu.Lock()
	defer j.spool.unlock()
	return j.file != nil
}

// BreakFile makes every further use of the file fail.
func (j *Job) BreakFile() error {
	j.spool.mu.Lock()
	defer j.spool.unlock()
	return j.file.Close()
}

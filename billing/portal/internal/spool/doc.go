// Package spool writes reports into files in the background, so that a page can be left and come back to (O7).
//
//	job, started, err := s.Start(ctx, key, write)
//	<-job.Done()
//	body, size, err := job.Open()
//
// A job belongs to one owner and has a [Key]; while it runs or its file is kept, starting it again joins it. The work
// runs with the values of the context that it was started with, but neither ends with it nor outlives [Spool.Close].
//
// Files are private to the process. Where an open file can be removed from its directory, as on Unix, that is done
// before the first byte is written: whatever happens to the process, nothing stays on the disk. What a failed job has
// written can never be opened.
//
// Everything is bounded: jobs at a time, over all and of one owner; the time that a job takes; the bytes of one file and
// of all; how long a file is kept. What is over is removed when somebody calls; no goroutine waits for that.
//
// All errors are *[Error] with a kind of this package, except for what a job's own function returns. A [Spool], its jobs
// and their readers are safe for concurrent use.
package spool

package spool

import (
	"math"
	"time"
)

// Options of a [Spool]. Clock is required; nothing else is.
type Options struct {
	Dir      string           // where the files are; empty: the system's directory for temporary files
	Keep     time.Duration    // how long a finished job is kept; 0: 15 minutes
	MaxTime  time.Duration    // of one job; 0: 15 minutes
	MaxBytes int64            // of one file; 0: 256 MiB
	MaxTotal int64            // of all files; 0: four times MaxBytes
	Most     int              // jobs at a time; 0: 4
	PerOwner int              // of one owner; 0: half of Most, at least 1
	Clock    func() time.Time // time.Now in a program
}

// complete checks the options and fills the defaults in.
func (o *Options) complete() error {
	if o.Clock == nil || o.Keep < 0 || o.MaxTime < 0 || o.MaxBytes < 0 || o.MaxTotal < 0 || o.Most < 0 || o.PerOwner < 0 {
		return &Error{Kind: ErrOptions}
	}
	if o.Keep == 0 {
		o.Keep = 15 * time.Minute
	}
	if o.MaxTime == 0 {
		o.MaxTime = 15 * time.Minute
	}
	if o.MaxBytes == 0 {
		o.MaxBytes = 256 << 20
	}
	if o.MaxTotal == 0 {
		o.MaxTotal = min(o.MaxBytes, math.MaxInt64/4) * 4
	}
	if o.Most == 0 {
		o.Most = 4
	}
	if o.PerOwner == 0 {
		o.PerOwner = max(1, o.Most/2)
	}
	return nil
}

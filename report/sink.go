package report

import (
	"io"
)

// sinkSize is how many bytes are collected before they are written.
const sinkSize = 64 << 10

// sink collects records and hands them to a writer.
type sink struct {
	w   io.Writer
	buf []byte
}

func newSink(w io.Writer) *sink { return &sink{w: w, buf: make([]byte, 0, sinkSize+4<<10)} }

// full writes what has been collected, if that is enough.
func (s *sink) full() error {
	if len(s.buf) < sinkSize {
		return nil
	}
	return s.flush()
}

// flush writes what has been collected.
func (s *sink) flush() error {
	n, err := s.w.Write(s.buf)
	if err == nil && n < len(s.buf) {
		err = io.ErrShortWrite
	}
	s.buf = s.buf[:0]
	if err != nil {
		return wrap(err)
	}
	return nil
}

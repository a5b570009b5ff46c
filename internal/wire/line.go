package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
)

// MaxLine bounds a line, its end included, in bytes.
const MaxLine = 4 << 20

// maxObjects bounds the objects of a line: an empty one is two bytes of text, and hundreds in memory.
const maxObjects = 100_000

// The reasons of refusals. None repeats what was read.
var (
	ErrLong   = errors.New("a line is too long")
	ErrCut    = errors.New("the last line has no end")
	ErrForm   = errors.New("not in the form in which it is written")
	errBounds = errors.New("a number is out of bounds")
)

// Append appends the one line that a value is.
func Append(b []byte, v any) ([]byte, error) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return b, reason(err)
	}
	if buf.Len() > MaxLine || bytes.Count(buf.Bytes(), []byte("{")) > maxObjects {
		return b, ErrLong
	}
	return append(b, buf.Bytes()...), nil
}

// Read reads a line, without its end, into the zero value of what it was written from. A line that [Append] would have
// written differently is refused.
func Read(line string, v any) error {
	if err := Parse(line, v); err != nil {
		return err
	}
	return Same(line, v)
}

// Parse reads a line loosely. [Same] must follow, with the same value or one that was made of it.
func Parse(line string, v any) error {
	if strings.Count(line, "{") > maxObjects {
		return ErrLong
	}
	if json.Unmarshal([]byte(line), v) != nil {
		return ErrForm
	}
	return nil
}

// Same refuses a line that is not the one that [Append] writes for a value.
func Same(line string, v any) error {
	again, err := Append(make([]byte, 0, len(line)+1), v)
	if err != nil || string(again[:len(again)-1]) != line {
		return ErrForm
	}
	return nil
}

// reason keeps our own errors, and says nothing of others.
func reason(err error) error {
	for _, known := range []error{ErrForm, errBounds} {
		if errors.Is(err, known) {
			return known
		}
	}
	return ErrForm
}

// Lines reads lines as parts of the blocks in which they came, so that what is kept of a line needs no memory of its own.
type Lines struct {
	from  io.Reader
	buf   []byte
	block string
	ended bool
	count int
}

const (
	blockSize = 64 << 10
	maxIdle   = 100 // reads in a row that bring nothing
)

// NewLines reads from r.
func NewLines(r io.Reader) *Lines { return &Lines{from: r, buf: make([]byte, blockSize)} }

// Count is the number of lines that have been read.
func (l *Lines) Count() int { return l.count }

// Next gives the next line without its end. Behind the last one it is io.EOF; [ErrLong], [ErrCut], or an error of the
// reader else.
func (l *Lines) Next() (string, error) {
	for from := 0; ; {
		if i := strings.IndexByte(l.block[from:], '\n'); i >= 0 {
			line := l.block[:from+i]
			l.block = l.block[from+i+1:]
			l.count++
			if len(line) >= MaxLine {
				return "", ErrLong
			}
			return line, nil
		}
		from = len(l.block)
		switch {
		case from >= MaxLine:
			return "", ErrLong
		case l.ended && from > 0:
			return "", ErrCut
		case l.ended:
			return "", io.EOF
		}
		if err := l.fill(); err != nil {
			return "", err
		}
	}
}

// fill reads a block. Only io.EOF itself is the end: a reader that was cut off says something else.
func (l *Lines) fill() error {
	n, idle := 0, 0
	var err error
	for n < len(l.buf) && err == nil && idle < maxIdle {
		var m int
		m, err = l.from.Read(l.buf[n:])
		n += m
		idle++
		if m > 0 {
			idle = 0
		}
	}
	l.block += string(l.buf[:n])
	switch {
	case err == io.EOF: //nolint:errorlint // a reader gives io.EOF itself
		l.ended = true
	case err == nil && n < len(l.buf):
		return io.ErrNoProgress
	case err != nil:
		return err
	}
	return nil
}

package xlsx

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
)

// Fixed fields of the archive. The date is the first that the format can express.
const (
	zipVersion    = 20
	zipDeflate    = 8
	zipDescriptor = 1 << 3 // sizes follow the data
	zipDate       = 1<<5 | 1
	zipMaxSize    = 1<<32 - 2 // the format without its 64-bit extension
	zipMaxParts   = 1<<16 - 2
	zipBuffer     = 64 << 10
)

// archive writes the zip container. It keeps the directory, which is written by finish alone, so that
// an archive that failed can never be opened.
type archive struct {
	ctx     context.Context
	w       io.Writer
	buf     []byte
	dir     []byte
	offset  int64 // bytes written, those in buf included
	parts   int
	maxSize int64
}

// part is one file of the archive. Once it has a chunk on its way it belongs to the collector.
type part struct {
	name    string
	held    bool     // blocks wait in memory until the last one has come
	blocks  [][]byte // of a held part
	started bool     // the local header is written
	offset  int64
	crc     uint32
	raw     int64
	packed  int64
}

// write passes bytes on through the buffer.
func (a *archive) write(p []byte) error {
	a.offset += int64(len(p))
	if a.offset > a.maxSize {
		return errorf(ErrLimit, "file above 4 GB")
	}
	if len(a.buf)+len(p) > zipBuffer {
		if err := a.flush(); err != nil {
			return err
		}
	}
	if len(p) >= zipBuffer {
		return a.send(p)
	}
	a.buf = append(a.buf, p...)
	return nil
}

func (a *archive) flush() error {
	if len(a.buf) == 0 {
		return nil
	}
	err := a.send(a.buf)
	a.buf = a.buf[:0]
	return err
}

func (a *archive) send(p []byte) error {
	if err := a.ctx.Err(); err != nil {
		return fmt.Errorf("xlsx: %w", err)
	}
	n, err := a.w.Write(p)
	if err == nil && n != len(p) {
		err = io.ErrShortWrite
	}
	if err != nil {
		return fmt.Errorf("xlsx: write: %w", err)
	}
	return nil
}

// begin writes the local header. Without sizes they follow in end.
func (a *archive) begin(p *part, sizes bool) error {
	if a.parts++; a.parts > zipMaxParts {
		return errorf(ErrLimit, "more than %d parts", zipMaxParts)
	}
	p.offset, p.started = a.offset, true
	known, flags := *p, uint16(0)
	if !sizes {
		known, flags = part{name: p.name}, zipDescriptor
	}
	h := make([]byte, 0, 30+len(p.name))
	h = binary.LittleEndian.AppendUint32(h, 0x04034b50)
	h = binary.LittleEndian.AppendUint16(h, zipVersion)
	h = appendCommon(h, &known, flags)
	h = binary.LittleEndian.AppendUint16(h, 0)
	return a.write(append(h, p.name...))
}

// end writes the descriptor of a part that was begun without sizes, and remembers the part.
func (a *archive) end(p *part, sizes bool) error {
	flags := uint16(0)
	if !sizes {
		flags = zipDescriptor
		d := make([]byte, 0, 16)
		d = binary.LittleEndian.AppendUint32(d, 0x08074b50)
		d = appendSizes(d, p)
		if err := a.write(d); err != nil {
			return err
		}
	}
	d := binary.LittleEndian.AppendUint32(a.dir, 0x02014b50)
	d = binary.LittleEndian.AppendUint16(d, zipVersion)
	d = binary.LittleEndian.AppendUint16(d, zipVersion)
	d = appendCommon(d, p, flags)
	d = append(d, make([]byte, 12)...) // extra, comment, disk, attributes
	d = binary.LittleEndian.AppendUint32(d, uint32(p.offset))
	a.dir = append(d, p.name...)
	return nil
}

// finish writes the directory, which makes the file a workbook.
func (a *archive) finish() error {
	start, size := a.offset, len(a.dir)
	d := binary.LittleEndian.AppendUint32(a.dir, 0x06054b50)
	d = binary.LittleEndian.AppendUint32(d, 0) // disks
	d = binary.LittleEndian.AppendUint16(d, uint16(a.parts))
	d = binary.LittleEndian.AppendUint16(d, uint16(a.parts))
	d = binary.LittleEndian.AppendUint32(d, uint32(size))
	d = binary.LittleEndian.AppendUint32(d, uint32(start))
	d = binary.LittleEndian.AppendUint16(d, 0)
	if err := a.write(d); err != nil {
		return err
	}
	return a.flush()
}

// appendCommon appends what local header and directory share, from the flags to the length of the name.
func appendCommon(b []byte, p *part, flags uint16) []byte {
	b = binary.LittleEndian.AppendUint16(b, flags)
	b = binary.LittleEndian.AppendUint16(b, zipDeflate)
	b = binary.LittleEndian.AppendUint16(b, 0)
	b = binary.LittleEndian.AppendUint16(b, zipDate)
	b = appendSizes(b, p)
	return binary.LittleEndian.AppendUint16(b, uint16(len(p.name)))
}

func appendSizes(b []byte, p *part) []byte {
	b = binary.LittleEndian.AppendUint32(b, p.crc)
	b = binary.LittleEndian.AppendUint32(b, uint32(p.packed))
	return binary.LittleEndian.AppendUint32(b, uint32(p.raw))
}

package xlsx

import (
	"context"
	"fmt"
	"hash/crc32"
	"io"
	"sync"

	"github.com/klauspost/compress/flate"
)

// chunkSize is how much of a part is compressed in one piece. Chunks do not see each other, so that any
// worker can take any of them; at this size that costs some 0.2 % of the file.
const chunkSize = 512 << 10

// smallPart is the length up to which a part is compressed without the memory, some megabyte, that a compressor
// of the usual kind needs.
const smallPart = 8 << 10

// chunk is a piece of a part on its way: filled by the caller, compressed by a worker, stored by the
// collector, then used again.
type chunk struct {
	part   *part
	first  bool // of the part
	last   bool
	raw    []byte
	packed []byte
	err    error
	done   chan struct{}
}

// Write appends to packed; it makes the chunk the output of a compressor.
func (c *chunk) Write(p []byte) (int, error) {
	c.packed = append(c.packed, p...)
	return len(p), nil
}

// engine compresses chunks with several workers and stores them in the order in which they came.
type engine struct {
	archive
	level   int
	workers int
	running int // workers started
	made    int // chunks made
	ended   bool
	free    chan *chunk
	order   chan *chunk // to the collector
	jobs    chan *chunk // to the workers
	group   sync.WaitGroup

	stop  chan struct{} // closed by the first error
	mu    sync.Mutex
	cause error
}

func newEngine(ctx context.Context, w io.Writer, o Options, maxSize int64) *engine {
	workers := o.workers()
	// The caller fills two; each worker has one and finds a next one; the collector has one.
	chunks := 2*workers + 3
	e := &engine{
		archive: archive{ctx: ctx, w: w, maxSize: maxSize},
		level:   6,
		workers: workers,
		free:    make(chan *chunk, chunks),
		order:   make(chan *chunk, chunks),
		jobs:    make(chan *chunk, chunks),
		stop:    make(chan struct{}),
	}
	if o.Level == Fast {
		e.level = 1
	}
	e.group.Go(e.collect)
	return e
}

// fail ends the workbook with the first error.
func (e *engine) fail(err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.cause == nil {
		e.cause = err
		close(e.stop)
	}
}

// failed gives the error that ended the workbook, the end of the context included.
func (e *engine) failed() error {
	if err := e.ctx.Err(); err != nil {
		e.fail(fmt.Errorf("xlsx: %w", err))
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.cause
}

// next gives an empty chunk for a part, its first or a further one, waiting for one when all are on their way.
func (e *engine) next(p *part, first bool) (*chunk, error) {
	if err := e.failed(); err != nil {
		return nil, err
	}
	select {
	case c := <-e.free:
		return c.reset(p, first), nil
	default:
	}
	if e.made < cap(e.free) {
		e.made++
		return (&chunk{done: make(chan struct{}, 1)}).reset(p, first), nil
	}
	select {
	case c := <-e.free:
		return c.reset(p, first), nil
	case <-e.stop:
	case <-e.ctx.Done():
	}
	return nil, e.failed()
}

func (c *chunk) reset(p *part, first bool) *chunk {
	switch {
	case cap(c.raw) > 4*chunkSize: // grown by a row of huge texts
		c.raw, c.packed = nil, nil
	case !first && cap(c.raw) < chunkSize: // will be full
		c.raw, c.packed = make([]byte, 0, chunkSize+chunkSize/16), make([]byte, 0, chunkSize/4)
	}
	c.part, c.first, c.last, c.err, c.raw, c.packed = p, first, false, nil, c.raw[:0], c.packed[:0]
	return c
}

// submit sends a chunk on its way. The channels have room for all chunks, so it never waits.
func (e *engine) submit(c *chunk, last bool) {
	if e.ended {
		return
	}
	c.last = last
	e.order <- c
	e.jobs <- c
	if e.running < e.workers && (e.running == 0 || len(e.jobs) > 0) {
		e.running++
		e.group.Go(e.work)
	}
}

func (e *engine) work() {
	var z *flate.Writer // made for the first part that is not small
	for c := range e.jobs {
		z, c.err = c.compress(z, e.level)
		c.done <- struct{}{}
	}
}

// compress fills packed. Which way it takes depends on the part alone, not on the worker.
func (c *chunk) compress(z *flate.Writer, level int) (*flate.Writer, error) {
	if c.first && c.last && len(c.raw) <= smallPart {
		return z, flate.StatelessDeflate(c, c.raw, true, nil)
	}
	if z == nil {
		var err error
		if z, err = flate.NewWriter(c, level); err != nil {
			return nil, err
		}
	} else {
		z.Reset(c)
	}
	if _, err := z.Write(c.raw); err != nil {
		return z, err
	}
	if c.last {
		return z, z.Close()
	}
	return z, z.Flush()
}

func (e *engine) collect() {
	for c := range e.order {
		<-c.done
		if e.failed() == nil {
			if err := e.store(c); err != nil {
				e.fail(err)
			}
		}
		e.free <- c
	}
}

// store writes a chunk to the archive, or keeps it if its part is held.
func (e *engine) store(c *chunk) error {
	p := c.part
	if c.err != nil {
		return fmt.Errorf("xlsx: compress: %w", c.err)
	}
	p.crc = crc32.Update(p.crc, crc32.IEEETable, c.raw)
	p.raw += int64(len(c.raw))
	p.packed += int64(len(c.packed))
	if p.raw > e.maxSize || p.packed > e.maxSize {
		return errorf(ErrLimit, "part above 4 GB")
	}
	if p.held {
		return e.hold(c)
	}
	whole := c.last && !p.started // then the sizes are known in time
	if !p.started {
		if err := e.begin(p, whole); err != nil {
			return err
		}
	}
	if err := e.write(c.packed); err != nil || !c.last {
		return err
	}
	return e.end(p, whole)
}

func (e *engine) hold(c *chunk) error {
	p := c.part
	p.blocks = append(p.blocks, append(make([]byte, 0, len(c.packed)), c.packed...))
	if !c.last {
		return nil
	}
	if err := e.begin(p, true); err != nil {
		return err
	}
	for i, b := range p.blocks {
		if err := e.write(b); err != nil {
			return err
		}
		p.blocks[i] = nil
	}
	return e.end(p, true)
}

// finish waits for all chunks and, if all went well, completes the archive.
func (e *engine) finish() error {
	e.ended = true
	close(e.jobs)
	close(e.order)
	e.group.Wait()
	if err := e.failed(); err != nil {
		return err
	}
	if err := e.archive.finish(); err != nil {
		e.fail(err)
		return err
	}
	return nil
}

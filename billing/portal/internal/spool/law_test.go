package spool_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/billhatch/billhatch/billing/portal/internal/spool"
)

// puppet is a job that does what the test says.
type puppet struct {
	*spool.Job
	key     spool.Key
	pieces  chan string
	wrote   chan error
	end     chan error
	content string
	bad     bool // a write has failed
}

func (p *puppet) write(ctx context.Context, w io.Writer, progress func(spool.Counts)) (any, error) {
	for {
		select {
		case piece := <-p.pieces:
			_, err := io.WriteString(w, piece)
			progress(spool.Counts{RowsDone: len(piece)})
			p.wrote <- err
		case err := <-p.end:
			return p, err
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// opened is a reader and what it must read.
type opened struct {
	io.ReadSeekCloser
	content string
}

// world is a spool and what it must know.
type world struct {
	*spool.Spool
	*clock
	opts    spool.Options
	running []*puppet
	ready   []*puppet // also those that are not kept any more
	readers []opened
	n       int
}

var errLaw = errors.New("the work has failed")

func draw[T any](t *rapid.T, from []T) int {
	if len(from) == 0 {
		t.Skip("there is none")
	}
	return rapid.IntRange(0, len(from)-1).Draw(t, "which")
}

func take[T any](from *[]T, i int) T {
	out := (*from)[i]
	*from = append((*from)[:i:i], (*from)[i+1:]...)
	return out
}

func (w *world) start(t *rapid.T) {
	key := by(rapid.SampledFrom([]string{"ada", "bob", "cid"}).Draw(t, "owner"), fmt.Sprint(rapid.IntRange(0, 2).Draw(t, "name")))
	p := &puppet{key: key, pieces: make(chan string), wrote: make(chan error), end: make(chan error)}
	before := w.Books()
	found, kept := w.Find(key)
	joins := kept && found.Snapshot().State != spool.Failed
	ofOwner := 0
	for _, r := range w.running {
		if r.key.Owner == key.Owner {
			ofOwner++
		}
	}
	job, started, err := w.Start(context.Background(), key, p.write)
	switch {
	case joins:
		require.NoError(t, err)
		require.False(t, started)
		require.Same(t, found, job)
	case before.Running >= w.opts.Most || ofOwner >= w.opts.PerOwner:
		require.ErrorIs(t, err, spool.ErrBusy)
	default:
		require.NoError(t, err)
		require.True(t, started)
		p.Job = job
		w.running = append(w.running, p)
	}
}

func (w *world) writeTo(t *rapid.T) {
	p := w.running[draw(t, w.running)]
	w.n++
	piece := strings.Repeat(string(rune('a'+w.n%26)), rapid.IntRange(0, 40).Draw(t, "bytes"))
	p.pieces <- piece
	err := <-p.wrote
	switch {
	case p.bad:
		require.Error(t, err)
	case len(p.content)+len(piece) > int(w.opts.MaxBytes):
		require.ErrorIs(t, err, spool.ErrTooLarge)
	case err != nil:
		require.ErrorIs(t, err, spool.ErrNoRoom)
	default:
		p.content += piece
	}
	p.bad = p.bad || err != nil
}

func (w *world) finish(t *rapid.T) {
	p := take(&w.running, draw(t, w.running))
	fails := rapid.Bool().Draw(t, "fails")
	if fails {
		p.end <- errLaw
	} else {
		p.end <- nil
	}
	<-p.Done()
	s := p.Snapshot()
	if fails || p.bad {
		require.Equal(t, spool.Failed, s.State)
		require.Error(t, s.Err)
		require.False(t, p.HasFile())
		return
	}
	require.Equal(t, spool.Ready, s.State)
	require.Same(t, p, s.Result)
	w.ready = append(w.ready, p)
}

func (w *world) drop(t *rapid.T) {
	i := draw(t, w.running)
	p := take(&w.running, i)
	w.Drop(p.key)
	<-p.Done()
	if err := p.Snapshot().Err; !p.bad {
		require.ErrorIs(t, err, spool.ErrGone)
	} else {
		require.Error(t, err)
	}
	require.False(t, p.HasFile())
}

func (w *world) open(t *rapid.T) {
	p := w.ready[draw(t, w.ready)]
	found, kept := w.Find(p.key)
	body, _, err := p.Open()
	if !kept || found != p.Job {
		require.ErrorIs(t, err, spool.ErrGone)
		return
	}
	require.NoError(t, err)
	w.readers = append(w.readers, opened{body, p.content})
}

func (w *world) closeReader(t *rapid.T) {
	r := take(&w.readers, draw(t, w.readers))
	content, err := io.ReadAll(r)
	require.NoError(t, err)
	require.Equal(t, r.content, string(content))
	require.NoError(t, r.Close())
}

func (w *world) check(t *rapid.T) {
	b := w.Books()
	require.Equal(t, len(w.running), b.Running)
	require.LessOrEqual(t, b.Running, w.opts.Most)
	require.LessOrEqual(t, b.Bytes, w.opts.MaxTotal)
	sum := 0
	for _, p := range w.running {
		sum += len(p.content)
	}
	for _, p := range w.ready {
		if p.HasFile() {
			sum += len(p.content)
		}
	}
	require.EqualValues(t, sum, b.Bytes, "every byte is counted once")
}

// TestASpoolKeepsItsBooks (T28): over any sequence the bounds hold, every byte on the disk is counted, what is ready reads
// as it was written, and in the end nothing is left.
func TestASpoolKeepsItsBooks(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		w := &world{clock: &clock{now: start}}
		w.opts = spool.Options{
			Dir: dir, Keep: time.Minute, MaxBytes: 100, MaxTotal: 160, Most: 3, PerOwner: 2, Clock: w.Now,
		}
		var err error
		w.Spool, err = spool.New(w.opts)
		require.NoError(t, err)
		defer func() {
			require.NoError(t, w.Close(context.Background()))
			for len(w.readers) > 0 {
				r := take(&w.readers, 0)
				content, err := io.ReadAll(r)
				require.NoError(t, err)
				require.Equal(t, r.content, string(content))
				require.NoError(t, r.Close())
			}
			require.Equal(t, spool.Books{}, w.Books())
		}()
		t.Repeat(map[string]func(*rapid.T){
			"start": w.start, "write": w.writeTo, "write more": w.writeTo, "finish": w.finish, "drop": w.drop,
			"open": w.open, "close": w.closeReader,
			"later": func(t *rapid.T) { w.move(time.Duration(rapid.IntRange(1, 40).Draw(t, "seconds")) * time.Second) },
			"":      w.check,
		})
	})
}

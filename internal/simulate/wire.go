package simulate

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"time"

	"github.com/billhatch/billhatch/internal/stripefake"
)

// wire is the way of one process to Stripe: a call of the server's handler, on the same goroutine, which meets faults on
// its way there and back.
type wire struct{ t *task }

// patience is how long a process that stood still, and looks at its timers again, still sends or takes an answer.
const patience = 25 * time.Second

// mostLate is how late a request arrives at most.
const mostLate = 10 * time.Minute

// RoundTrip sends a request.
func (c *wire) RoundTrip(r *http.Request) (*http.Response, error) {
	t, w := c.t, c.t.w
	p := placeOf(r.Method)
	began := w.now()
	f := t.strike(p)
	if w.ahead != nil {
		w.ahead(t, r)
	}
	if f == Refused {
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
	}
	if w.now().Sub(began) > patience && !w.deaf { // it stood still between its last look at the lease and here: it has timed out
		return nil, context.DeadlineExceeded
	}
	w.fail(f)
	w.expired(r)
	sent := w.now()
	res, err := w.serve(r)
	w.requests++
	if w.behind != nil {
		w.behind(t, r, res)
	}
	t.settle(f)
	if !w.healed && w.now().Sub(sent) > patience && w.rng.IntN(2) == 0 { // else its timers have stood still, too
		return nil, context.DeadlineExceeded
	}
	return res, err
}

func placeOf(method string) place {
	switch method {
	case http.MethodGet:
		return reading
	case http.MethodDelete:
		return deleting
	default:
		return writing
	}
}

// fail has the server do to the next request what a fault says.
func (w *world) fail(f Fault) {
	switch f {
	case Limited:
		w.fake.FailNext(stripefake.Any, stripefake.RateLimited("global-rate"))
	case Failed:
		w.fake.FailNext(stripefake.Any, stripefake.ServerError())
	case FailedAfter:
		w.fake.FailNext(stripefake.Any, stripefake.ServerErrorAfterCommit())
	case Lost:
		w.fake.FailNext(stripefake.Any, stripefake.Lost())
	case Late:
		w.fake.FailNext(stripefake.Any, stripefake.Late(time.Second+time.Duration(w.rng.Int64N(int64(mostLate-time.Second)))))
	case Unread:
		ways := []stripefake.Fault{stripefake.ServerError(), stripefake.BadGateway(), stripefake.Reset(), stripefake.Unavailable()}
		w.fake.FailNext(stripefake.Any, ways[w.rng.IntN(len(ways))])
	}
}

// serve has the server answer.
func (w *world) serve(r *http.Request) (res *http.Response, err error) {
	in := *r
	in.RequestURI = r.URL.RequestURI()
	if in.Body == nil {
		in.Body = http.NoBody
	}
	out := &answer{header: http.Header{}, status: http.StatusOK}
	defer func() {
		if p := recover(); p != nil {
			if cut, ok := p.(error); !ok || !errors.Is(cut, http.ErrAbortHandler) {
				panic(p)
			}
			res, err = nil, &net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET}
		}
	}()
	w.fake.ServeHTTP(out, &in)
	return &http.Response{
		StatusCode: out.status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: out.header,
		ContentLength: int64(out.body.Len()), Body: io.NopCloser(&out.body), Request: r,
	}, nil
}

// answer is a http.ResponseWriter.
type answer struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (a *answer) Header() http.Header         { return a.header }
func (a *answer) WriteHeader(status int)      { a.status = status }
func (a *answer) Write(p []byte) (int, error) { return a.body.Write(p) }

// keyLife is when Stripe has forgotten a key for sure.
const keyLife = 26 * time.Hour

// expired counts writes to invoices whose keys Stripe has forgotten since they were last written.
func (w *world) expired(r *http.Request) {
	key := r.Header.Get("Idempotency-Key")
	if key == "" {
		return
	}
	object := invoiceOf(r)
	if last, ok := w.written[object]; ok && object != "" && w.now().Sub(last) > keyLife {
		w.report.Faults[KeyExpired]++
	}
	w.written[object] = w.now()
}

// invoiceOf is the invoice that a write is about, by its path or, for a line, by its form.
func invoiceOf(r *http.Request) string {
	if rest, ok := strings.CutPrefix(r.URL.Path, "/v1/invoices/"); ok {
		id, _, _ := strings.Cut(rest, "/")
		return id
	}
	if r.GetBody == nil {
		return ""
	}
	body, err := r.GetBody()
	if err != nil {
		return ""
	}
	form, err := io.ReadAll(body)
	if err != nil {
		return ""
	}
	_, rest, _ := strings.Cut(string(form), "invoice=in_")
	id, _, _ := strings.Cut(rest, "&")
	if id == "" {
		return ""
	}
	return "in_" + id
}

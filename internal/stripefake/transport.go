package stripefake

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"sync"
	"syscall"
)

// Transport is a way to the server without a network, for an http.Client. It takes requests for api.stripe.com and for
// the hosts of documents; any other host is unreachable. [Server.Visits] has all hosts that were asked for.
func (s *Server) Transport() http.RoundTripper { return s.TransportTo(s) }

// TransportTo is Transport with a handler of the test's own before the server.
func (s *Server) TransportTo(h http.Handler) http.RoundTripper {
	return &transport{server: s, handler: h}
}

// Visits are the hosts that requests through Transport were for, in order, also those that were refused.
func (s *Server) Visits() []string {
	s.log.mu.Lock()
	defer s.log.mu.Unlock()
	return slices.Clone(s.log.visits)
}

type transport struct {
	server  *Server
	handler http.Handler
}

func (t *transport) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		defer func() { _ = r.Body.Close() }() // has been read
	}
	if !t.reaches(r.URL) {
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
	}
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(r.Context())
	in := r.Clone(ctx)
	in.RequestURI = r.URL.RequestURI()
	if in.Body == nil {
		in.Body = http.NoBody
	}
	body, out := io.Pipe()
	w := &wire{header: http.Header{}, pipe: out, head: make(chan struct{}), failed: make(chan error, 1), length: -1}
	go w.serve(t.handler, in)
	select {
	case <-w.head:
		stop := context.AfterFunc(r.Context(), func() { _ = out.CloseWithError(r.Context().Err()) })
		return &http.Response{
			Status: strconv.Itoa(w.status) + " " + http.StatusText(w.status), StatusCode: w.status,
			Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
			Header: w.sent, ContentLength: w.length, Request: r,
			Body: &wireBody{body, func() { stop(); cancel() }},
		}, nil
	case err := <-w.failed:
		cancel()
		return nil, err
	case <-r.Context().Done():
		cancel()
		_ = out.CloseWithError(r.Context().Err())
		return nil, r.Context().Err()
	}
}

// reaches tells whether there is a server at a URL.
func (t *transport) reaches(u *url.URL) bool {
	s := t.server
	s.log.mu.Lock()
	s.log.visits = append(s.log.visits, u.Host)
	s.log.mu.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	if u.Scheme == "https" && u.Host == "api.stripe.com" {
		return true
	}
	for _, base := range []string{s.pdfBase, s.filesBase} {
		if known, err := url.Parse(base); err == nil && known.Host == u.Host && known.Scheme == u.Scheme {
			return true
		}
	}
	return false
}

// wire is a http.ResponseWriter that behaves like a connection.
type wire struct {
	header, sent http.Header
	pipe         *io.PipeWriter
	head         chan struct{} // closed when the header is sent
	once         sync.Once
	failed       chan error
	status       int
	length       int64 // announced; -1: not
	written      int64
}

func (w *wire) Header() http.Header { return w.header }

func (w *wire) WriteHeader(status int) {
	w.once.Do(func() {
		w.status, w.sent = status, w.header.Clone()
		if n, err := strconv.ParseInt(w.sent.Get("Content-Length"), 10, 64); err == nil {
			w.length = n
		}
		close(w.head)
	})
}

func (w *wire) Write(p []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	if room := w.length - w.written; w.length >= 0 && int64(len(p)) > room {
		n, _ := w.pipe.Write(p[:room])
		w.written += int64(n)
		return n, http.ErrContentLength
	}
	n, err := w.pipe.Write(p)
	w.written += int64(n)
	return n, err
}

// Flush sends the header; bytes are never kept back.
func (w *wire) Flush() { w.WriteHeader(http.StatusOK) }

// serve runs the handler and ends the connection as a server would.
func (w *wire) serve(h http.Handler, r *http.Request) {
	reset := &net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET}
	defer func() {
		p := recover()
		if err, ok := p.(error); p != nil && (!ok || !errors.Is(err, http.ErrAbortHandler)) {
			panic(p)
		}
		switch {
		case p == nil:
			w.WriteHeader(http.StatusOK)
		case w.status == 0: // else the header is out, and the body ends in the middle
			w.failed <- reset
		}
		if p != nil || w.written < w.length {
			_ = w.pipe.CloseWithError(io.ErrUnexpectedEOF)
			return
		}
		_ = w.pipe.Close()
	}()
	h.ServeHTTP(w, r)
}

// wireBody ends the request when it is closed.
type wireBody struct {
	*io.PipeReader
	end func()
}

func (b *wireBody) Close() error {
	b.end()
	return b.PipeReader.Close()
}

package stripefake

import (
	"bytes"
	"io"
	"net/http"
	"strconv"
	"time"
)

// Answer is what goes over the wire.
type Answer struct {
	Status  int // 0: 200
	Header  http.Header
	Body    []byte
	Size    int64         // bytes in all, blanks following the body; 0: those of the body
	Length  int64         // announced as Content-Length; 0: the truth; negative: not announced
	Pause   time.Duration // on the clock, or Forever, after PauseAt bytes of the body
	PauseAt int64
	Drip    time.Duration // on the clock, after each single byte
	Cut     bool          // cuts the connection after CutAt bytes of the body
	CutAt   int64
}

func (a Answer) total() int64 { return max(a.Size, int64(len(a.Body))) }

// clone copies what edits may change.
func (a Answer) clone() Answer {
	a.Header = a.Header.Clone()
	a.Body = bytes.Clone(a.Body)
	return a
}

// transmit sends an answer, as badly as it says.
func (s *Server) transmit(w http.ResponseWriter, r *http.Request, a Answer) {
	for name, values := range a.Header {
		w.Header()[http.CanonicalHeaderKey(name)] = values
	}
	switch {
	case a.Length > 0:
		w.Header().Set("Content-Length", strconv.FormatInt(a.Length, 10))
	case a.Length == 0:
		w.Header().Set("Content-Length", strconv.FormatInt(a.total(), 10))
	}
	status := a.Status
	if status == 0 {
		status = http.StatusOK
	}
	w.WriteHeader(status)
	body := &blanks{body: a.Body, left: a.total()}
	if a.Length > 0 {
		body.left = min(body.left, a.Length) // a client stops reading there, too
	}
	all := body.left
	send := func(n int64) bool { return flushed(w, body, n) }
	ok := true
	if a.Drip > 0 {
		for ok && body.left > 0 {
			ok = send(1) && (body.left == 0 || s.clock.hold(r.Context(), a.Drip, func(time.Time) {}))
		}
	}
	if ok && a.Pause > 0 {
		ok = send(a.PauseAt) && s.clock.hold(r.Context(), a.Pause, func(time.Time) {})
	}
	if ok && a.Cut {
		send(a.CutAt - (all - body.left)) // gone or not, it ends here
		panic(http.ErrAbortHandler)
	}
	if ok {
		_, _ = io.Copy(w, body) // whoever has gone does not read it
	}
}

// flushed sends n bytes and pushes them out.
func flushed(w http.ResponseWriter, body io.Reader, n int64) bool {
	if _, err := io.CopyN(w, body, n); err != nil {
		return false
	}
	return http.NewResponseController(w).Flush() == nil
}

// blanks reads a body and then blanks, so that 50 MiB need not be kept.
type blanks struct {
	body []byte
	left int64
}

func (b *blanks) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, io.EOF
	}
	n := int(min(int64(len(p)), b.left))
	taken := copy(p[:n], b.body)
	b.body = b.body[taken:]
	for i := taken; i < n; i++ {
		p[i] = ' '
	}
	b.left -= int64(n)
	return n, nil
}

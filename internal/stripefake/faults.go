package stripefake

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"time"
)

// Reset cuts the connection before anything happens.
func Reset() Fault { return Fault{Stage: Arrival, Cut: true} }

// Lost cuts the connection after everything has happened.
func Lost() Fault { return Fault{Stage: Reply, Cut: true} }

// Late cuts the connection and has the request arrive that much later, when its client has given up.
func Late(d time.Duration) Fault { return Fault{Stage: Arrival, Late: d} }

// Hang never answers, and nothing happens.
func Hang() Fault { return Fault{Stage: Arrival, Delay: Forever} }

// HangAfterCommit never answers, although everything has happened.
func HangAfterCommit() Fault { return Fault{Stage: Reply, Delay: Forever} }

// Slow holds a request while it executes: its key is in use and its object is locked until the clock has moved on.
func Slow(d time.Duration) Fault { return Fault{Stage: Execution, Delay: d} }

// ServerError answers 500 without an effect. The failure is stored, so the same key gets it again.
func ServerError() Fault { return fails(Execution, errServer()) }

// ServerErrorAfterCommit answers 500 although the effect is there. The failure is stored, so the same key gets it again.
func ServerErrorAfterCommit() Fault { return fails(Commit, errServer()) }

// LockTimeout answers 429 lock_timeout. The failure is stored, so the same key gets it again.
func LockTimeout() Fault { return fails(Execution, errLocked()) }

// RateLimited answers 429 for a reason such as "global-rate" or "endpoint-rate". It is not stored.
func RateLimited(reason string) Fault { return fails(Arrival, errLimited(reason)) }

// InUse answers 409 idempotency_key_in_use. It is not stored.
func InUse() Fault { return fails(Arrival, errInUse("key")) }

// Refused answers with an error of the test's own, without an effect. It is stored. An empty code or param is left out.
func Refused(status int, kind, code, param, message string) Fault {
	return fails(Execution, &apiError{Status: status, Type: kind, Code: code, Param: param, Message: message})
}

func fails(stage Stage, e *apiError) Fault {
	return Fault{Stage: stage, Edit: func(a *Answer) { *a = e.answer("req_fault") }}
}

// BadGateway answers 502 with HTML, without an effect.
func BadGateway() Fault { return Fault{Stage: Arrival, Edit: htmlError(http.StatusBadGateway)} }

// BadGatewayAfterCommit answers 502 with HTML although everything has happened.
func BadGatewayAfterCommit() Fault {
	return Fault{Stage: Reply, Edit: htmlError(http.StatusBadGateway)}
}

// Unavailable answers 503 with HTML, without an effect.
func Unavailable() Fault {
	return Fault{Stage: Arrival, Edit: htmlError(http.StatusServiceUnavailable)}
}

// Forbidden answers 403 with HTML, as a firewall does.
func Forbidden() Fault { return Fault{Stage: Arrival, Edit: htmlError(http.StatusForbidden)} }

// HTMLSuccess answers 200 with HTML instead of the object, after everything has happened.
func HTMLSuccess() Fault { return Fault{Stage: Reply, Edit: htmlError(http.StatusOK)} }

func htmlError(status int) func(*Answer) {
	return func(a *Answer) {
		*a = Answer{
			Status: status, Header: http.Header{"Content-Type": {"text/html"}},
			Body: []byte("<html><head><title>" + http.StatusText(status) + "</title></head><body><center><h1>" +
				http.StatusText(status) + "</h1></center><hr><center>nginx</center></body></html>\r\n"),
		}
	}
}

// Redirected answers 307 to a URL, without an effect.
func Redirected(location string) Fault {
	return Fault{Stage: Arrival, Edit: func(a *Answer) {
		*a = Answer{Status: http.StatusTemporaryRedirect, Header: http.Header{"Location": {location}}}
	}}
}

// Alter changes the object that is answered with, after everything has happened: a status that nobody knows, another
// customer, a field that is missing.
func Alter(f func(body map[string]any)) Fault { return Fault{Stage: Reply, Alter: f} }

// Edited changes the answer on the wire, after everything has happened.
func Edited(f func(a *Answer)) Fault { return Fault{Stage: Reply, Edit: f} }

// Truncated ends the body in the middle, and the connection with it.
func Truncated() Fault {
	return Edited(func(a *Answer) { a.Cut, a.CutAt = true, int64(len(a.Body)/2) })
}

// Stalled sends half of the body and the rest when the clock has moved on, or never with [Forever].
func Stalled(d time.Duration) Fault {
	return Edited(func(a *Answer) { a.Pause, a.PauseAt = d, int64(len(a.Body)/2) })
}

// WrongLength announces another length than that of the body.
func WrongLength(n int64) Fault { return Edited(func(a *Answer) { a.Length = n }) }

// Huge answers with a body of that many bytes: the object, and blanks behind it.
func Huge(size int64) Fault { return Edited(func(a *Answer) { a.Size = size }) }

// WrongType announces another content type.
func WrongType(contentType string) Fault {
	return Edited(func(a *Answer) { a.Header.Set("Content-Type", contentType) })
}

// Garbled answers 200 with a body of the test's own.
func Garbled(body string) Fault {
	return Edited(func(a *Answer) { a.Status, a.Body = http.StatusOK, []byte(body) })
}

// GzipBomb is a document that is small on the wire and size bytes large when it is unpacked.
func GzipBomb(size int) Answer {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	_, _ = w.Write([]byte("%PDF-1.7\n"))
	block := make([]byte, 1<<16)
	for ; size > 0; size -= len(block) {
		_, _ = w.Write(block[:min(size, len(block))]) // a buffer takes everything
	}
	_ = w.Close()
	return Answer{
		Header: http.Header{"Content-Type": {"application/pdf"}, "Content-Encoding": {"gzip"}},
		Body:   out.Bytes(),
	}
}

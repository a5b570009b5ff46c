package closing_test

import (
	"bytes"
	"context"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"sync"
	"time"
)

// When a process is struck.
const (
	beforeRequests = "before the first request"
	onArrival      = "as it arrives" // and it is executed all the same
	beforeLate     = "as it arrives, late"
	beforeAnswer   = "before its answer"
	afterAnswer    = "after its answer"
)

// longest is how long after an answer, or after the beginning, a process is struck at most.
const longest = 8 * time.Millisecond

// striker stands before Stripe and strikes the process whose requests come by.
type striker struct {
	next   http.Handler
	signal os.Signal
	kind   string // of requests that are counted; empty: all
	at     int    // the number of the request; 0: none
	manner string
	after  time.Duration   // for afterAnswer and beforeRequests
	lateBy time.Duration   // for beforeLate
	later  *sync.WaitGroup // what goes on when the process is gone

	mu      sync.Mutex
	process *os.Process
	seen    int
	where   string // it was struck
}

// strike signals the process, unless it has ended.
func (k *striker) strike(where string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.process.Signal(k.signal) == nil {
		k.where = where
	}
}

// aim tells which process it is, before its first request.
func (k *striker) aim(process *os.Process) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.process = process
}

// struck tells where the process was struck; empty: it was not.
func (k *striker) struck() string {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.where
}

// soon strikes some time after.
func (k *striker) soon(where string) {
	k.later.Go(func() {
		time.Sleep(k.after)
		k.strike(where)
	})
}

// chosen tells whether a request of a kind is the one.
func (k *striker) chosen(kind string) bool {
	if k.kind != "" && k.kind != kind {
		return false
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.seen++
	return k.seen == k.at
}

func (k *striker) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	kind := r.Method + " " + objects.ReplaceAllString(r.URL.Path, "{id}")
	if !k.chosen(kind) {
		k.next.ServeHTTP(w, r)
		return
	}
	where := kind + ", " + k.manner
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the client has gone
	}
	r = r.Clone(context.WithoutCancel(r.Context()))
	r.Body = io.NopCloser(bytes.NewReader(body))
	answer := httptest.NewRecorder()
	switch k.manner {
	case onArrival:
		k.strike(where)
		k.next.ServeHTTP(answer, r)
	case beforeLate:
		k.strike(where)
		k.later.Go(func() {
			time.Sleep(k.lateBy)
			k.next.ServeHTTP(answer, r)
		})
		return
	case beforeAnswer:
		k.next.ServeHTTP(answer, r)
		k.strike(where)
	case afterAnswer:
		k.next.ServeHTTP(answer, r)
		defer k.soon(where)
	}
	maps.Copy(w.Header(), answer.Header())
	w.WriteHeader(answer.Code)
	_, _ = w.Write(answer.Body.Bytes()) // whoever is dead does not read it
}

// objects are ids in paths.
var objects = regexp.MustCompile(`(in|cus|ii)_[A-Za-z0-9]+`)

// requestsOfAnInvoice are the kinds of requests that an invoice takes that is sent.
func requestsOfAnInvoice() []string {
	return []string{
		"GET /v1/invoices", "POST /v1/invoices", "POST /v1/invoiceitems", "GET /v1/invoices/{id}",
		"POST /v1/invoices/{id}/finalize", "POST /v1/invoices/{id}/send",
	}
}

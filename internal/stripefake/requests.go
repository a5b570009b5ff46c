package stripefake

import (
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"
)

// Request is one request of the log.
type Request struct {
	At       time.Time // of its arrival
	Executed time.Time // zero: it was refused before, or has not been executed
	Method   string
	Route    string // template, such as "GET /v1/invoices/{invoice}"; empty: unknown
	Path     string // with the ids
	Form     url.Values
	Header   http.Header
	Key      string // idempotency key
	Account  string // header Stripe-Account
	Version  string // header Stripe-Version
	ID       string // of the answer
	Object   string // id of the object that was made or changed
	Status   int    // 0: none, the connection was cut before
	Code     string // of an error
	Replayed bool   // answered from the idempotency store
	Late     bool   // arrived after its client had gone
	Overlap  bool   // another write on the same object was under way when it came
}

// journal is the log of requests.
type journal struct {
	mu         sync.Mutex
	requests   []Request
	dropped    int
	writing    map[string]int
	complaints []string
	visits     []string
	downloads  []Download
}

// Download is one request to the servers of documents.
type Download struct {
	At     time.Time
	Host   string
	Path   string
	Header http.Header
}

// maxRequests bounds the log of a server that lives long; the oldest half is forgotten then.
const maxRequests = 200_000

// Requests is the log of requests to the API since the last reset, in order of arrival.
func (s *Server) Requests() []Request {
	s.log.mu.Lock()
	defer s.log.mu.Unlock()
	return slices.Clone(s.log.requests)
}

// RequestsTo are the requests of some routes.
func (s *Server) RequestsTo(routes ...string) []Request {
	for _, route := range routes {
		mustKnow(route)
	}
	return slices.DeleteFunc(s.Requests(), func(r Request) bool { return !slices.Contains(routes, r.Route) })
}

// ResetRequests empties the log.
func (s *Server) ResetRequests() {
	s.log.mu.Lock()
	defer s.log.mu.Unlock()
	s.log.dropped += len(s.log.requests)
	s.log.requests = nil
}

// Complaints are the requests that the server did not understand: an unknown path or parameter, another API version, a
// body that is not a form. A test ends with none.
func (s *Server) Complaints() []string {
	s.log.mu.Lock()
	defer s.log.mu.Unlock()
	return slices.Clone(s.log.complaints)
}

// Downloads are the requests to the servers of documents, redirects followed.
func (s *Server) Downloads() []Download {
	s.log.mu.Lock()
	defer s.log.mu.Unlock()
	return slices.Clone(s.log.downloads)
}

// open logs the arrival of a request.
func (j *journal) open(c *call) Request {
	r := Request{
		At: c.server.Now(), Method: c.method, Path: c.path, Form: url.Values(c.form), Header: c.header, Key: c.key,
		Account: c.header.Get("Stripe-Account"), Version: c.header.Get("Stripe-Version"),
	}
	if c.route != nil {
		r.Route = c.route.name
	}
	object := c.touches()
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.writing == nil {
		j.writing = map[string]int{}
	}
	if object != "" {
		r.Overlap = j.writing[object] > 0
		j.writing[object]++
	}
	if len(j.requests) >= maxRequests {
		j.requests = slices.Clone(j.requests[maxRequests/2:])
		j.dropped += maxRequests / 2
	}
	j.requests = append(j.requests, r)
	c.entry = j.dropped + len(j.requests) - 1
	return r
}

// leave notes that the client has its answer, or has gone.
func (j *journal) leave(c *call) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if object := c.touches(); object != "" {
		j.writing[object]--
	}
}

func (j *journal) late(c *call) { j.change(c, func(r *Request) { r.Late = true }) }

// done notes how a request was answered.
func (j *journal) done(c *call) {
	j.change(c, func(r *Request) {
		r.ID, r.Status, r.Code, r.Replayed, r.Object = c.id, c.answer.Status, c.code, c.replayed, c.object
		if c.executed {
			r.Executed = c.now
		}
	})
	if c.answer.Header = c.answer.Header.Clone(); c.answer.Header == nil {
		c.answer.Header = http.Header{}
	}
	c.answer.Header.Set("Request-Id", c.id)
	c.answer.Header.Set("Stripe-Version", Version)
	if c.key != "" {
		c.answer.Header.Set("Idempotency-Key", c.key)
	}
}

func (j *journal) change(c *call, f func(*Request)) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if i := c.entry - j.dropped; i >= 0 && i < len(j.requests) {
		f(&j.requests[i])
	}
}

func (j *journal) complain(text string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.complaints = append(j.complaints, text)
}

func (j *journal) download(d Download) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.downloads = append(j.downloads, d)
}

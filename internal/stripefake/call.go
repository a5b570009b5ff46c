package stripefake

import (
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// call is one request on its way through the server.
type call struct {
	server *Server
	route  *route
	method string
	path   string
	ids    []string // values in the path
	header http.Header
	form   params
	noForm bool   // the body is something else
	key    string // idempotency key
	id     string // of the request
	fault  Fault

	realm    *Realm
	now      time.Time
	answer   Answer
	replayed bool
	executed bool
	object   string // what was made
	code     string // of the error
	entry    int    // in the log
}

// ServeHTTP answers a request to the API or for a document.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.Settle()
	if !strings.HasPrefix(r.URL.Path, "/v1/") {
		s.serveDocument(w, r)
		return
	}
	c := s.read(r)
	logged := s.log.open(c)
	defer s.log.leave(c)
	if hook := s.script.hooked(); hook != nil {
		hook(logged)
	}
	if c.route != nil {
		c.fault = s.script.take(logged)
	}
	if !s.conduct(r, c) {
		panic(http.ErrAbortHandler)
	}
	s.transmit(w, r, c.answer)
}

// read takes a request apart; the body is read whole, as Stripe does before it answers.
func (s *Server) read(r *http.Request) *call {
	const mostBody = 1 << 20
	c := &call{server: s, method: r.Method, header: r.Header.Clone(), form: params(r.URL.Query())}
	c.path = strings.TrimSuffix(r.URL.EscapedPath(), "/") // an empty id asks for the collection, as at Stripe
	c.route, c.ids = findRoute(r.Method, c.path)
	for i, id := range c.ids {
		if plain, err := url.PathUnescape(id); err == nil {
			c.ids[i] = plain
		}
	}
	c.key = r.Header.Get("Idempotency-Key")
	body, err := io.ReadAll(io.LimitReader(r.Body, mostBody))
	if err != nil || r.Method == http.MethodGet {
		return c
	}
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); len(body) > 0 && kind != "application/x-www-form-urlencoded" {
		c.noForm = true
		return c
	}
	values, err := url.ParseQuery(string(body))
	c.noForm = err != nil || len(body) == mostBody
	for key, list := range values {
		c.form[key] = append(c.form[key], list...)
	}
	return c
}

// conduct brings a request through its stages and tells whether there is anybody left to answer.
func (s *Server) conduct(r *http.Request, c *call) bool {
	f := c.fault
	if f.Stage == Arrival {
		return s.arrive(r, c)
	}
	there := true
	switch {
	case s.begin(c, s.Now()):
	case f.Stage == Execution && f.Delay > 0:
		s.lock(c, 1)
		there = s.clock.hold(r.Context(), f.Delay, func(at time.Time) {
			s.lock(c, -1)
			s.execute(c, at)
		})
	default:
		s.execute(c, s.Now())
	}
	if f.Stage != Execution && f.Delay > 0 {
		there = s.clock.hold(r.Context(), f.Delay, func(time.Time) {})
	}
	if !there && f.Delay == Forever && f.Stage == Execution {
		s.abandon(c)
	}
	if !there || f.Cut {
		return false
	}
	if f.Stage == Reply {
		c.answer = f.edit(f.altered(c.answer.clone()))
	}
	return true
}

// abandon ends a request that would never have ended: its key and its object are free again.
func (s *Server) abandon(c *call) {
	s.lock(c, -1)
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.stored, c.storedKey())
}

// arrive does what a fault at arrival says, or nothing but the request itself.
func (s *Server) arrive(r *http.Request, c *call) bool {
	f := c.fault
	all := func(at time.Time) {
		if !s.begin(c, at) {
			s.execute(c, at)
		}
	}
	if f.Late > 0 {
		s.log.late(c)
		s.clock.later(f.Late, all)
		return false
	}
	there := s.clock.hold(r.Context(), f.Delay, func(at time.Time) {
		if f.replaces() {
			s.reject(c, f, at)
		} else {
			all(at)
		}
	})
	return there && !f.Cut
}

// reject answers with a fault before anything has been looked at.
func (s *Server) reject(c *call, f Fault, at time.Time) {
	answer := f.edit(Answer{})
	s.mu.Lock()
	defer s.mu.Unlock()
	c.now, c.answer = at, answer
	c.id = s.newID("req")
	s.log.done(c)
}

// begin does everything that comes before execution, and tells whether that has answered the request.
func (s *Server) begin(c *call, at time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	c.now = at
	c.id = s.newID("req")
	if e := c.admit(); e != nil {
		c.refuse(e)
		s.log.done(c)
		return true
	}
	if c.claim() {
		s.log.done(c)
		return true
	}
	return false
}

// admit are the checks whose failures are never stored, in Stripe's order.
func (c *call) admit() *apiError {
	if c.route == nil {
		return &apiError{
			Status: http.StatusNotFound, Type: typeInvalid, complaint: true,
			Message: "Unrecognized request URL (" + c.method + ": " + c.path + "). Please see https://stripe.com/docs or we can " +
				"help at https://support.stripe.com/.",
		}
	}
	if e := c.authenticate(); e != nil {
		return e
	}
	if v := c.header.Get("Stripe-Version"); v != Version {
		e := invalid("", "", "Invalid Stripe API version: %s", v)
		e.complaint = true
		return e
	}
	if e := c.limited(); e != nil {
		return e
	}
	if c.noForm {
		e := invalid("", "", "Invalid request (check that your POST content type is application/x-www-form-urlencoded). If you "+
			"have any questions, we can help at https://support.stripe.com/.")
		e.complaint = true
		return e
	}
	if e := c.form.check(c.route.rules); e != nil {
		return e
	}
	return c.checkExpand()
}

// refuse answers with an error.
func (c *call) refuse(e *apiError) {
	c.code = orDefault(e.Code, e.Type)
	c.answer = e.answer(c.id)
	if e.complaint {
		c.server.log.complain(c.method + " " + c.path + ": " + e.Message)
	}
}

// execute does the work of a request and stores what it is answered with.
func (s *Server) execute(c *call, at time.Time) {
	f := c.fault
	if f.Stage == Execution && f.replaces() {
		c.now, c.answer = at, f.edit(Answer{})
	} else {
		s.perform(c, at)
	}
	if f.Stage == Commit {
		c.answer = f.edit(c.answer.clone())
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	c.keep()
	s.log.done(c)
}

// perform has the route's handler answer, all at once.
func (s *Server) perform(c *call, at time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c.now = at
	if s.lockedBy(c) {
		c.refuse(errLocked())
		return
	}
	c.executed = true
	body, e := c.route.handle(c)
	if e != nil {
		c.refuse(e)
		return
	}
	c.expand(body)
	if made, ok := body.(obj); ok && c.route.writes() {
		c.object, _ = made["id"].(string)
	}
	c.answer = Answer{Status: http.StatusOK, Header: jsonHeader(), Body: encode(body)}
}

func (c *call) inPath(id string) bool { return slices.Contains(c.ids, id) }

// touches names the object that a request works on: two writes on it do not go together.
func (c *call) touches() string {
	if c.route == nil || !c.route.writes() || strings.HasPrefix(c.path, "/v1/billing_portal/") {
		return ""
	}
	if len(c.ids) > 0 {
		return c.ids[0]
	}
	return orDefault(c.form.text("invoice"), c.form.text("customer"))
}

func (s *Server) lock(c *call, by int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if id := c.touches(); id != "" {
		s.locked[id] += by
	}
}

func (s *Server) lockedBy(c *call) bool {
	id := c.touches()
	return id != "" && s.locked[id] > 0
}

package stripefake

import (
	"encoding/json"
	"slices"
	"sync"
	"time"
)

// Any stands for every route where faults are set.
const Any = "*"

// Stage is how far a request gets before its fault.
type Stage int

// The stages, in order.
const (
	Arrival   Stage = iota // before Stripe has looked at it: nothing happens and nothing is stored
	Execution              // its idempotency key is taken: nothing happens, and what is answered is stored under the key
	Commit                 // it has happened: what is answered is stored instead of the result
	Reply                  // it has happened and the result is stored: only the client of this request sees the fault
)

// Fault is what goes wrong with one request. The zero value is a request with which nothing does.
type Fault struct {
	Stage Stage
	// Delay holds the request at its stage until the clock has moved on so far. A request that waits at Arrival or
	// Execution is done then, whether its client has waited or not; while it waits at Execution it has its key and its
	// object locked. [Forever] ends with the client's patience, and nothing more is done.
	Delay time.Duration
	// Late cuts the client's connection at once, and has the request arrive that much later. Only at Arrival.
	Late time.Duration
	// Edit changes what goes over the wire: the real answer at Reply, else one that is empty. At Execution and Commit its
	// status and body are what is stored.
	Edit func(a *Answer)
	// Alter changes the object that is answered with, at Reply. Numbers in it are float64, as encoding/json has them.
	Alter func(body map[string]any)
	// Cut cuts the connection instead of answering.
	Cut bool
	// Only limits the fault to some requests; nil: all.
	Only func(r Request) bool
}

// script holds the faults to come.
type script struct {
	mu     sync.Mutex
	queued map[string][]Fault
	always map[string]Fault
	hook   func(Request)
}

// FailNext scripts the next requests of a route: each takes the next fault.
func (s *Server) FailNext(route string, faults ...Fault) {
	mustKnow(route)
	s.script.mu.Lock()
	defer s.script.mu.Unlock()
	s.script.queued[route] = append(s.script.queued[route], faults...)
}

// Always gives all requests of a route a fault until it is healed. Scripted faults come first, and a fault of the route
// before one of [Any]: the zero Fault keeps a route out of a fault of all.
func (s *Server) Always(route string, fault Fault) {
	mustKnow(route)
	s.script.mu.Lock()
	defer s.script.mu.Unlock()
	s.script.always[route] = fault
}

// Heal takes away all faults of the routes; without routes, all faults there are.
func (s *Server) Heal(routes ...string) {
	s.script.mu.Lock()
	defer s.script.mu.Unlock()
	if len(routes) == 0 {
		clear(s.script.queued)
		clear(s.script.always)
	}
	for _, route := range routes {
		delete(s.script.queued, route)
		delete(s.script.always, route)
	}
}

// Unused is the number of scripted faults that no request has taken yet.
func (s *Server) Unused() int {
	s.script.mu.Lock()
	defer s.script.mu.Unlock()
	n := 0
	for _, faults := range s.script.queued {
		n += len(faults)
	}
	return n
}

// Hook has a function called at the beginning of every request, before faults have their effect; nil takes it away.
func (s *Server) Hook(f func(Request)) {
	s.script.mu.Lock()
	defer s.script.mu.Unlock()
	s.script.hook = f
}

// mustKnow makes a misspelt route a panic, so that no fault is set in vain.
func mustKnow(name string) {
	if name != Any && routeNamed(name) == nil {
		panic("stripefake: no route " + name)
	}
}

// take gives the fault of a request: the next scripted one, else the lasting one; the route's own before that of all.
func (sc *script) take(r Request) Fault {
	sc.mu.Lock()
	defer sc.mu.Unlock()
	for _, name := range []string{r.Route, Any} {
		for i, fault := range sc.queued[name] {
			if fault.Only == nil || fault.Only(r) {
				sc.queued[name] = slices.Delete(sc.queued[name], i, i+1)
				return fault
			}
		}
		if fault, ok := sc.always[name]; ok && (fault.Only == nil || fault.Only(r)) {
			return fault
		}
	}
	return Fault{}
}

func (sc *script) hooked() func(Request) {
	sc.mu.Lock()
	defer sc.mu.Unlock()
	return sc.hook
}

// replaces tells whether the fault has an answer of its own for what has not been answered yet.
func (f Fault) replaces() bool { return f.Edit != nil || f.Cut }

func (f Fault) edit(a Answer) Answer {
	if f.Edit != nil {
		f.Edit(&a)
	}
	return a
}

// altered changes the object in an answer; an answer without one stays as it is.
func (f Fault) altered(a Answer) Answer {
	var body obj
	if f.Alter == nil || json.Unmarshal(a.Body, &body) != nil {
		return a
	}
	f.Alter(body)
	a.Body = encode(body)
	return a
}

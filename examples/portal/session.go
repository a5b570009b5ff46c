package main

import (
	"crypto/rand"
	"net/http"
	"slices"
	"sync"
)

// session is what the host remembers of a browser. It stays on the server; the browser has its id only.
type session struct {
	person   *person
	language string   // of the billing area; empty: what the browser accepts
	notes    []string // shown once
}

// sessions are the sessions of all browsers, in memory.
type sessions struct {
	mu    sync.Mutex
	byID  map[string]*session
	order []string // oldest first
}

// mostSessions bounds them: the oldest is forgotten.
const mostSessions = 1000

// sessionCookie has no Secure flag, because the demonstration is served without TLS. A real host has both.
const sessionCookie = "portal_demo"

// signIn begins a session with a new id, so that nobody can know it before. The one before ends.
func (s *sessions) signIn(w http.ResponseWriter, r *http.Request, who *person) {
	fresh := &session{person: who, language: s.of(r).language}
	s.end(r)
	s.begin(w, fresh)
}

func (s *sessions) begin(w http.ResponseWriter, fresh *session) {
	id := rand.Text()
	s.mu.Lock()
	if len(s.order) >= mostSessions {
		delete(s.byID, s.order[0])
		s.order = s.order[1:]
	}
	s.byID[id] = fresh
	s.order = append(s.order, id)
	s.mu.Unlock()
	http.SetCookie(w, &http.Cookie{ //nolint:gosec // see sessionCookie
		Name: sessionCookie, Value: id, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
}

// signOut ends the session.
func (s *sessions) signOut(w http.ResponseWriter, r *http.Request) {
	s.end(r)
	http.SetCookie(w, &http.Cookie{ //nolint:gosec // see sessionCookie
		Name: sessionCookie, Path: "/", MaxAge: -1, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
}

func (s *sessions) end(r *http.Request) {
	c, err := r.Cookie(sessionCookie)
	if err != nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.byID, c.Value)
	s.order = slices.DeleteFunc(s.order, func(id string) bool { return id == c.Value })
}

// of gives a copy of the session of a request; the zero session is nobody's.
func (s *sessions) of(r *http.Request) session {
	var out session
	s.change(r, func(found *session) { out = *found })
	return out
}

// change changes the session of a request and tells whether there is one.
func (s *sessions) change(r *http.Request, how func(*session)) bool {
	c, err := r.Cookie(sessionCookie)
	if err != nil {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	found, ok := s.byID[c.Value]
	if ok {
		how(found)
	}
	return ok
}

// keep changes the session of a request, and begins one of nobody where there is none.
func (s *sessions) keep(w http.ResponseWriter, r *http.Request, how func(*session)) {
	if !s.change(r, how) {
		fresh := &session{}
		how(fresh)
		s.begin(w, fresh)
	}
}

// takeNotes gives what is to be said, once.
func (s *sessions) takeNotes(r *http.Request) (notes []string) {
	s.change(r, func(found *session) { notes, found.notes = found.notes, nil })
	return notes
}

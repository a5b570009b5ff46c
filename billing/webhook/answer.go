package webhook

import (
	"io"
	"net/http"
	"strconv"
)

// Outcome is what became of a request.
type Outcome uint8

// The outcomes. Those of the first group are acknowledged: the provider does not send the event again.
//
// Altered is harmless when a provider renders an event anew, as for two endpoints of different versions at one address,
// and nothing depends on the body. Many of them without such a reason are worth an alarm.
const (
	Stored    Outcome = iota // a new event, which a worker will find
	Duplicate                // an event that was stored before
	Altered                  // an event that was stored before, with another body: the first one stays; see below
	Foreign                  // signed, but of the other mode or of another account: left alone

	Untrusted   // no signature, or one that does not hold, or no event: which of it is not told
	BadMethod   // anything but POST
	TooLarge    // a body beyond the limit
	TooSlow     // a body that does not arrive
	Overloaded  // too many requests at work
	Unavailable // the event could not be stored, or its signature not be checked, for now
	Failed      // a panic in what the handler calls
	outcomes    // how many there are
)

// Answer is what a request of an outcome is told.
type Answer struct {
	Outcome Outcome
	Name    string // for logs and metrics
	Status  int    // of HTTP
	Text    string // the whole body
}

// answers is the one table of what is answered, in order of outcome.
var answers = [outcomes]Answer{
	{Stored, "stored", http.StatusNoContent, ""},
	{Duplicate, "duplicate", http.StatusNoContent, ""},
	{Altered, "altered", http.StatusNoContent, ""},
	{Foreign, "foreign", http.StatusNoContent, ""},
	{Untrusted, "untrusted", http.StatusBadRequest, "invalid request\n"},
	{BadMethod, "bad_method", http.StatusMethodNotAllowed, "method not allowed\n"},
	{TooLarge, "too_large", http.StatusRequestEntityTooLarge, "too large\n"},
	{TooSlow, "too_slow", http.StatusRequestTimeout, "timed out\n"},
	{Overloaded, "overloaded", http.StatusServiceUnavailable, "try again later\n"},
	{Unavailable, "unavailable", http.StatusServiceUnavailable, "try again later\n"},
	{Failed, "failed", http.StatusInternalServerError, "internal error\n"},
}

// Answers lists what requests are answered, one row for each outcome.
func Answers() []Answer { return append([]Answer(nil), answers[:]...) }

// String gives the name of the outcome, for logs and metrics.
func (o Outcome) String() string {
	if o < outcomes {
		return answers[o].Name
	}
	return "unknown"
}

// comeAgain is when a refused request may be tried again, in seconds. Providers wait longer by themselves.
const comeAgain = 5

// write answers a request.
func (a *Answer) write(w http.ResponseWriter) {
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	switch a.Status {
	case http.StatusMethodNotAllowed:
		h.Set("Allow", http.MethodPost)
	case http.StatusServiceUnavailable:
		h.Set("Retry-After", strconv.Itoa(comeAgain))
	case http.StatusRequestTimeout:
		h.Set("Connection", "close") // the rest of the body would be taken for the next request
	}
	if a.Text != "" {
		h.Set("Content-Type", "text/plain; charset=utf-8")
		h.Set("Content-Length", strconv.Itoa(len(a.Text)))
	}
	w.WriteHeader(a.Status)
	_, _ = io.WriteString(w, a.Text) // whoever asked may be gone
}

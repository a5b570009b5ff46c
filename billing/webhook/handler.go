package webhook

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"runtime/debug"
	"sync/atomic"
	"time"

	"github.com/billhatch/billhatch/provider"
)

// Handler receives webhooks: see the package documentation.
type Handler struct {
	cfg      Config
	verifier provider.WebhookVerifier
	inbox    provider.Inbox
	places   chan struct{} // one value for each request at work
	counts   [outcomes]atomic.Int64
}

// New makes a handler. Whatever is missing or wrong in the configuration is an error here, of kind [ErrConfig], and never
// later.
func New(cfg Config) (*Handler, error) {
	if err := cfg.complete(); err != nil {
		return nil, err
	}
	h := &Handler{cfg: cfg, places: make(chan struct{}, cfg.MaxInFlight)}
	h.verifier, _ = provider.As[provider.WebhookVerifier](cfg.Payments)
	h.inbox, _ = provider.As[provider.Inbox](cfg.Records)
	return h, nil
}

// Count is the number of requests that have had an outcome so far, for metrics and alarms.
func (h *Handler) Count(o Outcome) int64 {
	if o >= outcomes {
		return 0
	}
	return h.counts[o].Load()
}

// ServeHTTP answers one request.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	outcome := h.serve(w, r)
	h.counts[outcome].Add(1)
	answers[outcome].write(w)
}

// serve does what there is to do, cheapest first. No answer is written to w.
func (h *Handler) serve(w http.ResponseWriter, r *http.Request) (outcome Outcome) {
	defer func() { //nolint:contextcheck // a request has its context
		if v := recover(); v != nil {
			if v == http.ErrAbortHandler { //nolint:errorlint // the very value is the signal
				panic(v)
			}
			h.cfg.Logger.ErrorContext(r.Context(), "webhook: panic", "stack", string(debug.Stack()))
			outcome = Failed
		}
	}()
	signature, refused := h.head(r)
	if refused != 0 {
		leave(w, r)
		return refused
	}
	select {
	case h.places <- struct{}{}:
		defer func() { <-h.places }()
	default:
		leave(w, r)
		return Overloaded
	}
	body, refused := h.read(w, r)
	if refused != 0 {
		return refused
	}
	event, refused := h.verify(r, body, signature)
	if refused != 0 {
		return refused
	}
	if event.Live != h.cfg.Live || event.Account != h.cfg.ConnectedAccount {
		h.cfg.Logger.WarnContext(r.Context(), "webhook: event of another mode or account", "event", event.ID, "type", event.Type)
		return Foreign
	}
	return h.store(r.Context(), event, body)
}

// maxSignature bounds the header of a signature, in bytes. Signatures of providers take some hundred.
const maxSignature = 4096

// head refuses what needs no place and no body to be refused, and gives the signature. The second result is why there is
// none, or zero.
func (h *Handler) head(r *http.Request) (string, Outcome) {
	switch signatures := r.Header.Values(h.verifier.SignatureHeader()); {
	case r.Method != http.MethodPost:
		return "", BadMethod
	case r.ContentLength > h.cfg.MaxBody:
		return "", TooLarge
	case len(signatures) != 1: // of two, a proxy may have looked at the other one
		return "", Untrusted
	case signatures[0] == "" || len(signatures[0]) > maxSignature:
		return "", Untrusted
	default:
		return signatures[0], 0
	}
}

// leave has the server not wait for a body that nobody reads: the connection ends with the answer.
func leave(w http.ResponseWriter, r *http.Request) {
	if r.ContentLength == 0 {
		return
	}
	w.Header().Set("Connection", "close")
	breakOff(http.NewResponseController(w))
}

// breakOff ends reading, by a deadline that has passed: it needs no clock. A writer without deadlines leaves it to those
// of the server.
func breakOff(c *http.ResponseController) { _ = c.SetReadDeadline(time.Unix(1, 0)) }

// read takes the body as it is: a signature is one of bytes. The second result is why there is none, or zero.
func (h *Handler) read(w http.ResponseWriter, r *http.Request) ([]byte, Outcome) {
	// Whether the body came in time decides the timer alone: a connection whose deadline has passed is of no use any more.
	control, broken := http.NewResponseController(w), make(chan struct{})
	timer := time.AfterFunc(h.cfg.BodyTimeout, func() {
		defer close(broken)
		breakOff(control)
	})
	var body bytes.Buffer
	if r.ContentLength > 0 {
		body.Grow(int(r.ContentLength) + bytes.MinRead)
	}
	_, err := body.ReadFrom(http.MaxBytesReader(w, r.Body, h.cfg.MaxBody))
	if !timer.Stop() {
		<-broken
		return nil, TooSlow
	}
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		leave(w, r)
		return nil, TooLarge
	case err != nil: // the sender is gone
		return nil, Untrusted
	}
	return body.Bytes(), 0
}

// verify gives the event of a signed body. The second result is why there is none, or zero.
func (h *Handler) verify(r *http.Request, body []byte, signature string) (provider.Event, Outcome) {
	event, err := h.verifier.VerifyWebhook(body, signature, h.cfg.Clock())
	switch {
	case provider.IsKind(err, provider.ErrSignature):
		return provider.Event{}, Untrusted
	case err != nil:
		h.cfg.Logger.ErrorContext(r.Context(), "webhook: signatures cannot be checked", "problem", problemOf(err))
		return provider.Event{}, Unavailable
	}
	return event, 0
}

// store keeps the event durably, once.
func (h *Handler) store(ctx context.Context, event provider.Event, body []byte) Outcome {
	ctx, cancel := context.WithTimeout(ctx, h.cfg.StoreTimeout)
	defer cancel()
	fresh, err := h.inbox.Receive(ctx, event, body)
	switch {
	case provider.IsKind(err, provider.ErrConflict):
		h.cfg.Logger.WarnContext(ctx, "webhook: event came again with another body", "event", event.ID, "type", event.Type)
		return Altered
	case err != nil:
		h.cfg.Logger.ErrorContext(ctx, "webhook: event cannot be stored", "event", event.ID, "type", event.Type,
			"problem", problemOf(err))
		return Unavailable
	case !fresh:
		return Duplicate
	}
	h.cfg.Received()
	return Stored
}

// problemOf names the kind of an error for logs. What others than providers say is not for logs: it may hold anything.
func problemOf(err error) string {
	if kind := provider.Kind(err); kind != nil {
		return kind.Error()
	}
	return "other"
}

package stripefake

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// SignatureHeader is the name of the header that carries the signature of a delivery.
const SignatureHeader = "Stripe-Signature"

// Delivery is an event on its way to an endpoint.
type Delivery struct {
	Endpoint, URL   string
	Event, Type     string
	Object, Account string // what has changed, and in which account
	Live            bool
	Body            []byte
	Signature       string // value of SignatureHeader
	attempt         *attempt
}

// attempt is a delivery that nobody has accepted.
type attempt struct {
	endpoint *Endpoint
	event    *Event
	realm    *Realm
	body     []byte // of the first delivery, which the others repeat
}

// Sign makes the value of SignatureHeader.
func Sign(body []byte, at time.Time, secrets ...string) string {
	t := strconv.FormatInt(at.Unix(), 10)
	header := "t=" + t
	for _, secret := range secrets {
		mac := hmac.New(sha256.New, []byte(secret))
		mac.Write([]byte(t + "."))
		mac.Write(body)
		header += ",v1=" + hex.EncodeToString(mac.Sum(nil))
	}
	return header
}

// Deliveries are the deliveries that nobody has accepted yet, in the order of their events, signed now.
func (s *Server) Deliveries() []Delivery {
	s.Settle()
	now := s.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]Delivery, 0, len(s.pending))
	for _, a := range s.pending {
		out = append(out, a.deliver(now))
	}
	return out
}

func (a *attempt) deliver(now time.Time) Delivery {
	if a.body == nil {
		x := a.event.renderAs(a.realm, orDefault(a.endpoint.APIVersion, Version))
		if a.endpoint.Connect {
			x["account"] = a.realm.account
		}
		a.body = encode(x)
	}
	d := a.delivery(bytes.Clone(a.body))
	d.Signature = Sign(d.Body, now, a.endpoint.Secrets...)
	return d
}

func (a *attempt) delivery(body []byte) Delivery {
	return Delivery{
		Endpoint: a.endpoint.ID, URL: a.endpoint.URL, Event: a.event.ID, Type: a.event.Type, Object: a.event.Object,
		Account: a.realm.account, Live: a.realm.live, Body: body, attempt: a,
	}
}

// ThinEvent is a delivery of the second kind: it names the object and does not carry it.
func (s *Server) ThinEvent(d Delivery) Delivery {
	now := s.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	a := d.attempt
	kind, _ := a.event.of.render(a.realm)["object"].(string)
	thin := a.delivery(encode(obj{
		"id": d.Event, "object": "v2.core.event", "type": "v1." + d.Type, "livemode": d.Live,
		"created": a.event.Created.Format("2006-01-02T15:04:05.000Z"), "context": nil, "reason": nil,
		"related_object": obj{"id": d.Object, "type": kind, "url": "/v1/" + kind + "s/" + d.Object},
	}))
	thin.Signature = Sign(thin.Body, now, a.endpoint.Secrets...)
	return thin
}

// Accept takes a delivery as accepted, so that it is not made again.
func (s *Server) Accept(d Delivery) {
	if s.settled(d) {
		s.mu.Lock()
		defer s.mu.Unlock()
		d.attempt.event.open--
	}
}

// Drop gives a delivery up: it is not made again, and the event remains one that was not delivered.
func (s *Server) Drop(d Delivery) { s.settled(d) }

// settled takes a delivery off those to come, and tells whether it was among them.
func (s *Server) settled(d Delivery) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := slices.Index(s.pending, d.attempt)
	if i >= 0 {
		s.pending = slices.Delete(s.pending, i, i+1)
	}
	return i >= 0
}

// Deliver sends all deliveries to a handler, in order, and accepts those that it answers with 2xx. It gives the number
// of the others, which the next call sends again.
func (s *Server) Deliver(ctx context.Context, h http.Handler) (refused int) {
	for _, d := range s.Deliveries() {
		w := &receipt{header: http.Header{}, status: http.StatusOK}
		h.ServeHTTP(w, d.Request(ctx))
		if w.status/100 == 2 {
			s.Accept(d)
		} else {
			refused++
		}
	}
	return refused
}

// Request is the delivery as the host gets it.
func (d Delivery) Request(ctx context.Context) *http.Request {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, d.URL, bytes.NewReader(d.Body))
	if err != nil {
		panic("stripefake: " + err.Error())
	}
	r.RequestURI = r.URL.RequestURI()
	r.Header.Set("Content-Type", "application/json; charset=utf-8")
	r.Header.Set("User-Agent", "Stripe/1.0 (+https://stripe.com/docs/webhooks)")
	r.Header.Set(SignatureHeader, d.Signature)
	return r
}

// Scramble shuffles deliveries and repeats about a third of them, the same way for the same seed.
func Scramble(seed uint64, deliveries []Delivery) []Delivery {
	random := rand.New(rand.NewPCG(seed, 0)) //nolint:gosec // the same order for the same seed is the point
	out := slices.Clone(deliveries)
	for _, d := range deliveries {
		if random.IntN(3) == 0 {
			out = append(out, d)
		}
	}
	random.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	return out
}

// receipt notes how a delivery was answered.
type receipt struct {
	header  http.Header
	status  int
	written bool
}

func (w *receipt) Header() http.Header { return w.header }

func (w *receipt) WriteHeader(status int) {
	if !w.written {
		w.status, w.written = status, true
	}
}

func (w *receipt) Write(p []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return io.Discard.Write(p)
}

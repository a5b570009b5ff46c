package memory

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/billhatch/billhatch/provider"
)

const (
	// tolerance is how far the time of a webhook may be away, on either side.
	tolerance = 5 * time.Minute
	// maxWebhook bounds the body of a webhook, in bytes.
	maxWebhook = 1 << 20
	// maxHeader and maxSignatures bound what is looked at in a header.
	maxHeader     = 4096
	maxSignatures = 16
)

// Delivery is a webhook as it would be delivered.
type Delivery struct {
	Event     provider.Event
	Payload   []byte
	Signature string // made at the time of the event; see World.Sign for another time
}

// wireEvent is the payload of a webhook. It tells what changed and holds no data.
type wireEvent struct {
	ID       string `json:"id"`
	Type     string `json:"type"`
	Object   string `json:"object,omitempty"`
	Customer string `json:"customer,omitempty"`
	Account  string `json:"account,omitempty"`
	Created  int64  `json:"created"` // seconds since 1970
	Live     bool   `json:"live"`
}

// kindOf tells from the type of an event what it is about.
func kindOf(eventType string) provider.EventKind {
	object, _, _ := strings.Cut(eventType, ".")
	switch object {
	case "invoice", "credit_note":
		return provider.InvoiceEvent
	case "customer", "payment_method":
		return provider.CustomerEvent
	case "billing_portal":
		return provider.PortalEvent
	}
	return ""
}

// maxOutbox bounds the webhooks that wait to be fetched; the oldest are forgotten.
const maxOutbox = 10_000

// announce adds a webhook to the outbox. The lock must be held.
func (w *World) announce(c *customer, kind, object string) {
	d, err := w.delivery(provider.Event{
		Type: kind, Object: object, Customer: c.ID, At: w.Now().Truncate(time.Second), Live: w.opt.Live,
	})
	if err != nil {
		return // an event of plain texts can always be written
	}
	if len(w.outbox) >= maxOutbox {
		w.outbox = slices.Delete(w.outbox, 0, maxOutbox/2)
	}
	w.outbox = append(w.outbox, d)
}

func (w *World) delivery(e provider.Event) (Delivery, error) {
	if e.ID == "" {
		e.ID = w.id("evt")
	}
	e.Kind = kindOf(e.Type)
	payload, err := json.Marshal(wireEvent{e.ID, e.Type, e.Object, e.Customer, e.Account, e.At.Unix(), e.Live})
	if err != nil {
		return Delivery{}, err
	}
	return Delivery{Event: e, Payload: payload, Signature: w.Sign(payload, e.At)}, nil
}

// Webhooks takes the webhooks about everything that has changed since the last time, oldest first.
func (w *World) Webhooks() []Delivery {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := w.outbox
	w.outbox = nil
	return out
}

// Webhook makes a webhook of an event. Without an id it gets the next one, without a time the clock's; the kind follows
// from the type.
func (w *World) Webhook(e provider.Event) Delivery {
	w.mu.Lock()
	defer w.mu.Unlock()
	if e.At.IsZero() {
		e.At = w.Now()
	}
	e.At = e.At.UTC().Truncate(time.Second)
	d, err := w.delivery(e)
	if err != nil {
		w.mistake("Webhook", "the event cannot be written")
	}
	return d
}

// Sign signs a webhook's payload at a time, with the first secret: "t=1763712000,v1=…".
func (w *World) Sign(payload []byte, at time.Time) string {
	t := strconv.FormatInt(at.Unix(), 10)
	return "t=" + t + ",v1=" + hex.EncodeToString(signature(w.opt.WebhookSecrets[0], t, payload))
}

func signature(secret, t string, payload []byte) []byte {
	m := hmac.New(sha256.New, []byte(secret))
	_, _ = m.Write([]byte(t + "."))
	_, _ = m.Write(payload)
	return m.Sum(nil)
}

// SignatureHeader gives "Billing-Signature".
func (p *Payments) SignatureHeader() string { return "Billing-Signature" }

// VerifyWebhook checks a webhook as [World.Sign] signs it, with any of the secrets.
func (p *Payments) VerifyWebhook(payload []byte, header string, now time.Time) (provider.Event, error) {
	const op = "VerifyWebhook"
	w := p.w
	w.log(Call{Op: op})
	fault := w.take(op, "", true)
	if fault.Err != nil {
		return provider.Event{}, closed(op, fault.Err)
	}
	bad := func(why string) error { return &provider.Error{Op: op, Kind: provider.ErrSignature, Message: why} }
	t, sums, ok := parseSignature(header)
	if !ok || len(payload) > maxWebhook {
		return provider.Event{}, bad("malformed")
	}
	if !w.signed(payload, t, sums) {
		return provider.Event{}, bad("no signature matches")
	}
	seconds, err := strconv.ParseInt(t, 10, 64)
	if err != nil {
		return provider.Event{}, bad("malformed")
	}
	if at := time.Unix(seconds, 0); at.Before(now.Add(-tolerance)) || at.After(now.Add(tolerance)) {
		return provider.Event{}, bad("too far from now")
	}
	var e wireEvent
	if err := json.Unmarshal(payload, &e); err != nil || e.ID == "" || e.Type == "" {
		return provider.Event{}, bad("not an event")
	}
	event := provider.Event{
		ID: e.ID, Type: e.Type, Kind: kindOf(e.Type), Object: e.Object, Customer: e.Customer, Account: e.Account,
		At: time.Unix(e.Created, 0).UTC(), Live: e.Live,
	}
	return finish(op, fault, event)
}

// signed tells whether any of the sums is that of any secret. It looks at all of them.
func (w *World) signed(payload []byte, t string, sums [][]byte) bool {
	found := false
	for _, secret := range w.opt.WebhookSecrets {
		want := signature(secret, t, payload)
		for _, sum := range sums {
			if hmac.Equal(sum, want) {
				found = true
			}
		}
	}
	return found
}

// parseSignature reads "t=…,v1=…": one time in plain digits and at least one sum. Sums of other schemes are skipped.
func parseSignature(header string) (t string, sums [][]byte, ok bool) {
	if len(header) > maxHeader {
		return "", nil, false
	}
	for part := range strings.SplitSeq(header, ",") {
		name, value, found := strings.Cut(part, "=")
		switch {
		case !found:
			return "", nil, false
		case name == "t":
			if t != "" || value == "" || strings.Trim(value, "0123456789") != "" {
				return "", nil, false
			}
			t = value
		case name == "v1":
			sum, err := hex.DecodeString(value)
			if err != nil || len(sum) != sha256.Size || len(sums) == maxSignatures {
				return "", nil, false
			}
			sums = append(sums, sum)
		}
	}
	return t, sums, t != "" && len(sums) > 0
}

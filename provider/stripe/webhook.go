package stripe

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
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

// SignatureHeader gives "Stripe-Signature".
func (p *Provider) SignatureHeader() string { return "Stripe-Signature" }

// VerifyWebhook checks a webhook against each of the secrets, and reads no more of it than what names the object: events
// of any API version are understood, thin ones too. Mode and account are told, not checked. Without secrets nothing can
// be trusted.
func (p *Provider) VerifyWebhook(payload []byte, signature string, now time.Time) (provider.Event, error) {
	bad := func(why string) (provider.Event, error) {
		return provider.Event{}, &provider.Error{Op: "VerifyWebhook", Kind: provider.ErrSignature, Message: why}
	}
	t, sums, ok := parseSignature(signature)
	if !ok || len(payload) > maxWebhook {
		return bad("malformed")
	}
	if !p.signed(payload, t, sums) {
		return bad("no signature matches")
	}
	seconds, err := strconv.ParseInt(t, 10, 64)
	if err != nil {
		return bad("malformed")
	}
	if at := time.Unix(seconds, 0); at.Before(now.Add(-tolerance)) || at.After(now.Add(tolerance)) {
		return bad("too far from now")
	}
	event, ok := parseEvent(payload)
	if !ok {
		return bad("not an event")
	}
	return event, nil
}

// signed tells whether any of the sums is that of any secret. It looks at all of them.
func (p *Provider) signed(payload []byte, t string, sums [][]byte) bool {
	found := false
	for _, secret := range p.cfg.WebhookSecrets {
		m := hmac.New(sha256.New, []byte(secret))
		m.Write([]byte(t + "."))
		m.Write(payload)
		want := m.Sum(nil)
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

// envelope is what is read of an event: what every version of the API has, and what thin events have instead.
type envelope struct {
	ID       string          `json:"id"`
	Type     string          `json:"type"`
	Created  json.RawMessage `json:"created"` // seconds, or a text in thin events
	Livemode bool            `json:"livemode"`
	Account  string          `json:"account"`
	Data     struct {
		Object   subject `json:"object"`
		Previous struct {
			Customer reference `json:"customer"`
		} `json:"previous_attributes"`
	} `json:"data"`

	Context string   `json:"context"` // thin: the account
	Related *subject `json:"related_object"`
}

// subject is the object of an event, of whatever kind.
type subject struct {
	ID       string    `json:"id"`
	Object   string    `json:"object"` // kind
	Type     string    `json:"type"`   // kind, in thin events
	Customer reference `json:"customer"`
	Invoice  reference `json:"invoice"`
}

// reference is an id, or an object that has one. Anything else is none.
type reference string

// UnmarshalJSON never fails, so that a field of another shape hides no event.
func (r *reference) UnmarshalJSON(data []byte) error {
	var id string
	if json.Unmarshal(data, &id) != nil {
		var whole struct {
			ID string `json:"id"`
		}
		if json.Unmarshal(data, &whole) == nil {
			id = whole.ID
		}
	}
	*r = reference(id)
	return nil
}

// maxName bounds ids and types in an event, in bytes.
const maxName = 255

// parseEvent reads an event that is signed.
func parseEvent(payload []byte) (provider.Event, bool) {
	var e envelope
	if json.Unmarshal(payload, &e) != nil || e.ID == "" || e.Type == "" || len(e.ID) > maxName || len(e.Type) > maxName {
		return provider.Event{}, false
	}
	at, ok := instant(e.Created)
	if !ok {
		return provider.Event{}, false
	}
	out := provider.Event{ID: e.ID, Type: e.Type, Account: e.Account, At: at, Live: e.Livemode}
	s := e.Data.Object
	if e.Related != nil {
		s = subject{ID: e.Related.ID, Object: e.Related.Type}
		out.Account = e.Context
	}
	if s.Customer == "" {
		s.Customer = e.Data.Previous.Customer // of what was taken from its customer
	}
	out.Kind, out.Object, out.Customer = s.refers()
	return out, true
}

// refers tells what is to be read again, and whose it is.
func (s *subject) refers() (kind provider.EventKind, object, customer string) {
	switch {
	case s.Object == "invoice" && s.ID != "":
		return provider.InvoiceEvent, s.ID, string(s.Customer)
	case s.Object == "customer" && s.ID != "":
		return provider.CustomerEvent, s.ID, s.ID
	case strings.HasPrefix(s.Object, "billing_portal."):
		return provider.PortalEvent, s.ID, ""
	case s.Invoice != "" && ofInvoices[s.Object]:
		return provider.InvoiceEvent, string(s.Invoice), string(s.Customer)
	case s.Customer != "" && ofCustomers[s.Object]:
		return provider.CustomerEvent, string(s.Customer), string(s.Customer)
	}
	return "", s.ID, string(s.Customer)
}

// ofCustomers are kinds of objects whose changes are changes of their customer.
var ofCustomers = map[string]bool{
	"discount": true, "subscription": true, "payment_method": true, "source": true, "card": true, "bank_account": true,
	"tax_id": true, "customer_balance_transaction": true,
}

// ofInvoices are kinds of objects whose changes are changes of their invoice.
var ofInvoices = map[string]bool{"credit_note": true, "charge": true, "payment_intent": true, "invoice_payment": true}

// instant reads the time of an event.
func instant(raw json.RawMessage) (time.Time, bool) {
	raw = bytes.TrimSpace(raw)
	if seconds, err := strconv.ParseInt(string(raw), 10, 64); err == nil {
		return time.Unix(seconds, 0).UTC(), seconds > 0
	}
	var text string
	if json.Unmarshal(raw, &text) != nil {
		return time.Time{}, false
	}
	at, err := time.Parse(time.RFC3339Nano, text)
	return at.UTC(), err == nil
}

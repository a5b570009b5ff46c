package stripe

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/billhatch/billhatch/provider"
)

// wireError is an answer that is no success. It holds nothing that Stripe wrote for people: that may name addresses, and
// nobody vouches for it.
type wireError struct {
	status    int
	kind      string // error.type
	code      string // error.code
	param     string // error.param
	requestID string
	reason    string // why a limit was hit
	replayed  bool   // out of the idempotency store
	after     time.Duration
	foreign   bool // not Stripe's JSON: a proxy between us, or an outage
}

func (e *wireError) Error() string { return "stripe: status " + strconv.Itoa(e.status) }

// readFailure reads what is needed of an answer that is no success.
func readFailure(res *http.Response) *wireError {
	e := &wireError{
		status: res.StatusCode, requestID: res.Header.Get("Request-Id"), reason: res.Header.Get("Stripe-Rate-Limited-Reason"),
		replayed: res.Header.Get("Idempotent-Replayed") == "true",
	}
	if seconds, err := strconv.Atoi(res.Header.Get("Retry-After")); err == nil && seconds > 0 && seconds <= 3600 {
		e.after = time.Duration(seconds) * time.Second
	}
	var body struct {
		Error *struct {
			Type  string `json:"type"`
			Code  string `json:"code"`
			Param string `json:"param"`
		} `json:"error"`
	}
	text, err := io.ReadAll(io.LimitReader(res.Body, maxFailure))
	if err != nil || json.Unmarshal(text, &body) != nil || body.Error == nil {
		e.foreign = true
		return e
	}
	e.kind, e.code, e.param = body.Error.Type, body.Error.Code, body.Error.Param
	return e
}

// maxFailure bounds what is read of an answer that is no success, in bytes.
const maxFailure = 64 << 10

// verdict says what an error means for the call that met it.
type verdict uint8

const (
	final   verdict = iota // it will always be so
	again                  // nothing happened: the same request may be sent again
	unclear                // it may have happened
	stored                 // a failure out of the idempotency store: the key is used up
)

// judge tells what an error means. Everything that is not an answer of Stripe is unclear, whatever the reason.
func judge(err error) verdict {
	var e *wireError
	switch {
	case errors.As(err, new(*provider.Error)), errors.Is(err, errNoKey):
		return final
	case errors.As(err, new(*notSent)):
		return again
	case !errors.As(err, &e):
		return unclear
	case e.replayed:
		return stored
	case e.status == http.StatusTooManyRequests, e.status == http.StatusConflict && e.code != "idempotency_key_in_use":
		return again
	case e.status == http.StatusConflict, e.status >= http.StatusInternalServerError, e.foreign:
		return unclear
	}
	return final
}

// translate gives an error of the wire to the caller, in the words of the contract.
func (p *Provider) translate(op string, err error) error {
	var ours *provider.Error
	if err == nil || errors.As(err, &ours) {
		return named(op, err)
	}
	out := &provider.Error{Op: op, Kind: provider.ErrUnavailable}
	var e *wireError
	switch {
	case errors.As(err, &e):
		out.Kind, out.Field = e.meaning()
		out.RequestID, out.RetryAfter = e.requestID, e.after
	case errors.Is(err, errNoKey): // guard: every write of ours has one
		out.Kind = provider.ErrInvalid
	case errors.Is(err, context.DeadlineExceeded):
		out.Kind, out.Err = provider.ErrTimeout, context.DeadlineExceeded
	case errors.Is(err, context.Canceled):
		out.Kind, out.Err = provider.ErrTimeout, context.Canceled
	case isTimeout(err):
		out.Kind = provider.ErrTimeout
	}
	return out
}

// named completes an error of our own with the operation.
func named(op string, err error) error {
	var e *provider.Error
	if errors.As(err, &e) && e.Op == "" {
		copied := *e
		copied.Op = op
		return &copied
	}
	return err
}

// meaning finds the kind of an answer of Stripe, and the field that it complains about.
func (e *wireError) meaning() (kind error, field string) {
	switch {
	case e.foreign && e.status != http.StatusUnauthorized:
		return provider.ErrUnavailable, ""
	case e.status == http.StatusUnauthorized, e.status == http.StatusForbidden:
		return provider.ErrMisconfigured, ""
	case e.status == http.StatusTooManyRequests:
		return provider.ErrRateLimited, ""
	case e.kind == "idempotency_error":
		return provider.ErrConflict, ""
	case e.code == "resource_missing", e.status == http.StatusNotFound:
		return provider.ErrNotFound, ""
	case e.code == "email_invalid":
		return provider.ErrInvalid, "email"
	case conflicts[e.code]:
		return provider.ErrConflict, ""
	case e.status >= http.StatusInternalServerError, e.status == http.StatusConflict:
		return provider.ErrUnavailable, ""
	case e.status == http.StatusBadRequest, e.status == http.StatusPaymentRequired:
		return provider.ErrInvalid, fieldOf(e.param)
	}
	return provider.ErrUnavailable, ""
}

// conflicts are codes that say that an object is not in the state for what was asked.
var conflicts = map[string]bool{
	"invoice_not_editable": true, "invoice_no_customer_line_items": true, "invoice_payment_intent_requires_action": true,
	"status_transition_invalid": true, "resource_already_exists": true, "customer_max_subscriptions": true,
}

// fieldOf names the field of a parameter, when it is a plain word.
func fieldOf(param string) string {
	for _, r := range param {
		if (r < 'a' || r > 'z') && r != '_' {
			return ""
		}
	}
	if len(param) > 40 {
		return ""
	}
	return param
}

func isTimeout(err error) bool {
	var t interface{ Timeout() bool }
	return errors.As(err, &t) && t.Timeout()
}

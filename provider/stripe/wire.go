package stripe

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"regexp"
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
	replayed  bool // out of the idempotency store
	after     time.Duration
	proxy     bool // not Stripe's JSON: something between us, or an outage
}

func (e *wireError) Error() string { return "stripe: status " + strconv.Itoa(e.status) }

// maxFailure bounds what is read of an answer that is no success, in bytes.
const maxFailure = 64 << 10

// requestIDs are what ids of requests look like; anything else is not repeated.
var requestIDs = regexp.MustCompile(`^req_[A-Za-z0-9_]{1,64}$`)

// readFailure reads what is needed of an answer that is no success. One that breaks off is a connection that broke.
func readFailure(res *http.Response) error {
	e := &wireError{status: res.StatusCode, replayed: replayed(res)}
	if id := res.Header.Get("Request-Id"); requestIDs.MatchString(id) {
		e.requestID = id
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
	if err != nil {
		return withoutURL(err)
	}
	if json.Unmarshal(text, &body) != nil || body.Error == nil || body.Error.Type == "" {
		e.proxy = true
		return e
	}
	e.kind, e.code, e.param = body.Error.Type, body.Error.Code, body.Error.Param
	return e
}

// verdict says what an error means for the call that met it.
type verdict uint8

const (
	final   verdict = iota // nothing happened, and it will always be so
	again                  // nothing happened: the same request may be sent again
	unclear                // it may have happened: the same request may be sent again
	odd                    // it may have happened, but asking again gives the same
	stored                 // a failure out of the idempotency store: the key is used up
)

// judge tells what an error means. What is no answer of Stripe is unclear, whatever the reason. The header
// Stripe-Should-Retry is not looked at: it speaks of keys, and this provider looks before it uses a second one.
func judge(err error) verdict {
	var e *wireError
	switch {
	case errors.As(err, &e):
		return e.judge()
	case errors.As(err, new(*notSent)):
		return again
	case errors.As(err, new(*provider.Error)), errors.As(err, new(*halted)), errors.Is(err, errNoKey), errors.Is(err, errNoContext), errors.Is(err, errUnsupported):
		return final
	case errors.As(err, new(*shapeError)), errors.Is(err, errBodyTooLarge):
		return odd
	}
	return unclear
}

func (e *wireError) judge() verdict {
	switch {
	case e.replayed:
		return stored
	case e.status == http.StatusTooManyRequests:
		return again
	case e.status == http.StatusConflict && !e.proxy && e.code != "idempotency_key_in_use":
		return again
	case e.status == http.StatusConflict, e.status == http.StatusRequestTimeout, e.status >= http.StatusInternalServerError:
		return unclear
	case e.status < http.StatusBadRequest:
		return odd
	}
	return final
}

// translate gives an error of the wire to the caller, in the words of the contract.
func (p *Provider) translate(op string, err error) error {
	if err == nil || errors.As(err, new(*provider.Error)) || errors.As(err, new(*halted)) {
		return named(op, err)
	}
	out := &provider.Error{Op: op, Kind: provider.ErrUnavailable}
	var e *wireError
	var shape *shapeError
	switch {
	case errors.As(err, &e):
		out.Field, out.Kind = e.meaning()
		if !errors.Is(out.Kind, provider.ErrNotFound) && !errors.Is(out.Kind, provider.ErrInvalidCursor) { // absent and foreign things must look alike
			out.RequestID, out.RetryAfter = e.requestID, e.after
		}
	case errors.As(err, &shape):
		out.Kind, out.Message = provider.ErrMisconfigured, shape.Error()
	case errors.Is(err, errNoKey), errors.Is(err, errNoContext): // guard: every call of ours has them
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
func (e *wireError) meaning() (field string, kind error) {
	switch {
	case e.status == http.StatusTooManyRequests && e.code == "lock_timeout":
		return "", provider.ErrUnavailable
	case e.status == http.StatusTooManyRequests:
		return "", provider.ErrRateLimited
	case e.proxy:
		return "", provider.ErrUnavailable
	case e.status == http.StatusUnauthorized, e.status == http.StatusForbidden:
		return "", provider.ErrMisconfigured
	case e.kind == "idempotency_error" && e.status == http.StatusBadRequest:
		return "", provider.ErrConflict
	case e.code == "resource_missing" && (e.param == "starting_after" || e.param == "ending_before"):
		return "", provider.ErrInvalidCursor
	case e.code == "resource_missing" && ours[e.param]:
		return "", provider.ErrMisconfigured
	case e.code == "resource_missing", e.status == http.StatusNotFound:
		return "", provider.ErrNotFound
	case e.code == "email_invalid":
		return "email", provider.ErrInvalid
	case conflicts[e.code]:
		return "", provider.ErrConflict
	case e.status == http.StatusBadRequest, e.status == http.StatusPaymentRequired:
		return fields[e.param], provider.ErrInvalid
	}
	return "", provider.ErrUnavailable
}

// ours are parameters whose objects the configuration names, not the caller.
var ours = map[string]bool{"configuration": true, "price": true, "tax_rates": true, "coupon": true}

// conflicts are codes that say that an object is not in the state for what was asked.
var conflicts = map[string]bool{
	"invoice_not_editable": true, "invoice_no_customer_line_items": true, "invoice_payment_intent_requires_action": true,
	"status_transition_invalid": true, "resource_already_exists": true, "customer_max_subscriptions": true,
}

// fields are the names of fields by parameter. Other names are not repeated.
var fields = map[string]string{
	"email": "email", "return_url": "return_url", "customer": "customer", "amount": "amount", "currency": "currency",
	"due_date": "terms", "days_until_due": "terms", "effective_at": "issued", "description": "lines", "metadata": "metadata",
	"limit": "limit",
}

// wireOf is the answer of Stripe that an error is; nil when it is none.
func wireOf(err error) *wireError {
	var e *wireError
	errors.As(err, &e)
	return e
}

// hasCode tells whether an error is an answer of Stripe with a code.
func hasCode(err error, code string) bool {
	e := wireOf(err)
	return e != nil && e.code == code
}

func isTimeout(err error) bool {
	var t interface{ Timeout() bool }
	return errors.As(err, &t) && t.Timeout()
}

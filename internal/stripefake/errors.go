package stripefake

import (
	"fmt"
	"net/http"
	"strings"
)

// The types of errors.
const (
	typeInvalid     = "invalid_request_error"
	typeIdempotency = "idempotency_error"
	typeAPI         = "api_error"
)

// apiError is an answer that is a failure.
type apiError struct {
	Status         int
	Type, Code     string
	Param, Message string
	RateLimited    string // reason, for the header of that name
	complaint      bool   // a test should hear of it
}

// invalid is the 400 that nearly every mistake of a client gets.
func invalid(code, param, format string, args ...any) *apiError {
	return &apiError{
		Status: http.StatusBadRequest, Type: typeInvalid, Code: code, Param: param, Message: fmt.Sprintf(format, args...),
	}
}

func (e *apiError) body(request string) obj {
	inner := obj{"type": e.Type, "message": e.Message, "request_log_url": "https://dashboard.stripe.com/logs/" + request}
	if e.Code != "" {
		inner["code"] = e.Code
		inner["doc_url"] = "https://stripe.com/docs/error-codes/" + strings.ReplaceAll(e.Code, "_", "-")
	}
	if e.Param != "" {
		inner["param"] = e.Param
	}
	return obj{"error": inner}
}

// answer writes the error as it goes over the wire.
func (e *apiError) answer(request string) Answer {
	a := Answer{Status: e.Status, Header: jsonHeader(), Body: encode(e.body(request))}
	if e.RateLimited != "" {
		a.Header.Set("Stripe-Rate-Limited-Reason", e.RateLimited)
	}
	return a
}

// missing is the error for an object that is not there: 404 when the path names it, 400 when a parameter does.
func (c *call) missing(what, id, param string) *apiError {
	e := invalid("resource_missing", param, "No such %s: '%s'", what, id)
	if param == "id" || c.inPath(id) {
		e.Status = http.StatusNotFound
	}
	if other := c.server.realms[realmKey{c.realm.account, !c.realm.live}]; other != nil && other.find(id) != nil {
		there, here := "live", "test"
		if c.realm.live {
			there, here = here, there
		}
		e.Message += fmt.Sprintf("; a similar object exists in %s mode, but a %s mode key was used to make this request.", there, here)
	}
	return e
}

func errServer() *apiError {
	return &apiError{
		Status: http.StatusInternalServerError, Type: typeAPI,
		Message: "An unknown error occurred",
	}
}

func errLocked() *apiError {
	return &apiError{
		Status: http.StatusTooManyRequests, Type: typeInvalid, Code: "lock_timeout",
		Message: "This object cannot be accessed right now because another API request or Stripe process is currently " +
			"accessing it. If you see this error intermittently, retry the request. If you see this error frequently and " +
			"are making multiple concurrent requests to a single object, make your requests serially or at a lower rate.",
	}
}

func errLimited(reason string) *apiError {
	return &apiError{
		Status: http.StatusTooManyRequests, Type: typeInvalid, Code: "rate_limit", RateLimited: reason,
		Message: "Request rate limit exceeded. You can learn more about rate limits here https://stripe.com/docs/rate-limits.",
	}
}

func errInUse(key string) *apiError {
	return &apiError{
		Status: http.StatusConflict, Type: typeIdempotency, Code: "idempotency_key_in_use",
		Message: "There is currently another in-progress request using this Idempotent Key (that probably means you submitted " +
			"twice, and the other request is still going through): " + key + ". Please try again later.",
	}
}

func errNotEditable(param string) *apiError {
	return invalid("invoice_not_editable", param, "Invalid invoice: This invoice is no longer editable")
}

func errNotOpen() *apiError {
	return invalid("", "", "You can only pass in open invoices. This invoice isn't open.")
}

package portal

import (
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/billhatch/billhatch/billing"
	"github.com/billhatch/billhatch/billing/portal/internal/spool"
	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/usage"
)

// Errors of the portal itself. Everything else comes from package billing.
var (
	errMethod       = errors.New("method not allowed")
	errAPIKey       = errors.New("api keys are not accepted")
	errCrossSite    = errors.New("request from another site")
	errTooMany      = errors.New("too many requests")
	errOverloaded   = errors.New("overloaded")
	errInternal     = errors.New("internal error")
	errBody         = errors.New("malformed request")      // not JSON or a form of the right shape
	errMediaType    = errors.New("unsupported media type") // of a body
	errBodyTooLarge = errors.New("request too large")
	errPrecondition = errors.New("precondition failed") // If-Match names another version
	errNoVersion    = errors.New("version required")    // a change without If-Match
	errPDFMissing   = errors.New("no document")
	errPDFTooLarge  = errors.New("document too large")
	errPDFTimeout   = errors.New("document timed out")
	errPDFDamaged   = errors.New("document damaged")
	errPDFDegraded  = errors.New("document unavailable")
)

// refusal is an error that tells when to come again.
type refusal struct {
	kind  error
	after time.Duration
}

func (r *refusal) Error() string { return r.kind.Error() }
func (r *refusal) Unwrap() error { return r.kind }

// fieldError names the field of the request that is wrong.
type fieldError struct {
	kind  error
	field string
}

func (e *fieldError) Error() string { return e.kind.Error() + ": " + e.field }
func (e *fieldError) Unwrap() error { return e.kind }

// Problem is one way in which a request can fail.
type Problem struct {
	Name   string // last part of the type's URN, and name of its texts
	Status int    // of HTTP
	Kind   error  // of package billing, provider or usage, or of the portal itself
}

// Type is the URI of the problem in a problem document.
func (p Problem) Type() string { return "urn:billhatch:problem:" + p.Name }

// problems is the one table of what fails how. Several kinds may share a name; the first that an error is counts.
var problems = []Problem{
	{"not_found", http.StatusNotFound, billing.ErrNotFound},
	{"forbidden", http.StatusForbidden, billing.ErrForbidden},
	{"signed_out", http.StatusUnauthorized, ErrSignedOut},
	{"method", http.StatusMethodNotAllowed, errMethod},
	{"api_key", http.StatusBadRequest, errAPIKey},
	{"cross_site", http.StatusForbidden, errCrossSite},
	{"rate_limited", http.StatusTooManyRequests, errTooMany},
	{"rate_limited", http.StatusTooManyRequests, provider.ErrRateLimited},
	{"overloaded", http.StatusServiceUnavailable, errOverloaded},
	{"overloaded", http.StatusServiceUnavailable, spool.ErrBusy},
	{"overloaded", http.StatusServiceUnavailable, spool.ErrNoRoom},
	{"malformed", http.StatusBadRequest, errBody},
	{"media_type", http.StatusUnsupportedMediaType, errMediaType},
	{"too_large", http.StatusRequestEntityTooLarge, errBodyTooLarge},
	{"version_required", http.StatusPreconditionRequired, errNoVersion},
	{"version_changed", http.StatusPreconditionFailed, errPrecondition},
	{"document_missing", http.StatusNotFound, errPDFMissing},
	{"document_too_large", http.StatusBadGateway, errPDFTooLarge},
	{"document_timeout", http.StatusGatewayTimeout, errPDFTimeout},
	{"document_damaged", http.StatusBadGateway, errPDFDamaged},
	{"document_unavailable", http.StatusServiceUnavailable, errPDFDegraded},
	{"audit_unavailable", http.StatusServiceUnavailable, billing.ErrAuditUnavailable},
	{"authority_unavailable", http.StatusServiceUnavailable, billing.ErrAuthority},
	{"confirmation_needed", http.StatusConflict, billing.ErrConfirmation},
	{"shared_email", http.StatusConflict, billing.ErrSharedEmail},
	{"month_unavailable", http.StatusUnprocessableEntity, usage.ErrPeriodUnavailable},
	{"month_unavailable", http.StatusUnprocessableEntity, usage.ErrPeriodOpen},
	{"invalid", http.StatusUnprocessableEntity, provider.ErrInvalid},
	{"invalid_cursor", http.StatusBadRequest, provider.ErrInvalidCursor},
	{"conflict", http.StatusConflict, provider.ErrConflict},
	{"unsupported", http.StatusNotImplemented, provider.ErrUnsupported},
	{"not_configured", http.StatusConflict, provider.ErrNotConfigured},
	{"needs_attention", http.StatusBadGateway, provider.ErrMisconfigured},
	{"needs_attention", http.StatusBadGateway, provider.ErrForeign},
	{"incomplete", http.StatusConflict, provider.ErrIncomplete},
	{"unknown_outcome", http.StatusBadGateway, provider.ErrUnknown},
	{"timeout", http.StatusGatewayTimeout, provider.ErrTimeout},
	{"unavailable", http.StatusServiceUnavailable, provider.ErrUnavailable},
	{"unavailable", http.StatusServiceUnavailable, provider.ErrSyncing},
	{"unavailable", http.StatusServiceUnavailable, provider.ErrNoDocument},
	{"unavailable", http.StatusServiceUnavailable, provider.ErrTooLarge},
	{"unavailable", http.StatusServiceUnavailable, provider.ErrNotPDF},
	{"report_too_large", http.StatusInsufficientStorage, spool.ErrTooLarge},
	{"timeout", http.StatusGatewayTimeout, spool.ErrTimeout},
	{"unavailable", http.StatusServiceUnavailable, spool.ErrStorage},
	{"unavailable", http.StatusServiceUnavailable, spool.ErrClosed},
	{"unavailable", http.StatusServiceUnavailable, spool.ErrGone},
	{"internal", http.StatusInternalServerError, errInternal},
	{"internal", http.StatusInternalServerError, billing.ErrConfig},
	{"internal", http.StatusInternalServerError, provider.ErrSignature},
}

// Problems lists every problem that a request can be answered with, once each.
func Problems() []Problem {
	seen := map[string]bool{}
	var out []Problem
	for _, p := range problems {
		if !seen[p.Name] {
			seen[p.Name] = true
			out = append(out, p)
		}
	}
	return out
}

// problemOf finds the line of an error: by its one kind, never by a cause. What is not of the set is an internal error.
func problemOf(err error) Problem {
	kind := billing.Kind(err)
	if kind == nil {
		kind = provider.Kind(err)
	}
	for _, p := range problems {
		if kind == p.Kind || kind == nil && errors.Is(err, p.Kind) { //nolint:errorlint // kinds are the sentinels themselves
			return p
		}
	}
	return Problem{"internal", http.StatusInternalServerError, errInternal}
}

// failure is a problem as it stands in one answer.
type failure struct {
	Problem
	Field      string // what is wrong of the request; may be empty
	RetryAfter int    // seconds; 0: not told
	RequestID  string
	Support    *billing.SupportLink // a prefilled ticket; nil: none
}

// failureOf completes the problem of an error.
func (x *exchange) failureOf(err error) failure {
	f := failure{Problem: problemOf(err), RequestID: x.id}
	var ours *billing.Error
	var after time.Duration
	if errors.As(err, &ours) {
		f.Field, after = ours.Field, ours.RetryAfter
	}
	var field *fieldError
	if errors.As(err, &field) {
		f.Field = field.field
	}
	var refused *refusal
	if errors.As(err, &refused) {
		after = refused.after
	}
	var missing *noDocument
	if errors.As(err, &missing) {
		f.Support, after = missing.panel.Support, missing.panel.RetryAfter
	}
	if topic := topics[f.Kind]; topic != "" && x.account != nil && f.Support == nil {
		f.Support = x.account.Support(topic)
	}
	f.RetryAfter = int(math.Ceil(after.Seconds()))
	if f.RetryAfter <= 0 && (f.Status == http.StatusTooManyRequests || f.Status == http.StatusServiceUnavailable) {
		f.RetryAfter = 5
	}
	return f
}

// topics are the kinds of errors that somebody else has to put right, with what the ticket is about.
var topics = map[error]billing.Topic{
	provider.ErrNotConfigured: billing.TopicSetup,
	provider.ErrMisconfigured: billing.TopicConfiguration,
	provider.ErrForeign:       billing.TopicConfiguration,
	provider.ErrIncomplete:    billing.TopicConfiguration,
}

// fail answers with the problem of an error: a document for the API, a page for people.
func (x *exchange) fail(err error) {
	f := x.failureOf(err)
	if x.written { // guard: an error after the head can only cut the answer off
		panic(http.ErrAbortHandler)
	}
	if f.Status >= http.StatusInternalServerError {
		x.portal.cfg.Logger.WarnContext(x.r.Context(), "portal: request failed",
			"request", x.id, "problem", f.Name, "route", x.routeName())
	}
	h := x.w.Header()
	if f.Kind == errMethod { //nolint:errorlint // the sentinel itself
		h.Set("Allow", x.allow)
	}
	if f.RetryAfter > 0 {
		h.Set("Retry-After", strconv.Itoa(f.RetryAfter))
	}
	if x.api {
		x.problem(f)
		return
	}
	x.failurePage(f)
}

// routeName is the name of the route for logs: never the path, which may hold ids.
func (x *exchange) routeName() string {
	if x.route == nil {
		return ""
	}
	return x.route.name
}

// problem sends a problem document (RFC 9457).
func (x *exchange) problem(f failure) {
	document := problemModel(f, x.say.T("problem."+f.Name+".title"), x.problemText(f))
	body, err := json.Marshal(document)
	if err != nil { // guard: strings and numbers always can be written
		body = []byte("{}")
	}
	x.write(f.Status, "application/problem+json", body)
}

// problemText words what happened and what to do.
func (x *exchange) problemText(f failure) string {
	return x.say.T("problem."+f.Name+".text", "field", f.Field, "seconds", f.RetryAfter, "request", f.RequestID)
}

// isSignedOut tells whether a host's error says that nobody is signed in.
func isSignedOut(err error) bool { return errors.Is(err, ErrSignedOut) }

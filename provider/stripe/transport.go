package stripe

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"
)

// transport is what every request to the API goes through: it adds what every request has, refuses what no request may
// be, and bounds what comes back. Redirects are never followed and cookies never kept.
type transport struct {
	next        http.RoundTripper
	limits      *limits
	account     string
	read, write time.Duration // of one attempt, from when its turn has come to the end of its answer
	observe     func(Call)
	clock       func() time.Time
}

// maxBody bounds an answer, in bytes.
const maxBody = 8 << 20

// product is who is calling. The SDK's own headers, which tell about the host's machine, are not sent.
const product = "billhatch (+https://github.com/billhatch/billhatch)"

// errBodyTooLarge is for an answer beyond its bound.
var errBodyTooLarge = errors.New("stripe: answer too large")

// send sends one request and gives the body of a success. Everything else is an error.
func (t *transport) send(r *http.Request) ([]byte, error) {
	if r.Method == http.MethodPost && r.Header.Get("Idempotency-Key") == "" {
		return nil, errNoKey
	}
	r.Header.Set("User-Agent", product)
	r.Header.Set("Stripe-Version", apiVersion)
	if t.account != "" {
		r.Header.Set("Stripe-Account", t.account)
	}
	route := routeOf(r.URL)
	if err := t.limits.wait(r.Context(), r.Method+" "+route); err != nil {
		return nil, &notSent{err}
	}
	x := exchangeOf(r.Context())
	if x.ask != nil {
		if err := x.ask(r.Context()); err != nil {
			return nil, err
		}
	}
	timeout := t.read
	if r.Method != http.MethodGet {
		timeout = t.write
	}
	ctx, cancel := context.WithTimeout(r.Context(), timeout)
	defer cancel()
	call := Call{Method: r.Method, Route: route, Attempt: x.attempt}
	began := t.clock()
	defer func() {
		call.Duration = t.clock().Sub(began)
		t.observe(call)
	}()
	res, err := t.next.RoundTrip(r.WithContext(ctx))
	if err != nil {
		return nil, failed(err)
	}
	defer res.Body.Close() //nolint:errcheck // it is only read
	call.Status = res.StatusCode
	if res.StatusCode < 200 || res.StatusCode > 299 {
		return nil, readFailure(res)
	}
	x.replayed = replayed(res)
	return readBody(res)
}

// readBody reads an answer up to its bound, so that a cut one never looks whole.
func readBody(res *http.Response) ([]byte, error) {
	if res.ContentLength > maxBody {
		return nil, errBodyTooLarge
	}
	body, err := io.ReadAll(io.LimitReader(res.Body, maxBody+1))
	switch {
	case err != nil:
		return nil, withoutURL(err)
	case len(body) > maxBody:
		return nil, errBodyTooLarge
	}
	return body, nil
}

// replayed tells whether an answer comes out of the idempotency store: it says what was, not what is.
func replayed(res *http.Response) bool { return res.Header.Get("Idempotent-Replayed") == "true" }

// notSent is why a request did not leave: nothing has happened.
type notSent struct{ err error }

func (e *notSent) Error() string { return "stripe: not sent" }
func (e *notSent) Unwrap() error { return e.err }

// failed tells apart a connection that never came about, over which nothing was sent, from one that broke.
func failed(err error) error {
	var op *net.OpError
	if errors.As(err, &op) && (op.Op == "dial" || op.Op == "proxyconnect") {
		return &notSent{withoutURL(err)}
	}
	return withoutURL(err)
}

// withoutURL takes the URL off an error of net/http: its query may hold an address.
func withoutURL(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}

// newTransport makes the transport of a configuration that is complete.
func newTransport(c *Config) *transport {
	return &transport{
		next: c.Transport, limits: newLimits(c), account: c.Account, read: c.ReadTimeout, write: c.WriteTimeout,
		observe: c.Observe, clock: c.Clock,
	}
}

// newRoundTripper makes connections to the API.
func newRoundTripper() *http.Transport {
	return &http.Transport{
		Proxy: http.ProxyFromEnvironment, ForceAttemptHTTP2: true, MaxIdleConnsPerHost: 64, IdleConnTimeout: 90 * time.Second,
		DialContext:         (&net.Dialer{Timeout: 5 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
		TLSHandshakeTimeout: 5 * time.Second, MaxResponseHeaderBytes: 64 << 10,
	}
}

// objectID is what Stripe's ids look like: a prefix of letters, and letters and digits.
var objectID = regexp.MustCompile(`^[a-z]+_[A-Za-z0-9_]+$`)

// routeOf is the path of a request with ids taken out, for limits and metrics.
func routeOf(u *url.URL) string {
	parts := strings.Split(u.Path, "/")
	for i, part := range parts {
		if objectID.MatchString(part) && !routeWords[part] {
			parts[i] = "{id}"
		}
	}
	return strings.Join(parts, "/")
}

// routeWords are the words of routes that look like ids.
var routeWords = map[string]bool{
	"billing_portal": true, "credit_notes": true, "balance_transactions": true, "payment_methods": true,
	"webhook_endpoints": true, "mark_uncollectible": true,
}

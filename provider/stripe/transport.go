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
// be, and bounds what comes back.
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

// product is who is calling. The SDK's own headers, which tell about the host's machine, are replaced.
const product = "billhatch (+https://github.com/billhatch/billhatch)"

// errNoKey is for a write without an idempotency key: it must never leave.
var errNoKey = errors.New("stripe: a write without an idempotency key")

// RoundTrip sends one request. An answer that is no success is an error, so that the SDK never reads its text.
func (t *transport) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Method == http.MethodPost && r.Header.Get("Idempotency-Key") == "" {
		return nil, errNoKey
	}
	r = r.Clone(r.Context())
	r.Header.Set("User-Agent", product)
	r.Header.Del("X-Stripe-Client-User-Agent")
	r.Header.Del("X-Stripe-Client-Telemetry")
	r.Header.Set("Stripe-Version", apiVersion)
	r.Header.Del("Stripe-Account")
	if t.account != "" {
		r.Header.Set("Stripe-Account", t.account)
	}
	route := routeOf(r.URL)
	if err := t.limits.wait(r.Context(), route); err != nil {
		return nil, &notSent{err}
	}
	timeout := t.read
	if r.Method != http.MethodGet {
		timeout = t.write
	}
	ctx, cancel := context.WithTimeout(r.Context(), timeout)
	began := t.clock()
	res, err := t.next.RoundTrip(r.WithContext(ctx))
	call := Call{Method: r.Method, Route: route, Attempt: attemptOf(ctx), Duration: t.clock().Sub(began)}
	if err != nil {
		cancel()
		t.observe(call)
		return nil, withoutURL(err)
	}
	call.Status = res.StatusCode
	t.observe(call)
	res.Body = &boundedBody{ReadCloser: res.Body, left: maxBody, cancel: cancel}
	if res.StatusCode < 200 || res.StatusCode > 299 {
		defer res.Body.Close() //nolint:errcheck // it was only read
		return nil, readFailure(res)
	}
	return res, nil
}

// notSent is why a request did not leave: nothing has happened.
type notSent struct{ err error }

func (e *notSent) Error() string { return "stripe: not sent: " + e.err.Error() }
func (e *notSent) Unwrap() error { return e.err }

// errBodyTooLarge is for an answer beyond its bound.
var errBodyTooLarge = errors.New("stripe: answer too large")

// boundedBody fails on an answer that is longer than it may be, so that a cut one never looks whole.
type boundedBody struct {
	io.ReadCloser
	left   int64
	cancel context.CancelFunc
}

func (b *boundedBody) Close() error {
	defer b.cancel()
	return b.ReadCloser.Close()
}

func (b *boundedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return 0, errBodyTooLarge
	}
	return n, err
}

// withoutURL takes the URL off an error of net/http: its query may hold an address.
func withoutURL(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}

// newHTTPClient makes the client that the SDK uses. It never follows a redirect.
func newHTTPClient(c *Config, l *limits) *http.Client {
	observe := c.Observe
	if observe == nil {
		observe = func(Call) {}
	}
	next := c.Transport
	if next == nil {
		next = &http.Transport{
			Proxy: http.ProxyFromEnvironment, ForceAttemptHTTP2: true, MaxIdleConnsPerHost: 64, IdleConnTimeout: 90 * time.Second,
			DialContext:         (&net.Dialer{Timeout: 5 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
			TLSHandshakeTimeout: 5 * time.Second, ResponseHeaderTimeout: c.WriteTimeout,
		}
	}
	return &http.Client{
		Transport: &transport{
			next: next, limits: l, account: c.Account, read: c.ReadTimeout, write: c.WriteTimeout, observe: observe, clock: c.Clock,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
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
	"webhook_endpoints": true, "mark_uncollectible": true, "customer_balance": true,
}

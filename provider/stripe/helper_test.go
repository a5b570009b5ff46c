package stripe

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// canary is in every secret and address of these tests: nothing may show it.
const canary = "canary7"

const testKey = "sk_test_" + canary

// sent is a request as it left.
type sent struct {
	method, path, query, body string
	header                    http.Header
	at                        time.Time
}

// stub is the other end of the wire: it answers the n-th request, from 0, and keeps what was asked.
type stub struct {
	answer func(n int, r *http.Request) (*reply, error)

	mu  sync.Mutex
	got []sent
}

// reply is an answer to a request.
type reply struct {
	status int
	header http.Header
	body   io.ReadCloser
	length int64 // -1: not announced
}

func (s *stub) RoundTrip(r *http.Request) (*http.Response, error) {
	body := ""
	if r.Body != nil {
		raw, _ := io.ReadAll(r.Body)
		body = string(raw)
	}
	s.mu.Lock()
	n := len(s.got)
	s.got = append(s.got, sent{r.Method, r.URL.Path, r.URL.RawQuery, body, r.Header.Clone(), time.Now()})
	s.mu.Unlock()
	a, err := s.answer(n, r)
	if err != nil {
		return nil, err
	}
	return &http.Response{StatusCode: a.status, Header: a.header, Body: a.body, ContentLength: a.length, Request: r}, nil
}

func (s *stub) requests() []sent {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]sent(nil), s.got...)
}

// answered makes an answer; header is name, value, name, value.
func answered(status int, body string, header ...string) *reply {
	a := &reply{status, http.Header{}, io.NopCloser(strings.NewReader(body)), int64(len(body))}
	for i := 0; i < len(header); i += 2 {
		a.header.Set(header[i], header[i+1])
	}
	return a
}

// failure is the body of one of Stripe's errors, with a canary wherever Stripe writes for people.
func failure(kind, code string) string {
	return `{"error":{"type":"` + kind + `","code":"` + code + `","message":"` + canary + `@` + canary + `.example.com",` +
		`"request_log_url":"https://dashboard.stripe.com/` + canary + `","payment_intent":{"client_secret":"` + canary + `"}}}`
}

// always answers every request in the same way.
func always(status int, body string, header ...string) *stub {
	return &stub{answer: func(int, *http.Request) (*reply, error) { return answered(status, body, header...), nil }}
}

// inTurn answers the requests one after the other, the last answer again and again.
func inTurn(steps ...func() (*reply, error)) *stub {
	return &stub{answer: func(n int, _ *http.Request) (*reply, error) { return steps[min(n, len(steps)-1)]() }}
}

func say(status int, body string, header ...string) func() (*reply, error) {
	return func() (*reply, error) { return answered(status, body, header...), nil }
}

func breaks(err error) func() (*reply, error) {
	return func() (*reply, error) { return nil, err }
}

// ticker is a clock that moves when somebody sleeps, or moves it.
type ticker struct {
	mu    sync.Mutex
	now   time.Time
	slept []time.Duration
}

func newTicker() *ticker {
	return &ticker{now: time.Date(2026, time.November, 21, 9, 0, 0, 0, time.UTC)}
}

func (c *ticker) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *ticker) Sleep(ctx context.Context, d time.Duration) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now, c.slept = c.now.Add(d), append(c.slept, d)
	return ctx.Err()
}

// Advance moves the clock.
func (c *ticker) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// open makes a provider over the other end of a wire. Limits are out of the way.
func open(t *testing.T, wire http.RoundTripper, change ...func(*Config)) *Provider {
	t.Helper()
	clock := newTicker()
	cfg := Config{
		Key:   func(context.Context) (string, error) { return testKey, nil },
		Clock: clock.Now, Sleep: clock.Sleep, Transport: wire, Limits: Limits{Account: 1e6, Endpoint: 1e6},
	}
	for _, f := range change {
		f(&cfg)
	}
	p, err := New(cfg)
	require.NoError(t, err)
	t.Cleanup(p.Close)
	return p
}

// aCustomer is the body of a customer.
const aCustomer = `{"id":"cus_1","object":"customer","created":1,"livemode":false,"email":"a@` + canary + `.example.com"}`

// get reads a customer with nothing around it but the frame.
func get(ctx context.Context, p *Provider) (string, error) {
	return read(ctx, p, "Customer", func(ctx context.Context, c *clients) (string, error) {
		return getCustomer(ctx, c, "cus_1")
	})
}

// post writes a customer with nothing around it but the frame.
func post(ctx context.Context, p *Provider, look func(context.Context, *clients) (string, bool, error)) (string, error) {
	return write(ctx, p, &effect[string]{
		op: "UpdateEmail", object: "cus_1", key: "k", params: []string{"a@" + canary + ".example.com"}, look: look,
		do: func(ctx context.Context, c *clients, key string) (string, error) {
			return updateCustomer(ctx, c, "cus_1", key)
		},
	})
}

func query(t *testing.T, s sent) url.Values {
	t.Helper()
	v, err := url.ParseQuery(s.query)
	require.NoError(t, err)
	return v
}

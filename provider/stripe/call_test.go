package stripe

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/provider"
)

var errReset = &net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET}

const html = "<html><body>" + canary + "</body></html>"

// cutOff is an answer whose body breaks off.
func cutOff(status int) func() (*reply, error) {
	return func() (*reply, error) {
		a := answered(status, "")
		a.body, a.length = io.NopCloser(io.MultiReader(strings.NewReader(`{"error":{`), iotest.ErrReader(io.ErrUnexpectedEOF))), -1
		return a, nil
	}
}

// TestReadsAreRepeatedAsTheirFailuresAllow has one row for each kind of answer: how often it is asked for, and what the
// caller is told when it never gets better.
func TestReadsAreRepeatedAsTheirFailuresAllow(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name string
		step func() (*reply, error)
		sent int
		kind error
	}{
		{"a page of HTML with 502 is repeated", say(502, html), 4, provider.ErrUnavailable},
		{"a page of HTML with 503 is repeated", say(503, html), 4, provider.ErrUnavailable},
		{"a page of HTML with 403 is final, because a firewall stays one", say(403, html), 1, provider.ErrUnavailable},
		{"500 in JSON is repeated", say(500, failure("api_error", "")), 4, provider.ErrUnavailable},
		{"504 without a body is repeated", say(504, ""), 4, provider.ErrUnavailable},
		{"429 for the rate is repeated", say(429, failure("invalid_request_error", "rate_limit")), 4, provider.ErrRateLimited},
		{"429 for a lock is repeated", say(429, failure("invalid_request_error", "lock_timeout")), 4, provider.ErrUnavailable},
		{"429 of something between is repeated", say(429, html), 4, provider.ErrRateLimited},
		{"409 is repeated", say(409, failure("invalid_request_error", "")), 4, provider.ErrUnavailable},
		{"408 is repeated", say(408, ""), 4, provider.ErrUnavailable},
		{"400 that breaks off is repeated", cutOff(400), 4, provider.ErrUnavailable},
		{"400 is final", say(400, failure("invalid_request_error", "parameter_unknown")), 1, provider.ErrInvalid},
		{"401 is final", say(401, failure("invalid_request_error", "api_key_expired")), 1, provider.ErrMisconfigured},
		{"402 is final", say(402, failure("card_error", "card_declined")), 1, provider.ErrInvalid},
		{"403 in JSON is final", say(403, failure("invalid_request_error", "")), 1, provider.ErrMisconfigured},
		{"404 is final", say(404, failure("invalid_request_error", "resource_missing")), 1, provider.ErrNotFound},
		{"a redirect is final and not followed", say(302, "", "Location", "https://"+canary+".example.com/"), 1, provider.ErrUnavailable},
		{"a connection that breaks is repeated", breaks(errReset), 4, provider.ErrUnavailable},
		{"a connection that never comes about is repeated", breaks(&net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}), 4, provider.ErrUnavailable},
		{"an answer that is cut is repeated", say(200, aCustomer[:20]), 4, provider.ErrUnavailable},
		{"a page of HTML with 200 is repeated", say(200, html), 4, provider.ErrUnavailable},
		{"an answer of another shape is final", say(200, `{"id":"cus_1","object":"customer"}`), 1, provider.ErrMisconfigured},
		{"an answer that is too large is final", say(200, strings.Repeat(" ", maxBody+1)), 1, provider.ErrUnavailable},
		{"an answer that names no object is final", say(200, `{}`), 1, provider.ErrMisconfigured},
		{"a list instead of an object is final", say(200, `[]`), 1, provider.ErrMisconfigured},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			wire := inTurn(tc.step)
			_, err := get(t.Context(), open(t, wire))
			require.ErrorIs(t, err, tc.kind)
			require.Equal(t, tc.kind, provider.Kind(err))
			require.Len(t, wire.requests(), tc.sent)

			if tc.sent > 1 {
				wire = inTurn(tc.step, tc.step, say(200, aCustomer))
				id, err := get(t.Context(), open(t, wire))
				require.NoError(t, err)
				require.Equal(t, "cus_1", id)
				require.Len(t, wire.requests(), 3)
			}
		})
	}
}

// TestWritesAreRepeatedAsTheirFailuresAllow: under which key, and what the caller is told when it never gets better. A
// failure after which the write may have happened is never told as one that has not.
func TestWritesAreRepeatedAsTheirFailuresAllow(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name string
		step func() (*reply, error)
		sent int
		kind error
	}{
		{"a page of HTML with 502 may have been a success", say(502, html), 4, provider.ErrUnknown},
		{"500 in JSON may have been a success", say(500, failure("api_error", "")), 4, provider.ErrUnknown},
		{"a connection that breaks may have been a success", breaks(errReset), 4, provider.ErrUnknown},
		{"a connection that never comes about was none", breaks(&net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}), 4, provider.ErrUnavailable},
		{"429 for the rate was none", say(429, failure("invalid_request_error", "rate_limit")), 4, provider.ErrRateLimited},
		{"429 for a lock was none", say(429, failure("invalid_request_error", "lock_timeout")), 4, provider.ErrUnavailable},
		{"409 for the key is one that goes on", say(409, failure("idempotency_error", "idempotency_key_in_use")), 4, provider.ErrUnknown},
		{"409 for anything else was none", say(409, failure("invalid_request_error", "")), 4, provider.ErrUnavailable},
		{"another content under the key is a conflict", say(400, failure("idempotency_error", "")), 1, provider.ErrConflict},
		{"400 that breaks off may have been anything", cutOff(400), 4, provider.ErrUnknown},
		{"400 was none", say(400, failure("invalid_request_error", "email_invalid")), 1, provider.ErrInvalid},
		{"401 was none", say(401, failure("invalid_request_error", "")), 1, provider.ErrMisconfigured},
		{"403 of a firewall was none", say(403, html), 1, provider.ErrUnavailable},
		{"a redirect may have been a success", say(307, "", "Location", "https://example.com/"), 1, provider.ErrUnknown},
		{"an answer that is cut may have been a success", say(200, aCustomer[:20]), 4, provider.ErrUnknown},
		{"an answer of another shape may have been a success", say(200, `{"object":"customer"}`), 1, provider.ErrUnknown},
		{"an answer that is too large may have been a success", say(200, strings.Repeat(" ", maxBody+1)), 1, provider.ErrUnknown},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			wire := inTurn(tc.step)
			_, err := post(t.Context(), open(t, wire), nil)
			require.Equal(t, tc.kind, provider.Kind(err), "%v", err)
			require.Len(t, wire.requests(), tc.sent)
			keys := map[string]bool{}
			for _, r := range wire.requests() {
				keys[r.header.Get("Idempotency-Key")] = true
			}
			require.Len(t, keys, 1, "an outcome that is not known is asked for under the same key")
		})
	}
}

func TestAnIdempotencyKeyNamesTheContentAndShowsNothing(t *testing.T) {
	t.Parallel()
	base := effect[string]{op: "UpdateEmail", object: "cus_1", key: canary, params: []string{"a@" + canary, "b"}}
	same := base
	require.Equal(t, base.idempotencyKey(1), same.idempotencyKey(1))
	require.NotContains(t, base.idempotencyKey(1), canary)
	seen := map[string]string{base.idempotencyKey(1): "itself"}
	for name, other := range map[string]effect[string]{
		"another operation": {op: "Void", object: "cus_1", key: canary, params: []string{"a@" + canary, "b"}},
		"another object":    {op: "UpdateEmail", object: "cus_2", key: canary, params: []string{"a@" + canary, "b"}},
		"another key":       {op: "UpdateEmail", object: "cus_1", key: "k", params: []string{"a@" + canary, "b"}},
		"another content":   {op: "UpdateEmail", object: "cus_1", key: canary, params: []string{"a@" + canary + "b"}},
		"a long one":        {op: "UpdateEmail", object: "cus_1", key: strings.Repeat("k", 1<<16)},
	} {
		key := other.idempotencyKey(1)
		require.NotContains(t, seen, key, name)
		require.LessOrEqual(t, len(key), 255)
		seen[key] = name
	}
	require.NotContains(t, seen, base.idempotencyKey(2), "another attempt")
}

// TestAStoredFailureUsesTheKeyUp: the effect is looked for before anything leaves under another key.
func TestAStoredFailureUsesTheKeyUp(t *testing.T) {
	t.Parallel()
	replayed := say(429, failure("invalid_request_error", "lock_timeout"), "Idempotent-Replayed", "true")
	for _, tc := range []struct {
		name  string
		steps []func() (*reply, error)
		keys  string // attempt in the key of each request that was sent
		looks int
		done  bool // whether looking finds it
		kind  error
	}{
		{"and the next one is tried when it is not there", []func() (*reply, error){replayed, say(200, aCustomer)}, "12", 1, false, nil},
		{"as often as there are stored failures, without a pause", []func() (*reply, error){replayed, replayed, replayed, replayed, replayed, replayed, say(200, aCustomer)}, "1234567", 6, false, nil},
		{"and nothing is sent when it is there", []func() (*reply, error){replayed}, "1", 1, true, nil},
		{"up to a bound", []func() (*reply, error){replayed}, "123456789abc", 11, false, provider.ErrUnavailable},
		{"and what was unknown before is found out by the look", []func() (*reply, error){breaks(errReset), replayed, say(400, failure("invalid_request_error", ""))}, "112", 1, false, provider.ErrInvalid},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			wire, looks := inTurn(tc.steps...), 0
			id, err := post(t.Context(), open(t, wire), func(context.Context, *clients) (string, bool, error) {
				looks++
				return "found", tc.done, nil
			})
			require.Equal(t, tc.kind, provider.Kind(err), "%v", err)
			if tc.done {
				require.Equal(t, "found", id)
			}
			keys := ""
			for _, r := range wire.requests() {
				key := r.header.Get("Idempotency-Key")
				var n int
				_, err := fmt.Sscan(key[strings.LastIndex(key, "/")+1:], &n)
				require.NoError(t, err)
				keys += fmt.Sprintf("%x", n)
			}
			require.Equal(t, tc.keys, keys)
			require.Equal(t, tc.looks, looks)
		})
	}
}

// TestAnUnknownOutcomeIsLookedFor before the caller is told anything.
func TestAnUnknownOutcomeIsLookedFor(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name  string
		steps []func() (*reply, error)
		done  bool
		look  error
		want  string
		kind  error
	}{
		{"it is there", []func() (*reply, error){breaks(errReset)}, true, nil, "found", nil},
		{"it is not there, and may still arrive", []func() (*reply, error){breaks(errReset)}, false, nil, "", provider.ErrUnknown},
		{"it cannot be looked for", []func() (*reply, error){breaks(errReset)}, false, errReset, "", provider.ErrUnknown},
		{"the key is refused meanwhile", []func() (*reply, error){breaks(errReset), say(401, failure("invalid_request_error", ""))}, false, &wireError{status: 401}, "", provider.ErrUnknown},
		{"it was refused, and is not there", []func() (*reply, error){breaks(errReset), say(400, failure("invalid_request_error", ""))}, false, nil, "", provider.ErrInvalid},
		{"it was refused because it is there", []func() (*reply, error){breaks(errReset), say(400, failure("invalid_request_error", ""))}, true, nil, "found", nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			id, err := post(t.Context(), open(t, inTurn(tc.steps...)), func(context.Context, *clients) (string, bool, error) {
				return "found", tc.done, tc.look
			})
			require.Equal(t, tc.kind, provider.Kind(err), "%v", err)
			require.Equal(t, tc.want, id)
		})
	}
}

// TestAnOldSuccessIsLookedAtAgain where the caller must have what is now.
func TestAnOldSuccessIsLookedAtAgain(t *testing.T) {
	t.Parallel()
	run := func(current, done bool) (string, error) {
		p := open(t, always(200, aCustomer, "Idempotent-Replayed", "true"))
		return write(t.Context(), p, &effect[string]{
			op: "UpdateEmail", key: "k", current: current,
			do: func(ctx context.Context, c *clients, key string) (string, error) {
				return updateCustomer(ctx, c, "cus_1", key)
			},
			look: func(context.Context, *clients) (string, bool, error) { return "now", done, nil },
		})
	}
	id, err := run(false, false)
	require.NoError(t, err)
	require.Equal(t, "cus_1", id)
	id, err = run(true, true)
	require.NoError(t, err)
	require.Equal(t, "now", id)
	_, err = run(true, false)
	require.ErrorIs(t, err, provider.ErrConflict)
}

// TestTheBackoffGrowsAndHasABound, and Stripe may ask for more, but not for too much.
func TestTheBackoffGrowsAndHasABound(t *testing.T) {
	t.Parallel()
	clock := newTicker()
	p := open(t, always(503, ""), func(c *Config) { c.Clock, c.Sleep, c.Attempts = clock.Now, clock.Sleep, maxAttempts })
	_, err := get(t.Context(), p)
	require.ErrorIs(t, err, provider.ErrUnavailable)
	require.Len(t, clock.slept, maxAttempts-1)
	for i, d := range clock.slept {
		most := min(backoffFirst<<min(i, 10), backoffMost) + backoffFirst/4
		require.GreaterOrEqual(t, d, backoffFirst/4)
		require.LessOrEqual(t, d, most)
	}

	for _, tc := range []struct {
		after string
		sent  int
		most  time.Duration
	}{{"3", 4, 3 * time.Second}, {"3600", 1, 0}, {"-1", 4, 0}, {"99999999999999999999", 4, 0}, {canary, 4, 0}} {
		wire := always(429, failure("invalid_request_error", "rate_limit"), "Retry-After", tc.after)
		_, err := get(t.Context(), open(t, wire))
		require.ErrorIs(t, err, provider.ErrRateLimited)
		require.Len(t, wire.requests(), tc.sent, tc.after)
		if tc.after == "3600" {
			require.Equal(t, time.Hour, provider.RetryAfter(err))
		}
	}
}

// TestACancelEndsABackoffAtOnce: in a bubble whose time stands still while anybody is awake, no time passes between the
// cancel and the return. The SDK's own backoff goes on for seconds.
func TestACancelEndsABackoffAtOnce(t *testing.T) {
	t.Parallel()
	for name, call := range map[string]func(context.Context, *Provider) error{
		"of a read":  func(ctx context.Context, p *Provider) error { _, err := get(ctx, p); return err },
		"of a write": func(ctx context.Context, p *Provider) error { _, err := post(ctx, p, nil); return err },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				p := open(t, always(503, ""), func(c *Config) { c.Clock, c.Sleep = time.Now, nil })
				ctx, cancel := context.WithCancel(t.Context())
				out := make(chan error, 1)
				go func() { out <- call(ctx, p) }()
				synctest.Wait() // it sleeps
				began := time.Now()
				cancel()
				err := <-out
				require.Zero(t, time.Since(began))
				require.True(t, errors.Is(err, provider.ErrTimeout) || errors.Is(err, provider.ErrUnknown), "%v", err)
			})
		})
	}
}

// TestAnAttemptHasItsOwnTime, which is that of its kind, from when it leaves to the end of its answer.
func TestAnAttemptHasItsOwnTime(t *testing.T) {
	t.Parallel()
	silent := &stub{answer: func(_ int, r *http.Request) (*reply, error) {
		<-r.Context().Done()
		return nil, r.Context().Err()
	}}
	stalled := &stub{answer: func(_ int, r *http.Request) (*reply, error) {
		res := answered(200, "")
		res.length, res.body = -1, &stalledBody{r.Context()}
		return res, nil
	}}
	for name, wire := range map[string]*stub{"silence": silent, "a body that stalls": stalled} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				p := open(t, wire, func(c *Config) { c.Clock, c.Sleep, c.Attempts = time.Now, nil, 1 })
				began := time.Now()
				_, err := get(t.Context(), p)
				require.ErrorIs(t, err, provider.ErrTimeout)
				require.Equal(t, DefaultReadTimeout, time.Since(began))
				began = time.Now()
				_, err = post(t.Context(), p, nil)
				require.ErrorIs(t, err, provider.ErrUnknown)
				require.Equal(t, DefaultWriteTimeout, time.Since(began))
			})
		})
	}
}

// stalledBody gives nothing until its context ends.
type stalledBody struct{ ctx context.Context }

func (b *stalledBody) Read([]byte) (int, error) { <-b.ctx.Done(); return 0, b.ctx.Err() }
func (b *stalledBody) Close() error             { return nil }

// TestADoneContextSendsNothing (F22).
func TestADoneContextSendsNothing(t *testing.T) {
	t.Parallel()
	wire := always(200, aCustomer)
	p := open(t, wire)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := get(ctx, p)
	require.ErrorIs(t, err, provider.ErrTimeout)
	require.ErrorIs(t, err, context.Canceled)
	_, err = post(ctx, p, nil)
	require.ErrorIs(t, err, provider.ErrTimeout)
	require.Empty(t, wire.requests())
}

// TestNothingSecretShows: whatever comes over the wire, and whatever was sent, no error and no log has any of it.
func TestNothingSecretShows(t *testing.T) {
	t.Parallel()
	for name, step := range map[string]func() (*reply, error){
		"an error of Stripe's": say(400, failure("invalid_request_error", ""), "Request-Id", "req_1"),
		"odd values where words are expected": say(400, `{"error":{"type":"`+canary+`","code":"`+canary+`","param":"`+canary+`"}}`,
			"Request-Id", "https://"+canary, "Stripe-Rate-Limited-Reason", canary),
		"a page of HTML":            say(502, html),
		"a redirect":                say(302, "", "Location", "https://"+canary+"/"),
		"a connection that breaks":  breaks(fmt.Errorf("Get %q: %w", "https://api.stripe.com/v1/customers?email="+canary, errReset)),
		"no connection":             breaks(&net.OpError{Op: "dial", Err: errors.New("lookup " + canary)}),
		"an answer that is garbled": say(200, `{"`+canary+`":`),
		"another shape":             say(200, `{"object":"`+canary+`"}`),
		"another type":              say(200, `{"object":"customer","id":{"`+canary+`":1},"livemode":1,"email":"`+canary+`","created":"`+canary+`"}`),
		"a key that cannot be had":  nil,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var log bytes.Buffer
			p := open(t, &stub{answer: func(int, *http.Request) (*reply, error) { return step() }}, func(c *Config) {
				c.Logger = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
				if step == nil {
					c.Key = func(context.Context) (string, error) { return "", errors.New(canary) }
				}
			})
			_, readErr := get(t.Context(), p)
			_, listErr := read(t.Context(), p, "CustomersByEmail", findCustomers)
			_, writeErr := post(t.Context(), p, nil)
			for _, err := range []error{readErr, listErr, writeErr} {
				require.Error(t, err)
				log2 := slog.New(slog.NewJSONHandler(&log, nil))
				log2.Error("failed", "err", err)
				var e *provider.Error
				require.ErrorAs(t, err, &e)
				for _, err := range []error{err, errors.Join(e.Err)} {
					for _, text := range []string{fmt.Sprint(err), fmt.Sprintf("%+v", err), fmt.Sprintf("%#v", err), fmt.Sprintf("%q", err)} {
						require.NotContains(t, text, canary)
					}
				}
			}
			require.NotContains(t, log.String(), canary)
		})
	}
}

// TestTheKeyIsAskedForEachAttempt, and one of the other mode is not sent anywhere.
func TestTheKeyIsAskedForEachAttempt(t *testing.T) {
	t.Parallel()
	wire, n := always(503, ""), 0
	p := open(t, wire, func(c *Config) {
		c.Key = func(context.Context) (string, error) { n++; return fmt.Sprintf("sk_test_%d", n), nil }
	})
	_, err := get(t.Context(), p)
	require.ErrorIs(t, err, provider.ErrUnavailable)
	for i, r := range wire.requests() {
		require.Equal(t, fmt.Sprintf("Bearer sk_test_%d", i+1), r.header.Get("Authorization"))
	}
	for _, tc := range []struct {
		name, key string
		live      bool
		kind      error
	}{
		{"a live key in test mode", "sk_live_1", false, provider.ErrMisconfigured},
		{"a test key in live mode", "sk_test_1", true, provider.ErrMisconfigured},
		{"a publishable key", "pk_test_1", false, provider.ErrMisconfigured},
		{"no key", "", false, provider.ErrMisconfigured},
		{"a prefix alone", "sk_test_", false, provider.ErrMisconfigured},
		{"a key with a line feed", "sk_test_1\nX: y", false, provider.ErrMisconfigured},
		{"a restricted key", "rk_test_1", false, nil},
		{"a restricted live key", "rk_live_1", true, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			wire := always(200, aCustomer)
			p := open(t, wire, func(c *Config) {
				c.Live, c.Key = tc.live, func(context.Context) (string, error) { return tc.key, nil }
			})
			_, err := get(t.Context(), p)
			require.Equal(t, tc.kind, provider.Kind(err))
			require.Len(t, wire.requests(), map[bool]int{true: 1, false: 0}[tc.kind == nil])
		})
	}
}
